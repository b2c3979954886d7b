//! HS024: a SYN or SYN-ACK is repeated with other options.
//!
//! RFC 9293, 3.10.8: a retransmission is the segment in the queue; RFC 7323,
//! 2.3: the scale is fixed when the SYN is sent. Compared are the SYNs of one
//! end with the same ISN, or its SYN-ACKs with the same ISS and the same ack,
//! as sets of options. Three forms:
//!
//! * a: both carry a window scale, and the shifts differ; needs no order.
//! * b: a later copy has a larger MSS than every earlier one.
//! * c: a later copy carries an option (MSS, scale, SACK permitted, timestamps,
//!   MPTCP) that no earlier one had.
//!
//! "Later" is a newer TSval, or 0.2 s and two round trips at the monitor, as an
//! original may arrive behind its fall-back. Leaving options out, a smaller
//! MSS and a dropped Fast Open option are legal fall-backs. A SYN-ACK answers
//! the SYN that came last, so b and c are not judged on SYN-ACKs when the
//! opener's SYNs differ. Copies whose options were cut are left out.

use super::opening::openings;
use crate::machine::noted::Noted;
use crate::rules::prelude::*;
use crate::rules::words::the_capital;
use crate::segment::{Captured, NS_PER_MS, OptionSet};
use crate::seq::SeqNo;

/// Copies closer than this are in unknown order without timestamps.
const LATER_MS: u64 = 200;

/// The rule.
pub static RULE: Rule = Rule {
    code: "HS024",
    name: "syn-options-changed",
    title: "SYN or SYN-ACK repeated with other options",
    group: Group::HS,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Header, Need::SynSelf],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &[
        "RFC 9293 3.10.8",
        "RFC 9293 3.7.1",
        "RFC 7323 2.2",
        "RFC 7323 2.3",
        "RFC 7413 4.2.1",
        "RFC 9768 3.1.4.1",
    ],
    folds: &[],
    thresholds: &[("later_ms", LATER_MS)],
    text: Explanation {
        what: "A SYN or SYN-ACK that is sent again repeats its first copy. It may leave things out, in case \
               a box on the way dropped the first for its options. This one offers something \
               else: another window scale, a larger MSS, or an option that was not there before.",
        why: "Nobody knows which copy the other end went by, so the two ends may disagree on what \
              was agreed. With different window scales each reads the other's windows wrongly, \
              and the connection crawls or overruns.",
        exchange: &[
            "A > B  SYN      seq=1000 mss=1460 wscale=7",
            "A > B  SYN      seq=1000 mss=1460 wscale=2    <- another scale",
        ],
        excuses: &[
            "Dropping options, a smaller MSS, or giving up Fast Open are known fall-backs and \
             never reported.",
            "A SYN-ACK answers the latest SYN: when the client's SYNs differ, so may the answers.",
            "The first copy came late and behind its fall-back: copies in unknown order are \
             compared by the window scale only.",
            "SYN cookies, or two servers behind one address.",
            "A router that lowers the MSS on one of two paths.",
        ],
    },
    wakes_on: Observations::SYN_REPEATED,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let copies = || openings(case, side).filter(|syn| syn.captured >= Captured::Header);
        for syn in copies().filter(|syn| syn.saw(Observations::SYN_REPEATED)) {
            let same = |other: &&Noted| {
                other.packet < syn.packet
                    && other.seq == syn.seq
                    && other.is_ack() == syn.is_ack()
                    && (!syn.is_ack() || other.ack == syn.ack)
            };
            let earlier: Vec<&Noted> = copies().filter(same).collect();
            let Some(first) = earlier.first() else {
                continue;
            };
            let steady = !syn.is_ack() || !syns_differ(case, side.peer());
            let change = other_scale(syn, &earlier).or_else(|| {
                steady
                    .then(|| more_than_before(case, syn, &earlier))
                    .flatten()
            });
            let Some(change) = change else { continue };
            verdicts.say(
                Verdict::about(
                    syn,
                    format!(
                        "{} repeated its {} (packet {}) {}.",
                        the_capital(side),
                        if syn.is_ack() { "SYN-ACK" } else { "SYN" },
                        named(first.packet),
                        change.what,
                    ),
                )
                .related(earlier.iter().map(|other| other.packet).take(8))
                .expected(Numbers::default().options(change.before))
                .observed(Numbers::default().seq(syn.seq).options(change.now)),
            );
        }
    }
}

/// What is different, in words.
struct Change {
    what: String,
    before: String,
    now: String,
}

fn other_scale(syn: &Noted, earlier: &[&Noted]) -> Option<Change> {
    let now = syn.options.window_scale()?;
    let before = earlier
        .iter()
        .filter_map(|other| other.options.window_scale())
        .find(|before| *before != now)?;
    Some(Change {
        what: format!("with window scale {now} in place of {before}"),
        before: format!("window scale {before}"),
        now: format!("window scale {now}"),
    })
}

fn more_than_before(case: &Case<'_>, syn: &Noted, earlier: &[&Noted]) -> Option<Change> {
    if !earlier.iter().all(|other| is_later(case, other, syn)) {
        return None;
    }
    let largest = earlier.iter().filter_map(|other| other.options.mss()).max();
    if let (Some(now), Some(before)) = (syn.options.mss(), largest)
        && now > before
    {
        return Some(Change {
            what: format!("with MSS {now}, where it had offered {before} at most"),
            before: format!("MSS {before} or less"),
            now: format!("MSS {now}"),
        });
    }
    let offered = earlier
        .iter()
        .fold(OptionSet::empty(), |set, other| set | other.options.present);
    let (_, name) = OFFERS
        .iter()
        .find(|(option, _)| syn.options.present.contains(*option) && !offered.contains(*option))?;
    Some(Change {
        what: format!("with {name}, which it had not offered before"),
        before: format!("no {name}"),
        now: (*name).to_owned(),
    })
}

/// Options that the two ends agree on by SYN and SYN-ACK.
const OFFERS: [(OptionSet, &str); 5] = [
    (OptionSet::MSS, "MSS"),
    (OptionSet::WINDOW_SCALE, "window scale"),
    (OptionSet::SACK_PERMITTED, "SACK permitted"),
    (OptionSet::TIMESTAMPS, "timestamps"),
    (OptionSet::MPTCP, "MPTCP"),
];

/// `syn` was sent after `earlier`, as far as can be told at the monitor.
fn is_later(case: &Case<'_>, earlier: &Noted, syn: &Noted) -> bool {
    let by_tsval = match (earlier.options.timestamps(), syn.options.timestamps()) {
        (Some((first, _)), Some((second, _))) => SeqNo(second).after(SeqNo(first)),
        _ => false,
    };
    let least = i64::try_from(LATER_MS).unwrap_or(0) * NS_PER_MS;
    let two_rtt = case.connection.rtt_ns().unwrap_or(0).saturating_mul(2);
    by_tsval || syn.time.since(earlier.time) >= least.max(two_rtt)
}

/// The SYNs of `opener` do not all offer the same.
fn syns_differ(case: &Case<'_>, opener: Side) -> bool {
    let offer = |syn: &Noted| {
        let offers = OFFERS
            .iter()
            .fold(OptionSet::empty(), |all, (option, _)| all | *option);
        (syn.options.present & offers, syn.options.mss())
    };
    let mut offers = case.syns(opener).map(offer);
    let first = offers.next();
    offers.any(|other| Some(other) != first)
}
