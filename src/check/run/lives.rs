//! Textbook's connections that are over: most of them become a row of the report without having
//! been told to the machine (see [`Life`]).

use super::Run;
use crate::flow::life::{Ending, Life, Remarks};
use crate::machine::surroundings::CaptureFacts;
use crate::report::brief::{Brief, Said};
use crate::report::model::{Closing, Opening, PerRole};
use crate::rules;
use crate::rules::judge;
use crate::settings::Settings;
use crate::tunnel::Tunnels;

impl Run<'_> {
    /// Judges a life that has left the table.
    pub(super) fn judge_life(&mut self, life: &Life, tunnels: &Tunnels) {
        match self.row(life) {
            Some(brief) => {
                #[cfg(debug_assertions)]
                self.prove(life, &brief, tunnels);
                self.ledger.row(life.first().0, brief);
            }
            None => {
                let (ended, _) = life.tell().end();
                self.judge(ended, tunnels);
            }
        }
    }

    /// The row that a life becomes, where no more is wanted of it.
    fn row(&mut self, life: &Life) -> Option<Brief> {
        let losses_may_follow = self.losses_may_follow && self.facts.drops.is_none();
        if losses_may_follow || !says_nothing_else(&self.facts) || self.parts.is_some() {
            return None;
        }
        let ending = life.ending(self.facts.latest, self.settings.two_msl_ns())?;
        let (first, _) = life.first();
        let said = self.sayings.of(ending.remarks);
        if !self.ledger.takes_row(first, said.map(|said| said.rule)) {
            return None;
        }
        let first = self.places.packet(first);
        let sockets = life.sockets();
        Some(Brief {
            id: 0,
            capture: first.capture,
            client: sockets.client,
            server: sockets.server,
            tunnels: Vec::new(),
            unnamed_tunnels: false,
            first_packet: first.packet,
            opening: Opening::ThreeWay,
            closing: closing(&ending),
            final_state: PerRole {
                client: Some(ending.states.client),
                server: Some(ending.states.server),
            },
            said: self.sayings.of(ending.remarks).collect(),
        })
    }

    /// The machine and the rules say the same.
    #[cfg(debug_assertions)]
    fn prove(&self, life: &Life, brief: &Brief, tunnels: &Tunnels) {
        let (mut ended, next) = life.tell().end();
        super::judging::wind_up(&mut ended.connection, self.facts.latest, self.settings);
        let judged = self.judged(&ended, self.facts.latest, tunnels);
        let findings = judged.findings.iter().inspect(|finding| {
            assert!(finding.case.is_none() && finding.followers == 0);
        });
        let said = findings.map(|finding| Said {
            rule: finding.rule,
            severity: finding.severity,
            certainty: finding.certainty,
        });
        let mut told = Brief {
            said: said.collect(),
            ..Brief::from(&judged.entry)
        };
        told.said.sort_by_key(|said| said.rule);
        assert_eq!(&told, brief, "{life:?}");
        assert!(
            judged.entry.withheld.is_empty(),
            "{:?} {life:?}",
            judged.entry.withheld
        );
        assert!(next.is_none() && judged.probe.is_none());
        let dropped = ended.connection.noted_dropped() + ended.connection.timeline.dropped();
        assert_eq!(dropped, 0);
    }
}

/// What is said of lives, by the user's settings.
#[derive(Debug)]
pub struct Sayings([(Remarks, Option<Said>); Remarks::RULES.len()]);

impl Sayings {
    /// By these settings.
    pub fn new(settings: &Settings) -> Sayings {
        let said = |code: &str| {
            let rule = rules::find(code).filter(|rule| settings.wants(rule.code))?;
            Some(Said {
                rule: rule.code,
                severity: judge::severity(rule, None, settings)?,
                certainty: rule.certainty,
            })
        };
        Sayings(Remarks::RULES.map(|(remark, rule)| (remark, said(rule))))
    }

    fn of(&self, remarks: Remarks) -> impl Iterator<Item = Said> {
        let said = self
            .0
            .iter()
            .filter(move |(remark, _)| remarks.contains(*remark));
        said.filter_map(|(_, said)| *said)
    }
}

/// Nothing more is said of a life than it says itself, and nothing withheld, by what is known of
/// the capture: it is what the rules that wake on a life need of it.
fn says_nothing_else(facts: &CaptureFacts) -> bool {
    !facts.lost_frames() && facts.clock_is_sane()
}

fn closing(ending: &Ending) -> Closing {
    if ending.remarks.contains(Remarks::RESET) {
        Closing::Reset
    } else if ending.closed_first.client && ending.closed_first.server {
        Closing::Simultaneous
    } else if ending.merged {
        Closing::ThreeWay
    } else {
        Closing::FourWay
    }
}
