//! Which SYNs open a new incarnation, and which stay events of the old one.

use super::*;
use crate::machine::script::segments;
use crate::observation::Observations;

fn run(text: &str) -> Vec<Ended> {
    let segments = segments(text);
    let mut track = Track::beginning_with(&segments[0]);
    let mut ended: Vec<_> = segments[1..]
        .iter()
        .filter_map(|segment| track.take(segment))
        .collect();
    let (last, one_more) = track.end();
    ended.push(last);
    ended.extend(one_more);
    ended
}

/// Each incarnation as `ISNs of client and server: first and last packet`.
fn incarnations(text: &str) -> String {
    let brief = |ended: &Ended| {
        let connection = &ended.connection;
        let isn = |side| {
            let iss = connection.ends.of(side).iss();
            iss.map_or("?".to_owned(), |iss| iss.to_string())
        };
        let (first, last) = (connection.first.0, connection.last.0);
        let (client, server) = (isn(Side::Client), isn(Side::Server));
        format!("{client} {server}: {first}-{last}")
    };
    run(text).iter().map(brief).collect::<Vec<_>>().join(", ")
}

fn follows(before: &str, more: &str) -> String {
    incarnations(&format!("{before}\n{more}"))
}

/// Six segments.
const OPEN: &str = "
    A SYN 100
    B SYN,ACK 300 101
    A ACK 101 301
    A ACK 101 301 len=10
    B ACK 301 111 len=20
    A ACK 111 321";

/// Ten segments; the client is in TIME-WAIT.
const CLOSED: &str = "
    A SYN 100
    B SYN,ACK 300 101
    A ACK 101 301
    A ACK 101 301 len=10
    B ACK 301 111 len=20
    A ACK 111 321
    A FIN,ACK 111 321
    B ACK 321 112
    B FIN,ACK 321 112
    A ACK 112 322";

// ------------------------------------------------------ one unfinished opening

#[test]
fn a_syn_sent_again_is_the_same_opening_however_late() {
    let again = "A SYN 100\n +1s A SYN 100\n +2s A SYN 100\n +60s A SYN 100\n B SYN,ACK 300 101";
    assert_eq!(incarnations(again), "100 300: 1-5");
}

#[test]
fn a_syn_repeated_after_the_syn_ack_is_the_same_opening() {
    let text = "A SYN 100\n B SYN,ACK 300 101\n +1s A SYN 100\n B SYN,ACK 300 101\n A ACK 101 301";
    assert_eq!(incarnations(text), "100 300: 1-5");
}

#[test]
fn crossing_syns_are_one_opening() {
    let text = "A SYN 100\n B SYN 300\n A SYN,ACK 100 301\n B SYN,ACK 300 101";
    assert_eq!(incarnations(text), "100 300: 1-4");
}

#[test]
fn another_number_soon_after_is_one_opening_and_later_another_attempt() {
    assert_eq!(incarnations("A SYN 100\n +2s A SYN 500"), "500 ?: 1-2");
    assert_eq!(
        incarnations("A SYN 100\n +3s A SYN 500"),
        "100 ?: 1-1, 500 ?: 2-2"
    );
    // The time runs from the latest copy.
    assert_eq!(
        incarnations("A SYN 100\n +2s A SYN 100\n +2s A SYN 500"),
        "500 ?: 1-3"
    );
}

#[test]
fn a_refused_attempt_is_followed_by_another_one() {
    let text = "A SYN 100\n B RST,ACK 0 101\n A SYN 500\n B RST,ACK 0 501";
    assert_eq!(incarnations(text), "100 ?: 1-2, 500 ?: 3-4");
}

#[test]
fn the_same_syn_after_a_refusal_is_a_repetition() {
    let text = "A SYN 100\n B RST,ACK 0 101\n A SYN 100\n B SYN,ACK 300 101";
    assert_eq!(incarnations(text), "100 300: 1-4");
}

#[test]
fn a_syn_ack_stored_before_its_syn_is_one_opening() {
    let text = "B SYN,ACK 300 101\n A SYN 100\n A ACK 101 301";
    assert_eq!(incarnations(text), "100 300: 1-3");
    // A SYN that it does not answer is another matter.
    let other = "B SYN,ACK 300 101\n A ACK 101 301\n A SYN 500\n A ACK 101 301 len=5";
    assert_eq!(incarnations(other), "? 300: 1-4");
}

// ------------------------------------------------- a candidate on an open one

#[test]
fn a_candidate_that_is_answered_opens_a_new_incarnation() {
    for (answer, expected) in [
        ("B SYN,ACK 900 501", "100 300: 1-6, 500 900: 7-8"),
        ("B RST,ACK 0 501", "100 300: 1-6, 500 ?: 7-8"),
        // Its own SYN crosses.
        ("B SYN 900", "100 300: 1-6, 500 900: 7-8"),
        // Its sender goes on: the SYN-ACK was not captured.
        ("A ACK 501 901", "100 300: 1-6, 500 ?: 7-8"),
    ] {
        assert_eq!(
            follows(OPEN, &format!("A SYN 500\n{answer}")),
            expected,
            "{answer}"
        );
    }
    let data = "A SYN 500 len=20\n B SYN,ACK 900 511";
    assert_eq!(
        follows(OPEN, data),
        "100 300: 1-6, 500 900: 7-8",
        "half its data"
    );
}

#[test]
fn a_candidate_that_is_sent_again_is_still_one() {
    let text = "A SYN 500\n +1s A SYN 500\n B SYN,ACK 900 501\n A ACK 501 901";
    assert_eq!(follows(OPEN, text), "100 300: 1-6, 500 900: 7-10");
    let ended = run(&format!("{OPEN}\n{text}"));
    assert_eq!(ended[1].connection.ends.client.syn.unwrap().copies, 2);
    assert_eq!(ended[0].followed_by.map(|(packet, _)| packet), Some(7));
    assert_eq!(ended[1].followed_by, None);
}

#[test]
fn the_server_may_open_the_next_one() {
    let text = "B SYN 900\n A SYN,ACK 500 901\n B ACK 901 501";
    let ended = run(&format!("{CLOSED}\n{text}"));
    assert_eq!(ended.len(), 2);
    // Its client is the old server, and what is remembered is turned round.
    let (old, new) = (&ended[0].connection, &ended[1].connection);
    assert_eq!(new.sockets.client, old.sockets.server);
    let previous = ended[1].previous.as_ref().unwrap();
    assert_eq!(previous.ends.client.fin, Some(SeqNo(321)));
    assert_eq!(previous.ends.server.fin, Some(SeqNo(111)));
    assert!(previous.ends.server.closed_first && !previous.ends.client.closed_first);
}

#[test]
fn a_challenge_ack_keeps_the_old_connection() {
    // RFC 5961, 4: the ACK carries the old numbers; the connection goes on.
    let text = "A SYN 500\n B ACK 321 111\n A ACK 111 321 len=5\n B ACK 321 116";
    assert_eq!(follows(OPEN, text), "100 300: 1-10");
    let ended = run(&format!("{OPEN}\n{text}"));
    let syn = ended[0].connection.noted().iter().find(|n| n.packet == 7);
    assert!(syn.unwrap().saw(Observations::SYN_WHEN_SYNCHRONIZED));
}

#[test]
fn after_a_challenge_the_sender_may_reset_and_open_anew() {
    // RFC 9293, 3.5.1: the half-open connection is found and dropped.
    let text = "A SYN 500\n B ACK 321 111\n A RST 111\n +1s A SYN 500\n B SYN,ACK 900 501";
    assert_eq!(follows(OPEN, text), "100 300: 1-9, 500 900: 7-11");
}

#[test]
fn a_syn_ack_with_the_old_numbers_answers_no_candidate() {
    let text = "A SYN 500\n B SYN,ACK 300 101\n A ACK 111 321";
    assert_eq!(follows(OPEN, text), "100 300: 1-9");
}

#[test]
fn an_unanswered_candidate_on_an_open_connection_stays_there() {
    assert_eq!(follows(OPEN, "A SYN 500"), "100 300: 1-7");
    assert_eq!(follows(OPEN, "A SYN 500\n A SYN 700"), "100 300: 1-8");
}

// ------------------------------------------------ a candidate on a closed one

#[test]
fn an_unanswered_syn_after_the_close_is_an_attempt_of_its_own() {
    let ended = run(&format!("{CLOSED}\n +1s A SYN 500\n +1s A SYN 500"));
    assert_eq!(ended.len(), 2);
    assert_eq!(ended[0].followed_by.map(|(packet, _)| packet), Some(11));
    assert_eq!(ended[1].connection.ends.client.syn.unwrap().copies, 2);
    assert_eq!(ended[1].previous.as_ref().unwrap().last_packet, 10);
}

#[test]
fn an_old_duplicate_syn_in_time_wait_is_an_event_of_the_old_connection() {
    // RFC 9293, 3.10.7.4: it is answered by an ACK with the old numbers.
    assert_eq!(
        follows(CLOSED, "B SYN 299\n A ACK 112 322"),
        "100 300: 1-12"
    );
}

#[test]
fn after_a_reset_any_syn_is_a_candidate() {
    let text = "B RST 321\n A SYN 500\n B SYN,ACK 900 501";
    assert_eq!(follows(OPEN, text), "100 300: 1-7, 500 900: 8-9");
    assert_eq!(
        follows(OPEN, "B RST 321\n A SYN 500"),
        "100 300: 1-7, 500 ?: 8-8"
    );
}

#[test]
fn the_same_isn_again_may_be_a_new_incarnation_after_the_close() {
    let text = "+1s A SYN 100\n B SYN,ACK 900 101\n A ACK 101 901";
    assert_eq!(follows(CLOSED, text), "100 300: 1-10, 100 900: 11-13");
}

#[test]
fn what_the_rules_of_time_wait_need_is_remembered() {
    let ended = run(&format!("{CLOSED}\n +1s A SYN 500\n B SYN,ACK 900 501"));
    let previous = ended[1].previous.as_ref().unwrap();
    assert_eq!((previous.last_packet, previous.reset), (10, false));
    let (client, server) = (previous.ends.client, previous.ends.server);
    assert_eq!(
        (client.fin, server.fin),
        (Some(SeqNo(111)), Some(SeqNo(321)))
    );
    assert!(client.closed_first && !server.closed_first);
    assert_eq!(
        (client.snd_next, client.ack_max),
        (Some(SeqNo(112)), Some(SeqNo(322)))
    );
    assert_eq!(client.acked_fin.map(|(packet, _)| packet), Some(10));
    assert_eq!(server.acked_fin.map(|(packet, _)| packet), Some(8));
    let reset = run(&format!(
        "{OPEN}\n B RST 321\n A SYN 500\n B SYN,ACK 900 501"
    ));
    assert!(reset[1].previous.as_ref().unwrap().reset);
}

// ------------------------------------------------------------ without the SYN

#[test]
fn a_new_incarnation_whose_syn_is_missing_begins_with_its_syn_ack() {
    let text = "+1s B SYN,ACK 900 501\n A ACK 501 901";
    assert_eq!(follows(CLOSED, text), "100 300: 1-10, ? 900: 11-12");
    // On an open connection only with the ACK that completes it.
    assert_eq!(follows(OPEN, text), "100 300: 1-6, ? 900: 7-8");
    for other in [
        "",
        "A ACK 111 321",
        "A RST 501",
        "B ACK 321 111\n A ACK 501 901",
    ] {
        let text = format!("+1s B SYN,ACK 900 501\n {other}");
        assert!(!follows(OPEN, &text).contains(','), "{other}");
    }
    // Nor does the old SYN-ACK once more.
    assert_eq!(follows(CLOSED, "+1s B SYN,ACK 300 101"), "100 300: 1-11");
}

#[test]
fn numbers_from_elsewhere_after_the_close_are_a_new_incarnation() {
    let far = 100 + 4 * 65536 + 100_000;
    let text = format!("+1s A ACK {far} {far} len=5");
    assert_eq!(follows(CLOSED, &text), "100 300: 1-10, ? ?: 11-11");
    assert_eq!(follows(OPEN, &text), "100 300: 1-7", "it is still open");
    // Only one of the two numbers is far, or it is a RST.
    for near in [
        format!("A ACK {far} 322 len=5"),
        format!("A ACK 112 {far}"),
        format!("A RST {far}"),
    ] {
        assert_eq!(follows(CLOSED, &near), "100 300: 1-11", "{near}");
    }
}

/// The client has closed, the server has not.
const HALF_CLOSED: &str = "
    A SYN 100
    B SYN,ACK 300 101
    A ACK 101 301
    A FIN,ACK 101 301
    B ACK 301 102";

#[test]
fn numbers_from_elsewhere_in_a_half_closed_connection_need_an_answer() {
    let stray = "+1s A ACK 5000000 9000000 len=5";
    let answered = format!("{stray}\n B ACK 9000000 5000005");
    assert_eq!(
        follows(HALF_CLOSED, &answered),
        "100 300: 1-5, ? ?: 6-7",
        "the rest of the close and the opening were lost"
    );
    for unanswered in ["", "B ACK 301 102", "B RST 9000000", "B ACK 301 102 len=10"] {
        let text = format!("{stray}\n {unanswered}");
        let last = if unanswered.is_empty() { 6 } else { 7 };
        assert_eq!(
            follows(HALF_CLOSED, &text),
            format!("100 300: 1-{last}"),
            "{unanswered}"
        );
    }
    // Both numbers beyond both FINs: they can be nobody else's.
    let text = "+1s A ACK 2000 9000 len=5";
    assert_eq!(follows(CLOSED, text), "100 300: 1-10, ? ?: 11-11");
}

#[test]
fn no_more_than_a_few_strays_are_kept_back() {
    let strays = "A ACK 5000000 9000000 len=5\n".repeat(limits::STRAYS + 1);
    assert_eq!(
        follows(HALF_CLOSED, &strays),
        format!("100 300: 1-{}", 6 + limits::STRAYS)
    );
}

// ------------------------------------------------------------ old duplicates

/// A second incarnation far away from the first one's numbers: three segments.
const SECOND: &str = "
    +1s A SYN 5000000
    B SYN,ACK 9000000 5000001
    A ACK 5000001 9000001";

#[test]
fn old_duplicates_of_the_incarnation_before_are_kept_out() {
    let both = format!("{CLOSED}\n{SECOND}");
    let expected = "100 300: 1-10, 5000000 9000000: 11-13";
    for old in [
        "A ACK 101 301 len=10",
        "B FIN,ACK 321 112",
        "A ACK 112 322",
        "B RST 322",
        "B ACK 301 111 len=20",
    ] {
        assert_eq!(follows(&both, old), expected, "{old}");
    }
}

#[test]
fn what_fits_the_current_incarnation_is_no_old_duplicate() {
    let both = format!("{CLOSED}\n{SECOND}");
    let expected = "100 300: 1-10, 5000000 9000000: 11-14";
    for new in [
        "A ACK 5000001 9000001 len=5",
        "A RST 5000001",
        // Copies an ack of the peer, though the number fits the old one too.
        "B RST 5000001",
        // Fits neither: it is this one's to judge.
        "A ACK 3000000 7000000",
        // The number is the old one's, the ack is not.
        "A ACK 112 9000001",
        "A SYN 100",
    ] {
        assert_eq!(follows(&both, new), expected, "{new}");
    }
}

#[test]
fn old_duplicates_are_gone_after_two_msl() {
    let both = format!("{CLOSED}\n{SECOND}");
    let late = "+238s A ACK 112 322\n +2s A ACK 112 322";
    assert_eq!(
        follows(&both, late),
        "100 300: 1-10, 5000000 9000000: 11-15",
        "the second of them is taken in"
    );
}

#[test]
fn where_both_incarnations_have_near_numbers_the_current_one_takes_all() {
    let text = "+1s A SYN 500\n B SYN,ACK 900 501\n A ACK 501 901\n A ACK 101 301 len=10";
    assert_eq!(follows(CLOSED, text), "100 300: 1-10, 500 900: 11-14");
}

// ------------------------------------------------------------------- oddities

#[test]
fn a_connection_to_itself_has_no_incarnations() {
    let own = |text: &str| {
        let mut segments = segments(text);
        for segment in &mut segments {
            segment.destination = segment.source;
        }
        segments
    };
    let segments = own("A SYN 100\n A SYN,ACK 100 101\n A ACK 101 101\n A SYN 500");
    let mut track = Track::beginning_with(&segments[0]);
    assert!(track.connection().self_connect);
    for segment in &segments[1..] {
        assert!(track.take(segment).is_none());
    }
    assert_eq!(track.connection().last.0, 4);
}

#[test]
fn an_inert_segment_opens_and_ends_nothing() {
    assert_eq!(
        follows(CLOSED, "A SYN,RST 500\n A FIN 500"),
        "100 300: 1-12"
    );
}

#[test]
fn half_open_and_over() {
    let track = |text: &str| {
        let segments = segments(text);
        let mut track = Track::beginning_with(&segments[0]);
        for segment in &segments[1..] {
            track.take(segment);
        }
        (track.is_half_open(), track.is_over())
    };
    assert_eq!(track("A SYN 100"), (true, false));
    assert_eq!(track("A SYN 100\n B SYN,ACK 300 101"), (true, false));
    assert_eq!(track("A SYN 100\n B RST,ACK 0 101"), (true, true));
    assert_eq!(
        track("A SYN 100\n B SYN,ACK 300 101\n A ACK 101 301"),
        (false, false)
    );
    assert_eq!(track(OPEN), (false, false));
    assert_eq!(track(CLOSED), (false, true));
    assert_eq!(track(&format!("{OPEN}\n A RST 111")), (false, true));
    assert_eq!(
        track(&format!("{OPEN}\n A FIN,ACK 111 321\n B ACK 321 112")),
        (false, false)
    );
    // It goes on after a RST: it is not over after all.
    assert_eq!(
        track(&format!(
            "{OPEN}\n A RST 111\n A ACK 111 321 len=5\n B ACK 321 116"
        )),
        (false, false)
    );
}

/// The SYN-ACK says which SYN it answers, also where that was not captured.
#[test]
fn a_stray_syn_does_not_replace_one_that_was_lost() {
    let segments = segments(
        "B SYN,ACK 300 101\n A ACK 101 301\n A ACK 101 301 len=10\n A SYN 90000\n B ACK 301 111",
    );
    let mut track = Track::beginning_with(&segments[0]);
    for segment in &segments[1..] {
        assert!(track.take(segment).is_none());
    }
    let client = &track.connection().ends.client;
    assert_eq!(client.syn, None);
    assert_eq!(client.snd_next, Some(SeqNo(111)));
}
