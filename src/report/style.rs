//! Colours. Written always; the stream takes them out where they don't belong.

use anstyle::{AnsiColor, Style};

use crate::finding::Severity;

/// Headings.
pub const HEAD: Style = Style::new().bold();
/// What matters less.
pub const FAINT: Style = Style::new().dimmed();
/// All is well.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// As it is.
pub const PLAIN: Style = Style::new();

/// Of a severity.
pub const fn of(severity: Severity) -> Style {
    match severity {
        Severity::Error => AnsiColor::Red.on_default().bold(),
        Severity::Warning => AnsiColor::Yellow.on_default().bold(),
        Severity::Notice => AnsiColor::Cyan.on_default(),
        Severity::Info => FAINT,
    }
}
