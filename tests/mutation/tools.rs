//! What mutators have in common.

use crate::trace::dialogue::{Close, Plan};
use crate::trace::random::Random;
use crate::trace::{ACK, FIN, Packet, RST, SYN, Trace};

pub const MS: i64 = 1_000_000;
pub const S: i64 = 1_000_000_000;

/// A number of octets that may be a slip in counting, forward or back.
pub fn slip(random: &mut Random) -> u32 {
    let off = random.within(1..500);
    if random.one_in(2) {
        off
    } else {
        0u32.wrapping_sub(off)
    }
}

/// Leaves of the connection only what comes up to `at`.
pub fn end_behind(trace: &mut Trace, at: usize) {
    trace.keep(|index, _| index <= at);
}

/// An empty segment of `packet`'s receiver, so much later, with the numbers that fit.
pub fn answer(packet: &Packet, flags: u16, later_ns: i64) -> Packet {
    Packet {
        time_ns: packet.time_ns + later_ns,
        source: packet.destination,
        destination: packet.source,
        seq: packet.ack,
        ack: if flags & ACK == 0 { 0 } else { packet.end() },
        flags,
        window: if flags & RST == 0 { packet.window } else { 0 },
        options: Vec::new(),
        data: Vec::new(),
        ..packet.clone()
    }
}

/// The refusal of an unacceptable ACK (RFC 9293, 3.10.7.3).
pub fn refusal(packet: &Packet) -> Packet {
    answer(packet, RST, 1000)
}

/// Index of the FIN of whoever closes first.
pub fn first_fin(trace: &Trace) -> Option<usize> {
    trace.first(|p| p.has(FIN))
}

/// Index of the other end's FIN.
pub fn second_fin(trace: &Trace) -> Option<usize> {
    let first = trace.packets[first_fin(trace)?].source;
    trace.first(|p| p.has(FIN) && p.source != first)
}

/// Index of the last segment of the connection: the ACK of the second FIN.
pub fn last_ack(trace: &Trace) -> Option<usize> {
    trace.last(|_| true)
}

/// The data of the dialogue has come to its end and the connection is open; the last
/// segment of each end stands at its latest numbers.
pub fn stays_open(plan: &mut Plan, _: &mut Random) {
    plan.close = Close::Open;
    plan.episode = None;
}

/// FIN, ACK, FIN, ACK.
pub fn four_way(plan: &mut Plan, random: &mut Random) {
    plan.close = *random.choose(&[Close::ByClient, Close::ByServer]).unwrap();
}

/// As [`four_way`], with marks that prove a capture at either end.
pub fn proven_vantage(plan: &mut Plan, random: &mut Random) {
    use crate::trace::dialogue::Monitor;
    four_way(plan, random);
    plan.marked = true;
    plan.monitor = *random.choose(&[Monitor::Client, Monitor::Server]).unwrap();
}

pub fn timestamps(plan: &mut Plan, _: &mut Random) {
    plan.timestamps = true;
}

/// A second connection between the same sockets: its SYN, so much after the
/// last segment, with ISN `isn`.
pub fn new_syn(trace: &Trace, by_client: bool, isn: u32, later_ns: i64) -> Packet {
    let model = trace
        .packets
        .iter()
        .find(|p| {
            if by_client {
                p.is_syn()
            } else {
                p.is_syn_ack()
            }
        })
        .unwrap();
    let last = &trace.packets[last_ack(trace).unwrap()];
    Packet {
        time_ns: last.time_ns + later_ns,
        seq: isn,
        ack: 0,
        flags: SYN,
        ..model.clone()
    }
}

/// The capture was taken at one of the ends, and its frames prove it.
pub fn at_either_end(plan: &mut Plan, random: &mut Random) {
    use crate::trace::dialogue::Monitor;
    plan.marked = true;
    plan.monitor = *random.choose(&[Monitor::Client, Monitor::Server]).unwrap();
}

/// In which order an end spoke shows in its timestamps or in the place of the capture.
pub fn order_is_proven(plan: &mut Plan, random: &mut Random) {
    if random.one_in(2) {
        at_either_end(plan, random);
    } else {
        plan.timestamps = true;
        plan.marked = false;
    }
}

/// A path for small segments only, on a link that carries larger ones.
pub fn small_mss(plan: &mut Plan, random: &mut Random) {
    plan.mss = *random.choose(&[1220, 1000, 536]).unwrap();
}

/// Segments as large as the link carries.
pub fn full_segments(plan: &mut Plan, _: &mut Random) {
    plan.mss = if plan.v6 { 1440 } else { 1460 };
}

/// Holes are reported.
pub fn sack(plan: &mut Plan, _: &mut Random) {
    plan.sack = true;
}

pub fn with_timestamps(plan: &mut Plan, _: &mut Random) {
    plan.timestamps = true;
}
