//! Formats without a mark at their beginning, told by numbers that agree with
//! each other.

use super::{CONVERT, CONVERT_ETHERNET, Foreign};
use crate::capture::endian::Endian::{Big, Little};

pub(super) fn find(head: &[u8]) -> Option<Foreign> {
    if is_event_trace(head) {
        let hint = "convert it with `etl2pcapng IN OUT` (from Microsoft), or with `pktmon \
                    etl2pcap IN --out OUT` on Windows";
        // Most of these files hold other events.
        Some(Foreign::other("an event trace of Windows (ETL)", hint))
    } else if is_commview(head) {
        Some(Foreign::capture("a CommView file", CONVERT_ETHERNET))
    } else if is_old_peek(head) {
        Some(Foreign::capture(
            "an old EtherPeek or AiroPeek file",
            CONVERT,
        ))
    } else {
        let records = erf_records(head);
        (records > 0).then(|| Foreign {
            is_capture: records > 1,
            ..Foreign::other("it looks like an ERF file (Endace)", CONVERT)
        })
    }
}

/// The header of a trace's first buffer, and the size of buffers in it and in the
/// event behind it.
fn is_event_trace(head: &[u8]) -> bool {
    const EVENT: usize = 72;
    let size = Little.u32(head, 0);
    let is_system_event = matches!(head.get(EVENT..), Some([_, _, 1 | 2, 0xc0, ..]));
    is_system_event && size.is_some_and(|size| size > 0) && size == Little.u32(head, EVENT + 32)
}

/// The length twice (or, in the later version, once in 32 bits), and a date.
fn is_commview(head: &[u8]) -> bool {
    let is_date = |at: usize| {
        let year = Little.u16(head, at).unwrap_or_default();
        let rest = at.checked_add(2).and_then(|at| head.get(at..));
        (1990..2100).contains(&year)
            && matches!(rest, Some([1..=12, 1..=31, 0..=23, 0..=59, 0..=60, ..]))
    };
    let (first, second) = (Little.u16(head, 0), Little.u16(head, 2));
    let old = first.is_some_and(|len| len > 0) && first == second && head.get(4) == Some(&0);
    let new = first.is_some_and(|len| len > 0) && second == Some(0);
    old && is_date(5) || new && is_date(4)
}

/// A version of 5 to 7, and 28 octets that are reserved.
fn is_old_peek(head: &[u8]) -> bool {
    let packets = Big.u32(head, 6).unwrap_or_default();
    matches!(head, [5..=7, 0, ..])
        && (1..1 << 24).contains(&packets)
        && head
            .get(22..50)
            .is_some_and(|zeros| zeros.iter().all(|&octet| octet == 0))
}

/// How many records of ERF stand one behind the other at the beginning, as far as
/// two can be seen.
fn erf_records(head: &[u8]) -> usize {
    let Some(first) = erf_record(head) else {
        return 0;
    };
    let second = head.get(first.len..).and_then(erf_record);
    match second {
        // Records of a card are at most seconds apart, but not much goes on in some nets.
        Some(next) if first.seconds == 0 || next.seconds.abs_diff(first.seconds) < 86_400 => 2,
        Some(_) => 0,
        // It ends here, or the record is longer than what is looked at.
        None if first.len >= head.len() => usize::from(first.is_whole),
        None => 0,
    }
}

struct ErfRecord {
    seconds: u32,
    /// With its header, in octets.
    len: usize,
    /// Its lengths say that nothing was cut off.
    is_whole: bool,
}

/// A time (with its seconds in octets 4 to 7), a type, flags, the record's length, a
/// count of lost ones, the length on the wire.
fn erf_record(octets: &[u8]) -> Option<ErfRecord> {
    // From 1990 to 2100; Wireshark writes provenance without a time.
    const TIMES: std::ops::Range<u32> = 631_152_000..4_102_444_800;
    const PROVENANCE: u8 = 27;
    let seconds = Little.u32(octets, 4)?;
    let (kind, flags) = (octets.get(8)? & 0x7f, octets.get(9)?);
    let len = usize::from(Big.u16(octets, 10)?);
    let wire_len = usize::from(Big.u16(octets, 14)?);
    let timed = TIMES.contains(&seconds) || kind == PROVENANCE && seconds == 0;
    let sensible = timed && (1..=48).contains(&kind) && flags & 0xc0 == 0 && len >= 24;
    sensible.then(|| ErfRecord {
        seconds,
        len,
        is_whole: len == wire_len.saturating_add(18).next_multiple_of(8),
    })
}
