//! SACK blocks with octets that the peer was not seen to send.
//!
//! Such a block looks like a segment that the capture has lost, until the peer
//! shows that it had not come so far. So the first of them is *held*, as early
//! acks are. A block that lies where no octet of the connection can is not held.

use super::form::{self, Block, FARTHEST_OCTETS};
use crate::machine::end::End;
use crate::machine::noted::Brief;
use crate::machine::observe::{MAY_WRAP_OCTETS, PROBE_IDLE_NS, Relative, STORE_SLACK_NS};
use crate::machine::watch::Step;
use crate::observation::Observations;
use crate::segment::{Flags, NS_PER_MS, Segment, Timestamp};
use crate::seq::SeqNo;

/// So many segments of an end are noted for such blocks.
const NOTED: u8 = 4;

/// A number that is off by more than this is off by chance: devices that renumber
/// draw from 2^32.
const FAR_OCTETS: u32 = 1 << 24;

/// Where the handshake does not show the round-trip time.
const DEFAULT_RTT_NS: i64 = 200 * NS_PER_MS;

/// Where a block lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    /// In what was captured of the peer.
    Inside,
    /// Beyond that, where the peer may have sent what the capture lost.
    Ahead,
    /// Before the peer's first number, behind its FIN, or beyond any window.
    Nowhere,
}

/// A block that nothing has contradicted yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Held {
    /// The block.
    pub block: Block,
    /// The segment with it.
    pub packet: u64,
    /// Its time.
    pub time: Timestamp,
    /// SMAX of the peer then.
    pub sent: SeqNo,
}

/// A block that the peer has contradicted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refuted {
    /// The block as it was held.
    pub held: Held,
    /// The peer's segment.
    pub proof: Brief,
}

/// Blocks of an end beyond what the peer has sent.
#[derive(Clone, Debug, Default)]
pub struct Beyond {
    held: Option<Held>,
    refuted: Option<Refuted>,
    nowhere: Option<Held>,
    noted: u8,
    /// The peer went on from behind a held block: the capture lost its octets.
    lost: bool,
    /// Some block lay inside what the peer had sent.
    fits: bool,
    shift: Shift,
}

/// By how much blocks are off, if it is the same for all of them.
#[derive(Clone, Copy, Debug, Default)]
struct Shift {
    first: Option<Block>,
    /// Another block than the first one was off, too.
    several: bool,
    /// From, to: what would bring all blocks to where the peer had sent.
    range: Option<Block>,
    /// Nothing brings all of them there.
    differs: bool,
}

impl Shift {
    /// `block` would be right in `base..sent`.
    fn add(&mut self, block: Block, base: SeqNo, sent: SeqNo) {
        let (left, right) = block;
        let first = *self.first.get_or_insert(block);
        self.several |= first.0 != left;
        let new = (
            SeqNo(right.offset_from(sent)),
            SeqNo(left.offset_from(base)),
        );
        let (from, to) = match self.range {
            Some((from, to)) => (from.later(new.0), to.earlier(new.1)),
            None => new,
        };
        self.differs |= !from.at_or_before(to);
        self.range = Some((from, to));
    }

    fn is_constant(&self) -> bool {
        let is_far = |by: SeqNo| by.distance_from(SeqNo(0)).unsigned_abs() > FAR_OCTETS;
        let far = self
            .range
            .is_some_and(|(from, to)| is_far(from) && is_far(to));
        !self.differs && self.first.is_some() && (self.several || far)
    }
}

impl Beyond {
    /// A block that the peer contradicted.
    #[must_use]
    pub const fn refuted(&self) -> Option<Refuted> {
        self.refuted
    }

    /// A block where no octet of the connection can be.
    #[must_use]
    pub const fn nowhere(&self) -> Option<Held> {
        self.nowhere
    }

    /// A block that nothing contradicted until now.
    #[must_use]
    pub const fn held(&self) -> Option<Held> {
        self.held
    }

    /// See [`super::Sack::is_shifted`].
    #[must_use]
    pub fn is_shifted(&self) -> bool {
        !self.fits && self.shift.is_constant()
    }

    /// See [`super::Sack::shows_loss`].
    #[must_use]
    pub fn shows_loss(&self) -> bool {
        (self.held.is_some() || self.lost) && !self.is_shifted()
    }

    pub(super) fn sent(&mut self, step: &Step<'_>, notes: &mut Relative) {
        let segment = step.segment;
        for &block in segment.options.sack_blocks() {
            let (base, sent) = numbers(step.peer, segment.ack);
            let place = place(block, segment.ack, step.peer, base, sent);
            if place == Place::Inside {
                self.fits = true;
                continue;
            }
            self.shift.add(block, base, sent);
            self.hold(place, block, sent, step, notes);
        }
    }

    fn hold(
        &mut self,
        place: Place,
        block: Block,
        sent: SeqNo,
        step: &Step<'_>,
        notes: &mut Relative,
    ) {
        let slot = match place {
            Place::Nowhere => &mut self.nowhere,
            // Where the peer's SYN is missing, so may be much else.
            Place::Ahead if step.peer.syn.is_some() && self.refuted.is_none() => &mut self.held,
            _ => return,
        };
        if slot.is_some() || self.noted >= NOTED {
            return;
        }
        *slot = Some(Held {
            block,
            packet: step.segment.packet,
            time: step.segment.time,
            sent,
        });
        self.noted += 1;
        notes.saw |= Observations::SACK_UNSENT;
    }

    pub(super) fn passed(&mut self, step: &Step<'_>) {
        let Some(held) = self.held else { return };
        let segment = step.segment;
        if segment.flags.contains(Flags::RST) {
            return;
        }
        let (left, right) = held.block;
        let since = segment.time.since(held.time);
        let next = step.own.snd_next;
        let reaches = !segment.is_empty() && segment.end().after(left);
        let jumps = next.is_some_and(|next| segment.seq.after(next));
        if reaches && (jumps || segment.seq.at_or_after(right)) {
            // It goes on behind octets that are not in the capture.
            self.held = None;
            self.lost = true;
            return;
        }
        let new = reaches && next.is_none_or(|next| segment.end().after(next));
        let ends = segment.flags.contains(Flags::FIN) && segment.end().before(right);
        let contradicts = new || ends || shows_next(step.own, segment, right);
        if contradicts && since > step.rtt_ns.unwrap_or(DEFAULT_RTT_NS).max(STORE_SLACK_NS) {
            let proof = Brief::of(segment);
            self.refuted = Some(Refuted { held, proof });
            self.held = None;
        } else if new {
            // Stored out of order, or too soon to say.
            self.held = None;
        }
    }
}

/// An empty segment at SND.NXT shows how far its sender had come, unless it may
/// be a keepalive, whose number is one below.
fn shows_next(own: &End, segment: &Segment<'_>, right: SeqNo) -> bool {
    let may_be_probe = segment.seq + 1 == right
        && (own.last).is_none_or(|last| segment.time.since(last.time) >= PROBE_IDLE_NS);
    segment.is_empty()
        && own.snd_next == Some(segment.seq)
        && segment.seq.before(right)
        && !may_be_probe
}

/// The numbers that `peer` had used: from, and to (SMAX).
fn numbers(peer: &End, ack: SeqNo) -> Block {
    let Some(next) = peer.sent_up_to() else {
        // Not captured at all.
        return (ack - FAR_OCTETS, ack + FARTHEST_OCTETS);
    };
    let fin = peer
        .distant_fin
        .as_ref()
        .map_or(next, |fin| next.later(fin.seq + 1));
    let sent = peer.bad_checksum_end.map_or(fin, |end| fin.later(end));
    let base = match peer.iss() {
        Some(iss) if peer.advanced < MAY_WRAP_OCTETS => iss,
        Some(_) => next - FARTHEST_OCTETS,
        None => {
            let known = u32::try_from(peer.advanced).unwrap_or(u32::MAX);
            next - known.saturating_add(FAR_OCTETS).min(FARTHEST_OCTETS)
        }
    };
    (base, sent)
}

fn place(block: Block, ack: SeqNo, peer: &End, base: SeqNo, sent: SeqNo) -> Place {
    let (left, right) = block;
    let behind_fin = peer.fin.is_some_and(|fin| right.after(fin.seq + 1));
    if left.before(base) || behind_fin || right.distance_from(ack) > FARTHEST_OCTETS as i32 {
        Place::Nowhere
    } else if right.after(sent) {
        Place::Ahead
    } else {
        Place::Inside
    }
}

/// Whether `block` lies where `peer` was seen to send.
pub(super) fn is_inside(block: Block, ack: SeqNo, peer: &End) -> bool {
    let (base, sent) = numbers(peer, ack);
    form::invalid(&[block]).is_none() && place(block, ack, peer, base, sent) == Place::Inside
}
