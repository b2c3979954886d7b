//! Faults in congestion marks and checksums.

use super::tools::{MS, S, at_either_end};
use super::{Mutator, Planted};
use crate::exchange::wire::Sum;
use crate::trace::dialogue::Plan;
use crate::trace::random::Random;
use crate::trace::scene::Scene;
use crate::trace::{AE, CWR, ECE, FIN, Packet, SYN};
use tcpcheck::finding::Certainty::{Definite, Likely};

fn no_ecn(plan: &mut Plan, _: &mut Random) {
    plan.ecn = false;
}

fn ecn_at_either_end(plan: &mut Plan, random: &mut Random) {
    at_either_end(plan, random);
    plan.ecn = true;
}

fn ecn(plan: &mut Plan, _: &mut Random) {
    plan.ecn = true;
}

pub const MUTATORS: &[Mutator] = &[
    Mutator::new(
        "EC001",
        "SYN-ACK agrees to ECN that was not offered",
        Definite,
        |trace, _| {
            let at = trace.first(Packet::is_syn_ack)?;
            trace.packets[at].flags |= ECE;
            Planted::at(trace, at)
        },
    )
    .case("unsolicited")
    .prepare(no_ecn),
    Mutator::new(
        "EC002",
        "data marked ECN-capable without agreement",
        Definite,
        |trace, random| {
            let at = trace.any(random, Packet::is_data)?;
            trace.packets[at].ecn = 2;
            Planted::at(trace, at)
        },
    )
    .prepare(no_ecn),
    Mutator::new("EC003", "a SYN marked ECN-capable", Definite, |trace, _| {
        trace.packets[0].ecn = 2;
        Planted::at(trace, 0)
    })
    .prepare(ecn),
    Mutator::new(
        "EC004",
        "a congestion mark that is not echoed",
        Likely,
        |trace, random| {
            // A closed end answers without marks.
            let fin = trace.first(|p| p.has(FIN)).unwrap_or(usize::MAX);
            let at = trace.any(random, Packet::is_data).filter(|at| *at < fin)?;
            // One that was sent again may have come unmarked.
            let marked = trace.packets[at].clone();
            let copies = trace.all(|p| p.source == marked.source && p.seq == marked.seq);
            if copies
                .iter()
                .any(|copy| *copy != at && trace.packets[*copy].is_data())
            {
                return None;
            }
            trace.packets[at].ecn = 3;
            let (end, by) = (trace.packets[at].end(), trace.packets[at].destination);
            let acks =
                |p: &Packet| p.source == by && !p.has(SYN) && (p.ack.wrapping_sub(end) as i32) >= 0;
            let echo = trace.all(acks).into_iter().find(|index| *index > at)?;
            Planted::at(trace, echo)
        },
    )
    .prepare(ecn),
    Mutator::new(
        "EC006",
        "a reserved combination in the SYN",
        Definite,
        |trace, _| {
            trace.packets[0].flags |= AE;
            Planted::at(trace, 0)
        },
    )
    .case("reserved")
    .prepare(no_ecn),
    Mutator::new("EC007", "CWR without ECN", Definite, |trace, random| {
        let at = trace.any(random, Packet::is_data)?;
        trace.packets[at].flags |= CWR;
        Planted::at(trace, at)
    })
    .prepare(no_ecn),
    Mutator::new(
        "EC001",
        "SYN-ACK copies the flags of the SYN",
        Definite,
        |trace, _| {
            let at = trace.first(Packet::is_syn_ack)?;
            trace.packets[at].flags |= ECE | CWR;
            for packet in &mut trace.packets {
                packet.ecn = 0;
            }
            Planted::at(trace, at)
        },
    )
    .case("reflection")
    .prepare(ecn),
    Mutator::new(
        "EC003",
        "a marked ACK without data",
        Definite,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let client = random.one_in(2);
            scene.exchange(client, 100);
            let at = scene.say(!client, 50 * MS, |p| p.ecn = 2);
            scene.go_on(random);
            Planted::at(scene.trace, at)
        },
    )
    .prepare(ecn),
    Mutator::new("EC003", "a marked repetition", Definite, |trace, random| {
        let mut scene = Scene::at_rest(trace, random)?;
        let client = random.one_in(2);
        let delay = scene.delay(client);
        let lost = scene.lost_data(client, delay, 100);
        let at = scene.again(client, S, lost, true);
        scene.trace.packets[at].ecn = 2;
        scene.reply(!client);
        scene.go_on(random);
        Planted::at(scene.trace, at)
    })
    .prepare(ecn),
    Mutator::new(
        "EC005",
        "ECE goes on and the sender knows nothing of CWR",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let sender = scene.near()?;
            let mut by = None;
            for round in 0..16 {
                scene.wait(100 * MS);
                let delay = scene.delay(sender);
                let at = scene.data(sender, delay, 100);
                if round == 0 {
                    scene.trace.packets[at].ecn = 3;
                }
                by = Some(scene.trace.packets[at].source);
                let delay = scene.delay(!sender);
                scene.say(!sender, delay, |p| p.flags |= ECE);
            }
            Planted::by(by?)
        },
    )
    .prepare(ecn_at_either_end),
    Mutator::new(
        "EC005",
        "the receiver goes on with ECE behind CWR",
        Likely,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let receiver = scene.near()?;
            let mut by = None;
            for round in 0..5 {
                let delay = scene.delay(!receiver);
                let at = scene.data(!receiver, delay, 100);
                match round {
                    0 => scene.trace.packets[at].ecn = 3,
                    1 => scene.trace.packets[at].flags |= CWR,
                    _ => (),
                }
                let delay = scene.delay(receiver);
                let at = scene.say(receiver, delay, |p| p.flags |= ECE);
                by = Some(scene.trace.packets[at].source);
            }
            Planted::by(by?)
        },
    )
    .prepare(ecn_at_either_end),
    Mutator::new(
        "EC006",
        "a SYN asks for ECN, its repetition for Accurate ECN",
        Definite,
        |trace, _| {
            let mut again = trace.packets[0].clone();
            trace.delay_from(1, S);
            again.time_ns += S;
            again.flags |= AE;
            let at = trace.insert(again);
            Planted::at(trace, at)
        },
    )
    .case("both-modes")
    .prepare(ecn),
    Mutator::new("EC006", "a SYN with ECE alone", Definite, |trace, _| {
        trace.packets[0].flags |= ECE;
        Planted::at(trace, 0)
    })
    .case("odd-non-ecn")
    .prepare(no_ecn),
    Mutator::new("CS001", "a wrong checksum", Likely, |trace, random| {
        // A good copy follows, as from a sender that has waited in vain.
        let at = trace.any(random, Packet::is_data)?;
        let mut damaged = trace.packets[at].clone();
        damaged.sum = Sum::Bad;
        damaged.time_ns -= 1;
        let at = trace.insert_as_is(damaged);
        Planted::named(at)
    })
    .real(),
    Mutator::new(
        "CS002",
        "a damaged segment is acknowledged",
        Likely,
        |trace, random| {
            let at = trace.any(random, Packet::is_data)?;
            trace.packets[at].sum = Sum::Bad;
            Planted::by(trace.packets[at].destination)
        },
    )
    // What was sent again has a good copy.
    .prepare(|plan, _| plan.episode = None),
];
