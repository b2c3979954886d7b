//! The report's memory: connections and their findings are set aside as they
//! come, in a compact form, and read back one by one in order. However many
//! they are, few of them are ever in memory at once.

pub mod codec;
mod spool;
mod stored;

use std::io;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::ser::{Error as _, SerializeSeq};
use serde::{Serialize, Serializer};

use self::codec::{Decoder, Encoder, Stored, Words};
pub use self::spool::Key;
use self::spool::{Open, Reader, Sorted, Spool, temporary_file};
use super::brief::Brief;
use super::model::ConnectionReport;
use crate::finding::Finding;

/// The place of findings about no single connection: behind all connections of their capture.
pub const BEHIND_ALL: u64 = u64::MAX;

/// Values set aside in any order, each with the key by which they are read back.
#[derive(Debug)]
pub struct Shelf {
    spool: Spool,
    words: Words,
    /// The value at hand in its compact form.
    octets: Vec<u8>,
}

impl Shelf {
    /// An empty shelf that holds so many octets in memory, and what is beyond
    /// in a temporary file.
    #[must_use]
    pub fn new(memory: usize) -> Shelf {
        Shelf::on(memory, temporary_file)
    }

    fn on(memory: usize, open: Open) -> Shelf {
        Shelf {
            spool: Spool::new(memory, open),
            words: Words::default(),
            octets: Vec::new(),
        }
    }

    /// A shelf where there is no temporary file to be had.
    #[cfg(test)]
    pub fn without_file(memory: usize) -> Shelf {
        Shelf::on(memory, || Err(io::ErrorKind::StorageFull.into()))
    }

    /// Sets a value aside; `false` where there is no room left, for the reason
    /// that [`Shelf::failure`] tells.
    #[must_use]
    pub fn add(&mut self, key: Key, value: &impl Stored) -> bool {
        self.encode(value);
        self.spool.push(key, &self.octets)
    }

    /// Sets a value aside in memory where there is no other room; for the few that must not be
    /// lost. `false` where that is impossible, too.
    #[must_use]
    pub fn keep(&mut self, key: Key, value: &impl Stored) -> bool {
        self.encode(value);
        self.spool.push(key, &self.octets) || self.spool.keep(key, &self.octets)
    }

    fn encode(&mut self, value: &impl Stored) {
        self.octets.clear();
        value.put(&mut Encoder::new(&mut self.octets, &mut self.words));
    }

    /// Why there is no room left, if so.
    #[must_use]
    pub fn failure(&self) -> Option<&str> {
        self.spool.failure()
    }

    /// Ends the setting aside.
    #[must_use]
    pub fn sort(self) -> Sequence {
        Sequence {
            sorted: self.spool.sort(),
            words: self.words,
        }
    }
}

/// What was set aside, in order.
#[derive(Debug)]
pub struct Sequence {
    sorted: Sorted,
    words: Words,
}

impl Sequence {
    /// Reads all values, or of each as much as `T` takes. The first error is the last item.
    pub fn read<T: Stored>(&self) -> Values<'_, T> {
        Values {
            reader: Some(self.sorted.read()),
            words: &self.words,
            what: PhantomData,
        }
    }
}

/// The values of a [`Sequence`], one by one.
#[derive(Debug)]
pub struct Values<'a, T> {
    /// `None` behind an error.
    reader: Option<Reader<'a>>,
    words: &'a Words,
    what: PhantomData<T>,
}

impl<T: Stored> Iterator for Values<'_, T> {
    type Item = io::Result<T>;

    fn next(&mut self) -> Option<io::Result<T>> {
        let value = match self.reader.as_mut()?.next() {
            Ok(None) => return None,
            Ok(Some(octets)) => T::take(&mut Decoder::new(octets, self.words)).ok_or_else(|| {
                let what = "the temporary file with the report is damaged";
                io::Error::new(io::ErrorKind::InvalidData, what)
            }),
            Err(error) => Err(error),
        };
        if value.is_err() {
            self.reader = None;
        }
        Some(value)
    }
}

/// What a record is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum About {
    /// A connection. Only its findings are there where it is not listed.
    Connection,
    /// A connection of which nothing is said, and nothing is kept but a row. Lists of connections
    /// in full leave it out.
    Row(Brief),
    /// No single connection.
    Other,
}

impl Stored for About {
    fn put(&self, to: &mut Encoder<'_>) {
        match self {
            About::Connection => to.octet(0),
            About::Row(brief) => {
                to.octet(1);
                brief.put(to);
            }
            About::Other => to.octet(2),
        }
    }

    fn take(from: &mut Decoder<'_>) -> Option<About> {
        match from.octet()? {
            0 => Some(About::Connection),
            1 => Brief::take(from).map(About::Row),
            2 => Some(About::Other),
            _ => None,
        }
    }
}

/// A connection with what is said of it, or findings about no single connection.
#[derive(Clone, Debug)]
pub struct Record {
    /// Which of the two.
    pub about: About,
    /// The connection, where it is listed.
    pub entry: Option<ConnectionReport>,
    /// Its findings.
    pub findings: Vec<Finding>,
}

impl Record {
    fn brief_mut(&mut self) -> Option<&mut Brief> {
        match &mut self.about {
            About::Row(brief) => Some(brief),
            _ => None,
        }
    }
}

impl Stored for Record {
    fn put(&self, to: &mut Encoder<'_>) {
        self.about.put(to);
        if matches!(self.about, About::Row(_)) {
            return;
        }
        to.part(|to| self.entry.put(to));
        self.findings.put(to);
    }

    fn take(from: &mut Decoder<'_>) -> Option<Record> {
        let about = About::take(from)?;
        if matches!(about, About::Row(_)) {
            return Some(Record {
                about,
                entry: None,
                findings: Vec::new(),
            });
        }
        Some(Record {
            about,
            entry: Stored::take(&mut from.part()?)?,
            findings: Stored::take(from)?,
        })
    }
}

/// A record without its findings.
struct EntryOf(About, Option<ConnectionReport>);

impl Stored for EntryOf {
    fn put(&self, _: &mut Encoder<'_>) {}

    fn take(from: &mut Decoder<'_>) -> Option<EntryOf> {
        let about = About::take(from)?;
        let entry = match about {
            About::Row(_) => None,
            _ => Stored::take(&mut from.part()?)?,
        };
        Some(EntryOf(about, entry))
    }
}

/// A record without its connection.
struct FindingsOf(About, Vec<Finding>);

impl Stored for FindingsOf {
    fn put(&self, _: &mut Encoder<'_>) {}

    fn take(from: &mut Decoder<'_>) -> Option<FindingsOf> {
        let about = About::take(from)?;
        if matches!(about, About::Row(_)) {
            return Some(FindingsOf(about, Vec::new()));
        }
        from.part()?;
        Some(FindingsOf(about, Stored::take(from)?))
    }
}

/// The connections and findings of a report; cheap to clone.
///
/// Connections get their `id` as they are read, since it goes by their order.
#[derive(Clone, Debug)]
pub struct Records(Arc<Sequence>);

/// Numbers connections.
#[derive(Default)]
struct Ids(u64);

impl Ids {
    fn next(&mut self, about: &About) -> Option<u64> {
        let is_connection = !matches!(about, About::Other);
        self.0 += u64::from(is_connection);
        is_connection.then_some(self.0)
    }
}

fn connect(findings: &mut [Finding], id: Option<u64>) {
    for finding in findings {
        finding.connection = id;
    }
}

impl Records {
    /// The records that were set aside on `shelf`.
    #[must_use]
    pub fn of(shelf: Shelf) -> Records {
        Records(Arc::new(shelf.sort()))
    }

    /// All records, in order.
    pub fn iter(&self) -> impl Iterator<Item = io::Result<Record>> {
        let mut ids = Ids::default();
        self.0.read::<Record>().map(move |record| {
            let mut record = record?;
            let id = ids.next(&record.about);
            if let Some((brief, id)) = record.brief_mut().zip(id) {
                brief.id = id;
            }
            if let Some((entry, id)) = record.entry.as_mut().zip(id) {
                entry.id = id;
            }
            connect(&mut record.findings, id);
            Ok(record)
        })
    }
}

/// The list of connections in a report.
#[derive(Clone, Debug)]
pub struct Connections(pub Records);

impl Connections {
    /// The connections that are listed, in order of their first packet.
    pub fn iter(&self) -> impl Iterator<Item = io::Result<ConnectionReport>> {
        let mut ids = Ids::default();
        self.0.0.read::<EntryOf>().filter_map(move |record| {
            let entry = record.map(|EntryOf(about, entry)| {
                let id = ids.next(&about)?;
                entry.map(|entry| ConnectionReport { id, ..entry })
            });
            entry.transpose()
        })
    }
}

/// The list of findings in a report.
#[derive(Clone, Debug)]
pub struct Findings(pub Records);

impl Findings {
    /// The findings that are listed, in order of connection and packet.
    pub fn iter(&self) -> impl Iterator<Item = io::Result<Finding>> {
        let mut ids = Ids::default();
        let findings = self.0.0.read::<FindingsOf>().map(move |record| {
            let FindingsOf(about, mut findings) = record?;
            connect(&mut findings, ids.next(&about));
            Ok(findings)
        });
        findings.flat_map(|findings| match findings {
            Ok(findings) => findings.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        })
    }
}

impl Serialize for Connections {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        list(self.iter(), serializer)
    }
}

impl Serialize for Findings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        list(self.iter(), serializer)
    }
}

fn list<T: Serialize, S: Serializer>(
    items: impl Iterator<Item = io::Result<T>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut list = serializer.serialize_seq(None)?;
    for item in items {
        list.serialize_element(&item.map_err(S::Error::custom)?)?;
    }
    list.end()
}

#[cfg(test)]
mod tests;
