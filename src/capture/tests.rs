use std::io::Write;

use super::testing::{BIG, Failing, LITTLE, Trickle, gzip, read_all, xz, zstd};
use super::*;
use crate::limits::READ_BUFFER_LEN;

fn pcap(records: u32) -> Vec<u8> {
    let mut file = LITTLE.pcap(0xa1b2_c3d4, (2, 4), 1);
    for second in 0..records {
        file.extend(LITTLE.record([second, 0, 60, 60], &[7; 60]));
    }
    file
}

fn pcapng(packets: u32) -> Vec<u8> {
    let mut file = [BIG.section(), BIG.interface(1, 0, &[])].concat();
    for second in 0..packets {
        file.extend(BIG.packet(0, u64::from(second) * 1_000_000, &[7; 60], &[]));
    }
    file
}

#[test]
fn every_format_is_read_in_every_packing_from_any_source() {
    for (plain, format) in [(pcap(50), Format::Pcap), (pcapng(50), Format::Pcapng)] {
        let packings = [
            (plain.clone(), None),
            (gzip(&plain), Some(Compression::Gzip)),
            (zstd(&plain), Some(Compression::Zstd)),
            (xz(&plain), Some(Compression::Xz)),
        ];
        for (packed, compression) in packings {
            let (frames, error, reader) = read_all(Trickle::new(&packed)).unwrap();
            assert!(error.is_none(), "{error:?}");
            assert_eq!(frames.len(), 50);
            assert_eq!(frames[49].1, Some(49_000_000_000));
            assert_eq!(reader.info().format, format);
            assert_eq!(reader.info().compression, compression);
            assert_eq!(reader.position(), plain.len() as u64);
        }
    }
}

#[test]
fn a_file_is_opened_by_its_path() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&pcap(3)).unwrap();
    let mut reader = CaptureReader::open(file.path()).unwrap();
    while reader.next_frame().unwrap().is_some() {}
    assert_eq!(reader.info().frames, 3);
    let missing = CaptureReader::open(Path::new("no such file"))
        .err()
        .unwrap();
    assert!(missing.to_string().starts_with("cannot be opened: "));
}

#[test]
fn frames_of_a_pipe_come_without_waiting_for_more() {
    /// Fails the test when it is read beyond what was written so far.
    struct Pipe(Vec<u8>);
    impl Read for Pipe {
        fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
            assert!(!self.0.is_empty(), "it would wait here");
            let count = room.len().min(self.0.len());
            room[..count].copy_from_slice(&self.0[..count]);
            self.0.drain(..count);
            Ok(count)
        }
    }
    for file in [pcap(2), pcapng(2)] {
        let mut reader = CaptureReader::new(Pipe(file)).unwrap();
        assert!(reader.next_frame().unwrap().is_some());
        assert!(reader.next_frame().unwrap().is_some());
    }
}

#[test]
fn nothing_and_other_things_are_refused() {
    let message = |bytes: &[u8]| read_all(bytes).err().unwrap().to_string();
    assert!(message(b"").starts_with("empty; check that"));
    assert!(message(&gzip(b"")).starts_with("empty once its gzip data is unpacked; "));
    assert!(message(b"No.  Time  Source").contains("looks like text"));
    assert!(message(&zstd(b"snoop\0\0\0\0\0\0\x02")).contains("snoop"));
    assert_eq!(
        message(&gzip(&xz(&pcap(1)))),
        "not a pcap or pcapng file: xz data inside of gzip data; unpack it once first"
    );
}

#[test]
fn what_was_unpacked_before_a_cut_is_delivered() {
    for pack in [gzip, zstd, xz] {
        // Frames that cannot be packed well, so that some come out before the cut.
        let mut plain = LITTLE.pcap(0xa1b2_c3d4, (2, 4), 1);
        let mut noise = 1_u32;
        for second in 0..5000 {
            let data: Vec<u8> = std::iter::repeat_with(|| {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (noise >> 24) as u8
            })
            .take(100)
            .collect();
            plain.extend(LITTLE.record([second, 0, 100, 100], &data));
        }
        let packed = pack(&plain);
        let (frames, error, reader) = read_all(&packed[..packed.len() / 2]).unwrap();
        assert!(frames.len() > 500, "{}", frames.len());
        let error = error.unwrap();
        assert!(error.is_truncation(), "{error}");
        let (number, byte) = (frames.len() + 1, reader.position());
        let expected = format!(
            "data ends too early, in packet {number} at byte {byte} of the unpacked {} data",
            reader.info().compression.unwrap()
        );
        assert!(error.to_string().contains(&expected), "{error}");
    }
}

#[test]
fn a_cut_before_the_first_packet_leaves_nothing_to_accept() {
    let error = read_all(&gzip(&pcap(1))[..12]).err().unwrap();
    assert!(matches!(error, CaptureError::TruncatedStream { .. }));
    assert!(!error.is_truncation());
}

#[test]
fn an_error_of_the_source_is_reported_after_what_was_read() {
    let file = pcap(3);
    let (frames, error, _) = read_all(Failing::after(&file[..200])).unwrap();
    assert_eq!(frames.len(), 2);
    assert_eq!(
        error.unwrap().to_string(),
        "cannot be read on from packet 3 at byte 176: the disk is gone"
    );
}

#[test]
fn an_error_of_the_system_is_reported_with_what_to_do() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::from_raw_os_error(5))
        }
    }
    let remedy = "; check the disk or network that it comes from, and try again";
    let none = CaptureReader::new(Broken).err().unwrap().to_string();
    assert!(
        none.starts_with("cannot be read: ") && none.ends_with(remedy),
        "{none}"
    );
    for file in [pcap(3), pcapng(3)] {
        let (frames, error, _) = read_all(file[..250].chain(Broken)).unwrap();
        assert_eq!(frames.len(), 2);
        let error = error.unwrap();
        assert!(!error.is_truncation());
        let message = error.to_string();
        assert!(
            message.starts_with("cannot be read on from packet 3 at byte "),
            "{message}"
        );
        assert!(message.ends_with(remedy), "{message}");
    }
}

#[test]
fn a_file_that_becomes_shorter_is_not_whole() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    // More than is read at once.
    let records = u32::try_from(READ_BUFFER_LEN / 76 + 100).unwrap();
    file.write_all(&pcap(records)).unwrap();
    let mut reader = CaptureReader::open(file.path()).unwrap();
    assert!(reader.next_frame().unwrap().is_some());
    // At the end of a record, where it might have ended.
    let kept = READ_BUFFER_LEN / 76 + 10;
    file.as_file().set_len(24 + 76 * kept as u64).unwrap();
    let error = loop {
        match reader.next_frame() {
            Ok(frame) => assert!(frame.is_some(), "not found"),
            Err(error) => break error,
        }
    };
    assert_eq!(reader.info().frames, kept as u64);
    assert!(!error.is_truncation());
    assert!(
        error
            .to_string()
            .contains("check it again when nothing writes to it"),
        "{error}"
    );
}

#[test]
fn no_damage_makes_it_panic_or_run_on_for_ever() {
    let options = [LITTLE.option(2, &[1, 0, 0, 0]), LITTLE.option(0, &[])];
    let ng = [
        LITTLE.section(),
        LITTLE.interface(1, 0, &[LITTLE.option(9, &[9])]),
        LITTLE.packet(0, 5, b"abcdefg", &options),
        LITTLE.statistics(0, &[LITTLE.option(5, &[0; 8])]),
    ]
    .concat();
    for file in [pcap(2), ng] {
        for at in 0..file.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut damaged = file.clone();
                damaged[at] = value;
                if let Ok((frames, ..)) = read_all(damaged.as_slice()) {
                    assert!(frames.len() <= file.len());
                }
            }
        }
    }
}
