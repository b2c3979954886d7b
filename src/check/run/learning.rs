//! What a connection tells about the capture, and of which patterns it is part.

use super::Run;
use crate::flow::attempt::{Attempt, Outcome};
use crate::flow::half_open::Kept;
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

    /// The same of an opening that nothing has completed.
    pub(super) fn learn_opening(&mut self, kept: &Kept) {
        // Of a SYN and its answer there is no more to learn than that, and floods have many.
        if kept.is_plain() {
            self.facts.two_way |= kept.has_more();
            if let Some(attempt) = kept.attempt() {
                self.learn_attempt(attempt);
            }
        } else {
            self.learn(kept.opening().track().connection());
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
