//! What is counted for one file while it is read, alone or with others.

use std::collections::BTreeMap;

use super::limits as reached;
use super::quality::{Clock, Quality};
use super::worker::Tally;
use crate::capture::{CaptureError, CaptureInfo};
use crate::decode::{Undecoded, UndecodedCounts};
use crate::finding::{CaptureName, Finding, Span};
use crate::report::gate::Gate;
use crate::report::model::{CaptureReport, CommentReport, LimitReached};
use crate::report::places::Places;
use crate::segment::Timestamp;
use crate::settings::{Profile, Settings};

/// The counts of one file.
#[derive(Debug, Default)]
pub struct Book {
    clock: Clock,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    tcp_segments: u64,
    undecoded: UndecodedCounts,
    /// Frames with a piece of an IP packet, of which it is known only at the end what became.
    pieces: u64,
}

/// What a file says of itself, and why it could not be read to its end.
#[derive(Clone, Copy, Debug)]
pub struct End<'a> {
    /// `None` where it was no capture.
    pub info: Option<&'a CaptureInfo>,
    /// `None` where it was read to its end.
    pub error: Option<&'a CaptureError>,
}

/// What else stands in a file's part of the report.
#[derive(Debug, Default)]
pub struct Judged {
    /// Limits that were reached.
    pub limits: Vec<LimitReached>,
    /// Why not all that was judged could be put into the report.
    pub error: Option<String>,
}

impl Book {
    /// Takes in the time of frame `number` of the file.
    pub fn tick(&mut self, number: u64, time: Timestamp) {
        self.clock.tick(number, time);
        self.start = Some(self.start.map_or(time, |start| start.min(time)));
        self.end = Some(self.end.map_or(time, |end| end.max(time)));
    }

    /// The largest step back of its clock, in nanoseconds.
    pub const fn step_back_ns(&self) -> i64 {
        self.clock.step_back_ns()
    }

    /// Takes in a frame without a time.
    pub fn miss_time(&mut self) {
        self.clock.miss();
    }

    /// Takes in frames that the reader has passed over, as they were garbled on the link.
    pub fn add_damaged(&mut self, frames: u64) {
        self.undecoded.add_all(Undecoded::FrameDamaged, frames);
    }

    /// Takes in what a worker counted of its frames.
    pub fn add(&mut self, tally: &Tally) {
        self.tcp_segments += tally.segments;
        self.pieces += tally.pieces;
        for (reason, count) in tally.undecoded.iter() {
            self.undecoded.add_all(reason, count);
        }
    }

    /// Counts its pieces, of which up to `unfinished` never were put together; returns how many
    /// of these are left for other files. (Of several files it is not known which.)
    #[must_use]
    pub fn end_pieces(&mut self, unfinished: u64) -> u64 {
        let ours = unfinished.min(self.pieces);
        self.undecoded.add_all(Undecoded::IpFragment, ours);
        self.undecoded
            .add_all(Undecoded::FragmentJoined, self.pieces - ours);
        unfinished - ours
    }

    /// What there is to say of the file as a capture.
    pub fn findings(
        &self,
        file: usize,
        end: End<'_>,
        places: &Places,
        settings: &Settings,
    ) -> Vec<Finding> {
        let Some(info) = end.info else {
            return Vec::new();
        };
        let quality = Quality {
            clock: self.clock,
            drops: info.drops,
            damaged: info.damaged_frames,
            by_radio: self.tcp_segments > 0
                && info.link_types.iter().any(|link_type| link_type.is_radio()),
            cut: end.error.is_some_and(CaptureError::is_truncation),
            frames: info.frames,
        };
        quality.findings(&places.name(file), info.time_digits, settings)
    }

    /// Its part of the report.
    pub fn report(
        &self,
        file: usize,
        end: End<'_>,
        places: &Places,
        judged: Judged,
    ) -> CaptureReport {
        let name = places.name(file);
        let Some(info) = end.info else {
            let error = end.error.map(ToString::to_string);
            return CaptureReport {
                limits: judged.limits,
                ..unread(name, error)
            };
        };
        let error = (end.error.map(ToString::to_string))
            .or_else(|| damaged_blocks(info))
            .or(judged.error);
        let moment = |at: Option<Timestamp>| at.map(|at| places.moment(file, at));
        let span = (self.end.zip(self.start)).map_or(0, |(end, start)| end.since(start));
        CaptureReport {
            format: Some(match info.compression {
                Some(compression) => format!("{}+{compression}", info.format),
                None => info.format.to_string(),
            }),
            link_types: info.link_types.iter().map(ToString::to_string).collect(),
            packets: info.frames,
            tcp_segments: self.tcp_segments,
            start: moment(self.start),
            end: moment(self.end),
            duration_s: Span(span),
            complete: error.is_none(),
            undecoded: (self.undecoded.iter())
                .map(|(reason, count)| (reason.as_str(), count))
                .collect(),
            comments: comments(info),
            limits: [reached::of_the_file(info), judged.limits].concat(),
            ..unread(name, error)
        }
    }
}

impl End<'_> {
    /// Whether the job could not be done whole for it.
    pub fn is_failure(&self, settings: &Settings) -> bool {
        let allowed =
            settings.allow_truncated && self.error.is_some_and(CaptureError::is_truncation);
        let problems = self.info.is_some_and(|info| info.problem_count > 0);
        self.error.is_some() && !allowed || problems
    }
}

/// The entry of a capture of which nothing could be read.
pub fn unread(path: CaptureName, error: Option<String>) -> CaptureReport {
    CaptureReport {
        path,
        profile: Profile::default().as_str(),
        config: None,
        format: None,
        link_types: Vec::new(),
        packets: 0,
        tcp_segments: 0,
        connections: 0,
        start: None,
        end: None,
        duration_s: Span(0),
        complete: false,
        error,
        notes: Vec::new(),
        undecoded: BTreeMap::new(),
        comments: Vec::new(),
        limits: Vec::new(),
        // Set when the capture is recorded.
        gate: Gate::default(),
    }
}

fn damaged_blocks(info: &CaptureInfo) -> Option<String> {
    let first = info.problems.first()?;
    Some(match info.problem_count {
        1 => format!("a block is damaged: {first}"),
        n => format!("{n} blocks are damaged, the first: {first}"),
    })
}

fn comments(info: &CaptureInfo) -> Vec<CommentReport> {
    let comments = info.comments.iter();
    comments
        .map(|comment| CommentReport {
            packet: comment.packet,
            text: comment.text.clone(),
        })
        .collect()
}
