//! The report for people: the verdict first, then what it rests on.

pub(super) mod captures;
pub(super) mod card;
mod connections;
mod findings;
pub mod ladder;
pub mod live;
pub(super) mod narrowed;
mod next;
pub(super) mod numbers;
pub(super) mod settled;
mod tunnels;
pub(super) mod verdict;
mod withheld;

pub use connections::{MAX_CARDS, ROWS};
pub use findings::NAMED_OF_A_RULE;

use std::io::{self, Write};

use super::glyphs::Glyphs;
use super::model::Report;
use super::page::Page;
use crate::finding::{CaptureName, Moment, Severity};
use crate::segment::NS_PER_S;

/// How the text is to look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Look {
    /// Columns.
    pub width: usize,
    /// Least severity that is listed.
    pub show: Severity,
    /// Connections are drawn as ladders.
    pub ladder: bool,
    /// With these characters.
    pub glyphs: Glyphs,
}

impl Look {
    /// On a page of so many columns, without drawings.
    #[must_use]
    pub const fn plain(width: usize, show: Severity) -> Look {
        Look {
            width,
            show,
            ladder: false,
            glyphs: Glyphs::Unicode,
        }
    }
}

/// Writes the report, with styles; the stream takes them out where they don't
/// belong.
///
/// All connections and findings are looked at once; each part keeps of them
/// what it is going to tell.
pub fn write(report: &Report, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let mut verdict = verdict::Grounds::default();
    let mut connections = connections::Overview::new(look);
    let mut findings = findings::Groups::new(report, look);
    let mut withheld = withheld::Rules::default();
    let records = report.records();
    // The verdict is about all, whatever is shown.
    let listed = records.whole().each(|mut record| {
        verdict.add(&record);
        withheld.add(&record);
        if !records.keep(&mut record)? {
            return Ok(());
        }
        findings.add(&record)?;
        connections.add(record)
    })?;
    let counted = records.counted();
    verdict.add_counted(counted);
    findings.add_counted(counted);
    connections.add_counted(counted, listed);
    let mut page = Page::new(out, look.width).with(look.glyphs);
    verdict.write(report, &mut page)?;
    captures::write(report, &mut page)?;
    narrowed::write(report, &mut page)?;
    connections.write(report, look, &mut page)?;
    findings.write(report, look, &mut page)?;
    withheld.write(report, &mut page)?;
    settled::write(report, &mut page)?;
    verdict::write_counts(report, &mut page)
}

/// Seconds since the capture began, as Wireshark shows them, with the digits
/// that the capture resolves.
pub(super) fn clock(report: &Report, capture: &CaptureName, moment: Moment) -> Option<String> {
    let capture = report.captures.iter().find(|c| c.path == *capture)?;
    let ns = moment.at.since(capture.start?.at);
    Some(seconds(ns, moment.digits))
}

/// A decimal number of seconds with so many digits behind the point.
pub(super) fn seconds(ns: i64, digits: u8) -> String {
    let sign = if ns < 0 { "-" } else { "" };
    let (seconds, rest) = (
        ns.unsigned_abs() / NS_PER_S.unsigned_abs(),
        ns.unsigned_abs() % NS_PER_S.unsigned_abs(),
    );
    let fraction = format!("{rest:09}");
    match fraction.get(..usize::from(digits.min(9))) {
        None | Some("") => format!("{sign}{seconds}"),
        Some(digits) => format!("{sign}{seconds}.{digits}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model::Loaded;
    use crate::report::sample;

    fn styled(report: Loaded, look: &Look) -> String {
        let mut out = Vec::new();
        write(&sample::set_aside(report), look, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn plain(report: Loaded, look: &Look) -> String {
        anstream::adapter::strip_str(&styled(report, look)).to_string()
    }

    const LOOK: Look = Look {
        width: 80,
        show: Severity::Notice,
        ladder: false,
        glyphs: Glyphs::Unicode,
    };

    #[test]
    fn reports_read_well() {
        insta::assert_snapshot!("clean", plain(sample::clean(), &LOOK));
        insta::assert_snapshot!("one_error", plain(sample::one_error(), &LOOK));
        insta::assert_snapshot!("several", plain(sample::several(), &LOOK));
        insta::assert_snapshot!("incomplete", plain(sample::incomplete(), &LOOK));
        insta::assert_snapshot!("mid_stream", plain(sample::mid_stream(), &LOOK));
        insta::assert_snapshot!("flood", plain(sample::flood(), &LOOK));
        insta::assert_snapshot!("nothing", plain(sample::empty(), &LOOK));
        insta::assert_snapshot!("tunnels", plain(sample::tunnels(), &LOOK));
        let wide = Look { width: 120, ..LOOK };
        insta::assert_snapshot!("many_wide", plain(sample::many(), &wide));
    }

    #[test]
    fn tunnels_are_told_once() {
        let several = sample::tunnels();
        let chain = &several.connections[1].tunnels;
        // On the only card.
        let mut one = sample::clean();
        one.connections[0].tunnels.clone_from(chain);
        insta::assert_snapshot!("tunnel_of_one", plain(one, &LOOK));
        // Before the table, where it holds of all.
        let mut shared = several.clone();
        for connection in &mut shared.connections {
            connection.tunnels.clone_from(chain);
        }
        let text = plain(shared, &LOOK);
        let within = "all in VXLAN 42 between 10.0.0.1 and 10.0.0.2, in GRE between 2001:db8::1";
        assert!(text.contains(within) && !text.contains("Tunnel"), "{text}");
        // Beyond what is kept by name.
        let mut unnamed = sample::clean();
        let reason = "more tunnels were captured than are kept by name".to_owned();
        let undetermined = &mut unnamed.connections[0].undetermined;
        undetermined.insert(crate::report::model::Field::Tunnels, reason);
        let text = plain(unnamed, &LOOK);
        assert!(
            text.contains("tunnel    cannot be told: more tunnels"),
            "{text}"
        );
    }

    /// All states one by one would tell no more.
    #[test]
    fn an_end_that_may_be_in_any_state_is_in_an_unknown_one() {
        use crate::machine::state::{State, StateSet};
        let mut report = sample::clean();
        let connection = &mut report.connections[0];
        connection.final_state.client = None;
        connection.possible_final_states.client = StateSet::of(&State::ALL);
        assert!(plain(report, &LOOK).contains("ended in  client unknown; server "));
    }

    #[test]
    fn what_is_shown_is_chosen() {
        let all = Look {
            show: Severity::Info,
            ..LOOK
        };
        assert!(plain(sample::one_error(), &all).contains("RT004"));
        let errors = Look {
            show: Severity::Error,
            ..LOOK
        };
        assert!(!plain(sample::flood(), &errors).contains("AT001"));
    }

    #[test]
    fn colour_is_on_what_matters() {
        let text = styled(sample::one_error(), &LOOK);
        insta::assert_snapshot!("styled", text.replace('\x1b', "^"));
    }

    #[test]
    fn lines_keep_to_the_width() {
        use unicode_width::UnicodeWidthStr;
        for width in [60, 80, 120, 300] {
            for report in sample::all() {
                for line in plain(report.clone(), &Look { width, ..LOOK }).lines() {
                    let longest_word = line.trim().split("  ").map(UnicodeWidthStr::width).max();
                    // Commands are not broken, so that they can be copied.
                    let is_command = line.contains(":  tcpcheck ");
                    let fits = line.width() <= width
                        || longest_word >= Some(width - 12)
                        || is_command && line.width() < 80;
                    assert!(fits, "{} > {width}: {line}", line.width());
                }
            }
        }
    }

    #[test]
    fn nothing_raw_reaches_the_terminal() {
        let text = plain(sample::several(), &LOOK);
        assert!(text.contains("\\u{1b}[31m") && !text.contains('\x1b'));
    }
}
