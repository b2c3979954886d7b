//! Whether what a rule needs is there: the one place where that is decided.

use super::case::Case;
use super::rule::Need;
use crate::machine::end::End;
use crate::machine::side::Side;

/// How a need stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Standing {
    /// Known not to be met: nothing may be said.
    Refuted,
    /// Nothing speaks against it, nothing proves it.
    Unknown,
    /// Met.
    Met,
}

impl Standing {
    const fn met_if(met: bool) -> Standing {
        if met {
            Standing::Met
        } else {
            Standing::Refuted
        }
    }
}

/// How `need` stands for a verdict about `side`. Needs that only a single
/// verdict can answer (the header of its packet, the order of two segments,
/// the time that has passed) count as met here; `judge.rs` and the rules see
/// to those.
#[must_use]
pub fn standing(need: Need, case: &Case<'_>, side: Side) -> Standing {
    let own = case.end(side);
    let peer = case.end(side.peer());
    let offload = |traces: &crate::machine::end::Traces| {
        traces.partial_checksums > 0 || traces.oversized > 0 || traces.bad_checksums_accepted > 0
    };
    match need {
        Need::Header | Need::OrderProof | Need::Time(_) => Standing::Met,
        // Without a FIN there is nothing to judge, and nothing withheld.
        Need::FinSelf | Need::FinPeer => Standing::Met,
        // Assumed, and printed as an assumption.
        Need::SymmetricPath => Standing::Met,
        Need::Payload => {
            Standing::met_if(own.traces.cut_payload == 0 && own.traces.cut_options == 0)
        }
        Need::Handshake => Standing::met_if(own.syn.is_some() && peer.syn.is_some()),
        Need::SynSelf => Standing::met_if(own.syn.is_some()),
        Need::SynPeer => Standing::met_if(peer.syn.is_some()),
        Need::BothDirections => {
            // What the incarnation before showed holds for this one too.
            let shown = |side| {
                let before = case.previous.map(|previous| previous.ends.of(side));
                before.is_some_and(|end| end.snd_next.is_some())
            };
            let seen = |end: &End, side| end.was_seen() || shown(side);
            Standing::met_if(
                seen(own, side) && seen(peer, side.peer()) && !case.connection.self_connect,
            )
        }
        Need::NoCaptureLoss => no_capture_loss(case, side),
        Need::AtSelf => Standing::met_if(case.vantage.is_at(side)),
        Need::NoOffloadSelf => Standing::met_if(!offload(&own.traces)),
        Need::NoOffloadPeer => Standing::met_if(!offload(&peer.traces)),
        Need::Clock => Standing::met_if(case.capture.clock_is_sane()),
    }
}

/// Some of the needs that may be refuted. Many rules need the same few things, so each is
/// asked for once a connection.
#[derive(Clone, Copy, Debug)]
pub struct Needs(u16);

impl Needs {
    /// Those of `needs` that may be refuted.
    #[must_use]
    pub fn of(needs: &[Need]) -> Needs {
        Needs::those(|need| needs.contains(&need))
    }

    /// What `case` refutes for verdicts about `side`.
    #[must_use]
    pub fn refuted(case: &Case<'_>, side: Side) -> Needs {
        Needs::those(|need| standing(need, case, side) == Standing::Refuted)
    }

    /// The first of `needs` that is here.
    #[must_use]
    pub fn first_of(self, needs: &[Need]) -> Option<Need> {
        let here = |need: &Need| self.intersects(Needs::of(&[*need]));
        needs.iter().copied().find(here)
    }

    /// Whether both have something.
    #[must_use]
    pub const fn intersects(self, other: Needs) -> bool {
        self.0 & other.0 != 0
    }

    fn those(which: impl Fn(Need) -> bool) -> Needs {
        let bits = (0..).zip(REFUTABLE);
        Needs(bits.fold(0, |all, (bit, need)| all | u16::from(which(need)) << bit))
    }
}

/// All that [`standing`] may refute.
const REFUTABLE: [Need; 10] = [
    Need::Payload,
    Need::Handshake,
    Need::SynSelf,
    Need::SynPeer,
    Need::BothDirections,
    Need::NoCaptureLoss,
    Need::AtSelf,
    Need::NoOffloadSelf,
    Need::NoOffloadPeer,
    Need::Clock,
];

/// Segments with wrong checksums were counted as sound, for their sender might
/// have left the sums to its network card; then it sent right ones. So those
/// were damaged, and what they say stands in the books of the connection.
#[must_use]
pub fn took_in_damaged(case: &Case<'_>) -> bool {
    Side::BOTH.iter().any(|side| {
        let traces = &case.end(*side).traces;
        traces.bad_checksums_accepted > 0 && traces.good_checksums > 0
    })
}

fn no_capture_loss(case: &Case<'_>, side: Side) -> Standing {
    if lost_something(case) {
        return Standing::Refuted;
    }
    let proven_by_drops = case.capture.drops == Some(0) && case.vantage.is_proven_at(side);
    if case.settings.lossless || proven_by_drops {
        Standing::Met
    } else {
        Standing::Unknown
    }
}

/// Evidence that the capture lost frames of this connection (CA003).
#[must_use]
pub fn lost_something(case: &Case<'_>) -> bool {
    let connection = case.connection;
    let octets = connection.missing_octets() > 0;
    let held = Side::BOTH
        .iter()
        .any(|side| case.end(*side).early_ack.is_some() || case.watch(*side).sack.shows_loss());
    case.capture.lost_frames() || octets || held || lost_syn(case)
}

/// An end acknowledged a SYN that was not captured, although the other
/// end's opening was.
fn lost_syn(case: &Case<'_>) -> bool {
    !case.connection.mid_stream
        && Side::BOTH.iter().any(|side| {
            let (own, peer) = (case.end(*side), case.end(side.peer()));
            let captured = peer.sent_bare_syn || peer.sent_syn_ack;
            own.syn.is_some() && !captured && own.sent_after_syn
        })
}

#[cfg(test)]
mod tests;
