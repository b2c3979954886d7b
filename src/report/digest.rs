//! The findings in little room: by rule, and of each rule by capture, the first one with the
//! number of those like it. However many findings there are, a digest stays small.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;

use super::archive::Told;
use super::flat::Ends;
use super::model::Report;
use super::text::verdict::Grounds;
use crate::finding::{Certainty, Finding, Severity};
use crate::rules;

/// Captures in which a rule's first finding is kept; those in others are only counted.
const CAPTURES_OF_A_RULE: usize = 10;

/// What a report comes to.
pub struct Digest {
    /// The verdict, a sentence.
    pub verdict: String,
    /// The findings asked for by rule, the worst and the surest first.
    pub groups: Vec<Group>,
    /// Findings below the severity asked for.
    pub hidden: u64,
}

/// The findings of a rule and a severity.
#[derive(Debug)]
pub struct Group {
    /// Code of the rule.
    pub rule: &'static str,
    /// The rule in a line.
    pub title: &'static str,
    /// How bad.
    pub severity: Severity,
    /// How many.
    pub count: u64,
    /// One of them is definite.
    sure: bool,
    /// By capture, the first ones.
    pub places: Vec<Place>,
}

/// The findings of a rule in a capture.
#[derive(Debug)]
pub struct Place {
    /// The first, or the first that is definite.
    pub finding: Finding,
    /// Those of its connection.
    pub ends: Option<Ends>,
    /// How many there are.
    pub count: u64,
}

impl Digest {
    /// Looks at all records once; `show` is the least severity asked for.
    ///
    /// # Errors
    /// They lie in a temporary file, which cannot be read back.
    pub fn of(report: &Report, show: Severity) -> io::Result<Digest> {
        let mut grounds = Grounds::default();
        let mut groups: BTreeMap<(Severity, &'static str), Group> = BTreeMap::new();
        let mut hidden = 0;
        report.records().each(|mut record| {
            grounds.add(&record);
            let findings = std::mem::take(&mut record.findings);
            for finding in findings {
                if finding.severity < show {
                    hidden += 1;
                    continue;
                }
                let key = (finding.severity, finding.rule);
                let group = groups.entry(key).or_insert_with(|| Group::of(&finding));
                group.add(finding, &record)?;
            }
            Ok(())
        })?;
        let mut groups: Vec<Group> = groups.into_values().collect();
        groups.sort_by_key(|group| (Reverse(group.severity), !group.sure, group.rule));
        let (_, verdict) = grounds.verdict(report);
        Ok(Digest {
            verdict,
            groups,
            hidden,
        })
    }
}

impl Group {
    fn of(finding: &Finding) -> Group {
        Group {
            rule: finding.rule,
            title: rules::find(finding.rule).map_or(finding.name, |rule| rule.title),
            severity: finding.severity,
            count: 0,
            sure: false,
            places: Vec::new(),
        }
    }

    fn add(&mut self, finding: Finding, record: &Told<'_>) -> io::Result<()> {
        let sure = finding.certainty == Certainty::Definite;
        self.count += 1;
        self.sure |= sure;
        let ends = || Ok::<_, io::Error>(record.entry()?.as_ref().map(Ends::from));
        let mut places = self.places.iter_mut();
        if let Some(place) = places.find(|place| place.finding.capture == finding.capture) {
            place.count += 1;
            if sure && place.finding.certainty < Certainty::Definite {
                (place.finding, place.ends) = (finding, ends()?);
            }
        } else if self.places.len() < CAPTURES_OF_A_RULE {
            self.places.push(Place {
                finding,
                ends: ends()?,
                count: 1,
            });
        }
        Ok(())
    }

    /// Findings in captures of which none is kept.
    pub fn elsewhere(&self) -> u64 {
        let here: u64 = self.places.iter().map(|place| place.count).sum();
        self.count.saturating_sub(here)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_worst_and_surest_come_first_and_what_is_alike_is_counted() {
        let mut report = sample::flood();
        // A likely one before the definite ones.
        let first = report.findings.iter_mut().find(|f| f.rule == "HS001");
        first.unwrap().certainty = Certainty::Likely;
        let digest = Digest::of(&sample::set_aside(report), Severity::Notice).unwrap();
        let codes: Vec<_> = digest.groups.iter().map(|group| group.rule).collect();
        assert_eq!(codes, ["HS001", "AT001"]);
        let place = &digest.groups[0].places[0];
        assert_eq!((digest.groups[0].count, place.count), (11, 11));
        assert_eq!(place.finding.certainty, Certainty::Definite);
        assert_eq!(place.finding.packet, Some(1_021));
        assert_eq!(digest.groups[0].elsewhere(), 0);
    }

    #[test]
    fn of_many_captures_some_are_kept() {
        let mut report = sample::many();
        let one = report.findings[0].clone();
        report.findings.extend((1..=25).map(|id| Finding {
            capture: format!("{id}.pcap").as_str().into(),
            connection: None,
            ..one.clone()
        }));
        let digest = Digest::of(&sample::set_aside(report), Severity::Error).unwrap();
        let group = &digest.groups[0];
        assert_eq!(group.places.len(), CAPTURES_OF_A_RULE);
        assert_eq!(group.elsewhere(), group.count - 10);
        assert_eq!(digest.hidden, 0);
        let hidden = Digest::of(&sample::set_aside(sample::one_error()), Severity::Notice);
        assert_eq!(hidden.unwrap().hidden, 1);
    }
}
