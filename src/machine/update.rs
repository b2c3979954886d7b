//! Bringing an end's books up to date with what it sent.

use xxhash_rust::xxh3::xxh3_64;

use super::connection::Connection;
use super::end::{End, FinSent, RstSent, Sent, SynSent, Traces};
use super::noted::{Brief, Noted};
use super::observe::{MAY_WRAP_OCTETS, STORE_SLACK_NS};
use super::side::Side;
use super::state::State;
use super::stream::{Added, Stream};
use crate::limits;
use crate::observation::Observations;
use crate::segment::{Captured, Checksum, Direction, Flags, NS_PER_MS, Segment};
use crate::seq::SeqNo;

/// An IP packet above this did not cross an Ethernet as it is (unless the
/// link carries jumbo frames, which the rule about offload considers).
const ETHERNET_MTU: u32 = 1500;

/// Numbers further than this from the last known ones are another connection's.
const FAR_OCTETS: u32 = 1 << 16;

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

/// Raises `slot` to `number`.
pub fn later(slot: &mut Option<SeqNo>, number: SeqNo) {
    *slot = Some(slot.map_or(number, |known| known.later(number)));
}

fn earlier(slot: &mut Option<SeqNo>, number: SeqNo) {
    *slot = Some(slot.map_or(number, |known| known.earlier(number)));
}

/// A fingerprint of octets; never 0.
pub fn hash(octets: &[u8]) -> u64 {
    xxh3_64(octets).max(1)
}

/// The fingerprint of a segment's data; 0 where it must not be compared.
pub fn content(segment: &Segment<'_>) -> u64 {
    let whole = u32::try_from(segment.payload.len()).is_ok_and(|len| len == segment.payload_len);
    let sound = matches!(segment.checksum, Checksum::Good | Checksum::Partial);
    if whole && sound {
        hash(segment.payload)
    } else {
        0
    }
}

/// Counts what tells where the capture was taken, copies included.
pub fn traces(traces: &mut Traces, segment: &Segment<'_>) {
    let mut count = |counter: fn(&mut Traces) -> &mut u32, is: bool| {
        let counter = counter(traces);
        *counter = counter.saturating_add(u32::from(is));
    };
    count(
        |t| &mut t.outbound,
        segment.direction == Direction::Outbound,
    );
    count(|t| &mut t.inbound, segment.direction == Direction::Inbound);
    count(
        |t| &mut t.partial_checksums,
        segment.checksum == Checksum::Partial,
    );
    count(
        |t| &mut t.good_checksums,
        segment.checksum == Checksum::Good,
    );
    count(|t| &mut t.loopback, segment.loopback);
    count(
        |t| &mut t.oversized,
        segment.ip.length_zero || segment.ip.total_len > ETHERNET_MTU,
    );
    count(|t| &mut t.length_zero, segment.ip.length_zero);
    count(|t| &mut t.cut_options, segment.captured < Captured::Header);
    count(|t| &mut t.cut_payload, segment.captured == Captured::Header);
    if !segment.ip.length_zero {
        traces.largest_packet = traces.largest_packet.max(segment.ip.total_len);
    }
}

/// Updates both ends for `segment` of `side`.
pub fn ends(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
    saw: Observations,
) -> AddedOctets {
    if segment.flags.contains(Flags::RST) {
        reset(connection, side, segment);
        return AddedOctets::default();
    }
    forget_numbers_from_before(connection, side, segment);
    if segment.flags.contains(Flags::SYN) {
        syn(connection, side, segment);
    } else {
        let own = connection.ends.of_mut(side);
        own.sent_after_syn = true;
        own.went_on |= own.rst.is_some();
    }
    handshake_times(connection, side, segment, saw);
    let foreign = takes_over_a_syn(connection, side, segment, saw);
    let (own, peer) = connection.ends.both_mut(side);
    peer.provoked = None;
    if saw.intersects(Observations::PROVOKES_ACK) {
        own.provoked = Some(segment.packet);
    }
    let next_before = own.snd_next;
    let added = octets(own, peer, segment, saw);
    fin(own, segment, next_before);
    if segment.flags.contains(Flags::ACK) {
        let acks_fin = |fin: FinSent| fin.seq + 1 == segment.ack;
        if peer.distant_fin.is_some_and(acks_fin) {
            adopt_distant_fin(peer);
        }
        acknowledgment(own, peer, segment, saw, foreign);
    }
    if let Some((tsval, _)) = segment.options.timestamps() {
        let newest = own
            .tsval_max
            .map_or(tsval, |max| SeqNo(max).later(SeqNo(tsval)).0);
        own.tsval_max = Some(newest);
    }
    if saw.contains(Observations::HALF_CLOSE_DATA) {
        own.half_close_data = true;
    }
    added
}

/// An end that has sent something within this time has not lost its state.
const ALIVE_NS: i64 = 200 * NS_PER_MS;

fn reset(connection: &mut Connection, side: Side, segment: &Segment<'_>) {
    let state = connection.timeline.state(side);
    let (own, peer) = connection.ends.both_mut(side);
    peer.provoked = None;
    // RFC 9293, 3.10.7.4, fifth: this is how an ack of something never sent is
    // refused in the opening. From an end that is alive it says that the ack
    // was wrong, and not that the capture lost what was acknowledged.
    let alive = own
        .last
        .is_some_and(|last| segment.time.since(last.time) <= ALIVE_NS);
    if alive
        && !segment.flags.contains(Flags::ACK)
        && peer.early_ack.is_some_and(|(ack, _, _)| ack == segment.seq)
    {
        peer.early_ack = None;
    }
    // A RST that the peer should challenge.
    own.provoked = own
        .snd_next
        .zip(peer.window_edge)
        .filter(|(next, edge)| segment.seq.after(*next) && segment.seq.before(*edge))
        .map(|_| segment.packet);
    own.sent_rst = true;
    if answers_unacceptable_ack(state, own, peer, segment) {
        return;
    }
    match &mut own.rst {
        Some(rst) => rst.copies = rst.copies.saturating_add(1),
        None => {
            own.rst = Some(RstSent {
                first: Brief::of(segment),
                copies: 1,
            })
        }
    }
}

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
fn forget_numbers_from_before(connection: &mut Connection, side: Side, segment: &Segment<'_>) {
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
                && own.snd_next.is_some_and(|next| peer.sent_rst || far(next))
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

fn syn(connection: &mut Connection, side: Side, segment: &Segment<'_>) {
    let (own, peer) = connection.ends.both_mut(side);
    let ack = segment.flags.contains(Flags::ACK).then_some(segment.ack);
    if ack.is_some() {
        own.sent_syn_ack = true;
    } else {
        own.sent_bare_syn = true;
    }
    own.went_on |= own.rst.is_some();
    if own.sent_after_syn {
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
fn acks_of_syn(connection: &mut Connection, of: Side) {
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

fn handshake_times(
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

fn octets(own: &mut End, peer: &mut End, segment: &Segment<'_>, saw: Observations) -> AddedOctets {
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
        // A keepalive or probe speaks for the octet behind it.
        later(&mut own.resent_to, segment.seq + 2);
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

fn remember(own: &mut End, segment: &Segment<'_>, start: SeqNo, end: SeqNo) {
    if own.recent.len() >= limits::RECENT_SEGMENTS {
        own.recent.pop_front();
    }
    let content = if segment.payload_len > 0 {
        content(segment)
    } else {
        0
    };
    own.recent.push_back(Sent {
        start,
        end,
        packet: segment.packet,
        time: segment.time,
        content,
        fin: segment.flags.contains(Flags::FIN),
    });
}

/// The peer had acknowledged more than was captured of `own`. What `own`
/// sends next shows whether the capture or the peer was wrong.
fn resolve_early_ack(own: &mut End, peer: &mut End, segment: &Segment<'_>, saw: Observations) {
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
    } else if segment.end().at_or_after(ack) && segment.time.since(time) <= STORE_SLACK_NS {
        // The frames were stored out of order.
        acknowledge(peer, own, ack);
        peer.early_ack = None;
    }
}

/// The ack is that of a SYN which the connection should have refused: it says
/// nothing about octets that the capture may have lost.
fn takes_over_a_syn(
    connection: &Connection,
    side: Side,
    segment: &Segment<'_>,
    saw: Observations,
) -> bool {
    saw.contains(Observations::AFTER_PROVOCATION | Observations::ACK_BEYOND_SENT)
        && connection
            .ends
            .of(side.peer())
            .provoked
            .is_some_and(|packet| {
                let provoking = connection.noted().iter().rev().find(|n| n.packet == packet);
                provoking.is_some_and(|n| n.is_syn() && n.end() == segment.ack)
            })
}

/// `own` acknowledges what `peer` has sent up to `ack`.
fn acknowledge(own: &mut End, peer: &mut End, ack: SeqNo) {
    own.acknowledge(ack, peer.iss());
    peer.syn_acked |= peer.iss().is_some_and(|iss| ack.after(iss));
}

fn acknowledgment(
    own: &mut End,
    peer: &mut End,
    segment: &Segment<'_>,
    saw: Observations,
    foreign: bool,
) {
    let ack = segment.ack;
    let beyond_sent = peer.sent_up_to().is_some_and(|next| ack.after(next));
    if beyond_sent {
        // Beyond a FIN there is nothing to lose either.
        let explained = saw.intersects(Observations::SYN_ACK | Observations::ACK_BEYOND_FIN);
        if !explained && !foreign && own.early_ack.is_none() {
            own.early_ack = Some((ack, segment.packet, segment.time));
        }
    } else {
        if peer.snd_next.is_some() {
            later(&mut peer.snd_next, ack);
        }
        if let Some(stream) = &mut peer.stream {
            let data_end = peer.fin.map_or(ack, |fin| ack.earlier(fin.seq));
            stream.acknowledged(data_end, segment.packet, segment.time);
            for &(start, end) in segment.options.sack_blocks() {
                let sent = peer.snd_next.is_some_and(|next| end.at_or_before(next));
                let block_end = peer.fin.map_or(end, |fin| end.earlier(fin.seq));
                // A D-SACK (RFC 2883) reports what came twice, below the ack.
                if sent && start.at_or_after(ack) && block_end.after(start) {
                    stream.selectively_acknowledged(start, block_end, segment.packet, segment.time);
                }
            }
        }
        acknowledge(own, peer, ack);
        if let Some(fin) = &mut peer.fin
            && fin.acked_by.is_none()
            && ack == fin.seq + 1
        {
            fin.acked_by = Some((segment.packet, segment.time));
        }
    }
    // Beyond that a new number may look lower than the first.
    if !segment.flags.contains(Flags::SYN) && own.ack_advanced < MAY_WRAP_OCTETS {
        earlier(&mut own.ack_min, ack);
    }
    window(own, peer, segment);
}

fn window(own: &mut End, peer: &End, segment: &Segment<'_>) {
    if segment.captured == Captured::PartOfHeader {
        return;
    }
    // RFC 7323, 2.2: the window of a SYN is never scaled.
    let shift = if segment.flags.contains(Flags::SYN) {
        Some(0)
    } else {
        own.window_shift(peer)
    };
    if let Some(shift) = shift {
        later(
            &mut own.window_edge,
            segment.ack + (u32::from(segment.window) << shift),
        );
    }
}

/// RFC 9293, 3.6: a FIN ends the stream behind the last octet. The first FIN
/// that does so is the measure for everything after it. One that leaves a
/// hole, or lies below octets already sent, is noted but measures nothing:
/// its receiver cannot have taken it in.
fn fin(own: &mut End, segment: &Segment<'_>, next_before: Option<SeqNo>) {
    // A FIN with a SYN-ACK counts (RFC 9293, 3.10.7.3, sixth); with a SYN alone
    // its receiver has no state yet in which to take it in.
    let bare_syn = segment.flags.contains(Flags::SYN) && !segment.flags.contains(Flags::ACK);
    if segment.flags.contains(Flags::FIN) && !bare_syn {
        let seq = segment.data_end();
        let known = match (&mut own.fin, &mut own.distant_fin) {
            (Some(fin), _) => Some(fin),
            (None, distant) => distant.as_mut().filter(|fin| fin.seq == seq),
        };
        match known {
            Some(known) => {
                if known.seq == seq {
                    known.copies = known.copies.saturating_add(1);
                    known.last_packet = segment.packet;
                    known.last_time = segment.time;
                    known.lowest_ack = known.lowest_ack.earlier(segment.ack);
                }
            }
            None => {
                let fin = FinSent {
                    seq,
                    first_ack: segment.ack,
                    lowest_ack: segment.ack,
                    packet: segment.packet,
                    time: segment.time,
                    last_packet: segment.packet,
                    last_time: segment.time,
                    copies: 1,
                    acked_by: None,
                };
                if next_before.is_some_and(|next| segment.seq.after(next)) {
                    own.distant_fin = Some(fin);
                } else if next_before.is_none_or(|next| (seq + 1).at_or_after(next))
                    && !own.stream.as_ref().is_some_and(|stream| stream.holds(seq))
                {
                    // An ACK from behind the FIN, or its own ACK, may have
                    // overtaken it.
                    own.fin = Some(fin);
                    if let Some(stream) = &mut own.stream {
                        stream.is_fin(seq);
                    }
                }
            }
        }
    }
    let reached = |fin: &FinSent| {
        own.stream
            .as_ref()
            .is_some_and(|stream| stream.next().at_or_after(fin.seq))
    };
    if own.distant_fin.as_ref().is_some_and(reached) {
        adopt_distant_fin(own);
    }
}

/// The octets before a FIN have turned up, or its receiver says that it has them.
fn adopt_distant_fin(own: &mut End) {
    if let Some(fin) = own.distant_fin.take()
        && own.fin.is_none()
    {
        own.advance_to(fin.seq + 1);
        own.fin = Some(fin);
    }
}

#[cfg(test)]
mod tests;
