//! Plants faults and looks whether they are found.

use std::fmt::Write as _;
use std::io::Cursor;
use std::net::SocketAddr;

use super::{Mutator, Planted, real};
use crate::trace::Trace;
use crate::trace::dialogue::Plan;
use crate::trace::random::{Random, fingerprint};
use tcpcheck::check::Checker;
use tcpcheck::finding::{Certainty, Finding, Role, Severity};
use tcpcheck::report::model::{ConnectionReport, Loaded};
use tcpcheck::settings::Settings;

/// How a rule did.
#[derive(Default)]
pub struct Score {
    /// Times that the fault was planted.
    pub planted: u64,
    /// Times that it was not found, or not as it should.
    pub missed: u64,
    /// Times that it was found with certainty.
    pub definite: u64,
    /// Other rules that spoke at warning or above.
    pub others: std::collections::BTreeSet<&'static str>,
    /// What went wrong.
    pub faults: String,
}

/// The report on `trace`, whose capture is known to hold everything.
pub fn report(trace: &Trace, change: fn(&mut Settings)) -> Loaded {
    let mut settings = Settings {
        lossless: true,
        ..Settings::default()
    };
    change(&mut settings);
    let mut checker = Checker::new(settings);
    checker.check("-", Box::new(Cursor::new(trace.to_pcap())));
    checker.finish().load().unwrap()
}

/// Its findings at warning and above.
pub fn accusing(report: &Loaded) -> Vec<&Finding> {
    let findings = report.findings.iter();
    findings
        .filter(|finding| finding.severity >= Severity::Warning)
        .collect()
}

/// What is said of a dialogue in which nothing was planted.
pub fn findings_in_clean(seed: u64) -> String {
    let mut random = Random(seed);
    let plan = Plan::random(&mut random);
    let trace = plan.play(&mut random);
    let report = report(&trace, |_| ());
    accusing(&report)
        .iter()
        .map(|f| format!("seed {seed}: {} at {:?}: {}\n", f.rule, f.packet, f.message))
        .collect()
}

/// Tries `mutator` in `times` dialogues, and in a third as many captures of real
/// stacks where it can be planted there.
pub fn run(mutator: &Mutator, times: u64) -> Score {
    let mut score = Score::default();
    let name = format!("{} {}", mutator.rule, mutator.what);
    let rounds = if mutator.rarely {
        times.div_ceil(6)
    } else {
        times
    };
    for round in 0..rounds {
        let mut random = Random(fingerprint(&name) ^ (round << 32));
        let mut plan = Plan::random(&mut random);
        (mutator.prepare)(&mut plan, &mut random);
        plan.episode = plan
            .episode
            .filter(|episode| !episode.spoken_of_by().contains(&mutator.rule));
        let trace = plan.play(&mut random);
        let origin = format!("round {round}, {:?} {:?}", plan.monitor, plan.close);
        attempt(mutator, trace, &mut random, &origin, &mut score);
    }
    let real = if mutator.real { times.div_ceil(3) } else { 0 };
    for round in 0..real {
        let mut random = Random(fingerprint(&name) ^ (round << 32) ^ 1);
        let capture = random.choose(real::captures()).unwrap();
        if capture.spoken.contains(&mutator.rule) {
            continue;
        }
        let origin = format!("real {round}, {}", capture.name);
        let trace = capture.trace.clone();
        attempt(mutator, trace, &mut random, &origin, &mut score);
    }
    score
}

/// Plants the fault into `trace`, and looks whether it is found.
fn attempt(
    mutator: &Mutator,
    mut trace: Trace,
    random: &mut Random,
    origin: &str,
    score: &mut Score,
) {
    let Some(planted) = (mutator.plant)(&mut trace, random) else {
        return;
    };
    score.planted += 1;
    let report = report(&trace, mutator.settings);
    let Some(fault) = judge(mutator, &planted, &report, score) else {
        return;
    };
    score.missed += 1;
    let (rule, what) = (mutator.rule, mutator.what);
    writeln!(score.faults, "{rule} ({what}), {origin}: {fault}").unwrap();
    if let Ok(folder) = std::env::var("MUTATION_KEEP") {
        let round = score.planted;
        let path = format!("{folder}/{rule}-{round}.pcap");
        std::fs::write(path, trace.to_pcap()).unwrap();
    }
}

/// What is wrong with the report on a planted fault.
fn judge(
    mutator: &Mutator,
    planted: &Planted,
    report: &Loaded,
    score: &mut Score,
) -> Option<String> {
    let others = accusing(report).into_iter().map(|f| f.rule);
    score
        .others
        .extend(others.filter(|rule| *rule != mutator.rule));
    let of_rule = |f: &&Finding| f.rule == mutator.rule && f.case == mutator.case;
    let Some(found) = report.findings.iter().find(of_rule) else {
        let said: Vec<_> = report
            .findings
            .iter()
            .map(|f| format!("{} {:?}", f.rule, f.case))
            .collect();
        return Some(format!(
            "planted at {:?}, not found; said: {said:?}",
            planted.packet.map(|at| at + 1)
        ));
    };
    score.definite += u64::from(found.certainty == Certainty::Definite);
    let named = found.packet;
    let wanted = planted.packet.map(|at| at as u64 + 1);
    if wanted.is_some() && named != wanted {
        return Some(format!("found at {named:?}, planted at {wanted:?}"));
    }
    let blamed = blamed(report, found);
    if planted.by.is_some() && planted.by != blamed {
        return Some(format!("blames {blamed:?}, committed by {:?}", planted.by));
    }
    if found.certainty < mutator.certainty {
        return Some(format!("only {}", found.certainty.as_str()));
    }
    None
}

/// Which socket the finding is about.
fn blamed(report: &Loaded, finding: &Finding) -> Option<SocketAddr> {
    let of_finding = |c: &&ConnectionReport| Some(c.id) == finding.connection;
    let connection = report.connections.iter().find(of_finding)?;
    let socket = match finding.endpoint? {
        Role::Client => &connection.client,
        Role::Server => &connection.server,
    };
    Some(SocketAddr::new(socket.ip, socket.port))
}
