//! What is in force for a capture when all have been heard: first the file, then its parts for
//! the capture, in their order, last the command line. The last word counts.

use super::wishes::{Chosen, Ignored, Origin, Selected, Wish, Wishes};
use crate::finding::Certainty;
use crate::settings::{FailOn, Profile, Settings, SeverityChoice, VantageChoice};

/// Settings, each with where it comes from; see [`Wishes`].
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "named as in Settings")]
pub struct InForce {
    pub profile: Wish<Profile>,
    pub msl_ns: Wish<i64>,
    pub vantage: Wish<VantageChoice>,
    pub lossless: Wish<bool>,
    pub select: Option<Wish<Selected>>,
    pub ignore: Vec<Ignored>,
    pub severities: Vec<Chosen>,
    pub fail_on: Wish<FailOn>,
    pub fail_certainty: Wish<Certainty>,
    pub fail_on_withheld: Wish<bool>,
    pub allow_truncated: Wish<bool>,
    pub allow_no_tcp: Wish<bool>,
}

impl Default for InForce {
    fn default() -> InForce {
        let settings = Settings::default();
        InForce {
            profile: Wish::default(settings.profile),
            msl_ns: Wish::default(settings.msl_ns),
            vantage: Wish::default(settings.vantage),
            lossless: Wish::default(settings.lossless),
            select: None,
            ignore: Vec::new(),
            severities: Vec::new(),
            fail_on: Wish::default(settings.fail_on),
            fail_certainty: Wish::default(settings.fail_certainty),
            fail_on_withheld: Wish::default(settings.fail_on_withheld),
            allow_truncated: Wish::default(settings.allow_truncated),
            allow_no_tcp: Wish::default(settings.allow_no_tcp),
        }
    }
}

impl InForce {
    /// What is in force after these have been heard one after the other.
    pub fn of<'a>(all: impl IntoIterator<Item = &'a Wishes>) -> InForce {
        let mut force = InForce::default();
        all.into_iter().for_each(|wishes| force.hear(wishes));
        force
    }

    fn hear(&mut self, wishes: &Wishes) {
        let Wishes {
            profile,
            msl_ns,
            vantage,
            lossless,
            select,
            ignore,
            severities,
            fail_on,
            fail_certainty,
            fail_on_withheld,
            allow_truncated,
            allow_no_tcp,
        } = wishes.clone();
        put(&mut self.profile, profile);
        put(&mut self.msl_ns, msl_ns);
        put(&mut self.vantage, vantage);
        put(&mut self.lossless, lossless);
        put(&mut self.fail_on, fail_on);
        put(&mut self.fail_certainty, fail_certainty);
        put(&mut self.fail_on_withheld, fail_on_withheld);
        put(&mut self.allow_truncated, allow_truncated);
        put(&mut self.allow_no_tcp, allow_no_tcp);
        if let Some(select) = select {
            // Who types the name of a rule wants to see it.
            if select.origin == Origin::CommandLine {
                for ignored in &mut self.ignore {
                    let named = &select.value.named;
                    ignored.rules.retain(|(code, _)| !named.contains(code));
                }
            }
            self.select = Some(select);
        }
        self.ignore.extend(ignore);
        self.ignore.retain(|ignored| !ignored.rules.is_empty());
        for chosen in severities {
            self.severities.retain(|old| old.target != chosen.target);
            self.severities.push(chosen);
        }
    }

    /// As the checker takes them; what is not the user's to configure is as by default.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let mut settings = Settings {
            profile: self.profile.value,
            msl_ns: self.msl_ns.value,
            vantage: self.vantage.value,
            lossless: self.lossless.value,
            select: self.select.as_ref().map(|wish| wish.value.codes.clone()),
            fail_on: self.fail_on.value,
            fail_certainty: self.fail_certainty.value,
            fail_on_withheld: self.fail_on_withheld.value,
            allow_truncated: self.allow_truncated.value,
            allow_no_tcp: self.allow_no_tcp.value,
            ..Settings::default()
        };
        let chosen = self.severities.iter();
        settings
            .severities
            .extend(chosen.map(|chosen| (chosen.target, chosen.choice)));
        for target in self.ignore.iter().flat_map(|ignored| &ignored.rules) {
            match target {
                (code, None) => {
                    settings.ignore.insert(code);
                }
                (_, Some(_)) => {
                    settings.severities.insert(*target, SeverityChoice::Off);
                }
            }
        }
        settings
    }
}

fn put<T>(place: &mut Wish<T>, wish: Option<Wish<T>>) {
    if let Some(wish) = wish {
        *place = wish;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Severity;

    fn file(line: u64) -> Origin {
        let name = "f".into();
        Origin::File { name, line }
    }

    fn ignoring(targets: &[super::super::wishes::Target], origin: Origin) -> Wishes {
        let ignored = Ignored {
            rules: targets.iter().copied().collect(),
            reason: None,
            origin,
        };
        Wishes {
            ignore: vec![ignored],
            ..Wishes::default()
        }
    }

    #[test]
    fn the_last_word_counts() {
        let asks = |ns, line| Wishes {
            msl_ns: Some(Wish {
                value: ns,
                origin: file(line),
            }),
            ..Wishes::default()
        };
        let force = InForce::of(&[asks(1, 1), asks(2, 9), Wishes::default()]);
        assert_eq!((force.msl_ns.value, &force.msl_ns.origin), (2, &file(9)));
        assert_eq!(force.settings().msl_ns, 2);
        assert_eq!(force.profile, Wish::default(Profile::Rfc));
    }

    #[test]
    fn what_is_ignored_adds_up_until_it_is_asked_for_by_name() {
        let all = [
            ignoring(&[("HS001", None), ("RT004", None)], file(1)),
            ignoring(&[("TD005", Some("merged-by-peer"))], file(2)),
        ];
        let settings = InForce::of(&all).settings();
        assert!(!settings.wants("HS001") && !settings.wants("RT004") && settings.wants("TD005"));
        let case = ("TD005", Some("merged-by-peer"));
        assert_eq!(settings.severities.get(&case), Some(&SeverityChoice::Off));

        let select = |origin, named: &[&'static str]| Wishes {
            select: Some(Wish {
                value: Selected {
                    words: Vec::new(),
                    codes: ["HS001", "RT004", "TD005"].into(),
                    named: named.iter().copied().collect(),
                },
                origin,
            }),
            ..Wishes::default()
        };
        let force = |select| InForce::of([&all[0], &all[1], &select]).settings();
        let typed = force(select(Origin::CommandLine, &["HS001"]));
        assert!(typed.wants("HS001") && !typed.wants("RT004") && !typed.wants("WN001"));
        assert!(!force(select(file(3), &["HS001"])).wants("HS001"));
    }

    #[test]
    fn a_severity_takes_the_place_of_another_for_the_same() {
        let choose = |level, line| Wishes {
            severities: vec![Chosen {
                target: ("HS001", None),
                choice: SeverityChoice::Level(level),
                origin: file(line),
            }],
            ..Wishes::default()
        };
        let force = InForce::of(&[choose(Severity::Info, 1), choose(Severity::Error, 2)]);
        assert_eq!(force.severities.len(), 1);
        assert_eq!(force.severities[0].origin, file(2));
    }
}
