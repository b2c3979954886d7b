//! What is said beside a segment, in a few words.

use std::collections::HashMap;

use super::amounts;
use crate::finding::{CaptureName, Role};
use crate::machine::sketch::Marks;
use crate::report::drawing::{Drawing, Part, Segment, SynOptions};
use crate::report::model::PerRole;
use crate::report::words;
use crate::segment::{Flags, OptionSet, Timestamp};

/// Options by the names that are used in conversation, in the order in which they are told.
const OPTIONS: [(OptionSet, &str); 8] = [
    (OptionSet::SACK_PERMITTED, "SACK"),
    (OptionSet::TIMESTAMPS, "timestamps"),
    (OptionSet::FAST_OPEN, "Fast Open"),
    (OptionSet::MPTCP, "Multipath TCP"),
    (OptionSet::MD5, "MD5 signature"),
    (OptionSet::AO, "authentication"),
    (OptionSet::USER_TIMEOUT, "user timeout"),
    (OptionSet::ACC_ECN, "Accurate ECN"),
];

/// A frame: its file, and its number there.
type Place = (CaptureName, u64);

/// What has to be known of the segments before one.
#[derive(Debug, Default)]
pub struct Narrator {
    /// When each frame that is drawn was captured, and how often its octets were sent again so
    /// far; then when that was last.
    times: HashMap<Place, (Timestamp, u32)>,
    /// For frames whose octets were sent again, the first that did.
    again: HashMap<Place, u64>,
    /// One behind the last octet of each end so far.
    next: PerRole<Option<i64>>,
    /// The window that each end offered last.
    window: PerRole<Option<u32>>,
    /// It was said that an end fills the window.
    filled: PerRole<bool>,
    /// Duplicate ACKs in a row.
    duplicates: PerRole<u32>,
    /// The number of the SYN that was told last.
    told: PerRole<Option<u32>>,
}

impl Narrator {
    pub fn of(drawing: &Drawing) -> Narrator {
        let mut narrator = Narrator::default();
        for part in &drawing.parts {
            let Part::Segment(segment) = part else {
                continue;
            };
            let frame = &segment.frame;
            let place = |number| (frame.capture.clone(), number);
            let time = (frame.time, 0);
            narrator.times.insert(place(frame.number), time);
            let probes = Marks::WINDOW_PROBE | Marks::KEEPALIVE;
            if let Some(first) = segment
                .repeats
                .filter(|_| !segment.marks.intersects(probes))
            {
                let later = narrator.again.entry(place(first));
                later.or_insert(frame.number);
            }
        }
        narrator
    }

    /// A fold was drawn, behind which each end has come so far.
    pub fn skip(&mut self, ends: &PerRole<Option<i64>>) {
        for role in Role::BOTH {
            let next = self.next.of_mut(role);
            *next = (*next).max(*ends.of(role));
        }
        self.duplicates = PerRole::default();
    }

    /// Whether the window is worth telling: it is the first, or has been closed, or opened.
    pub fn tells_window(&self, segment: &Segment) -> bool {
        let Some(window) = segment.window else {
            return false;
        };
        let marks = Marks::ZERO_WINDOW | Marks::WINDOW_UPDATE;
        let before = *self.window.of(segment.sender);
        !segment.flags.contains(Flags::RST)
            && (segment.flags.contains(Flags::SYN)
                || segment.marks.intersects(marks)
                || before == Some(0)
                || before.is_some_and(|before| before / 2 > window))
    }

    /// All that is to be said of the next segment. `is_told`: a finding says already that it is a
    /// keepalive.
    pub fn notes(&mut self, segment: &Segment, is_told: bool) -> Vec<String> {
        let mut notes = Vec::new();
        let own = segment.sender;
        notes.extend(self.syn(segment));
        if !(is_told && segment.marks.contains(Marks::KEEPALIVE)) {
            notes.extend(self.kind(segment));
        }
        if segment.marks.contains(Marks::HOLE) {
            notes.push(self.hole(segment));
        }
        notes.extend(self.window(segment));
        let fills = segment.marks.contains(Marks::WINDOW_FULL);
        *self.filled.of_mut(own) |= fills;
        if segment.marks.contains(Marks::ZERO_WINDOW) {
            *self.filled.of_mut(own.peer()) = false;
        }
        let count = self.duplicates.of_mut(own);
        if segment.marks.contains(Marks::DUPLICATE_ACK) {
            *count += 1;
            notes.push(format!("duplicate ACK {count}"));
        } else {
            *count = 0;
        }
        let place = (segment.frame.capture.clone(), segment.frame.number);
        if let Some(later) = self.again.get(&place) {
            notes.push(format!("sent again in {later}"));
        }
        let nothing = Marks::DAMAGED | Marks::VOID | Marks::ASIDE;
        if !segment.marks.intersects(nothing) && !segment.flags.contains(Flags::RST) {
            let next = self.next.of_mut(own);
            *next = (*next).max(Some(segment.end_relative()));
            *self.window.of_mut(own) = segment.window;
        }
        notes
    }

    fn syn(&mut self, segment: &Segment) -> Option<String> {
        let options = segment.options.as_ref()?;
        let told = self.told.of_mut(segment.sender);
        if told.replace(segment.seq) == Some(segment.seq) {
            return None;
        }
        Some(opening(segment.seq, options))
    }

    /// What kind of segment it is, where it is none of the ordinary.
    fn kind(&mut self, segment: &Segment) -> Option<String> {
        let marks = segment.marks;
        let has = |mark| marks.contains(mark);
        let plain = |text: &str| Some(text.to_owned());
        if has(Marks::DAMAGED) {
            return plain("wrong checksum: not taken in");
        }
        if has(Marks::VOID) {
            return plain("no endpoint takes it in");
        }
        if has(Marks::ASIDE) {
            return plain("this SYN opens nothing");
        }
        if has(Marks::KEEPALIVE) {
            return plain("keepalive");
        }
        if has(Marks::WINDOW_PROBE) {
            return plain("probes the closed window");
        }
        if has(Marks::ANSWER) {
            return plain("answers the probe");
        }
        if !is_sent_again(marks) {
            let late = has(Marks::OUT_OF_ORDER);
            return late.then(|| "late, or sent again: fills a hole".to_owned());
        }
        let what = if has(Marks::FAST) {
            "fast retransmission"
        } else if has(Marks::TAIL_PROBE) {
            "tail loss probe"
        } else {
            "retransmission"
        };
        let why = [
            (Marks::BY_TIMEOUT, " (timeout)"),
            (Marks::NEEDLESS, " of what was acknowledged"),
            (Marks::TOO_BIG, " (was too big)"),
        ];
        let why = why.into_iter().find(|(mark, _)| has(*mark));
        let why = why.map_or("", |(_, text)| text);
        if !has(Marks::RETRANSMISSION) {
            return Some(format!("{what}{why}, its first copy not captured"));
        }
        let first = segment.repeats.map_or_else(String::new, |first| {
            let Some((at, copies)) = self.times.get_mut(&(segment.frame.capture.clone(), first))
            else {
                return format!(" of {first}");
            };
            let again = if *copies > 0 { " once more," } else { "" };
            let after = amounts::time(segment.frame.time.since(*at));
            (*at, *copies) = (segment.frame.time, copies.saturating_add(1));
            format!(" of {first}{again} after {after}")
        });
        Some(match has(Marks::NEEDLESS) {
            true => format!("{what}{first}, acknowledged before"),
            false => format!("{what}{first}{why}"),
        })
    }

    fn hole(&self, segment: &Segment) -> String {
        let next = *self.next.of(segment.sender);
        let missing = next.map_or(0, |next| segment.seq_relative.saturating_sub(next));
        match u64::try_from(missing) {
            Ok(missing) if missing > 0 => {
                let octets = words::count(missing, "octet");
                format!("{octets} before it not captured by then")
            }
            _ => "octets before it not captured by then".to_owned(),
        }
    }

    fn window(&self, segment: &Segment) -> Option<String> {
        let marks = segment.marks;
        let before = *self.window.of(segment.sender);
        let opens = before == Some(0) && segment.window.is_some_and(|window| window > 0);
        let ended = segment.flags.intersects(Flags::RST | Flags::SYN);
        let text = if marks.contains(Marks::ZERO_WINDOW) {
            if before == Some(0) {
                "the window stays closed"
            } else {
                "the window closes"
            }
        } else if opens && !ended {
            "the window opens"
        } else if marks.contains(Marks::WINDOW_UPDATE) {
            "window update"
        } else if marks.contains(Marks::WINDOW_FULL) && !self.filled.of(segment.sender) {
            "fills the window"
        } else {
            return None;
        };
        Some(text.to_owned())
    }
}

/// Whether it was sent before, be it that only this copy was captured.
pub fn is_sent_again(marks: Marks) -> bool {
    let kinds = Marks::BY_TIMEOUT
        .union(Marks::FAST)
        .union(Marks::TAIL_PROBE)
        .union(Marks::NEEDLESS)
        .union(Marks::TOO_BIG);
    marks.intersects(Marks::RETRANSMISSION.union(kinds))
}

fn opening(isn: u32, options: &SynOptions) -> String {
    let mut parts = vec![format!("ISN {isn}")];
    if options.present.contains(OptionSet::MSS) {
        parts.push(format!("MSS {}", options.mss));
    }
    if options.present.contains(OptionSet::WINDOW_SCALE) {
        parts.push(format!("scale {}", options.window_scale));
    }
    let named = OPTIONS
        .iter()
        .filter(|(option, _)| options.present.contains(*option));
    parts.extend(named.map(|(_, name)| (*name).to_owned()));
    parts.join(", ")
}
