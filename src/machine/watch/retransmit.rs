//! What an end sent again, when, and after what.

use super::Step;
use crate::machine::observe::Relative;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Retransmit {}

impl Retransmit {
    /// This end sends `step.segment`.
    pub fn sent(&mut self, _step: &Step<'_>, _receipt: &super::receipt::Receipt, _notes: &mut Relative) {}

    /// A segment of the peer passes the monitor on its way to this end.
    pub fn passed(&mut self, _step: &Step<'_>) {}
}
