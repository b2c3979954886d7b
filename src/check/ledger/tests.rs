use super::*;
use crate::report::sample;

fn ledger(limits: ReportLimits) -> Ledger {
    Ledger::new(&Settings::default(), limits)
}

/// A connection with two findings.
fn add(ledger: &mut Ledger, first_packet: u64) {
    let report = sample::one_error();
    let mut entry = report.connections[0].clone();
    entry.first_packet = first_packet;
    let entry = ledger.shelf.seal(&entry);
    ledger.connection(first_packet, entry, report.findings);
}

fn listed(records: &Records) -> (usize, usize) {
    let records = records.iter().map(|record| record.unwrap());
    records.fold((0, 0), |(entries, findings), record| {
        let entry = usize::from(record.entry.is_some());
        (entries + entry, findings + record.findings.len())
    })
}

fn reached(closed: &Closed) -> Vec<(&'static str, u64, u64)> {
    let limits = closed.limits.iter();
    limits.map(|l| (l.limit, l.value, l.reached)).collect()
}

#[test]
fn beyond_a_limit_all_is_counted_and_less_is_listed() {
    let mut ledger = ledger(ReportLimits {
        connections: 2,
        findings: 5,
        ..ReportLimits::default()
    });
    add(&mut ledger, 1);
    assert_eq!(reached(&ledger.end_capture(1)), []);
    for first_packet in 1..=3 {
        add(&mut ledger, first_packet);
    }
    let mut closed = ledger.end_capture(1);
    assert_eq!(closed.take(ledger.number(&"lab.pcap".into())).0, 3);
    let expected = [("connections-listed", 2, 2), ("findings-listed", 5, 3)];
    assert_eq!(reached(&closed), expected);
    let message = &closed.limits[0].message;
    insta::assert_snapshot!(
        message,
        @"2 connections judged and counted, but not listed: 2 are listed at most"
    );
    let Total {
        summary, records, ..
    } = ledger.close();
    assert_eq!((summary.captures, summary.connections), (2, 4));
    assert_eq!((summary.connections_listed, summary.errors), (2, 4));
    assert_eq!((summary.infos, summary.by_rule["HS001"]), (4, 4));
    assert_eq!(listed(&records), (2, 5));
}

#[test]
fn without_room_all_is_counted_and_patterns_are_still_listed() {
    let mut ledger = ledger(ReportLimits {
        memory: 1_000,
        ..ReportLimits::default()
    });
    ledger.shelf = Shelf::without_file(1_000);
    for first_packet in 1..=50 {
        add(&mut ledger, first_packet);
    }
    let mut flood = sample::flood().findings.remove(0);
    flood.connection = None;
    ledger.finding(flood);
    let closed = ledger.end_capture(1);
    let Total {
        summary, records, ..
    } = ledger.close();
    let (entries, findings) = listed(&records);
    assert!(entries > 0 && entries < 10, "{entries} listed");
    assert_eq!(findings, 2 * entries + 1, "the flood is there");
    assert_eq!((summary.connections, summary.errors), (50, 50));
    assert_eq!(summary.connections_listed, entries as u64);
    let (entries, findings) = (entries as u64, findings as u64);
    let expected = [
        ("connections-listed", entries, 50 - entries),
        ("findings-listed", findings, 101 - findings),
    ];
    assert_eq!(reached(&closed), expected);
    insta::assert_snapshot!(
        closed.limits[1].message,
        @"98 findings judged and counted, but not listed: there is no room for them in the temporary file (no storage space; TMPDIR names its folder)"
    );
}

#[test]
fn captures_keep_their_order_and_their_notes() {
    let mut ledger = ledger(ReportLimits::default());
    let note = || {
        let mut note = sample::incomplete().findings.remove(0);
        note.connection = None;
        note
    };
    add(&mut ledger, 900);
    ledger.finding(note());
    let number = ledger.number(&note().capture);
    let (_, first) = ledger.end_capture(1).take(number);
    add(&mut ledger, 5);
    ledger.finding(note());
    ledger.finding(note());
    let number = ledger.number(&note().capture);
    let (_, second) = ledger.end_capture(1).take(number);
    assert_eq!(first[0].message, note().message, "one is told as it is");
    let title = rules::find("CA003").unwrap().title;
    assert_eq!((second[0].message.as_str(), second[0].count), (title, 2));
    let records = ledger.close().records;
    let packets: Vec<_> = records
        .iter()
        .map(|record| record.unwrap().entry.map(|entry| entry.first_packet))
        .collect();
    assert_eq!(packets, [Some(900), None, Some(5), None, None]);
}

#[test]
fn findings_of_more_kinds_than_are_counted_are_told() {
    let mut ledger = ledger(ReportLimits {
        kinds: 1,
        ..ReportLimits::default()
    });
    ledger.begin_capture("a.pcap", &Settings::default());
    add(&mut ledger, 1);
    add(&mut ledger, 2);
    let closed = ledger.end_capture(1);
    assert_eq!(reached(&closed), [("finding-kinds", 1, 2)]);
    insta::assert_snapshot!(
        closed.limits[0].message,
        @"2 findings may share a fingerprint with others of their kind: findings of 1 kinds are counted at most"
    );
    let records = ledger.close().records;
    let findings = records.iter().flat_map(|record| record.unwrap().findings);
    let prints: Vec<_> = findings.map(|finding| finding.fingerprint).collect();
    let ([a, b, c, d], rest) = prints.split_first_chunk().unwrap();
    assert!(rest.is_empty() && a != c && b == d, "{prints:?}");
}
