//! Where judged connections and findings go: counted as they come, and set aside
//! for the report.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::listener::Listener;
use super::unlisted::{Cause, Unlisted, of_the_report};
use crate::finding::{CaptureName, CaptureNumber, Certainty, Finding, Severity};
use crate::limits::ReportLimits;
use crate::report::archive::{About, BEHIND_ALL, Draft, Key, Records, Sealed, Shelf};
use crate::report::brief::Said;
use crate::report::model::{LimitReached, Note, Summary};
use crate::report::rows::{AllRows, Rows};
use crate::rules;
use crate::rules::rule::Group;
use crate::settings::{FailOn, Settings};

/// Keeps the books of a run.
#[derive(Debug)]
pub struct Ledger {
    fails: Fails,
    limits: ReportLimits,
    listener: Option<Listener>,
    shelf: Shelf,
    /// Connections that are only counted.
    rows: AllRows,
    /// Counts of everything, listed or not.
    summary: Summary,
    listed: Listed,
    /// The capture that is being read, or the captures that are read as one.
    capture: OfCapture,
}

/// How much was set aside.
#[derive(Clone, Copy, Debug, Default)]
struct Listed {
    connections: usize,
    findings: usize,
}

/// What is counted for one capture.
#[derive(Debug, Default)]
struct OfCapture {
    number: u32,
    unlisted: Unlisted,
    files: HashMap<CaptureNumber, OfFile>,
}

/// What is counted for one file of it.
#[derive(Debug, Default)]
struct OfFile {
    connections: u64,
    /// For each rule of group CA, how many findings, and the first one's message.
    notes: BTreeMap<&'static str, (u64, String)>,
}

/// The books of one capture, or of several that were read as one, closed.
#[derive(Debug, Default)]
pub struct Closed {
    files: HashMap<CaptureNumber, OfFile>,
    /// Limits of the report that were reached.
    pub limits: Vec<LimitReached>,
}

impl Closed {
    /// Connections that begin in a file, and its findings of group CA, summed up by rule.
    pub fn take(&mut self, file: CaptureNumber) -> (u64, Vec<Note>) {
        let OfFile { connections, notes } = self.files.remove(&file).unwrap_or_default();
        (connections, notes.into_iter().map(note).collect())
    }
}

/// What lets the run fail.
#[derive(Clone, Copy, Debug)]
struct Fails(FailOn, Certainty);

impl Fails {
    fn on(self, severity: Severity, certainty: Certainty) -> bool {
        match self.0 {
            FailOn::Never => false,
            FailOn::Severity(least) => severity >= least && certainty >= self.1,
        }
    }
}

impl Ledger {
    /// Empty books.
    pub fn new(settings: &Settings, limits: ReportLimits) -> Ledger {
        Ledger {
            fails: Fails(settings.fail_on, settings.fail_certainty),
            limits,
            listener: None,
            shelf: Shelf::new(limits.memory),
            rows: AllRows::default(),
            summary: Summary::default(),
            listed: Listed::default(),
            capture: OfCapture::default(),
        }
    }

    /// The limits of the report.
    pub const fn limits(&self) -> ReportLimits {
        self.limits
    }

    /// Tells `listener` of findings as they come.
    pub fn tell(&mut self, listener: Listener) {
        self.listener = Some(listener);
    }

    /// Takes a connection, whose `id` is given later, and what is said of it. `place`: the running
    /// number of its first packet.
    pub fn connection(&mut self, place: u64, entry: Sealed, findings: Vec<Finding>) {
        self.summary.connections += 1;
        self.file(entry.capture).connections += 1;
        for withheld in &entry.withheld {
            self.withheld(withheld.need);
        }
        for finding in &findings {
            self.count(finding);
        }
        let key = Key {
            capture: self.capture.number,
            place,
        };
        if let Some(listener) = &mut self.listener {
            let entry = self.shelf.open(&entry);
            listener.tell(entry.as_ref(), &findings);
        }
        let listed = self.listed.connections < self.limits.connections;
        let mut record = Draft {
            about: About::Connection,
            entry: listed.then_some(entry),
            findings,
        };
        let left_out = self.cut_to_room(&mut record.findings);
        let found = record.findings.len();
        let unlisted = &mut self.capture.unlisted;
        if !listed && found == 0 {
            unlisted.connections.add(1, Cause::Limit);
        } else if self.shelf.add(key, &record) {
            self.listed.connections += usize::from(listed);
            self.listed.findings += found;
            unlisted.connections.add(u64::from(!listed), Cause::Limit);
        } else {
            unlisted.connections.add(1, Cause::NoRoom);
            unlisted.findings.add(found as u64, Cause::NoRoom);
        }
        unlisted.findings.add(left_out, Cause::Limit);
    }

    /// Takes connections of the file by that number of which no more is wanted than a row, and that
    /// not of all.
    pub fn rows(&mut self, file: CaptureNumber, rows: &Rows) {
        let count = rows.places.len();
        if count == 0 {
            return;
        }
        self.summary.connections += count as u64;
        self.file(file).connections += count as u64;
        for (said, count) in &rows.sums.said {
            self.count_said(*said, *count);
        }
        let findings = rows.sums.findings();
        let found = usize::try_from(findings).unwrap_or(usize::MAX);
        // For these all is counted or nothing, they come some hundred at a time.
        let has_room = self.listed.connections + count <= self.limits.connections
            && self.listed.findings.saturating_add(found) <= self.limits.findings;
        if has_room {
            self.listed.connections += count;
            self.listed.findings += found;
            self.rows.add(self.capture.number, rows);
        } else {
            let unlisted = &mut self.capture.unlisted;
            unlisted.connections.add(count as u64, Cause::Limit);
            unlisted.findings.add(findings, Cause::Limit);
        }
    }

    /// Takes a finding about no single connection. There are few, and they
    /// matter more than others: they find room where there is none.
    pub fn finding(&mut self, finding: Finding) {
        self.count(&finding);
        if let Some(listener) = &mut self.listener {
            listener.tell(None, std::slice::from_ref(&finding));
        }
        let key = Key {
            capture: self.capture.number,
            place: BEHIND_ALL,
        };
        let mut record = Draft {
            about: About::Other,
            entry: None,
            findings: vec![finding],
        };
        let left_out = self.cut_to_room(&mut record.findings);
        let found = record.findings.len();
        self.capture.unlisted.findings.add(left_out, Cause::Limit);
        if found > 0 && self.shelf.keep(key, &record) {
            self.listed.findings += found;
        } else {
            self.capture
                .unlisted
                .findings
                .add(found as u64, Cause::NoRoom);
        }
    }

    /// Takes a check that could not be made for want of `need`.
    pub fn withheld(&mut self, need: &'static str) {
        *self.summary.withheld.entry(need).or_default() += 1;
    }

    /// Closes the books of a capture, or of so many `captures` that were read as one.
    pub fn end_capture(&mut self, captures: u64) -> Closed {
        let number = self.capture.number.saturating_add(1);
        let next = OfCapture {
            number,
            ..OfCapture::default()
        };
        let OfCapture {
            unlisted, files, ..
        } = std::mem::replace(&mut self.capture, next);
        let listed = [self.listed.connections, self.listed.findings];
        self.summary.captures += captures;
        Closed {
            files,
            limits: of_the_report(unlisted, self.limits, listed, self.shelf.failure()),
        }
    }

    /// The number by which the name of a capture goes in all that is told here.
    pub fn number(&mut self, name: &CaptureName) -> CaptureNumber {
        self.shelf.number(name)
    }

    fn file(&mut self, number: CaptureNumber) -> &mut OfFile {
        self.capture.files.entry(number).or_default()
    }

    /// Totals, and all that was set aside.
    pub fn close(mut self) -> (Summary, Records) {
        self.summary.connections_listed = self.listed.connections as u64;
        (self.summary, Records::of(self.shelf, self.rows))
    }

    fn count_said(&mut self, said: Said, count: u64) {
        let summary = &mut self.summary;
        let of_severity = match said.severity {
            Severity::Error => &mut summary.errors,
            Severity::Warning => &mut summary.warnings,
            Severity::Notice => &mut summary.notices,
            Severity::Info => &mut summary.infos,
        };
        *of_severity += count;
        *summary.by_rule.entry(said.rule).or_default() += count;
        if self.fails.on(said.severity, said.certainty) {
            summary.failing_findings += count;
        }
    }

    fn count(&mut self, finding: &Finding) {
        let said = Said {
            rule: finding.rule,
            severity: finding.severity,
            certainty: finding.certainty,
        };
        self.count_said(said, 1);
        if rules::find(finding.rule).is_some_and(|rule| rule.group == Group::CA) {
            let first = || (0, finding.message.clone());
            let number = self.number(&finding.capture);
            let note = self.file(number).notes.entry(finding.rule);
            note.or_insert_with(first).0 += 1;
        }
    }

    /// Leaves out the findings beyond the limit; returns how many.
    fn cut_to_room(&self, findings: &mut Vec<Finding>) -> u64 {
        let room = self.limits.findings.saturating_sub(self.listed.findings);
        let there = findings.len();
        findings.truncate(room);
        (there - findings.len()) as u64
    }
}

fn note((rule, (count, first)): (&'static str, (u64, String))) -> Note {
    let title = rules::find(rule).map_or("", |rule| rule.title);
    let message = if count == 1 { first } else { title.to_owned() };
    Note {
        rule,
        message,
        count,
    }
}

#[cfg(test)]
mod tests;
