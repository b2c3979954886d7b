//! Which options were typed. What was not has a value all the same, which a configuration file
//! may change.

use std::collections::BTreeSet;

use clap::ArgMatches;
use clap::parser::ValueSource;

use crate::config::wishes::Wish;

/// The options that were typed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Given(BTreeSet<String>);

impl Given {
    /// Those of the arguments of a check.
    pub fn of_matches(matches: &ArgMatches) -> Given {
        let typed = |id: &&str| matches.value_source(id) == Some(ValueSource::CommandLine);
        let ids = matches.ids().map(clap::Id::as_str);
        Given(ids.filter(typed).map(str::to_owned).collect())
    }

    /// The value of an option if it was typed.
    pub fn of<T>(&self, id: &str, value: T) -> Option<Wish<T>> {
        self.0.contains(id).then(|| Wish::typed(value))
    }
}
