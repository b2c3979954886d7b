//! AT010 and what it may not be taken for.

use super::*;
use crate::flow::attempt::Starved;

const SERVICE: (IpAddr, u16) = (IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 80);

/// `n` connections, one each `every_ms`, that starve from their beginning to
/// the end of a capture of `seconds`.
fn starving(n: u16, every_ms: i64, seconds: i64, zero_window: bool) -> Vec<Attempt> {
    (0..n)
        .map(|i| {
            let ms = i64::from(i) * every_ms;
            let mut one = attempt((host(66), 1024 + i), SERVICE, ms);
            one.until = at(seconds * 1000);
            one.starved = Some(Starved {
                zero_window,
                since: at(ms + 1),
                closed: None,
            });
            one
        })
        .collect()
}

fn found(attempts: &[Attempt], seconds: i64) -> Vec<(&'static str, Option<&'static str>)> {
    let facts = CaptureFacts {
        latest: at(seconds * 1000),
        two_way: true,
        ..CaptureFacts::default()
    };
    let found = findings_in(attempts, &facts);
    found.iter().map(|f| (f.code, f.case)).collect()
}

#[test]
fn fifty_in_a_minute_for_thirty_seconds() {
    let zero = starving(50, 500, 90, true);
    assert_eq!(found(&zero, 90), [("AT010", Some("zero-window"))]);
    let silent = starving(50, 500, 90, false);
    assert_eq!(found(&silent, 90), [("AT010", Some("silent"))]);
    assert!(found(&starving(49, 500, 90, true), 90).is_empty());
    // Too slow, and too short.
    assert!(found(&starving(60, 2000, 300, true), 300).is_empty());
    assert!(found(&starving(50, 500, 40, true), 40).is_empty());
}

#[test]
fn a_close_ends_it() {
    let mut closed = starving(50, 500, 90, false);
    for one in &mut closed {
        if let Some(starved) = &mut one.starved {
            starved.closed = Some(starved.since.plus(20 * NS_PER_S));
        }
    }
    assert!(found(&closed, 90).is_empty());
}

#[test]
fn a_network_counts_as_one() {
    let mut spread = starving(60, 500, 90, true);
    for (i, one) in (0..).zip(&mut spread) {
        one.client.ip = host(256 + i % 200);
    }
    let facts = CaptureFacts {
        latest: at(90_000),
        two_way: true,
        ..CaptureFacts::default()
    };
    let found = findings_in(&spread, &facts);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].subject.ip, host(256));
    assert!(
        found[0].message.contains("10.0.1.0/24"),
        "{}",
        found[0].message
    );
    for (i, one) in (0..).zip(&mut spread) {
        one.client.ip = host(i * 256);
    }
    assert!(findings_in(&spread, &facts).is_empty());
}

#[test]
fn a_capture_that_paused_proves_nothing() {
    let zero = starving(50, 500, 4000, true);
    let facts = CaptureFacts {
        latest: at(4_000_000),
        two_way: true,
        pauses: vec![(at(26_000), at(4_000_000))],
        ..CaptureFacts::default()
    };
    assert!(findings_in(&zero, &facts).is_empty());
}
