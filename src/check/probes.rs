//! A scan without SYN is one finding, not one for each of its probes.

use std::net::IpAddr;

use hashbrown::HashMap;

use super::run::Judged;
use crate::flow::patterns::PatternFinding;
use crate::rules;

/// What is said of single probes of a scan goes under the scan, as its rule's
/// `folds` say. They are no connections, so checks that could not be made of
/// them are not missed.
///
/// There may be as many scans as probes, so each finds its own by looking up.
pub fn fold(judged: &mut [Judged], patterns: &mut [PatternFinding]) {
    let mut scans: HashMap<(IpAddr, &str), &mut u64> = patterns
        .iter_mut()
        .filter(|pattern| pattern.code == CODE)
        .filter_map(|scan| Some(((scan.subject.ip, scan.case?), &mut scan.followers)))
        .collect();
    let folds = rules::find(CODE).map_or(&[][..], |rule| rule.folds);
    for judged in judged {
        let Some((source, kind)) = judged.probe else {
            continue;
        };
        let Some(followers) = scans.get_mut(&(source, kind.as_str())) else {
            continue;
        };
        judged.findings.retain(|finding| {
            let folded = folds.iter().any(|(code, _)| *code == finding.rule);
            **followers += if folded { finding.followers + 1 } else { 0 };
            !folded
        });
        judged.entry.withheld.clear();
    }
}

/// The rule that speaks of such scans.
const CODE: &str = "AT003";
