//! Windows of zero: how often and how long an end closes its window (RFC 9293, 3.8.6).

use super::Step;
use crate::observation::Observations;
use crate::segment::{Captured, Flags, Timestamp};

/// The segment offers a window of zero to a peer that may still send.
#[must_use]
pub fn closes(step: &Step<'_>) -> bool {
    let segment = step.segment;
    if segment.window != 0 || segment.captured == Captured::PartOfHeader {
        return false;
    }
    let over = Observations::AFTER_OWN_RST | Observations::AFTER_PEER_RST;
    segment.has(Flags::ACK)
        && !segment.has(Flags::SYN | Flags::RST | Flags::FIN)
        && step.own.fin.or(step.peer.fin).is_none()
        && !step.saw.intersects(over)
        // Mid-stream, an end that never had a window, and whose peer is silent,
        // is no receiver.
        && (step.own.syn.is_some() || step.own.last_window > 0 || step.peer.stream.is_some())
}

/// How often and how long an end had closed its window.
#[derive(Clone, Copy, Debug, Default)]
pub struct Closures {
    /// How often it went from open to closed.
    pub count: u64,
    /// All the time that it was closed, as far as it opened again, in nanoseconds.
    pub total_ns: i64,
    /// Closed now, since this time.
    pub since: Option<Timestamp>,
}

impl Closures {
    /// The end sends `step.segment`.
    pub fn sent(&mut self, step: &Step<'_>) {
        let segment = step.segment;
        if closes(step) {
            if self.since.is_none() {
                self.since = Some(segment.time);
                self.count += 1;
            }
        } else if segment.captured > Captured::PartOfHeader
            && (segment.window > 0 || segment.has(Flags::FIN | Flags::RST))
            && let Some(since) = self.since.take()
        {
            self.total_ns = self
                .total_ns
                .saturating_add(segment.time.since(since).max(0));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::machine::script::connection;
    use crate::machine::side::Side;
    use crate::observation::Observations;
    use crate::segment::NS_PER_S;

    #[test]
    fn closures_are_counted_with_their_time() {
        let c = connection(
            "A SYN 100 win=1000\nB SYN,ACK 300 101 win=1000\nA ACK 101 301 len=1000\n\
             B ACK 301 1101 win=0\n+2s B ACK 301 1101 win=0\n+1s B ACK 301 1101 win=9\n\
             B ACK 301 1101 win=0\n",
        );
        let closures = c.watches.of(Side::Server).window.closures.as_ref().unwrap();
        assert_eq!((closures.count, closures.total_ns), (2, 3 * NS_PER_S));
        assert!(closures.since.is_some());
        let noted = c
            .noted()
            .iter()
            .filter(|n| n.saw(Observations::ZERO_WINDOW));
        assert_eq!(noted.count(), 1, "only the first is noted");
    }
}
