//! AT003 and what it may not be taken for.

use super::*;
use crate::finding::Numbers;
use crate::flow::patterns::stealth::StealthScans;
use crate::flow::probe::{Probe, ProbeKind};

/// A probe of `port` at host 1, from port 50000 of host 66, with `seq`.
fn probe(kind: ProbeKind, port: u16, seq: u32) -> Probe {
    Probe {
        source: Socket {
            ip: host(66),
            port: 50_000,
        },
        target: Socket { ip: host(1), port },
        tunnel: 0,
        kind,
        seq: SeqNo(seq),
        ack: SeqNo(seq.wrapping_mul(7)),
        packet: u64::from(port),
        time: at(i64::from(port)),
        refused: true,
    }
}

fn found(probes: &[Probe]) -> Vec<PatternFinding> {
    let mut scans = StealthScans::default();
    probes.iter().for_each(|probe| scans.add(probe));
    let found = scans.findings();
    let mut again = StealthScans::default();
    probes.iter().rev().for_each(|probe| again.add(probe));
    assert_eq!(again.findings(), found, "another order");
    found
}

fn ports(kind: ProbeKind, n: u16, seq: impl Fn(u16) -> u32) -> Vec<Probe> {
    (20..20 + n)
        .map(|port| probe(kind, port, seq(port)))
        .collect()
}

#[test]
fn five_ports_make_a_scan() {
    for kind in [
        ProbeKind::Null,
        ProbeKind::Fin,
        ProbeKind::Xmas,
        ProbeKind::SynFin,
    ] {
        // Numbers of their own: hping makes a new one each time.
        assert!(found(&ports(kind, 4, u32::from)).is_empty());
        let scan = found(&ports(kind, 5, u32::from));
        assert_eq!(scan.len(), 1);
        assert_eq!((scan[0].code, scan[0].case), ("AT003", Some(kind.as_str())));
        assert_eq!((scan[0].subject.ip, scan[0].subject.port), (host(66), 0));
        assert_eq!(scan[0].packets, [20, 21, 22, 23, 24]);
        assert_eq!(scan[0].observed, Numbers::default().count(5));
    }
}

#[test]
fn the_same_port_again_and_again_is_none() {
    let again: Vec<Probe> = (0..50).map(|_| probe(ProbeKind::Fin, 80, 1)).collect();
    assert!(found(&again).is_empty());
}

#[test]
fn ordinary_segments_must_share_a_number() {
    for kind in [ProbeKind::FinAck, ProbeKind::Ack] {
        // A host that was started anew answers its old connections with RST.
        assert!(found(&ports(kind, 50, u32::from)).is_empty());
        assert_eq!(found(&ports(kind, 5, |_| 77)).len(), 1);
        let mut same_ack = ports(kind, 5, u32::from);
        same_ack.iter_mut().for_each(|probe| probe.ack = SeqNo(0));
        assert_eq!(found(&same_ack).len(), 1);
    }
}

#[test]
fn a_server_that_forgets_the_ack_flag_is_none() {
    let closes: Vec<Probe> = (0..20)
        .map(|i| {
            let mut probe = probe(ProbeKind::Fin, 40_000 + i, u32::from(i));
            probe.source.port = 8080;
            probe
        })
        .collect();
    assert!(found(&closes).is_empty());
}

#[test]
fn many_ports_are_estimated_and_one_finding() {
    let scan = found(&ports(ProbeKind::Null, 1000, |_| 1));
    assert_eq!(scan.len(), 1);
    assert_eq!(scan[0].observed, Numbers::default().count(1000));
    assert!(
        scan[0].message.contains(" to about "),
        "{}",
        scan[0].message
    );
    assert_eq!(scan[0].packets[0], 20);
}

#[test]
fn made_up_sources_do_not_fill_the_memory() {
    let mut scans = StealthScans::default();
    for n in 0..50_000 {
        let mut probe = probe(ProbeKind::Null, 80, n);
        probe.source.ip = host(n);
        scans.add(&probe);
    }
    assert!(scans.size() <= crate::limits::PATTERN_PROBE_GROUPS);
    assert!(scans.given_up() > 0);
}
