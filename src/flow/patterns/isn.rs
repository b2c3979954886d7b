//! HS020: initial sequence numbers that follow a simple pattern.
//!
//! Of the first connections of a host, with different sockets, at least 8: in
//! order of time the ISNs are all the same, go up by the same step, or follow
//! a clock (a + b*t, nowhere more than 2^16 off), all modulo 2^32. A clock
//! shows only in at least 8 different numbers: two always lie on a line. The
//! ISNs that a host chose as client and as server are looked at apart.
//!
//! Only the earliest connections are kept, because a step can be seen only
//! when none is left out between.
//!
//! The case `packet-generator` (an event, not a fault) is for what no TCP
//! implementation is behind: all ISNs within 2^16 of 0, one round number in all,
//! one number in all on both sides (copies of one connection), or less than 8 of
//! the connections completed, as with scanners, which have nothing to protect. SYN cookies are no pattern: a keyed hash is in them.

use std::net::IpAddr;

use super::PatternFinding;
use super::bounded::{Bounded, Weight};
use super::sketch::{of_pair, of_socket, short};
use super::sources::Try;
use crate::finding::Numbers;
use crate::flow::attempt::Outcome;
use crate::limits;
use crate::segment::{NS_PER_S, Socket, Timestamp};
use crate::seq::SeqNo;
use crate::tunnel::Within;

/// Connections that make a pattern.
const MIN_CONNECTIONS: usize = 8;
/// Connections that are kept of a host.
const KEPT: usize = 32;
/// A clock may be so many octets off.
const RESIDUAL: f64 = 65_536.0;
/// Packets that are named.
const NAMED: usize = 8;

/// One choice of an ISN. The order is that of time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Choice {
    time: Timestamp,
    packet: u64,
    /// Hash of the two sockets.
    sockets: u32,
    isn: u32,
    /// What the other end chose.
    peer_isn: Option<u32>,
    completed: bool,
}

/// The earliest choices of a host, one for each pair of sockets.
#[derive(Clone, Debug, Default)]
struct Choices {
    earliest: Vec<Choice>,
}

impl Weight for Choices {
    fn weight(&self) -> u64 {
        u64::try_from(self.earliest.len()).unwrap_or(u64::MAX)
    }
}

impl Choices {
    #[inline]
    fn take(&mut self, tried: &Try, isn: SeqNo, peer_isn: Option<SeqNo>) {
        // Most come behind all that are kept, which is seen before anything of them is computed.
        let is_later = |last: &Choice| (last.time, last.packet) < (tried.time, tried.packet);
        if self.earliest.len() < KEPT || !self.earliest.last().is_some_and(is_later) {
            self.add(choice(tried, isn, peer_isn));
        }
    }

    fn add(&mut self, choice: Choice) {
        let full = self.earliest.len() >= KEPT;
        if full && self.earliest.last().is_some_and(|last| *last <= choice) {
            return;
        }
        let same = |known: &Choice| known.sockets == choice.sockets;
        if let Some(at) = self.earliest.iter().position(same) {
            if self.earliest.get(at).is_some_and(|known| *known <= choice) {
                return;
            }
            self.earliest.remove(at);
        }
        let at = self.earliest.partition_point(|known| *known < choice);
        self.earliest.insert(at, choice);
        self.earliest.truncate(KEPT);
    }
}

/// The ISNs of all hosts.
#[derive(Debug)]
pub struct Isns {
    clients: Bounded<Within<IpAddr>, Choices>,
    servers: Bounded<Within<IpAddr>, Choices>,
}

impl Default for Isns {
    fn default() -> Isns {
        Isns {
            clients: Bounded::new(limits::PATTERN_ISN_HOSTS),
            servers: Bounded::new(limits::PATTERN_ISN_HOSTS),
        }
    }
}

impl Isns {
    /// Takes in the ISN of a client.
    pub fn add_client(&mut self, tried: &Try) {
        self.clients.entry(tried.source(), Choices::default).take(
            tried,
            tried.isn,
            tried.server_isn,
        );
    }

    /// Takes in the ISN of a server, if it answered.
    #[inline]
    pub fn add_server(&mut self, tried: &Try) {
        if let Some(isn) = tried.server_isn {
            self.servers
                .entry(tried.host(), Choices::default)
                .take(tried, isn, Some(tried.isn));
        }
    }

    /// Hosts that were forgotten for the limit.
    #[must_use]
    pub const fn given_up(&self) -> u64 {
        self.clients.given_up() + self.servers.given_up()
    }

    /// What there is to say.
    #[must_use]
    pub fn findings(&self) -> Vec<PatternFinding> {
        let clients = self.clients.iter().map(|(ip, of)| (ip, of, "client"));
        let servers = self.servers.iter().map(|(ip, of)| (ip, of, "server"));
        clients
            .chain(servers)
            .filter_map(|(ip, choices, part)| finding(*ip, &choices.earliest, part))
            .collect()
    }
}

fn choice(tried: &Try, isn: SeqNo, peer_isn: Option<SeqNo>) -> Choice {
    Choice {
        time: tried.time,
        packet: tried.packet,
        sockets: short(of_pair(of_socket(tried.client), of_socket(tried.server))),
        isn: isn.0,
        peer_isn: peer_isn.map(|isn| isn.0),
        completed: tried.outcome == Outcome::Completed,
    }
}

/// How ISNs follow from each other.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Pattern {
    /// All are this number.
    Same(u32),
    /// Each is so much larger than the one before.
    Step(u32),
    /// They go up by so much per second.
    Clock(f64),
}

fn finding(host: Within<IpAddr>, choices: &[Choice], part: &str) -> Option<PatternFinding> {
    let pattern = pattern(choices)?;
    let completed = choices.iter().filter(|choice| choice.completed).count();
    let tiny = |isn: u32| isn.cast_signed().unsigned_abs() < 1 << 16;
    let copies = || {
        let peer = choices.first().and_then(|choice| choice.peer_isn);
        peer.is_some() && choices.iter().all(|choice| choice.peer_isn == peer)
    };
    let generator = completed < MIN_CONNECTIONS
        || choices.iter().all(|choice| tiny(choice.isn))
        || matches!(pattern, Pattern::Same(isn) if is_round(isn) || copies());
    let how = match pattern {
        Pattern::Same(isn) => format!("are all {isn}"),
        Pattern::Step(step) => {
            format!("go up by {step} from each connection to the next")
        }
        Pattern::Clock(per_s) => {
            format!("follow a clock of {per_s:.0} per second, the same for all connections")
        }
    };
    let then = if generator {
        "This is how packet generators, scanners and exercises with made-up numbers look, or a tool \
         that wrote relative numbers into the capture; a real TCP host would be open to forged \
         segments."
    } else {
        "Whoever opens a connection to it could guess the numbers of others. SYN proxies and \
         load balancers that choose the numbers in a host's place look alike."
    };
    let first = choices.first()?;
    let n = choices.len();
    Some(PatternFinding {
        code: "HS020",
        case: Some(if generator {
            "packet-generator"
        } else {
            "plain"
        }),
        subject: Socket {
            ip: host.addr,
            port: 0,
        },
        tunnel: host.tunnel,
        time: choices.get(MIN_CONNECTIONS - 1)?.time,
        packets: choices.iter().take(NAMED).map(|c| c.packet).collect(),
        message: format!(
            "The initial sequence numbers that {host} chose as {part} of {n} connections {how}. {then}"
        ),
        expected: Numbers::default(),
        observed: Numbers::default()
            .seq(SeqNo(first.isn))
            .count(u64::try_from(n).unwrap_or(u64::MAX)),
        certainty: None,
        followers: 0,
    })
}

/// What somebody types: 0, 1000, 0x10000, 0x11111111, 0xdeadbeef.
fn is_round(isn: u32) -> bool {
    let octets = isn.to_be_bytes();
    isn.is_multiple_of(1000)
        || isn.is_multiple_of(0x1000)
        || octets.iter().all(|octet| *octet == octets[0])
        || [0xdead_beef, 0x1234_5678, 123_456_789].contains(&isn)
}

fn pattern(choices: &[Choice]) -> Option<Pattern> {
    if choices.len() < MIN_CONNECTIONS {
        return None;
    }
    let mut steps = choices
        .windows(2)
        .filter_map(|pair| Some(pair.last()?.isn.wrapping_sub(pair.first()?.isn)));
    let step = steps.next()?;
    if steps.all(|other| other == step) {
        return Some(match step {
            0 => Pattern::Same(choices.first()?.isn),
            step => Pattern::Step(step),
        });
    }
    let mut numbers: Vec<u32> = choices.iter().map(|choice| choice.isn).collect();
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.len() < MIN_CONNECTIONS {
        return None;
    }
    (0..choices.len() - 1).find_map(|from| clock(choices, from))
}

/// A clock that all choices agree with, if the two from `from` on are close
/// enough in time to begin with.
///
/// Which turn of the ring a number belongs to is not known, only that the two
/// to begin with are less than half a turn apart. They give a rate, with an error that lets
/// it foretell the numbers of somewhat longer times; those make the rate
/// better, and so on. A rate that cannot foretell the next number to less
/// than half a turn proves nothing.
#[expect(
    clippy::cast_precision_loss,
    reason = "nanoseconds of a capture and a few turns of 2^32 are exact enough in an f64"
)]
fn clock(choices: &[Choice], from: usize) -> Option<Pattern> {
    let origin = choices.get(from)?;
    let mut points: Vec<(f64, u32)> = choices
        .iter()
        .map(|choice| {
            let after = choice.time.since(origin.time) as f64;
            (after, choice.isn.wrapping_sub(origin.isn))
        })
        .collect();
    points.sort_by(|a, b| a.0.abs().total_cmp(&b.0.abs()));
    let (mut rate, mut error) = (0.0, f64::INFINITY);
    let mut unrolled: Vec<(f64, f64)> = Vec::with_capacity(points.len());
    for (after, octets) in points {
        let slack = 2.0 * RESIDUAL;
        let value = if after.abs() < 1.0 {
            // At the same time: only as far off as any two may be.
            f64::from(octets.cast_signed())
        } else if error.is_infinite() {
            f64::from(octets.cast_signed())
        } else {
            let foretold = rate * after;
            let uncertain = error * after.abs() + slack;
            if uncertain >= f64::from(1_u32 << 31) {
                return None;
            }
            let turn = 4_294_967_296.0_f64;
            let off = (f64::from(octets) - foretold).rem_euclid(turn);
            let off = if off >= turn / 2.0 { off - turn } else { off };
            if off.abs() > uncertain {
                return None;
            }
            foretold + off
        };
        if after.abs() < 1.0 {
            if value.abs() > slack {
                return None;
            }
        } else if slack / after.abs() < error {
            (rate, error) = (value / after, slack / after.abs());
        }
        unrolled.push((after, value));
    }
    if error.is_infinite() {
        return None;
    }
    let n = unrolled.len() as f64;
    let mean = |part: fn(&(f64, f64)) -> f64| unrolled.iter().map(part).sum::<f64>() / n;
    let (mean_t, mean_v) = (mean(|p| p.0), mean(|p| p.1));
    let mut product = 0.0;
    let mut square = 0.0;
    for (t, v) in &unrolled {
        product += (t - mean_t) * (v - mean_v);
        square += (t - mean_t) * (t - mean_t);
    }
    let rate = product / square;
    let fits = unrolled
        .iter()
        .all(|(t, v)| (v - mean_v - rate * (t - mean_t)).abs() < RESIDUAL);
    fits.then_some(Pattern::Clock(rate * NS_PER_S as f64))
}
