use super::*;
use crate::report::model::Loaded;
use crate::report::sample;

fn key(place: u64) -> Key {
    Key { capture: 0, place }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

#[test]
fn a_report_comes_back_as_it_was_set_aside() {
    for report in sample::all() {
        let set_aside = sample::set_aside(report.clone());
        let Loaded {
            connections,
            mut findings,
            ..
        } = report;
        // Findings about no connection go behind the others.
        findings.sort_by_key(|finding| finding.connection.unwrap_or(u64::MAX));
        assert_eq!(json(&set_aside.connections), json(&connections));
        assert_eq!(json(&set_aside.findings), json(&findings));
        let loaded = set_aside.load().unwrap();
        assert_eq!(json(&loaded.connections), json(&connections));
        assert_eq!(loaded.findings, findings);
    }
}

#[test]
fn a_sealed_entry_opens_as_it_was() {
    let mut shelf = Shelf::new(0);
    let connections = sample::all()
        .into_iter()
        .flat_map(|report| report.connections);
    for entry in connections {
        let sealed = shelf.seal(&entry);
        assert_eq!(sealed.withheld, entry.withheld);
        assert_eq!(shelf.open(&sealed), Some(entry));
        let (mut octets, mut words) = (Vec::new(), Words::default());
        sealed.put(&mut Encoder::new(&mut octets, &mut words));
        let again = Sealed::take(&mut Decoder::new(&octets, &words));
        assert_eq!(again, Some(sealed));
    }
}

#[test]
fn what_is_sealed_holds_no_words() {
    let mut shelf = Shelf::new(0);
    let mut entries = sample::all()
        .into_iter()
        .flat_map(|report| report.connections);
    let mut entry = entries
        .find(|entry| !entry.undetermined.is_empty() && !entry.states.is_empty())
        .unwrap();
    entry.withheld.clear();
    let sealed = shelf.seal(&entry);
    let names = Words::of_names(&[entry.capture.clone(), "lab.pcap".into()]);
    let mut octets = Vec::new();
    sealed.unseal(&mut Encoder::new(&mut octets, &mut Words::default()));
    let opened = ConnectionReport::take(&mut Decoder::new(&octets, &names)).unwrap();
    assert_eq!(opened.states, entry.states, "words that were never listed");
    assert_eq!(opened.undetermined, entry.undetermined);
}

#[test]
fn a_record_is_told_without_its_connection_being_read() {
    for report in sample::all() {
        let set_aside = sample::set_aside(report);
        let whole: Vec<_> = set_aside.records().iter().map(Result::unwrap).collect();
        let mut at = 0;
        let told = set_aside.records().each(|told| {
            let record = &whole[at];
            at += 1;
            let entry = record.entry.as_ref();
            let gist = entry.map(|entry| Gist {
                opening: entry.opening,
                closing: entry.closing,
                tunnels: entry.tunnels.clone(),
                withheld: entry.withheld.clone(),
            });
            assert_eq!((&told.about, &told.gist), (&record.about, &gist));
            assert_eq!(told.findings, record.findings);
            assert_eq!(told.entry().unwrap().as_ref(), entry);
            Ok(())
        });
        assert!(told.is_ok() && at == whole.len());
    }
}

/// A connection with a finding, both of which tell the number of the first packet.
fn record(first_packet: u64, listed: bool) -> Record {
    let Loaded {
        mut connections,
        mut findings,
        ..
    } = sample::one_error();
    let mut entry = connections.remove(0);
    entry.first_packet = first_packet;
    findings.truncate(1);
    findings[0].packet = Some(first_packet);
    Record {
        about: About::Connection,
        entry: listed.then_some(entry),
        findings,
    }
}

#[test]
fn ids_go_by_order_whatever_the_order_of_coming() {
    let mut shelf = Shelf::new(5_000);
    let mut other = record(0, false);
    other.about = About::Other;
    assert!(shelf.keep(key(BEHIND_ALL), &other));
    for place in [40, 10, 30, 20] {
        // One of them is only known by its finding.
        assert!(shelf.add(key(place), &record(place, place != 20)));
    }
    let records = Records::of(shelf, AllRows::default());
    let entries = Connections(records.clone());
    let entries = entries.iter().map(|entry| entry.unwrap());
    let entries: Vec<_> = entries
        .map(|entry| (entry.id, entry.first_packet))
        .collect();
    assert_eq!(entries, [(1, 10), (3, 30), (4, 40)]);
    let findings = Findings(records.clone());
    let findings = findings.iter().map(|finding| finding.unwrap());
    let findings: Vec<_> = findings
        .map(|f| (f.connection, f.packet.unwrap()))
        .collect();
    let expected = [
        (Some(1), 10),
        (Some(2), 20),
        (Some(3), 30),
        (Some(4), 40),
        (None, 0),
    ];
    assert_eq!(findings, expected);
    let both = records.iter().map(|record| record.unwrap());
    let both: Vec<_> = both
        .map(|record| {
            (
                record.entry.map(|entry| entry.id),
                record.findings[0].connection,
            )
        })
        .collect();
    let expected = [
        (Some(1), Some(1)),
        (None, Some(2)),
        (Some(3), Some(3)),
        (Some(4), Some(4)),
        (None, None),
    ];
    assert_eq!(both, expected);
}

#[test]
fn what_cannot_be_read_back_ends_the_report_with_an_error() {
    let mut shelf = Shelf::new(usize::MAX);
    assert!(shelf.add(key(1), &record(1, true)));
    assert!(shelf.add(key(2), &"no record".to_owned()));
    assert!(shelf.add(key(3), &record(3, true)));
    let records = Records::of(shelf, AllRows::default());
    let read: Vec<_> = records.iter().collect();
    assert!(matches!(read.as_slice(), [Ok(_), Err(_)]));
    let error = serde_json::to_string(&Connections(records.clone())).unwrap_err();
    assert!(error.to_string().contains("is damaged"), "{error}");
    let findings: Vec<_> = Findings(records).iter().collect();
    assert!(matches!(findings.as_slice(), [Ok(_), Err(_)]));
}

#[test]
fn a_connection_takes_few_octets() {
    let mut shelf = Shelf::new(usize::MAX);
    let entry = || Record {
        findings: Vec::new(),
        ..record(7, true)
    };
    // With it, the words and names that later ones share.
    assert!(shelf.add(key(1), &entry()));
    assert!(shelf.add(key(2), &entry()));
    let len = shelf.octets.len();
    assert!(len < 215, "{len} octets for eleven transitions");
    assert!(shelf.add(key(3), &record(7, true)));
    let more = shelf.octets.len() - len;
    assert!(more < 250, "{more} octets for a finding");
}
