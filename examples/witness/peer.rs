//! What a script did wrong on purpose: how much of it is found.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use crate::case::{Capture, Case};
use crate::timeline::print_lines;
use crate::view::Run;

/// Violations so far, by kind (numbers left out).
#[derive(Default)]
pub struct Tally {
    kinds: BTreeMap<String, Kind>,
    missed: Vec<String>,
}

#[derive(Default)]
struct Kind {
    all: usize,
    found: usize,
    rules: BTreeSet<String>,
}

impl Tally {
    /// Takes in one capture of a script.
    pub fn add(&mut self, case: &Case, capture: &Capture, run: &Run) {
        for violation in &case.violations {
            let kind = violation.what.replace(|c: char| c.is_ascii_digit(), "");
            let kind = self.kinds.entry(kind).or_default();
            kind.all += 1;
            let named = run.findings.iter().filter(|finding| {
                let mut packets = finding.packet.iter().chain(&finding.related);
                packets.any(|packet| Some(*packet) == violation.packet)
            });
            let rules: Vec<String> = named
                .filter(|finding| !finding.rule.starts_with("CA"))
                .map(|finding| finding.title())
                .collect();
            kind.found += usize::from(!rules.is_empty());
            if rules.is_empty() {
                let packet = violation
                    .packet
                    .map_or(String::new(), |n| format!(", packet {n}"));
                self.missed
                    .push(format!("{}: {}{packet}", capture.file, violation.what));
            }
            kind.rules.extend(rules);
        }
    }

    /// Prints it all; nothing where no script did anything wrong.
    pub fn print(&self, list: bool, out: &mut dyn Write) -> io::Result<()> {
        if self.kinds.is_empty() {
            return Ok(());
        }
        let (all, found) = self.kinds.values().fold((0, 0), |(all, found), kind| {
            (all + kind.all, found + kind.found)
        });
        writeln!(out, "\n== 4. violations by scripts: {found} of {all} named")?;
        for (what, kind) in &self.kinds {
            let rules: Vec<&str> = kind.rules.iter().map(String::as_str).collect();
            let rules = rules.join(", ");
            writeln!(
                out,
                "  {:>3} of {:>3}  {what}: {rules}",
                kind.found, kind.all
            )?;
        }
        if list {
            print_lines("missed", &self.missed, out)?;
        }
        Ok(())
    }
}
