//! What the rules about segments sent again share.

use crate::machine::side::Side;
use crate::machine::watch::retransmit::{Again, Sample};
use crate::rules::case::Case;
use crate::rules::verdict::Verdict;

/// What each end sent again.
pub fn by_end<'a>(case: &Case<'a>) -> impl Iterator<Item = (Side, &'a Again)> + use<'a> {
    let case = *case;
    Side::BOTH
        .into_iter()
        .filter_map(move |side| Some((side, case.watch(side).retransmit.again()?)))
}

/// A verdict about a segment of `side` that was sent again.
pub fn about(case: &Case<'_>, side: Side, sample: &Sample, message: String) -> Verdict {
    match case.packet(sample.packet) {
        Some(noted) => Verdict::about(noted, message),
        None => Verdict {
            packet: Some(sample.packet),
            ..Verdict::omission(side, sample.time, message)
        },
    }
}

/// The end that `side` speaks to could be heard: it was, or others were that it might have been
/// silent among. Else the capture may hold one direction only.
pub fn could_be_heard(case: &Case<'_>, side: Side) -> bool {
    case.end(side.peer()).was_seen() || case.capture_is_two_way()
}

/// Nanoseconds as seconds in words: "0.25 s".
pub fn seconds(ns: i64) -> String {
    let ms = ns / crate::segment::NS_PER_MS;
    if ms >= 10_000 {
        return format!("{} s", ms / 1000);
    }
    let text = format!("{}.{:03}", ms / 1000, ms % 1000);
    format!("{} s", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn times_are_short() {
        let ms = crate::segment::NS_PER_MS;
        assert_eq!(seconds(220 * ms), "0.22 s");
        assert_eq!(seconds(1000 * ms), "1 s");
        assert_eq!(seconds(3_001 * ms), "3.001 s");
        assert_eq!(seconds(64_500 * ms), "64 s");
    }
}
