//! The tunnels of many connections: too long for a table, they stand under it.

use std::io;

use crate::report::brief::Brief;
use crate::report::page::Page;
use crate::report::{style, words};
use crate::tunnel::Tunnel;

/// The chain of tunnels that all connections run in, if they run in one.
#[derive(Debug, Default)]
pub enum Shared {
    /// There was no connection yet.
    #[default]
    None,
    /// All have this one.
    One(Vec<Tunnel>),
    /// They differ.
    Several,
}

impl Shared {
    /// Takes in one connection's.
    pub fn add(&mut self, chain: &[Tunnel]) {
        match self {
            Shared::None => *self = Shared::One(chain.to_vec()),
            Shared::One(first) if first != chain => *self = Shared::Several,
            Shared::One(_) | Shared::Several => {}
        }
    }

    /// Says once what holds of all connections.
    pub fn write(&self, page: &mut Page<'_>) -> io::Result<()> {
        match self {
            Shared::One(chain) if !chain.is_empty() => {
                page.hang(2, "all in ", style::PLAIN, &words::tunnels(chain))
            }
            _ => Ok(()),
        }
    }
}

/// Short names for the chains of tunnels of the rows of a table. Connections
/// with equal sockets differ in them.
pub struct Legend<'a> {
    chains: Vec<&'a [Tunnel]>,
}

impl<'a> Legend<'a> {
    /// The chains of some rows; none where all connections of the report share one.
    pub fn of(shared: &Shared, rows: impl Iterator<Item = &'a [Tunnel]>) -> Legend<'a> {
        let mut chains: Vec<&[Tunnel]> = Vec::new();
        if matches!(shared, Shared::Several) {
            for chain in rows.filter(|chain| !chain.is_empty()) {
                if !chains.contains(&chain) {
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
    pub fn name(&self, connection: &Brief) -> String {
        let chain = &*connection.tunnels;
        match self.chains.iter().position(|known| *known == chain) {
            Some(place) => name(place),
            // More tunnels than are kept by name.
            None if connection.unnamed_tunnels => "?".to_owned(),
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
