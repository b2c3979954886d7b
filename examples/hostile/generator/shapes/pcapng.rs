//! Blocks of pcapng files.

use std::io;

use crate::generator::dialogue::Dialogue;
use crate::generator::output::RAW;
use crate::generator::packet::{client, server};
use crate::generator::{Output, Plan};

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const STATISTICS: u32 = 5;
const PACKET: u32 = 6;
/// The first of those for local use.
const UNKNOWN: u32 = 0x8000_0001;

/// A block; `body` is whole words.
fn block(kind: u32, body: &[u8], output: &mut Output<'_>) -> io::Result<()> {
    let len = u32::try_from(12 + body.len()).map_err(io::Error::other)?;
    output.raw(&kind.to_le_bytes())?;
    output.raw(&len.to_le_bytes())?;
    output.raw(body)?;
    output.raw(&len.to_le_bytes())
}

fn section(output: &mut Output<'_>) -> io::Result<()> {
    let body: [u32; 4] = [0x1a2b_3c4d, 1, u32::MAX, u32::MAX];
    block(SECTION, &body.map(u32::to_le_bytes).concat(), output)
}

fn interface(output: &mut Output<'_>) -> io::Result<()> {
    let body = [RAW, 0];
    block(INTERFACE, &body.map(u32::to_le_bytes).concat(), output)
}

/// A frame on interface 0 with these options.
fn frame(packet: &[u8], options: &[u8], output: &mut Output<'_>) -> io::Result<()> {
    let us = (output.now / 1000).cast_unsigned();
    output.now += output.step;
    let half = |n: u64| u32::try_from(n & 0xffff_ffff).unwrap_or(0);
    let len = half(packet.len() as u64);
    let mut body = [0, half(us >> 32), half(us), len, len]
        .map(u32::to_le_bytes)
        .concat();
    body.extend_from_slice(packet);
    body.resize(body.len().next_multiple_of(4), 0);
    body.extend_from_slice(options);
    block(PACKET, &body, output)
}

fn begin(plan: &Plan, output: &mut Output<'_>) -> io::Result<Dialogue> {
    section(output)?;
    interface(output)?;
    let mut dialogue = Dialogue::new(client(plan.ipv6, 0), server(plan.ipv6, 0), 0);
    for step in 0..3 {
        frame(&dialogue.nth(step).to_packet()?, &[], output)?;
    }
    Ok(dialogue)
}

/// A section holds no more than 65,536; so there are more sections.
pub fn interfaces(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    begin(plan, output)?;
    (0..plan.count).try_for_each(|n| {
        if n % 60_000 == 59_999 {
            section(output)?;
        }
        interface(output)
    })
}

/// 2000 of eight octets on each frame.
pub fn comments(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    const EACH: u64 = 2000;
    let mut dialogue = begin(plan, output)?;
    let one = [&1_u16.to_le_bytes()[..], &8_u16.to_le_bytes(), b"comment!"].concat();
    let mut options = one.repeat(usize::try_from(EACH).unwrap_or(0));
    options.extend([0; 4]);
    (0..plan.count.div_ceil(EACH)).try_for_each(|_| {
        let packet = dialogue.segment(true, 0x10, b"data").to_packet()?;
        frame(&packet, &options, output)
    })
}

/// Each with its own interface.
pub fn sections(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    let mut dialogue = begin(plan, output)?;
    (0..plan.count).try_for_each(|_| {
        section(output)?;
        interface(output)?;
        let packet = dialogue.segment(true, 0x10, b"data").to_packet()?;
        frame(&packet, &[], output)
    })
}

/// With one drop more each.
pub fn statistics(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    begin(plan, output)?;
    (0..plan.count).try_for_each(|n| {
        let mut body = [0_u32; 3].map(u32::to_le_bytes).concat();
        body.extend([5, 0, 8, 0]);
        body.extend(n.to_le_bytes());
        body.extend([0; 4]);
        block(STATISTICS, &body, output)
    })
}

/// Of the least length.
pub fn unknown(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    begin(plan, output)?;
    (0..plan.count).try_for_each(|_| block(UNKNOWN, &[], output))
}
