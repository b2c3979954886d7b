//! What lets a run fail, and what was not asked: without it a program could not tell a
//! connection that passed from one that nobody looked at.

use schemars::JsonSchema;
use serde::Serialize;

use crate::finding::{Certainty, Severity};
use crate::rules::{RULES, Rule, judge};
use crate::settings::{FailOn, Settings};

/// When a capture fails the run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Gate {
    /// Least severity of a finding that fails the run; null where none does.
    pub fail_on: Option<Severity>,
    /// Least certainty of such a finding.
    pub fail_certainty: Certainty,
    /// Checks that could not be made fail the run, too.
    pub fail_on_withheld: bool,
    /// Codes of rules that were not asked for: nothing is said by them.
    pub rules_left_out: Vec<&'static str>,
}

impl Gate {
    /// The gate that `settings` ask for.
    #[must_use]
    pub fn of(settings: &Settings) -> Gate {
        let left_out = RULES.iter().filter(|rule| is_left_out(rule, settings));
        Gate {
            fail_on: match settings.fail_on {
                FailOn::Severity(least) => Some(least),
                FailOn::Never => None,
            },
            fail_certainty: settings.fail_certainty,
            fail_on_withheld: settings.fail_on_withheld,
            rules_left_out: left_out.map(|rule| rule.code).collect(),
        }
    }
}

impl Default for Gate {
    fn default() -> Gate {
        Gate::of(&Settings::default())
    }
}

/// Whether nothing can be said by a rule: it is not selected, or each of its cases is off.
fn is_left_out(rule: &Rule, settings: &Settings) -> bool {
    let is_off = |case| judge::severity(rule, case, settings).is_none();
    let cases = rule.cases.iter().map(|(case, _)| Some(*case));
    !settings.wants(rule.code) || (is_off(None) && cases.clone().all(is_off))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::SeverityChoice;

    #[test]
    fn a_gate_says_what_it_asks_for() {
        let gate = Gate::default();
        let asked = (gate.fail_on, gate.fail_certainty);
        assert_eq!(asked, (Some(Severity::Warning), Certainty::Likely));
        let never = Gate::of(&Settings {
            fail_on: FailOn::Never,
            ..Settings::default()
        });
        assert_eq!(never.fail_on, None);
    }

    #[test]
    fn rules_that_cannot_speak_are_named() {
        assert!(Gate::of(&Settings::default()).rules_left_out.is_empty());
        let mut settings = Settings::default();
        settings.ignore.insert("HS001");
        let off = SeverityChoice::Off;
        settings.severities.insert(("TD005", None), off);
        assert_eq!(Gate::of(&settings).rules_left_out, ["HS001", "TD005"]);
        // A case of it is on.
        let case = crate::rules::find("TD005").unwrap().cases.first();
        if let Some((case, _)) = case {
            let on = SeverityChoice::Level(Severity::Info);
            settings.severities.insert(("TD005", Some(*case)), on);
            assert_eq!(Gate::of(&settings).rules_left_out, ["HS001"]);
        }
    }
}
