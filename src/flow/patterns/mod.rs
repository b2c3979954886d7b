//! Patterns over many connections: floods, scans, pile-ups, predictable numbers.
//!
//! Each pattern takes in attempts in any order and keeps bounded counts; what
//! it has to say is computed at the end of the capture. Counts add up
//! whatever the order, so the same capture always gives the same findings.

use super::attempt::Attempt;
use crate::finding::{Certainty, Numbers};
use crate::machine::surroundings::CaptureFacts;
use crate::segment::{Socket, Timestamp};
use crate::settings::Settings;

/// A statement about a host or service, over many connections.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PatternFinding {
    /// Code of the rule.
    pub code: &'static str,
    /// Which case of it.
    pub case: Option<&'static str>,
    /// The address that it is about; port 0 where it is about a host.
    pub subject: Socket,
    /// When it became true.
    pub time: Timestamp,
    /// Packets that show it.
    pub packets: Vec<u64>,
    /// In a sentence or two.
    pub message: String,
    /// What the RFC asks for.
    pub expected: Numbers,
    /// What was seen.
    pub observed: Numbers,
    /// How sure, where it differs from what the rule says of itself.
    pub certainty: Option<Certainty>,
    /// How many attempts it rests on that are not listed one by one.
    pub followers: u64,
}

/// All patterns of one capture.
#[derive(Debug, Default)]
pub struct Patterns {}

impl Patterns {
    /// Takes in one attempt that is over (or given up).
    pub fn add(&mut self, attempt: &Attempt) {
        let _ = attempt;
    }

    /// Whether `attempt` was part of a flood: then it is not listed as a
    /// connection. Asked after all attempts were added.
    #[must_use]
    pub fn is_flood(&self, attempt: &Attempt) -> bool {
        let _ = attempt;
        false
    }

    /// What there is to say at the end of the capture, in order of time.
    #[must_use]
    pub fn findings(&self, capture: &CaptureFacts, settings: &Settings) -> Vec<PatternFinding> {
        let _ = (capture, settings);
        Vec::new()
    }
}
