use crate::machine::connection::Connection;
use crate::machine::end::End;
use crate::machine::script::connection;
use crate::machine::state::State;
use crate::observation::Observations;
use crate::seq::SeqNo;

const HANDSHAKE: &str = "
    A SYN 100
    B SYN,ACK 300 101
    A ACK 101 301";

fn after_handshake(text: &str) -> Connection {
    connection(&format!("{HANDSHAKE}\n{text}"))
}

fn books(end: &End) -> (Option<u32>, Option<u32>, Option<u32>) {
    let number = |n: Option<SeqNo>| n.map(|n| n.0);
    (number(end.iss()), number(end.snd_next), number(end.ack_max))
}

fn states(connection: &Connection) -> [Option<State>; 2] {
    super::Side::BOTH.map(|side| connection.timeline.state(side))
}

// ---------------------------------------------------------------- which SYN

/// RFC 9293, figure 8: an old duplicate SYN arrives before the right one.
fn old_duplicate(old: u32, new: u32) -> Connection {
    connection(&format!(
        "A SYN {new}
        A SYN {old}             # captured behind it, as it arrived late
        B SYN,ACK 300 {}
        A RST {}
        B SYN,ACK 400 {}
        A ACK {} 401
        A ACK {} 401 len=10
        B ACK 401 {}",
        old.wrapping_add(1),
        old.wrapping_add(1),
        new.wrapping_add(1),
        new.wrapping_add(1),
        new.wrapping_add(1),
        new.wrapping_add(11),
    ))
}

#[test]
fn the_syn_that_its_sender_goes_on_with_counts() {
    // The old number lies close before and behind, and half the ring away.
    for (old, new) in [(90, 100), (100, 90), (5, 2_000_000_000), (2_000_000_000, 5)] {
        let connection = old_duplicate(old, new);
        let (client, server) = (&connection.ends.client, &connection.ends.server);
        assert_eq!(
            books(client),
            (Some(new), Some(new + 11), Some(401)),
            "{old}, {new}"
        );
        assert_eq!(
            books(server),
            (Some(400), Some(401), Some(new + 11)),
            "{old}, {new}"
        );
        assert_eq!(server.window_edge, Some(SeqNo(new + 11 + 1000)));
        assert!(client.syn_acked && server.syn_acked);
        assert_eq!(client.counts.bytes, 10);
        assert_eq!(server.ack_advanced, 10);
        assert!(!connection.seen.contains(Observations::SEQ_BELOW_ISN));
        assert!(!connection.seen.contains(Observations::ACK_BEYOND_SENT));
        assert_eq!(states(&connection), [Some(State::Established); 2]);
        assert_eq!(connection.missing_octets(), 0);
    }
}

#[test]
fn with_one_syn_ack_for_two_syns_the_one_acknowledged_counts() {
    // The server keeps its ISN whichever SYN it answers.
    let connection = connection(
        "A SYN 100
        A SYN 5000
        B SYN,ACK 300 5001
        A RST 5001
        B SYN,ACK 300 101
        A ACK 101 301 len=10",
    );
    assert_eq!(
        books(&connection.ends.client),
        (Some(100), Some(111), Some(301))
    );
    assert_eq!(
        books(&connection.ends.server),
        (Some(300), Some(301), Some(101))
    );
    assert!(connection.ends.client.syn_acked);
}

#[test]
fn the_answer_to_a_syn_not_chosen_acknowledges_nothing() {
    let connection = connection(
        "A SYN 100
        A SYN 5000
        B SYN,ACK 300 5001
        A ACK 101 301 len=10",
    );
    assert_eq!(
        books(&connection.ends.client),
        (Some(100), Some(111), Some(301))
    );
    assert_eq!(books(&connection.ends.server), (Some(300), Some(301), None));
    assert_eq!(connection.ends.server.window_edge, None);
    assert!(!connection.ends.client.syn_acked && connection.ends.server.syn_acked);
    assert!(
        connection
            .seen
            .contains(Observations::DATA_BEFORE_SYN_ACKED)
    );
}

#[test]
fn of_two_syn_acks_the_one_that_the_client_takes_counts() {
    let connection = connection(
        "A SYN 100
        B SYN,ACK 700 101 win=10
        B SYN,ACK 300 101 win=20
        A ACK 101 701
        B ACK 701 101 len=5",
    );
    let server = &connection.ends.server;
    assert_eq!(books(server), (Some(700), Some(706), Some(101)));
    assert_eq!(server.counts.bytes, 5);
    assert_eq!(connection.missing_octets(), 0);
}

#[test]
fn a_syn_stored_behind_its_answer_was_acknowledged() {
    let connection = connection("B SYN,ACK 300 101\n A SYN 100\n A ACK 101 301 len=5");
    assert!(connection.ends.client.syn_acked && connection.ends.server.syn_acked);
    assert!(
        !connection
            .seen
            .contains(Observations::DATA_BEFORE_SYN_ACKED)
    );
}

#[test]
fn a_syn_repeated_counts_its_copies_and_keeps_its_number() {
    let connection = connection("A SYN 100\n +1s A SYN 100 len=5\n +2s A SYN 100");
    let syn = connection.ends.client.syn.unwrap();
    assert_eq!((syn.iss, syn.copies, syn.payload_len), (SeqNo(100), 3, 5));
    assert_eq!((syn.packet, syn.last_packet), (1, 3));
    assert_eq!(connection.ends.client.snd_next, Some(SeqNo(106)));
}

// ---------------------------------------------------------------- early acks

/// B acknowledges 121 although only octets up to 111 were captured.
const EARLY: &str = "
    A ACK 101 301 len=10
    B ACK 301 121";

#[test]
fn an_early_ack_is_held_until_something_tells_who_was_wrong() {
    let connection = after_handshake(EARLY);
    let server = &connection.ends.server;
    assert_eq!(
        server.early_ack.map(|(ack, packet, _)| (ack.0, packet)),
        Some((121, 5))
    );
    assert_eq!(server.ack_max, Some(SeqNo(101)), "not believed yet");
    assert_eq!(connection.missing_octets(), 0);
}

#[test]
fn capture_loss_is_confirmed_when_the_sender_goes_on_behind_the_ack() {
    for (line, next) in [
        ("+1s A ACK 121 301 len=10", 131),
        ("+1s A ACK 126 301 len=10", 136),
        ("+1s A FIN,ACK 121 301", 122),
    ] {
        let connection = after_handshake(&format!("{EARLY}\n{line}\n B ACK 301 {next}"));
        let missing = connection.ends.client.stream.as_ref().unwrap().missing();
        assert_eq!(missing[0].start, SeqNo(111), "{line}");
        assert!(missing[0].packet == 5, "the ACK that showed it");
        assert_eq!(connection.ends.server.early_ack, None);
        assert_eq!(connection.ends.server.ack_max, Some(SeqNo(next)));
        assert!(!connection.seen.contains(Observations::CONTRADICTS_ACK));
    }
}

#[test]
fn the_receiver_was_wrong_if_the_sender_sends_new_octets_below_the_ack() {
    for line in [
        "+1s A ACK 111 301 len=10",
        "+1s A ACK 111 301 len=5",
        "+1s A ACK 111 301 len=30",
        "+1s A ACK 111 301",
        "+1s A FIN,ACK 111 301",
    ] {
        let connection = after_handshake(&format!("{EARLY}\n{line}"));
        assert!(
            connection.seen.contains(Observations::CONTRADICTS_ACK),
            "{line}"
        );
        let about = connection.noted().last().unwrap().about;
        assert_eq!(about, Some(5), "{line}");
        assert_eq!(connection.ends.server.early_ack, None);
        assert_eq!(connection.ends.server.ack_max, Some(SeqNo(101)), "{line}");
        assert_eq!(connection.missing_octets(), 0);
    }
}

#[test]
fn a_retransmission_or_keepalive_below_the_ack_shows_nothing() {
    for line in ["+1s A ACK 101 301 len=10", "+1s A ACK 110 301"] {
        let connection = after_handshake(&format!("{EARLY}\n{line}"));
        assert!(
            !connection.seen.contains(Observations::CONTRADICTS_ACK),
            "{line}"
        );
        assert!(connection.ends.server.early_ack.is_some(), "{line}");
    }
}

#[test]
fn frames_stored_out_of_order_are_neither() {
    for (after, stored_out_of_order) in [("+0ms", true), ("+10ms", true), ("+11ms", false)] {
        let connection = after_handshake(&format!("{EARLY}\n{after} A ACK 111 301 len=10"));
        let contradicted = connection.seen.contains(Observations::CONTRADICTS_ACK);
        assert_eq!(contradicted, !stored_out_of_order, "{after}");
        let expected = if stored_out_of_order { 121 } else { 101 };
        assert_eq!(
            connection.ends.server.ack_max,
            Some(SeqNo(expected)),
            "{after}"
        );
        assert_eq!(connection.ends.server.early_ack, None);
        assert_eq!(connection.missing_octets(), 0);
    }
}

#[test]
fn a_live_sender_that_resets_an_early_ack_says_that_it_was_wrong() {
    let alive = after_handshake(&format!("{EARLY}\n +1ms A RST 121"));
    assert_eq!(alive.ends.server.early_ack, None);
    // One that has been silent for long may have lost its state instead.
    let silent = after_handshake(&format!("{EARLY}\n +1s A RST 121"));
    assert!(silent.ends.server.early_ack.is_some());
    let other = after_handshake(&format!("{EARLY}\n +1ms A RST 111"));
    assert!(other.ends.server.early_ack.is_some());
}

#[test]
fn an_ack_beyond_a_fin_is_no_capture_loss() {
    let connection = after_handshake("A FIN,ACK 101 301\n B ACK 301 110");
    assert!(connection.seen.contains(Observations::ACK_BEYOND_FIN));
    assert_eq!(connection.ends.server.early_ack, None);
}

// ------------------------------------------------------------------- windows

fn edge(client: &str, server: &str, ack: &str) -> Option<u32> {
    let connection = connection(&format!(
        "A SYN 100 win=1000 {client}
        B SYN,ACK 300 101 win=2000 {server}
        {ack}"
    ));
    connection.ends.client.window_edge.map(|edge| edge.0)
}

#[test]
fn windows_are_scaled_only_if_both_ends_asked_for_it() {
    let ack = "A ACK 101 301 win=500";
    assert_eq!(edge("", "", ack), Some(301 + 500));
    assert_eq!(edge("ws=7", "ws=3", ack), Some(301 + (500 << 7)));
    assert_eq!(edge("ws=7", "", ack), Some(301 + 500));
    assert_eq!(edge("", "ws=3", ack), Some(301 + 500));
    assert_eq!(edge("ws=0", "ws=3", ack), Some(301 + 500));
    // RFC 7323, 2.3: more than 14 counts as 14.
    assert_eq!(edge("ws=15", "ws=3", ack), Some(301 + (500 << 14)));
}

#[test]
fn a_window_is_unknown_while_an_option_that_scales_it_was_cut() {
    let ack = "A ACK 101 301 win=500";
    assert_eq!(edge("ws=7 cut", "ws=3", ack), None);
    assert_eq!(edge("ws=7", "ws=3 cut", ack), None);
}

#[test]
fn the_edge_never_goes_back() {
    let shrunk = "A ACK 101 301 win=500\n A ACK 101 301 win=100";
    assert_eq!(edge("", "", shrunk), Some(801));
    let moved = "A ACK 101 301 win=500\n B ACK 301 101 len=10\n A ACK 101 311 win=495";
    assert_eq!(edge("", "", moved), Some(806));
}

#[test]
fn the_window_of_a_syn_is_not_scaled() {
    let connection = connection("A SYN 100 ws=7\n B SYN,ACK 300 101 win=2000 ws=3");
    assert_eq!(connection.ends.server.window_edge, Some(SeqNo(101 + 2000)));
    assert_eq!(
        connection.ends.client.window_edge, None,
        "a SYN acknowledges nothing"
    );
}

// ---------------------------------------------------------------------- FINs

fn fin_of(text: &str) -> (Option<u32>, Option<u32>) {
    let connection = after_handshake(text);
    let client = &connection.ends.client;
    let number = |fin: Option<super::FinSent>| fin.map(|fin| fin.seq.0);
    (
        number(client.fin),
        number(client.distant_fin.as_deref().copied()),
    )
}

#[test]
fn a_fin_counts_where_the_stream_ends() {
    assert_eq!(fin_of("A FIN,ACK 101 301"), (Some(101), None));
    assert_eq!(fin_of("A FIN,ACK 101 301 len=5"), (Some(106), None));
    // The first that fits is the measure.
    assert_eq!(
        fin_of("A FIN,ACK 101 301\n A FIN,ACK 120 301"),
        (Some(101), None)
    );
    // Below octets already sent nobody takes it in.
    assert_eq!(
        fin_of("A ACK 101 301 len=10\n A FIN,ACK 105 301"),
        (None, None)
    );
    // The empty ACK from behind it has overtaken it.
    assert_eq!(
        fin_of("A ACK 102 301\n A FIN,ACK 101 301"),
        (Some(101), None)
    );
}

#[test]
fn a_fin_behind_a_hole_counts_once_it_is_reached_or_acknowledged() {
    let hole = "A FIN,ACK 111 301";
    assert_eq!(fin_of(hole), (None, Some(111)));
    assert_eq!(
        fin_of(&format!("{hole}\n A ACK 101 301 len=5")),
        (None, Some(111))
    );
    assert_eq!(
        fin_of(&format!("{hole}\n A ACK 101 301 len=10")),
        (Some(111), None)
    );
    assert_eq!(
        fin_of(&format!("{hole}\n B ACK 301 112")),
        (Some(111), None)
    );
    assert_eq!(
        fin_of(&format!("{hole}\n B ACK 301 111")),
        (None, Some(111))
    );
}

#[test]
fn copies_of_a_fin_are_counted_with_their_lowest_ack() {
    let connection = after_handshake(
        "B ACK 301 101 len=10
        A FIN,ACK 101 311
        +1s A FIN,ACK 101 301
        B ACK 311 102
        B ACK 311 102",
    );
    let fin = connection.ends.client.fin.unwrap();
    assert_eq!((fin.copies, fin.packet, fin.last_packet), (2, 5, 6));
    assert_eq!((fin.first_ack.0, fin.lowest_ack.0), (311, 301));
    assert_eq!(fin.acked_by.map(|(packet, _)| packet), Some(7), "the first");
}

#[test]
fn a_fin_with_a_bare_syn_is_none() {
    let connection = connection("A SYN,FIN 100\n B SYN,ACK 300 101");
    assert_eq!(connection.ends.client.fin, None);
    let answered = crate::machine::script::connection("A SYN 100\n B SYN,FIN,ACK 300 101");
    assert_eq!(
        answered.ends.server.fin.map(|fin| fin.seq),
        Some(SeqNo(301))
    );
}

// ---------------------------------------------------------------------- RSTs

#[test]
fn resets_are_counted_and_the_first_kept() {
    let connection = after_handshake("A RST 101\n A RST 101\n B RST 301");
    let rst = connection.ends.client.rst.unwrap();
    assert_eq!((rst.copies, rst.first.packet), (2, 4));
    assert!(connection.ends.server.rst.is_some());
}

#[test]
fn a_reset_inside_the_window_provokes_a_challenge() {
    // RFC 5961, 3.2: at RCV.NXT it ends the connection, beside it in the
    // window it is challenged, outside it is dropped.
    let provokes = |seq: u32| {
        let connection = after_handshake(&format!("B ACK 301 101 win=1000\n A RST {seq}"));
        let by_books = connection.ends.client.provoked.is_some();
        assert_eq!(
            by_books,
            connection
                .noted()
                .last()
                .unwrap()
                .saw(Observations::PROVOKES_ACK)
        );
        by_books
    };
    assert_eq!(
        [100, 101, 102, 1100, 1101, 5000].map(provokes),
        [false, false, true, true, false, false]
    );
}

// -------------------------------------------------------------------- traces

#[test]
fn what_was_sent_again_is_known_to_its_end() {
    let again = |text: &str| {
        let connection = after_handshake(text);
        connection.ends.client.resent_to.map(|to| to.0)
    };
    let data = "A ACK 101 301 len=10";
    assert_eq!(again(data), None);
    assert_eq!(again(&format!("{data}\n A ACK 111 301 len=10")), None);
    assert_eq!(again(&format!("{data}\n A ACK 101 301 len=4")), Some(105));
    assert_eq!(
        again(&format!("{data}\n A ACK 110 301")),
        Some(111),
        "a keepalive speaks for nothing that is still to be sent"
    );
    assert_eq!(again("A FIN,ACK 101 301\n A FIN,ACK 101 301"), Some(102));
}

#[test]
fn the_data_of_a_syn_is_new_and_in_order() {
    let opening = connection("A SYN 100 len=20\n B SYN,ACK 300 121\n A ACK 121 301 len=5");
    let client = &opening.ends.client;
    assert_eq!((client.counts.bytes, client.counts.out_of_order), (25, 0));
    assert_eq!(
        (client.resent_to, client.snd_next),
        (None, Some(SeqNo(126)))
    );
    // Refused, it is sent again.
    let refused = connection("A SYN 100 len=20\n B SYN,ACK 300 101\n A ACK 101 301 len=20");
    let client = &refused.ends.client;
    assert_eq!(
        (client.counts.bytes, client.counts.retransmissions),
        (20, 1)
    );
    assert!(refused.seen.contains(Observations::SYN_DATA_AGAIN));
}

#[test]
fn octets_are_counted_once() {
    let connection = after_handshake(
        "A ACK 101 301 len=10
        A ACK 101 301 len=10
        A ACK 106 301 len=10
        A ACK 126 301 len=10
        A ACK 116 301 len=10",
    );
    assert_eq!(connection.ends.client.counts.bytes, 35);
    assert_eq!(connection.ends.client.snd_next, Some(SeqNo(136)));
    assert_eq!(connection.ends.client.counts.retransmissions, 1);
    assert_eq!(connection.ends.client.counts.out_of_order, 1);
}

#[test]
fn copies_of_a_syn_count_as_retransmissions() {
    let connection = connection("A SYN 100\n +1s A SYN 100\n B SYN,ACK 300 101\n A ACK 101 301");
    assert_eq!(connection.ends.client.counts.retransmissions, 1);
    assert_eq!(connection.ends.server.counts.retransmissions, 0);
}

#[test]
fn a_syn_inside_a_connection_does_not_change_its_isn() {
    let connection = after_handshake("A SYN 5000\n B ACK 301 101\n A ACK 101 301 len=10");
    assert_eq!(connection.ends.client.iss(), Some(SeqNo(100)));
}

#[test]
fn a_capture_of_nothing_but_keepalives_shows_what_they_lie_below() {
    let connection = connection("A ACK 100 300\n B ACK 300 101");
    assert_eq!(connection.ends.client.snd_next, Some(SeqNo(101)));
    assert!(!connection.seen.contains(Observations::ACK_BEYOND_SENT));
}

#[test]
fn right_checksums_of_data_are_counted_apart() {
    let connection = after_handshake("A ACK 101 301 len=10\n B ACK 301 111");
    let traces = &connection.ends.client.traces;
    assert_eq!((traces.good_checksums, traces.good_with_data), (3, 1));
}
