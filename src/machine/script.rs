//! Segments in a few words, for tests: an exchange as RFC 9293 draws one.
//!
//! `+2s A SYN,ACK 100 301 len=10 win=500`: from A, SEG.SEQ 100, SEG.ACK 301.
//! Times go on by 1 ms a line where none is given. `A` is 10.0.0.1:40000, `B`
//! is 10.0.0.2:80. Packets are numbered by line, from 1.

use super::connection::Connection;
use super::tests::{segment, socket};
use crate::segment::{
    Captured, Checksum, Direction, Flags, NS_PER_MS, NS_PER_S, OptionFaults, OptionSet, Segment,
};
use crate::seq::SeqNo;

/// The segments of `text`, one a line; empty lines and `#` comments are left out.
pub(crate) fn segments(text: &str) -> Vec<Segment<'static>> {
    let mut time = 0;
    let lines = text.lines().map(|line| line.split('#').next().unwrap());
    let lines = lines.map(str::trim).filter(|line| !line.is_empty());
    lines
        .zip(1..)
        .map(|(line, packet)| {
            let mut words = line.split_whitespace().peekable();
            match words.next_if(|word| word.starts_with(['+', '-'])) {
                Some(after) => time += duration(after),
                None => time += NS_PER_MS,
            }
            one(packet, time, words)
        })
        .collect()
}

/// A connection that has taken in all of `text`.
pub(crate) fn connection(text: &str) -> Connection {
    let segments = segments(text);
    let mut connection = Connection::beginning_with(&segments[0]);
    for segment in &segments {
        connection.step(segment);
    }
    connection
}

fn duration(word: &str) -> i64 {
    let (number, unit) = match word.strip_suffix("ms") {
        Some(number) => (number, NS_PER_MS),
        None => (word.strip_suffix('s').unwrap(), NS_PER_S),
    };
    number.parse::<i64>().unwrap() * unit
}

fn one<'w>(packet: u64, time: i64, mut words: impl Iterator<Item = &'w str>) -> Segment<'static> {
    let mut made = segment(time);
    made.packet = packet;
    made.ip.id = u16::try_from(packet).ok();
    let (a, b) = (socket(1, 40000), socket(2, 80));
    (made.source, made.destination) = match words.next().unwrap() {
        "A" => (a, b),
        "B" => (b, a),
        other => panic!("{other}"),
    };
    made.flags = words
        .next()
        .unwrap()
        .split(',')
        .map(|name| Flags::from_name(name).unwrap())
        .collect();
    made.seq = number(words.next().unwrap());
    made.ack = SeqNo(0);
    for word in words {
        let Some((key, value)) = word.split_once('=') else {
            match word {
                "bad" => made.checksum = Checksum::Bad,
                "partial" => made.checksum = Checksum::Partial,
                "in" => made.direction = Direction::Inbound,
                "out" => made.direction = Direction::Outbound,
                "loopback" => made.loopback = true,
                "sackok" => made.options.present |= OptionSet::SACK_PERMITTED,
                "ao" => made.options.present |= OptionSet::AO,
                "broken" => made.options.faults |= OptionFaults::LENGTH_OVERRUN,
                "cut" => made.captured = Captured::FixedHeader,
                "length0" => made.ip.length_zero = true,
                ack => made.ack = number(ack),
            }
            continue;
        };
        let options = &mut made.options;
        let mut has = |option| options.present |= option;
        match key {
            "len" => made.payload_len = value.parse().unwrap(),
            "win" => made.window = value.parse().unwrap(),
            "id" => made.ip.id = value.parse().ok().filter(|id| *id != 0),
            "ttl" => made.ip.ttl = value.parse().unwrap(),
            "port" => match &mut made {
                made if made.source == a => made.source.port = value.parse().unwrap(),
                made => made.destination.port = value.parse().unwrap(),
            },
            "mss" => {
                has(OptionSet::MSS);
                options.mss = value.parse().unwrap();
            }
            "ws" => {
                has(OptionSet::WINDOW_SCALE);
                options.window_scale = value.parse().unwrap();
            }
            "ts" => {
                has(OptionSet::TIMESTAMPS);
                let (val, ecr) = value.split_once('/').unwrap();
                (options.tsval, options.tsecr) = (val.parse().unwrap(), ecr.parse().unwrap());
            }
            "sack" => {
                has(OptionSet::SACK);
                let (start, end) = value.split_once('-').unwrap();
                options.sack[0] = (number(start), number(end));
                options.sack_blocks = 1;
            }
            other => panic!("{other}"),
        }
    }
    made.ip.total_len = 40 + made.payload_len;
    made
}

fn number(word: &str) -> SeqNo {
    SeqNo(word.parse().unwrap())
}
