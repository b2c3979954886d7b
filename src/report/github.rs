//! The report as workflow commands of GitHub Actions, which become annotations of the run, and the
//! verdict as a line of its log.
//!
//! GitHub shows ten errors, ten warnings and ten notices of a step, and drops the others unseen. So
//! there is an annotation for each rule and capture, the worst first, with the number of those
//! like it; and the tenth says what is left.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::digest::{Digest, Group, Place};
use super::model::Report;
use super::text::verdict;
use super::{clean, sentence, words};
use crate::finding::Severity;

/// Annotations of one level that GitHub shows of a step.
const SHOWN: usize = 10;

/// Writes the commands; `show` is the least severity of a finding that becomes one.
///
/// # Errors
/// Those of `out`, and of the temporary file that holds a large report.
pub fn write(report: &Report, show: Severity, out: &mut dyn Write) -> io::Result<()> {
    let digest = Digest::of(report, show)?;
    for level in [Level::Error, Level::Warning, Level::Notice] {
        let mut told = annotations(report, &digest, level);
        if told.len() > SHOWN {
            let rest = told.split_off(SHOWN - 1);
            told.push(remainder(&rest));
        }
        for annotation in told {
            annotation.write(level, out)?;
        }
    }
    // It begins with a word of its own, so that nothing in it is taken for a command.
    let (verdict, counts) = (clean::line(&digest.verdict), verdict::counts(report));
    writeln!(out, "tcpcheck: {verdict} {counts}")
}

/// Levels of annotations.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Level {
    Error,
    Warning,
    Notice,
}

impl Level {
    const fn of(severity: Severity) -> Level {
        match severity {
            Severity::Error => Level::Error,
            Severity::Warning => Level::Warning,
            Severity::Notice | Severity::Info => Level::Notice,
        }
    }

    const fn command(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Notice => "notice",
        }
    }
}

/// What is shown beside a file.
struct Annotation {
    /// As it was given; `None` for standard input, and for more than one.
    file: Option<String>,
    title: String,
    message: String,
    /// What it tells of.
    about: About,
}

enum About {
    /// A capture that could not be checked as a whole.
    Capture,
    /// A capture that is not as expected.
    Expectation,
    /// So many findings of a rule.
    Findings(&'static str, u64),
}

/// The annotations of a level: captures first, which weigh more than what was found in them;
/// then one for each rule, then those of its other captures.
fn annotations(report: &Report, digest: &Digest, level: Level) -> Vec<Annotation> {
    let mut all = Vec::new();
    if level == Level::Error {
        all.extend(report.stopped_by().map(|capture| Annotation {
            file: file(&capture.path),
            title: "The capture could not be checked as a whole".to_owned(),
            message: capture.error.clone().unwrap_or_default(),
            about: About::Capture,
        }));
    }
    if level == Level::Error {
        all.extend(report.unmet().map(|expectation| Annotation {
            file: expectation.capture.as_deref().and_then(file),
            title: "The capture is not as expected".to_owned(),
            message: expectation.message.clone(),
            about: About::Expectation,
        }));
    }
    let groups = digest.groups.iter();
    let groups: Vec<&Group> = groups
        .filter(|group| Level::of(group.severity) == level)
        .collect();
    let most = groups
        .iter()
        .map(|group| group.places.len())
        .max()
        .unwrap_or_default();
    for nth in 0..most {
        for group in &groups {
            all.extend(group.places.get(nth).map(|place| Annotation {
                file: file(&place.finding.capture),
                title: title(group),
                message: message(place),
                about: About::Findings(group.rule, place.count),
            }));
        }
    }
    for group in groups {
        let elsewhere = group.elsewhere();
        all.extend((elsewhere > 0).then(|| Annotation {
            file: None,
            title: title(group),
            message: format!("{} more in other captures.", words::number(elsewhere)),
            about: About::Findings(group.rule, elsewhere),
        }));
    }
    all
}

fn title(group: &Group) -> String {
    format!("{} {}", group.rule, group.title)
}

fn file(path: &str) -> Option<String> {
    (path != "-").then(|| path.to_owned())
}

fn message(place: &Place) -> String {
    let (what, at) = (
        sentence::what(&place.finding),
        sentence::place(&place.finding, place.ends),
    );
    let rfc = match place.finding.rfc {
        [] => String::new(),
        clauses => format!(" ({})", clauses.join(", ")),
    };
    let more = match place.count {
        1 => String::new(),
        n => format!("\n{} more in this capture.", words::number(n - 1)),
    };
    format!("{what}\n{at}{rfc}{more}")
}

/// What GitHub would not show.
fn remainder(rest: &[Annotation]) -> Annotation {
    let (mut captures, mut unmet, mut findings, mut rules) = (0, 0, 0, BTreeSet::new());
    for annotation in rest {
        match annotation.about {
            About::Capture => captures += 1,
            About::Expectation => unmet += 1,
            About::Findings(rule, count) => {
                findings += count;
                rules.insert(rule);
            }
        }
    }
    let mut told = Vec::new();
    if captures > 0 {
        let captures = words::count(captures, "capture");
        told.push(format!("{captures} that could not be checked as a whole"));
    }
    if unmet > 0 {
        told.push(words::count(unmet, "unmet expectation"));
    }
    if findings > 0 {
        let rules: Vec<&str> = rules.into_iter().collect();
        let (findings, rules) = (
            words::count(findings, "finding"),
            words::list(&rules, "and"),
        );
        told.push(format!("{findings} ({rules})"));
    }
    let told = words::list(&told, "and");
    Annotation {
        file: None,
        title: "More than GitHub shows".to_owned(),
        message: format!("Not shown: {told}. Another format of the report has them all."),
        about: About::Capture,
    }
}

impl Annotation {
    fn write(&self, level: Level, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "::{} ", level.command())?;
        if let Some(file) = &self.file {
            write!(out, "file={},", property(&clean::line(file)))?;
        }
        let (title, message) = (clean::line(&self.title), clean::lines(&self.message));
        writeln!(out, "title={}::{}", property(&title), data(&message))
    }
}

/// The text behind the colons, where a line must not end.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A value in front of them, where a comma begins the next one.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
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
    fn annotations_read_well() {
        insta::assert_snapshot!("clean", written(sample::clean()));
        insta::assert_snapshot!("one_error", written(sample::one_error()));
        insta::assert_snapshot!("several", written(sample::several()));
        insta::assert_snapshot!("flood", written(sample::flood()));
        insta::assert_snapshot!("many", written(sample::many()));
    }

    /// A file's name must not be able to give commands to the runner.
    #[test]
    fn each_line_is_one_command_or_the_verdict() {
        let name = "a\n::error::x\r%0A,title=b:\u{1b}[31m.pcap";
        let mut report = sample::one_error();
        report.captures[0].path = name.into();
        report.captures[0].error = Some(format!("cannot be read: {name}"));
        report.captures[0].complete = false;
        report.summary.exit_status = 2;
        for finding in &mut report.findings {
            finding.capture = name.into();
        }
        let text = written(report);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert!(lines[2].starts_with("tcpcheck: "));
        for line in &lines[..2] {
            let file =
                r"::error file=a\n%3A%3Aerror%3A%3Ax\r%250A%2Ctitle=b%3A\u{1b}[31m.pcap,title=";
            assert!(line.starts_with(file), "{line}");
            assert!(!line.contains(clean::is_unsafe));
        }
    }

    #[test]
    fn more_than_github_shows_is_summed_up() {
        let mut report = sample::many();
        let one = report.findings[0].clone();
        for id in 1..=30 {
            let mut finding = one.clone();
            (finding.connection, finding.capture) = (None, format!("{id}.pcap").as_str().into());
            report.findings.push(finding);
        }
        let text = written(report);
        let errors: Vec<_> = text
            .lines()
            .filter(|line| line.starts_with("::error"))
            .collect();
        assert_eq!(errors.len(), SHOWN);
        assert!(
            errors[9].contains("Not shown: 26 findings (HS001)"),
            "{}",
            errors[9]
        );
    }
}
