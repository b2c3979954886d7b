//! MPLS label stacks (RFC 3032), and what may stand behind them: nothing in
//! the stack says so, only its first octets do.

use super::layers::{Below, Layer};
use super::{Network, ethernet};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;

/// Octets of the control word of a pseudowire (RFC 4448, 4.6).
const CONTROL_WORD: usize = 4;

/// Takes all labels off. Each has four octets; the last one is marked.
pub(super) fn labels(mut stack: Octets<'_>) -> Below<'_> {
    loop {
        let ([_, _, third, _], rest) = stack.split::<4>()?;
        if third & 1 == 1 {
            return behind(rest);
        }
        stack = rest;
    }
}

/// The first four bits tell IP from pseudowires with a control word (RFC 4928,
/// 3). A pseudowire of Ethernet without one begins with an address, which may
/// look like anything: of two readings, the one whose lengths agree better
/// with the frame's is taken, and IP where nothing speaks for Ethernet.
fn behind(rest: Octets<'_>) -> Below<'_> {
    let first = rest.captured().first().ok_or(Undecoded::FrameTooShort)?;
    match first >> 4 {
        4 => Ok((ip_or_ethernet(Network::Ipv4, rest), rest)),
        6 => Ok((ip_or_ethernet(Network::Ipv6, rest), rest)),
        0 => {
            let frame = rest.skip(CONTROL_WORD)?;
            if ethernet::misfit(frame).is_some() {
                return Ok((Layer::Ethernet, frame));
            }
            without_control_word(rest)
        }
        // The associated channel, for the network's own management (RFC 5586).
        1 => Err(Undecoded::NotIp),
        _ => without_control_word(rest),
    }
}

fn ip_or_ethernet(network: Network, rest: Octets<'_>) -> Layer {
    match (ethernet::misfit(rest), network.misfit(rest)) {
        (Some(_), None) => Layer::Ethernet,
        (Some(as_ethernet), Some(as_ip)) if as_ethernet < as_ip => Layer::Ethernet,
        _ => Layer::Ip(network),
    }
}

/// Ethernet, or a pseudowire of something else.
fn without_control_word(rest: Octets<'_>) -> Below<'_> {
    match ethernet::misfit(rest) {
        Some(_) => Ok((Layer::Ethernet, rest)),
        None => Err(Undecoded::TunnelUnsupported),
    }
}
