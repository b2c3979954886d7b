//! FINs: which one ends the stream (RFC 9293, 3.6).

use crate::machine::end::{End, FinSent};
use crate::segment::{Flags, Segment};
use crate::seq::SeqNo;

/// RFC 9293, 3.6: a FIN ends the stream behind the last octet. The first FIN
/// that does so is the measure for everything after it. One that leaves a
/// hole, or lies below octets already sent, is noted but measures nothing:
/// its receiver cannot have taken it in.
pub(super) fn fin(own: &mut End, segment: &Segment<'_>, next_before: Option<SeqNo>) {
    // A FIN with a SYN-ACK counts (RFC 9293, 3.10.7.3, sixth); with a SYN alone
    // its receiver has no state yet in which to take it in.
    let bare_syn = segment.flags.contains(Flags::SYN) && !segment.flags.contains(Flags::ACK);
    if segment.flags.contains(Flags::FIN) && !bare_syn {
        let seq = segment.data_end();
        let known = match (&mut own.fin, &mut own.distant_fin) {
            (Some(fin), _) => Some(fin),
            (None, distant) => distant.as_deref_mut().filter(|fin| fin.seq == seq),
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
                    own.distant_fin = Some(Box::new(fin));
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
    if own.distant_fin.as_deref().is_some_and(reached) {
        adopt_distant_fin(own);
    }
}

/// The octets before a FIN have turned up, or its receiver says that it has them.
pub(super) fn adopt_distant_fin(own: &mut End) {
    if let Some(fin) = own.distant_fin.take()
        && own.fin.is_none()
    {
        own.advance_to(fin.seq + 1);
        own.fin = Some(*fin);
    }
}
