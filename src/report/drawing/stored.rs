//! How drawings are set aside.

use super::{Course, Drawing, Fold, Frame, Origin, Part, Segment, SynOptions};
use crate::machine::sketch::Marks;
use crate::report::archive::codec::{Decoder, Encoder, Stored, fields};
use crate::segment::{Flags, OptionSet};

fields! {
    Drawing<C> { origins, begin, parts }
    Origin { number, is_isn }
    Segment<C> {
        frame, sender, flags, seq, ack, seq_relative, ack_relative, len, window, sack, options,
        marks, repeats, states,
    }
    SynOptions { present, mss, window_scale }
    Course { segments, octets, repeated, seq, ack, edge }
    Fold<C> { first, last, ends, states }
}

impl<C: Stored> Stored for Frame<C> {
    fn put(&self, to: &mut Encoder<'_>) {
        self.capture.put(to);
        self.number
            .wrapping_sub(to.latest.packet)
            .cast_signed()
            .put(to);
        to.latest.packet = self.number;
        self.time.put(to);
    }

    fn take(from: &mut Decoder<'_>) -> Option<Frame<C>> {
        let capture = C::take(from)?;
        let distance = i64::take(from)?.cast_unsigned();
        let number = from.latest.packet.wrapping_add(distance);
        from.latest.packet = number;
        Some(Frame {
            capture,
            number,
            time: Stored::take(from)?,
        })
    }
}

impl<C: Stored> Stored for Part<C> {
    fn put(&self, to: &mut Encoder<'_>) {
        match self {
            Part::Segment(segment) => {
                to.octet(0);
                segment.put(to);
            }
            Part::Fold(fold) => {
                to.octet(1);
                fold.put(to);
            }
        }
    }

    fn take(from: &mut Decoder<'_>) -> Option<Part<C>> {
        match from.octet()? {
            0 => Segment::take(from).map(Part::Segment),
            1 => Fold::take(from).map(Part::Fold),
            _ => None,
        }
    }
}

/// Sets of bits as numbers.
macro_rules! bits {
    ($($type:ty: $number:ty;)*) => {$(
        impl Stored for $type {
            fn put(&self, to: &mut Encoder<'_>) {
                self.bits().put(to);
            }

            fn take(from: &mut Decoder<'_>) -> Option<Self> {
                <$number>::take(from).map(Self::from_bits_truncate)
            }
        }
    )*};
}

bits! {
    Flags: u16;
    OptionSet: u16;
    Marks: u32;
}
