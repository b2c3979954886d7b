//! A drawing, made from what the machine has kept.

use super::numbers::{Stream, origin};
use super::{Course, Drawing, Fold, Frame, Part, Segment, SynOptions};
use crate::finding::CaptureNumber;
use crate::machine::connection::Connection;
use crate::machine::side::{Pair, Side};
use crate::machine::sketch::{self, Marks, PartRef, Stroke};
use crate::machine::state::State;
use crate::report::entry::role;
use crate::report::model::PerRole;
use crate::report::places::Places;
use crate::segment::{Flags, Timestamp};

/// The drawing of a connection, whose timeline is complete; `None` where none is wanted.
#[must_use]
pub fn drawing(connection: &Connection, places: &Places) -> Option<Drawing<CaptureNumber>> {
    let sketch = connection.sketch.as_deref()?;
    let origins = Pair {
        client: origin(connection, Side::Client),
        server: origin(connection, Side::Server),
    };
    let mut maker = Maker {
        connection,
        places,
        streams: Pair {
            client: Stream::of(origins.client),
            server: Stream::of(origins.server),
        },
    };
    let mut parts: Vec<PartRef<'_>> = sketch.parts().collect();
    // Some were kept back until it was known whose they are.
    parts.sort_by_key(|part| match part {
        PartRef::Stroke(stroke) => stroke.packet,
        PartRef::Fold(fold) => fold.first.0,
    });
    Some(Drawing {
        origins: per_role(origins),
        begin: maker.states(0),
        parts: parts.into_iter().map(|part| maker.part(part)).collect(),
    })
}

fn per_role<T>(pair: Pair<T>) -> PerRole<T> {
    PerRole {
        client: pair.client,
        server: pair.server,
    }
}

struct Maker<'a> {
    connection: &'a Connection,
    places: &'a Places,
    streams: Pair<Stream>,
}

impl Maker<'_> {
    fn part(&mut self, part: PartRef<'_>) -> Part<CaptureNumber> {
        match part {
            PartRef::Stroke(stroke) => Part::Segment(self.segment(stroke)),
            PartRef::Fold(fold) => Part::Fold(self.fold(fold)),
        }
    }

    fn segment(&mut self, stroke: &Stroke) -> Segment<CaptureNumber> {
        let (own, peer) = (
            self.streams.of(stroke.side),
            self.streams.of(stroke.side.peer()),
        );
        let seq_relative = own.relative(stroke.seq);
        let ack_relative = peer.relative(stroke.ack);
        let options = stroke.options.as_deref();
        let blocks = options.map_or(&[][..], |options| options.sack_blocks());
        let sack = blocks
            .iter()
            .map(|(start, end)| (peer.relative(*start), peer.relative(*end)));
        let sack = sack.collect();
        let is_syn = stroke.flags.contains(Flags::SYN);
        let options = options.filter(|_| is_syn).map(|options| SynOptions {
            present: options.present,
            mss: options.mss,
            window_scale: options.window_scale,
        });
        let nothing = Marks::DAMAGED | Marks::VOID | Marks::ASIDE;
        if !stroke.marks.intersects(nothing) && !stroke.flags.contains(Flags::RST) {
            let end = own.relative(stroke.end());
            self.streams.of_mut(stroke.side).go_to(end);
        }
        let (file, _) = self.places.find(stroke.packet);
        let repeats = (stroke.repeats > 0).then(|| self.places.find(stroke.repeats));
        Segment {
            frame: self.frame(stroke.packet, stroke.time),
            sender: role(stroke.side),
            flags: stroke.flags,
            seq: stroke.seq.0,
            ack: stroke.ack.0,
            seq_relative,
            ack_relative,
            len: stroke.len,
            window: (!stroke.marks.contains(Marks::CUT)).then_some(stroke.window),
            sack,
            options,
            marks: stroke.marks,
            repeats: repeats.and_then(|(other, number)| (other == file).then_some(number)),
            states: self.states(stroke.packet),
        }
    }

    fn fold(&mut self, fold: &sketch::Fold) -> Fold<CaptureNumber> {
        let before = self.streams;
        let course = |side: Side| {
            let course = fold.ends.of(side);
            let (own, peer) = (before.of(side), before.of(side.peer()));
            let theirs = fold.ends.of(side.peer()).octets;
            Course {
                segments: course.segments,
                octets: course.octets,
                repeated: course.repeated,
                seq: course
                    .seq
                    .map(|(first, end)| (own.relative(first), own.ahead(course.octets, end))),
                ack: course.ack.map(|ack| peer.ahead(theirs, ack)),
                edge: course.edge.map(|edge| peer.ahead(theirs, edge)),
            }
        };
        let ends = Pair {
            client: course(Side::Client),
            server: course(Side::Server),
        };
        for side in Side::BOTH {
            if let Some((_, end)) = ends.of(side).seq {
                self.streams.of_mut(side).go_to(end);
            }
        }
        Fold {
            first: self.frame(fold.first.0, fold.first.1),
            last: self.frame(fold.last.0, fold.last.1),
            ends: per_role(ends),
            states: self.states(fold.last.0),
        }
    }

    fn frame(&self, packet: u64, time: Timestamp) -> Frame<CaptureNumber> {
        let (file, number) = self.places.find(packet);
        Frame {
            capture: self.places.number(file),
            number,
            time,
        }
    }

    /// The nominal states behind `packet`, by the timeline as it turned out in the end.
    fn states(&self, packet: u64) -> PerRole<Option<State>> {
        let timeline = &self.connection.timeline;
        let state = |side: Side| {
            let steps = || timeline.steps().iter().filter(|step| step.side == side);
            let taken = steps().rfind(|step| step.packet.is_some_and(|at| at <= packet));
            match (taken, steps().next()) {
                (Some(step), _) => Some(step.to),
                (None, Some(first)) => Some(first.from),
                (None, None) => timeline.state(side),
            }
        };
        PerRole {
            client: state(Side::Client),
            server: state(Side::Server),
        }
    }
}
