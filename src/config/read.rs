//! TOML files as people write them: what is wrong with one is said with line, column and,
//! where a word is unknown, the nearest known one.

use std::fs;
use std::ops::Range;
use std::path::Path;

use serde::de::DeserializeOwned;

use super::codes::nearest;

/// Octets of a file at the most: it is written by people.
const MAX_LEN: u64 = 16 * 1024 * 1024;

/// A file that was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// Its name in messages.
    pub name: String,
    /// What is in it.
    pub text: String,
}

impl Source {
    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read; the message names it.
    pub fn read(path: &Path, name: String) -> Result<Source, String> {
        let refused = |why: &dyn std::fmt::Display| format!("{name} cannot be read: {why}");
        let len = fs::metadata(path).map_err(|error| refused(&error))?.len();
        if len > MAX_LEN {
            return Err(refused(&"it is too long for a file of settings"));
        }
        let text = fs::read(path).map_err(|error| refused(&error))?;
        match String::from_utf8(text) {
            Ok(text) => Ok(Source { name, text }),
            Err(_) => Err(refused(&"it is not UTF-8 text")),
        }
    }

    /// What the file says.
    ///
    /// # Errors
    /// It is no TOML, or says something else than a `T`; the message names file, line and column.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, String> {
        toml::from_str(&self.text)
            .map_err(|error| self.wrong(error.span().unwrap_or_default(), &in_words(&error)))
    }

    /// A message about what stands at a place of the file.
    #[must_use]
    pub fn wrong(&self, span: Range<usize>, message: &str) -> String {
        let (line, column) = self.place(span.start);
        format!("{}:{line}:{column}: {message}", self.name)
    }

    /// The line of a place, from 1.
    #[must_use]
    pub fn line(&self, span: &Range<usize>) -> u64 {
        self.place(span.start).0
    }

    /// Line and column of an octet, from 1; columns are characters.
    fn place(&self, offset: usize) -> (u64, u64) {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        let line = before.bytes().filter(|octet| *octet == b'\n').count();
        let column = before.rsplit('\n').next().unwrap_or_default();
        (line as u64 + 1, column.chars().count() as u64 + 1)
    }
}

/// What the parser says, in the words of this program. Its own words for what is unknown hold all
/// that is known between grave accents.
fn in_words(error: &toml::de::Error) -> String {
    let message = error.message();
    let words: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let is = |beginning| message.starts_with(beginning);
    match words.as_slice() {
        [word, known @ ..] if is("unknown field") => {
            format!("unknown key '{word}'; {}", instead(word, known))
        }
        [word, known @ ..] if is("unknown variant") => {
            format!("'{word}' is not known here; {}", instead(word, known))
        }
        [word] if is("missing field") => format!("the key '{word}' is missing"),
        [word] if is("duplicate field") => format!("the key '{word}' stands twice"),
        _ => message.split('\n').collect::<Vec<_>>().join(", "),
    }
}

fn instead(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean '{near}'?"),
        None if known.is_empty() => "none is".to_owned(),
        None => format!("known are {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use toml::Spanned;

    use super::*;

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    #[expect(dead_code, reason = "only parsed")]
    struct Sheet {
        colour: Option<Spanned<Colour>>,
        line_width: Option<u8>,
        #[serde(default)]
        lists: Vec<Inner>,
    }

    #[derive(Deserialize, Debug)]
    #[serde(rename_all = "kebab-case")]
    enum Colour {
        Red,
        Green,
    }

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only parsed")]
    struct Inner {
        reason: String,
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let cases = [
            (
                "\n\n  color = 'red'",
                "3:3: unknown key 'color'; did you mean 'colour'?",
            ),
            (
                "xyz = 1",
                "1:1: unknown key 'xyz'; known are colour, line-width, lists",
            ),
            (
                "colour = 'grene'",
                "1:10: 'grene' is not known here; did you mean 'green'?",
            ),
            (
                "line-width = 300",
                "1:14: invalid value: integer `300`, expected u8",
            ),
            (
                "[[lists]]\nreason = 'é'\n[[lists]]\n",
                "3:1: the key 'reason' is missing",
            ),
            (
                "lists = [{ reason = 'é', raisin = 1 }]",
                "1:26: unknown key 'raisin'; did you mean 'reason'?",
            ),
            ("colour = 'red'\ncolour = 'green'", "2:1: duplicate key"),
            (
                "[[lists]]\nreason = 'é' ; x = 1",
                "2:14: unexpected key or value, expected newline, `#`",
            ),
        ];
        for (text, expected) in cases {
            let source = Source {
                name: "a.toml".to_owned(),
                text: text.to_owned(),
            };
            let message = source.parse::<Sheet>().unwrap_err();
            assert_eq!(message, format!("a.toml:{expected}"));
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.toml");
        let read = || Source::read(&path, "x.toml".to_owned());
        assert!(read().unwrap_err().starts_with("x.toml cannot be read: "));
        fs::write(&path, [0xff]).unwrap();
        assert_eq!(
            read().unwrap_err(),
            "x.toml cannot be read: it is not UTF-8 text"
        );
    }
}
