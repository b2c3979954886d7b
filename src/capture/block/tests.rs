use super::*;
use crate::capture::testing::{BIG, Failing, LITTLE, Trickle};
use crate::limits::READ_BUFFER_LEN;

/// A frame without its octets, and these.
type Seen = (u64, Option<i64>, u32, Vec<u8>);

fn seen(frame: Frame<'_>) -> Seen {
    let time = frame.time.map(|Timestamp(ns)| ns);
    (
        frame.number,
        time,
        frame.original_len,
        frame.data.to_owned(),
    )
}

fn one_by_one(source: impl Read) -> (Vec<Seen>, Option<String>) {
    let (mut all, mut reader) = (Vec::new(), CaptureReader::new(source).unwrap());
    loop {
        match reader.next_frame() {
            Ok(Some(frame)) => all.push(seen(frame)),
            Ok(None) => return (all, None),
            Err(error) => return (all, Some(error.to_string())),
        }
    }
}

/// The frames of each block.
fn in_blocks(source: impl Read) -> (Vec<Vec<Seen>>, Option<String>) {
    let (mut all, mut block) = (Vec::new(), Block::default());
    let mut reader = CaptureReader::new(source).unwrap();
    loop {
        let read = reader.next_block(&mut block);
        let frames = block.frames().iter().map(|at| seen(block.frame(at)));
        let frames: Vec<_> = frames.collect();
        let ended = frames.is_empty();
        all.push(frames);
        match read {
            Err(error) => return (all, Some(error.to_string())),
            Ok(()) if ended => return (all, None),
            Ok(()) => {}
        }
    }
}

fn pcap(lengths: impl IntoIterator<Item = u32>) -> Vec<u8> {
    let mut file = LITTLE.pcap(0xa1b2_c3d4, (2, 4), 1);
    for (second, len) in (0..).zip(lengths) {
        let octets = vec![second as u8; len as usize];
        file.extend(LITTLE.record([second, 0, len, len + second % 2], &octets));
    }
    file
}

fn pcapng(lengths: impl IntoIterator<Item = u32>) -> Vec<u8> {
    let mut file = [BIG.section(), BIG.interface(1, 0, &[])].concat();
    for (second, len) in (0..).zip(lengths) {
        file.extend(BIG.packet(
            0,
            second * 1_000_000,
            &vec![second as u8; len as usize],
            &[],
        ));
    }
    file
}

#[test]
fn blocks_have_the_same_frames_however_they_are_read() {
    let lengths = || (0..3000_u32).map(|n| n * 37 % 1500);
    for capture in [pcap(lengths()), pcapng(lengths())] {
        let (blocks, error) = in_blocks(&capture[..]);
        assert!(blocks.len() > 5 && error.is_none(), "{error:?}");
        assert_eq!(one_by_one(&capture[..]).0, blocks.concat());
        assert_eq!(in_blocks(Trickle::new(&capture)).0, blocks);
    }
}

#[test]
fn a_frame_larger_than_the_buffer_has_a_block_of_its_own() {
    let large = u32::try_from(READ_BUFFER_LEN).unwrap();
    let capture = pcapng([100, 3 * large, 200, 300]);
    let (blocks, error) = in_blocks(&capture[..]);
    let lengths = |block: &Vec<Seen>| block.iter().map(|seen| seen.3.len()).collect::<Vec<_>>();
    let large = 3 * READ_BUFFER_LEN;
    assert_eq!(
        blocks.iter().map(lengths).collect::<Vec<_>>(),
        [vec![100], vec![large, 200, 300], vec![]]
    );
    assert_eq!(error, None);
}

#[test]
fn what_stands_before_damage_is_delivered_with_the_error() {
    let capture = pcap([60; 20]);
    let cut = &capture[..capture.len() - 1];
    let (blocks, error) = in_blocks(cut);
    assert_eq!((blocks.concat(), error), one_by_one(cut));
    assert_eq!(blocks.concat().len(), 19);
    let (blocks, error) = in_blocks(Failing::after(cut));
    assert_eq!(blocks.concat().len(), 19);
    assert!(error.unwrap().contains("the disk is gone"));
}

/// The frames, the error and all that is known of the capture in the end.
fn whole(source: impl Read, blocks: bool) -> (Vec<Seen>, String) {
    let (mut all, mut block) = (Vec::new(), Block::default());
    let mut reader = match CaptureReader::new(source) {
        Ok(reader) => reader,
        Err(error) => return (all, error.to_string()),
    };
    let error = loop {
        let read = match blocks {
            true => reader.next_block(&mut block).map(|()| {
                let frames = block.frames().iter();
                all.extend(frames.map(|at| seen(block.frame(at))));
                !block.frames().is_empty()
            }),
            false => (reader.next_frame()).map(|frame| {
                all.extend(frame.map(seen));
                frame.is_some()
            }),
        };
        match read {
            Ok(true) => {}
            Ok(false) => break None,
            Err(error) => {
                all.extend(block.frames().iter().map(|at| seen(block.frame(at))));
                break Some(error);
            }
        }
    };
    (
        all,
        format!("{error:?} {:?} {}", reader.info(), reader.position()),
    )
}

/// Octet by octet, no record is ever at hand when it is looked for.
#[test]
fn records_at_hand_are_read_as_those_that_come_bit_by_bit() {
    let mut dice = fastrand::Rng::with_seed(11);
    let lengths = || (0..60_u32).map(|n| n * 37 % 300);
    let file = |endian: crate::capture::testing::Writer, magic, version| {
        let mut file = endian.pcap(magic, version, 1);
        for (second, len) in (0..).zip(lengths()) {
            let header = [second, second, len, len + second % 2];
            file.extend(endian.record(header, &vec![7; len as usize]));
        }
        file
    };
    for endian in [LITTLE, BIG] {
        for (magic, version) in [
            (0xa1b2_c3d4, (2, 4)),
            (0xa1b2_3c4d, (2, 4)),
            (0xa1b2_c3d4, (2, 2)),
            (0xa1b2_cd34, (2, 4)),
        ] {
            let file = file(endian, magic, version);
            for round in 0..60 {
                let mut odd = file.clone();
                for _ in 0..round % 4 {
                    let at = dice.usize(24..odd.len());
                    odd[at] = dice.u8(..);
                }
                odd.truncate(odd.len() - dice.usize(0..40));
                let slow = whole(Trickle::new(&odd), false);
                assert_eq!(whole(&odd[..], true), slow, "{round}");
                assert_eq!(whole(&odd[..], false), slow, "{round}");
            }
        }
    }
}
