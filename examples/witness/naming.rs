//! What opening and closing were called, against what the system went through
//! and against the other vantage points.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::net::SocketAddr;

use crate::case::{Capture, Case};
use crate::lives::Life;
use crate::timeline::{EDGE_US, assign, print_lines};
use crate::view::{Connection, Run};
use crate::wire::Frame;

/// Connections at two vantage points are one if they begin this close.
const SAME_US: i64 = 300_000;

/// Names so far.
#[derive(Default)]
pub struct Tally {
    table: BTreeMap<String, usize>,
    vantages: BTreeMap<(String, String), usize>,
    checked: usize,
    undetermined: usize,
    mismatches: Vec<String>,
    contradictions: Vec<String>,
}

/// Name of a field, and what is said there.
type Said = Vec<(&'static str, String)>;
/// Name of a field, and what may be said there; nothing where nothing is known.
type Expected = Vec<(&'static str, Vec<String>)>;

impl Tally {
    /// Takes in a case with all its captures.
    pub fn add(&mut self, case: &Case, runs: &[Run], lives: &[Life]) {
        if case.kernel_side.is_some() {
            return;
        }
        let mut views = Vec::new();
        for (capture, run) in case.captures.iter().zip(runs) {
            let owned = assign(run, lives);
            let mut view = Vec::new();
            for connection in &run.connections {
                let all = lives.iter().zip(&owned);
                let mine = all.filter(|(_, c)| c.is_some_and(|c| c.id == connection.id));
                let mine: Vec<&Life> = mine.map(|(life, _)| life).collect();
                let of = |who| mine.iter().copied().find(|life| life.local == who);
                let ends = Ends {
                    client: of(connection.client),
                    server: of(connection.server),
                };
                let expected = expected(case, capture, connection, &ends);
                self.one(case, capture, connection, &expected);
                view.push((connection, expected));
            }
            views.push((capture, view));
        }
        if let Some((first, others)) = views.split_first() {
            for other in others {
                self.compare_vantages(first, other);
            }
        }
    }

    fn one(
        &mut self,
        case: &Case,
        capture: &Capture,
        connection: &Connection,
        expected: &Expected,
    ) {
        let vantage = capture.vantage().to_owned();
        let key = (vantage, connection.vantage.clone());
        *self.vantages.entry(key).or_default() += 1;
        let said = said(connection);
        let values: Vec<_> = said.iter().map(|(_, value)| value.as_str()).collect();
        let short = values
            .join(" ")
            .replace(&connection.client.to_string(), "client");
        let short = short.replace(&connection.server.to_string(), "server");
        let line = format!("{:<36} {:<8} {short}", case.name, capture.vantage());
        *self.table.entry(line).or_default() += 1;
        for ((name, value), (_, allowed)) in said.iter().zip(expected) {
            self.checked += 1;
            if is_undetermined(connection, name) || value == "undetermined" {
                self.undetermined += 1;
            } else if !allowed.is_empty() && !allowed.contains(value) {
                self.mismatches.push(format!(
                    "{}: connection {} {} > {}: {name} is {value}, expected {}",
                    capture.file,
                    connection.id,
                    connection.client,
                    connection.server,
                    allowed.join(" or ")
                ));
            }
        }
    }

    fn compare_vantages(&mut self, (here, ours): &View, (there, theirs): &View) {
        for (connection, expected) in ours {
            let distance = |twin: &Connection| (connection.start_us - twin.start_us).abs();
            let twins = theirs.iter().filter(|(twin, _)| {
                connection.joins(twin.client, twin.server) && distance(twin) <= SAME_US
            });
            let Some((twin, also)) = twins.min_by_key(|(twin, _)| distance(twin)) else {
                continue;
            };
            let fields = said(connection).into_iter().zip(said(twin));
            for ((name, one), (_, two)) in fields {
                let unsure = [connection, twin].iter().any(|c| is_undetermined(c, name))
                    || one == "undetermined"
                    || two == "undetermined";
                // Where loss between the two explains it, both are right.
                let both_right = allows(expected, name, &one) && allows(also, name, &two);
                if one != two && !unsure && !both_right {
                    self.contradictions.push(format!(
                        "{} and {}: {} > {}: {name} is {one} and {two}",
                        here.file, there.file, connection.client, connection.server
                    ));
                }
            }
        }
    }

    /// Prints it all.
    pub fn print(&self, list: bool, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "\n== 3. names")?;
        writeln!(
            out,
            "case, vantage, opening, closing, opened_by, closed_by, reset_by, final states"
        )?;
        for (line, count) in &self.table {
            if list || *count < 100 {
                writeln!(out, "  {count:>5} x {line}")?;
            }
        }
        writeln!(out, "taken at, reported vantage: {:?}", self.vantages)?;
        writeln!(
            out,
            "{} values compared, {} undetermined",
            self.checked, self.undetermined
        )?;
        print_lines("not as the system went", &self.mismatches, out)?;
        print_lines(
            "vantage points contradict each other",
            &self.contradictions,
            out,
        )
    }
}

/// A capture, with its connections and what may be said of them.
type View<'a> = (&'a Capture, Vec<(&'a Connection, Expected)>);

fn allows(expected: &Expected, name: &str, value: &String) -> bool {
    expected
        .iter()
        .any(|(field, allowed)| *field == name && allowed.contains(value))
}

/// What may be said of a connection; nothing where nothing is known of its ends.
fn expected(case: &Case, capture: &Capture, connection: &Connection, ends: &Ends) -> Expected {
    if ends.both().count() == 0 || ends.both().any(|life| life.cut) {
        return Vec::new();
    }
    Exchange::new(case, capture, connection, ends).expected()
}

/// The recorded lives of both ends, where there are any.
struct Ends<'a> {
    client: Option<&'a Life>,
    server: Option<&'a Life>,
}

impl<'a> Ends<'a> {
    fn both(&self) -> impl Iterator<Item = &'a Life> {
        self.client.into_iter().chain(self.server)
    }
}

/// A connection as this capture shows it, with what the ends went through.
struct Exchange<'a> {
    connection: &'a Connection,
    ends: &'a Ends<'a>,
    /// Forged ones left out.
    frames: Vec<&'a Frame>,
    /// With the forged ones.
    resetters: BTreeSet<String>,
    last_us: i64,
}

impl<'a> Exchange<'a> {
    fn new(
        case: &'a Case,
        capture: &'a Capture,
        connection: &'a Connection,
        ends: &'a Ends<'a>,
    ) -> Exchange<'a> {
        let numbers = connection.first_packet..=connection.last_packet;
        let all = || {
            let of_pair =
                |f: &&Frame| numbers.contains(&f.number) && connection.joins(f.source, f.target);
            capture.frames.iter().filter(of_pair)
        };
        let last_us = capture.frames.iter().map(|f| f.at_us).max().unwrap_or(0);
        Exchange {
            connection,
            ends,
            resetters: all()
                .filter(|f| f.rst())
                .map(|f| f.source.to_string())
                .collect(),
            frames: all()
                .filter(|f| !case.is_forged(&capture.file, f.number))
                .collect(),
            last_us: last_us + case.delay_us + EDGE_US,
        }
    }

    /// What may be said, in the order of `said`; empty where nothing is known.
    fn expected(&self) -> Expected {
        let opening = self.opening();
        let closing = self.closing(opening);
        let texts = |values: &[&str]| values.iter().map(|v| (*v).to_owned()).collect();
        vec![
            ("opening", texts(opening)),
            ("closing", texts(closing)),
            ("opened_by", self.opened_by(opening)),
            ("closed_by", self.closed_by(closing)),
            ("reset_by", self.reset_by(closing)),
            ("final_state", self.final_states(closing)),
        ]
    }

    fn opening(&self) -> &'static [&'static str] {
        let syn = self.frames.iter().find(|f| f.syn() && !f.has_ack());
        let syn_ack = self.frames.iter().find(|f| f.syn() && f.has_ack());
        let Some(syn) = syn else {
            return if syn_ack.is_some() {
                &[]
            } else {
                &["mid-stream"]
            };
        };
        let crossed = |life: &Life| life.was_in("SYN-SENT") && life.was_in("SYN-RECEIVED");
        if self.ends.both().any(crossed) {
            return &["simultaneous"];
        }
        let Some(syn_ack) = syn_ack else {
            let refused = self.frames.iter().any(|f| f.rst());
            return if refused {
                &["refused"]
            } else {
                &["unanswered"]
            };
        };
        let mut answers = self.frames.iter().filter(|f| f.source == syn.source);
        if !answers.any(|f| f.has_ack() && !f.syn() && !f.rst()) {
            return &["incomplete"];
        }
        if syn_ack.ack.wrapping_sub(syn.seq) > 1 {
            &["fast-open"]
        } else {
            &["three-way"]
        }
    }

    fn closing(&self, opening: &[&str]) -> &'static [&'static str] {
        if matches!(opening, ["refused"]) {
            return &["none", "reset"];
        }
        let lives: Vec<&Life> = self.ends.both().collect();
        let ended = |life: &&Life| life.steps.iter().all(|s| s.shown_us <= self.last_us);
        if !lives.iter().all(ended) {
            let ends = self.frames.iter().any(|f| f.fin() || f.rst());
            return if ends { &[] } else { &["none"] };
        }
        if lives.iter().all(|life| life.was_in("CLOSING")) {
            return &["simultaneous"];
        }
        if lives.iter().any(|life| life.was_reset()) {
            return &["reset"];
        }
        if lives.iter().any(|life| life.was_in("LAST-ACK")) {
            return self.segments_of_close();
        }
        if lives.iter().any(|life| life.last() == Some("CLOSE-WAIT")) {
            return &["half-closed"];
        }
        if self.frames.iter().any(|f| f.fin() || f.rst()) {
            return &[];
        }
        &["none"]
    }

    /// Three or four segments, told by the first answer to the first FIN.
    fn segments_of_close(&self) -> &'static [&'static str] {
        let Some(first) = self.frames.iter().find(|f| f.fin()) else {
            return &[];
        };
        let acks = |of: &Frame, by: &Frame| {
            let wanted = of.fin_seq().map(|seq| seq.wrapping_add(1));
            by.source != of.source && by.has_ack() && !by.rst() && Some(by.ack) == wanted
        };
        let second = self
            .frames
            .iter()
            .find(|f| f.fin() && f.source != first.source);
        let answer = self.frames.iter().find(|f| acks(first, f));
        let (Some(second), Some(answer)) = (second, answer) else {
            return &[];
        };
        match (self.frames.iter().any(|f| acks(second, f)), answer.fin()) {
            (false, _) => &["unfinished"],
            (true, true) => &["three-way"],
            (true, false) => &["four-way"],
        }
    }

    fn opened_by(&self, opening: &[&str]) -> Vec<String> {
        match opening {
            ["simultaneous"] => vec!["both".to_owned()],
            ["mid-stream"] => vec!["-".to_owned()],
            [] => Vec::new(),
            _ => vec![self.connection.client.to_string()],
        }
    }

    fn closed_by(&self, closing: &[&str]) -> Vec<String> {
        if matches!(closing, ["simultaneous"]) {
            return vec!["both".to_owned()];
        }
        let closers = self.ends.both().filter(|life| life.was_in("FIN-WAIT-1"));
        let by: Vec<_> = closers
            .filter(|life| {
                self.frames
                    .iter()
                    .any(|f| f.fin() && f.source == life.local)
            })
            .map(|life| life.local.to_string())
            .collect();
        if !by.is_empty() {
            let crossed = (by.len() > 1).then(|| "both".to_owned());
            return by.into_iter().chain(crossed).collect();
        }
        if self.frames.iter().any(|f| f.fin()) {
            return Vec::new();
        }
        let mut nobody = vec!["-".to_owned()];
        nobody.extend(self.resetters.iter().cloned());
        nobody
    }

    fn reset_by(&self, closing: &[&str]) -> Vec<String> {
        let mut by: Vec<_> = self.resetters.iter().cloned().collect();
        if by.len() > 1 {
            by.push("both".to_owned());
        }
        if !matches!(closing, ["reset"]) || by.is_empty() {
            by.push("-".to_owned());
        }
        by
    }

    fn final_states(&self, closing: &[&str]) -> Vec<String> {
        let [client, server] = [
            (self.ends.client, self.ends.server),
            (self.ends.server, self.ends.client),
        ]
        .map(|(life, other)| self.final_state(life, other, closing));
        let pairs = client
            .iter()
            .flat_map(|c| server.iter().map(move |s| (*c, *s)));
        pairs
            .map(|(client, server)| finals(self.connection, client, server))
            .collect()
    }

    fn final_state(
        &self,
        life: Option<&Life>,
        other: Option<&Life>,
        closing: &[&str],
    ) -> Vec<&'static str> {
        let Some(life) = life else {
            return Vec::new();
        };
        let seen = life.steps.iter().rev().find(|s| s.shown_us <= self.last_us);
        let last = seen.and_then(|step| step.to.first().copied());
        if matches!(closing, ["reset"]) && last != Some("TIME-WAIT") {
            return vec!["CLOSED", "LISTEN"];
        }
        let whole = life.steps.iter().all(|s| s.shown_us <= self.last_us);
        let waits = whole && life.open_end && other.is_some_and(|life| life.was_in("LAST-ACK"));
        if waits || last == Some("TIME-WAIT") {
            return vec!["TIME-WAIT", "CLOSED"];
        }
        // Nominally, what passed the monitor arrived.
        let acked = last == Some("LAST-ACK") && !matches!(closing, ["unfinished"]);
        let unseen = seen.filter(|step| step.hidden.is_some());
        let before = unseen.and_then(|step| step.from.first().copied());
        let others = acked.then_some("CLOSED").into_iter().chain(before);
        last.into_iter().chain(others).collect()
    }
}

fn said(connection: &Connection) -> Said {
    let party = |party: &Option<String>| match party.as_deref() {
        Some("client") => connection.client.to_string(),
        Some("server") => connection.server.to_string(),
        Some(other) => other.to_owned(),
        None => "-".to_owned(),
    };
    let state = |who: SocketAddr| connection.final_of(who).unwrap_or("-");
    vec![
        ("opening", connection.opening.clone()),
        ("closing", connection.closing.clone()),
        ("opened_by", party(&connection.opened_by)),
        ("closed_by", party(&connection.closed_by)),
        ("reset_by", party(&connection.reset_by)),
        (
            "final_state",
            finals(
                connection,
                state(connection.client),
                state(connection.server),
            ),
        ),
    ]
}

/// Final states in the order of addresses, so that vantage points compare.
fn finals(connection: &Connection, client: &str, server: &str) -> String {
    let mut ends = [(connection.client, client), (connection.server, server)];
    ends.sort();
    ends.map(|(who, state)| format!("{who}={state}")).join(",")
}

fn is_undetermined(connection: &Connection, name: &str) -> bool {
    connection.undetermined.contains(name)
}
