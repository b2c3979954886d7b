//! Mutators, a file a group of rules, and how they are tried.

mod at;
mod ca;
mod ec;
mod fl;
mod hs;
mod hs_more;
pub mod matrix;
mod op;
mod patterns;
pub mod real;
mod rs;
mod rs_more;
mod rt;
mod sq;
mod sq_more;
mod td;
mod tools;
pub mod trial;
mod tw;
mod wn;

use std::net::SocketAddr;

use crate::trace::Trace;
use crate::trace::dialogue::Plan;
use crate::trace::random::Random;
use tcpcheck::finding::Certainty;
use tcpcheck::settings::Settings;

/// Plants the fault of one rule.
#[derive(Clone, Copy)]
pub struct Mutator {
    /// Code of the rule.
    pub rule: &'static str,
    /// Case of the rule, where it has several.
    pub case: Option<&'static str>,
    /// What is done, in a few words for a table.
    pub what: &'static str,
    /// At least so sure must the rule be.
    pub certainty: Certainty,
    /// Sees to it that the dialogue has what the fault needs.
    pub prepare: fn(&mut Plan, &mut Random),
    /// Plants it; `None` where there is no suitable place.
    pub plant: fn(&mut Trace, &mut Random) -> Option<Planted>,
    /// Planted into captures of real stacks as well: it needs no dialogue of a certain kind.
    pub real: bool,
    /// Tried less often: its captures are large.
    pub rarely: bool,
    /// Settings that it needs.
    pub settings: fn(&mut Settings),
}

impl Mutator {
    const fn new(
        rule: &'static str,
        what: &'static str,
        certainty: Certainty,
        plant: fn(&mut Trace, &mut Random) -> Option<Planted>,
    ) -> Mutator {
        Mutator {
            rule,
            case: None,
            what,
            certainty,
            prepare: |_, _| (),
            plant,
            real: false,
            rarely: false,
            settings: |_| (),
        }
    }

    /// Also in captures of real stacks.
    const fn real(mut self) -> Mutator {
        self.real = true;
        self
    }

    /// Less often than others.
    const fn rarely(mut self) -> Mutator {
        self.rarely = true;
        self
    }

    /// Judged with these settings.
    const fn settings(mut self, settings: fn(&mut Settings)) -> Mutator {
        self.settings = settings;
        self
    }

    /// The fault of this case of the rule.
    const fn case(mut self, case: &'static str) -> Mutator {
        self.case = Some(case);
        self
    }

    /// In a dialogue that has what the fault needs.
    const fn prepare(mut self, prepare: fn(&mut Plan, &mut Random)) -> Mutator {
        self.prepare = prepare;
        self
    }
}

/// Where the fault was planted.
#[derive(Clone, Copy)]
pub struct Planted {
    /// Index of the segment that the rule should name; `None` where it may name any or none.
    pub packet: Option<usize>,
    /// Who committed it; `None` where the rule need not say.
    pub by: Option<SocketAddr>,
}

impl Planted {
    /// The sender of the segment at `packet` is to blame for it.
    pub fn at(trace: &Trace, packet: usize) -> Option<Planted> {
        Some(Planted {
            packet: Some(packet),
            by: Some(trace.packets[packet].source),
        })
    }

    /// `by` is to blame, for no single segment (it failed to send one).
    pub fn by(by: SocketAddr) -> Option<Planted> {
        Some(Planted {
            packet: None,
            by: Some(by),
        })
    }

    /// The finding names the segment at `packet`, and blames nobody in particular.
    pub fn named(packet: usize) -> Option<Planted> {
        Some(Planted {
            packet: Some(packet),
            by: None,
        })
    }

    /// Something about the connection as a whole.
    pub fn anywhere() -> Option<Planted> {
        Some(Planted {
            packet: None,
            by: None,
        })
    }
}

/// All mutators, a list a group.
pub const MUTATORS: &[&[Mutator]] = &[
    at::MUTATORS,
    ca::MUTATORS,
    ec::MUTATORS,
    fl::MUTATORS,
    hs::MUTATORS,
    hs_more::MUTATORS,
    op::MUTATORS,
    patterns::MUTATORS,
    rs::MUTATORS,
    rs_more::MUTATORS,
    rt::MUTATORS,
    sq::MUTATORS,
    sq_more::MUTATORS,
    td::MUTATORS,
    tw::MUTATORS,
    wn::MUTATORS,
];
