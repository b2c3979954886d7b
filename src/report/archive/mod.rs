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
use super::model::{Closing, ConnectionReport, Entry, Opening, Withheld};
use super::narrow::Narrowing;
use super::rows::{AllRows, Passed, Sums};
use crate::finding::{CaptureName, CaptureNumber, Finding};
use crate::tunnel::Tunnel;

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

    /// The number by which the name of a capture goes.
    pub fn number(&mut self, name: &CaptureName) -> CaptureNumber {
        self.words.number(name)
    }

    /// An entry as it will be read back.
    pub fn open(&mut self, entry: &Sealed) -> Option<ConnectionReport> {
        self.octets.clear();
        entry.unseal(&mut Encoder::new(&mut self.octets, &mut self.words));
        ConnectionReport::take(&mut Decoder::new(&self.octets, &self.words))
    }

    /// The entry of a sample as judging makes it.
    #[cfg(test)]
    pub fn seal(&mut self, entry: &ConnectionReport) -> Sealed {
        self.encode(entry);
        let entry = Entry::take(&mut Decoder::new(&self.octets, &self.words));
        Sealed::new(entry.unwrap())
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
    type Item = io::Result<(Key, T)>;

    fn next(&mut self) -> Option<io::Result<(Key, T)>> {
        let value = match self.reader.as_mut()?.next() {
            Ok(None) => return None,
            Ok(Some((key, octets))) => T::take(&mut Decoder::new(octets, self.words))
                .map(|value| (key, value))
                .ok_or_else(damaged),
            Err(error) => Err(error),
        };
        if value.is_err() {
            self.reader = None;
        }
        Some(value)
    }
}

/// What a record is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum About {
    /// A connection. Only its findings are there where it is not listed.
    Connection,
    /// No single connection.
    Other,
}

/// A connection's entry in its compact form, which holds no words: it can be made in
/// any thread, goes from place to place as it is, and is opened when the report is read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sealed {
    /// Checks that could not be made.
    pub withheld: Vec<Withheld>,
    /// The file with its first packet.
    pub capture: CaptureNumber,
    /// The rest of the entry.
    octets: Box<[u8]>,
}

impl Sealed {
    /// Seals an entry.
    #[must_use]
    pub fn new(mut entry: Entry) -> Sealed {
        let withheld = std::mem::take(&mut entry.withheld);
        let (mut octets, mut words) = (Vec::with_capacity(USUAL_ENTRY), Words::default());
        entry.put(&mut Encoder::new(&mut octets, &mut words));
        // It begins with the number of those checks, which is 0 now.
        let octets = octets.get(1..).unwrap_or_default().into();
        Sealed {
            withheld,
            capture: entry.capture,
            octets,
        }
    }

    /// The entry, for proofs that it says what something else says.
    ///
    /// # Panics
    /// If it cannot be opened.
    #[cfg(debug_assertions)]
    #[must_use]
    pub fn open(&self) -> Entry {
        let (mut octets, mut words) = (Vec::new(), Words::default());
        self.unseal(&mut Encoder::new(&mut octets, &mut words));
        let entry = Entry::take(&mut Decoder::new(&octets, &words));
        entry.unwrap_or_else(|| unreachable!("it was sealed"))
    }

    /// Puts what the entry itself would put.
    fn unseal(&self, to: &mut Encoder<'_>) {
        self.withheld.put(to);
        to.rest(&self.octets);
    }
}

/// More than the octets of most entries.
const USUAL_ENTRY: usize = 256;

impl Stored for Sealed {
    fn put(&self, to: &mut Encoder<'_>) {
        self.withheld.put(to);
        self.capture.put(to);
        to.part(|to| to.rest(&self.octets));
    }

    fn take(from: &mut Decoder<'_>) -> Option<Sealed> {
        Some(Sealed {
            withheld: Stored::take(from)?,
            capture: Stored::take(from)?,
            octets: from.part()?.rest().into(),
        })
    }
}

/// A connection with what is said of it, or findings about no single connection.
#[derive(Clone, Debug)]
pub struct Record<E = ConnectionReport> {
    /// Which of the two.
    pub about: About,
    /// The connection, where it is listed.
    pub entry: Option<E>,
    /// Its findings.
    pub findings: Vec<Finding>,
}

impl<E: Stored> Stored for Record<E> {
    fn put(&self, to: &mut Encoder<'_>) {
        self.about.put(to);
        to.part(|to| self.entry.put(to));
        self.findings.put(to);
    }

    fn take(from: &mut Decoder<'_>) -> Option<Record<E>> {
        Some(Record {
            about: Stored::take(from)?,
            entry: Stored::take(&mut from.part()?)?,
            findings: Stored::take(from)?,
        })
    }
}

/// A record that is to be set aside, its connection sealed.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What it is about.
    pub about: About,
    /// The connection, where it is to be listed.
    pub entry: Option<Sealed>,
    /// Its findings.
    pub findings: Vec<Finding>,
}

/// Is put as a [`Record`], which is what can be taken.
impl Stored for Draft {
    fn put(&self, to: &mut Encoder<'_>) {
        self.about.put(to);
        to.part(|to| {
            to.octet(u8::from(self.entry.is_some()));
            if let Some(entry) = &self.entry {
                entry.unseal(to);
            }
        });
        self.findings.put(to);
    }

    fn take(_: &mut Decoder<'_>) -> Option<Draft> {
        None
    }
}

/// A record without its findings.
struct EntryOf(About, Option<ConnectionReport>);

impl Stored for EntryOf {
    fn put(&self, _: &mut Encoder<'_>) {}

    fn take(from: &mut Decoder<'_>) -> Option<EntryOf> {
        Some(EntryOf(
            Stored::take(from)?,
            Stored::take(&mut from.part()?)?,
        ))
    }
}

/// A record without its connection.
struct FindingsOf(About, Vec<Finding>);

impl Stored for FindingsOf {
    fn put(&self, _: &mut Encoder<'_>) {}

    fn take(from: &mut Decoder<'_>) -> Option<FindingsOf> {
        let about = Stored::take(from)?;
        from.part()?;
        Some(FindingsOf(about, Stored::take(from)?))
    }
}

/// What of a connection is told however many there are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gist {
    /// How it was opened.
    pub opening: Opening,
    /// How it was closed.
    pub closing: Closing,
    /// The tunnels around it.
    pub tunnels: Vec<Tunnel>,
    /// Checks that could not be made.
    pub withheld: Vec<Withheld>,
}

/// A record, of whose connection only what is asked for is read.
#[derive(Debug)]
pub struct Told<'a> {
    /// What it is about.
    pub about: About,
    /// The connection's.
    pub id: Option<u64>,
    /// Of the connection, where it is listed in full.
    pub gist: Option<Gist>,
    /// Its findings.
    pub findings: Vec<Finding>,
    /// The connection.
    entry: Decoder<'a>,
}

impl Told<'_> {
    fn of<'a>(key: Key, octets: &'a [u8], words: &'a Words, ids: &mut Ids<'_>) -> Option<Told<'a>> {
        let from = &mut Decoder::new(octets, words);
        let about = Stored::take(from)?;
        let id = ids.next(key, about);
        let entry = from.part()?;
        let mut findings: Vec<Finding> = Stored::take(from)?;
        connect(&mut findings, id);
        Some(Told {
            about,
            id,
            gist: Stored::take(&mut entry.clone())?,
            findings,
            entry,
        })
    }

    /// The connection as a whole, where it is listed.
    ///
    /// # Errors
    /// What was set aside is damaged.
    pub fn entry(&self) -> io::Result<Option<ConnectionReport>> {
        let entry: Option<ConnectionReport> =
            Stored::take(&mut self.entry.clone()).ok_or_else(damaged)?;
        let id = self.id.unwrap_or_default();
        Ok(entry.map(|entry| ConnectionReport { id, ..entry }))
    }
}

fn damaged() -> io::Error {
    let what = "the temporary file with the report is damaged";
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// The connections and findings of a report; cheap to clone.
///
/// Connections get their `id` as they are read, since it goes by their order.
#[derive(Clone, Debug)]
pub struct Records {
    all: Arc<All>,
    /// Only these are shown.
    narrowing: Option<Arc<Narrowing>>,
}

#[derive(Debug)]
struct All {
    sequence: Sequence,
    rows: AllRows,
}

/// Numbers connections.
struct Ids<'a> {
    records: u64,
    rows: Passed<'a>,
}

impl Ids<'_> {
    fn of(rows: &AllRows) -> Ids<'_> {
        Ids {
            records: 0,
            rows: rows.passed(),
        }
    }

    fn next(&mut self, key: Key, about: About) -> Option<u64> {
        (about == About::Connection).then(|| {
            self.records += 1;
            self.records + self.rows.before(key)
        })
    }

    /// That of a connection of which there is only a row.
    fn of_row(&mut self, key: Key) -> u64 {
        self.records + self.rows.before(key) + 1
    }
}

fn connect(findings: &mut [Finding], id: Option<u64>) {
    for finding in findings {
        finding.connection = id;
    }
}

impl Records {
    /// The records that were set aside on `shelf`, and connections that are only counted.
    #[must_use]
    pub fn of(shelf: Shelf, mut rows: AllRows) -> Records {
        rows.close();
        let sequence = shelf.sort();
        Records {
            all: Arc::new(All { sequence, rows }),
            narrowing: None,
        }
    }

    /// The same, of which no more is shown than `narrowing` asks for.
    #[must_use]
    pub fn narrowed(&self, narrowing: Narrowing) -> Records {
        Records {
            all: Arc::clone(&self.all),
            narrowing: Some(Arc::new(narrowing)),
        }
    }

    /// The same, of which all is shown.
    #[must_use]
    pub fn whole(&self) -> Records {
        Records {
            all: Arc::clone(&self.all),
            narrowing: None,
        }
    }

    /// Leaves of a record what is shown of it; `false` if that is nothing.
    ///
    /// # Errors
    /// What was set aside is damaged.
    pub fn keep(&self, told: &mut Told<'_>) -> io::Result<bool> {
        let Some(narrowing) = self.narrowing.as_deref() else {
            return Ok(true);
        };
        let mut findings = std::mem::take(&mut told.findings);
        let sockets = || Ok(told.entry()?.map(|entry| (entry.client, entry.server)));
        let kept = narrowing.keep(told.about, told.id, sockets, &mut findings);
        told.findings = findings;
        kept
    }

    /// Shows all records to `take`, in order, until an error; returns those of the others that the
    /// table of the worst may list.
    ///
    /// # Errors
    /// Some lie in a temporary file, which cannot be read back; or those of `take`.
    pub fn each(&self, mut take: impl FnMut(Told<'_>) -> io::Result<()>) -> io::Result<Vec<Brief>> {
        let All { sequence, rows } = &*self.all;
        let words = &sequence.words;
        let mut ids = Ids::of(rows);
        let mut worst = rows.worst().into_iter().peekable();
        let mut listed = Vec::with_capacity(worst.len());
        let mut reader = sequence.sorted.read();
        loop {
            let next = reader.next()?;
            let until = next.map(|(key, _)| key);
            while let Some((key, brief)) =
                worst.next_if(|(key, _)| until.is_none_or(|until| *key < until))
            {
                let name = words.name(brief.capture).ok_or_else(damaged)?;
                let mut brief = brief.clone().in_capture(name.clone());
                brief.id = ids.of_row(key);
                listed.push(brief);
            }
            let Some((key, octets)) = next else {
                return Ok(listed);
            };
            let mut told = Told::of(key, octets, words, &mut ids).ok_or_else(damaged)?;
            if self.keep(&mut told)? {
                take(told)?;
            }
        }
    }

    /// The connections that are only counted.
    #[must_use]
    pub fn counted(&self) -> &Sums {
        &self.all.rows.sums
    }

    /// All records, in order. Connections that are only counted are not among them.
    pub fn iter(&self) -> impl Iterator<Item = io::Result<Record>> {
        let mut ids = Ids::of(&self.all.rows);
        let narrowing = self.narrowing.as_deref();
        let all = self.all.sequence.read::<Record>().map(move |record| {
            let (key, mut record) = record?;
            let id = ids.next(key, record.about);
            if let Some((entry, id)) = record.entry.as_mut().zip(id) {
                entry.id = id;
            }
            connect(&mut record.findings, id);
            let Some(narrowing) = narrowing else {
                return Ok(Some(record));
            };
            let entry = record.entry.as_ref();
            let sockets = || Ok(entry.map(|entry| (entry.client, entry.server)));
            let kept = narrowing.keep(record.about, id, sockets, &mut record.findings)?;
            Ok(kept.then_some(record))
        });
        all.filter_map(Result::transpose)
    }
}

/// The list of connections in a report.
#[derive(Clone, Debug)]
pub struct Connections(pub Records);

impl Connections {
    /// The connections that are listed, in order of their first packet.
    pub fn iter(&self) -> Box<dyn Iterator<Item = io::Result<ConnectionReport>> + '_> {
        if self.0.narrowing.is_some() {
            // Some are asked for by their findings.
            let entries = self.0.iter().map(|record| Ok(record?.entry));
            return Box::new(entries.filter_map(Result::transpose));
        }
        let All { sequence, rows } = &*self.0.all;
        let mut ids = Ids::of(rows);
        Box::new(sequence.read::<EntryOf>().filter_map(move |record| {
            let entry = record.map(|(key, EntryOf(about, entry))| {
                let id = ids.next(key, about)?;
                entry.map(|entry| ConnectionReport { id, ..entry })
            });
            entry.transpose()
        }))
    }
}

/// The list of findings in a report.
#[derive(Clone, Debug)]
pub struct Findings(pub Records);

impl Findings {
    /// The findings that are listed, in order of connection and packet.
    pub fn iter(&self) -> Box<dyn Iterator<Item = io::Result<Finding>> + '_> {
        if self.0.narrowing.is_some() {
            let findings = self.0.iter().map(|record| Ok(record?.findings));
            return Box::new(one_by_one(findings));
        }
        let All { sequence, rows } = &*self.0.all;
        let mut ids = Ids::of(rows);
        let findings = sequence.read::<FindingsOf>().map(move |record| {
            let (key, FindingsOf(about, mut findings)) = record?;
            connect(&mut findings, ids.next(key, about));
            Ok(findings)
        });
        Box::new(one_by_one(findings))
    }
}

fn one_by_one(
    findings: impl Iterator<Item = io::Result<Vec<Finding>>>,
) -> impl Iterator<Item = io::Result<Finding>> {
    findings.flat_map(|findings| match findings {
        Ok(findings) => findings.into_iter().map(Ok).collect(),
        Err(error) => vec![Err(error)],
    })
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
