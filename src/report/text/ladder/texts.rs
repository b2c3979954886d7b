//! What is written on and beside a ladder, but for the notes on segments.

use super::super::numbers;
use super::canvas::Note;
use crate::finding::{Finding, Role};
use crate::machine::sketch::Marks;
use crate::machine::state::State;
use crate::report::drawing::{Drawing, Part, Segment};
use crate::report::model::PerRole;
use crate::report::style::{self, PLAIN};
use crate::rules;
use crate::segment::Flags;

/// The names of the states that are others than `before`.
pub fn named(
    states: &PerRole<Option<State>>,
    before: &PerRole<Option<State>>,
) -> PerRole<&'static str> {
    let name = |role: Role| match states.of(role) {
        Some(state) if *before.of(role) != Some(*state) => state.as_str(),
        _ => "",
    };
    PerRole {
        client: name(Role::Client),
        server: name(Role::Server),
    }
}

/// Where the numbers of an end do not count from its ISN.
pub fn origin(drawing: &Drawing, role: Role) -> Option<String> {
    let who = role.as_str();
    match drawing.origins.of(role) {
        Some(origin) if origin.is_isn => None,
        Some(origin) => Some(format!(
            "No SYN of the {who} was captured: its number {} counts as 1.",
            origin.number.wrapping_add(1)
        )),
        None => {
            // As the RST of a port that nobody listens on.
            let tells = |part: &Part| match part {
                Part::Segment(segment) => segment.sender == role && segment.seq != 0,
                Part::Fold(fold) => fold.ends.of(role).segments > 0,
            };
            let text =
                format!("The ISN of the {who} is not known: its numbers are as on the wire.");
            drawing.parts.iter().any(tells).then_some(text)
        }
    }
}

/// A finding in a line.
pub fn title(finding: &Finding) -> String {
    let title = rules::find(finding.rule).map_or(finding.name, |rule| rule.title);
    format!("{} {} {title}", finding.severity.as_str(), finding.rule)
}

/// A finding beside its segment.
pub fn told(finding: &Finding) -> Vec<Note> {
    let style = style::of(finding.severity);
    let mut notes = vec![(style, title(finding))];
    if !finding.expected.is_empty() {
        notes.push((
            PLAIN,
            format!("expected {}", numbers::line(&finding.expected)),
        ));
    }
    notes
}

/// What stands on an arrow, as much of it as there is room for, and the SACK blocks if they found none.
pub fn label(segment: &Segment, window: bool, width: usize) -> (String, Option<String>) {
    let mut parts = vec![
        segment.flags.to_string(),
        format!("seq={}", segment.seq_relative),
    ];
    if segment.flags.contains(Flags::ACK) {
        parts.push(format!("ack={}", segment.ack_relative));
    }
    if segment.len > 0 {
        parts.push(format!("len={}", segment.len));
    }
    let blocks = segment.sack.iter();
    let blocks: Vec<String> = blocks
        .map(|(start, end)| format!("{start}-{end}"))
        .collect();
    let sack = (!blocks.is_empty()).then(|| format!("sack={}", blocks.join(",")));
    let window = segment.window.filter(|_| window).map(|window| {
        let unit = if segment.marks.contains(Marks::UNSCALED) {
            "?"
        } else {
            ""
        };
        format!("win={window}{unit}")
    });
    let room = width.saturating_sub(8);
    let mut text = parts.join(" ");
    let mut put = |more: &String| {
        let fits = text.len() + 1 + more.len() <= room;
        if fits {
            text.push(' ');
            text.push_str(more);
        }
        fits
    };
    let left = sack.filter(|sack| !put(sack));
    let left = left.map(|_| format!("SACK {}", blocks.join(" ")));
    window.iter().for_each(|window| {
        put(window);
    });
    (text, left)
}
