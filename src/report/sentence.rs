//! A finding in a sentence or two, for formats that have room for no more.

use super::flat::Ends;
use super::text::numbers;
use crate::finding::{Blames, Finding};

/// What happened, with what was expected and what was seen.
pub fn what(finding: &Finding) -> String {
    let mut text = finding.message.clone();
    let lines = [
        ("Expected", numbers::line(&finding.expected)),
        ("observed", numbers::line(&finding.observed)),
    ];
    let told: Vec<String> = lines
        .into_iter()
        .filter(|(_, numbers)| !numbers.is_empty())
        .map(|(lead, numbers)| format!("{lead}: {numbers}"))
        .collect();
    if let Some((first, rest)) = told.split_first() {
        // Only one of the two may be there.
        let lead = first.replacen("observed", "Observed", 1);
        text.push_str(&format!(" {lead}"));
        rest.iter()
            .for_each(|told| text.push_str(&format!("; {told}")));
        text.push('.');
    }
    text
}

/// Where it is in its file, whom it is about, and how sure that is.
pub fn place(finding: &Finding, ends: Option<Ends>) -> String {
    let mut parts = Vec::new();
    parts.extend(finding.packet.map(|packet| format!("packet {packet}")));
    if let Some(id) = finding.connection {
        parts.push(match ends {
            Some(Ends { client, server }) => format!("connection {id} from {client} to {server}"),
            None => format!("connection {id}"),
        });
    }
    parts.extend(finding.endpoint.map(|role| match finding.blames {
        Blames::ThirdParty => format!("somebody in the name of the {}", role.as_str()),
        Blames::Endpoint | Blames::Nobody => role.as_str().to_owned(),
    }));
    parts.extend(finding.subject.map(|subject| match subject.port {
        0 => format!("about {}", subject.ip),
        _ => format!("about {subject}"),
    }));
    parts.extend(finding.case.map(|case| format!("case {case}")));
    parts.push(finding.certainty.as_str().to_owned());
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_finding_is_told_in_a_sentence_or_two() {
        let report = sample::one_error();
        let ends = Ends::from(&report.connections[0]);
        let finding = &report.findings[0];
        assert_eq!(
            what(finding),
            "The SYN-ACK acknowledges the client's initial sequence number itself, as if the SYN \
             occupied no number. Expected: SYN,ACK, ack 2864434398 (relative 1); observed: SYN,ACK, \
             ack 2864434397 (relative 0)."
        );
        assert_eq!(
            place(finding, Some(ends)),
            "packet 3, connection 1 from 192.0.2.1:40000 to 198.51.100.7:80, server, definite"
        );
        let flood = sample::flood();
        let finding = flood
            .findings
            .iter()
            .find(|finding| finding.rule == "AT001");
        assert!(what(finding.unwrap()).ends_with("completed. Observed: count 100,000."));
        assert_eq!(
            place(finding.unwrap(), None),
            "about 198.51.100.7:80, case spoofed, likely"
        );
    }
}
