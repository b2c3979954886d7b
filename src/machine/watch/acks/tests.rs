use crate::machine::connection::Connection;
use crate::machine::script::connection;
use crate::machine::side::Side;
use crate::observation::Observations;

const OPENING: &str = "A SYN 100\nB SYN,ACK 300 101\nA ACK 101 301\n";

fn after(text: &str) -> Connection {
    connection(&format!("{OPENING}{text}"))
}

fn late_at_b(text: &str) -> u32 {
    let connection = after(text);
    let late = connection.watches.of(Side::Server).acks.late();
    assert_eq!(
        connection.seen.contains(Observations::LATE_ACK),
        late.is_some()
    );
    late.map_or(0, |late| late.count)
}

#[test]
fn an_ack_is_late_after_half_a_second_and_the_slack() {
    assert_eq!(late_at_b("A ACK 101 301 len=10\n+510ms B ACK 301 111"), 0);
    let connection = after("A ACK 101 301 len=10\n+511ms B ACK 301 111");
    let late = *connection.watches.of(Side::Server).acks.late().unwrap();
    assert_eq!((late.data.0, late.ack.0, late.count), (4, 5, 1));
    assert_eq!(late.longest_ns, 511 * super::NS_PER_MS);
}

#[test]
fn what_waited_behind_is_timed_by_the_latest() {
    let two = "A ACK 101 301 len=10\n+400ms A ACK 111 301 len=10\n+400ms B ACK 301 111\n";
    assert_eq!(late_at_b(&format!("{two}+100ms B ACK 301 121")), 1);
    assert_eq!(late_at_b(&format!("{two}+111ms B ACK 301 121")), 2);
    assert_eq!(
        late_at_b(&format!(
            "{two}+50ms A ACK 121 301 len=5\n+400ms B ACK 301 126"
        )),
        2
    );
}

#[test]
fn data_that_may_not_have_come_is_not_timed() {
    let slow = "+900ms B ACK 301 131\n";
    for (why, text) in [
        ("sent again", "A ACK 101 301 len=30\nA ACK 101 301 len=30\n"),
        (
            "older data again",
            "A ACK 101 301 len=10\nB ACK 301 111\nA ACK 111 301 len=20\nA ACK 101 301 len=10\n",
        ),
        (
            "behind a hole",
            "A ACK 111 301 len=20\n+900ms A ACK 101 301 len=10\n",
        ),
        (
            "closed window",
            "B ACK 301 101 win=0\nA ACK 101 301 len=30\n",
        ),
        (
            "beyond the window",
            "B ACK 301 101 win=20\nA ACK 101 301 len=30\n",
        ),
        (
            "the end has closed",
            "B FIN,ACK 301 101\nA ACK 101 301 len=30\n",
        ),
        ("with a FIN", "A FIN,ACK 101 301 len=30\n"),
        ("a reset", "A ACK 101 301 len=30\nA RST 131\n"),
    ] {
        let window = if why == "beyond the window" {
            // The window offered in the opening was small as well.
            let opening = OPENING.replace("300 101", "300 101 win=20");
            let connection = connection(&format!("{opening}{text}{slow}"));
            connection
                .watches
                .of(Side::Server)
                .acks
                .late()
                .map_or(0, |late| late.count)
        } else {
            late_at_b(&format!("{text}{slow}"))
        };
        assert_eq!(window, 0, "{why}");
    }
    assert_eq!(late_at_b(&format!("A ACK 101 301 len=30\n{slow}")), 1);
}

#[test]
fn the_median_of_what_acks_cover() {
    let rounds = |count: u32, len: u32| {
        let round = |i: u32| {
            let (seq, ack) = (101 + i * len, 101 + (i + 1) * len);
            format!("A ACK {seq} 301 len={len}\nB ACK 301 {ack}\n")
        };
        (0..count).map(round).collect::<String>()
    };
    // 536 where the SYN has no MSS option.
    for (count, len, expected) in [(19, 1073, false), (20, 1073, true), (20, 1072, false)] {
        let connection = after(&rounds(count, len));
        let acks = &connection.watches.of(Side::Server).acks;
        assert_eq!(acks.covers_too_much(), expected, "{count} of {len}");
        assert_eq!(
            connection.seen.contains(Observations::STRETCH_ACKS),
            expected
        );
        assert_eq!(acks.octets, u64::from(count * len));
    }
    // Half of them is no majority.
    let mut half = rounds(10, 1073);
    for i in 0..10 {
        let seq = 101 + 10 * 1073 + i;
        half += &format!("A ACK {seq} 301 len=1\nB ACK 301 {}\n", seq + 1);
    }
    assert!(!after(&half).watches.of(Side::Server).acks.covers_too_much());
}

#[test]
fn segments_under_one_identification_are_pieces_of_one() {
    let pieces = |text: &str| after(text).watches.of(Side::Server).acks.pieces;
    let two = "A ACK 101 301 len=10 id=7\nA ACK 111 301 len=10 id=";
    assert_eq!(pieces(&format!("{two}7")), 1);
    assert_eq!(pieces(&format!("{two}8")), 0);
    assert_eq!(pieces(&format!("{two}0")), 0);
    // The same octets again are a copy.
    assert_eq!(
        pieces("A ACK 101 301 len=10 id=7\nA ACK 101 301 len=10 id=7"),
        0
    );
}
