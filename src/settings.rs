//! What the user decides about judging. Filled in by the command line; read
//! by rules and by whoever puts the report together.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::finding::{Certainty, Severity};
use crate::segment::NS_PER_S;

/// By which book severities are set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Profile {
    /// What RFC 9293 says.
    #[default]
    Rfc,
    /// What is taught: legal shortcuts of the textbook exchange are warnings.
    Textbook,
}

impl Profile {
    /// Lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Profile::Rfc => "rfc",
            Profile::Textbook => "textbook",
        }
    }
}

/// Where the capture was taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum VantageChoice {
    /// Find out, for each connection.
    #[default]
    Auto,
    /// At the client of every connection.
    Client,
    /// At the server of every connection.
    Server,
    /// Between the two.
    Middle,
    /// At the host with this address.
    Host(IpAddr),
}

/// At what level a run fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FailOn {
    /// At findings of this severity and above.
    Severity(Severity),
    /// Never.
    Never,
}

/// Severity that the user gave to a rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SeverityChoice {
    /// This one.
    Level(Severity),
    /// Do not report it.
    Off,
}

/// All settings of a run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// By which book.
    pub profile: Profile,
    /// Maximum segment lifetime in nanoseconds (RFC 9293, 3.4.2); TIME-WAIT is twice that.
    pub msl_ns: i64,
    /// Where the capture was taken.
    pub vantage: VantageChoice,
    /// The capture is known to hold everything that passed.
    pub lossless: bool,
    /// The capture is still being written, and findings are wanted as connections end.
    pub follow: bool,
    /// Of connections of which nothing is said, no more is wanted than a row of the text: the
    /// report's list of connections in full may leave them out.
    pub rows_only: bool,
    /// Segments of each connection that are kept to be drawn (see
    /// [`ConnectionReport::drawing`](crate::report::model::ConnectionReport::drawing)); 0 for none.
    pub drawn: usize,
    /// Codes to report; `None` for all.
    pub select: Option<BTreeSet<&'static str>>,
    /// Codes not to report.
    pub ignore: BTreeSet<&'static str>,
    /// Severities by code, or by code and case.
    pub severities: BTreeMap<(&'static str, Option<&'static str>), SeverityChoice>,
    /// At what severity the run fails.
    pub fail_on: FailOn,
    /// At what certainty the run fails.
    pub fail_certainty: Certainty,
    /// The run fails when a check was withheld.
    pub fail_on_withheld: bool,
    /// A capture that is cut is no failure.
    pub allow_truncated: bool,
    /// A capture without TCP is no failure.
    pub allow_no_tcp: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            profile: Profile::Rfc,
            msl_ns: 30 * NS_PER_S,
            vantage: VantageChoice::Auto,
            lossless: false,
            follow: false,
            rows_only: false,
            drawn: 0,
            select: None,
            ignore: BTreeSet::new(),
            severities: BTreeMap::new(),
            fail_on: FailOn::Severity(Severity::Warning),
            fail_certainty: Certainty::Likely,
            fail_on_withheld: false,
            allow_truncated: false,
            allow_no_tcp: false,
        }
    }
}

impl Settings {
    /// Whether the rule is asked for at all.
    #[must_use]
    #[inline]
    pub fn wants(&self, code: &str) -> bool {
        self.select
            .as_ref()
            .is_none_or(|codes| codes.contains(code))
            && !self.ignore.contains(code)
    }

    /// Length of TIME-WAIT in nanoseconds.
    #[must_use]
    pub const fn two_msl_ns(&self) -> i64 {
        self.msl_ns.saturating_mul(2)
    }
}
