//! SYNs and SYN-ACKs: which of them an end goes by.

use super::acknowledgment::acknowledge;
use crate::machine::connection::Connection;
use crate::machine::end::{End, SynSent};
use crate::machine::noted::Noted;
use crate::machine::side::Side;
use crate::machine::state::State;
use crate::machine::stream::Stream;
use crate::observation::Observations;
use crate::segment::{Flags, Segment};
use crate::seq::SeqNo;

/// Numbers further than this from the last known ones are another connection's.
const FAR_OCTETS: u32 = 1 << 16;

/// In SYN-SENT and SYN-RECEIVED a RST with SEQ = SEG.ACK answers an
/// unacceptable ACK and leaves the connection as it is (RFC 9293, 3.10.7.3,
/// first, and 3.10.7.4, fifth).
pub fn answers_unacceptable_ack(
    state: Option<State>,
    own: &End,
    peer: &End,
    segment: &Segment<'_>,
) -> bool {
    let answers = peer
        .last
        .is_some_and(|last| last.is_ack() && last.ack == segment.seq);
    matches!(state, Some(State::SynSent | State::SynReceived))
        && answers
        && !segment.flags.contains(Flags::ACK)
        && own.snd_next.is_some_and(|next| segment.seq != next)
}

/// What `side` has sent so far belonged to a connection from before the
/// capture, whose numbers it showed to a SYN (RFC 9293, figure 9): its SYN-ACK
/// begins anew, or what follows one that was not captured.
pub(super) fn forget_numbers_from_before(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
) {
    let (own, peer) = (connection.ends.of(side), connection.ends.of(side.peer()));
    let from_before = own.sent_after_syn && own.syn.is_none() && !connection.mid_stream;
    let Some(syn) = peer.syn.filter(|_| from_before) else {
        return;
    };
    let first = syn.iss + 1;
    let begins_anew = segment.flags.contains(Flags::ACK)
        && if segment.flags.contains(Flags::SYN) {
            !peer.sent_after_syn && segment.ack.within(first, first + syn.payload_len)
        } else {
            // The capture lost the SYN-ACK: neither number is an old one.
            let in_peer = |ack: SeqNo| peer.snd_next.is_some_and(|next| ack.within(first, next));
            let far = |next: SeqNo| segment.seq.distance_from(next).unsigned_abs() > FAR_OCTETS;
            in_peer(segment.ack)
                && !own.ack_max.is_some_and(in_peer)
                && own
                    .snd_next
                    .is_some_and(|next| peer.rst.is_some() || far(next))
        };
    if begins_anew {
        let own = connection.ends.of_mut(side);
        *own = End {
            traces: own.traces,
            counts: own.counts,
            last: own.last,
            last_window: own.last_window,
            ..End::default()
        };
    }
}

pub(super) fn syn(connection: &mut Connection, side: Side, segment: &Segment<'_>) {
    let (own, peer) = connection.ends.both_mut(side);
    let ack = segment.flags.contains(Flags::ACK).then_some(segment.ack);
    if ack.is_some() {
        own.sent_syn_ack = true;
    } else {
        own.sent_bare_syn = true;
    }
    own.went_on |= own.rst.is_some();
    // A SYN that follows the ACK of the peer's is the second half of an answer.
    let second_half = own.syn.is_none() && ack.is_none() && peer.sent_bare_syn;
    if own.sent_after_syn && !second_half {
        return;
    }
    let options_whole = segment.header_whole();
    let fresh = SynSent {
        iss: segment.seq,
        ack,
        payload_len: segment.payload_len,
        options: segment.options,
        options_whole,
        packet: segment.packet,
        time: segment.time,
        last_time: segment.time,
        last_packet: segment.packet,
        copies: 1,
    };
    match &mut own.syn {
        Some(known) if known.iss == segment.seq => {
            known.copies = known.copies.saturating_add(1);
            known.last_time = segment.time;
            known.last_packet = segment.packet;
            known.ack = ack.or(known.ack);
            known.payload_len = known.payload_len.max(segment.payload_len);
            // Which copy the peer went by is unknown, so where they differ in
            // what scales the window, no window can be judged.
            let same_scale = known.options.window_scale() == segment.options.window_scale();
            known.options_whole &= options_whole && same_scale;
        }
        _ => {
            own.syn = Some(fresh);
            // What it occupies counts as sent below, with everything else.
            own.snd_next = Some(segment.seq);
            own.advanced = 0;
            // Its answer may have been stored before it.
            let answered = |ack: SeqNo| ack.within(segment.seq + 1, segment.end());
            own.syn_acked = peer.ack_max.is_some_and(answered);
            own.stream = Some(Stream::starting_at(segment.seq + 1));
        }
    }
}

/// Several SYNs or SYN-ACKs may be about; the first segment after them shows
/// which one its sender goes on with, and which one of the peer's it took.
pub fn choose_syns(connection: &mut Connection, side: Side, segment: &Segment<'_>) {
    if connection.ends.of(side).sent_after_syn || segment.has(Flags::SYN | Flags::RST) {
        return;
    }
    let found = |of: Side, number: SeqNo| {
        connection
            .noted()
            .iter()
            .find(|n| n.side == of && n.is_syn() && !n.is_rst() && n.seq + 1 == number)
            .copied()
    };
    let own_choice = found(side, segment.seq);
    let peer_choice = segment
        .flags
        .contains(Flags::ACK)
        .then(|| found(side.peer(), segment.ack))
        .flatten();
    for (of, choice) in [(side, own_choice), (side.peer(), peer_choice)] {
        let end = connection.ends.of_mut(of);
        let Some(choice) = choice else { continue };
        let Some(known) = &mut end.syn else { continue };
        if known.iss == choice.seq || end.sent_after_syn {
            continue;
        }
        known.iss = choice.seq;
        known.ack = choice.is_ack().then_some(choice.ack);
        known.options = choice.options;
        known.payload_len = choice.payload_len;
        known.packet = choice.packet;
        known.time = choice.time;
        known.copies = 1;
        end.snd_next = Some(choice.end());
        end.advanced = 0;
        end.stream = Some(Stream::starting_at(choice.seq + 1));
    }
    if connection.seen.contains(Observations::ISN_CHANGED) {
        for of in Side::BOTH {
            acks_of_syn(connection, of);
        }
    }
}

/// Of several SYNs, those that were not chosen may have been acknowledged as
/// well: what `of` has acknowledged so far are the SYN chosen, or nothing.
pub(super) fn acks_of_syn(connection: &mut Connection, of: Side) {
    let syns = Side::BOTH.map(|side| connection.ends.of(side).syn);
    let [Some(_), Some(_)] = syns else { return };
    if connection.ends.of(of).sent_after_syn {
        return;
    }
    let fits = |noted: &&Noted| {
        let (own, peer) = (connection.ends.of(of), connection.ends.of(of.peer()));
        let acks_it = peer.syn.is_some_and(|syn| {
            let first = syn.iss + 1;
            noted.ack.within(first, first + syn.payload_len)
        });
        noted.side == of && noted.is_syn_ack() && own.iss() == Some(noted.seq) && acks_it
    };
    let answer = connection.noted().iter().rev().find(fits).copied();
    let (own, peer) = connection.ends.both_mut(of);
    (own.ack_max, own.window_edge, own.ack_advanced) = (None, None, 0);
    peer.syn_acked = answer.is_some();
    if let Some(answer) = answer {
        acknowledge(own, peer, answer.ack);
        own.window_edge = Some(answer.ack + u32::from(answer.window));
    }
}

pub(super) fn handshake_times(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
    saw: Observations,
) {
    if !saw.intersects(Observations::SYN_ACK | Observations::FIRST_AFTER_SYN) {
        return;
    }
    let peer = connection.ends.of(side.peer()).syn;
    let once = peer
        .filter(|syn| syn.copies == 1)
        .map(|syn| segment.time.since(syn.time));
    let answers_syn = saw.contains(Observations::SYN_ACK) && side == Side::Server;
    let answers_syn_ack = side == Side::Client && peer.is_some_and(|syn| syn.ack.is_some());
    let slot = connection.handshake_ns.of_mut(side);
    if slot.is_none() && (answers_syn || answers_syn_ack) {
        *slot = once.filter(|ns| *ns >= 0);
    }
}
