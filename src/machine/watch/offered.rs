//! The right edge of the window that an end offers: whether it goes back
//! (RFC 9293, 3.8.6), and acks beyond it.

use super::Step;
use crate::machine::noted::Emission;
use crate::machine::observe::{Relative, STORE_SLACK_NS};
use crate::observation::Observations;
use crate::segment::{Captured, Flags, Timestamp};
use crate::seq::SeqNo;

/// The first segments of an end: a proxy, or a host that does not scale its
/// first windows, may have sent them.
pub const EARLY_SEGMENTS: u64 = 8;

/// Examples kept of either kind.
const EXAMPLES: usize = 4;

/// A right edge, SEG.ACK + SEG.WND scaled, and the segment that offered it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Edge {
    /// The edge.
    pub edge: SeqNo,
    /// SEG.ACK of the segment.
    pub ack: SeqNo,
    /// The segment, as far as its order among others matters.
    pub by: Emission,
    /// Its time to live: another one may mean another host.
    pub ttl: u8,
    /// It is one of the first segments of its end.
    pub early: bool,
}

/// A segment whose edge lies before one offered earlier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shrunk {
    /// Its frame number.
    pub packet: u64,
    /// The edge that it offers.
    pub edge: SeqNo,
    /// The furthest edge before it.
    pub before: Edge,
}

/// An ack of octets beyond every edge that this end had offered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Taken {
    /// Its frame number.
    pub packet: u64,
    /// Its time.
    pub time: Timestamp,
    /// SEG.ACK, a FIN not counted.
    pub ack: SeqNo,
    /// The furthest edge before it.
    pub edge: SeqNo,
    /// First octet and frame number of the peer's segment with the last octet acknowledged.
    pub with: Option<(SeqNo, u64)>,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Offered {
    /// Shift of this end's windows, once it is settled; `Some(None)`: cannot be known.
    shift: Option<Option<u8>>,
    furthest: Option<Edge>,
    odd: Option<Box<Odd>>,
}

/// What few connections show.
#[derive(Clone, Debug, Default)]
struct Odd {
    shrunk: Vec<Shrunk>,
    taken: Vec<Taken>,
}

/// How far the edge may seem to go back by rounding: a receiver that rounds
/// its window up once and down another time is off by less than one unit of the
/// scale each time (RFC 7323, 2.4).
#[must_use]
pub const fn rounding(shift: u8) -> u32 {
    2 * ((1 << shift) - 1)
}

impl Offered {
    /// The shift of this end's windows, where it is known.
    #[must_use]
    pub fn shift(&self) -> Option<u8> {
        self.shift.flatten()
    }

    /// The same, once that is settled.
    #[must_use]
    pub const fn settled_shift(&self) -> Option<Option<u8>> {
        self.shift
    }

    /// The furthest edge that was offered, those of SYNs aside.
    #[must_use]
    pub fn furthest_edge(&self) -> Option<SeqNo> {
        self.furthest.map(|furthest| furthest.edge)
    }

    /// No edge went back, and no ack was beyond one.
    #[must_use]
    pub const fn is_calm(&self) -> bool {
        self.odd.is_none()
    }

    /// Orderly segments have moved the furthest edge to `edge`.
    pub const fn goes_on(&mut self, edge: Edge) {
        self.furthest = Some(edge);
    }

    /// The first edges that went back.
    #[must_use]
    pub fn shrunk(&self) -> &[Shrunk] {
        self.odd.as_ref().map_or(&[], |odd| &odd.shrunk)
    }

    /// The first acks beyond the own edge.
    #[must_use]
    pub fn taken(&self) -> &[Taken] {
        self.odd.as_ref().map_or(&[], |odd| &odd.taken)
    }

    /// This end sends `step.segment`.
    pub fn sent(&mut self, step: &Step<'_>, notes: &mut Relative) {
        let segment = step.segment;
        // RFC 7323, 2.2: the window of a SYN is not scaled, so it rounds in
        // another way; that of a RST means nothing.
        if segment.has(Flags::SYN | Flags::RST)
            || !segment.has(Flags::ACK)
            || segment.captured == Captured::PartOfHeader
        {
            return;
        }
        let settle = || step.own.window_shift(step.peer);
        let Some(shift) = *self.shift.get_or_insert_with(settle) else {
            return;
        };
        if step.saw.intersects(
            Observations::ACK_BEYOND_SENT
                | Observations::ACK_BEYOND_FIN
                | Observations::AFTER_OWN_RST,
        ) {
            return;
        }
        let edge = segment.ack + (u32::from(segment.window) << shift);
        self.acks(step, edge, notes);
        match &self.furthest {
            Some(furthest) if !edge.after(furthest.edge) => {
                if edge.before(furthest.edge) {
                    self.goes_back(step, shift, edge, notes);
                }
            }
            // A FIN, or octets beyond all that was sent, may be forged, and
            // would spoil the measure for all that follows.
            _ if segment.has(Flags::FIN)
                || step.own.snd_next.is_some_and(|n| segment.seq.after(n)) => {}
            _ => {
                self.furthest = Some(Edge {
                    edge,
                    ack: segment.ack,
                    by: Emission::of(segment),
                    ttl: segment.ip.ttl,
                    early: step.own.counts.segments <= EARLY_SEGMENTS,
                });
            }
        }
    }

    fn goes_back(&mut self, step: &Step<'_>, shift: u8, edge: SeqNo, notes: &mut Relative) {
        let Some(before) = self.furthest else { return };
        let segment = step.segment;
        let by = before.edge.offset_from(edge);
        // With no more data to come, the window means nothing.
        let closing = segment.has(Flags::FIN) || step.own.fin.or(step.peer.fin).is_some();
        if by <= rounding(shift) || segment.ack.before(before.ack) || closing {
            return;
        }
        // Those whose order a timestamp or the ack proves are worth more than others.
        let stamped = Emission::of(segment).is_stamped_after(&before.by);
        let proven = stamped || segment.ack.after(before.ack);
        let room = if proven { EXAMPLES } else { EXAMPLES / 2 };
        let shrunk = &mut self.odd.get_or_insert_default().shrunk;
        if shrunk.len() < room {
            shrunk.push(Shrunk {
                packet: segment.packet,
                edge,
                before,
            });
            notes.saw |= Observations::WINDOW_SHRUNK;
        }
    }

    fn acks(&mut self, step: &Step<'_>, edge: SeqNo, notes: &mut Relative) {
        let segment = step.segment;
        if let Some(odd) = &mut self.odd {
            // Sent before that ack, by its own number, and stored after it.
            odd.taken.retain(|taken| {
                let late = segment.time.since(taken.time) <= STORE_SLACK_NS;
                !(late && segment.ack.before(taken.ack) && edge.at_or_after(taken.ack - 1))
            });
        }
        let Some(offered) = step.own.window_edge else {
            return;
        };
        // One octet at the edge may be a probe, which a receiver may take.
        if !segment.ack.after(offered + 1) || self.taken().len() >= EXAMPLES {
            return;
        }
        let fin = step.peer.fin_seq();
        let ack = fin.map_or(segment.ack, |fin| segment.ack.earlier(fin));
        if !ack.after(offered + 1) {
            return;
        }
        let holds = |start: SeqNo, end: SeqNo| (ack - 1).within(start, end - 1);
        let with = step.peer.recent.iter().find(|s| holds(s.start, s.end));
        self.odd.get_or_insert_default().taken.push(Taken {
            packet: segment.packet,
            time: segment.time,
            ack,
            edge: offered,
            with: with.map(|sent| (sent.start, sent.packet)),
        });
        notes.saw |= Observations::BEYOND_OWN_WINDOW;
    }
}

#[cfg(test)]
mod tests {
    use crate::machine::script::connection;
    use crate::machine::side::Side;
    use crate::observation::Observations;

    const OPEN: &str = "A SYN 100 win=1000\nB SYN,ACK 300 101 win=1000\nA ACK 101 301 win=1000\n";

    fn run(rest: &str) -> crate::machine::connection::Connection {
        connection(&format!("{OPEN}{rest}"))
    }

    #[test]
    fn an_edge_that_goes_back_is_kept_with_the_one_before() {
        let c = run("B ACK 301 101 win=1000\nB ACK 301 101 win=400\nB ACK 301 201 win=1000\n");
        let offered = &c.watches.of(Side::Server).window.offered;
        let [shrunk] = offered.shrunk()[..] else {
            panic!("{:?}", offered.shrunk())
        };
        assert_eq!((shrunk.packet, shrunk.before.by.packet), (5, 4));
        assert_eq!(shrunk.before.edge.offset_from(shrunk.edge), 600);
        assert!(c.seen.contains(Observations::WINDOW_SHRUNK));
    }

    #[test]
    fn rounding_an_old_ack_and_closing_do_not_shrink_a_window() {
        let open = "A SYN 100 win=1000 ws=7\nB SYN,ACK 300 101 win=1000 ws=7\nA ACK 101 301\n";
        let c = connection(&format!(
            "{open}B ACK 301 201 win=9\nB ACK 301 202 win=8\nB ACK 301 101 win=4\n"
        ));
        assert!(!c.seen.contains(Observations::WINDOW_SHRUNK));
        let c = run("A FIN,ACK 101 301\nB ACK 301 102 win=1000\nB ACK 301 102 win=0\n");
        assert!(!c.seen.contains(Observations::WINDOW_SHRUNK));
    }

    #[test]
    fn an_ack_beyond_the_own_edge_names_the_segment_that_came_with_it() {
        let c = run(
            "B ACK 301 101 win=100\nA ACK 101 301 len=2000\nA ACK 2101 301 len=9\n\
             B ACK 301 1102 win=0\nB ACK 301 2110 win=0\n",
        );
        let taken = c.watches.of(Side::Server).window.offered.taken();
        // The SYN-ACK had offered 1101; one octet at the edge may be a probe.
        assert_eq!(taken.len(), 1, "{taken:?}");
        assert_eq!(taken[0].with.map(|(_, packet)| packet), Some(6));
        assert_eq!(taken[0].edge.0, 1102);
    }

    #[test]
    fn a_window_stored_late_is_no_contradiction() {
        let c = run("A ACK 101 301 len=2000\nB ACK 301 2101 win=0\nB ACK 301 101 win=4000\n");
        let taken = c.watches.of(Side::Server).window.offered.taken();
        assert!(taken.is_empty(), "{taken:?}");
    }

    #[test]
    fn without_the_opening_no_window_is_judged() {
        let c = connection("A ACK 101 301 win=9000\nB ACK 301 101 win=100\nB ACK 301 101 win=1\n");
        assert!(!c.seen.contains(Observations::WINDOW_SHRUNK));
    }
}
