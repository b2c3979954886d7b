//! Mutators, a file a group of rules, and how they are tried.

mod hs;
pub mod matrix;
pub mod trial;

use std::net::SocketAddr;

use crate::trace::Trace;
use crate::trace::dialogue::Plan;
use crate::trace::random::Random;
use tcpcheck::finding::Certainty;

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
}

/// Where the fault was planted.
pub struct Planted {
    /// Index of the segment that the rule should name; `None` for omissions.
    pub packet: Option<usize>,
    /// Who committed it; `None` where the rule names nobody.
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

    /// `by` failed to send something, or no single segment is at fault.
    #[allow(dead_code)]
    pub fn omission(by: SocketAddr) -> Option<Planted> {
        Some(Planted {
            packet: None,
            by: Some(by),
        })
    }
}

/// All mutators, a list a group.
pub const MUTATORS: &[&[Mutator]] = &[hs::MUTATORS];
