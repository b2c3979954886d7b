//! What the rules about options share.

use crate::finding::Numbers;
use crate::machine::noted::Noted;
use crate::machine::side::Side;
use crate::observation::Observations;
use crate::rules::at::forgery::{self, Marks};
use crate::rules::case::Case;
use crate::segment::{NS_PER_MS, OptionSet};

/// An option kind by name, with its number.
pub fn kind_name(kind: u8) -> String {
    let name = match kind {
        2 => "MSS",
        3 => "window scale",
        4 => "SACK-permitted",
        5 => "SACK",
        8 => "timestamps",
        19 => "MD5 signature",
        28 => "user timeout",
        29 => "TCP-AO",
        30 => "Multipath TCP",
        34 => "Fast Open",
        253 | 254 => "experimental",
        _ => return format!("kind {kind}"),
    };
    format!("{name} (kind {kind})")
}

/// The kinds in `set`, in words.
pub fn names(set: OptionSet) -> String {
    let known = [
        (OptionSet::MSS, "MSS"),
        (OptionSet::WINDOW_SCALE, "window scale"),
        (OptionSet::SACK_PERMITTED, "SACK-permitted"),
        (OptionSet::TIMESTAMPS, "timestamps"),
        (OptionSet::MD5, "MD5 signature"),
        (OptionSet::AO, "TCP-AO"),
        (OptionSet::FAST_OPEN, "Fast Open"),
        (OptionSet::MPTCP, "Multipath TCP"),
    ];
    let there = known
        .into_iter()
        .filter(|(option, _)| set.contains(*option));
    there.map(|(_, name)| name).collect::<Vec<_>>().join(", ")
}

/// `numbers` with how many segments of the sender of `noted` showed `what`,
/// where that is more than this one.
pub fn counted(case: &Case<'_>, noted: &Noted, what: Observations, numbers: Numbers) -> Numbers {
    match case.watch(noted.side).options.count(what) {
        0 | 1 => numbers,
        count => numbers.count(count),
    }
}

/// ` (and N more like it)`, or nothing.
pub fn more(case: &Case<'_>, noted: &Noted, what: Observations) -> String {
    match case.watch(noted.side).options.count(what) {
        0 | 1 => String::new(),
        2 => " One more segment of it is like this.".to_owned(),
        count => format!(" {} more segments of it are like this.", count - 1),
    }
}

/// It bears a mark of another sender than its end, those aside that lie in
/// its options: these are what is judged here.
pub fn looks_foreign(case: &Case<'_>, noted: &Noted) -> bool {
    let of_options = Marks::STAMP | Marks::CLOCK | Marks::STALE | Marks::SIGNATURE;
    !forgery::marks(case, noted)
        .difference(of_options)
        .is_empty()
}

/// SYNs are sent again after a second (RFC 6298, 2.1).
const SYN_TIMER_NS: i64 = 900 * NS_PER_MS;

/// Both SYNs were answered so soon that neither was sent once more, perhaps
/// with other options, by a copy that the capture lost.
pub fn opened_at_once(case: &Case<'_>) -> bool {
    let (Some(syn), Some(answer)) = (case.end(Side::Client).syn, case.end(Side::Server).syn) else {
        return false;
    };
    let first = case
        .of(Side::Client)
        .find(|noted| noted.saw(Observations::FIRST_AFTER_SYN));
    answer.time.since(syn.last_time) < SYN_TIMER_NS
        && first.is_some_and(|first| first.time.since(answer.last_time) < SYN_TIMER_NS)
}
