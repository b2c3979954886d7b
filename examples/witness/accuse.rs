//! False accusations: errors and warnings against endpoints known to be correct.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::case::{Capture, Case};
use crate::timeline::print_lines;
use crate::view::{Finding, Run};

/// Accusations so far.
#[derive(Default)]
pub struct Tally {
    definite: Vec<String>,
    likely: Vec<String>,
    by_rule: BTreeMap<(String, String), usize>,
    justified: BTreeMap<&'static str, Vec<String>>,
    quiet: BTreeMap<String, usize>,
}

impl Tally {
    /// Takes in one capture.
    pub fn add(&mut self, case: &Case, capture: &Capture, run: &Run) {
        for finding in &run.findings {
            if !finding.is_grave() {
                *self.quiet.entry(finding.title()).or_default() += 1;
                continue;
            }
            let line = line(capture, finding);
            if let Some(reason) = excuse(case, capture, finding) {
                self.justified.entry(reason).or_default().push(line);
                continue;
            }
            let key = (finding.title(), finding.certainty.clone());
            *self.by_rule.entry(key).or_default() += 1;
            if finding.certainty == "definite" {
                self.definite.push(line);
            } else {
                self.likely.push(line);
            }
        }
    }

    /// How many definite ones nothing justifies.
    pub fn unjustified_definite(&self) -> usize {
        self.definite.len()
    }

    /// Prints it all.
    pub fn print(&self, list: bool, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "\n== 2. errors and warnings against correct endpoints")?;
        for ((rule, certainty), count) in &self.by_rule {
            writeln!(out, "  {rule:<24} {certainty:<9} {count}")?;
        }
        print_lines("definite", &self.definite, out)?;
        print_lines("likely", &self.likely, out)?;
        for (reason, lines) in &self.justified {
            if list {
                print_lines(&format!("justified, {reason}"), lines, out)?;
            } else {
                writeln!(out, "justified, {reason}: {}", lines.len())?;
            }
        }
        if list {
            writeln!(out, "notices and infos: {:?}", self.quiet)?;
        }
        Ok(())
    }
}

/// Why a grave finding is no false accusation.
fn excuse(case: &Case, capture: &Capture, finding: &Finding) -> Option<&'static str> {
    if let Some(kernel) = case.kernel_side {
        let against = finding.whom.map(|whom| whom.ip());
        return (against != Some(kernel)).then_some("against the script's side");
    }
    let mut packets = finding.packet.iter().chain(&finding.related);
    if packets.any(|packet| case.is_forged(&capture.file, *packet)) {
        return Some("a segment that no endpoint sent");
    }
    match (case.attack.as_deref(), finding.rule.as_str()) {
        (Some("synflood"), "AT001") | (Some("portscan"), "AT002") => Some("the attack is real"),
        (_, "WN002") if case.shrinks_windows => Some("the host was told to"),
        _ if finding.blames != "endpoint" => Some("blames no endpoint"),
        _ => None,
    }
}

fn line(capture: &Capture, finding: &Finding) -> String {
    let whom = finding
        .whom
        .map_or("nobody in particular".to_owned(), |whom| whom.to_string());
    format!(
        "{}: {} {} {} against {whom}, {}: {}",
        capture.file,
        finding.title(),
        finding.certainty,
        finding.severity,
        finding.place(),
        finding.message
    )
}
