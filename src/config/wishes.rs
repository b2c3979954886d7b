//! What one source asks for, with where it stands: the command line, a configuration file, or a
//! part of one that is for some captures.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::finding::Certainty;
use crate::settings::{FailOn, Profile, SeverityChoice, VantageChoice};

/// Where a setting comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    /// Nobody asked for it.
    Default,
    /// A line of a file.
    File {
        /// Its name in messages.
        name: Arc<str>,
        /// From 1.
        line: u64,
    },
    /// The command line.
    CommandLine,
}

/// A value that was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wish<T> {
    /// What.
    pub value: T,
    /// By whom.
    pub origin: Origin,
}

impl<T> Wish<T> {
    /// A value that nobody asked for.
    pub const fn default(value: T) -> Wish<T> {
        Wish {
            value,
            origin: Origin::Default,
        }
    }

    /// What the command line asks for.
    pub const fn typed(value: T) -> Wish<T> {
        Wish {
            value,
            origin: Origin::CommandLine,
        }
    }
}

/// A rule, or one case of it.
pub type Target = (&'static str, Option<&'static str>);

/// Rules that are not wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ignored {
    /// Which.
    pub rules: BTreeSet<Target>,
    /// Why; the command line needs no reason.
    pub reason: Option<String>,
    /// Where it stands.
    pub origin: Origin,
}

/// A choice of severity.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chosen {
    /// For what.
    pub target: Target,
    /// Which.
    pub choice: SeverityChoice,
    /// Where it stands.
    pub origin: Origin,
}

/// Rules that are wanted, and no others.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Selected {
    /// As they were written.
    pub words: Vec<String>,
    /// All of them.
    pub codes: BTreeSet<&'static str>,
    /// Those that were named themselves, and not by their group.
    pub named: BTreeSet<&'static str>,
}

/// What one source asks for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wishes {
    /// See [`Settings::profile`](crate::settings::Settings::profile); so are the others.
    pub profile: Option<Wish<Profile>>,
    /// In nanoseconds.
    pub msl_ns: Option<Wish<i64>>,
    /// Where captures are taken.
    pub vantage: Option<Wish<VantageChoice>>,
    /// Captures hold everything.
    pub lossless: Option<Wish<bool>>,
    /// Takes the place of what others select.
    pub select: Option<Wish<Selected>>,
    /// Comes on top of what others ignore.
    pub ignore: Vec<Ignored>,
    /// Each takes the place of others for the same target.
    pub severities: Vec<Chosen>,
    /// At what severity a run fails.
    pub fail_on: Option<Wish<FailOn>>,
    /// At what certainty a run fails.
    pub fail_certainty: Option<Wish<Certainty>>,
    /// Withheld checks fail a run.
    pub fail_on_withheld: Option<Wish<bool>>,
    /// Cut captures do not.
    pub allow_truncated: Option<Wish<bool>>,
    /// Captures without TCP do not.
    pub allow_no_tcp: Option<Wish<bool>>,
}
