//! Scripts as captures: pcapng, so that any time can be written.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use tcpcheck::segment::{Checksum, Direction};

use super::super::script::{PAIRS, Script, Segment, Step, What};
use super::{is_segment, snap};

/// Frames of one capture; a script may be spoken again and again.
const FRAMES: usize = 150;

/// Numbers by which the client's count is moved, and with half of it the server's.
const SHIFTS: [u32; 6] = [
    0,
    0xffff_fffe,
    0x7fff_fff0,
    0x8000_0000,
    0xffff_0000,
    0x1234_5678,
];

/// Where times are counted from, in seconds: far enough back for negative ones.
const OFFSET_S: i64 = -4_611_686_018;
const NS_PER_S: i64 = 1_000_000_000;

/// Client, server; the last octets of their addresses and their ports.
const HOSTS: [(u8, u16, u8, u16); PAIRS] = [
    (1, 40000, 2, 80),
    (1, 40001, 2, 80),
    (3, 40000, 2, 80),
    (1, 40002, 2, 443),
    (2, 50000, 1, 22),
    (4, 1024, 4, 1025),
    (1, 40003, 5, 80),
    (6, 80, 7, 80),
];

/// A frame before it is written.
struct Frame {
    time: i64,
    octets: Vec<u8>,
    original_len: usize,
    direction: u8,
}

/// The script as a capture, and how many frames that has.
pub(super) fn capture(script: &Script) -> (Vec<u8>, u64) {
    let frames = frames(script);
    let big = script.capture & 16 != 0;
    let loopback = script.capture & 32 != 0;
    let mut out = Out {
        octets: Vec::new(),
        big,
    };
    out.block(0x0a0d_0d0a, |out| {
        out.u32(0x1a2b_3c4d);
        out.u16(1);
        out.u16(0);
        out.octets.extend([0xff; 8]);
    });
    out.block(1, |out| {
        out.u16(if loopback { 108 } else { 101 });
        out.u16(0);
        out.u32(0);
        out.u16(9);
        out.u16(1);
        out.octets.extend([9, 0, 0, 0]);
        out.u16(14);
        out.u16(8);
        out.u64(OFFSET_S.cast_unsigned());
    });
    for frame in &frames {
        let units = i128::from(frame.time) - i128::from(OFFSET_S) * i128::from(NS_PER_S);
        let units = u64::try_from(units.max(0)).unwrap();
        let family: &[u8] = match (loopback, frame.octets.first().map(|first| first >> 4)) {
            (false, _) => &[],
            (true, Some(6)) => &[0, 0, 0, 24],
            (true, _) => &[0, 0, 0, 2],
        };
        out.block(6, |out| {
            out.u32(0);
            out.u32((units >> 32) as u32);
            out.u32(units as u32);
            out.u32(u32::try_from(family.len() + frame.octets.len()).unwrap());
            out.u32(u32::try_from(family.len() + frame.original_len).unwrap());
            out.octets.extend(family);
            out.octets.extend(&frame.octets);
            out.octets.resize(out.octets.len().next_multiple_of(4), 0);
            if frame.direction != 0 {
                out.u16(2);
                out.u16(4);
                out.u32(u32::from(frame.direction));
            }
        });
    }
    (out.octets, frames.len() as u64)
}

fn frames(script: &Script) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut time: i64 = match script.capture & 3 {
        0 => 1_767_225_600 * NS_PER_S,
        1 => 0,
        2 => i64::MAX - 10 * NS_PER_S,
        _ => -10 * NS_PER_S,
    };
    let shift = SHIFTS[usize::from(script.shift) % SHIFTS.len()];
    let mut id: u16 = 0;
    for round in 0..=script.again % 32 {
        for (place, step) in script.steps.iter().enumerate() {
            if frames.len() == FRAMES {
                return frames;
            }
            time = time.saturating_add(step.later_ns);
            id = id.wrapping_add(1);
            let ends = Ends::of(step, round, script);
            let octets = match &step.what {
                What::Segment(segment) => {
                    let (octets, len) = packet(segment, &ends, shift, step.back, id);
                    frames.push(Frame {
                        time,
                        octets,
                        original_len: len,
                        direction: segment.how >> 4 & 3,
                    });
                    continue;
                }
                What::Icmp {
                    icmp_type,
                    code,
                    ago,
                    mtu,
                } => {
                    let before = script.steps[..place].iter().rev();
                    let quoted = before
                        .filter(|other| (other.pair, other.back) == (step.pair, step.back))
                        .filter_map(is_segment)
                        .nth(usize::from(*ago));
                    let Some(quoted) = quoted else {
                        continue;
                    };
                    let (quote, _) = packet(quoted, &ends, shift, step.back, id);
                    icmp(
                        &ends,
                        [*icmp_type, *code, *mtu],
                        &quote[..quote.len().min(64)],
                    )
                }
            };
            let original_len = octets.len();
            frames.push(Frame {
                time,
                octets,
                original_len,
                direction: 0,
            });
        }
    }
    frames
}

/// Who sends to whom.
struct Ends {
    source: (IpAddr, u16),
    destination: (IpAddr, u16),
}

impl Ends {
    fn of(step: &Step, round: u8, script: &Script) -> Ends {
        let (client, client_port, server, server_port) = HOSTS[usize::from(step.pair) % PAIRS];
        let v6 = script.capture & 4 != 0 || step.pair == 3;
        // From round to round the client is another, or uses another port.
        let (host, port) = match script.capture & 8 {
            0 => (0, u16::from(round)),
            _ => (round, 0),
        };
        let address = |last: u8, other: u8| match v6 {
            false => IpAddr::V4(Ipv4Addr::new(10, 0, other, last)),
            true => {
                let group = u16::from(other);
                IpAddr::V6(Ipv6Addr::new(
                    0x2001,
                    0xdb8,
                    0,
                    group,
                    0,
                    0,
                    0,
                    u16::from(last),
                ))
            }
        };
        let client = (address(client, host), client_port.wrapping_add(port));
        let server = (address(server, 0), server_port);
        if step.back {
            Ends {
                source: server,
                destination: client,
            }
        } else {
            Ends {
                source: client,
                destination: server,
            }
        }
    }
}

/// An IP packet with the segment, as much of it as was captured, and its length.
fn packet(segment: &Segment, ends: &Ends, shift: u32, back: bool, id: u16) -> (Vec<u8>, usize) {
    let other = shift >> 1;
    let (own, peer) = if back { (other, shift) } else { (shift, other) };
    let mut options = segment.options.clone();
    options.resize(options.len().next_multiple_of(4), 0);
    let mut offset = u8::try_from(5 + options.len() / 4).unwrap();
    if segment.how & 128 != 0 {
        offset = offset.wrapping_add(segment.ttl) & 15;
    }
    let flags = segment.flags | u16::from(offset) << 12;
    let acked = segment.flags & 16 != 0;
    let ack = if acked {
        segment.ack.wrapping_add(peer)
    } else {
        segment.ack
    };
    let mut tcp = Vec::new();
    tcp.extend(ends.source.1.to_be_bytes());
    tcp.extend(ends.destination.1.to_be_bytes());
    tcp.extend(segment.seq.wrapping_add(own).to_be_bytes());
    tcp.extend(ack.to_be_bytes());
    tcp.extend(flags.to_be_bytes());
    tcp.extend(segment.window.to_be_bytes());
    tcp.extend([0, 0]);
    tcp.extend(segment.urgent.to_be_bytes());
    tcp.extend(&options);
    let header = tcp.len();
    // An octet depends on its place, so that what is sent again is the same.
    let place = |at: u32| (segment.seq.wrapping_add(at) ^ u32::from(back) << 3) as u8;
    tcp.extend((0..u32::from(segment.len).min(65_000)).map(place));
    if segment.how & 64 != 0
        && let Some(first) = tcp.get_mut(header)
    {
        *first ^= 1;
    }
    let pseudo = pseudo_header(ends, 6, tcp.len());
    let good = !sum(&tcp, sum(&pseudo, 0));
    let written = match segment.how & 3 {
        0 => good,
        1 => good ^ 0x5555,
        2 => sum(&pseudo, 0),
        _ => 0,
    };
    tcp[16..18].copy_from_slice(&written.to_be_bytes());
    let len = tcp.len();
    tcp.truncate(match segment.how >> 2 & 3 {
        // Long data costs time and tells nothing.
        0 if len <= 2000 => len,
        0 | 1 => header,
        2 => 20,
        _ => 14,
    });
    let id = segment.id.unwrap_or(id);
    let mut octets = ip(ends, 6, len, (segment.ttl, segment.tos, id));
    let whole = octets.len() + len;
    octets.extend(tcp);
    (octets, whole)
}

fn icmp(ends: &Ends, [icmp_type, code, mtu]: [u8; 3], quote: &[u8]) -> Vec<u8> {
    let v6 = ends.source.0.is_ipv6();
    let mut icmp = vec![icmp_type, code, 0, 0, 0, 0];
    icmp.extend((u16::from(mtu) * 16).to_be_bytes());
    icmp.extend(quote);
    let back = Ends {
        source: ends.destination,
        destination: ends.source,
    };
    let protocol = if v6 { 58 } else { 1 };
    let mut octets = ip(&back, protocol, icmp.len(), (60, 0, 1));
    octets.extend(icmp);
    octets
}

/// An IP header before `len` octets. Its own checksum is left to the card.
fn ip(ends: &Ends, protocol: u8, len: usize, (ttl, tos, id): (u8, u8, u16)) -> Vec<u8> {
    let len = u16::try_from(len).unwrap();
    let mut header = Vec::new();
    match (ends.source.0, ends.destination.0) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            header.extend([0x45, tos]);
            header.extend((len + 20).to_be_bytes());
            header.extend(id.to_be_bytes());
            header.extend([0x40, 0, ttl, protocol, 0, 0]);
            header.extend(source.octets());
            header.extend(destination.octets());
        }
        (source, destination) => {
            header.extend([0x60 | tos >> 4, tos << 4, 0, 0]);
            header.extend(len.to_be_bytes());
            header.extend([protocol, ttl]);
            for ip in [source, destination] {
                if let IpAddr::V6(ip) = ip {
                    header.extend(ip.octets());
                }
            }
        }
    }
    header
}

fn pseudo_header(ends: &Ends, protocol: u8, len: usize) -> Vec<u8> {
    let mut octets = Vec::new();
    for ip in [ends.source.0, ends.destination.0] {
        match ip {
            IpAddr::V4(ip) => octets.extend(ip.octets()),
            IpAddr::V6(ip) => octets.extend(ip.octets()),
        }
    }
    octets.extend(u32::try_from(len).unwrap().to_be_bytes());
    octets.extend([0, 0, 0, protocol]);
    octets
}

/// Ones' complement sum (RFC 1071).
fn sum(octets: &[u8], start: u16) -> u16 {
    let mut sum = u64::from(start);
    for pair in octets.chunks(2) {
        let low = pair.get(1).copied().unwrap_or(0);
        sum += u64::from(u16::from_be_bytes([pair[0], low]));
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    u16::try_from(sum).unwrap()
}

/// What a script says of a captured segment. `frame` has its options.
pub(super) fn segment_of(segment: &tcpcheck::segment::Segment<'_>, frame: &[u8]) -> Segment {
    let mut how = match segment.checksum {
        Checksum::Good | Checksum::Unverifiable => 0,
        Checksum::Bad => 1,
        Checksum::Partial => 2,
    };
    how |= snap(segment.captured) << 2;
    how |= match segment.direction {
        Direction::Unknown => 0,
        Direction::Inbound => 1 << 4,
        Direction::Outbound => 2 << 4,
    };
    // The header is found by its sequence numbers.
    let mut numbers = segment.seq.0.to_be_bytes().to_vec();
    numbers.extend(segment.ack.0.to_be_bytes());
    let end = usize::from(segment.data_offset) * 4;
    let options = frame
        .windows(8)
        .position(|eight| eight == numbers)
        .and_then(|at| frame.get(at - 4 + 20..at - 4 + end))
        .unwrap_or_default();
    Segment {
        flags: segment.flags.bits(),
        seq: segment.seq.0,
        ack: segment.ack.0,
        window: segment.window,
        urgent: segment.urgent_pointer,
        len: u16::try_from(segment.payload_len).unwrap_or(u16::MAX),
        options: options.to_vec(),
        ttl: segment.ip.ttl,
        id: segment.ip.id,
        tos: segment.ip.dscp << 2 | segment.ip.ecn,
        how,
    }
}

/// Integers in the byte order of the file.
struct Out {
    octets: Vec<u8>,
    big: bool,
}

impl Out {
    fn u16(&mut self, n: u16) {
        self.octets.extend(if self.big {
            n.to_be_bytes()
        } else {
            n.to_le_bytes()
        });
    }

    fn u32(&mut self, n: u32) {
        self.octets.extend(if self.big {
            n.to_be_bytes()
        } else {
            n.to_le_bytes()
        });
    }

    fn u64(&mut self, n: u64) {
        self.octets.extend(if self.big {
            n.to_be_bytes()
        } else {
            n.to_le_bytes()
        });
    }

    fn block(&mut self, kind: u32, body: impl FnOnce(&mut Out)) {
        let start = self.octets.len();
        self.u32(kind);
        self.u32(0);
        body(self);
        let len = u32::try_from(self.octets.len() - start + 4).unwrap();
        self.u32(len);
        let written = if self.big {
            len.to_be_bytes()
        } else {
            len.to_le_bytes()
        };
        self.octets[start + 4..start + 8].copy_from_slice(&written);
    }
}
