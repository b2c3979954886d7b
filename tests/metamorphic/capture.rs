//! A capture file as frames that can be dropped, swapped, renumbered, put into
//! another link type: whatever they hold, also where it is no TCP.

use std::net::IpAddr;
use std::ops::Range;

/// A record of a pcap file.
#[derive(Clone)]
pub struct Frame {
    pub time: [u8; 8],
    pub original_len: u32,
    pub octets: Vec<u8>,
}

/// A little-endian pcap file.
#[derive(Clone)]
pub struct Capture {
    pub header: [u8; 24],
    pub frames: Vec<Frame>,
}

fn u32_le(octets: &[u8]) -> u32 {
    u32::from_le_bytes(octets[..4].try_into().unwrap())
}

pub fn u32_be(octets: &[u8]) -> u32 {
    u32::from_be_bytes(octets[..4].try_into().unwrap())
}

fn u16_be(octets: &[u8]) -> usize {
    usize::from(octets[0]) << 8 | usize::from(octets[1])
}

impl Capture {
    pub fn parse(file: &[u8]) -> Option<Capture> {
        let magic = u32_le(file.get(..4)?);
        if ![0xa1b2_c3d4, 0xa1b2_3c4d].contains(&magic) {
            return None;
        }
        let mut frames = Vec::new();
        let mut rest = file.get(24..)?;
        while let Some((record, behind)) = rest.split_at_checked(16) {
            let (octets, behind) = behind.split_at_checked(u32_le(&record[8..]) as usize)?;
            frames.push(Frame {
                time: record[..8].try_into().unwrap(),
                original_len: u32_le(&record[12..]),
                octets: octets.to_vec(),
            });
            rest = behind;
        }
        let header = file[..24].try_into().unwrap();
        Some(Capture { header, frames })
    }

    pub fn to_file(&self) -> Vec<u8> {
        let mut file = self.header.to_vec();
        for frame in &self.frames {
            file.extend(frame.time);
            file.extend(u32::try_from(frame.octets.len()).unwrap().to_le_bytes());
            file.extend(frame.original_len.to_le_bytes());
            file.extend(&frame.octets);
        }
        file
    }

    /// Time between the frames `at - 1` and `at`.
    pub fn gap_ns(&self, at: usize) -> u64 {
        self.time_ns(at).abs_diff(self.time_ns(at - 1))
    }

    pub fn time_ns(&self, at: usize) -> u64 {
        let unit = if self.header[0] == 0xd4 { 1000 } else { 1 };
        let time = &self.frames[at].time;
        u64::from(u32_le(time)) * 1_000_000_000 + u64::from(u32_le(&time[4..])) * unit
    }

    /// The same with nanoseconds.
    pub fn in_nanoseconds(&self) -> Capture {
        let mut capture = self.clone();
        capture.header[..4].copy_from_slice(&0xa1b2_3c4d_u32.to_le_bytes());
        for (at, frame) in capture.frames.iter_mut().enumerate() {
            let fraction = u32::try_from(self.time_ns(at) % 1_000_000_000).unwrap();
            frame.time[4..].copy_from_slice(&fraction.to_le_bytes());
        }
        capture
    }

    pub fn link(&self) -> u32 {
        u32_le(&self.header[20..])
    }

    pub fn place(&self, frame: &Frame) -> Option<Place> {
        Place::of(self.link(), &frame.octets)
    }
}

/// Where things are in a frame.
pub struct Place {
    /// Start of the IP header.
    ip: usize,
    /// Addresses.
    source: Range<usize>,
    destination: Range<usize>,
    /// Header and data of TCP.
    pub tcp: Range<usize>,
    whole: bool,
}

impl Place {
    pub fn of(link: u32, octets: &[u8]) -> Option<Place> {
        let ip = match link {
            0 | 108 => 4,
            1 if octets.get(12..14)? == [0x81, 0] => 18,
            1 => 14,
            101 => 0,
            113 => 16,
            276 => 20,
            _ => return None,
        };
        let datagram = octets.get(ip..)?;
        let (addresses, header, len) = match datagram.first()? >> 4 {
            4 if datagram.get(9)? == &6 => {
                let header = usize::from(datagram[0] & 15) * 4;
                (12, header, u16_be(&datagram[2..]))
            }
            6 if datagram.get(6)? == &6 => (8, 40, 40 + u16_be(&datagram[4..])),
            _ => return None,
        };
        let width = if addresses == 12 { 4 } else { 16 };
        let tcp = ip + header..(ip + len).min(octets.len());
        let source = ip + addresses..ip + addresses + width;
        let destination = source.end..source.end + width;
        octets.get(tcp.clone()).filter(|tcp| tcp.len() >= 20)?;
        let whole = tcp.end == ip + len;
        Some(Place {
            ip,
            source,
            destination,
            tcp,
            whole,
        })
    }

    /// The sockets, sender first.
    pub fn sockets(&self, octets: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let ports = &octets[self.tcp.start..self.tcp.start + 4];
        (
            [&octets[self.source.clone()], &ports[..2]].concat(),
            [&octets[self.destination.clone()], &ports[2..]].concat(),
        )
    }

    /// The sum over pseudo-header, header and data: 0xffff where it is right.
    fn sum(&self, octets: &[u8]) -> u64 {
        let tcp = &octets[self.tcp.clone()];
        let addresses = &octets[self.source.start..self.destination.end];
        let mut sum = 6 + tcp.len() as u64;
        for part in [addresses, tcp] {
            for pair in part.chunks(2) {
                sum += u64::from(pair[0]) << 8 | u64::from(*pair.get(1).unwrap_or(&0));
            }
        }
        while sum > 0xffff {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        sum
    }
}

/// Adds to the number in four octets.
fn add(octets: &mut [u8], number: u32) {
    let sum = u32_be(octets).wrapping_add(number);
    octets[..4].copy_from_slice(&sum.to_be_bytes());
}

/// Adds `number` to all numbers of the octets that `sender` sends to
/// `receiver`, wherever they stand.
pub fn renumber(capture: &mut Capture, sender: &[u8], receiver: &[u8], number: u32) {
    // Only where every frame is understood.
    let places: Option<Vec<Place>> = capture.frames.iter().map(|f| capture.place(f)).collect();
    let Some(places) = places else { return };
    // A RST that answers a segment without ACK has no number of its own; nor
    // has whoever sends nothing else.
    let of_sender = |(frame, place): (&Frame, &Place)| {
        let ours = place.sockets(&frame.octets) == (sender.to_vec(), receiver.to_vec());
        ours && frame.octets[place.tcp.start + 13] & 4 == 0
    };
    let only_refuses = !capture.frames.iter().zip(&places).any(of_sender);
    for (frame, place) in capture.frames.iter_mut().zip(places) {
        let (from, to) = place.sockets(&frame.octets);
        let was_right = place.whole && place.sum(&frame.octets) == 0xffff;
        let tcp = &mut frame.octets[place.tcp.clone()];
        if from == sender && to == receiver {
            let refusal = tcp[13] & 0x14 == 0x14 && u32_be(&tcp[4..]) == 0;
            if !(refusal && only_refuses) {
                add(&mut tcp[4..], number);
            }
        } else if from == receiver && to == sender {
            if tcp[13] & 0x10 != 0 {
                add(&mut tcp[8..], number);
            }
            renumber_sack(tcp, number);
        } else {
            continue;
        }
        if was_right {
            let tcp = &mut frame.octets[place.tcp.clone()];
            tcp[16..18].fill(0);
            let sum = !u16::try_from(place.sum(&frame.octets)).unwrap();
            let field = place.tcp.start + 16;
            frame.octets[field..field + 2].copy_from_slice(&sum.to_be_bytes());
        }
    }
}

fn renumber_sack(tcp: &mut [u8], number: u32) {
    let end = (usize::from(tcp[12] >> 4) * 4).min(tcp.len());
    let mut at = 20;
    while at < end {
        match (tcp[at], tcp.get(at + 1).map(|len| usize::from(*len))) {
            (0, _) => return,
            (1, _) => at += 1,
            (kind, Some(len)) if len >= 2 && at + len <= end => {
                if kind == 5 {
                    for edge in (at + 2..at + len).step_by(4) {
                        if edge + 4 <= at + len {
                            add(&mut tcp[edge..], number);
                        }
                    }
                }
                at += len;
            }
            _ => return,
        }
    }
}

/// The same datagrams without link header or, where they have none, in Ethernet.
pub fn change_link(capture: &mut Capture) {
    let link = capture.link();
    // A cooked header tells which way a frame went: where the capture was taken.
    if [113, 276].contains(&link) {
        return;
    }
    let is_raw = link == 101;
    let places: Option<Vec<Place>> = capture.frames.iter().map(|f| capture.place(f)).collect();
    // Only where every frame is understood.
    let Some(places) = places else { return };
    capture.header[20..].copy_from_slice(&u32::to_le_bytes(if is_raw { 1 } else { 101 }));
    for (frame, place) in capture.frames.iter_mut().zip(places) {
        if is_raw {
            let ether_type = if frame.octets[0] >> 4 == 6 {
                [0x86, 0xdd]
            } else {
                [8, 0]
            };
            let mac = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
            let header = [&mac[..], &ether_type].concat();
            frame.octets.splice(..0, header);
            frame.original_len += 14;
        } else {
            frame.octets.drain(..place.ip);
            frame.original_len -= u32::try_from(place.ip).unwrap();
        }
    }
}

/// Gives every host another address of the same family and kind, and sets the
/// checksums right that were right before.
pub fn anonymise(capture: &mut Capture, key: u8) {
    let places: Option<Vec<Place>> = capture.frames.iter().map(|f| capture.place(f)).collect();
    let Some(places) = places else { return };
    for (frame, place) in capture.frames.iter_mut().zip(places) {
        let was_right = place.whole && place.sum(&frame.octets) == 0xffff;
        for range in [place.source.clone(), place.destination.clone()] {
            let address = &mut frame.octets[range];
            if is_ordinary(address) {
                // Hosts of one network stay in one.
                let network = if address.len() == 4 { 1 } else { 4 };
                address[network] ^= key;
            }
        }
        let ip = &mut frame.octets[place.ip..];
        if ip[0] >> 4 == 4 {
            ip[10..12].fill(0);
            let header = usize::from(ip[0] & 15) * 4;
            let mut sum: u32 = ip[..header].chunks(2).map(|pair| u16_be(pair) as u32).sum();
            while sum > 0xffff {
                sum = (sum & 0xffff) + (sum >> 16);
            }
            let sum = !u16::try_from(sum).unwrap();
            ip[10..12].copy_from_slice(&sum.to_be_bytes());
        }
        if was_right {
            let field = place.tcp.start + 16;
            frame.octets[field..field + 2].fill(0);
            let sum = !u16::try_from(place.sum(&frame.octets)).unwrap();
            frame.octets[field..field + 2].copy_from_slice(&sum.to_be_bytes());
        }
    }
}

/// Not one that means something by itself.
fn is_ordinary(address: &[u8]) -> bool {
    match <[u8; 4]>::try_from(address) {
        Ok(v4) => {
            let ip = IpAddr::from(v4);
            !(ip.is_loopback() || ip.is_multicast() || ip.is_unspecified() || v4 == [255; 4])
        }
        Err(_) => <[u8; 16]>::try_from(address).is_ok_and(|v6| {
            let ip = IpAddr::from(v6);
            !(ip.is_loopback() || ip.is_multicast() || ip.is_unspecified())
        }),
    }
}
