//! What the wire shows of how smoltcp takes what comes, and of its faults:
//! without it nobody could say why a stack is elsewhere than it should be.

use smoltcp::socket::tcp::State;

use crate::life::Life;
use crate::packet::{self, ACK, FIN, Packet, RST, SYN};
use crate::side::{Both, Side};

/// What one host has put on the wire in this round.
#[derive(Clone, Copy, Debug, Default)]
struct Sent {
    /// SEG.ACK of its latest segment.
    acked: u32,
    /// SND.NXT.
    next: u32,
    /// The right edge of the widest window that it has been given.
    edge: Option<u32>,
    /// The shift that its SYN offers.
    shift: Option<u8>,
    /// What it has to acknowledge next: a FIN, and all before it.
    due: Option<u32>,
}

/// What both have.
#[derive(Clone, Debug, Default)]
pub struct Wire(Both<Sent>);

/// `a` lies behind `b`.
fn after(a: u32, b: u32) -> bool {
    a != b && a.wrapping_sub(b) < 1 << 31
}

impl Wire {
    /// `side` sends `datagram`.
    pub fn sent(&mut self, side: Side, datagram: &[u8], life: &mut Life) {
        let flags = packet::flags(datagram);
        let (seq, end) = (packet::seq(datagram), packet::end(datagram));
        let peer = *self.0.of(side.other());
        let own = self.0.of_mut(side);
        life.refused_first |= flags & RST != 0 && life.moves.is_empty();
        if flags & ACK != 0 {
            own.acked = packet::ack(datagram);
        }
        if flags & RST != 0 {
            return;
        }
        life.sent_fin |= flags & FIN != 0;
        let due = own.due.take();
        life.false_fin |= due.is_some_and(|due| due != own.acked);
        let probes = own.next == end && end.wrapping_sub(seq) == 1 && flags & (SYN | FIN) == 0;
        life.false_probe |= probes && peer.acked != end;
        let has_data = end.wrapping_sub(seq) > 1;
        let behind = |edge: u32| after(end, edge.wrapping_add(1));
        life.overran |= has_data && own.edge.is_some_and(behind);
        if flags & SYN != 0 || after(end, own.next) {
            own.next = end;
        }
        if flags & SYN != 0 {
            own.shift = packet::window_shift(datagram);
        }
    }

    /// `packet` of this round has reached `side`, which was in `before`.
    pub fn arrived(&mut self, side: Side, packet: &Packet, before: State, life: &mut Life) {
        self.widen(side, packet);
        let forgets_fin = packet.has(FIN) && lacks_fin(life.state());
        life.forgot_fin |= forgets_fin;
        let passes_over = self.passes_over(side, packet, before, life.state());
        life.took_liberties |= forgets_fin || passes_over;
        life.echoes_rejected |= passes_over && packet::has_timestamp(&packet.octets);
        if packet.has(FIN) && lacks_fin(before) && !forgets_fin {
            self.0.of_mut(side).due = Some(packet::end(&packet.octets));
        }
    }

    /// Notes the window that `packet` gives to `side`.
    fn widen(&mut self, side: Side, packet: &Packet) {
        if !packet.has(ACK) {
            return;
        }
        let shifts = (self.0.a.shift, self.0.b.shift);
        let shift = match (packet.has(SYN), shifts) {
            (false, (Some(_), Some(_))) => self.0.of(packet.from).shift.unwrap_or(0),
            _ => 0,
        };
        let window = u32::from(packet::window(&packet.octets)) << shift;
        let edge = packet::ack(&packet.octets).wrapping_add(window);
        let known = &mut self.0.of_mut(side).edge;
        if known.is_none_or(|known| after(edge, known)) {
            *known = Some(edge);
        }
    }

    /// A RST has come, of this round or another.
    pub fn reset(&self, side: Side, packet: &Packet, before: State, life: &mut Life) {
        let (seq, acked) = (packet::seq(&packet.octets), self.0.of(side).acked);
        let behind_fin = matches!(before, State::CloseWait | State::Closing | State::LastAck);
        life.took_liberties |= if life.state() == before {
            before != State::SynSent && (seq == acked || after(seq, acked) || behind_fin)
        } else {
            seq != acked
        };
    }

    /// An acknowledgment counts for smoltcp only on a segment in its window.
    fn passes_over(&self, side: Side, packet: &Packet, before: State, now: State) -> bool {
        let waits = matches!(
            before,
            State::SynReceived | State::FinWait1 | State::Closing | State::LastAck
        );
        let acks_all = packet::ack(&packet.octets) == self.0.of(side).next;
        now == before && waits && acks_all && !packet.has(RST)
    }
}

/// No FIN of the peer has been taken in.
fn lacks_fin(state: State) -> bool {
    matches!(
        state,
        State::SynReceived | State::Established | State::FinWait1 | State::FinWait2
    )
}
