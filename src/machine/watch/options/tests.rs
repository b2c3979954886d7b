use super::*;
use crate::machine::connection::Connection;
use crate::machine::script::connection;
use crate::machine::side::Side;

const STAMPED: &str = "
    A SYN 100 ts=10/0
    B SYN,ACK 300 101 ts=50/10
    A ACK 101 301 ts=20/50";

fn saw(text: &str, what: Observations) -> bool {
    connection(text).seen.contains(what)
}

fn count(connection: &Connection, side: Side, what: Observations) -> u64 {
    connection.watches.of(side).options.count(what)
}

#[test]
fn timestamps_are_missing_once_they_are_agreed() {
    let missing = |line: &str| {
        let text = format!("{STAMPED}\n{line}");
        saw(&text, Observations::STAMP_MISSING)
    };
    assert!(missing("A ACK 101 301 len=10"));
    assert!(missing("B ACK 301 101 len=10"));
    assert!(missing("B FIN,ACK 301 101"));
    assert!(!missing("A ACK 101 301 len=10 ts=30/50"));
    assert!(!missing("B RST,ACK 301 101"), "a RST may go without");
    assert!(missing("A ACK 101 301"));
    assert!(!missing("A ACK 100 301"), "a keepalive");
    assert!(!missing("A ACK 200 301"), "one behind octets not captured");
    assert!(missing("A FIN,ACK 200 301"));
    assert!(!missing("A ACK 101 301 cut"), "not captured");
    assert!(!missing("A ACK 101 301 broken"), "OP001 says it");
    assert!(!missing("A ACK 101 77"), "another connection's");
}

#[test]
fn nothing_is_missing_that_was_not_agreed_on_every_syn() {
    for (first, second, answer) in [
        ("", "", "ts=50/0"),
        ("ts=10/0", "ts=10/0", ""),
        ("ts=10/0", "", "ts=50/10"),
        ("", "ts=10/0", "ts=50/10"),
        ("ts=10/0", "cut", "ts=50/10"),
        ("ts=10/0", "broken", "ts=50/10"),
    ] {
        let text = format!(
            "A SYN 100 {first}\n +1s A SYN 100 {second}\n B SYN,ACK 300 101 {answer}\n A ACK 101 301"
        );
        assert!(!saw(&text, Observations::STAMP_MISSING), "{text}");
    }
}

#[test]
fn timestamps_without_agreement() {
    let used = |syn: &str, syn_ack: &str| {
        let text = format!("A SYN 100 {syn}\n B SYN,ACK 300 101 {syn_ack}\n A ACK 101 301 ts=20/0");
        saw(&text, Observations::STAMP_UNNEGOTIATED)
    };
    assert!(used("", ""));
    assert!(used("ts=10/0", ""));
    assert!(used("", "ts=50/0"));
    assert!(!used("ts=10/0", "ts=50/10"));
    assert!(!used("", "cut"));
    assert!(!saw(
        "A ACK 101 301 ts=1/2\n B ACK 301 101",
        Observations::STAMP_UNNEGOTIATED
    ));
    let retried =
        "A SYN 100 ts=10/0\n A SYN 100\n B SYN,ACK 300 101 ts=50/10\n A ACK 101 301 ts=20/50";
    assert!(!saw(retried, Observations::STAMP_UNNEGOTIATED));
}

#[test]
fn sack_needs_the_leave_of_the_peer() {
    let sack = |syn: &str, syn_ack: &str| {
        let text = format!(
            "A SYN 100 {syn}\n B SYN,ACK 300 101 {syn_ack}\n A ACK 101 301\n
             A ACK 111 301 len=10\n B ACK 301 101 sack=111-121"
        );
        saw(&text, Observations::SACK_UNPERMITTED)
    };
    assert!(
        sack("", "sackok"),
        "what B says of itself is no leave for B"
    );
    assert!(sack("", ""));
    assert!(!sack("sackok", ""));
    assert!(!sack("cut", ""));
}

#[test]
fn a_signature_is_missing_if_all_syns_had_one() {
    let missing = |retry: &str, line: &str| {
        let text = format!("A SYN 100 ao\n A SYN 100 {retry}\n B SYN,ACK 300 101 ao\n{line}");
        saw(&text, Observations::AUTH_MISSING)
    };
    assert!(missing("ao", "A ACK 101 301"));
    assert!(missing("ao", "A ACK 101 301 ao\n B ACK 301 101"));
    assert!(!missing("ao", "A ACK 101 301 ao\n B ACK 301 101 ao"));
    assert!(!missing("ao", "A RST 101"));
    assert!(!missing("", "A ACK 101 301"));
}

#[test]
fn options_that_the_syn_did_not_offer() {
    let new = |syn: &str, syn_ack: &str| {
        let text = format!("A SYN 100 {syn}\n B SYN,ACK 300 101 {syn_ack}");
        saw(&text, Observations::OPTION_UNOFFERED)
    };
    assert!(new("", "ws=7"));
    assert!(new("ws=7", "ws=7 ts=1/0"));
    assert!(new("ws=7", "sackok"));
    assert!(!new("ws=7 sackok", "sackok"));
}

#[test]
fn a_fault_on_every_segment_is_noted_a_few_times_and_counted() {
    let mut text = STAMPED.to_owned();
    for n in 0..20 {
        text += &format!("\n A ACK {} 301 len=10", 101 + 10 * n);
    }
    text += "\n A FIN,ACK 301 301";
    let connection = connection(&text);
    let what = Observations::STAMP_MISSING;
    let noted = connection.noted().iter().filter(|n| n.saw(what)).count();
    assert_eq!(noted, 5, "and the FIN");
    assert_eq!(count(&connection, Side::Client, what), 21);
    assert_eq!(count(&connection, Side::Server, what), 0);
    assert_eq!(
        count(&connection, Side::Client, Observations::OPTIONS_BROKEN),
        0
    );
}

#[test]
fn every_observation_that_is_counted_has_its_place() {
    for what in COUNTED.iter() {
        let at = what.bits().trailing_zeros() - FIRST_BIT;
        assert!(at < 16, "{what:?}");
    }
}
