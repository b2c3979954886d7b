//! HS020 and what it may not be taken for.

use super::*;

/// `n` connections of one host to different ports, with these ISNs.
fn with_isns(n: u32, isn: impl Fn(u32, i64) -> u32, outcome: Outcome) -> Vec<Attempt> {
    (0..n)
        .map(|i| {
            // Uneven times, minutes in all.
            let ms = i64::from(i) * 7000 + i64::try_from(mix(i.into()) % 5000).unwrap();
            let port = u16::try_from(2000 + i).unwrap();
            let mut a = ending(outcome, attempt((host(5), port), (host(6 + i), 80), ms));
            a.isn = SeqNo(isn(i, ms));
            a
        })
        .collect()
}

fn case_of(attempts: &[Attempt]) -> Vec<&'static str> {
    findings(attempts)
        .iter()
        .filter(|f| f.code == "HS020")
        .map(|f| f.case.unwrap())
        .collect()
}

#[test]
fn steps_and_clocks() {
    let step = |i: u32, _| 4_000_000_000_u32.wrapping_add(i.wrapping_mul(64_000_000));
    assert_eq!(case_of(&with_isns(20, step, Outcome::Completed)), ["plain"]);
    assert_eq!(case_of(&with_isns(8, step, Outcome::Completed)), ["plain"]);
    assert!(case_of(&with_isns(7, step, Outcome::Completed)).is_empty());
    // RFC 793: a tick each 4 us, here with some noise.
    let clock = |i: u32, ms: i64| {
        let ticks = u32::try_from(ms).unwrap().wrapping_mul(250);
        ticks
            .wrapping_add(u32::try_from(mix(i.into()) % 60_000).unwrap())
            .wrapping_add(0xfff0_0000)
    };
    let attempts = with_isns(20, clock, Outcome::Completed);
    let found = findings(&attempts);
    assert_eq!(found[0].case, Some("plain"));
    assert!(
        found[0].message.contains("a clock of 2"),
        "{}",
        found[0].message
    );
    assert_eq!(found[0].subject.ip, host(5));
}

#[test]
fn a_fast_clock_wraps_between_connections() {
    let attempts: Vec<Attempt> = (0..30_u32)
        .map(|i| {
            // Pairs of connections 20 ms apart, then minutes of pause; 15.6 MHz.
            let ms = i64::from(i / 2) * 100_000 + i64::from(i % 2) * 20 + i64::from(i * i);
            let mut a = attempt((host(5), u16::try_from(i).unwrap()), (host(6), 80), ms);
            a.isn = SeqNo(u32::try_from(ms * 15_625 % (1 << 32)).unwrap());
            a
        })
        .collect();
    assert_eq!(case_of(&attempts), ["plain"]);
}

#[test]
fn random_numbers_and_offsets_per_connection() {
    for seed in 0..200_u64 {
        let random = |i: u32, _| u32::try_from(mix(u64::from(i) + seed * 1000) >> 32).unwrap();
        assert!(case_of(&with_isns(8, random, Outcome::Completed)).is_empty());
        // RFC 6528: a clock and a hash of the sockets.
        let rfc = |i: u32, ms: i64| {
            let clock = u32::try_from(ms * 250 % (1 << 32)).unwrap();
            clock.wrapping_add(u32::try_from(mix(u64::from(i) + seed * 77) >> 32).unwrap())
        };
        assert!(case_of(&with_isns(30, rfc, Outcome::Completed)).is_empty());
    }
    // Bursts, as a browser opens them.
    let burst: Vec<Attempt> = (0..12_u16)
        .map(|i| {
            let mut a = attempt((host(5), i), (host(6), 443), 5);
            a.time = a.time.plus(i64::from(i));
            a.isn = SeqNo(u32::try_from(mix(i.into()) >> 32).unwrap());
            a
        })
        .collect();
    assert!(case_of(&burst).is_empty());
}

#[test]
fn packet_generators() {
    for isn in [0, 1, 1000, 64_000, 0xdead_beef, 0x1111_1111, 1_000_000] {
        let same = move |_, _| isn;
        assert_eq!(
            case_of(&with_isns(9, same, Outcome::Completed)),
            ["packet-generator"]
        );
    }
    assert_eq!(
        case_of(&with_isns(9, |i, _| i * 7, Outcome::Completed)),
        ["packet-generator"]
    );
    // A scanner sends the same number to everybody and completes nothing.
    let scanner = with_isns(9, |_, _| 0x9182_7364, Outcome::Refused);
    assert_eq!(case_of(&scanner), ["packet-generator"]);
    let mut stack = with_isns(9, |_, _| 0x9182_7364, Outcome::Completed);
    assert_eq!(case_of(&stack), ["plain"]);
    // Copies of one connection: the other end never changes its number either.
    for a in &mut stack {
        (a.server.ip, a.server_isn) = (host(6), Some(SeqNo(0x8172_6354)));
    }
    assert_eq!(case_of(&stack), ["packet-generator", "packet-generator"]);
    // A few below 0, most above.
    let around = |i: u32, _| (i * 5000).wrapping_sub(20_000);
    assert_eq!(
        case_of(&with_isns(9, around, Outcome::Completed)),
        ["packet-generator"]
    );
}

#[test]
fn the_same_sockets_count_once() {
    let mut attempts = with_isns(12, |_, _| 0x9182_7364, Outcome::Completed);
    for a in &mut attempts[5..] {
        (a.client.port, a.server.ip) = (9, host(7));
    }
    assert!(case_of(&attempts).is_empty());
}

#[test]
fn servers_are_looked_at_too() {
    let mut attempts = with_isns(
        10,
        |i, _| u32::try_from(mix(i.into()) >> 32).unwrap(),
        Outcome::Completed,
    );
    for (i, a) in (0..).zip(&mut attempts) {
        (a.client.ip, a.server.ip) = (host(50 + i), host(1));
        a.server_isn = Some(SeqNo(i * 128_000));
    }
    let found = findings(&attempts);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].message.contains("10.0.0.1 chose as server"),
        "{}",
        found[0].message
    );
}
