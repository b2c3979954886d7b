//! Text without its styles.

use std::io::{self, Write};

use anstream::adapter::StripBytes;

/// Takes styles out of what is written through it. (The library's stream of that kind has to be the
/// last, and writes each word between two styles by itself.)
pub struct Unstyled<W> {
    out: W,
    state: StripBytes,
}

impl<W: Write> Unstyled<W> {
    /// What is left goes to `out`.
    pub fn new(out: W) -> Unstyled<W> {
        Unstyled {
            out,
            state: StripBytes::new(),
        }
    }
}

impl<W: Write> Write for Unstyled<W> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.state
            .strip_next(octets)
            .try_for_each(|rest| self.out.write_all(rest))?;
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufWriter;

    use super::*;

    /// Counts what it is given.
    #[derive(Default)]
    struct Counting {
        octets: Vec<u8>,
        writes: u32,
    }

    impl Write for &mut Counting {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            self.writes += 1;
            self.octets.extend(octets);
            Ok(octets.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn styles_are_taken_out_and_the_rest_is_written_at_once() {
        let mut counting = Counting::default();
        let mut out = Unstyled::new(BufWriter::new(&mut counting));
        // Also where a style, or a character, is cut in two.
        for piece in ["a\x1b[1", "mb\x1b[0m", "測試", "\x1b[31", "m\n", ""] {
            out.write_all(piece.as_bytes()).unwrap();
        }
        let (first, second) = "é".as_bytes().split_at(1);
        out.write_all(first).unwrap();
        out.write_all(second).unwrap();
        out.flush().unwrap();
        drop(out);
        assert_eq!(String::from_utf8(counting.octets).unwrap(), "ab測試\né");
        assert_eq!(counting.writes, 1);
    }
}
