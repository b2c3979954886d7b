//! That less is shown than there is.

use std::io;

use crate::report::model::Report;
use crate::report::page::Page;
use crate::report::{style, words};

/// Says by what the report is narrowed, and how much is left of it.
pub fn write(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let Some(narrowed) = &report.narrowed else {
        return Ok(());
    };
    let part = |shown: u64, hidden: u64, thing: &str| {
        let all = words::count(shown.saturating_add(hidden), thing);
        format!("{} of {all}", words::number(shown))
    };
    let connections = part(
        narrowed.connections_shown,
        narrowed.connections_hidden,
        "connection",
    );
    let findings = part(narrowed.findings_shown, narrowed.findings_hidden, "finding");
    page.blank()?;
    let text =
        format!("{connections}, {findings}. The verdict and all counts are about everything.");
    let lead = format!("Shown by {}: ", narrowed.by);
    page.heading(style::HEAD, &format!("{lead}{text}"))
}
