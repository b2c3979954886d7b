//! Arguments that choose what is shown.

use clap::Args;

use super::{codes, values};
use crate::report::narrow::{Narrowing, Network};
use crate::rules::RULES;

/// What is shown.
#[derive(Debug, Args)]
#[command(next_help_heading = "Narrowing")]
pub struct NarrowArgs {
    /// Show this connection only, by its number in the report; repeatable
    ///
    /// This and the next three options choose what is shown, in every format; what is judged, the
    /// verdict, all counts and the exit status stay. Of one option given several times any may
    /// fit, of different ones all must.
    #[arg(long = "connection", value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub connections: Vec<u64>,
    /// Show what this host, or a host of this network, has part in; repeatable
    #[arg(long = "host", value_name = "ADDR[/LEN]", value_parser = values::network)]
    pub hosts: Vec<Network>,
    /// Show connections with this port, at either end; repeatable
    #[arg(long = "port", value_name = "PORT")]
    pub ports: Vec<u16>,
    /// Show findings by these rules only (codes, names or groups), and connections with them; repeatable
    #[arg(long = "rule", value_name = "CODES", value_delimiter = ',')]
    pub rules: Vec<String>,
}

impl NarrowArgs {
    /// Everything is shown.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let NarrowArgs {
            connections,
            hosts,
            ports,
            rules,
        } = self;
        connections.is_empty() && hosts.is_empty() && ports.is_empty() && rules.is_empty()
    }

    /// What is asked for.
    ///
    /// # Errors
    /// No rule has such a name.
    pub fn narrowing(&self) -> Result<Narrowing, String> {
        Ok(Narrowing {
            connections: self.connections.iter().copied().collect(),
            hosts: self.hosts.clone(),
            ports: self.ports.iter().copied().collect(),
            rules: codes::resolve(&RULES, &self.rules)?,
        })
    }
}
