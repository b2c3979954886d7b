//! Frames that the network card marks as garbled.

use super::*;
use crate::capture::CaptureReader;

fn with_flags(flags: u32) -> Vec<u8> {
    LITTLE.packet(0, 0, b"x", &[LITTLE.option(2, &LITTLE.u32(flags))])
}

#[test]
fn garbled_frames_are_counted_and_not_handed_out() {
    for bit in [24, 28, 29, 30, 31] {
        let whole = with_flags(1);
        let file = file(
            LITTLE,
            &[with_flags(1 | 1 << bit), whole, with_flags(1 << bit)],
        );
        let (frames, error, reader) = read_all(file.as_slice()).unwrap();
        assert!(error.is_none());
        let numbers: Vec<u64> = frames.iter().map(|frame| frame.0).collect();
        assert_eq!(numbers, [2], "bit {bit}");
        let info = reader.info();
        assert_eq!((info.frames, info.damaged_frames), (3, 2));
        assert_eq!((info.drops, info.missing()), (None, Some(2)));
        assert_eq!(reader.position(), file.len() as u64);
    }
}

#[test]
fn frames_of_odd_length_or_at_the_wrong_time_are_whole() {
    let file = file(LITTLE, &[with_flags(0x0eff_fe03)]);
    assert_eq!(numbers(&file), [1]);
}

#[test]
fn flags_of_the_obsolete_block_are_the_same() {
    let mut body: Vec<u8> = [0, 0, 0, 2, 2]
        .into_iter()
        .flat_map(|n| LITTLE.u32(n))
        .collect();
    body.extend(b"ab\0\0");
    body.extend(LITTLE.option(2, &LITTLE.u32(1 << 24)));
    let file = file(LITTLE, &[LITTLE.block(OBSOLETE_PACKET, &body)]);
    assert!(numbers(&file).is_empty());
}

#[test]
fn a_damaged_frame_is_no_evidence_that_nothing_is_missing() {
    let none = LITTLE.statistics(0, &[LITTLE.option(5, &[0; 8])]);
    let file = file(LITTLE, &[with_flags(1 << 24), none]);
    let mut reader = CaptureReader::new(file.as_slice()).unwrap();
    assert!(reader.next_frame().unwrap().is_none());
    assert_eq!(reader.info().missing(), Some(1));
}
