//! Findings that have to be there: smoltcp, or the program that uses it, does
//! what the rule says; or a finding that is only likely says so because of what
//! the path has lost, and what it says cannot be told from there.

use std::collections::BTreeMap;

use smoltcp::socket::tcp::State as Stack;
use tcpcheck::finding::{Certainty, Finding};

use crate::capture::Monitor;
use crate::life::{Life, Lives};
use crate::side::Side;

/// A finding, and what happened.
pub struct Found<'a> {
    pub finding: &'a Finding,
    /// Where it was made.
    pub monitor: Monitor,
    pub round: usize,
    /// The host that it names.
    pub side: Option<Side>,
    pub lives: &'a Lives,
}

impl Found<'_> {
    /// What the named host went through in this round, or in one beside it.
    fn life(&self, offset: isize) -> Option<&Life> {
        let lives = self.lives.get(self.round.checked_add_signed(offset)?)?;
        self.side.map(|side| lives.of(side))
    }

    /// The named host was given up in this state, in any round.
    fn ever_gave_up_in(&self, state: Stack) -> bool {
        let lives = self
            .lives
            .iter()
            .filter_map(|lives| self.side.map(|side| lives.of(side)));
        lives.into_iter().any(|life| life.gave_up_in(state))
    }

    /// The named host was given up in this state.
    fn gave_up_in(&self, state: Stack) -> bool {
        self.life(0).is_some_and(|life| life.gave_up_in(state))
    }

    /// It was not made at the host that it names.
    fn is_from_afar(&self) -> bool {
        self.side
            .is_none_or(|side| self.monitor != Monitor::At(side))
    }

    /// That, and it is not certain.
    fn is_guess_from_afar(&self) -> bool {
        self.is_from_afar() && self.finding.certainty < Certainty::Definite
    }
}

/// A rule, and when its finding is right.
struct Waiver {
    rule: &'static str,
    reason: &'static str,
    holds: fn(&Found<'_>) -> bool,
}

const UNSEEN: &str = "the path lost what the host had sent before it came to the monitor: from \
                      there it is missing, and the rule says no more than likely";

const OVERRUN: &str = "the fast retransmission of smoltcp sends as much as an MSS holds, whatever \
                       the window is";

const REOPENED: &str = "the program aborts in TIME-WAIT, smoltcp obeys, and opens again at once, \
                        with a number drawn at random (RFC 9293, 3.10.5 lets it end, 3.6.1 asks \
                        it to stay)";

const FORGOTTEN_FIN: &str = "smoltcp measures a segment without its FIN: one that repeats data \
                             and adds a FIN lies before its window, so it acknowledges and drops \
                             it (RFC 9293, 3.4 counts the FIN); nor does it keep a FIN that \
                             comes ahead of missing data";

const WAIVERS: &[Waiver] = &[
    Waiver {
        rule: "AT005",
        reason: "smoltcp answers with TTL 64 and without timestamps whatever its socket has, and \
                 gives up in SYN-SENT with timestamps that were never agreed on",
        holds: |found| found.finding.certainty < Certainty::Definite,
    },
    Waiver {
        rule: "HS004",
        reason: "the path lost the octets before the monitor, and behind it doubled the SYN-ACK, \
                 which the host answers behind them: from there its first ACK is too high",
        holds: |found| found.is_guess_from_afar(),
    },
    Waiver {
        rule: "OP008",
        reason: "the path has put them in another order",
        holds: |found| found.is_guess_from_afar(),
    },
    Waiver {
        rule: "OP009",
        reason: "smoltcp answers an old segment of the connection before with that one's timestamp \
                 (RFC 7323, 5.3, echoes TS.Recent, which a rejected segment does not change)",
        holds: |found| found.round > 0,
    },
    Waiver {
        rule: "OP015",
        reason: "smoltcp has no PAWS: it takes whatever is in its window (RFC 7323, 5.3)",
        holds: |_| true,
    },
    Waiver {
        rule: "RS001",
        reason: "smoltcp gave up in SYN-SENT (where RFC 9293 has no RST) or in SYN-RECEIVED, and \
                 the path lost what it had sent before that; the RST came soon after a SYN",
        holds: |found| {
            let afar = found.is_from_afar() && found.ever_gave_up_in(Stack::SynReceived);
            afar || found.ever_gave_up_in(Stack::SynSent)
        },
    },
    Waiver {
        rule: "HS007",
        reason: "the program gave up in SYN-SENT and listened on the same port, where the SYN of \
                 its peer came: the path lost the RST that smoltcp sent between the two",
        holds: |found| found.is_guess_from_afar() && found.ever_gave_up_in(Stack::SynSent),
    },
    Waiver {
        rule: "HS022",
        reason: "the path lost the RST with which the host had given up before",
        holds: |found| found.is_guess_from_afar(),
    },
    Waiver {
        rule: "RS002",
        reason: "smoltcp that gives up in SYN-SENT sends a RST, which RFC 9293, 3.10.5 does not \
                 ask for: with ISS as its number when the SYN is due again, or, where its SYNs \
                 were lost, with a number of which the monitor knows nothing",
        holds: |found| found.ever_gave_up_in(Stack::SynSent),
    },
    Waiver {
        rule: "RS002",
        reason: UNSEEN,
        holds: |found| found.is_guess_from_afar() && found.ever_gave_up_in(Stack::SynReceived),
    },
    Waiver {
        rule: "RS002",
        reason: OVERRUN,
        holds: |found| found.life(0).is_some_and(|life| life.overran),
    },
    Waiver {
        rule: "RS003",
        reason: "the RST answers a segment that passed the monitor shortly before a RST with the \
                 same ack, and the path between them is long",
        holds: |found| found.is_guess_from_afar(),
    },
    Waiver {
        rule: "RS009",
        reason: "the program aborted in the moment after an old segment had come, or the path \
                 lost the RST with which it had aborted before",
        holds: |found| {
            let gave_up = |life: &Life| life.moves.iter().any(|made| made.gives_up);
            found.life(0).is_some_and(gave_up)
        },
    },
    Waiver {
        rule: "RT001",
        reason: "the path lost the bare SYN of a simultaneous open, for which the timer runs, or \
                 doubled a SYN and held the copy up",
        holds: |found| found.is_guess_from_afar(),
    },
    Waiver {
        rule: "RT006",
        reason: "the path lost the ACK that was in time, or delayed it",
        holds: |found| found.is_guess_from_afar(),
    },
    Waiver {
        rule: "RT011",
        reason: "the path lost the ACK behind the monitor, or has put the two in another order",
        holds: |found| found.is_guess_from_afar(),
    },
    Waiver {
        rule: "RT012",
        reason: UNSEEN,
        holds: |found| found.is_guess_from_afar(),
    },
    Waiver {
        rule: "RT012",
        reason: "the program asked smoltcp to give up when nothing comes for a time that is shorter \
                 than two keepalives",
        holds: |found| {
            let gave_up = |life: &Life| life.moves.iter().any(|made| made.gives_up);
            found.life(0).is_some_and(gave_up)
        },
    },
    Waiver {
        rule: "RT014",
        reason: UNSEEN,
        holds: |found| found.is_guess_from_afar(),
    },
    Waiver {
        rule: "SQ012",
        reason: "smoltcp drops an old segment without an ACK where its own ack is old as well \
                 (RFC 9293, 3.10.7.4 looks at the sequence number first)",
        holds: |_| true,
    },
    Waiver {
        rule: "TD002",
        reason: FORGOTTEN_FIN,
        holds: |found| found.life(0).is_some_and(|life| life.forgot_fin),
    },
    Waiver {
        rule: "TD003",
        reason: "smoltcp sends keepalives, with an octet of garbage that has the number of its FIN, \
                 while that is not acknowledged (RFC 9293, 3.8.4 has them only when nothing is \
                 outstanding)",
        holds: |found| found.life(0).is_some_and(|life| life.false_probe),
    },
    Waiver {
        rule: "TD009",
        reason: "smoltcp takes SND.NXT back to SND.UNA when its retransmission timer expires: an \
                 ACK that it sends before it repeats the FIN has the number of the FIN",
        holds: |_| true,
    },
    Waiver {
        rule: "TD010",
        reason: FORGOTTEN_FIN,
        holds: |found| found.life(0).is_some_and(|life| life.forgot_fin),
    },
    Waiver {
        rule: "TD010",
        reason: UNSEEN,
        holds: |found| found.is_guess_from_afar(),
    },
    Waiver {
        rule: "TD012",
        reason: "the program never closes its socket, or a closed window keeps its FIN back, or the \
                 path lost it",
        holds: |found| {
            let keeps_it = found.life(0).is_some_and(|life| !life.sent_fin);
            keeps_it || found.is_guess_from_afar()
        },
    },
    Waiver {
        rule: "TD017",
        reason: FORGOTTEN_FIN,
        holds: |found| found.life(0).is_some_and(|life| life.forgot_fin),
    },
    Waiver {
        rule: "TD017",
        reason: UNSEEN,
        holds: |found| found.is_guess_from_afar(),
    },
    Waiver {
        rule: "TW001",
        reason: "the program aborts in TIME-WAIT, and smoltcp obeys and answers the next FIN \
                 with a RST; or it aborted in CLOSING, and the path lost its RST",
        holds: |found| found.gave_up_in(Stack::TimeWait) || found.is_guess_from_afar(),
    },
    Waiver {
        rule: "TW003",
        reason: REOPENED,
        holds: |found| {
            let before = found.life(-1);
            before.is_some_and(|life| life.gave_up_in(Stack::TimeWait))
        },
    },
    Waiver {
        rule: "TW004",
        reason: REOPENED,
        holds: |found| {
            let before = found.life(-1);
            before.is_some_and(|life| life.gave_up_in(Stack::TimeWait))
        },
    },
    Waiver {
        rule: "TW005",
        reason: REOPENED,
        holds: |found| {
            let before = found.life(-1);
            before.is_some_and(|life| life.gave_up_in(Stack::TimeWait))
        },
    },
    Waiver {
        rule: "TW006",
        reason: "an old segment drew an ACK from TIME-WAIT, and that a RST from a host that was \
                 through: it happened, and smoltcp does not defend itself (RFC 1337)",
        holds: |found| found.finding.endpoint.is_none(),
    },
    Waiver {
        rule: "WN004",
        reason: UNSEEN,
        holds: |found| found.is_guess_from_afar(),
    },
    Waiver {
        rule: "WN008",
        reason: "the program aborts, or has asked to give up early, while the window is closed",
        holds: |found| {
            let gave_up = |life: &Life| life.moves.iter().any(|made| made.gives_up);
            found.life(0).is_some_and(gave_up)
        },
    },
    Waiver {
        rule: "WN001",
        reason: OVERRUN,
        holds: |found| found.life(0).is_some_and(|life| life.overran),
    },
];

/// How often which waiver was needed.
#[derive(Default)]
pub struct Tally(BTreeMap<usize, u64>);

/// Whether a waiver covers the finding.
pub fn covers(found: &Found<'_>, tally: &mut Tally) -> bool {
    let rule = found.finding.rule;
    let waiver = WAIVERS
        .iter()
        .position(|waiver| waiver.rule == rule && (waiver.holds)(found));
    if let Some(waiver) = waiver {
        *tally.0.entry(waiver).or_default() += 1;
    }
    waiver.is_some()
}

/// The table, with how often each was needed.
pub fn reasons(tally: &Tally) -> impl Iterator<Item = String> {
    WAIVERS.iter().enumerate().map(|(at, waiver)| {
        let count = tally.0.get(&at).copied().unwrap_or(0);
        format!("{} {count} times: {}", waiver.rule, waiver.reason)
    })
}
