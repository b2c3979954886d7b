//! Data beyond the window that the peer offered (RFC 9293, 3.8.6).

use super::Step;
use crate::machine::observe::{Relative, STORE_SLACK_NS};
use crate::observation::Observations;
use crate::segment::{Flags, NS_PER_MS, Timestamp};
use crate::seq::SeqNo;

/// Examples kept.
const EXAMPLES: usize = 4;

/// Before a probe, its sender waits for a retransmission timeout (RFC 9293,
/// 3.8.6.1, SHLD-29); no stack in wide use has a shorter one.
const PROBE_PAUSE_NS: i64 = 200 * NS_PER_MS;

/// A segment beyond the edge.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Excess {
    /// Its frame number.
    pub packet: u64,
    /// Its time.
    pub time: Timestamp,
    /// SEG.SEQ.
    pub seq: SeqNo,
    /// Behind its last octet of data.
    pub end: SeqNo,
    /// WEDGE of the peer.
    pub edge: SeqNo,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Beyond {
    /// The first such segments, those aside that a window stored late explains.
    pub segments: Vec<Excess>,
    /// All of them.
    pub count: u64,
}

/// The segment carries data beyond all that its receiver has offered, and is
/// no probe.
#[must_use]
pub fn is_beyond(step: &Step<'_>) -> bool {
    let segment = step.segment;
    if segment.payload_len == 0 || segment.has(Flags::SYN | Flags::RST) {
        return false;
    }
    let Some(edge) = step.peer.window_edge else {
        return false;
    };
    segment.data_end().after(edge) && !is_probe(step, edge)
}

/// RFC 9293, 3.8.6.1: a probe is "at least one octet of new data" at the edge.
/// One octet is a probe at any time; more of them only as a probe is sent, by
/// a timer, into a window that is closed.
fn is_probe(step: &Step<'_>, edge: SeqNo) -> bool {
    let segment = step.segment;
    if segment.seq != edge {
        return false;
    }
    let paused = || {
        [step.own.last, step.peer.last]
            .into_iter()
            .flatten()
            .all(|last| segment.time.since(last.time) >= PROBE_PAUSE_NS)
    };
    segment.payload_len == 1
        || step.peer.last_window == 0 && step.peer.ack_max == Some(edge) && paused()
}

impl Beyond {
    /// This end sends `step.segment`, which [`is_beyond`].
    pub fn sent(&mut self, step: &Step<'_>, notes: &mut Relative) {
        self.count += 1;
        let segment = step.segment;
        let Some(edge) = step.peer.window_edge else {
            return;
        };
        if self.segments.len() < EXAMPLES {
            self.segments.push(Excess {
                packet: segment.packet,
                time: segment.time,
                seq: segment.seq,
                end: segment.data_end(),
                edge,
            });
            notes.saw |= Observations::BEYOND_WINDOW;
        }
    }

    /// A segment of the peer passes: where it may have passed before the data,
    /// by its number, and was only stored behind it, its window excuses the data.
    pub fn passed(&mut self, step: &Step<'_>) {
        let segment = step.segment;
        let fresh = |excess: &Excess| segment.time.since(excess.time) <= STORE_SLACK_NS;
        if !self.segments.iter().any(fresh) || segment.has(Flags::RST) || !segment.has(Flags::ACK) {
            return;
        }
        let shift = if segment.has(Flags::SYN) {
            Some(0)
        } else {
            step.own.window_shift(step.peer)
        };
        let Some(shift) = shift else { return };
        let edge = segment.ack + (u32::from(segment.window) << shift);
        self.segments.retain(|excess| {
            !(fresh(excess) && segment.ack.at_or_before(excess.seq) && edge.at_or_after(excess.end))
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::machine::script::connection;
    use crate::machine::side::Side;

    const NONE: [u64; 0] = [];
    const OPEN: &str = "A SYN 100 win=1000\nB SYN,ACK 300 101 win=1000\nA ACK 101 301 win=1000\n";

    fn packets(rest: &str) -> Vec<u64> {
        let c = connection(&format!("{OPEN}{rest}"));
        let beyond = c.watches.of(Side::Client).window.beyond.clone();
        let beyond = beyond.unwrap_or_default();
        beyond.segments.iter().map(|excess| excess.packet).collect()
    }

    #[test]
    fn data_beyond_the_furthest_edge_is_kept() {
        assert_eq!(packets("A ACK 101 301 len=1000\n"), NONE);
        assert_eq!(packets("A ACK 101 301 len=1001\n"), [4]);
        // The edge is the furthest one, not the latest.
        assert_eq!(
            packets("B ACK 301 101 win=10\nA ACK 101 301 len=1000\n"),
            NONE
        );
    }

    #[test]
    fn probes_are_not_meant() {
        let full = "A ACK 101 301 len=1000\nB ACK 301 1101 win=0\n";
        assert_eq!(packets(&format!("{full}A ACK 1101 301 len=1\n")), NONE);
        assert_eq!(
            packets(&format!("{full}+300ms A ACK 1101 301 len=500\n")),
            NONE
        );
        assert_eq!(
            packets(&format!("{full}+20ms A ACK 1101 301 len=500\n")),
            [6]
        );
        assert_eq!(
            packets(&format!("{full}+300ms A ACK 1102 301 len=1\n")),
            [6]
        );
    }

    #[test]
    fn a_window_stored_late_excuses_data_but_no_answer_does() {
        let data = "A ACK 101 301 len=1500\n";
        assert_eq!(packets(&format!("{data}B ACK 301 101 win=2000\n")), NONE);
        assert_eq!(
            packets(&format!("{data}+20ms B ACK 301 101 win=2000\n")),
            [4]
        );
        assert_eq!(packets(&format!("{data}B ACK 301 1101 win=2000\n")), [4]);
    }
}
