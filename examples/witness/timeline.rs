//! Agreement of timelines: what the system's TCP went through, and what was inferred.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::case::{Capture, Case, Poll};
use crate::lives::{Life, Step, TOLERANCE_US};
use crate::view::{Connection, Row, Run};

/// Polling takes up to this long after the time it notes, and may be that late.
const POLL_EARLY_US: i64 = 50_000;
const POLL_LATE_US: i64 = 10_000;
/// How far captures begin and end beside what they show, besides the delay.
pub const EDGE_US: i64 = 5_000;

/// Agreement so far.
#[derive(Default)]
pub struct Tally {
    timed: BTreeMap<String, Count>,
    polled: BTreeMap<String, Count>,
    sequences: BTreeMap<String, Count>,
    hidden: BTreeMap<&'static str, usize>,
    rows: Count,
    disagreements: Vec<String>,
    contradictions: Vec<String>,
    sequence_lines: Vec<String>,
}

#[derive(Default)]
struct Count {
    good: usize,
    all: usize,
}

impl Count {
    fn add(&mut self, good: bool) {
        self.good += usize::from(good);
        self.all += 1;
    }
}

impl Tally {
    /// Takes in one capture.
    pub fn add(&mut self, case: &Case, capture: &Capture, run: &Run, lives: &[Life]) {
        let owned = assign(run, lives);
        for (life, connection) in lives.iter().zip(&owned) {
            let here = capture.host.as_deref() == Some(life.host.as_str());
            if here {
                self.time_life(case, capture, run, life);
                if let Some(connection) = connection {
                    self.doubt_rows(capture, connection, life);
                }
            }
            self.compare_sequence(case, capture, *connection, life);
        }
        for poll in &case.polls {
            if capture.host.as_deref() == Some(poll.host.as_str()) {
                self.poll(case, capture, run, poll);
            }
        }
    }

    fn time_life(&mut self, case: &Case, capture: &Capture, run: &Run, life: &Life) {
        let rows: Vec<&Row> = rows_of_pair(run, life).collect();
        for step in &life.steps {
            if let Some(reason) = step.hidden {
                *self.hidden.entry(reason).or_default() += 1;
                continue;
            }
            let good = rows.iter().any(|row| matches(step, row));
            let vantage = vantage_name(case, capture);
            self.timed.entry(vantage).or_default().add(good);
            if !good {
                self.disagreements.push(format!(
                    "{}: {} {} {} at {} ({}): {}",
                    capture.file,
                    life.host,
                    life.local,
                    step.shown,
                    seconds(step.shown_us, capture),
                    step.to.join(" or "),
                    nearest(step, &rows, capture)
                ));
            }
        }
    }

    /// Rows of the connection that the life rules out.
    fn doubt_rows(&mut self, capture: &Capture, connection: &Connection, life: &Life) {
        if life.ignored_acks || life.cut {
            return;
        }
        for row in connection.rows_of(life.local) {
            let silent = life.silent_since().is_some_and(|end| row.at_us > end);
            if row.packet.is_none() || silent {
                continue;
            }
            let states = life.states_near(row.at_us);
            let good = states.contains(&row.to.as_str());
            self.rows.add(good);
            if !good {
                self.contradictions.push(format!(
                    "{}: packet {} {} {}>{} but the system was in {}",
                    capture.file,
                    row.packet.unwrap_or(0),
                    row.who,
                    row.from,
                    row.to,
                    states.join(" or ")
                ));
            }
        }
    }

    fn compare_sequence(
        &mut self,
        case: &Case,
        capture: &Capture,
        connection: Option<&Connection>,
        life: &Life,
    ) {
        let expected = expected_sequence(case, capture, life);
        if !expected.iter().any(|step| step.hidden.is_none()) {
            return;
        }
        let inferred: Vec<&str> = connection
            .map(|connection| sequence(connection, life))
            .unwrap_or_default();
        let good = fits(&expected, &inferred, life);
        let vantage = vantage_name(case, capture);
        self.sequences.entry(vantage).or_default().add(good);
        if !good {
            let shown: Vec<_> = expected.iter().map(|step| step.shown.as_str()).collect();
            self.sequence_lines.push(format!(
                "{}: {} {}: system {}; inferred {}",
                capture.file,
                life.host,
                life.local,
                shown.join(" "),
                inferred.join(">")
            ));
        }
    }

    fn poll(&mut self, case: &Case, capture: &Capture, run: &Run, poll: &Poll) {
        let state = match poll.state.as_str() {
            "SYN_RECV" => "SYN-RECEIVED",
            "TIME_WAIT" => "TIME-WAIT",
            _ => return,
        };
        let seen = capture.frames.iter().any(|frame| {
            let ends = [frame.source, frame.target];
            ends.contains(&poll.local)
                && ends.contains(&poll.remote)
                && near_poll(frame.at_us, poll)
        });
        if !seen {
            *self.hidden.entry("polled, but no packet near").or_default() += 1;
            return;
        }
        let connections = run.connections.iter();
        let mut rows = connections
            .filter(|connection| connection.joins(poll.local, poll.remote))
            .flat_map(|connection| connection.rows_of(poll.local));
        let good = rows.any(|row| row.to == state && near_poll(row.at_us, poll));
        let vantage = vantage_name(case, capture);
        self.polled.entry(vantage).or_default().add(good);
        if !good {
            self.disagreements.push(format!(
                "{}: {} {} polled in {} at {}: no such row",
                capture.file,
                poll.host,
                poll.local,
                poll.state,
                seconds(poll.at_us, capture)
            ));
        }
    }

    /// Prints it all.
    pub fn print(&self, list: bool, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "== 1. timelines")?;
        let tables = [
            ("at the host's own capture, within 100 us", &self.timed),
            ("SYN-RECEIVED and TIME-WAIT by polling", &self.polled),
            ("order of states, untimed", &self.sequences),
        ];
        for (title, counts) in tables {
            writeln!(out, "{title}:")?;
            for (vantage, count) in counts {
                writeln!(out, "  {vantage:<24} {}", share(count))?;
            }
        }
        writeln!(out, "rows not contradicted: {}", share(&self.rows))?;
        if list {
            writeln!(out, "not on the wire: {:?}", self.hidden)?;
        }
        print_lines("disagreements", &self.disagreements, out)?;
        print_lines("contradicted rows", &self.contradictions, out)?;
        print_lines("other sequences", &self.sequence_lines, out)
    }
}

/// The connection for each life: same ends, nearest in time, each given once.
pub fn assign<'a>(run: &'a Run, lives: &[Life]) -> Vec<Option<&'a Connection>> {
    let mut pairs = Vec::new();
    for (at, life) in lives.iter().enumerate() {
        for connection in &run.connections {
            if connection.joins(life.local, life.remote) {
                let distance = (connection.start_us - life.start_us).abs();
                pairs.push((distance, at, connection));
            }
        }
    }
    pairs.sort_by_key(|(distance, at, connection)| (*distance, *at, connection.id));
    let mut owned: Vec<Option<&Connection>> = lives.iter().map(|_| None).collect();
    let mut taken = Vec::new();
    for (_, at, connection) in pairs {
        let Some((life, slot)) = lives.get(at).zip(owned.get_mut(at)) else {
            continue;
        };
        let claim = (connection.id, life.local);
        if slot.is_none() && !taken.contains(&claim) {
            *slot = Some(connection);
            taken.push(claim);
        }
    }
    owned
}

fn rows_of_pair<'a>(run: &'a Run, life: &'a Life) -> impl Iterator<Item = &'a Row> {
    run.connections
        .iter()
        .filter(|connection| connection.joins(life.local, life.remote))
        .flat_map(|connection| connection.rows_of(life.local))
}

fn matches(step: &Step, row: &Row) -> bool {
    step.from.contains(&row.from.as_str())
        && step.to.contains(&row.to.as_str())
        && step
            .at_us
            .iter()
            .any(|at| (at - row.at_us).abs() <= TOLERANCE_US)
}

fn nearest(step: &Step, rows: &[&Row], capture: &Capture) -> String {
    let same = rows.iter().filter(|row| step.to.contains(&row.to.as_str()));
    let distance = |row: &&&Row| (row.at_us - step.shown_us).abs();
    let row = same
        .min_by_key(distance)
        .or_else(|| rows.iter().min_by_key(distance));
    row.map_or("no row at all".to_owned(), |row| {
        format!(
            "nearest {}>{} at {} (packet {:?})",
            row.from,
            row.to,
            seconds(row.at_us, capture),
            row.packet
        )
    })
}

/// The steps that this capture is long enough to show.
fn expected_sequence<'a>(case: &Case, capture: &Capture, life: &'a Life) -> Vec<&'a Step> {
    let slack = case.delay_us + EDGE_US;
    let times = || capture.frames.iter().map(|frame| frame.at_us);
    let (Some(first), Some(last)) = (times().min(), times().max()) else {
        return Vec::new();
    };
    let span = first - slack..=last + slack;
    let seen = |step: &&Step| step.times().any(|at| span.contains(&at));
    life.steps.iter().filter(seen).collect()
}

fn sequence<'a>(connection: &'a Connection, life: &Life) -> Vec<&'a str> {
    connection
        .rows_of(life.local)
        .map(|row| row.to.as_str())
        .collect()
}

/// Whether the inferred states are the expected ones; hidden steps may be left
/// out, and where the system fell silent, TIME-WAIT and CLOSED may follow.
fn fits(expected: &[&Step], inferred: &[&str], life: &Life) -> bool {
    let Some((step, later)) = expected.split_first() else {
        let after_time_wait = match inferred {
            ["TIME-WAIT", rest @ ..] if life.open_end => rest,
            all => all,
        };
        return life.cut || matches!(after_time_wait, [] | ["CLOSED"]);
    };
    if step.is_silent_end() || step.hidden.is_some() && fits(later, inferred, life) {
        return true;
    }
    match inferred.split_first() {
        Some((state, rest)) => step.to.contains(state) && fits(later, rest, life),
        None => false,
    }
}

fn near_poll(at_us: i64, poll: &Poll) -> bool {
    (poll.at_us - POLL_EARLY_US..=poll.at_us + POLL_LATE_US).contains(&at_us)
}

fn vantage_name(case: &Case, capture: &Capture) -> String {
    let kind = if case.kernel_side.is_some() {
        "scripted peer"
    } else {
        "two hosts"
    };
    format!("{kind}, {}", capture.vantage())
}

fn share(count: &Count) -> String {
    let percent = if count.all == 0 {
        100.0
    } else {
        count.good as f64 * 100.0 / count.all as f64
    };
    format!("{} of {} ({percent:.2} %)", count.good, count.all)
}

fn seconds(at_us: i64, capture: &Capture) -> String {
    let start = capture.frames.first().map_or(at_us, |frame| frame.at_us);
    format!("{:.6} s", (at_us - start) as f64 / 1e6)
}

/// A heading with a count, and the lines.
pub fn print_lines(title: &str, lines: &[String], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{title}: {}", lines.len())?;
    for line in lines {
        writeln!(out, "  {line}")?;
    }
    Ok(())
}
