//! Tunnels that are protocols of IP, GRE aside.

use super::*;

#[test]
fn ip_in_ip() {
    for load in loads() {
        let number = if load.v4 { 4 } else { 41 };
        expect(number, &load.packet, &load, TunnelKind::IpInIp, None);
    }
}

#[test]
fn ends_of_6to4_say_nothing() {
    let [_, load] = loads();
    let endless = Tunnel::endless(TunnelKind::IpInIp);
    let prefix = |end: std::net::Ipv4Addr| [&[0x20, 0x02][..], &end.octets()].concat();
    for (place, end) in [(8, V4.0), (24, V4.1)] {
        let mut packet = load.packet.clone();
        packet[place..place + 6].copy_from_slice(&prefix(end));
        let packet = ipv4(41, &[], &packet);
        let mut decoder = Decoder::default();
        let tunnel = decoded_by(&mut decoder, RAW, &packet).unwrap().tunnel;
        assert_eq!(decoder.tunnels().chain(tunnel), [endless]);
    }
    // The prefix of somebody else.
    let mut packet = load.packet.clone();
    packet[8..14].copy_from_slice(&prefix(V4.1));
    let packet = ipv4(41, &[], &packet);
    let mut decoder = Decoder::default();
    let tunnel = decoded_by(&mut decoder, RAW, &packet).unwrap().tunnel;
    let expected = between(TunnelKind::IpInIp, None, true);
    assert_eq!(decoder.tunnels().chain(tunnel), [expected]);
}

#[test]
fn ethernet_in_ip() {
    for load in loads() {
        for frame in [load.frame(), load.tagged()] {
            let octets = [&[0x30, 0][..], &frame].concat();
            expect(97, &octets, &load, TunnelKind::EtherIp, None);
            let octets = [&[0x40, 0][..], &frame].concat();
            expect_none(97, &octets, Undecoded::TunnelUnsupported);
        }
    }
    expect_none(97, &[0x30], Undecoded::NotTcp);
}

#[test]
fn l2tp_without_udp() {
    for load in loads() {
        // Without cookie; with one of 4 or 8 octets; with a sublayer too.
        for before in [0, 4, 8, 12] {
            let octets = [&[0, 0, 0, 9][..], &vec![0xaa; before], &load.frame()].concat();
            expect(115, &octets, &load, TunnelKind::L2tp, None);
        }
        // A wrong checksum of IPv4, a length beyond the frame: who knows.
        let mut octets = [&[0, 0, 0, 9][..], &load.tagged()].concat();
        octets[4 + 18 + 5] ^= 0x80;
        if load.v4 {
            expect_none(115, &octets, Undecoded::TunnelUnsupported);
        }
        octets[4 + 18 + 4] ^= 0x80;
        expect_none(115, &octets, Undecoded::TunnelUnsupported);
    }
    expect_none(115, &[0; 60], Undecoded::NotTcp);
}
