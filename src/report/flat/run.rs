//! The tables of captures, and of the run as a whole.

use super::{Cell, Column, Kind, listed};
use crate::report::model::{CaptureReport, Report};

/// The columns of captures.
pub const CAPTURE: &[Column<CaptureReport>] = &[
    Column {
        name: "capture",
        kind: Kind::Text,
        about: "as given on the command line; `-` for standard input",
        cell: |capture| (&capture.path).into(),
    },
    Column {
        name: "format",
        kind: Kind::Text,
        about: "`pcap`, `pcapng`, with `+gzip`, `+zstd` or `+xz`; empty when not recognised",
        cell: |capture| capture.format.as_deref().into(),
    },
    Column {
        name: "link_types",
        kind: Kind::Text,
        about: "list of link types",
        cell: |capture| listed(&capture.link_types),
    },
    Column {
        name: "packets",
        kind: Kind::Integer,
        about: "frames read",
        cell: |capture| capture.packets.into(),
    },
    Column {
        name: "tcp_segments",
        kind: Kind::Integer,
        about: "TCP segments among them",
        cell: |capture| capture.tcp_segments.into(),
    },
    Column {
        name: "connections",
        kind: Kind::Integer,
        about: "connections that begin in it",
        cell: |capture| capture.connections.into(),
    },
    Column {
        name: "start",
        kind: Kind::Time,
        about: "time of the earliest frame",
        cell: |capture| capture.start.into(),
    },
    Column {
        name: "end",
        kind: Kind::Time,
        about: "time of the latest frame",
        cell: |capture| capture.end.into(),
    },
    Column {
        name: "duration_s",
        kind: Kind::Number,
        about: "seconds between the two",
        cell: |capture| capture.duration_s.into(),
    },
    Column {
        name: "complete",
        kind: Kind::Boolean,
        about: "whether it was read to its end, without a damaged block",
        cell: |capture| capture.complete.into(),
    },
    Column {
        name: "error",
        kind: Kind::Text,
        about: "why it is not complete, or why it could not be judged",
        cell: |capture| capture.error.as_deref().into(),
    },
    Column {
        name: "notes",
        kind: Kind::Text,
        about: "list of what was noted about it: code of the rule and how many times",
        cell: |capture| {
            let notes = capture.notes.iter();
            listed(notes.map(|note| format!("{}: {}", note.rule, note.count)))
        },
    },
    Column {
        name: "undecoded",
        kind: Kind::Text,
        about: "list of reasons why frames gave no TCP segment, with their number",
        cell: |capture| {
            let reasons = capture.undecoded.iter();
            listed(reasons.map(|(reason, count)| format!("{reason}: {count}")))
        },
    },
    Column {
        name: "limits",
        kind: Kind::Text,
        about: "list of limits that were reached, each with how many times",
        cell: |capture| {
            let limits = capture.limits.iter();
            listed(limits.map(|limit| format!("{}: {}", limit.limit, limit.reached)))
        },
    },
];

/// The columns of the one row about the run.
pub const SUMMARY: &[Column<Report>] = &[
    Column {
        name: "schema_version",
        kind: Kind::Text,
        about: "that of the JSON report; names and meanings here go by it, too",
        cell: |report| report.schema_version.into(),
    },
    Column {
        name: "tool_version",
        kind: Kind::Text,
        about: "version of tcpcheck",
        cell: |report| report.tool.version.into(),
    },
    Column {
        name: "profile",
        kind: Kind::Text,
        about: "`rfc`, `textbook` or `mixed`",
        cell: |report| report.profile.into(),
    },
    Column {
        name: "captures",
        kind: Kind::Integer,
        about: "capture files",
        cell: |report| report.summary.captures.into(),
    },
    Column {
        name: "skipped_files",
        kind: Kind::Integer,
        about: "files in directories that are no captures",
        cell: |report| report.summary.skipped_files.into(),
    },
    Column {
        name: "connections",
        kind: Kind::Integer,
        about: "connections found",
        cell: |report| report.summary.connections.into(),
    },
    Column {
        name: "connections_listed",
        kind: Kind::Integer,
        about: "connections that have a row",
        cell: |report| report.summary.connections_listed.into(),
    },
    Column {
        name: "errors",
        kind: Kind::Integer,
        about: "findings of severity error",
        cell: |report| report.summary.errors.into(),
    },
    Column {
        name: "warnings",
        kind: Kind::Integer,
        about: "findings of severity warning",
        cell: |report| report.summary.warnings.into(),
    },
    Column {
        name: "notices",
        kind: Kind::Integer,
        about: "findings of severity notice",
        cell: |report| report.summary.notices.into(),
    },
    Column {
        name: "infos",
        kind: Kind::Integer,
        about: "findings of severity info",
        cell: |report| report.summary.infos.into(),
    },
    Column {
        name: "checks_withheld",
        kind: Kind::Integer,
        about: "checks that could not be made",
        cell: |report| report.summary.withheld.values().sum::<u64>().into(),
    },
    Column {
        name: "failing_findings",
        kind: Kind::Integer,
        about: "findings that fail the run",
        cell: |report| report.summary.failing_findings.into(),
    },
    Column {
        name: "known_findings",
        kind: Kind::Integer,
        about: "findings that would, but stand in the baseline",
        cell: |report| report.summary.known_findings.into(),
    },
    Column {
        name: "unmet_expectations",
        kind: Kind::Integer,
        about: "expected connections that are not as expected",
        cell: |report| report.summary.unmet_expectations.into(),
    },
    Column {
        name: "exit_status",
        kind: Kind::Integer,
        about: "0, 1 or 2",
        cell: |report| Cell::Integer(report.summary.exit_status.into()),
    },
];
