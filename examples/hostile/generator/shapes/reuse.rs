//! Connections that follow each other on one pair of sockets.

use std::io;

use crate::generator::dialogue::{Dialogue, WHOLE};
use crate::generator::output::{NS_PER_S, RAW};
use crate::generator::packet::{SYN_OPTIONS, Tcp, client, flags, mix, mix32, server};
use crate::generator::{Output, Plan};

fn begin(plan: &Plan, output: &mut Output<'_>) -> io::Result<Dialogue> {
    output.pcap(RAW, plan.rate)?;
    Ok(dialogue(plan, 0))
}

fn dialogue(plan: &Plan, n: u64) -> Dialogue {
    Dialogue::new(client(plan.ipv6, 0), server(plan.ipv6, 0), n)
}

/// Whole connections.
pub fn port_reuse(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    begin(plan, output)?;
    (0..plan.count).try_for_each(|n| {
        let mut dialogue = dialogue(plan, n);
        (0..WHOLE).try_for_each(|step| output.tcp(&dialogue.nth(step)))
    })
}

/// Each might begin a connection, and none is answered.
pub fn syn_candidates(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    begin(plan, output)?.open(output)?;
    (0..plan.count).try_for_each(|n| {
        let syn = Tcp::new(client(plan.ipv6, 0), server(plan.ipv6, 0), flags::SYN);
        output.tcp(&syn.numbers(mix32(n), 0).options(SYN_OPTIONS))
    })
}

/// They come from both ends in turn, 20 of each, and none fits another.
pub fn strays(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    let mut dialogue = begin(plan, output)?;
    dialogue.open(output)?;
    output.tcp(&dialogue.segment(false, flags::FIN | flags::ACK, &[]))?;
    (0..plan.count).try_for_each(|n| {
        let (own, peer) = if (n / 20) % 2 == 0 {
            (dialogue.client.socket, dialogue.server.socket)
        } else {
            (dialogue.server.socket, dialogue.client.socket)
        };
        output.tcp(
            &Tcp::new(own, peer, flags::ACK)
                .numbers(mix32(n), mix32(!n))
                .data(b"stray"),
        )
    })
}

/// Whatever is noted fills a connection's notes; then its judges have the most to do, and the
/// next one begins.
pub fn oddities(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    const EACH: u64 = 300;
    begin(plan, output)?;
    for n in 0..plan.count / EACH {
        let mut dialogue = dialogue(plan, n);
        dialogue.open(output)?;
        dialogue.segment(true, flags::ACK, &[b'x'; 1000]);
        for at in 0..EACH {
            let random = mix(n * EACH + at);
            let from_client = random & 1 == 0;
            let bits = match random >> 1 & 15 {
                0 | 1 => flags::SYN,
                2 => flags::SYN | flags::ACK,
                3 => flags::FIN | flags::ACK,
                4 => flags::URG | flags::ACK,
                5 => flags::FIN | flags::SYN,
                6 => 0,
                7 => flags::FIN | flags::PSH | flags::URG,
                _ => flags::ACK,
            };
            let mut segment = {
                let (own, peer) = if from_client {
                    (dialogue.client, dialogue.server)
                } else {
                    (dialogue.server, dialogue.client)
                };
                Tcp::new(own.socket, peer.socket, bits).numbers(own.next, peer.next)
            };
            segment.id = u16::try_from(at).unwrap_or(0) + 10;
            let off = u32::try_from(random >> 8 & 0xfff).unwrap_or(0);
            match random >> 32 & 7 {
                0 => segment.seq = segment.seq.wrapping_add(off),
                1 => segment.seq = segment.seq.wrapping_sub(off),
                2 => segment.ack = segment.ack.wrapping_add(off),
                3 => segment.ack = segment.ack.wrapping_sub(off),
                4 => segment.window = 0,
                5 => segment.options = &[8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 1],
                6 => segment.options = &[5, 10, 0, 0, 0, 1, 0, 0, 0, 2, 30, 2],
                _ => {}
            }
            if random >> 40 & 1 == 0 {
                segment.data = b"oddity";
            }
            output.tcp(&segment)?;
        }
        output.tcp(&dialogue.segment(true, flags::RST, &[]))?;
    }
    Ok(())
}

/// Nobody answers, and the next is another connection.
pub fn half_opens(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    begin(plan, output)?;
    output.step = 4 * NS_PER_S;
    (0..plan.count).try_for_each(|n| output.tcp(&dialogue(plan, n).nth(0)))
}
