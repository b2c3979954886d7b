//! AT001 and what it may not be taken for.

use super::*;

const VICTIM: (IpAddr, u16) = (IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 80);

fn random_ip(n: u64) -> IpAddr {
    ip(u32::try_from(mix(n) >> 32).unwrap())
}

/// `n` SYNs, one each `every_ms`, from made-up addresses; answered once and never completed.
fn spoofed(n: u64, every_ms: i64, outcome: Outcome) -> Vec<Attempt> {
    (0..n)
        .map(|i| {
            let ms = i64::try_from(i).unwrap() * every_ms;
            let port = u16::try_from(1024 + i % 60_000).unwrap();
            ending(outcome, attempt((random_ip(i), port), VICTIM, ms))
        })
        .collect()
}

/// Something else that completes, and goes on behind all other things.
fn bystander(ms: i64) -> Attempt {
    attempt((host(1), 4000), (host(2), 443), ms)
}

#[test]
fn a_flood_with_forged_sources() {
    let mut attempts = spoofed(3000, 1, Outcome::HalfOpen);
    attempts.push(bystander(8000));
    let found = findings(&attempts);
    // None of the SYN-ACKs is sent again within 7 s.
    let codes: Vec<_> = found.iter().map(|f| f.code).collect();
    assert_eq!(codes, ["AT001", "AT009"], "{found:#?}");
    let flood = &found[0];
    assert_eq!(flood.case, Some("spoofed"));
    assert_eq!(flood.subject, attempts[0].server);
    assert_eq!(flood.followers, 3000);
    assert_eq!(flood.time, at(0));
    assert_eq!(flood.packets, [1, 251, 501, 751, 1001]);
    assert!(flood.message.starts_with(
        "3000 connections were requested within 3.0 s (up to 1000 in a second), from about"
    ));
    let patterns = take_in(&attempts);
    assert!(attempts[..3000].iter().all(|a| patterns.is_flood(a)));
    assert!(!patterns.is_flood(&attempts[3000]));
    // Later, and half-open as well, but long after the flood.
    let late = ending(Outcome::HalfOpen, attempt((host(9), 1), VICTIM, 7000));
    assert!(!patterns.is_flood(&late));
}

#[test]
fn too_few_too_slow_or_completed() {
    let with = |mut attempts: Vec<Attempt>| {
        attempts.push(bystander(60_000));
        codes(&attempts)
    };
    assert!(with(spoofed(99, 1, Outcome::HalfOpen)).is_empty());
    assert!(!with(spoofed(100, 1, Outcome::HalfOpen)).is_empty());
    // 100 in 20 s.
    assert!(with(spoofed(300, 200, Outcome::HalfOpen)).is_empty());
    assert!(with(spoofed(3000, 1, Outcome::Completed)).is_empty());
    assert!(with(spoofed(3000, 1, Outcome::Refused)).is_empty());
    assert!(with(spoofed(3000, 1, Outcome::AbortedAtOnce)).is_empty());
    // One in nine completes.
    let mut crowd = spoofed(900, 1, Outcome::HalfOpen);
    crowd
        .iter_mut()
        .step_by(9)
        .for_each(|a| a.outcome = Outcome::Completed);
    assert!(with(crowd).is_empty());
}

#[test]
fn captures_of_one_direction_or_of_syns_only() {
    // No SYN-ACK of anybody.
    let one_sided = spoofed(3000, 1, Outcome::Unanswered);
    assert!(codes(&one_sided).is_empty());
    // Nobody completes: the capture may have been filtered.
    let mut syns_only = spoofed(3000, 2, Outcome::HalfOpen);
    for attempt in syns_only.iter_mut().step_by(10) {
        attempt.syn_acks = 2;
    }
    assert!(codes(&syns_only).is_empty());
    // The victim repeats its SYN-ACKs, so nobody acknowledges them.
    for attempt in syns_only.iter_mut() {
        attempt.syn_acks = 5;
        attempt.last = attempt.time.plus(15 * NS_PER_S);
    }
    assert_eq!(codes(&syns_only), [("AT001", Some("spoofed"))]);
}

#[test]
fn a_crowd_that_the_capture_cuts_off() {
    let mut crowd = spoofed(300, 1, Outcome::HalfOpen);
    crowd.push(bystander(100));
    assert!(codes(&crowd).is_empty());
}

#[test]
fn a_victim_with_a_short_queue() {
    let mut attempts = spoofed(1000, 1, Outcome::Unanswered);
    for (answered, mut a) in spoofed(40, 1, Outcome::HalfOpen).into_iter().enumerate() {
        a.syn_acks = 5;
        a.last = a.time.plus(31 * NS_PER_S);
        attempts[answered] = a;
    }
    attempts.push(bystander(0));
    assert_eq!(codes(&attempts), [("AT001", Some("spoofed"))]);
    // Clients that an overloaded server leaves waiting send their SYNs again.
    for a in &mut attempts {
        if a.outcome == Outcome::Unanswered {
            a.syns = 3;
            a.last = a.time.plus(3 * NS_PER_S);
        }
    }
    assert!(codes(&attempts).is_empty());
}

#[test]
fn kinds_of_sources() {
    let with = |change: fn(&mut Attempt, u32)| {
        let mut attempts = spoofed(600, 1, Outcome::HalfOpen);
        for (n, a) in (0..).zip(&mut attempts) {
            change(a, n);
        }
        attempts.push(bystander(5000));
        codes(&attempts)
            .iter()
            .map(|(_, case)| case.unwrap())
            .collect::<Vec<_>>()
    };
    let one = |a: &mut Attempt, _| a.client.ip = host(7);
    assert_eq!(with(one), ["single-source"]);
    let nat = |a: &mut Attempt, n: u32| {
        a.client.ip = host(7);
        a.ttl = [64, 63, 128][usize::try_from(n % 3).unwrap()];
    };
    assert_eq!(with(nat), ["single-address-several-hosts"]);
    let two_networks = |a: &mut Attempt, n: u32| a.client.ip = host(n % 2 * 256 + n / 2 % 256);
    assert_eq!(with(two_networks), ["several-sources"]);
}

#[test]
fn a_million_sources_take_bounded_room() {
    let mut patterns = Patterns::default();
    let n = 1_000_000_u64;
    for i in 0..n {
        let port = u16::try_from(1024 + i % 60_000).unwrap();
        let ms = i64::try_from(i / 100).unwrap();
        // Two floods' worth of SYNs to random hosts beside one flooded victim.
        let server = if i % 3 == 0 {
            VICTIM
        } else {
            (random_ip(!i), 80)
        };
        let outcome = if i % 3 == 0 {
            Outcome::HalfOpen
        } else {
            Outcome::Unanswered
        };
        patterns.add(&ending(outcome, attempt((random_ip(i), port), server, ms)));
    }
    patterns.add(&bystander(12_000));
    assert!(
        patterns.floods.size() <= crate::limits::PATTERN_SERVICES + crate::limits::PATTERN_SLOTS
    );
    assert!(patterns.sources.size() <= crate::limits::PATTERN_SOURCES);
    assert!(patterns.scans.size() <= 2 * crate::limits::PATTERN_SCAN_GROUPS);
    assert!(
        patterns
            .forgotten()
            .iter()
            .any(|(name, _, n)| *name == "pattern-services" && *n > 0)
    );
    let facts = CaptureFacts {
        latest: at(12_050),
        ..CaptureFacts::default()
    };
    let (found, _) = patterns.findings(&facts, &Settings::default());
    assert_eq!(found.len(), 2, "AT009 for want of repetitions");
    assert_eq!((found[0].code, found[0].subject.ip), ("AT001", VICTIM.0));
    assert_eq!(found[0].followers, n.div_ceil(3));
}

/// Run by hand: `cargo test --release speed -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn speed() {
    type Make = fn(u64) -> Attempt;
    let kinds: [(&str, Make); 3] = [
        ("forged sources, answered", |i| {
            let port = u16::try_from(1024 + i % 60_000).unwrap();
            let ms = i64::try_from(i / 100).unwrap();
            ending(Outcome::HalfOpen, attempt((random_ip(i), port), VICTIM, ms))
        }),
        ("one source, random hosts, unanswered", |i| {
            let ms = i64::try_from(i / 100).unwrap();
            ending(
                Outcome::Unanswered,
                attempt((host(1), 4000), (random_ip(i), 80), ms),
            )
        }),
        ("1000 clients of 100 services, closed", |i| {
            let ms = i64::try_from(i / 100).unwrap();
            let client = host(u32::try_from(mix(i) % 1000).unwrap());
            let server = host(u32::try_from(2000 + mix(!i) % 100).unwrap());
            let mut a = attempt(
                (client, u16::try_from(i % 65_536).unwrap()),
                (server, 80),
                ms,
            );
            a.closed = Some((a.last, true));
            a
        }),
    ];
    for (name, make) in kinds {
        let mut patterns = Patterns::default();
        let mut spent = std::time::Duration::ZERO;
        let mut batch = Vec::with_capacity(100_000);
        for round in 0..100 {
            batch.clear();
            batch.extend((0..100_000).map(|i| make(round * 100_000 + i)));
            let begin = std::time::Instant::now();
            batch.iter().for_each(|a| patterns.add(a));
            spent += begin.elapsed();
        }
        let begin = std::time::Instant::now();
        let found = patterns
            .findings(&CaptureFacts::default(), &Settings::default())
            .0
            .len();
        println!(
            "{name}: {} ns each, {found} findings in {:?}",
            spent.as_nanos() / 10_000_000,
            begin.elapsed()
        );
    }
}

/// A host that a tunnel ends at may capture both: nothing counts twice.
#[test]
fn inside_and_outside_of_a_tunnel_are_two_floods() {
    let mut attempts = spoofed(3000, 1, Outcome::HalfOpen);
    attempts.push(bystander(8000));
    let outside = findings(&attempts);
    let inside = attempts.iter().map(|a| Attempt { tunnel: 7, ..*a });
    let both: Vec<Attempt> = attempts.iter().copied().chain(inside).collect();
    let patterns = take_in(&both);
    assert!(both[..3000].iter().all(|a| patterns.is_flood(a)));
    let found = findings(&both);
    for tunnel in [0, 7] {
        let mut of_one: Vec<_> = found.iter().filter(|f| f.tunnel == tunnel).collect();
        of_one.sort_by_key(|f| f.code);
        assert_eq!(of_one.len(), 2);
        for (one, expected) in of_one.iter().zip(&outside) {
            assert_eq!(
                (one.code, one.followers),
                (expected.code, expected.followers)
            );
            assert_eq!(one.message, expected.message);
        }
    }
}
