//! How the report's own types are set aside.

use super::codec::{Decoder, Encoder, Stored, fields, variants};
use crate::finding::{
    Blames, Certainty, Finding, Moment, Numbers, PacketRef, Role, Severity, Span, Value,
};
use crate::machine::state::{State, StateSet};
use crate::report::model::{
    Closing, ConnectionReport, EndpointStats, Opening, Party, PerRole, RolesFrom, StateRow,
    VantageReport, Withheld,
};
use crate::segment::{Socket, Timestamp};
use crate::tunnel::{Tunnel, TunnelKind, Within};

fields! {
    ConnectionReport {
        id, capture, client, server, tunnels, first_packet, last_packet, last_capture, start, duration_s, roles_from,
        opening, closing, undetermined, opened_by, closed_by, reset_by, vantage, final_state,
        possible_final_states, states, stats, withheld,
    }
    StateRow { packet, capture, time, endpoint, from, to, event, possible }
    EndpointStats {
        segments, bytes, retransmissions, out_of_order, duplicate_acks, zero_windows,
        duplicate_frames, bad_checksums, rtt_us,
    }
    Withheld { rule, need }
    Finding {
        rule, name, case, severity, certainty, connection, capture, endpoint, blames, subject,
        packet, related_packets, time, message, expected, observed, rfc, followers,
    }
    PacketRef { capture, packet }
    Numbers {
        seq, seq_relative, ack, ack_relative, len, window, flags, options, time_s, count,
    }
    Socket { ip, port }
    Tunnel { kind, id, ends }
}

variants! {
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

impl Stored for Moment {
    fn put(&self, to: &mut Encoder<'_>) {
        // Wraps for times that lie apart by more than 292 years, and back again.
        self.at.0.wrapping_sub(to.clock).put(to);
        to.clock = self.at.0;
        to.octet(self.digits);
    }

    fn take(from: &mut Decoder<'_>) -> Option<Moment> {
        from.clock = from.clock.wrapping_add(i64::take(from)?);
        let at = Timestamp(from.clock);
        let digits = from.octet()?;
        Some(Moment { at, digits })
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
