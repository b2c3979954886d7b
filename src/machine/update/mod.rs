//! Bringing an end's books up to date with what it sent.

mod acknowledgment;
mod damaged;
mod fin;
mod octets;
mod opening;

pub use damaged::{accept_damaged, damaged};
pub use octets::{AddedOctets, content, hash, keep_recent};
pub use opening::{answers_unacceptable_ack, choose_syns};

use acknowledgment::{acknowledgment, takes_over_a_syn};
use fin::{adopt_distant_fin, fin};
use octets::octets;
use opening::{forget_numbers_from_before, handshake_times, syn};

use super::connection::Connection;
use super::end::{FinSent, RstSent, Traces};
use super::noted::Brief;
use super::side::Side;
use crate::observation::Observations;
use crate::segment::{Captured, Checksum, Direction, Flags, NS_PER_MS, Segment};
use crate::seq::SeqNo;

/// An IP packet above this did not cross an Ethernet as it is (unless the
/// link carries jumbo frames, which the rule about offload considers).
pub const ETHERNET_MTU: u32 = 1500;

/// Raises `slot` to `number`.
pub fn later(slot: &mut Option<SeqNo>, number: SeqNo) {
    *slot = Some(slot.map_or(number, |known| known.later(number)));
}

fn earlier(slot: &mut Option<SeqNo>, number: SeqNo) {
    *slot = Some(slot.map_or(number, |known| known.earlier(number)));
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
        |t| &mut t.partial_empty,
        segment.checksum == Checksum::Partial && segment.payload_len == 0,
    );
    count(
        |t| &mut t.good_checksums,
        segment.checksum == Checksum::Good,
    );
    count(
        |t| &mut t.good_with_data,
        segment.checksum == Checksum::Good && segment.payload_len > 0,
    );
    count(|t| &mut t.loopback, segment.loopback);
    count(
        |t| &mut t.oversized,
        segment.ip.length_zero || segment.ip.total_len > ETHERNET_MTU && !segment.ip.joined,
    );
    count(|t| &mut t.length_zero, segment.ip.length_zero);
    count(|t| &mut t.cut_options, segment.captured < Captured::Header);
    count(|t| &mut t.cut_payload, segment.captured == Captured::Header);
    if !segment.ip.length_zero && !segment.ip.joined {
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
        let acks_fin = |fin: &FinSent| fin.seq + 1 == segment.ack;
        if peer.distant_fin.as_deref().is_some_and(acks_fin) {
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

#[cfg(test)]
mod tests;
