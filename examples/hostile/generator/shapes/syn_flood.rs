//! SYNs from everywhere, with answers, and real connections among them.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::generator::dialogue::{Dialogue, WHOLE};
use crate::generator::output::RAW;
use crate::generator::packet::{SYN_OPTIONS, Tcp, client, flags, mix, mix32, server};
use crate::generator::{Output, Plan};

/// Real connections under way at once.
const AT_ONCE: u64 = 64;

/// Where the nth SYN claims to come from.
fn source(plan: &Plan, n: u64) -> SocketAddr {
    let (random, port) = (mix(n), 1024 + u16::try_from(mix(!n) % 64_000).unwrap_or(0));
    let ip = if plan.ipv6 {
        let high = 0x2001_0db8_0000_0000 | u128::from(random & 0xffff_ffff);
        IpAddr::V6(Ipv6Addr::from_bits(high << 64 | u128::from(mix(random))))
    } else {
        // 16.0.0.0 to 79.255.255.255: nobody else's here.
        IpAddr::V4(Ipv4Addr::from_bits(
            0x1000_0000 + u32::try_from(random & 0x3fff_ffff).unwrap_or(0),
        ))
    };
    SocketAddr::new(ip, port)
}

fn victim(plan: &Plan, n: u64) -> SocketAddr {
    let of = n % u64::from(plan.victims.max(1));
    server(plan.ipv6, u16::try_from(of).unwrap_or(0))
}

fn syn(plan: &Plan, n: u64) -> Tcp<'static> {
    Tcp::new(source(plan, n), victim(plan, n), flags::SYN)
        .numbers(mix32(n ^ 0xabcd), 0)
        .options(SYN_OPTIONS)
        .id(1)
}

fn syn_ack(plan: &Plan, n: u64, time: u16) -> Tcp<'static> {
    Tcp::new(victim(plan, n), source(plan, n), flags::SYN | flags::ACK)
        .numbers(mix32(n ^ 0xef01), mix32(n ^ 0xabcd).wrapping_add(1))
        .options(SYN_OPTIONS)
        .id(time + 1)
}

/// SYNs, and what the victims make of them. Whatever is said later about a SYN (its answer once
/// more, after 1, 3, 7... seconds) is worked out from its number, so nothing is kept.
pub fn syn_flood(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    output.pcap(RAW, plan.rate)?;
    let is_answered = |n: u64| mix(n ^ 0x7777) % 100 < plan.answered;
    let answers = 1 + u64::from(plan.repetitions);
    let per_syn = 1 + plan.answered.min(100) * answers / 100;
    let per_second = (u64::from(plan.rate) / per_syn).max(1);
    let slots = plan.real + WHOLE * AT_ONCE;
    let mut real = Real::default();
    let mut slot = 0;
    for n in 0..plan.count {
        output.tcp(&syn(plan, n))?;
        if is_answered(n) {
            output.tcp(&syn_ack(plan, n, 0))?;
        }
        for time in 1..=plan.repetitions.min(6) {
            let earlier = per_second * ((1 << time) - 1);
            if let Some(n) = n.checked_sub(earlier).filter(|n| is_answered(*n)) {
                output.tcp(&syn_ack(plan, n, u16::try_from(time).unwrap_or(0)))?;
            }
        }
        while plan.real > 0 && slot < slots && slot * plan.count <= n * slots {
            real.slot(plan, slot, output)?;
            slot += 1;
        }
    }
    (slot..if plan.real > 0 { slots } else { 0 }).try_for_each(|slot| real.slot(plan, slot, output))
}

/// Real connections, up to [`AT_ONCE`] times [`WHOLE`] under way.
#[derive(Default)]
struct Real {
    open: std::collections::VecDeque<Dialogue>,
}

impl Real {
    /// One connection begins, and the ones before go on by a segment every [`AT_ONCE`] slots.
    fn slot(&mut self, plan: &Plan, slot: u64, output: &mut Output<'_>) -> io::Result<()> {
        if slot < plan.real {
            // Ports of the real ones begin where those of the flood may not be.
            self.open.push_back(Dialogue::new(
                client(plan.ipv6, slot),
                victim(plan, slot),
                slot,
            ));
        }
        let first = (slot + 1).saturating_sub(WHOLE * AT_ONCE);
        for step in 0..WHOLE {
            let Some(n) = slot.checked_sub(step * AT_ONCE).filter(|n| *n < plan.real) else {
                continue;
            };
            let at = usize::try_from(n - first.min(n)).unwrap_or(usize::MAX);
            if let Some(dialogue) = self.open.get_mut(at) {
                let segment = dialogue.nth(step);
                output.tcp(&segment)?;
            }
        }
        // The oldest is through.
        if slot + 1 >= WHOLE * AT_ONCE {
            self.open.pop_front();
        }
        Ok(())
    }
}
