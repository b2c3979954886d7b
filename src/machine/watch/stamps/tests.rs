use super::*;
use crate::machine::connection::Connection;
use crate::machine::script::connection;

/// A's clock begins at `a`, B's at `b`; A acknowledges at `a` + 10.
fn opened(a: u32, b: u32, text: &str) -> Connection {
    let later = a.wrapping_add(10);
    connection(&format!(
        "A SYN 100 ts={a}/0
        B SYN,ACK 300 101 ts={b}/{a}
        A ACK 101 301 ts={later}/{b}
        {text}"
    ))
}

fn saw(connection: &Connection, what: Observations) -> bool {
    connection.seen.contains(what)
}

// ---------------------------------------------------------------------- clock

/// For each step back of A, whether the numbers prove the order.
fn backs(text: &str) -> Vec<bool> {
    let connection = opened(500, 90, text);
    let clock = &connection.watches.client.stamps.clock;
    let backs: Vec<_> = clock.backs().iter().map(|back| back.in_order).collect();
    assert_eq!(
        saw(&connection, Observations::STAMP_BACK),
        !backs.is_empty()
    );
    backs
}

#[test]
fn new_octets_behind_a_newer_timestamp() {
    assert_eq!(
        backs("A ACK 101 301 len=10 ts=600/90\n A ACK 111 301 len=10 ts=580/90"),
        [true]
    );
    // A pure ACK, then data at the same number.
    assert_eq!(backs("A ACK 101 301 len=10 ts=480/90"), [true]);
    // A tick is let through.
    assert!(backs("A ACK 101 301 len=10 ts=509/90").is_empty());
    assert_eq!(backs("A ACK 101 301 len=10 ts=508/90"), [true]);
}

#[test]
fn what_may_have_been_overtaken_proves_nothing() {
    // The second has the lower number.
    assert_eq!(
        backs("A ACK 111 301 len=10 ts=600/90\n A ACK 101 301 len=10 ts=580/90"),
        [false]
    );
    // A retransmission is no measure.
    assert!(
        backs(
            "A ACK 101 301 len=10 ts=520/90
            A ACK 111 301 len=10 ts=530/90
            A ACK 101 301 len=10 ts=700/90
            A ACK 121 301 len=10 ts=540/90"
        )
        .is_empty()
    );
    // Two pure ACKs may have changed places.
    assert_eq!(backs("A ACK 101 301 ts=480/90"), [false]);
}

#[test]
fn after_a_pause_the_first_may_repeat_what_was_lost_before_the_monitor() {
    let late = "+300ms A ACK 101 301 len=10 ts=900/90";
    assert_eq!(
        backs(&format!("{late}\n A ACK 111 301 len=10 ts=580/90")),
        [false]
    );
    // What it acknowledges, or echoes, puts the second behind the first.
    assert_eq!(
        backs(&format!("{late}\n A ACK 111 321 len=10 ts=580/90")),
        [true]
    );
    assert_eq!(
        backs(&format!("{late}\n A ACK 111 301 len=10 ts=580/95")),
        [true]
    );
}

#[test]
fn clocks_go_round() {
    let start = u32::MAX - 5;
    let connection = opened(
        start,
        u32::MAX,
        "A ACK 101 301 len=10 ts=20/4294967295\n A ACK 111 301 len=10 ts=21/4294967295",
    );
    assert!(connection.watches.client.stamps.clock.backs().is_empty());
    let back = opened(
        start,
        u32::MAX,
        "A ACK 101 301 len=10 ts=20/4294967295\n A ACK 111 301 len=10 ts=4294967295/4294967295",
    );
    assert_eq!(back.watches.client.stamps.clock.backs().len(), 1);
}

#[test]
fn a_zero_on_a_syn_is_no_clock() {
    let text = |tsval: u32| {
        format!(
            "A SYN 100 ts={tsval}/0\n B SYN,ACK 300 101 ts=50/{tsval}\n A ACK 101 301 len=5 ts=4000000000/50"
        )
    };
    let backs = |tsval| {
        let connection = connection(&text(tsval));
        connection.watches.client.stamps.clock.backs().len()
    };
    assert_eq!((backs(0), backs(1)), (0, 1));
}

#[test]
fn after_long_silence_nothing_is_older() {
    assert!(backs("+1800s A ACK 101 301 len=10 ts=3/90").is_empty());
    assert_eq!(backs("+1799s A ACK 101 301 len=10 ts=3/90").len(), 1);
}

#[test]
fn of_many_the_first_are_kept() {
    let mut text = "A ACK 101 301 len=10 ts=9000/90".to_owned();
    for n in 1..20 {
        text += &format!("\n A ACK {} 301 len=10 ts=600/90", 101 + 10 * n);
    }
    assert_eq!(backs(&text), [true; 4]);
}

// --------------------------------------------------------------------- echoes

/// TSecrs of B that A never sent.
fn unknown(a: u32, text: &str) -> Vec<u32> {
    let connection = opened(a, 90, text);
    let echoes = connection.watches.server.stamps.unknown_echoes();
    let open = echoes.iter().filter(|echo| !echo.explained);
    open.map(|echo| echo.tsecr.0).collect()
}

#[test]
fn an_echo_lies_between_what_the_peer_sent() {
    assert!(unknown(500, "B ACK 301 101 ts=95/500").is_empty());
    assert!(unknown(500, "B ACK 301 101 ts=95/510").is_empty());
    assert_eq!(unknown(500, "B ACK 301 101 ts=95/511"), [511]);
    assert_eq!(unknown(500, "B ACK 301 101 ts=95/499"), [499]);
    assert_eq!(unknown(500, "B ACK 301 101 ts=95/0"), [0]);
    // Across 2^32.
    let start = u32::MAX - 4;
    for (echo, known) in [(u32::MAX, true), (0, true), (5, true), (6, false)] {
        let text = format!("B ACK 301 101 ts=95/{echo}");
        assert_eq!(unknown(start, &text).is_empty(), known, "{echo}");
    }
    let before = format!("B ACK 301 101 ts=95/{}", start - 1);
    assert_eq!(unknown(start, &before), [start - 1]);
}

#[test]
fn some_segments_echo_nothing_of_this_connection() {
    assert!(unknown(500, "B RST,ACK 301 101 ts=95/900").is_empty());
    assert!(unknown(500, "B ACK 301 77 ts=95/900").is_empty());
    assert!(unknown(500, "B SYN,ACK 300 77 ts=95/900").is_empty());
    assert!(unknown(500, "B SYN,ACK 300 101 ts=95/0").is_empty());
    let crossing = connection("A SYN 100 ts=500/0\n B SYN 300 ts=90/0\n B SYN,ACK 300 101 ts=90/7");
    let stamps = &crossing.watches.server.stamps;
    assert!(stamps.unknown_echoes().is_empty());
}

#[test]
fn a_syn_ack_echoes_the_syn() {
    let echo = |tsecr: u32| {
        let text =
            format!("A SYN 100 ts=500/0\n A SYN 100 ts=600/0\n B SYN,ACK 300 101 ts=90/{tsecr}");
        connection(&text)
            .watches
            .server
            .stamps
            .unknown_echoes()
            .len()
    };
    assert_eq!([500, 600, 0].map(echo), [0, 0, 0]);
    assert_eq!([499, 601].map(echo), [1, 1]);
}

#[test]
fn a_value_stored_a_moment_later_explains_the_echo() {
    let swapped = |after: &str| {
        let text = format!("B ACK 301 101 ts=95/600\n {after} A ACK 101 301 len=5 ts=600/90");
        unknown(500, &text)
    };
    assert!(swapped("+10ms").is_empty());
    assert!(swapped("-5ms").is_empty());
    assert_eq!(swapped("+11ms"), [600]);
    let newer = "B ACK 301 101 ts=95/600\n A ACK 101 301 len=5 ts=601/90";
    assert_eq!(unknown(500, newer), [600], "another value is none");
}

#[test]
fn what_could_not_be_read_may_hold_the_value() {
    for line in ["A ACK 101 301 cut", "A ACK 101 301 broken"] {
        let text = format!("{line}\n B ACK 301 101 ts=95/900");
        assert!(unknown(500, &text).is_empty(), "{line}");
    }
    // Without timestamps is without timestamps.
    assert_eq!(
        unknown(500, "A ACK 101 301\n B ACK 301 101 ts=95/900"),
        [900]
    );
}

#[test]
fn clocks_that_jump_or_were_silent_say_nothing() {
    let jump = "A ACK 101 301 len=5 ts=1073742334/90\n B ACK 301 106 ts=95/7";
    assert!(unknown(500, jump).is_empty());
    let silent = "+1800s A ACK 101 301 len=5 ts=900/90\n B ACK 301 106 ts=95/7";
    assert!(unknown(500, silent).is_empty());
}

#[test]
fn once_the_clock_has_gone_far_the_low_end_has_no_meaning() {
    let mut text = String::new();
    for step in 1..=3_u32 {
        text += &format!("A ACK 101 301 ts={}/90\n", step * 1_000_000_000);
    }
    let low = format!("{text} B ACK 301 101 ts=95/400");
    assert!(unknown(500, &low).is_empty());
    let high = format!("{text} B ACK 301 101 ts=95/3000000001");
    assert_eq!(unknown(500, &high), [3_000_000_001]);
}

#[test]
fn unknown_echoes_are_counted() {
    let text = "B ACK 301 101 ts=95/900\n".repeat(9);
    let connection = opened(500, 90, &text);
    let stamps = &connection.watches.server.stamps;
    assert_eq!(stamps.unknown_echoes().len(), ECHOES);
    assert_eq!(stamps.unknown_echo_count(), 9);
    let what = Observations::ECHO_UNKNOWN;
    let noted = connection.noted().iter().filter(|n| n.saw(what)).count();
    assert_eq!(noted, ECHOES);
}

// ------------------------------------------------------------------- old data

/// What B took in although it was old: packet of the segment, packet of the ACK, by SACK.
fn taken(text: &str) -> Vec<(u64, u64, bool)> {
    let newer = "A ACK 101 301 len=10 ts=5000/90\n B ACK 301 111 ts=95/5000";
    let connection = opened(4000, 90, &format!("{newer}\n{text}"));
    let taken = connection.watches.server.stamps.taken();
    assert_eq!(
        saw(&connection, Observations::OLD_STAMP_ACCEPTED),
        !taken.is_empty()
    );
    let each = taken.iter().map(|t| (t.old.packet, t.by, t.selectively));
    each.collect()
}

#[test]
fn old_data_is_not_to_be_acknowledged() {
    let old = "A ACK 111 301 len=10 ts=4500/90";
    assert_eq!(
        taken(&format!("{old}\n B ACK 301 121 ts=99/5000")),
        [(6, 7, false)]
    );
    assert!(taken(&format!("{old}\n B ACK 301 111 ts=99/5000")).is_empty());
    assert!(taken(&format!("{old}\n B ACK 301 120 ts=99/5000")).is_empty());
    assert!(taken(&format!("{old}\n B RST,ACK 301 121 ts=99/5000")).is_empty());
    // A tick less passes.
    let tick = "A ACK 111 301 len=10 ts=4999/90";
    assert!(taken(&format!("{tick}\n B ACK 301 121 ts=99/5000")).is_empty());
}

#[test]
fn nor_to_be_reported_by_sack() {
    let old = "A ACK 121 301 len=10 ts=4500/90";
    assert_eq!(
        taken(&format!("{old}\n B ACK 301 111 ts=99/5000 sack=121-131")),
        [(6, 7, true)]
    );
    assert!(taken(&format!("{old}\n B ACK 301 111 ts=99/5000 sack=121-130")).is_empty());
    // A D-SACK says that it came twice.
    let repeated = "A ACK 111 301 len=10 ts=4500/90\n A ACK 111 301 len=10 ts=5100/90";
    let text = format!("{repeated}\n B ACK 301 121 ts=99/5100 sack=111-121");
    assert!(taken(&text).is_empty());
}

#[test]
fn another_copy_of_the_octets_excuses_the_ack() {
    let old = "A ACK 111 301 len=10 ts=4500/90";
    for copy in [
        "A ACK 111 301 len=10 ts=5100/90",
        "A ACK 106 301 len=6 ts=5100/90",
        "A ACK 120 301 len=6 ts=5100/90",
    ] {
        let text = format!("{old}\n{copy}\n B ACK 301 126 ts=99/5100");
        assert!(taken(&text).is_empty(), "{copy}");
    }
    // Neighbours are no copies, nor is an earlier one of them.
    let beside = "A ACK 121 301 len=10 ts=5100/90";
    assert_eq!(
        taken(&format!("{old}\n{beside}\n B ACK 301 131 ts=99/5000")).len(),
        1
    );
    let before = "A ACK 111 301 len=10 ts=5000/90";
    assert!(taken(&format!("{before}\n{old}\n B ACK 301 121 ts=99/5000")).is_empty());
}

#[test]
fn an_old_copy_of_what_was_acknowledged_is_nothing_new() {
    let text = "A ACK 101 301 len=10 ts=4500/90\n B ACK 301 111 ts=99/5000";
    assert!(taken(text).is_empty());
}
