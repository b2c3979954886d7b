//! What is notable about a segment beside what both ends had sent before.

use super::connection::{Connection, RolesFrom};
use super::end::End;
use super::side::Side;
use crate::observation::Observations;
use crate::segment::{Flags, NS_PER_MS, NS_PER_S, Segment};
use crate::seq::SeqNo;

/// An ack this far below the peer's ISN is taken for a mistake in arithmetic,
/// not for another connection's: with random ISNs the odds are 2^-22.
const NEAR: i32 = 1024;

/// Beyond this many octets a number below the ISN may be one after a wrap.
pub const MAY_WRAP_OCTETS: u64 = 1 << 30;

/// A handshake is over after so many segments of an end, whatever the other
/// sends: one that only listens to a long upload is not opening any more.
const OPENING_SEGMENTS: u64 = 32;

/// Frames of different interfaces or queues may be stored out of order by this much.
pub const STORE_SLACK_NS: i64 = 10 * NS_PER_MS;

/// Keepalives and probes come after a pause like this.
pub const PROBE_IDLE_NS: i64 = NS_PER_S;

/// Observations about one segment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Relative {
    /// What was observed.
    pub saw: Observations,
    /// The earlier packet that it is about, where there is one.
    pub about: Option<u64>,
}

/// Who is the client, told from the first segment: `(how, the source is it)`.
pub fn roles(segment: &Segment<'_>) -> (RolesFrom, bool) {
    let syn = segment.flags.contains(Flags::SYN) && !segment.has(Flags::RST);
    match (syn, segment.flags.contains(Flags::ACK)) {
        (true, false) => (RolesFrom::Syn, true),
        (true, true) => (RolesFrom::SynAck, false),
        (false, _) if segment.source.port == segment.destination.port => {
            (RolesFrom::FirstSender, true)
        }
        (false, _) => (
            RolesFrom::Port,
            segment.source.port > segment.destination.port,
        ),
    }
}

/// Compares `segment` with everything before it.
pub fn relative(connection: &Connection, side: Side, segment: &Segment<'_>) -> Relative {
    let own = connection.ends.of(side);
    let peer = connection.ends.of(side.peer());
    let mut notes = Relative::default();
    if let Some(packet) = peer.provoked {
        notes.saw |= Observations::AFTER_PROVOCATION;
        notes.about = Some(packet);
    }
    if segment.flags.contains(Flags::RST) {
        reset(own, peer, segment, &mut notes);
        return notes;
    }
    if segment.flags.contains(Flags::SYN) {
        opening(connection, side, segment, &mut notes);
    } else {
        if own.rst.is_some() {
            notes.saw |= Observations::AFTER_OWN_RST;
        }
        if peer.rst.is_some() {
            notes.saw |= Observations::AFTER_PEER_RST;
        }
        synchronizing(connection, side, segment, &mut notes);
    }
    if segment.flags.contains(Flags::ACK) {
        acknowledgment(own, peer, segment, &mut notes);
    }
    content(own, peer, segment, &mut notes);
    closing(own, peer, segment, &mut notes);
    if unacceptable(own, peer, segment) {
        notes.saw |= Observations::PROVOKES_ACK;
    }
    notes
}

fn reset(own: &End, peer: &End, segment: &Segment<'_>, notes: &mut Relative) {
    // RFC 5961, 3.2: in the window but not at RCV.NXT draws a challenge ACK, as soon as who gets it
    // is synchronized; of the sender of the RST there may be no more than its SYN.
    let next = own.snd_next.or(peer.ack_max);
    if peer.sent_after_syn
        && let (Some(next), Some(edge)) = (next, peer.window_edge)
        && segment.seq != next
        && segment.seq.after(next)
        && segment.seq.before(edge)
    {
        notes.saw |= Observations::PROVOKES_ACK;
    }
}

fn opening(connection: &Connection, side: Side, segment: &Segment<'_>, notes: &mut Relative) {
    let own = connection.ends.of(side);
    let peer = connection.ends.of(side.peer());
    let is_ack = segment.flags.contains(Flags::ACK);
    if let Some(syn) = own.syn {
        if syn.iss != segment.seq {
            notes.saw |= Observations::ISN_CHANGED;
            notes.about = Some(syn.packet);
        } else if syn.ack.is_some() == is_ack {
            notes.saw |= Observations::SYN_REPEATED;
        }
    }
    if own.sent_after_syn && peer.sent_after_syn {
        notes.saw |= Observations::SYN_WHEN_SYNCHRONIZED;
    }
    if is_ack && !fits_a_syn(connection, side.peer(), segment.ack) && peer.syn.is_some() {
        notes.saw |= Observations::SYN_ACK_UNFITTING;
    }
}

/// Whether `ack` acknowledges a SYN of `opener`, with all, part or none of its data.
pub fn fits_a_syn(connection: &Connection, opener: Side, ack: SeqNo) -> bool {
    let fits =
        |iss: SeqNo, payload_len: u32, fin: u32| ack.within(iss + 1, iss + 1 + payload_len + fin);
    connection.noted().iter().any(|noted| {
        noted.side == opener
            && noted.is_syn()
            && !noted.is_rst()
            && fits(noted.seq, noted.payload_len, u32::from(noted.is_fin()))
    })
}

fn synchronizing(connection: &Connection, side: Side, segment: &Segment<'_>, notes: &mut Relative) {
    let own = connection.ends.of(side);
    let peer = connection.ends.of(side.peer());
    if !own.sent_after_syn {
        notes.saw |= Observations::FIRST_AFTER_SYN;
    }
    let synchronized = own.sent_after_syn && peer.sent_after_syn;
    let early = own.counts.segments <= OPENING_SEGMENTS;
    if early && !(connection.mid_stream || synchronized) {
        notes.saw |= Observations::OPENING;
    }
    let Some(iss) = own.iss() else { return };
    if segment.payload_len > 0 && !own.syn_acked {
        notes.saw |= Observations::DATA_BEFORE_SYN_ACKED;
    }
    if own.advanced < MAY_WRAP_OCTETS && segment.seq.before(iss) {
        notes.saw |= Observations::SEQ_BELOW_ISN;
    }
}

fn acknowledgment(own: &End, peer: &End, segment: &Segment<'_>, notes: &mut Relative) {
    let ack = segment.ack;
    if let Some(max) = own.ack_max
        && ack.before(max)
    {
        notes.saw |= Observations::ACK_BACK;
    }
    if segment.flags.contains(Flags::SYN) {
        return;
    }
    let distant = peer.distant_fin.as_ref().map(|fin| fin.seq + 1);
    if let Some(next) = peer.sent_up_to()
        && ack.after(next)
        && distant != Some(ack)
    {
        notes.saw |= Observations::ACK_BEYOND_SENT;
    }
    if let Some(syn) = peer.syn
        && peer.advanced < MAY_WRAP_OCTETS
        && (-NEAR..=0).contains(&ack.distance_from(syn.iss))
    {
        notes.saw |= Observations::ACK_NOT_BEYOND_ISN;
    }
    if let Some(fin) = peer.fin {
        let beyond = ack.distance_from(fin.seq + 1);
        if beyond == 0 && own.ack_max.is_none_or(|max| max.before(ack)) {
            notes.saw |= Observations::FIRST_ACK_OF_FIN;
        } else if beyond == -1 {
            notes.saw |= Observations::ACK_SHORT_OF_FIN;
        } else if beyond > 0 {
            notes.saw |= Observations::ACK_BEYOND_FIN;
        }
    }
}

fn content(own: &End, peer: &End, segment: &Segment<'_>, notes: &mut Relative) {
    if let Some((early, packet, time)) = peer.early_ack
        && segment.time.since(time) > STORE_SLACK_NS
    {
        let new_octets = !segment.is_empty()
            && own.snd_next.is_none_or(|next| segment.end().after(next))
            && segment.seq.before(early);
        // An empty segment at SND.NXT shows how far its sender had come. One
        // below may be a keepalive or probe, the first of which sets SMAX where
        // the capture lost what lies before it.
        let may_be_probe = segment.seq + 1 == early
            && (own.last).is_none_or(|last| segment.time.since(last.time) >= PROBE_IDLE_NS);
        let shows_next = segment.is_empty()
            && own.snd_next == Some(segment.seq)
            && segment.seq.before(early)
            && !may_be_probe;
        if new_octets || shows_next {
            notes.saw |= Observations::CONTRADICTS_ACK;
            notes.about = Some(packet);
        }
    }
    if segment.payload_len == 0 {
        return;
    }
    let (start, end) = (segment.data_start(), segment.data_end());
    if let Some(syn) = own.syn
        && syn.payload_len > 0
        && !segment.flags.contains(Flags::SYN)
        && start.before(syn.iss + 1 + syn.payload_len)
    {
        notes.saw |= Observations::SYN_DATA_AGAIN;
    }
    if own
        .stream
        .as_ref()
        .is_some_and(|stream| stream.overlaps(start, end))
    {
        notes.saw |= Observations::RETRANSMISSION;
        if let Some(packet) = other_content(own, peer, segment) {
            notes.saw |= Observations::CONTENT_DIFFERS;
            notes.about = Some(packet);
        }
    }
}

/// The earlier packet that held the same numbers with other data.
fn other_content(own: &End, peer: &End, segment: &Segment<'_>) -> Option<u64> {
    let start = segment.data_start();
    // A keepalive may carry one octet of garbage (RFC 9293, 3.8.4). What was sent
    // after it may be captured before it; its octet was acknowledged before.
    let last_one = own.snd_next == Some(start + 1)
        || peer.ack_max.is_some_and(|ack| ack.at_or_after(start + 1));
    let keepalive = segment.payload_len == 1 && last_one;
    if keepalive || super::update::content(segment) == 0 {
        return None;
    }
    own.recent.iter().find_map(|sent| {
        if sent.content == 0 {
            return None;
        }
        let from = usize::try_from(sent.start.offset_from(start)).ok()?;
        let data_end = sent.end - u32::from(sent.fin);
        let len = usize::try_from(data_end.offset_from(sent.start)).ok()?;
        let octets = segment.payload.get(from..from.checked_add(len)?)?;
        (super::update::hash(octets) != sent.content).then_some(sent.packet)
    })
}

fn closing(own: &End, peer: &End, segment: &Segment<'_>, notes: &mut Relative) {
    let data_end = segment.data_end();
    if segment.flags.contains(Flags::FIN) {
        match own.fin {
            Some(fin) if fin.seq == data_end => notes.saw |= Observations::FIN_REPEATED,
            Some(fin) => {
                notes.saw |= Observations::FIN_MOVED;
                notes.about = Some(fin.packet);
            }
            None => {
                // Its receiver finds a FIN below octets already sent old.
                let stream = own.stream.as_ref();
                if own.snd_next.is_some_and(|next| next.after(data_end + 1))
                    || stream.is_some_and(|stream| stream.holds(data_end))
                {
                    notes.saw |= Observations::DATA_PAST_FIN;
                    notes.about = own.recent.back().map(|sent| sent.packet);
                }
            }
        }
    }
    if let Some(fin) = own.fin {
        if segment.payload_len > 0 && data_end.after(fin.seq) {
            notes.saw |= Observations::DATA_PAST_FIN;
            notes.about = Some(fin.packet);
        }
        if segment.is_empty() {
            notes.saw |= Observations::EMPTY_AFTER_OWN_FIN;
        }
    }
    if let Some(fin) = peer.fin
        && !own.half_close_data
        && segment.payload_len > 0
        && own.ack_max.is_some_and(|ack| ack.at_or_after(fin.seq + 1))
        && own.snd_next.is_none_or(|next| data_end.after(next))
    {
        notes.saw |= Observations::HALF_CLOSE_DATA;
    }
}

/// Whether the receiver must find the segment unacceptable (RFC 9293,
/// 3.10.7.4, first and fifth): all octets old, beyond the window, or an ack of
/// something never sent. `own` is the segment's sender.
fn unacceptable(own: &End, peer: &End, segment: &Segment<'_>) -> bool {
    if segment.flags.contains(Flags::SYN) {
        return own.sent_after_syn && peer.sent_after_syn;
    }
    if !(own.sent_after_syn && peer.sent_after_syn) {
        return false;
    }
    let old = !segment.is_empty() && peer.ack_max.is_some_and(|a| segment.end().at_or_before(a));
    let beyond = peer.window_edge.is_some_and(|edge| segment.seq.after(edge));
    let unsent = peer
        .sent_up_to()
        .is_some_and(|next| segment.ack.after(next));
    old || beyond || unsent
}
