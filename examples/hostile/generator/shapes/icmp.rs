//! ICMP errors.

use std::io;

use etherparse::{Icmpv4Header, Icmpv4Type, IpNumber, icmpv4};

use crate::generator::dialogue::Dialogue;
use crate::generator::output::RAW;
use crate::generator::packet::{Packet, SYN_OPTIONS, Tcp, client, flags, host, server};
use crate::generator::{Output, Plan};

/// An error about `segment`, sent by a router: unreachable with any code, or too long under way.
fn error(segment: Tcp<'_>, code: u64, output: &mut Output<'_>) -> io::Result<()> {
    let quoted = segment.to_packet()?;
    let quoted = quoted.get(..28).unwrap_or(&quoted);
    let kind = match u8::try_from(code % 18).unwrap_or(0) {
        16 => Icmpv4Type::TimeExceeded(icmpv4::TimeExceededCode::TtlExceededInTransit),
        17 => Icmpv4Type::TimeExceeded(icmpv4::TimeExceededCode::FragmentReassemblyTimeExceeded),
        code => Icmpv4Type::DestinationUnreachable(
            icmpv4::DestUnreachableHeader::from_values(code, 1400)
                .unwrap_or(icmpv4::DestUnreachableHeader::Host),
        ),
    };
    let header = Icmpv4Header::with_checksum(kind, quoted);
    let mut payload = Vec::with_capacity(64);
    header.write(&mut payload)?;
    payload.extend_from_slice(quoted);
    let from = host(false, 1);
    output.packet(&Packet::new(
        from,
        segment.from.ip(),
        IpNumber::ICMP,
        &payload,
    ))
}

/// About one open connection, all codes in turn.
pub fn known(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    output.pcap(RAW, plan.rate)?;
    let mut dialogue = Dialogue::new(client(false, 0), server(false, 0), 0);
    dialogue.open(output)?;
    let segment = dialogue.segment(true, flags::ACK, b"12345678");
    output.tcp(&segment)?;
    (0..plan.count).try_for_each(|n| error(segment, n, output))
}

/// About SYNs that were never captured.
pub fn unknown(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    output.pcap(RAW, plan.rate)?;
    // No TCP at all would be another error.
    Dialogue::new(client(false, 0), server(false, 1), 0).open(output)?;
    (0..plan.count).try_for_each(|n| {
        let syn = Tcp::new(client(false, n), server(false, 0), flags::SYN);
        error(syn, n, output)
    })
}

/// Each SYN draws one.
pub fn lone_syns(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    output.pcap(RAW, plan.rate)?;
    (0..plan.count).try_for_each(|n| {
        let syn = Tcp::new(client(false, n), server(false, 0), flags::SYN).options(SYN_OPTIONS);
        output.tcp(&syn)?;
        error(syn, n, output)
    })
}
