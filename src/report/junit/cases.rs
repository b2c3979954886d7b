//! The cases of a connection: one for each group of rules that was asked for.

use std::collections::BTreeMap;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus};

use crate::finding::Finding;
use crate::report::gate::Gate;
use crate::report::model::Withheld;
use crate::report::{clean, sentence, words};
use crate::rules::rule::{Check, Group};
use crate::rules::{self, RULES};

/// Findings told in a case.
const TOLD: usize = 50;

/// Makes cases.
pub struct Cases<'r> {
    gate: &'r Gate,
    /// Groups with a rule that looks at single connections and was asked for.
    groups: Vec<Group>,
}

/// What belongs into a case.
#[derive(Default)]
struct Content<'f> {
    findings: Vec<&'f Finding>,
    withheld: Vec<Withheld>,
}

impl Cases<'_> {
    pub fn of(gate: &Gate) -> Cases<'_> {
        let asked = RULES.iter().filter(|rule| {
            let looks_at_connections = matches!(rule.check, Check::Connection(_));
            looks_at_connections && !gate.rules_left_out.contains(&rule.code)
        });
        let mut groups: Vec<Group> = asked.map(|rule| rule.group).collect();
        groups.sort();
        groups.dedup();
        // The capture is no fault of a connection.
        groups.retain(|group| *group != Group::CA);
        Cases { gate, groups }
    }

    /// A case for each group that was asked for, whether there is anything to be said or not.
    pub fn of_connection(
        &self,
        name: &str,
        findings: &[Finding],
        withheld: &[Withheld],
    ) -> Vec<TestCase> {
        let mut contents: BTreeMap<Group, Content<'_>> = BTreeMap::new();
        for group in &self.groups {
            contents.insert(*group, Content::default());
        }
        for finding in findings {
            if let Some(group) = group(finding.rule) {
                contents.entry(group).or_default().findings.push(finding);
            }
        }
        for check in withheld {
            if let Some(group) = group(check.rule) {
                contents.entry(group).or_default().withheld.push(*check);
            }
        }
        let cases = contents.into_iter();
        cases
            .map(|(group, content)| self.case(name, group, &content))
            .collect()
    }

    /// Cases for what is said of no single connection.
    pub fn of_no_connection(&self, findings: &[Finding]) -> Vec<TestCase> {
        let mut contents: BTreeMap<Group, Content<'_>> = BTreeMap::new();
        for finding in findings {
            if let Some(group) = group(finding.rule) {
                contents.entry(group).or_default().findings.push(finding);
            }
        }
        let cases = contents.into_iter();
        cases
            .map(|(group, content)| self.case("no single connection", group, &content))
            .collect()
    }

    fn case(&self, name: &str, group: Group, content: &Content<'_>) -> TestCase {
        let name = format!("{name}: {}", group.title());
        let all = content.findings.iter().copied();
        let (failing, others): (Vec<_>, Vec<_>) = all.partition(|finding| finding.fails);
        let mut out = lines(&others);
        out.extend(content.withheld.iter().map(|check| {
            let Withheld { rule, need } = check;
            format!("not checked: {rule}, which needs {}", words::need(need))
        }));
        let withheld = content.withheld.len() as u64;
        let status = match failing.split_first() {
            Some((first, rest)) => {
                let more = match rest.len() {
                    0 => String::new(),
                    n => format!(" ({} more)", words::number(n as u64)),
                };
                let message = format!("{}: {}{more}", first.rule, first.message);
                failure(first.rule, &message, &lines(&failing).join("\n"))
            }
            None if withheld > 0 && self.gate.fail_on_withheld => {
                let message = format!("{} could not be made", words::count(withheld, "check"));
                failure("withheld", &message, &std::mem::take(&mut out).join("\n"))
            }
            None => TestCaseStatus::success(),
        };
        let mut case = TestCase::new(name, status);
        if !out.is_empty() {
            case.set_system_out(out.join("\n"));
        }
        case
    }
}

fn group(code: &str) -> Option<Group> {
    rules::find(code).map(|rule| rule.group)
}

fn failure(kind: &str, message: &str, description: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status
        .set_type(kind)
        .set_message(clean::line(message).as_ref())
        .set_description(description);
    status
}

/// Findings, a line each.
fn lines(findings: &[&Finding]) -> Vec<String> {
    let told = findings.iter().take(TOLD).map(|finding| {
        let (what, at) = (sentence::what(finding), sentence::place(finding, None));
        let line = format!(
            "{} {}: {what} ({at})",
            finding.severity.as_str(),
            finding.rule
        );
        clean::line(&line).into_owned()
    });
    let more = findings.len().saturating_sub(TOLD) as u64;
    told.chain((more > 0).then(|| format!("and {} more", words::number(more))))
        .collect()
}
