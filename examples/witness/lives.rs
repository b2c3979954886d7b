//! From the transitions that Linux shows to those of RFC 9293.
//!
//! What Linux does not show, or shows otherwise:
//! - a passive side shows SYN_RECV only when the third segment comes; the RFC's
//!   SYN-RECEIVED begins at the SYN;
//! - TIME_WAIT is never shown: after close(), FIN_WAIT2>CLOSE follows FIN_WAIT2
//!   within microseconds (a small socket takes over, in FIN-WAIT-2 still), else
//!   FIN_WAIT2>CLOSE and CLOSING>CLOSE are the entry to TIME-WAIT;
//! - close() changes the state at once, though the FIN may leave much later;
//! - an ACK and a FIN in one segment are two steps, where the RFC has one;
//! - connect() without bind() reports port 0, or the port of an earlier life;
//! - timers and crashes change a state without any packet.

use std::net::SocketAddr;

use crate::case::{Capture, Case, Transition};
use crate::wire::Frame;

/// How far a transition may be from its packet, in microseconds.
pub const TOLERANCE_US: i64 = 100;
/// A packet that makes a transition is captured before it; clocks agree this well.
const CLOCK_US: i64 = 12;
/// A RST of the own side may be this late.
const ABORT_US: i64 = 2_000;
/// An ACK that came this much earlier would have opened the connection, had it been taken.
const IGNORED_US: i64 = 1_000;

/// One socket from the beginning of a connection to its end.
pub struct Life {
    pub host: String,
    pub local: SocketAddr,
    pub remote: SocketAddr,
    pub start_us: i64,
    pub steps: Vec<Step>,
    /// It took the third segment only when it came again.
    pub ignored_acks: bool,
    /// The recording ended before it did.
    pub cut: bool,
    /// From the last step on, the system showed nothing more: TIME-WAIT and CLOSED may follow.
    pub open_end: bool,
}

/// One transition as RFC 9293 has it.
pub struct Step {
    /// Normally one; more after hidden steps.
    pub from: Vec<&'static str>,
    /// Normally one.
    pub to: Vec<&'static str>,
    /// When a row may stand, in microseconds; several where several packets may count.
    pub at_us: Vec<i64>,
    /// When Linux showed it.
    pub shown_us: i64,
    /// Why it cannot be seen on the wire.
    pub hidden: Option<&'static str>,
    /// A RST made it.
    pub reset: bool,
    /// As Linux names it.
    pub shown: String,
}

impl Life {
    /// The state at the end, so far as it was shown.
    pub fn last(&self) -> Option<&'static str> {
        self.steps.last().and_then(|step| step.to.first().copied())
    }

    /// Whether it was ever in a state.
    pub fn was_in(&self, state: &str) -> bool {
        self.steps.iter().any(|step| step.to.contains(&state))
    }

    /// Whether a RST ended it, sent or received.
    pub fn was_reset(&self) -> bool {
        self.steps.iter().any(|step| step.reset)
    }

    /// Adds a step; who cannot see a step still believes in the state before.
    fn push(&mut self, mut step: Step) {
        if let Some(before) = self.steps.last().filter(|step| step.hidden.is_some()) {
            step.from.extend(&before.from);
        }
        self.steps.push(step);
    }

    /// When it ended without a packet; what is inferred afterwards is nobody's fault.
    pub fn silent_since(&self) -> Option<i64> {
        let last = self.steps.last().filter(|step| step.is_silent_end());
        last.map(|step| step.shown_us)
    }

    /// States in which the endpoint was at some time near `at_us`.
    pub fn states_near(&self, at_us: i64) -> Vec<&'static str> {
        let mut states: Vec<&'static str> = Vec::new();
        let first = self.steps.first();
        let mut current = first.map_or(vec!["CLOSED"], |step| step.from.clone());
        if current.contains(&"LISTEN") {
            // SYN-RECEIVED begins unseen.
            current.push("SYN-RECEIVED");
        }
        for step in &self.steps {
            if at_us - TOLERANCE_US < step.times().max().unwrap_or(step.shown_us) {
                states.extend(&current);
            }
            if at_us + TOLERANCE_US < step.times().min().unwrap_or(step.shown_us) {
                return states;
            }
            current.clone_from(&step.to);
        }
        states.extend(current);
        if self.open_end {
            states.push("TIME-WAIT");
        }
        if states.contains(&"TIME-WAIT") || states.contains(&"LISTEN") {
            states.push("CLOSED");
        }
        states.sort_unstable();
        states.dedup();
        states
    }
}

/// All lives of all sockets of a case, in order.
pub fn of(case: &Case) -> Vec<Life> {
    let mut begun: Vec<(Vec<Transition>, i64)> = Vec::new();
    for transition in &case.transitions {
        if transition.old == transition.new || transition.remote.port() == 0 {
            continue;
        }
        let transition = with_real_port(case, transition);
        if transition.local.port() == 0 {
            continue;
        }
        let known = begun.iter_mut().rev().find(|(life, _)| {
            life.first().is_some_and(|first| {
                (&first.host, first.local, first.remote)
                    == (&transition.host, transition.local, transition.remote)
            })
        });
        let starts = matches!(transition.old.as_str(), "CLOSE" | "LISTEN");
        match known {
            Some((life, _)) if !starts => life.push(transition),
            Some((life, _)) => {
                let ended = life.last().map_or(i64::MIN, |last| last.at_us);
                begun.push((vec![transition], ended));
            }
            None => begun.push((vec![transition], i64::MIN)),
        }
    }
    let life = |(shown, after_us): (Vec<Transition>, i64)| life(case, &shown, after_us);
    begun.into_iter().filter_map(life).collect()
}

/// CLOSE>SYN_SENT with the port that the SYN then had.
fn with_real_port(case: &Case, transition: &Transition) -> Transition {
    let mut transition = transition.clone();
    let frames = case.capture_at(&transition.host).map(|c| &c.frames);
    if transition.new != "SYN_SENT" {
        return transition;
    }
    let syn = frames.into_iter().flatten().find(|frame| {
        frame.syn()
            && frame.source.ip() == transition.local.ip()
            && frame.target == transition.remote
            && within(
                frame.at_us,
                transition.at_us - CLOCK_US,
                transition.at_us + TOLERANCE_US,
            )
    });
    if let Some(syn) = syn {
        transition.local = syn.source;
    }
    transition
}

fn life(case: &Case, shown: &[Transition], after_us: i64) -> Option<Life> {
    let first = shown.first()?;
    let wire = Wire::new(case, first, after_us);
    let mut life = Life {
        host: first.host.clone(),
        local: first.local,
        remote: first.remote,
        start_us: first.at_us,
        steps: Vec::new(),
        ignored_acks: false,
        cut: case.recorded_until_us.is_some() && shown.last()?.new != "CLOSE",
        open_end: false,
    };
    if first.old == "SYN_SENT" {
        life.steps.push(opening_step(first, &wire));
    }
    for (at, transition) in shown.iter().enumerate() {
        if wire.is_takeover(transition) {
            life.open_end = true;
        } else if let Some(step) = step(transition, shown.get(at + 1), &wire) {
            life.ignored_acks |= step.hidden == Some(IGNORED);
            life.push(step);
        }
    }
    Some(life)
}

/// The beginning of a socket that was shown with port 0 then.
fn opening_step(next: &Transition, wire: &Wire) -> Step {
    let syn = wire.sent().find(|f| f.syn() && f.at_us > wire.after_us);
    Step {
        from: vec!["CLOSED"],
        to: vec!["SYN-SENT"],
        at_us: Vec::new(),
        shown_us: syn.map_or(next.at_us, |syn| syn.at_us),
        hidden: Some("shown with another port"),
        reset: false,
        shown: "CLOSE>SYN_SENT".to_owned(),
    }
}

const NO_PACKET: &str = "no packet";
const IGNORED: &str = "earlier ACKs were ignored: accept queue full";

/// The packets of one life at the host's own capture.
struct Wire<'a> {
    frames: Vec<&'a Frame>,
    local: SocketAddr,
    after_us: i64,
    has_capture: bool,
    overflowed: bool,
}

impl<'a> Wire<'a> {
    fn new(case: &'a Case, first: &Transition, after_us: i64) -> Wire<'a> {
        let capture = case.capture_at(&first.host);
        let ends = [first.local, first.remote];
        let of_pair = |capture: &'a Capture| {
            let frames = capture.frames.iter();
            frames.filter(move |f| ends.contains(&f.source) && ends.contains(&f.target))
        };
        Wire {
            frames: capture.into_iter().flat_map(of_pair).collect(),
            local: first.local,
            after_us,
            has_capture: capture.is_some(),
            overflowed: case.overflowed.contains(&first.local),
        }
    }

    fn sent(&self) -> impl Iterator<Item = &&'a Frame> {
        self.frames.iter().filter(|f| f.source == self.local)
    }

    fn received(&self) -> impl Iterator<Item = &&'a Frame> {
        self.frames.iter().filter(|f| f.source != self.local)
    }

    /// A received packet that may have made a transition at `at_us`.
    fn cause(&self, at_us: i64, fits: impl Fn(&Frame) -> bool) -> bool {
        self.received()
            .any(|f| fits(f) && within(f.at_us, at_us - TOLERANCE_US, at_us + CLOCK_US))
    }

    /// A sent packet that may be the effect of a transition at `at_us`.
    fn effect(&self, at_us: i64, fits: impl Fn(&Frame) -> bool) -> bool {
        self.sent()
            .any(|f| fits(f) && within(f.at_us, at_us - CLOCK_US, at_us + TOLERANCE_US))
    }

    /// When a RST passed that ended the connection at `at_us`.
    fn reset(&self, at_us: i64) -> Option<i64> {
        if self.cause(at_us, Frame::rst) {
            return Some(at_us);
        }
        let abort = at_us - TOLERANCE_US..=at_us + ABORT_US;
        let own = self.sent().find(|f| f.rst() && abort.contains(&f.at_us));
        own.map(|f| f.at_us)
    }

    /// It acknowledges a SYN of the own side, with all, part or none of its data.
    fn acks_syn(&self, frame: &Frame) -> bool {
        let mut syns = self.sent().filter(|f| f.syn());
        frame.has_ack()
            && syns.any(|syn| frame.ack.wrapping_sub(syn.seq.wrapping_add(1)) <= syn.len)
    }

    /// FIN_WAIT2>CLOSE without a packet: a small socket goes on in FIN-WAIT-2.
    fn is_takeover(&self, shown: &Transition) -> bool {
        let at = shown.at_us;
        (shown.old.as_str(), shown.new.as_str()) == ("FIN_WAIT2", "CLOSE")
            && !self.cause(at, Frame::fin)
            && !self.cause(at, Frame::rst)
            && !self.effect(at, Frame::rst)
    }

    fn ignored_ack(&self, at_us: i64) -> bool {
        let early = |f: &Frame| f.at_us > self.after_us && f.at_us < at_us - IGNORED_US;
        let mut acks = self
            .received()
            .filter(|f| f.has_ack() && !f.syn() && !f.rst());
        self.overflowed && acks.any(|f| early(f))
    }
}

fn step(shown: &Transition, next: Option<&Transition>, wire: &Wire) -> Option<Step> {
    let at = shown.at_us;
    let names = (shown.old.as_str(), shown.new.as_str());
    let reset = match names {
        // A RST of its own comes after the end here, and for another reason.
        ("LAST_ACK" | "CLOSING", "CLOSE") => wire.cause(at, Frame::rst).then_some(at),
        // RFC 9293, 3.10.7.3: here a RST counts only with an ACK of the SYN.
        ("SYN_SENT", "CLOSE") => wire
            .cause(at, |f| f.rst() && wire.acks_syn(f))
            .then_some(at),
        (_, "CLOSE") => wire.reset(at),
        _ => None,
    };
    let mut step = Step {
        from: vec![rfc_name(&shown.old)?],
        to: vec![rfc_name(&shown.new)?],
        at_us: vec![reset.unwrap_or(at)],
        shown_us: at,
        hidden: None,
        reset: reset.is_some(),
        shown: format!("{}>{}", shown.old, shown.new),
    };
    match names {
        ("CLOSE", "SYN_SENT") => step.needs(wire.effect(at, Frame::syn), "its SYN is not there"),
        ("LISTEN", "SYN_RECV") => {
            step.at_us = opening_times(wire, at);
            step.needs(!step.at_us.is_empty(), "the SYN is not there");
        }
        ("SYN_RECV", "ESTABLISHED") if wire.ignored_ack(at) => step.needs(false, IGNORED),
        (_, "FIN_WAIT1" | "LAST_ACK") => match fin_time(wire, at) {
            Some(left) if next.is_some_and(|next| next.at_us < left) => {
                step.needs(false, "the FIN left after the next transition");
            }
            Some(left) => step.at_us = vec![left],
            None => step.needs(false, "its FIN is not there"),
        },
        ("FIN_WAIT1", "FIN_WAIT2") if wire.cause(at, Frame::fin) => {
            step.needs(false, "ACK and FIN in one segment");
        }
        ("FIN_WAIT2", "CLOSE") if reset.is_none() => step.to = vec!["TIME-WAIT"],
        ("CLOSING", "CLOSE") if reset.is_none() => {
            step.to = vec!["TIME-WAIT"];
            step.needs(wire.cause(at, Frame::has_ack), NO_PACKET);
        }
        ("LAST_ACK", "CLOSE") => {
            let seen = step.reset || wire.cause(at, Frame::has_ack);
            step.needs(seen, NO_PACKET);
        }
        (_, "CLOSE") => {
            if names.0 == "SYN_RECV" {
                step.to.push("LISTEN");
            }
            step.needs(reset.is_some(), NO_PACKET);
        }
        _ => step.needs(wire.cause(at, |_| true), NO_PACKET),
    }
    if !wire.has_capture {
        step.hidden = Some("no capture at this host");
    }
    Some(step)
}

impl Step {
    /// When Linux showed it, and when it may be seen.
    pub fn times(&self) -> impl Iterator<Item = i64> {
        self.at_us.iter().copied().chain([self.shown_us])
    }

    /// An end without a packet: a timer, a crash, an ICMP error.
    pub fn is_silent_end(&self) -> bool {
        self.hidden == Some(NO_PACKET) && self.to.contains(&"CLOSED")
    }

    fn needs(&mut self, there: bool, otherwise: &'static str) {
        if !there {
            self.hidden = Some(otherwise);
        }
    }
}

/// SYNs and SYN-ACKs of a passive opening that was complete at `at_us`.
fn opening_times(wire: &Wire, at_us: i64) -> Vec<i64> {
    let frames = wire.frames.iter();
    frames
        .filter(|f| f.syn() && f.at_us > wire.after_us && f.at_us <= at_us + TOLERANCE_US)
        .map(|f| f.at_us)
        .collect()
}

/// When the FIN left that was asked for at `at_us`.
fn fin_time(wire: &Wire, at_us: i64) -> Option<i64> {
    let left = wire
        .sent()
        .find(|f| f.fin() && f.at_us >= at_us - CLOCK_US)?;
    Some(left.at_us)
}

fn within(value: i64, from: i64, to: i64) -> bool {
    (from..=to).contains(&value)
}

fn rfc_name(linux: &str) -> Option<&'static str> {
    Some(match linux {
        "CLOSE" => "CLOSED",
        "LISTEN" => "LISTEN",
        "SYN_SENT" => "SYN-SENT",
        "SYN_RECV" => "SYN-RECEIVED",
        "ESTABLISHED" => "ESTABLISHED",
        "FIN_WAIT1" => "FIN-WAIT-1",
        "FIN_WAIT2" => "FIN-WAIT-2",
        "CLOSE_WAIT" => "CLOSE-WAIT",
        "CLOSING" => "CLOSING",
        "LAST_ACK" => "LAST-ACK",
        "TIME_WAIT" => "TIME-WAIT",
        _ => return None,
    })
}
