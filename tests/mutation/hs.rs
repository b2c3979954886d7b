//! Faults in the opening.

use super::tools::{MS, S, end_behind, refusal, slip};
use super::{Mutator, Planted};
use crate::trace::dialogue::Monitor;
use crate::trace::random::Random;
use crate::trace::{ACK, Packet, RST, SYN, Trace, kind};
use tcpcheck::finding::Certainty::{Definite, Likely};

/// The first segment for which `holds` is true comes again, with another ISN, and nothing else.
fn again_with_another_isn(
    trace: &mut Trace,
    random: &mut Random,
    holds: fn(&Packet) -> bool,
) -> Option<Planted> {
    let at = trace.first(holds)?;
    end_behind(trace, at);
    let mut again = trace.packets[at].clone();
    again.time_ns += S;
    again.seq = again.seq.wrapping_add(random.within(5000..2_000_000_000));
    let at = trace.insert(again);
    Planted::at(trace, at)
}

pub const MUTATORS: &[Mutator] = &[
    Mutator::new(
        "HS001",
        "SYN-ACK acknowledges x+1 plus or minus a few",
        Definite,
        |trace, random| {
            let at = trace.first(Packet::is_syn_ack)?;
            trace.packets[at].ack = trace.packets[at].ack.wrapping_add(slip(random));
            end_behind(trace, at);
            trace.insert(refusal(&trace.packets[at].clone()));
            Planted::at(trace, at)
        },
    )
    .real(),
    Mutator::new(
        "HS002",
        "SYN-ACK acknowledges a number far from x+1",
        Likely,
        |trace, random| {
            let at = trace.first(Packet::is_syn_ack)?;
            let far = random.within(1_000_000..2_000_000_000);
            trace.packets[at].ack = trace.packets[at].ack.wrapping_add(far);
            end_behind(trace, at);
            trace.insert(refusal(&trace.packets[at].clone()));
            Planted::at(trace, at)
        },
    )
    .real(),
    Mutator::new(
        "HS003",
        "third segment acknowledges y or less",
        Definite,
        |trace, random| {
            let at = trace.first(Packet::is_pure_ack)?;
            trace.packets[at].ack = trace.packets[at].ack.wrapping_sub(random.within(1..500));
            Planted::at(trace, at)
        },
    ),
    Mutator::new(
        "HS003",
        "third segment acknowledges more than y+1",
        Likely,
        |trace, random| {
            let at = trace.first(Packet::is_pure_ack)?;
            trace.packets[at].ack = trace.packets[at].ack.wrapping_add(random.within(1..500));
            Planted::at(trace, at)
        },
    )
    // Later than what a capture may have stored late.
    .prepare(|plan, _| plan.rtt_ns = plan.rtt_ns.max(20 * MS)),
    Mutator::new(
        "HS004",
        "third segment begins before x+1",
        Definite,
        |trace, random| {
            let at = trace.first(Packet::is_pure_ack)?;
            trace.packets[at].seq = trace.packets[at].seq.wrapping_sub(random.within(1..500));
            Planted::at(trace, at)
        },
    )
    .real(),
    Mutator::new("HS009", "nobody answers the SYN", Definite, |trace, _| {
        let at = trace.first(Packet::is_syn)?;
        end_behind(trace, at);
        Planted::by(trace.client())
    }),
    Mutator::new(
        "HS010",
        "the third segment never comes",
        Likely,
        |trace, _| {
            let at = trace.first(Packet::is_syn_ack)?;
            end_behind(trace, at);
            Planted::by(trace.client())
        },
    ),
    Mutator::new(
        "HS011",
        "SYN-ACK again after the handshake",
        Definite,
        |trace, _| {
            let (at, third) = (
                trace.first(Packet::is_syn_ack)?,
                trace.first(Packet::is_pure_ack)?,
            );
            let mut again = trace.packets[at].clone();
            again.time_ns = trace.packets[third].time_ns + S;
            let at = trace.insert(again);
            Planted::at(trace, at)
        },
    )
    .real(),
    Mutator::new("HS012", "the SYN is refused", Definite, |trace, _| {
        let at = trace.first(Packet::is_syn_ack)?;
        end_behind(trace, at);
        let refused = &mut trace.packets[at];
        (refused.seq, refused.window) = (0, 0);
        refused.flags = RST | ACK;
        refused.options.clear();
        Planted::at(trace, at)
    })
    .real(),
    Mutator::new(
        "HS013",
        "SYN again with another ISN",
        Likely,
        |trace, random| again_with_another_isn(trace, random, Packet::is_syn),
    )
    .real(),
    Mutator::new(
        "HS014",
        "SYN-ACK again with another ISS",
        Likely,
        |trace, random| again_with_another_isn(trace, random, Packet::is_syn_ack),
    )
    .real(),
    Mutator::new(
        "HS016",
        "the client goes on behind a SYN-ACK with a wrong ack",
        Definite,
        |trace, random| {
            let at = trace.first(Packet::is_syn_ack)?;
            trace.packets[at].ack = trace.packets[at].ack.wrapping_add(slip(random));
            Planted::at(trace, at + 1)
        },
    )
    .real(),
    Mutator::new(
        "HS017",
        "the server sends data behind its SYN-ACK, without waiting",
        Definite,
        |trace, _| {
            let server = trace.server();
            let syn_ack = trace.first(Packet::is_syn_ack)?;
            let data = trace.first(|p| p.is_data() && p.source == server)?;
            let mut early = trace.packets[data].clone();
            early.time_ns = trace.packets[syn_ack].time_ns + MS;
            early.ack = trace.packets[syn_ack].ack;
            if let Some((tsval, echo)) = trace.packets[syn_ack].timestamps() {
                early.set_timestamps(tsval.wrapping_add(1), echo);
            }
            let at = trace.insert(early);
            Planted::at(trace, at)
        },
    )
    .prepare(|plan, _| {
        (plan.monitor, plan.rtt_ns) = (Monitor::Server, 60 * MS);
    }),
    Mutator::new(
        "HS018",
        "data in a SYN without Fast Open",
        Definite,
        |trace, random| {
            let at = trace.first(Packet::is_syn)?;
            let octets = random.within(1..500) as usize;
            trace.packets[at].data = vec![7; octets];
            Planted::at(trace, at)
        },
    )
    .real(),
    Mutator::new(
        "HS021",
        "a crashed host answers with RST",
        Definite,
        |trace, _| {
            let at = trace.last(Packet::is_data)?;
            end_behind(trace, at);
            let mut rst = refusal(&trace.packets[at].clone());
            let data = &mut trace.packets[at];
            data.time_ns += 2 * S;
            rst.time_ns = data.time_ns + 200_000_000;
            let at = trace.insert(rst);
            Planted::at(trace, at)
        },
    )
    .prepare(super::tools::stays_open),
    Mutator::new(
        "HS024",
        "SYN-ACK again with another window scale",
        Likely,
        |trace, _| {
            let at = trace.first(Packet::is_syn_ack)?;
            end_behind(trace, at);
            let mut again = trace.packets[at].clone();
            again.time_ns += S;
            again.set_option(kind::WINDOW_SCALE, &[9]);
            let at = trace.insert(again);
            Planted::at(trace, at)
        },
    )
    .prepare(|plan, _| plan.window_scale = Some(7))
    .real(),
    Mutator::new(
        "HS025",
        "the server goes on although all acks are wrong",
        Definite,
        |trace, random| {
            let server = trace.server();
            let short = random.within(1..400);
            let iss = trace.packets[trace.first(Packet::is_syn_ack)?].seq;
            let request = trace.first(Packet::is_data)?;
            let taken = trace.first(|p| p.source == server && p.is_pure_ack())?;
            if taken < request {
                return None;
            }
            for at in trace.all(|p| p.source != server && p.has(ACK)) {
                trace.packets[at].ack = iss.wrapping_sub(short);
            }
            end_behind(trace, taken);
            Planted::at(trace, taken)
        },
    ),
    Mutator::new("HS006", "both ends open at once", Definite, |trace, _| {
        let at = trace.first(Packet::is_syn_ack)?;
        let mut crossing = trace.packets[at].clone();
        crossing.flags = SYN;
        crossing.ack = 0;
        crossing.time_ns = trace.packets[0].time_ns + 1000;
        let mut own = trace.packets[0].clone();
        own.flags = SYN | ACK;
        own.ack = crossing.seq.wrapping_add(1);
        own.time_ns = trace.packets[at].time_ns + 500;
        trace.insert(crossing);
        trace.insert(own);
        Planted::anywhere()
    }),
];
