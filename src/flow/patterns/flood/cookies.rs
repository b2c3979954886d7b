//! AT009: a flooded server answers with SYN cookies.
//!
//! Under a flood (AT001) a server may keep nothing of a SYN and put what it
//! needs into its own number (RFC 4987, 3.6). Three signs, each for itself:
//!
//! * options that it grants otherwise are missing: of SYNs that offer window
//!   scaling or SACK, nine of ten get neither from some moment on, where the
//!   same server granted them before, or grants them to SYNs with timestamps
//!   (in which cookies can hide them). Only what was offered counts, so that
//!   clients may differ;
//! * SYN-ACKs are not repeated, though nobody acknowledges them: hardly one
//!   of at least 50 within 7 s, twice the longest first timeout in use (RFC
//!   6298, 2.1 and 5.7);
//! * the same SYN is answered with another number.

use super::{Flood, SLOT_NS, Slot};
use crate::finding::Numbers;
use crate::flow::attempt::{Attempt, Outcome};
use crate::flow::patterns::PatternFinding;
use crate::flow::patterns::window::slot;
use crate::segment::{NS_PER_S, OptionSet, Timestamp};

/// Answers without options.
const MIN_BARE: u64 = 10;
/// SYN-ACKs that were not repeated.
const MIN_ONCE: u64 = 50;
/// Within so long.
const REPEATED_NS: i64 = 7 * NS_PER_S;
/// SYNs that were answered with another number.
const MIN_MOVED: u64 = 3;

/// The SYN-ACKs of one slot.
#[derive(Clone, Copy, Debug, Default)]
pub struct Answers {
    /// SYNs that offered window scaling or SACK, without and with timestamps,
    offered: [u32; 2],
    /// and those of them that were granted neither.
    bare: [u32; 2],
    /// Half-open connections watched to the end, with one SYN-ACK,
    once: u32,
    /// and with several.
    again: u32,
    /// The same SYN, answered with another number.
    moved: u32,
}

impl Answers {
    /// Takes in one attempt.
    #[inline]
    pub fn add(&mut self, attempt: &Attempt) {
        const COUNTED: OptionSet = OptionSet::WINDOW_SCALE.union(OptionSet::SACK_PERMITTED);
        if let Some(granted) = attempt.granted
            && attempt.offered.intersects(COUNTED)
        {
            let stamped = usize::from(attempt.offered.contains(OptionSet::TIMESTAMPS));
            let bare = !granted.intersects(attempt.offered.intersection(COUNTED));
            for (counts, counted) in [(&mut self.offered, true), (&mut self.bare, bare)] {
                if let Some(count) = counts.get_mut(stamped) {
                    *count += u32::from(counted);
                }
            }
        }
        if attempt.outcome == Outcome::HalfOpen && !attempt.cut_short {
            let count = if attempt.syn_acks > 1 {
                &mut self.again
            } else {
                &mut self.once
            };
            *count += 1;
        }
        self.moved += u32::from(attempt.server_isn_moved);
    }
}

/// What speaks for SYN cookies; zero where a sign is missing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Cookies {
    bare: u64,
    once: u64,
    moved: u64,
}

impl Cookies {
    /// The signs in the slots of a flood, `flooded`; `all` are those of its
    /// victim, and `latest` is the end of what was seen.
    pub fn of(all: &[(i64, Slot)], flooded: &[(i64, Slot)], latest: Timestamp) -> Option<Cookies> {
        let sum = |slots: &[(i64, Slot)], what: fn(&Answers) -> u32| -> u64 {
            slots.iter().map(|(_, s)| u64::from(what(&s.answers))).sum()
        };
        let bare_at = |(_, slot): &(i64, Slot)| slot.answers.bare != [0, 0];
        let from = flooded.iter().position(bare_at).unwrap_or(flooded.len());
        let changed = flooded.get(from..).unwrap_or(&[]);
        let mostly = |bare: u64, offered: u64| bare >= MIN_BARE && bare * 10 >= offered * 9;
        let granted = sum(all, |a| {
            let offered: u32 = a.offered.iter().sum();
            offered.saturating_sub(a.bare.iter().sum())
        });
        let lost = [
            (sum(changed, |a| a.bare[0]), sum(changed, |a| a.offered[0])),
            (sum(changed, |a| a.bare[1]), sum(changed, |a| a.offered[1])),
        ];
        let bare = lost
            .into_iter()
            .filter(|(bare, offered)| granted > 0 && mostly(*bare, *offered))
            .map(|(bare, _)| bare)
            .sum();
        let ripe_until = slot(latest.plus(-REPEATED_NS), SLOT_NS);
        let ripe = flooded.partition_point(|(at, _)| *at < ripe_until);
        let ripe = flooded.get(..ripe).unwrap_or(&[]);
        let (once, again) = (sum(ripe, |a| a.once), sum(ripe, |a| a.again));
        let moved = sum(flooded, |a| a.moved);
        let keep = |count: u64, holds: bool| if holds { count } else { 0 };
        let cookies = Cookies {
            bare,
            once: keep(once, once >= MIN_ONCE && again * 4 <= once),
            moved: keep(moved, moved >= MIN_MOVED),
        };
        (cookies != Cookies::default()).then_some(cookies)
    }

    /// The finding about the victim of `flood`.
    pub fn finding(&self, flood: &Flood) -> PatternFinding {
        let mut signs = Vec::new();
        if self.bare > 0 {
            signs.push(format!(
                "{} SYN-ACKs grant neither window scaling nor SACK to clients that offer them, \
                 though it grants them otherwise",
                self.bare
            ));
        }
        if self.once > 0 {
            signs.push(format!(
                "{} SYN-ACKs that nobody acknowledged were not sent again within 7 s",
                self.once
            ));
        }
        if self.moved > 0 {
            signs.push(format!(
                "{} SYNs were answered again with another number",
                self.moved
            ));
        }
        let first = flood.named.first().copied();
        let start = flood.bursts.first().map_or(0, |(from, _)| *from);
        PatternFinding {
            code: "AT009",
            case: None,
            subject: flood.victim.addr,
            tunnel: flood.victim.tunnel,
            time: first.map_or(Timestamp(start.saturating_mul(SLOT_NS)), |(time, _)| time),
            packets: flood.named.iter().map(|(_, packet)| *packet).collect(),
            message: format!(
                "{} seems to answer with SYN cookies while it is flooded: {}. A SYN proxy in front \
                 of it looks alike.",
                flood.victim,
                signs.join("; "),
            ),
            expected: Numbers::default(),
            observed: Numbers::default().count(self.bare.max(self.once).max(self.moved)),
            certainty: None,
            followers: 0,
        }
    }
}
