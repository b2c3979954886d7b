//! What a file says of frames that are not in it.

use super::*;
use crate::capture::CaptureReader;

const RECEIVED: u16 = 4;
const DROPPED: u16 = 5;
const ACCEPTED: u16 = 6;
const SYSTEM_DROPPED: u16 = 7;
const DELIVERED: u16 = 8;

fn drops(blocks: &[Vec<u8>]) -> Option<u64> {
    let file = file(BIG, blocks);
    let (_, error, reader) = read_all(file.as_slice()).unwrap();
    assert!(error.is_none());
    reader.info().drops
}

fn packet(interface: u32) -> Vec<u8> {
    BIG.packet(interface, 0, b"x", NO_OPTIONS)
}

/// Statistics with these counts.
fn statistics(interface: u32, counts: &[(u16, u64)]) -> Vec<u8> {
    let option = |&(code, count): &(u16, u64)| BIG.option(code, &BIG.u64(count));
    let options: Vec<Vec<u8>> = counts.iter().map(option).collect();
    BIG.statistics(interface, &options)
}

/// Statistics that say that nothing was lost.
fn nothing(interface: u32) -> Vec<u8> {
    statistics(interface, &[(DROPPED, 0), (SYSTEM_DROPPED, 0)])
}

#[test]
fn none_where_the_capture_does_not_say() {
    assert_eq!(drops(&[packet(0)]), None);
    assert_eq!(drops(&[packet(0), BIG.statistics(0, NO_OPTIONS)]), None);
    assert_eq!(drops(&[packet(0), statistics(0, &[(RECEIVED, 1)])]), None);
}

#[test]
fn the_highest_count_of_each_kind_counts() {
    assert_eq!(drops(&[packet(0), nothing(0)]), Some(0));
    let first = statistics(0, &[(DROPPED, 2)]);
    let blocks = [
        first.clone(),
        packet(0),
        statistics(0, &[(DROPPED, 3), (SYSTEM_DROPPED, 4)]),
    ];
    assert_eq!(drops(&blocks), Some(7));
    // What was lost is not found again.
    assert_eq!(drops(&[first, packet(0), nothing(0)]), Some(2));
}

#[test]
fn a_loss_is_known_as_soon_as_it_was_read() {
    let lost = BIG.packet(0, 0, b"x", &[BIG.option(4, &BIG.u64(3))]);
    let file = file(BIG, &[lost, statistics(0, &[(DROPPED, 7)]), packet(0)]);
    let mut reader = CaptureReader::new(file.as_slice()).unwrap();
    for drops in [3, 7] {
        assert!(reader.next_frame().unwrap().is_some());
        assert_eq!(reader.info().drops, Some(drops));
    }
}

#[test]
fn zero_only_where_all_interfaces_with_frames_say_so() {
    let second = BIG.interface(1, 0, NO_OPTIONS);
    let quiet = [second.clone(), packet(0), nothing(0)];
    assert_eq!(drops(&quiet), Some(0));
    let silent = [second.clone(), packet(0), packet(1), nothing(0)];
    assert_eq!(drops(&silent), None);
    let lossy = [
        second,
        packet(0),
        packet(1),
        statistics(0, &[(DROPPED, 5)]),
        nothing(1),
    ];
    assert_eq!(drops(&lossy), Some(5));
}

#[test]
fn zero_only_up_to_the_statistics() {
    assert_eq!(drops(&[packet(0), nothing(0), packet(0)]), None);
    assert_eq!(
        drops(&[packet(0), nothing(0), packet(0), nothing(0)]),
        Some(0)
    );
}

#[test]
fn no_zero_where_frames_were_taken_out_of_the_file() {
    let with = |counts: &[(u16, u64)]| {
        let counts = [&[(DROPPED, 0)], counts].concat();
        drops(&[packet(0), packet(0), statistics(0, &counts)])
    };
    for count in [RECEIVED, ACCEPTED, DELIVERED] {
        assert_eq!(with(&[(count, 2)]), Some(0));
        assert_eq!(with(&[(count, 3)]), None);
    }
    // What was filtered out when it was captured is another matter.
    assert_eq!(
        with(&[(RECEIVED, 900), (ACCEPTED, 3), (DELIVERED, 2)]),
        Some(0)
    );
    assert_eq!(with(&[(RECEIVED, 900), (ACCEPTED, 2)]), Some(0));
}

#[test]
fn no_zero_where_a_block_could_not_be_read() {
    let blocks = [packet(0), BIG.block(6, b"short"), nothing(0)];
    assert_eq!(drops(&blocks), None);
    let whole = file(BIG, &[packet(0), nothing(0), BIG.block(4, b"names")]);
    let (_, error, reader) = read_all(&whole[..whole.len() - 2]).unwrap();
    assert!(error.unwrap().is_truncation());
    assert_eq!(reader.info().drops, None);
}

#[test]
fn earlier_sections_are_remembered() {
    let quiet = file(LITTLE, &[LITTLE.packet(0, 0, b"x", NO_OPTIONS)]);
    let lossy = statistics(0, &[(DROPPED, 1)]);
    assert_eq!(drops(&[packet(0), lossy, quiet.clone()]), Some(1));
    assert_eq!(drops(&[packet(0), nothing(0), quiet]), None);
    let section = [file(BIG, &[packet(0), nothing(0)])];
    assert_eq!(
        drops(&[&[packet(0), nothing(0)], &section[..]].concat()),
        Some(0)
    );
}

#[test]
fn counts_beside_packets_are_summed() {
    let lost = |count: u64| BIG.packet(0, 0, b"x", &[BIG.option(4, &BIG.u64(count))]);
    assert_eq!(drops(&[lost(2), lost(0), lost(3)]), Some(5));
    assert_eq!(drops(&[lost(0)]), None);
    // Both count the same frames.
    assert_eq!(drops(&[lost(2), statistics(0, &[(DROPPED, 3)])]), Some(3));
    assert_eq!(drops(&[lost(2), nothing(0)]), Some(2));
    assert_eq!(drops(&[lost(u64::MAX), lost(7)]), Some(u64::MAX));
}
