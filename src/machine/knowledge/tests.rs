//! Situations, and the states that each leaves open: the client's / the server's.

use crate::machine::script::connection;
use crate::machine::side::Side;

/// What is possible after an exchange, in the words of the RFC.
fn possible(text: &str) -> String {
    let connection = connection(text);
    let of = |side| {
        let states = connection.possible_states(side).iter();
        states.map(|s| s.as_str()).collect::<Vec<_>>().join(" ")
    };
    format!("{} / {}", of(Side::Client), of(Side::Server))
}

const OPENING: &str = "
    A SYN 100
    B SYN,ACK 300 101";
/// Both have sent data and acknowledged the other's.
const OPEN: &str = "
    A SYN 100
    B SYN,ACK 300 101
    A ACK 101 301
    A ACK 101 301 len=10
    B ACK 301 111 len=20
    A ACK 111 321";

#[track_caller]
fn check(before: &str, cases: &[(&str, &str)]) {
    for (more, expected) in cases {
        assert_eq!(possible(&format!("{before}\n{more}")), *expected, "{more}");
    }
}

#[test]
fn opening() {
    check(
        OPENING,
        &[
            ("", "SYN-SENT ESTABLISHED / SYN-RECEIVED"),
            // Only a SYN-ACK makes an active opener send an ACK.
            ("A ACK 101 301", "ESTABLISHED / SYN-RECEIVED ESTABLISHED"),
            // The server has taken in data whose every copy carries the ACK
            // of its SYN: receipt by implication.
            (
                "A ACK 101 301\n A ACK 101 301 len=10\n B ACK 301 111",
                "ESTABLISHED / ESTABLISHED",
            ),
            // An old copy that acknowledged nothing matters no more, once
            // octets that came later are taken in.
            (
                "A ACK 101 301\n A ACK 101 301 len=10\n B ACK 301 111\n A ACK 111 300",
                "ESTABLISHED / ESTABLISHED",
            ),
            // Its pure ACK alone shows no such thing.
            (
                "A ACK 101 301\n B ACK 301 101",
                "ESTABLISHED / SYN-RECEIVED ESTABLISHED",
            ),
            // Nor does the ACK of data of which a copy acknowledged nothing.
            (
                "A ACK 101 300 len=10\n A ACK 101 301 len=10\n B ACK 301 111",
                "ESTABLISHED / SYN-RECEIVED ESTABLISHED",
            ),
        ],
    );
}

#[test]
fn opening_from_both_sides() {
    check(
        "A SYN 100\n B SYN 300",
        &[
            ("", "SYN-SENT SYN-RECEIVED / SYN-SENT SYN-RECEIVED"),
            (
                "A SYN,ACK 100 301",
                "SYN-RECEIVED / SYN-SENT SYN-RECEIVED ESTABLISHED",
            ),
            (
                "A SYN,ACK 100 301\n B SYN,ACK 300 101",
                "SYN-RECEIVED ESTABLISHED / SYN-RECEIVED ESTABLISHED",
            ),
            // SYN-RECEIVED answers a repeated SYN with a pure ACK too.
            (
                "A SYN,ACK 100 301\n B SYN,ACK 300 101\n A ACK 101 301\n B ACK 301 101",
                "SYN-RECEIVED ESTABLISHED / SYN-RECEIVED ESTABLISHED",
            ),
        ],
    );
}

#[test]
fn closing() {
    check(
        OPEN,
        &[
            ("", "ESTABLISHED / ESTABLISHED"),
            ("A FIN,ACK 111 321", "FIN-WAIT-1 / ESTABLISHED CLOSE-WAIT"),
            (
                "A FIN,ACK 111 321\n B ACK 321 112",
                "FIN-WAIT-1 FIN-WAIT-2 / CLOSE-WAIT",
            ),
            // The example of the reference: FIN out, its ACK and the peer's
            // FIN have passed, nothing shows what has arrived.
            (
                "A FIN,ACK 111 321\n B ACK 321 112\n B FIN,ACK 321 112",
                "FIN-WAIT-1 FIN-WAIT-2 CLOSING TIME-WAIT / LAST-ACK",
            ),
            (
                "A FIN,ACK 111 321\n B FIN,ACK 321 112",
                "FIN-WAIT-1 FIN-WAIT-2 CLOSING TIME-WAIT / LAST-ACK",
            ),
            // Its ACK of the FIN: the FIN carried the ACK of the own one.
            (
                "A FIN,ACK 111 321\n B FIN,ACK 321 112\n A ACK 112 322",
                "TIME-WAIT / CLOSED LAST-ACK",
            ),
            // The FIN was sent before the ACK, so it proves nothing of that.
            (
                "A FIN,ACK 111 321\n B FIN,ACK 321 111\n A ACK 112 322\n B ACK 322 112",
                "CLOSING TIME-WAIT / CLOSING TIME-WAIT",
            ),
            // A copy of the FIN without the ACK is enough for doubt.
            (
                "A FIN,ACK 111 321\n B FIN,ACK 321 111\n B FIN,ACK 321 112\n A ACK 112 322",
                "CLOSING TIME-WAIT / CLOSING TIME-WAIT",
            ),
            (
                "A FIN,ACK 111 321\n B FIN,ACK 321 111",
                "FIN-WAIT-1 CLOSING / FIN-WAIT-1 CLOSING",
            ),
            // Nor need it be the FIN: any octet shows what came with it.
            (
                "A FIN,ACK 111 321\n B ACK 321 112 len=5\n A ACK 112 326",
                "FIN-WAIT-2 / CLOSE-WAIT",
            ),
            (
                "A FIN,ACK 111 321\n B ACK 321 112 len=5\n A ACK 112 326\n B FIN,ACK 326 111\n \
                 A ACK 112 327",
                "TIME-WAIT / CLOSING TIME-WAIT",
            ),
            // A copy without the ACK may be the one that arrived.
            (
                "A FIN,ACK 111 321\n B ACK 321 111 len=5\n B ACK 321 112 len=5\n A ACK 112 326",
                "FIN-WAIT-1 FIN-WAIT-2 / CLOSE-WAIT",
            ),
            // What the capture has lost may have been such a copy too.
            (
                "A FIN,ACK 111 321\n B ACK 331 112 len=5\n A ACK 112 336",
                "FIN-WAIT-1 FIN-WAIT-2 / CLOSE-WAIT",
            ),
        ],
    );
}

#[test]
fn resets() {
    check(
        OPEN,
        &[
            ("A RST 111", "CLOSED TIME-WAIT / CLOSED ESTABLISHED"),
            ("B RST 321", "CLOSED ESTABLISHED / CLOSED TIME-WAIT"),
            (
                "A FIN,ACK 111 321\n B ACK 321 112\n A RST 112",
                "CLOSED TIME-WAIT / CLOSED CLOSE-WAIT",
            ),
            // It goes on, so the RST may have been forged in its name.
            (
                "A RST 111\n A ACK 111 321 len=5\n B ACK 321 116",
                "CLOSED ESTABLISHED TIME-WAIT / CLOSED ESTABLISHED",
            ),
        ],
    );
    check(
        OPENING,
        &[
            // Who was opened passively goes back to LISTEN.
            ("A RST 101", "CLOSED TIME-WAIT / CLOSED LISTEN SYN-RECEIVED"),
            (
                "B RST 301",
                "CLOSED SYN-SENT ESTABLISHED / CLOSED TIME-WAIT",
            ),
            // A RST with the number of an unacceptable ACK changes nothing.
            (
                "A ACK 101 999\n B RST 999",
                "CLOSED ESTABLISHED / SYN-RECEIVED",
            ),
        ],
    );
    check(
        "A SYN 100",
        &[
            ("B RST,ACK 0 101", "CLOSED SYN-SENT / CLOSED TIME-WAIT"),
            (
                "B ACK 999 50\n A RST 50",
                "SYN-SENT / CLOSED LISTEN SYN-RECEIVED ESTABLISHED",
            ),
        ],
    );
}

#[test]
fn captures_that_begin_in_the_middle() {
    check(
        "",
        &[
            // Who sends data has not closed before; who sends none may have.
            (
                "A ACK 500 900 len=5\n B ACK 900 505 len=5",
                "ESTABLISHED / ESTABLISHED",
            ),
            (
                "A ACK 500 900 len=5\n B ACK 900 505",
                "ESTABLISHED CLOSE-WAIT / SYN-RECEIVED ESTABLISHED FIN-WAIT-1 FIN-WAIT-2",
            ),
            (
                "A FIN,ACK 500 900\n B ACK 900 501",
                "CLOSED FIN-WAIT-1 FIN-WAIT-2 CLOSING LAST-ACK TIME-WAIT / \
                 CLOSED CLOSE-WAIT CLOSING LAST-ACK TIME-WAIT",
            ),
            (
                "A FIN,ACK 500 900\n B FIN,ACK 900 501\n A ACK 501 901",
                "TIME-WAIT / CLOSED LAST-ACK",
            ),
        ],
    );
}

#[test]
fn an_end_of_which_nothing_was_captured() {
    check(
        "",
        &[
            // Perhaps nothing was sent, or it has not answered yet.
            ("A SYN 100", "SYN-SENT / CLOSED LISTEN"),
            // The other shows that something was sent.
            (
                "A SYN 100\n A ACK 101 301\n A FIN,ACK 101 301",
                "CLOSED FIN-WAIT-1 FIN-WAIT-2 CLOSING LAST-ACK TIME-WAIT / \
                 CLOSED LISTEN SYN-SENT SYN-RECEIVED ESTABLISHED FIN-WAIT-1 FIN-WAIT-2 \
                 CLOSE-WAIT CLOSING LAST-ACK TIME-WAIT",
            ),
            (
                "B SYN,ACK 300 101\n B ACK 301 111 len=10",
                "CLOSED LISTEN SYN-SENT SYN-RECEIVED ESTABLISHED FIN-WAIT-1 FIN-WAIT-2 / \
                 SYN-RECEIVED ESTABLISHED CLOSE-WAIT",
            ),
        ],
    );
}
