//! Generic Routing Encapsulation, and what others put on it.

use super::*;

const GRE: u8 = 47;

/// A header: flags, protocol, and optional fields.
fn gre(flags: u16, protocol: u16, fields: &[u8], payload: &[u8]) -> Vec<u8> {
    let (flags, protocol) = (flags.to_be_bytes(), protocol.to_be_bytes());
    [&flags[..], &protocol, fields, payload].concat()
}

#[test]
fn fields_stand_where_flags_say() {
    const CHECKSUM: [u8; 4] = [0xab, 0xcd, 0, 0];
    const KEY: [u8; 4] = [0, 1, 0, 2];
    const SEQUENCE: [u8; 4] = [0, 0, 0, 3];
    // Address family, offset, length; the last one has none.
    const ROUTES: [u8; 12] = [0, 8, 0, 4, 10, 0, 0, 1, 0, 0, 0, 0];
    let key = Some(0x0001_0002);
    for load in loads() {
        let protocol = u16::from_be_bytes(load.ether_type);
        let cases: [(u16, Vec<u8>, Option<u32>); 7] = [
            (0, vec![], None),
            (0x8000, CHECKSUM.to_vec(), None),
            (0x2000, KEY.to_vec(), key),
            (0x1000, SEQUENCE.to_vec(), None),
            (0xb000, [CHECKSUM, KEY, SEQUENCE].concat(), key),
            (0x4000, [&CHECKSUM[..], &ROUTES].concat(), None),
            (
                0xf800,
                [&CHECKSUM[..], &KEY, &SEQUENCE, &ROUTES].concat(),
                key,
            ),
        ];
        for (flags, fields, id) in cases {
            let octets = gre(flags, protocol, &fields, &load.packet);
            expect(GRE, &octets, &load, TunnelKind::Gre, id);
        }
    }
}

#[test]
fn protocols_that_lead_to_ip() {
    for load in loads() {
        let id = Some(7);
        let key = [0, 0, 0, 7];
        let (kind, tagged) = (TunnelKind::Gre, load.tagged());
        let octets = gre(0x2000, 0x6558, &key, &tagged);
        expect(GRE, &octets, &load, kind, id);
        // Behind a VLAN tag without frame.
        let octets = gre(0x2000, 0x8100, &key, &tagged[14..]);
        expect(GRE, &octets, &load, kind, id);
        // A packet redirected to a web cache, with and without a header.
        for header in [&[][..], &[0, 0, 1, 2], &[0x80, 50, 0, 0], &[0x40, 0, 0, 0]] {
            let octets = gre(0, 0x883e, header, &load.packet);
            expect(GRE, &octets, &load, kind, None);
        }
    }
}

/// Labels differ by direction, so they are no part of what the tunnel is.
#[test]
fn labels() {
    for load in loads() {
        let labels = [0, 6, 0x40, 64, 0, 7, 0x41, 64];
        for protocol in [0x8847, 0x8848] {
            let octets = gre(0, protocol, &labels, &load.packet);
            expect(GRE, &octets, &load, TunnelKind::Gre, None);
        }
        let octets = [&labels[..], &load.packet].concat();
        expect(137, &octets, &load, TunnelKind::MplsInIp, None);
    }
}

/// PPP: with its octets for address and control, and without; a protocol of
/// one octet. The numbers of the calls are no part of what the tunnel is.
#[test]
fn point_to_point() {
    let kind = TunnelKind::Gre;
    for load in loads() {
        let number = if load.v4 { 0x21 } else { 0x57 };
        for start in [&[0xff, 3, 0, number][..], &[0, number], &[number]] {
            let ppp = [start, &load.packet].concat();
            expect(GRE, &gre(0, 0x880b, &[], &ppp), &load, kind, None);
            let [l0, l1] = u16::try_from(ppp.len()).unwrap().to_be_bytes();
            for call in [7, 9] {
                let fields = [l0, l1, 0, call, 0, 0, 0, 1, 0, 0, 0, 2];
                let both = gre(0x3081, 0x880b, &fields, &ppp);
                expect(GRE, &both, &load, kind, None);
                let no_ack = gre(0x3001, 0x880b, &fields[..8], &ppp);
                expect(GRE, &no_ack, &load, kind, None);
                // An acknowledgment alone; no key; more than there is.
                let bare = gre(0x2081, 0x880b, &fields[..8], &[]);
                expect_none(GRE, &bare, Undecoded::NotTcp);
                let no_key = gre(0x1081, 0x880b, &fields, &ppp);
                expect_none(GRE, &no_key, Undecoded::NotTcp);
                let cut = gre(0x3081, 0x880b, &fields, &ppp[1..]);
                expect_none(GRE, &cut, Undecoded::NotTcp);
            }
        }
    }
}

#[test]
fn wireless_frames_of_access_points() {
    const DATA: [u8; 24] = [
        8, 2, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0, 0,
    ];
    for load in loads() {
        let snap = [&[0xaa, 0xaa, 3, 0, 0, 0], &load.ether_type[..]].concat();
        let frame = [&DATA[..], &snap, &load.packet].concat();
        for protocol in [0x8200, 0x8210, 0x8240] {
            let octets = gre(0, protocol, &[], &frame);
            expect(GRE, &octets, &load, TunnelKind::Gre, None);
        }
    }
    expect_none(GRE, &gre(0, 0x8200, &[], &[0x80; 40]), Undecoded::NotIp);
}

#[test]
fn protocols_that_do_not() {
    let [load, _] = loads();
    for (protocol, expected) in [
        // Keepalive, OSI, ARP, NHRP.
        (0, Undecoded::NotTcp),
        (0x00fe, Undecoded::NotTcp),
        (0x0806, Undecoded::NotIp),
        (0x2001, Undecoded::NotIp),
        // Control of access points, a stream of PPP.
        (0x9000, Undecoded::TunnelUnsupported),
        (0x8881, Undecoded::TunnelUnsupported),
    ] {
        expect_none(GRE, &gre(0, protocol, &[], &load.packet), expected);
    }
    // Versions that do not exist.
    expect_none(GRE, &gre(2, 0x0800, &[], &load.packet), Undecoded::NotTcp);
    expect_none(GRE, &gre(1, 0x0800, &[], &load.packet), Undecoded::NotTcp);
    // Less than a header, less than its fields, routes without an end.
    expect_none(GRE, &[0, 0, 8], Undecoded::NotTcp);
    expect_none(GRE, &gre(0x2000, 0x0800, &[], &[1]), Undecoded::NotTcp);
    let routes = [0, 0, 0, 0, 0, 8, 0, 200, 1, 2];
    expect_none(GRE, &gre(0x4000, 0x0800, &routes, &[]), Undecoded::NotTcp);
}

#[test]
fn mirrored_frames() {
    const SEQUENCE: [u8; 4] = [0, 0, 0, 3];
    /// Version 1, VLAN 5; class 7, session 0x123; port.
    const TYPE_2: [u8; 8] = [0x10, 5, 0xe1, 0x23, 0, 0, 0, 9];
    /// Version 2, the same; time; group; the rest.
    const TYPE_3: [u8; 12] = [0x20, 5, 0xe1, 0x23, 1, 2, 3, 4, 0, 0, 0x80, 0];
    let (kind, id) = (TunnelKind::Erspan, Some(0x123));
    for load in loads() {
        let frame = load.tagged();
        let type_1 = gre(0, 0x88be, &[], &frame);
        expect(GRE, &type_1, &load, kind, None);
        let type_2 = gre(0x1000, 0x88be, &SEQUENCE, &[&TYPE_2[..], &frame].concat());
        expect(GRE, &type_2, &load, kind, id);
        let type_3 = |header: &[u8], payload: &[u8]| {
            gre(0x1000, 0x22eb, &SEQUENCE, &[header, payload].concat())
        };
        expect(GRE, &type_3(&TYPE_3, &frame), &load, kind, id);
        // Octets of the platform, and a packet without frame.
        let mut header = TYPE_3.to_vec();
        header[11] = 1;
        header.extend([0xaa; 8]);
        expect(GRE, &type_3(&header, &frame), &load, kind, id);
        header[10] = 2 << 2;
        expect(GRE, &type_3(&header, &load.packet), &load, kind, id);
        header[10] = 1 << 2;
        expect_none(GRE, &type_3(&header, &frame), Undecoded::TunnelUnsupported);
        header[0] = 0x10;
        expect_none(GRE, &type_3(&header, &frame), Undecoded::TunnelUnsupported);
        let other = gre(0x1000, 0x88be, &SEQUENCE, &[&TYPE_3[..], &frame].concat());
        expect_none(GRE, &other, Undecoded::TunnelUnsupported);
    }
}
