//! The main job: captures in, report out.

use std::io::Read;

use crate::report::model::Report;
use crate::settings::Settings;

/// Checks captures one after the other and puts the report together.
#[derive(Debug)]
pub struct Checker {
    settings: Settings,
}

impl Checker {
    /// A checker that has seen nothing yet.
    #[must_use]
    pub fn new(settings: Settings) -> Checker {
        Checker { settings }
    }

    /// Reads one capture to its end and judges its connections. What is wrong
    /// with the file becomes part of the report.
    pub fn check(&mut self, name: &str, source: Box<dyn Read + Send>) {
        let _ = (name, source, &self.settings);
    }

    /// Puts a file that could not even be opened into the report.
    pub fn unreadable(&mut self, name: &str, error: &str) {
        let _ = (name, error);
    }

    /// The report over all captures so far, exit status included.
    #[must_use]
    pub fn finish(self) -> Report {
        todo!()
    }
}
