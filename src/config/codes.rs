//! Codes, names and groups of rules as typed, looked up in the catalogue.

use std::collections::{BTreeMap, BTreeSet};

use super::values::SeveritySpec;
use super::wishes::Selected;
use crate::rules::Rule;
use crate::settings::SeverityChoice;

/// How like an unknown word must be to a known one to be suggested.
const LIKENESS: f64 = 0.7;

/// The rule with this code or name.
pub fn find(rules: &[&'static Rule], word: &str) -> Result<&'static Rule, String> {
    rules
        .iter()
        .copied()
        .find(|rule| is_called(rule, word))
        .ok_or_else(|| unknown(rules, word))
}

/// The codes meant by a list of codes, names and groups.
pub fn resolve(
    rules: &[&'static Rule],
    words: &[String],
) -> Result<BTreeSet<&'static str>, String> {
    let mut codes = BTreeSet::new();
    for word in words.iter().map(|word| word.trim()) {
        let meant = |rule: &&&Rule| is_called(rule, word) || is_in_group(rule, word);
        let mut found = rules.iter().filter(meant).map(|rule| rule.code).peekable();
        if found.peek().is_none() {
            return Err(unknown(rules, word));
        }
        codes.extend(found);
    }
    Ok(codes)
}

/// The rules meant by such a list, and which of them were named themselves.
pub fn selected(rules: &[&'static Rule], words: &[String]) -> Result<Selected, String> {
    let codes = resolve(rules, words)?;
    let is_named = |code: &&'static str| {
        let by = |rule: &&&Rule| rule.code == *code;
        let rule = rules.iter().find(by);
        rule.is_some_and(|rule| words.iter().any(|word| is_called(rule, word.trim())))
    };
    let named = codes.iter().copied().filter(is_named).collect();
    let words = words.to_vec();
    Ok(Selected {
        words,
        codes,
        named,
    })
}

/// The severities chosen, by code and case; a later choice wins.
pub fn severities(
    rules: &[&'static Rule],
    specs: &[SeveritySpec],
) -> Result<BTreeMap<(&'static str, Option<&'static str>), SeverityChoice>, String> {
    let mut choices = BTreeMap::new();
    for spec in specs {
        let rule = find(rules, &spec.rule)?;
        let case = match &spec.case {
            None => None,
            Some(case) => Some(find_case(rule, case)?),
        };
        choices.insert((rule.code, case), spec.choice);
    }
    Ok(choices)
}

/// The word of `known` that is most like `word`, if any is.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    known
        .into_iter()
        .map(|candidate| {
            (
                strsim::jaro(&word, &candidate.to_ascii_lowercase()),
                candidate,
            )
        })
        .filter(|(likeness, _)| *likeness > LIKENESS)
        // The first of equals, so that the answer does not depend on chance.
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, candidate)| candidate)
}

fn is_called(rule: &Rule, word: &str) -> bool {
    rule.code.eq_ignore_ascii_case(word) || rule.name.eq_ignore_ascii_case(word)
}

fn is_in_group(rule: &Rule, word: &str) -> bool {
    group_of(rule).eq_ignore_ascii_case(word)
}

fn group_of(rule: &Rule) -> &'static str {
    rule.code.get(..2).unwrap_or(rule.code)
}

fn unknown(rules: &[&'static Rule], word: &str) -> String {
    let known = rules.iter().flat_map(|rule| [rule.code, rule.name]);
    match nearest(word, known) {
        Some(near) => match rules.iter().find(|rule| rule.name == near) {
            Some(rule) => format!(
                "no rule is called '{word}'; did you mean {} ({near})?",
                rule.code
            ),
            None => format!("no rule is called '{word}'; did you mean {near}?"),
        },
        None => format!("no rule is called '{word}'; `tcpcheck rules` lists all"),
    }
}

fn find_case(rule: &'static Rule, word: &str) -> Result<&'static str, String> {
    let names = || rule.cases.iter().map(|(name, _)| *name);
    names()
        .find(|name| name.eq_ignore_ascii_case(word))
        .ok_or_else(|| match names().collect::<Vec<_>>() {
            none if none.is_empty() => format!("{} has no cases", rule.code),
            all => format!(
                "{} has no case '{word}', only {}",
                rule.code,
                all.join(", ")
            ),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::values;
    use crate::finding::Severity;
    use crate::report::sample::RULES;

    fn resolved(words: &[&str]) -> Result<Vec<&'static str>, String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        resolve(RULES, &words).map(|codes| codes.into_iter().collect())
    }

    #[test]
    fn codes_names_and_groups_are_known_in_any_case() {
        assert_eq!(resolved(&["hs001", "TD"]), Ok(vec!["HS001", "TD005"]));
        assert_eq!(resolved(&["three-segment-teardown"]), Ok(vec!["TD005"]));
        assert_eq!(resolved(&["HS001", "hs"]), Ok(vec!["HS001"]));
    }

    #[test]
    fn what_is_unknown_gets_a_suggestion() {
        let error = |word| resolved(&[word]).unwrap_err();
        insta::assert_snapshot!(error("HS010"), @"no rule is called 'HS010'; did you mean HS001?");
        insta::assert_snapshot!(
            error("synack-of"),
            @"no rule is called 'synack-of'; did you mean HS001 (synack-ack-off)?"
        );
        insta::assert_snapshot!(error("ZZ"), @"no rule is called 'ZZ'; `tcpcheck rules` lists all");
        insta::assert_snapshot!(error(""), @"no rule is called ''; `tcpcheck rules` lists all");
    }

    #[test]
    fn severities_are_kept_by_code_and_case() {
        let choose = |text| severities(RULES, &[values::severity(text).unwrap()]);
        let level = SeverityChoice::Level(Severity::Error);
        let by_case = BTreeMap::from([(("TD005", Some("merged-by-peer")), level)]);
        assert_eq!(choose("td005/Merged-by-peer=error"), Ok(by_case));
        let off = BTreeMap::from([(("HS001", None), SeverityChoice::Off)]);
        assert_eq!(choose("HS001=off"), Ok(off));
        insta::assert_snapshot!(choose("HS001/x=off").unwrap_err(), @"HS001 has no cases");
        insta::assert_snapshot!(
            choose("TD005/x=off").unwrap_err(),
            @"TD005 has no case 'x', only merged-by-peer, merged-by-closer"
        );
    }
}
