//! What tcpcheck says of the captures, held against what happened.

use std::io::Cursor;

use fastrand::Rng;
use tcpcheck::check::Checker;
use tcpcheck::finding::{Certainty, Severity};
use tcpcheck::report::model::Loaded;
use tcpcheck::settings::{Settings, VantageChoice};

use crate::capture::{Capture, Monitor};
use crate::life;
use crate::scenario::{Opening, Scenario};
use crate::side::Side;
use crate::simulation::{Outcome, TWO_MSL};
use crate::states::{states, timelines};
use crate::summary::{contradictions, summaries};
use crate::told::{named, round_of, sides};
use crate::waivers::{self, Found, Tally};

/// How a capture is given to tcpcheck.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    /// It is left to find out where the capture was taken.
    Auto,
    /// It is told.
    Told,
    /// It is told, and that nothing is missing.
    ToldLossless,
}

/// Everything that is wrong with the reports on `outcome`.
pub fn faults(
    scenario: &Scenario,
    outcome: &Outcome,
    rng: &mut Rng,
    tally: &mut Tally,
) -> Vec<String> {
    let mut faults = Vec::new();
    let mut reports = Vec::new();
    for capture in &outcome.captures {
        if capture.frames.is_empty() {
            continue;
        }
        let whole = capture.frames.len();
        for way in [Way::Auto, Way::Told, Way::ToldLossless] {
            let name = format!("{} {way:?}", capture.monitor);
            let report = report(scenario, capture, whole, way);
            accusations(&name, &report, capture, outcome, tally, &mut faults);
            if way == Way::Told {
                states(&name, &report, capture, &outcome.lives, &mut faults);
                timelines(&name, &report, capture, &outcome.lives, &mut faults);
                summaries(&name, &report, capture, &outcome.lives, &mut faults);
                reports.push((capture, report));
            }
        }
        let count = rng.usize(1..=whole);
        let name = format!("{} up to {count}", capture.monitor);
        let report = report(scenario, capture, count, Way::Told);
        accusations(&name, &report, capture, outcome, tally, &mut faults);
        states(&name, &report, capture, &outcome.lives, &mut faults);
    }
    contradictions(&reports, &outcome.lives, &mut faults);
    faults
}

fn report(scenario: &Scenario, capture: &Capture, count: usize, way: Way) -> Loaded {
    let crossing = scenario
        .rounds
        .iter()
        .any(|round| matches!(round.opening, Opening::Simultaneous(_)));
    let vantage = match (way, capture.monitor) {
        (Way::Auto, _) => VantageChoice::Auto,
        (_, Monitor::Middle) => VantageChoice::Middle,
        // Who is the client there depends on whose SYN the monitor saw first.
        (_, Monitor::At(side)) if crossing => VantageChoice::Host(scenario.ip(side)),
        (_, Monitor::At(Side::A)) => VantageChoice::Client,
        (_, Monitor::At(Side::B)) => VantageChoice::Server,
    };
    let mut checker = Checker::new(Settings {
        vantage,
        msl_ns: TWO_MSL * 1000 / 2,
        lossless: way == Way::ToldLossless,
        ..Settings::default()
    });
    checker.check("-", Box::new(Cursor::new(capture.to_pcap(count))));
    checker.finish().load().unwrap()
}

/// Nobody is accused but of what the table of waivers has.
fn accusations(
    name: &str,
    report: &Loaded,
    capture: &Capture,
    outcome: &Outcome,
    tally: &mut Tally,
    faults: &mut Vec<String>,
) {
    for finding in &report.findings {
        if finding.severity < Severity::Warning {
            continue;
        }
        let connection = report
            .connections
            .iter()
            .find(|connection| Some(connection.id) == finding.connection);
        let round = connection.map_or(0, |connection| round_of(connection, capture));
        let sides = connection.map(sides);
        let found = Found {
            finding,
            monitor: capture.monitor,
            round,
            side: sides.and_then(|roles| named(&roles, finding.endpoint)),
            lives: &outcome.lives,
        };
        let guess = finding.certainty < Certainty::Definite;
        if guess && life::is_entangled(&outcome.lives, round) {
            continue;
        }
        if waivers::covers(&found, tally) {
            continue;
        }
        let (rule, packet, message) = (finding.rule, finding.packet, &finding.message);
        let certainty = finding.certainty.as_str();
        faults.push(format!(
            "{name}: {rule} {certainty} at {packet:?}: {message}"
        ));
    }
}
