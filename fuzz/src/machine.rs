//! The machine, the table and the rules: conversations of a few sockets, with
//! numbers near the edges of what is right, under tiny limits.

mod wire;

use std::collections::BTreeMap;
use std::io::Cursor;

use tcpcheck::capture::CaptureReader;
use tcpcheck::check::Checker;
use tcpcheck::decode::{Decoded, Decoder};
use tcpcheck::limits::TableLimits;
use tcpcheck::report::model::{EndpointStats, Loaded};
use tcpcheck::segment::{Captured, NS_PER_S, Socket, Timestamp};
use tcpcheck::settings::{Profile, Settings, VantageChoice};

use super::script::{PAIRS, Script, Segment, Step, What};

/// Reads a script and checks it.
pub fn run(data: &[u8]) {
    run_script(&Script::read(data));
}

/// Checks what was said, twice.
pub fn run_script(script: &Script) {
    let (capture, frames) = wire::capture(script);
    let settings = settings(script);
    let limits = limits(script);
    let check = || {
        let mut checker = Checker::with_limits(settings.clone(), limits);
        checker.check("script", Box::new(Cursor::new(capture.clone())));
        checker.finish()
    };
    let report = check();
    let (report, written) = super::report::check(&report, &settings);
    check_capture(&report, frames, limits);
    // Each table has a hash of its own.
    let again = super::report::written(&check());
    assert!(written == again, "the same script gives another report");
}

/// The capture that an input stands for, to be looked at by other means.
pub fn capture(data: &[u8]) -> Vec<u8> {
    wire::capture(&Script::read(data)).0
}

/// All frames were read, and each is accounted for.
fn check_capture(report: &Loaded, frames: u64, limits: TableLimits) {
    let [capture] = report.captures.as_slice() else {
        panic!("{:?}", report.captures);
    };
    assert_eq!(capture.packets, frames);
    assert!(capture.complete, "{capture:?}");
    let undecoded: u64 = capture.undecoded.values().sum();
    assert_eq!(capture.tcp_segments + undecoded, frames, "{capture:?}");
    let count = |stats: &EndpointStats| stats.segments + stats.bad_checksums;
    let all = report
        .connections
        .iter()
        .map(|connection| &connection.stats);
    let counted: u64 = all
        .map(|stats| count(&stats.client) + count(&stats.server))
        .sum();
    // A SYN that may open the next connection counts in both.
    assert!(counted <= 2 * capture.tcp_segments, "{counted} {capture:?}");
    // What is said of limits is said where there was more than they allow.
    for reached in &capture.limits {
        assert!(reached.reached > 0, "{reached:?}");
    }
    let given_up = |name: &str| capture.limits.iter().any(|reached| reached.limit == name);
    if report.connections.len() <= limits.connections {
        assert!(
            !given_up("connections") || limits.half_open < 10_000,
            "{capture:?}"
        );
    }
}

fn settings(script: &Script) -> Settings {
    let bits = script.settings;
    Settings {
        profile: if bits & 1 == 0 {
            Profile::Rfc
        } else {
            Profile::Textbook
        },
        lossless: bits & 2 != 0,
        vantage: match bits >> 2 & 3 {
            0 => VantageChoice::Auto,
            1 => VantageChoice::Client,
            2 => VantageChoice::Server,
            _ => VantageChoice::Middle,
        },
        msl_ns: if bits & 16 == 0 {
            30 * NS_PER_S
        } else {
            NS_PER_S
        },
        ..Settings::default()
    }
}

fn limits(script: &Script) -> TableLimits {
    match script.settings >> 5 & 3 {
        0 => TableLimits::default(),
        1 => TableLimits {
            half_open: 1,
            lives: true,
            octets: 10_000,
            stretches: true,
            connections: 1,
            waiting: 1 << 16,
            closed_connections: 1,
            linger_ns: NS_PER_S,
            drawn: 16,
            drawn_octets: 4_000,
        },
        2 => TableLimits {
            half_open: 2,
            lives: true,
            octets: 100_000,
            stretches: true,
            connections: 3,
            waiting: 1 << 16,
            closed_connections: 1,
            linger_ns: 0,
            drawn: 40,
            drawn_octets: usize::MAX,
        },
        _ => TableLimits {
            half_open: 0,
            lives: false,
            octets: usize::MAX,
            stretches: true,
            connections: 2,
            waiting: 1 << 16,
            closed_connections: 2,
            linger_ns: i64::MAX,
            drawn: 0,
            drawn_octets: 0,
        },
    }
}

/// The script that says what a capture holds, as far as scripts can.
pub fn script_of(capture: &[u8]) -> Script {
    let mut script = Script::default();
    let Ok(mut reader) = CaptureReader::new(capture) else {
        return script;
    };
    let mut decoder = Decoder::default();
    let mut pairs: BTreeMap<(Socket, Socket), u8> = BTreeMap::new();
    let mut sent: Vec<(u8, bool)> = Vec::new();
    let mut latest: Option<Timestamp> = None;
    while let Ok(Some(frame)) = reader.next_frame() {
        let time = frame.time.or(latest).unwrap_or_default();
        let later_ns = latest.map_or(0, |latest| time.since(latest));
        // How the header stands in the frame is not kept by the decoder.
        let octets = frame.data;
        let (source, destination, what) = match decoder.decode(&frame, time) {
            Ok(Decoded::Segment(segment)) => {
                let what = What::Segment(wire::segment_of(&segment, octets));
                (segment.source, segment.destination, what)
            }
            Ok(Decoded::IcmpError(error)) => {
                let pair = pairs.get(&(error.source, error.destination));
                let back = pairs.get(&(error.destination, error.source));
                let Some((pair, back)) = pair
                    .map(|pair| (*pair, false))
                    .or(back.map(|pair| (*pair, true)))
                else {
                    continue;
                };
                let what = What::Icmp {
                    icmp_type: error.icmp_type,
                    code: error.code,
                    ago: 0,
                    mtu: u8::try_from(error.mtu.unwrap_or(0) / 16).unwrap_or(u8::MAX),
                };
                latest = Some(time);
                script.steps.push(Step {
                    pair,
                    back,
                    later_ns,
                    what,
                });
                continue;
            }
            _ => continue,
        };
        let back = pairs.contains_key(&(destination, source));
        let key = if back {
            (destination, source)
        } else {
            (source, destination)
        };
        let next = u8::try_from(pairs.len() % PAIRS).unwrap();
        let pair = *pairs.entry(key).or_insert(next);
        latest = Some(time);
        sent.push((pair, back));
        script.steps.push(Step {
            pair,
            back,
            later_ns,
            what,
        });
    }
    script
}

/// What of a segment was captured, as scripts write it.
fn snap(captured: Captured) -> u8 {
    match captured {
        Captured::Whole => 0,
        Captured::Header => 1,
        Captured::FixedHeader => 2,
        Captured::PartOfHeader => 3,
    }
}

/// The step's sender had sent this segment.
fn is_segment(step: &Step) -> Option<&Segment> {
    match &step.what {
        What::Segment(segment) => Some(segment),
        What::Icmp { .. } => None,
    }
}
