//! What proves where a capture was taken, and what only seems to.

use super::*;
use crate::machine::script::connection;

/// Where: client, server (`+` here, `-` elsewhere, `?` unknown), proven or not.
fn at(text: &str) -> String {
    brief(infer(&connection(text), VantageChoice::Auto))
}

fn brief(vantage: Vantage) -> String {
    let sign = |at| match at {
        Some(true) => '+',
        Some(false) => '-',
        None => '?',
    };
    let (client, server) = (sign(vantage.at.client), sign(vantage.at.server));
    let how = if vantage.proven { "proven" } else { "estimate" };
    format!("{client}{server} {how}")
}

#[test]
fn a_loopback_interface_is_at_both_ends() {
    assert_eq!(at("A SYN 100 loopback\n B SYN,ACK 300 101"), "++ proven");
    // Whatever else it shows.
    assert_eq!(
        at("A SYN 100 loopback out partial\n B SYN,ACK 300 101 in"),
        "++ proven"
    );
}

#[test]
fn the_direction_of_frames_proves_it() {
    assert_eq!(at("A SYN 100 out\n B SYN,ACK 300 101 in"), "+- proven");
    assert_eq!(at("A SYN 100 in\n B SYN,ACK 300 101 out"), "-+ proven");
    assert_eq!(at("A SYN 100 out"), "+- proven");
    assert_eq!(at("A SYN 100 in"), "-+ proven");
}

#[test]
fn a_router_that_captures_on_all_interfaces_sees_frames_come_and_go() {
    let forwarded = "A SYN 100 in id=1\n +0ms A SYN 100 out id=1
        B SYN,ACK 300 101 in id=2\n +0ms B SYN,ACK 300 101 out id=2";
    assert_eq!(at(forwarded), "?? estimate");
    // One direction alone forwarded, the other only once: no proof either.
    assert_eq!(
        at("A SYN 100 in id=1\n +0ms A SYN 100 out id=1\n B SYN,ACK 300 101"),
        "?? estimate"
    );
}

#[test]
fn two_ends_on_virtual_links_of_one_host_prove_nothing() {
    // Both leave checksums to a card that is none.
    let veth = |to_client: &str| {
        at(&format!(
            "A SYN 100 partial\n +9ms B SYN,ACK 300 101 partial\n {to_client} A ACK 101 301 partial"
        ))
    };
    assert_eq!(veth("+9ms"), "-- estimate");
    assert_eq!(veth("+0ms"), "+- estimate", "the times still tell");
    assert_eq!(at("A SYN 100 out\n B SYN,ACK 300 101 out"), "?? estimate");
}

#[test]
fn an_unfinished_checksum_without_data_proves_its_sender() {
    assert_eq!(at("A SYN 100 partial\n B SYN,ACK 300 101"), "+- proven");
    assert_eq!(at("A SYN 100\n B SYN,ACK 300 101 partial"), "-+ proven");
}

#[test]
fn merged_frames_have_unfinished_checksums_at_the_receiver() {
    // GRO merges data; a frame without data is never merged.
    let merged = "A SYN 100\n B SYN,ACK 300 101\n +5ms A ACK 101 301
        A ACK 101 301 len=9000 partial";
    assert_eq!(at(merged), "-- estimate");
}

#[test]
fn who_answers_at_once_is_near() {
    let times = |to_server: &str, to_client: &str| {
        at(&format!(
            "A SYN 100\n {to_server} B SYN,ACK 300 101\n {to_client} A ACK 101 301"
        ))
    };
    assert_eq!(times("+20ms", "+0ms"), "+- estimate");
    assert_eq!(times("+0ms", "+20ms"), "-+ estimate");
    assert_eq!(times("+20ms", "+10ms"), "-- estimate");
    // Both near: on one host or one link, it cannot be told.
    assert_eq!(times("+0ms", "+0ms"), "?? estimate");
    assert_eq!(times("+1ms", "+0ms"), "+- estimate");
    assert_eq!(times("+4ms", "+1ms"), "-- estimate");
}

#[test]
fn without_the_times_of_the_handshake_there_is_no_estimate() {
    assert_eq!(at("A SYN 100\n +20ms B SYN,ACK 300 101"), "?? estimate");
    assert_eq!(at("A ACK 500 900"), "?? estimate");
    // A repeated SYN makes the time to the server useless.
    let again = "A SYN 100\n +1s A SYN 100\n +20ms B SYN,ACK 300 101\n +0ms A ACK 101 301";
    assert_eq!(at(again), "?? estimate");
}

#[test]
fn what_the_user_says_goes_before_all_marks() {
    let connection = connection("A SYN 100 loopback\n B SYN,ACK 300 101");
    let said = |choice| brief(infer(&connection, choice));
    assert_eq!(said(VantageChoice::Client), "+- proven");
    assert_eq!(said(VantageChoice::Server), "-+ proven");
    assert_eq!(said(VantageChoice::Middle), "-- proven");
    let host = |last| said(VantageChoice::Host([10, 0, 0, last].into()));
    assert_eq!(host(1), "+- proven");
    assert_eq!(host(2), "-+ proven");
    assert_eq!(host(3), "-- proven");
}
