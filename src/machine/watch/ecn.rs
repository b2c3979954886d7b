//! What an end says and hears of congestion (RFC 3168, RFC 9768).
//!
//! The three flags AE, CWR and ECE of SYN and SYN-ACK agree on a mode; in
//! classic ECN two of them carry ECE and CWR later on, in Accurate ECN all three
//! are a counter. The two ECN bits of IP are the network's part.

use super::Step;
use crate::machine::observe::Relative;
use crate::observation::Observations;
use crate::segment::{Flags, NS_PER_MS, NS_PER_S, Segment, Timestamp};
use crate::seq::SeqNo;

/// Congestion experienced, in the ECN bits of IP.
pub const CE: u8 = 3;

/// Of each kind so many are noted.
const EXAMPLES: u8 = 3;

/// ECE unanswered for less than this, or than three round trips, is no fault:
/// where there is congestion the first round trip is no measure.
pub const PATIENCE_NS: i64 = NS_PER_S;

/// So many ACKs with ECE, and segments of new data after them, make a case.
pub const TIMES: u32 = 3;

/// The flags AE, CWR and ECE as one number, in this order.
#[must_use]
pub fn code(flags: Flags) -> u8 {
    let bit = |flag: Flags, value: u8| if flags.contains(flag) { value } else { 0 };
    bit(Flags::AE, 4) | bit(Flags::CWR, 2) | bit(Flags::ECE, 1)
}

/// What the opening agreed on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// SYN or SYN-ACK were not captured.
    Unknown,
    /// No ECN.
    None,
    /// RFC 3168.
    Classic,
    /// RFC 9768.
    Accurate,
    /// Several SYNs or SYN-ACKs disagree, or use a reserved combination.
    Unclear,
}

/// The mode of one SYN and one SYN-ACK (RFC 9768, 3.1.1, table 2).
fn agreed(syn: u8, syn_ack: u8) -> Mode {
    match (syn, syn_ack) {
        (_, 0) => Mode::None,
        (7, 2 | 3 | 4 | 6) => Mode::Accurate,
        (3 | 7, 1) => Mode::Classic,
        (7, 7) | (3, _) if syn_ack != 5 => Mode::None,
        (3 | 4.., _) => Mode::Unclear,
        _ => Mode::None,
    }
}

/// Which codes an end's SYNs and SYN-ACKs had, as sets of bits.
#[derive(Clone, Copy, Debug, Default)]
struct Codes {
    syn: u8,
    syn_ack: u8,
}

impl Codes {
    fn add(&mut self, flags: Flags) {
        let set = if flags.contains(Flags::ACK) {
            &mut self.syn_ack
        } else {
            &mut self.syn
        };
        *set |= 1 << code(flags);
    }
}

/// ECE and CWR of classic ECN.
#[derive(Clone, Copy, Debug, Default)]
struct Exchange {
    /// Since when the peer has sent ECE.
    ece_since: Option<(u64, Timestamp)>,
    eces: u32,
    /// New data without CWR meanwhile.
    unanswered: u32,
    /// The end of the peer's latest data with CWR, and its packet.
    cwr: Option<(SeqNo, u64)>,
    eces_after_cwr: u32,
}

/// How many of each kind were noted.
#[derive(Clone, Copy, Debug, Default)]
struct Noted {
    unagreed: u8,
    misplaced: u8,
    not_echoed: u8,
    stray: u8,
    exchange: u8,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Ecn {
    own: Codes,
    peer: Codes,
    noted: Noted,
    /// A segment without data came without a mark.
    control_unmarked: bool,
    /// The end of the peer's data that bore CE and is not acknowledged yet.
    marked: Option<(SeqNo, u64)>,
    exchange: Option<Box<Exchange>>,
}

impl Ecn {
    /// A mark or an echo goes round; or every segment without data bore a mark so far.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        !self.control_unmarked || self.marked.is_some() || self.exchange.is_some()
    }

    /// This end sends `step.segment`.
    pub fn sent(&mut self, step: &Step<'_>, notes: &mut Relative) {
        let segment = step.segment;
        let (ecn, flags) = (segment.ip.ecn, segment.flags);
        self.control_unmarked |= ecn == 0 && segment.payload_len == 0;
        if flags.contains(Flags::SYN) {
            self.own.add(flags);
            if ecn != 0 {
                note(
                    &mut self.noted.misplaced,
                    notes,
                    Observations::ECT_MISPLACED,
                );
            }
            return;
        }
        let speaks = flags.intersects(Flags::ECE | Flags::CWR | Flags::AE);
        if ecn == 0 && !speaks && self.marked.is_none() && self.exchange.is_none() {
            return;
        }
        let mode = self.mode();
        if ecn != 0 {
            self.is_marked(mode, step, notes);
        }
        if speaks && mode == Mode::None || flags.contains(Flags::AE) && mode == Mode::Classic {
            note(&mut self.noted.stray, notes, Observations::ECN_FLAGS_STRAY);
        }
        if flags.contains(Flags::ACK) && !flags.contains(Flags::RST) {
            self.echoes(step, notes);
            self.answers(step, notes);
        }
    }

    /// A segment of the peer passes the monitor on its way to this end.
    pub fn passed(&mut self, step: &Step<'_>) {
        let segment = step.segment;
        let flags = segment.flags;
        if flags.contains(Flags::SYN) {
            self.peer.add(flags);
            return;
        }
        let speaks = flags.intersects(Flags::ECE | Flags::CWR);
        let is_marked = segment.ip.ecn == CE;
        if !speaks && !is_marked && self.marked.is_none() && self.exchange.is_none()
            || flags.contains(Flags::RST)
            || self.mode() != Mode::Classic
        {
            return;
        }
        self.hears_mark(step, is_marked);
        if speaks && self.exchange.is_none() {
            self.exchange = Some(Box::default());
        }
        let Some(exchange) = &mut self.exchange else {
            return;
        };
        if !flags.contains(Flags::ECE) {
            exchange.ece_since = None;
        } else if exchange.ece_since.is_some() {
            exchange.eces = exchange.eces.saturating_add(1);
        } else {
            exchange.ece_since = Some((segment.packet, segment.time));
            (exchange.eces, exchange.unanswered) = (1, 0);
        }
        if is_marked {
            exchange.cwr = None;
        } else if flags.contains(Flags::CWR) && is_new(step) {
            exchange.cwr = Some((segment.end(), segment.packet));
            exchange.eces_after_cwr = 0;
        }
    }

    /// What the opening agreed on, as far as it was captured.
    #[must_use]
    pub fn mode(&self) -> Mode {
        let of = |syns: u8, syn_acks: u8| {
            (0..8u8)
                .filter(move |syn| syns & 1 << syn != 0)
                .flat_map(move |syn| (0..8u8).map(move |answer| (syn, answer)))
                .filter(move |(_, answer)| syn_acks & 1 << answer != 0)
        };
        let mut modes = of(self.own.syn, self.peer.syn_ack)
            .chain(of(self.peer.syn, self.own.syn_ack))
            .map(|(syn, answer)| agreed(syn, answer));
        let Some(first) = modes.next() else {
            return Mode::Unknown;
        };
        if modes.all(|mode| mode == first) {
            first
        } else {
            Mode::Unclear
        }
    }

    /// All segments without data bore a mark as well: the field is set for all
    /// that the end sends, as the type of service of old, or by the network.
    #[must_use]
    pub const fn marks_everything(&self) -> bool {
        !self.control_unmarked
    }

    fn is_marked(&mut self, mode: Mode, step: &Step<'_>, notes: &mut Relative) {
        let segment = step.segment;
        let is_data = segment.payload_len > 0;
        if mode == Mode::None && is_data && segment.ip.ecn != CE {
            note(&mut self.noted.unagreed, notes, Observations::ECT_UNAGREED);
        }
        let again = step.saw.contains(Observations::RETRANSMISSION)
            && !step.saw.contains(Observations::SYN_DATA_AGAIN)
            && (step.own.snd_next).is_some_and(|next| segment.data_end().at_or_before(next));
        if mode == Mode::Classic && (!is_data || again) {
            note(
                &mut self.noted.misplaced,
                notes,
                Observations::ECT_MISPLACED,
            );
        }
    }

    /// The peer's data passes: RFC 3168, 6.1.3 asks for ECE from its first ACK on.
    fn hears_mark(&mut self, step: &Step<'_>, is_marked: bool) {
        let segment = step.segment;
        // CWR ends the echo of what came before; another copy may be what arrived.
        if segment.has(Flags::CWR) || step.saw.contains(Observations::RETRANSMISSION) {
            self.marked = None;
        }
        let in_window =
            (step.peer.window_edge).is_some_and(|edge| segment.end().at_or_before(edge));
        let still_open = step.peer.fin.is_none() && !segment.has(Flags::FIN);
        if is_marked && self.marked.is_none() && is_new(step) && in_window && still_open {
            self.marked = Some((segment.end(), segment.packet));
        }
    }

    fn echoes(&mut self, step: &Step<'_>, notes: &mut Relative) {
        let segment = step.segment;
        let Some((end, packet)) = self.marked else {
            return;
        };
        if !segment.ack.at_or_after(end) {
            return;
        }
        self.marked = None;
        let closes = step.own.fin.is_some();
        if !segment.has(Flags::ECE) && !closes && self.mode() == Mode::Classic {
            note(
                &mut self.noted.not_echoed,
                notes,
                Observations::CE_NOT_ECHOED,
            );
            notes.about = Some(packet);
        }
    }

    fn answers(&mut self, step: &Step<'_>, notes: &mut Relative) {
        let segment = step.segment;
        let Some(exchange) = &mut self.exchange else {
            return;
        };
        if segment.has(Flags::CWR) {
            exchange.ece_since = None;
        }
        if let Some((packet, since)) = exchange.ece_since
            && is_new(step)
        {
            let elapsed = segment.time.since(since);
            let rtt = step.rtt_ns.unwrap_or(200 * NS_PER_MS);
            let late = elapsed >= PATIENCE_NS.max(rtt.saturating_mul(3));
            // What leaves before ECE has come needs no CWR.
            let counts = elapsed >= rtt.max(PATIENCE_NS / 3);
            exchange.unanswered = exchange.unanswered.saturating_add(u32::from(counts));
            if late && exchange.eces >= TIMES && exchange.unanswered >= TIMES {
                note(
                    &mut self.noted.exchange,
                    notes,
                    Observations::ECE_UNANSWERED,
                );
                notes.about = Some(packet);
                exchange.ece_since = None;
            }
        }
        let Some((end, packet)) = exchange.cwr else {
            return;
        };
        if !segment.ack.at_or_after(end) {
            return;
        }
        if segment.has(Flags::ECE) {
            exchange.eces_after_cwr = exchange.eces_after_cwr.saturating_add(1);
        } else {
            exchange.cwr = None;
        }
        if exchange.eces_after_cwr >= TIMES {
            note(&mut self.noted.exchange, notes, Observations::ECE_AFTER_CWR);
            notes.about = Some(packet);
            exchange.cwr = None;
        }
    }
}

/// Octets that were not sent before.
fn is_new(step: &Step<'_>) -> bool {
    let segment: &Segment<'_> = step.segment;
    let behind = |next: SeqNo| segment.data_start().at_or_after(next);
    segment.payload_len > 0 && step.own.snd_next.is_some_and(behind)
}

fn note(examples: &mut u8, notes: &mut Relative, what: Observations) {
    if *examples < EXAMPLES {
        *examples += 1;
        notes.saw |= what;
    }
}

#[cfg(test)]
mod tests;
