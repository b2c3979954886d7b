use super::*;

/// A disk with room for so many octets.
#[derive(Debug)]
struct Disk {
    content: io::Cursor<Vec<u8>>,
    room: usize,
}

impl Read for Disk {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.content.read(buffer)
    }
}

impl Write for Disk {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let left = self.room.saturating_sub(self.content.get_ref().len());
        if left == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let part = octets.get(..left).unwrap_or(octets);
        self.content.write(part)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Disk {
    fn seek(&mut self, place: SeekFrom) -> io::Result<u64> {
        self.content.seek(place)
    }
}

fn disk(room: usize) -> io::Result<Box<dyn Store>> {
    let content = io::Cursor::default();
    Ok(Box::new(Disk { content, room }))
}

fn key(capture: u32, place: u64) -> Key {
    Key { capture, place }
}

/// A record that tells its key, and is longer the higher that is.
fn record(key: Key, number: usize) -> Vec<u8> {
    let text = format!("{}/{} {number} ", key.capture, key.place);
    text.repeat(1 + key.place as usize % 50).into_bytes()
}

/// All records as they are read.
fn read(sorted: &Sorted) -> Vec<Vec<u8>> {
    let mut reader = sorted.read();
    let mut records = Vec::new();
    while let Some(record) = reader.next().unwrap() {
        records.push(record.1.to_vec());
    }
    assert!(reader.next().unwrap().is_none(), "the end stays the end");
    records
}

/// Keys in no order, with repetitions.
fn keys(count: usize) -> Vec<Key> {
    let mut random = fastrand::Rng::with_seed(7);
    (0..count)
        .map(|_| key(random.u32(..3), random.u64(..500)))
        .collect()
}

/// What comes out of a spool with so much memory, and how many runs its file has.
fn sorted(keys: &[Key], memory: usize) -> (Vec<Vec<u8>>, usize) {
    let mut spool = Spool::new(memory, temporary_file);
    for (number, key) in keys.iter().enumerate() {
        assert!(spool.push(*key, &record(*key, number)));
    }
    let sorted = spool.sort();
    let records = read(&sorted);
    assert_eq!(read(&sorted), records, "read again");
    (records, sorted.runs.len())
}

#[test]
fn records_come_in_order_of_their_keys_from_memory_and_from_the_file() {
    let keys = keys(3_000);
    let mut expected: Vec<(Key, Vec<u8>)> = keys
        .iter()
        .enumerate()
        .map(|(number, key)| (*key, record(*key, number)))
        .collect();
    // Stable: equals stay as they came.
    expected.sort_by_key(|(key, _)| *key);
    let expected: Vec<Vec<u8>> = expected.into_iter().map(|(_, record)| record).collect();
    for (memory, runs) in [(usize::MAX, 0..=0), (200_000, 2..=9), (2_000, 300..=2_000)] {
        let (records, made) = sorted(&keys, memory);
        assert!(records == expected, "with {memory} octets");
        assert!(runs.contains(&made), "{made} runs with {memory} octets");
    }
}

#[test]
fn nothing_and_records_of_no_or_many_octets_are_kept() {
    assert_eq!(sorted(&[], 100).0, [[0; 0]; 0]);
    let large = vec![7; 3 * SPOOL_BUFFER + 1];
    let mut spool = Spool::new(100, temporary_file);
    for place in [3, 1, 2] {
        assert!(spool.push(key(0, place), &large));
        assert!(spool.push(key(1, place), &[]));
    }
    let sorted = spool.sort();
    let lengths: Vec<usize> = read(&sorted).iter().map(Vec::len).collect();
    let len = large.len();
    assert_eq!(lengths, [len, len, len, 0, 0, 0]);
}

#[test]
fn a_full_disk_loses_only_what_comes_after() {
    // In the end there is room for two runs and a part of the third.
    let mut spool = Spool::new(1_000, || disk(2_500));
    let mut kept = Vec::new();
    for (number, key) in keys(300).into_iter().enumerate() {
        let record = record(key, number);
        if spool.push(key, &record) {
            kept.push((key, record));
        }
    }
    assert!(kept.len() > 10 && kept.len() < 250, "{}", kept.len());
    assert_eq!(spool.failure(), Some("no storage space"));
    let last = key(9, 0);
    assert!(spool.keep(last, b"must not be lost"));
    kept.push((last, b"must not be lost".to_vec()));
    kept.sort_by_key(|(key, _)| *key);
    let kept: Vec<Vec<u8>> = kept.into_iter().map(|(_, record)| record).collect();
    assert_eq!(read(&spool.sort()), kept);
}

#[test]
fn without_a_file_there_is_the_memory() {
    let mut spool = Spool::new(1_000, || Err(io::ErrorKind::PermissionDenied.into()));
    let kept = (0..100)
        .filter(|n| spool.push(key(0, *n), &[0; 76]))
        .count();
    assert_eq!(kept, 10);
    assert_eq!(spool.failure(), Some("permission denied"));
    assert_eq!(read(&spool.sort()).len(), 10);
}

#[test]
fn a_file_that_was_damaged_is_an_error() {
    let damaged = |change: fn(&mut Vec<u8>)| {
        let mut spool = Spool::new(100, || disk(usize::MAX));
        for place in 0..20 {
            assert!(spool.push(key(0, place), &[0; 60]));
        }
        let mut sorted = spool.sort();
        let mut content = Vec::new();
        let file = sorted.file.take().unwrap();
        let mut file = file.into_inner().unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.read_to_end(&mut content).unwrap();
        change(&mut content);
        let content = io::Cursor::new(content);
        sorted.file = Some(Mutex::new(Box::new(Disk { content, room: 0 })));
        let mut reader = sorted.read();
        loop {
            match reader.next() {
                Ok(Some(_)) => {}
                Ok(None) => panic!("the damage was not noticed"),
                Err(error) => return error.to_string(),
            }
        }
    };
    let cut = damaged(|content| content.truncate(500));
    assert!(
        cut.starts_with("the temporary file with the report cannot be read back: "),
        "{cut}"
    );
    let long = damaged(|content| content[12..16].fill(0xff));
    assert!(long.ends_with("it is damaged"), "{long}");
}
