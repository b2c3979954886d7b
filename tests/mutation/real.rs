//! Clean captures of real stacks, as traces to plant faults into.

use std::path::Path;
use std::sync::OnceLock;

use super::trial::{accusing, report};
use crate::exchange::Link;
use crate::trace::scene::quiet_moments;
use crate::trace::{Packet, RST, SYN, Trace};

/// One of `testdata/lab`.
pub struct Capture {
    pub name: String,
    pub trace: Trace,
    /// Rules that speak anyway, at whatever severity.
    pub spoken: Vec<&'static str>,
}

/// Those with one connection that is opened in the ordinary way, and in
/// which nothing is found at warning or above.
pub fn captures() -> &'static [Capture] {
    static CAPTURES: OnceLock<Vec<Capture>> = OnceLock::new();
    CAPTURES.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/lab");
        let mut paths: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "pcap"))
            .collect();
        paths.sort();
        let parsed = paths.iter().filter_map(|path| {
            let trace = Trace::parse(&std::fs::read(path).unwrap())?;
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            is_suitable(&trace).then(|| Capture {
                spoken: report(&trace, |_| ())
                    .findings
                    .iter()
                    .map(|f| f.rule)
                    .collect(),
                name,
                trace,
            })
        });
        let captures: Vec<_> = parsed.collect();
        assert!(captures.len() > 10, "only {}", captures.len());
        captures
    })
}

fn is_suitable(trace: &Trace) -> bool {
    // The other link types say which way a frame went, which a trace keeps only
    // for its own vantage.
    trace.link == Link::Ethernet
        && trace.packets.iter().all(|p| trace.is_main(p))
        && trace.all(|p| p.has(SYN)).len() == 2
        && trace.packets[0].is_syn()
        && trace.packets[1].is_syn_ack()
        && trace.packets[2].is_pure_ack()
        && trace.first(|p: &Packet| p.has(RST)).is_none()
        && quiet_moments(trace).len() > 2
        && accusing(&report(trace, |_| ())).is_empty()
}
