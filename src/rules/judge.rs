//! From verdicts to what is reported: needs, certainty, severity, folding.

mod fold;

use std::sync::LazyLock;

use self::fold::fold;

use super::RULES;
use super::case::Case;
use super::needs::{self, Needs, Standing};
use super::rule::{Check, Group, Need, Rule};
use super::verdict::{Verdict, Verdicts};
use crate::finding::{Certainty, Severity};
use crate::machine::connection::Connection;
use crate::machine::side::Side;
use crate::observation::Observations;
use crate::settings::{Profile, Settings, SeverityChoice};

/// A verdict that stands.
#[derive(Clone, Debug)]
pub struct Ruling {
    /// By which rule.
    pub rule: &'static Rule,
    /// What it says.
    pub verdict: Verdict,
    /// How bad, by the settings.
    pub severity: Severity,
    /// How sure.
    pub certainty: Certainty,
    /// How many other verdicts are folded under it.
    pub followers: u64,
}

/// The outcome for one connection.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// What stands, in order of packet.
    pub rulings: Vec<Ruling>,
    /// Checks that could not be made: code and need.
    pub withheld: Vec<(&'static str, Need)>,
}

/// Judges one connection by all rules that the settings ask for.
#[must_use]
pub fn judge(case: &Case<'_>) -> Judgement {
    let mut judgement = Judgement::default();
    let refuted = Side::BOTH.map(|side| Needs::refuted(case, side));
    let mut verdicts = Verdicts::default();
    let seen = seen(case.connection);
    for waking in WAKING.iter() {
        if seen.intersects(waking.on) && case.settings.wants(waking.rule.code) {
            apply(waking, refuted, case, &mut verdicts, &mut judgement);
        }
    }
    if !judgement.rulings.is_empty() {
        fold(&mut judgement.rulings);
    }
    // Folding comes before `--severity ...=off`, so that switching a rule off
    // does not bring its followers to the surface.
    judgement.rulings.retain_mut(|ruling| {
        match severity(ruling.rule, ruling.verdict.case, case.settings) {
            Some(severity) => ruling.severity = severity,
            None => return false,
        }
        true
    });
    judgement
        .rulings
        .sort_by_key(|r| (r.verdict.packet.unwrap_or(u64::MAX), r.rule.code));
    judgement
        .withheld
        .sort_by_key(|(code, need)| (*code, *need));
    judgement.withheld.dedup();
    judgement
}

/// A rule about connections, and what decides whether it looks at one. Most rules look at few:
/// what is asked of all of them stands close together.
struct Waking {
    /// Where the opening was not captured, nothing of it wakes the rules that
    /// need it; the report says all the same that they were not applied.
    on: Observations,
    needs: Needs,
    rule: &'static Rule,
    check: fn(&Case<'_>, &mut Verdicts),
}

static WAKING: LazyLock<Vec<Waking>> =
    LazyLock::new(|| RULES.iter().copied().filter_map(Waking::of).collect());

impl Waking {
    fn of(rule: &'static Rule) -> Option<Waking> {
        let of_opening = |n: &Need| matches!(n, Need::Handshake | Need::SynSelf | Need::SynPeer);
        let Check::Connection(check) = rule.check else {
            return None;
        };
        let mut on = rule.wakes_on;
        if rule.needs.iter().any(of_opening) {
            on |= Observations::MID_STREAM;
        }
        Some(Waking {
            on,
            needs: Needs::of(rule.needs),
            rule,
            check,
        })
    }
}

/// What wakes rules.
fn seen(connection: &Connection) -> Observations {
    let mut seen = connection.seen;
    seen.set(Observations::MID_STREAM, connection.mid_stream);
    seen
}

/// `refuted`: what the connection does not meet, for the client and for the server; `verdicts`:
/// an empty list, and so it is left.
fn apply(
    waking: &Waking,
    refuted: [Needs; 2],
    case: &Case<'_>,
    verdicts: &mut Verdicts,
    judgement: &mut Judgement,
) {
    let Waking { rule, check, .. } = *waking;
    let missing = |refuted: Needs| {
        let any = refuted.intersects(waking.needs);
        any.then(|| refuted.first_of(rule.needs)).flatten()
    };
    let [of_client, of_server] = refuted.map(missing);
    if let (Some(need), Some(_)) = (of_client, of_server) {
        judgement.withheld.push((rule.code, need));
        return;
    }
    check(case, verdicts);
    // As nearly always.
    if verdicts.is_empty() {
        return;
    }
    judgement
        .withheld
        .extend(verdicts.withheld.drain(..).map(|need| (rule.code, need)));
    // A finding on the form of a segment rests on no other segment.
    let by_history = rule.severity >= Severity::Warning && rule.group != Group::FL;
    for verdict in verdicts.given.drain(..) {
        let about = verdict.endpoint.unwrap_or(Side::Client);
        let header = rule.needs.contains(&Need::Header) && !verdict.header_sound;
        let need = if header || by_history && needs::took_in_damaged(case) {
            Some(Need::Header)
        } else if case.refuted.is_some() && !stands_alone(rule) {
            case.refuted
        } else {
            match about {
                Side::Client => of_client,
                Side::Server => of_server,
            }
        };
        if let Some(need) = need {
            judgement.withheld.push((rule.code, need));
            continue;
        }
        let certainty = certainty(rule, &verdict, case, about);
        judgement.rulings.push(Ruling {
            rule,
            verdict,
            severity: rule.severity,
            certainty,
            followers: 0,
        });
    }
}

/// Whether what a rule says rests on one segment only, or is about the capture.
const fn stands_alone(rule: &Rule) -> bool {
    matches!(rule.group, Group::FL | Group::CA)
}

fn certainty(rule: &Rule, verdict: &Verdict, case: &Case<'_>, about: Side) -> Certainty {
    let claimed = verdict.certainty.unwrap_or(rule.certainty);
    let unproven = |need: &Need| needs::standing(*need, case, about) == Standing::Unknown;
    match rule.certainty_if_loss_unknown {
        Some(lower) if rule.needs.iter().any(unproven) => claimed.min(lower),
        _ => claimed,
    }
}

/// Severity of a case after profile and `--severity`; `None` for off.
#[must_use]
pub fn severity(rule: &Rule, case: Option<&'static str>, settings: &Settings) -> Option<Severity> {
    let choice = settings
        .severities
        .get(&(rule.code, case))
        .or_else(|| settings.severities.get(&(rule.code, None)));
    match choice {
        Some(SeverityChoice::Off) => None,
        Some(SeverityChoice::Level(level)) => Some(*level),
        None => {
            let own = rule.severity_of(case);
            let raised = settings.profile == Profile::Textbook && rule.textbook;
            Some(if raised {
                own.max(Severity::Warning)
            } else {
                own
            })
        }
    }
}

#[cfg(test)]
mod tests;
