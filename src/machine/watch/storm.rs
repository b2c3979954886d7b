//! Empty ACKs that both ends answer each other without end.

use super::Step;
use crate::machine::end::End;
use crate::machine::noted::Brief;
use crate::machine::observe::Relative;
use crate::observation::Observations;
use crate::segment::{Flags, NS_PER_S, Timestamp};
use crate::seq::SeqNo;

/// So many ACKs of one end, and as many of the other in between, are a storm.
pub const ENOUGH: u32 = 10;
/// They come within this time,
const WITHIN_NS: i64 = NS_PER_S;
/// or within so many round trips, where these are longer.
const ROUND_TRIPS: i64 = 20;

/// So many ACKs may go round between the ends at a time.
const AT_A_TIME: i64 = 4;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Storm {
    /// ACKs of this end in a row, each after one of the peer.
    row: u32,
    since: Timestamp,
    first: u64,
    /// The peer's numbers and window in all of it.
    theirs: (SeqNo, SeqNo, u16),
    found: Option<Box<Found>>,
}

/// A storm.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Found {
    /// The first ACK of this end in it, and when it was sent.
    pub first: (u64, Timestamp),
    /// The latest one.
    pub last: (u64, Timestamp),
    /// How many of this end.
    pub count: u32,
    /// SEG.SEQ and SEG.ACK of this end's.
    pub own: (SeqNo, SeqNo),
    /// SEG.SEQ and SEG.ACK of the peer's.
    pub theirs: (SeqNo, SeqNo),
}

impl Storm {
    /// A row has begun.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        self.row > 0
    }

    /// This end sends `step.segment`.
    #[inline]
    pub fn sent(&mut self, step: &Step<'_>, notes: &mut Relative) {
        let repeats = |own: Brief| own.ack == step.segment.ack;
        if step.segment.payload_len == 0 && step.own.last.is_some_and(repeats) {
            self.look(step, notes);
        } else {
            self.row = 0;
        }
    }

    fn look(&mut self, step: &Step<'_>, notes: &mut Relative) {
        let Some(theirs) = answered(step) else {
            self.row = 0;
            return;
        };
        let segment = step.segment;
        let off_by_one = theirs.ack == segment.seq + 1 || segment.ack == theirs.seq + 1;
        let within = match step.rtt_ns {
            // That is the form of a keepalive, and those may come a second apart.
            Some(rtt) if !off_by_one => WITHIN_NS.max(rtt.saturating_mul(ROUND_TRIPS)),
            _ => WITHIN_NS,
        };
        let goes_on = self.row > 0
            && self.theirs == (theirs.seq, theirs.ack, step.peer.last_window)
            && (self.row >= ENOUGH || segment.time.since(self.since) <= within);
        if !goes_on {
            self.row = 0;
            self.since = segment.time;
            self.first = segment.packet;
            self.theirs = (theirs.seq, theirs.ack, step.peer.last_window);
        }
        self.row = self.row.saturating_add(1);
        if self.row < ENOUGH || !self.keeps_pace(step) {
            return;
        }
        let latest = (segment.packet, segment.time);
        if let Some(found) = &mut self.found {
            found.count = found.count.saturating_add(1);
            found.last = latest;
            return;
        }
        notes.saw |= Observations::ACK_STORM;
        self.found = Some(Box::new(Found {
            first: (self.first, self.since),
            last: latest,
            count: self.row,
            own: (segment.seq, segment.ack),
            theirs: (theirs.seq, theirs.ack),
        }));
    }

    /// Each ACK answers the one before, so a round takes a round trip; a few of them may go
    /// round at a time. What comes faster is a burst of old ACKs and the answers to these.
    fn keeps_pace(&self, step: &Step<'_>) -> bool {
        let lasted = step.segment.time.since(self.since);
        let rounds = i64::from(self.row - 1);
        step.rtt_ns
            .is_none_or(|rtt| lasted.saturating_mul(AT_A_TIME) >= rtt.saturating_mul(rounds))
    }

    /// The storm, if there was one.
    #[must_use]
    pub fn found(&self) -> Option<&Found> {
        self.found.as_deref()
    }
}

/// The peer's empty ACK that this one answers: the same as this end's before it, although the
/// numbers of the two do not fit each other.
fn answered(step: &Step<'_>) -> Option<Brief> {
    let segment = step.segment;
    let plain = segment.payload_len == 0
        && !segment.has(Flags::SYN | Flags::FIN | Flags::RST)
        && segment.has(Flags::ACK);
    if !plain {
        return None;
    }
    let own = step.own.last?;
    // An ack that has gone back is an old one, which the network has delivered once more.
    let newest = |end: &End, ack: SeqNo| end.ack_max.is_none_or(|max| ack.at_or_after(max));
    let same = own.seq == segment.seq
        && own.ack == segment.ack
        && newest(step.own, segment.ack)
        && own.is_pure_ack()
        && step.own.last_window == segment.window;
    if !same {
        return None;
    }
    let theirs = step.peer.last.filter(|theirs| {
        theirs.packet > own.packet && theirs.is_pure_ack() && newest(step.peer, theirs.ack)
    })?;
    let fits = segment.seq == theirs.ack && segment.ack == theirs.seq;
    (!fits).then_some(theirs)
}

#[cfg(test)]
mod tests {
    use crate::machine::script::connection;
    use crate::machine::side::Side;

    const OPENING: &str = "A SYN 100\nB SYN,ACK 300 101\nA ACK 101 301\n\
                           A ACK 101 301 len=40\nB ACK 301 141\nA ACK 101 301\n";

    fn storm(rounds: usize, round: &str) -> Option<u32> {
        let connection = connection(&format!("{OPENING}{}", round.repeat(rounds)));
        let found = |side| connection.watches.of(side).storm.found().copied();
        let (client, server) = (found(Side::Client), found(Side::Server));
        assert_eq!(client.is_some(), server.is_some());
        client.map(|found| found.count)
    }

    #[test]
    fn ten_of_each_end_are_a_storm() {
        let round = "B ACK 301 141\nA ACK 101 301\n";
        assert_eq!(storm(9, round), None);
        assert_eq!(storm(10, round), Some(10));
        assert_eq!(storm(25, round), Some(25));
    }

    #[test]
    fn other_rounds_are_none() {
        for (why, round) in [
            ("slow", "+60ms B ACK 301 141\n+60ms A ACK 101 301\n"),
            ("the numbers fit", "B ACK 301 101\nA ACK 101 301\n"),
            ("one way", "B ACK 301 141\nB ACK 301 141\n"),
            ("data", "B ACK 301 141\nA ACK 101 301 len=40\n"),
            (
                "windows",
                "B ACK 301 141 win=1\nA ACK 101 301\nB ACK 301 141 win=2\nA ACK 101 301\n",
            ),
            ("old acks", "B ACK 301 120\nA ACK 101 301\n"),
        ] {
            assert_eq!(storm(12, round), None, "{why}");
        }
    }
}
