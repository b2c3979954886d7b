use super::Log;
use crate::machine::script::connection;
use crate::machine::side::Side;
use crate::segment::NS_PER_S;

const OPENING: &str = "A SYN 100\nB SYN,ACK 300 101\nA ACK 101 301\n\
                       A ACK 101 301 len=10\nB ACK 301 111\n";

fn log(text: &str) -> Option<Log> {
    let connection = connection(&format!("{OPENING}{text}"));
    connection.watches.of(Side::Client).keepalive.log().cloned()
}

#[test]
fn a_keepalive_is_told_by_number_pause_and_window() {
    let probes = |text: &str| log(text).map_or(0, |log| log.probes);
    assert_eq!(probes("+900ms A ACK 110 301"), 1);
    assert_eq!(probes("+900ms A ACK 110 301 len=1"), 1, "garbage");
    for (why, text) in [
        ("too soon", "+899ms A ACK 110 301"),
        ("SND.NXT", "+9s A ACK 111 301"),
        ("too low", "+9s A ACK 109 301"),
        ("not all acked", "A ACK 111 301 len=1\n+9s A ACK 111 301"),
        ("closed window", "B ACK 301 111 win=0\n+9s A ACK 110 301"),
        (
            "closed before",
            "B ACK 301 111 win=0\nB ACK 301 111\n+9s A ACK 110 301",
        ),
        ("small window", "B ACK 301 111 win=500\n+9s A ACK 110 301"),
        (
            "its octet again",
            "A ACK 111 301 len=1\nB ACK 301 112\n+9s A ACK 111 301 len=1",
        ),
    ] {
        assert_eq!(probes(text), 0, "{why}");
    }
    let sent_since = "B ACK 301 111 win=0\nB ACK 301 111\nA ACK 111 301 len=9\nB ACK 301 120\n";
    assert_eq!(probes(&format!("{sent_since}+9s A ACK 119 301")), 1);
}

#[test]
fn rows_without_an_answer_are_counted() {
    let text = "+5s A ACK 110 301\n+1s A ACK 110 301\n+2s A ACK 110 301\n";
    let waiting = log(text).unwrap();
    assert_eq!((waiting.waiting.count, waiting.longest.count), (3, 0));
    assert_eq!(waiting.waiting.packets().collect::<Vec<_>>(), [6, 7, 8]);
    assert_eq!(waiting.idle_ns, Some(5 * NS_PER_S));
    assert_eq!(waiting.interval_ns, Some(NS_PER_S));
    let answered = log(&format!("{text}+999ms B ACK 301 111")).unwrap();
    assert_eq!((answered.waiting.count, answered.longest.count), (0, 2));
    let late = log(&format!("{text}+1s B ACK 301 111")).unwrap();
    assert_eq!(late.longest.count, 3, "that was no answer");
    let given_up = log(&format!("{text}+9s A RST 111")).unwrap();
    assert_eq!(
        given_up.gave_up.map(|(row, packet, _)| (row.count, packet)),
        Some((3, 9))
    );
    let again = log(&format!(
        "{text}B ACK 301 111\n+5s A ACK 110 301\n+9s A RST 111"
    ))
    .unwrap();
    assert_eq!(
        (again.longest.count, again.gave_up.unwrap().0.count),
        (2, 1)
    );
}

#[test]
fn outstanding_octets_and_what_only_looks_like_it() {
    let early = |text: &str| log(text).map_or(0, |log| log.too_early);
    let sent = "A ACK 111 301 len=10\n";
    assert_eq!(early(&format!("{sent}+200ms A ACK 120 301")), 1);
    for (why, text) in [
        ("overtaken", "+199ms A ACK 120 301"),
        ("an octet again", "+1s A ACK 120 301 len=1"),
        ("closed window", "B ACK 301 111 win=0\n+1s A ACK 120 301"),
        ("behind the FIN", "A FIN,ACK 121 301\n+1s A ACK 121 301"),
        (
            "answer to a late segment",
            "B ACK 9999999 111 len=1\n+1s A ACK 120 301",
        ),
    ] {
        assert_eq!(early(&format!("{sent}{text}")), 0, "{why}");
    }
    assert_eq!(early("+1s A ACK 110 301"), 0, "a keepalive");
}
