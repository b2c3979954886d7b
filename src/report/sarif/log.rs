//! What stands around the results.

use std::collections::HashMap;
use std::io;

use serde::ser::{Error as _, SerializeSeq};
use serde::{Serialize, Serializer};

use super::result::{Indices, SarifResult, level};
use super::uri;
use crate::report::clean;
use crate::report::explain;
use crate::report::flat::Ends;
use crate::report::model::{CaptureReport, Report, Summary};
use crate::rules::{self, Rule};

/// Where the schema is published.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// A log with one run.
#[derive(Serialize)]
pub struct Log<'r> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'r>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'r> {
    tool: Tool,
    invocations: [Invocation; 1],
    artifacts: Vec<Artifact<'r>>,
    results: Results<'r>,
    properties: Properties<'r>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    version: &'static str,
    semantic_version: &'static str,
    short_description: Text<&'static str>,
    rules: Vec<Descriptor>,
}

/// Plain text.
#[derive(Serialize)]
pub struct Text<T> {
    text: T,
}

impl Text<String> {
    /// A message. Braces stand for arguments in SARIF unless they are doubled (3.11.5), and viewers
    /// print to terminals, too.
    pub fn message(text: &str) -> Text<String> {
        Text {
            text: clean::line(text).replace('{', "{{").replace('}', "}}"),
        }
    }
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

/// A rule.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: &'static str,
    name: &'static str,
    short_description: Text<&'static str>,
    full_description: Text<&'static str>,
    help: Help,
    default_configuration: Configuration,
    properties: RuleProperties,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct RuleProperties {
    tags: [&'static str; 1],
    rfc: &'static [&'static str],
}

/// What the program did.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    exit_code: u8,
    tool_execution_notifications: Vec<Notification>,
}

/// What kept it from doing it as a whole.
#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Text<String>,
    locations: [Location; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Location {
    physical_location: Physical,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Physical {
    artifact_location: ArtifactLocation,
}

impl Physical {
    pub const fn of(artifact_location: ArtifactLocation) -> Physical {
        Physical { artifact_location }
    }
}

/// Where a capture is.
#[derive(Serialize)]
pub struct ArtifactLocation {
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
}

impl ArtifactLocation {
    pub fn of(path: &str, index: Option<usize>) -> ArtifactLocation {
        ArtifactLocation {
            // Standard input is nowhere.
            uri: (path != "-").then(|| uri::of(path)),
            index,
        }
    }
}

#[derive(Serialize)]
struct Artifact<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<ArtifactLocation>,
    description: Text<&'r str>,
    roles: [&'static str; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Properties<'r> {
    profile: &'static str,
    assumptions: &'r [&'static str],
    summary: &'r Summary,
}

impl Log<'_> {
    pub fn of(report: &Report) -> Log<'_> {
        let codes = report.summary.by_rule.keys();
        let used: Vec<&Rule> = codes.filter_map(|code| rules::find(code)).collect();
        let mut captures = HashMap::new();
        for (index, capture) in report.captures.iter().enumerate() {
            captures.entry(&*capture.path).or_insert(index);
        }
        let notifications = report.captures.iter().enumerate();
        let run = Run {
            tool: Tool {
                driver: Driver {
                    name: report.tool.name,
                    version: report.tool.version,
                    semantic_version: report.tool.version,
                    short_description: Text {
                        text: env!("CARGO_PKG_DESCRIPTION"),
                    },
                    rules: used.iter().map(|rule| descriptor(rule)).collect(),
                },
            },
            invocations: [Invocation {
                execution_successful: report.summary.exit_status < 2,
                exit_code: report.summary.exit_status,
                tool_execution_notifications: notifications
                    .flat_map(|(index, capture)| notify(report, capture, index))
                    .collect(),
            }],
            artifacts: report.captures.iter().map(artifact).collect(),
            results: Results {
                report,
                indices: Indices {
                    rules: (used.iter().map(|rule| rule.code)).zip(0..).collect(),
                    captures,
                },
            },
            properties: Properties {
                profile: report.profile,
                assumptions: &report.assumptions,
                summary: &report.summary,
            },
        };
        Log {
            schema: SCHEMA,
            version: "2.1.0",
            runs: [run],
        }
    }
}

fn descriptor(rule: &Rule) -> Descriptor {
    let markdown = explain::markdown(rule);
    Descriptor {
        id: rule.code,
        name: rule.name,
        short_description: Text { text: rule.title },
        full_description: Text {
            text: rule.text.what,
        },
        help: Help {
            text: format!("{} {}", rule.text.what, rule.text.why),
            markdown,
        },
        default_configuration: Configuration {
            level: level(rule.severity),
        },
        properties: RuleProperties {
            tags: [rule.group.title()],
            rfc: rule.rfc,
        },
    }
}

fn artifact(capture: &CaptureReport) -> Artifact<'_> {
    let is_stdin = &*capture.path == "-";
    Artifact {
        location: (!is_stdin).then(|| ArtifactLocation::of(&capture.path, None)),
        description: Text {
            text: match is_stdin {
                true => "standard input",
                false => capture.format.as_deref().unwrap_or("not recognised"),
            },
        },
        roles: ["analysisTarget"],
    }
}

fn notify(
    report: &Report,
    capture: &CaptureReport,
    index: usize,
) -> impl Iterator<Item = Notification> {
    let level = match report.was_stopped_by(capture) {
        true => "error",
        false => "note",
    };
    let errors = capture.error.iter().map(move |error| (level, error));
    let limits = capture.limits.iter().map(|limit| ("note", &limit.message));
    errors.chain(limits).map(move |(level, text)| Notification {
        level,
        message: Text::message(text),
        locations: [Location {
            physical_location: Physical::of(ArtifactLocation::of(&capture.path, Some(index))),
        }],
    })
}

/// The findings, read as they are written.
struct Results<'r> {
    report: &'r Report,
    indices: Indices<'r>,
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        // Kept as it is: a reader who has gone is told from a disk that is full.
        let mut failed = None;
        let read = self.report.records().each(|mut record| {
            let findings = std::mem::take(&mut record.findings);
            if findings.is_empty() {
                return Ok(());
            }
            let ends = record.entry()?.as_ref().map(Ends::from);
            for finding in &findings {
                let result = SarifResult::of(finding, ends, &self.indices);
                if let Err(error) = list.serialize_element(&result) {
                    failed = Some(error);
                    return Err(io::ErrorKind::Other.into());
                }
            }
            Ok(())
        });
        if let Some(error) = failed {
            return Err(error);
        }
        read.map_err(S::Error::custom)?;
        list.end()
    }
}
