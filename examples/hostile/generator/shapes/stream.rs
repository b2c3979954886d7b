//! One connection, and many segments on it.

use std::io;

use crate::generator::dialogue::Dialogue;
use crate::generator::output::{NS_PER_S, RAW};
use crate::generator::packet::{Tcp, client, flags, mix, mix32, server};
use crate::generator::{Output, Plan};

const DATA: &[u8; 1400] = &[b'x'; 1400];

/// Opens the connection; the client sends in all of the shapes.
fn begin(plan: &Plan, output: &mut Output<'_>) -> io::Result<Dialogue> {
    output.pcap(RAW, plan.rate)?;
    let mut dialogue = Dialogue::new(client(plan.ipv6, 0), server(plan.ipv6, 0), 0);
    dialogue.open(output)?;
    Ok(dialogue)
}

/// A segment of the client behind (or before) what it sends next.
fn at<'a>(dialogue: &Dialogue, offset: u32, data: &'a [u8], n: u64) -> Tcp<'a> {
    let Dialogue { client, server } = dialogue;
    Tcp::new(client.socket, server.socket, flags::ACK)
        .numbers(client.next.wrapping_add(offset), server.next)
        .data(data)
        .id(u16::try_from(n & 0x7fff).unwrap_or(0) + 10)
}

/// An ACK of the server for so much more than the client's next octet.
fn ack(dialogue: &Dialogue, offset: u32, n: u64) -> Tcp<'static> {
    let Dialogue { client, server } = dialogue;
    Tcp::new(server.socket, client.socket, flags::ACK)
        .numbers(server.next, client.next.wrapping_add(offset))
        .id(u16::try_from(n & 0x7fff).unwrap_or(0) + 10)
}

fn low(n: u64) -> u32 {
    u32::try_from(n & 0xffff_ffff).unwrap_or(0)
}

/// One octet, a hole of one, one octet...
pub fn holes(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    let dialogue = begin(plan, output)?;
    (0..plan.count).try_for_each(|n| output.tcp(&at(&dialogue, 1 + low(2 * n), b"x", n)))
}

/// From the far end of the window towards its beginning, and again further on.
pub fn holes_backwards(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    const ROUND: u64 = 30_000;
    let dialogue = begin(plan, output)?;
    (0..plan.count).try_for_each(|n| {
        let (round, place) = (n / ROUND, ROUND - 1 - n % ROUND);
        output.tcp(&at(
            &dialogue,
            1 + low(2 * (round * ROUND + place)),
            b"x",
            n,
        ))
    })
}

/// 128 segments with holes between, then the holes from the last to the first.
pub fn holes_filled(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    const HOLES: u64 = 128;
    let dialogue = begin(plan, output)?;
    (0..plan.count).try_for_each(|n| {
        let (round, place) = (n / (2 * HOLES), n % (2 * HOLES));
        let place = if place < HOLES {
            2 * place + 1
        } else {
            2 * (2 * HOLES - 1 - place)
        };
        output.tcp(&at(&dialogue, low(2 * HOLES * round + place), b"x", n))
    })
}

/// A window full of data, then reports of random pieces of it.
pub fn sack_storm(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    let mut dialogue = begin(plan, output)?;
    for n in 0..40 {
        output.tcp(&at(&dialogue, low(n * 1400), DATA, n))?;
    }
    for n in 0..plan.count {
        if n % 64 == 63 {
            output.tcp(&at(&dialogue, 40 * 1400, DATA, n))?;
            dialogue.client.next = dialogue.client.next.wrapping_add(1400);
        }
        let mut options = vec![1, 1, 5, 34];
        for block in 0..4 {
            let start = low(mix(4 * n + block) % 54_000) + 1;
            let end = start + 1 + low(mix(!(4 * n + block)) % 1400);
            for edge in [start, end] {
                options.extend(dialogue.client.next.wrapping_add(edge).to_be_bytes());
            }
        }
        output.tcp(&ack(&dialogue, 0, n).options(&options))?;
    }
    Ok(())
}

/// An octet at a time.
pub fn one_octet(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    let mut dialogue = begin(plan, output)?;
    (0..plan.count)
        .try_for_each(|_| output.tcp(&dialogue.segment(true, flags::ACK | flags::PSH, b"x")))
}

/// The same segment, a millisecond apart.
pub fn retransmissions(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    let dialogue = begin(plan, output)?;
    output.step = NS_PER_S / 500;
    (0..plan.count).try_for_each(|n| output.tcp(&at(&dialogue, 0, DATA, n)))
}

/// Each begins within the one before, and has other octets there.
pub fn overlapping(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    let dialogue = begin(plan, output)?;
    (0..plan.count).try_for_each(|n| {
        let data = mix(n).to_be_bytes();
        output.tcp(&at(&dialogue, low(n), &data, n))
    })
}

/// The same ACK while data is outstanding.
pub fn duplicate_acks(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    let dialogue = begin(plan, output)?;
    output.tcp(&at(&dialogue, 0, DATA, 0))?;
    output.step = NS_PER_S / 500;
    (0..plan.count).try_for_each(|n| output.tcp(&ack(&dialogue, 0, n)))
}

/// A second apart, each answered.
pub fn keepalives(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    let dialogue = begin(plan, output)?;
    output.step = NS_PER_S / 2;
    (0..plan.count / 2).try_for_each(|n| {
        output.tcp(&at(&dialogue, u32::MAX, &[], n))?;
        output.tcp(&ack(&dialogue, 0, n))
    })
}

/// One octet into a shut window, again and again.
pub fn zero_window_probes(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    let dialogue = begin(plan, output)?;
    output.tcp(&ack(&dialogue, 0, 0).window(0))?;
    output.step = NS_PER_S / 2;
    (0..plan.count / 2).try_for_each(|n| {
        output.tcp(&at(&dialogue, 0, b"x", n))?;
        output.tcp(&ack(&dialogue, 0, n).window(0))
    })
}

/// A piece of data, an ACK far behind it, a piece behind that.
pub fn missing_ranges(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    let dialogue = begin(plan, output)?;
    (0..plan.count / 2).try_for_each(|n| {
        let offset = low(n * 3000) + (mix32(n) & 0xff);
        output.tcp(&at(&dialogue, offset, &[b'x'; 100], n))?;
        output.tcp(&ack(&dialogue, offset + 100, n))
    })
}
