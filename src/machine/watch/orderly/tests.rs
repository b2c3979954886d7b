use crate::machine::connection::Connection;
use crate::machine::script::segments;
use crate::machine::tests::{segment, socket};
use crate::segment::{Flags, NS_PER_MS, OptionSet, Segment};
use crate::seq::SeqNo;

/// Random numbers that are the same every time.
struct Dice(u64);

impl Dice {
    fn roll<T: Copy>(&mut self, of: &[T]) -> T {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        of[(self.0 >> 11) as usize % of.len()]
    }
}

/// A connection of which most segments are orderly, and the others odd in many ways.
fn dialogue(seed: u64) -> Vec<Segment<'static>> {
    let mut dice = Dice(seed | 1);
    let (mut time, mut next) = (0, [SeqNo(100), SeqNo(0u32.wrapping_sub(2000))]);
    let stamps = dice.roll(&[true, true, false]);
    let ecn = dice.roll(&[Flags::empty(), Flags::ECE]);
    let mut all: Vec<Segment<'static>> = Vec::new();
    for packet in 1..=dice.roll(&[20, 60, 120u64]) {
        let side = match packet {
            1 | 3 => 0,
            2 => 1,
            _ => dice.roll(&[0, 0, 1]),
        };
        let odd = packet > 3 && dice.roll(&[false, false, false, false, false, true]);
        let mut pick = |usual: u32, others: &[u32]| match odd {
            true => dice.roll(others),
            false => usual,
        };
        let of_seq = pick(0, &[0, 0, 0, 1, 100, 1000, 0u32.wrapping_sub(50)]);
        let of_ack = pick(0, &[0, 0, 0, 1, 100, 0u32.wrapping_sub(500)]);
        let window = pick(60_000, &[60_000, 60_000, 0, 0, 1, 200]);
        let stamp = pick(0, &[0, 0, 0, 1, 30]);
        let mark = pick(0, &[0, 0, 1, 3]);
        let flag = pick(0, &[0, 0, 0, 1, 2, 4, 0x40, 0x80]);
        time += dice.roll(&[1, 1, 1, 10, 1200]) * NS_PER_MS;
        let mut made = segment(time);
        made.packet = packet;
        made.ip.id = u16::try_from(packet).ok();
        made.ip.ecn = mark as u8;
        let (a, b) = (socket(1, 40000), socket(2, 80));
        (made.source, made.destination) = if side == 0 { (a, b) } else { (b, a) };
        made.flags = match packet {
            1 => Flags::SYN | ecn | if ecn.is_empty() { ecn } else { Flags::CWR },
            2 => Flags::SYN | Flags::ACK | ecn,
            _ => Flags::ACK | Flags::from_bits_truncate(flag as u16),
        };
        made.seq = next[side] - of_seq;
        if packet > 1 {
            made.ack = next[1 - side] - of_ack;
        }
        made.payload_len = if packet > 3 {
            dice.roll(&[0, 0, 1, 100, 900])
        } else {
            0
        };
        made.window = window as u16;
        made.options
            .present
            .set(OptionSet::TIMESTAMPS, stamps ^ (stamp == 1));
        made.options.tsval = (time / NS_PER_MS) as u32 - stamp % 30;
        let last = all
            .iter()
            .rev()
            .find(|last| last.source == made.destination);
        made.options.tsecr = last.map_or(0, |last| last.options.tsval);
        if !odd || dice.roll(&[true, false]) {
            next[side] = next[side].later(made.end());
        }
        all.push(made);
    }
    all
}

fn outcome(segments: &[Segment<'_>], closely: bool) -> (String, String) {
    let mut connection = Connection::beginning_with(&segments[0]);
    connection.closely = closely;
    for segment in segments {
        connection.step(segment);
    }
    let noted = format!("{:?} {:?}", connection.seen, connection.noted());
    (noted, format!("{:?}", connection.watches))
}

/// A watch that is not shown an orderly segment would have made nothing of it.
#[test]
fn all_watches_would_pass_over_orderly_segments() {
    for seed in 1..250 {
        let all = dialogue(seed * 0x9e37_79b9);
        for from in [0, 4] {
            let (quick, close) = (outcome(&all[from..], false), outcome(&all[from..], true));
            assert!(quick == close, "seed {seed} from {from}: {all:#?}");
        }
    }
}

/// What takes many segments of one kind in a row, which no dice show.
#[test]
fn rows_of_empty_acks_are_looked_at() {
    // None of them goes back, which would make other watches look at all that follows.
    let opening = "A SYN 100\nB SYN,ACK 300 101\nA ACK 101 301\nA ACK 101 301 len=40\n";
    let storm = "B ACK 301 101\nA ACK 141 301\n".repeat(12);
    let short: String = (0..5)
        .map(|at| 141 + 10 * at)
        .map(|seq| format!("A ACK {seq} 301 len=10\nB ACK 301 {}\n", seq + 9))
        .collect();
    for text in [storm, short] {
        let all = segments(&format!("{opening}{text}"));
        assert!(outcome(&all, false) == outcome(&all, true), "{text}");
    }
}
