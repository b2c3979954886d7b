//! A connection drawn as a ladder: both ends as lines from top to bottom, each segment an arrow
//! between them, with the states to which it leads.
//!
//! Heavy arrows carry data, broken ones repeat something, and those that end in a cross change nothing.
//! On a narrow page states stand on the lifelines and notes between them; on a wide one both have
//! columns of their own.

pub(in crate::report) mod amounts;
mod arrow;
mod canvas;
pub(in crate::report) mod files;
pub(in crate::report) mod notes;
pub(in crate::report) mod rows;
pub(in crate::report) mod texts;

use std::io;
use std::iter::Peekable;
use std::vec::IntoIter;

use self::arrow::Stroke;
use self::canvas::{Canvas, Margin, Note};
use self::files::Files;
use self::notes::Narrator;
use self::rows::{Row, Sum, is_at, rows};
use self::texts::{label, named, origin, title, told};
use super::{Look, seconds};
use crate::finding::{Finding, Moment, Role};
use crate::machine::sketch::Marks;
use crate::machine::state::State;
use crate::report::drawing::{Drawing, Frame, Segment};
use crate::report::model::{ConnectionReport, PerRole};
use crate::report::page::Page;
use crate::report::style::{self, FAINT, PLAIN};
use crate::report::words;
use crate::segment::{Flags, Timestamp};

/// What the arrows mean.
pub const KEY: &str = "━━► data   ──► no data   ╍╍► ╌╌► sent again   ──× changes nothing";

/// Segments that are sent again, out of order and the like are drawn one by one up to this number.
const BUDGET: usize = 24;
/// The same where it is the only connection.
const WHOLE_BUDGET: usize = 60;
/// Digits of a second that are shown, at the most.
const MAX_DIGITS: u8 = 6;

/// What is drawn around the segments.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The connection.
    pub connection: &'a ConnectionReport,
    /// What is said of it.
    pub findings: &'a [Finding],
    /// When its capture began: times count from there.
    pub start: Timestamp,
    /// It is the only one that is drawn.
    pub alone: bool,
}

/// Draws a connection, if there is anything to draw.
pub fn write(scene: Scene<'_>, look: &Look, page: &mut Page<'_>) -> io::Result<()> {
    let Some(drawing) = &scene.connection.drawing else {
        return Ok(());
    };
    let findings = scene.findings.iter();
    let shown: Vec<&Finding> = findings
        .filter(|finding| finding.severity >= look.show)
        .collect();
    let budget = if scene.alone { WHOLE_BUDGET } else { BUDGET };
    let rows = rows(drawing, &shown, budget);
    let files = Files::of(drawing);
    let pen = Pen {
        canvas: canvas(&scene, &rows, &files, page.width()),
        digits: scene.connection.start.digits.min(MAX_DIGITS),
        scene,
        files,
        shown,
    };
    pen.draw(drawing, &rows, page)
}

fn canvas(scene: &Scene<'_>, rows: &[Row<'_>], files: &Files, width: usize) -> Canvas {
    let digits = scene.connection.start.digits.min(MAX_DIGITS);
    let widths = rows.iter().filter_map(|row| {
        let (first, last) = match row {
            Row::Pause(_) => return None,
            Row::Segment(segment) => (&segment.frame, &segment.frame),
            Row::Fold(sum) => (sum.first, sum.last),
        };
        let time = seconds(last.time.since(scene.start), digits).len();
        Some((files.name(first).len().max(files.name(last).len()), time))
    });
    let (frame, time) = widths.fold(
        ("Packet".len(), "Seconds".len()),
        |(a, b), (frame, time)| (a.max(frame), b.max(time)),
    );
    Canvas::new(frame, time, width)
}

struct Pen<'a> {
    scene: Scene<'a>,
    canvas: Canvas,
    digits: u8,
    files: Files,
    /// Findings that are shown.
    shown: Vec<&'a Finding>,
}

impl Pen<'_> {
    fn draw(&self, drawing: &Drawing, rows: &[Row<'_>], page: &mut Page<'_>) -> io::Result<()> {
        let connection = self.scene.connection;
        for role in Role::BOTH {
            if let Some(text) = origin(drawing, role) {
                page.faint(2, &text)?;
            }
        }
        if let Some(key) = self.files.key() {
            page.faint(2, &key)?;
        }
        let names = PerRole {
            client: format!("client {}", connection.client),
            server: format!("server {}", connection.server),
        };
        self.canvas.head(&names, page)?;
        let mut states = drawing.begin.clone();
        self.canvas.states(
            &Margin::default(),
            &named(&states, &PerRole::default()),
            "",
            page,
        )?;
        let mut narrator = Narrator::of(drawing);
        let (mut loose, elsewhere) = self.loose(rows);
        for row in rows {
            if let Some(first) = row.first() {
                while let Some(finding) = loose.next_if(|finding| is_before(finding, first)) {
                    self.other(finding, page)?;
                }
            }
            match row {
                Row::Pause(ns) => {
                    self.canvas
                        .gap(&Margin::default(), &amounts::time(*ns), &[], page)?;
                }
                Row::Segment(segment) => {
                    let findings = self.at(|finding| is_at(finding, segment));
                    self.segment(segment, &states, &mut narrator, &findings, page)?;
                    states.clone_from(&segment.states);
                }
                Row::Fold(sum) => {
                    let findings = self.at(|finding| sum.holds(finding));
                    self.fold(sum, &findings, page)?;
                    narrator.skip(&sum.ends);
                    states.clone_from(sum.states);
                }
            }
        }
        for finding in loose {
            self.other(finding, page)?;
        }
        self.timeouts(page)?;
        for finding in elsewhere {
            page.hang(2, "at no single segment: ", FAINT, &title(finding))?;
        }
        Ok(())
    }

    /// Findings that are at none of the rows: those with a packet of the same file, which is no
    /// segment of the connection (as an ICMP error), in order, and the others.
    fn loose(&self, rows: &[Row<'_>]) -> (Peekable<IntoIter<&Finding>>, Vec<&Finding>) {
        let is_drawn = |finding: &&&Finding| {
            rows.iter().any(|row| match row {
                Row::Pause(_) => false,
                Row::Segment(segment) => is_at(finding, segment),
                Row::Fold(sum) => sum.holds(finding),
            })
        };
        let left = self
            .shown
            .iter()
            .filter(|finding| !is_drawn(finding))
            .copied();
        let of_file =
            |finding: &&Finding| finding.packet.is_some() && self.files.hold(&finding.capture);
        let (mut loose, elsewhere): (Vec<_>, Vec<_>) = left.partition(of_file);
        loose.sort_by_key(|finding| finding.packet);
        (loose.into_iter().peekable(), elsewhere)
    }

    /// What is found at a packet that is none of the segments.
    fn other(&self, finding: &Finding, page: &mut Page<'_>) -> io::Result<()> {
        let margin = Margin {
            frame: finding
                .packet
                .map_or_else(String::new, |packet| packet.to_string()),
            time: finding
                .time
                .map_or_else(String::new, |time| self.clock(time.at)),
        };
        let style = style::of(finding.severity);
        self.canvas.aside(&margin, (style, title(finding)), page)
    }

    /// The findings that are `here`.
    fn at(&self, here: impl Fn(&Finding) -> bool) -> Vec<&Finding> {
        let all = self.shown.iter().copied();
        all.filter(|finding| here(finding)).collect()
    }

    fn segment(
        &self,
        segment: &Segment,
        before: &PerRole<Option<State>>,
        narrator: &mut Narrator,
        findings: &[&Finding],
        page: &mut Page<'_>,
    ) -> io::Result<()> {
        let is_reset = segment.flags.contains(Flags::RST);
        let window = !is_reset && (self.canvas.is_wide() || narrator.tells_window(segment));
        let mut notes: Vec<Note> = findings.iter().flat_map(|finding| told(finding)).collect();
        let (text, sack) = label(segment, window, self.canvas.inner());
        let is_told = findings
            .iter()
            .any(|finding| finding.name.contains("keepalive"));
        let mut words = narrator.notes(segment, is_told);
        words.extend(sack);
        if !words.is_empty() {
            notes.push((FAINT, words.join("; ")));
        }
        let nothing = Marks::DAMAGED | Marks::VOID | Marks::ASIDE;
        let stroke = Stroke {
            heavy: segment.len > 0,
            again: notes::is_sent_again(segment.marks),
            arrives: !segment.marks.intersects(nothing),
        };
        let arrow = stroke.arrow(segment.sender, &text, self.canvas.inner());
        let worst = findings.iter().map(|finding| finding.severity).max();
        let style = worst.map_or(PLAIN, style::of);
        let margin = self.margin(&segment.frame);
        let states = named(&segment.states, before);
        self.canvas.arrow(
            &margin,
            (style, arrow),
            segment.sender,
            &states,
            &notes,
            page,
        )
    }

    fn fold(&self, sum: &Sum<'_>, findings: &[&Finding], page: &mut Page<'_>) -> io::Result<()> {
        let last = self.files.name(sum.last);
        let count = words::count(sum.segments, "segment");
        let mut parts = vec![format!("{count} up to {last}")];
        for (role, to) in [
            (Role::Client, "to the server"),
            (Role::Server, "to the client"),
        ] {
            let octets = *sum.octets.of(role);
            if octets > 0 {
                parts.push(format!("{} {to}", amounts::octets(octets)));
            }
        }
        if sum.repeated > 0 {
            parts.push(format!("{} sent again", words::number(sum.repeated)));
        }
        parts.push(amounts::time(sum.last.time.since(sum.first.time)));
        let notes: Vec<Note> = findings
            .iter()
            .flat_map(|finding| {
                let packet = finding.packet.unwrap_or_default();
                let text = format!("in packet {packet}: {}", title(finding));
                [(style::of(finding.severity), text)]
            })
            .collect();
        self.canvas
            .gap(&self.margin(sum.first), &parts.join(", "), &notes, page)
    }

    /// Steps that no segment shows: TIME-WAIT has run out.
    fn timeouts(&self, page: &mut Page<'_>) -> io::Result<()> {
        let rows = self.scene.connection.states.iter();
        for row in rows.filter(|row| row.packet.is_none()) {
            let mut states = PerRole::default();
            *states.of_mut(row.endpoint) = row.to.as_str();
            let margin = Margin {
                frame: String::new(),
                time: self.clock(row.time.at),
            };
            self.canvas
                .states(&margin, &states, row.event.as_str(), page)?;
        }
        Ok(())
    }

    fn margin(&self, frame: &Frame) -> Margin {
        Margin {
            frame: self.files.name(frame),
            time: self.clock(frame.time),
        }
    }

    fn clock(&self, at: Timestamp) -> String {
        let moment = Moment {
            at,
            digits: self.digits,
        };
        seconds(moment.at.since(self.scene.start), moment.digits)
    }
}

/// Whether the packet of a finding comes before a frame of the same file.
fn is_before(finding: &Finding, frame: &Frame) -> bool {
    finding.capture == frame.capture && finding.packet.is_some_and(|at| at < frame.number)
}
