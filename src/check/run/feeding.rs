//! Segments that lie in no file.

use super::{Done, Run};
use crate::capture::LinkType;
use crate::check::book::End;
use crate::check::books::Books;
use crate::check::crew::Crew;
use crate::check::worker::Worker;
use crate::finding::Span;
use crate::limits::TableLimits;
use crate::report::model::CaptureReport;
use crate::report::places::Places;
use crate::segment::Segment;
use crate::settings::Settings;

/// Packets of IP without a link (LINKTYPE_RAW).
const RAW: u16 = 101;
/// Digits of a second in times that are numbers of nanoseconds.
const DIGITS: u8 = 9;

/// Judges segments, which are numbered in their order.
pub fn fed<'s>(
    name: &str,
    segments: impl Iterator<Item = Segment<'s>>,
    settings: &Settings,
    limits: TableLimits,
    ledger: &mut dyn Books,
) -> Done {
    let mut run = Run::new(Places::single(name), 1, settings, ledger);
    run.places.set_digits(0, DIGITS);
    let mut worker = Worker::only(settings, super::table_limits(settings, limits));
    let (mut count, mut first, mut last) = (0, None, None);
    for (number, mut segment) in (1..).zip(segments) {
        segment.packet = number;
        // It goes by as a packet of IP without a link would.
        segment.time = run.tick(0, number, Some(segment.time), LinkType(RAW));
        (first, last) = (
            first.min(Some(segment.time)).or(Some(segment.time)),
            last.max(Some(segment.time)),
        );
        count = number;
        worker.take_segment(&segment);
        run.turn(&mut worker);
    }
    let moment = |at: Option<_>| at.map(|at| run.places.moment(0, at));
    let (start, end) = (moment(first), moment(last));
    let nothing_said = End {
        info: None,
        error: None,
    };
    let mut done = run.finish(&[nothing_said], Crew::alone(worker));
    for report in &mut done.reports {
        let of_file = report.clone();
        *report = CaptureReport {
            packets: count,
            tcp_segments: count,
            start,
            end,
            duration_s: Span(first.zip(last).map_or(0, |(first, last)| last.since(first))),
            complete: of_file.error.is_none(),
            ..of_file
        };
    }
    done
}
