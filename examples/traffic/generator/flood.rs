//! SYNs in the names of others, and what the victim answers.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use fastrand::Rng;

use super::kinds::SERVICE;
use super::output::Output;
use super::packet::{Framer, Host};
use super::segment::{Offered, SACKS, Segment, flags};
use super::stack::{CLIENTS, DEVICE, LINUX, Offer, Stack};
use super::{MS, S, US};

/// SYNs a second.
pub const RATE: u64 = 50_000;
/// Of 100 SYNs, so many are answered: the victim limits the rate of its cookies, and keeps nothing that it could
/// send again.
const ANSWERED: u32 = 30;

/// The victim's address.
pub const VICTIM: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 80);
/// A flood against one service.
#[derive(Default)]
pub struct Flood {
    /// When the next SYN comes.
    next: u64,
    /// Answers on their way to the monitor.
    answers: VecDeque<(u64, Host, Segment)>,
    stopped: bool,
}

impl Flood {
    /// When there is something to write.
    pub fn next_at(&self) -> Option<u64> {
        let answer = self.answers.front().map(|(at, ..)| *at);
        let syn = (!self.stopped).then_some(self.next);
        match (answer, syn) {
            (Some(answer), Some(syn)) => Some(answer.min(syn)),
            (answer, syn) => answer.or(syn),
        }
    }

    /// No more SYNs.
    pub fn stop(&mut self) {
        self.stopped = true;
    }

    /// Writes what is next.
    pub fn write(
        &mut self,
        rng: &mut Rng,
        framer: &mut Framer,
        output: &mut Output<'_>,
    ) -> io::Result<()> {
        let is_answer = |(at, ..): &(u64, Host, Segment)| self.stopped || *at <= self.next;
        if self.answers.front().is_some_and(is_answer) {
            return match self.answers.pop_front() {
                Some((at, to, answer)) => output.frame(at, framer.frame(&victim(), &to, &answer)?),
                None => Ok(()),
            };
        }
        let (from, syn) = syn(self.next, rng);
        output.frame(self.next, framer.frame(&from, &victim(), &syn)?)?;
        if rng.u32(..100) < ANSWERED {
            let earliest = self.answers.back().map_or(0, |(at, ..)| *at);
            let at = self.next + rng.u64(20 * US..80 * US);
            let answer = answer(&syn, at, rng);
            self.answers.push_back((at.max(earliest), from, answer));
        }
        self.next += rng.u64(1..2 * S / RATE);
        Ok(())
    }
}

fn victim() -> Host {
    Host {
        socket: SocketAddr::new(IpAddr::V4(VICTIM), SERVICE),
        hops: LINUX.hops,
        label: 0,
    }
}

/// A host that knows nothing of it.
fn source(rng: &mut Rng) -> IpAddr {
    loop {
        let ip = Ipv4Addr::from_bits(rng.u32(0x0100_0000..0xe000_0000));
        let is_public = !(ip.is_private() || ip.is_loopback() || ip.is_link_local());
        if is_public && ip != VICTIM {
            return IpAddr::V4(ip);
        }
    }
}

fn syn(now: u64, rng: &mut Rng) -> (Host, Segment) {
    // Tools that make them spare the options; some copy a whole SYN.
    let copied = rng.u32(..10) == 0;
    let stack = if copied {
        rng.choice(CLIENTS).unwrap_or(&LINUX)
    } else {
        &DEVICE
    };
    let host = Host {
        socket: SocketAddr::new(source(rng), rng.u16(1024..)),
        hops: stack.hops - rng.u8(5..25),
        label: 0,
    };
    let value = rng.u32(..).wrapping_add((now / stack.tick) as u32);
    let segment = Segment {
        flags: flags::SYN,
        seq: rng.u32(..),
        ack: 0,
        window: 64_240,
        len: 0,
        id: rng.u16(..),
        times: stack.offers(Offer::Times).then_some((value, 0)),
        sacks: [(0, 0); SACKS],
        offer: Some(offer(stack, stack)),
    };
    (host, segment)
}

fn answer(syn: &Segment, now: u64, rng: &mut Rng) -> Segment {
    let value = rng.u32(..).wrapping_add((now / MS) as u32);
    Segment {
        flags: flags::SYN | flags::ACK,
        seq: rng.u32(..),
        ack: syn.seq.wrapping_add(1),
        id: 0,
        times: syn.times.map(|(echo, _)| (value, echo)),
        offer: syn.offer.map(|offered| offer(&LINUX, offered.stack)),
        ..*syn
    }
}

/// What `stack` offers to one that knows what `known` knows.
fn offer(stack: &'static Stack, known: &Stack) -> Offered {
    Offered {
        stack,
        mss: stack.mss,
        scale: known.offers(Offer::Scale).then_some(stack.scale),
        sack: known.offers(Offer::Sack),
        cookie: None,
    }
}
