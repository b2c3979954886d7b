//! The report as a page of Markdown for a step's summary or a comment: verdict, counts, and a table
//! of the findings by rule and capture, the worst first. Bounded, since GitHub takes no
//! summary beyond 1 MiB and no comment beyond 65,536 characters.

use std::io::{self, Write};

use super::digest::{Digest, Place};
use super::model::Report;
use super::page::shorten;
use super::text::verdict;
use super::{clean, sentence, words};
use crate::finding::Severity;

/// Rows of the table of findings.
const ROWS: usize = 60;
/// Rows of a rule, each about another capture.
const ROWS_OF_A_RULE: usize = 3;
/// Captures that could not be checked, told one by one.
const STOPPED: usize = 20;
/// Columns of a cell, and of any other text that comes from outside.
const WIDTH: usize = 300;

/// Writes the page; `show` is the least severity of a finding that is listed.
///
/// # Errors
/// Those of `out`, and of the temporary file that holds a large report.
pub fn write(report: &Report, show: Severity, out: &mut dyn Write) -> io::Result<()> {
    let digest = Digest::of(report, show)?;
    writeln!(out, "## tcpcheck\n\n**{}**\n", escaped(&digest.verdict))?;
    write_counts(report, out)?;
    write_stopped(report, out)?;
    write_unmet(report, out)?;
    write_findings(report, &digest, out)?;
    write_withheld(report, out)?;
    writeln!(out, "\n{}", escaped(&verdict::counts(report)))
}

fn write_counts(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let summary = &report.summary;
    let counts = [
        ("captures", summary.captures),
        ("connections", summary.connections),
        ("errors", summary.errors),
        ("warnings", summary.warnings),
        ("notices", summary.notices),
        ("infos", summary.infos),
        ("checks withheld", summary.withheld.values().sum()),
        ("failing findings", summary.failing_findings),
    ];
    for (name, _) in counts {
        write!(out, "| {name} ")?;
    }
    writeln!(out, "|\n{}|", "|---:".repeat(counts.len()))?;
    for (_, count) in counts {
        write!(out, "| {} ", words::number(count))?;
    }
    writeln!(out, "|")
}

fn write_stopped(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let all = report.stopped_by().count();
    if all == 0 {
        return Ok(());
    }
    writeln!(out, "\n### Not checked as a whole\n")?;
    for capture in report.stopped_by().take(STOPPED) {
        let error = capture.error.as_deref().unwrap_or_default();
        writeln!(out, "- {}: {}", escaped(&capture.path), escaped(error))?;
    }
    match all.saturating_sub(STOPPED) {
        0 => Ok(()),
        more => writeln!(out, "- and {}", words::count(more as u64, "more capture")),
    }
}

fn write_unmet(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let all = report.unmet().count();
    if all == 0 {
        return Ok(());
    }
    writeln!(out, "\n### Not as expected\n")?;
    for expectation in report.unmet().take(STOPPED) {
        writeln!(out, "- {}", escaped(&expectation.message))?;
    }
    match all.saturating_sub(STOPPED) {
        0 => Ok(()),
        more => writeln!(
            out,
            "- and {}",
            words::count(more as u64, "more expectation")
        ),
    }
}

fn write_findings(report: &Report, digest: &Digest, out: &mut dyn Write) -> io::Result<()> {
    let told: u64 = digest.groups.iter().map(|group| group.count).sum();
    if told > 0 {
        writeln!(
            out,
            "\n### Findings\n\n| severity | rule | what | where | times |\n|---|---|---|---|---:|"
        )?;
    }
    let several = report.captures.len() > 1;
    let (mut rows, mut shown) = (0, 0);
    for group in &digest.groups {
        if rows >= ROWS {
            break;
        }
        let (rule, title) = (group.rule, escaped(group.title));
        let lead = format!("| {} | {rule} {title} |", group.severity.as_str());
        let mut left = group.count;
        for place in group.places.iter().take(ROWS_OF_A_RULE) {
            let (what, count) = (sentence::what(&place.finding), words::number(place.count));
            let (what, at) = (escaped(&what), whereabouts(place, several));
            writeln!(out, "{lead} {what} | {at} | {count} |")?;
            left = left.saturating_sub(place.count);
            rows += 1;
        }
        if left > 0 {
            writeln!(
                out,
                "{lead} | in other captures | {} |",
                words::number(left)
            )?;
            rows += 1;
        }
        shown += group.count;
    }
    let left = told.saturating_sub(shown);
    if left > 0 {
        let left = words::count(left, "more finding");
        writeln!(
            out,
            "\nNot in the table: {left}. Another format of the report has them all."
        )?;
    }
    if digest.hidden > 0 {
        let hidden = words::count(digest.hidden, "finding");
        writeln!(
            out,
            "\n{hidden} of less weight not listed (`--show info` lists all)."
        )?;
    }
    if let Some(group) = digest.groups.first() {
        writeln!(
            out,
            "\n`tcpcheck explain {}` says more about a rule.",
            group.rule
        )?;
    }
    Ok(())
}

/// Of several findings, where the first one is.
fn whereabouts(place: &Place, several: bool) -> String {
    let mut text = sentence::place(&place.finding, place.ends);
    if several {
        text = format!("{}: {text}", place.finding.capture);
    }
    if place.count > 1 {
        text = format!("first: {text}");
    }
    escaped(&text)
}

fn write_withheld(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let withheld = &report.summary.withheld;
    if withheld.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n### Checks that could not be made\n\n| what was missing | checks |\n|---|---:|"
    )?;
    for (need, count) in withheld {
        writeln!(
            out,
            "| {} | {} |",
            escaped(words::need(need)),
            words::number(*count)
        )?;
    }
    Ok(())
}

/// Text that is to be read as it stands, on one line: nothing in it is markup, a link or a mention.
fn escaped(text: &str) -> String {
    let text = shorten(&clean::line(text), WIDTH);
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' => {
                escaped.push('\\');
                escaped.push(character);
            }
            // A backslash would not keep GitHub from seeing a mention or an issue.
            '<' | '>' | '&' | '@' | '#' => {
                escaped.push_str(&format!("&#{};", u32::from(character)));
            }
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model::Loaded;
    use crate::report::sample;

    fn written(report: Loaded) -> String {
        let mut out = Vec::new();
        write(&sample::set_aside(report), Severity::Notice, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn pages_read_well() {
        insta::assert_snapshot!("clean", written(sample::clean()));
        insta::assert_snapshot!("one_error", written(sample::one_error()));
        insta::assert_snapshot!("several", written(sample::several()));
        insta::assert_snapshot!("mid_stream", written(sample::mid_stream()));
        insta::assert_snapshot!("flood", written(sample::flood()));
        insta::assert_snapshot!("many", written(sample::many()));
    }

    #[test]
    fn nothing_in_a_name_is_markup() {
        let text = escaped("a|b`c`<img src=x> @you #1 [l](u) *e* _e_ \\ \n\x1b");
        assert_eq!(
            text,
            "a\\|b\\`c\\`&#60;img src=x&#62; &#64;you &#35;1 \\[l\\](u) \\*e\\* \\_e\\_ \\\\ \
             \\\\n\\\\u{1b}"
        );
    }

    #[test]
    fn a_page_stays_small() {
        let mut report = sample::many();
        let one = report.findings[0].clone();
        for (place, rule) in crate::rules::RULES.iter().enumerate() {
            for id in 0..20 {
                let mut finding = one.clone();
                (finding.rule, finding.connection) = (rule.code, None);
                finding.message = "<".repeat(5_000);
                finding.capture = format!("{place}-{id}-{}.pcap", "x".repeat(5_000))
                    .as_str()
                    .into();
                report.findings.push(finding);
            }
        }
        let text = written(report);
        assert!(text.len() < 1 << 18, "{}", text.len());
        assert!(text.contains("more findings. Another format"), "{text}");
    }
}
