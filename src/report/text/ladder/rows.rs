//! What is drawn of a connection, and what is folded for the eye.

use crate::finding::Finding;
use crate::machine::sketch::Marks;
use crate::machine::state::State;
use crate::report::drawing::{Drawing, Fold, Frame, Part, Segment};
use crate::report::model::PerRole;
use crate::segment::{Flags, NS_PER_S};

/// Without a segment for so long, time is drawn.
const PAUSE_NS: i64 = NS_PER_S;
/// Ordinary segments in a row that are drawn before one thinks of folding.
const ROW: usize = 12;
/// Of a longer row, so many are drawn before and behind the fold.
const BEFORE: usize = 4;
const BEHIND: usize = 3;

/// What makes a segment one that is drawn for itself.
const SPECIAL: Marks = Marks::RETRANSMISSION
    .union(Marks::OUT_OF_ORDER)
    .union(Marks::HOLE)
    .union(Marks::DUPLICATE_ACK)
    .union(Marks::KEEPALIVE)
    .union(Marks::WINDOW_PROBE)
    .union(Marks::ANSWER)
    .union(Marks::ZERO_WINDOW)
    .union(Marks::ASIDE)
    .union(Marks::DAMAGED)
    .union(Marks::VOID);

/// A row of the ladder.
#[derive(Debug)]
pub enum Row<'a> {
    /// Nothing was captured for so long, in nanoseconds.
    Pause(i64),
    /// A segment.
    Segment(&'a Segment),
    /// Segments in a few words.
    Fold(Sum<'a>),
}

impl Row<'_> {
    /// Its first frame, if it has any.
    pub const fn first(&self) -> Option<&Frame> {
        match self {
            Row::Pause(_) => None,
            Row::Segment(segment) => Some(&segment.frame),
            Row::Fold(sum) => Some(sum.first),
        }
    }
}

/// What a fold sums up.
#[derive(Debug)]
pub struct Sum<'a> {
    pub first: &'a Frame,
    pub last: &'a Frame,
    pub segments: u64,
    pub repeated: u64,
    /// Octets of data by sender.
    pub octets: PerRole<u64>,
    /// How far each end has come: one behind its last octet.
    pub ends: PerRole<Option<i64>>,
    pub states: &'a PerRole<Option<State>>,
}

impl<'a> Sum<'a> {
    fn of(part: &'a Part) -> Sum<'a> {
        let mut sum = Sum {
            first: part.first(),
            last: part.last(),
            segments: 0,
            repeated: 0,
            octets: PerRole::default(),
            ends: PerRole::default(),
            states: part.states(),
        };
        sum.add(part);
        sum
    }

    fn add(&mut self, part: &'a Part) {
        self.last = part.last();
        self.states = part.states();
        match part {
            Part::Segment(segment) => {
                let again = segment.marks.contains(Marks::RETRANSMISSION);
                self.segments += 1;
                self.repeated += u64::from(again);
                *self.octets.of_mut(segment.sender) += u64::from(segment.len);
                reach(self.ends.of_mut(segment.sender), segment.end_relative());
            }
            Part::Fold(Fold { ends, .. }) => {
                for role in crate::finding::Role::BOTH {
                    let course = ends.of(role);
                    self.segments += course.segments;
                    self.repeated += course.repeated;
                    *self.octets.of_mut(role) += course.octets;
                    if let Some((_, end)) = course.seq {
                        reach(self.ends.of_mut(role), end);
                    }
                }
            }
        }
    }

    /// Whether it sums up this packet.
    pub fn holds(&self, finding: &Finding) -> bool {
        let (first, last) = (self.first, self.last);
        let (at_first, at_last) = (
            finding.capture == first.capture,
            finding.capture == last.capture,
        );
        finding.packet.is_some_and(|packet| {
            let behind_first = !at_first || packet >= first.number;
            let before_last = !at_last || packet <= last.number;
            (at_first || at_last) && behind_first && before_last
        })
    }
}

fn reach(end: &mut Option<i64>, to: i64) {
    *end = Some(end.map_or(to, |end| end.max(to)));
}

/// The rows of a drawing. Segments with one of `findings` are drawn for themselves, and of those
/// that are special in any other way the first `budget`.
pub fn rows<'a>(drawing: &'a Drawing, findings: &[&Finding], budget: usize) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    let mut row: Vec<&Part> = Vec::new();
    let mut before: Option<&Part> = None;
    let mut left = budget;
    for part in &drawing.parts {
        let pause = before.map_or(0, |last| part.first().time.since(last.last().time));
        let states = before.map_or(&drawing.begin, Part::states);
        let stands_out = pause >= PAUSE_NS
            || match part {
                Part::Fold(_) => false,
                Part::Segment(segment) => {
                    let special = is_special(segment, states, findings);
                    let marked = !special && left > 0 && segment.marks.intersects(SPECIAL);
                    left -= usize::from(marked);
                    special || marked
                }
            };
        if stands_out {
            fold(&mut row, &mut rows);
        }
        if pause >= PAUSE_NS {
            rows.push(Row::Pause(pause));
        }
        match part {
            Part::Segment(segment) if stands_out => rows.push(Row::Segment(segment)),
            _ => row.push(part),
        }
        before = Some(part);
    }
    fold(&mut row, &mut rows);
    rows
}

fn is_special(segment: &Segment, before: &PerRole<Option<State>>, findings: &[&Finding]) -> bool {
    let ends = Flags::SYN | Flags::FIN | Flags::RST;
    segment.flags.intersects(ends)
        || segment.states != *before
        || findings.iter().any(|finding| is_at(finding, segment))
}

/// Whether the finding is about this segment.
pub fn is_at(finding: &Finding, segment: &Segment) -> bool {
    finding.packet == Some(segment.frame.number) && finding.capture == segment.frame.capture
}

/// Draws parts in a row that are all ordinary, or folds most of them.
fn fold<'a>(row: &mut Vec<&'a Part>, rows: &mut Vec<Row<'a>>) {
    let row = std::mem::take(row);
    let is_fold = |part: &&Part| matches!(part, Part::Fold(_));
    let (first, last) = (row.iter().position(is_fold), row.iter().rposition(is_fold));
    let long = row.len() > ROW;
    let before = first
        .unwrap_or(row.len())
        .min(if long { BEFORE } else { ROW });
    let behind = (row.len() - last.map_or(before, |last| last + 1)).min(BEHIND);
    let until = if long || last.is_some() {
        row.len() - behind
    } else {
        before
    };
    let mut sum: Option<Sum<'_>> = None;
    for (at, part) in row.into_iter().enumerate() {
        if (before..until).contains(&at) {
            match &mut sum {
                Some(sum) => sum.add(part),
                None => sum = Some(Sum::of(part)),
            }
            continue;
        }
        rows.extend(sum.take().map(Row::Fold));
        if let Part::Segment(segment) = part {
            rows.push(Row::Segment(segment));
        }
    }
    rows.extend(sum.map(Row::Fold));
}
