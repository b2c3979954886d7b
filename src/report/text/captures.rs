//! What the captures are worth.

use std::io;

use crate::finding::Severity;
use crate::report::model::{CaptureReport, Report};
use crate::report::page::{Page, shorten};
use crate::report::{style, words};

/// Up to so many captures, all are described.
pub const MAX_ALL: usize = 4;
/// Comments shown of a capture, and columns of each.
const COMMENTS: usize = 3;
const COMMENT_WIDTH: usize = 160;
/// Of more, so many of those that have a flaw.
const MAX_FLAWED: usize = 10;

/// The captures; only those with a flaw when they are many.
pub fn write(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let all: Vec<&CaptureReport> = report.captures.iter().collect();
    if all.len() <= MAX_ALL {
        for capture in all {
            describe(capture, page)?;
        }
    } else {
        let (flawless, mut flawed): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|c| is_flawless(c));
        flawed.sort_by_key(|capture| capture.complete);
        for capture in flawed.iter().take(MAX_FLAWED) {
            describe(capture, page)?;
        }
        let others = [
            (
                flawed.len().saturating_sub(MAX_FLAWED),
                "with notes, too (--format json has them)",
            ),
            (
                flawless.len(),
                "read whole, with nothing in them that weakens a verdict",
            ),
        ];
        for (count, what) in others {
            if count > 0 {
                page.blank()?;
                page.paragraph(
                    0,
                    &format!("{} {what}.", words::count(count as u64, "capture")),
                )?;
            }
        }
    }
    if report.summary.skipped_files > 0 {
        let files = words::count(report.summary.skipped_files, "file");
        let verb = if report.summary.skipped_files == 1 {
            "is no capture"
        } else {
            "are no captures"
        };
        page.blank()?;
        page.paragraph(0, &format!("{files} found in directories {verb}; skipped."))?;
    }
    Ok(())
}

pub fn is_flawless(capture: &CaptureReport) -> bool {
    capture.complete
        && capture.error.is_none()
        && capture.notes.is_empty()
        && capture.limits.is_empty()
}

fn describe(capture: &CaptureReport, page: &mut Page<'_>) -> io::Result<()> {
    page.blank()?;
    let name = match &*capture.path {
        "-" => "Standard input".to_owned(),
        path => format!("Capture {path}"),
    };
    // Never broken, so that the path can be copied.
    page.pieces(0, &[(style::HEAD, &name)])?;
    if capture.packets > 0 {
        page.paragraph(2, &contents(capture))?;
    }
    if let Some(error) = &capture.error {
        let lead = match (capture.complete, capture.packets) {
            (true, _) => "problem: ",
            (false, 0) => "not read: ",
            (false, _) => "not complete: ",
        };
        page.hang(2, lead, style::of(Severity::Error), error)?;
    }
    for note in &capture.notes {
        let times = match note.count {
            0 | 1 => String::new(),
            count => format!(" ({} times)", words::number(count)),
        };
        let lead = format!("{} ", note.rule);
        page.hang(
            2,
            &lead,
            style::of(Severity::Notice),
            &format!("{}{times}", note.message),
        )?;
    }
    for limit in &capture.limits {
        page.hang(2, "note ", style::of(Severity::Notice), &limit.message)?;
    }
    comments(capture, page)?;
    if is_flawless(capture) && capture.tcp_segments > 0 {
        page.faint(2, "read whole; nothing in it weakens a verdict")?;
    }
    Ok(())
}

/// What somebody wrote into the file; of much, the beginning.
fn comments(capture: &CaptureReport, page: &mut Page<'_>) -> io::Result<()> {
    for comment in capture.comments.iter().take(COMMENTS) {
        let lead = match comment.packet {
            Some(packet) => format!("comment on packet {packet}: "),
            None => "comment: ".to_owned(),
        };
        let words: Vec<&str> = comment.text.split_whitespace().collect();
        let text = shorten(&words.join(" "), COMMENT_WIDTH);
        page.hang(2, &lead, style::FAINT, &text)?;
    }
    let others = capture.comments.len().saturating_sub(COMMENTS) as u64;
    if others > 0 {
        let others = words::count(others, "more comment");
        page.faint(2, &format!("{others} (--format json has them)"))?;
    }
    Ok(())
}

pub fn contents(capture: &CaptureReport) -> String {
    let mut parts = Vec::new();
    parts.extend(capture.format.clone());
    if !capture.link_types.is_empty() {
        let names = capture.link_types.iter().map(|name| link_type(name));
        parts.push(names.collect::<Vec<_>>().join(", "));
    }
    let packets = words::count(capture.packets, "packet");
    parts.push(match capture.tcp_segments {
        0 => format!("{packets}, none of them TCP"),
        all if all == capture.packets => format!("{packets}, all TCP"),
        some => format!("{packets}, {} of them TCP", words::number(some)),
    });
    if let Some(start) = capture.start {
        let lasted = super::seconds(capture.duration_s.0, start.digits);
        parts.push(format!("{lasted} s from {start}"));
    }
    if !capture.undecoded.is_empty() {
        let reasons = capture.undecoded.iter();
        let reasons: Vec<_> = reasons
            .map(|(reason, n)| format!("{} {}", words::number(*n), undecoded(reason, *n)))
            .collect();
        parts.push(format!("the others: {}", reasons.join(", ")));
    }
    parts.join("; ")
}

/// A link type that has only a number says so.
fn link_type(name: &str) -> String {
    match name.bytes().all(|octet| octet.is_ascii_digit()) {
        true => format!("link type {name}"),
        false => name.to_owned(),
    }
}

/// What `n` frames are in place of TCP, to stand behind their number.
fn undecoded(reason: &str, n: u64) -> &str {
    match (reason, n) {
        ("not-ip", _) => "not IP",
        ("not-tcp", _) => "not TCP",
        ("ip-fragment", 1) => "fragment that could not be put together",
        ("ip-fragment", _) => "fragments that could not be put together",
        ("fragment-joined", 1) => "fragment that a later one completes",
        ("fragment-joined", _) => "fragments that a later one completes",
        ("link-type-unsupported", _) => "of a link type that is not read",
        ("tunnel-unsupported", _) => "in tunnels that are not looked into",
        ("tunnel-too-deep", _) => "in too many tunnels",
        ("link-encrypted", _) => "encrypted on the link",
        ("frame-damaged", _) => "damaged on the link",
        ("frame-too-short", _) => "cut before the end of the IP header",
        ("ip-malformed", _) => "with a malformed IP header",
        ("ipv6-extension-unsupported", _) => "behind an unknown IPv6 extension header",
        ("esp", _) => "encrypted by IPsec (ESP)",
        ("tcp-header-cut", _) => "with TCP cut in its header",
        ("tcp-too-short", _) => "with TCP too short for its header",
        (other, _) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::undecoded;
    use crate::decode::Undecoded;

    #[test]
    fn every_reason_has_words() {
        for reason in Undecoded::ALL {
            assert_ne!(undecoded(reason.as_str(), 2), reason.as_str());
        }
        assert_eq!(
            undecoded("fragment-joined", 1),
            "fragment that a later one completes"
        );
    }
}
