//! Patterns over many connections: floods, scans, pile-ups, predictable numbers.
//!
//! Each pattern takes in attempts in any order and keeps bounded counts; what
//! it has to say is computed at the end of the capture. Counts add up
//! whatever the order, so the same capture always gives the same findings.
//! (Only when a limit is reached, what is forgotten depends on the order; then
//! it is the entries with the smallest counts, and [`Patterns::forgotten`] says
//! how many.)
//!
//! Addresses count within their tunnel only: private ones are used again behind
//! others. So what is captured outside and inside of a tunnel counts for two
//! patterns, and for none of them twice.
//!
//! A file a pattern:
//!
//! | code | file |
//! |---|---|
//! | AT001 syn-flood | `flood/` |
//! | AT002 port-scan | `scan.rs` |
//! | AT003 stealth-scan | `stealth.rs` |
//! | AT009 syn-cookies-suspected | `flood/cookies.rs` |
//! | AT010 resource-exhaustion-pattern | `starve.rs` |
//! | HS020 isn-predictable | `isn.rs` |
//! | HS023 syn-dropped-by-timestamp | `timestamp_drop.rs` |
//! | TD013 close-wait-pile-up | `close_wait.rs` |
//! | TW007 time-wait-pile-up | `time_wait.rs` |

mod bounded;
mod close_wait;
mod flood;
mod isn;
mod sample;
mod scan;
mod sketch;
mod sources;
mod starve;
mod stealth;
/// What the rule needs of the capture as a whole and does not have, by the catalogue's name.
///
/// A step of the clock moves SYNs from one second to another; it does not keep handshakes from
/// completing, so floods do not need it.
fn missing(code: &str, capture: &CaptureFacts, settings: &Settings) -> Option<&'static str> {
    let rests_on_absence = matches!(code, "TD013" | "AT010" | "HS023");
    let rests_on_times = matches!(code, "AT002" | "AT010" | "TW007");
    let lossless = settings.lossless || !capture.lost_frames();
    if rests_on_absence && !lossless {
        Some("no-capture-loss")
    } else if rests_on_times && !capture.clock_is_sane() {
        Some("clock")
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
mod time_wait;
mod timestamp_drop;
mod window;
mod words;

use std::sync::OnceLock;

use hashbrown::HashMap;

use self::close_wait::CloseWaits;
use self::flood::Floods;
use self::isn::Isns;
use self::scan::Scans;
use self::sources::{Sources, Try};
use self::starve::Starving;
use self::stealth::StealthScans;
use self::time_wait::TimeWaits;
use self::timestamp_drop::TimestampDrops;
use super::attempt::Attempt;
use super::bare::Bare;
use super::probe::Probe;
use crate::finding::{Certainty, Numbers};
use crate::limits;
use crate::machine::surroundings::CaptureFacts;
use crate::segment::{Socket, Timestamp};
use crate::settings::Settings;
use crate::tunnel::Within;

/// A statement about a host or service, over many connections.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PatternFinding {
    /// Code of the rule.
    pub code: &'static str,
    /// Which case of it.
    pub case: Option<&'static str>,
    /// The address that it is about; port 0 where it is about a host.
    pub subject: Socket,
    /// The chain of tunnels in which it has this address; 0 for none.
    pub tunnel: u64,
    /// When it became true.
    pub time: Timestamp,
    /// Packets that show it.
    pub packets: Vec<u64>,
    /// In a sentence or two.
    pub message: String,
    /// What the RFC asks for.
    pub expected: Numbers,
    /// What was seen.
    pub observed: Numbers,
    /// How sure, where it differs from what the rule says of itself.
    pub certainty: Option<Certainty>,
    /// How many attempts it rests on that are not listed as connections.
    pub followers: u64,
}

/// A rule, and the need of it that is not met.
pub type Withheld = (&'static str, &'static str);

/// First and last slots of the bursts of floods, by victim.
type Bursts = HashMap<Within<Socket>, Vec<(i64, i64)>>;

/// All patterns of one capture.
#[derive(Debug, Default)]
pub struct Patterns {
    floods: Floods,
    sources: Sources,
    scans: Scans,
    stealth: StealthScans,
    isns: Isns,
    timestamp_drops: TimestampDrops,
    close_waits: CloseWaits,
    starving: Starving,
    time_waits: TimeWaits,
    /// Computed when it is first asked for.
    bursts: OnceLock<Bursts>,
}

impl Patterns {
    /// Takes in one attempt that is over (or given up).
    pub fn add(&mut self, attempt: &Attempt) {
        self.close_waits.add(attempt);
        self.starving.add(attempt);
        self.time_waits.add(attempt);
        self.add_opening(attempt);
    }

    /// Takes in a plain opening: it is none of the attempts that were left waiting when they were
    /// completed or closed.
    pub fn add_bare(&mut self, bare: &Bare) {
        self.add_opening(&bare.attempt());
    }

    /// Takes in how an attempt began.
    // For plain openings, most of what is asked of an attempt is known beforehand.
    #[inline(always)]
    fn add_opening(&mut self, attempt: &Attempt) {
        self.bursts.take();
        self.floods.add(attempt);
        let tried = Try::of(attempt);
        self.isns.add_server(&tried);
        let Patterns {
            sources,
            scans,
            isns,
            timestamp_drops,
            ..
        } = self;
        sources.admit(&tried, |tried| {
            // A SYN with FIN is a probe of its own kind.
            if !tried.syn_fin {
                scans.add(tried);
            }
            isns.add_client(tried);
            timestamp_drops.add(tried);
        });
    }

    /// Takes in one probe.
    pub fn add_probe(&mut self, probe: &Probe) {
        self.stealth.add(probe);
    }

    /// Whether `attempt` was part of a flood: then it is not listed as a
    /// connection. Asked after all attempts were added.
    #[must_use]
    pub fn is_flood(&self, attempt: &Attempt) -> bool {
        let at = window::slot(attempt.time, flood::SLOT_NS);
        attempt.is_half_open()
            && self
                .bursts
                .get_or_init(|| self.floods.bursts())
                .get(&attempt.service())
                .is_some_and(|bursts| window::is_within(bursts, at))
    }

    /// What there is to say at the end of the capture, in order of time, and what cannot be
    /// said for what the capture is like: the rule and the need of it that is not met.
    #[must_use]
    pub fn findings(
        &self,
        capture: &CaptureFacts,
        settings: &Settings,
    ) -> (Vec<PatternFinding>, Vec<Withheld>) {
        let mut findings = self.all(capture, settings);
        let mut withheld = Vec::new();
        findings.retain(|finding| match missing(finding.code, capture, settings) {
            Some(need) => {
                withheld.push((finding.code, need));
                false
            }
            None => true,
        });
        withheld.sort_unstable();
        withheld.dedup();
        (findings, withheld)
    }

    fn all(&self, capture: &CaptureFacts, settings: &Settings) -> Vec<PatternFinding> {
        let end = capture.latest;
        let mut findings = self.isns.findings();
        findings.extend(self.stealth.findings());
        findings.extend(self.floods.findings());
        findings.extend(self.scans.findings(capture));
        findings.extend(self.time_waits.findings(settings.two_msl_ns()));
        findings.extend(self.close_waits.findings(end));
        findings.extend(self.starving.findings(capture));
        findings.extend(self.timestamp_drops.findings(end, &self.floods));
        findings.retain(|finding| settings.wants(finding.code));
        findings.sort_by(|a, b| {
            let key = |f: &PatternFinding| (f.time, f.code, f.subject, f.case);
            // Numbers of tunnels differ from run to run; packets do not.
            let more = |f: &PatternFinding| (f.message.clone(), f.packets.clone());
            key(a).cmp(&key(b)).then_with(|| more(a).cmp(&more(b)))
        });
        findings
    }

    /// The limits, with how many entries were forgotten for each: name, limit, count.
    #[must_use]
    pub const fn forgotten(&self) -> [(&'static str, usize, u64); 10] {
        let (services, slots) = self.floods.given_up();
        [
            ("pattern-services", limits::PATTERN_SERVICES, services),
            ("pattern-slots", limits::PATTERN_SLOTS, slots),
            (
                "pattern-sources",
                limits::PATTERN_SOURCES,
                self.sources.given_up(),
            ),
            (
                "pattern-scan-groups",
                limits::PATTERN_SCAN_GROUPS,
                self.scans.given_up(),
            ),
            (
                "pattern-probe-groups",
                limits::PATTERN_PROBE_GROUPS,
                self.stealth.given_up(),
            ),
            (
                "pattern-isn-hosts",
                limits::PATTERN_ISN_HOSTS,
                self.isns.given_up(),
            ),
            (
                "pattern-timestamp-slots",
                limits::PATTERN_TIMESTAMP_SLOTS,
                self.timestamp_drops.given_up(),
            ),
            (
                "pattern-close-wait-services",
                limits::PATTERN_CLOSE_WAIT_SERVICES,
                self.close_waits.given_up(),
            ),
            (
                "pattern-starved-slots",
                limits::PATTERN_STARVED_SLOTS,
                self.starving.given_up(),
            ),
            (
                "pattern-time-wait-slots",
                limits::PATTERN_TIME_WAIT_SLOTS,
                self.time_waits.given_up(),
            ),
        ]
    }
}
