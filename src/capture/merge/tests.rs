use std::fs;
use std::io::Cursor;

use super::*;
use crate::capture::testing::{LITTLE, Writer};

const MICROSECONDS: u32 = 0xa1b2_c3d4;
const NANOSECONDS: u32 = 0xa1b2_3c4d;

/// A pcap file whose frames have these times in microseconds, one octet each.
fn file(times: &[u32]) -> Vec<u8> {
    in_order(LITTLE, MICROSECONDS, times)
}

fn in_order(writer: Writer, magic: u32, times: &[u32]) -> Vec<u8> {
    let mut file = writer.pcap(magic, (2, 4), 1);
    for time in times {
        file.extend(writer.record([0, *time, 1, 1], &[0]));
    }
    file
}

/// Files and frame numbers in the order in which they come, from files on disk.
fn merged(files: &[Vec<u8>]) -> Vec<(usize, u64)> {
    let folder = tempfile::tempdir().unwrap();
    let inputs = files.iter().enumerate().map(|(index, octets)| {
        let path = folder.path().join(index.to_string());
        fs::write(&path, octets).unwrap();
        (format!("{index:04}"), Origin::File(path))
    });
    order(&mut Merge::new(inputs.collect()))
}

fn order(merge: &mut Merge) -> Vec<(usize, u64)> {
    let mut order = Vec::new();
    while let Some(next) = merge.next_frame() {
        order.push((next.file, next.frame.number));
    }
    order
}

fn stream(octets: Vec<u8>) -> Origin {
    Origin::Stream(Box::new(Cursor::new(octets)))
}

#[test]
fn frames_come_in_order_of_time() {
    let order = merged(&[file(&[1, 4, 5]), file(&[2, 3, 6])]);
    assert_eq!(order, [(0, 1), (1, 1), (1, 2), (0, 2), (0, 3), (1, 3)]);
    // Rotated files, the last first.
    assert_eq!(
        merged(&[file(&[5, 6]), file(&[]), file(&[3, 4])]),
        [(2, 1), (2, 2), (0, 1), (0, 2)]
    );
}

#[test]
fn frames_of_one_time_come_in_the_order_in_which_the_files_begin() {
    let order = [(1, 1), (1, 2), (0, 1), (0, 2)];
    assert_eq!(merged(&[file(&[3, 3]), file(&[2, 3])]), order);
    // Where they begin together, their names decide: here those of the order given.
    assert_eq!(
        merged(&[file(&[3, 4]), file(&[3, 4])]),
        [(0, 1), (1, 1), (0, 2), (1, 2)]
    );
    let named = |names: [&str; 2]| {
        let inputs = names.map(|name| (name.to_owned(), stream(file(&[3, 3]))));
        order_of_files(&mut Merge::new(inputs.into()))
    };
    assert_eq!(named(["a", "b"]), [0, 0, 1, 1]);
    assert_eq!(named(["b", "a"]), [1, 1, 0, 0]);
}

fn order_of_files(merge: &mut Merge) -> Vec<usize> {
    order(merge).into_iter().map(|(file, _)| file).collect()
}

#[test]
fn the_order_inside_of_a_file_is_kept() {
    let order = merged(&[file(&[1, 5, 2, 6]), file(&[3, 5, 7])]);
    let expected = [(0, 1), (1, 1), (0, 2), (0, 3), (1, 2), (0, 4), (1, 3)];
    assert_eq!(order, expected);
}

#[test]
fn resolutions_and_byte_orders_may_differ() {
    let nanoseconds = in_order(Writer { big_endian: true }, NANOSECONDS, &[1500, 2500]);
    let order = merged(&[file(&[1, 2, 3]), nanoseconds]);
    assert_eq!(order, [(0, 1), (1, 1), (0, 2), (1, 2), (0, 3)]);
}

#[test]
fn a_damaged_file_gives_what_stands_before_the_damage() {
    let mut cut = file(&[2, 4]);
    cut.pop();
    let mut merge = Merge::new(vec![
        ("a".into(), stream(file(&[1, 3, 5]))),
        ("b".into(), stream(cut)),
        ("c".into(), stream(b"nothing like a capture".to_vec())),
        ("d".into(), stream(Vec::new())),
        ("e".into(), Origin::File("no/such/file".into())),
    ]);
    assert_eq!(merge.ended().len(), 3, "seen at once");
    assert_eq!(order(&mut merge), [(0, 1), (1, 1), (0, 2), (0, 3)]);
    assert_eq!(merge.ended()[3..], [1, 0]);
    assert!(merge.error(0).is_none() && merge.error(1).unwrap().is_truncation());
    assert_eq!(merge.info(1).unwrap().frames, 1);
    let failed = [2, 3, 4].map(|file| merge.error(file).unwrap().to_string());
    assert!(failed[0].starts_with("not a pcap"), "{failed:?}");
    assert!(failed[1].starts_with("empty"), "{failed:?}");
    assert!(failed[2].starts_with("cannot be opened"), "{failed:?}");
}

#[test]
fn it_is_known_which_files_are_under_way() {
    let mut merge = Merge::new(vec![
        ("a".into(), stream(file(&[1, 3]))),
        ("b".into(), stream(file(&[2, 4]))),
    ]);
    let mut seen = Vec::new();
    while let Some(next) = merge.next_frame() {
        let [a, b] = [0, 1].map(|file| next.merge.is_under_way(file));
        seen.push((a, b));
    }
    assert_eq!(seen[0], (true, true));
    assert_eq!(seen[3], (false, true), "the last of a was the third");
}

fn failures(merge: &Merge) -> usize {
    (merge.ended().iter())
        .filter(|file| merge.error(**file).is_some())
        .count()
}

#[test]
fn files_that_follow_each_other_are_open_one_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let inputs = |overlap: u32| {
        let inputs = (0..50_u32).map(|index| {
            let path = folder.path().join(format!("{index}"));
            fs::write(&path, file(&[index * 10, index * 10 + overlap])).unwrap();
            (format!("{index:02}"), Origin::File(path))
        });
        inputs.rev().collect()
    };
    let mut merge = Merge::with_limit(inputs(5), 1);
    assert_eq!(order(&mut merge).len(), 100);
    assert_eq!(failures(&merge), 0);

    // Each overlaps the next two.
    let mut merge = Merge::with_limit(inputs(25), 3);
    assert_eq!((order(&mut merge).len(), failures(&merge)), (100, 0));
    let mut merge = Merge::with_limit(inputs(25), 2);
    let (frames, failures) = (order(&mut merge).len(), failures(&merge));
    assert_eq!((frames + 2 * failures, failures > 0), (100, true));
    let refused = (0..50).find_map(|file| merge.error(file)).unwrap();
    assert!(refused.to_string().contains("merge fewer"), "{refused}");
}
