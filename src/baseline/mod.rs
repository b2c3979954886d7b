//! Findings that were there before, so that only new ones fail a run.
//!
//! A baseline counts failing findings by their [`Kind`]; docs/baseline.md tells why so. It is read
//! before a run, or gathered in one and written behind it.

mod file;

use std::collections::BTreeMap;

use crate::finding::Finding;
use crate::report::fingerprint::{Kind, stem};
use crate::report::settled::{BaselineReport, StaleReport};

/// How many failing findings of each kind there were.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Baseline(BTreeMap<Kind, u64>);

/// A baseline at work.
#[derive(Debug)]
pub struct Books {
    /// Name of the file.
    file: String,
    mode: Mode,
    known: u64,
}

#[derive(Debug)]
enum Mode {
    /// Findings are compared with what was read.
    Compared(BTreeMap<Kind, Entry>),
    /// All findings are taken in, of so many kinds at the most.
    Gathered {
        found: BTreeMap<Kind, u64>,
        most: usize,
        /// There were more.
        full: bool,
    },
}

/// Findings of one kind.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    /// There were so many before.
    before: u64,
    /// There are so many now.
    now: u64,
    /// A capture was read whole in which they would be found.
    looked_for: bool,
}

impl Books {
    /// For a run that is compared with a baseline, which stands in `file`.
    #[must_use]
    pub fn compared(baseline: Baseline, file: String) -> Books {
        let entry = |(kind, before)| {
            let entry = Entry {
                before,
                ..Entry::default()
            };
            (kind, entry)
        };
        Books {
            file,
            mode: Mode::Compared(baseline.0.into_iter().map(entry).collect()),
            known: 0,
        }
    }

    /// For a run of which a baseline is made, of so many kinds of findings at the `most`.
    #[must_use]
    pub const fn gathered(file: String, most: usize) -> Books {
        Books {
            file,
            mode: Mode::Gathered {
                found: BTreeMap::new(),
                most,
                full: false,
            },
            known: 0,
        }
    }

    /// Takes in a finding that fails the run, unless it is known, which is returned.
    pub fn is_known(&mut self, finding: &Finding, capture: &str) -> bool {
        let kind = Kind::of(finding, capture);
        let known = match &mut self.mode {
            Mode::Compared(entries) => entries.get_mut(&kind).is_some_and(|entry| {
                entry.now = entry.now.saturating_add(1);
                entry.now <= entry.before
            }),
            Mode::Gathered { found, most, full } => {
                let has_room = found.len() < *most || found.contains_key(&kind);
                if has_room {
                    *found.entry(kind).or_default() += 1;
                }
                *full |= !has_room;
                has_room
            }
        };
        self.known += u64::from(known);
        known
    }

    /// A capture was read whole by the rules that are `wanted`.
    pub fn looked_through(&mut self, capture: &str, wanted: impl Fn(&str) -> bool) {
        let name = stem(capture);
        if let Mode::Compared(entries) = &mut self.mode {
            // They stand in order of captures, but a file of them is not long.
            for (kind, entry) in entries.iter_mut().filter(|(kind, _)| kind.capture == name) {
                entry.looked_for |= wanted(&kind.rule);
            }
        }
    }

    /// What stands in the report, and the baseline that was gathered, if one was.
    ///
    /// # Errors
    /// There were more kinds of findings than a baseline can hold.
    pub fn close(self) -> (BaselineReport, Result<Option<Baseline>, String>) {
        let mut report = BaselineReport {
            file: self.file,
            written: false,
            error: None,
            known: self.known,
            stale: Vec::new(),
            not_looked_for: 0,
        };
        let gathered = match self.mode {
            Mode::Gathered {
                full: true, most, ..
            } => Err(format!("there are findings of more than {most} kinds")),
            Mode::Gathered { found, .. } => {
                report.written = true;
                Ok(Some(Baseline(found)))
            }
            Mode::Compared(entries) => {
                for (kind, entry) in entries {
                    let gone = entry.before.saturating_sub(entry.now);
                    match (gone, entry.looked_for) {
                        (0, _) => {}
                        (_, false) => report.not_looked_for += 1,
                        (count, true) => report.stale.push(StaleReport {
                            capture: kind.capture,
                            rule: kind.rule,
                            case: kind.case,
                            endpoint: kind.endpoint,
                            port: kind.port,
                            count,
                        }),
                    }
                }
                Ok(None)
            }
        };
        (report, gathered)
    }
}

#[cfg(test)]
mod tests;
