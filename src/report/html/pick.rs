//! What of a report stands on the page: chosen in one look at all records, in bounded room.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::{DRAWN, FINDINGS, LISTED};
use crate::finding::{Certainty, Finding, Severity, Span};
use crate::report::archive::{About, Told};
use crate::report::brief::{Badness, Brief, Tally};
use crate::report::flat::Ends;
use crate::report::model::{ConnectionReport, PerRole, Report};
use crate::report::text::verdict::Grounds;

/// Findings of a rule that come before those beyond: a rule that speaks often leaves room for others.
const OF_A_RULE: u64 = 100;
/// Codes kept of a row.
const CODES: usize = 12;

/// What stands on the page.
pub struct Picked {
    /// The verdict, a sentence.
    pub verdict: String,
    /// Least severity of a finding that is told.
    pub show: Severity,
    /// Connections that there are, as far as they are asked for.
    pub connections: u64,
    /// The worst of them, in order.
    pub rows: Vec<Row>,
    /// The worst findings, in order.
    pub findings: Vec<Place>,
    /// Findings that are bad enough, by rule, listed or not.
    pub by_rule: BTreeMap<&'static str, (Severity, u64)>,
    /// Findings below the severity asked for.
    pub hidden: u64,
}

/// A row of the table of connections.
pub struct Row {
    pub brief: Brief,
    pub tally: Tally,
    /// The worst severity, if anything is said of it.
    pub worst: Option<Severity>,
    /// Rules that speak of it, the first few.
    pub rules: BTreeSet<&'static str>,
    /// `None` where it is only counted.
    pub amounts: Option<Amounts>,
    /// To be told in full.
    drawn: Option<Drawn>,
}

/// What was sent in a connection.
pub struct Amounts {
    pub octets: PerRole<u64>,
    pub again: u64,
    pub duration: Span,
}

/// A connection with what is told of it.
pub struct Drawn {
    pub entry: ConnectionReport,
    pub findings: Vec<Finding>,
}

/// A finding with the ends of its connection.
pub struct Place {
    pub finding: Finding,
    pub ends: Option<Ends>,
    /// Its rule has said the same often before.
    beyond: bool,
}

type Order = (Reverse<Badness>, u64);

impl Row {
    fn order(&self) -> Order {
        order(self.tally, self.brief.id)
    }

    /// Whether it is told in full.
    pub const fn is_drawn(&self) -> bool {
        self.drawn.is_some()
    }
}

/// The worst first, and of equals the first.
fn order(tally: Tally, id: u64) -> Order {
    (Reverse(tally.badness()), id)
}

/// The worst and surest first.
fn rank(finding: &Finding) -> (Reverse<Severity>, Reverse<Certainty>) {
    (Reverse(finding.severity), Reverse(finding.certainty))
}

impl Picked {
    pub fn of(report: &Report, show: Severity) -> io::Result<Picked> {
        let mut grounds = Grounds::default();
        let mut picked = Picked {
            verdict: String::new(),
            show,
            connections: 0,
            rows: Vec::new(),
            findings: Vec::new(),
            by_rule: BTreeMap::new(),
            hidden: 0,
        };
        let records = report.records();
        // The verdict is about all, whatever is shown.
        let listed = records.whole().each(|mut record| {
            grounds.add(&record);
            if !records.keep(&mut record)? {
                return Ok(());
            }
            picked.add(&record)
        })?;
        let counted = records.counted();
        grounds.add_counted(counted);
        picked.connections += counted.connections();
        for brief in listed {
            picked.add_row(brief);
        }
        if report.narrowed.is_none() {
            picked.connections = report.summary.connections;
        }
        picked.verdict = grounds.verdict(report).1;
        // Those that are equal stay in order.
        picked.findings.sort_by_key(|place| rank(&place.finding));
        Ok(picked)
    }

    /// Those that are told in full, the worst first.
    pub fn drawn(&self) -> impl Iterator<Item = &Drawn> {
        self.rows.iter().filter_map(|row| row.drawn.as_ref())
    }

    /// Findings that are bad enough to be told.
    pub fn found(&self) -> u64 {
        self.by_rule.values().map(|(_, count)| count).sum()
    }

    fn add(&mut self, record: &Told<'_>) -> io::Result<()> {
        let mut tally = Tally::default();
        for finding in &record.findings {
            tally.add(finding.severity);
            self.add_finding(finding, record)?;
        }
        if record.about != About::Connection {
            return Ok(());
        }
        self.connections += 1;
        let id = record.id.unwrap_or_default();
        if record.gist.is_none() || !self.has_room(tally, id, LISTED) {
            return Ok(());
        }
        let Some(entry) = record.entry()? else {
            return Ok(());
        };
        let is_told = |finding: &&Finding| finding.severity >= self.show;
        let findings: Vec<&Finding> = record.findings.iter().filter(is_told).collect();
        let PerRole { client, server } = &entry.stats;
        let row = Row {
            brief: Brief::from(&entry),
            tally,
            worst: findings.iter().map(|finding| finding.severity).max(),
            rules: rules(findings.iter().map(|finding| finding.rule)),
            amounts: Some(Amounts {
                octets: PerRole {
                    client: client.bytes,
                    server: server.bytes,
                },
                again: client
                    .retransmissions
                    .saturating_add(server.retransmissions),
                duration: entry.duration_s,
            }),
            drawn: self.has_room(tally, id, DRAWN).then(|| Drawn {
                findings: findings.iter().copied().cloned().collect(),
                entry,
            }),
        };
        self.list(row);
        Ok(())
    }

    /// A connection of which there is only a row.
    fn add_row(&mut self, brief: Brief) {
        let tally = brief.tally();
        if !self.has_room(tally, brief.id, LISTED) {
            return;
        }
        let said = brief.said.iter();
        let said: Vec<_> = said.filter(|said| said.severity >= self.show).collect();
        let row = Row {
            tally,
            worst: said.iter().map(|said| said.severity).max(),
            rules: rules(said.iter().map(|said| said.rule)),
            amounts: None,
            drawn: None,
            brief,
        };
        self.list(row);
    }

    fn add_finding(&mut self, finding: &Finding, record: &Told<'_>) -> io::Result<()> {
        if finding.severity < self.show {
            self.hidden += 1;
            return Ok(());
        }
        let (worst, count) = self
            .by_rule
            .entry(finding.rule)
            .or_insert((finding.severity, 0));
        *worst = finding.severity.max(*worst);
        *count += 1;
        let beyond = *count > OF_A_RULE;
        let order = (beyond, rank(finding));
        let place = self
            .findings
            .partition_point(|other| (other.beyond, rank(&other.finding)) <= order);
        if place >= FINDINGS {
            return Ok(());
        }
        self.findings.truncate(FINDINGS - 1);
        let place_of = Place {
            finding: finding.clone(),
            ends: record.entry()?.as_ref().map(Ends::from),
            beyond,
        };
        self.findings.insert(place, place_of);
        Ok(())
    }

    /// Whether it is among the first `many`, for now.
    fn has_room(&self, tally: Tally, id: u64, many: usize) -> bool {
        let last = self.rows.get(many - 1);
        last.is_none_or(|last| order(tally, id) < last.order())
    }

    fn list(&mut self, row: Row) {
        let place = self
            .rows
            .partition_point(|other| other.order() <= row.order());
        self.rows.truncate(LISTED - 1);
        self.rows.insert(place, row);
        // Drawings take room.
        if let Some(beyond) = self.rows.get_mut(DRAWN) {
            beyond.drawn = None;
        }
    }
}

fn rules(all: impl Iterator<Item = &'static str>) -> BTreeSet<&'static str> {
    let mut rules = BTreeSet::new();
    for rule in all {
        if rules.len() < CODES {
            rules.insert(rule);
        }
    }
    rules
}
