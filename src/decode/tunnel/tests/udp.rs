//! Tunnels over UDP.

use super::*;

const UDP: u8 = 17;

/// Expects the segment of `load` behind `header` and `payload` at `port`.
fn expect_at(
    port: u16,
    header: &[u8],
    payload: &[u8],
    load: &Load,
    kind: TunnelKind,
    id: Option<u32>,
) {
    let octets = [header, payload].concat();
    expect(UDP, &udp_to(port, &octets), load, kind, id);
}

/// Expects that at `port` these octets are just UDP.
fn expect_udp(port: u16, header: &[u8], payload: &[u8]) {
    let octets = [header, payload].concat();
    expect_none(UDP, &udp_to(port, &octets), Undecoded::NotTcp);
}

#[test]
fn vxlan() {
    let (kind, id) = (TunnelKind::Vxlan, Some(0x0001_0203));
    let plain = [8, 0, 0, 0, 1, 2, 3, 0];
    for load in loads() {
        let frame = load.tagged();
        for port in [4789, 8472] {
            expect_at(port, &plain, &frame, &load, kind, id);
            // With a group policy.
            let policy = [0x88, 0x48, 9, 9, 1, 2, 3, 0];
            expect_at(port, &policy, &frame, &load, kind, id);
            // Reserved bits that are set, before what is a frame beyond doubt.
            let odd = [0x0c, 0, 0, 1, 1, 2, 3, 4];
            expect_at(port, &odd, &frame, &load, kind, id);
            expect_udp(port, &[0, 0, 0, 0, 1, 2, 3, 0], &frame);
            expect_udp(port, &odd, &frame[1..]);
            expect_udp(port, &plain[..7], &[]);
        }
        expect_udp(4788, &plain, &frame);
    }
}

#[test]
fn vxlan_for_any_protocol() {
    let (kind, id) = (TunnelKind::Vxlan, Some(0x0001_0203));
    let header = |flags, next| [flags, 0, 0, next, 1, 2, 3, 0];
    for load in loads() {
        let number = if load.v4 { 1 } else { 2 };
        expect_at(4790, &header(0x0c, number), &load.packet, &load, kind, id);
        expect_at(4790, &header(0x0e, 3), &load.frame(), &load, kind, id);
        // Without either number, a version, an instruction to the receiver, unknown.
        for (flags, next) in [(0x08, 3), (0x04, 3), (0x1c, 3), (0x0d, 3), (0x0c, 9)] {
            expect_udp(4790, &header(flags, next), &load.frame());
        }
    }
}

#[test]
fn geneve() {
    let (kind, id) = (TunnelKind::Geneve, Some(0x0001_0203));
    for load in loads() {
        let frame = load.frame();
        let header = |options, flags| [options, flags, 0x65, 0x58, 1, 2, 3, 0];
        expect_at(6081, &header(0, 0), &frame, &load, kind, id);
        let [t0, t1] = load.ether_type;
        let ip = [0, 0, t0, t1, 1, 2, 3, 0];
        expect_at(6081, &ip, &load.packet, &load, kind, id);
        // Two options, the second with four octets of data; critical.
        let options = [1, 2, 3, 0, 1, 2, 0x83, 1, 9, 9, 9, 9];
        let behind_options = [&options[..], &frame].concat();
        expect_at(6081, &header(3, 0x40), &behind_options, &load, kind, id);
        // The last option reaches beyond.
        expect_udp(6081, &header(2, 0x40), &behind_options);
        // Another version, a control packet, reserved bits.
        expect_udp(6081, &header(0x40, 0), &frame);
        expect_udp(6081, &header(0, 0x80), &frame);
        expect_udp(6081, &header(0, 1), &frame);
        expect_udp(6081, &[0, 0, 0x65, 0x58, 1, 2, 3, 4], &frame);
        expect_udp(6081, &[0, 0, 0, 8, 1, 2, 3, 0], &frame);
        expect_udp(6081, &header(63, 0), &[]);
    }
}

/// A header of the user plane, its length filled in.
fn gtp(flags: u8, message: u8, optional: &[u8], payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(optional.len() + payload.len()).unwrap();
    let [l0, l1] = length.to_be_bytes();
    let header = [flags, message, l0, l1, 0, 0, 0, 99];
    [&header[..], optional, payload].concat()
}

#[test]
fn gtp_u() {
    let kind = TunnelKind::GtpU;
    for load in loads() {
        let packet = &load.packet;
        let extensions = [
            // Sequence number, N-PDU, then two headers of one and two units.
            &[0, 0, 0, 0x85][..],
            &[1, 0x10, 9, 0xc0],
            &[2, 0, 1, 2, 3, 4, 5, 0],
        ]
        .concat();
        for octets in [
            gtp(0x30, 255, &[], packet),
            gtp(0x32, 255, &[0, 1, 0, 0], packet),
            // Not an extension, as the flag for it is not set.
            gtp(0x33, 255, &[0, 1, 9, 0x85], packet),
            gtp(0x34, 255, &extensions, packet),
            gtp(0x30, 255, &[], &load.tagged()),
        ] {
            expect_at(2152, &octets, &[], &load, kind, None);
            let from = ipv4(UDP, &[], &udp(2152, 2153, &octets));
            expect_chain(&from, load.v4, &[between(kind, None, true)]);
        }
        // Another version, charging, a reserved bit, another message.
        for (flags, message) in [(0x50, 255), (0x20, 255), (0x38, 255), (0x30, 1), (0x30, 26)] {
            expect_udp(2152, &gtp(flags, message, &[], packet), &[]);
        }
        // Lengths that do not agree; a header without length; one too long.
        expect_udp(2152, &gtp(0x30, 255, &[], packet), &[0]);
        expect_udp(2152, &gtp(0x34, 255, &[0, 0, 0, 0x85, 0], packet), &[]);
        expect_udp(2152, &gtp(0x34, 255, &[0, 0, 0, 0x85, 200], packet), &[]);
        // Neither a packet nor a frame.
        expect_udp(2152, &gtp(0x30, 255, &[], &[0x45; 60]), &[]);
        expect_udp(2152, &gtp(0x30, 255, &[], &packet[..packet.len() - 1]), &[]);
    }
}

#[test]
fn gre_in_udp() {
    for load in loads() {
        let [t0, t1] = load.ether_type;
        let (kind, key) = (TunnelKind::Gre, [0x20, 0, t0, t1, 0, 0, 0, 5]);
        expect_at(4754, &key, &load.packet, &load, kind, Some(5));
        expect_udp(4754, &[0x40, 0, t0, t1], &load.packet);
        expect_udp(4754, &[0, 0x10, t0, t1], &load.packet);
    }
}

#[test]
fn labels_in_udp() {
    for load in loads() {
        let labels = [0, 6, 0x40, 64, 0, 7, 0x41, 64];
        let kind = TunnelKind::MplsInIp;
        expect_at(6635, &labels, &load.packet, &load, kind, None);
    }
}

#[test]
fn l2tp_with_ppp() {
    for load in loads() {
        let number = if load.v4 { 0x21 } else { 0x57 };
        let ppp = [&[0xff, 3, 0, number][..], &load.packet].concat();
        let kind = TunnelKind::L2tp;
        let [l0, l1] = u16::try_from(ppp.len() + 16).unwrap().to_be_bytes();
        for header in [
            &[0, 2, 0, 1, 0, 9][..],
            &[1, 2, 0, 1, 0, 9],
            &[8, 2, 0, 1, 0, 9, 0, 1, 0, 2],
            // An offset, and octets of that number.
            &[2, 2, 0, 1, 0, 9, 0, 3, 0xaa, 0xaa, 0xaa],
            // All of them.
            &[0x4a, 2, l0, l1, 0, 1, 0, 9, 0, 1, 0, 2, 0, 2, 0xaa, 0xaa],
        ] {
            expect_at(1701, header, &ppp, &load, kind, None);
            let octets = [header, &ppp].concat();
            let from = ipv4(UDP, &[], &udp(1701, 60_000, &octets));
            expect_chain(&from, load.v4, &[between(kind, None, true)]);
        }
        // More than there is, less than its own header.
        expect_udp(1701, &[0x40, 2, 9, 9, 0, 1, 0, 9], &ppp);
        expect_udp(1701, &[0x40, 2, 0, 3, 0, 1, 0, 9], &ppp);
        expect_udp(1701, &[2, 2, 0, 1, 0, 9, 9, 9], &ppp);
    }
}

#[test]
fn l2tp_over_udp() {
    for load in loads() {
        let header = [0, 3, 0, 0, 0, 0, 0, 9];
        let (kind, frame) = (TunnelKind::L2tp, load.frame());
        expect_at(1701, &header, &frame, &load, kind, None);
        let with_cookie = [&header[..], &[7; 8]].concat();
        expect_at(1701, &with_cookie, &frame, &load, kind, None);
        // Control, reserved bits, other versions, the session of control.
        expect_udp(1701, &[0xc8, 3, 0, 0, 0, 0, 0, 9], &frame);
        expect_udp(1701, &[0, 3, 0, 1, 0, 0, 0, 9], &frame);
        expect_udp(1701, &[0x10, 2, 0, 0, 0, 0, 0, 9], &frame);
        expect_udp(1701, &[0, 1, 0, 0, 0, 0, 0, 9], &frame);
        expect_udp(1701, &[0, 3, 0, 0, 0, 0, 0, 0], &frame);
    }
}

#[test]
fn mirrors_of_routers() {
    for load in loads() {
        let (kind, frame) = (TunnelKind::Tzsp, load.frame());
        for tags in [&[1][..], &[0, 0, 10, 1, 0x80, 1], &[41, 0, 1]] {
            let header = [&[1, 0, 0, 1][..], tags].concat();
            expect_at(37008, &header, &frame, &load, kind, None);
        }
        let wireless = [&[1, 0, 0, 18, 1][..], &frame].concat();
        let reason = Undecoded::TunnelUnsupported;
        expect_none(UDP, &udp_to(37008, &wireless), reason);
        expect_udp(37008, &[2, 0, 0, 1, 1], &frame);
        expect_udp(37008, &[1, 4, 0, 1, 1], &frame);
        expect_udp(37008, &[1, 0, 0, 1, 10, 250], &frame);
        expect_udp(37008, &[1, 0, 0, 1, 0], &[]);
    }
}

#[test]
fn frames_of_access_points() {
    for load in loads() {
        let (kind, frame) = (TunnelKind::Capwap, load.frame());
        // Two units; identifier of the radio, binding 1.
        let header = |kind: u8, flags: u8| [0, 2 << 3, 0x42 | kind, flags, 0, 0, 0, 0];
        expect_at(5247, &header(0, 0), &frame, &load, kind, None);
        let from = ipv4(
            UDP,
            &[],
            &udp(5247, 9999, &[&header(0, 0)[..], &frame].concat()),
        );
        expect_chain(&from, load.v4, &[between(kind, None, true)]);
        // With the address of the radio, padded.
        let longer = [0, 4 << 3, 0x42, 0x10, 0, 0, 0, 0, 6, 1, 2, 3, 4, 5, 6, 0];
        expect_at(5247, &longer, &frame, &load, kind, None);
        for header in [header(1, 0), header(0, 0x80), [1, 2 << 3, 0, 0, 0, 0, 0, 0]] {
            let octets = udp_to(5247, &[&header[..], &frame].concat());
            expect_none(UDP, &octets, Undecoded::TunnelUnsupported);
        }
        // Keepalive, reserved bits, no room for the header, a version.
        expect_udp(5247, &header(0, 8), &frame);
        expect_udp(5247, &header(0, 1), &frame);
        expect_udp(5247, &[0, 8, 0, 0, 0, 0, 0, 0], &frame);
        expect_udp(5247, &[0x10, 2 << 3, 0, 0, 0, 0, 0, 0], &frame);
    }
}

#[test]
fn teredo_is_known_by_its_addresses() {
    let [_, load] = loads();
    let endless = [Tunnel::endless(TunnelKind::Teredo)];
    let authentication = [&[0, 1, 2, 3][..], &[7; 2 + 3 + 8 + 1]].concat();
    let origin = [0, 0, 0x12, 0x34, 1, 2, 3, 4];
    let both = [&authentication[..], &origin].concat();
    for place in [8, 24] {
        let mut packet = load.packet.clone();
        packet[place..place + 4].copy_from_slice(&[0x20, 1, 0, 0]);
        for before in [&[][..], &authentication, &origin, &both] {
            let octets = udp(3544, 51_000, &[before, &packet].concat());
            let octets = ipv4(UDP, &[], &octets);
            let mut decoder = Decoder::default();
            let segment = decoded_by(&mut decoder, RAW, &octets).unwrap();
            assert_eq!(segment.payload, b"data");
            let tunnel = segment.tunnel;
            assert_eq!(decoder.tunnels().chain(tunnel), endless);
            put_up_with_prefixes(&octets);
        }
        // Octets too many, a version too old.
        expect_udp(3544, &packet, &[0]);
        packet[0] = 0x50;
        expect_udp(3544, &packet, &[]);
    }
    // IPv6 it is, but not that of a client.
    expect_udp(3544, &load.packet, &[]);
}

#[test]
fn the_length_of_udp_counts() {
    let [load, _] = loads();
    let header = [8, 0, 0, 0, 1, 2, 3, 0];
    let good = udp_to(4789, &[&header[..], &load.frame()].concat());
    let with_length = |length: usize| {
        let mut octets = good.clone();
        octets[4..6].copy_from_slice(&u16::try_from(length).unwrap().to_be_bytes());
        octets.extend([0xee; 7]);
        octets
    };
    for length in [0, good.len()] {
        let octets = with_length(length);
        expect(UDP, &octets, &load, TunnelKind::Vxlan, Some(0x0001_0203));
    }
    for length in [1, 7, good.len() + 8] {
        expect_none(UDP, &with_length(length), Undecoded::NotTcp);
    }
    expect_none(UDP, &good[..7], Undecoded::NotTcp);
    // Eight octets of the header and none of the tunnel.
    expect_none(UDP, &with_length(8), Undecoded::NotTcp);
    // What the capture cut away may have been a tunnel.
    let packet = ipv4(UDP, &[], &good);
    let mut cut = crate::decode::builder::frame(RAW, &packet[..27]);
    cut.original_len = u32::try_from(packet.len()).unwrap();
    let decoded = Decoder::default().decode(&cut, Timestamp(0)).map(|_| ());
    assert_eq!(decoded, Err(Undecoded::FrameTooShort));
}
