//! Octets of a layer: those captured, and how many there were on the wire.

use super::undecoded::Undecoded;
use crate::capture::frame::Frame;

/// The octets of one layer. Every layer takes its header from the front
/// ([`skip`](Octets::skip)) and bounds the rest by the length field it knows
/// ([`limit`](Octets::limit)), so that both numbers stay true together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Octets<'a> {
    captured: &'a [u8],
    wire_len: usize,
}

impl<'a> Octets<'a> {
    /// All octets of a frame but its frame check sequence.
    #[inline]
    pub(super) fn of_frame(frame: &Frame<'a>) -> Self {
        let original = usize::try_from(frame.original_len).unwrap_or(usize::MAX);
        // Some writers store more octets than they say the frame had.
        let wire_len = original
            .max(frame.data.len())
            .saturating_sub(usize::from(frame.fcs_len));
        Octets {
            captured: frame.data,
            wire_len: 0,
        }
        .limit(wire_len)
    }

    /// `wire_len` octets of which `captured` is the beginning.
    #[inline]
    pub(super) fn new(captured: &'a [u8], wire_len: usize) -> Self {
        Octets {
            captured,
            wire_len: 0,
        }
        .limit(wire_len)
    }

    /// The octets captured; never more than [`wire_len`](Self::wire_len).
    #[inline]
    pub(super) fn captured(self) -> &'a [u8] {
        self.captured
    }

    /// How many octets there were before the snap length cut them.
    #[inline]
    pub(super) fn wire_len(self) -> usize {
        self.wire_len
    }

    /// The capture did not cut it.
    #[inline]
    pub(super) fn is_whole(self) -> bool {
        self.captured.len() >= self.wire_len
    }

    /// What lies behind the first `count` octets.
    ///
    /// # Errors
    ///
    /// [`Undecoded::FrameTooShort`] if not so many were captured.
    #[inline]
    pub(super) fn skip(self, count: usize) -> Result<Self, Undecoded> {
        let captured = self.captured.get(count..).ok_or(Undecoded::FrameTooShort)?;
        Ok(Octets {
            captured,
            wire_len: self.wire_len.saturating_sub(count),
        })
    }

    /// The first `wire_len` octets, as a length field says; it may also say
    /// more than the frame can hold, and is believed.
    #[inline]
    pub(super) fn limit(self, wire_len: usize) -> Self {
        Octets {
            captured: self.captured.get(..wire_len).unwrap_or(self.captured),
            wire_len,
        }
    }

    /// All but the last `count` octets, which are no part of what follows.
    pub(super) fn without_last(self, count: usize) -> Self {
        self.limit(self.wire_len.saturating_sub(count))
    }

    /// The first octets as an array, and what lies behind.
    ///
    /// # Errors
    ///
    /// [`Undecoded::FrameTooShort`] if not so many were captured.
    #[inline]
    pub(super) fn split<const N: usize>(self) -> Result<(&'a [u8; N], Self), Undecoded> {
        let head = self
            .captured
            .first_chunk()
            .ok_or(Undecoded::FrameTooShort)?;
        Ok((head, self.skip(N)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lengths_go_along() {
        let all = Octets {
            captured: &[1, 2, 3, 4],
            wire_len: 9,
        };
        let rest = all.skip(3).unwrap();
        assert_eq!((rest.captured(), rest.wire_len()), (&[4_u8][..], 6));
        assert_eq!(all.limit(2).captured(), &[1, 2]);
        assert_eq!(all.limit(20).captured(), &[1, 2, 3, 4]);
        assert_eq!(all.limit(20).wire_len(), 20);
        assert_eq!(all.without_last(6).captured(), &[1, 2, 3]);
        assert_eq!(all.without_last(5).wire_len(), 4);
        assert_eq!(all.without_last(10).wire_len(), 0);
        assert_eq!(all.skip(5), Err(Undecoded::FrameTooShort));
        assert_eq!(all.split::<2>().unwrap().0, &[1, 2]);
    }
}
