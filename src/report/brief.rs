//! A connection in a row of a table.

use super::model::{Closing, ConnectionReport, Opening, PerRole};
use crate::finding::{CaptureName, Certainty, Severity};
use crate::machine::state::State;
use crate::segment::Socket;
use crate::tunnel::Tunnel;

/// How bad what is said of a connection is: how many errors, warnings and notices. Infos do not
/// count.
pub type Badness = (u64, u64, u64);

/// The findings of one connection, counted.
#[derive(Clone, Copy, Default, Debug)]
pub struct Tally {
    by_severity: [u64; 4],
}

impl Tally {
    /// Counts one.
    pub const fn add(&mut self, severity: Severity) {
        let [infos, notices, warnings, errors] = &mut self.by_severity;
        *match severity {
            Severity::Info => infos,
            Severity::Notice => notices,
            Severity::Warning => warnings,
            Severity::Error => errors,
        } += 1;
    }

    /// By which connections are put in order, the worst first.
    #[must_use]
    pub const fn badness(self) -> Badness {
        let [_, notices, warnings, errors] = self.by_severity;
        (errors, warnings, notices)
    }

    /// Whether there is an error or a warning.
    #[must_use]
    pub const fn is_bad(self) -> bool {
        let [_, _, warnings, errors] = self.by_severity;
        warnings + errors > 0
    }
}

/// A finding that is only counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Said {
    /// By which rule.
    pub rule: &'static str,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub certainty: Certainty,
}

/// What a row says of a connection; each field as in [`ConnectionReport`]. `C` is a name of a
/// capture or the number that stands for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Brief<C = CaptureName> {
    /// Given when the report is read.
    pub id: u64,
    /// File with its first packet.
    pub capture: C,
    /// Who opened.
    pub client: Socket,
    /// To whom.
    pub server: Socket,
    /// The tunnels around it.
    pub tunnels: Vec<Tunnel>,
    /// There are some that are not kept by name.
    pub unnamed_tunnels: bool,
    /// Frame number of its first packet.
    pub first_packet: u64,
    /// How it was opened.
    pub opening: Opening,
    /// How it was closed.
    pub closing: Closing,
    /// Both ends' states at the end.
    pub final_state: PerRole<Option<State>>,
    /// Findings that are neither told nor named where only rows are wanted.
    pub said: Vec<Said>,
}

impl<C> Brief<C> {
    /// The same, of the capture by that name or number.
    pub fn in_capture<D>(self, capture: D) -> Brief<D> {
        Brief {
            id: self.id,
            capture,
            client: self.client,
            server: self.server,
            tunnels: self.tunnels,
            unnamed_tunnels: self.unnamed_tunnels,
            first_packet: self.first_packet,
            opening: self.opening,
            closing: self.closing,
            final_state: self.final_state,
            said: self.said,
        }
    }

    /// What is said of it, counted.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        self.said.iter().for_each(|said| tally.add(said.severity));
        tally
    }
}

impl<C: Clone> From<&ConnectionReport<C>> for Brief<C> {
    fn from(entry: &ConnectionReport<C>) -> Brief<C> {
        Brief {
            id: entry.id,
            capture: entry.capture.clone(),
            client: entry.client,
            server: entry.server,
            tunnels: entry.tunnels.clone(),
            unnamed_tunnels: entry.undetermined.contains_key("tunnels"),
            first_packet: entry.first_packet,
            opening: entry.opening,
            closing: entry.closing,
            final_state: entry.final_state.clone(),
            said: Vec::new(),
        }
    }
}
