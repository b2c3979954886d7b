//! Octets that come in any order and are read back in order of their keys,
//! in memory that does not grow with them.
//!
//! Records are held in memory up to a limit; then they are sorted and go to a
//! temporary file without a name, as one run of it. Reading merges the runs with what is
//! still held. This can be done several times.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, PoisonError};

use crate::limits::SPOOL_BUFFER;

/// Where a record comes in order; records with the same key stay as they came.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Key {
    /// Number of the capture in the run.
    pub capture: u32,
    /// Place in it.
    pub place: u64,
}

impl Key {
    const LEN: usize = 12;

    fn to_octets(self) -> [u8; Key::LEN] {
        let mut octets = [0; Key::LEN];
        let (capture, place) = octets.split_at_mut(4);
        capture.copy_from_slice(&self.capture.to_le_bytes());
        place.copy_from_slice(&self.place.to_le_bytes());
        octets
    }

    fn from_octets(octets: &[u8]) -> Option<Key> {
        let (capture, place) = octets.split_first_chunk::<4>()?;
        Some(Key {
            capture: u32::from_le_bytes(*capture),
            place: u64::from_le_bytes(place.try_into().ok()?),
        })
    }
}

/// What the file needs to be capable of.
pub trait Store: Read + Write + Seek + Send + fmt::Debug {}

impl<T: Read + Write + Seek + Send + fmt::Debug> Store for T {}

/// How the file is made when it is needed; another one than a temporary file only in tests.
pub type Open = fn() -> io::Result<Box<dyn Store>>;

/// A file that nobody else sees, and that is gone with the program.
pub fn temporary_file() -> io::Result<Box<dyn Store>> {
    let file: File = tempfile::tempfile()?;
    Ok(Box::new(file))
}

/// A record in memory.
#[derive(Clone, Copy, Debug)]
struct Held {
    key: Key,
    start: u32,
    len: u32,
}

impl Held {
    fn octets(self, held: &[u8]) -> &[u8] {
        let start = self.start as usize;
        held.get(start..start + self.len as usize)
            .unwrap_or_default()
    }
}

/// A sorted part of the file, from octet to octet.
#[derive(Clone, Copy, Debug)]
struct Run {
    start: u64,
    end: u64,
}

/// The records while they come.
#[derive(Debug)]
pub struct Spool {
    memory: usize,
    open: Open,
    octets: Vec<u8>,
    index: Vec<Held>,
    file: Option<Box<dyn Store>>,
    runs: Vec<Run>,
    /// Why the file takes no more.
    failure: Option<String>,
}

impl Spool {
    /// Holds so many octets in memory, and the rest in the file that `open` makes.
    pub fn new(memory: usize, open: Open) -> Spool {
        Spool {
            memory,
            open,
            octets: Vec::new(),
            index: Vec::new(),
            file: None,
            runs: Vec::new(),
            failure: None,
        }
    }

    /// Why records found no room, if any did not.
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Takes a record; `false` where there is no room, in memory or in the file.
    #[must_use]
    pub fn push(&mut self, key: Key, record: &[u8]) -> bool {
        let needed = record.len() + size_of::<Held>();
        if self.held() + needed > self.memory && !self.index.is_empty() {
            if self.failure.is_none()
                && let Err(error) = self.spill()
            {
                self.failure = Some(error.to_string());
            }
            if self.failure.is_some() {
                return false;
            }
        }
        self.keep(key, record)
    }

    /// Takes a record whatever the memory; for the few that must not be lost.
    /// `false` only beyond what offsets of 32 bits reach.
    pub fn keep(&mut self, key: Key, record: &[u8]) -> bool {
        let place = u32::try_from(self.octets.len()).ok();
        let Some((start, len)) = place.zip(u32::try_from(record.len()).ok()) else {
            return false;
        };
        self.octets.extend_from_slice(record);
        self.index.push(Held { key, start, len });
        true
    }

    fn held(&self) -> usize {
        self.octets.len() + self.index.len() * size_of::<Held>()
    }

    /// Writes what is held to the file. What fails leaves all as it was.
    fn spill(&mut self) -> io::Result<()> {
        self.index.sort_by_key(|held| held.key);
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert((self.open)()?),
        };
        let start = self.runs.last().map_or(0, |run| run.end);
        file.seek(SeekFrom::Start(start))?;
        let mut out = BufWriter::with_capacity(8 * SPOOL_BUFFER, file);
        let mut end = start;
        for held in &self.index {
            let octets = held.octets(&self.octets);
            out.write_all(&held.key.to_octets())?;
            out.write_all(&held.len.to_le_bytes())?;
            out.write_all(octets)?;
            end += (HEADER + octets.len()) as u64;
        }
        out.flush()?;
        drop(out);
        self.runs.push(Run { start, end });
        self.octets.clear();
        self.index.clear();
        Ok(())
    }

    /// Ends the taking.
    pub fn sort(mut self) -> Sorted {
        self.index.sort_by_key(|held| held.key);
        Sorted {
            octets: self.octets,
            index: self.index,
            file: self.file.map(Mutex::new),
            runs: self.runs,
        }
    }
}

/// Octets before each record in the file: key and length.
const HEADER: usize = Key::LEN + 4;

/// All records, to be read in order as many times as need be.
#[derive(Debug)]
pub struct Sorted {
    octets: Vec<u8>,
    index: Vec<Held>,
    file: Option<Mutex<Box<dyn Store>>>,
    runs: Vec<Run>,
}

impl Sorted {
    /// Reads from the first record on.
    pub fn read(&self) -> Reader<'_> {
        Reader {
            all: self,
            parts: self.runs.iter().map(|run| Part::new(*run)).collect(),
            heads: BinaryHeap::new(),
            held: 0,
            current: None,
            begun: false,
        }
    }
}

/// A run that is being read: a part of it is in `buffer`, which the current record begins.
#[derive(Debug)]
struct Part {
    unread: Run,
    buffer: Vec<u8>,
    at: usize,
}

impl Part {
    fn new(run: Run) -> Part {
        Part {
            unread: run,
            buffer: Vec::new(),
            at: 0,
        }
    }

    /// Key and length of the record at `at`; `None` behind the last.
    fn head(&mut self, file: &Mutex<Box<dyn Store>>) -> io::Result<Option<(Key, usize)>> {
        if self.at == self.buffer.len() && self.unread.start == self.unread.end {
            return Ok(None);
        }
        let header = self.take(HEADER, file)?;
        let (key, len) = header.split_at_checked(Key::LEN).ok_or_else(damaged)?;
        let key = Key::from_octets(key).ok_or_else(damaged)?;
        let len = u32::from_le_bytes(len.try_into().map_err(|_| damaged())?);
        Ok(Some((key, len as usize)))
    }

    /// The next `count` octets, read from the file where need be.
    fn take(&mut self, count: usize, file: &Mutex<Box<dyn Store>>) -> io::Result<&[u8]> {
        let there = self.buffer.len() - self.at;
        if there < count {
            self.buffer.drain(..self.at);
            self.at = 0;
            let left = self.unread.end - self.unread.start;
            let want = (count - there).max(SPOOL_BUFFER);
            let want = usize::try_from(left).map_or(want, |left| want.min(left));
            self.buffer.resize(there + want, 0);
            let room = self.buffer.get_mut(there..).unwrap_or_default();
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(self.unread.start))?;
            file.read_exact(room)?;
            self.unread.start += want as u64;
        }
        let taken = self.buffer.get(self.at..self.at + count);
        self.at += count;
        taken.ok_or_else(damaged)
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it is damaged")
}

/// Where the record that was read last lies.
#[derive(Clone, Copy, Debug)]
enum Place {
    Part(Key, usize, usize),
    Memory(usize),
}

/// Reads the records in order.
#[derive(Debug)]
pub struct Reader<'a> {
    all: &'a Sorted,
    parts: Vec<Part>,
    /// The next record of each part: key, number of the part, length.
    heads: BinaryHeap<Reverse<(Key, usize, usize)>>,
    /// Records read of those in memory.
    held: usize,
    current: Option<Place>,
    begun: bool,
}

impl Reader<'_> {
    /// The next record, with its key; `None` behind the last.
    ///
    /// # Errors
    /// The file cannot be read, or is not as it was written.
    pub fn next(&mut self) -> io::Result<Option<(Key, &[u8])>> {
        self.advance().map_err(|error| {
            let what = "the temporary file with the report cannot be read back";
            io::Error::new(error.kind(), format!("{what}: {error}"))
        })?;
        let Some(place) = self.current else {
            return Ok(None);
        };
        Ok(match place {
            Place::Memory(number) => {
                let held = self.all.index.get(number);
                held.map(|held| (held.key, held.octets(&self.all.octets)))
            }
            Place::Part(key, number, len) => self
                .parts
                .get(number)
                .and_then(|part| part.buffer.get(part.at.checked_sub(len)?..part.at))
                .map(|octets| (key, octets)),
        })
    }

    /// Makes the next record the current one.
    fn advance(&mut self) -> io::Result<()> {
        if !self.begun {
            self.begun = true;
            for number in 0..self.parts.len() {
                self.look(number)?;
            }
        } else if let Some(Place::Part(_, number, _)) = self.current {
            self.look(number)?;
        }
        let in_memory = self.all.index.get(self.held).map(|held| held.key);
        let in_file = self.heads.peek().map(|Reverse((key, ..))| *key);
        // What is held came last, so it goes behind its equals.
        let from_file = in_file.is_some_and(|key| in_memory.is_none_or(|other| key <= other));
        self.current = None;
        if from_file {
            if let Some(Reverse((key, number, len))) = self.heads.pop()
                && let Some((part, file)) = self.parts.get_mut(number).zip(self.all.file.as_ref())
            {
                part.take(len, file)?;
                self.current = Some(Place::Part(key, number, len));
            }
        } else if in_memory.is_some() {
            self.current = Some(Place::Memory(self.held));
            self.held += 1;
        }
        Ok(())
    }

    /// Looks at the next record of a part.
    fn look(&mut self, number: usize) -> io::Result<()> {
        let part = self.parts.get_mut(number).zip(self.all.file.as_ref());
        if let Some((part, file)) = part
            && let Some((key, len)) = part.head(file)?
        {
            self.heads.push(Reverse((key, number, len)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
