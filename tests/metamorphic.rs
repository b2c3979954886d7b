//! Clean captures, damaged in ways that change nothing about how TCP was
//! spoken: whatever is missing, doubled, out of order, renumbered or in
//! another frame, nobody may be accused with certainty for it.
//!
//! All is drawn from a fixed seed, so that the test is the same every time.
//! `METAMORPHIC_ROUNDS=100` tries so many variants of each capture,
//! `METAMORPHIC_SEED=7` others, `METAMORPHIC_CAPTURES=FOLDER` takes the
//! captures from there, and `METAMORPHIC_KEEP=FOLDER` writes down those that
//! failed.

// Helpers of tests may fail loudly as tests do.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod exchange;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Cursor;
use std::ops::Range;
use std::path::{Path, PathBuf};

use exchange::Exchange;
use tcpcheck::check::Checker;
use tcpcheck::finding::{Certainty, Finding, Severity};
use tcpcheck::settings::Settings;

const TESTDATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata");

/// Captures of real hosts in which something is done on purpose that is a
/// finding (marked with * in their README).
const NOT_CLEAN: [&str; 3] = ["syn-flood", "close-wait-stuck", "port-reuse-time-wait"];

/// Exchanges in which a second connection numbers its octets but a few behind
/// or before the first one, as no host chooses its initial numbers: what was
/// lost between the two cannot be told from an error in counting.
const CLOSE_NUMBERS: [&str; 3] = ["TW003-silent-old-duplicate", "TW004-silent", "TW005-silent"];

/// Variants of each capture, unless the environment says otherwise.
const ROUNDS: u64 = 3;

/// Larger captures are left out: they take long and hold more of the same.
const FRAMES_AT_MOST: usize = 400;

/// Neighbours that change places are no further apart: neither networks nor
/// capturing hosts disorder more.
const SWAPPED_NS: u64 = 100_000_000;

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap()
    }
}

/// FNV-1a: gives every capture a seed of its own.
fn fingerprint(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, octet| {
        (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// A record of a pcap file.
#[derive(Clone)]
struct Frame {
    time: [u8; 8],
    original_len: u32,
    octets: Vec<u8>,
}

/// A little-endian pcap file.
#[derive(Clone)]
struct Capture {
    header: [u8; 24],
    frames: Vec<Frame>,
}

fn u32_le(octets: &[u8]) -> u32 {
    u32::from_le_bytes(octets[..4].try_into().unwrap())
}

fn u32_be(octets: &[u8]) -> u32 {
    u32::from_be_bytes(octets[..4].try_into().unwrap())
}

fn u16_be(octets: &[u8]) -> usize {
    usize::from(octets[0]) << 8 | usize::from(octets[1])
}

impl Capture {
    fn parse(file: &[u8]) -> Option<Capture> {
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

    fn to_file(&self) -> Vec<u8> {
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
    fn gap_ns(&self, at: usize) -> u64 {
        let unit = if self.header[0] == 0xd4 { 1000 } else { 1 };
        let ns = |at: usize| {
            let time = &self.frames[at].time;
            u64::from(u32_le(time)) * 1_000_000_000 + u64::from(u32_le(&time[4..])) * unit
        };
        ns(at).abs_diff(ns(at - 1))
    }

    fn link(&self) -> u32 {
        u32_le(&self.header[20..])
    }

    fn place(&self, frame: &Frame) -> Option<Place> {
        Place::of(self.link(), &frame.octets)
    }
}

/// Where things are in a frame.
struct Place {
    /// Start of the IP header.
    ip: usize,
    /// Addresses.
    source: Range<usize>,
    destination: Range<usize>,
    /// Header and data of TCP.
    tcp: Range<usize>,
    whole: bool,
}

impl Place {
    fn of(link: u32, octets: &[u8]) -> Option<Place> {
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
    fn sockets(&self, octets: &[u8]) -> (Vec<u8>, Vec<u8>) {
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
fn renumber(capture: &mut Capture, sender: &[u8], receiver: &[u8], number: u32) {
    // Only where every frame is understood.
    let places: Option<Vec<Place>> = capture.frames.iter().map(|f| capture.place(f)).collect();
    let Some(places) = places else { return };
    for (frame, place) in capture.frames.iter_mut().zip(places) {
        let (from, to) = place.sockets(&frame.octets);
        let was_right = place.whole && place.sum(&frame.octets) == 0xffff;
        let tcp = &mut frame.octets[place.tcp.clone()];
        if from == sender && to == receiver {
            // A RST that answers a segment without ACK has no number of its own.
            let refusal = tcp[13] & 0x14 == 0x14 && u32_be(&tcp[4..]) == 0;
            if !refusal {
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
fn change_link(capture: &mut Capture) {
    let link = capture.link();
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

/// Changes `capture` in one way; says how.
fn change(capture: &mut Capture, random: &mut Random) -> String {
    let count = capture.frames.len();
    let at = random.below(count);
    match random.below(14) {
        0..4 => {
            let lost: BTreeSet<usize> =
                (0..=random.below(3)).map(|_| random.below(count)).collect();
            for at in lost.iter().rev() {
                capture.frames.remove(*at);
            }
            let numbers: Vec<_> = lost.iter().map(|at| at + 1).collect();
            format!("without {numbers:?}")
        }
        4 => {
            let end = (at + 1 + random.below(8)).min(count);
            capture.frames.drain(at..end);
            format!("without {} to {end}", at + 1)
        }
        5..8 if at > 0 && capture.gap_ns(at) <= SWAPPED_NS => {
            // The clock of the capture goes on as before.
            let (before, behind) = capture.frames.split_at_mut(at);
            let (one, other) = (&mut before[at - 1], &mut behind[0]);
            std::mem::swap(one, other);
            std::mem::swap(&mut one.time, &mut other.time);
            format!("{at} and {} swapped", at + 1)
        }
        8 => {
            capture.frames.drain(..at);
            format!("from {}", at + 1)
        }
        9 => {
            capture.frames.truncate(at + 1);
            format!("up to {}", at + 1)
        }
        10 => {
            let Some(place) = capture.place(&capture.frames[at]) else {
                return "as it is".to_owned();
            };
            let sender = place.sockets(&capture.frames[at].octets).0;
            let link = capture.link();
            capture.frames.retain(|frame| {
                let place = Place::of(link, &frame.octets);
                place.is_none_or(|place| place.sockets(&frame.octets).0 == sender)
            });
            format!("only the sender of {}", at + 1)
        }
        11 => {
            let copy = capture.frames[at].clone();
            capture.frames.insert(at + 1, copy);
            format!("{} twice", at + 1)
        }
        12 => {
            let Some(place) = capture.place(&capture.frames[at]) else {
                return "as it is".to_owned();
            };
            let octets = &capture.frames[at].octets;
            let (sender, receiver) = place.sockets(octets);
            let number = if random.below(2) == 0 {
                u32::try_from(random.next() >> 32).unwrap()
            } else {
                // This segment stands a little before the wrap, or just behind it.
                let seq = u32_be(&octets[place.tcp.start + 4..]);
                let before = u32::try_from(random.below(8)).unwrap();
                2u32.wrapping_sub(before).wrapping_sub(seq)
            };
            renumber(capture, &sender, &receiver, number);
            format!("numbers of the sender of {} moved by {number}", at + 1)
        }
        _ => {
            change_link(capture);
            "another link type".to_owned()
        }
    }
}

fn files_below(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files_below(&path, ending, found);
        } else if path.extension().is_some_and(|other| other == ending) {
            found.push(path);
        }
    }
}

/// The captures to begin with, by name.
fn captures() -> Vec<(String, Vec<u8>)> {
    let mut paths = Vec::new();
    if let Ok(folder) = std::env::var("METAMORPHIC_CAPTURES") {
        files_below(Path::new(&folder), "pcap", &mut paths);
        return paths
            .iter()
            .map(|path| (path.display().to_string(), std::fs::read(path).unwrap()))
            .collect();
    }
    files_below(Path::new(TESTDATA), "exchange", &mut paths);
    let exchanges = paths.iter().filter_map(|path| {
        let name = path.strip_prefix(TESTDATA).unwrap().display().to_string();
        let exchange = Exchange::read(path);
        let is_clean = (name.starts_with("exchanges/") || name.contains("-silent"))
            && !CLOSE_NUMBERS.iter().any(|part| name.contains(part));
        (is_clean && exchange.cli_args().is_empty()).then(|| (name, exchange.to_pcap()))
    });
    let mut captures: Vec<_> = exchanges.collect();
    let mut paths = Vec::new();
    files_below(&Path::new(TESTDATA).join("lab"), "pcap", &mut paths);
    for path in paths {
        let name = path.strip_prefix(TESTDATA).unwrap().display().to_string();
        if !NOT_CLEAN.iter().any(|part| name.contains(part)) {
            captures.push((name, std::fs::read(&path).unwrap()));
        }
    }
    captures
}

/// Findings at error or warning.
fn accusations(file: Vec<u8>) -> Vec<Finding> {
    let mut checker = Checker::new(Settings {
        allow_no_tcp: true,
        ..Settings::default()
    });
    checker.check("-", Box::new(Cursor::new(file)));
    let mut findings = checker.finish().findings;
    findings.retain(|finding| finding.severity >= Severity::Warning);
    findings
}

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().unwrap())
}

#[test]
fn nobody_is_accused_for_what_a_capture_lost() {
    let seed = from_environment("METAMORPHIC_SEED", 0);
    let rounds = from_environment("METAMORPHIC_ROUNDS", ROUNDS);
    let keep = std::env::var("METAMORPHIC_KEEP").ok();
    let (mut tried, mut faults) = (0, String::new());
    for (name, file) in captures() {
        let Some(capture) = Capture::parse(&file) else {
            continue;
        };
        if capture.frames.is_empty() || capture.frames.len() > FRAMES_AT_MOST {
            continue;
        }
        // What is there from the beginning is no fault of the changes.
        let known: BTreeSet<_> = accusations(file).iter().map(|f| f.rule).collect();
        if !known.is_empty() && name.ends_with("exchange") {
            continue;
        }
        for round in 0..rounds {
            let this = fingerprint(&name) ^ (seed << 32) ^ round;
            let mut random = Random(this);
            let mut changed = capture.clone();
            let mut how = Vec::new();
            for _ in 0..=random.below(3) {
                if !changed.frames.is_empty() {
                    how.push(change(&mut changed, &mut random));
                }
            }
            tried += 1;
            for finding in accusations(changed.to_file()) {
                if finding.certainty < Certainty::Definite || known.contains(&finding.rule) {
                    continue;
                }
                let (rule, packet, message) = (finding.rule, finding.packet, &finding.message);
                writeln!(
                    faults,
                    "{name}, {}: {rule} at {packet:?}: {message}",
                    how.join(", ")
                )
                .unwrap();
                if let Some(folder) = &keep {
                    let name = name.replace('/', "_");
                    let path = format!("{folder}/{rule}-{name}-{seed}-{round}.pcap");
                    std::fs::write(path, changed.to_file()).unwrap();
                }
            }
        }
    }
    eprintln!("{tried} variants");
    assert!(
        faults.is_empty(),
        "\nseed {seed}, {rounds} rounds:\n{faults}"
    );
}
