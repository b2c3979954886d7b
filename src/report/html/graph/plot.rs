//! What is in a graph, and how it is drawn.

use std::fmt::Write as _;

use maud::html;

use super::axis::{Axis, CUT};
use super::marks::{self, Mark};
use super::scale::Scale;
use super::{BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH};
use crate::finding::Role;
use crate::machine::sketch::Marks;
use crate::report::drawing::{Drawing, Part, Segment};
use crate::report::text::ladder::notes::is_sent_again;
use crate::report::text::ladder::{Scene, amounts};
use crate::report::words;
use crate::segment::{Flags, NS_PER_S, Timestamp};

/// Segments that are sent again and get a letter, at the most.
const LETTERS: usize = 40;
/// Findings that get their code, at the most; the others get a mark.
const CODES: usize = 12;

/// A segment of the sender: when, and the numbers that it occupies.
struct Bar {
    time: f64,
    from: i64,
    end: i64,
    again: bool,
    /// `S` for SYN, `F` for FIN.
    control: Option<char>,
}

/// Segments that are summed up.
struct Sum {
    times: (f64, f64),
    numbers: (i64, i64),
}

/// See the module.
pub struct Plot<'a> {
    /// The beginning of time.
    start: Timestamp,
    bars: Vec<Bar>,
    sums: Vec<Sum>,
    /// What is acknowledged, from moment to moment, and the edge of the window.
    acks: Vec<(f64, i64)>,
    edges: Vec<(f64, i64)>,
    /// SACK blocks.
    sacks: Vec<(f64, i64, i64)>,
    marks: Vec<Mark<'a>>,
    /// There are windows of which the scale is not known.
    unscaled: bool,
    axis: Axis,
    scale: Scale,
}

fn seconds(time: Timestamp, start: Timestamp) -> f64 {
    time.since(start) as f64 / NS_PER_S as f64
}

impl<'a> Plot<'a> {
    /// What `sender` sent; `None` if that is no data.
    pub fn of(scene: &Scene<'a>, picture: &Drawing, sender: Role) -> Option<Plot<'a>> {
        let start = scene.start;
        let mut plot = Plot {
            start,
            bars: Vec::new(),
            sums: Vec::new(),
            acks: Vec::new(),
            edges: Vec::new(),
            sacks: Vec::new(),
            marks: marks::of(scene.findings, picture, sender),
            unscaled: false,
            axis: Axis::of(&[], LEFT, WIDTH - RIGHT),
            scale: Scale::of(0, 1, std::iter::empty()),
        };
        let mut has_data = false;
        let mut times = Vec::new();
        for part in &picture.parts {
            times.push(seconds(part.first().time, start));
            match part {
                Part::Segment(segment) => {
                    has_data |= segment.sender == sender && segment.len > 0;
                    plot.segment(segment, sender);
                }
                Part::Fold(fold) => {
                    let (first, last) = (
                        seconds(fold.first.time, start),
                        seconds(fold.last.time, start),
                    );
                    times.push(last);
                    let own = fold.ends.of(sender);
                    has_data |= own.octets > 0;
                    if let Some(numbers) = own.seq.filter(|_| own.octets > 0) {
                        plot.sums.push(Sum {
                            times: (first, last),
                            numbers,
                        });
                    }
                    let peer = fold.ends.of(sender.peer());
                    plot.ack(last, peer.ack);
                    plot.edges.extend(peer.edge.map(|edge| (last, edge)));
                }
            }
        }
        if !has_data {
            return None;
        }
        times.sort_by(f64::total_cmp);
        plot.axis = Axis::of(&times, LEFT, WIDTH - RIGHT);
        plot.scale = plot.fitting();
        Some(plot)
    }

    fn segment(&mut self, segment: &Segment, sender: Role) {
        let nothing = Marks::DAMAGED | Marks::VOID | Marks::ASIDE;
        let ended = segment.flags.contains(Flags::RST);
        if segment.marks.intersects(nothing) || ended {
            return;
        }
        let time = seconds(segment.frame.time, self.start);
        if segment.sender == sender {
            let (from, end) = (segment.seq_relative, segment.end_relative());
            if end > from {
                let control = match segment.flags {
                    flags if flags.contains(Flags::SYN) => Some('S'),
                    flags if flags.contains(Flags::FIN) => Some('F'),
                    _ => None,
                };
                let again = is_sent_again(segment.marks);
                self.bars.push(Bar {
                    time,
                    from,
                    end,
                    again,
                    control,
                });
            }
            return;
        }
        if !segment.flags.contains(Flags::ACK) {
            return;
        }
        self.ack(time, Some(segment.ack_relative));
        self.sacks
            .extend(segment.sack.iter().map(|(from, end)| (time, *from, *end)));
        if segment.marks.contains(Marks::UNSCALED) {
            self.unscaled = true;
        } else if let Some(window) = segment.window {
            let edge = segment.ack_relative.saturating_add(i64::from(window));
            self.edges.push((time, edge));
        }
    }

    /// An old acknowledgment that comes late takes nothing back.
    fn ack(&mut self, time: f64, ack: Option<i64>) {
        let before = self.acks.last().map_or(i64::MIN, |(_, ack)| *ack);
        if let Some(ack) = ack.filter(|ack| *ack > before) {
            self.acks.push((time, ack));
        }
    }

    /// The scale for what belongs to the stream: a number far from all others (of somebody who
    /// guesses) would press the rest flat.
    fn fitting(&self) -> Scale {
        let edge = self.edges.iter().map(|(_, edge)| *edge).max();
        let is_near = |end: &i64| edge.is_none_or(|edge| *end <= edge.saturating_add(1 << 17));
        let sums = self.sums.iter().map(|sum| sum.numbers);
        let ranges = || {
            self.bars
                .iter()
                .map(|bar| (bar.from, bar.end))
                .chain(sums.clone())
        };
        let low = ranges()
            .map(|(from, _)| from)
            .filter(|from| *from >= -1)
            .min();
        let high = ranges().map(|(_, end)| end).filter(is_near).max();
        let low = low.unwrap_or(0);
        let edges = self.edges.iter().map(|(_, edge)| *edge);
        Scale::of(low, high.unwrap_or(low), edges)
    }

    /// Findings that are marked.
    pub const fn marked(&self) -> usize {
        self.marks.len()
    }

    /// What the picture cannot show.
    pub fn remarks(&self, sender: Role) -> Vec<String> {
        let mut remarks = Vec::new();
        let peer = sender.peer().as_str();
        let hidden = self
            .edges
            .iter()
            .filter(|(_, edge)| self.scale.y(*edge).is_none());
        let distances = hidden.filter_map(|(time, edge)| {
            let acked = self.acks.iter().rev().find(|(at, _)| at <= time)?.1;
            u64::try_from(edge.saturating_sub(acked)).ok()
        });
        if let Some(least) = distances.min() {
            let octets = amounts::octets(least);
            remarks.push(format!(
                "Where the edge of the window is not to be seen it lies above the picture: the {peer} offers {octets} and more."
            ));
        }
        if self.unscaled {
            remarks.push(format!(
                "The scale of the {peer}'s window is not known, so its edge is not drawn."
            ));
        }
        if !self.sums.is_empty() {
            remarks.push(
                "Slanted lines stand for many segments, of which only sums are kept.".to_owned(),
            );
        }
        remarks
    }

    /// All of it.
    pub fn draw(&self, sender: Role) -> String {
        let mut out = String::new();
        self.frame(&mut out, sender);
        self.steps(&mut out, "edge", &self.edges);
        self.steps(&mut out, "ack", &self.acks);
        self.data(&mut out);
        self.findings(&mut out);
        out
    }

    /// Axes, ticks and cuts, and what the lines mean.
    fn frame(&self, out: &mut String, sender: Role) {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        for (y, text) in self.scale.ticks() {
            line(out, "grid", (LEFT, y), (right, y));
            label(out, (LEFT - 8.0, y + 4.0), "end", "faint", &text);
        }
        for (x, text) in self.axis.ticks() {
            line(out, "grid", (x, TOP), (x, bottom));
            label(out, (x, bottom + 17.0), "middle", "faint", &text);
        }
        for (x, length) in self.axis.cuts() {
            let (width, height) = (CUT, bottom - TOP);
            let text = amounts::time((length * NS_PER_S as f64) as i64);
            let _ = write!(
                out,
                "<rect class=\"cut\" x=\"{x:.1}\" y=\"{TOP}\" width=\"{width}\" height=\"{height}\"/>"
            );
            let (middle, turn) = (x + width / 2.0 + 4.0, TOP + height / 2.0);
            let _ = write!(
                out,
                "<text class=\"faint\" x=\"{middle:.1}\" y=\"{turn:.1}\" text-anchor=\"middle\" \
                 transform=\"rotate(-90 {middle:.1} {turn:.1})\">{text} pass</text>"
            );
        }
        let _ = write!(
            out,
            "<path class=\"axis\" d=\"M{LEFT} {TOP}V{bottom}H{right}\"/>"
        );
        label(out, (right, HEIGHT - 6.0), "end", "faint", "seconds");
        let title = format!("sequence numbers of the {}", sender.as_str());
        label(out, (LEFT, HEIGHT - 6.0), "start", "faint", &title);
        self.legend(out);
    }

    /// The kinds of lines that are there.
    fn legend(&self, out: &mut String) {
        let again = self.bars.iter().any(|bar| bar.again);
        let kinds = [
            ("bar", "data", !self.bars.is_empty()),
            ("again", "sent again", again),
            ("ack", "acknowledged", !self.acks.is_empty()),
            ("edge", "edge of the window", !self.edges.is_empty()),
            ("sack", "SACK", !self.sacks.is_empty()),
            ("sum", "summed up", !self.sums.is_empty()),
        ];
        let mut x = LEFT;
        for (class, text, _) in kinds.iter().filter(|(_, _, is_there)| *is_there) {
            match *class {
                "bar" | "again" | "sack" => line(out, class, (x + 10.0, 6.0), (x + 10.0, 22.0)),
                _ => line(out, class, (x, 14.0), (x + 20.0, 14.0)),
            }
            label(out, (x + 26.0, 18.0), "start", "", text);
            x += 44.0 + 7.3 * text.len() as f64;
        }
    }

    /// A line that changes only at certain moments. It leaves the picture where a number does.
    fn steps(&self, out: &mut String, class: &str, points: &[(f64, i64)]) {
        let mut path = String::new();
        let mut last: Option<f64> = None;
        for (time, number) in points {
            let x = self.axis.x(*time);
            let y = self.scale.y(*number);
            let _ = match (last, y) {
                (None, Some(y)) => write!(path, "M{x:.1} {y:.1}"),
                (Some(_), Some(y)) => write!(path, "H{x:.1}V{y:.1}"),
                (Some(_), None) => write!(path, "H{x:.1}V{TOP}"),
                (None, None) => Ok(()),
            };
            last = y;
        }
        if last.is_some() {
            let _ = write!(path, "H{:.1}", WIDTH - RIGHT);
        }
        if !path.is_empty() {
            let _ = write!(out, "<path class=\"{class}\" d=\"{path}\"/>");
        }
    }

    /// Bars, SACK blocks and sums.
    fn data(&self, out: &mut String) {
        let (mut plain, mut again, mut sacks) = (String::new(), String::new(), String::new());
        for sum in &self.sums {
            let place = |time, number| (self.axis.x(time), self.scale.clamped(number));
            let (from, to) = (sum.numbers.0, sum.numbers.1);
            line(out, "sum", place(sum.times.0, from), place(sum.times.1, to));
        }
        for (time, from, end) in &self.sacks {
            // Beside the bars of the same moment.
            self.bar(&mut sacks, self.axis.x(*time) + 2.0, *from, *end);
        }
        for bar in &self.bars {
            let to = if bar.again { &mut again } else { &mut plain };
            self.bar(to, self.axis.x(bar.time), bar.from, bar.end);
        }
        for (class, path) in [("sack", sacks), ("bar", plain), ("again", again)] {
            if !path.is_empty() {
                let _ = write!(out, "<path class=\"{class}\" d=\"{path}\"/>");
            }
        }
        let repeated = self
            .bars
            .iter()
            .filter(|bar| bar.again && bar.control.is_none());
        for bar in repeated.take(LETTERS) {
            self.letter(out, bar, "R");
        }
        for bar in &self.bars {
            if let Some(letter) = bar.control {
                self.letter(out, bar, letter.encode_utf8(&mut [0; 4]));
            }
        }
    }

    fn letter(&self, out: &mut String, bar: &Bar, letter: &str) {
        let (x, y) = (self.axis.x(bar.time), self.scale.clamped(bar.end));
        let y = (y - 4.0).max(TOP + 10.0);
        let class = if bar.again {
            "letter again-text"
        } else {
            "letter"
        };
        label(out, (x, y), "middle", class, letter);
    }

    fn bar(&self, path: &mut String, x: f64, from: i64, end: i64) {
        let (bottom, top) = (self.scale.clamped(from), self.scale.clamped(end));
        // A bar of few octets, too, is to be seen.
        let top = top.min(bottom - 2.0);
        let _ = write!(path, "M{x:.1} {bottom:.1}V{top:.1}");
    }

    /// The findings: triangles that point to their place, with their codes.
    fn findings(&self, out: &mut String) {
        let mut last: Option<(f64, f64)> = None;
        for (number, mark) in self.marks.iter().enumerate() {
            let severity = mark.finding.severity.as_str();
            let x = self.axis.x(seconds(mark.time, self.start));
            let y = mark.number.map_or(TOP + 24.0, |at| self.scale.clamped(at));
            let (tip, base) = match y > TOP + 40.0 {
                true => (y - 3.0, y - 15.0),
                false => (y + 3.0, y + 15.0),
            };
            let (left, right) = (x - 7.0, x + 7.0);
            let finding = mark.finding;
            let packet = finding.packet.unwrap_or_default();
            let about = format!(
                "{severity} {} at packet {packet}: {}",
                finding.rule, finding.message
            );
            let about = html! { (about) }.into_string();
            let code = finding.rule;
            let _ = write!(
                out,
                "<a href=\"#rule-{code}\"><path class=\"mark {severity}\" d=\"M{x:.1} {tip:.1}L{left:.1} {base:.1}H{right:.1}z\">\
                 <title>{about}</title></path>"
            );
            let anchor = if x > WIDTH - RIGHT - 70.0 {
                "end"
            } else {
                "start"
            };
            let beside = if anchor == "end" { x - 10.0 } else { x + 10.0 };
            let is_free = last.is_none_or(|(at, height)| {
                (at - beside).abs() > 60.0 || (height - base).abs() > 14.0
            });
            if number < CODES && is_free {
                label(
                    out,
                    (beside, base + 4.0),
                    anchor,
                    &format!("note {severity}"),
                    code,
                );
                last = Some((beside, base));
            }
            out.push_str("</a>");
        }
        let more = self.marks.len().saturating_sub(CODES);
        if more > 0 {
            let text = format!("{} more marks", words::number(more as u64));
            label(
                out,
                (WIDTH - RIGHT - 4.0, TOP + 12.0),
                "end",
                "faint",
                &text,
            );
        }
    }
}

fn line(out: &mut String, class: &str, from: (f64, f64), to: (f64, f64)) {
    let ((x1, y1), (x2, y2)) = (from, to);
    let _ = write!(
        out,
        "<path class=\"{class}\" d=\"M{x1:.1} {y1:.1}L{x2:.1} {y2:.1}\"/>"
    );
}

fn label(out: &mut String, at: (f64, f64), anchor: &str, class: &str, text: &str) {
    let (x, y) = at;
    let text = html! { (text) };
    let _ = write!(
        out,
        "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>",
        text.0
    );
}
