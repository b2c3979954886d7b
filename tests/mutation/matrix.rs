//! The table of rules, their fixtures and their mutators, for `docs/matrix.md`.

use std::collections::BTreeMap;
use std::path::Path;

use super::Mutator;
use super::trial::Score;
use tcpcheck::finding::Certainty;
use tcpcheck::rules::{RULES, Rule};

const HEAD: &str = "\
# Rules, fixtures, mutators

Made by `UPDATE_GENERATED=1 cargo test --test mutation`. For each rule: how many exchanges under `testdata/rules` it
fires in (each over IPv4, over IPv6 and with its numbers at the wrap of 2^32), in how many near misses it stays
silent, what is planted into clean conversations (with the rule's case in brackets), how often it was found at the
right packet, with the right end blamed and as certain as it should be, of how often it was planted, how often with
certainty, and what else is then said at warning or above. *Real* tells whether it was planted into captures of real
stacks (`testdata/lab`) as well as into generated dialogues. Where a case has no mutator, its reason stands there.

| rule | name | severity | certainty | fires | silent | planted | real | found | definite | besides |
|---|---|---|---|---|---|---|---|---|---|---|
";

/// Rules (and cases) whose fault is not planted, and why.
pub const REASONS: &[(&str, Option<&str>, &str)] = &[
    (
        "TW007",
        Some("near-port-limit"),
        "pattern of more than 22,585 connections: see the tests of `src/flow/patterns`",
    ),
    ("AT011", Some("octets-differ"), FRAGMENTS),
    ("AT011", Some("same-octets"), FRAGMENTS),
];

const FRAGMENTS: &str = "no segment, but IP fragments: see the tests of `src/decode/fragments`";

/// The cases of `rule`; one without a name where it has none.
fn cases(rule: &Rule) -> Vec<Option<&'static str>> {
    if rule.cases.is_empty() {
        return vec![None];
    }
    rule.cases.iter().map(|(name, _)| Some(*name)).collect()
}

/// What no mutator plants and no reason excuses, and what has both.
pub fn gaps(mutators: &[&[Mutator]]) -> String {
    let mut gaps = String::new();
    for rule in RULES.iter() {
        let of_rule: Vec<_> = mutators.iter().flat_map(|group| group.iter()).collect();
        let of_rule = of_rule.into_iter().filter(|m| m.rule == rule.code);
        for case in cases(rule) {
            let planted = of_rule.clone().any(|m| m.case == case);
            let excused = REASONS
                .iter()
                .any(|(r, c, _)| *r == rule.code && *c == case);
            if planted == excused {
                let what = if planted {
                    "has a mutator and a reason"
                } else {
                    "has neither mutator nor reason"
                };
                gaps.push_str(&format!("{} {case:?}: {what}\n", rule.code));
            }
        }
        let surest = of_rule.map(|m| m.certainty).max();
        if rule.certainty == Certainty::Definite && surest != Some(Certainty::Definite) {
            gaps.push_str(&format!("{}: no mutator asks for certainty\n", rule.code));
        }
    }
    gaps
}

/// Exchanges of `rule` in which it fires, and in which it stays silent.
fn fixtures(rule: &Rule) -> (usize, usize) {
    let group = rule.code.get(..2).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata/rules")
        .join(group);
    let mut counts = (0, 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        counts.0 += usize::from(name.starts_with(&format!("{}-fires", rule.code)));
        counts.1 += usize::from(name.starts_with(&format!("{}-silent", rule.code)));
    }
    counts
}

/// The whole page.
pub fn page(scores: &[(&Mutator, Score)]) -> String {
    let mut by_rule: BTreeMap<&str, Vec<&(&Mutator, Score)>> = BTreeMap::new();
    for entry in scores {
        by_rule.entry(entry.0.rule).or_default().push(entry);
    }
    let mut page = HEAD.to_owned();
    for rule in RULES.iter() {
        let (fires, silent) = fixtures(rule);
        let head = format!(
            "| [{code}](rules/{code}.md) | {} | {} | {} | {fires} | {silent} |",
            rule.name,
            rule.severity.as_str(),
            rule.certainty.as_str(),
            code = rule.code,
        );
        for (mutator, score) in by_rule.get(rule.code).into_iter().flatten() {
            let found = score.planted - score.missed;
            let others: Vec<&str> = score.others.iter().copied().collect();
            let case = mutator
                .case
                .map_or(String::new(), |case| format!(" [{case}]"));
            page.push_str(&format!(
                "{head} {}{case} | {} | {found} of {} | {} | {} |\n",
                mutator.what,
                if mutator.real { "yes" } else { "" },
                score.planted,
                score.definite,
                others.join(", "),
            ));
        }
        for (_, case, why) in REASONS.iter().filter(|(code, ..)| *code == rule.code) {
            let case = case.map_or(String::new(), |case| format!(" [{case}]"));
            page.push_str(&format!("{head} none{case}: {why} | | | | |\n"));
        }
    }
    page
}
