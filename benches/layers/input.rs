//! Captures in memory, at each layer that a benchmark begins with.

use std::sync::LazyLock;

use tcpcheck::capture::{CaptureReader, Frame};
use tcpcheck::decode::{Decoded, Decoder};
use tcpcheck::segment::Segment;

use crate::generator::{self, Goal, Plan};

/// The kinds, and how many packets of each: as few as show what large captures cost, of web and
/// small with all connections open that are at a time.
const SIZES: [(&str, u64); 4] = [
    ("bulk", 30_000),
    ("web", 100_000),
    ("flood", 100_000),
    ("small", 100_000),
];

/// Their names.
pub const KINDS: [&str; 4] = ["bulk", "web", "flood", "small"];

/// A capture, and what is made from it layer by layer.
pub struct Input {
    pub capture: Vec<u8>,
    pub frames: Vec<Frame<'static>>,
    pub segments: Vec<Segment<'static>>,
    /// Header and data of each segment.
    pub tcp: Vec<&'static [u8]>,
}

static INPUTS: [LazyLock<Input>; 4] = [
    LazyLock::new(|| Input::new(0)),
    LazyLock::new(|| Input::new(1)),
    LazyLock::new(|| Input::new(2)),
    LazyLock::new(|| Input::new(3)),
];

impl Input {
    /// The one of a kind.
    pub fn of(kind: &str) -> &'static Input {
        let at = KINDS.iter().position(|known| *known == kind);
        at.and_then(|at| INPUTS.get(at)).unwrap()
    }

    fn new(at: usize) -> Input {
        let (name, packets) = *SIZES.get(at).unwrap();
        let kind = generator::KINDS.iter().find(|kind| kind.name == name);
        let plan = Plan {
            kind: kind.unwrap(),
            goal: Goal::Packets(packets),
            seed: 1,
        };
        let mut capture = Vec::new();
        generator::write(&plan, &mut capture).unwrap();
        let frames = frames(&capture);
        let (mut segments, mut tcp) = (Vec::new(), Vec::new());
        let mut decoder = Decoder::default();
        for frame in &frames {
            let time = frame.time.unwrap_or_default();
            let Ok(Decoded::Segment(segment)) = decoder.decode(frame, time) else {
                panic!("the generator writes only segments");
            };
            // The decoder lends it; its data is the frame's, which stays.
            let start = segment.payload.as_ptr().addr() - frame.data.as_ptr().addr();
            let end = start + segment.payload.len();
            let header = 4 * usize::from(segment.data_offset);
            tcp.push(frame.data.get(start - header..end).unwrap());
            segments.push(Segment {
                payload: frame.data.get(start..end).unwrap(),
                ..segment.without_payload()
            });
        }
        Input {
            capture,
            frames,
            segments,
            tcp,
        }
    }
}

/// The frames, kept for as long as the program runs.
fn frames(capture: &[u8]) -> Vec<Frame<'static>> {
    let mut reader = CaptureReader::new(capture).unwrap();
    let mut frames = Vec::new();
    while let Some(frame) = reader.next_frame().unwrap() {
        let data: &'static [u8] = frame.data.to_vec().leak();
        frames.push(Frame { data, ..frame });
    }
    frames
}
