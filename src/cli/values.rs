//! Values of options that are more than a word, as typed.

use std::path::PathBuf;

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
    match Format::by_ending(text) {
        Some(format) => named(format, text),
        None => Err(format!(
            "no format goes by this name; write FORMAT=FILE, or one of {}",
            Format::endings()
        )),
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
    use std::path::Path;

    use super::*;

    #[test]
    fn an_output_has_its_format_by_name_or_extension() {
        let path = |text| output(text).unwrap();
        assert_eq!(path("a.TXT").format, Format::Text);
        assert_eq!(path("a/b.json").format, Format::Json);
        assert_eq!(path("json=a.txt").format, Format::Json);
        assert_eq!(path("a.csv").format, Format::Csv);
        assert_eq!(path("csv=a").format, Format::Csv);
        assert_eq!(path("json=a.txt").path, Path::new("a.txt"));
        assert_eq!(path("x=y.json").path, Path::new("x=y.json"));
        for wrong in ["a", "a.xlsx", "xlsx=a.xlsx", "json=", "text=-", ""] {
            assert!(output(wrong).is_err(), "{wrong}");
        }
    }
}
