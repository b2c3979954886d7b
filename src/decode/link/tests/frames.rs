//! One frame of each kind around the same packet.

use crate::decode::builder::ethernet;

/// A frame of some kind.
pub(in crate::decode) struct Kind {
    /// For messages.
    pub(in crate::decode) name: &'static str,
    /// Link type.
    pub(in crate::decode) link_type: u16,
    /// Its octets.
    pub(in crate::decode) octets: Vec<u8>,
}

/// What the frames are made of.
struct Frames<'a> {
    all: Vec<Kind>,
    packet: &'a [u8],
    is_v4: bool,
    /// The number of IP in the registries of EtherTypes and PPP.
    ether_type: &'a [u8],
    ppp: &'a [u8],
    /// SNAP with that EtherType.
    snap: Vec<u8>,
    /// The packet in Ethernet.
    inner: Vec<u8>,
}

/// Frames of all kinds around `packet`, an IP packet.
pub(in crate::decode) fn kinds(packet: &[u8]) -> Vec<Kind> {
    let is_v4 = packet[0] >> 4 == 4;
    let ether_type: &[u8] = if is_v4 { &[0x08, 0x00] } else { &[0x86, 0xdd] };
    let mut frames = Frames {
        all: Vec::new(),
        packet,
        is_v4,
        ether_type,
        ppp: if is_v4 { &[0x00, 0x21] } else { &[0x00, 0x57] },
        snap: [&[0xaa, 0xaa, 3, 0, 0, 0], ether_type].concat(),
        inner: ethernet(ether_type, packet),
    };
    frames.by_ether_type();
    frames.in_llc();
    frames.on_serial_lines();
    frames.on_rings();
    frames.wireless();
    frames.logged();
    frames.more_than_ethernet();
    frames.all
}

/// A length field.
fn length(octets: &[u8]) -> [u8; 2] {
    u16::try_from(octets.len()).unwrap().to_be_bytes()
}

const LABEL: [u8; 4] = [0x00, 0x01, 0x01, 0x40];
const LABELS: [u8; 8] = [0x00, 0x02, 0x00, 0x40, 0x00, 0x01, 0x01, 0x40];
/// A PPPoE header without its length.
const SESSION: [u8; 4] = [0x11, 0, 0x12, 0x34];

impl Frames<'_> {
    fn add(&mut self, name: &'static str, link_type: u16, parts: &[&[u8]]) {
        self.all.push(Kind {
            name,
            link_type,
            octets: parts.concat(),
        });
    }

    /// Ethernet whose type field begins `parts`.
    fn on_ethernet(&mut self, name: &'static str, parts: &[&[u8]]) {
        self.add(name, 1, &[&ethernet(&parts.concat(), &[])]);
    }

    /// IEEE 802.3 with this in front of the packet.
    fn llc(&mut self, name: &'static str, header: &[u8]) {
        let octets = [header, self.packet].concat();
        self.on_ethernet(name, &[&length(&octets), &octets]);
    }

    /// One of two numbers.
    fn pick(&self, v4: u8, v6: u8) -> [u8; 1] {
        if self.is_v4 { [v4] } else { [v6] }
    }

    /// Behind EtherTypes.
    fn by_ether_type(&mut self) {
        let (packet, ether_type) = (self.packet, self.ether_type);
        let ppp = self.ppp;
        let inner = self.inner.clone();
        let snap = self.snap.clone();
        self.on_ethernet("mpls", &[&[0x88, 0x47], &LABELS, packet]);
        self.on_ethernet("mpls multicast", &[&[0x88, 0x48], &LABEL, packet]);
        self.on_ethernet(
            "pseudowire with control word",
            &[&[0x88, 0x47], &LABEL, &[0, 0, 0, 9], &inner],
        );
        self.on_ethernet("pseudowire", &[&[0x88, 0x47], &LABEL, &inner]);
        let in_ppp = [ppp, packet].concat();
        self.on_ethernet(
            "pppoe",
            &[&[0x88, 0x64], &SESSION, &length(&in_ppp), &in_ppp],
        );
        let in_short_ppp = &in_ppp[1..];
        self.on_ethernet(
            "pppoe, short protocol",
            &[&[0x88, 0x64], &SESSION, &length(in_short_ppp), in_short_ppp],
        );
        self.on_ethernet("transparent bridging", &[&[0x65, 0x58], &inner]);
        self.on_ethernet(
            "pbb",
            &[&[0x88, 0xa8, 0, 7, 0x88, 0xe7, 0, 1, 2, 3], &inner],
        );
        let icv = [0x99; 16];
        let packet_number = [0, 0, 0, 1];
        self.on_ethernet(
            "macsec",
            &[
                &[0x88, 0xe5, 0, 0],
                &packet_number,
                ether_type,
                packet,
                &icv,
            ],
        );
        let sci = [2, 0, 0, 0, 0, 1, 0, 1];
        self.on_ethernet(
            "macsec with sci",
            &[
                &[0x88, 0xe5, 0x20, 0],
                &packet_number,
                &sci,
                ether_type,
                packet,
                &icv,
            ],
        );
        self.on_ethernet(
            "trill",
            &[&[0x22, 0xf3, 0, 0x7f, 0, 1, 0, 2, 9, 9, 9, 9], &inner],
        );
        self.on_ethernet("fabricpath", &[&[0x89, 0x03, 0, 0x60], &inner]);
        let nsh = [0x89, 0x4f, 0x0f, 0xc6, 0x01];
        let context = [0; 20];
        self.on_ethernet("nsh", &[&nsh, &self.pick(1, 2), &context, packet]);
        self.on_ethernet("nsh, ethernet", &[&nsh, &[3], &context, &inner]);
        self.on_ethernet("nsh, mpls", &[&nsh, &[5], &context, &LABEL, packet]);
        self.on_ethernet(
            "cisco metadata",
            &[&[0x89, 0x09, 1, 1, 0, 1, 0, 5], ether_type, packet],
        );
        self.on_ethernet(
            "redundancy tag",
            &[&[0x89, 0x2f, 0x00, 0x60, 0, 1], ether_type, packet],
        );
        self.on_ethernet("jumbo llc", &[&[0x88, 0x70], &snap, packet]);
        self.on_ethernet("ppp by ethertype", &[&[0x88, 0x0b], ppp, packet]);
    }

    /// Behind a length.
    fn in_llc(&mut self) {
        let ether_type = self.ether_type;
        let inner = self.inner.clone();
        let snap = self.snap.clone();
        let nlpid = self.pick(0xcc, 0x8e);
        self.llc("snap", &snap);
        self.llc(
            "snap, 802.1h",
            &[&[0xaa, 0xaa, 3, 0, 0, 0xf8], ether_type].concat(),
        );
        self.llc("iso numbers", &[&[0xfe, 0xfe, 3], &nlpid[..]].concat());
        if self.is_v4 {
            self.llc("llc of ip", &[6, 6, 3]);
        }
        let bridged = [&[0xaa, 0xaa, 3, 0, 0x80, 0xc2, 0, 7], &inner[..]].concat();
        self.on_ethernet("snap, bridged", &[&length(&bridged), &bridged]);
        let isl = [0x01, 0, 0x0c, 0, 0, 0, 2, 0, 0, 0, 0, 1];
        let isl_rest = [0xaa, 0xaa, 3, 0, 0, 0x0c, 0, 2, 0, 0, 0, 0];
        self.add("isl", 1, &[&isl, &length(&inner), &isl_rest, &inner]);
    }

    /// Serial lines.
    fn on_serial_lines(&mut self) {
        let (packet, ether_type) = (self.packet, self.ether_type);
        let ppp = self.ppp;
        let inner = self.inner.clone();
        let nlpid = self.pick(0xcc, 0x8e);
        let in_ppp = [ppp, packet].concat();
        for link_type in [9, 50] {
            self.add("ppp", link_type, &[&[0xff, 3], ppp, packet]);
            self.add("ppp, short", link_type, &[&ppp[1..], packet]);
            self.add("ppp as hdlc", link_type, &[&[0x0f, 0], ether_type, packet]);
        }
        self.add("ppp, mpls", 9, &[&[0xff, 3, 2, 0x81], &LABEL, packet]);
        self.add(
            "ppp, bridged",
            9,
            &[&[0, 0x31, 0x40, 1, 0, 0, 0, 1], &inner],
        );
        self.add(
            "ppp, multilink",
            9,
            &[&[0, 0x3d, 0xc0, 0, 0, 1], ppp, packet],
        );
        self.add(
            "ppp over ethernet",
            51,
            &[&SESSION, &length(&in_ppp), &in_ppp],
        );
        self.add("pppd", 166, &[&[0, 3], ppp, packet]);
        self.add("ppp with direction", 204, &[&[1, 0xff, 3], ppp, packet]);
        self.add("cisco hdlc", 104, &[&[0x0f, 0], ether_type, packet]);
        self.add("hdlc, mpls", 104, &[&[0x8f, 0, 0x88, 0x47], &LABEL, packet]);
        self.add(
            "hdlc with direction",
            205,
            &[&[0, 0x0f, 0], ether_type, packet],
        );
        self.add("frame relay", 107, &[&[0x18, 0x41, 3], &nlpid, packet]);
        self.add(
            "frame relay, cisco",
            107,
            &[&[0x18, 0x41], ether_type, packet],
        );
        let q922 = [0x18, 0x40, 0x40, 0x01, 3, 0];
        self.add(
            "frame relay, bridged",
            107,
            &[&q922, &[0x80, 0, 0x80, 0xc2, 0, 7], &inner],
        );
        self.add(
            "frame relay with direction",
            206,
            &[&[0, 0x18, 0x41, 3, 0, 0x80, 0, 0, 0], ether_type, packet],
        );
        self.add("slip", 8, &[&[1; 16], packet]);
        self.add("mpls alone", 219, &[&LABELS, packet]);
    }

    /// Networks that carry LLC.
    fn on_rings(&mut self) {
        let (packet, ether_type) = (self.packet, self.ether_type);
        let inner = self.inner.clone();
        let snap = self.snap.clone();
        self.add("fddi", 10, &[&[0x50], &[2; 12], &snap, packet]);
        self.add("token ring", 6, &[&[0x10, 0x40], &[2; 12], &snap, packet]);
        let routed = [&[0x10, 0x40], &[2; 6][..], &[0x82, 0, 0, 0, 0, 1]].concat();
        self.add(
            "token ring, routed",
            6,
            &[&routed, &[0x04, 0x20, 0, 0x11], &snap, packet],
        );
        for link_type in [100, 106] {
            self.add("atm", link_type, &[&snap, packet]);
        }
        self.add(
            "atm, bridged",
            100,
            &[&[0xaa, 0xaa, 3, 0, 0x80, 0xc2, 0, 7, 0, 0], &inner],
        );
        self.add("atm, nothing else", 106, &[packet]);
        let kind = self.pick(212, 196);
        self.add("arcnet", 7, &[&[1, 2], &kind, &[0, 0, 9], packet]);
        self.add(
            "arcnet, linux",
            129,
            &[&[1, 2, 0, 0], &kind, &[0, 0, 9], packet],
        );
        if self.is_v4 {
            self.add("arcnet, older", 129, &[&[1, 2, 0, 0, 240], packet]);
        }
        self.add("fibre channel", 122, &[&[2; 16], &snap, packet]);
        self.add("firewire", 138, &[&[2; 16], ether_type, packet]);
    }

    /// Wireless LAN.
    fn wireless(&mut self) {
        let packet = self.packet;
        let inner = self.inner.clone();
        let snap = self.snap.clone();
        let data = [&[0x08, 0x02, 0, 0], &[2; 18][..], &[0x10, 0x00]].concat();
        let mut with_quality = [&data[..], &[0, 0]].concat();
        with_quality[0] = 0x88;
        let wireless = [&data, &snap, packet].concat();
        self.add("802.11", 105, &[&wireless]);
        self.add(
            "802.11, quality of service",
            105,
            &[&with_quality, &snap, packet],
        );
        let mut between = [&data[..], &[2; 6], &[0, 0], &[1, 2, 3, 4]].concat();
        between[0] = 0x88;
        between[1] = 0x83;
        self.add(
            "802.11, four addresses, ht",
            105,
            &[&between, &snap, packet],
        );
        let mut decrypted = data.clone();
        decrypted[1] |= 0x40;
        self.add("802.11, decrypted", 105, &[&decrypted, &snap, packet]);
        let mut aggregate = with_quality.clone();
        aggregate[24] = 0x80;
        let subframe = [&snap, packet].concat();
        let arp = [0xaa, 0xaa, 3, 0, 0, 0, 8, 6, 0];
        self.add(
            "802.11, aggregate",
            105,
            &[
                &aggregate,
                &[2; 12],
                &length(&arp),
                &arp,
                &[0],
                &[2; 12],
                &length(&subframe),
                &subframe,
            ],
        );
        let check_sequence = [0x99; 4];
        self.add("radiotap", 127, &[&[0, 0, 8, 0, 0, 0, 0, 0], &wireless]);
        // Another word of bits, a time, flags: padded, with check sequence.
        let tap = [0, 0, 25, 0, 3, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0];
        let time_and_flags = [0, 0, 0, 0, 0, 0, 0, 0, 0x30];
        self.add(
            "radiotap, padded",
            127,
            &[
                &tap,
                &time_and_flags,
                &with_quality,
                &[0, 0],
                &snap,
                packet,
                &check_sequence,
            ],
        );
        self.add("ppi", 192, &[&[0, 0, 8, 0, 105, 0, 0, 0], &wireless]);
        let common = [&[9, 0, 0, 0, 2, 0, 20, 0][..], &[0; 8], &[1], &[0; 11]].concat();
        self.add(
            "ppi with facts",
            192,
            &[
                &[0, 0, 36, 0, 105, 0, 0, 0],
                &common,
                &wireless,
                &check_sequence,
            ],
        );
        self.add("ppi, ethernet", 192, &[&[0, 0, 8, 0, 1, 0, 0, 0], &inner]);
        self.add(
            "prism",
            119,
            &[&[0x44, 0, 0, 0, 144, 0, 0, 0], &[0; 136], &wireless],
        );
        let avs = [0x80, 0x21, 0x10, 0x01, 0, 0, 0, 64];
        for link_type in [119, 163] {
            self.add("avs", link_type, &[&avs, &[0; 56], &wireless]);
        }
    }

    /// What hosts and packet filters log.
    fn logged(&mut self) {
        let (packet, ether_type) = (self.packet, self.ether_type);
        let inner = self.inner.clone();
        let family = self.pick(2, 24);
        self.add("ipsec log", 109, &[&family, &[0, 0, 0], &[0; 8], packet]);
        let pflog = [&[61], &family[..], &[0; 58], &[1, 0, 0, 0]].concat();
        self.add("packet filter log", 117, &[&pflog, packet]);
        let attribute = u16::try_from(packet.len() + 4).unwrap().to_le_bytes();
        let header = [8, 0, 1, 0, ether_type[0], ether_type[1], 3, 0];
        let name = [6, 0, 10, 0, b'x', 0, 0, 0];
        for family in [self.pick(2, 10), [7]] {
            self.add(
                "nflog",
                239,
                &[
                    &family,
                    &[0, 0, 9],
                    &header,
                    &name,
                    &attribute,
                    &[9, 0],
                    packet,
                ],
            );
        }
        let tap = |link_type: u8, direction: u8| {
            let mut header = vec![0; 108];
            header[0] = 108;
            header[4] = 1;
            header[8] = link_type;
            header[36] = direction;
            header
        };
        self.add("pktap, ethernet", 258, &[&tap(1, 1), &inner]);
        self.add(
            "pktap, null",
            258,
            &[&tap(0, 2), &self.pick(2, 30), &[0; 3], packet],
        );
        self.add("pktap, raw", 258, &[&tap(12, 2), packet]);
        self.add("solaris", 226, &[&[1; 24], packet]);
    }

    /// Ethernet with tags of switches, preambles and check sequences.
    fn more_than_ethernet(&mut self) {
        let inner = self.inner.clone();
        let (addresses, frame) = inner.split_at(12);
        for link_type in [281, 284] {
            self.add(
                "tag of a switch",
                link_type,
                &[addresses, &[0x40, 1, 2, 3], frame],
            );
        }
        self.add("tag in front", 282, &[&[0x40, 1, 2, 3], &inner]);
        self.add(
            "tag with a type",
            285,
            &[addresses, &[0xda, 0xda, 0, 0, 0x40, 1, 2, 3], frame],
        );
        let mut crc = flate2::Crc::new();
        crc.update(&inner);
        let check_sequence = crc.sum().to_le_bytes();
        let preamble = [0x55; 7];
        self.add(
            "express",
            274,
            &[&preamble, &[0xd5], &inner, &check_sequence],
        );
        self.add(
            "preemptable",
            274,
            &[&preamble, &[0xe6], &inner, &check_sequence],
        );
        self.add("analyzer", 240, &[&[0; 4], &inner, &check_sequence]);
        self.add(
            "analyzer, transparent",
            241,
            &[&[0; 4], &preamble, &[0xd5], &inner, &check_sequence],
        );
        let llid = [0x55, 0xd5, 0x55, 0x55, 0x80, 0x01, 0x77];
        self.add("epon", 259, &[&llid, &inner]);
        self.add("epon, dense", 259, &[&llid[1..], &inner]);
        self.add("docsis", 143, &[&[0, 0, 0, 60], &inner]);
        self.add(
            "docsis, extended",
            143,
            &[&[1, 7, 0, 60, 0x44, 1, 0x00, 0x12, 0, 0x10, 0], &inner],
        );
    }
}
