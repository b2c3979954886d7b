//! The segment that nearly all are: next in order, with nothing odd about it.
//!
//! Most watches look for something odd, and remember nothing until they have found it. What is
//! orderly by this test they would pass over, each for a reason of its own; so they are asked
//! only while one of them is waiting for something (see [`Watches`](super::Watches)).

use super::Step;
use crate::observation::Observations;
use crate::segment::{Flags, OptionSet};

/// What may be observed on a segment in the course of every connection.
const ORDINARY: Observations = Observations::OPENING
    .union(Observations::FIRST_AFTER_SYN)
    .union(Observations::FIN)
    .union(Observations::FIN_DATA)
    .union(Observations::FIRST_ACK_OF_FIN)
    .union(Observations::EMPTY_AFTER_OWN_FIN);

/// New octets or a FIN in their turn, or an empty ACK of something new, within the window and
/// with a window, with timestamps or no options, not marked, and nothing odd was observed on it.
#[must_use]
pub fn is_orderly(step: &Step<'_>) -> bool {
    let (segment, own, peer) = (step.segment, step.own, step.peer);
    let plain = segment.flags.difference(Flags::PSH | Flags::FIN) == Flags::ACK
        && segment.ip.ecn == 0
        && segment.window > 0
        && segment.header_whole()
        && segment.options.faults.is_empty()
        && OptionSet::TIMESTAMPS.contains(segment.options.present);
    let in_turn = own.snd_next == Some(segment.seq)
        && peer
            .window_edge
            .is_none_or(|edge| !segment.data_end().after(edge));
    let acks = peer.snd_next != Some(segment.ack + 1)
        && (!segment.is_empty() || own.last.is_none_or(|last| last.ack != segment.ack));
    plain && in_turn && acks && ORDINARY.contains(step.saw)
}

#[cfg(test)]
mod tests;
