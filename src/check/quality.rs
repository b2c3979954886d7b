//! What is found about the capture itself, while it is read.

use crate::finding::{CaptureName, Finding, Fingerprint, Moment, Numbers, PacketRef};
use crate::report::words;
use crate::rules;
use crate::rules::judge::severity;
use crate::segment::{NS_PER_US, Timestamp};
use crate::settings::Settings;

/// Steps back smaller than this are rounding.
const STEP_NS: i64 = NS_PER_US;

/// Time stamps that step back.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    latest: Option<Timestamp>,
    first: Option<(u64, Timestamp)>,
    count: u64,
    largest_ns: i64,
    /// Frames without a time.
    missed: u64,
}

impl Clock {
    /// Takes in the time of frame `packet`.
    pub fn tick(&mut self, packet: u64, time: Timestamp) {
        if let Some(latest) = self.latest {
            let back = latest.since(time);
            if back > STEP_NS {
                self.count += 1;
                self.largest_ns = self.largest_ns.max(back);
                self.first.get_or_insert((packet, time));
            }
        }
        self.latest = Some(time);
    }

    /// Takes in a frame without a time.
    pub fn miss(&mut self) {
        self.missed += 1;
    }

    /// The largest step back in nanoseconds; 0 for none. A frame without a
    /// time may have come at any.
    #[must_use]
    pub const fn step_back_ns(&self) -> i64 {
        if self.missed > 0 {
            i64::MAX
        } else {
            self.largest_ns
        }
    }
}

/// What is known of a capture when it has been read.
#[derive(Clone, Copy, Debug)]
pub struct Quality {
    /// Its clock.
    pub clock: Clock,
    /// Frames that the capturing system lost, as it says itself.
    pub drops: Option<u64>,
    /// Frames that the network card marked as garbled on the link.
    pub damaged: u64,
    /// It has segments that were taken from the air.
    pub by_radio: bool,
    /// Its last record is incomplete.
    pub cut: bool,
    /// Frames read.
    pub frames: u64,
}

impl Quality {
    /// The findings about the capture, none of them about a connection.
    pub fn findings(&self, capture: &CaptureName, digits: u8, settings: &Settings) -> Vec<Finding> {
        let mut findings = Vec::new();
        if let Some((packet, time)) = self.clock.first {
            let message = format!(
                "Time steps back {}, by up to {} s; the order of events is uncertain by that much.",
                times(self.clock.count),
                crate::finding::Span(self.clock.largest_ns),
            );
            let about = Some((packet, Moment { at: time, digits }));
            let observed = Numbers::default()
                .time(-self.clock.largest_ns)
                .count(self.clock.count);
            findings.extend(note("CA007", about, message, observed, capture, settings));
        }
        if self.clock.missed > 0 {
            let message = format!(
                "The file gives no time for {}: what rests on times cannot be judged.",
                words::count(self.clock.missed, "frame")
            );
            let observed = Numbers::default().count(self.clock.missed);
            findings.extend(note("CA007", None, message, observed, capture, settings));
        }
        if let Some(drops) = self.drops.filter(|drops| *drops > 0) {
            let message = format!(
                "The capturing system says that it lost {}: what is not in the capture \
                 may have been sent all the same.",
                words::count(drops, "frame")
            );
            let observed = Numbers::default().count(drops);
            findings.extend(note("CA003", None, message, observed, capture, settings));
        }
        if self.damaged > 0 {
            let message = format!(
                "The network card marked {} as damaged on the link: what {} is \
                 not known.",
                words::count(self.damaged, "frame"),
                if self.damaged == 1 {
                    "it held"
                } else {
                    "they held"
                },
            );
            let observed = Numbers::default().count(self.damaged);
            findings.extend(note("CA003", None, message, observed, capture, settings));
        }
        if self.by_radio {
            let message = "The frames were taken from the air: what the monitor did not hear is \
                           missing, and nothing says so."
                .to_owned();
            let observed = Numbers::default();
            findings.extend(note("CA003", None, message, observed, capture, settings));
        }
        if self.cut {
            let message = format!(
                "The file ends inside a record, after {} whole ones: what followed is missing.",
                self.frames
            );
            findings.extend(note(
                "CA004",
                None,
                message,
                Numbers::default(),
                capture,
                settings,
            ));
        }
        findings
    }
}

fn times(count: u64) -> String {
    if count == 1 {
        "once".to_owned()
    } else {
        format!("{count} times")
    }
}

pub(super) fn note(
    code: &str,
    about: Option<(u64, Moment)>,
    message: String,
    observed: Numbers,
    capture: &CaptureName,
    settings: &Settings,
) -> Option<Finding> {
    let rule = rules::find(code).filter(|rule| settings.wants(rule.code))?;
    Some(Finding {
        rule: rule.code,
        name: rule.name,
        case: None,
        severity: severity(rule, None, settings)?,
        certainty: rule.certainty,
        connection: None,
        capture: capture.clone(),
        endpoint: None,
        blames: rule.blames,
        subject: None,
        server_port: None,
        packet: about.map(|(packet, _)| packet),
        related_packets: Vec::<PacketRef>::new(),
        time: about.map(|(_, time)| time),
        message,
        expected: Numbers::default(),
        observed,
        rfc: rule.rfc,
        followers: 0,
        fingerprint: Fingerprint::default(),
        known: false,
        fails: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_back_are_counted_and_measured() {
        let mut clock = Clock::default();
        for (packet, ns) in [
            (1, 10_000),
            (2, 9_500),
            (3, 50_000),
            (4, 20_000),
            (5, 10_000),
        ] {
            clock.tick(packet, Timestamp(ns));
        }
        assert_eq!(clock.count, 2, "half a microsecond is rounding");
        assert_eq!(clock.step_back_ns(), 30_000);
        assert_eq!(clock.first, Some((4, Timestamp(20_000))));
    }

    #[test]
    fn a_frame_without_a_time_may_have_come_at_any() {
        let mut clock = Clock::default();
        clock.tick(1, Timestamp(10_000));
        clock.miss();
        assert_eq!(clock.step_back_ns(), i64::MAX);
    }
}
