//! What a connection tells about the capture, and of which patterns it is part.

use crate::check::news::{Fact, Told};
use crate::check::sightings::Sighting;
use crate::flow::attempt::{Attempt, Outcome};
use crate::flow::half_open::Waiting;
use crate::flow::life::Life;
use crate::flow::probe::Probe;
use crate::machine::connection::Connection;
use crate::segment::{NS_PER_S, Timestamp};

/// A connection that stops so long before the end was not merely under way.
const CUT_NS: i64 = 5 * NS_PER_S;

/// What a connection tells about the capture and about patterns; `latest`: the time of the latest
/// frame so far.
pub(super) fn learn(connection: &Connection, latest: Timestamp, told: &mut Told) {
    let ends = &connection.ends;
    if ends.client.was_seen() && ends.server.was_seen() {
        told.facts.push(Fact::TwoWay(connection.tunnel));
    }
    if latest.since(connection.last.1) >= CUT_NS {
        let host = |side| connection.sockets.of(side).ip;
        let cut = connection.breaks_off();
        told.facts
            .extend(cut.map(|side| Fact::BrokenOff(host(side))));
        let last = connection.stops_at_last_fin();
        told.facts
            .extend(last.map(|side| Fact::StoppedAtFin(host(side))));
    }
    if let Some(attempt) = Attempt::of(connection) {
        learn_attempt(attempt, latest, told);
    }
    if let Some(probe) = Probe::of(connection) {
        told.sightings.push(Sighting::Probe(probe));
    }
}

/// The same of a textbook's connection, of which it takes little to know it. (It is no probe
/// and does not break off.)
pub(super) fn learn_life(life: &Life, latest: Timestamp, told: &mut Told) {
    match life.attempt() {
        Some(attempt) => {
            #[cfg(debug_assertions)]
            prove(life, &attempt);
            told.facts.push(Fact::TwoWay(attempt.tunnel));
            learn_attempt(attempt, latest, told);
        }
        None => learn(life.tell().connection(), latest, told),
    }
}

/// The same of an opening that nothing has completed.
pub(super) fn learn_opening(opening: Waiting<'_>, latest: Timestamp, told: &mut Told) {
    // Of a SYN and its answer there is no more to learn than that, and floods have many.
    if let Some(mut bare) = opening.bare() {
        if bare.is_answered() {
            told.facts.push(Fact::TwoWay(0));
            told.facts.push(Fact::HalfOpen(bare.server()));
        }
        bare.until = latest;
        told.sightings.push_bare(bare);
        return;
    }
    let kept = opening.kept();
    if kept.is_plain() {
        if let Some(attempt) = kept.attempt() {
            if kept.has_more() {
                told.facts.push(Fact::TwoWay(attempt.tunnel));
            }
            learn_attempt(attempt, latest, told);
        }
    } else {
        learn(kept.opening().track().connection(), latest, told);
    }
}

fn learn_attempt(mut attempt: Attempt, latest: Timestamp, told: &mut Told) {
    attempt.until = latest;
    if attempt.outcome == Outcome::HalfOpen && attempt.syn_acks > 0 {
        told.facts.push(Fact::HalfOpen(attempt.server));
    }
    told.sightings.push(Sighting::Attempt(attempt));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::table::Table;
    use crate::machine::script::segments;

    /// What is learned of an opening in this chain of tunnels.
    fn learned(text: &str, tunnel: u64) -> String {
        let mut table = Table::default();
        for mut segment in segments(text) {
            segment.tunnel = tunnel;
            table.take(&segment, &mut |left| panic!("{left:?}"));
        }
        let mut told = Told::default();
        for (_, opening) in table.openings(0) {
            learn_opening(opening, Timestamp(9), &mut told);
        }
        format!("{:?}", told.facts)
    }

    #[test]
    fn an_opening_says_what_its_connection_would() {
        let server = "Socket { ip: 10.0.0.2, port: 80 }";
        for tunnel in [0, 7] {
            assert_eq!(learned("A SYN 100", tunnel), "[]");
            // In a tunnel, it says nothing of what is outside.
            let both = format!("[TwoWay({tunnel}), HalfOpen({server})]");
            assert_eq!(learned("A SYN 100\n B SYN,ACK 300 101", tunnel), both);
            let again = "A SYN 100\n B SYN,ACK 300 101\n B SYN,ACK 300 101";
            assert_eq!(learned(again, tunnel), both);
        }
    }
}
