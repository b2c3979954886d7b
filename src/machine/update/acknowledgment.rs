//! What an ACK tells about both ends, and the window that comes with it.

use super::{earlier, later};
use crate::machine::connection::Connection;
use crate::machine::end::End;
use crate::machine::observe::MAY_WRAP_OCTETS;
use crate::machine::side::Side;
use crate::observation::Observations;
use crate::segment::{Captured, Flags, Segment};
use crate::seq::SeqNo;

/// The ack is that of a SYN which the connection should have refused: it says
/// nothing about octets that the capture may have lost.
pub(super) fn takes_over_a_syn(
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
pub(super) fn acknowledge(own: &mut End, peer: &mut End, ack: SeqNo) {
    own.acknowledge(ack, peer.iss());
    peer.syn_acked |= peer.iss().is_some_and(|iss| ack.after(iss));
}

pub(super) fn acknowledgment(
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

pub(super) fn window(own: &mut End, peer: &End, segment: &Segment<'_>) {
    if segment.captured == Captured::PartOfHeader {
        return;
    }
    // RFC 7323, 2.2: the window of a SYN is never scaled.
    let shift = if segment.flags.contains(Flags::SYN) {
        Some(0)
    } else {
        own.window_shift(peer)
    };
    match shift {
        Some(shift) => later(
            &mut own.window_edge,
            segment.ack + (u32::from(segment.window) << shift),
        ),
        // The edge that its SYN-ACK gave says nothing any more.
        None => own.window_edge = None,
    }
}
