//! Users of mobile networks who move to another base station.
//!
//! Their connections go on in another tunnel (`decode/tunnel/gtp`), and so each tunnel shows a
//! part that looks like a whole: what the one lacks went through the other. It shows where the
//! same sockets come up in another tunnel with a segment that opens no connection, or long behind
//! the latest one. (A packet that is handed on from tunnel to tunnel follows itself at once, the
//! SYN as well.)

use super::lately::Lately;
use crate::flow::key::FlowKey;
use crate::limits::MOVED_USERS;
use crate::machine::connection::Connection;
use crate::rules::rule::Need;
use crate::segment::{Flags, NS_PER_MS, Segment, Timestamp};
use crate::seq::SeqNo;
use crate::tunnel::{TunnelKind, Tunnels};

/// Tunnels of one connection that are told apart; a packet is seldom handed on more often.
const TUNNELS: usize = 2;

/// A packet that is handed on follows itself sooner.
const HANDED_ON_NS: i64 = 100 * NS_PER_MS;

/// Connections in mobile networks, and whether they moved.
#[derive(Debug)]
pub struct Moved {
    users: Lately<FlowKey, User>,
    /// The chain of tunnels asked for last, and whether it is of a mobile network.
    last: (u64, bool),
    /// A connection that moved was forgotten.
    forgotten: bool,
}

/// A pair of sockets, in whatever tunnels.
#[derive(Clone, Copy, Debug, Default)]
struct User {
    /// Numbers of chains of tunnels; 0 for none.
    tunnels: [u64; TUNNELS],
    /// The latest segment in any of them.
    latest: Timestamp,
    /// The number of the latest SYN without ACK.
    opened: Option<SeqNo>,
    moved: bool,
}

/// What counts of a segment in a tunnel.
#[derive(Clone, Copy, Debug)]
pub struct Passing {
    key: FlowKey,
    tunnel: u64,
    time: Timestamp,
    /// The number of a SYN without ACK.
    opens: Option<SeqNo>,
}

impl Passing {
    /// `None` outside of tunnels.
    pub fn of(segment: &Segment<'_>) -> Option<Passing> {
        (segment.tunnel != 0).then(|| Passing {
            key: FlowKey::between(segment.source, segment.destination, 0),
            tunnel: segment.tunnel,
            time: segment.time,
            opens: (segment.flags.contains(Flags::SYN) && !segment.flags.contains(Flags::ACK))
                .then_some(segment.seq),
        })
    }
}

impl Default for Moved {
    fn default() -> Moved {
        Moved {
            users: Lately::new(MOVED_USERS),
            last: (0, false),
            forgotten: false,
        }
    }
}

impl Moved {
    /// Takes in a segment.
    pub fn see(&mut self, passing: Passing, tunnels: &Tunnels) {
        let Passing {
            key,
            tunnel,
            time,
            opens,
        } = passing;
        if self.last.0 != tunnel {
            self.last = (tunnel, is_mobile(tunnel, tunnels));
        }
        if !self.last.1 {
            return;
        }
        let forgotten = &mut self.forgotten;
        let user = self.users.of(key, |user| *forgotten |= user.moved);
        let since = time.since(std::mem::replace(&mut user.latest, time));
        let is_handed_on = opens.is_some() && user.opened == opens && since < HANDED_ON_NS;
        user.opened = opens.or(user.opened);
        if user.tunnels.contains(&tunnel) {
            return;
        }
        let is_first = user.tunnels == [0; TUNNELS];
        user.moved |= !is_first && !is_handed_on;
        user.tunnels.rotate_right(1);
        let [newest, ..] = &mut user.tunnels;
        *newest = tunnel;
    }

    /// What is not known of a connection: whether all of it passed its tunnel.
    #[must_use]
    pub fn refuted(&self, connection: &Connection, tunnels: &Tunnels) -> Option<Need> {
        let sockets = &connection.sockets;
        let key = FlowKey::between(sockets.client, sockets.server, 0);
        let moved = match self.users.get(&key) {
            Some(user) => user.moved,
            None => self.forgotten,
        };
        (moved && is_mobile(connection.tunnel, tunnels)).then_some(Need::SymmetricPath)
    }
}

fn is_mobile(tunnel: u64, tunnels: &Tunnels) -> bool {
    let chain = tunnels.chain(tunnel);
    chain.iter().any(|tunnel| tunnel.kind == TunnelKind::GtpU)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::segment::Socket;
    use crate::tunnel::{Chain, Tunnel};

    /// Three tunnels of `kind`.
    fn three(kind: TunnelKind) -> (Tunnels, [u64; 3]) {
        let mut tunnels = Tunnels::default();
        let ids = [1, 2, 3].map(|last| {
            let mut chain = Chain::default();
            let end = |last| IpAddr::from([10, 0, 0, last]);
            assert!(chain.enter(Tunnel::between(kind, None, end(last), end(100))));
            tunnels.id(&chain)
        });
        (tunnels, ids)
    }

    fn key(user: u32) -> FlowKey {
        let socket = |ip: u32, port| Socket {
            ip: IpAddr::from(ip.to_be_bytes()),
            port,
        };
        FlowKey::between(socket(user, 40_000), socket(u32::MAX, 443), 0)
    }

    /// Whether segments in these of three tunnels, that open or not, so many milliseconds
    /// apart, show somebody who moved.
    fn moves(kind: TunnelKind, ms: i64, seen: &[(usize, bool)]) -> bool {
        let (tunnels, ids) = three(kind);
        let mut moved = Moved::default();
        for ((at, opens), count) in seen.iter().zip(0..) {
            let passing = Passing {
                key: key(1),
                tunnel: ids[*at],
                time: Timestamp(count * ms * NS_PER_MS),
                opens: opens.then_some(SeqNo(0)),
            };
            moved.see(passing, &tunnels);
        }
        moved.users.get(&key(1)).is_some_and(|user| user.moved)
    }

    #[test]
    fn who_goes_on_in_another_tunnel_has_moved() {
        use TunnelKind::{GtpU, Vxlan};
        let handed_over = [(0, true), (0, false), (1, false)];
        assert!(moves(GtpU, 1, &handed_over));
        assert!(!moves(Vxlan, 1, &handed_over), "there it is somebody else");
        assert!(!moves(GtpU, 1, &[(0, false), (0, false)]), "begun before");
        let handed_on = [(0, true), (1, true), (0, false), (1, false), (0, true)];
        assert!(!moves(GtpU, 1, &handed_on));
        assert!(moves(GtpU, 100, &handed_on), "the SYN once more, elsewhere");
        assert!(moves(GtpU, 1, &[&handed_on[..], &[(2, false)]].concat()));
    }

    #[test]
    fn what_was_forgotten_may_have_moved() {
        let (tunnels, [one, other, _]) = three(TunnelKind::GtpU);
        let mut moved = Moved::default();
        let mut see = |user, tunnel| {
            let key = key(user);
            let opens = (tunnel == one).then_some(SeqNo(0));
            let passing = Passing {
                key,
                tunnel,
                time: Timestamp(0),
                opens,
            };
            moved.see(passing, &tunnels);
        };
        see(0, one);
        see(0, other);
        for user in 1..=u32::try_from(MOVED_USERS).unwrap() {
            see(user, one);
        }
        assert!(moved.users.len() <= MOVED_USERS);
        assert!(moved.forgotten);
    }
}
