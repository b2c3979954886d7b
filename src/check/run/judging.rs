//! Connections that are over, from the table to the books.

use super::Run;
use crate::check::probes;
use crate::check::undecided::{Both, Judged, Prober};
use crate::flow::incarnation::Ended;
use crate::flow::key::FlowKey;
use crate::flow::probe::Probe;
use crate::flow::vantage;
use crate::machine::connection::Connection;
use crate::machine::side::Side;
use crate::machine::state::State;
use crate::machine::surroundings::Vantage;
use crate::observation::Observations;
use crate::report::entry;
use crate::report::model::Withheld;
use crate::rules::case::Case;
use crate::rules::judge;
use crate::rules::needs;
use crate::segment::Timestamp;
use crate::settings::{Settings, VantageChoice};
use crate::tunnel::Tunnels;

impl Run<'_> {
    /// Judges a connection, and enters what is said, unless that depends on losses yet to be told.
    pub(super) fn judge(&mut self, ended: Ended, tunnels: &Tunnels) {
        let Ended {
            mut connection,
            previous,
            followed_by,
        } = ended;
        let until = followed_by.map_or(self.facts.latest, |(_, time)| time);
        wind_up(&mut connection, until, self.settings);
        self.counts.noted_dropped += connection.noted_dropped();
        self.counts.steps_dropped += connection.timeline.dropped();
        self.counts.damaged_dropped += connection.damaged_dropped();
        self.counts.icmp_dropped += connection.icmp.dropped();
        for side in Side::BOTH {
            let stream = connection.ends.of(side).stream.as_ref();
            self.counts.islands_dropped += stream.map_or(0, |stream| stream.islands_dropped());
            self.counts.missing_dropped += stream.map_or(0, |stream| stream.missing_dropped());
        }
        let ended = Ended {
            connection,
            previous,
            followed_by,
        };
        let quiet = self.judged(&ended, until, tunnels);
        if !self.losses_may_follow || self.facts.drops.is_some() {
            return self.enter(quiet);
        }
        self.facts.drops = Some(1);
        let lossy = self.judged(&ended, until, tunnels);
        self.facts.drops = None;
        if quiet == lossy {
            return self.enter(quiet);
        }
        if let Some(judged) = self.undecided.add(Both { quiet, lossy }) {
            self.enter(judged);
        }
    }

    /// What is to be said of a connection by what is known of the capture now.
    pub(super) fn judged(&self, ended: &Ended, until: Timestamp, tunnels: &Tunnels) -> Judged {
        let connection = &*ended.connection;
        let by_parts = self.parts.as_ref().and_then(|parts| {
            let sockets = &connection.sockets;
            let key = FlowKey::between(sockets.client, sockets.server, connection.tunnel);
            parts.refuted(key)
        });
        let refuted = by_parts.or_else(|| self.moved.refuted(connection, tunnels));
        let mut vantage = vantage::infer(connection, self.settings.vantage);
        let clocks_apart = self
            .parts
            .as_ref()
            .is_some_and(|parts| parts.apart_ns() > 0);
        if clocks_apart && self.settings.vantage == VantageChoice::Auto {
            // Clocks that are apart look like a monitor elsewhere.
            vantage = Vantage::UNKNOWN;
        }
        let case = Case {
            connection,
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
        let entry = entry::entry(connection, vantage, &self.places, lost, withheld, tunnels);
        let findings = judgement
            .rulings
            .into_iter()
            .map(|r| self.finding(r, connection))
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

    /// Enters into the books what is said of a connection.
    pub(super) fn enter(&mut self, judged: Judged) {
        let Judged {
            first,
            entry,
            findings,
            probe,
        } = judged;
        let Some(Prober { source, kind }) = probe else {
            return self.ledger.connection(first, entry, findings);
        };
        let probe = probes::Judged {
            first,
            entry,
            findings,
            source,
            kind,
        };
        if let Some(probes::Judged {
            entry, findings, ..
        }) = self.probes.add(probe)
        {
            self.ledger.connection(first, entry, findings);
        }
    }
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
