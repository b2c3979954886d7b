//! What a decoded TCP segment is, for everything behind the decoder.
//!
//! A [`Segment`] is `Copy`: it lives for one step of the pipeline and borrows
//! only its payload. What is malformed in it is data (the `faults` fields),
//! never an error: conformance of exactly these octets is what is judged.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::{AddrParseError, IpAddr, SocketAddr};
use std::str::FromStr;

use bitflags::bitflags;

pub use crate::seq::SeqNo;

/// Nanoseconds since 1970-01-01T00:00:00Z, as the capture says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Timestamp(pub i64);

/// Nanoseconds in a second, millisecond and microsecond.
pub const NS_PER_S: i64 = 1_000_000_000;
/// Nanoseconds in a millisecond.
pub const NS_PER_MS: i64 = 1_000_000;
/// Nanoseconds in a microsecond.
pub const NS_PER_US: i64 = 1_000;

impl Timestamp {
    /// Nanoseconds from `earlier` to `self`; negative when time stepped back.
    #[must_use]
    pub const fn since(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Nanoseconds between the two, whichever is earlier.
    #[must_use]
    pub const fn apart(self, other: Timestamp) -> i64 {
        self.since(other).saturating_abs()
    }

    /// The moment `ns` nanoseconds later.
    #[must_use]
    pub const fn plus(self, ns: i64) -> Timestamp {
        Timestamp(self.0.saturating_add(ns))
    }
}

/// An address and a port.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Socket {
    /// IPv4 or IPv6 address.
    pub ip: IpAddr,
    /// TCP port.
    pub port: u16,
}

/// In as few steps as can be: it is asked of every segment, and sockets are what it is asked of.
impl Hash for Socket {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.ip {
            IpAddr::V4(ip) => state.write_u64(u64::from(ip.to_bits()) << 16 | u64::from(self.port)),
            IpAddr::V6(ip) => {
                state.write_u128(ip.to_bits());
                state.write_u16(self.port);
            }
        }
    }
}

impl From<SocketAddr> for Socket {
    fn from(address: SocketAddr) -> Socket {
        Socket {
            ip: address.ip(),
            port: address.port(),
        }
    }
}

impl FromStr for Socket {
    type Err = AddrParseError;

    /// `192.0.2.1:80` or `[2001:db8::1]:80`.
    fn from_str(text: &str) -> Result<Socket, AddrParseError> {
        text.parse::<SocketAddr>().map(Socket::from)
    }
}

impl fmt::Display for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ip {
            IpAddr::V4(ip) => write!(f, "{ip}:{}", self.port),
            IpAddr::V6(ip) => write!(f, "[{ip}]:{}", self.port),
        }
    }
}

bitflags! {
    /// The control bits of RFC 9293, 3.1, with AE of RFC 9768 and the three
    /// reserved bits above it, in their order on the wire.
    #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
    pub struct Flags: u16 {
        /// No more data from the sender.
        const FIN = 0x001;
        /// Synchronize sequence numbers.
        const SYN = 0x002;
        /// Reset the connection.
        const RST = 0x004;
        /// Push function.
        const PSH = 0x008;
        /// Acknowledgment field is significant.
        const ACK = 0x010;
        /// Urgent pointer field is significant.
        const URG = 0x020;
        /// ECN echo (RFC 3168).
        const ECE = 0x040;
        /// Congestion window reduced (RFC 3168).
        const CWR = 0x080;
        /// Accurate ECN (RFC 9768), formerly the nonce sum.
        const AE = 0x100;
        /// The reserved bits that remain ("must be zero", RFC 9293, 3.1).
        const RESERVED = 0xe00;
    }
}

impl fmt::Display for Flags {
    /// `SYN,ACK` as RFC 9293 writes control bits; `none` for a null segment.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const ORDER: [(Flags, &str); 10] = [
            (Flags::SYN, "SYN"),
            (Flags::FIN, "FIN"),
            (Flags::RST, "RST"),
            (Flags::PSH, "PSH"),
            (Flags::ACK, "ACK"),
            (Flags::URG, "URG"),
            (Flags::ECE, "ECE"),
            (Flags::CWR, "CWR"),
            (Flags::AE, "AE"),
            (Flags::RESERVED, "reserved"),
        ];
        let mut separator = "";
        for (flag, name) in ORDER {
            if self.intersects(flag) {
                write!(f, "{separator}{name}")?;
                separator = ",";
            }
        }
        if separator.is_empty() {
            f.write_str("none")?;
        }
        Ok(())
    }
}

bitflags! {
    /// Which option kinds a header carries.
    #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
    pub struct OptionSet: u16 {
        /// Kind 2, maximum segment size (RFC 9293, 3.7.1).
        const MSS = 1 << 0;
        /// Kind 3, window scale (RFC 7323, 2).
        const WINDOW_SCALE = 1 << 1;
        /// Kind 4, SACK permitted (RFC 2018, 2).
        const SACK_PERMITTED = 1 << 2;
        /// Kind 5, SACK (RFC 2018, 3).
        const SACK = 1 << 3;
        /// Kind 8, timestamps (RFC 7323, 3).
        const TIMESTAMPS = 1 << 4;
        /// Kind 19, MD5 signature (RFC 2385).
        const MD5 = 1 << 5;
        /// Kind 29, TCP authentication option (RFC 5925).
        const AO = 1 << 6;
        /// Kind 34, or kind 253/254 with the ExID 0xF989: Fast Open (RFC 7413).
        const FAST_OPEN = 1 << 7;
        /// Kind 30, Multipath TCP (RFC 8684).
        const MPTCP = 1 << 8;
        /// Kind 28, user timeout (RFC 5482).
        const USER_TIMEOUT = 1 << 9;
        /// Kinds 172 and 174, Accurate ECN (RFC 9768).
        const ACC_ECN = 1 << 10;
        /// Any other kind.
        const UNKNOWN = 1 << 11;
    }
}

bitflags! {
    /// What is malformed in the options area.
    #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
    pub struct OptionFaults: u16 {
        /// A length octet below 2 (RFC 9293, 3.1, MUST-68 and MUST-7).
        const LENGTH_TOO_SMALL = 1 << 0;
        /// A length that runs past the end of the header.
        const LENGTH_OVERRUN = 1 << 1;
        /// A length that the kind's definition does not allow.
        const WRONG_LENGTH = 1 << 2;
        /// The same kind twice, where one is allowed.
        const REPEATED = 1 << 3;
        /// Octets other than zero behind End of Option List.
        const DATA_AFTER_END = 1 << 4;
        /// Two TCP authentication options, or one beside an MD5 signature (RFC 5925, 2.2).
        const AUTH_DOUBLED = 1 << 5;
    }
}

/// The Fast Open option as sent (RFC 7413, 4.1.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FastOpen {
    /// Octets of cookie; 0 is a request for one.
    pub cookie_len: u8,
    /// Encoded as experimental option with ExID 0xF989.
    pub experimental: bool,
}

/// Room for SACK blocks; more do not fit into a header.
pub const MAX_SACK_BLOCKS: usize = 4;
/// Unknown option kinds remembered per segment; the rest is only counted.
pub const MAX_UNKNOWN_KINDS: usize = 4;

/// The options of one header, walked to the end whatever they hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Options {
    /// Which kinds are there (well-formed ones only).
    pub present: OptionSet,
    /// What is malformed.
    pub faults: OptionFaults,
    /// Kind and length of the first option with a wrong length.
    pub misfit: (u8, u8),
    /// Kind and length of the option at which the walk stopped; where the
    /// header ends before the length, that is 0.
    pub broken: (u8, u8),
    /// MSS in octets, if present.
    pub mss: u16,
    /// Window shift count as sent (values above 14 are kept), if present.
    pub window_scale: u8,
    /// TSval, if timestamps are present.
    pub tsval: u32,
    /// TSecr, if timestamps are present.
    pub tsecr: u32,
    /// Left and right edges of SACK blocks, `sack_blocks` of them.
    pub sack: [(SeqNo, SeqNo); MAX_SACK_BLOCKS],
    /// How many entries of `sack` are filled.
    pub sack_blocks: u8,
    /// Fast Open, if present.
    pub fast_open: Option<FastOpen>,
    /// MPTCP subtype (the upper four bits behind the length), if present.
    pub mptcp_subtype: u8,
    /// User timeout field as sent, granularity bit included, if present.
    pub user_timeout: u16,
    /// First unknown kinds with their lengths.
    pub unknown: [(u8, u8); MAX_UNKNOWN_KINDS],
    /// How many unknown options there were in all.
    pub unknown_count: u8,
}

impl Options {
    /// MSS, if the option is there.
    #[must_use]
    pub fn mss(&self) -> Option<u16> {
        self.present.contains(OptionSet::MSS).then_some(self.mss)
    }

    /// Window shift count, if the option is there.
    #[must_use]
    pub fn window_scale(&self) -> Option<u8> {
        self.present
            .contains(OptionSet::WINDOW_SCALE)
            .then_some(self.window_scale)
    }

    /// `(TSval, TSecr)`, if the option is there.
    #[must_use]
    pub fn timestamps(&self) -> Option<(u32, u32)> {
        self.present
            .contains(OptionSet::TIMESTAMPS)
            .then_some((self.tsval, self.tsecr))
    }

    /// The SACK blocks sent.
    #[must_use]
    pub fn sack_blocks(&self) -> &[(SeqNo, SeqNo)] {
        self.sack
            .get(..usize::from(self.sack_blocks))
            .unwrap_or(&[])
    }
}

/// What the TCP checksum says (RFC 9293, 3.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Checksum {
    /// It is right.
    Good,
    /// It is wrong.
    Bad,
    /// It holds just the sum of the pseudo-header: left to the network card
    /// of the capturing host (offload), so the segment is sound.
    Partial,
    /// Not all covered octets were captured.
    #[default]
    Unverifiable,
}

/// How far the frame's octets reach, where the snap length cut it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Captured {
    /// The header ends before the window field (at least the flags are there).
    PartOfHeader,
    /// The fixed header is whole, options are cut.
    FixedHeader,
    /// The header with options is whole, payload is cut.
    Header,
    /// Everything.
    #[default]
    Whole,
}

/// Which way a frame went through the capturing host, where the capture says so.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Direction {
    /// The capture does not say.
    #[default]
    Unknown,
    /// Received by the capturing host.
    Inbound,
    /// Sent by the capturing host.
    Outbound,
}

/// What of the IP header matters to TCP.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct IpFacts {
    /// Time to live or hop limit.
    pub ttl: u8,
    /// IPv4 identification; `None` for IPv6.
    pub id: Option<u16>,
    /// The two ECN bits (RFC 3168).
    pub ecn: u8,
    /// The six bits beside them (RFC 2474).
    pub dscp: u8,
    /// IPv4 "don't fragment"; `None` for IPv6.
    pub dont_fragment: Option<bool>,
    /// IPv4 total length, or IPv6 payload length + 40, in octets.
    pub total_len: u32,
    /// The length field was 0 (TSO, BIG TCP): `total_len` is the frame's.
    pub length_zero: bool,
    /// The packet was put together from fragments.
    pub joined: bool,
}

/// By what the data of a segment is told from other data.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Digest {
    /// Of all octets (see [`content`](crate::machine::content)).
    pub content: u64,
    /// See [`Segment::first_octets`].
    pub first: u64,
}

/// One TCP segment as its sender sent it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segment<'a> {
    /// Frame number in its capture file, from 1, as Wireshark counts.
    pub packet: u64,
    /// When the frame was captured.
    pub time: Timestamp,
    /// Sender.
    pub source: Socket,
    /// Receiver.
    pub destination: Socket,
    /// Identifies the chain of tunnels around the segment; 0 for none.
    pub tunnel: u64,
    /// SEG.SEQ.
    pub seq: SeqNo,
    /// SEG.ACK as it stands in the header, whether or not ACK is set.
    pub ack: SeqNo,
    /// Control bits.
    pub flags: Flags,
    /// SEG.WND, unscaled; 0 when `captured` is `PartOfHeader`.
    pub window: u16,
    /// Urgent pointer as it stands in the header.
    pub urgent_pointer: u16,
    /// Data offset as it stands in the header, in 32-bit words.
    pub data_offset: u8,
    /// The data offset is below 5 or points past the segment (RFC 9293, 3.1);
    /// where the payload begins is then unknown and `payload_len` is 0.
    pub data_offset_invalid: bool,
    /// Octets of data according to the IP length, whatever was captured.
    pub payload_len: u32,
    /// The captured octets of data (`payload_len` of them unless cut).
    pub payload: &'a [u8],
    /// What is left of the data of a segment that was kept without it.
    pub digest: Option<Digest>,
    /// Options.
    pub options: Options,
    /// From the IP header.
    pub ip: IpFacts,
    /// Verdict on the checksum.
    pub checksum: Checksum,
    /// How much of the segment the frame holds.
    pub captured: Captured,
    /// Way through the capturing host.
    pub direction: Direction,
    /// The frame came through a loopback interface: both ends are here.
    pub loopback: bool,
}

/// Sequence numbers that data, SYN and FIN occupy (RFC 9293, 3.4).
#[must_use]
pub fn occupied(payload_len: u32, flags: Flags) -> u32 {
    payload_len
        .wrapping_add(u32::from(flags.contains(Flags::SYN)))
        .wrapping_add(u32::from(flags.contains(Flags::FIN)))
}

impl<'a> Segment<'a> {
    /// A segment without flags, options and data, and with a sound header, to be filled in by
    /// whoever makes segments without a capture (see [`Checker::feed`](crate::Checker::feed)).
    ///
    /// ```
    /// # use tcpcheck::segment::{Flags, Segment, SeqNo};
    /// let (client, server) = ("10.0.0.1:40000".parse()?, "10.0.0.2:80".parse()?);
    /// let syn = Segment {
    ///     flags: Flags::SYN,
    ///     seq: SeqNo(1000),
    ///     ..Segment::between(client, server)
    /// };
    /// assert_eq!(syn.end(), SeqNo(1001));
    /// # Ok::<(), std::net::AddrParseError>(())
    /// ```
    #[must_use]
    pub fn between(source: Socket, destination: Socket) -> Segment<'a> {
        let mut segment = Segment {
            packet: 0,
            time: Timestamp::default(),
            source,
            destination,
            tunnel: 0,
            seq: SeqNo(0),
            ack: SeqNo(0),
            flags: Flags::empty(),
            window: u16::MAX,
            urgent_pointer: 0,
            data_offset: FIXED_HEADER as u8 / 4,
            data_offset_invalid: false,
            payload_len: 0,
            payload: &[],
            digest: None,
            options: Options::default(),
            ip: IpFacts {
                ttl: 64,
                id: None,
                ecn: 0,
                dscp: 0,
                dont_fragment: source.ip.is_ipv4().then_some(true),
                total_len: 0,
                length_zero: false,
                joined: false,
            },
            checksum: Checksum::Good,
            captured: Captured::Whole,
            direction: Direction::Unknown,
            loopback: false,
        };
        segment.set_length();
        segment
    }

    /// The same with this data.
    #[must_use]
    pub fn with_data(self, data: &'a [u8]) -> Segment<'a> {
        let mut segment = Segment {
            payload: data,
            payload_len: u32::try_from(data.len()).unwrap_or(u32::MAX),
            ..self
        };
        segment.set_length();
        segment
    }

    /// The length of the packet, as its header would say.
    fn set_length(&mut self) {
        let ip = if self.source.ip.is_ipv4() { 20 } else { 40 };
        let headers = ip + FIXED_HEADER;
        self.ip.total_len = self.payload_len.saturating_add(headers);
    }
}

/// Octets of a TCP header without options (RFC 9293, 3.1).
const FIXED_HEADER: u32 = 20;

impl Segment<'_> {
    /// The same without its data, to be kept.
    #[must_use]
    pub fn without_payload(&self) -> Segment<'static> {
        Segment {
            payload: &[],
            digest: None,
            packet: self.packet,
            time: self.time,
            source: self.source,
            destination: self.destination,
            tunnel: self.tunnel,
            seq: self.seq,
            ack: self.ack,
            flags: self.flags,
            window: self.window,
            urgent_pointer: self.urgent_pointer,
            data_offset: self.data_offset,
            data_offset_invalid: self.data_offset_invalid,
            payload_len: self.payload_len,
            options: self.options,
            ip: self.ip,
            checksum: self.checksum,
            captured: self.captured,
            direction: self.direction,
            loopback: self.loopback,
        }
    }

    /// SEG.LEN: data octets, SYN and FIN counted (RFC 9293, 3.4).
    #[must_use]
    pub fn len(&self) -> u32 {
        occupied(self.payload_len, self.flags)
    }

    /// The first eight octets of data as a number; 0 if there are fewer.
    #[must_use]
    pub fn first_octets(&self) -> u64 {
        if let Some(digest) = self.digest {
            return digest.first;
        }
        let first = self.payload.first_chunk::<8>();
        first.map_or(0, |first| u64::from_le_bytes(*first))
    }

    /// Whether the segment occupies no sequence number.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// SEG.SEQ + SEG.LEN: the number after the last one occupied.
    #[must_use]
    pub fn end(&self) -> SeqNo {
        self.seq + self.len()
    }

    /// Number of the first data octet (a SYN occupies the one before).
    #[must_use]
    pub fn data_start(&self) -> SeqNo {
        self.seq + u32::from(self.flags.contains(Flags::SYN))
    }

    /// Number after the last data octet; also the number of a FIN, if set.
    #[must_use]
    pub fn data_end(&self) -> SeqNo {
        self.data_start() + self.payload_len
    }

    /// Any of `flags` set.
    #[must_use]
    pub fn has(&self, flags: Flags) -> bool {
        self.flags.intersects(flags)
    }

    /// The header with all options was captured and can be judged.
    #[must_use]
    pub fn header_whole(&self) -> bool {
        self.captured >= Captured::Header
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_at_the_ends_of_all_years_are_apart() {
        let (first, last) = (Timestamp(i64::MIN), Timestamp(i64::MAX));
        assert_eq!(first.apart(last), i64::MAX);
        assert_eq!(first.apart(Timestamp(0)), i64::MAX);
        assert_eq!(Timestamp(3).apart(Timestamp(5)), 2);
    }

    #[test]
    fn flags_read_as_the_rfc_writes_them() {
        assert_eq!((Flags::ACK | Flags::SYN).to_string(), "SYN,ACK");
        assert_eq!(Flags::empty().to_string(), "none");
        assert_eq!((Flags::FIN | Flags::RESERVED).to_string(), "FIN,reserved");
    }
}
