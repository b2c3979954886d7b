//! What must hold in every report, whatever the capture: checked on all
//! exchanges (over IPv4, IPv6 and at the wrap) and on all captures of real hosts.

// Helpers of tests may fail loudly as tests do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod exchange;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Cursor;
use std::path::Path;

use exchange::{Exchange, files_below};
use serde_json::Value;
use tcpcheck::check::Checker;
use tcpcheck::settings::Settings;

const TESTDATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata");

/// All captures there are to test with, by name.
fn captures() -> Vec<(String, Vec<u8>)> {
    let paths = files_below(Path::new(TESTDATA), "exchange");
    let mut captures = Vec::new();
    for path in &paths {
        let name = path.strip_prefix(TESTDATA).unwrap().display();
        let exchange = Exchange::read(path);
        let wrapped = exchange.clone().with_isn(u32::MAX - 1, u32::MAX);
        captures.push((
            format!("{name}, over IPv6"),
            exchange.clone().with_ip(6).to_pcap(),
        ));
        captures.push((format!("{name}, at the wrap"), wrapped.to_pcap()));
        captures.push((name.to_string(), exchange.to_pcap()));
    }
    let paths = files_below(Path::new(TESTDATA), "pcap");
    for path in paths {
        let name = path.strip_prefix(TESTDATA).unwrap().display().to_string();
        captures.push((name, std::fs::read(&path).unwrap()));
    }
    captures
}

fn report(capture: Vec<u8>) -> Value {
    let mut checker = Checker::new(Settings::default());
    checker.check("-", Box::new(Cursor::new(capture)));
    serde_json::to_value(checker.finish()).unwrap()
}

/// What is wrong with the states of one connection.
fn faults_of_states(connection: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let holds = |set: &Value, state: &Value| set.as_array().unwrap().contains(state);
    let mut now: BTreeMap<&str, &Value> = BTreeMap::new();
    let mut packet = 0;
    for row in connection["states"].as_array().unwrap() {
        let endpoint = row["endpoint"].as_str().unwrap();
        let (from, to) = (&row["from"], &row["to"]);
        let place = format!("{endpoint} {from} -> {to} at packet {}", row["packet"]);
        if now.get(endpoint).is_some_and(|state| *state != from) {
            faults.push(format!("{place}: it was in {}", now[endpoint]));
        }
        now.insert(endpoint, to);
        if row["packet"].as_u64().is_some_and(|this| this < packet) {
            faults.push(format!("{place}: not in order"));
        }
        packet = row["packet"].as_u64().unwrap_or(packet);
        if !holds(&row["possible"], to) {
            faults.push(format!("{place}: possible are {}", row["possible"]));
        }
    }
    for endpoint in ["client", "server"] {
        let last = &connection["final_state"][endpoint];
        let possible = &connection["possible_final_states"][endpoint];
        if !last.is_null() && !holds(possible, last) {
            faults.push(format!(
                "{endpoint} ends in {last}: possible are {possible}"
            ));
        }
        if let Some(state) = now.get(endpoint)
            && !last.is_null()
            && last != *state
        {
            faults.push(format!(
                "{endpoint} ends in {last}, its last row says {state}"
            ));
        }
        let field = format!("final_state.{endpoint}");
        if last.is_null() == connection["undetermined"][field].is_null() {
            faults.push(format!(
                "{endpoint}: null without a reason, or a reason without null"
            ));
        }
    }
    faults
}

/// Fields that are `undetermined` have a reason, and no others.
fn faults_of_fields(connection: &Value) -> Vec<String> {
    let reasons = &connection["undetermined"];
    ["opening", "closing"]
        .into_iter()
        .filter(|field| (connection[field] == "undetermined") == reasons[field].is_null())
        .map(|field| {
            format!(
                "{field} is {}, the reason {}",
                connection[field], reasons[field]
            )
        })
        .collect()
}

#[test]
fn reports_agree_with_themselves() {
    let mut faults = String::new();
    for (name, capture) in captures() {
        let report = report(capture);
        for connection in report["connections"].as_array().unwrap() {
            let mut found = faults_of_states(connection);
            found.extend(faults_of_fields(connection));
            for fault in found {
                writeln!(faults, "{name}, connection {}: {fault}", connection["id"]).unwrap();
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

/// The records of a classic little-endian pcap file.
fn records(capture: &[u8]) -> Option<Vec<&[u8]>> {
    if !capture.starts_with(&[0xd4, 0xc3, 0xb2, 0xa1]) {
        return None;
    }
    let mut rest = &capture[24..];
    let mut records = Vec::new();
    while let Some(length) = rest.get(8..12) {
        let length = u32::from_le_bytes(length.try_into().unwrap()) as usize;
        let (record, behind) = rest.split_at(16 + length);
        records.push(record);
        rest = behind;
    }
    Some(records)
}

/// Connections in which nothing is wrong. Where a rule fires, and where several
/// initial numbers are about, a damaged capture may well leave the textbook's
/// state behind what is possible.
fn is_orderly(name: &str) -> bool {
    let disputed = ["/HS", "TD015", "disputed", "damaged", "RS002"];
    let of_rules = name.contains("-silent") || name.starts_with("exchanges/");
    of_rules && !disputed.iter().any(|part| name.contains(part)) || name.starts_with("lab/")
}

/// Frames that are lost, captured out of order, or from before the capture,
/// must not make a report contradict itself.
#[test]
fn reports_on_damaged_captures_agree_with_themselves() {
    let mut faults = String::new();
    for (name, capture) in captures().into_iter().filter(|(name, _)| is_orderly(name)) {
        let Some(records) = records(&capture).filter(|records| records.len() < 60) else {
            continue;
        };
        let damaged = |records: &[&[u8]]| [&capture[..24], &records.concat()].concat();
        let mut check = |what: &str, at: usize, records: &[&[u8]]| {
            let report = report(damaged(records));
            for connection in report["connections"].as_array().unwrap() {
                let mut found = faults_of_states(connection);
                found.extend(faults_of_fields(connection));
                for fault in found {
                    let id = &connection["id"];
                    writeln!(faults, "{name}, {what} {at}, connection {id}: {fault}").unwrap();
                }
            }
        };
        for at in 0..records.len() {
            let mut fewer = records.clone();
            fewer.remove(at);
            check("without frame", at + 1, &fewer);
            check("from frame", at + 1, &records[at..]);
            if at > 0 {
                let mut swapped = records.clone();
                swapped.swap(at - 1, at);
                check("swapped at frame", at + 1, &swapped);
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

/// Of one frame of the close only a part of the header was captured, or none, and
/// frames beside it were stored the other way round.
#[test]
fn reports_on_captures_with_a_header_cut_agree_with_themselves() {
    let mut faults = String::new();
    let is_one = |name: &str| is_orderly(name) && !name.contains(',');
    for (name, capture) in captures().into_iter().filter(|(name, _)| is_one(name)) {
        let Some(records) = records(&capture).filter(|records| records.len() < 60) else {
            continue;
        };
        let count = records.len();
        for at in count.saturating_sub(6)..count {
            for kept in [34, 48] {
                let mut cut = records[at][..records[at].len().min(16 + kept)].to_vec();
                let length = u32::try_from(cut.len() - 16).unwrap();
                cut[8..12].copy_from_slice(&length.to_le_bytes());
                let before = at.saturating_sub(1);
                for (one, other) in [(before, at), (at, at + 1), (before, at + 1)] {
                    let mut changed = records.clone();
                    changed[at] = &cut;
                    // Around a frame of which nothing is left, the two are neighbours.
                    let apart = other - one == 2 && kept > 34;
                    if one == other || other >= count || apart {
                        continue;
                    }
                    changed.swap(one, other);
                    let report = report([&capture[..24], &changed.concat()].concat());
                    for connection in report["connections"].as_array().unwrap() {
                        for fault in faults_of_states(connection) {
                            let (at, id) = (at + 1, &connection["id"]);
                            writeln!(
                                faults,
                                "{name}, frame {at} cut to {kept}, {one} and {other} swapped, \
                                 connection {id}: {fault}"
                            )
                            .unwrap();
                        }
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

#[test]
fn the_same_capture_gives_the_same_report() {
    for (name, capture) in captures() {
        if !name.contains(',') {
            assert_eq!(report(capture.clone()), report(capture), "{name}");
        }
    }
}
