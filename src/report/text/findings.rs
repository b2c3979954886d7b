//! The findings, grouped by rule, the worst first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use std::io;

use super::{Look, captures, clock, next, numbers};
use crate::finding::{Blames, CaptureName, Certainty, Finding, Role, Severity};
use crate::report::archive;
use crate::report::model::Report;
use crate::report::page::Page;
use crate::report::rows::Sums;
use crate::report::{style, words};
use crate::rules;
use crate::segment::Socket;
use crate::tunnel::Tunnel;

/// Findings of one rule told in full; of the rest, the places.
const MAX_TOLD: usize = 3;
/// Places named of those that are not told.
const MAX_PLACES: usize = 12;
/// So many connections with findings of a rule, the first ones, may be told or named. (Of one place
/// more than is named it must be known that there is one.)
pub const NAMED_OF_A_RULE: usize = MAX_TOLD + MAX_PLACES + 1;

/// The findings that a look asks for, by rule.
pub struct Groups {
    show: Severity,
    several_captures: bool,
    /// Capture and rule of notes that are told with the captures.
    told_above: HashSet<(CaptureName, &'static str)>,
    groups: BTreeMap<(Reverse<Severity>, &'static str), Group>,
    /// Findings that `look` doesn't ask for.
    hidden: u64,
}

/// The findings of a rule.
struct Group {
    name: &'static str,
    rfc: &'static [&'static str],
    count: u64,
    /// So many stand in the baseline.
    known: u64,
    /// One of them is definite.
    sure: bool,
    /// The first.
    told: Vec<Told>,
    /// Where the others are.
    rest: Places,
}

/// A finding that is told in full.
struct Told {
    finding: Finding,
    /// Its endpoint's.
    socket: Option<Socket>,
    /// Those around its connection.
    tunnels: Vec<Tunnel>,
}

impl Groups {
    pub fn new(report: &Report, look: &Look) -> Groups {
        // Notes of a capture have been told above, the single ones in full.
        let all_described = report.captures.len() <= captures::MAX_ALL;
        let told_above = report
            .captures
            .iter()
            .flat_map(|capture| capture.notes.iter().map(move |note| (&capture.path, note)))
            .filter(|(_, note)| look.show > Severity::Info || note.count == 1 && all_described)
            .map(|(path, note)| (path.clone(), note.rule))
            .collect();
        Groups {
            show: look.show,
            several_captures: report.captures.len() > 1,
            told_above,
            groups: BTreeMap::new(),
            hidden: 0,
        }
    }

    pub fn add(&mut self, record: &archive::Told<'_>) -> io::Result<()> {
        for finding in &record.findings {
            // Only capture notes are told above; to ask that first is quicker.
            let is_note = finding.rule.starts_with("CA");
            if is_note && (self.told_above).contains(&(finding.capture.clone(), finding.rule)) {
                continue;
            }
            if finding.severity < self.show {
                self.hidden += 1;
                continue;
            }
            let key = (Reverse(finding.severity), finding.rule);
            let group = self.groups.entry(key).or_insert_with(|| Group {
                name: finding.name,
                rfc: finding.rfc,
                count: 0,
                known: 0,
                sure: false,
                told: Vec::new(),
                rest: Places::default(),
            });
            group.count += 1;
            group.known += u64::from(finding.known);
            group.sure |= finding.certainty == Certainty::Definite;
            if group.told.len() < MAX_TOLD {
                let entry = record.entry()?;
                let socket = entry.as_ref().zip(finding.endpoint);
                let socket = socket.map(|(entry, role)| match role {
                    Role::Client => entry.client,
                    Role::Server => entry.server,
                });
                let tunnels = entry.map(|entry| entry.tunnels);
                group.told.push(Told {
                    finding: finding.clone(),
                    socket,
                    tunnels: tunnels.unwrap_or_default(),
                });
            } else {
                group.rest.add(finding, self.several_captures);
            }
        }
        Ok(())
    }

    /// Takes in findings that are only counted: all that are told or named of their rules have been
    /// added.
    pub fn add_counted(&mut self, sums: &Sums) {
        for (said, count) in &sums.said {
            if said.severity < self.show {
                self.hidden += count;
            } else if let Some(group) = self.groups.get_mut(&(Reverse(said.severity), said.rule)) {
                group.count += count;
                group.sure |= said.certainty == Certainty::Definite;
            }
        }
    }

    pub fn write(self, report: &Report, look: &Look, page: &mut Page<'_>) -> io::Result<()> {
        let mut groups: Vec<_> = self.groups.into_iter().collect();
        groups.sort_by_key(|((severity, rule), group)| (*severity, !group.sure, *rule));
        for ((Reverse(severity), rule), group) in &groups {
            page.blank()?;
            write_group(report, *severity, rule, group, page)?;
        }
        write_foot(report, &groups, self.hidden, look, page)
    }
}

fn write_group(
    report: &Report,
    severity: Severity,
    rule: &str,
    group: &Group,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let title = rules::find(rule).map_or(group.name, |rule| rule.title);
    let times = match (group.count, group.known) {
        (1, _) => String::new(),
        (n, 0) => format!(" ({} times)", words::number(n)),
        (n, known) if known == n => format!(" ({} times, all known)", words::number(n)),
        (n, known) => format!(
            " ({} times, {} known)",
            words::number(n),
            words::number(known)
        ),
    };
    let lead = format!("{} {rule} ", severity.as_str());
    page.hang(0, &lead, style::of(severity), &format!("{title}{times}"))?;
    if !group.rfc.is_empty() {
        page.faint(2, &group.rfc.join(", "))?;
    }
    for told in &group.told {
        write_one(report, told, page)?;
    }
    let rest = group.count.saturating_sub(group.told.len() as u64);
    if rest > 0 {
        let (number, places) = (words::number(rest), group.rest.text());
        page.paragraph(2, &format!("and {number} more: {places}"))?;
    }
    Ok(())
}

fn write_one(report: &Report, told: &Told, page: &mut Page<'_>) -> io::Result<()> {
    let finding = &told.finding;
    let place = place(report, told);
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
fn place(report: &Report, told: &Told) -> String {
    let Told {
        finding,
        socket,
        tunnels,
    } = told;
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
        let within = match &**tunnels {
            [] => String::new(),
            chain => format!(" in {}", words::tunnels(chain)),
        };
        parts.push(format!("connection {id}{within}"));
    }
    if let Some(role) = finding.endpoint {
        let whom = match finding.blames {
            Blames::Endpoint | Blames::Nobody => role.as_str().to_owned(),
            Blames::ThirdParty => format!("somebody in the name of the {}", role.as_str()),
        };
        let socket = socket.map_or_else(String::new, |socket| format!(" {socket}"));
        parts.push(format!("{whom}{socket}"));
    }
    parts.extend(
        finding
            .subject
            .map(|subject| format!("about {}", words::host(subject))),
    );
    parts.extend(finding.case.map(|case| format!("case {case}")));
    parts.push(finding.certainty.as_str().to_owned());
    if finding.known {
        parts.push("known".to_owned());
    }
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

/// Where the findings are that are not told: by packet where all have one (and
/// packets need no file beside them), else by connection, host or capture.
#[derive(Default)]
struct Places {
    packets: Names,
    connections: Names,
    subjects: Names,
    captures: Names,
}

impl Places {
    fn add(&mut self, finding: &Finding, several_captures: bool) {
        let packet = finding.packet.filter(|_| !several_captures);
        self.packets.add(packet, |packet| packet.to_string());
        self.connections
            .add(finding.connection, |id| id.to_string());
        self.subjects.add(finding.subject, words::host);
        self.captures
            .add(Some(&finding.capture), ToString::to_string);
    }

    fn text(&self) -> String {
        let kinds = [
            ("packet", &self.packets),
            ("connection", &self.connections),
            ("host", &self.subjects),
        ];
        let (what, Names { names, .. }) = kinds
            .into_iter()
            .find(|(_, names)| !names.incomplete)
            .unwrap_or(("capture", &self.captures));
        let plural = if names.len() == 1 { "" } else { "s" };
        let (shown, more) = match names.get(..MAX_PLACES) {
            Some(shown) if names.len() > MAX_PLACES => (shown, ", ... (--format json lists all)"),
            _ => (names.as_slice(), ""),
        };
        format!("{what}{plural} {}{more}", shown.join(", "))
    }
}

/// The first few names, one of each that follow each other.
#[derive(Default)]
struct Names {
    names: Vec<String>,
    /// One has no name.
    incomplete: bool,
}

impl Names {
    /// One more than is shown is kept, so that it is known that there are more.
    fn add<T>(&mut self, value: Option<T>, name: impl Fn(T) -> String) {
        let Some(value) = value else {
            self.incomplete = true;
            return;
        };
        if self.names.len() <= MAX_PLACES {
            let name = name(value);
            if self.names.last() != Some(&name) {
                self.names.push(name);
            }
        }
    }
}

fn write_foot(
    report: &Report,
    groups: &[((Reverse<Severity>, &'static str), Group)],
    hidden: u64,
    look: &Look,
    page: &mut Page<'_>,
) -> io::Result<()> {
    if groups.is_empty() && hidden == 0 {
        return Ok(());
    }
    page.blank()?;
    let told = groups.iter().flat_map(|(_, group)| &group.told);
    next::write(report, told.map(|told| &told.finding), look, page)?;
    if groups.iter().any(|(_, group)| group.sure) {
        let all = report.assumptions.join("; ");
        let lead = match report.assumptions.len() {
            1 => "one assumption",
            _ => "these assumptions",
        };
        page.faint(0, &format!("Definite rests on {lead}: {all}."))?;
    }
    if hidden > 0 {
        let below = format!(
            "{} below {} {} not listed; --show info lists all.",
            words::count(hidden, "finding"),
            look.show.as_str(),
            if hidden == 1 { "is" } else { "are" },
        );
        page.faint(0, &below)?;
    }
    Ok(())
}
