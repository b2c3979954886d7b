use super::*;
use crate::flow::half_open::HalfOpen;
use crate::flow::index::Tag;
use crate::icmp::{IcmpError, IcmpKind};
use crate::machine::script::{connection, segments};
use crate::segment::NS_PER_MS;

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
fn an_opening_is_the_same_attempt_as_its_connection() {
    for text in [
        "A SYN 100 ts=7/0 ttl=60 ws=7",
        "A SYN 100 ts=7/0\n B SYN,ACK 300 101 ts=70/7 mss=1460",
        "A SYN 100\n B SYN,ACK 300 101",
        "A SYN 100\n B SYN,ACK 300 101 bad",
        "A SYN 100\n B SYN,ACK 300 101 bad in",
        "A SYN 100 bad in\n B SYN,ACK 300 101",
        "A SYN 100 bad out\n B SYN,ACK 300 101",
        "A SYN 100\n A SYN 100",
        "A SYN 100\n +1s A SYN 100\n B SYN,ACK 300 101\n +1s B SYN,ACK 300 101",
    ] {
        let all = segments(text);
        let (syn, further) = all.split_first().unwrap();
        let mut store = HalfOpen::default();
        let at = store.begin(syn, Tag::default()).unwrap();
        assert!(further.iter().all(|segment| store.keep(at, segment)));
        let bare = store.get(at).unwrap().bare();
        let kept = store.remove(at).unwrap();
        let connection = connection(text);
        assert_eq!(kept.attempt(), Attempt::of(&connection), "{text}");
        // In few words it is the same, where it can be told in few words.
        assert_eq!(bare.is_some(), kept.is_plain(), "{text}");
        let in_few_words = bare.map(|bare| bare.attempt());
        assert_eq!(in_few_words, kept.attempt().filter(|_| kept.is_plain()));
        let track = kept.opening().track();
        assert_eq!(
            format!("{:?}", track.connection()),
            format!("{connection:?}")
        );
    }
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

#[test]
fn how_a_client_lets_a_connection_starve() {
    let starved = |text: &str| {
        attempt(text)
            .starved
            .map(|s| (s.zero_window, s.since.0 / NS_PER_MS, s.closed.is_some()))
    };
    let open = "A SYN 100\n B SYN,ACK 300 101\n";
    let with = |rest: &str| starved(&format!("{open}{rest}"));
    assert_eq!(with("A ACK 101 301"), Some((false, 2, false)));
    assert_eq!(
        with("A ACK 101 301\n B ACK 301 101 len=99"),
        Some((false, 2, false))
    );
    assert_eq!(
        with("A ACK 101 301\n +9s A FIN,ACK 101 301"),
        Some((false, 2, true))
    );
    assert_eq!(with("A ACK 101 301\n A ACK 101 301 len=5"), None);
    assert_eq!(with("A ACK 101 301\n B ACK 301 101 len=2000"), None);
    // Something that it sent was not captured.
    assert_eq!(with("A ACK 101 301\n B ACK 301 120"), None);
    // Nothing but a shut window, with a request or without.
    let shut = "A ACK 101 301 win=0\n A ACK 101 301 len=5 win=0\n A ACK 106 301 win=0";
    assert_eq!(with(shut), Some((true, 2, false)));
    let request = "A ACK 101 301\n A ACK 101 301 len=5 win=0";
    assert_eq!(with(request), Some((true, 4, false)));
    // Open before, or later.
    assert_eq!(
        with("A ACK 101 301\n A ACK 101 301 len=5\n A ACK 106 301 win=0"),
        None
    );
    assert_eq!(with("A ACK 101 301 win=0\n A ACK 101 301 len=5"), None);
    assert_eq!(starved("A SYN 100\n B SYN,ACK 300 101"), None);
}

#[test]
fn options_and_other_numbers_of_the_answer() {
    let stamps = attempt("A SYN 100 ts=7/0 ws=7\n B SYN,ACK 300 101 ws=7\n A ACK 101 301");
    assert_eq!(
        (stamps.offered, stamps.granted),
        (
            OptionSet::TIMESTAMPS | OptionSet::WINDOW_SCALE,
            Some(OptionSet::WINDOW_SCALE)
        )
    );
    assert!(!stamps.server_isn_moved);
    let moved = "A SYN 100\n B SYN,ACK 300 101\n A SYN 100\n B SYN,ACK 900 101";
    assert!(attempt(moved).server_isn_moved);
    let cut = attempt("A SYN 100 ws=7\n B SYN,ACK 300 101 cut");
    assert_eq!(cut.granted, None);
}

#[test]
fn an_icmp_error_refuses_like_a_rst() {
    let mut connection = connection("A SYN 100");
    let syn = connection.sockets;
    connection.hear(&IcmpError {
        packet: 2,
        time: Timestamp(1),
        sender: syn.server.ip,
        kind: IcmpKind::PortUnreachable,
        icmp_type: 3,
        code: 3,
        mtu: None,
        source: syn.client,
        destination: syn.server,
        seq: SeqNo(100),
        tunnel: 0,
    });
    let attempt = Attempt::of(&connection).unwrap();
    assert_eq!(attempt.outcome, Outcome::Refused);
}
