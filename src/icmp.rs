//! What an ICMP error is, for everything behind the decoder.
//!
//! A router or host that drops a TCP segment may say so to its sender, and
//! quotes the beginning of the segment: both sockets and SEG.SEQ at least
//! (RFC 792; RFC 4443, 2.4). What the quote says is its author's word: it may
//! be stale, and anybody can send one (RFC 5927).

use std::net::IpAddr;

use crate::segment::{Socket, Timestamp};
use crate::seq::SeqNo;

/// What an error says, over both versions of ICMP. Names of their own have
/// those that TCP treats differently.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum IcmpKind {
    /// No route to the network.
    NetUnreachable,
    /// The host does not answer on its link.
    HostUnreachable,
    /// The host does not know TCP.
    ProtocolUnreachable,
    /// Nobody is there at this port: mostly the word of a filter, as TCP
    /// itself answers with RST.
    PortUnreachable,
    /// Forbidden by a filter.
    Prohibited,
    /// The segment is too large for the next link, and may not be fragmented.
    TooBig,
    /// Too much traffic (RFC 792); deprecated, to be ignored (RFC 6633).
    SourceQuench,
    /// The time to live, or the time for putting fragments together, ran out.
    TimeExceeded,
    /// Something in the IP header makes no sense to its reader.
    ParameterProblem,
}

/// What TCP does about an error (RFC 9293, 3.9.2.2; RFC 5461).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum IcmpClass {
    /// It goes on and tries again; the application may be told.
    Soft,
    /// It may give the connection up.
    Hard,
    /// It sends smaller segments.
    Size,
    /// Nothing.
    Ignored,
}

impl IcmpKind {
    /// Kebab-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            IcmpKind::NetUnreachable => "net-unreachable",
            IcmpKind::HostUnreachable => "host-unreachable",
            IcmpKind::ProtocolUnreachable => "protocol-unreachable",
            IcmpKind::PortUnreachable => "port-unreachable",
            IcmpKind::Prohibited => "prohibited",
            IcmpKind::TooBig => "too-big",
            IcmpKind::SourceQuench => "source-quench",
            IcmpKind::TimeExceeded => "time-exceeded",
            IcmpKind::ParameterProblem => "parameter-problem",
        }
    }

    /// What TCP does about it.
    #[must_use]
    pub const fn class(self) -> IcmpClass {
        match self {
            IcmpKind::NetUnreachable
            | IcmpKind::HostUnreachable
            | IcmpKind::TimeExceeded
            | IcmpKind::ParameterProblem => IcmpClass::Soft,
            IcmpKind::ProtocolUnreachable | IcmpKind::PortUnreachable | IcmpKind::Prohibited => {
                IcmpClass::Hard
            }
            IcmpKind::TooBig => IcmpClass::Size,
            IcmpKind::SourceQuench => IcmpClass::Ignored,
        }
    }

    /// It says that segments do not arrive, whatever their size.
    #[must_use]
    pub const fn says_undelivered(self) -> bool {
        matches!(self.class(), IcmpClass::Soft | IcmpClass::Hard)
    }
}

/// One ICMP or ICMPv6 error that quotes a TCP segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IcmpError {
    /// Frame number.
    pub packet: u64,
    /// When the frame was captured.
    pub time: Timestamp,
    /// Who sent the error.
    pub sender: IpAddr,
    /// What it says.
    pub kind: IcmpKind,
    /// The type as it stands in the header.
    pub icmp_type: u8,
    /// The code as it stands in the header.
    pub code: u8,
    /// The size that would pass, where the error names one.
    pub mtu: Option<u32>,
    /// Who sent the quoted segment.
    pub source: Socket,
    /// To whom.
    pub destination: Socket,
    /// SEG.SEQ of the quoted segment.
    pub seq: SeqNo,
    /// Identifies the chain of tunnels around the error; 0 for none.
    pub tunnel: u64,
}
