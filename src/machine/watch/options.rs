//! Which options an end's SYNs had, and whether it kept to that.
//!
//! A stack with a fault in its options shows it on every segment. So only the first few segments
//! of each kind are noted, the rest is counted.

use bitflags::bitflags;

use super::Step;
use crate::machine::observe::Relative;
use crate::observation::Observations;
use crate::segment::{Flags, OptionFaults, OptionSet, Segment};

/// Segments of a kind that are noted of each end. A FIN is always noted.
const NOTED: u32 = 4;

/// The observations that are counted here: bits `FIRST_BIT` and the 15 behind it.
const FIRST_BIT: u32 = Observations::OPTIONS_BROKEN.bits().trailing_zeros();

/// What can show on any segment.
const COUNTED: Observations = Observations::OPTIONS_BROKEN
    .union(Observations::OPTION_MISFIT)
    .union(Observations::SYN_OPTION_LATE)
    .union(Observations::ECHO_WITHOUT_ACK)
    .union(Observations::DATA_AFTER_OPTIONS)
    .union(Observations::AUTH_DOUBLED)
    .union(Observations::AUTH_MISSING)
    .union(Observations::STAMP_MISSING)
    .union(Observations::STAMP_UNNEGOTIATED)
    .union(Observations::SACK_UNPERMITTED);

bitflags! {
    /// What all SYNs and SYN-ACKs of an end together had.
    #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
    struct Offer: u8 {
        /// One was captured.
        const SEEN = 1 << 0;
        /// The options of one cannot be told: cut by the capture, or malformed.
        const UNCLEAR = 1 << 1;
        /// One had timestamps.
        const STAMPS = 1 << 2;
        /// One had none.
        const NO_STAMPS = 1 << 3;
        /// One permitted SACK.
        const SACK = 1 << 4;
        /// One was signed (MD5 or TCP-AO).
        const AUTH = 1 << 5;
        /// One was not.
        const NO_AUTH = 1 << 6;
    }
}

impl Offer {
    fn of(step: &Step<'_>) -> Offer {
        let options = &step.segment.options;
        let mut offer = Offer::SEEN;
        let unclear = has_hidden(step.segment);
        offer.set(Offer::UNCLEAR, unclear);
        let stamps = options.present.contains(OptionSet::TIMESTAMPS);
        offer.set(Offer::STAMPS, stamps);
        offer.set(Offer::NO_STAMPS, !stamps && !unclear);
        offer.set(
            Offer::SACK,
            options.present.contains(OptionSet::SACK_PERMITTED),
        );
        let auth = options.present.intersects(SIGNED);
        offer.set(Offer::AUTH, auth);
        offer.set(Offer::NO_AUTH, !auth);
        offer
    }

    /// All SYNs of the end were captured with all their options.
    fn is_clear(self) -> bool {
        self.contains(Offer::SEEN) && !self.contains(Offer::UNCLEAR)
    }

    /// All SYNs of the end had timestamps.
    fn always_stamped(self) -> bool {
        self.contains(Offer::STAMPS) && !self.intersects(Offer::NO_STAMPS | Offer::UNCLEAR)
    }
}

const SIGNED: OptionSet = OptionSet::MD5.union(OptionSet::AO);

/// There may be more options on `segment` than could be read: cut by the
/// capture, behind the place where the list breaks, or with a wrong length.
pub(super) fn has_hidden(segment: &Segment<'_>) -> bool {
    const FAULTS: OptionFaults = OptionFaults::LENGTH_TOO_SMALL
        .union(OptionFaults::LENGTH_OVERRUN)
        .union(OptionFaults::WRONG_LENGTH);
    !segment.header_whole() || segment.options.faults.intersects(FAULTS)
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct OptionUse {
    own: Offer,
    peer: Offer,
    counts: Option<Box<[u32; 16]>>,
}

impl OptionUse {
    /// How many segments of this end showed `what`, one of the observations about options.
    #[must_use]
    pub fn count(&self, what: Observations) -> u64 {
        let at = usize::try_from(what.bits().trailing_zeros().wrapping_sub(FIRST_BIT));
        let counts = self.counts.as_ref().zip(at.ok());
        u64::from(counts.map_or(0, |(counts, at)| counts.get(at).copied().unwrap_or(0)))
    }

    /// Timestamps are in use: all SYNs of both ends had them.
    #[must_use]
    pub fn stamps_agreed(&self) -> bool {
        self.own.always_stamped() && self.peer.always_stamped()
    }

    /// Nothing is wrong with these options (timestamps or none), by what the SYNs had.
    #[must_use]
    pub fn is_usual(&self, present: OptionSet) -> bool {
        let both_seen = (self.own & self.peer).contains(Offer::SEEN);
        let stamped = present.contains(OptionSet::TIMESTAMPS);
        !both_seen || stamped == self.stamps_agreed() && !self.own.contains(Offer::AUTH)
    }

    /// This end sends `step.segment`.
    pub fn sent(&mut self, step: &Step<'_>, notes: &mut Relative) {
        let segment = step.segment;
        if segment.flags.contains(Flags::SYN) {
            self.own |= Offer::of(step);
            let unoffered = segment.flags.contains(Flags::ACK) && introduces(step);
            notes.saw.set(Observations::OPTION_UNOFFERED, unoffered);
        } else if !segment.flags.contains(Flags::RST) && !has_hidden(segment) {
            notes.saw |= self.later(step);
        }
        let odd = notes.saw & COUNTED;
        if !odd.is_empty() {
            self.count_up(odd, segment.flags, notes);
        }
    }

    /// A segment of the peer passes the monitor on its way to this end.
    pub fn passed(&mut self, step: &Step<'_>) {
        if step.segment.flags.contains(Flags::SYN) {
            self.peer |= Offer::of(step);
        }
    }

    /// A segment behind the SYNs, beside what they had.
    fn later(&self, step: &Step<'_>) -> Observations {
        let present = step.segment.options.present;
        let stamped = present.contains(OptionSet::TIMESTAMPS);
        let agreed = self.stamps_agreed();
        let sack = present.contains(OptionSet::SACK);
        let signs = self.own.contains(Offer::AUTH);
        let mut saw = Observations::empty();
        if stamped == agreed && !sack && !signs || !step.acknowledges_syn() {
            return saw;
        }
        if self.own.is_clear() && self.peer.is_clear() {
            let missing = agreed && !stamped && !may_be_keepalive(step);
            saw.set(Observations::STAMP_MISSING, missing);
            let both = self.own & self.peer;
            let agreeable = both.contains(Offer::STAMPS);
            saw.set(Observations::STAMP_UNNEGOTIATED, stamped && !agreeable);
        }
        saw.set(
            Observations::SACK_UNPERMITTED,
            sack && self.peer.is_clear() && !self.peer.contains(Offer::SACK),
        );
        let always_signed = signs && !self.own.contains(Offer::NO_AUTH);
        saw.set(
            Observations::AUTH_MISSING,
            always_signed && !present.intersects(SIGNED),
        );
        saw
    }

    /// Counts, and leaves in `notes` only what is still to be noted.
    fn count_up(&mut self, odd: Observations, flags: Flags, notes: &mut Relative) {
        let counts = self.counts.get_or_insert_default();
        for (bit, count) in (FIRST_BIT..).zip(counts.iter_mut()) {
            let what = Observations::from_bits_truncate(1 << bit);
            if !odd.contains(what) {
                continue;
            }
            *count = count.saturating_add(1);
            if *count > NOTED && !flags.contains(Flags::FIN) {
                notes.saw -= what;
            }
        }
    }
}

/// Some stacks send keepalives from a template without options. They stand at
/// SND.NXT-1, which is not known where the capture lost what came before; but no
/// keepalive stands at SND.NXT.
fn may_be_keepalive(step: &Step<'_>) -> bool {
    let segment = step.segment;
    segment.payload_len <= 1
        && !segment.flags.contains(Flags::FIN)
        && step.own.snd_next != Some(segment.seq)
}

/// A SYN-ACK with an option that the first copy of the peer's SYN did not have.
fn introduces(step: &Step<'_>) -> bool {
    let asked = OptionSet::WINDOW_SCALE
        | OptionSet::TIMESTAMPS
        | OptionSet::SACK_PERMITTED
        | OptionSet::MPTCP;
    step.peer.syn.is_some_and(|syn| {
        let new = step.segment.options.present - syn.options.present;
        new.intersects(asked)
    })
}

#[cfg(test)]
mod tests;
