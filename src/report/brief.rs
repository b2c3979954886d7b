//! A connection in a row of a table.

use super::archive::codec::fields;
use super::model::{Closing, ConnectionReport, Opening, PerRole};
use crate::finding::{CaptureName, Certainty, Severity};
use crate::machine::state::State;
use crate::segment::Socket;
use crate::tunnel::Tunnel;

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
    /// Given as it is read.
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

fields! {
    // A number is put as the name for which it stands.
    Brief<C> {
        id, capture, client, server, tunnels, unnamed_tunnels, first_packet, opening, closing,
        final_state, said,
    }
    Said { rule, severity, certainty }
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
