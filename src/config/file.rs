//! A configuration file, and what it asks for.

mod sheet;

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::Spanned;

use self::sheet::{Common, IgnoreSheet, PartSheet, SeverityWord, Sheet};
use super::codes;
use super::expect::{self, Expectation};
use super::paths::Pattern;
use super::read::Source;
use super::values;
use super::wishes::{Chosen, Ignored, Origin, Selected, Target, Wish, Wishes};
use crate::report::settled::OverrideReport;
use crate::rules::RULES;

/// A configuration file.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its name in messages and in the report.
    pub name: Arc<str>,
    /// The folder in which it lies: paths in it begin there.
    pub folder: PathBuf,
    wishes: Wishes,
    overrides: Vec<Override>,
    expectations: Vec<Expectation>,
}

/// Settings for some captures.
#[derive(Clone, Debug)]
struct Override {
    patterns: Vec<Pattern>,
    report: OverrideReport,
    wishes: Wishes,
}

/// The capture that is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Capture<'a> {
    /// Its path below the folder of the file, if it is there.
    pub below: Option<&'a Path>,
    /// Its name without folders.
    pub name: &'a Path,
}

impl Config {
    /// Reads a file. `name`: how it is called in messages.
    ///
    /// # Errors
    /// It cannot be read, or is not as it should be; the message says where.
    pub fn read(path: &Path, name: String) -> Result<Config, String> {
        let source = Source::read(path, name)?;
        let folder = path.parent().unwrap_or(path).to_owned();
        Config::of(&source, folder)
    }

    /// What a file asks for that lies in `folder`.
    ///
    /// # Errors
    /// See [`Config::read`].
    pub fn of(source: &Source, folder: PathBuf) -> Result<Config, String> {
        let name: Arc<str> = source.name.as_str().into();
        let reader = Reader { source, name };
        let sheet: Sheet = source.parse()?;
        let overrides = (sheet.overrides.into_iter()).map(|part| reader.part(part));
        let overrides = overrides.collect::<Result<_, String>>()?;
        let expectations = (sheet.expect.into_iter()).map(|one| expect::read(source, one));
        let expectations = expectations.collect::<Result<_, String>>()?;
        let wishes = Common {
            profile: sheet.profile,
            msl: sheet.msl,
            vantage: sheet.vantage,
            lossless: sheet.lossless,
            select: sheet.select,
            ignore: sheet.ignore,
            severity: sheet.severity,
            fail_on: sheet.fail_on,
            fail_certainty: sheet.fail_certainty,
            fail_on_withheld: sheet.fail_on_withheld,
            allow_truncated: sheet.allow_truncated,
            allow_no_tcp: sheet.allow_no_tcp,
        };
        Ok(Config {
            wishes: reader.wishes(wishes)?,
            name: reader.name,
            folder,
            overrides,
            expectations,
        })
    }

    /// What it asks for a capture, in the order in which that counts.
    pub fn wishes<'a>(&'a self, capture: Capture<'a>) -> impl Iterator<Item = &'a Wishes> {
        let parts = self.parts(capture).map(|part| &part.wishes);
        std::iter::once(&self.wishes).chain(parts)
    }

    /// The parts that are for a capture.
    #[must_use]
    pub fn overrides(&self, capture: Capture<'_>) -> Vec<OverrideReport> {
        let parts = self.parts(capture);
        parts.map(|part| part.report.clone()).collect()
    }

    /// What is expected of a capture.
    pub fn expectations<'a>(
        &'a self,
        capture: Capture<'a>,
    ) -> impl Iterator<Item = &'a Expectation> {
        let all = self.expectations.iter();
        all.filter(move |one| one.is_about(capture))
    }

    fn parts<'a>(&'a self, capture: Capture<'a>) -> impl Iterator<Item = &'a Override> {
        self.overrides.iter().filter(move |part| {
            let mut patterns = part.patterns.iter();
            patterns.any(|pattern| pattern.matches(capture.below, capture.name))
        })
    }
}

/// Understands what was written.
struct Reader<'a> {
    source: &'a Source,
    name: Arc<str>,
}

impl Reader<'_> {
    fn origin(&self, span: &Range<usize>) -> Origin {
        Origin::File {
            name: self.name.clone(),
            line: self.source.line(span),
        }
    }

    fn wish<T: Into<U>, U>(&self, written: Option<Spanned<T>>) -> Option<Wish<U>> {
        written.map(|written| Wish {
            origin: self.origin(&written.span()),
            value: written.into_inner().into(),
        })
    }

    fn part(&self, written: Spanned<PartSheet>) -> Result<Override, String> {
        let line = self.source.line(&written.span());
        let part = written.into_inner();
        let report = OverrideReport {
            paths: part.paths.iter().map(|p| p.get_ref().clone()).collect(),
            reason: self.reason(&part.reason)?,
            line,
        };
        let patterns = part.paths.iter().map(|text| pattern(self.source, text));
        Ok(Override {
            patterns: patterns.collect::<Result<_, String>>()?,
            report,
            wishes: self.wishes(Common {
                profile: part.profile,
                msl: part.msl,
                vantage: part.vantage,
                lossless: part.lossless,
                select: part.select,
                ignore: part.ignore,
                severity: part.severity,
                fail_on: part.fail_on,
                fail_certainty: part.fail_certainty,
                fail_on_withheld: part.fail_on_withheld,
                allow_truncated: part.allow_truncated,
                allow_no_tcp: part.allow_no_tcp,
            })?,
        })
    }

    fn wishes(&self, written: Common) -> Result<Wishes, String> {
        let select = match written.select {
            None => None,
            Some(select) => Some(Wish {
                origin: self.origin(&select.span()),
                value: self.selected(select.into_inner())?,
            }),
        };
        let ignore = written.ignore.into_iter().map(|one| self.ignored(one));
        let severities = (written.severity.into_iter()).map(|(target, word)| {
            let choice = word.into_inner();
            if matches!(choice, SeverityWord::Off) {
                let message = "a rule is switched off with a reason, under [[ignore]]";
                return Err(self.source.wrong(target.span(), message));
            }
            Ok(Chosen {
                target: self.target(&target)?,
                choice: choice.into(),
                origin: self.origin(&target.span()),
            })
        });
        Ok(Wishes {
            profile: self.wish(written.profile),
            msl_ns: self.wish(written.msl),
            vantage: self.wish(written.vantage),
            lossless: self.wish(written.lossless),
            select,
            ignore: ignore.collect::<Result<_, String>>()?,
            severities: severities.collect::<Result<_, String>>()?,
            fail_on: self.wish(written.fail_on),
            fail_certainty: self.wish(written.fail_certainty),
            fail_on_withheld: self.wish(written.fail_on_withheld),
            allow_truncated: self.wish(written.allow_truncated),
            allow_no_tcp: self.wish(written.allow_no_tcp),
        })
    }

    fn selected(&self, words: Vec<Spanned<String>>) -> Result<Selected, String> {
        let mut selected = Selected::default();
        for word in words {
            let one = codes::selected(&RULES, std::slice::from_ref(word.get_ref()))
                .map_err(|message| self.source.wrong(word.span(), &message))?;
            selected.words.extend(one.words);
            selected.codes.extend(one.codes);
            selected.named.extend(one.named);
        }
        Ok(selected)
    }

    fn ignored(&self, written: Spanned<IgnoreSheet>) -> Result<Ignored, String> {
        let origin = self.origin(&written.span());
        let ignore = written.into_inner();
        let mut rules = BTreeSet::new();
        for word in &ignore.rules {
            if word.get_ref().contains('/') {
                rules.insert(self.target(word)?);
            } else {
                let words = std::slice::from_ref(word.get_ref());
                let codes = codes::resolve(&RULES, words)
                    .map_err(|message| self.source.wrong(word.span(), &message))?;
                rules.extend(codes.into_iter().map(|code| (code, None)));
            }
        }
        Ok(Ignored {
            rules,
            reason: Some(self.reason(&ignore.reason)?),
            origin,
        })
    }

    fn target(&self, word: &Spanned<String>) -> Result<Target, String> {
        values::target(word.get_ref()).map_err(|message| self.source.wrong(word.span(), &message))
    }

    fn reason(&self, reason: &Spanned<String>) -> Result<String, String> {
        let words: Vec<&str> = reason.get_ref().split_whitespace().collect();
        match words.is_empty() {
            true => {
                Err((self.source).wrong(reason.span(), "a reason is needed, not an empty text"))
            }
            false => Ok(words.join(" ")),
        }
    }
}

/// A pattern of paths as it stands in the file.
pub(super) fn pattern(source: &Source, text: &Spanned<String>) -> Result<Pattern, String> {
    Pattern::new(text.get_ref()).map_err(|message| source.wrong(text.span(), &message))
}

#[cfg(test)]
mod tests;
