//! How the machine catches up with a stretch.
//!
//! Here stands what of [`Connection::step`] is left for a segment that is known to be orderly: the
//! books of both ends, and those watches that measure.

use super::manner::Manner;
use super::record::Record;
use crate::machine::connection::Connection;
use crate::machine::end::{End, Sent, Traces};
use crate::machine::side::{Pair, Side};
use crate::machine::update;
use crate::segment::{Captured, Checksum, Direction};
use crate::seq::SeqNo;

/// Takes in `records`, all orderly, whose senders keep to their `manners`.
pub fn advance(connection: &mut Connection, records: &[Record], manners: &Pair<Manner>) {
    let Some(last) = records.last() else { return };
    connection.last = (last.packet, last.time);
    for record in records {
        watches(connection, record, manners.of(record.side));
        books(connection, record, manners.of(record.side));
    }
    for side in Side::BOTH {
        let manner = manners.of(side);
        let own = || records.iter().filter(|record| record.side == side);
        let count = own().count();
        let many = u32::try_from(count).unwrap_or(u32::MAX);
        connection
            .watches
            .of_mut(side)
            .host
            .sent_orderly(manner, many);
        connection.prints_of(side).are_new(own(), count, manner);
    }
}

/// What the watches of both ends measure, by the books from before it.
fn watches(connection: &mut Connection, record: &Record, manner: &Manner) {
    let side = record.side;
    let (own, peer) = (connection.ends.of(side), connection.ends.of(side.peer()));
    let (sender, receiver) = connection.watches.both_mut(side);
    let Some(acked) = own.ack_max else { return };
    let shift = sender.window.offered.shift();
    let edge = shift.map(|shift| record.ack + (u32::from(record.window) << shift));

    if record.ack != acked {
        sender.acks.advance(record, acked, own.syn.as_ref());
        receiver.retransmit.is_acked(record.time);
    }
    if record.payload_len > 0 {
        let room = peer
            .ack_max
            .map(|acked| acked + u32::from(peer.last_window));
        let fits = peer.window_edge.is_some() || room.is_some_and(|room| !record.end().after(room));
        receiver.acks.comes(record, manner, fits);
        sender.window.size.sends(record, !manner.is_numbered());
    }
    if manner.is_numbered() && record.ip_id != 0 {
        let of_peer = peer.last.and_then(|last| last.ip_id);
        sender.host.ids.count(record.ip_id, of_peer);
    }
    if manner.stamped {
        sender
            .stamps
            .sent_orderly(record, manner, own.last.as_ref());
        receiver.stamps.passed_orderly(record);
    }
    receiver.receipt.passed_orderly(record, manner, edge);
    if let (Some(edge), Some(shift)) = (edge, shift) {
        let sent = own.counts.segments + 1;
        sender
            .window
            .offered
            .sent_orderly(record, manner, edge, sent);
        sender.window.silly.sent_orderly(record, shift, edge);
    }
}

/// The books of both ends.
fn books(connection: &mut Connection, record: &Record, manner: &Manner) {
    let (own, peer) = connection.ends.both_mut(record.side);
    count(&mut own.traces, record);
    own.counts.segments += 1;
    if record.payload_len > 0 {
        octets(own, record);
    }
    own.acknowledge(record.ack, peer.iss());
    if manner.stamped {
        own.tsval_max = Some(record.tsval);
    }
    if let Some(edge) = own.window_edge {
        let shift = own.window_shift(peer).unwrap_or(0);
        let offered = record.ack + (u32::from(record.window) << shift);
        own.window_edge = Some(edge.later(offered));
    }
    own.last_window = record.window;
    own.last = Some(record.brief(manner.is_numbered()));
}

fn octets(own: &mut End, record: &Record) {
    let end: SeqNo = record.end();
    own.counts.bytes += u64::from(record.payload_len);
    if let Some(stream) = &mut own.stream {
        stream.goes_on_to(end);
    }
    own.advance_to(end);
    update::keep_recent(
        own,
        Sent {
            start: record.seq,
            end,
            packet: record.packet,
            time: record.time,
            content: record.content,
            fin: false,
        },
    );
}

/// As [`update::traces`] counts any segment.
fn count(traces: &mut Traces, record: &Record) {
    let add = |counter: &mut u32, is: bool| *counter = counter.saturating_add(u32::from(is));
    let data = record.payload_len > 0;
    add(
        &mut traces.outbound,
        record.direction == Direction::Outbound,
    );
    add(&mut traces.inbound, record.direction == Direction::Inbound);
    match record.checksum {
        Checksum::Partial => {
            add(&mut traces.partial_checksums, true);
            add(&mut traces.partial_empty, !data);
        }
        Checksum::Good => {
            add(&mut traces.good_checksums, true);
            add(&mut traces.good_with_data, data);
        }
        Checksum::Bad | Checksum::Unverifiable => {}
    }
    add(&mut traces.loopback, record.loopback);
    let total_len = u32::from(record.total_len);
    add(&mut traces.oversized, total_len > update::ETHERNET_MTU);
    add(&mut traces.cut_payload, record.captured == Captured::Header);
    traces.largest_packet = traces.largest_packet.max(total_len);
}
