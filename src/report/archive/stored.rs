//! How the report's own types are set aside.

use super::codec::{Decoder, Encoder, Stored, fields, variants};
use super::{About, Gist};
use crate::finding::{
    Blames, Certainty, Finding, Fingerprint, Moment, Numbers, PacketRef, Role, Severity, Span,
    Value,
};
use crate::machine::state::{State, StateSet};
use crate::machine::timeline::Cause;
use crate::machine::transition::Event;
use crate::report::model::{
    Closing, ConnectionReport, EndpointStats, Field, Opening, Party, PerRole, RolesFrom, StateRow,
    VantageReport, Withheld,
};
use crate::segment::{Socket, Timestamp};
use crate::tunnel::{Tunnel, TunnelKind, Within};

fields! {
    // What is left out of `Sealed` comes first, then the rest of `Gist`.
    ConnectionReport<C> {
        withheld, opening, closing, tunnels,
        id, capture, client, server, first_packet, last_packet, last_capture, start, duration_s,
        roles_from, undetermined, opened_by, closed_by, reset_by, vantage, final_state,
        possible_final_states, states, stats, drawing,
    }
    Gist { withheld, opening, closing, tunnels }
    EndpointStats {
        segments, bytes, retransmissions, out_of_order, duplicate_acks, zero_windows,
        duplicate_frames, bad_checksums, rtt_us,
    }
    Withheld { rule, need }
    Finding {
        rule, name, case, severity, certainty, connection, capture, endpoint, blames, subject,
        server_port, packet, related_packets, time, message, expected, observed, rfc, followers,
        fingerprint, known, fails,
    }
    PacketRef { capture, packet }
    Numbers {
        seq, seq_relative, ack, ack_relative, len, window, flags, options, time_s, count,
    }
    Socket { ip, port }
    Tunnel { kind, id, ends }
}

variants! {
    About: Connection Other;
    Field: ClosedBy Closing ClientState ServerState Opening Tunnels;
    RolesFrom: Syn SynAck Port FirstSender;
    Opening: ThreeWay Simultaneous FastOpen Split Refused Rejected Unanswered Incomplete
        MidStream Undetermined;
    Closing: FourWay ThreeWay Simultaneous Reset HalfClosed Unfinished None Undetermined;
    Party: Client Server Both;
    VantageReport: Client Server Both Middle Unknown;
    Role: Client Server;
    Severity: Info Notice Warning Error;
    Certainty: Likely Definite;
    Blames: Endpoint ThirdParty Nobody;
    State: Closed Listen SynSent SynReceived Established FinWait1 FinWait2 CloseWait Closing
        LastAck TimeWait;
    TunnelKind: IpInIp Gre EtherIp MplsInIp L2tp Vxlan Geneve GtpU Erspan Tzsp Capwap Teredo Pbb
        PppoE;
}

impl<T: Stored> Stored for PerRole<T> {
    fn put(&self, to: &mut Encoder<'_>) {
        self.client.put(to);
        self.server.put(to);
    }

    fn take(from: &mut Decoder<'_>) -> Option<PerRole<T>> {
        let (client, server) = (T::take(from)?, T::take(from)?);
        Some(PerRole { client, server })
    }
}

impl<T: Stored> Stored for Within<T> {
    fn put(&self, to: &mut Encoder<'_>) {
        self.addr.put(to);
        self.tunnel.put(to);
    }

    fn take(from: &mut Decoder<'_>) -> Option<Within<T>> {
        let (addr, tunnel) = (T::take(from)?, u64::take(from)?);
        Some(Within { addr, tunnel })
    }
}

impl Stored for StateSet {
    fn put(&self, to: &mut Encoder<'_>) {
        self.bits().put(to);
    }

    fn take(from: &mut Decoder<'_>) -> Option<StateSet> {
        u16::take(from).map(StateSet::from_bits)
    }
}

impl Stored for Timestamp {
    fn put(&self, to: &mut Encoder<'_>) {
        // Wraps for times that lie apart by more than 292 years, and back again.
        self.0.wrapping_sub(to.latest.clock).put(to);
        to.latest.clock = self.0;
    }

    fn take(from: &mut Decoder<'_>) -> Option<Timestamp> {
        from.latest.clock = from.latest.clock.wrapping_add(i64::take(from)?);
        Some(Timestamp(from.latest.clock))
    }
}

impl Stored for Moment {
    fn put(&self, to: &mut Encoder<'_>) {
        self.at.put(to);
        to.octet(self.digits);
    }

    fn take(from: &mut Decoder<'_>) -> Option<Moment> {
        let at = Timestamp::take(from)?;
        let digits = from.octet()?;
        Some(Moment { at, digits })
    }
}

/// Small numbers in one, the first in the lowest bits.
#[derive(Default)]
struct Packed {
    bits: u32,
    filled: u32,
}

impl Packed {
    fn put(&mut self, width: u32, number: u32) {
        self.bits |= number << self.filled;
        self.filled += width;
    }

    fn take(&mut self, width: u32) -> u32 {
        let number = self.bits & ((1 << width) - 1);
        self.bits >>= width;
        number
    }
}

/// Transitions are the most of what is set aside, and all their words are few.
impl<C: Stored> Stored for StateRow<C> {
    fn put(&self, to: &mut Encoder<'_>) {
        let StateRow {
            packet,
            capture,
            time,
            endpoint,
            from,
            to: after,
            event,
            possible,
        } = self;
        let event = match *event {
            Cause::Event(event) => event as u32,
            Cause::GoesOn => GOES_ON,
        };
        let mut packed = Packed::default();
        packed.put(1, u32::from(packet.is_some()));
        packed.put(1, *endpoint as u32);
        packed.put(4, *from as u32);
        packed.put(4, *after as u32);
        packed.put(4, event);
        packed.put(4, u32::from(time.digits.min(9)));
        packed.put(11, u32::from(possible.bits()));
        to.four(packed.bits);
        if let Some(packet) = *packet {
            packet.wrapping_sub(to.latest.packet).cast_signed().put(to);
            to.latest.packet = packet;
        }
        capture.put(to);
        time.at.put(to);
    }

    fn take(from: &mut Decoder<'_>) -> Option<StateRow<C>> {
        let bits = from.four()?;
        let mut packed = Packed { bits, filled: 0 };
        let has_packet = packed.take(1) == 1;
        let endpoint = match packed.take(1) {
            0 => Role::Client,
            _ => Role::Server,
        };
        let mut state = || State::ALL.get(packed.take(4) as usize).copied();
        let (before, after) = (state()?, state()?);
        let event = match packed.take(4) {
            GOES_ON => Cause::GoesOn,
            event => Cause::Event(Event::ALL.get(event as usize).copied()?),
        };
        let digits = packed.take(4) as u8;
        let possible = StateSet::from_bits(packed.take(11) as u16);
        let packet = if has_packet {
            let distance = i64::take(from)?.cast_unsigned();
            from.latest.packet = from.latest.packet.wrapping_add(distance);
            Some(from.latest.packet)
        } else {
            None
        };
        Some(StateRow {
            packet,
            capture: C::take(from)?,
            time: Moment {
                at: Timestamp::take(from)?,
                digits,
            },
            endpoint,
            from: before,
            to: after,
            event,
            possible,
        })
    }
}

/// Stands for [`Cause::GoesOn`] behind all events.
const GOES_ON: u32 = Event::ALL.len() as u32;

/// All of its bits are in use.
impl Stored for Fingerprint {
    fn put(&self, to: &mut Encoder<'_>) {
        to.rest(&self.0.to_le_bytes());
    }

    fn take(from: &mut Decoder<'_>) -> Option<Fingerprint> {
        let (low, high) = (from.four()?, from.four()?);
        Some(Fingerprint(u64::from(low) | u64::from(high) << 32))
    }
}

impl Stored for Span {
    fn put(&self, to: &mut Encoder<'_>) {
        self.0.put(to);
    }

    fn take(from: &mut Decoder<'_>) -> Option<Span> {
        i64::take(from).map(Span)
    }
}

impl<T: Stored> Stored for Value<T> {
    fn put(&self, to: &mut Encoder<'_>) {
        match self {
            Value::Exact(value) => {
                to.octet(0);
                value.put(to);
            }
            Value::Range { min, max } => {
                to.octet(1);
                min.put(to);
                max.put(to);
            }
        }
    }

    fn take(from: &mut Decoder<'_>) -> Option<Value<T>> {
        match from.octet()? {
            0 => T::take(from).map(Value::Exact),
            _ => {
                let (min, max) = (T::take(from)?, T::take(from)?);
                Some(Value::Range { min, max })
            }
        }
    }
}
