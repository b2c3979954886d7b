//! Where judged connections and findings go: counted as they come, and set aside
//! for the report.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::limits::limit;
use super::listener::Listener;
use super::unlisted::{Cause, Unlisted, of_the_report};
use crate::baseline::{self, Baseline};
use crate::finding::{CaptureName, CaptureNumber, Certainty, Finding, Severity};
use crate::limits::ReportLimits;
use crate::report::archive::{About, BEHIND_ALL, Draft, Key, Records, Sealed, Shelf};
use crate::report::brief::Said;
use crate::report::fingerprint::Fingerprints;
use crate::report::model::{LimitReached, Note, Summary};
use crate::report::rows::{AllRows, Rows};
use crate::report::settled::BaselineReport;
use crate::report::words;
use crate::rules;
use crate::rules::rule::Group;
use crate::settings::{FailOn, Settings};

/// Keeps the books of a run.
#[derive(Debug)]
pub struct Ledger {
    fails: Fails,
    /// A check was withheld where that fails the run.
    withheld_fails: bool,
    limits: ReportLimits,
    fingerprints: Fingerprints,
    baseline: Option<baseline::Books>,
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
#[derive(Debug)]
struct OfCapture {
    number: u32,
    /// By what fingerprints know it: of captures that are read as one, the first.
    name: CaptureName,
    /// Findings that may share their fingerprints.
    alike: u64,
    unlisted: Unlisted,
    files: HashMap<CaptureNumber, OfFile>,
}

impl OfCapture {
    fn new(number: u32) -> OfCapture {
        OfCapture {
            number,
            name: "".into(),
            alike: 0,
            unlisted: Unlisted::default(),
            files: HashMap::new(),
        }
    }
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
struct Fails {
    on: FailOn,
    certainty: Certainty,
    withheld: bool,
}

impl Fails {
    fn by(settings: &Settings) -> Fails {
        Fails {
            on: settings.fail_on,
            certainty: settings.fail_certainty,
            withheld: settings.fail_on_withheld,
        }
    }

    fn on(self, severity: Severity, certainty: Certainty) -> bool {
        match self.on {
            FailOn::Never => false,
            FailOn::Severity(least) => severity >= least && certainty >= self.certainty,
        }
    }
}

/// The books of a run, closed.
#[derive(Debug)]
pub struct Total {
    /// Totals.
    pub summary: Summary,
    /// All that was set aside.
    pub records: Records,
    /// Withheld checks fail the run.
    pub withheld_fails: bool,
    /// How it compares with what there was before.
    pub baseline: Option<BaselineReport>,
    /// The baseline that was gathered.
    pub gathered: Result<Option<Baseline>, String>,
}

impl Ledger {
    /// Empty books.
    pub fn new(settings: &Settings, limits: ReportLimits) -> Ledger {
        Ledger {
            fails: Fails::by(settings),
            withheld_fails: false,
            limits,
            fingerprints: Fingerprints::new(limits.kinds),
            baseline: None,
            listener: None,
            shelf: Shelf::new(limits.memory),
            rows: AllRows::default(),
            summary: Summary::default(),
            listed: Listed::default(),
            capture: OfCapture::new(0),
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

    /// Compares findings with what there was before, or gathers them.
    pub fn compare(&mut self, baseline: baseline::Books) {
        self.baseline = Some(baseline);
    }

    /// What follows is about this capture, or several that are read as one, of which this is the
    /// first, by these settings.
    pub fn begin_capture(&mut self, name: &str, settings: &Settings) {
        self.fails = Fails::by(settings);
        self.capture.name = name.into();
    }

    /// Takes a connection, whose `id` is given later, and what is said of it. `place`: the running
    /// number of its first packet.
    pub fn connection(&mut self, place: u64, entry: Sealed, mut findings: Vec<Finding>) {
        self.summary.connections += 1;
        self.file(entry.capture).connections += 1;
        for withheld in &entry.withheld {
            self.withheld(withheld.need);
        }
        for finding in &mut findings {
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
            if self.fails.on(said.severity, said.certainty) {
                self.summary.failing_findings += count;
            }
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
    pub fn finding(&mut self, mut finding: Finding) {
        self.count(&mut finding);
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
        self.withheld_fails |= self.fails.withheld;
        *self.summary.withheld.entry(need).or_default() += 1;
    }

    /// The capture at hand was read whole, by these settings.
    pub fn looked_through(&mut self, settings: &Settings) {
        if let Some(baseline) = &mut self.baseline {
            baseline.looked_through(&self.capture.name, |rule| settings.wants(rule));
        }
    }

    /// Closes the books of a capture, or of so many `captures` that were read as one.
    pub fn end_capture(&mut self, captures: u64) -> Closed {
        let number = self.capture.number.saturating_add(1);
        let next = OfCapture::new(number);
        let OfCapture {
            unlisted,
            files,
            alike,
            ..
        } = std::mem::replace(&mut self.capture, next);
        let listed = [self.listed.connections, self.listed.findings];
        self.summary.captures += captures;
        let mut limits = of_the_report(unlisted, self.limits, listed, self.shelf.failure());
        limits.extend(limit("finding-kinds", self.limits.kinds, alike, |n, most| {
            format!(
                "{} may share a fingerprint with others of their kind: findings of {most} kinds \
                 are counted at most",
                words::count(n, "finding")
            )
        }));
        Closed { files, limits }
    }

    /// The number by which the name of a capture goes in all that is told here.
    pub fn number(&mut self, name: &CaptureName) -> CaptureNumber {
        self.shelf.number(name)
    }

    fn file(&mut self, number: CaptureNumber) -> &mut OfFile {
        self.capture.files.entry(number).or_default()
    }

    /// Totals, and all that was set aside.
    pub fn close(mut self) -> Total {
        self.summary.connections_listed = self.listed.connections as u64;
        let (baseline, gathered) = self.baseline.map(baseline::Books::close).unzip();
        Total {
            summary: self.summary,
            records: Records::of(self.shelf, self.rows),
            withheld_fails: self.withheld_fails,
            baseline,
            gathered: gathered.unwrap_or(Ok(None)),
        }
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
    }

    /// Counts a finding, and says what it goes by from run to run.
    fn count(&mut self, finding: &mut Finding) {
        let said = Said {
            rule: finding.rule,
            severity: finding.severity,
            certainty: finding.certainty,
        };
        self.count_said(said, 1);
        let capture = &self.capture.name;
        let counted = self.fingerprints.give(finding, capture);
        self.capture.alike += u64::from(!counted);
        if self.fails.on(finding.severity, finding.certainty) {
            let baseline = self.baseline.as_mut();
            finding.known = baseline.is_some_and(|books| books.is_known(finding, capture));
            finding.fails = !finding.known;
            self.summary.known_findings += u64::from(finding.known);
            self.summary.failing_findings += u64::from(finding.fails);
        }
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
