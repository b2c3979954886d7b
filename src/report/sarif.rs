//! The report as SARIF 2.1.0, for code scanning and the viewers of that format. A result is a
//! finding, an artifact a capture, a rule a rule of the catalogue that has findings, with its
//! explanation.
//!
//! Totals stand in the summary before anything is written, so that results are written as they are
//! read: no more than a block of them is ever in memory.

mod log;
mod result;
mod uri;

use std::io::{self, Write};

use self::log::Log;
use super::json;
use super::model::Report;

/// Objects and lists around the list of results: the log, its list of runs, the run.
const AROUND_RESULTS: usize = 3;

/// Writes the report.
///
/// # Errors
/// Those of `out`, and of the temporary file that holds a large report.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    json::broken(&Log::of(report), AROUND_RESULTS, out)
}

#[cfg(test)]
mod tests;
