use super::{Receipt, Shown};
use crate::machine::connection::Connection;
use crate::machine::observe::relative;
use crate::machine::script::{connection, segments};
use crate::machine::side::Side;
use crate::machine::watch::Step;

/// What the last segment, the client's, shows that it knows.
fn shown(text: &str) -> Shown {
    let segments = segments(text);
    let (last, before) = segments.split_last().unwrap();
    let mut connection = Connection::beginning_with(&segments[0]);
    for segment in before {
        connection.step(segment);
    }
    let step = Step {
        segment: last,
        side: Side::Client,
        own: &connection.ends.client,
        peer: &connection.ends.server,
        saw: relative(&connection, Side::Client, last).saw,
        mid_stream: false,
        rtt_ns: None,
        orderly: false,
    };
    connection.watches.client.receipt.shown_by(&step)
}

/// What it shows as acknowledged: in a lossless capture, and in any.
#[track_caller]
fn check(text: &str, lossless: Option<u32>, any: Option<u32>) {
    let shown = shown(text);
    let found = [shown.una, shown.una_echoed].map(|una| una.map(|number| number.0));
    assert_eq!(found, [lossless, any], "{text}");
}

const OPEN: &str = "
    A SYN 100
    B SYN,ACK 300 101
    A ACK 101 301 len=10";

fn after(more: &str) -> String {
    format!("{OPEN}\n{more}")
}

#[test]
fn an_ack_shows_what_came_with_the_octets() {
    check("A SYN 100\n B SYN,ACK 300 101\n A ACK 101 300", None, None);
    check(OPEN, Some(101), None);
    check(
        &after("B ACK 301 111 len=5\n A ACK 111 306"),
        Some(111),
        None,
    );
    // A FIN counts as an octet.
    check(&after("B FIN,ACK 301 111\n A ACK 111 302"), Some(111), None);
    // A pure ACK leaves no trace.
    check(
        &after("B ACK 301 111\n A ACK 111 301 len=5"),
        Some(101),
        None,
    );
}

#[test]
fn the_copy_that_says_least_counts() {
    let copies = "
        B ACK 301 101 len=5
        B ACK 301 111 len=5
        A ACK 111 306";
    check(&after(copies), Some(101), None);
    // Whichever came first.
    let copies = "
        B ACK 301 111 len=5
        B ACK 301 101 len=5
        A ACK 111 306";
    check(&after(copies), Some(101), None);
    // Of new octets behind old ones there is one copy.
    let copies = "
        B ACK 301 101 len=5
        B ACK 301 111 len=6
        A ACK 111 307";
    check(&after(copies), Some(111), None);
    let only_the_old = "
        B ACK 301 101 len=5
        B ACK 301 111 len=6
        A ACK 111 306";
    check(&after(only_the_old), Some(101), None);
}

#[test]
fn sack_shows_the_octets_too() {
    let text = "
        B ACK 301 101 len=5
        B ACK 306 111 len=5
        A ACK 111 301 sack=306-311";
    check(&after(text), Some(111), None);
    let text = "
        B ACK 301 101 len=5
        B ACK 306 111 len=5
        A ACK 111 301 sack=301-306";
    check(&after(text), Some(101), None);
}

#[test]
fn an_ack_of_what_was_not_captured_shows_nothing() {
    let text = "
        B ACK 301 111 len=5
        A ACK 111 900";
    check(&after(text), None, None);
}

#[test]
fn a_syn_without_ack_takes_back_what_its_copy_showed() {
    let text = "
        A SYN 100
        B SYN,ACK 300 101
        B SYN 300
        A SYN,ACK 100 301";
    check(text, None, None);
}

#[test]
fn echoes() {
    let open = "
        A SYN 100 ts=1/0
        B SYN,ACK 300 101 ts=50/1
        A ACK 101 301 ts=2/50 len=10
        B ACK 301 111 ts=51/2";
    // The very timestamp: unless a segment with the same one is missing.
    let text = format!("{open}\n A ACK 111 301 ts=3/51");
    check(&text, Some(111), Some(101));
    // A newer one: whatever the capture lost.
    let text = format!("{open}\n B ACK 301 111 ts=60/2\n A ACK 111 301 ts=3/60");
    check(&text, Some(111), Some(111));
    // Of two with the same timestamp the one that says less may be meant.
    let text = format!("{open}\n B ACK 301 101 ts=51/2\n A ACK 111 301 ts=3/51");
    check(&text, Some(101), Some(101));
    // So it is where the lower ack came before, and brought nothing new.
    let before = open.replace(
        "B ACK 301 111 ts=51/2",
        "B ACK 301 101 ts=51/2\n B ACK 301 111 ts=51/2",
    );
    check(
        &format!("{before}\n A ACK 111 301 ts=3/51"),
        Some(101),
        Some(101),
    );
    // A SYN has no ack at all.
    let text = "
        A SYN 100 ts=1/0
        B SYN 300 ts=50/0
        B SYN,ACK 300 101 ts=50/1
        A SYN,ACK 100 301 ts=2/50";
    check(text, None, None);
    // An echo of something that was never sent.
    let text = format!("{open}\n A ACK 111 301 ts=3/99999");
    check(&text, Some(101), None);
}

#[test]
fn nothing_is_known_before_it_was_sent() {
    // The segment that acknowledges ten octets is stored before them.
    let text = "
        A SYN 100
        B SYN,ACK 300 101
        A ACK 101 301
        B ACK 301 111 len=5
        A ACK 101 301 len=10
        A ACK 111 306";
    check(text, Some(101), None);
}

#[test]
fn numbers_wrap() {
    check(
        "A SYN 4294967290
         B SYN,ACK 4294967295 4294967291
         A ACK 4294967291 0 len=10
         B ACK 0 5 len=5
         A ACK 5 5",
        Some(5),
        None,
    );
}

#[test]
fn with_the_octets_comes_the_window() {
    let shown = shown(
        "A SYN 100
         B SYN,ACK 300 101 win=500
         A ACK 101 301
         B ACK 301 101 len=5 win=800
         A ACK 101 306",
    );
    assert_eq!(shown.edge.map(|edge| edge.0), Some(901));
}

/// What is kept over the segments: enough to know of SYN and FIN.
#[test]
fn knowledge_of_syn_and_fin_is_kept() {
    let known = |more: &str| {
        let connection = connection(&format!("{OPEN}\n{more}"));
        let receipt: &Receipt = &connection.watches.client.receipt;
        receipt.snd_una_proven(true).map(|una| una.0)
    };
    assert_eq!(known(""), Some(101));
    let fin = "B ACK 301 111\n A FIN,ACK 111 301";
    assert_eq!(known(fin), Some(101));
    let acked = format!("{fin}\n B ACK 301 112 len=5\n A ACK 112 306");
    assert_eq!(known(&acked), Some(112));
    let crossed = format!("{fin}\n B ACK 301 111 len=5\n A ACK 112 306");
    assert_eq!(known(&crossed), Some(101), "the FIN is not acknowledged");
}
