//! The TCP header (RFC 9293, 3.1).

use super::Decoded;
use super::checksum;
use super::ip::Datagram;
use super::options;
use super::undecoded::Undecoded;
use crate::segment::{Captured, Checksum, Direction, Flags, Options, Segment, Socket, Timestamp};
use crate::seq::SeqNo;

/// Octets of the header without options.
const FIXED_HEADER: usize = 20;

/// Octets up to the control bits: less than this says too little.
const UP_TO_FLAGS: usize = 14;

/// The largest IP packet of Ethernet (RFC 894). A larger one may be a jumbo
/// frame, but is most often one that the network card is still to split.
const ETHERNET_MTU: u32 = 1500;

/// What the layers below know of a segment beside the IP header.
pub(super) struct Origin {
    /// Frame number.
    pub(super) packet: u64,
    /// Time of capture.
    pub(super) time: Timestamp,
    /// The chain of tunnels around it.
    pub(super) tunnel: u64,
    /// Way through the capturing host.
    pub(super) direction: Direction,
    /// From a loopback interface, or with a loopback address.
    pub(super) loopback: bool,
}

/// Reads the segment in `datagram`.
///
/// # Errors
///
/// If there is not as much as the control bits to be read.
// A segment has some 200 octets, which are not to be copied on the way. That of a usual header is
// put together straight where it stays: what was written in small parts a moment before cannot be
// read again in large ones without a wait.
#[inline(always)]
pub(super) fn segment<'a>(
    origin: &Origin,
    datagram: &Datagram<'a>,
) -> Result<Decoded<'a>, Undecoded> {
    let octets = datagram.payload.captured();
    let Some(fixed) = octets.first_chunk::<FIXED_HEADER>() else {
        return unusual(origin, datagram);
    };
    let header_len = usize::from(fixed[12] >> 4) * 4;
    let usual = octets
        .get(FIXED_HEADER..header_len)
        .and_then(options::usual)
        .zip(octets.get(header_len..));
    let Some((options, payload)) = usual else {
        return unusual(origin, datagram);
    };
    let body = Body {
        options,
        payload,
        payload_len: datagram.payload.wire_len().saturating_sub(header_len),
        captured: match octets.len() >= datagram.payload.wire_len() {
            true => Captured::Whole,
            false => Captured::Header,
        },
        data_offset_invalid: false,
    };
    assemble(origin, datagram, fixed, body)
}

/// The same, whatever the header is like.
#[inline(never)]
fn unusual<'a>(origin: &Origin, datagram: &Datagram<'a>) -> Result<Decoded<'a>, Undecoded> {
    let octets = datagram.payload.captured();
    let wire_len = datagram.payload.wire_len();
    if wire_len < FIXED_HEADER {
        return Err(Undecoded::TcpTooShort);
    }
    let fixed = fixed_header(octets)?;
    let header_len = usize::from(fixed[12] >> 4) * 4;
    let data_offset_invalid = header_len < FIXED_HEADER || header_len > wire_len;
    let captured = if octets.len() >= wire_len {
        Captured::Whole
    } else if octets.len() < FIXED_HEADER {
        Captured::PartOfHeader
    } else if octets.len() < header_len {
        Captured::FixedHeader
    } else {
        Captured::Header
    };
    let (options, payload, payload_len) = if data_offset_invalid {
        (Options::default(), &[][..], 0)
    } else {
        let end = header_len.min(octets.len());
        let area = octets.get(FIXED_HEADER..end).unwrap_or(&[]);
        (
            options::walk(area, header_len - FIXED_HEADER),
            octets.get(header_len..).unwrap_or(&[]),
            wire_len - header_len,
        )
    };
    let body = Body {
        options,
        payload,
        payload_len,
        captured,
        data_offset_invalid,
    };
    assemble(origin, datagram, &fixed, body)
}

/// What is not read from the fixed header and those before it.
struct Body<'a> {
    options: Options,
    payload: &'a [u8],
    payload_len: usize,
    captured: Captured,
    data_offset_invalid: bool,
}

// Its result goes to where it stays without a stop.
#[allow(clippy::unnecessary_wraps)]
#[inline(always)]
fn assemble<'a>(
    origin: &Origin,
    datagram: &Datagram<'a>,
    fixed: &[u8; FIXED_HEADER],
    body: Body<'a>,
) -> Result<Decoded<'a>, Undecoded> {
    let u16_at = |high: u8, low: u8| u16::from_be_bytes([high, low]);
    let checksum = if body.captured == Captured::Whole && !datagram.addresses_unsure {
        checksum::verify(
            datagram.source,
            datagram.destination,
            datagram.payload.captured(),
            u16_at(fixed[16], fixed[17]),
            datagram.facts.length_zero
                || datagram.facts.total_len > ETHERNET_MTU && !datagram.facts.joined,
        )
    } else {
        Checksum::Unverifiable
    };
    Ok(Decoded::Segment(Segment {
        packet: origin.packet,
        time: origin.time,
        source: Socket {
            ip: datagram.source,
            port: u16_at(fixed[0], fixed[1]),
        },
        destination: Socket {
            ip: datagram.destination,
            port: u16_at(fixed[2], fixed[3]),
        },
        tunnel: origin.tunnel,
        seq: SeqNo(u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]])),
        ack: SeqNo(u32::from_be_bytes([
            fixed[8], fixed[9], fixed[10], fixed[11],
        ])),
        // The four bits of the data offset are no flags.
        flags: Flags::from_bits_truncate(u16_at(fixed[12], fixed[13])),
        window: u16_at(fixed[14], fixed[15]),
        urgent_pointer: u16_at(fixed[18], fixed[19]),
        data_offset: fixed[12] >> 4,
        data_offset_invalid: body.data_offset_invalid,
        payload_len: u32::try_from(body.payload_len).unwrap_or(u32::MAX),
        payload: body.payload,
        digest: None,
        options: body.options,
        ip: datagram.facts,
        checksum,
        captured: body.captured,
        direction: origin.direction,
        loopback: origin.loopback,
    }))
}

/// The fixed header, or as much of it as tells the control bits: what lies
/// behind them is zero then.
#[inline]
fn fixed_header(octets: &[u8]) -> Result<[u8; FIXED_HEADER], Undecoded> {
    if let Some(fixed) = octets.first_chunk() {
        return Ok(*fixed);
    }
    let known: &[u8; UP_TO_FLAGS] = octets.first_chunk().ok_or(Undecoded::TcpHeaderCut)?;
    let mut fixed = [0; FIXED_HEADER];
    for (to, from) in fixed.iter_mut().zip(known) {
        *to = *from;
    }
    Ok(fixed)
}
