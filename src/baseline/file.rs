//! A baseline as a file: a line for each kind of finding, in order, so that people can read and
//! edit it and a version control system can join two.

use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::Baseline;
use crate::config::read::Source;
use crate::finding::Role;
use crate::report::fingerprint::Kind;

/// Goes up when older programs could not read it, or would take it for something else.
const VERSION: u32 = 1;

const HEAD: &str = "\
# Findings that were there before: `tcpcheck --baseline` reports them, but does not fail for them.
# `tcpcheck --write-baseline` writes this file anew; a line that is of no more use may be deleted.
";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sheet {
    version: Spanned<u32>,
    #[serde(default)]
    findings: Vec<Spanned<Line>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    capture: String,
    rule: String,
    case: Option<String>,
    endpoint: Option<RoleWord>,
    port: Option<u16>,
    count: u64,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RoleWord {
    Client,
    Server,
}

impl Baseline {
    /// Reads a baseline. `name`: how the file is called in messages.
    ///
    /// # Errors
    /// It cannot be read, or is none; the message says where.
    pub fn read(path: &Path, name: String) -> Result<Baseline, String> {
        Baseline::of(&Source::read(path, name)?)
    }

    pub(super) fn of(source: &Source) -> Result<Baseline, String> {
        let sheet: Sheet = source.parse()?;
        if *sheet.version.get_ref() != VERSION {
            let message = format!(
                "this is a baseline of version {}; this program reads version {VERSION}",
                sheet.version.get_ref()
            );
            return Err(source.wrong(sheet.version.span(), &message));
        }
        let mut baseline = Baseline::default();
        for line in sheet.findings {
            let span = line.span();
            let line = line.into_inner();
            let kind = Kind {
                capture: line.capture,
                rule: line.rule,
                case: line.case,
                endpoint: line.endpoint.map(|word| match word {
                    RoleWord::Client => Role::Client,
                    RoleWord::Server => Role::Server,
                }),
                port: line.port,
            };
            if baseline.0.insert(kind, line.count).is_some() {
                let message = "this kind of finding stands twice; keep one line of them";
                return Err(source.wrong(span, message));
            }
        }
        Ok(baseline)
    }

    /// As it is written.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{HEAD}version = {VERSION}\nfindings = [\n");
        for (kind, count) in &self.0 {
            let Kind {
                capture,
                rule,
                case,
                endpoint,
                port,
            } = kind;
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "  {{ capture = {}, rule = {}",
                quoted(capture),
                quoted(rule)
            );
            if let Some(case) = case {
                let _ = write!(text, ", case = {}", quoted(case));
            }
            if let Some(role) = endpoint {
                let _ = write!(text, ", endpoint = {}", quoted(role.as_str()));
            }
            if let Some(port) = port {
                let _ = write!(text, ", port = {port}");
            }
            let _ = writeln!(text, ", count = {count} }},");
        }
        text.push_str("]\n");
        text
    }

    /// How many findings stand in it.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.values().sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A basic string of TOML. What a terminal could take for a command is written by its number.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            _ if crate::report::clean::is_unsafe(character) => {
                let _ = write!(quoted, "\\U{:08X}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}
