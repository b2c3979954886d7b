//! The nominal timeline, step by step: `STATE(packet)` for each end.

use crate::machine::connection::Connection;
use crate::machine::script::connection;
use crate::machine::side::Side;

fn timeline(text: &str) -> [String; 2] {
    let mut connection: Connection = connection(text);
    connection.timeline.sort();
    Side::BOTH.map(|side| {
        let steps = connection.timeline.steps().iter();
        let of_side = steps.filter(|step| step.side == side);
        let brief = of_side.map(|step| format!("{}({})", step.to, step.packet.unwrap()));
        brief.collect::<Vec<_>>().join(" ")
    })
}

const OPEN: &str = "
    A SYN 100
    B SYN,ACK 300 101
    A ACK 101 301";
const OPENED: [&str; 2] = [
    "SYN-SENT(1) ESTABLISHED(2)",
    "SYN-RECEIVED(1) ESTABLISHED(3)",
];

/// The steps that follow an ordinary opening.
fn closing(text: &str) -> [String; 2] {
    let [client, server] = timeline(&format!("{OPEN}\n{text}"));
    let rest = |whole: &str, opened| whole.strip_prefix(opened).unwrap().trim().to_owned();
    [rest(&client, OPENED[0]), rest(&server, OPENED[1])]
}

#[track_caller]
fn check(find: fn(&str) -> [String; 2], cases: &[(&str, &str, &str)]) {
    for (text, client, server) in cases {
        assert_eq!(find(text), [*client, *server], "{text}");
    }
}

#[test]
fn opening() {
    let cases = [
        (OPEN, OPENED[0], OPENED[1]),
        // The SYN was not captured, or the SYN-ACK.
        (
            "B SYN,ACK 300 101\n A ACK 101 301",
            "SYN-SENT(1) ESTABLISHED(1)",
            "SYN-RECEIVED(1) ESTABLISHED(2)",
        ),
        (
            "A SYN 100\n A ACK 101 301\n B ACK 301 101 len=5",
            "SYN-SENT(1) ESTABLISHED(2)",
            "SYN-RECEIVED(3) ESTABLISHED(3)",
        ),
        // That it was, a later segment shows: the server's steps before its FIN are no later than that.
        (
            "A SYN 100\n B FIN,ACK 301 101\n A ACK 101 302\n B FIN,ACK 301 101",
            "SYN-SENT(1) ESTABLISHED(3) CLOSE-WAIT(3)",
            "SYN-RECEIVED(2) ESTABLISHED(2) FIN-WAIT-1(2)",
        ),
        // One direction only: the server answers data.
        (
            "B SYN,ACK 300 101\n B ACK 301 111 len=5",
            "SYN-SENT(1) ESTABLISHED(1)",
            "SYN-RECEIVED(1) ESTABLISHED(2)",
        ),
        // The answer was stored before the SYN.
        (
            "B SYN,ACK 300 101\n A SYN 100\n A ACK 101 301",
            "SYN-SENT(1) ESTABLISHED(1)",
            "SYN-RECEIVED(1) ESTABLISHED(3)",
        ),
        // The capture lost the client's ACK; it took in the client's data.
        (
            "A SYN 100\n B SYN,ACK 300 101\n A ACK 101 321 len=10\n B ACK 321 111",
            "SYN-SENT(1) ESTABLISHED(2)",
            "SYN-RECEIVED(1) ESTABLISHED(4)",
        ),
        // Repetitions change nothing.
        (
            "A SYN 100\n A SYN 100\n B SYN,ACK 300 101\n B SYN,ACK 300 101\n A ACK 101 301",
            "SYN-SENT(1) ESTABLISHED(3)",
            "SYN-RECEIVED(2) ESTABLISHED(5)",
        ),
    ];
    check(timeline, &cases);
}

#[test]
fn opening_from_both_sides() {
    let cases = [
        (
            "A SYN 100\n B SYN 300\n A SYN,ACK 100 301\n B SYN,ACK 300 101\n A ACK 101 301",
            "SYN-SENT(1) SYN-RECEIVED(2) ESTABLISHED(4)",
            "SYN-SENT(2) SYN-RECEIVED(2) ESTABLISHED(3)",
        ),
        // One SYN-ACK is lost: data with the same ACK does its work.
        (
            "A SYN 100\n B SYN 300\n A SYN,ACK 100 301\n A ACK 101 301 len=5\n B ACK 301 106",
            "SYN-SENT(1) SYN-RECEIVED(2) ESTABLISHED(5)",
            "SYN-SENT(2) SYN-RECEIVED(2) ESTABLISHED(3)",
        ),
        // One SYN is lost on its way: its sender's peer sees a plain SYN-ACK.
        (
            "A SYN 100\n B SYN 300\n B SYN,ACK 300 101\n A ACK 101 301",
            "SYN-SENT(1) SYN-RECEIVED(2) ESTABLISHED(3)",
            "SYN-SENT(2) SYN-RECEIVED(2) ESTABLISHED(4)",
        ),
    ];
    check(timeline, &cases);
}

#[test]
fn openings_that_fail() {
    let cases = [
        ("A SYN 100", "SYN-SENT(1)", ""),
        ("A SYN 100\n B RST,ACK 0 101", "SYN-SENT(1) CLOSED(2)", ""),
        // Its number must be acknowledged (RFC 9293, 3.10.7.3, second).
        ("A SYN 100\n B RST,ACK 0 100\n B RST 0", "SYN-SENT(1)", ""),
        (
            "A SYN 100 len=5\n B RST,ACK 0 106",
            "SYN-SENT(1) CLOSED(2)",
            "",
        ),
        (
            "A SYN 100\n B SYN,ACK 300 101\n A RST 101",
            "SYN-SENT(1) ESTABLISHED(2) CLOSED(3)",
            "SYN-RECEIVED(1) LISTEN(3)",
        ),
        (
            "A SYN 100\n B SYN,ACK 300 101\n B RST 301",
            "SYN-SENT(1) ESTABLISHED(2) CLOSED(3)",
            "SYN-RECEIVED(1) CLOSED(3)",
        ),
        // In a simultaneous open nobody was in LISTEN.
        (
            "A SYN 100\n B SYN 300\n A SYN,ACK 100 301\n A RST 101",
            "SYN-SENT(1) SYN-RECEIVED(2) CLOSED(4)",
            "SYN-SENT(2) SYN-RECEIVED(2) ESTABLISHED(3) CLOSED(4)",
        ),
    ];
    check(timeline, &cases);
}

#[test]
fn resets_of_old_duplicates_end_nothing() {
    let cases = [
        // RFC 9293, figure 9: the server still holds an old connection.
        (
            "A SYN 100\n B ACK 900 50\n A RST 50\n A SYN 100\n B SYN,ACK 300 101\n A ACK 101 301",
            "SYN-SENT(1) ESTABLISHED(5)",
            "SYN-RECEIVED(4) ESTABLISHED(6)",
        ),
        // Figure 8: an old SYN arrives first.
        (
            "A SYN 100\n A SYN 90\n B SYN,ACK 300 91\n A RST 91\n B SYN,ACK 400 101\n A ACK 101 401",
            "SYN-SENT(1) ESTABLISHED(3) CLOSED(4) ESTABLISHED(6)",
            "SYN-RECEIVED(2) LISTEN(4) SYN-RECEIVED(5) ESTABLISHED(6)",
        ),
        // SYN-RECEIVED refuses an ack of something never sent.
        (
            "A SYN 100\n B SYN,ACK 300 101\n A ACK 101 999\n B RST 999\n A ACK 101 301",
            "SYN-SENT(1) ESTABLISHED(2)",
            "SYN-RECEIVED(1) ESTABLISHED(5)",
        ),
    ];
    check(timeline, &cases);
}

#[test]
fn closing_one_after_the_other() {
    let cases = [
        (
            "A FIN,ACK 101 301\n B ACK 301 102\n B FIN,ACK 301 102\n A ACK 102 302",
            "FIN-WAIT-1(4) FIN-WAIT-2(5) TIME-WAIT(6)",
            "CLOSE-WAIT(4) LAST-ACK(6) CLOSED(7)",
        ),
        (
            "A FIN,ACK 101 301\n B FIN,ACK 301 102\n A ACK 102 302",
            "FIN-WAIT-1(4) FIN-WAIT-2(5) TIME-WAIT(5)",
            "CLOSE-WAIT(4) LAST-ACK(5) CLOSED(6)",
        ),
        (
            "A FIN,ACK 101 301 len=10\n B ACK 301 112\n B FIN,ACK 301 112 len=5\n A ACK 112 307",
            "FIN-WAIT-1(4) FIN-WAIT-2(5) TIME-WAIT(6)",
            "CLOSE-WAIT(4) LAST-ACK(6) CLOSED(7)",
        ),
        // Half-close: the server goes on for a while.
        (
            "A FIN,ACK 101 301\n B ACK 301 102 len=10\n A ACK 102 311\n B FIN,ACK 311 102\n A ACK 102 312",
            "FIN-WAIT-1(4) FIN-WAIT-2(5) TIME-WAIT(7)",
            "CLOSE-WAIT(4) LAST-ACK(7) CLOSED(8)",
        ),
        // An ACK of less than the FIN, or of more, is none of it.
        (
            "A FIN,ACK 101 301\n B ACK 301 101\n B ACK 301 103",
            "FIN-WAIT-1(4)",
            "CLOSE-WAIT(4)",
        ),
        // The last ACK is lost, both repeat.
        (
            "A FIN,ACK 101 301\n B FIN,ACK 301 102\n +1s B FIN,ACK 301 102\n A ACK 102 302",
            "FIN-WAIT-1(4) FIN-WAIT-2(5) TIME-WAIT(5)",
            "CLOSE-WAIT(4) LAST-ACK(5) CLOSED(7)",
        ),
    ];
    check(closing, &cases);
}

#[test]
fn a_fin_behind_a_hole_arrives_when_the_hole_is_filled() {
    let cases = [
        ("A FIN,ACK 111 301\n B ACK 301 101", "", ""),
        (
            "A FIN,ACK 111 301\n B ACK 301 101\n A ACK 101 301 len=10\n B ACK 301 112",
            "FIN-WAIT-1(4) FIN-WAIT-2(7)",
            "CLOSE-WAIT(6)",
        ),
        // The capture lost what was before it, the server had it.
        (
            "A FIN,ACK 111 301\n B ACK 301 112",
            "FIN-WAIT-1(4) FIN-WAIT-2(5)",
            "CLOSE-WAIT(5)",
        ),
    ];
    check(closing, &cases);
}

#[test]
fn a_fin_in_the_opening() {
    let cases = [
        (
            "A SYN 100\n B SYN,FIN,ACK 300 101\n A ACK 101 302\n A FIN,ACK 101 302\n B ACK 302 102",
            "SYN-SENT(1) ESTABLISHED(2) CLOSE-WAIT(3) LAST-ACK(4) CLOSED(5)",
            "SYN-RECEIVED(1) FIN-WAIT-1(2) FIN-WAIT-2(3) TIME-WAIT(4)",
        ),
        // Closed in SYN-RECEIVED.
        (
            "A SYN 100\n B SYN,ACK 300 101\n B FIN,ACK 301 101\n A ACK 101 302",
            "SYN-SENT(1) ESTABLISHED(2) CLOSE-WAIT(3)",
            "SYN-RECEIVED(1) FIN-WAIT-1(3) FIN-WAIT-2(4)",
        ),
        // The FIN is on the ACK of the handshake.
        (
            "A SYN 100\n B SYN,ACK 300 101\n A FIN,ACK 101 301",
            "SYN-SENT(1) ESTABLISHED(2) FIN-WAIT-1(3)",
            "SYN-RECEIVED(1) ESTABLISHED(3) CLOSE-WAIT(3)",
        ),
    ];
    check(timeline, &cases);
}

#[test]
fn fins_that_cross_at_every_vantage() {
    let cases = [
        // In the middle, or at the client.
        (
            "A FIN,ACK 101 301\n B FIN,ACK 301 101\n A ACK 102 302\n B ACK 302 102",
            "FIN-WAIT-1(4) CLOSING(5) TIME-WAIT(7)",
            "FIN-WAIT-1(5) CLOSING(5) TIME-WAIT(6)",
        ),
        // At the server.
        (
            "B FIN,ACK 301 101\n A FIN,ACK 101 301\n B ACK 302 102\n A ACK 102 302",
            "FIN-WAIT-1(5) CLOSING(5) TIME-WAIT(6)",
            "FIN-WAIT-1(4) CLOSING(5) TIME-WAIT(7)",
        ),
        // The server's answer passes before the client's.
        (
            "A FIN,ACK 101 301\n B FIN,ACK 301 101\n B ACK 302 102\n A ACK 102 302",
            "FIN-WAIT-1(4) CLOSING(5) TIME-WAIT(6)",
            "FIN-WAIT-1(5) CLOSING(5) TIME-WAIT(7)",
        ),
        // One was lost behind the monitor: its repetition knows of the other.
        (
            "A FIN,ACK 101 301\n B FIN,ACK 301 101\n A FIN,ACK 101 302\n B ACK 302 102",
            "FIN-WAIT-1(4) CLOSING(5) TIME-WAIT(7)",
            "FIN-WAIT-1(5) CLOSING(5) TIME-WAIT(6)",
        ),
    ];
    check(closing, &cases);
}

#[test]
fn a_fin_stored_behind_the_one_that_answers_it_was_the_first() {
    let cases = [(
        "B FIN,ACK 301 102\n A FIN,ACK 101 301\n A ACK 102 302",
        "FIN-WAIT-1(5) FIN-WAIT-2(5) TIME-WAIT(5)",
        "CLOSE-WAIT(5) LAST-ACK(5) CLOSED(6)",
    )];
    check(closing, &cases);
}

/// RFC 5961, 3.2: a RST counts at RCV.NXT; beside it in the window it is
/// challenged, outside it is dropped.
#[test]
fn a_reset_counts_at_its_exact_place() {
    let received = |seq: u32| closing(&format!("A RST {seq} \n"))[1].clone();
    assert_eq!(received(101), "CLOSED(4)");
    for elsewhere in [50, 100, 102, 200, 1100, 5000, 0x8000_0101] {
        assert_eq!(received(elsewhere), "", "{elsewhere}");
    }
    // RCV.NXT has moved on; an old number is out of the window.
    let data = "A ACK 101 301 len=10\n B ACK 301 111";
    assert_eq!(closing(&format!("{data}\n A RST 111"))[1], "CLOSED(6)");
    assert_eq!(closing(&format!("{data}\n A RST 105"))[1], "");
}

#[test]
fn a_reset_in_every_state_of_the_close() {
    let cases = [
        (
            "A FIN,ACK 101 301\n B RST 301",
            "FIN-WAIT-1(4) CLOSED(5)",
            "CLOSE-WAIT(4) CLOSED(5)",
        ),
        (
            "A FIN,ACK 101 301\n B ACK 301 102\n B RST 301",
            "FIN-WAIT-1(4) FIN-WAIT-2(5) CLOSED(6)",
            "CLOSE-WAIT(4) CLOSED(6)",
        ),
        (
            "A FIN,ACK 101 301\n B ACK 301 102\n A RST 102",
            "FIN-WAIT-1(4) FIN-WAIT-2(5) CLOSED(6)",
            "CLOSE-WAIT(4) CLOSED(6)",
        ),
        (
            "A FIN,ACK 101 301\n B FIN,ACK 301 101\n A RST 102",
            "FIN-WAIT-1(4) CLOSING(5) CLOSED(6)",
            "FIN-WAIT-1(5) CLOSING(5) CLOSED(6)",
        ),
        (
            "A FIN,ACK 101 301\n B FIN,ACK 301 102\n A RST 102",
            "FIN-WAIT-1(4) FIN-WAIT-2(5) TIME-WAIT(5) CLOSED(6)",
            "CLOSE-WAIT(4) LAST-ACK(5) CLOSED(6)",
        ),
        // RFC 1337: TIME-WAIT is assassinated.
        (
            "A FIN,ACK 101 301\n B FIN,ACK 301 102\n A ACK 102 302\n B RST 302",
            "FIN-WAIT-1(4) FIN-WAIT-2(5) TIME-WAIT(5) CLOSED(7)",
            "CLOSE-WAIT(4) LAST-ACK(5) CLOSED(6)",
        ),
    ];
    check(closing, &cases);
}

#[test]
fn who_goes_on_after_a_reset_had_not_sent_it() {
    let cases = [
        (
            "A ACK 101 301 len=5\n A RST 50\n A ACK 106 301 len=5\n B ACK 301 111",
            "CLOSED(5) ESTABLISHED(6)",
            "",
        ),
        (
            "A FIN,ACK 101 301\n B ACK 301 102\n A RST 90\n +1s A ACK 102 301",
            "FIN-WAIT-1(4) FIN-WAIT-2(5) CLOSED(6) FIN-WAIT-2(7)",
            "CLOSE-WAIT(4)",
        ),
        // What was under way before the RST (at the same moment, below it) is
        // no sign of life.
        ("A RST 111\n +0ms A ACK 101 301 len=5", "CLOSED(4)", ""),
    ];
    check(closing, &cases);
}

#[test]
fn a_capture_that_begins_in_the_middle_begins_in_established() {
    let cases = [
        ("A ACK 500 900", "", ""),
        (
            "A FIN,ACK 500 900\n B ACK 900 501\n B FIN,ACK 900 501\n A ACK 501 901",
            "FIN-WAIT-1(1) FIN-WAIT-2(2) TIME-WAIT(3)",
            "CLOSE-WAIT(1) LAST-ACK(3) CLOSED(4)",
        ),
        // There is nothing to measure its number by.
        ("A RST 500", "CLOSED(1)", "CLOSED(1)"),
        // Whoever answers so never had a connection.
        ("A FIN 500\n B RST,ACK 0 501", "", ""),
    ];
    check(timeline, &cases);
}

#[test]
fn a_challenged_syn_changes_no_state() {
    assert_eq!(closing("A SYN 900\n B ACK 301 101"), ["", ""]);
    assert_eq!(closing("A SYN 100"), ["", ""]);
}

#[test]
fn segments_that_a_receiver_must_not_take_in_change_nothing() {
    // Beyond the window, or with an ack of what was never sent.
    let cases = [
        ("B ACK 301 101\n A FIN,ACK 9101 301", "", ""),
        ("A FIN,ACK 101 999\n B ACK 301 101", "FIN-WAIT-1(4)", ""),
    ];
    check(closing, &cases);
}

#[test]
fn behind_a_gap_a_reset_counts_at_the_end_of_what_was_reported() {
    let gap = "A ACK 201 301 len=50\n B ACK 301 101 sack=201-251\n";
    let cases = [
        (" A RST 251", "CLOSED(6)", "CLOSED(6)"),
        (" A RST 250", "CLOSED(6)", ""),
        // Out of the window it is not looked at.
        (" B ACK 301 101 sack=201-9251\n A RST 9251", "CLOSED(7)", ""),
    ];
    for (rst, client, server) in cases {
        assert_eq!(closing(&format!("{gap}{rst}")), [client, server], "{rst}");
    }
}
