//! By what an end's packets are known: hop count, identification, options.
//!
//! The habits are those of its ordinary segments. A RST or FIN is compared
//! with them and never counted, since those are what is forged.

use super::Step;
use crate::machine::habit::Habit;
use crate::machine::observe::Relative;
use crate::observation::Observations;
use crate::segment::{Direction, Flags, NS_PER_US, Timestamp};
use crate::seq::SeqNo;

/// Hop counts of one path differ by less than this: a router more or less.
pub const HOPS_APART: u8 = 2;

/// Neighbouring identifications of a host that counts them lie closer than this.
const ID_STEP: u16 = 1024;

/// So many steps of that size show that it counts.
const STEPS: u32 = 2;

/// Segments with an odd hop count that are noted for that alone.
const ODD_HOPS: u8 = 4;

/// Two readings of a clock of 1 kHz this many ticks apart lie 17 minutes apart.
const TICKS: i64 = 1 << 20;

/// The identifications of ordinary segments, those of 0 left out.
#[derive(Clone, Copy, Debug, Default)]
struct Ids {
    first: Option<u16>,
    last: u16,
    near: u32,
    far: u32,
    of_peer: bool,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Host {
    /// Hop counts.
    pub hops: Habit,
    /// "Don't fragment", as 0 and 1.
    pub fragment: Habit,
    /// The class of service.
    pub dscp: Habit,
    ids: Ids,
    odd_hops: u8,
}

impl Host {
    /// This end sends `step.segment`.
    pub fn sent(&mut self, step: &Step<'_>, notes: &mut Relative) {
        let segment = step.segment;
        let noted = notes.saw - Observations::RETRANSMISSION;
        if !noted.is_empty() {
            self.compare(step, notes);
        }
        if segment.has(Flags::RST | Flags::FIN) {
            return;
        }
        let ip = &segment.ip;
        if self.hops.is_far(ip.ttl, HOPS_APART) && self.odd_hops < ODD_HOPS {
            self.odd_hops += 1;
            notes.saw |= Observations::OTHER_HOP_COUNT;
        }
        self.hops.count(ip.ttl);
        self.dscp.count(ip.dscp);
        if let (Some(id), Some(whole)) = (ip.id, ip.dont_fragment) {
            self.fragment.count(u8::from(whole));
            if id != 0 && !segment.has(Flags::SYN) {
                self.ids.count(id, peers_id(step));
            }
        }
    }

    /// A segment of the peer passes the monitor on its way to this end.
    pub fn passed(&mut self, _step: &Step<'_>) {}

    /// What tells this segment from those before it.
    fn compare(&self, step: &Step<'_>, notes: &mut Relative) {
        let segment = step.segment;
        let closes = segment.has(Flags::RST | Flags::FIN);
        if closes && segment.direction == Direction::Outbound {
            notes.saw |= Observations::SENT_HERE;
        }
        if let Some(id) = segment.ip.id.filter(|id| *id != 0) {
            if self.ids.is_off(id) {
                notes.saw |= Observations::ID_OFF_COUNT;
            }
            if closes && peers_id(step) == Some(id) && !self.ids.near_last(id) {
                notes.saw |= Observations::ID_OF_PEER;
            }
        }
        let last = step.own.last.map(|last| last.time);
        if let (Some((tsval, _)), Some(newest)) = (segment.options.timestamps(), step.own.tsval_max)
            && last.is_some_and(|last| is_other_clock(newest, last, tsval, segment.time))
        {
            notes.saw |= Observations::OTHER_CLOCK;
        }
    }

    /// It copies identifications from what it receives, as others count them.
    #[must_use]
    pub const fn copies_ids(&self) -> bool {
        self.ids.of_peer
    }

    /// Whether `id` is near the first one of an ordinary segment.
    #[must_use]
    pub fn is_near_first_id(&self, id: u16) -> bool {
        self.ids
            .first
            .is_some_and(|first| apart(first, id) < ID_STEP)
    }
}

impl Ids {
    fn count(&mut self, id: u16, of_peer: Option<u16>) {
        if self.near_last(id) {
            self.near = self.near.saturating_add(1);
        } else {
            self.far = self.far.saturating_add(u32::from(self.first.is_some()));
            self.of_peer |= of_peer == Some(id);
        }
        self.first.get_or_insert(id);
        self.last = id;
    }

    fn near_last(&self, id: u16) -> bool {
        self.first.is_some() && apart(self.last, id) < ID_STEP
    }

    fn is_off(&self, id: u16) -> bool {
        self.near >= STEPS && self.far <= self.near / 8 && !self.near_last(id)
    }
}

fn apart(a: u16, b: u16) -> u16 {
    a.wrapping_sub(b).min(b.wrapping_sub(a))
}

fn peers_id(step: &Step<'_>) -> Option<u16> {
    step.peer.last.and_then(|last| last.ip_id)
}

/// Whether one clock cannot have shown `first` and, later, `second`: behind by
/// a lot, or ahead by more than ticks of 1 µs would make of the time between.
#[must_use]
pub fn is_other_clock(first: u32, at: Timestamp, second: u32, later: Timestamp) -> bool {
    let ticks = i64::from(SeqNo(second).distance_from(SeqNo(first)));
    let most = later.since(at).max(0) / NS_PER_US;
    !(-TICKS..=most.saturating_add(TICKS)).contains(&ticks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::script::connection;

    /// What was seen of the kind in `what`: `packet:observation...`.
    fn seen(text: &str, what: Observations) -> String {
        let connection = connection(text);
        let noted = connection.noted().iter();
        let seen = noted.filter_map(|n| {
            let names: Vec<&str> = (n.saw & what).iter_names().map(|(name, _)| name).collect();
            (!names.is_empty()).then(|| format!("{}:{}", n.packet, names.join("+")))
        });
        seen.collect::<Vec<_>>().join(" ")
    }

    const OPENING: &str = "A SYN 100 id=10\nB SYN,ACK 300 101 id=900\nA ACK 101 301 id=11\n";

    #[test]
    fn a_count_of_identifications_and_what_is_off_it() {
        let ids = Observations::ID_OFF_COUNT;
        let data = "A ACK 101 301 len=10 id=12\nA ACK 111 301 len=10 id=15\n";
        let with = |rst: &str| seen(&format!("{OPENING}{data}{rst}"), ids);
        assert_eq!(with("A RST 121 id=5000"), "6:ID_OFF_COUNT");
        assert_eq!(with("A RST 121 id=300"), "", "others of the host between");
        assert_eq!(with("A RST 121 id=0"), "", "no identification at all");
        assert_eq!(with("B RST 301 id=5000"), "", "no count known");
        assert_eq!(with("A FIN,ACK 121 301 id=65000"), "", "and round the end");
        assert_eq!(with("A FIN,ACK 121 301 id=60000"), "6:ID_OFF_COUNT");
    }

    #[test]
    fn random_identifications_are_no_count() {
        let data = "A ACK 101 301 len=10 id=30000\nA ACK 111 301 len=10 id=9000\n";
        let text = format!("{OPENING}{data}A RST 121 id=50000");
        assert_eq!(seen(&text, Observations::ID_OFF_COUNT), "");
    }

    #[test]
    fn a_copied_identification() {
        let copied = Observations::ID_OF_PEER;
        let text = format!("{OPENING}A ACK 101 301 len=10 id=12\n");
        assert_eq!(
            seen(&format!("{text}B RST 301 id=12"), copied),
            "5:ID_OF_PEER"
        );
        assert_eq!(seen(&format!("{text}B RST 301 id=13"), copied), "");
        let near = "B ACK 301 111 id=9\nA ACK 111 301 id=13\nB RST 301 id=13";
        assert_eq!(
            seen(&format!("{text}{near}"), copied),
            "",
            "in the end's own count"
        );
    }

    #[test]
    fn copying_may_be_the_habit_of_a_host() {
        let of = |text: &str| {
            let connection = connection(&format!("{OPENING}{text}"));
            connection.watches.server.host.copies_ids()
        };
        assert!(of("A ACK 101 301 len=10 id=12\nB ACK 301 111 id=12"));
        assert!(!of("A ACK 101 301 len=10 id=12\nB ACK 301 111 id=7000"));
    }

    #[test]
    fn a_new_hop_count_is_noted_at_first() {
        let hops = Observations::OTHER_HOP_COUNT;
        let text = |ttl: u8| format!("{OPENING}A ACK 101 301 len=10 ttl={ttl}\n");
        assert_eq!(seen(&text(63), hops), "", "a router more");
        assert_eq!(seen(&text(49), hops), "4:OTHER_HOP_COUNT");
        let again = format!("{}A ACK 111 301 len=10 ttl=49\n", text(49));
        assert_eq!(seen(&again, hops), "4:OTHER_HOP_COUNT", "known by now");
        let many: String = (0..20)
            .map(|n| format!("A ACK {} 301 len=10 ttl={}\n", 101 + 10 * n, 100 + 4 * n))
            .collect();
        let many = seen(&format!("{OPENING}{many}"), hops);
        assert!(many.split(' ').count() <= usize::from(ODD_HOPS), "{many}");
    }

    #[test]
    fn what_closes_makes_no_habit() {
        let text = format!("{OPENING}A FIN,ACK 101 301 ttl=49\nA RST 102 ttl=49");
        let hops = connection(&text).watches.client.host.hops;
        assert_eq!((hops.total(), hops.times(64), hops.times(49)), (2, 2, 0));
    }

    #[test]
    fn clocks() {
        let is_other = |first, second, ms: i64| {
            is_other_clock(first, Timestamp(0), second, Timestamp(ms * 1_000_000))
        };
        assert!(!is_other(1000, 1010, 10));
        assert!(!is_other(1000, 11_000, 10), "a clock of 1 us");
        assert!(!is_other(1000, 10, 10), "overtaken");
        assert!(!is_other(u32::MAX, 5, 6), "round the end");
        assert!(is_other(1000, 3_000_000, 10));
        assert!(is_other(3_000_000, 1000, 10));
        let text = "A SYN 100 ts=5000000/0\nB SYN,ACK 300 101 ts=1/5000000\n\
                    A ACK 101 301 ts=5000010/1\nA RST 101 ts=77/1";
        assert_eq!(seen(text, Observations::OTHER_CLOCK), "4:OTHER_CLOCK");
    }

    #[test]
    fn what_the_capturing_host_sends_is_its_own() {
        let here = Observations::SENT_HERE;
        assert_eq!(
            seen(&format!("{OPENING}A RST 101 out"), here),
            "4:SENT_HERE"
        );
        assert_eq!(seen(&format!("{OPENING}A RST 101 in"), here), "");
    }
}
