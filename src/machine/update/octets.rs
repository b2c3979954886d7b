//! Octets of data: which were captured, and which are sent again.

use xxhash_rust::xxh3::xxh3_64;

use super::acknowledgment::acknowledge;
use super::later;
use crate::limits;
use crate::machine::end::{End, Sent};
use crate::machine::observe::STORE_SLACK_NS;
use crate::machine::stream::{Added, Stream};
use crate::observation::Observations;
use crate::segment::{Checksum, Flags, Segment};
use crate::seq::SeqNo;

/// What a segment added to the captured octets.
#[derive(Clone, Copy, Debug, Default)]
pub struct AddedOctets {
    /// Octets of data never captured before (at most; partial overlaps count whole).
    pub new_octets: u32,
    /// Data that was captured before.
    pub repeated: bool,
    /// It lies behind octets captured earlier, and repeats none.
    pub out_of_order: bool,
}

/// A fingerprint of octets; never 0.
pub fn hash(octets: &[u8]) -> u64 {
    xxh3_64(octets).max(1)
}

/// The fingerprint of a segment's data; 0 where it must not be compared.
#[must_use]
pub fn content(segment: &Segment<'_>) -> u64 {
    if let Some(digest) = segment.digest {
        return digest.content;
    }
    let whole = u32::try_from(segment.payload.len()).is_ok_and(|len| len == segment.payload_len);
    let sound = matches!(segment.checksum, Checksum::Good | Checksum::Partial);
    if whole && sound {
        hash(segment.payload)
    } else {
        0
    }
}

pub(super) fn octets(
    own: &mut End,
    peer: &mut End,
    segment: &Segment<'_>,
    saw: Observations,
) -> AddedOctets {
    let known_next = own.snd_next;
    let end = segment.end();
    let mut added = AddedOctets::default();
    if segment.payload_len > 0 {
        let (start, data_end) = (segment.data_start(), segment.data_end());
        let repeats = saw.contains(Observations::RETRANSMISSION);
        // The first captured octets of a mid-stream direction begin its stream.
        let stream = own.stream.get_or_insert_with(|| Stream::starting_at(start));
        let new = stream.add(start, data_end);
        let beyond = known_next.is_none_or(|next| data_end.after(next));
        added.repeated = repeats && !beyond;
        added.out_of_order = !repeats && new != Added::Nothing && !beyond;
        added.new_octets = match known_next {
            _ if added.repeated => 0,
            Some(next) if beyond => segment.payload_len.min(data_end.offset_from(next)),
            _ => segment.payload_len,
        };
        if repeats || known_next.is_some_and(|next| start.before(next)) {
            later(&mut own.resent_to, data_end);
        }
        if !added.repeated {
            remember(own, segment, start, end);
        }
    } else if segment.is_empty() && known_next.is_some_and(|next| segment.seq.before(next)) {
        // A keepalive or probe speaks for the octet behind it, if that was sent before.
        let behind = segment.seq + 2;
        let spoken_for = known_next
            .filter(|next| behind.after(*next))
            .unwrap_or(behind);
        later(&mut own.resent_to, spoken_for);
    } else if !segment.is_empty() {
        if known_next.is_some_and(|next| end.at_or_before(next)) {
            later(&mut own.resent_to, end);
        } else if !segment.flags.contains(Flags::SYN) {
            remember(own, segment, segment.seq, end);
        }
    }
    resolve_early_ack(own, peer, segment, saw);
    let distant = segment.flags.contains(Flags::FIN)
        && known_next.is_some_and(|next| segment.seq.after(next));
    // SND.NXT is what the peer may acknowledge; a FIN that nobody can have
    // taken in yet does not move it, nor do its octets.
    if !distant {
        own.advance_to(end);
    }
    added
}

pub(super) fn remember(own: &mut End, segment: &Segment<'_>, start: SeqNo, end: SeqNo) {
    let content = if segment.payload_len > 0 {
        content(segment)
    } else {
        0
    };
    let sent = Sent {
        start,
        end,
        packet: segment.packet,
        time: segment.time,
        content,
        fin: segment.flags.contains(Flags::FIN),
    };
    keep_recent(own, sent);
}

/// Keeps `sent` as the latest new octets of `own`.
pub fn keep_recent(own: &mut End, sent: Sent) {
    if own.recent.len() >= limits::RECENT_SEGMENTS {
        own.recent.pop_front();
    }
    own.recent.push_back(sent);
}

/// The peer had acknowledged more than was captured of `own`. What `own`
/// sends next shows whether the capture or the peer was wrong.
pub(super) fn resolve_early_ack(
    own: &mut End,
    peer: &mut End,
    segment: &Segment<'_>,
    saw: Observations,
) {
    let Some((ack, packet, time)) = peer.early_ack else {
        return;
    };
    if saw.contains(Observations::CONTRADICTS_ACK) {
        peer.early_ack = None;
    } else if segment.seq.at_or_after(ack) && segment.end().after(ack) {
        // It goes on from there: the octets in between were sent, and the
        // capture lost them.
        if let Some(stream) = &mut own.stream {
            stream.acknowledged(ack, packet, time);
        }
        acknowledge(peer, own, ack);
        peer.early_ack = None;
    } else if segment.seq.before(ack)
        && segment.end().at_or_after(ack)
        && segment.time.since(time) <= STORE_SLACK_NS
    {
        // These are the octets: the frames were stored out of order. (An empty
        // segment at that number has none of them.)
        acknowledge(peer, own, ack);
        peer.early_ack = None;
    }
}
