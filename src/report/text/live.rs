//! Findings as they come, a line each, while a capture is still being written.

use std::io::{self, Write};

use crate::finding::{CaptureName, Finding, Severity};
use crate::report::model::ConnectionReport;
use crate::report::{clean, style, words};

/// Writes those of `findings` that have at least the severity `show`. Of
/// several captures, the one of each packet is named.
pub fn write(
    connection: Option<&ConnectionReport>,
    findings: &[&Finding],
    show: Severity,
    several: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    for finding in findings.iter().filter(|finding| finding.severity >= show) {
        line(connection, finding, several, out)?;
    }
    out.flush()
}

fn line(
    connection: Option<&ConnectionReport>,
    finding: &Finding,
    several: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    if let Some(time) = finding.time {
        write!(out, "{time} ")?;
    }
    let style = style::of(finding.severity);
    let severity = finding.severity.as_str();
    write!(out, "{style}{severity} {}{style:#}", finding.rule)?;
    write!(out, " {}", finding.certainty.as_str())?;
    if finding.known {
        write!(out, ", known,")?;
    }
    if let Some(ConnectionReport {
        client,
        server,
        tunnels,
        ..
    }) = connection
    {
        write!(out, " {client} > {server}")?;
        if !tunnels.is_empty() {
            write!(out, " in {}", words::tunnels(tunnels))?;
        }
    }
    if let Some(packet) = finding.packet {
        write!(out, " packet {packet}{}", of(&finding.capture, several))?;
    }
    writeln!(out, ": {}", clean::line(&finding.message))
}

fn of(capture: &CaptureName, several: bool) -> String {
    match several {
        true => format!(" of {}", clean::line(capture)),
        false => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn written(several: bool, show: Severity) -> String {
        let mut report = sample::one_error();
        let connection = report.connections.swap_remove(0);
        for finding in &mut report.findings {
            finding.capture = "a\u{1b}.pcap".into();
        }
        let mut out = Vec::new();
        let findings: Vec<&Finding> = report.findings.iter().collect();
        write(Some(&connection), &findings, show, several, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn a_finding_is_a_line() {
        insta::assert_snapshot!("live", written(false, Severity::Info));
        let mut known = sample::one_error();
        known.findings[0].known = true;
        let mut out = Vec::new();
        let findings = &known.findings[..1];
        write(
            None,
            &findings.iter().collect::<Vec<_>>(),
            Severity::Info,
            false,
            &mut out,
        )
        .unwrap();
        let line = String::from_utf8(out).unwrap();
        assert!(line.contains(" definite, known, packet 3: "), "{line}");
        let of_several = written(true, Severity::Info);
        assert!(of_several.contains(" of a\\u{1b}.pcap: "), "{of_several}");
        assert_eq!(
            written(false, Severity::Info).lines().count(),
            sample::one_error().findings.len()
        );
    }

    #[test]
    fn what_is_shown_is_chosen() {
        let errors = written(false, Severity::Error);
        assert!(
            errors.lines().all(|line| line.contains(" error ")),
            "{errors}"
        );
    }
}
