//! The decoder: a row of frames of any link types, whole and cut.

use tcpcheck::capture::{Frame, LinkType};
use tcpcheck::decode::{Decoded, Decoder, Undecoded};
use tcpcheck::segment::{Captured, Checksum, Direction, Options, Segment, Timestamp};

/// Frames of one input; more say nothing new.
const FRAMES: usize = 64;

/// Link types that an octet below this names by its place; others are read as
/// a number of the registry.
const LINK_TYPES: [u16; 26] = [
    1, 101, 0, 108, 113, 276, 228, 229, 12, 14, 9, 50, 51, 104, 105, 127, 192, 119, 163, 239, 10,
    6, 178, 242, 226, 240,
];

/// Octets to frames: for each the link type, how much the snap length cut off in
/// units of 16 octets, the length (two octets, little-endian) and the frame.
fn frames(mut data: &[u8]) -> Vec<Frame<'_>> {
    let mut frames = Vec::new();
    while let [link, cut, low, high, rest @ ..] = data {
        let len = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
        let (octets, behind) = rest.split_at(len);
        data = behind;
        let named = LINK_TYPES.get(usize::from(*link)).copied();
        frames.push(Frame {
            number: frames.len() as u64 + 1,
            time: None,
            interface: 0,
            link_type: LinkType(named.unwrap_or(u16::from(*link))),
            fcs_len: 0,
            data: octets,
            original_len: u32::try_from(len).unwrap() + u32::from(*cut) * 16,
            direction: Direction::Unknown,
        });
        if frames.len() == FRAMES {
            break;
        }
    }
    frames
}

/// Writes a frame as an input of this target has it.
pub fn write(link_type: u16, frame: &[u8], input: &mut Vec<u8>) {
    let place = LINK_TYPES.iter().position(|number| *number == link_type);
    let Some(place) = place.and_then(|place| u8::try_from(place).ok()) else {
        return;
    };
    if let Ok(len) = u16::try_from(frame.len()) {
        input.extend([place, 0]);
        input.extend(len.to_le_bytes());
        input.extend(frame);
    }
}

/// Decodes a row of frames: together, each alone, and each cut.
pub fn run(data: &[u8]) {
    let frames = frames(data);
    let (mut one, mut other) = (Decoder::default(), Decoder::default());
    let mut pieces = 0;
    for frame in &frames {
        let time = Timestamp(i64::try_from(frame.number).unwrap() * 1_000_000);
        let again = other.decode(frame, time);
        let together = one.decode(frame, time);
        assert_eq!(
            without_tunnel(together),
            without_tunnel(again),
            "decides the same twice"
        );
        check(frame, time, &together);
        pieces += u64::from(together == Ok(Decoded::Piece));
        let tunnel = match together {
            Ok(Decoded::Segment(segment)) => segment.tunnel,
            Ok(Decoded::IcmpError(error)) => error.tunnel,
            _ => 0,
        };

        let mut fresh = Decoder::default();
        let alone = fresh.decode(frame, time);
        check(frame, time, &alone);
        // What others can add is the rest of a packet in pieces.
        if alone != Ok(Decoded::Piece) {
            assert_eq!(without_tunnel(alone), without_tunnel(together), "{frame:?}");
        }
        assert_eq!(tunnel == 0, one.tunnels().chain(tunnel).is_empty());
        let seed = super::seed(frame.data);
        for at in [seed, seed >> 16, seed >> 32] {
            let at = usize::try_from(at).unwrap() % (frame.data.len() + 1);
            let mut fresh = Decoder::default();
            let cut = Frame {
                data: &frame.data[..at],
                ..*frame
            };
            let result = fresh.decode(&cut, time);
            check(&cut, time, &result);
            compare(frame, &alone, at, &result);
        }
    }
    let fragments = one.fragments();
    assert_eq!(pieces, fragments.joined() + fragments.unfinished());
}

type Outcome<'a> = Result<Decoded<'a>, Undecoded>;

/// The number that stands for a chain of tunnels is another in each decoder.
fn without_tunnel(outcome: Outcome<'_>) -> Outcome<'_> {
    match outcome {
        Ok(Decoded::Segment(mut segment)) => {
            segment.tunnel = segment.tunnel.min(1);
            Ok(Decoded::Segment(segment))
        }
        Ok(Decoded::IcmpError(mut error)) => {
            error.tunnel = error.tunnel.min(1);
            Ok(Decoded::IcmpError(error))
        }
        other => other,
    }
}

/// What must hold of whatever comes of a frame.
fn check(frame: &Frame<'_>, time: Timestamp, outcome: &Outcome<'_>) {
    match outcome {
        Ok(Decoded::Segment(segment)) => check_segment(frame, time, segment),
        Ok(Decoded::IcmpError(error)) => {
            assert_eq!((error.packet, error.time), (frame.number, time));
            assert!(error.mtu != Some(0), "{error:?}");
        }
        Ok(Decoded::Piece) | Err(_) => {}
    }
}

fn check_segment(frame: &Frame<'_>, time: Timestamp, segment: &Segment<'_>) {
    assert_eq!((segment.packet, segment.time), (frame.number, time));
    let captured = u32::try_from(segment.payload.len()).unwrap();
    let header = u32::from(segment.data_offset) * 4;
    assert!(captured <= segment.payload_len, "{segment:?}");
    if segment.data_offset_invalid {
        assert_eq!(segment.payload_len, 0, "{segment:?}");
        assert_eq!(segment.options, Options::default());
    } else {
        assert!((20..=60).contains(&header), "{segment:?}");
        assert!(header + segment.payload_len <= segment.ip.total_len);
        let whole = segment.captured == Captured::Whole;
        assert!(!whole || captured == segment.payload_len, "{segment:?}");
        assert!(segment.captured >= Captured::Header || captured == 0);
        // A segment without data is whole when its header is.
        assert!(segment.captured != Captured::Header || captured < segment.payload_len);
    }
    if segment.captured < Captured::FixedHeader {
        assert_eq!((segment.window, segment.urgent_pointer), (0, 0));
        assert_eq!(segment.options, Options::default());
    }
    if segment.checksum != Checksum::Unverifiable {
        assert_eq!(segment.captured, Captured::Whole);
    }
    // A packet that was not put together lies in its frame.
    if !segment.ip.joined && !segment.payload.is_empty() {
        let (outer, inner) = (frame.data.as_ptr_range(), segment.payload.as_ptr_range());
        assert!(outer.start <= inner.start && inner.end <= outer.end);
    }
}

/// A frame that was cut never tells more, and nothing else, than the whole one.
fn compare(frame: &Frame<'_>, whole: &Outcome<'_>, at: usize, cut: &Outcome<'_>) {
    let (whole, cut) = (&without_tunnel(*whole), &without_tunnel(*cut));
    let place = || format!("{frame:?} cut to {at}: {whole:?}, {cut:?}");
    match (whole, cut) {
        (_, Err(_)) => {}
        (Ok(Decoded::Segment(whole)), Ok(Decoded::Segment(cut))) => {
            let header = |s: &Segment<'_>| (s.source, s.destination, s.seq, s.ack, s.flags, s.ip);
            assert_eq!(header(whole), header(cut), "{}", place());
            assert_eq!(whole.data_offset, cut.data_offset, "{}", place());
            assert_eq!(whole.payload_len, cut.payload_len, "{}", place());
            assert!(cut.captured <= whole.captured, "{}", place());
            assert!(whole.payload.starts_with(cut.payload), "{}", place());
            assert!(whole.options.present.contains(cut.options.present));
            assert!(whole.options.faults.contains(cut.options.faults));
        }
        (Ok(Decoded::IcmpError(whole)), Ok(Decoded::IcmpError(cut))) => {
            assert_eq!(whole, cut, "{}", place());
        }
        (Ok(Decoded::Piece), Ok(Decoded::Piece)) => {}
        // A length beyond the frame is believed where the frame is cut, and so
        // is an interruptible frame whose check sequence was cut off.
        (Err(Undecoded::IpMalformed | Undecoded::IpFragment), Ok(_)) => {}
        _ => panic!("{}", place()),
    }
}
