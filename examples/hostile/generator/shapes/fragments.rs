//! Fragments of IP.

use std::io;

use etherparse::IpNumber;

use crate::generator::dialogue::Dialogue;
use crate::generator::output::RAW;
use crate::generator::packet::{Packet, Tcp, client, flags, host, mix, server};
use crate::generator::{Output, Plan};

/// A connection that is none of the fragments' business: no TCP at all would be another error.
fn begin(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    output.pcap(RAW, plan.rate)?;
    Dialogue::new(client(plan.ipv6, 0), server(plan.ipv6, 1), 0).open(output)
}

fn fragment<'a>(
    plan: &Plan,
    datagram: u64,
    offset: u64,
    more: bool,
    payload: &'a [u8],
) -> Packet<'a> {
    let (from, to) = (
        host(plan.ipv6, 1 + (datagram >> 16)),
        server(plan.ipv6, 0).ip(),
    );
    Packet {
        id: u16::try_from(datagram & 0xffff).unwrap_or(0),
        fragment: Some((u16::try_from(offset & 0x1fff).unwrap_or(0), more)),
        ..Packet::new(from, to, IpNumber::TCP, payload)
    }
}

/// The first 1024 octets of a segment.
pub fn first(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    begin(plan, output)?;
    let segment = Tcp::new(client(plan.ipv6, 0), server(plan.ipv6, 0), flags::ACK);
    let octets = segment.data(&[b'x'; 1004]).octets()?;
    (0..plan.count).try_for_each(|n| output.packet(&fragment(plan, n, 0, true, &octets)))
}

/// Eight octets each.
pub fn tiny(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    const EACH: u64 = 200;
    begin(plan, output)?;
    (0..plan.count).try_for_each(|n| {
        let (datagram, at) = (n / EACH, n % EACH);
        output.packet(&fragment(
            plan,
            datagram,
            at,
            at + 1 < EACH,
            &mix(n).to_be_bytes(),
        ))
    })
}

/// 64 octets each, 32 octets on from the one before, 100 a datagram, and never the last.
pub fn overlapping(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    const EACH: u64 = 100;
    begin(plan, output)?;
    (0..plan.count).try_for_each(|n| {
        let (datagram, at) = (n / EACH, n % EACH);
        let octets = mix(n).to_be_bytes().repeat(8);
        output.packet(&fragment(plan, datagram, 4 * at, true, &octets))
    })
}

/// Every second unit of eight octets of one datagram, in random order, again and again.
pub fn pieces(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    begin(plan, output)?;
    (0..plan.count).try_for_each(|n| {
        let offset = 2 * (mix(n) % 4000);
        output.packet(&fragment(plan, 0, offset, true, &mix(offset).to_be_bytes()))
    })
}
