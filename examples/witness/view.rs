//! The report of one capture, read back from its JSON: what is measured is the
//! contract, not the program's own types.

use std::collections::BTreeSet;
use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;
use tcpcheck::check::Checker;
use tcpcheck::settings::Settings;

/// What was said about one capture.
pub struct Run {
    pub connections: Vec<Connection>,
    pub findings: Vec<Finding>,
    pub exit_status: u64,
}

/// One connection.
pub struct Connection {
    pub id: u64,
    pub client: SocketAddr,
    pub server: SocketAddr,
    pub first_packet: u64,
    pub last_packet: u64,
    pub start_us: i64,
    pub opening: String,
    pub closing: String,
    pub opened_by: Option<String>,
    pub closed_by: Option<String>,
    pub reset_by: Option<String>,
    pub undetermined: BTreeSet<String>,
    pub vantage: String,
    pub final_client: Option<String>,
    pub final_server: Option<String>,
    pub rows: Vec<Row>,
}

impl Connection {
    /// Whether it is between these two, in either role.
    pub fn joins(&self, a: SocketAddr, b: SocketAddr) -> bool {
        (self.client, self.server) == (a, b) || (self.client, self.server) == (b, a)
    }

    /// The last nominal state of one end.
    pub fn final_of(&self, who: SocketAddr) -> Option<&str> {
        if who == self.client {
            self.final_client.as_deref()
        } else {
            self.final_server.as_deref()
        }
    }

    /// The transitions of one end.
    pub fn rows_of(&self, who: SocketAddr) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.who == who)
    }
}

/// One nominal transition.
pub struct Row {
    pub at_us: i64,
    pub packet: Option<u64>,
    pub who: SocketAddr,
    pub from: String,
    pub to: String,
}

/// One finding.
pub struct Finding {
    pub rule: String,
    pub case: Option<String>,
    pub severity: String,
    pub certainty: String,
    pub blames: String,
    pub whom: Option<SocketAddr>,
    pub packet: Option<u64>,
    pub related: Vec<u64>,
    pub message: String,
}

impl Finding {
    /// Rule, with the case where it has one.
    pub fn title(&self) -> String {
        match &self.case {
            Some(case) => format!("{}/{case}", self.rule),
            None => self.rule.clone(),
        }
    }

    /// Error or warning.
    pub fn is_grave(&self) -> bool {
        matches!(self.severity.as_str(), "error" | "warning")
    }

    /// Where, in short.
    pub fn place(&self) -> String {
        match self.packet {
            Some(packet) => format!("packet {packet}"),
            None => format!("related packets {:?}", self.related),
        }
    }
}

/// Checks one capture with the settings of a plain run.
pub fn check(path: &Path, name: &str) -> Result<Run> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let mut checker = Checker::new(Settings::default());
    checker.check(name, Box::new(file));
    read(&serde_json::to_value(checker.finish())?).with_context(|| format!("report on {name}"))
}

fn read(report: &Value) -> Result<Run> {
    let connections = list(report, "connections")?
        .iter()
        .map(connection)
        .collect::<Result<Vec<_>>>()?;
    let findings = list(report, "findings")?
        .iter()
        .map(|value| finding(value, &connections))
        .collect::<Result<Vec<_>>>()?;
    let exit_status = number(member(report, "summary")?, "exit_status")?;
    Ok(Run {
        connections,
        findings,
        exit_status,
    })
}

fn connection(value: &Value) -> Result<Connection> {
    let client = socket(member(value, "client")?)?;
    let server = socket(member(value, "server")?)?;
    let finals = member(value, "final_state")?;
    let undetermined = member(value, "undetermined")?.as_object();
    Ok(Connection {
        id: number(value, "id")?,
        client,
        server,
        first_packet: number(value, "first_packet")?,
        last_packet: number(value, "last_packet")?,
        start_us: moment(value, "start")?,
        opening: text(value, "opening")?,
        closing: text(value, "closing")?,
        opened_by: maybe_text(value, "opened_by"),
        closed_by: maybe_text(value, "closed_by"),
        reset_by: maybe_text(value, "reset_by"),
        undetermined: undetermined
            .map(|fields| fields.keys().cloned().collect())
            .unwrap_or_default(),
        vantage: text(value, "vantage")?,
        final_client: maybe_text(finals, "client"),
        final_server: maybe_text(finals, "server"),
        rows: list(value, "states")?
            .iter()
            .map(|row| state_row(row, client, server))
            .collect::<Result<_>>()?,
    })
}

fn state_row(value: &Value, client: SocketAddr, server: SocketAddr) -> Result<Row> {
    let is_client = text(value, "endpoint")? == "client";
    Ok(Row {
        at_us: moment(value, "time")?,
        packet: member(value, "packet")?.as_u64(),
        who: if is_client { client } else { server },
        from: text(value, "from")?,
        to: text(value, "to")?,
    })
}

fn finding(value: &Value, connections: &[Connection]) -> Result<Finding> {
    let id = member(value, "connection")?.as_u64();
    let connection = connections.iter().find(|c| Some(c.id) == id);
    let endpoint = maybe_text(value, "endpoint");
    let of_connection = connection.and_then(|c| match endpoint.as_deref() {
        Some("client") => Some(c.client),
        Some("server") => Some(c.server),
        _ => None,
    });
    Ok(Finding {
        rule: text(value, "rule")?,
        case: maybe_text(value, "case"),
        severity: text(value, "severity")?,
        certainty: text(value, "certainty")?,
        blames: text(value, "blames")?,
        whom: of_connection.or_else(|| socket(value.get("subject")?).ok()),
        packet: member(value, "packet")?.as_u64(),
        related: list(value, "related_packets")?
            .iter()
            .map(|related| number(related, "packet"))
            .collect::<Result<_>>()?,
        message: text(value, "message")?,
    })
}

/// A member that must be there.
pub fn member<'a>(value: &'a Value, name: &str) -> Result<&'a Value> {
    value
        .get(name)
        .with_context(|| format!("no member `{name}`"))
}

/// A list that must be there.
pub fn list<'a>(value: &'a Value, name: &str) -> Result<&'a Vec<Value>> {
    member(value, name)?
        .as_array()
        .with_context(|| format!("`{name}` is no list"))
}

/// A text that must be there.
pub fn text(value: &Value, name: &str) -> Result<String> {
    maybe_text(value, name).with_context(|| format!("no text `{name}`"))
}

/// A text that may be missing or null.
pub fn maybe_text(value: &Value, name: &str) -> Option<String> {
    Some(value.get(name)?.as_str()?.to_owned())
}

fn number(value: &Value, name: &str) -> Result<u64> {
    member(value, name)?
        .as_u64()
        .with_context(|| format!("`{name}` is no number"))
}

fn moment(value: &Value, name: &str) -> Result<i64> {
    let written = text(value, name)?;
    let moment: jiff::Timestamp = written.parse().with_context(|| written.clone())?;
    Ok(moment.as_microsecond())
}

fn socket(value: &Value) -> Result<SocketAddr> {
    let ip = text(value, "ip")?.parse()?;
    let port = u16::try_from(number(value, "port")?)?;
    Ok(SocketAddr::new(ip, port))
}
