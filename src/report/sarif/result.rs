//! A finding as a result.

use std::collections::HashMap;

use serde::Serialize;

use super::log::{ArtifactLocation, Physical, Text};
use crate::finding::{DisplayFilter, Finding, Fingerprint, Moment, Numbers, Severity};
use crate::report::flat::Ends;
use crate::report::sentence;

/// Where rules and captures stand in their lists.
pub struct Indices<'r> {
    pub rules: HashMap<&'static str, usize>,
    pub captures: HashMap<&'r str, usize>,
}

/// A result. Packets are no lines of text, so that a location is a capture as a whole, and its
/// logical location the packet in it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SarifResult<'f> {
    rule_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    kind: &'static str,
    level: &'static str,
    message: Text<String>,
    locations: [Place; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Place>,
    partial_fingerprints: Fingerprints,
    properties: Properties<'f>,
}

/// By what a result is the same from run to run: `docs/baseline.md` tells what is in it.
#[derive(Serialize)]
struct Fingerprints {
    #[serde(rename = "tcpcheck/v1")]
    ours: Fingerprint,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    physical_location: Physical,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<Logical>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical {
    name: String,
    fully_qualified_name: String,
    kind: &'static str,
}

/// What SARIF has no room for.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Properties<'f> {
    certainty: &'static str,
    case: Option<&'static str>,
    connection: Option<u64>,
    client: Option<String>,
    server: Option<String>,
    endpoint: Option<&'static str>,
    blames: &'static str,
    subject: Option<String>,
    packet: Option<u64>,
    time: Option<Moment>,
    expected: &'f Numbers,
    observed: &'f Numbers,
    rfc: &'f [&'static str],
    followers: u64,
    known: bool,
    fails: bool,
    display_filter: Option<String>,
}

/// The level that stands for a severity. An event is no fault: its level is "none", and its
/// kind says so.
pub const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Notice => "note",
        Severity::Info => "none",
    }
}

const fn kind(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "informational",
        _ => "fail",
    }
}

impl<'f> SarifResult<'f> {
    pub fn of(finding: &'f Finding, ends: Option<Ends>, indices: &Indices<'_>) -> SarifResult<'f> {
        let place = |capture: &str| {
            let index = indices.captures.get(capture).copied();
            Physical::of(ArtifactLocation::of(capture, index))
        };
        let (what, at) = (sentence::what(finding), sentence::place(finding, ends));
        let related = finding.related_packets.iter().map(|related| Place {
            physical_location: place(&related.capture),
            logical_locations: vec![packet(related.packet, None)],
            message: Some(Text::message(&format!(
                "Packet {} belongs to it.",
                related.packet
            ))),
        });
        SarifResult {
            rule_id: finding.rule,
            rule_index: indices.rules.get(finding.rule).copied(),
            kind: kind(finding.severity),
            level: level(finding.severity),
            message: Text::message(&format!("{what} ({at})")),
            locations: [Place {
                physical_location: place(&finding.capture),
                logical_locations: logical(finding).into_iter().collect(),
                message: None,
            }],
            related_locations: related.collect(),
            partial_fingerprints: Fingerprints {
                ours: finding.fingerprint,
            },
            properties: Properties {
                certainty: finding.certainty.as_str(),
                case: finding.case,
                connection: finding.connection,
                client: ends.map(|ends| ends.client.to_string()),
                server: ends.map(|ends| ends.server.to_string()),
                endpoint: finding.endpoint.map(|role| role.as_str()),
                blames: finding.blames.as_str(),
                subject: finding.subject.map(|subject| subject.to_string()),
                packet: finding.packet,
                time: finding.time,
                expected: &finding.expected,
                observed: &finding.observed,
                rfc: finding.rfc,
                followers: finding.followers,
                known: finding.known,
                fails: finding.fails,
                display_filter: DisplayFilter::of(finding).map(|filter| filter.to_string()),
            },
        }
    }
}

/// The packet, or else the connection.
fn logical(finding: &Finding) -> Option<Logical> {
    if let Some(number) = finding.packet {
        return Some(packet(number, finding.connection));
    }
    let name = format!("connection {}", finding.connection?);
    Some(Logical {
        fully_qualified_name: name.clone(),
        name,
        kind: "connection",
    })
}

fn packet(number: u64, connection: Option<u64>) -> Logical {
    let name = format!("packet {number}");
    Logical {
        fully_qualified_name: match connection {
            Some(id) => format!("connection {id}/{name}"),
            None => name.clone(),
        },
        name,
        kind: "packet",
    }
}
