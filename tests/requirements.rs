//! `docs/requirements.md` answers for every requirement of RFC 9293, appendix B.

// Helpers of tests may fail loudly as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use tcpcheck::rules::{self, Rule};

/// How many requirements of each kind appendix B numbers (its table calls one REC).
const KINDS: [(&str, usize); 4] = [("MUST", 69), ("SHLD", 31), ("MAY", 18), ("REC", 1)];

/// A reason shorter than this explains nothing.
const REASON_AT_LEAST: usize = 40;

/// A line of the table.
struct Row {
    clause: String,
    rules: Vec<&'static Rule>,
    reason: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rows() -> BTreeMap<String, Row> {
    let text = fs::read_to_string(root().join("docs/requirements.md")).unwrap();
    let mut rows = BTreeMap::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, id, clause, _, judged_by, reason, _] = cells[..] else {
            continue;
        };
        if !id.contains('-') || id.starts_with("---") {
            continue;
        }
        let codes = judged_by.split('[').skip(1).map(|part| &part[..5]);
        let rules = codes.map(|code| rules::find(code).expect(code)).collect();
        let row = Row {
            clause: clause.to_owned(),
            rules,
            reason: reason.to_owned(),
        };
        assert!(
            rows.insert(id.to_owned(), row).is_none(),
            "{id} stands there twice"
        );
    }
    rows
}

#[test]
fn every_requirement_is_there_and_none_is_made_up() {
    let all: BTreeSet<String> = KINDS
        .iter()
        .flat_map(|(kind, count)| (1..=*count).map(move |number| format!("{kind}-{number}")))
        .collect();
    let listed: BTreeSet<String> = rows().into_keys().collect();
    assert_eq!(listed, all);
}

#[test]
fn what_no_rule_judges_has_a_reason() {
    for (id, row) in rows() {
        let reason = row.reason.len() >= REASON_AT_LEAST;
        assert!(
            !row.rules.is_empty() || reason,
            "{id} has neither a rule nor a reason"
        );
        assert!(row.clause.starts_with("3."), "{id} has no clause");
    }
}

/// The rule cites the requirement behind its clause, as in `RFC 9293 3.4.1 (MUST-8)`.
#[test]
fn rules_cite_what_they_judge() {
    let mut missing = String::new();
    for (id, row) in rows() {
        for rule in &row.rules {
            let citation = format!("RFC 9293 {} (", row.clause);
            let cites = rule.rfc.iter().any(|clause| {
                clause.strip_prefix(&citation).is_some_and(|rest| {
                    rest.trim_end_matches(')')
                        .split(", ")
                        .any(|cited| cited == id)
                })
            });
            if !cites {
                missing.push_str(&format!("{} does not cite {id} at {citation}\n", rule.code));
            }
        }
    }
    assert!(missing.is_empty(), "\n{missing}");
}

#[test]
fn rules_that_judge_a_requirement_are_tested_both_ways() {
    for (id, row) in rows() {
        for rule in &row.rules {
            let folder = root().join("testdata/rules").join(&rule.code[..2]);
            let names: Vec<String> = fs::read_dir(folder)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            for kind in ["fires", "silent"] {
                let start = format!("{}-{kind}", rule.code);
                assert!(
                    names.iter().any(|name| name.starts_with(&start)),
                    "{id}: {} has no exchange in which it is {kind}",
                    rule.code
                );
            }
        }
    }
}
