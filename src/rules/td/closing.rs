//! What the rules about closing have in common (TD, TW, RT014).

use crate::machine::knowledge;
use crate::machine::noted::Noted;
use crate::machine::side::Side;
use crate::observation::Observations;
use crate::rules::case::Case;
use crate::segment::{NS_PER_S, Timestamp};
use crate::seq::SeqNo;

/// Numbers further than this from the last known ones belong to another
/// incarnation, whose SYN was not captured.
const NEAR_OCTETS: u32 = 1 << 24;

/// Idle for so long, a segment at u may be a keepalive.
pub const IDLE_SECONDS: i64 = 1;

/// The noted copies of the FIN of `side`.
pub fn fins<'a>(case: &Case<'a>, side: Side) -> impl Iterator<Item = &'a Noted> + use<'a> {
    let number = case.end(side).fin_seq();
    case.of(side)
        .filter(move |n| is_fin(n) && Some(n.data_end()) == number)
}

/// A FIN as RFC 9293 knows it: not on a SYN or RST, and with ACK.
pub fn is_fin(noted: &Noted) -> bool {
    noted.is_fin() && noted.is_ack() && !noted.is_syn() && !noted.is_rst() && !is_corrupt(noted)
}

/// Damaged on the way: it changed nothing.
pub fn is_corrupt(noted: &Noted) -> bool {
    noted.saw(Observations::BAD_CHECKSUM)
}

/// Nothing that `side` sent contradicts the place of its FIN.
pub fn fin_is_undisputed(case: &Case<'_>, side: Side) -> bool {
    let disputing = Observations::FIN_MOVED | Observations::DATA_PAST_FIN;
    !case.with(disputing).any(|n| n.side == side)
}

/// A RST of either end was captured.
pub fn is_reset(case: &Case<'_>) -> bool {
    Side::BOTH.iter().any(|side| case.end(*side).rst.is_some())
}

/// `side` sent its FIN without having seen the other's: the active closer, or
/// one of two.
pub fn closed_first(case: &Case<'_>, side: Side) -> bool {
    let (own, peer) = (case.end(side), case.end(side.peer()));
    own.fin.is_some() && knowledge::sent_fin_first(own, peer)
}

/// `side` has acknowledged its peer's FIN.
pub fn has_acked_fin(case: &Case<'_>, side: Side) -> bool {
    knowledge::fin_received(case.end(side), case.end(side.peer()))
}

/// The packet in which `side` first acknowledged its peer's FIN, and its time.
pub fn acked_fin(case: &Case<'_>, side: Side) -> Option<(u64, Timestamp)> {
    case.end(side.peer()).fin?.acked_by
}

/// When `side` last sent octets that it had not sent before.
pub fn last_new(case: &Case<'_>, side: Side) -> Option<Timestamp> {
    case.end(side).recent.back().map(|sent| sent.time)
}

/// Everything that `side` was seen to send is acknowledged.
pub fn all_acked(case: &Case<'_>, side: Side) -> bool {
    let sent = case.end(side).snd_next;
    let acked = case.end(side.peer()).ack_max;
    match (sent, acked) {
        (Some(next), Some(ack)) => ack.at_or_after(next),
        (None, _) => true,
        (Some(_), None) => false,
    }
}

/// All that `side` sent was acknowledged before it was captured: the frames were stored
/// in another order, or the ack was bad (SQ001). There is one, either way.
pub fn acked_early(case: &Case<'_>, side: Side) -> bool {
    let covers = |n: &Noted| {
        let next = case.end(side).snd_next;
        n.side == side.peer() && next.is_some_and(|next| n.ack.at_or_after(next))
    };
    case.with(Observations::ACK_BEYOND_SENT).any(covers)
}

/// The connection stops at the FIN of `side`, the second, and so do connections of other
/// hosts: the capture holds no last ACKs.
pub fn last_ack_left_out(case: &Case<'_>, side: Side) -> bool {
    case.connection.stops_at_last_fin() == Some(side) && case.capture.stopped_at_fin.len() > 1
}

/// The numbers of `noted` are near those that both ends used before it, so it
/// is no segment of another incarnation.
pub fn fits_connection(noted: &Noted) -> bool {
    let near = |known: Option<SeqNo>, number: SeqNo| {
        known.is_none_or(|known| number.distance_from(known).unsigned_abs() < NEAR_OCTETS)
    };
    near(noted.before.own_next, noted.seq)
        && (!noted.is_ack() || near(noted.before.peer_next.or(noted.before.own_ack), noted.ack))
}

/// Both numbers of `noted` lie beyond all that was captured before it: it may
/// belong to the next incarnation, whose opening the capture lost.
pub fn may_be_of_next(noted: &Noted) -> bool {
    let ahead = |known: Option<SeqNo>, number: SeqNo| known.is_some_and(|k| number.after(k));
    noted.is_ack()
        && ahead(noted.before.own_next, noted.seq)
        && ahead(noted.before.peer_next.or(noted.before.own_ack), noted.ack)
}

/// `noted` comes behind its end's SYN, or the capture began later: what comes
/// before an end's SYN is no part of its stream.
pub fn is_in_stream(case: &Case<'_>, noted: &Noted) -> bool {
    let end = case.end(noted.side);
    let behind_syn = end.iss().is_none_or(|iss| noted.data_end().after(iss));
    behind_syn && (case.connection.mid_stream || noted.before.own_next.is_some())
}

/// `rst` answers data that `side` would not take any more: it had closed, and
/// octets of the peer were on the wire that it has not acknowledged.
pub fn answers_late_data(case: &Case<'_>, rst: &Noted) -> bool {
    let Some(fin) = case.end(rst.side).fin else {
        return false;
    };
    let peer_fin = case.end(rst.side.peer()).fin;
    let (Some(peer_next), Some(own_ack), Some(last)) = (
        rst.before.peer_next,
        rst.before.own_ack,
        rst.before.peer_last,
    ) else {
        return false;
    };
    let data_end = match peer_fin {
        Some(theirs) if theirs.packet < rst.packet => peer_next.earlier(theirs.seq),
        _ => peer_next,
    };
    fin.packet < rst.packet
        && data_end.after(own_ack)
        && (rst.seq == last.ack || rst.seq == fin.seq + 1)
}

/// Nothing was sent by either end for a while.
pub fn is_idle(noted: &Noted) -> bool {
    [noted.before.own_last, noted.before.peer_last]
        .into_iter()
        .flatten()
        .all(|last| noted.time.since(last.time) >= IDLE_SECONDS * NS_PER_S)
}
