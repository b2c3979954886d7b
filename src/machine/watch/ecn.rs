//! What an end says and hears of congestion (RFC 3168, RFC 9768).

use super::Step;
use crate::machine::observe::Relative;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Ecn {}

impl Ecn {
    /// This end sends `step.segment`.
    pub fn sent(&mut self, _step: &Step<'_>, _notes: &mut Relative) {}

    /// A segment of the peer passes the monitor on its way to this end.
    pub fn passed(&mut self, _step: &Step<'_>) {}
}
