//! Textbook's connections that are over: most of them become a row of the report without having
//! been told to the machine (see [`Life`]).

use super::Run;
use crate::flow::life::{Ending, Life};
use crate::machine::surroundings::CaptureFacts;
use crate::report::brief::Brief;
use crate::report::model::{Closing, Opening, PerRole};
use crate::tunnel::Tunnels;

impl Run<'_> {
    /// Judges a life that has left the table.
    pub(super) fn judge_life(&mut self, life: &Life, tunnels: &Tunnels) {
        let losses_may_follow = self.losses_may_follow && self.facts.drops.is_none();
        let quiet = !losses_may_follow && says_nothing(life, &self.facts);
        let two_msl_ns = self.settings.two_msl_ns();
        let ending = life.ending(self.facts.latest, two_msl_ns);
        match ending.filter(|_| quiet && self.ledger.takes_rows()) {
            Some(ending) => {
                let (first, _) = life.first();
                let brief = self.brief(life, &ending);
                #[cfg(debug_assertions)]
                self.prove(life, &brief, tunnels);
                self.ledger.row(first, brief);
            }
            None => {
                let (ended, _) = life.tell().end();
                self.judge(ended, tunnels);
            }
        }
    }

    fn brief(&self, life: &Life, ending: &Ending) -> Brief {
        let first = self.places.packet(life.first().0);
        let sockets = life.sockets();
        Brief {
            id: 0,
            capture: first.capture,
            client: sockets.client,
            server: sockets.server,
            tunnels: Vec::new(),
            unnamed_tunnels: false,
            first_packet: first.packet,
            opening: Opening::ThreeWay,
            closing: closing(ending),
            final_state: PerRole {
                client: Some(ending.states.client),
                server: Some(ending.states.server),
            },
        }
    }

    /// The machine and the rules say the same.
    #[cfg(debug_assertions)]
    fn prove(&self, life: &Life, brief: &Brief, tunnels: &Tunnels) {
        let (mut ended, next) = life.tell().end();
        super::judging::wind_up(&mut ended.connection, self.facts.latest, self.settings);
        let judged = self.judged(&ended, self.facts.latest, tunnels);
        assert_eq!(&Brief::from(&judged.entry), brief, "{life:?}");
        assert!(judged.findings.is_empty(), "{:?} {life:?}", judged.findings);
        assert!(judged.entry.withheld.is_empty(), "{:?} {life:?}", judged.entry.withheld);
        assert!(next.is_none() && judged.probe.is_none());
        let dropped = ended.connection.noted_dropped() + ended.connection.timeline.dropped();
        assert_eq!(dropped, 0);
    }
}

/// Nothing is said of a life, and nothing withheld, by what is known of the capture: what the
/// rules that wake on a life need of it.
fn says_nothing(life: &Life, facts: &CaptureFacts) -> bool {
    life.is_unremarkable() && !facts.lost_frames() && facts.clock_is_sane()
}

fn closing(ending: &Ending) -> Closing {
    if ending.closed_first.client && ending.closed_first.server {
        Closing::Simultaneous
    } else if ending.merged {
        Closing::ThreeWay
    } else {
        Closing::FourWay
    }
}
