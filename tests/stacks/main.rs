//! Two real TCP stacks (smoltcp) speak with each other over a simulated path
//! that loses, doubles, delays and reorders, and close, abort and time out as
//! programs do. Monitors at both hosts and between them capture everything that
//! passes. As the stacks speak TCP, nobody may be accused; and where tcpcheck
//! says in what states they were, they were.
//!
//! `SEED=7` runs one seed alone and prints what happens, `SEEDS=50000` so many
//! (from `SEEDS_FROM` on), and `STACKS_KEEP=FOLDER` writes the captures of those
//! that fail there (with `SEED`, also when it does not fail).

// Helpers of tests may fail loudly as tests do.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod app;
mod capture;
mod endpoint;
mod event;
mod life;
mod link;
mod packet;
mod scenario;
mod side;
mod simulation;
mod states;
mod summary;
mod told;
mod truth;
mod verdict;
mod waivers;
mod wire;

use std::fmt::Write as _;

use fastrand::Rng;

use scenario::Scenario;
use simulation::Outcome;
use waivers::Tally;

/// Seeds that are tried unless the environment says otherwise.
const SEEDS: u64 = 2000;

/// Faults that are printed in full.
const PRINTED: usize = 40;

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap())
}

fn keep(seed: u64, outcome: &Outcome) {
    if let Ok(folder) = std::env::var("STACKS_KEEP") {
        for capture in &outcome.captures {
            let path = format!("{folder}/seed-{seed}-{}.pcap", capture.monitor);
            std::fs::write(path, capture.to_pcap(capture.frames.len())).unwrap();
        }
    }
}

/// Everything that is wrong under one seed.
fn try_seed(seed: u64, tally: &mut Tally) -> Vec<String> {
    let mut rng = Rng::with_seed(seed);
    let scenario = Scenario::draw(&mut rng);
    let outcome = simulation::run(&scenario, rng.fork());
    let faults = verdict::faults(&scenario, &outcome, &mut rng, tally);
    let alone = from_environment("SEED").is_some();
    if alone {
        eprintln!("{scenario:#?}\n{:#?}", outcome.lives);
    }
    if alone || !faults.is_empty() {
        keep(seed, &outcome);
    }
    faults
}

#[test]
fn stacks_that_speak_tcp_are_not_accused() {
    let seeds = match from_environment("SEED") {
        Some(seed) => seed..seed + 1,
        None => {
            let from = from_environment("SEEDS_FROM").unwrap_or(0);
            from..from + from_environment("SEEDS").unwrap_or(SEEDS)
        }
    };
    let mut tally = Tally::default();
    let (mut failed, mut text) = (Vec::new(), String::new());
    for seed in seeds {
        let faults = try_seed(seed, &mut tally);
        if faults.is_empty() {
            continue;
        }
        failed.push(seed);
        if failed.len() <= PRINTED {
            for fault in faults {
                writeln!(text, "seed {seed}, {fault}").unwrap();
            }
        }
    }
    for reason in waivers::reasons(&tally) {
        eprintln!("waived: {reason}");
    }
    assert!(
        failed.is_empty(),
        "\n{} seeds failed: {failed:?}\n{text}Run one alone with \
         SEED={} STACKS_KEEP=FOLDER cargo test --test stacks",
        failed.len(),
        failed[0],
    );
}
