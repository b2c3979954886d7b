//! What holds of frames of every kind, and where kinds differ.

use super::frames::{Kind, kinds};
use super::{expect_segment, packets};
use crate::decode::builder::{decoded, decoded_by, ethernet, frame, ipv4, segment_in, tcp4};
use crate::decode::{Decoder, Undecoded};
use crate::limits::{LINK_LAYERS, TUNNEL_DEPTH};
use crate::segment::{Captured, Direction};
use crate::tunnel::{Tunnel, TunnelKind};

fn kind(name: &str) -> Kind {
    let [v4, _] = packets();
    let found = kinds(&v4).into_iter().find(|kind| kind.name == name);
    found.unwrap_or_else(|| panic!("{name}"))
}

/// The frame called `name`, with one octet changed.
fn changed(name: &str, place: usize, octet: u8) -> Result<(), Undecoded> {
    let mut kind = kind(name);
    kind.octets[place] = octet;
    decoded(kind.link_type, &kind.octets).map(|_| ())
}

#[test]
fn every_kind_leads_to_the_segment() {
    for packet in packets() {
        for kind in kinds(&packet) {
            let segment = decoded(kind.link_type, &kind.octets);
            assert!(segment.is_ok(), "{}: {segment:?}", kind.name);
            expect_segment(kind.link_type, &kind.octets);
        }
    }
}

#[test]
fn every_kind_may_be_cut() {
    for packet in packets() {
        for kind in kinds(&packet) {
            let full = u32::try_from(kind.octets.len()).unwrap();
            for len in 0..kind.octets.len() {
                let mut cut = frame(kind.link_type, &kind.octets[..len]);
                cut.original_len = full;
                let Ok(segment) = segment_in(&cut) else {
                    continue;
                };
                // Padding or a check sequence may be all that is missing.
                assert_eq!(segment.payload_len, 3, "{} {len}", kind.name);
                assert!(b"abc".starts_with(segment.payload), "{}", kind.name);
                let whole = segment.payload.len() == 3;
                assert_eq!(segment.captured == Captured::Whole, whole, "{}", kind.name);
            }
        }
    }
}

/// The link layer's length counts where the one of IP is 0.
#[test]
fn what_follows_the_packet_is_no_part_of_it() {
    let mut packet = ipv4(6, &[], &tcp4(&[], b"abc"));
    packet[2..4].fill(0);
    let mut without_length = 0;
    for mut kind in kinds(&packet) {
        let segment = decoded(kind.link_type, &kind.octets);
        assert_eq!(segment.unwrap().payload_len, 3, "{}", kind.name);
        if ["pppoe", "snap", "llc of ip"].contains(&kind.name) {
            kind.octets.extend([0; 9]);
            let segment = decoded(kind.link_type, &kind.octets);
            assert_eq!(segment.unwrap().payload_len, 3, "{}", kind.name);
            without_length += 1;
        }
    }
    assert_eq!(without_length, 3);
}

#[test]
fn tunnels_below_ip_have_a_name() {
    let cases = [
        ("pppoe", TunnelKind::PppoE, 0x1234),
        ("ppp over ethernet", TunnelKind::PppoE, 0x1234),
        ("pbb", TunnelKind::Pbb, 0x1_0203),
    ];
    for (name, tunnel, id) in cases {
        let kind = kind(name);
        let mut decoder = Decoder::default();
        let segment = decoded_by(&mut decoder, kind.link_type, &kind.octets).unwrap();
        let number = segment.tunnel;
        let expected = Tunnel {
            kind: tunnel,
            id: Some(id),
            ends: None,
        };
        assert_eq!(decoder.tunnels().chain(number), [expected], "{name}");
    }
    for name in ["mpls", "macsec", "ppp", "transparent bridging"] {
        let kind = kind(name);
        assert_eq!(decoded(kind.link_type, &kind.octets).unwrap().tunnel, 0);
    }
}

#[test]
fn nested_headers_end_somewhere() {
    let [v4, _] = packets();
    let nested =
        |count: usize, tag: &[u8]| ethernet(&[&tag.repeat(count)[..], &[8, 0]].concat(), &v4);
    let vlan = [0x81, 0, 0, 1];
    // Ethernet itself and IP are layers too.
    expect_segment(1, &nested(LINK_LAYERS - 3, &vlan));
    for (tag, tags) in [
        (&vlan[..], LINK_LAYERS),
        (&vlan, 16_000),
        (&[0x88, 0x70], 30_000),
    ] {
        let result = decoded(1, &nested(tags, tag)).map(|_| ());
        let expected = if tag.len() == 4 {
            Undecoded::TunnelTooDeep
        } else {
            Undecoded::NotIp
        };
        assert_eq!(result, Err(expected));
    }
    // Labels end with the frame.
    let labels = [0x88, 0x47].iter().chain(&[0; 60_000]).copied();
    let labels: Vec<u8> = labels.collect();
    assert_eq!(
        decoded(1, &ethernet(&labels, &[])),
        Err(Undecoded::FrameTooShort)
    );
    let mut frame = ethernet(&[8, 0], &v4);
    for _ in 0..=TUNNEL_DEPTH {
        frame = ethernet(&[0x88, 0xe7, 0, 0, 0, 1], &frame);
    }
    assert_eq!(decoded(1, &frame), Err(Undecoded::TunnelTooDeep));
}

#[test]
fn headers_say_the_direction() {
    let cases = [
        ("pppd", 0, [0, 1, 1]),
        ("ppp with direction", 0, [0, 1, 0xff]),
        ("hdlc with direction", 0, [0, 1, 2]),
        ("frame relay with direction", 0, [0, 1, 2]),
        ("slip", 0, [0, 1, 1]),
        ("nflog", 10, [1, 3, 4]),
        ("packet filter log", 60, [1, 2, 2]),
        ("pktap, ethernet", 36, [1, 2, 2]),
    ];
    for (name, place, octets) in cases {
        for (octet, expected) in
            octets
                .into_iter()
                .zip([Direction::Inbound, Direction::Outbound, Direction::Outbound])
        {
            let mut kind = kind(name);
            kind.octets[place] = octet;
            let segment = decoded(kind.link_type, &kind.octets).unwrap();
            assert_eq!(segment.direction, expected, "{name}");
        }
    }
    // Forwarded, or in no direction: the file's word stands.
    for (name, place, octet) in [
        ("nflog", 10, 2),
        ("packet filter log", 60, 0),
        ("pktap, ethernet", 36, 0),
    ] {
        let mut kind = kind(name);
        kind.octets[place] = octet;
        let mut told = frame(kind.link_type, &kind.octets);
        told.direction = Direction::Outbound;
        assert_eq!(segment_in(&told).unwrap().direction, Direction::Outbound);
    }
}

#[test]
fn what_is_encrypted_or_damaged_is_told() {
    use Undecoded::{FrameDamaged, IpFragment, LinkEncrypted};
    let cases = [
        // MACsec: encrypted, changed, both.
        ("macsec", 14, 0x08, LinkEncrypted),
        ("macsec", 14, 0x04, LinkEncrypted),
        ("macsec", 14, 0x0c, LinkEncrypted),
        ("epon", 3, 0x57, LinkEncrypted),
        ("docsis, extended", 6, 0x80, LinkEncrypted),
        ("radiotap, padded", 24, 0x70, FrameDamaged),
        ("ppi with facts", 24, 0x05, FrameDamaged),
        // Fragments of frames.
        ("802.11", 1, 0x06, IpFragment),
        ("802.11", 22, 0x11, IpFragment),
        ("ppp, multilink", 2, 0x80, IpFragment),
        ("ppp, multilink", 2, 0x40, IpFragment),
        ("preemptable", 20, 0x00, IpFragment),
        ("arcnet", 3, 0x01, IpFragment),
    ];
    for (name, place, octet, expected) in cases {
        assert_eq!(changed(name, place, octet), Err(expected), "{name} {place}");
    }
    // Protected, and it does not begin as an IP packet does.
    let mut protected = kind("802.11, decrypted");
    protected.octets[26] = 0;
    let result = decoded(protected.link_type, &protected.octets);
    assert_eq!(result, Err(LinkEncrypted));
    for number in [0x53, 0x55] {
        assert_eq!(changed("ppp, short", 0, number), Err(LinkEncrypted));
    }
    // A piece of a frame that was interrupted.
    for delimiter in [0x61, 0x52, 0x9e, 0x2a] {
        let mut octets = kind("express").octets;
        octets[6] = delimiter;
        octets[7] = 0xe6;
        assert_eq!(decoded(274, &octets), Err(IpFragment));
    }
}

#[test]
fn other_protocols_are_no_ip() {
    let cases = [
        ("pppoe", 14, 0x12),
        ("pppoe", 15, 0x09),
        ("pppoe", 20, 0xc0),
        ("macsec", 14, 0x80),
        ("trill", 14, 0x40),
        ("nsh", 14, 0x4f),
        ("nsh", 15, 0xc1),
        ("nsh", 17, 0x07),
        ("snap", 16, 0x13),
        ("snap", 18, 0x01),
        ("snap", 20, 0x01),
        ("llc of ip", 14, 0x04),
        ("iso numbers", 17, 0x81),
        ("snap, bridged", 21, 0x0e),
        ("ppp", 3, 0x23),
        ("ppp, bridged", 3, 0x02),
        ("cisco hdlc", 2, 0x01),
        ("frame relay", 3, 0x81),
        ("fddi", 0, 0xc1),
        ("token ring", 1, 0x00),
        ("802.11", 0, 0x80),
        ("802.11", 0, 0x48),
        ("802.11", 0, 0x0a),
        ("radiotap", 0, 1),
        ("ppi", 0, 1),
        ("nflog", 1, 1),
        ("ipsec log", 0, 7),
        ("packet filter log", 1, 7),
        ("pktap, ethernet", 4, 0),
        ("epon", 1, 0),
        ("docsis", 0, 0xc2),
        ("express", 7, 0x07),
        ("analyzer, transparent", 11, 0x55),
        ("ppp, bridged", 2, 0x50),
        ("arcnet, older", 4, 241),
    ];
    for (name, place, octet) in cases {
        let result = changed(name, place, octet);
        assert_eq!(result, Err(Undecoded::NotIp), "{name} {place}");
    }
    // Compressed headers, unknown pseudowires, link types in headers.
    for number in [0x2d, 0x2f, 0x03, 0x61, 0xfd] {
        let result = changed("ppp, short", 0, number);
        assert_eq!(result, Err(Undecoded::TunnelUnsupported));
    }
    for name in ["pktap, ethernet", "ppi, ethernet"] {
        let place = if name.starts_with("ppi") { 4 } else { 8 };
        let result = changed(name, place, 178);
        assert_eq!(result, Err(Undecoded::LinkTypeUnsupported));
    }
}

#[test]
fn some_link_types_are_only_counted() {
    let [v4, _] = packets();
    for link_type in [147, 165, 178, 242, 252] {
        let result = decoded(link_type, &v4);
        assert_eq!(result, Err(Undecoded::LinkTypeUnsupported));
    }
}

#[test]
fn labels_are_followed_by_ip_or_ethernet() {
    let [v4, v6] = packets();
    let behind_label = |octets: &[u8]| {
        let octets = [&[0, 1, 1, 64], octets].concat();
        decoded(219, &octets).map(|segment| segment.payload_len)
    };
    let inner = ethernet(&[8, 0], &v4);
    // Addresses that begin like IP, like a control word, like neither.
    for first in [0x00, 0x02, 0x44, 0x46, 0x4e, 0x60, 0x6e, 0x9a] {
        let mut inner = inner.clone();
        inner[0] = first;
        assert_eq!(behind_label(&inner), Ok(3), "{first:02x}");
        let mut tagged = ethernet(&[0x81, 0, 0, 1, 0x86, 0xdd], &v6);
        tagged[0] = first;
        assert_eq!(behind_label(&tagged), Ok(3), "{first:02x}");
        let with_control_word = [&[0, 0, 0xff, first], &inner[..]].concat();
        assert_eq!(behind_label(&with_control_word), Ok(3), "{first:02x}");
    }
    let arp = ethernet(&[8, 6, 0, 1, 8, 0, 6, 4], &[0; 20]);
    assert_eq!(behind_label(&arp), Err(Undecoded::NotIp));
    // The network's own channel; another kind of pseudowire.
    assert_eq!(behind_label(&[0x10; 40]), Err(Undecoded::NotIp));
    for other in [0x00, 0x55] {
        let result = behind_label(&[other; 40]);
        assert_eq!(result, Err(Undecoded::TunnelUnsupported));
    }
    assert_eq!(behind_label(&[]), Err(Undecoded::FrameTooShort));
    // A packet longer than its frame is IP nevertheless.
    let mut long = v6.clone();
    long[4] = 0x10;
    assert!(behind_label(&long).is_ok());
}

#[test]
fn wireless_captures_in_cooked_ones() {
    let wireless = kind("802.11").octets;
    let tap = kind("radiotap").octets;
    let relay = kind("frame relay").octets;
    let prism = kind("prism").octets;
    let cases = [(801, wireless), (802, prism), (803, tap), (770, relay)];
    for (hardware, octets) in cases {
        for (link_type, octets) in super::cooked(0, hardware, &[0, 3], &octets) {
            expect_segment(link_type, &octets);
        }
    }
}
