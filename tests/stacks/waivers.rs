//! Findings that are right: smoltcp does what the rule says, or the scenario
//! makes it do so.

use std::collections::BTreeMap;

use tcpcheck::finding::Finding;

use crate::side::Both;
use crate::truth::Life;

/// Likely findings are failures as well as definite ones.
pub const LIKELY_FAILS: bool = false;

/// A rule whose finding is right.
struct Waiver {
    rule: &'static str,
    reason: &'static str,
    /// Whether it is right here.
    holds: fn(&Finding, &Both<Life>) -> bool,
}

const WAIVERS: &[Waiver] = &[];

/// What was found by rule.
#[derive(Default)]
pub struct Tally {
    pub waived: BTreeMap<&'static str, u64>,
    pub likely: BTreeMap<&'static str, (u64, String)>,
}

impl Tally {
    pub fn likely(&mut self, finding: &Finding) {
        let first = || finding.message.clone();
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

/// Whether a waiver covers the finding.
pub fn covers(finding: &Finding, lives: &Both<Life>, tally: &mut Tally) -> bool {
    let waiver = WAIVERS
        .iter()
        .find(|waiver| waiver.rule == finding.rule && (waiver.holds)(finding, lives));
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
