//! The findings, grouped by rule, the worst first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use std::io;

use super::{Look, captures, clock, numbers};
use crate::finding::{Blames, Certainty, Finding, Severity};
use crate::report::model::Report;
use crate::report::page::Page;
use crate::report::{style, words};
use crate::rules;
use crate::segment::Socket;

/// Findings of one rule told in full; of the rest, the places.
const MAX_TOLD: usize = 3;
/// Places named of those that are not told.
const MAX_PLACES: usize = 12;

/// The findings that `look` asks for.
pub fn write(report: &Report, look: &Look, page: &mut Page<'_>) -> io::Result<()> {
    let mut groups: BTreeMap<(Reverse<Severity>, &str), Vec<&Finding>> = BTreeMap::new();
    // Notes of a capture have been told above, the single ones in full.
    let all_described = report.captures.len() <= captures::MAX_ALL;
    let told_above: HashSet<(&str, &str)> = report
        .captures
        .iter()
        .flat_map(|capture| capture.notes.iter().map(move |note| (&*capture.path, note)))
        .filter(|(_, note)| look.show > Severity::Info || note.count == 1 && all_described)
        .map(|(path, note)| (path, note.rule))
        .collect();
    let mut hidden = 0;
    for finding in report
        .findings
        .iter()
        .filter(|finding| !told_above.contains(&(&*finding.capture, finding.rule)))
    {
        if finding.severity < look.show {
            hidden += 1;
            continue;
        }
        groups
            .entry((Reverse(finding.severity), finding.rule))
            .or_default()
            .push(finding);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    let is_sure = |finding: &&Finding| finding.certainty == Certainty::Definite;
    groups.sort_by_key(|((severity, rule), group)| (*severity, !group.iter().any(is_sure), *rule));
    for ((Reverse(severity), rule), group) in &groups {
        page.blank()?;
        write_group(report, *severity, rule, group, page)?;
    }
    write_foot(
        report,
        &groups
            .iter()
            .flat_map(|(_, group)| group.iter().copied())
            .collect::<Vec<_>>(),
        hidden,
        look,
        page,
    )
}

fn write_group(
    report: &Report,
    severity: Severity,
    rule: &str,
    group: &[&Finding],
    page: &mut Page<'_>,
) -> io::Result<()> {
    let Some(first) = group.first() else {
        return Ok(());
    };
    let title = rules::find(rule).map_or(first.name, |rule| rule.title);
    let times = match group.len() {
        1 => String::new(),
        n => format!(" ({} times)", words::number(n as u64)),
    };
    let lead = format!("{} {rule} ", severity.as_str());
    page.hang(0, &lead, style::of(severity), &format!("{title}{times}"))?;
    if !first.rfc.is_empty() {
        page.faint(2, &first.rfc.join(", "))?;
    }
    for finding in group.iter().take(MAX_TOLD) {
        write_one(report, finding, page)?;
    }
    let rest = group.get(MAX_TOLD..).unwrap_or_default();
    if !rest.is_empty() {
        let number = words::number(rest.len() as u64);
        let places = places(rest, report.captures.len() > 1);
        page.paragraph(2, &format!("and {number} more: {places}"))?;
    }
    Ok(())
}

fn write_one(report: &Report, finding: &Finding, page: &mut Page<'_>) -> io::Result<()> {
    let place = place(report, finding);
    page.hang(2, "- ", style::HEAD, &place)?;
    page.paragraph(4, &finding.message)?;
    for (lead, numbers) in [
        ("expected ", &finding.expected),
        ("observed ", &finding.observed),
    ] {
        if !numbers.is_empty() {
            page.hang(4, lead, style::PLAIN, &numbers::line(numbers))?;
        }
    }
    match finding.followers {
        0 => Ok(()),
        // A pattern's own words say what it rests on.
        _ if finding.connection.is_none() => Ok(()),
        1 => page.paragraph(4, "1 more finding follows from it and is not listed"),
        n => {
            let n = words::number(n);
            page.paragraph(
                4,
                &format!("{n} more findings follow from it and are not listed"),
            )
        }
    }
}

/// Where it is, whom it is about, and how sure that is.
fn place(report: &Report, finding: &Finding) -> String {
    let mut parts = Vec::new();
    let several = report.captures.len() > 1;
    let time = finding
        .time
        .and_then(|time| clock(report, &finding.capture, time));
    let at = time.map_or_else(String::new, |time| format!(" at {time} s"));
    let file = if several {
        format!(" of {}", finding.capture)
    } else {
        String::new()
    };
    match finding.packet {
        Some(packet) => parts.push(format!("packet {packet}{file}{at}")),
        None if several => parts.push(finding.capture.to_string()),
        None => {}
    }
    // Where there is only one, nobody asks which.
    if let Some(id) = finding.connection
        && report.summary.connections > 1
    {
        parts.push(format!("connection {id}"));
    }
    let connection = report
        .connections
        .iter()
        .find(|c| Some(c.id) == finding.connection);
    if let Some(role) = finding.endpoint {
        let whom = match finding.blames {
            Blames::Endpoint | Blames::Nobody => role.as_str().to_owned(),
            Blames::ThirdParty => format!("somebody in the name of the {}", role.as_str()),
        };
        let socket = connection.map(|connection| match role {
            crate::finding::Role::Client => connection.client,
            crate::finding::Role::Server => connection.server,
        });
        let socket = socket.map_or_else(String::new, |socket| format!(" {socket}"));
        parts.push(format!("{whom}{socket}"));
    }
    parts.extend(
        finding
            .subject
            .map(|subject| format!("about {}", host(subject))),
    );
    parts.extend(finding.case.map(|case| format!("case {case}")));
    parts.push(finding.certainty.as_str().to_owned());
    let mut text = parts.join(", ");
    if !finding.related_packets.is_empty() {
        let related = finding.related_packets.iter().map(|related| {
            if related.capture == finding.capture {
                related.packet.to_string()
            } else {
                format!("{} of {}", related.packet, related.capture)
            }
        });
        let packets = if finding.related_packets.len() == 1 {
            "packet"
        } else {
            "packets"
        };
        let related = words::list(&related.collect::<Vec<_>>(), "and");
        text.push_str(&format!(" (see also {packets} {related})"));
    }
    text
}

/// A service, or (with port 0) a host as a whole.
fn host(subject: Socket) -> String {
    match subject.port {
        0 => subject.ip.to_string(),
        _ => subject.to_string(),
    }
}

/// Where the findings are that are not told.
fn places(rest: &[&Finding], several_captures: bool) -> String {
    type Places = Option<Vec<String>>;
    let packets = || -> Places {
        let mut packets = rest.iter().map(|finding| Some(finding.packet?.to_string()));
        if several_captures {
            None
        } else {
            packets.by_ref().collect()
        }
    };
    let connections = || -> Places {
        rest.iter()
            .map(|finding| Some(finding.connection?.to_string()))
            .collect()
    };
    let subjects = || -> Places {
        rest.iter()
            .map(|finding| finding.subject.map(host))
            .collect()
    };
    let (what, mut places) = if let Some(packets) = packets() {
        ("packet", packets)
    } else if let Some(connections) = connections() {
        ("connection", connections)
    } else if let Some(subjects) = subjects() {
        ("host", subjects)
    } else {
        (
            "capture",
            rest.iter()
                .map(|finding| finding.capture.to_string())
                .collect(),
        )
    };
    places.dedup();
    let plural = if places.len() == 1 { "" } else { "s" };
    if places.len() > MAX_PLACES {
        places.truncate(MAX_PLACES);
        places.push("...".to_owned());
    }
    format!("{what}{plural} {}", places.join(", "))
}

fn write_foot(
    report: &Report,
    told: &[&Finding],
    hidden: u64,
    look: &Look,
    page: &mut Page<'_>,
) -> io::Result<()> {
    if told.is_empty() && hidden == 0 {
        return Ok(());
    }
    page.blank()?;
    if let Some(first) = told.first() {
        let text = format!("tcpcheck explain {} says more about a rule.", first.rule);
        page.faint(0, &text)?;
    }
    if told
        .iter()
        .any(|finding| finding.certainty == Certainty::Definite)
    {
        let all = report.assumptions.join("; ");
        let lead = match report.assumptions.len() {
            1 => "one assumption",
            _ => "these assumptions",
        };
        page.faint(0, &format!("Definite rests on {lead}: {all}."))?;
    }
    if hidden > 0 {
        let below = format!(
            "{} below {} not listed; --show info lists all.",
            words::count(hidden, "finding"),
            look.show.as_str(),
        );
        page.faint(0, &below)?;
    }
    Ok(())
}
