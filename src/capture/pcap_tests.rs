use super::super::testing::{BIG, LITTLE, Seen, Trickle, Writer, read_all};
use super::super::{CaptureReader, Format};
use super::*;

const ETHERNET: u32 = 1;

/// A file with one record of four octets at 1000 s and `fraction`.
fn one(writer: Writer, magic: u32, version: (u16, u16), network: u32, fraction: u32) -> Vec<u8> {
    let mut file = writer.pcap(magic, version, network);
    file.extend(writer.record([1000, fraction, 4, 60], b"abcd"));
    file
}

fn frames(file: &[u8]) -> Vec<Seen> {
    let (frames, error, _) = read_all(file).unwrap();
    assert!(error.is_none(), "{error:?}");
    frames
}

#[test]
fn both_byte_orders_and_both_resolutions() {
    for writer in [LITTLE, BIG] {
        let micro = one(writer, MICROSECONDS, (2, 4), ETHERNET, 250_001);
        assert_eq!(
            frames(&micro),
            [(1, Some(1_000_250_001_000), b"abcd".to_vec())]
        );
        let nano = one(writer, NANOSECONDS, (2, 4), ETHERNET, 250_000_001);
        assert_eq!(
            frames(&nano),
            [(1, Some(1_000_250_000_001), b"abcd".to_vec())]
        );
        let digits = |file: &[u8]| CaptureReader::new(file).unwrap().info().time_digits;
        assert_eq!((digits(&micro), digits(&nano)), (6, 9));
    }
}

#[test]
fn a_frame_has_all_that_the_record_says() {
    let file = one(LITTLE, MICROSECONDS, (2, 4), ETHERNET, 0);
    let mut reader = CaptureReader::new(file.as_slice()).unwrap();
    let frame = reader.next_frame().unwrap().unwrap();
    assert_eq!(frame.link_type, LinkType(1));
    assert_eq!((frame.original_len, frame.fcs_len), (60, 0));
    assert_eq!((frame.interface, frame.direction), (0, Direction::Unknown));
    assert_eq!(reader.position(), 44);
    assert!(reader.next_frame().unwrap().is_none());
    let info = reader.info();
    assert_eq!(info.format, Format::Pcap);
    assert_eq!((info.frames, info.cut_frames), (1, 1));
    assert_eq!((info.snap_len, info.drops), (Some(262_144), None));
    assert!(info.link_types.contains(&LinkType(1)));
}

#[test]
fn old_versions_have_the_lengths_in_either_order() {
    for version in [(2, 0), (2, 1), (2, 2), (2, 3), (543, 0)] {
        for lengths in [[4, 60], [60, 4]] {
            let mut file = LITTLE.pcap(MICROSECONDS, version, ETHERNET);
            file.extend(LITTLE.record([1, 2, lengths[0], lengths[1]], b"abcd"));
            let mut reader = CaptureReader::new(file.as_slice()).unwrap();
            let frame = reader.next_frame().unwrap().unwrap();
            assert_eq!((frame.data, frame.original_len), (&b"abcd"[..], 60));
        }
    }
}

#[test]
fn from_2_4_on_a_captured_length_above_the_original_stands() {
    for version in [(2, 4), (2, 5), (3, 0)] {
        let mut file = LITTLE.pcap(MICROSECONDS, version, ETHERNET);
        file.extend(LITTLE.record([1, 2, 4, 2], b"abcd"));
        assert_eq!(frames(&file)[0].2, b"abcd");
    }
}

#[test]
fn version_1_is_refused() {
    let file = LITTLE.pcap(MICROSECONDS, (1, 2), ETHERNET);
    let error = read_all(file.as_slice()).err().unwrap();
    assert_eq!(
        error.to_string(),
        "damaged at byte 0: pcap version 1.2 is not known (2.0 to 2.4 are)"
    );
}

#[test]
fn the_upper_half_of_the_link_type_is_the_fcs_length() {
    let with = |network| {
        let file = one(BIG, MICROSECONDS, (2, 4), network, 0);
        let mut reader = CaptureReader::new(file.as_slice()).unwrap();
        let frame = reader.next_frame().unwrap().unwrap();
        (frame.link_type, frame.fcs_len)
    };
    assert_eq!(with(0x2400_0001), (LinkType(1), 4));
    // Without the bit that says so, the length does not count.
    assert_eq!(with(0x2000_0001), (LinkType(1), 0));
    let file = BIG.pcap(MICROSECONDS, (2, 4), 0x0020_0001);
    let error = read_all(file.as_slice()).err().unwrap();
    assert!(error.to_string().contains("0x00200001 is no link type"));
}

#[test]
fn the_modified_format_has_a_longer_header_and_the_direction() {
    for writer in [LITTLE, BIG] {
        let mut file = writer.pcap(MODIFIED, (2, 4), ETHERNET);
        for packet_type in [0, 4, 9] {
            let rest = [&[0; 6][..], &[packet_type, 0], b"abcd"].concat();
            file.extend(writer.record([1, 2, 4, 4], &rest));
        }
        let mut reader = CaptureReader::new(file.as_slice()).unwrap();
        for direction in [Direction::Inbound, Direction::Outbound, Direction::Unknown] {
            let frame = reader.next_frame().unwrap().unwrap();
            assert_eq!((frame.data, frame.direction), (&b"abcd"[..], direction));
        }
        assert!(reader.next_frame().unwrap().is_none());
    }
}

#[test]
fn aix_has_its_own_link_types_and_counts_nanoseconds() {
    let file = one(BIG, MICROSECONDS, (2, 2), 6, 7);
    let mut reader = CaptureReader::new(file.as_slice()).unwrap();
    let frame = reader.next_frame().unwrap().unwrap();
    assert_eq!(frame.link_type, LinkType(1));
    assert_eq!(frame.time, Some(Timestamp(1_000_000_000_007)));
}

#[test]
fn a_fraction_above_a_second_is_carried_and_counted() {
    let file = one(LITTLE, MICROSECONDS, (2, 4), ETHERNET, u32::MAX);
    let (frames, _, reader) = read_all(file.as_slice()).unwrap();
    assert_eq!(frames[0].1, Some(5_294_967_295_000));
    assert_eq!(reader.info().odd_times, 1);
}

#[test]
fn empty_frames_and_a_senseless_snap_length_are_no_problem() {
    let mut file = LITTLE.pcap(MICROSECONDS, (2, 4), ETHERNET);
    file[16..20].copy_from_slice(&[1, 0, 0, 0]);
    file.extend(LITTLE.record([1, 0, 0, 0], b""));
    file.extend(LITTLE.record([2, 0, 2, 2], b"ab"));
    let seen = frames(&file);
    assert_eq!(seen[0], (1, Some(1_000_000_000), vec![]));
    assert_eq!(seen[1], (2, Some(2_000_000_000), b"ab".to_vec()));
}

#[test]
fn every_cut_is_found_and_what_stands_before_is_delivered() {
    let mut file = LITTLE.pcap(MICROSECONDS, (2, 4), ETHERNET);
    for second in 0..2 {
        file.extend(LITTLE.record([second, 0, 4, 4], b"abcd"));
    }
    for cut in 24..=file.len() {
        let (frames, error, _) = read_all(Trickle::new(&file[..cut])).unwrap();
        assert_eq!(frames.len(), (cut - 24) / 20);
        match (cut - 24) % 20 {
            0 => assert!(error.is_none()),
            rest @ 1..16 => {
                let error = error.unwrap();
                assert!(error.is_truncation());
                let expected = format!("({rest} of 16 octets are there)");
                assert!(error.to_string().contains(&expected), "{error}");
            }
            rest => {
                let error = error.unwrap();
                assert!(error.is_truncation());
                let number = frames.len() + 1;
                let byte = 24 + 20 * frames.len() + 16;
                let expected = format!(
                    "cut in the data of packet {number} at byte {byte} ({} of 4 octets",
                    rest - 16
                );
                assert!(error.to_string().starts_with(&expected), "{error}");
            }
        }
    }
    for cut in 4..24 {
        let error = read_all(&file[..cut]).err().unwrap();
        assert!(!error.is_truncation());
        let expected = format!("cut in the file header at byte 0 ({cut} of 24 octets are there)");
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
}

#[test]
fn a_senseless_length_ends_the_file() {
    let with = |network, captured| {
        let mut file = LITTLE.pcap(MICROSECONDS, (2, 4), network);
        file.extend(LITTLE.record([0, 0, 4, 4], b"abcd"));
        file.extend(LITTLE.record([0, 0, captured, 60], b"abcd"));
        read_all(file.as_slice()).unwrap().1.unwrap()
    };
    let error = with(ETHERNET, PACKET_LEN + 1);
    assert_eq!(
        error.to_string(),
        "packet 2 at byte 44 claims a length of 262145 octets (the most is 262144): the file is \
         damaged here, and what follows cannot be found; if it is an old variant of pcap, \
         `editcap -F pcapng IN OUT` converts it"
    );
    assert!(with(ETHERNET, PACKET_LEN).is_truncation());
    // USB packets may be longer.
    assert!(with(189, BLOCK_LEN).is_truncation());
    assert!(!with(189, u32::MAX).is_truncation());
}
