//! HS023 and what it may not be taken for.

use super::*;

const SERVICE: (u32, u16) = (1, 80);

fn syn(client: u32, port: u16, ms: i64, tsval: u32, outcome: Outcome) -> Attempt {
    let service = (host(SERVICE.0), SERVICE.1);
    let mut a = ending(outcome, attempt((host(client), port), service, ms));
    a.tsval = Some(tsval);
    if outcome == Outcome::Unanswered {
        a.syns = 2;
        a.last = a.time.plus(NS_PER_S);
    }
    a
}

/// Two hosts behind 10.0.0.7: one's clock is behind, and its SYNs are dropped.
fn two_hosts() -> Vec<Attempt> {
    let mut attempts = Vec::new();
    for i in 0..4_u16 {
        let ms = i64::from(i) * 2000;
        let ticks = u32::from(i) * 2000;
        attempts.push(syn(7, 4000 + i, ms, 900_000 + ticks, Outcome::Completed));
        attempts.push(syn(
            7,
            5000 + i,
            ms + 500,
            1000 + ticks,
            Outcome::Unanswered,
        ));
    }
    attempts.push(syn(8, 6000, 3000, 5, Outcome::Completed));
    attempts.push(syn(8, 6001, 15_000, 5, Outcome::Completed));
    attempts
}

#[test]
fn hosts_behind_one_address() {
    let found = findings(&two_hosts());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].code, "HS023");
    assert_eq!((found[0].subject.ip, found[0].subject.port), (host(1), 80));
    assert_eq!(found[0].packets, [501, 2501, 4501, 6501]);
}

#[test]
fn near_misses() {
    let with = |change: fn(&mut Attempt)| {
        let mut attempts = two_hosts();
        attempts.iter_mut().for_each(change);
        codes(&attempts)
    };
    assert!(!with(|_| {}).is_empty());
    // A full queue: one of the SYNs with a low TSval gets through.
    assert!(
        with(|a| if a.client.port == 5003 {
            *a = syn(7, 5003, 6500, 7000, Outcome::Completed)
        })
        .is_empty()
    );
    // An offset per connection.
    assert!(
        with(|a| a.tsval = a
            .tsval
            .map(|t| t + u32::from(a.client.port % 10) * (1 << 28)))
        .is_empty()
    );
    // Nobody else is answered.
    assert!(
        with(|a| if a.client.ip == host(8) {
            a.client.ip = host(7)
        })
        .is_empty()
    );
    // The SYNs were sent once only: they may have been lost.
    assert!(with(|a| a.syns = 1).is_empty());
    // Refused, not dropped.
    assert!(
        with(|a| if a.outcome == Outcome::Unanswered {
            a.outcome = Outcome::Refused
        })
        .is_empty()
    );
    // No timestamps.
    assert!(with(|a| a.tsval = None).is_empty());
    // From one and the same port.
    assert!(
        with(|a| if a.client.port >= 5000 && a.client.port < 5004 {
            a.client.port = 5000
        })
        .is_empty()
    );
    // The low ones are answered, the high ones not.
    assert!(with(|a| a.tsval = a.tsval.map(|t| 2_000_000 - t)).is_empty());
}

#[test]
fn a_capture_with_holes_or_too_short() {
    let facts = |ms, drops| CaptureFacts {
        latest: at(ms),
        drops,
        ..CaptureFacts::default()
    };
    let attempts = two_hosts();
    assert_eq!(findings_in(&attempts, &facts(15_000, Some(0))).len(), 1);
    assert!(findings_in(&attempts, &facts(15_000, Some(1))).is_empty());
    assert!(findings_in(&attempts, &facts(7000, None)).is_empty());
}
