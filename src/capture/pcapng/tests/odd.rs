//! Files that are odd, but valid; and where the line is.

use super::*;

/// Problems of a file, and how many frames it gives.
fn problems(file: &[u8]) -> (usize, Vec<String>) {
    let (frames, error, reader) = read_all(file).unwrap();
    assert!(error.is_none(), "{error:?}");
    let problems = reader.info().problems.iter().map(ToString::to_string);
    (frames.len(), problems.collect())
}

fn whole(file: &[u8]) -> usize {
    let (frames, problems) = problems(file);
    assert!(problems.is_empty(), "{problems:?}");
    frames
}

/// Every block and option of the specification, and some of others.
fn everything(writer: Writer) -> (Vec<u8>, usize) {
    let text = |code| writer.option(code, b"some text");
    let end = writer.option(0, b"");
    let custom = |code| writer.option(code, &[&writer.u32(32_473)[..], b"own"].concat());
    let customs = [custom(2988), custom(2989), custom(19_372), custom(19_373)].concat();
    let section = [
        vec![text(1), text(2), text(3), text(4), customs.clone()],
        vec![end.clone()],
    ];
    let interface = [
        (2..=3).map(text).collect(),
        vec![
            writer.option(4, &[192, 0, 2, 1, 255, 255, 255, 0]),
            writer.option(5, &[0x20; 17]),
            writer.option(6, &[2; 6]),
            writer.option(7, &[2; 8]),
            writer.option(8, &writer.u64(1_000_000_000)),
            writer.option(9, &[9]),
            writer.option(10, &writer.u32(3600)),
            writer.option(11, b"\0tcp port 80"),
            text(12),
            writer.option(13, &[4]),
            writer.option(14, &writer.u64((-5_i64).cast_unsigned())),
            text(15),
            writer.option(16, &writer.u64(1)),
            writer.option(17, &writer.u64(1)),
            writer.option(18, b"Europe/Berlin"),
            customs.clone(),
        ],
        vec![end.clone()],
    ];
    let packet = [
        vec![
            text(1),
            writer.option(2, &writer.u32(0x0000_0ee1)),
            writer.option(3, &[2, 1, 2, 3, 4]),
            writer.option(3, &[3; 17]),
            writer.option(4, &writer.u64(0)),
            writer.option(5, &writer.u64(77)),
            writer.option(6, &writer.u32(3)),
            writer.option(7, &[1, 0, 0, 0, 0, 0, 0, 0, 2]),
            writer.option(8, &writer.u64(9)),
            // Those of macOS, and one that nobody has used yet.
            writer.option(0x8001, &writer.u32(1)),
            writer.option(0x7123, b"?"),
            customs.clone(),
        ],
        vec![end.clone()],
    ];
    let statistics: Vec<_> = (1..=8)
        .map(|code| match code {
            1 => text(1),
            code => writer.option(code, &writer.u64(0)),
        })
        .chain([customs.clone()])
        .collect();
    let simple = [&writer.u32(3)[..], b"abc\0"].concat();
    let mut obsolete = [writer.u16(0), writer.u16(0xffff)].concat();
    obsolete.extend([0, 9, 1, 1].into_iter().flat_map(|n| writer.u32(n)));
    obsolete.extend(b"x\0\0\0");
    let names = [
        &writer.option(1, b"\xc0\0\x02\x01some.host\0")[..],
        &writer.option(2, b"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01six\0"),
        &writer.option(0, b""),
        &text(2),
    ]
    .concat();
    let secrets = [&writer.u32(0x544c_534b)[..], &writer.u32(5), b"CLIEN\0\0\0"].concat();
    let own = [&writer.u32(32_473)[..], b"anything"].concat();
    let file = [
        writer.section_with((1, 2), u64::MAX, &section.concat()),
        writer.block(4, &names),
        writer.interface(1, 4, &interface.concat()),
        writer.statistics(0, &statistics),
        writer.packet(
            0,
            5_000_000_009,
            b"longer than the snap length",
            &packet.concat(),
        ),
        writer.block(0x0a, &secrets),
        writer.block(0x0bad, &own),
        writer.block(0x4000_0bad, &own),
        writer.block(3, &simple),
        writer.block(2, &obsolete),
        writer.block(9, b"__REALTIME_TIMESTAMP=1\nMESSAGE=x\n\n"),
        // Reserved, IRIG, ARINC 429, process information, local use.
        writer.block(0, b""),
        writer.block(7, b"abcd"),
        writer.block(8, b"abcd"),
        writer.block(0x8000_0001, b"abcd"),
        writer.block(0xffff_ffff, b""),
        writer.interface(101, 0, NO_OPTIONS),
        writer.packet(1, 0, b"", &packet.concat()),
        writer.statistics(1, NO_OPTIONS),
        writer.packet(0, 5_000_000_010, b"y", NO_OPTIONS),
    ];
    (file.concat(), 5)
}

#[test]
fn every_block_and_option_is_read_in_sections_of_either_order() {
    let ((little, count), (big, _)) = (everything(LITTLE), everything(BIG));
    for (file, sections) in [
        (little.clone(), 1),
        (big.clone(), 1),
        ([&little[..], &big, &big, &little].concat(), 4),
    ] {
        assert_eq!(whole(&file), sections * count);
        let (frames, _, reader) = read_all(file.as_slice()).unwrap();
        // Two custom blocks and the journal count where Wireshark counts them.
        assert_eq!(reader.info().frames as usize, sections * (count + 3));
        assert_eq!(frames[0].1, Some(9));
        assert_eq!(reader.info().drops, None);
    }
}

#[test]
fn a_section_may_say_its_length_or_not_or_wrongly() {
    for length in [0, 48, 1 << 40, u64::MAX] {
        let file = [
            BIG.section_with((1, 0), length, NO_OPTIONS),
            BIG.interface(1, 0, NO_OPTIONS),
            BIG.packet(0, 0, b"x", NO_OPTIONS),
        ];
        assert_eq!(whole(&file.concat()), 1);
    }
}

#[test]
fn versions_are_those_of_the_specification() {
    let open = |version| read_all(LITTLE.section_with(version, 0, NO_OPTIONS).as_slice()).err();
    assert!(open((1, 0)).is_none());
    assert!(open((1, 2)).is_none());
    for version in [(0, 1), (1, 1), (1, 3), (2, 0)] {
        let expected = format!("pcapng version {}.{} is not known", version.0, version.1);
        assert!(open(version).unwrap().to_string().contains(&expected));
    }
    // Also in the middle; what stands before was delivered.
    let later = [
        file(LITTLE, &[LITTLE.packet(0, 0, b"x", NO_OPTIONS)]),
        BIG.section_with((1, 7), 0, NO_OPTIONS),
    ];
    let (frames, error, _) = read_all(later.concat().as_slice()).unwrap();
    assert_eq!((frames.len(), error.is_some()), (1, true));
}

#[test]
fn a_packet_may_be_empty_or_longer_than_anything_says() {
    let mut longer = LITTLE.packet(0, 0, b"abcdef", NO_OPTIONS);
    longer[24..28].copy_from_slice(&LITTLE.u32(2));
    let file = [
        LITTLE.section(),
        LITTLE.interface(1, 4, NO_OPTIONS),
        LITTLE.packet(0, 0, b"", NO_OPTIONS),
        longer,
    ]
    .concat();
    assert_eq!(whole(&file), 2);
    let (frames, _, reader) = read_all(file.as_slice()).unwrap();
    assert_eq!((frames[0].2.len(), frames[1].2.len()), (0, 6));
    assert_eq!(reader.info().cut_frames, 0);
}

#[test]
fn an_interface_may_be_described_after_packets_of_others() {
    let blocks = [
        LITTLE.packet(0, 0, b"x", NO_OPTIONS),
        LITTLE.interface(101, 0, NO_OPTIONS),
        LITTLE.packet(1, 0, b"y", NO_OPTIONS),
    ];
    assert_eq!(whole(&file(LITTLE, &blocks)), 2);
    // But not after its own.
    let blocks = [blocks[0].clone(), blocks[2].clone(), blocks[1].clone()];
    let (frames, problems) = problems(&file(LITTLE, &blocks));
    assert_eq!(frames, 1);
    assert!(problems[0].contains("interface 1 of the section is not described"));
}

#[test]
fn a_simple_packet_needs_an_interface() {
    let file = [
        LITTLE.section(),
        LITTLE.block(SIMPLE_PACKET, &LITTLE.u32(0)),
        LITTLE.statistics(0, NO_OPTIONS),
    ];
    let (frames, problems) = problems(&file.concat());
    assert_eq!((frames, problems.len()), (0, 2));
}

#[test]
fn options_of_impossible_lengths_are_told_and_cost_nothing_else() {
    let file = [
        LITTLE.section_with((1, 0), 0, &[vec![1, 0, 99, 0]]),
        LITTLE.interface(1, 0, &[LITTLE.option(13, &[4, 0])]),
        LITTLE.packet(0, 0, b"x", &[LITTLE.option(2, &[1, 0])]),
        LITTLE.packet(0, 0, b"x", &[LITTLE.option(4, &[1, 0, 0, 0])]),
        LITTLE.statistics(0, &[LITTLE.option(5, &[1, 0, 0, 0])]),
    ];
    let (frames, problems) = problems(&file.concat());
    assert_eq!(frames, 2);
    assert_eq!(
        problems,
        [
            "block at byte 0: an option runs past the end of the block",
            "block at byte 32: option 13 cannot have a length of 2 octets",
            "packet 1 at byte 60: option 2 cannot have a length of 2 octets",
            "packet 2 at byte 104: option 4 cannot have a length of 4 octets",
            "block at byte 148: option 5 cannot have a length of 4 octets",
        ]
    );
}
