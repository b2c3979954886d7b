//! Findings as comments on the packets of a capture, for Wireshark.

use std::io;

use super::archive::{Key, Sequence, Shelf, Told};
use super::model::Report;
use super::text::numbers;
use super::{clean, words};
use crate::finding::{Finding, Severity};
use crate::limits::SPOOL_MEMORY;

/// The place of comments on the capture as a whole.
const CAPTURE: u64 = 0;

/// Comments in order of the packets on which they are to stand, however many there are.
#[derive(Debug)]
pub struct Comments(Sequence);

impl Comments {
    /// A comment for each finding of at least the severity `show`, of a report on one capture.
    ///
    /// # Errors
    /// They do not fit into memory, and there is no room for a temporary file; or that of the
    /// report cannot be read back.
    pub fn of(report: &Report, show: Severity) -> io::Result<Comments> {
        let mut shelf = Shelf::new(SPOOL_MEMORY);
        let several = report.summary.connections > 1;
        report.records().each(|told| {
            for finding in told.findings.iter().filter(|f| f.severity >= show) {
                let (capture, place) = (0, place(&told, finding)?);
                if !shelf.add(Key { capture, place }, &text(finding, several)) {
                    let why = shelf.failure().unwrap_or("there is no room");
                    return Err(io::Error::other(why.to_owned()));
                }
            }
            Ok(())
        })?;
        Ok(Comments(shelf.sort()))
    }

    /// Each comment with the number of its packet; 0 for those on the capture as a whole.
    pub fn iter(&self) -> impl Iterator<Item = io::Result<(u64, String)>> {
        let all = self.0.read::<String>();
        all.map(|comment| comment.map(|(key, text)| (key.place, text)))
    }
}

/// The packet on which the comment is to stand: the finding's; the last of the connection that it
/// is about as a whole; else the first that shows it.
fn place(told: &Told<'_>, finding: &Finding) -> io::Result<u64> {
    if let Some(packet) = finding.packet {
        return Ok(packet);
    }
    let related = finding.related_packets.iter();
    let mut related = related
        .filter(|related| related.capture == finding.capture)
        .map(|related| related.packet);
    let found = match (finding.connection, told.entry()?) {
        (Some(_), Some(entry)) => Some(entry.last_packet),
        // It is not listed, for want of room.
        (Some(_), None) => related.max(),
        (None, _) => related.next(),
    };
    Ok(found.unwrap_or(CAPTURE))
}

/// The finding in a line. `several`: there are several connections.
fn text(finding: &Finding, several: bool) -> String {
    let mut about = vec![finding.certainty.as_str().to_owned()];
    match (finding.connection, finding.packet) {
        (Some(id), None) => about.push(format!("about connection {id} as a whole")),
        (Some(id), Some(_)) if several => about.push(format!("connection {id}")),
        _ => {}
    }
    about.extend(
        finding
            .subject
            .map(|subject| format!("about {}", words::host(subject))),
    );
    about.extend(finding.known.then(|| "known".to_owned()));
    let (severity, rule) = (finding.severity.as_str(), finding.rule);
    let message = finding.message.trim_end_matches('.');
    let mut text = format!(
        "tcpcheck {severity} {rule} ({}): {message}",
        about.join(", ")
    );
    for (lead, numbers) in [
        ("expected", &finding.expected),
        ("observed", &finding.observed),
    ] {
        if !numbers.is_empty() {
            text.push_str(&format!("; {lead} {}", numbers::line(numbers)));
        }
    }
    let related = finding.related_packets.iter();
    let related: Vec<String> = related.map(|related| related.packet.to_string()).collect();
    if !related.is_empty() {
        let packets = if related.len() == 1 {
            "packet"
        } else {
            "packets"
        };
        text.push_str(&format!(
            "; see also {packets} {}",
            words::list(&related, "and")
        ));
    }
    clean::line(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model::Loaded;
    use crate::report::sample;

    fn comments(report: Loaded, show: Severity) -> Vec<(u64, String)> {
        let comments = Comments::of(&sample::set_aside(report), show).unwrap();
        comments.iter().map(Result::unwrap).collect()
    }

    #[test]
    fn comments_read_well() {
        let all = [
            sample::one_error(),
            sample::several(),
            sample::flood(),
            sample::mid_stream(),
        ];
        let lines = all.into_iter().map(|report| {
            let comments = comments(report, Severity::Info).into_iter();
            let lines = comments.map(|(packet, text)| format!("{packet}: {text}\n"));
            lines.collect::<String>()
        });
        insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn there_is_one_for_each_finding_that_is_shown_in_order_of_packets() {
        for report in sample::all() {
            for show in Severity::ALL {
                let shown = report.findings.iter().filter(|f| f.severity >= show);
                let shown = shown.count();
                let comments = comments(report.clone(), show);
                assert_eq!(comments.len(), shown);
                assert!(comments.is_sorted_by_key(|(packet, _)| *packet));
            }
        }
    }

    #[test]
    fn what_is_about_no_packet_has_a_place() {
        let mut report = sample::one_error();
        let last = report.connections[0].last_packet;
        for finding in &mut report.findings {
            finding.packet = None;
        }
        let all = comments(report.clone(), Severity::Info);
        assert!(all.iter().all(|(packet, _)| *packet == last), "{all:?}");
        assert!(all[0].1.contains("about connection 1 as a whole"));
        let mut pattern = report.findings.remove(0);
        pattern.connection = None;
        report.findings = vec![pattern];
        let first = report.findings[0].related_packets[0].packet;
        assert_eq!(comments(report.clone(), Severity::Info)[0].0, first);
        report.findings[0].related_packets.clear();
        assert_eq!(comments(report, Severity::Info)[0].0, CAPTURE);
    }
}
