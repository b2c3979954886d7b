//! The reference machine of RFC 9293 for a passive observer.
//!
//! A stack executes; an observer only watches. Of each captured segment one
//! thing is certain: its sender sent it. So the machine keeps two books:
//! - the *nominal timeline* (`timeline.rs`, by the table in `transition.rs`),
//!   as if every segment had arrived the moment it passed the monitor;
//! - what is *proven and possible* (`knowledge.rs`), from which verdicts are drawn.
//!
//! `connection.rs` takes segments one by one, states what is notable about
//! each ([`crate::observation`]) and remembers those segments (`noted.rs`).
//! No clock, no input or output, no globals: time comes with the segments.

pub mod connection;
mod copies;
pub mod end;
pub mod habit;
pub mod header;
pub mod icmp;
pub mod knowledge;
mod nominal;
pub mod noted;
pub mod observe;
pub mod side;
pub mod sketch;
pub mod state;
pub mod stream;
pub mod stretch;
pub mod surroundings;
pub mod timeline;
pub mod transition;
mod update;
pub mod watch;

pub use update::content;

#[cfg(test)]
pub(crate) mod script;

#[cfg(test)]
pub(crate) mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use crate::segment::{
        Captured, Checksum, Direction, Flags, IpFacts, Options, Segment, Socket, Timestamp,
    };
    use crate::seq::SeqNo;

    pub(crate) fn socket(last: u8, port: u16) -> Socket {
        Socket {
            ip: IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)),
            port,
        }
    }

    /// A pure ACK from 10.0.0.1:40000 to 10.0.0.2:80 at `ns`.
    pub(crate) fn segment(ns: i64) -> Segment<'static> {
        Segment {
            packet: 1,
            time: Timestamp(ns),
            source: socket(1, 40000),
            destination: socket(2, 80),
            tunnel: 0,
            seq: SeqNo(1000),
            ack: SeqNo(5000),
            flags: Flags::ACK,
            window: 1000,
            urgent_pointer: 0,
            data_offset: 5,
            data_offset_invalid: false,
            payload_len: 0,
            payload: &[],
            digest: None,
            options: Options::default(),
            ip: IpFacts {
                ttl: 64,
                id: Some(1),
                ecn: 0,
                dscp: 0,
                dont_fragment: Some(true),
                total_len: 40,
                length_zero: false,
                joined: false,
            },
            checksum: Checksum::Good,
            captured: Captured::Whole,
            direction: Direction::Unknown,
            loopback: false,
        }
    }
}
