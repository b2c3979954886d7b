//! Files that are no parts of one capture, or whose clocks are apart: nothing is said with certainty
//! that one of them does not show alone.

use crate::capture::Capture;
use crate::parts::*;

const MS: i64 = 1_000_000;

fn shifted(capture: &Capture, ns: i64) -> Capture {
    let mut moved = capture.clone();
    for frame in &mut moved.frames {
        shift(capture, frame, ns);
    }
    moved
}

/// The lab captures that were taken at both ends: names, and what was captured at either.
fn at_both_ends() -> Vec<(String, [Capture; 2])> {
    let all = captures();
    let of = |name: &str| all.iter().find(|(other, _)| other == name);
    let pairs = all.iter().filter_map(|(name, at_client)| {
        let (_, at_server) = of(&name.replace(".pcap", "@server.pcap"))?;
        let other = !name.contains('@') && name.contains("/lab/");
        other.then(|| (name.clone(), [at_client.clone(), at_server.clone()]))
    });
    pairs.collect()
}

fn check(name: &str, what: &str, parts: &[Capture], alone: &[String], wrong: &mut Vec<String>) {
    let report = together(parts, &[0, 1]);
    for said in definite(&report) {
        if !alone.contains(&said) && !stands_in_any_order(name, &said) {
            wrong.push(format!("{name} {what}: {said}"));
        }
    }
}

/// What goes under another finding in the whole, and is as true without it.
fn stands_in_any_order(name: &str, said: &str) -> bool {
    // It acknowledges what is never sent.
    name.ends_with("RS008-fires.exchange") && said.contains("SQ001")
}

#[test]
fn captures_from_both_ends_accuse_nobody() {
    let pairs = at_both_ends();
    assert!(pairs.len() > 15, "{}", pairs.len());
    let mut wrong = Vec::new();
    for (name, [at_client, at_server]) in pairs {
        let known = [definite(&alone(&at_client)), definite(&alone(&at_server))].concat();
        for ns in [
            0,
            3 * MS,
            -3 * MS,
            50 * MS,
            -50 * MS,
            1000 * MS,
            -1000 * MS,
            600_000 * MS,
        ] {
            let parts = [at_client.clone(), shifted(&at_server, ns)];
            check(&name, &format!("{ns} ns apart"), &parts, &known, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn directions_with_clocks_apart_accuse_nobody() {
    let mut wrong = Vec::new();
    let mut tried = 0;
    for (name, capture) in captures() {
        if !is_in_order(&capture) {
            continue;
        }
        let known = definite(&alone(&capture));
        let [one, other] = directions(&capture).try_into().unwrap();
        if one.is_empty() || other.is_empty() {
            continue;
        }
        let parts = [part(&capture, &one), part(&capture, &other)];
        for ns in [
            MS / 10,
            MS,
            10 * MS,
            100 * MS,
            1000 * MS,
            30_000 * MS,
            900_000 * MS,
        ] {
            for ns in [ns, -ns] {
                let parts = [parts[0].clone(), shifted(&parts[1], ns)];
                check(&name, &format!("{ns} ns apart"), &parts, &known, &mut wrong);
                tried += 1;
            }
        }
    }
    assert!(tried > 5000, "{tried}");
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}
