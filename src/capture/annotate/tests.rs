use super::*;
use crate::capture::testing::{BIG, LITTLE, Trickle, Writer, gzip, read_all, xz, zstd};
use crate::capture::{CaptureInfo, CaptureReader};
use crate::limits::ADDED_COMMENTS;

const ETHERNET: u32 = 1;

fn try_annotated(file: &[u8], comments: &[(u64, &str)]) -> Result<Vec<u8>, AnnotateError> {
    let mut comments = comments
        .iter()
        .map(|(packet, text)| Ok((*packet, (*text).to_owned())));
    let mut out = Vec::new();
    annotate(Trickle::new(file), &mut comments, &mut out)?;
    Ok(out)
}

fn annotated(file: &[u8], comments: &[(u64, &str)]) -> Vec<u8> {
    try_annotated(file, comments).unwrap()
}

/// Frames with all that is known of them, and of the capture.
fn read(file: &[u8]) -> (Vec<String>, CaptureInfo) {
    let mut reader = CaptureReader::new(file).unwrap();
    let mut frames = Vec::new();
    while let Ok(Some(frame)) = reader.next_frame() {
        frames.push(format!("{frame:?}"));
    }
    (frames, reader.info().clone())
}

/// The comments, those on the capture or an interface with 0.
fn comments(file: &[u8]) -> Vec<(u64, String)> {
    let comments = read(file).1.comments;
    let pairs = comments
        .into_iter()
        .map(|comment| (comment.packet.unwrap_or(0), comment.text));
    pairs.collect()
}

fn owned(comments: &[(u64, &str)]) -> Vec<(u64, String)> {
    let pairs = comments
        .iter()
        .map(|(packet, text)| (*packet, (*text).to_owned()));
    pairs.collect()
}

/// Two records with awkward lengths, the second cut and with an odd time.
fn pcap(writer: Writer, magic: u32, version: (u16, u16), network: u32) -> Vec<u8> {
    let mut file = writer.pcap(magic, version, network);
    let extra: &[u8] = match magic {
        0xa1b2_cd34 => &[0, 0, 0, 0, 8, 0, 4, 0],
        _ => &[],
    };
    for header in [[4_000_000_000, 999_999, 5, 5], [7, 2_000_001, 5, 1500]] {
        file.extend(writer.record(header, &[extra, b"abcde"].concat()));
    }
    file
}

#[test]
fn a_pcap_file_keeps_its_packets_times_and_link() {
    let said = [(0, "all"), (1, "first"), (1, "again"), (2, "second")];
    for writer in [LITTLE, BIG] {
        for (magic, version, network) in [
            (0xa1b2_c3d4, (2, 4), ETHERNET),
            (0xa1b2_3c4d, (2, 4), 101),
            // Four octets of frame check sequence.
            (0xa1b2_c3d4, (2, 4), ETHERNET | 0x2400_0000),
            // With packet types; from AIX, in nanoseconds; with lengths in the old order.
            (0xa1b2_cd34, (2, 4), ETHERNET),
            (0xa1b2_c3d4, (2, 2), 6),
            (0xa1b2_c3d4, (2, 3), ETHERNET),
        ] {
            let file = pcap(writer, magic, version, network);
            let (frames, info) = read(&file);
            assert_eq!(frames.len(), 2);
            let out = annotated(&file, &said);
            let (again, same) = read(&out);
            assert_eq!(again, frames);
            assert_eq!(comments(&out), owned(&said));
            assert_eq!(same.problem_count, 0);
            assert_eq!(
                (same.time_digits, same.snap_len, same.link_types),
                (info.time_digits, info.snap_len, info.link_types)
            );
            assert_eq!(read(&annotated(&file, &[])).0, frames);
        }
    }
}

/// Length of the first section header.
const FIRST_SECTION: usize = 48;
const NO_TIME: u32 = 3;
const OBSOLETE: u32 = 2;
const CUSTOM: u32 = 0x0bad;

/// All kinds of blocks, in two sections of either byte order. Packets 1 to 6, of which the fourth is a
/// custom block.
fn pcapng(writer: Writer) -> Vec<u8> {
    let other = match writer.big_endian {
        true => LITTLE,
        false => BIG,
    };
    let comment = |text: &str| writer.option(1, text.as_bytes());
    let mut simple = writer.u32(5).to_vec();
    simple.extend(b"simpl");
    let mut obsolete = [writer.u16(0), writer.u16(0xffff)].concat();
    obsolete.extend([0, 77, 5, 60].map(|n| writer.u32(n)).concat());
    obsolete.extend(b"obsol\0\0\0");
    let nanoseconds = writer.option(9, &[9]);
    let end = writer.option(0, &[]);
    [
        writer.section_with((1, 0), u64::MAX, &[comment("the capture"), end.clone()]),
        writer.interface(1, 1500, &[nanoseconds, comment("the wire")]),
        writer.packet(0, 1_700_000_000_123_456_789, b"plain", &[]),
        writer.block(OBSOLETE, &obsolete),
        writer.packet(
            0,
            5,
            b"four",
            &[writer.option(2, &writer.u32(1)), comment("old"), end],
        ),
        writer.block(CUSTOM, &writer.u32(32473)),
        writer.block(NO_TIME, &simple),
        writer.block(0x7777_7777, b"unknown"),
        writer.statistics(0, &[writer.option(4, &writer.u64(9))]),
        other.section(),
        other.interface(101, 0, &[]),
        other.packet(0, 1, b"other", &[]),
    ]
    .concat()
}

#[test]
fn what_is_not_commented_stays_as_it_is() {
    for writer in [LITTLE, BIG] {
        let file = pcapng(writer);
        assert_eq!(annotated(&file, &[]), file);
        for packed in [gzip(&file), zstd(&file), xz(&file)] {
            assert_eq!(annotated(&packed, &[]), file);
        }
    }
}

#[test]
fn packets_of_a_pcapng_file_get_their_comments_and_keep_all_else() {
    let said = [
        (0, "all"),
        (1, "a"),
        (1, "bb"),
        (2, "ccc"),
        (3, "測試"),
        (6, "é"),
    ];
    for writer in [LITTLE, BIG] {
        let file = pcapng(writer);
        let out = annotated(&file, &said);
        assert_eq!(read(&out).0, read(&file).0);
        assert_eq!(read(&out).1.problem_count, 0);
        let expected = [
            (0, "all"),
            (0, "the capture"),
            (0, "the wire"),
            (1, "a"),
            (1, "bb"),
            (2, "ccc"),
            (3, "測試"),
            (3, "old"),
            (6, "é"),
        ];
        assert_eq!(comments(&out), owned(&expected));
        // Nothing but the comments was added: 4 octets and the padded text of each, and an end of
        // options where there were none.
        let added = [3, 1, 2, 3, 6, 2].map(|len: usize| 4 + len.next_multiple_of(4));
        assert_eq!(out.len() - file.len(), added.iter().sum::<usize>() + 3 * 4);
    }
}

#[test]
fn a_packet_without_room_is_named_at_the_end() {
    let file = pcapng(LITTLE);
    let out = annotated(&file, &[(5, "no room"), (6, "room")]);
    assert_eq!(read(&out).0, read(&file).0);
    let found = comments(&out);
    let (last, others) = found.split_last().unwrap();
    assert_eq!(*last, (0, "packet 5: no room".to_owned()));
    assert_eq!(others.last().unwrap().0, 6);
}

#[test]
fn the_length_of_a_section_is_left_open() {
    let known = |length| {
        let section = LITTLE.section_with((1, 0), length, &[]);
        let rest = [LITTLE.interface(1, 0, &[]), LITTLE.packet(0, 1, b"x", &[])];
        [section, rest.concat()].concat()
    };
    assert_eq!(annotated(&known(60), &[]), known(u64::MAX));
}

/// What is wrong inside a block stays so, and is no worse than it was.
#[test]
fn bad_blocks_are_kept() {
    let past_its_end = [LITTLE.u16(1), LITTLE.u16(400), [7; 2], [7; 2]].concat();
    let file = [
        LITTLE.section(),
        LITTLE.interface(1, 0, &[]),
        LITTLE.packet(0, 1, b"bad options", &[past_its_end]),
        LITTLE.packet(9, 1, b"no such interface", &[]),
        LITTLE.block(6, b"short"),
        LITTLE.packet(0, 2, b"good", &[]),
    ]
    .concat();
    assert_eq!(annotated(&file, &[]), file);
    let out = annotated(&file, &[(1, "one"), (3, "short"), (4, "four")]);
    let (frames, info) = read(&out);
    assert_eq!(frames, read(&file).0);
    assert_eq!(info.problem_count, 3);
    let expected = [(1, "one"), (4, "four"), (0, "packet 3: short")];
    assert_eq!(comments(&out), owned(&expected));
}

#[test]
fn what_stands_before_a_cut_is_written() {
    let short = LITTLE.pcap(0xa1b2_c3d4, (2, 4), ETHERNET).len();
    for (file, least) in [
        (pcap(LITTLE, 0xa1b2_c3d4, (2, 4), ETHERNET), short),
        (pcapng(LITTLE), FIRST_SECTION),
    ] {
        for cut in least..file.len() {
            let (frames, _, _) = read_all(&file[..cut]).unwrap();
            let out = annotated(&file[..cut], &[(0, "cut")]);
            let (again, error, reader) = read_all(out.as_slice()).unwrap();
            assert!(error.is_none());
            assert_eq!(again, frames);
            assert_eq!(reader.info().comments[0].text, "cut");
        }
    }
}

#[test]
fn a_capture_that_has_changed_is_noticed() {
    for file in [pcap(LITTLE, 0xa1b2_c3d4, (2, 4), ETHERNET), pcapng(BIG)] {
        let error = try_annotated(&file, &[(1, "here"), (7, "gone")]).unwrap_err();
        assert!(matches!(error, AnnotateError::Changed(7)), "{error}");
    }
    let cut = &pcapng(LITTLE)[..FIRST_SECTION - 1];
    for none in [&b""[..], b"no capture at all", cut] {
        let error = try_annotated(none, &[]).unwrap_err();
        assert!(matches!(error, AnnotateError::Capture(_)), "{error}");
    }
}

#[test]
fn comments_are_bounded() {
    let file = pcap(LITTLE, 0xa1b2_c3d4, (2, 4), ETHERNET);
    // An option has room for less than that.
    let long = "測".repeat(30_000);
    let many: Vec<(u64, &str)> = vec![(1, long.as_str()); 20];
    let out = annotated(&file, &many);
    assert!(out.len() < file.len() + ADDED_COMMENTS);
    let (_, info) = read(&out);
    let fit = (ADDED_COMMENTS / long.len()) as u64;
    assert_eq!(info.comment_count, fit + 1);
    let last = format!("tcpcheck: {} more; its report has them all", 20 - fit);
    let found = out
        .windows(last.len())
        .any(|octets| octets == last.as_bytes());
    assert!(found);
}
