//! A connection in few words: all that patterns over many connections look at.

use std::net::IpAddr;

use crate::machine::connection::Connection;
use crate::machine::knowledge;
use crate::machine::noted::Noted;
use crate::machine::side::Side;
use crate::observation::Observations;
use crate::segment::{OptionSet, Segment, Socket, Timestamp};
use crate::seq::SeqNo;
use crate::tunnel::Within;

/// How an attempt to open a connection ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Nothing answered the SYN.
    Unanswered,
    /// A SYN-ACK answered, and the client never acknowledged it.
    HalfOpen,
    /// A RST or an ICMP error answered the SYN.
    Refused,
    /// The client reset right after the SYN-ACK (or its own ACK), without data.
    AbortedAtOnce,
    /// The handshake was completed.
    Completed,
}

/// One attempt to open a connection, whose SYN was captured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attempt {
    /// Who sent the SYN.
    pub client: Socket,
    /// To whom.
    pub server: Socket,
    /// The chain of tunnels around it; 0 for none.
    pub tunnel: u64,
    /// Frame number of the first SYN.
    pub packet: u64,
    /// Its time.
    pub time: Timestamp,
    /// Its number.
    pub isn: SeqNo,
    /// Its TSval.
    pub tsval: Option<u32>,
    /// The highest TSval of the client on the connection.
    pub tsval_max: Option<u32>,
    /// Its time to live.
    pub ttl: u8,
    /// The SYN has FIN set too.
    pub syn_fin: bool,
    /// How many copies of the SYN.
    pub syns: u32,
    /// How many copies of the SYN-ACK.
    pub syn_acks: u32,
    /// Number of the SYN-ACK.
    pub server_isn: Option<SeqNo>,
    /// How it ended.
    pub outcome: Outcome,
    /// When the first SYN-ACK was captured.
    pub answered: Option<Timestamp>,
    /// When the connection was closed by FINs from both ends, and whether the
    /// client was the active closer (and so holds TIME-WAIT).
    pub closed: Option<(Timestamp, bool)>,
    /// The server is in CLOSE-WAIT (it acknowledged the client's FIN and sent
    /// none): since when it has sent nothing new.
    pub server_close_wait: Option<Timestamp>,
    /// The same for the client.
    pub client_close_wait: Option<Timestamp>,
    /// Time of its last segment.
    pub last: Timestamp,
    /// Until when it was watched.
    pub until: Timestamp,
    /// It was given up for a limit, so what came later was not counted.
    pub cut_short: bool,
    /// What the SYN offers.
    pub offered: OptionSet,
    /// What the SYN-ACK has, if its options were captured whole.
    pub granted: Option<OptionSet>,
    /// The SYN was answered with another number than before.
    pub server_isn_moved: bool,
    /// It was completed, and the client makes no use of it.
    pub starved: Option<Starved>,
}

/// How a client leaves a connection to itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Starved {
    /// It keeps its window shut; else it just sends nothing.
    pub zero_window: bool,
    /// Since when.
    pub since: Timestamp,
    /// When either end closed or reset the connection, if it did.
    pub closed: Option<Timestamp>,
}

/// A server may have greeted a silent client with so much.
const GREETING_OCTETS: u64 = 1024;

impl Attempt {
    /// The client's address.
    #[must_use]
    pub const fn source(&self) -> Within<IpAddr> {
        let (addr, tunnel) = (self.client.ip, self.tunnel);
        Within { addr, tunnel }
    }

    /// The server's address.
    #[must_use]
    pub const fn host(&self) -> Within<IpAddr> {
        let (addr, tunnel) = (self.server.ip, self.tunnel);
        Within { addr, tunnel }
    }

    /// The server's socket.
    #[must_use]
    pub const fn service(&self) -> Within<Socket> {
        let (addr, tunnel) = (self.server, self.tunnel);
        Within { addr, tunnel }
    }

    /// The attempt that `connection` was; `None` if its SYN was not captured.
    #[must_use]
    pub fn of(connection: &Connection) -> Option<Attempt> {
        let (client, server) = (&connection.ends.client, &connection.ends.server);
        let syn = client.syn?;
        let first = connection
            .noted()
            .iter()
            .find(|noted| noted.side == Side::Client && noted.is_syn());
        let completed = client.sent_after_syn && server.syn_acked;
        let aborted = client.rst.is_some() && client.counts.bytes == 0 && client.fin.is_none();
        let outcome = match (server.syn, server.rst) {
            (None, Some(_)) => Outcome::Refused,
            // Whoever goes on behind a SYN was answered: the capture does not
            // hold the answer, as when it holds one direction only.
            (None, None) if server.sent_after_syn || client.sent_after_syn => Outcome::Completed,
            (None, None) if connection.icmp.rejects(Side::Client) => Outcome::Refused,
            (None, None) => Outcome::Unanswered,
            (Some(_), _) if aborted => Outcome::AbortedAtOnce,
            (Some(_), _) if completed => Outcome::Completed,
            (Some(_), _) => Outcome::HalfOpen,
        };
        let close_wait = |own: Side| {
            let (own, peer) = (connection.ends.of(own), connection.ends.of(own.peer()));
            // Something of it that was not captured was acknowledged: maybe its FIN.
            let unseen = own
                .snd_next
                .zip(peer.ack_max)
                .is_some_and(|(next, ack)| ack.after(next));
            let waits = own.fin.is_none() && own.rst.is_none() && peer.rst.is_none() && !unseen;
            let (_, acked) = peer.fin.and_then(|fin| fin.acked_by).filter(|_| waits)?;
            // As long as it sends data, its program is at work.
            let silent_since = if own.half_close_data {
                connection.last.1.max(acked)
            } else {
                acked
            };
            Some(silent_since)
        };
        let acked = |end: Option<crate::machine::end::FinSent>| end.and_then(|fin| fin.acked_by);
        let closed = acked(client.fin)
            .zip(acked(server.fin))
            .map(|((_, a), (_, b))| (a.max(b), knowledge::sent_fin_first(client, server)));
        Some(Attempt {
            client: connection.sockets.client,
            server: connection.sockets.server,
            tunnel: connection.tunnel,
            packet: syn.packet,
            time: syn.time,
            isn: syn.iss,
            tsval: syn.options.timestamps().map(|(tsval, _)| tsval),
            tsval_max: client.tsval_max,
            ttl: first.map_or(0, |noted| noted.ttl),
            syn_fin: first.is_some_and(|noted| noted.is_fin()),
            syns: syn.copies,
            syn_acks: server.syn.map_or(0, |syn| syn.copies),
            server_isn: server.syn.map(|syn| syn.iss),
            outcome,
            answered: server.syn.map(|syn| syn.time),
            closed,
            server_close_wait: close_wait(Side::Server),
            client_close_wait: close_wait(Side::Client),
            last: connection.last.1,
            until: connection.last.1,
            cut_short: false,
            offered: syn.options.present,
            granted: server
                .syn
                .filter(|syn| syn.options_whole)
                .map(|syn| syn.options.present),
            server_isn_moved: isn_moved(connection),
            starved: starved(connection).filter(|_| outcome == Outcome::Completed),
        })
    }

    /// The attempt that a SYN was of which nothing else was captured than this `answer`, if any.
    #[inline]
    #[must_use]
    pub fn of_syn(syn: &Segment<'_>, answer: Option<&Segment<'_>>) -> Attempt {
        let tsval = syn.options.timestamps().map(|(tsval, _)| tsval);
        let last = answer.map_or(syn.time, |answer| answer.time);
        Attempt {
            client: syn.source,
            server: syn.destination,
            tunnel: syn.tunnel,
            packet: syn.packet,
            time: syn.time,
            isn: syn.seq,
            tsval,
            tsval_max: tsval,
            ttl: syn.ip.ttl,
            syn_fin: false,
            syns: 1,
            syn_acks: u32::from(answer.is_some()),
            server_isn: answer.map(|answer| answer.seq),
            outcome: match answer {
                Some(_) => Outcome::HalfOpen,
                None => Outcome::Unanswered,
            },
            answered: answer.map(|answer| answer.time),
            closed: None,
            server_close_wait: None,
            client_close_wait: None,
            last,
            until: last,
            cut_short: false,
            offered: syn.options.present,
            granted: answer.map(|answer| answer.options.present),
            server_isn_moved: false,
            starved: None,
        }
    }

    /// Never completed: what a flood consists of.
    #[must_use]
    pub const fn is_half_open(&self) -> bool {
        matches!(self.outcome, Outcome::Unanswered | Outcome::HalfOpen)
    }
}

fn isn_moved(connection: &Connection) -> bool {
    let moved = |noted: &Noted| {
        noted.side == Side::Server
            && noted.is_syn_ack()
            && noted.saw(Observations::ISN_CHANGED)
            && !noted.is_void()
    };
    connection.seen.contains(Observations::ISN_CHANGED) && connection.noted().iter().any(moved)
}

fn starved(connection: &Connection) -> Option<Starved> {
    let (client, server) = (&connection.ends.client, &connection.ends.server);
    let (syn, syn_ack) = (client.syn?, server.syn?);
    let closed = [
        client.fin.map(|fin| fin.time),
        server.fin.map(|fin| fin.time),
        client.rst.map(|rst| rst.first.time),
        server.rst.map(|rst| rst.first.time),
    ];
    let closed = closed.into_iter().flatten().min();
    let counts = &client.counts;
    let resets = client.rst.map_or(0, |rst| u64::from(rst.copies));
    let after_syn = counts
        .segments
        .saturating_sub(u64::from(syn.copies) + resets);
    let with_window = after_syn.saturating_sub(counts.zero_windows);
    let first_has_window = || {
        let first = |n: &&Noted| n.side == Side::Client && n.saw(Observations::FIRST_AFTER_SYN);
        connection
            .noted()
            .iter()
            .find(first)
            .is_some_and(|n| n.window > 0)
    };
    // From the first segment behind the SYN on, or from the second.
    let since = match with_window {
        _ if counts.zero_windows == 0 => None,
        0 => Some(syn_ack.last_time),
        1 if first_has_window() => {
            let request = client.recent.front().map(|sent| sent.time);
            request.or(client.last.map(|last| last.time))
        }
        _ => None,
    };
    if let Some(since) = since {
        return Some(Starved {
            zero_window: true,
            since,
            closed,
        });
    }
    let sent_nothing = counts.bytes == 0
        && syn.payload_len == 0
        && server.ack_max.is_none_or(|ack| ack == syn.iss + 1)
        && server.counts.bytes <= GREETING_OCTETS
        && server.early_ack.is_none()
        && connection.missing_octets() == 0;
    sent_nothing.then_some(Starved {
        zero_window: false,
        since: syn_ack.last_time,
        closed,
    })
}

#[cfg(test)]
mod tests;
