//! Driving the nominal timeline: which events of figure 5 a segment causes at
//! its sender and at its receiver (RFC 9293, 3.10.7).

use super::connection::Connection;
use super::end::End;
use super::knowledge;
use super::observe;
use super::side::Side;
use super::state::State;
use super::transition::Event;
use super::update;
use crate::observation::Observations;
use crate::segment::{Flags, Segment};
use crate::seq::SeqNo;

/// Advances both ends' nominal states for `segment`, sent by `side`. The
/// books of both ends are up to date.
pub fn advance(connection: &mut Connection, side: Side, segment: &Segment<'_>, saw: Observations) {
    // A RST of this form says that its sender has no connection (3.10.7.1).
    let refuses = saw.contains(Observations::RST)
        && segment.flags.contains(Flags::ACK)
        && segment.seq == SeqNo(0);
    if connection.mid_stream && !refuses {
        // RFC states that a capture which begins here cannot refute.
        connection.timeline.begin(Side::Client, State::Established);
        connection.timeline.begin(Side::Server, State::Established);
    }
    if saw.contains(Observations::RST) {
        reset(connection, side, segment);
    } else if segment.flags.contains(Flags::SYN) {
        opening(connection, side, segment);
    } else {
        if saw.contains(Observations::AFTER_OWN_RST) {
            let fits = connection.ends.of(side).rst.is_some_and(|rst| {
                segment.seq.at_or_after(rst.first.seq) || segment.time > rst.first.time
            });
            if fits {
                connection
                    .timeline
                    .take_back_rst(side, segment.packet, segment.time);
            }
        }
        synchronized(connection, side, segment);
    }
}

fn opening(connection: &mut Connection, side: Side, segment: &Segment<'_>) {
    let (packet, time) = (segment.packet, segment.time);
    let peer_side = side.peer();
    let peer_syn = connection.ends.of(peer_side).syn;
    let peer_state = connection.timeline.state(peer_side);
    if !segment.flags.contains(Flags::ACK) {
        // Sent before the SYN-ACK with the same number, and captured behind it.
        let own = connection.ends.of(side).syn;
        if own.is_some_and(|syn| syn.ack.is_some() && syn.iss == segment.seq) {
            // It had opened actively, so a RST has not sent it back to LISTEN.
            if connection.timeline.retract(side, State::Listen) {
                let event = Event::ReceiveRst;
                connection.timeline.apply(side, event, packet, time);
            }
            return;
        }
        // A repeated SYN does not begin anew what a RST has ended since.
        let again = own.is_some_and(|syn| syn.iss == segment.seq && syn.copies > 1);
        let mut own_steps = connection.timeline.steps().iter();
        if again && own_steps.any(|s| s.side == side && s.to == State::SynReceived) {
            return;
        }
        connection.timeline.begin(side, State::Closed);
        connection
            .timeline
            .apply(side, Event::SendSyn, packet, time);
        if peer_state == Some(State::SynSent) {
            // The SYNs cross: each has the other's in front of it.
            for end in [peer_side, side] {
                connection
                    .timeline
                    .apply(end, Event::ReceiveSyn, packet, time);
            }
        }
        return;
    }
    // An answering side shows only now that it had received the SYN, also
    // where a RST had sent it back to LISTEN (RFC 9293, figure 8).
    connection.timeline.listen(side);
    if connection.timeline.state(side) == Some(State::Listen) {
        let own_steps = connection.timeline.steps().iter().rev();
        let latest = own_steps.filter(|s| s.side == side).find_map(|s| s.packet);
        let latest = latest.unwrap_or(0);
        let (at, when) = peer_syn
            .filter(|syn| syn.ack.is_none() && latest < syn.last_packet)
            .map_or((packet, time), |syn| (syn.last_packet, syn.last_time));
        connection.timeline.apply(side, Event::ReceiveSyn, at, when);
    }
    if peer_syn.is_none() {
        // The SYN was not captured (yet); its answer shows that it was sent.
        connection.timeline.begin(peer_side, State::Closed);
        for event in [Event::SendSyn, Event::ReceiveSynAck] {
            connection.timeline.apply(peer_side, event, packet, time);
        }
    } else if observe::fits_a_syn(connection, peer_side, segment.ack) {
        connection
            .timeline
            .apply(peer_side, Event::ReceiveSynAck, packet, time);
    }
    send_fin(connection, side, segment);
}

fn synchronized(connection: &mut Connection, side: Side, segment: &Segment<'_>) {
    let (packet, time) = (segment.packet, segment.time);
    let peer_side = side.peer();
    let rests = |side| {
        connection.timeline.state(side) == Some(State::Established)
            && connection.ends.of(side).fin.is_none()
    };
    // ESTABLISHED is left by a FIN or a RST only.
    if rests(side) && rests(peer_side) {
        return;
    }
    catch_up(connection, side, segment);
    for closer in [side, peer_side] {
        send_fin(connection, closer, segment);
    }
    if !acceptable(connection.ends.of(peer_side), segment) {
        return;
    }
    let (own, peer) = (connection.ends.of(side), connection.ends.of(peer_side));
    let acks_syn = peer.iss().is_some_and(|iss| segment.ack.after(iss));
    let acks_fin = peer.fin_seq().is_some_and(|fin| segment.ack == fin + 1);
    let fin_in_order = own
        .fin_seq()
        .zip(own.stream.as_ref().map(|stream| stream.next()))
        .is_some_and(|(fin, next)| next.at_or_after(fin))
        || own.fin.is_some() && own.stream.is_none();
    if acks_syn {
        connection
            .timeline
            .apply(peer_side, Event::ReceiveAckOfSyn, packet, time);
    }
    if acks_fin {
        connection
            .timeline
            .apply(peer_side, Event::ReceiveAckOfFin, packet, time);
    }
    let peer_ready = !matches!(
        connection.timeline.state(peer_side),
        Some(State::SynSent) | None
    );
    if fin_in_order && peer_ready {
        connection
            .timeline
            .apply(peer_side, Event::ReceiveFin, packet, time);
    }
}

/// `side` has sent its FIN: now, or earlier behind octets that were captured
/// only now.
fn send_fin(connection: &mut Connection, side: Side, segment: &Segment<'_>) {
    let Some(fin) = connection.ends.of(side).fin else {
        return;
    };
    if !matches!(
        connection.timeline.state(side),
        Some(State::SynReceived | State::Established | State::CloseWait)
    ) {
        return;
    }
    // It crossed the peer's FIN if it does not acknowledge it.
    let peer_fin = connection.ends.of(side.peer()).fin_seq();
    let crossed = peer_fin.is_some_and(|theirs| fin.first_ack.at_or_before(theirs))
        && connection.timeline.retract(side, State::CloseWait);
    connection
        .timeline
        .apply(side, Event::SendFin, fin.packet, fin.time);
    if connection
        .ends
        .of(side.peer())
        .fin
        .is_some_and(|theirs| theirs.first_ack == fin.seq + 1)
    {
        answered_before(connection, side, segment);
    }
    if crossed {
        connection
            .timeline
            .apply(side, Event::ReceiveFin, segment.packet, segment.time);
    }
}

/// The peer's FIN acknowledges this one and was stored before it: the peer was
/// not the first to close.
fn answered_before(connection: &mut Connection, side: Side, segment: &Segment<'_>) {
    let (packet, time, peer) = (segment.packet, segment.time, side.peer());
    if !connection.timeline.retract(peer, State::FinWait1) {
        return;
    }
    for (whose, event) in [
        (peer, Event::ReceiveFin),
        (peer, Event::SendFin),
        (side, Event::ReceiveAckOfFin),
        (side, Event::ReceiveFin),
    ] {
        connection.timeline.apply(whose, event, packet, time);
    }
}

/// What `side` sends may prove that it is further than was seen: the segment
/// that brought it there was not captured.
fn catch_up(connection: &mut Connection, side: Side, segment: &Segment<'_>) {
    let (packet, time) = (segment.packet, segment.time);
    let peer = connection.ends.of(side.peer());
    let acks_syn = peer.iss().is_none_or(|iss| segment.ack.after(iss));
    let acks_fin = peer.fin_seq().is_some_and(|fin| segment.ack == fin + 1);
    if !segment.flags.contains(Flags::ACK) {
        return;
    }
    let answered = peer.sent_bare_syn && peer.sent_after_syn && acks_syn;
    if answered && connection.timeline.state(side).is_none() {
        // Its SYN-ACK was not captured; the peer's ACK shows that it arrived.
        connection.timeline.begin(side, State::Listen);
        for event in [Event::ReceiveSyn, Event::ReceiveAckOfSyn] {
            connection.timeline.apply(side, event, packet, time);
        }
    }
    let (own, peer) = (connection.ends.of(side), connection.ends.of(side.peer()));
    if knowledge::took_data(own, peer)
        && connection.timeline.state(side) == Some(State::SynReceived)
    {
        // Before the ACK of its SYN it would not have (RFC 9293, 3.10.7.4).
        connection
            .timeline
            .apply(side, Event::ReceiveAckOfSyn, packet, time);
    }
    if acks_syn
        && connection.timeline.state(side) == Some(State::SynSent)
        && peer.sent_syn_ack_or_unseen()
    {
        connection
            .timeline
            .apply(side, Event::ReceiveSynAck, packet, time);
    }
    // Data that it takes in carries the ACK of its SYN.
    let unseen = !connection.ends.of(side.peer()).was_seen();
    let answered = connection.ends.of(side).syn.and_then(|syn| syn.ack);
    if unseen
        && answered.is_some_and(|ack| segment.ack.after(ack))
        && connection.timeline.state(side) == Some(State::SynReceived)
    {
        connection
            .timeline
            .apply(side, Event::ReceiveAckOfSyn, packet, time);
    }
    if acks_fin {
        let received = matches!(
            connection.timeline.state(side),
            Some(State::Established | State::SynReceived | State::FinWait1 | State::FinWait2)
        );
        if received {
            connection
                .timeline
                .apply(side, Event::ReceiveFin, packet, time);
        }
    }
}

impl End {
    /// Its SYN-ACK was captured, or nothing of it was.
    fn sent_syn_ack_or_unseen(&self) -> bool {
        self.sent_syn_ack || !self.sent_bare_syn
    }
}

/// RFC 9293, 3.10.7.4, first and fifth: whether the receiver takes the
/// segment in. Old octets are taken as stacks do: the ACK on a repeated
/// segment counts as long as the segment reaches RCV.NXT.
fn acceptable(peer: &End, segment: &Segment<'_>) -> bool {
    if !segment.flags.contains(Flags::ACK) {
        return false;
    }
    let beyond_window = peer.window_edge.is_some_and(|edge| segment.seq.after(edge));
    let acks_unsent = peer
        .sent_up_to()
        .is_some_and(|next| segment.ack.after(next));
    !beyond_window && !acks_unsent
}

fn reset(connection: &mut Connection, side: Side, segment: &Segment<'_>) {
    let (packet, time) = (segment.packet, segment.time);
    let peer_side = side.peer();
    let own = connection.ends.of(side);
    let peer = connection.ends.of(peer_side);
    let is_ack = segment.flags.contains(Flags::ACK);
    let peer_state = connection.timeline.state(peer_side);
    let own_state = connection.timeline.state(side);

    let answers = update::answers_unacceptable_ack(own_state, own, peer, segment);
    // Whoever refuses a SYN was never in another state.
    connection.timeline.begin(side, State::Closed);
    if !answers {
        connection
            .timeline
            .apply(side, Event::SendRst, packet, time);
    }

    let own = connection.ends.of(side);
    let peer = connection.ends.of(peer_side);
    let acceptable = match peer_state {
        Some(State::SynSent) => {
            is_ack
                && peer.syn.is_some_and(|syn| {
                    segment
                        .ack
                        .within(syn.iss + 1, syn.iss + 1 + syn.payload_len + 1)
                })
        }
        Some(state) => {
            let reported = connection.watches.of(peer_side).sack.reported_up_to();
            let in_window = peer.window_edge.is_none_or(|edge| segment.seq.before(edge));
            rst_in_place(own, peer, state, segment.seq)
                || in_window && reported == Some(segment.seq)
        }
        None => false,
    };
    if acceptable {
        let passive = !peer.sent_bare_syn;
        let event = if passive {
            Event::ReceiveRstPassive
        } else {
            Event::ReceiveRst
        };
        connection.timeline.apply(peer_side, event, packet, time);
    }
}

/// RFC 9293, 3.10.7.4, second: a RST counts at RCV.NXT. What of `own` its
/// receiver has got is the captured stream; a FIN that was taken in counts,
/// and until it has closed itself some stacks accept the FIN's own number as well. Behind a gap
/// the sender's next number is the end of the last block that the receiver reported by SACK, and
/// the caller counts a RST there too, in the window: nobody guesses that number.
fn rst_in_place(own: &End, peer: &End, peer_state: State, seq: SeqNo) -> bool {
    let behind_fin = own.fin_seq().map(|fin| fin + 1);
    if peer_state == State::TimeWait {
        return [behind_fin, peer.ack_max].contains(&Some(seq));
    }
    let stream_next = own.stream.as_ref().map(|stream| stream.next());
    let candidates = [
        stream_next,
        behind_fin,
        own.fin_seq(),
        peer.ack_max,
        own.iss()
            .map(|iss| iss + 1)
            .filter(|_| stream_next.is_none()),
    ];
    let mut known = candidates.into_iter().flatten().peekable();
    // Where nothing else was captured, there is nothing to measure it by.
    known.peek().is_none() || known.any(|next| next == seq)
}

#[cfg(test)]
mod tests;
