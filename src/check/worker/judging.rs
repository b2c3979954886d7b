//! Connections that are over, and what is said of them.

use super::{Around, Gone, Lane, Over, Worker};
use crate::check::news::{Said, Told};
use crate::check::undecided::{Both, Judged, Prober};
use crate::finding::{Blames, Finding, Fingerprint};
use crate::flow::attempt::Attempt;
use crate::flow::incarnation::Ended;
use crate::flow::key::FlowKey;
use crate::flow::patterns::Patterns;
use crate::flow::probe::Probe;
use crate::flow::table::Left;
use crate::flow::vantage;
use crate::machine::connection::Connection;
use crate::machine::side::Side;
use crate::machine::sketch::Sketch;
use crate::machine::state::State;
use crate::machine::surroundings::Vantage;
use crate::observation::Observations;
use crate::report::archive::Sealed;
use crate::report::entry::{self, role};
use crate::report::model::Withheld;
use crate::rules::case::{Case, Kinds};
use crate::rules::judge::{self, Ruling};
use crate::rules::needs;
use crate::segment::Timestamp;
use crate::settings::{Profile, Settings, VantageChoice};

/// What a rule adds where the textbook is stricter than the RFC.
const ALLOWED: &str = " RFC 9293 allows this; the textbook does not.";

impl Worker<'_> {
    /// Judges what is in the table at the end of the capture.
    pub(super) fn judge_last(
        &mut self,
        left: Left,
        patterns: &Patterns,
        lane: &mut Lane,
        around: Around<'_>,
    ) {
        let told = &mut lane.told;
        let (attempt, over) = match left {
            Left::Connection(ended) => (Attempt::of(&ended.connection), Over::Told(ended)),
            Left::Life(life) => (None, Over::Life(life)),
            Left::HalfOpen(kept) => {
                let attempt = kept.attempt();
                if folds(attempt.as_ref(), patterns) {
                    told.counts.folded += 1;
                    return;
                }
                let sketch = Sketch::for_room(self.settings.drawn);
                (None, Over::Told(kept.opening().drawn(sketch).end().0))
            }
            // Leaves only for a limit, while the capture is read.
            Left::Dropped(_) | Left::Bare(_) => return,
        };
        if folds(attempt.as_ref(), patterns) {
            told.counts.folded += 1;
            return;
        }
        let latest = self.latest;
        self.judge(Gone { over, latest }, lane, around);
    }

    /// Judges a connection, by all that is known of the capture.
    pub(super) fn judge(&mut self, gone: Gone, lane: &mut Lane, around: Around<'_>) {
        let Gone { over, latest } = gone;
        let ended = match over {
            Over::Told(ended) => ended,
            Over::Life(life) => {
                if self.counts(&life, latest, lane, around) {
                    return lane.table.take_back(life);
                }
                life.tell().end().0
            }
        };
        lane.named.count();
        self.judge_told(ended, latest, &mut lane.told, around);
    }

    fn judge_told(&mut self, ended: Ended, latest: Timestamp, told: &mut Told, around: Around<'_>) {
        let Ended {
            mut connection,
            previous,
            followed_by,
        } = ended;
        let until = followed_by.map_or(latest, |(_, time)| time);
        wind_up(&mut connection, until, self.settings);
        told.counts.add_dropped(&connection);
        let ended = Ended {
            connection,
            previous,
            followed_by,
        };
        let quiet = self.judged(&ended, until, around);
        if !self.losses_may_follow || self.facts.drops.is_some() {
            return told.said.push(Said::Surely(Box::new(quiet)));
        }
        self.facts.drops = Some(1);
        let lossy = self.judged(&ended, until, around);
        self.facts.drops = None;
        told.said.push(if quiet == lossy {
            Said::Surely(Box::new(quiet))
        } else {
            Said::Either(Box::new(Both { quiet, lossy }))
        });
    }

    /// What is to be said of a connection by what is known of the capture now.
    pub(super) fn judged(&self, ended: &Ended, until: Timestamp, around: Around<'_>) -> Judged {
        let connection = &*ended.connection;
        let tunnels = self.decoder.tunnels();
        let by_parts = around.parts.and_then(|parts| {
            let sockets = &connection.sockets;
            let key = FlowKey::between(sockets.client, sockets.server, connection.tunnel);
            parts.refuted(key)
        });
        let refuted = by_parts.or_else(|| self.moved.refuted(connection, tunnels));
        let mut vantage = vantage::infer(connection, self.settings.vantage);
        let clocks_apart = around.parts.is_some_and(|parts| parts.apart_ns() > 0);
        if clocks_apart && self.settings.vantage == VantageChoice::Auto {
            // Clocks that are apart look like a monitor elsewhere.
            vantage = Vantage::UNKNOWN;
        }
        let case = Case {
            connection,
            kinds: Kinds::of(connection.noted()),
            previous: ended.previous.as_deref(),
            followed_by: ended.followed_by,
            until,
            vantage,
            refuted,
            capture: &self.facts,
            settings: self.settings,
        };
        let judgement = judge::judge(&case);
        let lost = needs::lost_something(&case);
        let withheld = judgement
            .withheld
            .iter()
            .map(|(rule, need)| Withheld {
                rule,
                need: need.as_str(),
            })
            .collect();
        let entry = entry::entry(connection, vantage, around.places, lost, withheld, tunnels);
        let entry = Sealed::new(entry);
        let findings = judgement
            .rulings
            .into_iter()
            .map(|ruling| self.finding(ruling, connection, around))
            .collect();
        let probe = Probe::of(connection).map(|probe| Prober {
            source: probe.prober(),
            kind: probe.kind,
        });
        Judged {
            first: connection.first.0,
            entry,
            findings,
            probe,
        }
    }

    fn finding(&self, ruling: Ruling, connection: &Connection, around: Around<'_>) -> Finding {
        let places = around.places;
        let Ruling {
            rule,
            verdict,
            severity,
            certainty,
            followers,
        } = ruling;
        let isn = |side: Option<Side>| side.and_then(|side| connection.ends.of(side).iss());
        let (seq_isn, ack_isn) = (
            isn(verdict.numbers_of),
            isn(verdict.numbers_of.map(Side::peer)),
        );
        let (mut expected, mut observed) = (verdict.expected, verdict.observed);
        expected.relate(seq_isn, ack_isn);
        observed.relate(seq_isn, ack_isn);
        let mut message = verdict.message;
        if self.settings.profile == Profile::Textbook && rule.textbook && severity > rule.severity {
            message.push_str(ALLOWED);
        }
        // A verdict against an endpoint that names none is about somebody who
        // used its address.
        let blames = match (rule.blames, verdict.endpoint) {
            (Blames::Endpoint, None) => Blames::ThirdParty,
            (blames, _) => blames,
        };
        let file = places.file(verdict.packet.unwrap_or(connection.first.0));
        Finding {
            rule: rule.code,
            name: rule.name,
            case: verdict.case,
            severity,
            certainty,
            connection: None,
            capture: places.name(file),
            endpoint: verdict.endpoint.map(role),
            blames,
            subject: None,
            server_port: Some(connection.sockets.server.port),
            packet: (verdict.packet).map(|packet| places.packet(packet).packet),
            related_packets: verdict
                .related
                .iter()
                .map(|packet| places.packet(*packet))
                .collect(),
            time: verdict.time.map(|at| places.moment(file, at)),
            message: places.told(&message),
            expected,
            observed,
            rfc: rule.rfc,
            followers,
            // Given in the ledger, which sees all.
            fingerprint: Fingerprint::default(),
            known: false,
            fails: false,
        }
    }
}

/// Whether an attempt is counted in a flood's finding and not listed.
fn folds(attempt: Option<&Attempt>, patterns: &Patterns) -> bool {
    attempt.is_some_and(|attempt| attempt.is_half_open() && patterns.is_flood(attempt))
}

/// What can be said of a connection only when it is over.
pub(super) fn wind_up(connection: &mut Connection, until: Timestamp, settings: &Settings) {
    for side in Side::BOTH {
        // TIME-WAIT began with the first copies at the earliest, and what would
        // restart it may not have arrived.
        let (own, peer) = (connection.ends.of(side), connection.ends.of(side.peer()));
        let acked = own.fin.and_then(|fin| fin.acked_by).map(|(_, time)| time);
        if let (Some(theirs), Some(acked)) = (peer.fin, acked)
            && theirs.time.max(acked).plus(settings.two_msl_ns()) <= until
        {
            connection.timeline.may_time_out(side);
        }
        if connection.timeline.state(side) != Some(State::TimeWait) {
            continue;
        }
        let entered = connection
            .timeline
            .steps()
            .iter()
            .rev()
            .find(|step| step.side == side && step.to == State::TimeWait)
            .map(|step| step.time);
        // A repeated FIN restarts the wait (RFC 9293, 3.10.7.4, eighth).
        let repeated = connection.ends.of(side.peer()).fin.map(|fin| fin.last_time);
        if let Some(since) = entered.max(repeated) {
            let end = since.plus(settings.two_msl_ns());
            if end <= until {
                connection.timeline.time_out(side, end);
            }
        }
    }
    connection.timeline.sort();
    let mut seen = Observations::ENDED;
    seen.set(Observations::MID_STREAM, connection.mid_stream);
    let unacknowledged = |side: Side| {
        let (own, peer) = (connection.ends.of(side), connection.ends.of(side.peer()));
        own.snd_next
            .is_some_and(|next| peer.ack_max.is_none_or(|ack| ack.before(next)))
    };
    seen.set(
        Observations::UNACKNOWLEDGED,
        Side::BOTH.into_iter().any(unacknowledged),
    );
    let silent = |side: Side| connection.watches.of(side).answers.is_silent();
    seen.set(Observations::UNANSWERED, Side::BOTH.into_iter().any(silent));
    connection.seen |= seen;
}
