//! Times that make little sense.

use std::io;

use crate::generator::dialogue::{Dialogue, WHOLE};
use crate::generator::output::{NS_PER_S, RAW};
use crate::generator::packet::{client, flags, mix, server};
use crate::generator::{Output, Plan};

/// One connection's data; time runs backwards.
pub fn backwards(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    output.pcap(RAW, plan.rate)?;
    output.step = -output.step;
    let mut dialogue = Dialogue::new(client(plan.ipv6, 0), server(plan.ipv6, 0), 0);
    dialogue.open(output)?;
    (0..plan.count)
        .try_for_each(|n| output.tcp(&dialogue.segment(n % 2 == 0, flags::ACK, b"earlier")))
}

/// Whole connections.
pub fn jumps(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    output.pcap(RAW, plan.rate)?;
    output.step = 0;
    (0..plan.count.div_ceil(WHOLE)).try_for_each(|n| {
        let mut dialogue = Dialogue::new(client(plan.ipv6, n), server(plan.ipv6, 0), n);
        (0..WHOLE).try_for_each(|step| {
            let seconds = i64::try_from(mix(WHOLE * n + step) & 0xffff_ffff).unwrap_or(0);
            output.now = seconds * NS_PER_S;
            output.tcp(&dialogue.nth(step))
        })
    })
}

/// Nothing is captured between them.
pub fn pauses(plan: &Plan, output: &mut Output<'_>) -> io::Result<()> {
    output.pcap(RAW, plan.rate)?;
    (0..plan.count).try_for_each(|n| {
        Dialogue::new(client(plan.ipv6, n), server(plan.ipv6, 0), n).open(output)?;
        output.now += 61 * NS_PER_S;
        Ok(())
    })
}
