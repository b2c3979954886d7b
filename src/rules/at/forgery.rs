//! Marks that a segment was sent by another machine than the end whose address
//! it bears: the one place where hop counts, identifications, timestamps and
//! the like are compared.
//!
//! Marks of the first kind are fingerprints: they tell one host from another.
//! Those in [`Marks::HINTS`] have ordinary causes as well (a route that changed
//! by a router, segments that overtook each other), so they take certainty
//! from a verdict against the end, but do not make a forger.

use bitflags::bitflags;

use crate::finding::Certainty;
use crate::machine::noted::Noted;
use crate::machine::side::Side;
use crate::machine::watch::host::{HOPS_APART, is_other_clock};
use crate::observation::Observations;
use crate::rules::case::Case;
use crate::rules::verdict::Verdict;
use crate::rules::words::named;
use crate::segment::{Flags, OptionSet};
use crate::seq::SeqNo;

/// Ordinary segments that make a habit of the hop count.
const HABIT: u32 = 2;
/// Ordinary segments that make a habit of what a stack may do in two ways.
const FIRM_HABIT: u32 = 3;

bitflags! {
    /// What tells a segment from those of its end.
    #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
    pub struct Marks: u16 {
        /// Its hop count is at least two from those of all others.
        const HOPS = 1 << 0;
        /// Its identification is far off the end's count.
        const ID = 1 << 1;
        /// Its identification is that of the segment it answers.
        const ID_OF_PEER = 1 << 2;
        /// "Don't fragment" is not as in the others.
        const FRAGMENT = 1 << 3;
        /// The class of service is not that of the others.
        const DSCP = 1 << 4;
        /// No timestamp where all others have one, or the other way round.
        const STAMP = 1 << 5;
        /// Its timestamp is from another clock.
        const CLOCK = 1 << 6;
        /// The signature that the SYN announced is missing.
        const SIGNATURE = 1 << 7;

        /// Hint: its hop count is one from those of all others.
        const NEAR_HOPS = 1 << 8;
        /// Hint: its timestamp is older than an earlier one.
        const STALE = 1 << 9;

        /// Marks with ordinary causes.
        const HINTS = Marks::NEAR_HOPS.bits() | Marks::STALE.bits();
    }
}

impl Marks {
    /// Without the hints.
    #[must_use]
    pub const fn fingerprints(self) -> Marks {
        self.difference(Marks::HINTS)
    }

    /// In words, with figures where there are any.
    #[must_use]
    pub fn words(self, case: &Case<'_>, noted: &Noted) -> String {
        let habits = &case.watch(noted.side).host;
        let mut words = Vec::new();
        let mut add = |mark: Marks, text: String| {
            if self.intersects(mark) {
                words.push(text);
            }
        };
        let usual = habits.hops.usual().unwrap_or_default();
        add(
            Marks::HOPS | Marks::NEAR_HOPS,
            format!("its TTL is {}, else {usual}", noted.ttl),
        );
        let id = noted.ip_id.unwrap_or_default();
        add(
            Marks::ID,
            format!("its IP identification 0x{id:04x} is far off the count"),
        );
        add(
            Marks::ID_OF_PEER,
            format!("its IP identification 0x{id:04x} is copied from the segment before it"),
        );
        let fragment = match noted.ip.dont_fragment {
            Some(true) => "\"don't fragment\" is set, else clear",
            _ => "\"don't fragment\" is clear, else set",
        };
        add(Marks::FRAGMENT, fragment.to_owned());
        let dscp = habits.dscp.usual().unwrap_or_default();
        add(
            Marks::DSCP,
            format!("its DSCP is {}, else {dscp}", noted.ip.dscp),
        );
        let stamp = if noted.options.timestamps().is_some() {
            "it has a timestamp, the others none"
        } else {
            "it has no timestamp"
        };
        add(Marks::STAMP, stamp.to_owned());
        add(
            Marks::CLOCK,
            "its timestamp is from another clock".to_owned(),
        );
        add(
            Marks::STALE,
            "its timestamp is older than an earlier one".to_owned(),
        );
        add(Marks::SIGNATURE, "its signature is missing".to_owned());
        words.join(", ")
    }
}

/// The marks of `noted` beside the other segments of its end.
#[must_use]
pub fn marks(case: &Case<'_>, noted: &Noted) -> Marks {
    let mut marks = Marks::empty();
    if noted.is_void() || noted.saw(Observations::SENT_HERE) {
        return marks;
    }
    let habits = &case.watch(noted.side).host;
    // What closes is not among the habits; any other segment is, itself.
    let own = u32::from(!noted.flags.intersects(Flags::RST | Flags::FIN));
    let odd_hops = |least| habits.hops.is_odd(noted.ttl, own, least, HABIT);
    let odd_fragment = noted
        .ip
        .dont_fragment
        .is_some_and(|whole| habits.fragment.is_odd(u8::from(whole), own, 1, FIRM_HABIT));
    let odd_dscp = habits.dscp.is_odd(noted.ip.dscp, own, 1, FIRM_HABIT);
    let copied = noted.saw(Observations::ID_OF_PEER)
        && !habits.copies_ids()
        && !noted.ip_id.is_some_and(|id| habits.is_near_first_id(id));
    marks.set(Marks::HOPS, odd_hops(HOPS_APART));
    marks.set(Marks::NEAR_HOPS, !odd_hops(HOPS_APART) && odd_hops(1));
    marks.set(Marks::ID, off_count(case, noted));
    marks.set(Marks::ID_OF_PEER, copied);
    marks.set(Marks::FRAGMENT, odd_fragment);
    // The answers of a stack without a connection are of no class.
    marks.set(Marks::DSCP, odd_dscp && !noted.is_rst());
    marks.set(Marks::STAMP, odd_stamp(case, noted));
    marks.set(Marks::CLOCK, other_clock(case, noted));
    marks.set(Marks::STALE, !other_clock(case, noted) && is_stale(noted));
    marks.set(Marks::SIGNATURE, unsigned(case, noted));
    marks
}

/// Anything at all speaks for another sender of `noted`.
#[must_use]
pub fn is_marked(case: &Case<'_>, noted: &Noted) -> bool {
    !marks(case, noted).is_empty()
}

/// `verdict`, which rests on `segments`: where anything speaks for another sender of
/// one of them, it is likely at most and names no end.
#[must_use]
pub fn unless_foreign<'a>(
    case: &Case<'_>,
    verdict: Verdict,
    segments: impl IntoIterator<Item = &'a Noted>,
) -> Verdict {
    let foreign = segments
        .into_iter()
        .map(|noted| (noted, marks(case, noted)))
        .find(|(_, marks)| !marks.is_empty());
    let Some((noted, marks)) = foreign else {
        return verdict;
    };
    let mut verdict = verdict.endpoint(None).certainty(Certainty::Likely);
    verdict.message.push_str(&format!(
        " Another machine may have sent packet {}: {}.",
        named(noted.packet),
        marks.words(case, noted)
    ));
    verdict
}

/// The noted segments in the name of `side` that bear a fingerprint of another
/// host: once one of them is suspected, all are.
#[must_use]
pub fn suspects(case: &Case<'_>, side: Side) -> Vec<u64> {
    case.of(side)
        .filter(|noted| !marks(case, noted).fingerprints().is_empty())
        .map(|noted| noted.packet)
        .collect()
}

/// Its identification is far off the count, or it is a further copy of a packet where that was so:
/// the network or the capture may double what a forger sent, too.
fn off_count(case: &Case<'_>, noted: &Noted) -> bool {
    let is_copy = |earlier: &Noted| {
        earlier.saw(Observations::ID_OFF_COUNT)
            && earlier.ip_id == noted.ip_id
            && (earlier.seq, earlier.ack) == (noted.seq, noted.ack)
            && (earlier.flags, earlier.payload_len) == (noted.flags, noted.payload_len)
    };
    noted.saw(Observations::ID_OFF_COUNT) || case.of(noted.side).any(is_copy)
}

/// RFC 7323, 3.2: a RST may go without; it is compared with the end's other RSTs.
fn odd_stamp(case: &Case<'_>, noted: &Noted) -> bool {
    let stamped = |n: &Noted| n.options.timestamps().is_some();
    let has = stamped(noted);
    let comparable = |n: &&Noted| {
        n.packet != noted.packet
            && n.is_rst() == noted.is_rst()
            && !n.is_syn()
            && !n.is_void()
            && n.header_whole()
            && noted.header_whole()
    };
    let mut others = case.of(noted.side).filter(comparable).peekable();
    !noted.is_syn() && others.peek().is_some() && others.all(|n| stamped(n) != has)
}

fn other_clock(case: &Case<'_>, noted: &Noted) -> bool {
    if noted.saw(Observations::OTHER_CLOCK) {
        return true;
    }
    // The end's own clock may show only behind it.
    let end = case.end(noted.side);
    let stamps = noted.options.timestamps().zip(end.tsval_max).zip(end.last);
    noted.before.own_tsval.is_none()
        && noted.flags.intersects(Flags::RST | Flags::FIN)
        && stamps.is_some_and(|(((tsval, _), newest), last)| {
            is_other_clock(tsval, noted.time, newest, last.time)
        })
}

fn is_stale(noted: &Noted) -> bool {
    noted
        .options
        .timestamps()
        .zip(noted.before.own_tsval)
        .is_some_and(|((tsval, _), newest)| SeqNo(tsval).before(SeqNo(newest)))
}

/// A RST may come from a host that has lost its keys (RFC 5925, 7.7).
fn unsigned(case: &Case<'_>, noted: &Noted) -> bool {
    let signatures = OptionSet::MD5 | OptionSet::AO;
    let announced = case
        .end(noted.side)
        .syn
        .is_some_and(|syn| syn.options.present.intersects(signatures));
    announced
        && !noted.is_rst()
        && noted.header_whole()
        && !noted.options.present.intersects(signatures)
}

#[cfg(test)]
mod tests;
