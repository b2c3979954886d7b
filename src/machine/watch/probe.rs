//! The forms in which an end asks whether its peer is there, or has room.

use super::Step;
use crate::segment::Flags;

/// A probe by its form alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Probe {
    /// No octet, or one of garbage or an old one, at SND.NXT-1: a keepalive
    /// (RFC 9293, 3.8.4), and how many stacks probe a closed window.
    Below,
    /// One octet at the edge of a closed window (RFC 9293, 3.8.6.1).
    Octet,
}

/// Whether `step.segment` has the form of a probe.
#[must_use]
pub fn form(step: &Step<'_>) -> Option<Probe> {
    let segment = step.segment;
    let plain = segment.has(Flags::ACK) && !segment.has(Flags::SYN | Flags::FIN | Flags::RST);
    let next = step.own.snd_next?;
    if !plain || segment.payload_len > 1 {
        return None;
    }
    if segment.seq + 1 == next {
        return Some(Probe::Below);
    }
    let closed = step.peer.last_window == 0 && step.peer.was_seen();
    (segment.payload_len == 1 && closed && step.peer.ack_max == Some(segment.seq))
        .then_some(Probe::Octet)
}
