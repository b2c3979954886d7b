//! The text of an exchange: words, lines, fields.

use std::fmt;
use std::net::IpAddr;

use super::expect::{Expectations, Unresolved};
use super::wire::{Sum, Why};
use super::{Direction, FileKind, Link, ParseError, Settings};

/// One word of a line: `key`, `key=value` or `key="text"`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Word {
    /// Where it begins, in characters from 1.
    pub column: usize,
    pub key: String,
    pub value: Option<String>,
    /// The value stood in quotes, so its octets may be any.
    octets: Option<Vec<u8>>,
}

impl Word {
    pub fn is(&self, text: &str) -> bool {
        self.key == text && self.value.is_none()
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{}={value}", self.key),
            None => f.write_str(&self.key),
        }
    }
}

/// A number that counts from an ISN, or one as it stands on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Number {
    Relative(i64),
    Absolute(u32),
}

/// When a line happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// Nothing is said.
    Default,
    /// Nanoseconds from the start.
    At(i64),
    /// Nanoseconds from the line before.
    After(i64),
}

/// A TCP option to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TcpOption {
    /// These octets.
    Octets(Vec<u8>),
    /// TSval and TSecr, automatic where `None`.
    Timestamps(Option<u32>, Option<u32>),
    Sack(Vec<(Number, Number)>),
}

/// Data of a segment.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Data {
    #[default]
    None,
    /// So many octets of the direction's stream.
    Stream(usize),
    Octets(Vec<u8>),
}

/// Everything that words can say about one segment.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Fields {
    pub seq: Option<Number>,
    pub ack: Option<Number>,
    pub reserved: u16,
    pub window: Option<u16>,
    pub urgent_pointer: Option<u16>,
    pub options: Vec<(String, TcpOption)>,
    pub data: Data,
    pub data_differs: bool,
    pub ttl: Option<u8>,
    pub ip_id: Option<u16>,
    pub ecn: u8,
    pub ip_length: Option<u16>,
    pub offset: Option<u8>,
    pub sum: Sum,
    pub snap: Option<usize>,
    pub duplicate_ns: Option<i64>,
    pub dropped: bool,
    pub lost: bool,
    pub direction: Option<Direction>,
    pub vlan: Option<Vec<u16>>,
    pub trailer: Option<usize>,
    /// Octets of IP payload in each fragment.
    pub fragments: Option<usize>,
    /// So many octets of the one before stand in each fragment again.
    pub overlap: usize,
    pub overlap_differs: bool,
    pub label: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Host {
    pub name: String,
    pub address: IpAddr,
    pub port: u16,
    pub isn: u32,
    /// Moves with the server's ISN and not with the client's.
    pub is_server: bool,
    pub vary_ip: bool,
    pub vary_port: bool,
    pub isn_step: u32,
}

#[derive(Clone, Debug)]
pub enum What {
    Segment(u16),
    Icmp { why: Why, quote: Option<usize> },
    Octets(Vec<u8>),
}

/// A line that puts a frame on the wire.
#[derive(Clone, Debug)]
pub struct Line {
    pub number: usize,
    pub column: usize,
    pub when: When,
    pub from: usize,
    pub to: usize,
    pub what: What,
    pub fields: Fields,
}

#[derive(Clone, Debug)]
pub enum Item {
    Line(Box<Line>),
    /// From here on the numbers of `from` towards `to` count from another ISN.
    Isn {
        from: usize,
        to: usize,
        isn: u32,
        step: bool,
    },
    Repeat(usize, Vec<Item>),
}

/// A whole file.
#[derive(Clone, Debug)]
pub struct Parsed {
    pub settings: Settings,
    pub hosts: Vec<Host>,
    pub items: Vec<Item>,
    pub expectations: Expectations,
    pub cli: Vec<String>,
}

type Result<T> = std::result::Result<T, ParseError>;

/// Splits a line into words; `#` at the start of a word begins a comment.
fn words(text: &str, line: usize) -> Result<Vec<Word>> {
    let chars: Vec<char> = text.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if chars[at].is_whitespace() {
            at += 1;
            continue;
        }
        if chars[at] == '#' {
            break;
        }
        let column = at + 1;
        let mut word = String::new();
        let mut quoted = None;
        while at < chars.len() && !chars[at].is_whitespace() {
            if chars[at] == '"' && word.ends_with('=') {
                let (octets, next) = quoted_text(&chars, at + 1, line)?;
                quoted = Some(octets);
                at = next;
                break;
            }
            word.push(chars[at]);
            at += 1;
        }
        let (key, value) = match word.split_once('=') {
            Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
            None => (word, None),
        };
        let value = match &quoted {
            Some(octets) => Some(String::from_utf8_lossy(octets).into_owned()),
            None => value,
        };
        out.push(Word {
            column,
            key,
            value,
            octets: quoted,
        });
    }
    Ok(out)
}

/// Text from behind a quote to its partner, and the place behind that.
fn quoted_text(chars: &[char], mut at: usize, line: usize) -> Result<(Vec<u8>, usize)> {
    let begin = at;
    let mut out = Vec::new();
    loop {
        let column = at + 1;
        match chars.get(at) {
            None => return Err(ParseError::new(line, begin, "this quote has no end")),
            Some('"') => return Ok((out, at + 1)),
            Some('\\') => {
                at += 1;
                match chars.get(at) {
                    Some('n') => out.push(b'\n'),
                    Some('r') => out.push(b'\r'),
                    Some('t') => out.push(b'\t'),
                    Some('0') => out.push(0),
                    Some('x') => {
                        let digits: String = chars.iter().skip(at + 1).take(2).collect();
                        let octet = u8::from_str_radix(&digits, 16).map_err(|_| {
                            ParseError::new(line, column, "\\x wants two hexadecimal digits")
                        })?;
                        out.push(octet);
                        at += 2;
                    }
                    Some(c @ ('"' | '\\')) => out.push(*c as u8),
                    _ => return Err(ParseError::new(line, column, "unknown escape")),
                }
            }
            Some(c) => out.extend(c.to_string().bytes()),
        }
        at += 1;
    }
}

/// `1.5`, `20ms`, `3us`: nanoseconds.
fn duration(text: &str) -> Option<i64> {
    let split = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let unit: i64 = match unit {
        "" | "s" => 1_000_000_000,
        "ms" => 1_000_000,
        "us" => 1_000,
        "ns" => 1,
        "m" | "min" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let mut ns = whole.parse::<i64>().ok()?.checked_mul(unit)?;
    let mut place = unit;
    for digit in fraction.chars() {
        place /= 10;
        ns += i64::from(digit.to_digit(10)?) * place;
    }
    Some(ns)
}

fn when(word: &Word) -> Option<When> {
    if word.value.is_some() {
        return None;
    }
    let (sign, rest) = match word.key.as_bytes().first()? {
        b'+' => (Some(1), &word.key[1..]),
        b'-' => (Some(-1), &word.key[1..]),
        _ => (None, word.key.as_str()),
    };
    if !rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let ns = duration(rest)?;
    Some(sign.map_or(When::At(ns), |sign| When::After(sign * ns)))
}

fn number(text: &str) -> Option<Number> {
    if let Some(absolute) = text.strip_prefix('@') {
        return integer(absolute)
            .and_then(|v| u32::try_from(v).ok())
            .map(Number::Absolute);
    }
    if let Some(below) = text.strip_prefix('-') {
        return Some(Number::Relative(-i64::try_from(integer(below)?).ok()?));
    }
    let above = text.strip_prefix('+').unwrap_or(text);
    Some(Number::Relative(i64::try_from(integer(above)?).ok()?))
}

/// Decimal, `0x...` or `0b...`.
fn integer(text: &str) -> Option<u64> {
    if let Some(hex) = text.strip_prefix("0x") {
        u64::from_str_radix(hex, 16).ok()
    } else if let Some(bits) = text.strip_prefix("0b") {
        u64::from_str_radix(bits, 2).ok()
    } else {
        text.parse().ok()
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<char> = text.chars().filter(|c| !matches!(c, ':' | '_')).collect();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).ok())
        .collect()
}

/// An option with the length octet put in front of its body.
fn option(kind: u8, body: &[u8]) -> TcpOption {
    let mut out = vec![kind, u8::try_from(body.len() + 2).unwrap_or(u8::MAX)];
    out.extend(body);
    TcpOption::Octets(out)
}

const FLAGS: [(&str, u16); 14] = [
    ("FIN", 0x001),
    ("SYN", 0x002),
    ("RST", 0x004),
    ("PSH", 0x008),
    ("ACK", 0x010),
    ("URG", 0x020),
    ("ECE", 0x040),
    ("CWR", 0x080),
    ("AE", 0x100),
    ("R3", 0x200),
    ("R2", 0x400),
    ("R1", 0x800),
    ("none", 0),
    ("-", 0),
];

fn flags(word: &Word, line: usize) -> Result<u16> {
    let mut out = 0;
    let mut column = word.column;
    if word.value.is_some() {
        return Err(ParseError::new(
            line,
            column,
            "flags are expected here, such as SYN,ACK or none",
        ));
    }
    for name in word.key.split(',') {
        let Some((_, bit)) = FLAGS.iter().find(|(known, _)| *known == name) else {
            return Err(ParseError::new(
                line,
                column,
                format!("`{name}` is no flag (SYN,ACK or none)"),
            ));
        };
        out |= bit;
        column += name.chars().count() + 1;
    }
    Ok(out)
}

impl Fields {
    /// Takes in one word. `inherited` says which options come from `each:`.
    fn apply(&mut self, word: &Word, line: usize, inherited: &mut Vec<String>) -> Result<()> {
        let fail = |message: String| Err(ParseError::new(line, word.column, message));
        let value = word.value.as_deref();
        let text = value.unwrap_or_default();
        let bad = || {
            ParseError::new(
                line,
                word.column,
                match value {
                    Some(text) => format!("`{}` cannot be `{text}`", word.key),
                    None => format!("`{}` wants a value", word.key),
                },
            )
        };
        macro_rules! int {
            () => {
                integer(text)
                    .and_then(|v| v.try_into().ok())
                    .ok_or_else(bad)?
            };
        }
        if let (Some(name), None) = (word.key.strip_prefix('-'), value) {
            let before = self.options.len();
            self.options.retain(|(known, _)| known != name);
            inherited.retain(|known| known != name);
            return if self.options.len() < before {
                Ok(())
            } else {
                fail(format!("there is no `{name}` to take away"))
            };
        }
        match (word.key.as_str(), value) {
            ("seq", Some(_)) => self.seq = Some(number(text).ok_or_else(bad)?),
            ("ack", Some(_)) => self.ack = Some(number(text).ok_or_else(bad)?),
            ("win", Some(_)) => self.window = Some(int!()),
            ("urp", Some(_)) => self.urgent_pointer = Some(int!()),
            ("reserved", Some(_)) => {
                let bits: u16 = int!();
                if bits > 7 {
                    return Err(bad());
                }
                self.reserved = bits << 9;
            }
            ("len", Some(_)) => self.data = Data::Stream(int!()),
            ("data", Some(_)) => {
                self.data = Data::Octets(match (&word.octets, text.strip_prefix("hex:")) {
                    (Some(octets), _) => octets.clone(),
                    (None, Some(digits)) => hex(digits).ok_or_else(bad)?,
                    (None, None) => return fail("data=\"text\" or data=hex:00ff".to_owned()),
                });
            }
            ("data-differs", None) => self.data_differs = true,
            ("ttl", Some(_)) => self.ttl = Some(int!()),
            ("ipid", Some(_)) => self.ip_id = Some(int!()),
            ("ecn", Some(_)) => {
                self.ecn = match text {
                    "not" | "0" => 0,
                    "ect1" | "1" => 1,
                    "ect0" | "2" => 2,
                    "ce" | "3" => 3,
                    _ => return Err(bad()),
                };
            }
            ("len0", None) => self.ip_length = Some(0),
            ("iplen", Some(_)) => self.ip_length = Some(int!()),
            ("offset", Some(_)) => {
                let words: u8 = int!();
                if words > 15 {
                    return Err(bad());
                }
                self.offset = Some(words);
            }
            ("badsum", None) => self.sum = Sum::Bad,
            ("partialsum", None) => self.sum = Sum::Partial,
            ("goodsum", None) => self.sum = Sum::Good,
            ("sum", Some(_)) => self.sum = Sum::Value(int!()),
            ("snap", Some(_)) => self.snap = Some(int!()),
            ("dup", None) => self.duplicate_ns = Some(12_000),
            ("dup", Some(_)) => self.duplicate_ns = Some(duration(text).ok_or_else(bad)?),
            ("drop", None) => self.dropped = true,
            ("lost", None) => self.lost = true,
            ("in", None) => self.direction = Some(Direction::In),
            ("out", None) => self.direction = Some(Direction::Out),
            ("vlan", Some(_)) => self.vlan = Some(vlan(text).ok_or_else(bad)?),
            ("trailer", Some(_)) => self.trailer = Some(int!()),
            ("fragments", Some(_)) => self.fragments = Some(eights(text).ok_or_else(bad)?),
            ("overlap", Some(_)) => self.overlap = eights(text).ok_or_else(bad)?,
            ("overlap-differs", None) => self.overlap_differs = true,
            (key, None) if key.len() > 1 && key.starts_with('@') => {
                self.label = Some(key[1..].to_owned());
            }
            (name, _) => {
                let option = tcp_option(word).ok_or_else(|| {
                    ParseError::new(
                        line,
                        word.column,
                        format!("`{word}` is not known or has a wrong value"),
                    )
                })?;
                // What the line says goes in place of what `each:` said.
                if let Some(at) = inherited.iter().position(|known| known == name) {
                    inherited.remove(at);
                    self.options.retain(|(known, _)| known != name);
                }
                self.options.push((name.to_owned(), option));
            }
        }
        Ok(())
    }
}

/// Octets that a fragment may begin at (RFC 791, 3.2).
fn eights(text: &str) -> Option<usize> {
    text.parse()
        .ok()
        .filter(|octets| octets % 8 == 0 && *octets > 0)
}

fn vlan(text: &str) -> Option<Vec<u16>> {
    text.split(',')
        .map(|tag| integer(tag).and_then(|v| u16::try_from(v).ok()))
        .collect()
}

/// The TCP option that a word names.
fn tcp_option(word: &Word) -> Option<TcpOption> {
    let text = word.value.as_deref();
    let octets = || hex(text.unwrap_or_default());
    Some(match (word.key.as_str(), text) {
        ("eol", None) => TcpOption::Octets(vec![0]),
        ("nop", None) => TcpOption::Octets(vec![1]),
        ("mss", Some(value)) => option(2, &u16::try_from(integer(value)?).ok()?.to_be_bytes()),
        ("wscale", Some(value)) => option(3, &[u8::try_from(integer(value)?).ok()?]),
        ("sackok", None) => option(4, &[]),
        ("sack", Some(value)) => {
            let mut blocks = Vec::new();
            for block in value.split(',') {
                let (left, right) = block.split_once('-')?;
                blocks.push((number(left)?, number(right)?));
            }
            TcpOption::Sack(blocks)
        }
        ("ts", None) => TcpOption::Timestamps(None, None),
        ("ts", Some(value)) => {
            let (val, ecr) = match value.split_once('/') {
                Some((val, ecr)) => (val, Some(u32::try_from(integer(ecr)?).ok()?)),
                None => (value, None),
            };
            TcpOption::Timestamps(Some(u32::try_from(integer(val)?).ok()?), ecr)
        }
        ("tfo", _) => option(34, &octets()?),
        ("tfoexp", _) => option(254, &[&[0xf9, 0x89], octets()?.as_slice()].concat()),
        ("md5", None) => option(19, &[0x5a; 16]),
        ("ao", None) => option(29, &[[1, 1].as_slice(), &[0xa5; 12]].concat()),
        // MP_CAPABLE, version 1, HMAC-SHA256, as in a SYN (RFC 8684, 3.1).
        ("mptcp", None) => option(30, &[0x01, 0x01]),
        ("mptcp", Some(_)) => option(30, &octets()?),
        ("accecn", _) => option(172, &octets()?),
        ("uto", Some(value)) => {
            let (amount, minutes) = match value.strip_suffix('m') {
                Some(amount) => (amount, 0x8000),
                None => (value, 0),
            };
            let amount = u16::try_from(integer(amount)?)
                .ok()
                .filter(|v| *v < 0x8000)?;
            option(28, &(amount | minutes).to_be_bytes())
        }
        ("opt", Some(_)) => TcpOption::Octets(octets()?),
        _ => return None,
    })
}

/// `10.0.0.1:80`, `[fd00::1]:80`, or an address or a port alone.
fn endpoint(text: &str, host: &mut Host) -> Option<()> {
    if let Ok(socket) = text.parse::<std::net::SocketAddr>() {
        (host.address, host.port) = (socket.ip(), socket.port());
    } else if let Ok(address) = text.parse() {
        host.address = address;
    } else {
        host.port = text.strip_prefix(':').unwrap_or(text).parse().ok()?;
    }
    Some(())
}

struct Parser {
    out: Parsed,
    /// Open `repeat` blocks: line, times, items so far.
    open: Option<(usize, usize, Vec<Item>)>,
    /// Words of `each:`, for one sender or all.
    each: Vec<(Option<usize>, usize, Word)>,
    unresolved: Vec<Unresolved>,
}

pub fn parse(text: &str) -> Result<(Parsed, Vec<Unresolved>)> {
    let host = |name: &str, address: [u8; 4], port, isn, is_server| Host {
        name: name.to_owned(),
        address: IpAddr::from(address),
        port,
        isn,
        is_server,
        vary_ip: false,
        vary_port: false,
        isn_step: 0,
    };
    let mut parser = Parser {
        out: Parsed {
            settings: Settings::default(),
            hosts: vec![
                host("A", [10, 0, 0, 1], 40000, 1000, false),
                host("B", [10, 0, 0, 2], 80, 5000, true),
            ],
            items: Vec::new(),
            expectations: Expectations::default(),
            cli: Vec::new(),
        },
        open: None,
        each: Vec::new(),
        unresolved: Vec::new(),
    };
    for (index, line) in text.lines().enumerate() {
        parser.line(line, index + 1)?;
    }
    if let Some((line, ..)) = parser.open {
        return Err(ParseError::new(line, 1, "this `repeat` has no `end`"));
    }
    Ok((parser.out, parser.unresolved))
}

impl Parser {
    fn line(&mut self, text: &str, line: usize) -> Result<()> {
        if let Some(rest) = text.trim_start().strip_prefix("cli:") {
            // Taken as it is: an argument may begin with `#` or hold `=`.
            self.out
                .cli
                .extend(rest.split_whitespace().map(str::to_owned));
            return Ok(());
        }
        let words = words(text, line)?;
        let end = text.chars().count() + 1;
        let Some((first, rest)) = words.split_first() else {
            return Ok(());
        };
        if first.value.is_none()
            && let Some(kind) = first.key.strip_suffix(':')
        {
            return match kind {
                "options" => rest.iter().try_for_each(|word| self.option(word, line)),
                "each" => self.each(rest, line, end),
                _ => self
                    .out
                    .expectations
                    .read(kind, rest, line, end, &mut self.unresolved),
            };
        }
        match first.key.as_str() {
            "host" => self.host(rest, line, end),
            "isn" => self.isn(rest, line, end),
            "repeat" => {
                let times = rest.first().and_then(|word| word.key.parse().ok());
                let Some(times) = times else {
                    return Err(ParseError::new(line, end, "repeat how many times?"));
                };
                if self.open.is_some() {
                    return Err(ParseError::new(
                        line,
                        first.column,
                        "`repeat` inside `repeat`",
                    ));
                }
                self.open = Some((line, times, Vec::new()));
                Ok(())
            }
            "end" => match self.open.take() {
                Some((_, times, items)) => {
                    self.out.items.push(Item::Repeat(times, items));
                    Ok(())
                }
                None => Err(ParseError::new(
                    line,
                    first.column,
                    "`end` without `repeat`",
                )),
            },
            _ => self.frame(&words, line, end),
        }
    }

    fn push(&mut self, item: Item) {
        match &mut self.open {
            Some((_, _, items)) => items.push(item),
            None => self.out.items.push(item),
        }
    }

    fn host_index(&self, word: Option<&Word>, line: usize, end: usize) -> Result<usize> {
        let Some(word) = word else {
            return Err(ParseError::new(line, end, "a host is expected here"));
        };
        self.out
            .hosts
            .iter()
            .position(|host| word.is(&host.name))
            .ok_or_else(|| {
                ParseError::new(
                    line,
                    word.column,
                    format!("`{word}` is no host; declare it with `host`"),
                )
            })
    }

    /// `A > B` at the start of `words`.
    fn ends(&self, words: &[Word], line: usize, end: usize) -> Result<(usize, usize)> {
        let from = self.host_index(words.first(), line, end)?;
        match words.get(1) {
            Some(arrow) if arrow.is(">") => {}
            other => {
                let column = other.map_or(end, |word| word.column);
                return Err(ParseError::new(line, column, "`>` is expected here"));
            }
        }
        Ok((from, self.host_index(words.get(2), line, end)?))
    }

    fn option(&mut self, word: &Word, line: usize) -> Result<()> {
        let text = word.value.as_deref().unwrap_or_default();
        let bad = || {
            ParseError::new(
                line,
                word.column,
                format!("`{word}` is no option of an exchange"),
            )
        };
        let settings = &mut self.out.settings;
        match word.key.as_str() {
            "link" => settings.link = Link::named(text).ok_or_else(bad)?,
            "ip" => {
                settings.ip = match text {
                    "4" => Some(4),
                    "6" => Some(6),
                    _ => return Err(bad()),
                };
            }
            "client" => endpoint(text, &mut self.out.hosts[0]).ok_or_else(bad)?,
            "server" => endpoint(text, &mut self.out.hosts[1]).ok_or_else(bad)?,
            "isn.client" => {
                self.out.hosts[0].isn = integer(text)
                    .and_then(|v| v.try_into().ok())
                    .ok_or_else(bad)?;
            }
            "isn.server" => {
                self.out.hosts[1].isn = integer(text)
                    .and_then(|v| v.try_into().ok())
                    .ok_or_else(bad)?;
            }
            "rtt" => settings.rtt_ns = duration(text).ok_or_else(bad)?,
            "start" => settings.start_ns = duration(text).ok_or_else(bad)?,
            "monitor" => {
                let name = Word {
                    column: word.column,
                    key: text.to_owned(),
                    value: None,
                    octets: None,
                };
                let host = self.host_index(Some(&name), line, word.column)?;
                self.out.settings.monitor = Some(host);
            }
            "vlan" => settings.vlan = vlan(text).ok_or_else(bad)?,
            "trailer" => {
                settings.trailer = integer(text)
                    .and_then(|v| v.try_into().ok())
                    .ok_or_else(bad)?;
            }
            "file" => {
                settings.file.kind = match text {
                    "pcap" => FileKind::Pcap,
                    "pcapng" => FileKind::PcapNg,
                    _ => return Err(bad()),
                };
            }
            "precision" => {
                settings.file.nanoseconds = match text {
                    "us" => false,
                    "ns" => true,
                    _ => return Err(bad()),
                };
            }
            "endian" => {
                settings.file.big_endian = match text {
                    "little" => false,
                    "big" => true,
                    _ => return Err(bad()),
                };
            }
            "snaplen" => {
                let snap = integer(text)
                    .and_then(|v| v.try_into().ok())
                    .ok_or_else(bad)?;
                settings.file.snap_length = Some(snap);
            }
            _ => return Err(bad()),
        }
        Ok(())
    }

    /// `host C 10.0.0.3:50000 isn=7000 role=server vary=port isn-step=64000`
    fn host(&mut self, words: &[Word], line: usize, end: usize) -> Result<()> {
        let [name, address, rest @ ..] = words else {
            return Err(ParseError::new(line, end, "host NAME ADDRESS:PORT"));
        };
        let known = self.out.hosts.iter().position(|host| name.is(&host.name));
        let mut host = match known {
            Some(index) => self.out.hosts[index].clone(),
            None => {
                let count = u32::try_from(self.out.hosts.len()).unwrap_or(0);
                Host {
                    name: name.key.clone(),
                    isn: 10_000 * count,
                    is_server: false,
                    ..self.out.hosts[0].clone()
                }
            }
        };
        endpoint(&address.key, &mut host).ok_or_else(|| {
            ParseError::new(line, address.column, format!("`{address}` is no address"))
        })?;
        for word in rest {
            let text = word.value.as_deref().unwrap_or_default();
            let bad = || {
                ParseError::new(
                    line,
                    word.column,
                    format!("`{word}` says nothing about a host"),
                )
            };
            let int = || {
                integer(text)
                    .and_then(|v| u32::try_from(v).ok())
                    .ok_or_else(bad)
            };
            match (word.key.as_str(), text) {
                ("isn", _) => host.isn = int()?,
                ("isn-step", _) => host.isn_step = int()?,
                ("role", "server") => host.is_server = true,
                ("role", "client") => host.is_server = false,
                ("vary", "ip") => host.vary_ip = true,
                ("vary", "port") => host.vary_port = true,
                ("vary", "ip,port" | "port,ip") => (host.vary_ip, host.vary_port) = (true, true),
                _ => return Err(bad()),
            }
        }
        match known {
            Some(index) => self.out.hosts[index] = host,
            None => self.out.hosts.push(host),
        }
        Ok(())
    }

    /// `isn A > B 9000` or `isn A > B +64000`
    fn isn(&mut self, words: &[Word], line: usize, end: usize) -> Result<()> {
        let (from, to) = self.ends(words, line, end)?;
        let Some(word) = words.get(3) else {
            return Err(ParseError::new(line, end, "which ISN?"));
        };
        let (step, text) = match word.key.strip_prefix('+') {
            Some(text) => (true, text),
            None => (false, word.key.as_str()),
        };
        let isn = integer(text)
            .and_then(|v| u32::try_from(v).ok())
            .ok_or_else(|| ParseError::new(line, word.column, format!("`{word}` is no ISN")))?;
        self.push(Item::Isn {
            from,
            to,
            isn,
            step,
        });
        Ok(())
    }

    fn each(&mut self, words: &[Word], line: usize, end: usize) -> Result<()> {
        let Some(first) = words.first() else {
            return Err(ParseError::new(line, end, "each: what?"));
        };
        let sender = self.out.hosts.iter().position(|host| first.is(&host.name));
        let words = if sender.is_some() { &words[1..] } else { words };
        // Tried out here, so that an error is found on its own line.
        let mut probe = Fields::default();
        for word in words {
            probe.apply(word, line, &mut Vec::new())?;
            self.each.push((sender, line, word.clone()));
        }
        Ok(())
    }

    fn frame(&mut self, words: &[Word], line: usize, end: usize) -> Result<()> {
        let (when, words) = match words.split_first() {
            Some((first, rest)) => match when(first) {
                Some(when) => (when, rest),
                None => (When::Default, words),
            },
            None => (When::Default, words),
        };
        if self.open.is_some()
            && let When::At(_) = when
        {
            return Err(ParseError::new(
                line,
                1,
                "inside `repeat` times are relative",
            ));
        }
        let (from, to) = self.ends(words, line, end)?;
        let Some(kind) = words.get(3) else {
            return Err(ParseError::new(
                line,
                end,
                "flags are expected here, such as SYN,ACK or none",
            ));
        };
        let mut rest = &words[4..];
        let what = match kind.key.as_str() {
            "ICMP" => {
                let (mut why, mut quote) = (Why::Host, None);
                let number = |value: Option<&str>| value.and_then(integer);
                while let Some((word, more)) = rest.split_first() {
                    let value = word.value.as_deref();
                    match (word.key.as_str(), value) {
                        ("unreachable", Some("net")) => why = Why::Net,
                        ("unreachable", Some("host")) => why = Why::Host,
                        ("unreachable", Some("protocol")) => why = Why::Protocol,
                        ("unreachable", Some("port")) => why = Why::Port,
                        ("unreachable", Some("admin")) => why = Why::Admin,
                        ("unreachable", Some("toobig")) => why = Why::TooBig(1280),
                        ("quench", None) => why = Why::Quench,
                        ("expired", None) => why = Why::Expired,
                        ("parameter", None) => why = Why::Parameter,
                        ("redirect", None) => why = Why::Redirect,
                        ("mtu", _) if number(value).is_some() => {
                            let mtu = number(value).and_then(|v| u16::try_from(v).ok());
                            why = Why::TooBig(mtu.ok_or_else(|| {
                                ParseError::new(line, word.column, "mtu= has 16 bits")
                            })?);
                        }
                        ("quote", _) if number(value).is_some() => {
                            quote = number(value).and_then(|v| usize::try_from(v).ok());
                        }
                        _ => break,
                    }
                    rest = more;
                }
                What::Icmp { why, quote }
            }
            "FRAME" => {
                let octets = kind.value.as_deref().and_then(hex);
                What::Octets(octets.ok_or_else(|| {
                    ParseError::new(line, kind.column, "FRAME=HEX, the octets of the frame")
                })?)
            }
            _ => What::Segment(flags(kind, line)?),
        };
        let mut fields = Fields::default();
        let mut inherited = Vec::new();
        for (sender, each_line, word) in &self.each {
            if matches!(what, What::Segment(_)) && sender.is_none_or(|host| host == from) {
                fields.apply(word, *each_line, &mut Vec::new())?;
            }
        }
        inherited.extend(fields.options.iter().map(|(name, _)| name.clone()));
        for word in rest {
            fields.apply(word, line, &mut inherited)?;
        }
        let column = words[0].column;
        self.push(Item::Line(Box::new(Line {
            number: line,
            column,
            when,
            from,
            to,
            what,
            fields,
        })));
        Ok(())
    }
}
