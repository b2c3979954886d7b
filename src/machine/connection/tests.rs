use super::*;
use crate::machine::script::{connection, segments};
use crate::seq::SeqNo;

const HANDSHAKE: &str = "
    A SYN 100
    B SYN,ACK 300 101
    A ACK 101 301";

fn saw(connection: &Connection, packet: u64) -> Observations {
    let noted = connection.noted().iter().find(|n| n.packet == packet);
    noted.map_or(Observations::empty(), |noted| noted.saw)
}

/// A download from B of `chunks` segments of 2^28 octets each; `captured` says
/// which of them the capture holds. A acknowledges each.
fn download(chunks: u32, captured: impl Fn(u32) -> bool) -> Connection {
    const CHUNK: u32 = 1 << 28;
    let mut connection = connection(HANDSHAKE);
    let templates = segments("B ACK 301 101 len=268435456\n A ACK 101 301");
    let mut packet = 3;
    for i in 0..chunks {
        for (template, is_data) in templates.iter().zip([true, false]) {
            let mut segment = *template;
            packet += 1;
            segment.packet = packet;
            segment.ip.id = u16::try_from(packet).ok();
            segment.time = Timestamp(i64::try_from(packet).unwrap() * 1_000_000);
            if is_data {
                segment.seq = segment.seq + i.wrapping_mul(CHUNK);
            } else {
                segment.ack = segment.ack + (i + 1).wrapping_mul(CHUNK);
            }
            if !is_data || captured(i) {
                connection.step(&segment);
            }
        }
    }
    connection
}

#[test]
fn streams_of_many_gib_are_not_mistaken_for_numbers_before_the_isn() {
    let wrong = Observations::SEQ_BELOW_ISN
        | Observations::ACK_NOT_BEYOND_ISN
        | Observations::DATA_BEFORE_SYN_ACKED
        | Observations::ACK_BACK
        | Observations::ACK_BEYOND_SENT
        | Observations::RETRANSMISSION;
    // 2 GiB and a bit, where numbers look as if they lay before the ISN; the
    // wrap itself; and beyond it.
    for chunks in [9, 15, 16, 17, 40] {
        let connection = download(chunks, |_| true);
        let seen = connection.seen & wrong;
        assert_eq!(seen, Observations::empty(), "{chunks} chunks");
        let server = &connection.ends.server;
        assert_eq!(server.counts.bytes, u64::from(chunks) << 28);
        assert_eq!(server.advanced >> 28, u64::from(chunks));
        assert!(server.syn_acked);
        assert_eq!(connection.ends.client.ack_advanced, u64::from(chunks) << 28);
        assert_eq!(connection.ends.client.ack_min, Some(SeqNo(301)));
        // The client has shown that it knows of the ACK of its SYN; whether
        // the server has got any ACK, nothing shows.
        let possible = Side::BOTH.map(|side| connection.possible_states(side));
        let expected: [&[State]; 2] = [
            &[State::Established],
            &[State::SynReceived, State::Established],
        ];
        assert_eq!(possible, expected.map(StateSet::of), "{chunks} chunks");
    }
}

#[test]
fn nor_are_those_of_which_the_capture_lost_the_most() {
    let connection = download(40, |i| i % 4 == 3);
    let wrong = Observations::SEQ_BELOW_ISN
        | Observations::ACK_NOT_BEYOND_ISN
        | Observations::DATA_BEFORE_SYN_ACKED;
    assert_eq!(connection.seen & wrong, Observations::empty());
    assert_eq!(connection.missing_octets(), 30 << 28);
}

#[test]
fn numbers_before_the_isn_are_seen_where_the_stream_is_short() {
    let connection = connection(&format!(
        "{HANDSHAKE}
        A ACK 90 301 len=10
        A ACK 101 300
        A ACK 101 200
        A ACK 101 301"
    ));
    assert!(saw(&connection, 4).contains(Observations::SEQ_BELOW_ISN));
    assert!(saw(&connection, 5).contains(Observations::ACK_NOT_BEYOND_ISN));
    assert!(saw(&connection, 6).contains(Observations::ACK_NOT_BEYOND_ISN));
    let wrong = Observations::SEQ_BELOW_ISN | Observations::ACK_NOT_BEYOND_ISN;
    assert!(!saw(&connection, 7).intersects(wrong));
}

#[test]
fn an_ack_far_below_the_isn_is_not_taken_for_bad_arithmetic() {
    let near = |ack: u32| {
        let connection = connection(&format!(
            "A SYN 100\n B SYN,ACK 100000 101\n A ACK 101 {ack}"
        ));
        saw(&connection, 3).contains(Observations::ACK_NOT_BEYOND_ISN)
    };
    assert_eq!(
        [100_001, 100_000, 99_999, 100_000 - 1024, 100_000 - 1025].map(near),
        [false, true, true, true, false]
    );
}

#[test]
fn a_wrong_checksum_counts_only_from_an_end_that_can_do_better() {
    // The capturing host has not filled it in yet.
    let offload = connection("A SYN 100 bad\n B SYN,ACK 300 101\n A ACK 101 301 bad len=5");
    assert_eq!(offload.ends.client.counts.bytes, 5);
    assert_eq!(offload.ends.client.traces.bad_checksums_accepted, 2);
    // Damaged on the way: it changes nothing, but its octets were there.
    let damaged = connection(&format!("{HANDSHAKE}\n A ACK 101 301 bad len=5"));
    assert_eq!(damaged.ends.client.counts.bytes, 0);
    assert_eq!(damaged.ends.client.traces.bad_checksums, 1);
    assert_eq!(damaged.ends.client.bad_checksum_end, Some(SeqNo(106)));
    assert!(saw(&damaged, 4).contains(Observations::BAD_CHECKSUM));
    // What the capturing host received it cannot have left unfinished.
    let received = connection("A SYN 100 bad in");
    assert_eq!(received.ends.client.syn, None);
    assert_eq!(received.ends.client.traces.bad_checksums, 1);
}

#[test]
fn frames_captured_twice_count_once() {
    let connection = connection(
        "A SYN 100 id=7
        +0ms A SYN 100 id=7
        B SYN,ACK 300 101 id=7
        A ACK 101 301 id=8
        A ACK 101 301 len=5 id=9
        +0ms A ACK 101 301 len=5 id=9
        +0ms A ACK 101 301 len=5 id=9",
    );
    let client = &connection.ends.client;
    assert_eq!(client.syn.unwrap().copies, 1);
    assert_eq!(client.traces.duplicates, 3);
    assert_eq!((client.counts.segments, client.counts.bytes), (3, 5));
    assert_eq!(client.counts.retransmissions, 0);
    assert_eq!(connection.ends.server.traces.duplicates, 0);
    assert_eq!(connection.last.0, 7, "a copy is a frame of the connection");
}

#[test]
fn a_handful_in_passing_leaves_room_for_what_matters() {
    let mut text = HANDSHAKE.to_owned();
    for _ in 0..400 {
        // Each acknowledges less than one before.
        text.push_str("\n A ACK 101 301 len=10\n B ACK 301 111\n B ACK 301 101");
    }
    text.push_str("\n A FIN,ACK 111 301");
    let connection = connection(&text);
    assert_eq!(
        connection.noted().len(),
        limits::EVENTS_IN_PASSING + 1,
        "the FIN still has room"
    );
    assert!(connection.noted().last().unwrap().is_fin());
    assert!(connection.noted_dropped() > 0);
}

#[test]
fn the_times_of_the_handshake_need_each_sent_once() {
    let timed = |text| connection(text).handshake_ns;
    let ms = |n: i64| Some(n * 1_000_000);
    let plain = timed("A SYN 100\n +7ms B SYN,ACK 300 101\n +3ms A ACK 101 301");
    assert_eq!((plain.server, plain.client), (ms(7), ms(3)));
    let again = timed("A SYN 100\n +1s A SYN 100\n +7ms B SYN,ACK 300 101\n +3ms A ACK 101 301");
    assert_eq!((again.server, again.client), (None, ms(3)));
    let answer_again =
        timed("A SYN 100\n +7ms B SYN,ACK 300 101\n +1s B SYN,ACK 300 101\n +3ms A ACK 101 301");
    assert_eq!((answer_again.server, answer_again.client), (ms(7), None));
}

#[test]
fn counts_for_the_report() {
    let connection = connection(&format!(
        "{HANDSHAKE}
        A ACK 101 301 len=10
        A ACK 121 301 len=10
        A ACK 111 301 len=10   # behind a later one, but new
        A ACK 101 301 len=10   # again
        B ACK 301 131 win=500
        B ACK 301 131 win=500
        B ACK 301 131 win=0
        A RST 131 win=0"
    ));
    let (client, server) = (connection.ends.client.counts, connection.ends.server.counts);
    assert_eq!((client.bytes, client.segments), (30, 7));
    assert_eq!((client.out_of_order, client.retransmissions), (1, 1));
    assert_eq!((server.duplicate_acks, server.zero_windows), (1, 1));
    assert_eq!(client.zero_windows, 0, "a RST offers no window");
}

#[test]
fn a_segment_that_no_endpoint_takes_in_changes_nothing() {
    for inert in ["SYN,RST 101", "FIN 101", "PSH 101"] {
        let connection = connection(&format!("{HANDSHAKE}\n A {inert} 301 len=5"));
        let client = &connection.ends.client;
        assert_eq!(
            (client.counts.bytes, client.fin, client.rst),
            (0, None, None)
        );
        assert_eq!(
            connection.timeline.state(Side::Client),
            Some(State::Established)
        );
    }
}
