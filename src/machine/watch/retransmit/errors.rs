//! ICMP errors about segments of an end, by the packets that they came in.
//!
//! What is sent again behind one is not the timer's work alone: a segment that is too big is sent
//! again at once, in smaller ones (RFC 1191, 6.5; RFC 8201, 5.4), and where the path is down, not
//! congested, the timer may be taken back (RFC 6069).

use crate::icmp::{IcmpClass, IcmpError, IcmpKind};

/// The latest of each kind that counts: its packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Errors {
    too_big: Option<u64>,
    undelivered: Option<u64>,
}

impl Errors {
    /// Whether an error of `kind` changes when something is sent again.
    pub(super) const fn count(kind: IcmpKind) -> bool {
        matches!(kind.class(), IcmpClass::Size) || kind.says_undelivered()
    }

    pub(super) fn add(&mut self, error: &IcmpError) {
        let latest = match error.kind.class() {
            IcmpClass::Size => &mut self.too_big,
            _ => &mut self.undelivered,
        };
        *latest = Some(error.packet);
    }

    /// One came after `packet` and said that something was too big.
    pub(super) fn too_big_since(&self, packet: u64) -> bool {
        self.too_big.is_some_and(|error| error > packet)
    }

    /// One came after `packet` and said that something could not be delivered.
    pub(super) fn undelivered_since(&self, packet: u64) -> bool {
        self.undelivered.is_some_and(|error| error > packet)
    }
}
