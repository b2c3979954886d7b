//! A scan without SYN is one finding, not one for each of its probes.
//!
//! Whether a probe belongs to a scan is known when the capture has been read;
//! until then probes, of which there may be many, are set aside.

use std::io;
use std::net::IpAddr;

use hashbrown::HashMap;

use super::books::Books;
use crate::finding::Finding;
use crate::flow::patterns::PatternFinding;
use crate::flow::probe::ProbeKind;
use crate::report::archive::codec::{fields, variants};
use crate::report::archive::{Key, Sealed, Shelf};
use crate::rules;
use crate::tunnel::Within;

/// A connection that is nothing but a probe.
#[derive(Debug)]
pub struct Judged {
    /// Running number of its first packet.
    pub first: u64,
    /// Its entry.
    pub entry: Sealed,
    /// What is said of it.
    pub findings: Vec<Finding>,
    /// Who probes.
    pub source: Within<IpAddr>,
    /// How.
    pub kind: ProbeKind,
}

fields! {
    Judged { first, entry, findings, source, kind }
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
            place: probe.first,
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
        ledger: &mut dyn Books,
    ) -> io::Result<()> {
        let Some(shelf) = self.shelf.take() else {
            return Ok(());
        };
        let mut scans = scans(patterns);
        for probe in shelf.sort().read::<Judged>() {
            let (_, mut probe) = probe?;
            fold(&mut probe, &mut scans);
            ledger.connection(probe.first, probe.entry, probe.findings);
        }
        Ok(())
    }
}

/// The rule that speaks of such scans.
const CODE: &str = "AT003";

/// How many followers each scan has, by source and kind. There may be as many scans as probes,
/// so a probe finds its own by looking up.
type Scans<'a> = HashMap<(Within<IpAddr>, &'static str), &'a mut u64>;

fn scans(patterns: &mut [PatternFinding]) -> Scans<'_> {
    let scans = patterns.iter_mut().filter(|pattern| pattern.code == CODE);
    scans
        .filter_map(|scan| {
            let source = Within {
                addr: scan.subject.ip,
                tunnel: scan.tunnel,
            };
            Some(((source, scan.case?), &mut scan.followers))
        })
        .collect()
}

fn fold(probe: &mut Judged, scans: &mut Scans<'_>) {
    let Some(followers) = scans.get_mut(&(probe.source, probe.kind.as_str())) else {
        return;
    };
    let folds = rules::find(CODE).map_or(&[][..], |rule| rule.folds);
    probe.findings.retain(|finding| {
        let folded = folds.iter().any(|(code, _)| *code == finding.rule);
        **followers += if folded { finding.followers + 1 } else { 0 };
        !folded
    });
    probe.entry.withheld.clear();
}
