//! An opening in few words: what patterns over many connections look at of it.
//!
//! A flood leaves nothing else behind, and of it there are millions. So this is written once, where
//! the opening is given up, and read once, where patterns are counted.

use std::net::{IpAddr, Ipv4Addr};

use super::attempt::{Attempt, Outcome};
use crate::segment::{OptionSet, Socket, Timestamp};
use crate::seq::SeqNo;
use crate::tunnel::Within;

/// A SYN over IPv4, outside of tunnels, of which nothing else was captured than one answer at the most.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bare {
    /// Frame number of the SYN.
    pub packet: u64,
    /// Its time.
    pub time: Timestamp,
    /// Until when it was watched.
    pub until: Timestamp,
    /// The time of the answer; without one that of the SYN.
    pub last: Timestamp,
    /// Addresses of client and server.
    pub addresses: [u32; 2],
    /// Their ports.
    pub ports: [u16; 2],
    /// Number of the SYN.
    pub isn: SeqNo,
    /// Its TSval; zero without timestamps.
    pub tsval: u32,
    /// Number of the answer.
    pub server_isn: SeqNo,
    /// Time to live of the SYN.
    pub ttl: u8,
    /// The first eight options of [`OptionSet`] that it offers.
    pub offered: u8,
    /// The same of the answer; `None` without one.
    pub granted: Option<u8>,
    /// See [`Attempt::cut_short`].
    pub cut_short: bool,
}

impl Bare {
    /// It was answered.
    #[must_use]
    pub const fn is_answered(&self) -> bool {
        self.granted.is_some()
    }

    /// The server's socket.
    #[must_use]
    pub fn server(&self) -> Socket {
        let ([_, ip], [_, port]) = (self.addresses, self.ports);
        socket(ip, port)
    }

    /// The same, and that it is outside of tunnels.
    #[must_use]
    pub fn service(&self) -> Within<Socket> {
        let (addr, tunnel) = (self.server(), 0);
        Within { addr, tunnel }
    }

    /// The attempt that it is.
    #[inline]
    #[must_use]
    pub fn attempt(&self) -> Attempt {
        let ([ip, _], [port, _]) = (self.addresses, self.ports);
        let offered = options(self.offered);
        let tsval = (offered.contains(OptionSet::TIMESTAMPS)).then_some(self.tsval);
        let answered = self.is_answered();
        Attempt {
            client: socket(ip, port),
            server: self.server(),
            tunnel: 0,
            packet: self.packet,
            time: self.time,
            isn: self.isn,
            tsval,
            tsval_max: tsval,
            ttl: self.ttl,
            syn_fin: false,
            syns: 1,
            syn_acks: answered.into(),
            server_isn: answered.then_some(self.server_isn),
            outcome: match answered {
                true => Outcome::HalfOpen,
                false => Outcome::Unanswered,
            },
            answered: answered.then_some(self.last),
            closed: None,
            server_close_wait: None,
            client_close_wait: None,
            last: self.last,
            until: self.until,
            cut_short: self.cut_short,
            offered,
            granted: self.granted.map(options),
            server_isn_moved: false,
            starved: None,
        }
    }
}

fn socket(ip: u32, port: u16) -> Socket {
    let ip = IpAddr::V4(Ipv4Addr::from_bits(ip));
    Socket { ip, port }
}

fn options(first_eight: u8) -> OptionSet {
    OptionSet::from_bits_retain(first_eight.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line of a cache.
    #[test]
    fn it_is_small() {
        assert_eq!(size_of::<Bare>(), 64);
    }
}
