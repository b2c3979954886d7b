//! A scan without SYN is one finding, not one for each of its probes.

use super::run::Judged;
use crate::flow::patterns::PatternFinding;
use crate::rules;

/// What is said of single probes of a scan goes under the scan, as its rule's
/// `folds` say. They are no connections, so checks that could not be made of
/// them are not missed.
pub fn fold(judged: &mut [Judged], patterns: &mut [PatternFinding]) {
    for judged in judged {
        let Some((source, kind)) = judged.probe else {
            continue;
        };
        let is_its = |scan: &&mut PatternFinding| {
            scan.code == "AT003"
                && (scan.subject.ip, scan.tunnel) == (source.addr, source.tunnel)
                && scan.case == Some(kind.as_str())
        };
        let Some(scan) = patterns.iter_mut().find(is_its) else {
            continue;
        };
        let folds = rules::find(scan.code).map_or(&[][..], |rule| rule.folds);
        let followers = &mut scan.followers;
        judged.findings.retain(|finding| {
            let folded = folds.iter().any(|(code, _)| *code == finding.rule);
            *followers += if folded { finding.followers + 1 } else { 0 };
            !folded
        });
        judged.entry.withheld.clear();
    }
}
