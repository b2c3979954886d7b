//! A capture cut into parts and put together is the capture.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::capture::Capture;
use crate::parts::*;

/// The essence of the report on the parts, given in two orders.
fn put_together(capture: &Capture, cut: &Cut) -> Value {
    let parts: Vec<Capture> = cut.iter().map(|frames| part(capture, frames)).collect();
    let straight: Vec<usize> = (0..parts.len()).collect();
    let mixed: Vec<usize> = straight.iter().rev().copied().collect();
    let [report, other] = [straight, mixed].map(|order| together(&parts, &order));
    assert_eq!(fingerprints(&report), fingerprints(&other));
    let [report, other] = [report, other].map(|report| as_of_the_whole(report, cut));
    assert_eq!(difference(&report, &other), None, "the order given matters");
    report
}

/// Captures are one in whatever order they are given.
fn fingerprints(report: &Value) -> BTreeSet<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| finding["fingerprint"].to_string())
        .collect()
}

#[test]
fn parts_one_behind_the_other() {
    let (mut cuts, mut doubted) = (0, BTreeSet::new());
    for (name, capture) in captures() {
        // Where time steps back, no order of parts can be told.
        if !is_in_order(&capture) {
            continue;
        }
        let whole = essence(&alone(&capture));
        for count in [2, 3, 7] {
            let report = put_together(&capture, &pieces(capture.frames.len(), count));
            cuts += 1;
            if let Some(difference) = difference(&whole, &report) {
                assert_doubted(&name, &whole, &report, &difference);
                doubted.insert(name.clone());
            }
        }
    }
    assert!(cuts > 2000 && doubted.len() < 12, "{cuts} {doubted:#?}");
}

/// It is told that the order is not known, and nobody is accused for it.
fn assert_doubted(name: &str, whole: &Value, report: &Value, difference: &str) {
    let findings = report["findings"].as_array().unwrap();
    // A SYN that the network has doubled looks as if it were captured at two places.
    let doubt =
        |f: &Value| (f["rule"] == "CA007" || f["rule"] == "CA005") && f["connection"].is_null();
    assert!(findings.iter().any(doubt), "{name}:{difference}");
    let known = definite(whole);
    assert!(
        definite(report).iter().all(|said| known.contains(said)),
        "{name}"
    );
}

/// Where an end acknowledges what the other has not sent yet, two files do not show whose clock or whose
/// stack is wrong: this is told and nobody accused.
#[test]
fn a_part_for_each_direction() {
    let (mut cuts, mut doubted) = (0, Vec::new());
    for (name, capture) in captures() {
        let times = capture.frames.iter().map(|frame| time(&capture, frame));
        // Where two frames have one time, their order cannot be told.
        if !times.is_sorted_by(|a, b| a < b) {
            continue;
        }
        let whole = essence(&alone(&capture));
        let report = put_together(&capture, &directions(&capture));
        cuts += 1;
        let Some(difference) = difference(&whole, &report) else {
            continue;
        };
        let findings = report["findings"].as_array().unwrap();
        let clocks = |f: &Value| f["rule"] == "CA007" && f["connection"].is_null();
        assert!(findings.iter().any(clocks), "{name}:{difference}");
        assert!(
            definite(&report)
                .iter()
                .all(|said| definite(&whole).contains(said)),
            "{name}"
        );
        doubted.push(name);
    }
    assert!(cuts > 700 && doubted.len() < 12, "{cuts} {doubted:#?}");
}
