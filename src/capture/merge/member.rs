//! One of the captures that are read as one.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::Origin;
use crate::capture::{CaptureError, CaptureInfo, CaptureReader, Frame};
use crate::limits::MERGED_OPEN;

/// Octets read at a time to find the first frame of a file.
const SIP_LEN: usize = 4096;

/// A capture before, in and after its turn.
pub(super) struct Member {
    /// Its place in the order in which the captures were given.
    pub(super) file: usize,
    name: String,
    state: State,
    /// The largest time so far, in nanoseconds; at the beginning that of the first frame. The
    /// smallest number where no frame has a time.
    latest: i64,
}

enum State {
    /// Looked at and closed again.
    Waiting(PathBuf),
    Open(Box<CaptureReader<Box<dyn Read + Send>>>),
    Done(Option<CaptureInfo>, Option<CaptureError>),
}

impl Member {
    /// Finds the first frame. What can be read only once stays open, if it may.
    pub(super) fn look_at(file: usize, name: String, origin: Origin, may_open: bool) -> Member {
        let mut member = Member {
            file,
            name,
            state: State::Done(None, None),
            latest: i64::MIN,
        };
        member.state = match origin {
            Origin::Nowhere(source) => State::Done(None, Some(CaptureError::Open { source })),
            Origin::File(path) if is_regular(&path) => member.first_of_file(path),
            _ if !may_open => State::Done(None, Some(too_many())),
            Origin::File(path) => match File::open(path) {
                Ok(fifo) => member.first_of_stream(Box::new(fifo)),
                Err(source) => State::Done(None, Some(CaptureError::Open { source })),
            },
            Origin::Stream(stream) => member.first_of_stream(stream),
        };
        member
    }

    fn first_of_file(&mut self, path: PathBuf) -> State {
        let first = File::open(&path)
            .map_err(|source| CaptureError::Open { source })
            .and_then(|file| CaptureReader::new(Sips(file)));
        let mut reader = match first {
            Ok(reader) => reader,
            Err(error) => return State::Done(None, Some(error)),
        };
        let mut frames = false;
        loop {
            match reader.advance() {
                Ok(true) => frames = true,
                // Frames before the damage are read in the file's turn.
                _ if frames => return State::Waiting(path),
                Ok(false) => return State::Done(Some(reader.info().clone()), None),
                Err(error) => return State::Done(Some(reader.info().clone()), Some(error)),
            }
            // A frame without a time comes before the first that has one.
            if let Some(time) = reader.frame().and_then(|frame| frame.time) {
                self.latest = time.0;
                return State::Waiting(path);
            }
        }
    }

    fn first_of_stream(&mut self, stream: Box<dyn Read + Send>) -> State {
        match CaptureReader::from_reader(stream) {
            Ok(reader) => {
                self.state = State::Open(Box::new(reader));
                self.advance();
                std::mem::replace(&mut self.state, State::Done(None, None))
            }
            Err(error) => State::Done(None, Some(error)),
        }
    }

    /// What decides between frames of the same time.
    pub(super) fn place(&self) -> (i64, &str, usize) {
        (self.latest, &self.name, self.file)
    }

    /// When the next frame comes, in nanoseconds: not before those before it.
    pub(super) const fn next_at(&self) -> i64 {
        self.latest
    }

    pub(super) const fn is_waiting(&self) -> bool {
        matches!(self.state, State::Waiting(_))
    }

    pub(super) const fn is_open(&self) -> bool {
        matches!(self.state, State::Open(_))
    }

    pub(super) const fn is_done(&self) -> bool {
        matches!(self.state, State::Done(..))
    }

    /// Opens it for its turn, if it may be opened; whether it has a frame.
    pub(super) fn open(&mut self, may_open: bool) -> bool {
        let State::Waiting(path) = &self.state else {
            return false;
        };
        self.state = match CaptureReader::open(path) {
            _ if !may_open => State::Done(None, Some(too_many())),
            Ok(reader) => State::Open(Box::new(reader)),
            Err(error) => State::Done(None, Some(error)),
        };
        self.advance()
    }

    /// Goes on to the next frame; closes the file at the end.
    pub(super) fn advance(&mut self) -> bool {
        let State::Open(reader) = &mut self.state else {
            return false;
        };
        let error = match reader.advance() {
            Ok(true) => {
                if let Some(time) = reader.frame().and_then(|frame| frame.time) {
                    self.latest = self.latest.max(time.0);
                }
                return true;
            }
            Ok(false) => None,
            Err(error) => Some(error),
        };
        self.state = State::Done(Some(reader.info().clone()), error);
        false
    }

    pub(super) fn frame(&self) -> Option<Frame<'_>> {
        match &self.state {
            State::Open(reader) => reader.frame(),
            _ => None,
        }
    }

    pub(super) fn info(&self) -> Option<&CaptureInfo> {
        match &self.state {
            State::Waiting(_) => None,
            State::Open(reader) => Some(reader.info()),
            State::Done(info, _) => info.as_ref(),
        }
    }

    pub(super) const fn error(&self) -> Option<&CaptureError> {
        match &self.state {
            State::Done(_, error) => error.as_ref(),
            _ => None,
        }
    }
}

fn is_regular(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file())
}

const fn too_many() -> CaptureError {
    CaptureError::TooManyAtOnce { limit: MERGED_OPEN }
}

/// A file of which not much more is read than is asked for.
struct Sips(File);

impl Read for Sips {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let len = room.len().min(SIP_LEN);
        self.0.read(room.get_mut(..len).unwrap_or_default())
    }
}
