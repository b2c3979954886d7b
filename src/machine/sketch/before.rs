//! What is to be said of a segment, told by what it changed in the machine's books: they stood
//! so before it.

use super::{Marks, Stroke};
use crate::machine::connection::Connection;
use crate::machine::end::{Counts, End, Sent};
use crate::machine::noted::Brief;
use crate::machine::side::Side;
use crate::machine::watch::retransmit::Kind;
use crate::segment::{Flags, Segment};
use crate::seq::SeqNo;

/// What each kind of repetition is called.
const KINDS: [(Kind, Marks); 5] = [
    (Kind::Timeout, Marks::BY_TIMEOUT),
    (Kind::Fast, Marks::FAST),
    (Kind::Probe, Marks::TAIL_PROBE),
    (Kind::Spurious, Marks::NEEDLESS),
    (Kind::TooBig, Marks::TOO_BIG),
];

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Before {
    counts: Counts,
    kinds: [u32; KINDS.len()],
    keepalives: u32,
    probes: u32,
    next: Option<SeqNo>,
    /// How far the sender may send.
    edge: Option<SeqNo>,
    last: Option<Brief>,
    last_window: u16,
    repeats: u64,
}

impl Before {
    /// Before `connection` takes in `segment` of `side`.
    #[must_use]
    pub fn of(connection: &Connection, side: Side, segment: &Segment<'_>) -> Before {
        let own = connection.ends.of(side);
        let (kinds, keepalives, probes) = tallies(connection, side);
        let first = match (own.syn, own.fin) {
            (Some(syn), _) if segment.has(Flags::SYN) => Some((syn.iss, syn.packet)),
            (_, Some(fin)) if segment.has(Flags::FIN) => Some((fin.seq, fin.packet)),
            _ => None,
        };
        let repeated = first.filter(|(seq, _)| segment.seq == *seq);
        let octets = || {
            let holds =
                |sent: &&Sent| segment.seq.at_or_after(sent.start) && segment.seq.before(sent.end);
            let sent = own.recent.iter().rev().find(holds);
            sent.map_or(0, |sent| sent.packet)
        };
        Before {
            counts: own.counts,
            kinds,
            keepalives,
            probes,
            next: own.snd_next,
            edge: edge(connection.ends.of(side.peer()), own),
            last: own.last,
            last_window: own.last_window,
            repeats: repeated.map_or_else(octets, |(_, packet)| packet),
        }
    }

    /// The segment, now that `connection` has taken it in.
    #[must_use]
    pub fn stroke(self, connection: &Connection, side: Side, segment: &Segment<'_>) -> Stroke {
        let (own, peer) = (connection.ends.of(side), connection.ends.of(side.peer()));
        let marks = self.marks(connection, side, segment);
        let mut stroke = Stroke::of(segment, side, own.window_shift(peer), marks);
        if marks.intersects(Marks::RETRANSMISSION | Marks::WINDOW_PROBE) {
            stroke.repeats = self.repeats;
        }
        stroke
    }

    fn marks(&self, connection: &Connection, side: Side, segment: &Segment<'_>) -> Marks {
        let now = connection.ends.of(side).counts;
        let (kinds, keepalives, probes) = tallies(connection, side);
        let mut marks = Marks::empty();
        let repeated = now.retransmissions > self.counts.retransmissions;
        marks.set(Marks::RETRANSMISSION, repeated);
        let now_late = now.out_of_order > self.counts.out_of_order;
        for ((_, mark), (before, now)) in KINDS.iter().zip(self.kinds.iter().zip(&kinds)) {
            let counted = repeated || now_late;
            marks.set(*mark, counted && now > before);
        }
        marks.set(Marks::OUT_OF_ORDER, now_late);
        marks.set(
            Marks::ZERO_WINDOW,
            now.zero_windows > self.counts.zero_windows,
        );
        marks.set(Marks::KEEPALIVE, keepalives > self.keepalives);
        marks.set(Marks::WINDOW_PROBE, probes > self.probes);
        let is_whole = !segment.has(Flags::SYN | Flags::RST);
        let ahead = |next: SeqNo| segment.seq.after(next);
        marks.set(Marks::HOLE, is_whole && self.next.is_some_and(ahead));
        let fills = self.edge == Some(segment.end()) && segment.payload_len > 0;
        marks.set(Marks::WINDOW_FULL, fills && !repeated);
        let ack_again = segment.is_empty()
            && is_whole
            && self
                .last
                .is_some_and(|last| last.ack == segment.ack && last.end() == segment.seq);
        let updates = ack_again
            && self.last_window != segment.window
            && segment.options.sack_blocks().is_empty();
        // After the third ACK of the handshake an unscaled window is no update.
        let first = self.last.is_some_and(|last| last.is_syn());
        marks.set(Marks::WINDOW_UPDATE, updates && !first);
        let again = now.duplicate_acks > self.counts.duplicate_acks;
        let asks = Marks::KEEPALIVE | Marks::WINDOW_PROBE;
        marks.set(Marks::DUPLICATE_ACK, again && !marks.intersects(asks));
        let latest = connection.sketch.as_deref().and_then(super::Sketch::latest);
        if segment.is_empty()
            && is_whole
            && latest.is_some_and(|asked| asked.side != side && asked.marks.intersects(asks))
        {
            marks.insert(Marks::ANSWER);
            marks.remove(Marks::DUPLICATE_ACK);
        }
        marks
    }
}

/// How far `own` may send by the latest word of `peer`.
fn edge(peer: &End, own: &End) -> Option<SeqNo> {
    let last = peer.last.filter(Brief::is_ack)?;
    let shift = if last.is_syn() {
        0
    } else {
        peer.window_shift(own)?
    };
    Some(last.ack + (u32::from(peer.last_window) << shift))
}

/// How often an end has sent what is counted by watches: repetitions by kind, keepalives, probes
/// of a closed window.
fn tallies(connection: &Connection, side: Side) -> ([u32; KINDS.len()], u32, u32) {
    let watches = connection.watches.of(side);
    let again = watches.retransmit.again();
    let of = |kind| {
        again
            .and_then(|again| again.of(kind))
            .map_or(0, |t| t.count)
    };
    let keepalives = watches.keepalive.log();
    let keepalives = keepalives.map_or(0, |log| log.probes.saturating_add(log.too_early));
    (
        KINDS.map(|(kind, _)| of(kind)),
        keepalives,
        watches
            .window
            .closed
            .as_ref()
            .map_or(0, |closed| closed.probes),
    )
}
