//! What a rule is shown: one connection with all that was observed on it.

use super::rule::Need;
use crate::machine::connection::Connection;
use crate::machine::end::End;
use crate::machine::noted::{Emission, Noted};
use crate::machine::side::Side;
use crate::machine::watch::Watches;
use crate::observation::Observations;
use crate::segment::{NS_PER_MS, Timestamp};
use crate::seq::SeqNo;
use crate::settings::Settings;

pub use crate::machine::surroundings::{CaptureFacts, Previous, PreviousEnd, Vantage};

/// Which kinds of segments were noted of either end. Many rules begin with the SYNs or
/// SYN-ACKs of one end, of which most connections have none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Kinds(u8);

impl Kinds {
    const SYN: u8 = 1;
    const SYN_ACK: u8 = 1 << 1;
    const RST: u8 = 1 << 2;
    /// Bits for one end.
    const WIDTH: u32 = 3;

    /// Those among `noted`.
    #[must_use]
    pub fn of(noted: &[Noted]) -> Kinds {
        noted.iter().fold(Kinds::default(), |kinds, noted| {
            let kind = match (noted.is_rst(), noted.is_syn(), noted.is_ack()) {
                (true, ..) => Kinds::RST,
                (false, true, false) => Kinds::SYN,
                (false, true, true) => Kinds::SYN_ACK,
                (false, false, _) => 0,
            };
            Kinds(kinds.0 | Kinds::at(noted.side, kind))
        })
    }

    const fn at(side: Side, kind: u8) -> u8 {
        kind << (side as u32 * Kinds::WIDTH)
    }
}

/// One incarnation, ready to be judged.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The connection.
    pub connection: &'a Connection,
    /// What is among its noted segments.
    pub kinds: Kinds,
    /// The incarnation before it, if that ended less than 240 s earlier.
    pub previous: Option<&'a Previous>,
    /// A SYN for the same sockets ended it: its packet and time.
    pub followed_by: Option<(u64, Timestamp)>,
    /// Until when the sockets were watched: the end of the capture, or the
    /// next incarnation. Omissions are judged by this, never by less.
    pub until: Timestamp,
    /// Where the capture was taken.
    pub vantage: Vantage,
    /// What files that were read as one contradict each other in, so that no two segments of the
    /// connection can be compared.
    pub refuted: Option<Need>,
    /// The capture.
    pub capture: &'a CaptureFacts,
    /// What the user decided.
    pub settings: &'a Settings,
}

impl<'a> Case<'a> {
    /// Some connection of the capture shows both directions, where this one
    /// was captured.
    #[must_use]
    pub fn capture_is_two_way(&self) -> bool {
        self.capture.is_two_way(self.connection.tunnel)
    }

    /// One end.
    #[must_use]
    pub fn end(&self, side: Side) -> &'a End {
        self.connection.ends.of(side)
    }

    /// What was watched of one end over many segments.
    #[must_use]
    pub fn watch(&self, side: Side) -> &'a Watches {
        self.connection.watches.of(side)
    }

    /// All noted segments, in the order of capture.
    #[must_use]
    pub fn noted(&self) -> &'a [Noted] {
        self.connection.noted()
    }

    /// Noted segments with any of `what`.
    pub fn with(&self, what: Observations) -> impl Iterator<Item = &'a Noted> + use<'a> {
        // What no segment showed need not be looked for.
        let some = self.connection.seen.intersects(what);
        let noted = if some { self.noted() } else { &[] };
        noted.iter().filter(move |noted| noted.saw.intersects(what))
    }

    /// Noted segments of `side`.
    pub fn of(&self, side: Side) -> impl Iterator<Item = &'a Noted> + use<'a> {
        self.noted().iter().filter(move |noted| noted.side == side)
    }

    /// The SYNs without ACK of `side` (sound ones, as in all of these).
    pub fn syns(&self, side: Side) -> impl Iterator<Item = &'a Noted> + use<'a> {
        self.of_kind(side, Kinds::SYN)
            .filter(|noted| noted.is_bare_syn() && !noted.is_void())
    }

    /// The SYN-ACKs of `side`.
    pub fn syn_acks(&self, side: Side) -> impl Iterator<Item = &'a Noted> + use<'a> {
        self.of_kind(side, Kinds::SYN_ACK)
            .filter(|noted| noted.is_syn_ack() && !noted.is_void())
    }

    /// The RSTs of `side`.
    pub fn resets(&self, side: Side) -> impl Iterator<Item = &'a Noted> + use<'a> {
        self.of_kind(side, Kinds::RST)
            .filter(|noted| noted.is_rst() && !noted.is_void())
    }

    /// Noted segments of `side`, if any is of the kind.
    fn of_kind(&self, side: Side, kind: u8) -> impl Iterator<Item = &'a Noted> + use<'a> {
        let some = self.kinds.0 & Kinds::at(side, kind) != 0;
        let noted = if some { self.noted() } else { &[] };
        noted.iter().filter(move |noted| noted.side == side)
    }

    /// The noted segment with this packet number.
    #[must_use]
    pub fn packet(&self, packet: u64) -> Option<&'a Noted> {
        self.noted().iter().find(|noted| noted.packet == packet)
    }

    /// Noted segments captured after `packet`.
    pub fn after(&self, packet: u64) -> impl Iterator<Item = &'a Noted> + use<'a> {
        self.noted()
            .iter()
            .filter(move |noted| noted.packet > packet)
    }

    /// Round-trip time of the path in nanoseconds, or 200 ms where the
    /// handshake does not show it.
    #[must_use]
    pub fn rtt_or_default_ns(&self) -> i64 {
        self.connection.rtt_ns().unwrap_or(200 * NS_PER_MS)
    }

    /// Whether `ack` acknowledges a captured SYN of `side` (with all, some or
    /// none of its data).
    #[must_use]
    pub fn acks_a_syn_of(&self, side: Side, ack: SeqNo) -> bool {
        self.of(side)
            .filter(|n| n.is_syn() && !n.is_rst())
            .any(|n| ack.within(n.seq + 1, n.seq + n.len()))
    }

    /// Whether `later` was provably sent after `earlier`, both by the same
    /// end: the capture was taken there and cannot have disordered the two, or its
    /// TSval is strictly newer (the order at another monitor proves nothing).
    #[must_use]
    pub fn order_is_proven(&self, earlier: &Noted, later: &Noted) -> bool {
        self.emitted_in_order(later.side, &earlier.emission(), &later.emission())
    }

    /// The same for two segments of `side` of which less is known.
    #[must_use]
    pub fn emitted_in_order(&self, side: Side, earlier: &Emission, later: &Emission) -> bool {
        if self.vantage.is_proven_at(side) && self.capture.step_back_ns == 0 {
            return later.is_stored_after(earlier);
        }
        later.is_stamped_after(earlier)
    }

    /// Whether either end's FIN or RST was captured.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        Side::BOTH.iter().any(|side| {
            let end = self.end(*side);
            end.fin.is_some() || end.rst.is_some()
        })
    }
}
