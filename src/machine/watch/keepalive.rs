//! Keepalive probes of an end, and whether they were answered.

use super::Step;
use crate::machine::observe::Relative;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Keepalive {}

impl Keepalive {
    /// This end sends `step.segment`.
    pub fn sent(&mut self, _step: &Step<'_>, _notes: &mut Relative) {}

    /// A segment of the peer passes the monitor on its way to this end.
    pub fn passed(&mut self, _step: &Step<'_>) {}
}
