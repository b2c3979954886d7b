//! How the machine catches up with a stretch.
//!
//! Here stands what of [`Connection::step`] is left for segments that are known to be orderly: the
//! books of both ends, and those watches that measure.

use super::Course;
use super::record::Record;
use super::stand::Stand;
use super::tally::{Kind, Tally};
use crate::machine::connection::Connection;
use crate::machine::end::{End, Sent, Traces};
use crate::machine::side::Side;
use crate::machine::update;
use crate::machine::watch::Watches;
use crate::machine::watch::offered::Edge;
use crate::segment::{Checksum, Direction};

/// The records that the bits of a number name, in order.
struct Named<'a> {
    records: &'a [Record],
    bits: u32,
}

impl<'a> Iterator for Named<'a> {
    type Item = &'a Record;

    #[inline]
    fn next(&mut self) -> Option<&'a Record> {
        let at = usize::try_from(self.bits.trailing_zeros()).ok()?;
        self.bits &= self.bits.wrapping_sub(1);
        self.records.get(at)
    }
}

/// Takes in what `side` has sent: `records`, among others, and what `course` says of them.
pub fn advance(connection: &mut Connection, side: Side, course: &Course, records: &[Record]) {
    let Course { stand, tally } = course;
    let named = |bits| Named { records, bits };
    let at = |at: u8| records.get(usize::from(at));
    let latest = 31u32.saturating_sub(tally.sent.leading_zeros());
    let Some(latest) = records.get(latest as usize).filter(|_| tally.sent != 0) else {
        return;
    };
    let (own, peer) = connection.ends.both_mut(side);
    let (sender, receiver) = connection.watches.both_mut(side);
    let manner = &stand.manner;

    let covered = own
        .ack_max
        .map_or(0, |before| stand.ack.offset_from(before));
    sender.acks.sent_orderly(tally, covered, own.syn.is_some());
    if let Some(record) = at(tally.acked) {
        receiver.retransmit.is_acked(record.time);
    }
    sender.host.sent_orderly(manner, tally);
    if let Some(record) = at(tally.ticked) {
        let before = tally.sent & ((1u32 << (tally.ticked & 31)) - 1);
        let before = 31u32.checked_sub(before.leading_zeros());
        let before = before.and_then(|at| records.get(at as usize));
        let last = before
            .map(|record| record.time)
            .or(own.last.map(|last| last.time));
        sender.stamps.ticks(record, manner, last);
        receiver.stamps.hears(record);
    }
    if manner.stamped {
        sender.stamps.echoes(stand.echoed);
        receiver.receipt.hears(named(tally.sent));
    }
    windows(sender, course, latest, at(tally.furthest));
    if tally.data != 0 {
        receiver.acks.passed_orderly(tally);
        receiver
            .receipt
            .takes(named(tally.data), stand.next, manner.shift);
        own.counts.bytes += octets(own, stand, named(tally.data));
    }
    count(&mut own.traces, tally);
    own.counts.segments += u64::from(tally.segments());
    own.acknowledge(stand.ack, peer.iss());
    if manner.stamped {
        own.tsval_max = Some(stand.tsval.0);
    }
    if manner.shift.is_some() {
        own.window_edge = Some(stand.edge);
    }
    own.last_window = latest.window;
    own.last = Some(latest.brief(manner.is_numbered()));
    connection
        .prints_of(side)
        .are_new(named(tally.sent), tally.segments(), manner);
}

/// The windows that the end offered; `furthest` offered the furthest edge.
fn windows(own: &mut Watches, course: &Course, latest: &Record, furthest: Option<&Record>) {
    let Course { stand, tally } = course;
    let manner = &stand.manner;
    own.window.size.count = own.window.size.count.saturating_add(tally.over.into());
    let Some(shift) = manner.shift else { return };
    if let Some(record) = furthest {
        own.window.offered.goes_on(Edge {
            edge: stand.furthest,
            ack: record.ack,
            by: record.emission(manner.is_numbered(), manner.stamped),
            ttl: manner.ttl,
            early: false,
        });
    }
    own.window
        .silly
        .sent_orderly(stand, tally, u32::from(latest.window) << shift);
}

/// New data in order; returns how much.
fn octets<'a>(own: &mut End, stand: &Stand, records: impl Iterator<Item = &'a Record>) -> u64 {
    if let Some(stream) = &mut own.stream {
        stream.goes_on_to(stand.next);
    }
    let before = own.advanced;
    own.advance_to(stand.next);
    for record in records {
        let sent = Sent {
            start: record.seq,
            end: record.end(),
            packet: record.packet,
            time: record.time,
            content: record.content,
            fin: false,
        };
        update::keep_recent(own, sent);
    }
    own.advanced - before
}

/// As [`update::traces`] counts segments one by one.
fn count(traces: &mut Traces, tally: &Tally) {
    let add = |counter: &mut u32, many: u32| *counter = counter.saturating_add(many);
    let [empty, data] = tally.kinds;
    let with_data = tally.data.count_ones();
    let numbers = [tally.segments() - with_data, with_data];
    for ((kind, many), has_data) in [empty, data].into_iter().zip(numbers).zip([false, true]) {
        if kind == Kind::NONE {
            continue;
        }
        if kind.has_direction(Direction::Outbound) {
            add(&mut traces.outbound, many);
        }
        if kind.has_direction(Direction::Inbound) {
            add(&mut traces.inbound, many);
        }
        if kind.has_checksum(Checksum::Partial) {
            add(&mut traces.partial_checksums, many);
            if !has_data {
                add(&mut traces.partial_empty, many);
            }
        }
        if kind.has_checksum(Checksum::Good) {
            add(&mut traces.good_checksums, many);
            if has_data {
                add(&mut traces.good_with_data, many);
            }
        }
        if kind.is_loopback() {
            add(&mut traces.loopback, many);
        }
    }
    add(&mut traces.oversized, tally.oversized.into());
    add(&mut traces.cut_payload, tally.cut.into());
    traces.largest_packet = traces.largest_packet.max(tally.longest.into());
}
