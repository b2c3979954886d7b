//! Octets that were captured only with a wrong checksum.
//!
//! They change nothing, unless their receiver acknowledges them: then it has taken
//! them in all the same (or had a copy that was not damaged), and they belong to the stream.

use super::later;
use crate::limits;
use crate::machine::end::{Damaged, End};
use crate::machine::stream::Stream;
use crate::segment::{Flags, Segment};
use crate::seq::SeqNo;

/// `own` sent `segment`, which has a wrong checksum. Returns whether there was room to keep
/// what is to be kept of it.
pub fn damaged(own: &mut End, segment: &Segment<'_>) -> bool {
    own.traces.bad_checksums += 1;
    later(&mut own.bad_checksum_end, segment.end());
    let room = own.damaged.len() < limits::DAMAGED_SEGMENTS;
    if segment.payload_len == 0 || segment.has(Flags::SYN | Flags::RST) {
        return true;
    }
    if room {
        own.damaged.push(Damaged {
            start: segment.data_start(),
            end: segment.data_end(),
            packet: segment.packet,
        });
    }
    room
}

/// The peer of `own` sends `segment`. If it acknowledges octets of which only
/// damaged copies were captured, these are taken in; returns the first such copy.
pub fn accept_damaged(own: &mut End, segment: &Segment<'_>) -> Option<u64> {
    let acknowledges = segment.flags.contains(Flags::ACK) && !segment.has(Flags::SYN | Flags::RST);
    if !acknowledges {
        return None;
    }
    let mut accepted = None;
    // One may continue another.
    while let Some(taken) = own
        .damaged
        .iter()
        .copied()
        .find(|d| continues(own, d, segment.ack))
    {
        accepted.get_or_insert(taken.packet);
        let stream = &mut own.stream;
        let stream = stream.get_or_insert_with(|| Stream::starting_at(taken.start));
        stream.add(taken.start, taken.end);
        own.advance_to(taken.end);
    }
    // What came again in good order, or was accepted, is settled.
    let next = next(own);
    own.damaged
        .retain(|d| next.is_none_or(|next| d.end.after(next)));
    accepted
}

/// The octet after all that came without a hole.
fn next(own: &End) -> Option<SeqNo> {
    let begun = own.stream.as_ref().map(Stream::next);
    begun.or(own.snd_next)
}

fn continues(own: &End, damaged: &Damaged, ack: SeqNo) -> bool {
    next(own).is_some_and(|next| {
        damaged.start.at_or_before(next) && damaged.end.after(next) && damaged.end.at_or_before(ack)
    })
}

#[cfg(test)]
mod tests {
    use crate::machine::connection::Connection;
    use crate::machine::noted::Noted;
    use crate::machine::script::connection;
    use crate::observation::Observations;

    fn after(lines: &str) -> Connection {
        let opening = "
            A SYN 100
            B SYN,ACK 300 101
            A ACK 101 301";
        connection(&format!("{opening}\n{lines}"))
    }

    fn accepting(seen: &Connection) -> Option<&Noted> {
        let accepts = |n: &&Noted| n.saw.contains(Observations::ACKS_DAMAGED);
        seen.noted().iter().find(accepts)
    }

    #[test]
    fn damaged_octets_that_are_acknowledged_belong_to_the_stream() {
        let seen = after(
            "A ACK 101 301 len=10 bad
             B ACK 301 111
             A ACK 111 301 len=10
             B ACK 301 121",
        );
        let noted = accepting(&seen).unwrap();
        assert_eq!((noted.packet, noted.about), (5, Some(4)));
        let client = &seen.ends.client;
        assert_eq!(client.missing_octets(), 0);
        assert_eq!(seen.ends.server.early_ack, None);
        assert!(client.damaged.is_empty());
        assert!(!seen.seen.contains(Observations::ACK_BEYOND_SENT));
    }

    #[test]
    fn a_good_copy_settles_it() {
        let seen = after(
            "A ACK 101 301 len=10 bad
             A ACK 101 301 len=10
             B ACK 301 111",
        );
        assert!(accepting(&seen).is_none());
        assert!(seen.ends.client.damaged.is_empty());
    }

    #[test]
    fn behind_a_hole_it_is_the_capture_that_lost_something() {
        let seen = after(
            "A ACK 111 301 len=10 bad
             B ACK 301 121",
        );
        assert!(accepting(&seen).is_none());
    }

    #[test]
    fn several_damaged_segments_may_follow_one_another() {
        let seen = after(
            "A ACK 111 301 len=10 bad
             A ACK 101 301 len=10 bad
             B ACK 301 121",
        );
        assert_eq!(accepting(&seen).unwrap().about, Some(5));
        assert!(seen.ends.client.damaged.is_empty());
    }
}
