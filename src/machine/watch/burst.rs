//! How much an end sent before anything of it was acknowledged.
//!
//! Measured in octets, so that segments merged by offload count for what they are. The first flight
//! ends with the first word of the peer about data: an ACK beyond the SYN, a SACK, or a repeated ACK.

use super::Step;
use crate::machine::observe::Relative;
use crate::observation::Observations;
use crate::segment::Flags;

/// RFC 6928, 2: so many segments, or so many octets, whichever is more.
pub const SEGMENTS: u32 = 10;
/// Ten segments of an Ethernet frame's size.
pub const OCTETS: u32 = 14_600;
/// MSS where a SYN names none (RFC 9293, 3.7.1).
const DEFAULT_MSS: u16 = 536;

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub struct Burst {
    /// The first flight is over.
    over: bool,
    /// Octets of data in the first flight.
    pub octets: u32,
    /// What it may hold, once it holds more.
    pub allowed: u32,
}

/// How many octets the first flight of an end may hold: ten segments of the smaller MSS.
fn allowed(step: &Step<'_>) -> Option<u32> {
    let mss = |end: &crate::machine::end::End| {
        let syn = end.syn.filter(|syn| syn.options_whole)?;
        Some(syn.options.mss().unwrap_or(DEFAULT_MSS))
    };
    let smaller = mss(step.own)?.min(mss(step.peer)?);
    Some(OCTETS.max(SEGMENTS * u32::from(smaller)))
}

impl Burst {
    /// The first flight is over.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.over
    }

    /// This end sends `step.segment`.
    pub fn sent(&mut self, step: &Step<'_>, notes: &mut Relative) {
        let segment = step.segment;
        if self.over || segment.payload_len == 0 || segment.has(Flags::SYN | Flags::RST) {
            return;
        }
        let (Some(iss), Some(next)) = (step.own.iss(), step.own.snd_next) else {
            self.over = true;
            return;
        };
        // Neither octets sent twice nor holes count.
        let from = segment.data_start().later(next).later(iss + 1);
        let Ok(fresh) = u32::try_from(segment.data_end().distance_from(from)) else {
            return;
        };
        self.octets = self.octets.saturating_add(fresh);
        let octets = self.octets;
        if octets > OCTETS
            && self.allowed == 0
            && let Some(allowed) = allowed(step).filter(|allowed| octets > *allowed)
        {
            self.allowed = allowed;
            notes.saw |= Observations::INITIAL_BURST;
        }
    }

    /// A segment of the peer passes the monitor on its way to this end.
    pub fn passed(&mut self, step: &Step<'_>) {
        let segment = step.segment;
        if self.over || !segment.flags.contains(Flags::ACK) {
            return;
        }
        let beyond_syn = (step.peer.iss()).is_none_or(|iss| segment.ack.after(iss + 1));
        let repeated = self.octets > 0
            && segment.is_empty()
            && step.own.sent_after_syn
            && step.own.ack_max == Some(segment.ack);
        self.over = beyond_syn || repeated || segment.options.sack_blocks > 0;
    }
}

#[cfg(test)]
mod tests {
    use crate::machine::script::connection;
    use crate::machine::side::Side;
    use crate::observation::Observations;

    /// Octets of the server's first flight, and the packet that exceeded the limit.
    #[track_caller]
    fn check(more: &str, expected: (u32, Option<u64>)) {
        let text = format!("A SYN 100\n B SYN,ACK 300 101\n A ACK 101 301\n {more}");
        let connection = connection(&text);
        let burst = connection.watches.of(Side::Server).burst;
        let noted = connection.noted().iter();
        let exceeds = noted.filter(|n| n.saw(Observations::INITIAL_BURST));
        let by: Vec<u64> = exceeds.map(|n| n.packet).collect();
        assert_eq!((burst.octets, by.first().copied()), expected, "{more}");
        assert_eq!(by.len(), usize::from(expected.1.is_some()));
    }

    #[test]
    fn ten_segments_are_in_order_and_more_are_noted() {
        check("B ACK 301 101 len=14600", (14_600, None));
        check("B ACK 301 101 len=14601", (14_601, Some(4)));
        check(
            "B ACK 301 101 len=14600\n B ACK 14901 101 len=1\n B ACK 14902 101 len=9",
            (14_610, Some(5)),
        );
        // Sent twice is not twice as much.
        check(
            "B ACK 301 101 len=9000\n B ACK 301 101 len=9000",
            (9000, None),
        );
        // What lies in a hole was not sent, or not captured.
        check(
            "B ACK 301 101 len=9000\n B ACK 99301 101 len=10",
            (9010, None),
        );
    }

    #[test]
    fn any_word_about_the_data_ends_the_flight() {
        let first = "B ACK 301 101 len=9000";
        let second = "B ACK 9301 101 len=9000";
        for word in [
            "A ACK 101 302",
            "A ACK 101 301 sack=400-500",
            "A ACK 101 301",
        ] {
            check(&format!("{first}\n{word}\n{second}"), (9000, None));
        }
        // The peer's own data says nothing about it.
        check(
            &format!("{first}\n A ACK 101 301 len=5\n{second}"),
            (18_000, Some(6)),
        );
    }
}
