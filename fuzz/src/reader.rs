//! The reader: any octets, from a source that gives them in any portions.

use std::io::{self, Read};

use tcpcheck::capture::{CaptureReader, Frame};

/// Frames looked at of one input. Four octets of a compressed file can stand
/// for some thousand frames, which say nothing new.
const FRAMES: usize = 4096;

/// Reads `data` as a capture: whole, octet by octet, in random portions, and cut.
pub fn run(data: &[u8]) {
    let mut random = fastrand::Rng::with_seed(super::seed(data));
    let whole = read(data);
    whole.check();

    let trickle = read(Portions::new(data, || 1));
    assert_eq!(whole, trickle, "octet by octet");
    let portions = read(Portions::new(data, || random.usize(1..600)));
    assert_eq!(whole, portions, "in portions");

    let cut = read(data.get(..random.usize(0..=data.len())).unwrap_or(data));
    cut.check();
    // The decoder of xz drops some of what stands before damage.
    let dropped = data.starts_with(&[0xfd, b'7', b'z']) && cut.frames.starts_with(&whole.frames);
    assert!(
        dropped || whole.frames.starts_with(&cut.frames),
        "a cut capture gives other frames: {:?} and {:?}",
        whole.frames,
        cut.frames
    );
}

/// What came of reading.
#[derive(PartialEq, Debug, Default)]
struct Outcome {
    frames: Vec<Seen>,
    /// The error at the end, and what is known of the capture.
    end: String,
}

/// What is compared of a frame, its data as a hash.
#[derive(PartialEq, Clone, Debug)]
struct Seen {
    frame: String,
    data: u64,
    position: u64,
    number: u64,
}

impl Seen {
    fn new(frame: &Frame<'_>, position: u64) -> Seen {
        let without_data = Frame {
            data: &[],
            ..*frame
        };
        Seen {
            frame: format!("{without_data:?}"),
            data: super::seed(frame.data),
            position,
            number: frame.number,
        }
    }
}

impl Outcome {
    fn check(&self) {
        for pair in self.frames.windows(2) {
            if let [before, after] = pair {
                assert!(before.number < after.number, "{before:?}, {after:?}");
                assert!(before.position < after.position, "{before:?}, {after:?}");
            }
        }
    }
}

fn read(source: impl Read) -> Outcome {
    let mut outcome = Outcome::default();
    let mut reader = match CaptureReader::new(source) {
        Ok(reader) => reader,
        Err(error) => {
            outcome.end = error.to_string();
            return outcome;
        }
    };
    let end = loop {
        if outcome.frames.len() >= FRAMES {
            break None;
        }
        match reader.next_frame() {
            Ok(Some(frame)) => {
                let seen = Seen::new(&frame, 0);
                let position = reader.position();
                outcome.frames.push(Seen { position, ..seen });
            }
            Ok(None) => break None,
            Err(error) => {
                assert!(matches!(reader.next_frame(), Ok(None)), "ends once");
                break Some(error.to_string());
            }
        }
    };
    let info = reader.info();
    let last = outcome.frames.last().map_or(0, |last| last.number);
    assert!(info.frames >= last, "{info:?}");
    assert!(info.problem_count >= info.problems.len() as u64, "{info:?}");
    assert!(info.time_digits <= 9, "{info:?}");
    outcome.end = format!("{end:?} {info:?}");
    outcome
}

/// A source that gives portions of the sizes that it is told, with an
/// interruption before each, as a pipe may.
struct Portions<'a, F> {
    rest: &'a [u8],
    size: F,
    interrupt: bool,
}

impl<'a, F: FnMut() -> usize> Portions<'a, F> {
    fn new(rest: &'a [u8], size: F) -> Portions<'a, F> {
        Portions {
            rest,
            size,
            interrupt: false,
        }
    }
}

impl<F: FnMut() -> usize> Read for Portions<'_, F> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.interrupt = !self.interrupt;
        if self.interrupt {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let size = (self.size)().min(room.len());
        self.rest.read(room.get_mut(..size).unwrap_or_default())
    }
}
