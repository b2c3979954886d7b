//! Segments in tunnels.

use std::io;
use std::net::IpAddr;

use etherparse::{EtherType, Ethernet2Header, IpNumber, UdpHeader};

use crate::generator::dialogue::Dialogue;
use crate::generator::output::RAW;
use crate::generator::packet::{Packet, SYN_OPTIONS, Tcp, client, flags, host, mix32, server};
use crate::generator::{Output, Plan};

fn ends() -> (IpAddr, IpAddr) {
    (host(false, 1), host(false, 2))
}

/// A connection outside of all tunnels: no TCP at all would be another error.
fn begin(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    output.pcap(RAW, plan.rate)?;
    Dialogue::new(client(false, 0), server(false, 1), 0).open(output)
}

fn syn(n: u64) -> Tcp<'static> {
    Tcp::new(client(false, 0), server(false, 0), flags::SYN)
        .numbers(mix32(n), 0)
        .options(SYN_OPTIONS)
}

/// RFC 7348.
pub fn vxlan(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    begin(plan, output)?;
    let (from, to) = ends();
    for n in 0..plan.count {
        let vni = u32::try_from(n & 0xff_ffff).unwrap_or(0) << 8;
        let mut inner = vec![8, 0, 0, 0];
        inner.extend(vni.to_be_bytes());
        let ethernet = Ethernet2Header {
            source: [2, 0, 0, 0, 0, 1],
            destination: [2, 0, 0, 0, 0, 2],
            ether_type: EtherType::IPV4,
        };
        inner.extend(ethernet.to_bytes());
        syn(n).append_to(&mut inner)?;
        let header = UdpHeader::without_ipv4_checksum(40_000, 4789, inner.len());
        let mut payload = header.map_err(io::Error::other)?.to_bytes().to_vec();
        payload.extend(inner);
        output.packet(&Packet::new(from, to, IpNumber::UDP, &payload))?;
    }
    Ok(())
}

/// RFC 2890, with a key.
pub fn gre(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    begin(plan, output)?;
    let (from, to) = ends();
    for n in 0..plan.count {
        let mut payload = vec![0x20, 0, 8, 0];
        payload.extend(u32::try_from(n & 0xffff_ffff).unwrap_or(0).to_be_bytes());
        syn(n).append_to(&mut payload)?;
        output.packet(&Packet::new(from, to, IpNumber::GRE, &payload))?;
    }
    Ok(())
}

/// RFC 2003, one packet in the next.
pub fn nested(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    begin(plan, output)?;
    let (from, to) = ends();
    for n in 0..plan.count {
        let mut inner = syn(n).to_packet()?;
        for _ in 0..n % 60 {
            let mut outer = Vec::with_capacity(inner.len() + 20);
            Packet::new(from, to, IpNumber::IPV4, &inner).append_to(&mut outer)?;
            inner = outer;
        }
        output.packet(&Packet::new(from, to, IpNumber::IPV4, &inner))?;
    }
    Ok(())
}
