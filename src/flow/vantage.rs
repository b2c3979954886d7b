//! Where the capture was taken, seen from one connection.

use crate::machine::connection::Connection;
use crate::machine::end::Traces;
use crate::machine::side::{Pair, Side};
use crate::machine::surroundings::Vantage;
use crate::segment::NS_PER_MS;
use crate::settings::VantageChoice;

/// Nobody answers from far away within this time.
const NEARBY_NS: i64 = NS_PER_MS;

/// The vantage for `connection`: as the user says, else by marks in the
/// capture, else estimated from the times of the handshake.
#[must_use]
pub fn infer(connection: &Connection, choice: VantageChoice) -> Vantage {
    let at = |client, server| Pair {
        client: Some(client),
        server: Some(server),
    };
    match choice {
        VantageChoice::Client => {
            return Vantage {
                at: at(true, false),
                proven: true,
            };
        }
        VantageChoice::Server => {
            return Vantage {
                at: at(false, true),
                proven: true,
            };
        }
        VantageChoice::Middle => {
            return Vantage {
                at: at(false, false),
                proven: true,
            };
        }
        VantageChoice::Host(ip) => {
            let is = |side| connection.sockets.of(side).ip == ip;
            let (client, server) = (is(Side::Client), is(Side::Server));
            if client || server {
                return Vantage {
                    at: at(client, server),
                    proven: true,
                };
            }
            return Vantage {
                at: at(false, false),
                proven: true,
            };
        }
        VantageChoice::Auto => {}
    }
    marks(connection).unwrap_or_else(|| estimate(connection))
}

/// Proof: a loopback interface, the direction of frames, checksums that only
/// the sending host can leave unfinished.
fn marks(connection: &Connection) -> Option<Vantage> {
    let (client, server) = (
        &connection.ends.client.traces,
        &connection.ends.server.traces,
    );
    if client.loopback > 0 || server.loopback > 0 {
        return Some(Vantage {
            at: Pair {
                client: Some(true),
                server: Some(true),
            },
            proven: true,
        });
    }
    let by_direction = |own: &Traces, peer: &Traces| {
        let sent_here =
            own.outbound > 0 && own.inbound == 0 || peer.inbound > 0 && peer.outbound == 0;
        let forwarded = own.outbound > 0 && own.inbound > 0;
        (sent_here && !forwarded).then_some(true)
    };
    let at_client = by_direction(client, server);
    let at_server = by_direction(server, client);
    match (at_client, at_server) {
        (Some(true), None) => return Some(proven(true, false)),
        (None, Some(true)) => return Some(proven(false, true)),
        _ => {}
    }
    // Frames without data are never merged on receipt, so an unfinished
    // checksum on one of them can only come from its own host. Where both
    // ends show it (virtual links never finish them), it proves nothing, and
    // the times of the handshake are asked. So they are where most sums of
    // that end are right: a tool has rewritten some of the frames.
    let unfinished = |own: &Traces, peer: &Traces| {
        let most = own.partial_checksums >= own.good_checksums;
        most && own.partial_empty > 0 && peer.partial_empty == 0
    };
    if unfinished(client, server) {
        Some(proven(true, false))
    } else if unfinished(server, client) {
        Some(proven(false, true))
    } else {
        None
    }
}

const fn proven(client: bool, server: bool) -> Vantage {
    Vantage {
        at: Pair {
            client: Some(client),
            server: Some(server),
        },
        proven: true,
    }
}

/// Who answers much faster than the other is near.
fn estimate(connection: &Connection) -> Vantage {
    let times = connection.handshake_ns;
    let (Some(to_client), Some(to_server)) = (times.client, times.server) else {
        return Vantage::UNKNOWN;
    };
    let near = |this: i64, other: i64| this < NEARBY_NS && this.saturating_mul(4) < other;
    let (client, server) = (near(to_client, to_server), near(to_server, to_client));
    if !client && !server && to_client.min(to_server) < NEARBY_NS {
        return Vantage::UNKNOWN;
    }
    Vantage {
        at: Pair {
            client: Some(client),
            server: Some(server),
        },
        proven: false,
    }
}

#[cfg(test)]
mod tests;
