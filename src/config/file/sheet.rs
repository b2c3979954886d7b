//! A configuration file as it is written; docs/configuration.md tells what its keys mean.

use serde::Deserialize;
use toml::Spanned;

use crate::config::expect;
use crate::config::words::{Msl, Vantage};
use crate::finding::{Certainty, Severity};
use crate::settings::{FailOn, Profile, SeverityChoice};

/// Keys that stand in the file itself and in its parts for some captures, named as the options of
/// the command line. (`deny_unknown_fields` does not go with `flatten`.)
macro_rules! sheet {
    ($(#[$about:meta])* $name:ident { $($more:tt)* }) => {
        $(#[$about])*
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        pub struct $name {
            $($more)*
            pub profile: Option<Spanned<ProfileWord>>,
            pub msl: Option<Spanned<Msl>>,
            pub vantage: Option<Spanned<Vantage>>,
            pub lossless: Option<Spanned<bool>>,
            pub select: Option<Spanned<Vec<Spanned<String>>>>,
            #[serde(default)]
            pub ignore: Vec<Spanned<IgnoreSheet>>,
            #[serde(default)]
            pub severity: std::collections::BTreeMap<Spanned<String>, Spanned<SeverityWord>>,
            pub fail_on: Option<Spanned<FailWord>>,
            pub fail_certainty: Option<Spanned<CertaintyWord>>,
            pub fail_on_withheld: Option<Spanned<bool>>,
            pub allow_truncated: Option<Spanned<bool>>,
            pub allow_no_tcp: Option<Spanned<bool>>,
        }
    };
}

sheet! {
    /// The whole file.
    Sheet {
        #[serde(default, rename = "override")]
        pub overrides: Vec<Spanned<PartSheet>>,
        #[serde(default)]
        pub expect: Vec<Spanned<expect::Sheet>>,
    }
}

sheet! {
    /// `[[override]]`
    PartSheet {
        pub paths: Vec<Spanned<String>>,
        pub reason: Spanned<String>,
    }
}

sheet! {
    /// What the two share.
    Common {}
}

/// `[[ignore]]`
#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a table with 'rules' and 'reason', as under [[ignore]]"
)]
pub struct IgnoreSheet {
    pub rules: Vec<Spanned<String>>,
    pub reason: Spanned<String>,
}

/// Words, each with what it stands for.
macro_rules! words {
    ($($word:ident = $meaning:ty { $($name:ident: $value:expr,)* })*) => {$(
        #[derive(Clone, Copy, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $word { $($name,)* }

        impl From<$word> for $meaning {
            fn from(word: $word) -> $meaning {
                match word { $($word::$name => $value,)* }
            }
        }
    )*};
}

words! {
    ProfileWord = Profile { Rfc: Profile::Rfc, Textbook: Profile::Textbook, }
    FailWord = FailOn {
        Error: FailOn::Severity(Severity::Error),
        Warning: FailOn::Severity(Severity::Warning),
        Notice: FailOn::Severity(Severity::Notice),
        Info: FailOn::Severity(Severity::Info),
        Never: FailOn::Never,
    }
    CertaintyWord = Certainty { Likely: Certainty::Likely, Definite: Certainty::Definite, }
    SeverityWord = SeverityChoice {
        Error: SeverityChoice::Level(Severity::Error),
        Warning: SeverityChoice::Level(Severity::Warning),
        Notice: SeverityChoice::Level(Severity::Notice),
        Info: SeverityChoice::Level(Severity::Info),
        Off: SeverityChoice::Off,
    }
}
