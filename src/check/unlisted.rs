//! What is judged and counted, but not listed in the report.

use super::limits::limit;
use crate::limits::ReportLimits;
use crate::report::model::LimitReached;
use crate::report::words;

/// Why something is counted and not listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// The report holds as many as it may.
    Limit,
    /// There was no room to set it aside.
    NoRoom,
}

/// How many are not listed, by cause.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LeftOut {
    limit: u64,
    no_room: u64,
}

impl LeftOut {
    /// Counts `count` more.
    pub const fn add(&mut self, count: u64, cause: Cause) {
        match cause {
            Cause::Limit => self.limit += count,
            Cause::NoRoom => self.no_room += count,
        }
    }
}

/// What of one capture is not listed in the report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Unlisted {
    /// Connections.
    pub connections: LeftOut,
    /// Findings.
    pub findings: LeftOut,
}

/// The limits of the report that were reached by one capture. `listed`:
/// connections and findings listed so far; `failure`: why there is no room.
pub fn of_the_report(
    unlisted: Unlisted,
    limits: ReportLimits,
    listed: [usize; 2],
    failure: Option<&str>,
) -> Vec<LimitReached> {
    let [connections, findings] = listed;
    let kinds = [
        (
            "connections-listed",
            "connection",
            unlisted.connections,
            limits.connections,
            connections,
        ),
        (
            "findings-listed",
            "finding",
            unlisted.findings,
            limits.findings,
            findings,
        ),
    ];
    let mut reached = Vec::new();
    for (name, thing, left_out, most, listed) in kinds {
        let number = |n| {
            format!(
                "{} judged and counted, but not listed",
                words::count(n, thing)
            )
        };
        reached.extend(limit(name, most, left_out.limit, |n, limit| {
            format!("{}: {limit} are listed at most", number(n))
        }));
        let why = failure.unwrap_or("it is full");
        reached.extend(limit(name, listed, left_out.no_room, |n, _| {
            format!(
                "{}: there is no room for them in the temporary file ({why}; TMPDIR names its \
                 folder)",
                number(n)
            )
        }));
    }
    reached
}
