//! What a pcapng file says about frames that are not in it.

use super::blocks::Statistics;

/// What is known of the frames of one interface.
///
/// Two things are kept apart: that frames were lost, which any count can show, and
/// that none were. The latter makes verdicts certain, so it needs statistics that
/// say zero, stand behind the last frame, and count no more frames than are there:
/// extracts of a capture keep the statistics of the whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Losses {
    /// Frames of the interface in the file.
    frames: u64,
    /// How many of them stand before the last statistics.
    frames_counted: u64,
    /// Highest counts of all statistics. They count from the beginning of the
    /// capture, so that the last ones should be the highest.
    highest: Statistics,
    /// Frames lost, summed over the counts that stand beside packets.
    beside_packets: u64,
}

impl Losses {
    /// Notes a frame, and how many were lost before it if it says so.
    pub(super) fn add_packet(&mut self, lost: Option<u64>) {
        self.frames = self.frames.saturating_add(1);
        self.beside_packets = self.beside_packets.saturating_add(lost.unwrap_or(0));
    }

    /// Notes what an Interface Statistics Block says.
    pub(super) fn add_statistics(&mut self, counts: Statistics) {
        let highest = &mut self.highest;
        highest.received = highest.received.max(counts.received);
        highest.dropped = highest.dropped.max(counts.dropped);
        highest.accepted = highest.accepted.max(counts.accepted);
        highest.system_dropped = highest.system_dropped.max(counts.system_dropped);
        highest.delivered = highest.delivered.max(counts.delivered);
        self.frames_counted = self.frames;
    }

    /// Frames lost, as far as is known. The two ways of counting count the same ones.
    pub(super) fn lost(&self) -> u64 {
        let Statistics {
            dropped,
            system_dropped,
            ..
        } = self.highest;
        let counted = dropped
            .unwrap_or(0)
            .saturating_add(system_dropped.unwrap_or(0));
        counted.max(self.beside_packets)
    }

    /// Whether it is certain that the file has all frames of the interface.
    fn none_is_missing(&self) -> bool {
        let Statistics {
            received,
            dropped,
            accepted,
            system_dropped,
            delivered,
        } = self.highest;
        let says = dropped.is_some() || system_dropped.is_some();
        // The count that is nearest to what was written. Frames that came in may
        // have been filtered out, but dumpcap means by it what it was given.
        let should_be = delivered.or(accepted).or(received).unwrap_or(0);
        says && self.lost() == 0 && self.frames_counted == self.frames && should_be <= self.frames
    }
}

/// Frames lost on several interfaces.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Sum {
    /// How many.
    pub(super) frames: u64,
    /// Some interface proves that it lost none.
    pub(super) proven: bool,
    /// Some interface has frames and does not.
    pub(super) unproven: bool,
}

impl Sum {
    /// Adds what one interface proves; its lost frames were added as they became known.
    pub(super) fn settle(mut self, losses: &Losses) -> Sum {
        if losses.none_is_missing() {
            self.proven = true;
        } else {
            self.unproven |= losses.frames > 0;
        }
        self
    }
}
