//! One segment sent again and again, and at what distances (RFC 6298, 5).

use super::Again;
use super::repeated::Repeated;
use super::tally::Sample;
use crate::machine::observe::Relative;
use crate::observation::Observations;
use crate::segment::{NS_PER_MS, NS_PER_S, Timestamp};
use crate::seq::SeqNo;

/// Frames closer than this may be one that the network has doubled.
const DOUBLED_NS: i64 = 10 * NS_PER_MS;

/// The latest gaps, one more than pairs of them must be flat.
pub type Gaps = [i64; Series::STEADY as usize + 1];

/// The repetitions of one segment at SND.UNA, or of a SYN.
#[derive(Clone, Copy, Debug)]
pub struct Series {
    /// The number by which it is known.
    pub start: SeqNo,
    /// It is a SYN or SYN-ACK.
    pub is_syn: bool,
    /// The first copy (the first that is known of): packet and time.
    pub first: (u64, Timestamp),
    /// The latest copy.
    pub last: (u64, Timestamp),
    /// How often it was sent again.
    pub times: u32,
    /// Gaps since the peer sent something, the latest last; the oldest are dropped.
    gaps: Gaps,
    /// How often running the gap did not grow.
    steady: u8,
}

/// A timer that did not grow.
#[derive(Clone, Copy, Debug)]
pub struct Steady {
    /// The repetition that shows it.
    pub at: Sample,
    /// The first copy: its packet.
    pub first: u64,
    /// How often it was sent again by then.
    pub times: u32,
    /// The latest gaps.
    pub gaps: Gaps,
}

impl Series {
    /// RFC 6298, 2.4 asks for 1 s; a tenth for clocks that tick.
    pub const EARLY_NS: i64 = 900 * NS_PER_MS;
    /// The timer may stop growing here (RFC 6298, 2.5).
    pub const LARGEST_RTO_NS: i64 = 60 * NS_PER_S;
    /// So many times running the timer must not have grown.
    pub const STEADY: u8 = 3;
    /// Several stacks space so many of their SYNs evenly, and back off then.
    pub const LINEAR_SYNS: u32 = 5;

    fn of(repeated: &Repeated, sample: &Sample) -> Series {
        let this = (sample.packet, sample.time);
        Series {
            start: repeated.start,
            is_syn: repeated.is_syn,
            first: repeated.previous.unwrap_or(this),
            last: this,
            times: 0,
            gaps: Gaps::default(),
            steady: 0,
        }
    }

    /// Takes in a repetition `gap` after the copy before; `heard`: something came in between that
    /// may have restarted the timer, or taken it back.
    fn add(&mut self, gap: Option<i64>, heard: bool, this: (u64, Timestamp)) {
        self.times = self.times.saturating_add(1);
        self.last = this;
        let Some(gap) = gap.filter(|_| !heard) else {
            self.gaps = Gaps::default();
            self.steady = 0;
            return;
        };
        let [.., before] = self.gaps;
        self.gaps.rotate_left(1);
        if let Some(last) = self.gaps.last_mut() {
            *last = gap;
        }
        let judged = !self.is_syn || self.times > Series::LINEAR_SYNS;
        let grew = before < DOUBLED_NS
            || gap < DOUBLED_NS
            || before >= Series::LARGEST_RTO_NS
            || gap >= before.saturating_add(before / 2);
        self.steady = if grew || !judged {
            0
        } else {
            self.steady.saturating_add(1)
        };
    }
}

impl Again {
    /// What begins at SND.UNA is sent again: by the timer, where the peer was silent since the copy
    /// before. `feedback`: it has reported a loss.
    pub(super) fn repeats(
        &mut self,
        repeated: &Repeated,
        sample: &Sample,
        feedback: bool,
        notes: &mut Relative,
    ) {
        let gap = sample.previous.map(|(_, gap)| gap);
        let same =
            |series: &Series| (series.start, series.is_syn) == (repeated.start, repeated.is_syn);
        let mut series = self
            .series
            .filter(same)
            .unwrap_or_else(|| Series::of(repeated, sample));
        let told = repeated.too_big || repeated.undelivered;
        series.add(gap, repeated.heard || told, (sample.packet, sample.time));
        self.series = Some(series);
        let early = gap.is_some_and(|gap| (DOUBLED_NS..Series::EARLY_NS).contains(&gap));
        let heard = repeated.heard || repeated.too_big;
        if early && !repeated.is_syn && !heard && !feedback {
            self.early_count = self.early_count.saturating_add(1);
            if self.early.is_none() {
                self.early = Some(*sample);
                notes.saw |= Observations::TIMER_EARLY;
            }
        }
        if series.steady >= Series::STEADY && self.steady.is_none() {
            self.steady = Some(Steady {
                at: *sample,
                first: series.first.0,
                times: series.times,
                gaps: series.gaps,
            });
            notes.saw |= Observations::TIMER_STEADY;
        }
    }
}
