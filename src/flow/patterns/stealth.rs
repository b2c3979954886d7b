//! AT003: a scan that does not use SYN.
//!
//! One source sends segments of the same odd kind to at least 5 ports, none of
//! which belongs to a connection of the capture ([`Probe`]): each drew RSTs or
//! nothing, and no data followed. Beyond the catalogue's condition:
//!
//! * ACK and FIN,ACK are what connections consist of that began before the
//!   capture, and a host that was started anew answers them with RST. Real
//!   connections have numbers of their own; so the probes must share their
//!   SEQ or their ACK. Sharing the source port is no sign: a server sends to
//!   the ports of a client that is gone from a single one.
//! * A server with a home-made stack, which forgets the ACK flag when it
//!   closes, would send from one port to higher ones of its clients. That
//!   shape is left out.
//! * SYN,FIN is one kind more: it is a scan of the same sort, for its segments
//!   pass filters that look for SYN alone.

use std::net::IpAddr;

use hashbrown::HashMap;

use super::PatternFinding;
use super::bounded::{Bounded, Weight};
use super::sample::{Sample, Target};
use super::sketch::{Distinct, mix, of_ip, short};
use super::words::about;
use crate::finding::Numbers;
use crate::flow::probe::{Probe, ProbeKind};
use crate::limits;
use crate::segment::{Socket, Timestamp};
use crate::seq::SeqNo;
use crate::tunnel::Within;

/// Different ports.
const MIN_PORTS: usize = 5;
/// First probes that are named.
const NAMED: usize = 5;

/// What the probes of a group have in common beside source and kind.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Share {
    /// The kind is odd enough.
    Kind,
    /// SEG.SEQ.
    Seq(SeqNo),
    /// SEG.ACK.
    Ack(SeqNo),
}

/// Probes of one kind from one source.
#[derive(Clone, Debug)]
struct Group {
    probes: u64,
    refused: u64,
    ports: Sample,
    hosts: Distinct,
    different_ports: Distinct,
    /// The only source port, if there is only one.
    from_port: Option<u16>,
    lowest_port: u16,
    /// The only target host, or the first of several.
    host: IpAddr,
    first: (Timestamp, u64),
}

impl Weight for Group {
    fn weight(&self) -> u64 {
        u64::try_from(self.ports.len()).unwrap_or(u64::MAX)
    }
}

impl Group {
    fn beginning_with(probe: &Probe) -> Group {
        Group {
            probes: 0,
            refused: 0,
            ports: Sample::default(),
            hosts: Distinct::default(),
            different_ports: Distinct::default(),
            from_port: Some(probe.source.port),
            lowest_port: u16::MAX,
            host: probe.target.ip,
            first: (probe.time, probe.packet),
        }
    }

    fn add(&mut self, probe: &Probe) {
        self.probes += 1;
        self.refused += u64::from(probe.refused);
        let port = mix(u64::from(probe.target.port));
        self.ports.add(Target {
            hash: short(port),
            tries: 1,
            dead: true,
            well_known: probe.target.port < 1024,
            time: probe.time,
            packet: probe.packet,
        });
        self.different_ports.add(port);
        self.hosts.add(of_ip(probe.target.ip));
        self.host = self.host.min(probe.target.ip);
        self.from_port = self.from_port.filter(|port| *port == probe.source.port);
        self.lowest_port = self.lowest_port.min(probe.target.port);
        self.first = self.first.min((probe.time, probe.packet));
    }

    fn is_scan(&self, share: Share) -> bool {
        // From one port to higher ones: a server to its clients.
        let like_a_server = self.from_port.is_some_and(|port| port < self.lowest_port);
        self.ports.len() >= MIN_PORTS && (share != Share::Kind || !like_a_server)
    }
}

/// All that was probed without SYN.
#[derive(Debug)]
pub struct StealthScans {
    groups: Bounded<(Within<IpAddr>, ProbeKind, Share), Group>,
}

impl Default for StealthScans {
    fn default() -> StealthScans {
        StealthScans {
            groups: Bounded::new(limits::PATTERN_PROBE_GROUPS),
        }
    }
}

impl StealthScans {
    /// Takes in one probe.
    pub fn add(&mut self, probe: &Probe) {
        let by_number = [Share::Seq(probe.seq), Share::Ack(probe.ack)];
        let shares: &[Share] = if probe.kind.is_ordinary() {
            &by_number
        } else {
            &[Share::Kind]
        };
        for share in shares {
            self.groups
                .entry((probe.prober(), probe.kind, *share), || {
                    Group::beginning_with(probe)
                })
                .add(probe);
        }
    }

    /// Groups that were forgotten for the limit.
    #[must_use]
    pub const fn given_up(&self) -> u64 {
        self.groups.given_up()
    }

    /// How many entries there are.
    #[cfg(test)]
    pub fn size(&self) -> usize {
        self.groups.len()
    }

    /// What there is to say: one finding a source and kind.
    #[must_use]
    pub fn findings(&self) -> Vec<PatternFinding> {
        let mut largest: HashMap<(Within<IpAddr>, ProbeKind), &Group> = HashMap::new();
        for ((source, kind, share), group) in self.groups.iter() {
            if !group.is_scan(*share) {
                continue;
            }
            // Probes that share both numbers are in two groups, and a scanner
            // may try again with another number: the largest group speaks.
            let best = largest.entry((*source, *kind)).or_insert(group);
            let rank = |group: &Group| (group.probes, std::cmp::Reverse(group.first));
            if rank(group) > rank(best) {
                *best = group;
            }
        }
        largest
            .iter()
            .map(|((source, kind), group)| finding(*source, *kind, group))
            .collect()
    }
}

fn finding(source: Within<IpAddr>, kind: ProbeKind, group: &Group) -> PatternFinding {
    let mut named: Vec<(Timestamp, u64)> = group
        .ports
        .targets()
        .iter()
        .map(|target| (target.time, target.packet))
        .collect();
    // The first of all may not be in the sample.
    named.push(group.first);
    named.sort_unstable();
    named.dedup();
    let ports = if group.ports.is_all() {
        format!("{} ports", group.ports.len())
    } else {
        about(&group.different_ports, "port", "ports")
    };
    let hosts = if group.hosts.estimate() == 1 {
        group.host.to_string()
    } else {
        about(&group.hosts, "host", "hosts")
    };
    let (all, refused) = (group.probes, group.refused);
    let answers = match refused {
        0 => format!("none of the {all} targets answered"),
        n if n == all => format!("all {all} targets answered with RST"),
        _ => format!("of {all} targets {refused} answered with RST, the others with nothing"),
    };
    let message = format!(
        "{source} sent segments with {flags} to {ports} of {hosts}, none of which belongs to a \
         connection of this capture: {answers}, and no data followed. This is consistent with a \
         scan that does without SYN to pass filters.",
        flags = kind.flags(),
    );
    PatternFinding {
        code: "AT003",
        case: Some(kind.as_str()),
        subject: Socket {
            ip: source.addr,
            port: 0,
        },
        tunnel: source.tunnel,
        time: group.first.0,
        packets: named
            .iter()
            .take(NAMED)
            .map(|(_, packet)| *packet)
            .collect(),
        message,
        expected: Numbers::default(),
        observed: Numbers::default().count(group.probes),
        certainty: None,
        followers: 0,
    }
}
