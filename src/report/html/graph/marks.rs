//! Where findings are marked.

use crate::finding::{Finding, Role};
use crate::machine::sketch::Marks;
use crate::report::drawing::{Drawing, Frame, Part, Segment};
use crate::report::text::ladder::rows::is_at;
use crate::segment::{Flags, Timestamp};

/// A finding at its place.
pub struct Mark<'a> {
    pub finding: &'a Finding,
    pub time: Timestamp,
    /// The number at which it is marked; `None` where its segment is only summed up.
    pub number: Option<i64>,
}

/// The findings that belong into the graph of what `sender` sent.
pub fn of<'a>(findings: &'a [Finding], picture: &Drawing, sender: Role) -> Vec<Mark<'a>> {
    findings
        .iter()
        .filter_map(|finding| mark(finding, picture, sender))
        .collect()
}

fn mark<'a>(finding: &'a Finding, picture: &Drawing, sender: Role) -> Option<Mark<'a>> {
    let segments = picture.parts.iter().filter_map(|part| match part {
        Part::Segment(segment) => Some(segment),
        Part::Fold(_) => None,
    });
    let mut at = segments.filter(|segment| is_at(finding, segment));
    if let Some(segment) = at.next() {
        let (stream, number) = place(segment);
        let time = segment.frame.time;
        let number = Some(number);
        return (stream == sender).then_some(Mark {
            finding,
            time,
            number,
        });
    }
    // Of a segment that was not kept it is known who sent it, not where it is.
    let is_folded = picture.parts.iter().any(|part| match part {
        Part::Segment(_) => false,
        Part::Fold(fold) => holds(finding, &fold.first) && !is_behind(finding, &fold.last),
    });
    let time = finding.time?.at;
    let whose = finding.endpoint.unwrap_or(sender);
    let mark = Mark {
        finding,
        time,
        number: None,
    };
    (is_folded && whose == sender).then_some(mark)
}

fn holds(finding: &Finding, first: &Frame) -> bool {
    finding.capture == first.capture && finding.packet.is_some_and(|at| at >= first.number)
}

fn is_behind(finding: &Finding, last: &Frame) -> bool {
    finding.packet.is_some_and(|at| at > last.number)
}

/// The stream in which a segment says something, and the number of which it speaks: its own, where
/// it occupies any, else what it acknowledges.
fn place(segment: &Segment) -> (Role, i64) {
    let own = Flags::SYN | Flags::FIN | Flags::RST;
    let speaks_of_itself = segment.len > 0
        || segment.flags.intersects(own)
        || !segment.flags.contains(Flags::ACK)
        || segment
            .marks
            .intersects(Marks::KEEPALIVE | Marks::WINDOW_PROBE);
    match speaks_of_itself {
        true => (segment.sender, segment.end_relative()),
        false => (segment.sender.peer(), segment.ack_relative),
    }
}
