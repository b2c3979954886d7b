//! Who takes what is said of a capture: the ledger itself, or notes that are entered into it later.

use std::sync::mpsc::SyncSender;

use super::ledger::Ledger;
use super::run::Done;
use crate::finding::{CaptureName, CaptureNumber, Finding};
use crate::limits::ReportLimits;
use crate::report::archive::Sealed;
use crate::report::rows::Rows;

/// Takes what is said of a capture; see the methods of [`Ledger`].
pub trait Books {
    /// See [`Ledger::limits`].
    fn limits(&self) -> ReportLimits;
    /// See [`Ledger::number`].
    fn number(&mut self, name: &CaptureName) -> CaptureNumber;
    /// See [`Ledger::connection`].
    fn connection(&mut self, place: u64, entry: Sealed, findings: Vec<Finding>);
    /// See [`Ledger::rows`].
    fn rows(&mut self, file: CaptureNumber, rows: &Rows);
    /// See [`Ledger::finding`].
    fn finding(&mut self, finding: Finding);
    /// See [`Ledger::withheld`].
    fn withheld(&mut self, need: &'static str);
}

impl Books for Ledger {
    fn limits(&self) -> ReportLimits {
        Ledger::limits(self)
    }

    fn number(&mut self, name: &CaptureName) -> CaptureNumber {
        Ledger::number(self, name)
    }

    fn connection(&mut self, place: u64, entry: Sealed, findings: Vec<Finding>) {
        Ledger::connection(self, place, entry, findings);
    }

    fn rows(&mut self, file: CaptureNumber, rows: &Rows) {
        Ledger::rows(self, file, rows);
    }

    fn finding(&mut self, finding: Finding) {
        Ledger::finding(self, finding);
    }

    fn withheld(&mut self, need: &'static str) {
        Ledger::withheld(self, need);
    }
}

/// Something that is to be entered into the ledger.
#[derive(Debug)]
enum Line {
    Connection(u64, Sealed, Vec<Finding>),
    Rows(CaptureNumber, Rows),
    Finding(Box<Finding>),
    Withheld(&'static str),
}

/// What comes of a capture that is checked beside others, in order.
#[derive(Debug)]
pub enum Part {
    /// Some of what is said of it.
    Page(Page),
    /// All has been said.
    Done(Done),
    /// It could not be opened.
    Unreadable(String),
}

/// Some lines.
#[derive(Debug, Default)]
pub struct Page(Vec<Line>);

impl Page {
    /// Enters the lines into the ledger.
    pub fn enter(self, ledger: &mut Ledger) {
        for line in self.0 {
            match line {
                Line::Connection(place, entry, findings) => {
                    ledger.connection(place, entry, findings);
                }
                Line::Rows(file, rows) => ledger.rows(file, &rows),
                Line::Finding(finding) => ledger.finding(*finding),
                Line::Withheld(need) => ledger.withheld(need),
            }
        }
    }
}

/// Lines of a page.
const LINES: usize = 512;

/// Writes down what is said of a capture, page by page.
#[derive(Debug)]
pub struct Notes<'a> {
    limits: ReportLimits,
    /// The number of its name.
    number: CaptureNumber,
    page: Page,
    pages: &'a SyncSender<Part>,
}

impl Notes<'_> {
    /// Notes that go to `pages`.
    pub const fn new(
        limits: ReportLimits,
        number: CaptureNumber,
        pages: &SyncSender<Part>,
    ) -> Notes<'_> {
        Notes {
            limits,
            number,
            page: Page(Vec::new()),
            pages,
        }
    }

    fn add(&mut self, line: Line) {
        self.page.0.push(line);
        if self.page.0.len() >= LINES {
            self.turn();
        }
    }

    /// Hands over the page that was begun.
    pub fn turn(&mut self) {
        // Who takes them is gone only if the run is being given up.
        let _ = self.pages.send(Part::Page(std::mem::take(&mut self.page)));
    }
}

impl Books for Notes<'_> {
    fn limits(&self) -> ReportLimits {
        self.limits
    }

    fn number(&mut self, _: &CaptureName) -> CaptureNumber {
        self.number
    }

    fn connection(&mut self, place: u64, entry: Sealed, findings: Vec<Finding>) {
        self.add(Line::Connection(place, entry, findings));
    }

    fn rows(&mut self, file: CaptureNumber, rows: &Rows) {
        if !rows.places.is_empty() {
            self.add(Line::Rows(file, rows.clone()));
        }
    }

    fn finding(&mut self, finding: Finding) {
        self.add(Line::Finding(Box::new(finding)));
    }

    fn withheld(&mut self, need: &'static str) {
        self.add(Line::Withheld(need));
    }
}
