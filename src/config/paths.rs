//! Patterns of capture paths, as in `.gitignore`: one without a slash is about the file's name in
//! whatever folder, one with a slash about the path below the folder of the configuration file.

use std::path::Path;

use globset::{GlobBuilder, GlobMatcher};

/// A pattern.
#[derive(Clone, Debug)]
pub struct Pattern {
    matcher: GlobMatcher,
    by_name: bool,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.by_name == other.by_name && self.matcher.glob() == other.matcher.glob()
    }
}

impl Eq for Pattern {}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// It is none, for the reason that the message gives.
    pub fn new(text: &str) -> Result<Pattern, String> {
        let text = text.strip_prefix("./").unwrap_or(text);
        let (by_name, text) = match text.strip_prefix('/') {
            Some(rest) => (false, rest),
            None => (!text.contains('/'), text),
        };
        // A folder stands for all that is in it.
        let whole = match text.strip_suffix('/') {
            Some(folder) => format!("{folder}/**"),
            None => text.to_owned(),
        };
        let glob = GlobBuilder::new(&whole).literal_separator(true).build();
        let glob = glob.map_err(|error| format!("this is no pattern: {}", error.kind()))?;
        Ok(Pattern {
            matcher: glob.compile_matcher(),
            by_name,
        })
    }

    /// Whether it matches a capture. `below`: its path below the folder of the configuration file,
    /// if it is there; `name`: its name without folders.
    #[must_use]
    pub fn matches(&self, below: Option<&Path>, name: &Path) -> bool {
        if self.by_name {
            return self.matcher.is_match(name);
        }
        below.is_some_and(|below| self.matcher.is_match(below))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_about_a_name_or_a_path() {
        let matches = |pattern: &str, path: &str| {
            let name = Path::new(path).file_name().unwrap();
            let pattern = Pattern::new(pattern).unwrap();
            pattern.matches(Some(Path::new(path)), Path::new(name))
        };
        assert!(matches("*.pcap", "a.pcap") && matches("*.pcap", "x/y/a.pcap"));
        assert!(matches("/*.pcap", "a.pcap") && !matches("/*.pcap", "x/a.pcap"));
        assert!(matches("./x/*.pcap", "x/a.pcap") && !matches("x/*.pcap", "x/y/a.pcap"));
        assert!(matches("x/**", "x/y/a.pcap") && matches("x/", "x/y/a.pcap"));
        assert!(matches("**/y/*", "x/y/a.pcap") && !matches("y/*", "x/y/a.pcap"));
        assert!(matches("-", "-") && matches("{a,b}.pcap", "b.pcap"));
        assert!(!matches("*.PCAP", "a.pcap"));
        assert!(Pattern::new("a[").is_err());
        // Outside of the folder only names count.
        let outside = |pattern: &str| {
            let pattern = Pattern::new(pattern).unwrap();
            pattern.matches(None, Path::new("a.pcap"))
        };
        assert!(outside("a.*") && !outside("**/a.*"));
    }
}
