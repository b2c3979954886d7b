//! Findings that are right: smoltcp does what the rule says, or the scenario
//! makes it do so.

use std::collections::BTreeMap;

use smoltcp::socket::tcp::State as Stack;
use tcpcheck::finding::{Finding, Role};

use crate::side::{Both, Side};
use crate::truth::{Life, Lives};

/// Likely findings are failures as well as definite ones.
pub const LIKELY_FAILS: bool = false;

/// A rule whose finding is right.
struct Waiver {
    rule: &'static str,
    reason: &'static str,
    /// Whether it is right here.
    holds: fn(&Found<'_>) -> bool,
}

/// A finding, and the lives of both stacks beside it.
struct Found<'a> {
    finding: &'a Finding,
    /// Of the endpoint that the finding names, and of its peer.
    own: Option<&'a Life>,
    /// The same endpoint in the round before.
    before: Option<&'a Life>,
}

const WAIVERS: &[Waiver] = &[
    Waiver {
        rule: "TW003",
        reason: "the program aborts in TIME-WAIT, smoltcp obeys, and opens again at once \
                 (RFC 9293, 3.10.5 lets it end, 3.6.1 asks it to stay)",
        holds: |found| {
            found
                .before
                .is_some_and(|life| life.gave_up_in(Stack::TimeWait))
        },
    },
    Waiver {
        rule: "RS002",
        reason: "smoltcp that gives up in SYN-SENT sends a RST, which RFC 9293, 3.10.5 does not \
                 ask for, numbered ISS when its SYN is due again",
        holds: |found| {
            found
                .own
                .is_some_and(|life| life.gave_up_in(Stack::SynSent))
        },
    },
    Waiver {
        rule: "TD009",
        reason: "smoltcp takes SND.NXT back to SND.UNA when its retransmission timer expires; an \
                 ACK that it sends before the FIN again has the number of the FIN",
        holds: |_| true,
    },
];

/// What was found by rule.
#[derive(Default)]
pub struct Tally {
    pub waived: BTreeMap<&'static str, u64>,
    pub likely: BTreeMap<&'static str, (u64, String)>,
}

impl Tally {
    pub fn likely(&mut self, name: &str, finding: &Finding) {
        let first = || format!("{name}: {}", finding.message);
        let entry = self
            .likely
            .entry(finding.rule)
            .or_insert_with(|| (0, first()));
        entry.0 += 1;
    }

    pub fn add(&mut self, other: Tally, seed: u64) {
        for (rule, count) in other.waived {
            *self.waived.entry(rule).or_default() += count;
        }
        for (rule, (count, message)) in other.likely {
            let named = || (0, format!("seed {seed}: {message}"));
            self.likely.entry(rule).or_insert_with(named).0 += count;
        }
    }
}

/// Whether a waiver covers the finding, made in `round`. `roles`: who of the two
/// hosts is client and server there.
pub fn covers(
    finding: &Finding,
    round: usize,
    roles: &Option<Both<Role>>,
    lives: &Lives,
    tally: &mut Tally,
) -> bool {
    let side = roles.as_ref().and_then(|roles| {
        let named = |side: &Side| Some(*roles.of(*side)) == finding.endpoint;
        Side::BOTH.into_iter().find(named)
    });
    let life = |round: usize| side.and_then(|side| lives.get(round).map(|both| both.of(side)));
    let found = Found {
        finding,
        own: life(round),
        before: round.checked_sub(1).and_then(life),
    };
    let waiver = WAIVERS
        .iter()
        .find(|waiver| waiver.rule == finding.rule && (waiver.holds)(&found));
    if let Some(waiver) = waiver {
        *tally.waived.entry(waiver.rule).or_default() += 1;
    }
    waiver.is_some()
}

/// The table, with how often each was needed.
pub fn reasons(tally: &Tally) -> impl Iterator<Item = String> {
    WAIVERS.iter().map(|waiver| {
        let count = tally.waived.get(waiver.rule).copied().unwrap_or(0);
        format!("{} {count} times: {}", waiver.rule, waiver.reason)
    })
}
