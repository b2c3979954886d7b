//! Captures that lack something.

use super::tools::MS;
use super::{Mutator, Planted};
use crate::exchange::wire::{Sum, Why};
use crate::trace::random::Random;
use crate::trace::scene::Scene;
use crate::trace::{ACK, Packet, Quirk, SYN, Trace};
use tcpcheck::finding::Certainty::{Definite, Likely};
use tcpcheck::settings::Settings;

/// Whether frames are missing is what the rule has to find out.
fn loss_unknown(settings: &mut Settings) {
    settings.lossless = false;
}

pub const MUTATORS: &[Mutator] = &[
    Mutator::new(
        "CA001",
        "the capture begins in the middle",
        Definite,
        |trace, random| {
            let third = trace.first(Packet::is_pure_ack)?;
            let first = trace
                .any(random, |p| p.is_data() || p.is_pure_ack())?
                .max(third);
            let packet = trace.packets[first].clone();
            trace.keep(|at, _| at >= first);
            Planted::named(trace.packets.iter().position(|p| *p == packet)?)
        },
    )
    .settings(loss_unknown)
    .real(),
    Mutator::new(
        "CA002",
        "only one direction was captured",
        Definite,
        |trace, random| {
            let by = if random.one_in(2) {
                trace.client()
            } else {
                trace.server()
            };
            let mut acks: Vec<u32> = trace
                .all(|p| p.source == by && p.has(ACK))
                .iter()
                .map(|at| trace.packets[*at].ack)
                .collect();
            acks.dedup();
            trace.keep(|_, p| p.source == by);
            (acks.len() >= 3).then_some(Planted {
                packet: None,
                by: None,
            })
        },
    )
    .settings(loss_unknown)
    .real(),
    Mutator::new(
        "CA003",
        "the capture has lost data in the middle",
        Likely,
        |trace, random| {
            let at = trace.any(random, Packet::is_data)?;
            let lost = trace.packets[at].clone();
            let behind = |p: &Packet| p.source == lost.source && p.is_data() && p.seq != lost.seq;
            let behind = trace.all(behind).into_iter().filter(|index| *index > at);
            let copies = trace.all(|p| p.source == lost.source && p.seq == lost.seq && p.is_data());
            let acked =
                trace.first(|p| p.source != lost.source && p.has(ACK) && p.ack == lost.end());
            if behind.count() == 0 || copies.len() > 1 {
                return None;
            }
            trace.packets.remove(at);
            let _ = acked;
            Planted::anywhere()
        },
    )
    .settings(loss_unknown)
    .real(),
    Mutator::new(
        "CA003",
        "the capture has lost the SYN-ACK",
        Likely,
        |trace, _| {
            let at = trace.first(Packet::is_syn_ack)?;
            trace.packets.remove(at);
            Planted::anywhere()
        },
    )
    .settings(loss_unknown)
    .real(),
    Mutator::new("CA004", "a frame is cut", Definite, |trace, random| {
        let at = trace.any(random, |p| p.data.len() > 100)?;
        trace.packets[at].quirk = Quirk::Snap(96 + random.below(20));
        Planted::anywhere()
    })
    .real(),
    Mutator::new(
        "CA005",
        "every frame was captured twice",
        Definite,
        |trace, random| {
            let gap = i64::from(random.within(1..900)) * 1000;
            for at in trace.all(|_| true).into_iter().rev() {
                let mut copy = trace.packets[at].clone();
                copy.time_ns += gap;
                trace.insert_as_is(copy);
            }
            Planted::anywhere()
        },
    )
    .real(),
    Mutator::new(
        "CA006",
        "a segment larger than any link carries",
        Definite,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let len = random.within(3000..12_000) as usize;
            let at = scene.exchange(random.one_in(2), len);
            scene.go_on(random);
            Planted::by(scene.trace.packets[at].source)
        },
    )
    .real(),
    Mutator::new(
        "CA006",
        "an end's checksums are not filled in",
        Definite,
        |trace, random| {
            let by = if random.one_in(2) {
                trace.client()
            } else {
                trace.server()
            };
            for at in trace.all(|p| p.source == by) {
                trace.packets[at].sum = Sum::Partial;
            }
            Planted::by(by)
        },
    )
    .real(),
    Mutator::new(
        "CA007",
        "the clock steps back",
        Definite,
        |trace, random| {
            let at = trace.any(random, |p| !p.has(SYN))?;
            let step = i64::from(random.within(2..50_000)) * 1000;
            trace.packets[at].time_ns = trace.packets[at - 1].time_ns - step;
            Planted::anywhere()
        },
    )
    .real(),
    Mutator::new(
        "CA008",
        "the capture ends in mid-connection",
        Definite,
        |trace, random| {
            Scene::at_rest(trace, random)?;
            Planted::anywhere()
        },
    )
    .real(),
    Mutator::new(
        "CA008",
        "one end never closes",
        Definite,
        |trace, random| {
            let mut scene = Scene::at_rest(trace, random)?;
            let client = random.one_in(2);
            scene.say(client, 5 * MS, |p| p.flags |= crate::trace::FIN);
            scene.reply(!client);
            Planted::anywhere()
        },
    )
    .real(),
    error(
        "a router does not know the network",
        "net-unreachable",
        |t, r| icmp(t, r, Why::Net),
    ),
    error(
        "a router cannot reach the host",
        "host-unreachable",
        |t, r| icmp(t, r, Why::Host),
    ),
    error(
        "the host does not know TCP",
        "protocol-unreachable",
        |t, r| icmp(t, r, Why::Protocol),
    ),
    error("the host knows no such port", "port-unreachable", |t, r| {
        icmp(t, r, Why::Port)
    }),
    error("a filter says so", "prohibited", |t, r| {
        icmp(t, r, Why::Admin)
    }),
    error("a link carries only smaller packets", "too-big", |t, r| {
        icmp(t, r, Why::TooBig(1400))
    }),
    error("the packet went in circles", "time-exceeded", |t, r| {
        icmp(t, r, Why::Expired)
    }),
    error(
        "a field of the header is wrong",
        "parameter-problem",
        |t, r| icmp(t, r, Why::Parameter),
    ),
    error("a router is full", "source-quench", |t, r| {
        icmp(t, r, Why::Quench)
    })
    // There is none in ICMPv6.
    .prepare(|plan, _| plan.v6 = false),
];

/// A mutator of CA009.
const fn error(
    what: &'static str,
    case: &'static str,
    plant: fn(&mut Trace, &mut Random) -> Option<Planted>,
) -> Mutator {
    Mutator::new("CA009", what, Definite, plant).case(case)
}

/// Data is lost, a router says why, and it is sent again.
fn icmp(trace: &mut Trace, random: &mut Random, why: Why) -> Option<Planted> {
    let mut scene = Scene::at_rest(trace, random)?;
    let client = random.one_in(2);
    let delay = scene.delay(client);
    let lost = scene.lost_data(client, delay, 100);
    let mut error = scene.trace.packets[lost].clone();
    error.time_ns += 2 * MS;
    error.quirk = Quirk::Icmp(why);
    let at = scene.trace.insert_as_is(error);
    scene.wait(300 * MS);
    scene.again(client, 0, lost, true);
    scene.reply(!client);
    scene.go_on(random);
    Planted::named(at)
}
