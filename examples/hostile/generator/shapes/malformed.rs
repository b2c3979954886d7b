//! Octets that make little sense.

use std::io;

use etherparse::IpNumber;
use fastrand::Rng;

use crate::generator::dialogue::Dialogue;
use crate::generator::output::{ETHERNET, RAW};
use crate::generator::packet::{Packet, Tcp, client, host, mix, mix32, server};
use crate::generator::{Output, Plan};

const SEED: u64 = 1981;

/// Half of them begin like an IP packet in an Ethernet frame.
pub fn malformed(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    output.pcap(ETHERNET, plan.rate)?;
    let mut random = Rng::with_seed(SEED);
    let mut octets = [0; 128];
    (0..plan.count).try_for_each(|_| {
        random.fill(&mut octets);
        if random.bool() {
            let start = [8, 0, 0x45, 0, 0, 100, 0, 0, 0, 0, 64, 6];
            octets
                .iter_mut()
                .skip(12)
                .zip(start)
                .for_each(|(to, from)| *to = from);
        }
        let len = random.usize(..=octets.len());
        output.frame(octets.get(..len).unwrap_or_default())
    })
}

/// What is left has at least an octet.
pub fn cut(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    output.pcap(RAW, plan.rate)?;
    let mut random = Rng::with_seed(SEED);
    let mut dialogue = Dialogue::new(client(plan.ipv6, 0), server(plan.ipv6, 0), 0);
    dialogue.open(output)?;
    (0..plan.count).try_for_each(|n| {
        let packet = dialogue
            .segment(n % 2 == 0, 0x10, b"some data")
            .to_packet()?;
        let len = random.usize(1..=packet.len());
        output.frame(packet.get(..len).unwrap_or_default())
    })
}

/// Kinds and lengths are random, too.
pub fn options(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    output.pcap(RAW, plan.rate)?;
    let mut random = Rng::with_seed(SEED);
    let mut dialogue = Dialogue::new(client(plan.ipv6, 0), server(plan.ipv6, 0), 0);
    dialogue.open(output)?;
    (0..plan.count).try_for_each(|n| {
        let mut octets = [0; 40];
        random.fill(&mut octets);
        if random.bool() {
            octets.iter_mut().for_each(|octet| *octet %= 9);
        }
        output.tcp(&dialogue.segment(n % 2 == 0, 0x10, b"x").options(&octets))
    })
}

/// Destination options of eight octets, 1400 octets of them.
pub fn extension_headers(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    output.pcap(RAW, plan.rate)?;
    let (from, to) = (client(true, 0), server(true, 0));
    let one = [60, 0, 1, 4, 0, 0, 0, 0];
    (0..plan.count).try_for_each(|n| {
        let mut payload = one.repeat(175);
        if let Some(last) = payload
            .len()
            .checked_sub(8)
            .and_then(|at| payload.get_mut(at))
        {
            *last = IpNumber::TCP.0;
        }
        payload.extend(Tcp::new(from, to, 0x10).numbers(mix32(n), 1).octets()?);
        let options = IpNumber::IPV6_DESTINATION_OPTIONS;
        output.packet(&Packet::new(from.ip(), to.ip(), options, &payload))
    })
}

/// Data that nobody takes in.
pub fn damaged(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    output.pcap(RAW, plan.rate)?;
    let mut dialogue = Dialogue::new(client(plan.ipv6, 0), server(plan.ipv6, 0), 0);
    dialogue.open(output)?;
    (0..plan.count).try_for_each(|n| {
        let mut packet = dialogue.segment(n % 2 == 0, 0x10, b"damaged").to_packet()?;
        if let Some(last) = packet.last_mut() {
            *last ^= 0xff;
        }
        output.frame(&packet)
    })
}

/// 16 connections; flags, numbers, windows and lengths are random.
pub fn mixed(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    output.pcap(RAW, plan.rate)?;
    let data = [b'x'; 64];
    (0..plan.count).try_for_each(|n| {
        let random = mix(n);
        let part = |shift: u32, modulus: u64| random.rotate_right(shift) % modulus;
        let a = std::net::SocketAddr::new(host(plan.ipv6, part(0, 4)), 1000);
        let b = std::net::SocketAddr::new(host(plan.ipv6, 100 + part(8, 4)), 80);
        let (from, to) = if part(16, 2) == 0 { (a, b) } else { (b, a) };
        let low = |n: u64| u32::try_from(n).unwrap_or(0);
        let mut segment = Tcp::new(from, to, u8::try_from(part(24, 64)).unwrap_or(0))
            .numbers(low(part(32, 3000)), low(part(40, 3000)))
            .id(u16::try_from(n & 0xffff).unwrap_or(0));
        segment.window = u16::try_from(part(48, 3) * 3000).unwrap_or(0);
        let len = usize::try_from(part(50, 65)).unwrap_or(0);
        segment.data = data.get(..len).unwrap_or_default();
        output.tcp(&segment)
    })
}
