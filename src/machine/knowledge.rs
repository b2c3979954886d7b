//! Where an endpoint may be, for all that the capture can prove.
//!
//! An endpoint's state is seven facts, each proven, possible or impossible.
//! A fact is proven only by what the endpoint itself sent; it is possible as
//! soon as a segment that would bring it about has passed the monitor.
//! The set of states is every row of the table that agrees with all facts.

use super::end::End;
use super::state::{State, StateSet};
use crate::seq::SeqNo;

/// One fact: what is proven, and what is possible.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Fact {
    proven: bool,
    possible: bool,
}

impl Fact {
    const fn new(proven: bool, possible: bool) -> Fact {
        Fact {
            proven,
            possible: proven || possible,
        }
    }
}

#[derive(Clone, Copy)]
enum Asked {
    Yes,
    No,
    Any,
}

/// The facts of one endpoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Facts {
    syn_sent: Fact,
    syn_received: Fact,
    syn_acked: Fact,
    fin_sent: Fact,
    fin_received: Fact,
    fin_acked: Fact,
    /// It sent its FIN before it received the peer's.
    closed_first: Fact,
    /// It sent nothing but a SYN, to which no SYN of the peer has come: what
    /// answers that one is a SYN-ACK, which leads past SYN-RECEIVED.
    only_syn: bool,
    reset_sent: bool,
    /// Its RST may have been another's.
    reset_doubtful: bool,
    reset_possible: bool,
    /// It opened actively, so that a RST doesn't send it back to LISTEN.
    active: bool,
}

/// A row of the table, a bit a fact, so that it is compared with all of them at once: the sets
/// of states are worked out at every step of every connection.
#[derive(Clone, Copy)]
struct Row {
    state: State,
    /// Facts that it asks for.
    yes: u8,
    /// Facts that it rules out.
    no: u8,
}

const fn row(state: State, asked: [Asked; 7]) -> Row {
    let (mut yes, mut no, mut bit) = (0, 0, 1);
    let mut rest: &[Asked] = &asked;
    while let [fact, behind @ ..] = rest {
        match fact {
            Asked::Yes => yes |= bit,
            Asked::No => no |= bit,
            Asked::Any => {}
        }
        bit <<= 1;
        rest = behind;
    }
    Row { state, yes, no }
}

/// The states by their facts: SYN sent, SYN received, SYN acked, FIN sent,
/// FIN received, FIN acked, closed first.
#[rustfmt::skip]
const ROWS: [Row; 12] = {
    use Asked::{Any, No, Yes};
    [
        row(State::Closed,      [No,  No,  No,  No,  No,  No,  Any]),
        row(State::Listen,      [No,  No,  No,  No,  No,  No,  Any]),
        row(State::SynSent,     [Yes, No,  No,  No,  No,  No,  Any]),
        row(State::SynReceived, [Yes, Yes, No,  No,  No,  No,  Any]),
        row(State::Established, [Yes, Yes, Yes, No,  No,  No,  Any]),
        row(State::FinWait1,    [Yes, Yes, Any, Yes, No,  No,  Any]),
        row(State::FinWait2,    [Yes, Yes, Yes, Yes, No,  Yes, Any]),
        row(State::CloseWait,   [Yes, Yes, Yes, No,  Yes, No,  Any]),
        row(State::Closing,     [Yes, Yes, Yes, Yes, Yes, No,  Yes]),
        row(State::LastAck,     [Yes, Yes, Yes, Yes, Yes, No,  No]),
        row(State::TimeWait,    [Yes, Yes, Yes, Yes, Yes, Yes, Yes]),
        row(State::Closed,      [Yes, Yes, Yes, Yes, Yes, Yes, No]),
    ]
};

/// A row of the table as a bit.
type RowSet = u16;

/// For each set of facts, a bit a fact, the rows that it allows: as what is possible, those
/// that ask for no more; as what is proven, those that rule nothing of it out.
const ALLOWED: ([RowSet; 128], [RowSet; 128]) = {
    let (mut possible, mut proven) = ([0; 128], [0; 128]);
    let (mut by_possible, mut by_proven): (&mut [RowSet], &mut [RowSet]) =
        (&mut possible, &mut proven);
    let mut facts = 0u8;
    while let ([first, rest @ ..], [other, others @ ..]) = (by_possible, by_proven) {
        let mut rows: &[Row] = &ROWS;
        let mut bit = 1;
        while let [row, behind @ ..] = rows {
            if row.yes & !facts == 0 {
                *first |= bit;
            }
            if row.no & facts == 0 {
                *other |= bit;
            }
            bit <<= 1;
            rows = behind;
        }
        facts += 1;
        (by_possible, by_proven) = (rest, others);
    }
    (possible, proven)
};

/// The rows of the table that agree with all facts.
fn rows(proven: u8, possible: u8) -> RowSet {
    let of = |allowed: &[RowSet; 128], facts: u8| {
        let rows = allowed.get(usize::from(facts));
        rows.copied().unwrap_or_default()
    };
    of(&ALLOWED.0, possible) & of(&ALLOWED.1, proven)
}

impl Facts {
    /// The facts of `own`, whose peer is `peer`. `knows`: what it is proven to
    /// know as acknowledged (receipt by implication, `watch/receipt.rs`).
    /// `mid_stream`: the capture does not hold the opening.
    #[must_use]
    pub fn of(own: &End, peer: &End, knows: Option<SeqNo>, mid_stream: bool) -> Facts {
        let knows = |number: SeqNo| knows_acked(peer, knows, number);
        let synchronized = own.sent_after_syn || own.sent_syn_ack;
        // Nothing of the peer was captured, although this end acknowledges
        // something: it may have sent anything.
        let unseen = !peer.was_seen() && (synchronized || mid_stream);
        // Nothing of the end itself was captured, although the peer shows
        // that it has sent something.
        let hidden = !own.was_seen() && (peer.sent_syn_ack || peer.sent_after_syn);
        let open = mid_stream || unseen || hidden;
        // It may have closed before the capture began.
        let closed_before = |end: &End| mid_stream && end.fin.is_none() && end.counts.bytes == 0;
        Facts {
            syn_sent: Fact::new(
                own.syn.is_some() || own.sent_after_syn,
                mid_stream || hidden,
            ),
            syn_received: Fact::new(synchronized, peer.syn.is_some() || open),
            syn_acked: Fact::new(
                own.iss().is_some_and(knows) || syn_acked_proven(own, peer, mid_stream),
                // An end that takes in data goes by its SYN as acknowledged.
                open || own.syn_acked
                    || own.syn.is_none() && own.sent_after_syn
                    || took_data(own, peer),
            ),
            // A FIN ahead of a hole was sent too, or was another's.
            fin_sent: Fact::new(
                own.fin.is_some(),
                hidden || closed_before(own) || own.distant_fin.is_some(),
            ),
            fin_received: Fact::new(
                fin_received(own, peer),
                peer.fin.is_some() || unseen || closed_before(peer),
            ),
            fin_acked: Fact::new(
                own.fin_seq().is_some_and(knows) || fin_acked_proven(own, peer),
                unseen || hidden || closed_before(own) || fin_acked(own, peer),
            ),
            closed_first: closed_first(own, peer),
            only_syn: own.sent_bare_syn && !synchronized && !peer.sent_bare_syn,
            reset_sent: own.rst.is_some(),
            reset_doubtful: own.went_on,
            reset_possible: peer.sent_rst,
            active: own.sent_bare_syn,
        }
    }

    /// Every state that agrees with the facts.
    #[must_use]
    pub fn states(&self) -> StateSet {
        // RFC 9293, figure 5, note 3 says TIME-WAIT, 3.10.5 says CLOSED.
        let mut after_reset = StateSet::of(&[State::Closed, State::TimeWait]);
        // A passive end that was reset in SYN-RECEIVED goes back to LISTEN, where
        // it refuses what comes late with RSTs as well.
        if self.reset_possible && !self.syn_acked.proven && !self.active {
            after_reset.insert(State::Listen);
        }
        if self.reset_sent && !self.reset_doubtful {
            return after_reset;
        }
        let facts = [
            self.syn_sent,
            self.syn_received,
            self.syn_acked,
            self.fin_sent,
            self.fin_received,
            self.fin_acked,
            self.closed_first,
        ];
        let (mut proven, mut possible) = (0u8, 0u8);
        for (bit, fact) in facts.into_iter().enumerate() {
            proven |= u8::from(fact.proven) << bit;
            possible |= u8::from(fact.possible) << bit;
        }
        let mut states = StateSet::EMPTY;
        let mut open = rows(proven, possible);
        while open != 0 {
            if let Some(row) = ROWS.get(open.trailing_zeros() as usize)
                && !(self.only_syn && row.state == State::SynReceived)
            {
                states.insert(row.state);
            }
            open &= open - 1;
        }
        if self.reset_sent {
            for state in after_reset.iter() {
                states.insert(state);
            }
        }
        if self.reset_possible {
            states.insert(State::Closed);
            if !self.syn_acked.proven && !self.active {
                states.insert(State::Listen);
            }
        }
        states
    }
}

/// E has acknowledged data of P, or its FIN, beyond what P's SYN holds.
#[must_use]
pub fn took_data(own: &End, peer: &End) -> bool {
    peer.syn
        .is_some_and(|syn| own.ack_advanced > u64::from(syn.payload_len))
}

/// E proves that it has received P's FIN: it acknowledged it.
#[must_use]
pub fn fin_received(own: &End, peer: &End) -> bool {
    peer.fin_seq()
        .zip(own.ack_max)
        .is_some_and(|(fin, ack)| ack.at_or_after(fin + 1))
}

/// P has acknowledged E's FIN, so E may know.
#[must_use]
pub fn fin_acked(own: &End, peer: &End) -> bool {
    fin_received(peer, own)
}

/// E is proven to know its octet `number` acknowledged. What it knows lies at or below P's
/// highest ack, wherever that is on the ring.
fn knows_acked(peer: &End, knows: Option<SeqNo>, number: SeqNo) -> bool {
    knows
        .zip(peer.ack_max)
        .is_some_and(|(knows, acked)| acked.after(number) && knows.within(number + 1, acked))
}

/// E proves that it knows of the ACK of its FIN: it acknowledged P's FIN, of
/// which every copy carried that ACK (receipt by implication).
fn fin_acked_proven(own: &End, peer: &End) -> bool {
    fin_received(own, peer)
        && own
            .fin_seq()
            .zip(peer.fin)
            .is_some_and(|(fin, theirs)| theirs.lowest_ack == fin + 1)
}

fn syn_acked_proven(own: &End, peer: &End, mid_stream: bool) -> bool {
    if mid_stream {
        return own.counts.bytes > 0;
    }
    let Some(iss) = own.iss() else { return false };
    // After an active open only a SYN,ACK makes an end send a plain ACK
    // (a crossing SYN aside).
    let active = own.sent_bare_syn && !peer.sent_bare_syn && own.sent_after_syn;
    // It took in octets of which every copy acknowledged its SYN.
    let implied = took_data(own, peer) && peer.ack_min.is_some_and(|ack| ack.after(iss));
    active || implied
}

fn closed_first(own: &End, peer: &End) -> Fact {
    let Some(fin) = own.fin else {
        return Fact::new(false, true);
    };
    match peer.fin_seq() {
        // No FIN of the peer was captured: the own one came first, or the
        // peer's was lost by the capture.
        None => Fact::new(false, true),
        Some(theirs) => {
            let before = fin.lowest_ack.at_or_before(theirs);
            let refuted = fin.first_ack == theirs + 1;
            // An older copy may be captured behind a newer one; then either may be.
            Fact {
                proven: before && !refuted,
                possible: before || !refuted,
            }
        }
    }
}

/// Some copy of E's FIN did not yet acknowledge P's: E closed without having
/// seen the other close.
#[must_use]
pub fn sent_fin_first(own: &End, peer: &End) -> bool {
    match (own.fin, peer.fin_seq()) {
        (Some(fin), Some(theirs)) => fin.lowest_ack.at_or_before(theirs),
        (Some(_), None) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
