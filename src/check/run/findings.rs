//! What was judged, as findings of the report.

use super::Run;
use crate::check::book::End;
use crate::finding::{Finding, Fingerprint, PacketRef};
use crate::flow::patterns::PatternFinding;
use crate::rules;
use crate::rules::judge;

impl Run<'_> {
    fn packets(&self, packets: &[u64]) -> Vec<PacketRef> {
        let refs = packets.iter().map(|packet| self.places.packet(*packet));
        refs.collect()
    }

    pub(super) fn overall(&self, ends: &[End<'_>], patterns: Vec<PatternFinding>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (file, (book, end)) in self.books.iter().zip(ends).enumerate() {
            findings.extend(book.findings(file, *end, &self.places, self.settings));
        }
        if let Some(parts) = &self.parts {
            findings.extend(parts.findings(&self.places, self.settings));
        }
        findings.extend(
            patterns
                .into_iter()
                .filter_map(|pattern| self.pattern(pattern)),
        );
        findings
    }

    fn pattern(&self, pattern: PatternFinding) -> Option<Finding> {
        let first = pattern.packets.first();
        let file = first.map_or(0, |packet| self.places.file(*packet));
        let rule = rules::find(pattern.code).filter(|rule| self.settings.wants(rule.code))?;
        Some(Finding {
            rule: rule.code,
            name: rule.name,
            case: pattern.case,
            severity: judge::severity(rule, pattern.case, self.settings)?,
            certainty: pattern.certainty.unwrap_or(rule.certainty),
            connection: None,
            capture: self.places.name(file),
            endpoint: None,
            blames: rule.blames,
            subject: Some(pattern.subject),
            server_port: Some(pattern.subject.port).filter(|port| *port != 0),
            packet: None,
            related_packets: self.packets(&pattern.packets),
            time: Some(self.places.moment(file, pattern.time)),
            message: self.places.told(&pattern.message),
            expected: pattern.expected,
            observed: pattern.observed,
            rfc: rule.rfc,
            followers: pattern.followers,
            fingerprint: Fingerprint::default(),
            known: false,
            fails: false,
        })
    }
}
