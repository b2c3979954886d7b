//! Frames that the capture holds twice: a mirror port, `-i any`, a bridge.

use super::stretch::manner::Manner;
use super::stretch::record::Record;
use crate::segment::{Checksum, Flags, NS_PER_MS, Segment, Timestamp};

/// How far apart two copies of one packet may be when an IP identification
/// shows that they are one packet. A retransmission has a new one.
const WITH_ID_NS: i64 = 10 * NS_PER_MS;
/// The same without an identification (IPv6, or 0): nobody retransmits so soon.
const WITHOUT_ID_NS: i64 = NS_PER_MS;

/// How many earlier segments a copy is looked for among.
const DEPTH: usize = 4;

/// Fingerprints of an end's latest segments.
#[derive(Clone, Copy, Debug, Default)]
pub struct Prints {
    /// The first `len` are filled.
    latest: [Print; DEPTH],
    len: u8,
    at: u8,
    /// Frames of the end are there twice, by some that no end sends twice at once.
    doubled: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Print {
    /// Of everything that a copy shares but hop count and link layer.
    hash: u64,
    time: Timestamp,
}

impl Prints {
    /// Whether `segment` is a copy of one before it; else remembers it.
    ///
    /// A good frame behind a damaged one is more than a copy: that one changed
    /// nothing. A damaged frame behind a good one is a copy.
    pub fn is_copy(&mut self, segment: &Segment<'_>) -> bool {
        let hash = hash(segment);
        if segment.checksum == Checksum::Bad {
            return self.holds(segment, hash) || self.is_known(segment, !hash);
        }
        self.is_known(segment, hash)
    }

    /// Whether a segment with `hash` was there just before; else remembers this one.
    fn is_known(&mut self, segment: &Segment<'_>, hash: u64) -> bool {
        let held = self.holds(segment, hash);
        let known = held && (self.doubled || !may_be_repeated(segment));
        self.doubled |= known;
        if !known {
            self.remember(hash, segment.time);
        }
        known
    }

    /// `records`, so `many`, are an end's orderly segments: their numbers have gone on, so that
    /// none is a copy of one before it.
    pub fn are_new<'a>(
        &mut self,
        records: impl Iterator<Item = &'a Record>,
        many: u32,
        manner: &Manner,
    ) {
        // The latest of them are remembered in the end.
        let passed = usize::try_from(many).unwrap_or(0).saturating_sub(DEPTH);
        let places = usize::from(self.at) + passed;
        self.at = (places % DEPTH) as u8;
        for record in records.skip(passed) {
            let hash = mix(&fields_of(record, manner));
            self.remember(hash, record.time);
        }
        self.len = usize::from(self.len).saturating_add(passed).min(DEPTH) as u8;
    }

    fn remember(&mut self, hash: u64, time: Timestamp) {
        if let Some(slot) = self.latest.get_mut(usize::from(self.at)) {
            *slot = Print { hash, time };
        }
        self.at = (self.at + 1) % DEPTH as u8;
        self.len = (self.len + 1).min(DEPTH as u8);
    }

    fn holds(&self, segment: &Segment<'_>, hash: u64) -> bool {
        let apart = match segment.ip.id {
            Some(id) if id != 0 => WITH_ID_NS,
            _ => WITHOUT_ID_NS,
        };
        let mut filled = self.latest.iter().take(usize::from(self.len));
        filled.any(|earlier| earlier.hash == hash && segment.time.apart(earlier.time) <= apart)
    }
}

fn hash(segment: &Segment<'_>) -> u64 {
    mix(&fields(segment))
}

const fn pair(high: u32, low: u32) -> u64 {
    (high as u64) << 32 | low as u64
}

fn fields(segment: &Segment<'_>) -> [u64; 7] {
    let options = &segment.options;
    let (sack_start, sack_end) = options
        .sack_blocks()
        .first()
        .map_or((0, 0), |(s, e)| (s.0, e.0));
    let flags_and_window = u32::from(segment.flags.bits()) << 16 | u32::from(segment.window);
    [
        pair(segment.seq.0, segment.ack.0),
        pair(flags_and_window, segment.payload_len),
        pair(segment.urgent_pointer.into(), segment.data_offset.into()),
        pair(options.tsval, options.tsecr),
        pair(sack_start, sack_end),
        pair(
            u32::from(options.present.bits()),
            u32::from(segment.ip.id.unwrap_or(0)),
        ),
        // The first octets of data tell a keepalive from a probe, cheaply.
        segment.first_octets(),
    ]
}

/// The same of an orderly segment.
fn fields_of(record: &Record, manner: &Manner) -> [u64; 7] {
    let flags_and_window = u32::from(record.flags().bits()) << 16 | u32::from(record.window);
    [
        pair(record.seq.0, record.ack.0),
        pair(flags_and_window, record.octets()),
        pair(0, manner.data_offset.into()),
        pair(record.tsval, record.tsecr),
        pair(0, 0),
        pair(u32::from(manner.present.bits()), record.ip_id.into()),
        record.head,
    ]
}

/// Whether an end may well send the same octets again at once: an empty ACK for each segment that
/// comes out of order (RFC 5681, 4.2), where neither an identification nor SACK tells one
/// from the other.
fn may_be_repeated(segment: &Segment<'_>) -> bool {
    let control = Flags::SYN | Flags::FIN | Flags::RST;
    let is_empty_ack = segment.payload_len == 0 && !segment.flags.intersects(control);
    let is_told_apart = segment.ip.id.is_some_and(|id| id != 0);
    is_empty_ack && !is_told_apart && segment.options.sack_blocks().is_empty()
}

/// Two different segments share a hash by chance once in 2^64, and by intent
/// only if their sender wants one of the two to be overlooked as a copy.
fn mix(fields: &[u64; 7]) -> u64 {
    fields.iter().fold(0, |hash, field| {
        let mixed = u128::from(hash ^ field ^ 0x9e37_79b9_7f4a_7c15) * 0xd6e8_feb8_6659_fd93;
        (mixed >> 64) as u64 ^ mixed as u64
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::tests::segment;

    #[test]
    fn the_same_octets_soon_after_are_a_copy() {
        let mut prints = Prints::default();
        let mut first = segment(0);
        first.ip.id = Some(7);
        assert!(!prints.is_copy(&first));
        first.time = Timestamp(9 * NS_PER_MS);
        assert!(prints.is_copy(&first), "one packet by its identification");
        first.time = Timestamp(11 * NS_PER_MS);
        assert!(!prints.is_copy(&first), "too late for a copy");
    }

    #[test]
    fn without_an_identification_only_the_same_moment_counts() {
        let mut prints = Prints::default();
        let mut first = segment(0);
        first.ip.id = None;
        assert!(!prints.is_copy(&first));
        first.time = Timestamp(2 * NS_PER_MS);
        assert!(!prints.is_copy(&first));
    }

    /// Three segments out of order draw three duplicate ACKs, octet for octet the same.
    #[test]
    fn duplicate_acks_are_copies_only_where_other_frames_are() {
        let mut ack = segment(0);
        (ack.payload, ack.payload_len, ack.ip.id) = (&[], 0, None);
        let mut prints = Prints::default();
        assert!(!prints.is_copy(&ack) && !prints.is_copy(&ack) && !prints.is_copy(&ack));
        let mut data = ack;
        (data.payload, data.payload_len) = (b"12345678", 8);
        assert!(!prints.is_copy(&data) && prints.is_copy(&data));
        assert!(prints.is_copy(&ack));
        ack.ip.id = Some(9);
        let mut prints = Prints::default();
        assert!(!prints.is_copy(&ack) && prints.is_copy(&ack), "one packet");
    }

    /// No field of the header may differ, or a fault in it would be taken for a copy of what is right.
    #[test]
    fn another_offset_or_urgent_pointer_is_no_copy() {
        let mut prints = Prints::default();
        let first = segment(0);
        assert!(!prints.is_copy(&first));
        let mut other = first;
        other.data_offset = 0;
        assert!(!prints.is_copy(&other));
        other = first;
        other.urgent_pointer = 9;
        assert!(!prints.is_copy(&other));
    }

    /// A copy may come from another interface, or from behind a router.
    #[test]
    fn hop_count_and_link_layer_tell_no_copies_apart() {
        let mut prints = Prints::default();
        let mut first = segment(0);
        assert!(!prints.is_copy(&first));
        (first.packet, first.ip.ttl) = (2, first.ip.ttl - 1);
        first.direction = crate::segment::Direction::Outbound;
        first.checksum = crate::segment::Checksum::Partial;
        assert!(prints.is_copy(&first));
    }

    /// On an interface where the checksum is not filled in yet, and on the next.
    #[test]
    fn a_good_frame_is_no_copy_of_a_damaged_one() {
        let mut prints = Prints::default();
        let good = segment(0);
        let mut damaged = good;
        damaged.checksum = Checksum::Bad;
        assert!(!prints.is_copy(&damaged));
        assert!(prints.is_copy(&damaged));
        assert!(!prints.is_copy(&good));
        assert!(prints.is_copy(&damaged));
    }

    #[test]
    fn whatever_the_sender_wrote_tells_segments_apart() {
        let changes: [fn(&mut Segment<'static>); 10] = [
            |s| s.seq = s.seq + 1,
            |s| s.ack = s.ack + 1,
            |s| s.flags |= crate::segment::Flags::PSH,
            |s| s.window += 1,
            |s| s.payload_len += 1,
            |s| s.payload = b"12345678",
            |s| s.options.tsval = 1,
            |s| s.options.tsecr = 1,
            |s| s.options.present = crate::segment::OptionSet::SACK,
            |s| {
                s.options.sack_blocks = 1;
                s.options.sack[0].1 = s.seq;
            },
        ];
        for (at, change) in changes.iter().enumerate() {
            let mut prints = Prints::default();
            let mut other = segment(0);
            assert!(!prints.is_copy(&other));
            change(&mut other);
            assert!(!prints.is_copy(&other), "change {at}");
        }
    }

    #[test]
    fn copies_are_looked_for_among_the_latest_four_and_in_both_orders_of_time() {
        let numbered = |id: u16, ns: i64| {
            let mut segment = segment(ns);
            segment.ip.id = Some(id);
            segment
        };
        let mut prints = Prints::default();
        for id in 1..=5 {
            assert!(!prints.is_copy(&numbered(id, 1000)));
        }
        assert!(prints.is_copy(&numbered(2, 1000)), "four back");
        assert!(
            prints.is_copy(&numbered(5, 0)),
            "stored with an earlier time"
        );
        assert!(!prints.is_copy(&numbered(1, 1000)), "five back");
    }

    #[test]
    fn another_identification_is_another_packet() {
        let mut prints = Prints::default();
        let mut first = segment(0);
        first.ip.id = Some(7);
        assert!(!prints.is_copy(&first));
        first.ip.id = Some(8);
        assert!(!prints.is_copy(&first));
    }
}
