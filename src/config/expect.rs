//! Connections that a capture must hold, or must not: `[[expect]]`. A test that captured nothing
//! of what it was about must not pass because nothing wrong was found.

use std::net::IpAddr;

use serde::Deserialize;
use toml::Spanned;

use super::file::{self, Capture};
use super::paths::Pattern;
use super::read::Source;
use super::words::{Network, OneOrMany, StateWord};
use crate::machine::state::State;
use crate::report::model::{Closing, ConnectionReport, Opening, PerRole};
use crate::report::words;
use crate::segment::Socket;

/// `[[expect]]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sheet {
    name: Option<String>,
    paths: Option<Vec<Spanned<String>>>,
    host: Option<Network>,
    client: Option<Network>,
    server: Option<Network>,
    port: Option<u16>,
    opening: Option<OneOrMany<Opening>>,
    closing: Option<OneOrMany<Closing>>,
    client_state: Option<OneOrMany<StateWord>>,
    server_state: Option<OneOrMany<StateWord>>,
    at_least: Option<u64>,
    at_most: Option<u64>,
}

/// What is expected of captures.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Expectation {
    /// The file in which it stands.
    pub file: String,
    /// The line.
    pub line: u64,
    /// What its author calls it.
    name: Option<String>,
    /// The captures; `None` for all.
    patterns: Option<Vec<Pattern>>,
    hosts: Hosts,
    openings: Option<Vec<Opening>>,
    closings: Option<Vec<Closing>>,
    states: PerRole<Option<Vec<State>>>,
    /// So many connections at least.
    pub at_least: u64,
    /// So many at the most.
    pub at_most: Option<u64>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Hosts {
    either: Option<Network>,
    client: Option<Network>,
    server: Option<Network>,
    /// The server's.
    port: Option<u16>,
}

/// What can be asked of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    client: Socket,
    server: Socket,
    opening: Opening,
    closing: Closing,
    states: &'a PerRole<Option<State>>,
}

impl<'a, C> From<&'a ConnectionReport<C>> for Facts<'a> {
    fn from(entry: &'a ConnectionReport<C>) -> Facts<'a> {
        Facts {
            client: entry.client,
            server: entry.server,
            opening: entry.opening,
            closing: entry.closing,
            states: &entry.final_state,
        }
    }
}

/// What was written, understood.
pub(super) fn read(source: &Source, written: Spanned<Sheet>) -> Result<Expectation, String> {
    let span = written.span();
    let sheet = written.into_inner();
    let patterns = match &sheet.paths {
        None => None,
        Some(paths) => {
            let patterns = paths.iter().map(|text| file::pattern(source, text));
            Some(patterns.collect::<Result<_, String>>()?)
        }
    };
    let states = |words: Option<OneOrMany<StateWord>>| {
        words.map(|words| words.0.into_iter().map(|word| word.0).collect())
    };
    let expectation = Expectation {
        file: source.name.clone(),
        line: source.line(&span),
        name: sheet.name.filter(|name| !name.trim().is_empty()),
        patterns,
        hosts: Hosts {
            either: sheet.host,
            client: sheet.client,
            server: sheet.server,
            port: sheet.port,
        },
        openings: sheet.opening.map(|all| all.0),
        closings: sheet.closing.map(|all| all.0),
        states: PerRole {
            client: states(sheet.client_state),
            server: states(sheet.server_state),
        },
        at_least: sheet.at_least.unwrap_or(u64::from(sheet.at_most.is_none())),
        at_most: sheet.at_most,
    };
    if expectation
        .at_most
        .is_some_and(|most| most < expectation.at_least)
    {
        let message = "at-most is less than at-least, so this can never be met";
        return Err(source.wrong(span, message));
    }
    if (expectation.at_least, expectation.at_most) == (0, None) {
        return Err(source.wrong(
            span,
            "this expects nothing: at-least is 0, and there is no at-most",
        ));
    }
    Ok(expectation)
}

impl Expectation {
    /// Whether it is about a capture.
    #[must_use]
    pub fn is_about(&self, capture: Capture<'_>) -> bool {
        let matches = |pattern: &Pattern| pattern.matches(capture.below, capture.name);
        (self.patterns.as_ref()).is_none_or(|patterns| patterns.iter().any(matches))
    }

    /// Whether a connection is one of those that are counted.
    #[must_use]
    pub fn counts(&self, facts: Facts<'_>) -> bool {
        let Facts {
            client,
            server,
            opening,
            closing,
            states,
        } = facts;
        let within = |network: &Option<Network>, ips: &[IpAddr]| {
            (network.as_ref()).is_none_or(|network| ips.iter().any(|ip| network.holds(*ip)))
        };
        let is_one_of = |states: &Option<Vec<State>>, state: Option<State>| {
            (states.as_ref()).is_none_or(|all| state.is_some_and(|state| all.contains(&state)))
        };
        within(&self.hosts.either, &[client.ip, server.ip])
            && within(&self.hosts.client, &[client.ip])
            && within(&self.hosts.server, &[server.ip])
            && self.hosts.port.is_none_or(|port| port == server.port)
            && (self.openings.as_ref()).is_none_or(|all| all.contains(&opening))
            && (self.closings.as_ref()).is_none_or(|all| all.contains(&closing))
            && is_one_of(&self.states.client, states.client)
            && is_one_of(&self.states.server, states.server)
    }

    /// Whether so many are as it should be.
    #[must_use]
    pub fn is_met(&self, found: u64) -> bool {
        found >= self.at_least && self.at_most.is_none_or(|most| found <= most)
    }

    /// Its name, or what it asks for.
    #[must_use]
    pub fn name(&self) -> String {
        (self.name.clone()).unwrap_or_else(|| format!("{} {}", self.how_many(), self.which()))
    }

    /// What it asks for.
    #[must_use]
    pub fn in_words(&self) -> String {
        format!("{} {}", self.how_many(), self.which())
    }

    fn how_many(&self) -> String {
        let connections = |count| words::count(count, "connection");
        match (self.at_least, self.at_most) {
            (0, Some(0)) => "no connection".to_owned(),
            (least, Some(most)) if least == most => format!("just {}", connections(most)),
            (0, Some(most)) => format!("at most {}", connections(most)),
            (least, Some(most)) => format!("{} to {}", words::number(least), connections(most)),
            (least, None) => format!("at least {}", connections(least)),
        }
    }

    fn which(&self) -> String {
        let mut parts = Vec::new();
        let Hosts {
            either,
            client,
            server,
            port,
        } = &self.hosts;
        parts.extend(client.as_ref().map(|network| format!("from {network}")));
        parts.extend(match (server, port) {
            (None, None) => None,
            (Some(network), None) => Some(format!("to {network}")),
            (None, Some(port)) => Some(format!("to port {port}")),
            (Some(network), Some(port)) => Some(format!("to port {port} of {network}")),
        });
        parts.extend(either.as_ref().map(|network| format!("of {network}")));
        let names = |all: Vec<&str>| words::list(&all, "or");
        parts.extend(self.openings.as_ref().map(|all| {
            let all = all.iter().map(|one| words::opening(*one));
            format!("opened {}", names(all.collect()))
        }));
        parts.extend(self.closings.as_ref().map(|all| {
            let all = all.iter().map(|one| words::closing(*one));
            format!("closed {}", names(all.collect()))
        }));
        for (who, states) in [
            ("client", &self.states.client),
            ("server", &self.states.server),
        ] {
            parts.extend(states.as_ref().map(|all| {
                let all = all.iter().map(|state| state.as_str());
                format!("with the {who} in {}", names(all.collect()))
            }));
        }
        match parts.is_empty() {
            true => "of any kind".to_owned(),
            false => parts.join(", "),
        }
    }
}
