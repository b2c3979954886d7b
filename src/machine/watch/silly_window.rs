//! The silly window syndrome: tiny steps of a window, tiny segments (RFC 9293, 3.8.6.2).

use super::Step;
use crate::machine::end::End;
use crate::machine::observe::Relative;
use crate::machine::stretch::stand::Stand;
use crate::machine::stretch::tally::Tally;
use crate::observation::Observations;
use crate::segment::{Captured, Flags};
use crate::seq::SeqNo;

/// So many tiny steps of the window in a row.
pub const UPDATES: u8 = 5;
/// So many tiny segments in a row.
pub const SEGMENTS: u8 = 10;

/// The MSS where none was announced (RFC 9293, 3.7.1).
const DEFAULT_MSS: u16 = 536;

/// A row of tiny steps or segments.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Row {
    /// How many so far.
    pub count: u8,
    /// The largest of them, in octets.
    pub largest: u32,
    /// Frame number of the first.
    pub first: u64,
}

impl Row {
    /// One more, of `octets`; whether it makes the row `long`.
    fn add(&mut self, packet: u64, octets: u32, long: u8) -> bool {
        if self.count == 0 {
            (self.first, self.largest) = (packet, 0);
        }
        self.largest = self.largest.max(octets);
        self.count = self.count.saturating_add(1);
        self.count == long
    }
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Silly {
    /// Edge and width of the latest window that this end offered.
    window: Option<(SeqNo, u32)>,
    /// The widest that it offered.
    widest: u32,
    /// The largest segment that it sent.
    largest: u32,
    updates: Row,
    segments: Row,
    /// The first row of tiny steps, and the packet of the last step.
    pub tiny_updates: Option<Box<(Row, u64)>>,
    /// The first row of tiny segments, and the packet of the last one.
    pub tiny_segments: Option<Box<(Row, u64)>>,
}

/// What both ends take in one piece, as far as they said.
fn mss(step: &Step<'_>) -> u32 {
    u32::from(smaller_mss(step.own, step.peer))
}

/// The smaller MSS of the two.
pub(in crate::machine) fn smaller_mss(one: &End, other: &End) -> u16 {
    let of = |end: &End| {
        let announced = end.syn.as_ref().and_then(|syn| syn.options.mss());
        announced.unwrap_or(DEFAULT_MSS)
    };
    of(one).min(of(other))
}

/// What is taken for a whole segment of an end, the `largest` of which was so long.
pub(in crate::machine) fn whole_segment(largest: u32) -> u32 {
    largest.max(u32::from(DEFAULT_MSS))
}

impl Silly {
    /// This end sends a SYN, whose window is never scaled.
    pub fn opens(&mut self, window: u16) {
        self.widest = self.widest.max(u32::from(window));
    }

    /// This end, whose windows are scaled by `shift`, sends `step.segment`.
    pub fn sent(&mut self, step: &Step<'_>, shift: u8, notes: &mut Relative) {
        let segment = step.segment;
        if segment.has(Flags::SYN | Flags::RST) || segment.captured == Captured::PartOfHeader {
            return;
        }
        if segment.payload_len > 0 {
            self.sends(step, notes);
        }
        let width = u32::from(segment.window) << shift;
        let edge = segment.ack + width;
        if segment.is_empty() && width > 0 {
            self.offers(step, shift, edge, notes);
        }
        self.widest = self.widest.max(width);
        self.window = Some((edge, width));
    }

    /// The largest segment that it sent.
    #[must_use]
    pub const fn largest(&self) -> u32 {
        self.largest
    }

    /// The right edge of the latest window.
    #[must_use]
    pub fn edge(&self) -> Option<SeqNo> {
        self.window.map(|(edge, _)| edge)
    }

    /// This end has sent the orderly segments of `tally`: data that is no tiny segment, and ACKs
    /// with windows that are no tiny ones; the latest window was so wide.
    pub fn sent_orderly(&mut self, stand: &Stand, tally: &Tally, width: u32) {
        if tally.data != 0 {
            self.largest = self.largest.max(stand.largest.into());
            self.segments = Row::default();
        }
        if tally.opens {
            self.updates = Row::default();
        }
        self.widest = self.widest.max(tally.widest);
        self.window = Some((stand.latest_edge, width));
    }

    /// MUST-39 and 3.8.6.2.2: a receiver moves the edge by whole segments, or
    /// by half of its buffer.
    fn offers(&mut self, step: &Step<'_>, shift: u8, edge: SeqNo, notes: &mut Relative) {
        let Some((before, width)) = self.window.filter(|(before, _)| edge.after(*before)) else {
            return;
        };
        let step_octets = edge.offset_from(before);
        // No MSS is larger.
        if width > u32::from(u16::MAX) {
            self.updates = Row::default();
            return;
        }
        let mss = mss(step);
        let least = mss.min(self.widest / 2);
        let rounded = (1u32 << shift) - 1;
        let tiny = width < mss
            && step_octets.saturating_add(rounded) < least
            // It is this that holds the sender up.
            && step.peer.snd_next.is_some_and(|next| next.at_or_after(before));
        if !tiny {
            self.updates = Row::default();
        } else if self.updates.add(step.segment.packet, step_octets, UPDATES)
            && self.tiny_updates.is_none()
        {
            self.tiny_updates = Some(Box::new((self.updates, step.segment.packet)));
            notes.saw |= Observations::SILLY_WINDOW;
        }
    }

    /// MUST-38 and 3.8.6.2.1: a sender with more to send (no PSH), and room
    /// for a whole segment, sends a whole segment.
    fn sends(&mut self, step: &Step<'_>, notes: &mut Relative) {
        let segment = step.segment;
        if step.own.snd_next != Some(segment.seq) {
            return;
        }
        let len = segment.payload_len;
        // What a narrow path made of larger segments is none of them.
        let whole = whole_segment(self.largest);
        self.largest = self.largest.max(len);
        if len > whole / 2 || segment.has(Flags::PSH | Flags::FIN | Flags::URG) {
            self.segments = Row::default();
            return;
        }
        let mss = mss(step);
        let unacked = step.peer.ack_max.is_some_and(|ack| segment.seq.after(ack));
        let edge = step.peer.window_edge.filter(|edge| edge.after(segment.seq));
        let usable = edge.map_or(0, |edge| edge.offset_from(segment.seq));
        if len * 2 >= mss.min(whole) || !unacked || usable < mss {
            self.segments = Row::default();
        } else if self.segments.add(segment.packet, len, SEGMENTS) && self.tiny_segments.is_none() {
            self.tiny_segments = Some(Box::new((self.segments, segment.packet)));
            notes.saw |= Observations::SILLY_WINDOW;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use crate::machine::connection::Connection;
    use crate::machine::script::connection;
    use crate::machine::side::Side;
    use crate::observation::Observations;

    const OPEN: &str = "A SYN 100 win=9000\nB SYN,ACK 300 101 win=9000\nA ACK 101 301 win=9000\n";

    fn run(rest: &str) -> Connection {
        connection(&format!("{OPEN}{rest}"))
    }

    /// The window stands at 10 octets, and each time A fills it, B opens `step` more.
    fn steps(step: u32, filled: bool) -> Connection {
        let mut text = String::from("A ACK 101 301 len=9000\nB ACK 301 9101 win=10\n");
        let mut next = 9101;
        for _ in 0..6 {
            let len = if filled { step } else { step - 1 };
            writeln!(text, "A ACK {next} 301 len={len}").unwrap();
            next += len;
            writeln!(text, "B ACK 301 {next} win={step}").unwrap();
        }
        run(&text)
    }

    #[test]
    fn five_tiny_steps_of_a_full_window() {
        let c = steps(10, true);
        let (row, last) = **c
            .watches
            .of(Side::Server)
            .window
            .silly
            .tiny_updates
            .as_ref()
            .unwrap();
        assert_eq!((row.count, row.first, last, row.largest), (5, 7, 15, 10));
        assert!(c.seen.contains(Observations::SILLY_WINDOW));
        assert!(!steps(600, true).seen.contains(Observations::SILLY_WINDOW));
        assert!(!steps(10, false).seen.contains(Observations::SILLY_WINDOW));
    }

    fn tiny(flags: &str, len: u32) -> Connection {
        let mut text = String::from("A ACK 101 301 len=536\n");
        for at in 0..12 {
            writeln!(text, "A {flags} {} 301 len={len}", 637 + at * len).unwrap();
        }
        run(&text)
    }

    #[test]
    fn ten_tiny_segments_into_a_wide_window() {
        let c = tiny("ACK", 20);
        let (row, last) = **c
            .watches
            .of(Side::Client)
            .window
            .silly
            .tiny_segments
            .as_ref()
            .unwrap();
        assert_eq!((row.count, row.first, last), (10, 5, 14));
        assert!(
            !tiny("PSH,ACK", 20)
                .seen
                .contains(Observations::SILLY_WINDOW)
        );
        assert!(!tiny("ACK", 268).seen.contains(Observations::SILLY_WINDOW));
    }
}
