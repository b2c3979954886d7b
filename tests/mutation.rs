//! Faults planted into clean captures: each mutator commits exactly the fault of
//! its rule at a random suitable place, and the rule must find it there, blame
//! the end that committed it, and be as certain as the catalogue says.
//!
//! All is drawn from fixed seeds. `MUTATIONS=200` plants each fault so often,
//! `MUTATE=HS001` only those of one rule, `MUTATION_KEEP=FOLDER` writes down
//! the captures in which a rule failed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod exchange;
#[path = "mutation/mod.rs"]
mod mutation_support;
mod trace;

use mutation_support::{MUTATORS, matrix, trial};

/// Times that each fault is planted, unless the environment says otherwise.
const TIMES: u64 = 12;

/// The dialogues that faults are planted into have none of their own.
#[test]
fn dialogues_are_clean() {
    let mut faults = String::new();
    for seed in 0..200 {
        faults.push_str(&trial::findings_in_clean(seed));
    }
    assert!(faults.is_empty(), "{faults}");
}

/// Every rule has a mutator in each of its cases, or a written reason why not.
#[test]
fn every_rule_has_a_mutator_or_a_reason() {
    let gaps = matrix::gaps(MUTATORS);
    assert!(gaps.is_empty(), "\n{gaps}");
}

/// Also sees to it that the table of `docs/matrix.md` is current.
#[test]
fn planted_faults_are_found() {
    let times = std::env::var("MUTATIONS").map_or(TIMES, |times| times.parse().unwrap());
    let only = std::env::var("MUTATE").ok();
    let chosen = MUTATORS
        .iter()
        .flat_map(|group| group.iter())
        .filter(|mutator| only.as_deref().is_none_or(|code| code == mutator.rule));
    let scores: Vec<_> = chosen.map(|m| (m, trial::run(m, times))).collect();
    let mut faults = String::new();
    for (mutator, score) in &scores {
        if score.planted == 0 {
            faults.push_str(&format!("{}: planted nowhere\n", mutator.rule));
        }
        faults.push_str(&score.faults);
    }
    assert!(faults.is_empty(), "\n{faults}");
    if times == TIMES && only.is_none() {
        compare_with_the_docs(&matrix::page(&scores));
    }
}

fn compare_with_the_docs(page: &str) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/matrix.md");
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::write(path, page).unwrap();
    }
    assert!(
        std::fs::read_to_string(path).unwrap_or_default() == page,
        "docs/matrix.md is not current; UPDATE_GENERATED=1 cargo test --test mutation makes it anew"
    );
}
