//! TD013 and TW007, and what they may not be taken for.

use super::*;

/// `n` connections to one service whose clients closed at `ms`.
fn stuck(n: u16, ms: i64) -> Vec<Attempt> {
    (0..n)
        .map(|i| {
            let mut a = attempt((host(9), 1000 + i), (host(1), 8080), i64::from(i));
            a.server_close_wait = Some(at(ms + i64::from(i)));
            a.last = at(ms + i64::from(i));
            a
        })
        .collect()
}

fn until(ms: i64) -> CaptureFacts {
    CaptureFacts {
        latest: at(ms),
        two_way: true,
        ..CaptureFacts::default()
    }
}

#[test]
fn close_waits_pile_up() {
    let found = findings_in(&stuck(12, 5000), &until(70_000));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].code, found[0].subject.port), ("TD013", 8080));
    assert_eq!(found[0].time, at(65_009));
    assert!(
        found[0]
            .message
            .starts_with("12 connections of 10.0.0.1:8080 are")
    );
    // One too few; the capture ends too soon; different services.
    assert!(findings_in(&stuck(9, 5000), &until(70_000)).is_empty());
    assert!(findings_in(&stuck(12, 5000), &until(65_008)).is_empty());
    assert!(!findings_in(&stuck(12, 5000), &until(65_009)).is_empty());
    let mut services = stuck(12, 5000);
    services[4..].iter_mut().for_each(|a| a.server.port = 8081);
    assert!(findings_in(&services, &until(70_000)).is_empty());
}

#[test]
fn close_waits_of_a_capture_with_holes() {
    let facts = CaptureFacts {
        drops: Some(3),
        ..until(70_000)
    };
    assert!(findings_in(&stuck(12, 5000), &facts).is_empty());
    assert_eq!(
        withheld_in(&stuck(12, 5000), &facts),
        [("TD013", "no-capture-loss")]
    );
    assert!(withheld_in(&stuck(9, 5000), &facts).is_empty());
    assert!(withheld_in(&stuck(12, 5000), &until(70_000)).is_empty());
}

#[test]
fn time_waits_of_a_capture_whose_clock_went_back() {
    let facts = CaptureFacts {
        step_back_ns: NS_PER_S,
        ..until(70_000)
    };
    let closed = closed(1100, 10, true);
    assert!(findings_in(&closed, &facts).is_empty());
    assert_eq!(withheld_in(&closed, &facts), [("TW007", "clock")]);
}

fn withheld_in(attempts: &[Attempt], facts: &CaptureFacts) -> Vec<(&'static str, &'static str)> {
    let mut patterns = Patterns::default();
    attempts.iter().for_each(|attempt| patterns.add(attempt));
    patterns.findings(facts, &Settings::default()).1
}

#[test]
fn many_close_waits_are_kept_in_bounds() {
    let found = findings_in(&stuck(1000, 5000), &until(70_000));
    assert!(found[0].message.starts_with("at least 256 connections"));
}

/// `n` connections to one service, one each `every_ms`, closed by `client` first.
fn closed(n: u32, every_ms: i64, client: bool) -> Vec<Attempt> {
    (0..n)
        .map(|i| {
            let port = u16::try_from(32_768 + i % 28_232).unwrap();
            let mut a = attempt((host(9), port), (host(1), 80), i64::from(i) * every_ms);
            a.closed = Some((a.last, client));
            a.packet = u64::from(i);
            a
        })
        .collect()
}

#[test]
fn time_waits_pile_up() {
    assert_eq!(codes(&closed(1100, 10, true)), [("TW007", Some("many"))]);
    assert!(codes(&closed(900, 10, true)).is_empty());
    assert!(codes(&closed(1100, 10, false)).is_empty());
    // 600 a minute.
    assert!(codes(&closed(5000, 100, true)).is_empty());
    let found = findings(&closed(24_000, 2, true));
    assert_eq!(found[0].case, Some("near-port-limit"));
    assert_eq!(found[0].subject.ip, host(9));
    assert!(
        found[0]
            .message
            .starts_with("10.0.0.9 closed 24000 connections to 10.0.0.1:80 first")
    );
}

#[test]
fn ports_that_are_taken_again() {
    let mut attempts = closed(3000, 10, true);
    for a in &mut attempts {
        a.client.port = 40_000 + a.client.port % 1000;
    }
    let found = findings(&attempts);
    assert_eq!(found[0].case, Some("near-port-limit"));
    assert!(
        found[0].message.contains("were taken again"),
        "{}",
        found[0].message
    );
}
