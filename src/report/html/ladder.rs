//! A connection as a ladder, drawn as SVG: what `--ladder` draws in text, with the same rows and words.

use maud::{Markup, html};

use super::connection::drawing;
use super::sheet::{Sheet, Tone};
use crate::finding::{Finding, Moment, Role};
use crate::machine::sketch::Marks;
use crate::report::drawing::{Frame, Segment};
use crate::report::model::PerRole;
use crate::report::page::wrap;
use crate::report::text::ladder::files::Files;
use crate::report::text::ladder::notes::{Narrator, is_sent_again};
use crate::report::text::ladder::rows::{Row, Sum, is_at, rows};
use crate::report::text::ladder::texts::{label, named, origin, title};
use crate::report::text::ladder::{Scene, amounts};
use crate::report::text::{numbers, seconds};
use crate::report::words;
use crate::segment::{Flags, Timestamp};

/// Segments that are sent again, out of order and the like are drawn one by one up to this number.
const BUDGET: usize = 60;
/// Rows that are drawn, at the most: half of them from each end.
const ROWS: usize = 240;
/// Digits of a second that are shown, at the most.
const DIGITS: u8 = 6;
/// Columns of a label and of a note between the lifelines.
const COLUMNS: usize = 56;

/// The ladder with its words.
pub fn figure(scene: &Scene<'_>) -> Markup {
    let Some(picture) = &scene.connection.drawing else {
        return html! { p.faint { "No segment of it was kept to be drawn." } };
    };
    let findings: Vec<&Finding> = scene.findings.iter().collect();
    let rows = rows(picture, &findings, BUDGET);
    let files = Files::of(picture);
    let pen = Pen {
        digits: scene.connection.start.digits.min(DIGITS),
        scene,
        files,
        findings,
    };
    let id = scene.connection.id;
    let svg = pen.draw(&rows);
    let label = format!("Ladder of connection {id}");
    let caption = html! {
        strong { "Ladder" }
        @for role in Role::BOTH {
            @if let Some(text) = origin(picture, role) { " " span { (text) } }
        }
        @if let Some(key) = pen.files.key() { " " span { "Files: " (key) "." } }
    };
    drawing(&label, &svg, &caption)
}

struct Pen<'a> {
    scene: &'a Scene<'a>,
    digits: u8,
    files: Files,
    findings: Vec<&'a Finding>,
}

impl Pen<'_> {
    fn draw(&self, rows: &[Row<'_>]) -> Markup {
        let Some(picture) = &self.scene.connection.drawing else {
            return Markup::default();
        };
        let connection = self.scene.connection;
        let id = connection.id;
        let name = format!("Ladder of connection {id}");
        let about = format!(
            "Segments between client {} and server {} from top to bottom; {} rows",
            connection.client,
            connection.server,
            rows.len()
        );
        let (frames, times): (Vec<_>, Vec<_>) =
            rows.iter().filter_map(|row| self.margin(row)).unzip();
        let widest = |texts: &[String]| texts.iter().map(String::len).max().unwrap_or(0);
        let mut sheet = Sheet::new(&name, &about, widest(&frames), widest(&times));
        sheet.heads(
            &connection.client.to_string(),
            &connection.server.to_string(),
        );
        let mut states = picture.begin.clone();
        let begin = named(&states, &PerRole::default());
        sheet.states(begin.client, begin.server);
        let mut narrator = Narrator::of(picture);
        let mut loose = self.loose(rows).into_iter().peekable();
        let (before, behind) = (ROWS / 2, rows.len().saturating_sub(ROWS / 2));
        for (number, row) in rows.iter().enumerate() {
            let is_left_out = rows.len() > ROWS && (before..behind).contains(&number);
            if is_left_out && number == before {
                let left_out = words::count((behind - before) as u64, "row");
                sheet.gap("", "", &format!("{left_out} of the ladder left out"));
            }
            if let Some(first) = row.first() {
                while let Some(finding) = loose.next_if(|finding| is_before(finding, first)) {
                    self.other(finding, &mut sheet);
                }
            }
            match row {
                Row::Pause(ns) if !is_left_out => {
                    sheet.gap("", "", &format!("{} pass", amounts::time(*ns)));
                }
                Row::Pause(_) => {}
                Row::Segment(segment) => {
                    let window = narrator.tells_window(segment);
                    let is_keepalive =
                        |f: &&&Finding| is_at(f, segment) && f.name.contains("keepalive");
                    let is_told = self.findings.iter().any(|f| is_keepalive(&f));
                    let notes = narrator.notes(segment, is_told);
                    if !is_left_out {
                        self.segment(segment, &states, window, notes, &mut sheet);
                    }
                    states.clone_from(&segment.states);
                }
                Row::Fold(sum) => {
                    if !is_left_out {
                        self.fold(sum, &mut sheet);
                    }
                    narrator.skip(&sum.ends);
                    states.clone_from(sum.states);
                }
            }
        }
        for finding in loose {
            self.other(finding, &mut sheet);
        }
        for step in connection
            .states
            .iter()
            .filter(|step| step.packet.is_none())
        {
            let mut states = PerRole::default();
            *states.of_mut(step.endpoint) = step.to.as_str();
            sheet.gap("", &self.clock(step.time.at), step.event.as_str());
            sheet.states(states.client, states.server);
        }
        sheet.end()
    }

    fn margin(&self, row: &Row<'_>) -> Option<(String, String)> {
        let frame = row.first()?;
        Some((self.files.name(frame), self.clock(frame.time)))
    }

    /// Findings with a packet of the same file that is none of the rows, as an ICMP error, in order.
    fn loose(&self, rows: &[Row<'_>]) -> Vec<&Finding> {
        let is_drawn = |finding: &Finding| {
            rows.iter().any(|row| match row {
                Row::Pause(_) => false,
                Row::Segment(segment) => is_at(finding, segment),
                Row::Fold(sum) => sum.holds(finding),
            })
        };
        let all = self.findings.iter().copied();
        let mut loose: Vec<&Finding> = all
            .filter(|f| f.packet.is_some() && self.files.hold(&f.capture) && !is_drawn(f))
            .collect();
        loose.sort_by_key(|finding| finding.packet);
        loose
    }

    fn other(&self, finding: &Finding, sheet: &mut Sheet) {
        let packet = finding.packet.map_or_else(String::new, |n| n.to_string());
        let time = finding
            .time
            .map_or_else(String::new, |time| self.clock(time.at));
        let tone = Tone::Found(finding.severity);
        sheet.aside(&packet, &time, tone, &title(finding));
    }

    fn segment(
        &self,
        segment: &Segment,
        before: &PerRole<Option<crate::machine::state::State>>,
        window: bool,
        mut notes: Vec<String>,
        sheet: &mut Sheet,
    ) {
        let found: Vec<&&Finding> = self.findings.iter().filter(|f| is_at(f, segment)).collect();
        let worst = found.iter().map(|finding| finding.severity).max();
        let window = window && !segment.flags.contains(Flags::RST);
        let (text, sack) = label(segment, window, COLUMNS + 8);
        let nothing = Marks::DAMAGED | Marks::VOID | Marks::ASIDE;
        let mut classes = vec!["arrow"];
        classes.extend((segment.len > 0).then_some("data"));
        classes.extend(is_sent_again(segment.marks).then_some("again"));
        let arrives = !segment.marks.intersects(nothing);
        let (packet, time) = (
            self.files.name(&segment.frame),
            self.clock(segment.frame.time),
        );
        let states = named(&segment.states, before);
        sheet.arrow(
            (&packet, &time),
            segment.sender,
            &text,
            (&classes.join(" "), arrives, worst),
            (states.client, states.server),
        );
        for finding in found {
            let tone = Tone::Found(finding.severity);
            sheet.note(segment.sender, tone, &title(finding), COLUMNS);
            if !finding.expected.is_empty() {
                let text = format!("expected {}", numbers::line(&finding.expected));
                sheet.note(segment.sender, Tone::Plain, &text, COLUMNS);
            }
        }
        notes.extend(sack);
        if !notes.is_empty() {
            sheet.note(segment.sender, Tone::Faint, &notes.join("; "), COLUMNS);
        }
        sheet.space();
    }

    fn fold(&self, sum: &Sum<'_>, sheet: &mut Sheet) {
        let count = words::count(sum.segments, "segment");
        let mut parts = vec![format!("{count} up to {}", self.files.name(sum.last))];
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
        let (packet, time) = (self.files.name(sum.first), self.clock(sum.first.time));
        let lines = wrap(&parts.join(", "), COLUMNS);
        for (number, line) in lines.iter().enumerate() {
            match number {
                0 => sheet.gap(&packet, &time, line),
                _ => sheet.gap("", "", line),
            }
        }
        for finding in self.findings.iter().filter(|finding| sum.holds(finding)) {
            let packet = finding.packet.unwrap_or_default();
            let text = format!("in packet {packet}: {}", title(finding));
            let tone = Tone::Found(finding.severity);
            sheet.note(
                finding.endpoint.unwrap_or(Role::Client),
                tone,
                &text,
                COLUMNS,
            );
        }
        sheet.space();
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
