//! Faults in TIME-WAIT.

use super::tools::{MS, S, answer, first_fin, four_way, last_ack, new_syn, second_fin};
use super::{Mutator, Planted};
use crate::trace::dialogue::{Close, Monitor, Plan};
use crate::trace::random::Random;
use crate::trace::{ACK, Packet, RST, SYN, Trace};
use tcpcheck::finding::Certainty::{Definite, Likely};

/// The second FIN once more, so much after the last ACK; its index.
fn fin_again(trace: &mut Trace, later_ns: i64) -> Option<usize> {
    let (fin, last) = (second_fin(trace)?, last_ack(trace)?);
    let mut again = trace.packets[fin].clone();
    again.time_ns = trace.packets[last].time_ns + later_ns;
    Some(trace.insert(again))
}

/// A repeated FIN draws a RST, so much after the last ACK.
fn refused_fin(trace: &mut Trace, later_ns: i64) -> Option<Planted> {
    let fin = fin_again(trace, later_ns)?;
    let rst = answer(&trace.packets[fin], RST, 200 * MS);
    let at = trace.insert(rst);
    Planted::at(trace, at)
}

/// The peer of the end in TIME-WAIT opens anew with the ISN `isn`, the
/// latter accepts with `iss`; the index of its SYN-ACK.
fn reopen(
    trace: &mut Trace,
    random: &mut Random,
    isn_above: bool,
    iss_above: bool,
) -> Option<usize> {
    let (first, second) = (first_fin(trace)?, second_fin(trace)?);
    let closer = trace.packets[first].source;
    let off = random.within(10_000..1_000_000);
    let place = |number: u32, above: bool| {
        if above {
            number.wrapping_add(off)
        } else {
            number.wrapping_sub(off)
        }
    };
    let isn = place(trace.packets[second].end(), isn_above);
    let iss = place(trace.packets[first].end(), iss_above);
    let by_client = closer != trace.client();
    let syn = new_syn(trace, by_client, isn, S / 2);
    let mut syn_ack = answer(&syn, SYN | ACK, 100 * MS);
    syn_ack.options = trace.packets[0].options.clone();
    syn_ack.seq = iss;
    let third = answer(&syn_ack, ACK, 100 * MS);
    trace.insert(syn);
    let at = trace.insert(syn_ack);
    trace.insert(third);
    Some(at)
}

fn closed_by_server_without_timestamps(plan: &mut Plan, _: &mut Random) {
    plan.close = Close::ByServer;
    plan.timestamps = false;
}

pub const MUTATORS: &[Mutator] = &[
    Mutator::new(
        "TW001",
        "a repeated FIN is reset at once",
        Likely,
        |trace, _| refused_fin(trace, 300 * MS),
    )
    .case("below-1s")
    .prepare(four_way),
    Mutator::new(
        "TW001",
        "a repeated FIN is reset within 2MSL",
        Likely,
        |trace, _| refused_fin(trace, 5 * S),
    )
    .case("below-2msl")
    .prepare(four_way),
    Mutator::new(
        "TW002",
        "repeated FINs stay unanswered",
        Likely,
        |trace, _| {
            fin_again(trace, S)?;
            fin_again(trace, 2 * S)?;
            fin_again(trace, 4 * S)?;
            let first = first_fin(trace)?;
            Planted::by(trace.packets[first].source)
        },
    )
    .prepare(|plan, _| {
        plan.marked = true;
        (plan.monitor, plan.close) = (Monitor::Client, Close::ByClient);
    }),
    Mutator::new(
        "TW003",
        "the closer opens again in its TIME-WAIT",
        Definite,
        |trace, random| {
            let first = first_fin(trace)?;
            let closer = trace.packets[first].source;
            let isn = trace.packets[first]
                .end()
                .wrapping_add(random.within(100_000..1_000_000));
            let mut syn = new_syn(trace, closer == trace.client(), isn, 2 * S);
            syn.remove_option(crate::trace::kind::TIMESTAMPS);
            let mut syn_ack = answer(&syn, SYN | ACK, 100 * MS);
            syn_ack.seq = random.within(0..u32::MAX);
            let third = answer(&syn_ack, ACK, 100 * MS);
            let at = trace.insert(syn);
            trace.insert(syn_ack);
            trace.insert(third);
            Some(Planted {
                packet: Some(at),
                by: None,
            })
        },
    )
    .case("plain")
    .prepare(|plan, random| {
        four_way(plan, random);
        plan.timestamps = false;
    }),
    Mutator::new(
        "TW003",
        "the same, with newer timestamps",
        Definite,
        |trace, random| {
            let first = first_fin(trace)?;
            let closer = trace.packets[first].source;
            let by_client = closer == trace.client();
            let isn = trace.packets[first]
                .end()
                .wrapping_add(random.within(100_000..1_000_000));
            let last = trace.last(|p| p.source == closer)?;
            let (tsval, _) = trace.packets[last].timestamps()?;
            let mut syn = new_syn(trace, by_client, isn, 2 * S);
            syn.set_timestamps(tsval.wrapping_add(2000), 0);
            let mut syn_ack = answer(&syn, SYN | ACK, 100 * MS);
            syn_ack.seq = random.within(0..u32::MAX);
            let third = answer(&syn_ack, ACK, 100 * MS);
            let at = trace.insert_as_is(syn);
            trace.insert(syn_ack);
            trace.insert(third);
            Planted::named(at)
        },
    )
    .case("tsval-newer")
    .prepare(|plan, random| {
        four_way(plan, random);
        plan.timestamps = true;
        plan.ecn = false;
    }),
    Mutator::new(
        "TW001",
        "a repeated FIN is reset after 2MSL",
        Likely,
        |trace, random| refused_fin(trace, i64::from(random.within(65..230)) * S),
    )
    .case("beyond-2msl")
    .prepare(four_way),
    Mutator::new(
        "TW004",
        "TIME-WAIT accepts an older SYN",
        Definite,
        |trace, random| Planted::named(reopen(trace, random, false, true)?),
    )
    .prepare(closed_by_server_without_timestamps),
    Mutator::new(
        "TW005",
        "reopened with an ISS below the old numbers",
        Likely,
        |trace, random| Planted::named(reopen(trace, random, true, false)?),
    )
    .prepare(closed_by_server_without_timestamps),
    Mutator::new(
        "TW006",
        "TIME-WAIT is ended by a reset",
        Definite,
        |trace, _| {
            let (first, last) = (first_fin(trace)?, last_ack(trace)?);
            let closer = trace.packets[first].source;
            let peer = trace.packets[first].destination;
            let old = trace.all(|p| p.is_data() && p.source == peer);
            let mut old = trace.packets[*old.first()?].clone();
            old.time_ns = trace.packets[last].time_ns + S;
            let ack = Packet {
                time_ns: old.time_ns + 100 * MS,
                ..trace.packets[last].clone()
            };
            assert_eq!(ack.source, closer);
            let rst = answer(&ack, RST, 100 * MS);
            trace.insert(old);
            trace.insert(ack);
            Planted::named(trace.insert(rst))
        },
    )
    .case("plain")
    .prepare(four_way),
    Mutator::new(
        "TW006",
        "the same, and a new connection follows",
        Definite,
        |trace, random| {
            let (first, last) = (first_fin(trace)?, last_ack(trace)?);
            let peer = trace.packets[first].destination;
            let mut old = trace.packets[trace.first(|p| p.is_data() && p.source == peer)?].clone();
            old.time_ns = trace.packets[last].time_ns + S;
            let ack = Packet {
                time_ns: old.time_ns + 100 * MS,
                ..trace.packets[last].clone()
            };
            let rst = answer(&ack, RST, 100 * MS);
            trace.insert(old);
            trace.insert(ack);
            let at = trace.insert(rst);
            let off = random.within(100_000..1_000_000_000);
            let isn = trace.packets[second_fin(trace)?].end().wrapping_add(off);
            let by_client = peer == trace.client();
            let syn = new_syn(trace, by_client, isn, S);
            let mut syn_ack = answer(&syn, SYN | ACK, 100 * MS);
            syn_ack.options.clone_from(&trace.packets[0].options);
            syn_ack.seq = trace.packets[first].end().wrapping_add(off);
            let third = answer(&syn_ack, ACK, 100 * MS);
            trace.insert(syn);
            trace.insert(syn_ack);
            trace.insert(third);
            Planted::named(at)
        },
    )
    .case("new-syn-follows")
    .prepare(|plan, random| {
        four_way(plan, random);
        (plan.timestamps, plan.ecn) = (false, false);
    }),
    Mutator::new(
        "TW008",
        "a RST in place of the last ACK",
        Likely,
        |trace, _| {
            let last = last_ack(trace)?;
            let rst = &mut trace.packets[last];
            rst.flags = RST;
            rst.ack = 0;
            rst.window = 0;
            Planted::at(trace, last)
        },
    )
    .prepare(four_way),
    Mutator::new("TW009", "the server closes first", Definite, |_, _| {
        Planted::anywhere()
    })
    .prepare(closed_by_server_without_timestamps),
];
