//! What a segment shows by itself, without any history.

use std::net::IpAddr;

use crate::observation::Observations;
use crate::segment::{Flags, OptionFaults, OptionSet, Segment};

/// The observations that need nothing but the segment.
#[must_use]
pub fn observe(segment: &Segment<'_>) -> Observations {
    let flags = segment.flags;
    let mut saw = Observations::empty();
    let is_ack = flags.contains(Flags::ACK);
    if flags.contains(Flags::SYN) {
        saw |= if is_ack {
            Observations::SYN_ACK
        } else {
            Observations::SYN
        };
        saw.set(Observations::SYN_DATA, segment.payload_len > 0);
    }
    if flags.contains(Flags::FIN) {
        saw |= Observations::FIN;
        saw.set(Observations::FIN_DATA, segment.payload_len > 0);
    }
    saw.set(Observations::RST, flags.contains(Flags::RST));
    saw.set(Observations::URGENT, flags.contains(Flags::URG));
    saw.set(
        Observations::RESERVED_BITS,
        flags.intersects(Flags::RESERVED),
    );
    saw.set(Observations::ODD_FLAGS, odd_flags(flags));
    saw.set(
        Observations::ACK_FIELD_WITHOUT_FLAG,
        !is_ack && segment.ack.0 != 0,
    );
    saw.set(Observations::BAD_DATA_OFFSET, segment.data_offset_invalid);
    saw.set(Observations::ODD_ADDRESS, odd_address(segment));
    saw.set(
        Observations::SAME_SOCKETS,
        segment.source == segment.destination,
    );
    saw | options(segment)
}

/// A segment size below the default of either version of IP (RFC 9293, 3.7.1).
const SMALL_MSS: u16 = 1220;

/// What the options show.
fn options(segment: &Segment<'_>) -> Observations {
    let (options, flags) = (&segment.options, segment.flags);
    let (syn, ack) = (flags.contains(Flags::SYN), flags.contains(Flags::ACK));
    let usual = OptionSet::TIMESTAMPS.union(OptionSet::SACK);
    if options.faults.is_empty() && ack && !syn && usual.contains(options.present) {
        return Observations::empty();
    }
    let faults = options.faults;
    let broken = OptionFaults::LENGTH_TOO_SMALL | OptionFaults::LENGTH_OVERRUN;
    let of_syns =
        OptionSet::MSS | OptionSet::SACK_PERMITTED | OptionSet::WINDOW_SCALE | OptionSet::FAST_OPEN;
    let mut saw = Observations::empty();
    saw.set(Observations::OPTIONS_BROKEN, faults.intersects(broken));
    saw.set(
        Observations::OPTION_MISFIT,
        faults.contains(OptionFaults::WRONG_LENGTH),
    );
    saw.set(
        Observations::DATA_AFTER_OPTIONS,
        faults.contains(OptionFaults::DATA_AFTER_END),
    );
    saw.set(
        Observations::AUTH_DOUBLED,
        faults.contains(OptionFaults::AUTH_DOUBLED),
    );
    saw.set(
        Observations::SYN_OPTION_LATE,
        !syn && options.present.intersects(of_syns),
    );
    let echo = options.timestamps().is_some_and(|(_, tsecr)| tsecr != 0);
    saw.set(Observations::ECHO_WITHOUT_ACK, !ack && echo);
    if syn && segment.header_whole() {
        saw.set(
            Observations::WINDOW_SCALE_LARGE,
            options.window_scale().is_some_and(|shift| shift > 14),
        );
        saw.set(
            Observations::SEGMENT_SIZE_ODD,
            options.mss().is_none_or(|mss| mss < SMALL_MSS),
        );
    }
    saw
}

/// Flags that no state of RFC 9293 sends.
fn odd_flags(flags: Flags) -> bool {
    let syn = flags.contains(Flags::SYN);
    let rst = flags.contains(Flags::RST);
    let fin = flags.contains(Flags::FIN);
    (syn && (fin || rst)) || (rst && fin) || !flags.intersects(Flags::SYN | Flags::RST | Flags::ACK)
}

/// Whether the segment can take part in a connection at all. RFC 9293,
/// 3.10.7.4 drops a segment without ACK (SYN and RST aside); a SYN with RST
/// has no meaning in any state, and behind an impossible data offset nothing
/// can be found.
#[must_use]
pub fn is_inert(segment: &Segment<'_>) -> bool {
    segment.data_offset_invalid
        || !segment.has(Flags::SYN | Flags::RST | Flags::ACK)
        || segment.flags.contains(Flags::SYN | Flags::RST)
}

fn odd_address(segment: &Segment<'_>) -> bool {
    [segment.source, segment.destination].iter().any(|socket| {
        socket.port == 0
            || match socket.ip {
                IpAddr::V4(ip) => ip.is_multicast() || ip.is_broadcast() || ip.is_unspecified(),
                IpAddr::V6(ip) => ip.is_multicast() || ip.is_unspecified(),
            }
    })
}
