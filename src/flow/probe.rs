//! Segments that belong to no connection, and drew nothing but RSTs: the
//! stuff of which scans are made that do not use SYN.

use std::net::IpAddr;

use crate::machine::connection::Connection;
use crate::machine::noted::Noted;
use crate::machine::side::Side;
use crate::observation::Observations;
use crate::segment::{Checksum, Flags, Socket, Timestamp};
use crate::seq::SeqNo;
use crate::tunnel::Within;

/// What a probe looks like; a scanner uses one kind for all its targets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ProbeKind {
    /// No control bit.
    Null,
    /// FIN alone.
    Fin,
    /// FIN, PSH and URG.
    Xmas,
    /// SYN and FIN.
    SynFin,
    /// FIN and ACK (Maimon).
    FinAck,
    /// ACK alone.
    Ack,
}

impl ProbeKind {
    /// Kebab-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ProbeKind::Null => "null",
            ProbeKind::Fin => "fin",
            ProbeKind::Xmas => "xmas",
            ProbeKind::SynFin => "syn-fin",
            ProbeKind::FinAck => "maimon",
            ProbeKind::Ack => "ack",
        }
    }

    /// The flags in words.
    #[must_use]
    pub const fn flags(self) -> &'static str {
        match self {
            ProbeKind::Null => "no control bit",
            ProbeKind::Fin => "FIN alone",
            ProbeKind::Xmas => "FIN, PSH and URG",
            ProbeKind::SynFin => "SYN and FIN",
            ProbeKind::FinAck => "FIN and ACK",
            ProbeKind::Ack => "ACK alone",
        }
    }

    /// Correct stacks send such segments too, within connections.
    #[must_use]
    pub const fn is_ordinary(self) -> bool {
        matches!(self, ProbeKind::FinAck | ProbeKind::Ack)
    }

    fn of(flags: Flags) -> Option<ProbeKind> {
        /// What makes the kind; ECN bits and the like do not.
        const CONTROL: Flags = Flags::FIN
            .union(Flags::SYN)
            .union(Flags::RST)
            .union(Flags::PSH)
            .union(Flags::ACK)
            .union(Flags::URG);
        const XMAS: Flags = Flags::FIN.union(Flags::PSH).union(Flags::URG);
        const SYN_FIN: Flags = Flags::SYN.union(Flags::FIN);
        const FIN_ACK: Flags = Flags::FIN.union(Flags::ACK);
        match flags.intersection(CONTROL) {
            f if f.is_empty() => Some(ProbeKind::Null),
            Flags::FIN => Some(ProbeKind::Fin),
            XMAS => Some(ProbeKind::Xmas),
            SYN_FIN => Some(ProbeKind::SynFin),
            FIN_ACK => Some(ProbeKind::FinAck),
            Flags::ACK => Some(ProbeKind::Ack),
            _ => None,
        }
    }
}

/// One target that was probed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Probe {
    /// Who probes.
    pub source: Socket,
    /// What.
    pub target: Socket,
    /// The chain of tunnels around it; 0 for none.
    pub tunnel: u64,
    /// How.
    pub kind: ProbeKind,
    /// SEG.SEQ of the first probe.
    pub seq: SeqNo,
    /// SEG.ACK of the first probe, as it stands in the header.
    pub ack: SeqNo,
    /// Frame number of the first probe.
    pub packet: u64,
    /// Its time.
    pub time: Timestamp,
    /// The target answered with RST.
    pub refused: bool,
}

/// Copies of a probe; more of them are somebody's retransmissions.
const MAX_COPIES: u64 = 4;

impl Probe {
    /// The address of who probes.
    #[must_use]
    pub const fn prober(&self) -> Within<IpAddr> {
        let (addr, tunnel) = (self.source.ip, self.tunnel);
        Within { addr, tunnel }
    }

    /// The probe that `connection` is, if it consists of a few segments of one
    /// kind without data, and of nothing else but RSTs in answer.
    #[must_use]
    pub fn of(connection: &Connection) -> Option<Probe> {
        let begun_by_syn = connection.ends.client.syn.is_some();
        if !(connection.mid_stream || begun_by_syn && connection.seen.contains(Observations::FIN))
            || connection.self_connect
            || connection.ends.client.counts.segments > MAX_COPIES
            || connection.ends.server.counts.segments > MAX_COPIES
        {
            return None;
        }
        Side::BOTH
            .into_iter()
            .find_map(|side| Probe::sent_by(connection, side))
    }

    fn sent_by(connection: &Connection, side: Side) -> Option<Probe> {
        let (own, peer) = (connection.ends.of(side), connection.ends.of(side.peer()));
        let of = |side: Side| connection.noted().iter().filter(move |n| n.side == side);
        let damaged = |n: &Noted| n.checksum == Checksum::Bad || n.payload_len > 0;
        let answers = of(side.peer()).filter(|n| n.is_rst() && !n.is_syn() && !damaged(n));
        let answers = u64::try_from(answers.count()).ok()?;
        if !own.was_seen() || own.counts.bytes > 0 || answers != peer.counts.segments {
            return None;
        }
        let mut noted = of(side);
        let first = match noted.next() {
            Some(first) => first.brief,
            // Nothing is noted of an orderly ACK.
            None => own.last?,
        };
        let kind = ProbeKind::of(first.flags)?;
        let all_alike = of(side).all(|n| ProbeKind::of(n.flags) == Some(kind) && !damaged(n));
        let noted = u64::try_from(of(side).count()).ok()?;
        // What is not noted has neither SYN, FIN nor RST, and has ACK.
        let unnoted_alike = noted == own.counts.segments || kind == ProbeKind::Ack;
        (all_alike && unnoted_alike && first.payload_len == 0).then_some(Probe {
            source: *connection.sockets.of(side),
            target: *connection.sockets.of(side.peer()),
            tunnel: connection.tunnel,
            kind,
            seq: first.seq,
            ack: first.ack,
            packet: first.packet,
            time: first.time,
            refused: answers > 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::script::connection;

    fn probe(text: &str) -> Option<(&'static str, bool)> {
        Probe::of(&connection(text)).map(|probe| (probe.kind.as_str(), probe.refused))
    }

    #[test]
    fn kinds() {
        assert_eq!(probe("A FIN 100"), Some(("fin", false)));
        assert_eq!(probe("A FIN 100 \n B RST,ACK 0 101"), Some(("fin", true)));
        assert_eq!(
            probe("A FIN,PSH,URG 100 \n A FIN,PSH,URG 100 \n B RST,ACK 0 101"),
            Some(("xmas", true))
        );
        assert_eq!(probe("A URG 100"), None);
        assert_eq!(probe("A ACK 100 0 \n B RST 0"), Some(("ack", true)));
        assert_eq!(probe("A FIN,ACK 100 0 \n B RST 0"), Some(("maimon", true)));
        assert_eq!(
            probe("A SYN,FIN 100 \n B RST,ACK 0 102"),
            Some(("syn-fin", true))
        );
    }

    #[test]
    fn what_is_part_of_a_connection_is_none() {
        for text in [
            "A ACK 100 500 \n B ACK 500 100",
            "A ACK 100 500 len=10 \n B RST 500",
            "A ACK 100 500 \n A ACK 100 500 len=1",
            "A ACK 100 500 \n A FIN,ACK 100 500",
            "A FIN,ACK 100 500 \n B FIN,ACK 500 101",
            "A FIN 100 \n A FIN,ACK 100 7",
            "A SYN 100 \n B SYN,ACK 300 101 \n A ACK 101 301",
            "A SYN 100 \n A FIN,ACK 101 0",
            "A SYN,FIN 100 \n B SYN,ACK 300 102",
            "A RST 100",
            "A FIN 100 bad in",
            "A FIN 100 \n A FIN 100 \n A FIN 100 \n A FIN 100 \n A FIN 100",
        ] {
            assert_eq!(probe(text), None, "{text}");
        }
    }
}
