//! CA004: frames were cut by the snap length.
//!
//! Condition: of some segments of the connection, options (a) or data (b) were
//! not captured whole. (a) withholds what needs the header, (b) what needs
//! data or checksums. Lengths always come from the IP header, so sequence
//! numbers are sound all the same. That the file itself ends inside a record is
//! found for the capture as a whole (`flow/quality`), under the same code.

use super::remark::about_connection;
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "CA004",
    name: "frames-cut",
    title: "Frames cut by the snap length or the file",
    group: Group::CA,
    severity: Severity::Info,
    cases: &[],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Capture,
    sound_from: SoundFrom::AnyVantage,
    needs: &[],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &[],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "The capture holds only the beginning of each packet (the snap length), or the file \
               ends in the middle of one.",
        why: "Sequence numbers can still be checked, because lengths come from the IP header. What \
              needs the data (checksums, repeated data that differs) or the options (window scale, \
              time stamps, SACK) cannot be checked where these were cut, and is withheld. A snap \
              length of 128 octets keeps all TCP headers; 0 or 262144 keeps everything.",
        exchange: &["packet 12: captured 54 of 1514 octets   (no options, no data)"],
        excuses: &["None is needed: it is a remark about the capture, not about anybody."],
    },
    wakes_on: Observations::ENDED,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let sum = |count: fn(&crate::machine::end::Traces) -> u32| {
        let of = |side| u64::from(count(&case.end(side).traces));
        of(Side::Client) + of(Side::Server)
    };
    let (options, payload) = (sum(|t| t.cut_options), sum(|t| t.cut_payload));
    if options + payload == 0 {
        return;
    }
    let message = match (options, payload) {
        (0, n) => format!(
            "Of {} the capture holds the header but not all of the data.",
            segments(n)
        ),
        (n, 0) => format!("Of {} not even all TCP options were captured.", segments(n)),
        (n, m) => format!(
            "Of {} not even all TCP options were captured, and of {m} more not all of the data.",
            segments(n)
        ),
    };
    verdicts.say(
        about_connection(case.connection.first.1, message)
            .observed(Numbers::default().count(options + payload)),
    );
}

fn segments(count: u64) -> String {
    match count {
        1 => "one segment".to_owned(),
        count => format!("{count} segments"),
    }
}
