//! How a life begins: with an opening that holds no surprise, and its third segment.

use super::orderly::follows;
use super::{End, FEW, Life, Spare};
use crate::flow::half_open::Plain;
use crate::machine::header;
use crate::machine::side::Pair;
use crate::observation::Observations;
use crate::segment::{Checksum, Direction, Flags, OptionSet, Segment};
use crate::seq::SeqNo;

/// What an ordinary opening agrees on. (What else there is makes other demands on what follows.)
const ORDINARY: OptionSet = OptionSet::MSS
    .union(OptionSet::WINDOW_SCALE)
    .union(OptionSet::SACK_PERMITTED)
    .union(OptionSet::TIMESTAMPS);

impl Life {
    /// Begins with `opening`, a SYN and its answer, and the third segment, if all three are a
    /// textbook's; in the room of a small one of those that are `spare`, if there is any.
    #[must_use]
    pub fn beginning_with(
        opening: Plain,
        third: &Segment<'_>,
        spare: &mut Spare,
    ) -> Option<Box<Life>> {
        let [syn, answer] = opening.segments();
        if third.source != syn.source || !agrees(&syn, &answer) {
            return None;
        }
        let (client, server) = (&syn.options, &answer.options);
        let stamps = server.present & OptionSet::TIMESTAMPS;
        let scales = server.window_scale().zip(client.window_scale());
        let (theirs, ours) = scales.unwrap_or_default();
        let mut life = Life {
            stamps,
            is_reset: false,
            ends: Pair {
                client: End {
                    shift: ours,
                    acked: answer.seq,
                    tsecr: SeqNo(server.tsval),
                    ..End::opening_with(&syn)
                },
                server: End {
                    shift: theirs,
                    acked: answer.ack,
                    edge: answer.ack + u32::from(answer.window),
                    tsecr: SeqNo(server.tsecr),
                    ..End::opening_with(&answer)
                },
            },
            first: (syn.packet, syn.time),
            last: (answer.packet, answer.time),
            opening,
            log: Vec::new(),
        };
        if third.ack != answer.end() {
            return None;
        }
        let mut life = match spare.pop() {
            Some(mut room) => {
                life.log = std::mem::take(&mut room.log);
                life.log.clear();
                *room = life;
                room
            }
            None => {
                life.log = Vec::with_capacity(FEW);
                Box::new(life)
            }
        };
        if life.keep(third) {
            return Some(life);
        }
        spare.push(life);
        None
    }
}

impl End {
    fn opening_with(syn: &Segment<'_>) -> End {
        End {
            iss: syn.seq,
            next: syn.end(),
            acked: SeqNo(0),
            edge: SeqNo(0),
            tsval: SeqNo(syn.options.tsval),
            tsecr: SeqNo(0),
            waiting: None,
            window: syn.window,
            mss: syn.options.mss,
            data_id: 0,
            id: 0,
            tiny: 0,
            shift: 0,
            ttl: syn.ip.ttl,
            dscp: syn.ip.dscp,
            dont_fragment: syn.ip.dont_fragment,
            scaled: false,
            fin: None,
            half_closed: false,
        }
    }
}

/// The two say nothing but what every stack says.
fn agrees(syn: &Segment<'_>, answer: &Segment<'_>) -> bool {
    // Flags of ECN are no matter to the first two; what they agree on is.
    let plain = syn.flags == Flags::SYN
        && answer.flags == Flags::SYN | Flags::ACK
        && header::observe(syn) == Observations::SYN
        && header::observe(answer) == Observations::SYN_ACK;
    let options = ORDINARY.contains(syn.options.present)
        && (syn.options.present | OptionSet::MSS).contains(answer.options.present)
        && syn.options.mss().is_some()
        && answer.options.mss().is_some()
        && answer
            .options
            .timestamps()
            .is_none_or(|(_, tsecr)| tsecr == syn.options.tsval);
    let sound = |segment: &Segment<'_>| {
        segment.checksum == Checksum::Good
            && segment.direction == Direction::Unknown
            && !segment.loopback
            && segment.tunnel == 0
            && segment.ip.ecn == 0
            && segment.window > 0
    };
    plain
        && options
        && sound(syn)
        && sound(answer)
        && syn.ip.id.is_some() == answer.ip.id.is_some()
        && answer.packet > syn.packet
        && follows(syn.time, answer.time)
}
