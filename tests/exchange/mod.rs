//! TCP exchanges written as text and compiled into captures, for tests.
//!
//! ```text
//! # three-way handshake, one request
//! options: link=ethernet ip=4 client=10.0.0.1:40000 server=10.0.0.2:80 rtt=20ms
//! each: ts
//! 0.000  A > B  SYN      seq=0 win=64240 mss=1460 sackok wscale=7
//! +10ms  B > A  SYN,ACK  seq=0 ack=1 mss=1460 sackok wscale=7
//! +10ms  A > B  ACK      seq=1 ack=1
//! +0     A > B  PSH,ACK  seq=1 ack=1 len=100
//! expect: none
//! ```
//!
//! The format is described in `testdata/README.md`. In short: a line is
//! `[TIME] FROM > TO FLAGS WORD...`; sequence numbers count from the sender's
//! ISN, acknowledgment numbers from the receiver's, unless written `@N`.
//!
//! ```ignore
//! mod exchange;
//! use exchange::{Exchange, Link};
//!
//! let close = Exchange::read("testdata/exchanges/normal-close.exchange");
//! let file: Vec<u8> = close.with_ip(6).with_isn(u32::MAX, u32::MAX - 3).to_pcap();
//! ```

// Every integration test compiles this for itself and uses a part of it; it is
// test code, which may fail loudly.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

mod expect;
mod file;
pub mod table;
mod text;
pub mod wire;

#[allow(unused_imports, reason = "for the tests that want them")]
pub use expect::{
    Expectations, ExpectedConnection, ExpectedFinding, ExpectedPacket, ExpectedWithheld,
};
pub use file::write_capture;

use text::{Data, Fields, Item, Line, Number, Parsed, TcpOption, What, When};

/// What is wrong with a text, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseError {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub message: String,
}

impl ParseError {
    fn new(line: usize, column: usize, message: impl Into<String>) -> ParseError {
        ParseError {
            line,
            column,
            message: message.into(),
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {}, column {}: {}",
            self.line, self.column, self.message
        )
    }
}

impl std::error::Error for ParseError {}

/// Link type of the capture.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Link {
    /// LINKTYPE_ETHERNET.
    #[default]
    Ethernet,
    /// LINKTYPE_RAW: the datagram alone.
    Raw,
    /// LINKTYPE_NULL: BSD loopback, family in the byte order of the file.
    Null,
    /// LINKTYPE_LOOP: OpenBSD loopback, family in network byte order.
    Loop,
    /// LINKTYPE_LINUX_SLL: what `any` gave for long.
    Sll,
    /// LINKTYPE_LINUX_SLL2: what `any` gives today.
    Sll2,
}

impl Link {
    /// All of them.
    pub const ALL: [Link; 6] = [
        Link::Ethernet,
        Link::Raw,
        Link::Null,
        Link::Loop,
        Link::Sll,
        Link::Sll2,
    ];

    fn named(name: &str) -> Option<Link> {
        Some(match name {
            "ethernet" => Link::Ethernet,
            "raw" => Link::Raw,
            "null" => Link::Null,
            "loop" => Link::Loop,
            "sll" => Link::Sll,
            "sll2" => Link::Sll2,
            _ => return None,
        })
    }

    /// Number in the file header.
    pub fn number(self) -> u32 {
        match self {
            Link::Ethernet => 1,
            Link::Raw => 101,
            Link::Null => 0,
            Link::Loop => 108,
            Link::Sll => 113,
            Link::Sll2 => 276,
        }
    }
}

/// Which way a frame went through the capturing host.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// Received.
    In,
    /// Sent.
    Out,
}

/// Classic pcap or pcapng.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum FileKind {
    /// Classic pcap.
    #[default]
    Pcap,
    /// pcapng with one section and one interface.
    PcapNg,
}

/// How the capture file is written; the default is pcap, little-endian, with
/// microseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FileFormat {
    /// Classic pcap or pcapng.
    pub kind: FileKind,
    /// Nanoseconds in place of microseconds.
    pub nanoseconds: bool,
    /// Big-endian in place of little-endian.
    pub big_endian: bool,
    /// Frames are cut to so many octets.
    pub snap_length: Option<u32>,
}

/// Settings of an exchange as `options:` lines give them.
#[derive(Clone, Debug)]
pub struct Settings {
    link: Link,
    /// 4 or 6; as the addresses are written where not set.
    ip: Option<u8>,
    rtt_ns: i64,
    start_ns: i64,
    monitor: Option<usize>,
    vlan: Vec<u16>,
    trailer: usize,
    file: FileFormat,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            link: Link::Ethernet,
            ip: None,
            rtt_ns: 20_000_000,
            start_ns: 1_767_225_600_000_000_000, // 2026-01-01T00:00:00Z
            monitor: None,
            vlan: Vec::new(),
            trailer: 0,
            file: FileFormat::default(),
        }
    }
}

/// One captured frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    /// Frame number in the file, from 1, as Wireshark counts.
    pub number: usize,
    /// Nanoseconds since 1970.
    pub time_ns: i64,
    /// Octets captured, link header included.
    pub bytes: Vec<u8>,
    /// Octets on the wire.
    pub original_len: u32,
    /// Octets of link header (with VLAN tags) in front of the datagram.
    pub link_len: usize,
    /// Which way it went, where the exchange says so.
    pub direction: Option<Direction>,
    /// Name of the sending host.
    pub from: String,
    /// Name of the receiving host.
    pub to: String,
    /// Address and port of the sender.
    pub source: SocketAddr,
    /// Address and port of the receiver.
    pub destination: SocketAddr,
    /// Line of the text.
    pub line: usize,
    /// `@name` of the line.
    pub label: Option<String>,
}

#[derive(Clone, Debug)]
enum Edit {
    Without(usize),
    Only(String, String),
}

/// A parsed exchange, with the ways in which it is to be compiled.
#[derive(Clone, Debug)]
pub struct Exchange {
    parsed: Parsed,
    isn: Option<(u32, u32)>,
    edits: Vec<Edit>,
}

impl Exchange {
    /// Parses a text. What cannot be compiled is an error here already.
    pub fn parse(text: &str) -> Result<Exchange, ParseError> {
        let (parsed, unresolved) = text::parse(text)?;
        let mut exchange = Exchange {
            parsed,
            isn: None,
            edits: Vec::new(),
        };
        let frames = exchange.compile()?;
        for name in unresolved {
            let Some(frame) = frames.iter().find(|f| f.label.as_ref() == Some(&name.name)) else {
                let message = format!("no captured line is marked `@{}`", name.name);
                return Err(ParseError::new(name.line, name.column, message));
            };
            exchange.parsed.expectations.findings[name.finding].packet =
                ExpectedPacket::Number(frame.number);
        }
        for finding in &exchange.parsed.expectations.findings {
            if let ExpectedPacket::Number(number) = finding.packet
                && !(1..=frames.len()).contains(&number)
            {
                let message = format!("there is no packet {number}, {} are captured", frames.len());
                return Err(ParseError::new(finding.line, 1, message));
            }
        }
        Ok(exchange)
    }

    /// Reads and parses a file; panics with its name where that fails.
    #[track_caller]
    pub fn read(path: impl AsRef<Path>) -> Exchange {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Exchange::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The ISNs of client (A) and server (B) in place of those in the text.
    /// Every other relative number of the client's or server's side moves by
    /// as much, so that all distances stay; numbers written `@N` do not.
    #[must_use]
    pub fn with_isn(mut self, client: u32, server: u32) -> Exchange {
        self.isn = Some((client, server));
        self
    }

    /// IP version 4 or 6 in place of that in the text. Addresses are mapped:
    /// a.b.c.d is 2001:db8::a.b.c.d.
    #[must_use]
    pub fn with_ip(mut self, version: u8) -> Exchange {
        assert!(matches!(version, 4 | 6), "IP version {version}");
        self.parsed.settings.ip = Some(version);
        self
    }

    /// Link type in place of that in the text.
    #[must_use]
    pub fn with_link(mut self, link: Link) -> Exchange {
        self.parsed.settings.link = link;
        self
    }

    /// File format in place of that in the text.
    #[must_use]
    pub fn with_file(mut self, format: FileFormat) -> Exchange {
        self.parsed.settings.file = format;
        self
    }

    /// VLAN tags in place of those in the text.
    #[must_use]
    pub fn with_vlan(mut self, tags: &[u16]) -> Exchange {
        self.parsed.settings.vlan = tags.to_vec();
        self
    }

    /// Nanoseconds since 1970 at which the exchange begins.
    #[must_use]
    pub fn with_start(mut self, ns: i64) -> Exchange {
        self.parsed.settings.start_ns = ns;
        self
    }

    /// Keeps one direction: `"A > B"`.
    #[must_use]
    pub fn only(mut self, direction: &str) -> Exchange {
        let (from, to) = direction
            .split_once('>')
            .expect("a direction is written `A > B`");
        self.edits
            .push(Edit::Only(from.trim().to_owned(), to.trim().to_owned()));
        self
    }

    /// Leaves out one captured frame, counted as the frames are now.
    #[must_use]
    pub fn without(mut self, frame: usize) -> Exchange {
        self.edits.push(Edit::Without(frame));
        self
    }

    /// What the text expects. Packet numbers are those of the text as written.
    pub fn expectations(&self) -> &Expectations {
        &self.parsed.expectations
    }

    /// Arguments of `cli:` lines.
    pub fn cli_args(&self) -> &[String] {
        &self.parsed.cli
    }

    /// Link type that the capture will have.
    pub fn link(&self) -> Link {
        self.parsed.settings.link
    }

    /// The captured frames.
    pub fn frames(&self) -> Vec<Frame> {
        let mut frames = self.compile().unwrap_or_else(|error| panic!("{error}"));
        for edit in &self.edits {
            match edit {
                Edit::Without(number) => frames.retain(|frame| frame.number != *number),
                Edit::Only(from, to) => frames.retain(|f| f.from == *from && f.to == *to),
            }
            for (index, frame) in frames.iter_mut().enumerate() {
                frame.number = index + 1;
            }
        }
        frames
    }

    /// The capture file, in the format that the text or the caller chose
    /// (pcapng included).
    pub fn to_pcap(&self) -> Vec<u8> {
        let settings = &self.parsed.settings;
        write_capture(&self.frames(), settings.link, settings.file)
    }

    fn compile(&self) -> Result<Vec<Frame>, ParseError> {
        let mut compiler = Compiler::new(self);
        compiler.items(&self.parsed.items, 0)?;
        Ok(compiler.frames)
    }
}

/// What has been sent from one socket to another.
#[derive(Clone, Copy, Debug)]
struct Flow {
    isn: u32,
    /// After the highest number sent, where anything was.
    next: Option<u32>,
    /// The same without what was marked `lost`.
    arrived: Option<u32>,
}

struct Compiler<'a> {
    exchange: &'a Exchange,
    frames: Vec<Frame>,
    /// Datagrams of all lines, for ICMP to quote: sender, octets.
    datagrams: Vec<(usize, Vec<u8>)>,
    flows: HashMap<(SocketAddr, SocketAddr), Flow>,
    /// Of every segment with timestamps that was not lost: the number behind
    /// it and its TSval.
    stamps: HashMap<(SocketAddr, SocketAddr), Vec<(u32, u32)>>,
    /// ISNs that `isn` lines set, by hosts.
    isns: HashMap<(usize, usize), u32>,
    ip_ids: HashMap<IpAddr, u16>,
    now_ns: i64,
    last_sender: Option<usize>,
}

/// Default window.
const WINDOW: u16 = 64240;

/// `a.b.c.d` as `2001:db8::a.b.c.d`, multicast as `ff0e::a.b.c.d`, and back;
/// 127.0.0.1 as `::1`.
fn mapped(address: IpAddr, version: u8) -> IpAddr {
    match (address, version) {
        (IpAddr::V4(Ipv4Addr::LOCALHOST), 6) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        (IpAddr::V6(Ipv6Addr::LOCALHOST), 4) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        (IpAddr::V4(v4), 6) => {
            let [a, b, c, d] = v4.octets();
            let low = [u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])];
            let (high, next) = if v4.is_multicast() {
                (0xff0e, 0)
            } else {
                (0x2001, 0xdb8)
            };
            IpAddr::V6(Ipv6Addr::new(high, next, 0, 0, 0, 0, low[0], low[1]))
        }
        (IpAddr::V6(v6), 4) => {
            let o = v6.octets();
            let v4 = Ipv4Addr::new(o[12], o[13], o[14], o[15]);
            let fits =
                v6.segments()[..2] == [0x2001, 0xdb8] || v4.is_multicast() == v6.is_multicast();
            IpAddr::V4(if fits {
                v4
            } else {
                Ipv4Addr::new(10, o[13], o[14], o[15])
            })
        }
        _ => address,
    }
}

fn plus(address: IpAddr, index: usize) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let index = u32::try_from(index).unwrap();
            IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits().wrapping_add(index)))
        }
        IpAddr::V6(v6) => {
            let index = u128::try_from(index).unwrap();
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits().wrapping_add(index)))
        }
    }
}

/// All files below `folder` with this ending, in order of their paths.
pub fn files_below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    let mut found = Vec::new();
    for path in entries {
        if path.is_dir() {
            found.extend(files_below(&path, ending));
        } else if path.extension().is_some_and(|other| other == ending) {
            found.push(path);
        }
    }
    found
}

/// The octet at `offset` of the stream that `host` sends: the same whenever it
/// is sent, another at every offset and in the other direction.
fn stream_octet(host: usize, offset: u32) -> u8 {
    let mut x = u64::from(offset) ^ (u64::try_from(host).unwrap() + 1) << 40;
    x = (x ^ x >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ x >> 32).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^= x >> 31;
    b'a' + u8::try_from(x % 26).unwrap()
}

/// `a` lies ahead of `b` on the ring.
fn ahead(a: u32, b: u32) -> bool {
    a.wrapping_sub(b).cast_signed() > 0
}

fn resolve(number: Number, isn: u32) -> u32 {
    match number {
        Number::Absolute(value) => value,
        Number::Relative(offset) => {
            isn.wrapping_add(u32::try_from(offset.rem_euclid(1 << 32)).unwrap())
        }
    }
}

impl<'a> Compiler<'a> {
    fn new(exchange: &'a Exchange) -> Compiler<'a> {
        Compiler {
            exchange,
            frames: Vec::new(),
            datagrams: Vec::new(),
            flows: HashMap::new(),
            stamps: HashMap::new(),
            isns: HashMap::new(),
            ip_ids: HashMap::new(),
            now_ns: 0,
            last_sender: None,
        }
    }

    fn items(&mut self, items: &[Item], round: usize) -> Result<(), ParseError> {
        for item in items {
            match item {
                Item::Line(line) => self.line(line, round)?,
                Item::Repeat(times, items) => {
                    for round in 0..*times {
                        self.items(items, round)?;
                    }
                }
                Item::Isn {
                    from,
                    to,
                    isn,
                    step,
                } => {
                    let (source, destination) =
                        (self.socket(*from, round), self.socket(*to, round));
                    let new = if *step {
                        self.flow(*from, *to, round).isn.wrapping_add(*isn)
                    } else {
                        isn.wrapping_add(self.shift(*from))
                    };
                    self.isns.insert((*from, *to), new);
                    let flow = self.flows.entry((source, destination)).or_insert(Flow {
                        isn: new,
                        next: None,
                        arrived: None,
                    });
                    (flow.isn, flow.next, flow.arrived) = (new, None, None);
                    self.stamps.remove(&(source, destination));
                }
            }
        }
        Ok(())
    }

    /// By how much the caller moved the numbers of a host's side.
    fn shift(&self, host: usize) -> u32 {
        let hosts = &self.exchange.parsed.hosts;
        match (self.exchange.isn, hosts[host].is_server) {
            (None, _) => 0,
            (Some((client, _)), false) => client.wrapping_sub(hosts[0].isn),
            (Some((_, server)), true) => server.wrapping_sub(hosts[1].isn),
        }
    }

    fn socket(&self, host: usize, round: usize) -> SocketAddr {
        let parsed = &self.exchange.parsed;
        let host = &parsed.hosts[host];
        let version = parsed.settings.ip.unwrap_or_else(|| {
            if parsed.hosts[0].address.is_ipv6() {
                6
            } else {
                4
            }
        });
        let mut address = mapped(host.address, version);
        let mut port = host.port;
        if host.vary_ip {
            address = plus(address, round);
        }
        if host.vary_port {
            port = port.wrapping_add(u16::try_from(round % 65536).unwrap());
        }
        SocketAddr::new(address, port)
    }

    fn flow(&mut self, from: usize, to: usize, round: usize) -> Flow {
        let key = (self.socket(from, round), self.socket(to, round));
        let host = &self.exchange.parsed.hosts[from];
        let step = host.isn_step.wrapping_mul(u32::try_from(round).unwrap());
        let isn = match self.isns.get(&(from, to)) {
            Some(isn) => *isn,
            None => host.isn.wrapping_add(self.shift(from)),
        };
        *self.flows.entry(key).or_insert(Flow {
            isn: isn.wrapping_add(step),
            next: None,
            arrived: None,
        })
    }

    fn advance(&mut self, line: &Line) {
        self.now_ns = match line.when {
            When::At(ns) => ns,
            When::After(ns) => self.now_ns + ns,
            When::Default => match self.last_sender {
                None => self.now_ns,
                Some(last) if last == line.from => self.now_ns + 10_000,
                Some(_) => self.now_ns + self.exchange.parsed.settings.rtt_ns / 2,
            },
        };
        self.last_sender = Some(line.from);
    }

    fn line(&mut self, line: &Line, round: usize) -> Result<(), ParseError> {
        self.advance(line);
        let source = self.socket(line.from, round);
        let destination = self.socket(line.to, round);
        let fields = &line.fields;
        let ip_id = self
            .ip_ids
            .entry(source.ip())
            .or_insert_with(|| 0x1000u16.wrapping_mul(u16::try_from(line.from).unwrap() + 1));
        let ip = wire::Ip {
            source: source.ip(),
            destination: destination.ip(),
            ttl: fields.ttl.unwrap_or(64),
            id: fields.ip_id.unwrap_or(*ip_id),
            ecn: fields.ecn,
            length: fields.ip_length,
        };
        *ip_id = ip.id.wrapping_add(1);
        let fail = |message: String| ParseError::new(line.number, line.column, message);
        let datagram = match &line.what {
            What::Octets(octets) => {
                self.capture(line, source, destination, octets, 0);
                return Ok(());
            }
            What::Segment(flags) => {
                let octets = self.segment(line, *flags, &ip, round)?;
                wire::ip_tcp(&ip, &octets).map_err(fail)?
            }
            What::Icmp { why, quote } => {
                let quoted = match quote {
                    Some(number) => number.checked_sub(1).and_then(|i| self.datagrams.get(i)),
                    None => self
                        .datagrams
                        .iter()
                        .rev()
                        .find(|(sender, _)| *sender == line.to),
                };
                let Some((_, quoted)) = quoted else {
                    return Err(fail("there is no such datagram to quote yet".to_owned()));
                };
                wire::ip_icmp(&ip, &wire::icmp(*why, quoted, &ip)).map_err(fail)?
            }
        };
        let settings = &self.exchange.parsed.settings;
        let around = wire::Around {
            link: settings.link,
            big_endian: settings.file.big_endian,
            vlan: fields.vlan.as_deref().unwrap_or(&settings.vlan),
            source_mac: mac(line.from),
            destination_mac: mac(line.to),
            direction: self.direction(line),
            trailer: fields.trailer.unwrap_or(settings.trailer),
        };
        let pieces = match fields.fragments {
            Some(size) => wire::fragments(&datagram, size, fields.overlap, fields.overlap_differs),
            None => vec![datagram.clone()],
        };
        let nameless = Line {
            fields: Fields {
                label: None,
                ..fields.clone()
            },
            ..line.clone()
        };
        for (index, piece) in pieces.iter().enumerate() {
            let octets = wire::link(piece, &around);
            let link_len = octets.len() - piece.len() - around.trailer;
            if index + 1 == pieces.len() {
                self.capture(line, source, destination, &octets, link_len);
            } else {
                self.capture(&nameless, source, destination, &octets, link_len);
                self.now_ns += 1_000;
            }
        }
        self.datagrams.push((line.from, datagram));
        Ok(())
    }

    fn direction(&self, line: &Line) -> Option<Direction> {
        line.fields.direction.or_else(|| {
            let monitor = self.exchange.parsed.settings.monitor?;
            Some(if line.from == monitor {
                Direction::Out
            } else {
                Direction::In
            })
        })
    }

    fn capture(
        &mut self,
        line: &Line,
        source: SocketAddr,
        destination: SocketAddr,
        octets: &[u8],
        link_len: usize,
    ) {
        let fields = &line.fields;
        if fields.dropped {
            return;
        }
        let parsed = &self.exchange.parsed;
        let file_snap = parsed
            .settings
            .file
            .snap_length
            .map(|n| usize::try_from(n).unwrap());
        let snap = fields
            .snap
            .or(file_snap)
            .unwrap_or(usize::MAX)
            .min(octets.len());
        let copies = if let Some(gap) = fields.duplicate_ns {
            vec![0, gap]
        } else {
            vec![0]
        };
        for later in copies {
            self.frames.push(Frame {
                number: self.frames.len() + 1,
                time_ns: parsed.settings.start_ns + self.now_ns + later,
                bytes: octets[..snap].to_vec(),
                original_len: u32::try_from(octets.len()).unwrap(),
                link_len,
                direction: self.direction(line),
                from: parsed.hosts[line.from].name.clone(),
                to: parsed.hosts[line.to].name.clone(),
                source,
                destination,
                line: line.number,
                label: fields.label.clone(),
            });
        }
    }

    /// TCP header and data of a line; remembers what was sent.
    fn segment(
        &mut self,
        line: &Line,
        flags: u16,
        ip: &wire::Ip,
        round: usize,
    ) -> Result<Vec<u8>, ParseError> {
        let fields = &line.fields;
        let source = self.socket(line.from, round);
        let destination = self.socket(line.to, round);
        let own = self.flow(line.from, line.to, round);
        let peer = self.flow(line.to, line.from, round);
        let (syn, fin, ack_set) = (flags & 0x002 != 0, flags & 0x001 != 0, flags & 0x010 != 0);
        let seq = match fields.seq {
            Some(number) => resolve(number, own.isn),
            None if syn => own.isn,
            None => own.next.unwrap_or(own.isn.wrapping_add(1)),
        };
        let ack = match fields.ack {
            Some(number) => resolve(number, peer.isn),
            None if ack_set => peer.arrived.unwrap_or(peer.isn.wrapping_add(1)),
            None => 0,
        };
        let data_start = seq.wrapping_add(u32::from(syn));
        let mut data = match &fields.data {
            Data::None => Vec::new(),
            Data::Octets(octets) => octets.clone(),
            Data::Stream(length) => {
                let mut offset = data_start.wrapping_sub(own.isn).wrapping_sub(1);
                let mut out = Vec::with_capacity(*length);
                for _ in 0..*length {
                    out.push(stream_octet(line.from, offset));
                    offset = offset.wrapping_add(1);
                }
                out
            }
        };
        if fields.data_differs {
            match data.first_mut() {
                Some(octet) => *octet ^= 0x20,
                None => {
                    let message = "there is no data that could differ";
                    return Err(ParseError::new(line.number, line.column, message));
                }
            }
        }
        let echo = if ack_set {
            self.echo(destination, source, ack)
        } else {
            0
        };
        let (options, tsval) = self.options(line, peer.isn, echo)?;
        let octets = wire::tcp(
            &wire::Tcp {
                source_port: source.port(),
                destination_port: destination.port(),
                seq,
                ack,
                flags: flags | fields.reserved,
                window: fields.window.unwrap_or(WINDOW),
                urgent_pointer: fields.urgent_pointer.unwrap_or(0),
                options: &options,
                data: &data,
                offset: fields.offset,
                sum: fields.sum,
            },
            ip,
        );
        let length = u32::try_from(data.len()).unwrap() + u32::from(syn) + u32::from(fin);
        self.sent(
            source,
            destination,
            seq.wrapping_add(length),
            flags,
            fields,
            tsval,
        );
        Ok(octets)
    }

    /// TSecr of one who acknowledges `ack`: the TSval of the peer's last segment
    /// that ends there or before, for what lies behind it has not come yet.
    fn echo(&self, peer: SocketAddr, own: SocketAddr, ack: u32) -> u32 {
        let stamps = self.stamps.get(&(peer, own)).map_or(&[][..], Vec::as_slice);
        let received = stamps.iter().rev().find(|(end, _)| !ahead(*end, ack));
        received.or(stamps.last()).map_or(0, |(_, tsval)| *tsval)
    }

    /// Options as octets, filled up with NOPs, and the TSval among them.
    fn options(
        &self,
        line: &Line,
        peer_isn: u32,
        echo: u32,
    ) -> Result<(Vec<u8>, Option<u32>), ParseError> {
        let mut out = Vec::new();
        let mut sent = None;
        for (_, option) in &line.fields.options {
            match option {
                TcpOption::Octets(octets) => out.extend(octets),
                TcpOption::Timestamps(val, ecr) => {
                    let val = val.unwrap_or_else(|| {
                        let ms =
                            u32::try_from((self.now_ns / 1_000_000).rem_euclid(1 << 32)).unwrap();
                        ms.wrapping_add(u32::try_from(line.from + 1).unwrap().wrapping_mul(100_000))
                    });
                    let ecr = ecr.unwrap_or(echo);
                    out.extend([8, 10]);
                    out.extend(val.to_be_bytes());
                    out.extend(ecr.to_be_bytes());
                    sent = Some(val);
                }
                TcpOption::Sack(blocks) => {
                    out.extend([5, u8::try_from(2 + 8 * blocks.len()).unwrap_or(u8::MAX)]);
                    for (left, right) in blocks {
                        out.extend(resolve(*left, peer_isn).to_be_bytes());
                        out.extend(resolve(*right, peer_isn).to_be_bytes());
                    }
                }
            }
        }
        out.resize(out.len().next_multiple_of(4), 1);
        if out.len() > 40 {
            let message = format!("{} octets of options, 40 fit", out.len());
            return Err(ParseError::new(line.number, line.column, message));
        }
        Ok((out, sent))
    }

    fn sent(
        &mut self,
        source: SocketAddr,
        destination: SocketAddr,
        end: u32,
        flags: u16,
        fields: &Fields,
        tsval: Option<u32>,
    ) {
        let Some(flow) = self.flows.get_mut(&(source, destination)) else {
            return;
        };
        if flags & 0x004 != 0 {
            return; // the numbers of a RST are often not the sender's
        }
        if flow.next.is_none_or(|next| ahead(end, next)) {
            flow.next = Some(end);
        }
        if fields.lost {
            return;
        }
        if flow.arrived.is_none_or(|arrived| ahead(end, arrived)) {
            flow.arrived = Some(end);
        }
        if let Some(tsval) = tsval {
            self.stamps
                .entry((source, destination))
                .or_default()
                .push((end, tsval));
        }
    }
}

fn mac(host: usize) -> [u8; 6] {
    [0x02, 0, 0, 0, 0, u8::try_from(host + 1).unwrap_or(u8::MAX)]
}
