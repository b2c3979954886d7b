//! What is told over many connections.

use std::io;
use std::net::SocketAddr;

use crate::generator::output::{NS_PER_S, RAW};
use crate::generator::packet::{SYN_OPTIONS, Tcp, flags, host, mix, mix32, server};
use crate::generator::{Output, Plan};

/// Each is a flood of its own.
pub fn floods_apart(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    const EACH: u64 = 100;
    output.pcap(RAW, plan.rate)?;
    let to = server(plan.ipv6, 0);
    for n in 0..plan.count {
        for at in 0..EACH {
            let which = n * EACH + at;
            let from = SocketAddr::new(host(plan.ipv6, 1 + mix(which) % 0x3fff_ffff), 5000);
            let isn = mix32(which);
            let syn = Tcp::new(from, to, flags::SYN).numbers(isn, 0);
            output.tcp(&syn.options(SYN_OPTIONS))?;
            let syn_ack = Tcp::new(to, from, flags::SYN | flags::ACK);
            let syn_ack = syn_ack
                .numbers(!isn, isn.wrapping_add(1))
                .options(SYN_OPTIONS);
            output.tcp(&syn_ack.id(1))?;
            output.tcp(&syn_ack.id(2))?;
        }
        output.now += 120 * NS_PER_S;
    }
    Ok(())
}

/// Every source tries 64 ports of one host, and all refuse.
pub fn scans(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    output.pcap(RAW, plan.rate)?;
    (0..plan.count).try_for_each(|n| {
        let from = SocketAddr::new(host(plan.ipv6, n / 64), 50_000);
        let to = server(plan.ipv6, u16::try_from(n % 64).unwrap_or(0));
        let syn = Tcp::new(from, to, flags::SYN).numbers(mix32(n), 0);
        output.tcp(&syn.options(SYN_OPTIONS))?;
        let rst = Tcp::new(to, from, flags::RST | flags::ACK);
        output.tcp(&rst.numbers(0, mix32(n).wrapping_add(1)))
    })
}

/// Every source tries eight ports of one host.
pub fn probes(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    output.pcap(RAW, plan.rate)?;
    (0..plan.count).try_for_each(|n| {
        // Rather few sources, so that all of them are remembered.
        let from = SocketAddr::new(host(plan.ipv6, n / 8 % 8000), 50_000);
        let port = u16::try_from(n % 8 + 8 * (n / 64_000)).unwrap_or(0);
        let to = server(plan.ipv6, port);
        output.tcp(&Tcp::new(from, to, flags::FIN).numbers(mix32(n), 0))
    })
}

/// Every source asks 32 services, with numbers that a clock gives.
pub fn isn_hosts(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    output.pcap(RAW, plan.rate)?;
    (0..plan.count).try_for_each(|n| {
        let from = SocketAddr::new(host(plan.ipv6, n / 32), 50_000);
        let to = server(plan.ipv6, u16::try_from(n % 32).unwrap_or(0));
        // An octet a microsecond, and something that spoils it at the end.
        let us = u32::try_from((output.now / 1000) & 0xffff_ffff).unwrap_or(0);
        let isn = us.wrapping_add(if n % 32 == 31 { 1 << 30 } else { 0 });
        let syn = Tcp::new(from, to, flags::SYN).numbers(isn, 0);
        output.tcp(&syn.options(SYN_OPTIONS))
    })
}
