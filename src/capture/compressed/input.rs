//! A file or pipe below the decoders.

use std::io::{self, Read};

use super::HEAD_LEN;
use crate::capture::live::is_quiet;

/// A file or pipe as it is, its first octets put back before the rest.
pub(super) struct Input<R> {
    inner: R,
    head: [u8; HEAD_LEN],
    /// What is left of `head`: `head[head_start..head_end]`.
    head_start: usize,
    head_end: usize,
    /// Octets handed out so far.
    pub(super) read: u64,
    /// What the operating system reported, as the decoders pass that on in forms
    /// of their own.
    pub(super) error: Option<io::Error>,
    /// The end was met.
    pub(super) ended: bool,
}

impl<R: Read> Input<R> {
    /// Reads the first octets, waiting for all of them.
    pub(super) fn new(inner: R) -> io::Result<Input<R>> {
        let mut input = Input {
            inner,
            head: [0; HEAD_LEN],
            head_start: 0,
            head_end: 0,
            read: 0,
            error: None,
            ended: false,
        };
        while let Some(room @ [_, ..]) = input.head.get_mut(input.head_end..) {
            match read_uninterrupted(&mut input.inner, room) {
                Ok(0) => break,
                Ok(more) => input.head_end = input.head_end.saturating_add(more),
                Err(error) if is_quiet(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(input)
    }

    /// The first octets, as far as they are not handed out yet.
    pub(super) fn head(&self) -> &[u8] {
        self.head
            .get(self.head_start..self.head_end)
            .unwrap_or_default()
    }
}

impl<R: Read> Read for Input<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = if self.head().is_empty() {
            match read_uninterrupted(&mut self.inner, room) {
                Ok(count) => count,
                Err(error) => {
                    let kind = error.kind();
                    self.error = Some(error);
                    return Err(kind.into());
                }
            }
        } else {
            let count = self.head().read(room)?;
            self.head_start = self.head_start.saturating_add(count);
            count
        };
        self.read = self.read.saturating_add(count as u64);
        self.ended |= count == 0 && !room.is_empty();
        Ok(count)
    }
}

fn read_uninterrupted(source: &mut impl Read, room: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(room) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
