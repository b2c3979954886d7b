//! Telling damage from checksums that were never filled in.

use crate::rules::prelude::*;

/// Of all segments of an end, at most one in so many is damaged. More of them are the
/// work of a tool, or of a network card.
pub(super) const ONE_IN: u32 = 5;

/// Whether the segments of `side` with a wrong checksum were damaged, or built
/// wrong: they are few among right ones; or there is just one, and its octets came again.
/// Where no data of either end has a right checksum, or both ends have taken in damaged data,
/// somebody has changed the capture: no network does that.
pub(super) fn is_damage(case: &Case<'_>, side: Side) -> bool {
    let (own, peer) = (case.end(side), case.end(side.peer()));
    let (bad, good) = (own.traces.bad_checksums, own.traces.good_checksums);
    let accepted = |of: Side| {
        let mut acks = case.with(Observations::ACKS_DAMAGED);
        acks.any(|noted| noted.side == of)
    };
    if bad == 0 || good == 0 || Side::BOTH.into_iter().all(accepted) {
        return false;
    }
    let few = bad.saturating_mul(ONE_IN) < bad.saturating_add(good);
    let data_is_right = own.traces.good_with_data > 0 || peer.traces.good_with_data > 0;
    let data_is_bad = damaged(case, side).any(|noted| noted.payload_len > 0);
    (few || bad == 1 && came_again(case, side)) && (data_is_right || !data_is_bad)
}

/// The segments of `side` with a wrong checksum, but for those put together from fragments: where
/// an identification was used twice, pieces of two packets fit together, and nobody sent that.
pub(super) fn damaged<'a>(
    case: &Case<'a>,
    side: Side,
) -> impl Iterator<Item = &'a Noted> + use<'a> {
    let is_bad = |noted: &&Noted| noted.saw(Observations::BAD_CHECKSUM) && !noted.ip.joined;
    case.of(side).filter(is_bad)
}

/// All octets of the damaged segments were captured in good order, too.
fn came_again(case: &Case<'_>, side: Side) -> bool {
    let Some(stream) = &case.end(side).stream else {
        return false;
    };
    damaged(case, side).all(|noted| noted.payload_len > 0 && stream.holds(noted.data_start()))
}
