//! The table of rules, their fixtures and their mutators, for `docs/matrix.md`.

use std::collections::BTreeMap;
use std::path::Path;

use super::Mutator;
use super::trial::Score;
use tcpcheck::rules::{RULES, Rule};

const HEAD: &str = "\
# Rules, fixtures, mutators

Made by `UPDATE_GENERATED=1 cargo test --test mutation`. For each rule: how many exchanges under `testdata/rules` it
fires in (each over IPv4, over IPv6 and with its numbers at the wrap of 2^32), in how many near misses it stays
silent, and, where its fault can be planted into a clean conversation by changing it, what is planted, how often it was
found of how often it was planted, how often with certainty, and what else is then said at warning or above.

| rule | name | severity | certainty | fires | silent | planted | found | definite | besides |
|---|---|---|---|---|---|---|---|---|---|
";

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
        let Some(mutators) = by_rule.get(rule.code) else {
            page.push_str(&format!("{head} | | | |\n"));
            continue;
        };
        for (mutator, score) in mutators {
            let found = score.planted - score.missed;
            let others: Vec<&str> = score.others.iter().copied().collect();
            page.push_str(&format!(
                "{head} {} | {found} of {} | {} | {} |\n",
                mutator.what,
                score.planted,
                score.definite,
                others.join(", "),
            ));
        }
    }
    page
}
