//! Who is told of findings before the report is made.

use std::fmt;

use crate::finding::Finding;
use crate::report::model::ConnectionReport;

/// What is called with findings as they come, and with the connection that
/// they are about, if it is one; its `id` is not known yet.
pub struct Listener(Box<Told>);

type Told = dyn FnMut(Option<&ConnectionReport>, &[Finding]) + Send;

impl Listener {
    /// Calls `told`.
    pub fn new(
        told: impl FnMut(Option<&ConnectionReport>, &[Finding]) + Send + 'static,
    ) -> Listener {
        Listener(Box::new(told))
    }

    /// Tells of findings, if there are any.
    pub(super) fn tell(&mut self, connection: Option<&ConnectionReport>, findings: &[Finding]) {
        if !findings.is_empty() {
            (self.0)(connection, findings);
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}
