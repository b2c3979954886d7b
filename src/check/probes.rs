//! A scan without SYN is one finding, not one for each of its probes.
//!
//! Whether a probe belongs to a scan is known when the capture has been read;
//! until then probes, of which there may be many, are set aside.

use std::io;
use std::net::IpAddr;

use super::ledger::Ledger;
use crate::finding::Finding;
use crate::flow::patterns::PatternFinding;
use crate::flow::probe::ProbeKind;
use crate::report::archive::codec::{fields, variants};
use crate::report::archive::{Key, Shelf};
use crate::report::model::ConnectionReport;
use crate::rules;
use crate::tunnel::Within;

/// A connection that is nothing but a probe.
#[derive(Debug)]
pub struct Judged {
    /// Its entry.
    pub entry: ConnectionReport,
    /// What is said of it.
    pub findings: Vec<Finding>,
    /// Who probes.
    pub source: Within<IpAddr>,
    /// How.
    pub kind: ProbeKind,
}

fields! {
    Judged { entry, findings, source, kind }
}

variants! {
    ProbeKind: Null Fin Xmas SynFin FinAck Ack;
}

/// The probes of one capture.
#[derive(Debug)]
pub struct Probes {
    memory: usize,
    /// Made for the first of them.
    shelf: Option<Shelf>,
}

impl Probes {
    /// None yet; so many octets of them are held in memory.
    pub const fn new(memory: usize) -> Probes {
        Probes {
            memory,
            shelf: None,
        }
    }

    /// Sets a probe aside, or hands it back where there is no room for it.
    pub fn add(&mut self, probe: Judged) -> Option<Judged> {
        let shelf = self.shelf.get_or_insert_with(|| Shelf::new(self.memory));
        let key = Key {
            capture: 0,
            place: probe.entry.first_packet,
        };
        (!shelf.add(key, &probe)).then_some(probe)
    }

    /// Enters all probes into the books. What is said of single probes of a
    /// scan goes under the scan, as its rule's `folds` say. They are no
    /// connections, so checks that could not be made of them are not missed.
    ///
    /// # Errors
    /// Some lie in a temporary file, which cannot be read back.
    pub fn settle(
        &mut self,
        patterns: &mut [PatternFinding],
        ledger: &mut Ledger,
    ) -> io::Result<()> {
        let Some(shelf) = self.shelf.take() else {
            return Ok(());
        };
        for probe in shelf.sort().read::<Judged>() {
            let mut probe = probe?;
            fold(&mut probe, patterns);
            ledger.connection(probe.entry, probe.findings);
        }
        Ok(())
    }
}

fn fold(probe: &mut Judged, patterns: &mut [PatternFinding]) {
    let is_its = |scan: &&mut PatternFinding| {
        scan.code == "AT003"
            && (scan.subject.ip, scan.tunnel) == (probe.source.addr, probe.source.tunnel)
            && scan.case == Some(probe.kind.as_str())
    };
    let Some(scan) = patterns.iter_mut().find(is_its) else {
        return;
    };
    let folds = rules::find(scan.code).map_or(&[][..], |rule| rule.folds);
    let followers = &mut scan.followers;
    probe.findings.retain(|finding| {
        let folded = folds.iter().any(|(code, _)| *code == finding.rule);
        *followers += if folded { finding.followers + 1 } else { 0 };
        !folded
    });
    probe.entry.withheld.clear();
}
