//! The tunnels of many connections: too long for a table, they stand under it.

use std::io;

use crate::report::model::{ConnectionReport, Report};
use crate::report::page::Page;
use crate::report::{style, words};
use crate::tunnel::Tunnel;

/// The chain of tunnels that all connections run in, if they run in one.
fn shared(report: &Report) -> Option<&[Tunnel]> {
    let mut chains = report.connections.iter().map(|c| &*c.tunnels);
    let first = chains.next().filter(|chain| !chain.is_empty())?;
    chains.all(|chain| chain == first).then_some(first)
}

/// Says once what holds of all connections.
pub fn write_shared(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    match shared(report) {
        Some(chain) => page.hang(2, "all in ", style::PLAIN, &words::tunnels(chain)),
        None => Ok(()),
    }
}

/// Short names for the chains of tunnels of the rows of a table. Connections
/// with equal sockets differ in them.
pub struct Legend<'a> {
    chains: Vec<&'a [Tunnel]>,
}

impl<'a> Legend<'a> {
    /// The chains of `rows`; none where all connections of the report share one.
    pub fn of(report: &Report, rows: &[&'a ConnectionReport]) -> Legend<'a> {
        let mut chains: Vec<&[Tunnel]> = Vec::new();
        if shared(report).is_none() {
            for chain in rows.iter().map(|row| &*row.tunnels) {
                if !chain.is_empty() && !chains.contains(&chain) {
                    chains.push(chain);
                }
            }
        }
        Legend { chains }
    }

    /// There is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.chains.is_empty()
    }

    /// The name of the tunnels around a connection.
    pub fn name(&self, connection: &ConnectionReport) -> String {
        let chain = &*connection.tunnels;
        match self.chains.iter().position(|known| *known == chain) {
            Some(place) => name(place),
            // More tunnels than are kept by name.
            None if connection.undetermined.contains_key("tunnels") => "?".to_owned(),
            None => "-".to_owned(),
        }
    }

    /// What the names stand for.
    pub fn write(&self, page: &mut Page<'_>) -> io::Result<()> {
        for (place, chain) in self.chains.iter().enumerate() {
            let lead = format!("{:<4}", name(place));
            page.hang(2, &lead, style::PLAIN, &words::tunnels(chain))?;
        }
        Ok(())
    }
}

fn name(place: usize) -> String {
    format!("T{}", place + 1)
}
