//! What an end reported by SACK (RFC 2018, RFC 2883).

use super::Step;
use crate::machine::observe::Relative;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Sack {}

impl Sack {
    /// This end sends `step.segment`.
    pub fn sent(&mut self, _step: &Step<'_>, _notes: &mut Relative) {}

    /// A segment of the peer passes the monitor on its way to this end.
    pub fn passed(&mut self, _step: &Step<'_>) {}
}
