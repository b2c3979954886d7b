//! AT009.

use super::*;

const VICTIM: (IpAddr, u16) = (IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 80);
const PLAIN: OptionSet = OptionSet::WINDOW_SCALE.union(OptionSet::SACK_PERMITTED);

/// A flood of 200 SYNs within 4 s, and a connection `end_ms` later. The SYNs
/// offer `offered`; `change` makes each what it should be.
fn flood(end_ms: i64, offered: OptionSet, change: impl Fn(u32, &mut Attempt)) -> Vec<Attempt> {
    let mut attempts: Vec<Attempt> = (0..200_u32)
        .map(|i| {
            let client = (ip(0xc633_0000 + i * 257), 5000);
            let mut syn = attempt(client, VICTIM, i64::from(i) * 20);
            syn = ending(Outcome::HalfOpen, syn);
            (syn.offered, syn.granted) = (offered, Some(offered));
            syn.syn_acks = 2;
            change(i, &mut syn);
            syn
        })
        .collect();
    attempts.push(attempt((host(1), 4000), (host(2), 443), end_ms));
    attempts
}

fn signs(attempts: &[Attempt]) -> Vec<String> {
    let found = findings(attempts);
    assert!(found.iter().any(|f| f.code == "AT001"));
    let cookies = found.into_iter().filter(|f| f.code == "AT009");
    cookies.map(|f| f.message).collect()
}

#[test]
fn a_server_that_keeps_state_shows_no_sign() {
    assert!(signs(&flood(60_000, PLAIN, |_, _| {})).is_empty());
    // Some clients offer nothing.
    let differ = flood(60_000, PLAIN, |i, syn| {
        if i % 2 == 0 {
            (syn.offered, syn.granted) = (OptionSet::MSS, Some(OptionSet::MSS));
        }
    });
    assert!(signs(&differ).is_empty());
    // It never grants these.
    let never = flood(60_000, PLAIN, |_, syn| syn.granted = Some(OptionSet::MSS));
    assert!(signs(&never).is_empty());
    // Two servers behind one address.
    let two = flood(60_000, PLAIN, |i, syn| {
        if i % 2 == 0 {
            syn.granted = Some(OptionSet::MSS);
        }
    });
    assert!(signs(&two).is_empty());
}

#[test]
fn options_disappear_when_the_queue_is_full() {
    let from = |n: u32| {
        flood(60_000, PLAIN, move |i, syn| {
            if i >= n {
                syn.granted = Some(OptionSet::MSS);
            }
        })
    };
    let found = signs(&from(100));
    assert_eq!(found.len(), 1);
    assert!(
        found[0].contains(": 100 SYN-ACKs grant neither"),
        "{found:?}"
    );
    assert!(signs(&from(191)).is_empty());
}

#[test]
fn options_are_kept_only_with_timestamps() {
    let stamped = PLAIN.union(OptionSet::TIMESTAMPS);
    let mixed = flood(60_000, stamped, |i, syn| {
        if i % 2 == 0 {
            (syn.offered, syn.granted) = (PLAIN, Some(OptionSet::MSS));
        }
    });
    assert_eq!(signs(&mixed).len(), 1);
}

#[test]
fn nothing_is_sent_again() {
    let once = |end_ms: i64| flood(end_ms, PLAIN, |_, syn| syn.syn_acks = 1);
    let found = signs(&once(12_000));
    assert_eq!(found.len(), 1);
    assert!(found[0].contains(": 200 SYN-ACKs that nobody"), "{found:?}");
    // The capture ends before they are due.
    assert!(signs(&once(7_500)).is_empty());
    let cut_short = flood(60_000, PLAIN, |_, syn| {
        (syn.syn_acks, syn.cut_short) = (1, true);
    });
    assert!(signs(&cut_short).is_empty());
}

#[test]
fn the_same_syn_draws_another_number() {
    let moved = |n: u32| flood(60_000, PLAIN, move |i, syn| syn.server_isn_moved = i < n);
    assert_eq!(signs(&moved(3)).len(), 1);
    assert!(signs(&moved(2)).is_empty());
}
