//! The options at the end of a pcapng block.

use crate::capture::endian::Endian;

/// The option of every kind of block that holds a comment.
pub(in crate::capture) const COMMENT: u16 = 1;
/// The option that ends a list of options.
pub(in crate::capture) const END: u16 = 0;

/// The options are not well-formed: one runs past the end of its block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct BadOptions;

/// Goes through options, each a code and its value without padding. It ends
/// behind the last or with opt_endofopt, or with an error.
pub(super) struct Options<'a> {
    bytes: &'a [u8],
    endian: Endian,
}

impl<'a> Options<'a> {
    pub(super) fn new(bytes: &'a [u8], endian: Endian) -> Options<'a> {
        Options { bytes, endian }
    }

    /// Takes one option off; `None` where it does not fit.
    fn take(&mut self) -> Option<(u16, &'a [u8])> {
        let code = self.endian.u16(self.bytes, 0)?;
        if code == END {
            // Its length says nothing: nothing follows.
            return Some((END, &[]));
        }
        let len = usize::from(self.endian.u16(self.bytes, 2)?);
        let rest = self.bytes.get(4..)?;
        let value = rest.get(..len)?;
        // The padding behind the last value is missing in some files.
        self.bytes = rest.get(len.next_multiple_of(4)..).unwrap_or_default();
        Some((code, value))
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = Result<(u16, &'a [u8]), BadOptions>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.bytes.is_empty() {
            return None;
        }
        match self.take() {
            Some((END, _)) => {
                self.bytes = &[];
                None
            }
            Some(option) => Some(Ok(option)),
            None => {
                self.bytes = &[];
                Some(Err(BadOptions))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(bytes: &[u8]) -> Vec<Result<(u16, &[u8]), BadOptions>> {
        Options::new(bytes, Endian::Big).collect()
    }

    #[test]
    fn values_come_without_padding() {
        let bytes = [
            0, 9, 0, 1, 6, 0, 0, 0, 0, 2, 0, 4, 1, 2, 3, 4, 0, 0, 0, 0, 9, 9,
        ];
        assert_eq!(
            walk(&bytes),
            [Ok((9, &[6][..])), Ok((2, &[1, 2, 3, 4][..]))]
        );
    }

    #[test]
    fn an_option_that_does_not_fit_ends_the_walk() {
        assert_eq!(
            walk(&[0, 9, 0, 1, 6, 0, 0, 0, 0, 2]),
            [Ok((9, &[6][..])), Err(BadOptions)]
        );
        assert_eq!(walk(&[0, 9, 0, 5, 1, 2, 3, 4]), [Err(BadOptions)]);
        assert_eq!(walk(&[]), []);
    }

    #[test]
    fn the_end_is_the_end_whatever_its_length_says() {
        let bytes = [0, 9, 0, 1, 6, 0, 0, 0, 0, 0, 0, 9];
        assert_eq!(walk(&bytes), [Ok((9, &[6][..]))]);
    }
}
