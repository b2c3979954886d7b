use super::*;
use crate::capture::testing::{BIG, LITTLE, Trickle, Writer, read_all};
use crate::capture::{CaptureReader, Format, LinkType};
use crate::limits::PROBLEMS;
use crate::segment::{Direction, Timestamp};

mod comments;
mod damaged;
mod losses;
mod odd;

const NO_OPTIONS: &[Vec<u8>] = &[];

/// A section of Ethernet in microseconds, with these blocks in it.
fn file(writer: Writer, blocks: &[Vec<u8>]) -> Vec<u8> {
    let mut file = [writer.section(), writer.interface(1, 0, NO_OPTIONS)].concat();
    file.extend(blocks.concat());
    file
}

fn numbers(file: &[u8]) -> Vec<u64> {
    let (frames, error, _) = read_all(file).unwrap();
    assert!(error.is_none(), "{error:?}");
    frames.into_iter().map(|(number, ..)| number).collect()
}

/// The time of a packet with `units` on an interface with these options.
fn time(writer: Writer, options: &[Vec<u8>], units: u64) -> (Option<i64>, u8) {
    let file = [
        writer.section(),
        writer.interface(1, 0, options),
        writer.packet(0, units, b"x", NO_OPTIONS),
    ]
    .concat();
    let (frames, _, reader) = read_all(file.as_slice()).unwrap();
    (frames[0].1, reader.info().time_digits)
}

#[test]
fn both_byte_orders_are_read() {
    for writer in [LITTLE, BIG] {
        let file = file(
            writer,
            &[writer.packet(0, 7 << 32 | 5, b"abcde", NO_OPTIONS)],
        );
        let (frames, error, reader) = read_all(Trickle::new(&file)).unwrap();
        assert!(error.is_none(), "{error:?}");
        let time = (7 << 32 | 5) * 1000;
        assert_eq!(frames, [(1, Some(time), b"abcde".to_vec())]);
        assert_eq!(reader.info().format, Format::Pcapng);
        assert_eq!(reader.position(), file.len() as u64);
    }
}

#[test]
fn time_options_of_an_interface() {
    for writer in [LITTLE, BIG] {
        assert_eq!(time(writer, &[], 3), (Some(3000), 6));
        let resolution = |octet| writer.option(9, &[octet]);
        assert_eq!(time(writer, &[resolution(9)], 3), (Some(3), 9));
        assert_eq!(
            time(writer, &[resolution(0x80 | 32)], 1 << 31),
            (Some(500_000_000), 9)
        );
        let offset = writer.option(14, &writer.u64((-2_i64).cast_unsigned()));
        assert_eq!(
            time(writer, &[resolution(3), offset], 5000),
            (Some(3_000_000_000), 3)
        );
    }
}

#[test]
fn a_time_option_that_cannot_be_read_is_a_problem() {
    let file = [
        LITTLE.section(),
        LITTLE.interface(1, 0, &[LITTLE.option(9, &[6, 0])]),
        LITTLE.packet(0, 1, b"x", NO_OPTIONS),
    ]
    .concat();
    let (frames, _, reader) = read_all(file.as_slice()).unwrap();
    assert_eq!(frames[0].1, Some(1000));
    assert_eq!(
        reader.info().problems[0].to_string(),
        "block at byte 28: the interface's time resolution or offset cannot be read"
    );
}

#[test]
fn each_interface_has_its_own_link_type_and_fcs() {
    let flags = |flags: u32| LITTLE.option(2, &LITTLE.u32(flags));
    let file = [
        LITTLE.section(),
        LITTLE.interface(1, 96, &[LITTLE.option(13, &[4])]),
        LITTLE.interface(101, 0, &[LITTLE.option(13, &[32])]),
        LITTLE.packet(1, 0, b"ip", &[flags(1)]),
        LITTLE.packet(0, 0, b"eth", &[flags(2 | 2 << 5)]),
        LITTLE.packet(0, 0, b"eth", &[LITTLE.option(1, b"a comment")]),
    ]
    .concat();
    let mut reader = CaptureReader::new(file.as_slice()).unwrap();
    let mut next = || {
        let frame = reader.next_frame().unwrap().unwrap();
        (
            frame.interface,
            frame.link_type.0,
            frame.fcs_len,
            frame.direction,
        )
    };
    assert_eq!(next(), (1, 101, 4, Direction::Inbound));
    assert_eq!(next(), (0, 1, 2, Direction::Outbound));
    assert_eq!(next(), (0, 1, 4, Direction::Unknown));
    let info = reader.info();
    assert_eq!(info.snap_len, Some(96));
    assert!(info.link_types.iter().eq(&[LinkType(1), LinkType(101)]));
}

#[test]
fn sections_have_their_own_byte_order_and_interfaces() {
    let file = [
        file(LITTLE, &[LITTLE.packet(0, 0, b"one", NO_OPTIONS)]),
        BIG.section(),
        BIG.interface(101, 0, &[BIG.option(9, &[9])]),
        BIG.packet(0, 5, b"two", NO_OPTIONS),
        // The first section's interface does not count here.
        BIG.packet(1, 5, b"bad", NO_OPTIONS),
    ]
    .concat();
    let mut reader = CaptureReader::new(file.as_slice()).unwrap();
    assert_eq!(reader.next_frame().unwrap().unwrap().interface, 0);
    let frame = reader.next_frame().unwrap().unwrap();
    assert_eq!((frame.interface, frame.link_type), (1, LinkType(101)));
    assert_eq!((frame.number, frame.time), (2, Some(Timestamp(5))));
    assert!(reader.next_frame().unwrap().is_none());
    assert_eq!(
        reader.info().problems[0].to_string(),
        format!(
            "packet 3 at byte {}: interface 1 of the section is not described (the packet was \
             left out)",
            file.len() - 36
        )
    );
}

#[test]
fn simple_packets_are_as_long_as_the_snap_length_lets_them() {
    let simple = |len: u32, data: &[u8]| {
        let body = [&BIG.u32(len)[..], data].concat();
        BIG.block(SIMPLE_PACKET, &body)
    };
    let file = [
        BIG.section(),
        BIG.interface(1, 5, NO_OPTIONS),
        simple(60, b"abcde"),
        simple(3, b"abc"),
        simple(60, b"ab"),
    ]
    .concat();
    let (frames, error, reader) = read_all(file.as_slice()).unwrap();
    assert!(error.is_none());
    assert_eq!(
        frames,
        [(1, None, b"abcde".to_vec()), (2, None, b"abc".to_vec())]
    );
    assert_eq!((reader.info().cut_frames, reader.info().frames), (1, 3));
    assert!(reader.info().problems[0].packet_lost);
}

#[test]
fn obsolete_packets_are_read() {
    for writer in [LITTLE, BIG] {
        let mut body = [writer.u16(0), writer.u16(3)].concat();
        body.extend([0, 9, 2, 60].into_iter().flat_map(|n| writer.u32(n)));
        body.extend(b"ab\0\0");
        body.extend(writer.option(2, &writer.u32(1)));
        let file = file(writer, &[writer.block(OBSOLETE_PACKET, &body)]);
        let mut reader = CaptureReader::new(file.as_slice()).unwrap();
        let frame = reader.next_frame().unwrap().unwrap();
        assert_eq!((frame.data, frame.original_len), (&b"ab"[..], 60));
        assert_eq!(frame.time, Some(Timestamp(9000)));
        assert_eq!(frame.direction, Direction::Inbound);
        assert!(reader.next_frame().unwrap().is_none());
        assert_eq!(reader.info().drops, Some(3));
    }
}

#[test]
fn a_bad_block_costs_only_itself() {
    let mut unbounded = LITTLE.packet(0, 0, b"abcd", NO_OPTIONS);
    unbounded[20..24].copy_from_slice(&LITTLE.u32(u32::MAX));
    let file = file(
        LITTLE,
        &[
            LITTLE.packet(0, 0, b"one", NO_OPTIONS),
            unbounded,
            LITTLE.block(ENHANCED_PACKET, b"short"),
            LITTLE.packet(7, 0, b"no such interface", NO_OPTIONS),
            LITTLE.block(INTERFACE_STATISTICS, b""),
            LITTLE.packet(0, 0, b"five", &[vec![2, 0, 99, 0]]),
            LITTLE.packet(0, 0, b"six", NO_OPTIONS),
        ],
    );
    let (frames, error, reader) = read_all(file.as_slice()).unwrap();
    assert!(error.is_none());
    let numbers: Vec<u64> = frames.iter().map(|frame| frame.0).collect();
    assert_eq!(numbers, [1, 5, 6]);
    let problems: Vec<String> = reader
        .info()
        .problems
        .iter()
        .map(|p| p.to_string())
        .collect();
    assert_eq!(
        problems,
        [
            "packet 2 at byte 84: 4294967295 octets of packet in a block with room for 4 (the \
             packet was left out)",
            "packet 3 at byte 120: the block is too short for its fields (the packet was left out)",
            "packet 4 at byte 140: interface 7 of the section is not described (the packet was \
             left out)",
            "block at byte 192: the block is too short for its fields",
            "packet 5 at byte 204: an option runs past the end of the block",
        ]
    );
}

#[test]
fn an_interface_that_cannot_be_read_keeps_its_number() {
    let file = [
        LITTLE.section(),
        LITTLE.block(INTERFACE_DESCRIPTION, b"bad"),
        LITTLE.interface(1, 0, NO_OPTIONS),
        LITTLE.packet(1, 0, b"good", NO_OPTIONS),
        LITTLE.packet(0, 0, b"lost", NO_OPTIONS),
    ]
    .concat();
    let (frames, _, reader) = read_all(file.as_slice()).unwrap();
    assert_eq!(frames.len(), 1);
    assert_eq!(reader.info().problem_count, 2);
}

#[test]
fn problems_are_kept_up_to_a_limit_and_counted_beyond() {
    let bad = LITTLE.packet(9, 0, b"", NO_OPTIONS);
    let file = file(LITTLE, &vec![bad; 2 * PROBLEMS]);
    let (_, _, reader) = read_all(file.as_slice()).unwrap();
    assert_eq!(reader.info().problems.len(), PROBLEMS);
    assert_eq!(reader.info().problem_count, 2 * PROBLEMS as u64);
}

#[test]
fn other_blocks_are_skipped_and_counted_where_wireshark_does() {
    let file = file(
        BIG,
        &[
            BIG.block(4, b"names"),
            BIG.block(0x0bad, b"custom"),
            BIG.block(0x4000_0bad, b"custom"),
            BIG.block(9, b"journal"),
            BIG.block(0x8000_0001, b"local"),
            BIG.packet(0, 0, b"x", NO_OPTIONS),
        ],
    );
    assert_eq!(numbers(&file), [4]);
}

#[test]
fn lengths_that_leave_the_padding_out_are_rounded_up() {
    let mut packet = LITTLE.packet(0, 0, b"abcde", NO_OPTIONS);
    let end = packet.len();
    packet[4] = 37;
    packet[end - 4] = 37;
    let file = file(LITTLE, &[packet, LITTLE.packet(0, 0, b"x", NO_OPTIONS)]);
    assert_eq!(numbers(&file), [1, 2]);
}

#[test]
fn outer_lengths_that_make_no_sense_end_the_file() {
    let with = |at: usize, len: u32| {
        let good = LITTLE.packet(0, 0, b"abcd", NO_OPTIONS);
        let mut bad = good.clone();
        let at = if at == 0 { 4 } else { bad.len() - 4 };
        bad[at..at + 4].copy_from_slice(&LITTLE.u32(len));
        let file = file(LITTLE, &[good.clone(), bad, good]);
        let (frames, error, _) = read_all(file.as_slice()).unwrap();
        assert_eq!(frames.len(), 1);
        error.unwrap().to_string()
    };
    assert_eq!(
        with(1, 40),
        "damaged in packet 2 at byte 84: the block's length is 36 octets before its body and 40 \
         behind it"
    );
    assert_eq!(
        with(0, 8),
        "damaged in packet 2 at byte 84: a block cannot have a length of 8 octets"
    );
    assert_eq!(
        with(0, u32::MAX),
        "packet 2 at byte 84 claims a length of 4294967295 octets (the most is 134217728): the \
         file is damaged here, and what follows cannot be found"
    );
    assert!(with(0, 1 << 20).starts_with("cut in the block of packet 2 at byte 84 (72 of 1048576"));
}

#[test]
fn every_cut_is_found() {
    let file = file(LITTLE, &[LITTLE.packet(0, 0, b"abcd", NO_OPTIONS)]);
    for cut in 4..file.len() {
        let result = read_all(&file[..cut]);
        if cut < 28 {
            let error = result.err().unwrap();
            assert!(!error.is_truncation());
            assert!(
                error
                    .to_string()
                    .starts_with("cut in the file header at byte 0")
            );
        } else {
            let (frames, error, _) = result.unwrap();
            assert!(frames.is_empty());
            assert_eq!(
                error.is_some_and(|e| e.is_truncation()),
                cut != 28 && cut != 48
            );
        }
    }
}

#[test]
fn a_section_of_unknown_kind_ends_the_file() {
    let mut section = LITTLE.section();
    section[12] = 2;
    let error = read_all(section.as_slice()).err().unwrap();
    assert_eq!(
        error.to_string(),
        "damaged at byte 0: pcapng version 2.0 is not known (1.0 and 1.2 are)"
    );
    section[8] = 0;
    let error = read_all(section.as_slice()).err().unwrap();
    assert!(error.to_string().contains("byte order of this section"));
}

#[test]
fn a_large_block_is_read_through() {
    let file = file(
        LITTLE,
        &[
            LITTLE.block(0x0bad, &vec![1; 3_000_000]),
            LITTLE.packet(0, 0, &vec![2; 600_000], NO_OPTIONS),
            LITTLE.packet(0, 0, b"x", NO_OPTIONS),
        ],
    );
    assert_eq!(numbers(&file), [2, 3]);
}
