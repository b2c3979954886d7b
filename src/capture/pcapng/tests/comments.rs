//! Comments on the capture, an interface, a packet.

use super::*;
use crate::capture::Comment;
use crate::limits::{COMMENT_LEN, COMMENTS};

fn comments(file: &[u8]) -> (Vec<(Option<u64>, String)>, u64) {
    let (_, error, reader) = read_all(file).unwrap();
    assert!(error.is_none(), "{error:?}");
    let told = |comment: &Comment| (comment.packet, comment.text.clone());
    let info = reader.info();
    (info.comments.iter().map(told).collect(), info.comment_count)
}

/// A file with a packet that has this comment.
fn on_a_packet(text: &[u8]) -> Vec<u8> {
    file(
        LITTLE,
        &[LITTLE.packet(0, 0, b"x", &[LITTLE.option(1, text)])],
    )
}

#[test]
fn of_the_section_an_interface_and_packets() {
    for writer in [LITTLE, BIG] {
        let comment = |text: &str| writer.option(1, text.as_bytes());
        let file = [
            writer.section_with((1, 0), u64::MAX, &[comment("all"), comment("of it")]),
            writer.interface(1, 0, &[comment("the card")]),
            writer.packet(0, 0, b"x", NO_OPTIONS),
            writer.packet(0, 0, b"x", &[comment("odd"), comment("very")]),
            // Of statistics, programs write only what they are.
            writer.statistics(0, &[comment("counters")]),
        ]
        .concat();
        let expected = [
            (None, "all"),
            (None, "of it"),
            (None, "the card"),
            (Some(2), "odd"),
            (Some(2), "very"),
        ];
        let expected = expected.map(|(packet, text)| (packet, text.to_owned()));
        assert_eq!(comments(&file), (expected.to_vec(), 5));
    }
}

#[test]
fn of_the_obsolete_packet_block() {
    let mut body: Vec<u8> = [0, 0, 0, 2, 2]
        .into_iter()
        .flat_map(|n| BIG.u32(n))
        .collect();
    body.extend(b"ab\0\0");
    body.extend(BIG.option(1, b"old"));
    let file = file(BIG, &[BIG.block(OBSOLETE_PACKET, &body)]);
    assert_eq!(comments(&file).0, [(Some(1), "old".to_owned())]);
}

#[test]
fn a_zero_octet_ends_one_and_what_is_no_text_is_marked() {
    assert_eq!(comments(&on_a_packet(b"a\0b")).0[0].1, "a");
    assert_eq!(comments(&on_a_packet(b" a\xffb\n")).0[0].1, "a\u{fffd}b");
    assert_eq!(comments(&on_a_packet(b"\0")), (Vec::new(), 0));
}

#[test]
fn they_are_limited_in_length_and_number() {
    let whole = "x".repeat(COMMENT_LEN);
    assert_eq!(comments(&on_a_packet(whole.as_bytes())).0[0].1, whole);
    let long = "\u{20ac}".repeat(COMMENT_LEN / 3 + 1);
    let kept = format!("{}...", "\u{20ac}".repeat(COMMENT_LEN / 3));
    assert_eq!(comments(&on_a_packet(long.as_bytes())).0[0].1, kept);

    let comment = LITTLE.option(1, b"again");
    let many = file(
        LITTLE,
        &vec![LITTLE.packet(0, 0, b"x", &[comment]); COMMENTS + 7],
    );
    let (kept, count) = comments(&many);
    assert_eq!((kept.len(), count), (COMMENTS, COMMENTS as u64 + 7));
}
