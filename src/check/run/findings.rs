//! What was judged, as findings of the report.

use super::Run;
use crate::check::book::End;
use crate::finding::{Blames, Finding, PacketRef};
use crate::flow::patterns::PatternFinding;
use crate::machine::connection::Connection;
use crate::machine::side::Side;
use crate::report::entry::role;
use crate::rules;
use crate::rules::judge::{self, Ruling};
use crate::settings::Profile;

/// What a rule adds where the textbook is stricter than the RFC.
const ALLOWED: &str = " RFC 9293 allows this; the textbook does not.";

impl Run<'_> {
    pub(super) fn finding(&self, ruling: Ruling, connection: &Connection) -> Finding {
        let Ruling {
            rule,
            verdict,
            severity,
            certainty,
            followers,
        } = ruling;
        let isn = |side: Option<Side>| side.and_then(|side| connection.ends.of(side).iss());
        let (seq_isn, ack_isn) = (
            isn(verdict.numbers_of),
            isn(verdict.numbers_of.map(Side::peer)),
        );
        let (mut expected, mut observed) = (verdict.expected, verdict.observed);
        expected.relate(seq_isn, ack_isn);
        observed.relate(seq_isn, ack_isn);
        let mut message = verdict.message;
        if self.settings.profile == Profile::Textbook && rule.textbook && severity > rule.severity {
            message.push_str(ALLOWED);
        }
        // A verdict against an endpoint that names none is about somebody who
        // used its address.
        let blames = match (rule.blames, verdict.endpoint) {
            (Blames::Endpoint, None) => Blames::ThirdParty,
            (blames, _) => blames,
        };
        let file = self
            .places
            .file(verdict.packet.unwrap_or(connection.first.0));
        Finding {
            rule: rule.code,
            name: rule.name,
            case: verdict.case,
            severity,
            certainty,
            connection: None,
            capture: self.places.name(file),
            endpoint: verdict.endpoint.map(role),
            blames,
            subject: None,
            packet: (verdict.packet).map(|packet| self.places.packet(packet).packet),
            related_packets: self.packets(&verdict.related),
            time: verdict.time.map(|at| self.places.moment(file, at)),
            message: self.places.told(&message),
            expected,
            observed,
            rfc: rule.rfc,
            followers,
        }
    }

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
            packet: None,
            related_packets: self.packets(&pattern.packets),
            time: Some(self.places.moment(file, pattern.time)),
            message: self.places.told(&pattern.message),
            expected: pattern.expected,
            observed: pattern.observed,
            rfc: rule.rfc,
            followers: pattern.followers,
        })
    }
}
