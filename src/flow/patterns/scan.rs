//! AT002: a port scan.
//!
//! One source sends SYNs to at least 20 ports of one host (`vertical`) or to
//! one port of at least 20 hosts (`horizontal`) within 60 s, and at least 80 %
//! of these are refused, unanswered, or aborted by the source as soon as the
//! answer is there. Beyond the catalogue's condition, so that nobody is
//! called a scanner for less:
//!
//! * A load balancer or monitor that checks its servers with a handshake and
//!   a RST also aborts all it opens, but its targets are open. So a fifth of
//!   the failed targets must have been refused or have stayed silent.
//! * Whoever tries the same targets again and again (a monitor, the nodes of
//!   a cluster that look for each other) is no scanner: on average a target is
//!   tried at most five times.
//! * When the network is down, a client's SYNs to many hosts go unanswered:
//!   where hosts are many, somebody must answer with SYN-ACK or RST. Where ports
//!   are many, anybody's answer in the capture will do: it shows that the capture
//!   holds answers. Without any, at least 10 of the ports must be below 1024, of
//!   which no client needs so many at once.
//!
//! A flood's forged sources try one or two targets each, and one source's
//! flood of one port has one target, so neither looks like a scan.

use std::net::IpAddr;

use hashbrown::HashMap;

use super::PatternFinding;
use super::bounded::{Bounded, Weight};
use super::sample::{Sample, Target};
use super::sketch::{Distinct, mix, of_ip, of_pair, short};
use super::sources::Try;
use super::words::about;
use crate::finding::Numbers;
use crate::flow::attempt::Outcome;
use crate::limits;
use crate::machine::surroundings::CaptureFacts;
use crate::segment::{NS_PER_S, Socket, Timestamp};
use crate::tunnel::Within;

/// Ports of one host, or hosts of one port.
const MIN_TARGETS: u64 = 20;
/// Within so long.
const WINDOW_NS: i64 = 60 * NS_PER_S;
/// Of a sample of very many targets, at least so many must lie in the window.
const MIN_SAMPLED: usize = 8;
/// Tries of one target on average.
const MAX_TRIES: u64 = 5;
/// Ports below 1024 that make a scan without any answer.
const MIN_WELL_KNOWN: usize = 10;
/// First SYNs that are named.
const NAMED: usize = 5;

/// What one source did to one host, or to one port of all hosts. Mostly there
/// is one target only, which needs no memory of its own.
#[derive(Clone, Debug, Default)]
struct Group {
    tally: Tally,
    /// The hash of the first target, and how it was tried.
    only: Option<u64>,
    only_failed: Option<Target>,
    only_completed: Option<Target>,
    /// All targets, when there is another one.
    targets: Option<Box<Targets>>,
}

/// Several targets.
#[derive(Clone, Debug, Default)]
struct Targets {
    failed: Sample,
    completed: Sample,
    all: Distinct,
}

impl Weight for Group {
    fn weight(&self) -> u64 {
        let one = usize::from(self.only_failed.is_some());
        let failed = self.targets.as_ref().map_or(one, |t| t.failed.len());
        u64::try_from(failed).unwrap_or(u64::MAX)
    }
}

/// Attempts by outcome.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    refused: u64,
    unanswered: u64,
    aborted: u64,
    others: u64,
}

impl Tally {
    const fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Refused => self.refused += 1,
            Outcome::Unanswered => self.unanswered += 1,
            Outcome::AbortedAtOnce => self.aborted += 1,
            Outcome::HalfOpen | Outcome::Completed => self.others += 1,
        }
    }

    const fn add(&mut self, other: &Tally) {
        self.refused += other.refused;
        self.unanswered += other.unanswered;
        self.aborted += other.aborted;
        self.others += other.others;
    }

    const fn all(&self) -> u64 {
        self.refused + self.unanswered + self.aborted + self.others
    }
}

impl Group {
    fn add(&mut self, attempt: &Try, hash: u64) {
        self.tally.count(attempt.outcome);
        let completed = match attempt.outcome {
            Outcome::Completed => true,
            Outcome::Refused | Outcome::Unanswered | Outcome::AbortedAtOnce => false,
            // The answer was not followed by anything: half of a scan with
            // raw packets, but as much half of a flood. Nothing is made of it.
            Outcome::HalfOpen => return,
        };
        let target = Target {
            hash: short(hash),
            tries: 1,
            dead: matches!(attempt.outcome, Outcome::Refused | Outcome::Unanswered),
            well_known: attempt.server.port < 1024,
            time: attempt.time,
            packet: attempt.packet,
        };
        if let Some(targets) = &mut self.targets {
            targets.add(&target, hash, completed);
        } else if *self.only.get_or_insert(hash) == hash {
            let only = if completed {
                &mut self.only_completed
            } else {
                &mut self.only_failed
            };
            match only {
                Some(known) => known.merge(&target),
                None => *only = Some(target),
            }
        } else {
            let mut targets = Box::<Targets>::default();
            let only = self.only.unwrap_or_default();
            for (known, completed) in [(self.only_failed, false), (self.only_completed, true)] {
                if let Some(known) = known {
                    targets.add(&known, only, completed);
                }
            }
            targets.add(&target, hash, completed);
            self.targets = Some(targets);
        }
    }
}

impl Targets {
    fn add(&mut self, target: &Target, hash: u64, completed: bool) {
        self.all.add(hash);
        if completed {
            self.completed.add(*target);
        } else {
            self.failed.add(*target);
        }
    }

    /// The first window in which the condition holds, if there is one.
    fn scan(&self) -> Option<Scan> {
        if self.failed.len() < MIN_SAMPLED {
            return None;
        }
        let in_order = |sample: &Sample, but: Option<&Sample>| {
            let mut targets: Vec<Target> = sample.targets().to_vec();
            targets.retain(|target| but.is_none_or(|other| !other.holds(target.hash)));
            targets.sort_unstable_by_key(|target| (target.time, target.packet));
            targets
        };
        // A target that was open once is no failure.
        let failed = in_order(&self.failed, Some(&self.completed));
        let completed = in_order(&self.completed, None);
        let (each_failed, each_completed) = (self.failed.stands_for(), self.completed.stands_for());
        let needed = if self.failed.is_all() { 1 } else { MIN_SAMPLED };
        (0..failed.len()).find_map(|end| {
            let last = failed.get(end)?;
            let upto = failed.get(..=end)?;
            let within = |target: &Target| last.time.since(target.time) < WINDOW_NS;
            let window = upto.get(upto.partition_point(|target| !within(target))..)?;
            let from = window.first()?.time;
            // Whatever 60 s these targets are part of.
            let near = |t: &&Target| within(t) && t.time.since(from) < WINDOW_NS;
            let open = completed.iter().filter(near).count();
            let fails = thousandths(window.len(), each_failed);
            let all = fails + thousandths(open, each_completed);
            let tries: u64 = window.iter().map(|target| u64::from(target.tries)).sum();
            let dead = window.iter().filter(|target| target.dead).count();
            let holds = window.len() >= needed
                && all >= MIN_TARGETS * 1000
                && fails * 5 >= all * 4
                && dead * 5 >= window.len()
                && tries <= MAX_TRIES * u64::try_from(window.len()).unwrap_or(u64::MAX);
            holds.then(|| Scan {
                from,
                well_known: window.iter().filter(|target| target.well_known).count(),
                packets: window.iter().take(NAMED).map(|t| t.packet).collect(),
            })
        })
    }
}

fn thousandths(count: usize, each: u64) -> u64 {
    u64::try_from(count)
        .unwrap_or(u64::MAX)
        .saturating_mul(each)
}

#[derive(Clone, Debug)]
struct Scan {
    from: Timestamp,
    /// Sampled ports below 1024.
    well_known: usize,
    packets: Vec<u64>,
}

/// Who tried what.
#[derive(Debug)]
pub struct Scans {
    /// By source and host; the targets are ports.
    hosts: Bounded<(Within<IpAddr>, IpAddr), Group>,
    /// By source and port; the targets are hosts.
    ports: Bounded<(Within<IpAddr>, u16), Group>,
    /// Somebody answered something, outside of tunnels.
    answers: bool,
}

impl Default for Scans {
    fn default() -> Scans {
        Scans {
            hosts: Bounded::new(limits::PATTERN_SCAN_GROUPS),
            ports: Bounded::new(limits::PATTERN_SCAN_GROUPS),
            answers: false,
        }
    }
}

/// All of one source's scans in one direction.
struct Found<'a> {
    source: Within<IpAddr>,
    /// The group with the most targets, and its key's other part in words.
    most: (&'a Targets, String),
    groups: u64,
    tally: Tally,
    scan: Scan,
}

impl Scans {
    /// Takes in one attempt.
    pub fn add(&mut self, attempt: &Try) {
        self.answers |= attempt.tunnel == 0 && attempt.outcome != Outcome::Unanswered;
        let (source, host, port) = (attempt.source(), attempt.server.ip, attempt.server.port);
        self.hosts
            .entry((source, host), Group::default)
            .add(attempt, mix(u64::from(port)));
        self.ports
            .entry((source, port), Group::default)
            .add(attempt, of_ip(host));
    }

    /// Pairs that were forgotten for the limit.
    #[must_use]
    pub const fn given_up(&self) -> u64 {
        self.hosts.given_up() + self.ports.given_up()
    }

    /// How many entries there are.
    #[cfg(test)]
    pub fn size(&self) -> usize {
        self.hosts.len() + self.ports.len()
    }

    /// What there is to say.
    #[must_use]
    pub fn findings(&self, capture: &CaptureFacts) -> Vec<PatternFinding> {
        // A tunnel may carry one direction only, whatever there is around it.
        let shows_answers = |tunnel| capture.is_two_way(tunnel) || tunnel == 0 && self.answers;
        let vertical = found(
            self.hosts
                .iter()
                .map(|((source, host), group)| (*source, host.to_string(), group)),
            |source, scan| shows_answers(source.tunnel) || scan.well_known >= MIN_WELL_KNOWN,
        );
        let horizontal = found(
            self.ports
                .iter()
                .filter(|(_, group)| group.tally.all() > group.tally.unanswered)
                .map(|((source, port), group)| (*source, format!("port {port}"), group)),
            |_, _| true,
        );
        let vertical = vertical.iter().map(|found| found.finding("vertical"));
        let horizontal = horizontal.iter().map(|found| found.finding("horizontal"));
        vertical.chain(horizontal).collect()
    }
}

/// The scans by source.
fn found<'a>(
    groups: impl Iterator<Item = (Within<IpAddr>, String, &'a Group)>,
    counts: impl Fn(Within<IpAddr>, &Scan) -> bool,
) -> Vec<Found<'a>> {
    let mut by_source: HashMap<Within<IpAddr>, Found<'a>> = HashMap::new();
    for (source, name, group) in groups {
        let Some((targets, scan)) = group
            .targets
            .as_deref()
            .and_then(|targets| Some((targets, targets.scan()?)))
            .filter(|(_, scan)| counts(source, scan))
        else {
            continue;
        };
        let Some(found) = by_source.get_mut(&source) else {
            let one = Found {
                source,
                most: (targets, name),
                groups: 1,
                tally: group.tally,
                scan,
            };
            by_source.insert(source, one);
            continue;
        };
        found.groups += 1;
        found.tally.add(&group.tally);
        if (scan.from, &scan.packets) < (found.scan.from, &found.scan.packets) {
            found.scan = scan;
        }
        // The name decides between equals, so that the order does not.
        let rank = |targets: &Targets, name: &str| {
            let hash = name
                .bytes()
                .fold(0, |hash, octet| of_pair(hash, octet.into()));
            (targets.all.estimate(), hash)
        };
        if rank(targets, &name) > rank(found.most.0, &found.most.1) {
            found.most = (targets, name);
        }
    }
    by_source.into_values().collect()
}

impl Found<'_> {
    fn finding(&self, case: &'static str) -> PatternFinding {
        let (targets, name) = &self.most;
        let vertical = case == "vertical";
        let (one, many, other) = if vertical {
            ("port", "ports", "hosts")
        } else {
            ("host", "hosts", "ports")
        };
        let targets = targets.in_words(one, many);
        let more = match self.groups {
            1 => String::new(),
            2 => format!(", and the same with one of the other {other}"),
            n => format!(", and the same with {} of the other {other}", n - 1),
        };
        let Tally {
            refused,
            unanswered,
            aborted,
            others,
        } = self.tally;
        let message = format!(
            "{source} tried {targets} {at} {name}{more}: {all} SYNs, of which {refused} were refused, \
             {unanswered} drew no answer, {aborted} were reset by it as soon as they were answered, \
             and {others} were left or went on. This is consistent with a scan; a service monitor, \
             a peer-to-peer program or a client whose servers are down may look alike.",
            source = self.source,
            at = if vertical { "of" } else { "at" },
            all = self.tally.all(),
        );
        PatternFinding {
            code: "AT002",
            case: Some(case),
            subject: Socket {
                ip: self.source.addr,
                port: 0,
            },
            tunnel: self.source.tunnel,
            time: self.scan.from,
            packets: self.scan.packets.clone(),
            message,
            expected: Numbers::default(),
            observed: Numbers::default().count(self.tally.all()),
            certainty: None,
            followers: 0,
        }
    }
}

impl Targets {
    fn in_words(&self, one: &str, many: &str) -> String {
        if self.failed.is_all() && self.completed.is_all() {
            let both = self
                .completed
                .targets()
                .iter()
                .filter(|target| self.failed.holds(target.hash))
                .count();
            let n = self.failed.len() + self.completed.len() - both;
            format!("{n} {}", if n == 1 { one } else { many })
        } else {
            about(&self.all, one, many)
        }
    }
}
