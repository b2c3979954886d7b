//! Many connections, none of them odd.

use std::io;
use std::net::SocketAddr;

use crate::generator::dialogue::{Dialogue, WHOLE};
use crate::generator::output::RAW;
use crate::generator::packet::{SYN_OPTIONS, Tcp, client, flags, host, mix32, server};
use crate::generator::{Output, Plan};

/// Connections that stay open.
pub fn open_connections(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    output.pcap(RAW, plan.rate)?;
    (0..plan.count)
        .try_for_each(|n| Dialogue::new(client(plan.ipv6, n), server(plan.ipv6, 0), n).open(output))
}

/// Whole connections.
pub fn closed_connections(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    output.pcap(RAW, plan.rate)?;
    (0..plan.count).try_for_each(|n| {
        let mut dialogue = Dialogue::new(client(plan.ipv6, n), server(plan.ipv6, 0), n);
        (0..WHOLE).try_for_each(|step| output.tcp(&dialogue.nth(step)))
    })
}

/// Two addresses, all pairs of ports: what a hash of little worth makes collide.
pub fn colliding_keys(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    output.pcap(RAW, plan.rate)?;
    (0..plan.count).try_for_each(|n| {
        let port = |n: u64| u16::try_from(n & 0xffff).unwrap_or(0).max(1);
        let from = SocketAddr::new(host(plan.ipv6, 1), port(n));
        let to = SocketAddr::new(host(plan.ipv6, 2), port(n >> 16));
        Dialogue::new(from, to, n).open(output)
    })
}

/// Each segment belongs to the connection that was silent for longest.
pub fn interleaved(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    const CONNECTIONS: u64 = 60_000;
    output.pcap(RAW, plan.rate)?;
    for n in 0..plan.count {
        let (round, which) = (n / CONNECTIONS, n % CONNECTIONS);
        let (from, to) = (client(plan.ipv6, which), server(plan.ipv6, 0));
        let (isn, peer_isn) = (mix32(which), mix32(!which));
        let seq = isn.wrapping_add(1 + 100 * u32::try_from(round.saturating_sub(3)).unwrap_or(0));
        let segment = match round {
            0 => Tcp::new(from, to, flags::SYN)
                .numbers(isn, 0)
                .options(SYN_OPTIONS),
            1 => Tcp::new(to, from, flags::SYN | flags::ACK)
                .numbers(peer_isn, isn.wrapping_add(1))
                .options(SYN_OPTIONS),
            2 => Tcp::new(from, to, flags::ACK).numbers(seq, peer_isn.wrapping_add(1)),
            _ => Tcp::new(from, to, flags::ACK)
                .numbers(seq, peer_isn.wrapping_add(1))
                .data(&[b'x'; 100]),
        };
        output.tcp(&segment.id(u16::try_from(round & 0xffff).unwrap_or(0)))?;
    }
    Ok(())
}

/// Every connection has a server of its own.
pub fn listeners(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    output.pcap(RAW, plan.rate)?;
    (0..plan.count).try_for_each(|n| {
        let from = SocketAddr::new(host(plan.ipv6, 1), 40_000);
        let to = SocketAddr::new(host(plan.ipv6, n + 2), 80);
        Dialogue::new(from, to, n).open(output)
    })
}
