//! Connections that do not end as they should.

use std::io;

use crate::generator::dialogue::Dialogue;
use crate::generator::output::RAW;
use crate::generator::packet::{Tcp, client, flags, mix32, server};
use crate::generator::{Output, Plan};

/// After a RST both ends go on.
pub fn resets(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    output.pcap(RAW, plan.rate)?;
    (0..plan.count).try_for_each(|n| {
        let mut dialogue = Dialogue::new(client(plan.ipv6, n), server(plan.ipv6, 0), n);
        dialogue.open(output)?;
        output.tcp(&dialogue.segment(true, flags::RST | flags::ACK, &[]))?;
        output.tcp(&dialogue.segment(false, flags::ACK, b"still here"))?;
        output.tcp(&dialogue.segment(true, flags::ACK, b"so am I"))
    })
}

/// Each claims another end of the stream.
pub fn fins(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    output.pcap(RAW, plan.rate)?;
    let mut dialogue = Dialogue::new(client(plan.ipv6, 0), server(plan.ipv6, 0), 0);
    dialogue.open(output)?;
    let (from, to) = (dialogue.client, dialogue.server);
    (0..plan.count).try_for_each(|n| {
        let fin = Tcp::new(from.socket, to.socket, flags::FIN | flags::ACK);
        output.tcp(&fin.numbers(from.next.wrapping_add(mix32(n) & 0x7fff), to.next))
    })
}

/// Each acknowledges what was never sent.
pub fn violating_connections(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    output.pcap(RAW, plan.rate)?;
    (0..plan.count).try_for_each(|n| {
        let mut dialogue = Dialogue::new(client(plan.ipv6, n), server(plan.ipv6, 0), n);
        dialogue.open(output)?;
        let mut ack = dialogue.segment(true, flags::ACK, &[]);
        ack.ack = ack.ack.wrapping_add(100_000);
        output.tcp(&ack)
    })
}

/// Both ends leave out the ACK bit, on data.
pub fn violations(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    output.pcap(RAW, plan.rate)?;
    let mut dialogue = Dialogue::new(client(plan.ipv6, 0), server(plan.ipv6, 0), 0);
    dialogue.open(output)?;
    (0..plan.count).try_for_each(|n| output.tcp(&dialogue.segment(n % 2 == 0, flags::PSH, b"x")))
}
