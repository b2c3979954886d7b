//! The gate before the patterns of single sources.
//!
//! A flood with forged sources shows most addresses once. Such an address
//! cannot make up a scan or a row of ISNs, and must not cost more than a place
//! here. Its first attempt is kept until there is another, and is then handed
//! on, so nothing is lost.

use std::hash::{Hash, Hasher};
use std::net::IpAddr;

use super::bounded::{Bounded, Weight};
use crate::flow::attempt::{Attempt, Outcome};
use crate::limits;
use crate::segment::{Socket, Timestamp};
use crate::seq::SeqNo;
use crate::tunnel::Within;

/// What the patterns of single sources look at of an attempt: a third of it, as one is kept of
/// every source there is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Try {
    pub client: Socket,
    pub server: Socket,
    pub tunnel: u64,
    pub packet: u64,
    pub time: Timestamp,
    pub isn: SeqNo,
    pub server_isn: Option<SeqNo>,
    pub tsval: Option<u32>,
    pub outcome: Outcome,
    /// A SYN-ACK answered.
    pub answered: bool,
    /// The SYN was sent again.
    pub again: bool,
    pub syn_fin: bool,
}

impl Try {
    #[inline]
    pub const fn of(attempt: &Attempt) -> Try {
        Try {
            client: attempt.client,
            server: attempt.server,
            tunnel: attempt.tunnel,
            packet: attempt.packet,
            time: attempt.time,
            isn: attempt.isn,
            server_isn: attempt.server_isn,
            tsval: attempt.tsval,
            outcome: attempt.outcome,
            answered: attempt.answered.is_some(),
            again: attempt.syns > 1,
            syn_fin: attempt.syn_fin,
        }
    }

    /// The client's address.
    #[inline]
    pub const fn source(&self) -> Within<IpAddr> {
        let (addr, tunnel) = (self.client.ip, self.tunnel);
        Within { addr, tunnel }
    }

    /// The server's address.
    #[inline]
    pub const fn host(&self) -> Within<IpAddr> {
        let (addr, tunnel) = (self.server.ip, self.tunnel);
        Within { addr, tunnel }
    }

    /// The server's socket.
    #[inline]
    pub const fn service(&self) -> Within<Socket> {
        let (addr, tunnel) = (self.server, self.tunnel);
        Within { addr, tunnel }
    }
}

/// An address that is hashed in few steps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Host(Within<IpAddr>);

impl Hash for Host {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.0.addr {
            IpAddr::V4(ip) => state.write_u64(ip.to_bits().into()),
            IpAddr::V6(ip) => state.write_u128(ip.to_bits()),
        }
        // Outside of tunnels there is none to be told apart.
        if self.0.tunnel != 0 {
            state.write_u64(self.0.tunnel);
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Source {
    /// The first attempt, as long as there is no other.
    kept: Option<Try>,
    /// There were more: they are handed on as they come.
    many: bool,
}

impl Weight for Source {
    fn weight(&self) -> u64 {
        if self.many { 2 } else { 1 }
    }
}

/// The sources of attempts.
#[derive(Debug)]
pub struct Sources {
    known: Bounded<Host, Source>,
}

impl Default for Sources {
    fn default() -> Sources {
        Sources {
            known: Bounded::new(limits::PATTERN_SOURCES),
        }
    }
}

impl Sources {
    /// Takes in an attempt and hands on what may be looked at now.
    #[inline(always)]
    pub fn admit(&mut self, tried: &Try, mut hand_on: impl FnMut(&Try)) {
        let source = self.known.entry(Host(tried.source()), Source::default);
        if !source.many {
            let Some(first) = source.kept.take() else {
                source.kept = Some(*tried);
                return;
            };
            source.many = true;
            hand_on(&first);
        }
        hand_on(tried);
    }

    /// Sources that were forgotten for the limit.
    #[must_use]
    pub const fn given_up(&self) -> u64 {
        self.known.given_up()
    }

    /// How many entries there are.
    #[cfg(test)]
    pub fn size(&self) -> usize {
        self.known.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `limits::PATTERN_SOURCES` of them are in memory at a time.
    #[test]
    fn what_is_kept_of_a_source_is_small() {
        assert!(size_of::<(Host, Source)>() <= 136);
    }
}
