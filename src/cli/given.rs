//! Which options were typed. What was not has a value all the same, which a configuration file
//! may change.

use std::collections::BTreeSet;

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::args::{CheckArgs, JudgeArgs};
use crate::config::codes;
use crate::config::wishes::{Chosen, Ignored, Origin, Wish, Wishes};
use crate::rules::RULES;

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

/// What the command line asks for. (What it does not say stands in the arguments as by default.)
///
/// # Errors
/// It names a rule that is not known.
pub fn typed(arguments: &CheckArgs, given: &Given) -> Result<Wishes, String> {
    let JudgeArgs {
        profile,
        select,
        ignore,
        severities,
        msl,
    } = &arguments.judge;
    let (capture, gate) = (&arguments.capture, &arguments.gate);
    let select = match select.as_slice() {
        [] => None,
        words => Some(Wish::typed(codes::selected(&RULES, words)?)),
    };
    let ignored = codes::resolve(&RULES, ignore)?;
    let ignored = Ignored {
        rules: ignored.into_iter().map(|code| (code, None)).collect(),
        reason: None,
        origin: Origin::CommandLine,
    };
    let severities = codes::severities(&RULES, severities)?.into_iter();
    let severities = severities.map(|(target, choice)| Chosen {
        target,
        choice,
        origin: Origin::CommandLine,
    });
    let flag = |is_set: bool| is_set.then(|| Wish::typed(true));
    Ok(Wishes {
        profile: given.of("profile", (*profile).into()),
        msl_ns: given.of("msl", *msl),
        vantage: given.of("vantage", capture.vantage),
        lossless: flag(capture.lossless),
        select,
        ignore: vec![ignored],
        severities: severities.collect(),
        fail_on: given.of("fail_on", gate.fail_on.into()),
        fail_certainty: given.of("fail_certainty", gate.fail_certainty.into()),
        fail_on_withheld: flag(gate.fail_on_withheld),
        allow_truncated: flag(capture.allow_truncated),
        allow_no_tcp: flag(capture.allow_no_tcp),
    })
}
