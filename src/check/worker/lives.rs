//! Textbook's connections that are over: most of them become a row of the report without having
//! been told to the machine (see [`Life`]).

use super::{Around, Lane, Worker};
use crate::check::named::Named;
use crate::finding::CaptureNumber;
use crate::flow::life::{Ending, Life, Remarks};
use crate::machine::surroundings::CaptureFacts;
use crate::report::brief::{Brief, Said, Tally};
use crate::report::model::{Closing, Opening, PerRole};
use crate::report::rows::Row;
use crate::rules;
use crate::rules::judge;
use crate::segment::Timestamp;
use crate::settings::Settings;

impl Worker<'_> {
    /// Counts a life, where no more is wanted of it: nobody is told of it, nothing that is still to
    /// be learned matters, and its findings need not be named. False where more is wanted.
    pub(super) fn counts(
        &self,
        life: &Life,
        latest: Timestamp,
        lane: &mut Lane,
        around: Around<'_>,
    ) -> bool {
        let settings = self.settings;
        let losses_may_follow = self.losses_may_follow && self.facts.drops.is_none();
        let plain = !losses_may_follow && says_nothing_else(&self.facts) && around.parts.is_none();
        if !settings.rows_only || settings.follow || !plain {
            return false;
        }
        let Some(ending) = life.ending(latest, settings.two_msl_ns()) else {
            return false;
        };
        let (place, _) = life.first();
        let said = || self.sayings.of(ending.remarks);
        if !(lane.named).takes_row(place, said().map(|said| said.rule)) {
            return false;
        }
        #[cfg(debug_assertions)]
        self.prove(life, latest, &self.brief(life, &ending, around), around);
        let rows = &mut lane.told.rows;
        rows.places.push(place);
        rows.sums.add((Opening::ThreeWay, closing(&ending)), said());
        let mut tally = Tally::default();
        said().for_each(|said| tally.add(said.severity));
        if lane.named.lists(tally.badness(), place) {
            let brief = self.brief(life, &ending, around);
            rows.listed.push(Row { place, brief });
        }
        true
    }

    fn brief(&self, life: &Life, ending: &Ending, around: Around<'_>) -> Brief<CaptureNumber> {
        let (file, first_packet) = around.places.find(life.first().0);
        let sockets = life.sockets();
        Brief {
            id: 0,
            capture: around.places.number(file),
            client: sockets.client,
            server: sockets.server,
            tunnels: Vec::new(),
            unnamed_tunnels: false,
            first_packet,
            opening: Opening::ThreeWay,
            closing: closing(ending),
            final_state: PerRole {
                client: Some(ending.states.client),
                server: Some(ending.states.server),
            },
            said: self.sayings.of(ending.remarks).collect(),
        }
    }

    /// The machine and the rules say the same.
    #[cfg(debug_assertions)]
    fn prove(
        &self,
        life: &Life,
        latest: Timestamp,
        brief: &Brief<CaptureNumber>,
        around: Around<'_>,
    ) {
        let (mut ended, next) = life.tell().end();
        super::judging::wind_up(&mut ended.connection, latest, self.settings);
        let judged = self.judged(&ended, latest, around);
        let findings = judged.findings.iter().inspect(|finding| {
            assert!(finding.case.is_none() && finding.followers == 0);
        });
        let said = findings.map(|finding| Said {
            rule: finding.rule,
            severity: finding.severity,
            certainty: finding.certainty,
        });
        let entry = judged.entry.open();
        let mut told = Brief {
            said: said.collect(),
            ..Brief::from(&entry)
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

    /// Has `named` know of what is going to be said of a life, before others are judged. (The table
    /// is emptied from its end, where the last ones are.)
    pub fn announce(&self, life: &Life, named: &mut Named) {
        let remarks = life.ending(Timestamp(0), 0).map(|ending| ending.remarks);
        for said in self.of(remarks.unwrap_or_default()) {
            named.names(said.rule, life.first().0);
        }
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
