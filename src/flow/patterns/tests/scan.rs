//! AT002 and what it may not be taken for.

use super::*;
use crate::finding::Numbers;

const SCANNER: u32 = 66;

/// `n` targets, one each `every_ms`: ports of one host, or hosts of one port.
fn tried(n: u32, every_ms: i64, vertical: bool, outcome: Outcome) -> Vec<Attempt> {
    (0..n)
        .map(|i| {
            let server = if vertical {
                (host(1), u16::try_from(i + 1).unwrap())
            } else {
                (host(100 + i), 22)
            };
            let ms = i64::from(i) * every_ms;
            ending(outcome, attempt((host(SCANNER), 50_000), server, ms))
        })
        .collect()
}

#[test]
fn a_vertical_scan() {
    let mut attempts = tried(20, 3000, true, Outcome::Refused);
    attempts[3] = ending(Outcome::AbortedAtOnce, attempts[3]);
    let found = findings(&attempts);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].code, found[0].case), ("AT002", Some("vertical")));
    assert_eq!(found[0].subject.ip, host(SCANNER));
    assert!(
        found[0]
            .message
            .starts_with("10.0.0.66 tried 20 ports of 10.0.0.1: 20 SYNs, of which 19"),
        "{}",
        found[0].message
    );
    assert_eq!(found[0].packets, [1, 3001, 6001, 9001, 12001]);
    assert!(codes(&tried(19, 3000, true, Outcome::Refused)).is_empty());
    assert!(codes(&tried(20, 3200, true, Outcome::Refused)).is_empty());
    assert!(codes(&tried(20, 1, true, Outcome::Completed)).is_empty());
}

#[test]
fn a_large_scan_is_estimated() {
    let attempts = tried(1000, 5, true, Outcome::Refused);
    let found = findings(&attempts);
    assert_eq!(found.len(), 1);
    let words: Vec<&str> = found[0].message.split(' ').collect();
    let ports: u32 = words[3].parse().unwrap();
    assert_eq!(words[2], "about");
    assert!((900..=1100).contains(&ports));
    assert_eq!(found[0].observed, Numbers::default().count(1000));
    // As many, but one each ten seconds.
    assert!(codes(&tried(1000, 10_000, true, Outcome::Refused)).is_empty());
}

#[test]
fn a_sweep() {
    let mut attempts = tried(50, 100, false, Outcome::Unanswered);
    // Nobody answers at all: the network may be down.
    assert!(codes(&attempts).is_empty());
    attempts[7] = ending(Outcome::Refused, attempts[7]);
    assert_eq!(codes(&attempts), [("AT002", Some("horizontal"))]);
    // A fifth and more are there.
    for a in attempts.iter_mut().step_by(4) {
        *a = attempt(
            (a.client.ip, a.client.port),
            (a.server.ip, a.server.port),
            5,
        );
    }
    assert!(codes(&attempts).is_empty());
}

#[test]
fn a_capture_without_answers() {
    let facts = |two_way| CaptureFacts {
        latest: at(2000),
        two_way,
        ..CaptureFacts::default()
    };
    let mut attempts = tried(100, 10, true, Outcome::Unanswered);
    // Services that no client asks for all at once.
    assert_eq!(findings_in(&attempts, &facts(false)).len(), 1);
    for a in &mut attempts {
        a.server.port += 30_000;
    }
    assert!(findings_in(&attempts, &facts(false)).is_empty());
    assert_eq!(findings_in(&attempts, &facts(true)).len(), 1);
}

#[test]
fn a_block_of_hosts_makes_one_finding() {
    let mut attempts = Vec::new();
    for i in 0..40_u32 {
        for mut a in tried(40, 10, true, Outcome::Refused) {
            a.server.ip = host(1000 + i);
            a.isn = SeqNo(a.isn.0 ^ i << 20);
            a.packet += u64::from(i) * 10_000;
            attempts.push(a);
        }
    }
    let found = findings(&attempts);
    let cases: Vec<_> = found.iter().map(|f| f.case.unwrap()).collect();
    assert_eq!(cases, ["horizontal", "vertical"]);
    assert!(
        found
            .iter()
            .all(|f| f.observed == Numbers::default().count(1600))
    );
    assert!(
        found[1]
            .message
            .contains("and the same with 39 of the other hosts")
    );
}

#[test]
fn a_balancer_that_checks_its_servers() {
    // Handshake and RST with each, all are up.
    let up = tried(40, 10, false, Outcome::AbortedAtOnce);
    assert!(codes(&up).is_empty());
    // Half of them are down, and asked every two seconds.
    let mut again = Vec::new();
    for round in 0..8 {
        for mut a in tried(40, 10, false, Outcome::Refused) {
            a.time = a.time.plus(round * 2 * NS_PER_S);
            a.packet += u64::try_from(round).unwrap() * 2000;
            again.push(if a.packet % 20 < 10 {
                ending(Outcome::AbortedAtOnce, a)
            } else {
                a
            });
        }
    }
    assert!(codes(&again).is_empty());
}

#[test]
fn a_flood_of_one_port_is_no_scan() {
    let attempts: Vec<Attempt> = (0..2000_u16)
        .map(|i| {
            ending(
                Outcome::Refused,
                attempt((host(SCANNER), i), (host(1), 80), i64::from(i)),
            )
        })
        .collect();
    assert!(codes(&attempts).is_empty());
}

/// Private addresses are used again behind every tunnel.
#[test]
fn addresses_in_different_tunnels_are_different_hosts() {
    let mut attempts = tried(38, 100, false, Outcome::Refused);
    for (tunnel, half) in (1..).zip(attempts.chunks_mut(19)) {
        half.iter_mut().for_each(|a| a.tunnel = tunnel);
    }
    assert!(codes(&attempts).is_empty());
    attempts.iter_mut().for_each(|a| a.tunnel = 2);
    let found = findings(&attempts);
    assert_eq!((found.len(), found[0].tunnel), (1, 2));
}

/// What is answered elsewhere does not show that this tunnel shows answers.
#[test]
fn a_tunnel_without_answers() {
    let mut facts = CaptureFacts {
        latest: at(2000),
        two_way: true,
        ..CaptureFacts::default()
    };
    let mut attempts = tried(100, 10, true, Outcome::Unanswered);
    for a in &mut attempts {
        a.server.port += 30_000;
        a.tunnel = 7;
    }
    facts.add_two_way(8);
    assert!(findings_in(&attempts, &facts).is_empty());
    facts.add_two_way(7);
    assert_eq!(findings_in(&attempts, &facts).len(), 1);
}
