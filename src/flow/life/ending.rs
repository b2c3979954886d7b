//! What there is to say of a life that is over, without telling it.

use bitflags::bitflags;

use super::Life;
use crate::flow::attempt::{Attempt, Outcome};
use crate::machine::side::{Pair, Side};
use crate::machine::state::State;
use crate::segment::{OptionSet, Timestamp};

bitflags! {
    /// What rules have to say of a life that is over, each once and for sure.
    #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
    pub struct Remarks: u8 {
        /// A FIN came with the first ACK of the other's (TD005).
        const MERGED = 1 << 0;
        /// The client's FIN came with data (TD006).
        const CLIENT_FIN_DATA = 1 << 1;
        /// The server's did.
        const SERVER_FIN_DATA = 1 << 2;
        /// Data came behind an ACK of the other's FIN (TD007).
        const HALF_CLOSED = 1 << 3;
        /// Both closed at once (TD008).
        const SIMULTANEOUS = 1 << 4;
        /// The server closed first (TW009).
        const SERVER_FIRST = 1 << 5;
        /// An end aborted it (RS005).
        const RESET = 1 << 6;
    }
}

impl Remarks {
    /// The rules that say it.
    pub const RULES: [(Remarks, &str); 7] = [
        (Remarks::RESET, "RS005"),
        (Remarks::MERGED, "TD005"),
        (Remarks::CLIENT_FIN_DATA, "TD006"),
        (Remarks::SERVER_FIN_DATA, "TD006"),
        (Remarks::HALF_CLOSED, "TD007"),
        (Remarks::SIMULTANEOUS, "TD008"),
        (Remarks::SERVER_FIRST, "TW009"),
    ];
}

/// How a life ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ending {
    /// Who sent a FIN that does not acknowledge the other's; nobody where it was reset.
    pub closed_first: Pair<bool>,
    /// The second FIN came with the ACK of the first.
    pub merged: bool,
    /// The states at the end, nominally.
    pub states: Pair<State>,
    /// What is to be said of it.
    pub remarks: Remarks,
}

impl Life {
    /// How it ended, by the time `until`, if TIME-WAIT takes `two_msl_ns`; `None` if it has not.
    #[must_use]
    pub fn ending(&self, until: Timestamp, two_msl_ns: i64) -> Option<Ending> {
        if self.is_reset {
            return Some(Ending {
                states: Pair {
                    client: State::Closed,
                    server: State::Closed,
                },
                closed_first: Pair::default(),
                merged: false,
                remarks: Remarks::RESET,
            });
        }
        let fins = Pair {
            client: self.ends.client.fin?,
            server: self.ends.server.fin?,
        };
        let first = |side: Side| fins.of(side).ack.at_or_before(fins.of(side.peer()).seq);
        let closed_first = Pair {
            client: first(Side::Client),
            server: first(Side::Server),
        };
        let acked = Pair {
            client: fins.client.acked?,
            server: fins.server.acked?,
        };
        let state = |side: Side| {
            // TIME-WAIT begins with the other's FIN, or with the ACK of the own.
            let since = fins.of(side.peer()).time.max(acked.of(side).1);
            let waits = *closed_first.of(side) && since.plus(two_msl_ns) > until;
            if waits {
                State::TimeWait
            } else {
                State::Closed
            }
        };
        let closer = if closed_first.client {
            Side::Client
        } else {
            Side::Server
        };
        let both = closed_first.client && closed_first.server;
        let merged = !both && acked.of(closer).0 == fins.of(closer.peer()).packet;
        let half_closed = self.ends.client.half_closed || self.ends.server.half_closed;
        let remarks = [
            (Remarks::MERGED, merged),
            (Remarks::CLIENT_FIN_DATA, fins.client.data),
            (Remarks::SERVER_FIN_DATA, fins.server.data),
            (Remarks::HALF_CLOSED, half_closed),
            (Remarks::SIMULTANEOUS, both),
            (Remarks::SERVER_FIRST, !closed_first.client),
        ];
        let remarks = remarks.into_iter().filter(|(_, is)| *is);
        Some(Ending {
            closed_first,
            merged,
            remarks: remarks.map(|(remark, _)| remark).collect(),
            states: Pair {
                client: state(Side::Client),
                server: state(Side::Server),
            },
        })
    }

    /// The attempt that it was, if it is over.
    #[must_use]
    pub fn attempt(&self) -> Option<Attempt> {
        let [syn, answer] = self.opening.segments();
        let closed = self
            .ends
            .client
            .fin
            .zip(self.ends.server.fin)
            .and_then(|(client, server)| {
                let ((_, one), (_, other)) = (client.acked?, server.acked?);
                Some((one.max(other), client.ack.at_or_before(server.seq)))
            });
        if !self.is_over() {
            return None;
        }
        let stamped = |present: OptionSet| present.contains(OptionSet::TIMESTAMPS);
        let tsval = stamped(syn.options.present).then_some(syn.options.tsval);
        Some(Attempt {
            client: self.opening.sockets.client,
            server: self.opening.sockets.server,
            tunnel: 0,
            packet: syn.packet,
            time: syn.time,
            isn: syn.seq,
            tsval,
            tsval_max: tsval.map(|tsval| match stamped(self.stamps) {
                true => self.ends.client.tsval.0,
                false => tsval,
            }),
            ttl: syn.ip.ttl,
            syn_fin: false,
            syns: 1,
            syn_acks: 1,
            server_isn: Some(answer.seq),
            outcome: Outcome::Completed,
            answered: Some(answer.time),
            closed,
            server_close_wait: None,
            client_close_wait: None,
            last: self.last.1,
            until: self.last.1,
            cut_short: false,
            offered: syn.options.present,
            granted: Some(answer.options.present),
            server_isn_moved: false,
            // The client's FIN was acknowledged, or it sent data before it was reset: it was not
            // left to itself.
            starved: None,
        })
    }
}
