//! Tests of what is watched of SACK.

use crate::machine::connection::Connection;
use crate::machine::noted::Noted;
use crate::machine::script::connection;
use crate::machine::watch::sack::{Book, Sack};
use crate::observation::Observations;
use crate::seq::SeqNo;

const OPENING: &str = "
    A SYN 100
    B SYN,ACK 300 101
    A ACK 101 301
    A ACK 101 301 len=10
    B ACK 301 111";

fn after(lines: &str) -> Connection {
    connection(&format!("{OPENING}\n{lines}"))
}

fn sack(seen: &Connection) -> &Sack {
    &seen.watches.server.sack
}

fn book(seen: &Connection) -> &Book {
    sack(seen).book().unwrap()
}

fn first_with(seen: &Connection, what: Observations) -> Option<u64> {
    let mut with = seen.noted().iter().filter(|n: &&Noted| n.saw(what));
    with.next().map(|noted| noted.packet)
}

#[test]
fn nothing_is_kept_of_a_connection_without_blocks() {
    assert!(
        sack(&after("A ACK 111 301 len=10\nB ACK 301 121"))
            .book()
            .is_none()
    );
}

#[test]
fn a_block_ahead_is_held_until_its_octets_come() {
    let held = "B ACK 301 111 sack=131-141";
    let seen = after(held);
    assert!(book(&seen).beyond.held().is_some() && sack(&seen).shows_loss());
    assert_eq!(first_with(&seen, Observations::SACK_UNSENT), Some(6));

    let seen = after(&format!(
        "{held}\n+300ms A ACK 111 301 len=20\nA ACK 131 301 len=10"
    ));
    let refuted = book(&seen).beyond.refuted().unwrap();
    assert_eq!((refuted.held.packet, refuted.proof.packet), (6, 8));
    assert!(!sack(&seen).shows_loss());
}

#[test]
fn octets_behind_the_block_show_that_the_capture_lost_some() {
    for next in ["A ACK 141 301 len=10", "A ACK 121 301 len=15"] {
        let seen = after(&format!("B ACK 301 111 sack=131-141\n+300ms {next}"));
        assert!(book(&seen).beyond.held().is_none(), "{next}");
        assert!(book(&seen).beyond.refuted().is_none(), "{next}");
        assert!(sack(&seen).shows_loss(), "{next}");
    }
}

#[test]
fn octets_that_come_at_once_were_stored_late() {
    let seen = after("B ACK 301 111 sack=111-121\nA ACK 111 301 len=10");
    assert!(book(&seen).beyond.held().is_none() && book(&seen).beyond.refuted().is_none());
    assert!(!sack(&seen).shows_loss());
}

#[test]
fn a_segment_at_snd_next_contradicts_a_keepalive_does_not() {
    let seen = after("B ACK 301 111 sack=131-141\n+300ms A ACK 111 301");
    assert!(book(&seen).beyond.refuted().is_some());
    let seen = after("B ACK 301 111 sack=111-112\n+60s A ACK 111 301");
    assert!(book(&seen).beyond.refuted().is_none());
}

#[test]
fn behind_a_fin_or_before_the_first_number_there_is_nothing() {
    let seen = after("A FIN,ACK 111 301\nB ACK 301 111 sack=113-120");
    assert!(book(&seen).beyond.nowhere().is_some());
    let seen = after("B ACK 301 111 sack=90-95");
    assert!(book(&seen).beyond.nowhere().is_some());
    let seen = after("A FIN,ACK 121 301\nB ACK 301 111 sack=121-122");
    let beyond = &book(&seen).beyond;
    assert!(
        beyond.nowhere().is_none() && beyond.held().is_none(),
        "the FIN behind a hole"
    );
    let seen = after("B ACK 301 111 sack=100-101");
    assert!(book(&seen).beyond.nowhere().is_none(), "the SYN's number");
}

#[test]
fn blocks_that_are_all_off_by_one_number_are_shifted() {
    let seen = after("B ACK 301 111 sack=1000000101-1000000111");
    assert!(sack(&seen).is_shifted(), "too far for an error in counting");
    let seen = after("B ACK 301 111 sack=501-511");
    assert!(!sack(&seen).is_shifted(), "a single one near by");
    let seen = after(
        "A ACK 111 301 len=10
         B ACK 301 111 sack=501-506
         B ACK 301 111 sack=511-516",
    );
    assert!(sack(&seen).is_shifted(), "two that agree");
    let seen = after("B ACK 301 111 sack=501-511\nB ACK 301 111 sack=5001-5011");
    assert!(!sack(&seen).is_shifted(), "two that do not");
    let seen = after("B ACK 301 111 sack=101-111\nB ACK 301 111 sack=1000000101-1000000111");
    assert!(!sack(&seen).is_shifted(), "another one is right");
}

#[test]
fn what_was_reported_is_taken_back_by_a_lower_ack() {
    let report = "A ACK 121 301 len=20 ts=9/1\nB ACK 301 111 sack=121-141 ts=5/9";
    let seen = after(&format!("{report}\nB ACK 301 131 ts=6/9"));
    let taken = book(&seen).report.taken_back().unwrap();
    assert_eq!((taken.reported, taken.packet), (7, 8));
    assert!(taken.inside && taken.newer);
    assert_eq!(taken.block, (SeqNo(121), SeqNo(141)));

    let seen = after(&format!("{report}\nB ACK 301 141 ts=6/9"));
    assert!(book(&seen).report.taken_back().is_none(), "all of it");
    let seen = after(&format!("{report}\nB ACK 301 131 ts=4/9"));
    assert!(book(&seen).report.taken_back().is_none(), "sent before");
}

#[test]
fn an_ack_without_the_block_takes_it_back_unless_it_may_be_a_keepalive() {
    let report = "A ACK 121 301 len=20 ts=9/1\nB ACK 301 111 sack=121-141 ts=5/9";
    let seen = after(&format!("{report}\nB ACK 301 111 ts=6/9"));
    assert!(!book(&seen).report.taken_back().unwrap().inside);
    let seen = after(&format!("{report}\nB ACK 300 111 ts=6/9"));
    assert!(book(&seen).report.taken_back().is_none());
    let seen = after(&format!("{report}\nB ACK 301 111 ts=6/9 len=10"));
    assert!(book(&seen).report.taken_back().is_none(), "data");
}

#[test]
fn a_duplicate_report_needs_a_second_copy() {
    let dsack = "B ACK 301 111 sack=101-111";
    let unexplained = |seen: &Connection| book(seen).twice.unexplained().count();
    assert_eq!(unexplained(&after(dsack)), 1);
    assert_eq!(
        unexplained(&after(&format!("A ACK 101 301 len=10\n{dsack}"))),
        0
    );
    assert_eq!(
        unexplained(&after(&format!("A ACK 101 301 len=5\n{dsack}"))),
        1
    );
    let in_parts = "A ACK 106 301 len=5\nA ACK 101 301 len=5";
    assert_eq!(unexplained(&after(&format!("{in_parts}\n{dsack}"))), 0);
    let stored_late = format!("{dsack}\nA ACK 101 301 len=10");
    assert_eq!(unexplained(&after(&stored_late)), 0);
    let probe = "A ACK 110 301\nB ACK 301 111 sack=110-111";
    assert_eq!(unexplained(&after(probe)), 0, "a keepalive counts");
}

#[test]
fn what_was_sent_again_long_ago_is_not_judged() {
    let again: String = (0..20)
        .map(|n| format!("A ACK {} 301 len=1\n", 101 + n % 2 * 5))
        .collect();
    let seen = after(&format!("{again}B ACK 301 111 sack=103-104"));
    assert_eq!(book(&seen).twice.unexplained().count(), 0);
}
