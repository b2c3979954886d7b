use super::*;
use crate::machine::script::{connection, segments};

fn attempt(text: &str) -> Attempt {
    Attempt::of(&connection(text)).unwrap()
}

const OPEN: &str = "A SYN 100 ts=7/0 ttl=60\n B SYN,ACK 300 101\n A ACK 101 301 ts=9/0";

#[test]
fn how_attempts_end() {
    use Outcome::{AbortedAtOnce, Completed, HalfOpen, Refused, Unanswered};
    for (text, outcome) in [
        ("A SYN 100", Unanswered),
        ("A SYN 100\n +1s A SYN 100", Unanswered),
        ("A SYN 100\n A RST 101", Unanswered),
        ("A SYN 100\n B SYN,ACK 300 101", HalfOpen),
        ("A SYN 100\n B SYN,ACK 300 101\n +9s B RST 301", HalfOpen),
        // An ACK that acknowledges something else completes nothing.
        ("A SYN 100\n B SYN,ACK 300 101\n A ACK 101 300", HalfOpen),
        ("A SYN 100\n B RST,ACK 0 101", Refused),
        ("A SYN 100\n B SYN,ACK 300 101\n A RST 101", AbortedAtOnce),
        (
            "A SYN 100\n B SYN,ACK 300 101\n A ACK 101 301\n A RST 101",
            AbortedAtOnce,
        ),
        (OPEN, Completed),
        (
            "A SYN 100\n B SYN,ACK 300 101\n A ACK 101 301 len=5\n A RST 106",
            Completed,
        ),
        (
            "A SYN 100\n B SYN,ACK 300 101\n A FIN,ACK 101 301\n A RST 102",
            Completed,
        ),
        // The SYN-ACK was not captured.
        ("A SYN 100\n A ACK 101 301\n B ACK 301 101", Completed),
    ] {
        let attempt = attempt(text);
        assert_eq!(attempt.outcome, outcome, "{text}");
        assert_eq!(
            attempt.is_half_open(),
            matches!(outcome, Unanswered | HalfOpen)
        );
    }
}

#[test]
fn without_its_syn_it_is_no_attempt() {
    assert_eq!(
        Attempt::of(&connection("B SYN,ACK 300 101\n A ACK 101 301")),
        None
    );
    assert_eq!(Attempt::of(&connection("A ACK 500 900")), None);
}

#[test]
fn what_is_remembered_of_it() {
    let attempt = attempt(
        "A SYN 100 ts=7/0 ttl=60\n +1s A SYN 100 ts=8/0\n B SYN,ACK 300 101\n B SYN,ACK 300 101\n A ACK 101 301 ts=9/0",
    );
    assert_eq!(
        (attempt.isn, attempt.server_isn),
        (SeqNo(100), Some(SeqNo(300)))
    );
    assert_eq!((attempt.tsval, attempt.tsval_max), (Some(7), Some(9)));
    assert_eq!((attempt.syns, attempt.syn_acks, attempt.ttl), (2, 2, 60));
    assert_eq!(
        (attempt.packet, attempt.client.port, attempt.server.port),
        (1, 40000, 80)
    );
    assert_eq!(attempt.answered.unwrap().since(attempt.time), 1_001_000_000);
    assert_eq!(attempt.last.since(attempt.time), 1_003_000_000);
}

#[test]
fn a_lone_syn_is_the_same_attempt_as_its_connection() {
    let syn = segments("A SYN 100 ts=7/0 ttl=60 ws=7")[0];
    let lone = LoneSyn::of(&syn).unwrap();
    assert_eq!(
        Attempt::of_lone(&lone),
        attempt("A SYN 100 ts=7/0 ttl=60 ws=7")
    );
}

#[test]
fn who_waits_for_an_application_that_does_not_close() {
    let waits = |text: &str| {
        let attempt = attempt(&format!("{OPEN}\n{text}"));
        (
            attempt.client_close_wait.is_some(),
            attempt.server_close_wait.is_some(),
        )
    };
    assert_eq!(waits(""), (false, false));
    assert_eq!(
        waits("A FIN,ACK 101 301"),
        (false, false),
        "not acknowledged"
    );
    assert_eq!(waits("A FIN,ACK 101 301\n B ACK 301 102"), (false, true));
    assert_eq!(waits("B FIN,ACK 301 101\n A ACK 101 302"), (true, false));
    let closed = "A FIN,ACK 101 301\n B ACK 301 102\n B FIN,ACK 301 102\n A ACK 102 302";
    assert_eq!(waits(closed), (false, false));
    assert_eq!(
        waits("A FIN,ACK 101 301\n B ACK 301 102\n B RST 301"),
        (false, false)
    );
    assert_eq!(
        waits("A FIN,ACK 101 301\n B ACK 301 102\n A RST 102"),
        (false, false)
    );
}

#[test]
fn who_holds_time_wait_since_when() {
    let closed = |text: &str| {
        let attempt = attempt(&format!("{OPEN}\n{text}"));
        let ms = |at: Timestamp| at.since(attempt.time) / 1_000_000;
        attempt.closed.map(|(at, by_client)| (ms(at), by_client))
    };
    let by_client = "A FIN,ACK 101 301\n B FIN,ACK 301 102\n A ACK 102 302";
    assert_eq!(closed(by_client), Some((5, true)));
    let by_server = "B FIN,ACK 301 101\n A FIN,ACK 101 302\n B ACK 302 102";
    assert_eq!(closed(by_server), Some((5, false)));
    assert_eq!(closed("A FIN,ACK 101 301\n B FIN,ACK 301 102"), None);
}
