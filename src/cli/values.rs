//! Values of options that are more than a word, as typed.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::args::Format;
pub use crate::config::values::{SeveritySpec, seconds, severity, vantage};

/// A file to write the report to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Output {
    /// How.
    pub format: Format,
    /// Where.
    pub path: PathBuf,
}

/// Parses `[FORMAT=]FILE`.
pub fn output(text: &str) -> Result<Output, String> {
    if let Some((format, path)) = text.split_once('=')
        && let Ok(format) = Format::from_str(format, false)
    {
        return named(format, path);
    }
    let extension = Path::new(text).extension().and_then(OsStr::to_str);
    match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("txt") => named(Format::Text, text),
        Some("json") => named(Format::Json, text),
        _ => Err("no format goes by this name; write text=FILE or json=FILE".to_owned()),
    }
}

fn named(format: Format, path: &str) -> Result<Output, String> {
    if path.is_empty() {
        return Err("the file's name is missing".to_owned());
    }
    if path == "-" {
        return Err("standard output gets its report by --format".to_owned());
    }
    let path = PathBuf::from(path);
    Ok(Output { format, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_has_its_format_by_name_or_extension() {
        let path = |text| output(text).unwrap();
        assert_eq!(path("a.TXT").format, Format::Text);
        assert_eq!(path("a/b.json").format, Format::Json);
        assert_eq!(path("json=a.txt").format, Format::Json);
        assert_eq!(path("json=a.txt").path, Path::new("a.txt"));
        assert_eq!(path("x=y.json").path, Path::new("x=y.json"));
        for wrong in ["a", "a.csv", "csv=a.csv", "json=", "text=-", ""] {
            assert!(output(wrong).is_err(), "{wrong}");
        }
    }
}
