//! What a connection tells about the capture, and of which patterns it is part.

use super::Run;
use crate::flow::attempt::{Attempt, Outcome};
use crate::flow::life::Life;
use crate::flow::opening::Opening;
use crate::flow::probe::Probe;
use crate::limits;
use crate::machine::connection::Connection;
use crate::segment::NS_PER_S;

/// A connection that stops so long before the end was not merely under way.
const CUT_NS: i64 = 5 * NS_PER_S;

impl Run<'_> {
    /// What a connection tells about the capture and about patterns.
    pub(super) fn learn(&mut self, connection: &Connection) {
        let ends = &connection.ends;
        if ends.client.was_seen() && ends.server.was_seen() {
            self.facts.add_two_way(connection.tunnel);
        }
        if let Some(side) = connection.breaks_off()
            && self.facts.latest.since(connection.last.1) >= CUT_NS
            && self.facts.broken_off.len() < limits::LISTENERS
        {
            let host = connection.sockets.of(side).ip;
            self.facts.broken_off.insert(host);
        }
        if let Some(side) = connection.stops_at_last_fin()
            && self.facts.latest.since(connection.last.1) >= CUT_NS
            && self.facts.stopped_at_fin.len() < limits::LISTENERS
        {
            let host = connection.sockets.of(side).ip;
            self.facts.stopped_at_fin.insert(host);
        }
        if let Some(attempt) = Attempt::of(connection) {
            self.learn_attempt(attempt);
        }
        if let Some(probe) = Probe::of(connection) {
            self.patterns.add_probe(&probe);
        }
    }

    /// The same of a textbook's connection, of which it takes little to know it. (It is no probe
    /// and does not break off.)
    pub(super) fn learn_life(&mut self, life: &Life) {
        match life.attempt() {
            Some(attempt) => {
                #[cfg(debug_assertions)]
                prove(life, &attempt);
                self.facts.add_two_way(attempt.tunnel);
                self.learn_attempt(attempt);
            }
            None => self.learn(life.tell().connection()),
        }
    }

    /// The same of an opening that nothing has completed.
    pub(super) fn learn_opening(&mut self, opening: &Opening) {
        // Of a SYN and its answer there is no more to learn than that, and floods have many.
        if opening.further.is_empty() || opening.plain_answer().is_some() {
            self.facts.two_way |= !opening.further.is_empty();
            if let Some(attempt) = Attempt::of_opening(opening) {
                self.learn_attempt(attempt);
            }
        } else {
            self.learn(opening.track().connection());
        }
    }

    fn learn_attempt(&mut self, mut attempt: Attempt) {
        attempt.until = self.facts.latest;
        if attempt.outcome == Outcome::HalfOpen && attempt.syn_acks > 0 {
            self.facts.add_half_open(attempt.server);
        }
        self.patterns.add(&attempt);
    }
}

/// The machine's connection tells the same.
#[cfg(debug_assertions)]
fn prove(life: &Life, attempt: &Attempt) {
    let track = life.tell();
    let connection = track.connection();
    assert_eq!(Attempt::of(connection).as_ref(), Some(attempt), "{life:?}");
    assert!(track.is_over() && Probe::of(connection).is_none());
    assert_eq!(connection.breaks_off(), None);
    assert_eq!(connection.stops_at_last_fin(), None);
}
