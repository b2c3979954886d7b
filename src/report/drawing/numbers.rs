//! Relative numbers that do not wrap.

use super::Origin;
use crate::machine::connection::Connection;
use crate::machine::side::Side;
use crate::machine::sketch::PartRef;
use crate::segment::Flags;
use crate::seq::SeqNo;

/// So many octets may be on their way at once, at the most (RFC 7323, 2.3).
const FLIGHT: u32 = 1 << 30;

/// The stream of one end, followed from number to number.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    origin: Option<SeqNo>,
    /// How far it has come.
    at: i64,
}

impl Stream {
    pub fn of(origin: Option<Origin>) -> Stream {
        Stream {
            origin: origin.map(|origin| SeqNo(origin.number)),
            at: 0,
        }
    }

    /// A number of the stream: of all that it can be, the nearest to where the stream is.
    pub fn relative(&self, number: SeqNo) -> i64 {
        self.near(self.at, number)
    }

    /// The same, so many octets further on.
    pub fn ahead(&self, octets: u64, number: SeqNo) -> i64 {
        let octets = i64::try_from(octets).unwrap_or(i64::MAX);
        self.near(self.at.saturating_add(octets), number)
    }

    fn near(&self, place: i64, number: SeqNo) -> i64 {
        let Some(origin) = self.origin else {
            return i64::from(number.0);
        };
        // Modulo 2^32 on purpose.
        let there = origin + place as u32;
        place.saturating_add(i64::from(number.distance_from(there)))
    }

    /// It has come so far.
    pub fn go_to(&mut self, relative: i64) {
        self.at = self.at.max(relative);
    }
}

/// From where the numbers of an end count.
pub fn origin(connection: &Connection, side: Side) -> Option<Origin> {
    if let Some(iss) = connection.ends.of(side).iss() {
        return Some(Origin {
            number: iss.0,
            is_isn: true,
        });
    }
    let parts = || connection.sketch.iter().flat_map(|sketch| sketch.parts());
    // A RST may have any number.
    let own = |part: PartRef<'_>| match part {
        PartRef::Stroke(stroke) => {
            let counts = stroke.side == side && !stroke.flags.contains(Flags::RST);
            counts.then_some(stroke.seq)
        }
        PartRef::Fold(fold) => fold.ends.of(side).seq.map(|(first, _)| first),
    };
    let told = |part: PartRef<'_>| match part {
        PartRef::Stroke(stroke) => {
            let counts = stroke.side != side
                && stroke.flags.contains(Flags::ACK)
                && !stroke.flags.contains(Flags::RST);
            counts.then_some(stroke.ack)
        }
        PartRef::Fold(fold) => fold.ends.of(side.peer()).ack,
    };
    // Where the capture begins, its peer may not have acknowledged what it had sent before.
    let (own, told) = (parts().find_map(own), parts().find_map(told));
    let first = match (own, told) {
        (Some(own), Some(told)) if told.apart(own) < FLIGHT => own.earlier(told),
        (own, told) => own.or(told)?,
    };
    Some(Origin {
        number: (first - 1).0,
        is_isn: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_on_beyond_the_wrap() {
        let mut stream = Stream::of(Some(Origin {
            number: u32::MAX - 9,
            is_isn: true,
        }));
        assert_eq!(stream.relative(SeqNo(u32::MAX)), 9);
        assert_eq!(stream.relative(SeqNo(5)), 15);
        assert_eq!(stream.relative(SeqNo(u32::MAX - 10)), -1);
        // Once around, and a little more.
        for round in 1..=5_i64 {
            let number = SeqNo(u32::MAX - 9) + (round << 30) as u32;
            stream.go_to(stream.ahead(1 << 30, number));
            assert_eq!(stream.at, round << 30);
        }
        assert_eq!(stream.relative(SeqNo((1 << 30) - 10)), 5 << 30);
        let wire = Stream::of(None);
        assert_eq!(wire.relative(SeqNo(7)), 7);
    }
}
