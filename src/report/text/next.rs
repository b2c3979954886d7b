//! What to do next, as commands to be typed.

use std::borrow::Cow;
use std::io;

use super::Look;
use crate::finding::Finding;
use crate::report::model::Report;
use crate::report::page::Page;
use crate::report::{clean, style};

/// Names the commands that tell more of the first of these findings, the worst, and of the first
/// that is about a connection.
pub fn write<'f>(
    report: &Report,
    mut findings: impl Iterator<Item = &'f Finding>,
    look: &Look,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let Some(worst) = findings.next() else {
        return Ok(());
    };
    // Never broken, so that they can be copied.
    let explained = format!("The rule:        tcpcheck explain {}", worst.rule);
    page.pieces(0, &[(style::FAINT, &explained)])?;
    let of_connection = [worst].into_iter().chain(findings);
    let connection = of_connection
        .filter_map(|finding| finding.connection)
        .next();
    if let Some(id) = connection
        && !look.ladder
    {
        let file = file(report);
        let which = match report.summary.connections {
            1 => String::new(),
            _ => format!("--connection {id} "),
        };
        let drawn = format!("The connection:  tcpcheck --ladder {which}{file}");
        page.pieces(0, &[(style::FAINT, &drawn)])?;
    }
    Ok(())
}

/// What was checked, as a shell takes it: connections have the same numbers only if that is the same.
fn file(report: &Report) -> Cow<'_, str> {
    match report.captures.as_slice() {
        [capture] if &*capture.path != "-" => match clean::line(&capture.path) {
            Cow::Borrowed(path) => quoted(path),
            // A name with control characters is not to be typed.
            Cow::Owned(_) => "FILE".into(),
        },
        [_] => "FILE".into(),
        _ => "FILES".into(),
    }
}

/// The word, quoted if a shell would take it for something else.
fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_alphanumeric() || "_-./@%+=:,".contains(c);
    match word.chars().all(is_plain) {
        true => word.into(),
        false => format!("'{}'", word.replace('\'', r"'\''")).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Severity;
    use crate::report::model::Loaded;
    use crate::report::sample;

    fn commands(mut report: Loaded, ladder: bool) -> Vec<String> {
        let findings = std::mem::take(&mut report.findings);
        let look = Look {
            ladder,
            ..Look::plain(80, Severity::Notice)
        };
        let mut out = Vec::new();
        let page = &mut Page::new(&mut out, 80);
        write(&sample::set_aside(report), findings.iter(), &look, page).unwrap();
        let text = anstream::adapter::strip_bytes(&out).into_vec();
        let text = String::from_utf8(text).unwrap();
        let command = |line: &str| line.split_once(":  ").unwrap().1.trim().to_owned();
        text.lines().map(command).collect()
    }

    #[test]
    fn commands_can_be_typed() {
        let mut report = sample::one_error();
        let next = commands(report.clone(), false);
        assert_eq!(
            next,
            ["tcpcheck explain HS001", "tcpcheck --ladder lab.pcap"]
        );
        assert_eq!(commands(report.clone(), true), ["tcpcheck explain HS001"]);
        report.summary.connections = 7;
        for (name, typed) in [
            ("a b.pcap", "'a b.pcap'"),
            ("it's.pcap", r"'it'\''s.pcap'"),
            ("測試.pcap", "測試.pcap"),
            ("$(x).pcap", "'$(x).pcap'"),
            ("a\x1b[2J.pcap", "FILE"),
            ("-", "FILE"),
        ] {
            report.captures[0].path = name.into();
            let next = commands(report.clone(), false);
            assert_eq!(next[1], format!("tcpcheck --ladder --connection 1 {typed}"));
        }
        assert!(commands(sample::clean(), false).is_empty());
        assert!(commands(sample::several(), false)[1].ends_with(" FILES"));
    }
}
