//! What lets a run pass or fail beside its findings, as it stands in the report: the
//! configuration, the baseline, what was expected of the captures.

use schemars::JsonSchema;
use serde::Serialize;

use crate::finding::{CaptureName, Role};

/// The configuration file under which a capture was judged.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct ConfigReport {
    /// Path of the file.
    pub file: String,
    /// Rules that were not asked for, and why.
    pub ignored: Vec<IgnoredReport>,
    /// Parts of the file that are for captures of certain paths, as far as they applied.
    pub overrides: Vec<OverrideReport>,
}

/// Rules that were not asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct IgnoredReport {
    /// Codes, with the case behind a slash where it is only that: `TD005/merged-by-peer`.
    pub rules: Vec<String>,
    /// Why.
    pub reason: String,
    /// Line of the file.
    pub line: u64,
}

/// Settings for captures of certain paths.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct OverrideReport {
    /// The patterns of their paths.
    pub paths: Vec<String>,
    /// Why they are others there.
    pub reason: String,
    /// Line of the file.
    pub line: u64,
}

/// The findings that were there before.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct BaselineReport {
    /// Path of the file.
    pub file: String,
    /// It was written by this run.
    pub written: bool,
    /// Why it was not, where it should have been.
    pub error: Option<String>,
    /// Findings of this run that stand in it.
    pub known: u64,
    /// What stands in it and was not found, though it was looked for.
    pub stale: Vec<StaleReport>,
    /// Entries about captures that are not part of this run, or could not be read whole, or by
    /// rules that were not asked for.
    pub not_looked_for: u64,
}

/// Findings of one kind that are no more there.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, JsonSchema)]
pub struct StaleReport {
    /// Name of the capture, without folder and format.
    pub capture: String,
    /// Code of the rule.
    pub rule: String,
    /// Case of the rule.
    pub case: Option<String>,
    /// The endpoint that they were about.
    pub endpoint: Option<Role>,
    /// The server's port.
    pub port: Option<u16>,
    /// How many of them are no more there.
    pub count: u64,
}

/// Connections that a capture must hold, or must not.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct ExpectationReport {
    /// The capture; null for captures that were read as one.
    pub capture: Option<CaptureName>,
    /// The file in which it stands.
    pub file: String,
    /// Line of that file.
    pub line: u64,
    /// Its name, or what it asks for in words.
    pub name: String,
    /// So many connections at least.
    pub at_least: u64,
    /// So many at the most.
    pub at_most: Option<u64>,
    /// So many there are.
    pub found: u64,
    /// Whether that is as it should be.
    pub met: bool,
    /// What is the matter, in a sentence.
    pub message: String,
}
