//! Wireless LAN (IEEE 802.11), and the headers that drivers put before it.

mod frame;
mod ppi;
mod prism;
mod radiotap;

pub(super) use frame::open as open_frame;
pub(super) use ppi::open as open_ppi;
pub(super) use prism::{open as open_prism, open_avs};
pub(super) use radiotap::open as open_radiotap;

use super::Network;
use super::layers::{Below, descend};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;
use crate::tunnel::Chain;

/// What a driver says of a frame beside its octets.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Facts {
    /// Four octets of check sequence stand at its end.
    check_sequence: bool,
    /// The check sequence is wrong: no station took the frame.
    damaged: bool,
    /// The header is padded to a multiple of four octets.
    padded: bool,
}

/// Finds the IP packet in a frame of 802.11, for those who carry one.
pub(in crate::decode) fn open<'a>(
    frame: Octets<'a>,
    chain: &mut Chain,
) -> Result<(Network, Octets<'a>), Undecoded> {
    let (layer, octets) = frame::open(frame)?;
    descend(layer, octets, chain)
}

/// Opens a frame of which its driver says this. `had_fcs` where its check
/// sequence has been taken off.
fn with_facts(octets: Octets<'_>, facts: Facts, had_fcs: bool) -> Below<'_> {
    if facts.damaged {
        return Err(Undecoded::FrameDamaged);
    }
    let octets = if facts.check_sequence && !had_fcs {
        octets.without_last(4)
    } else {
        octets
    };
    frame::body(octets, facts.padded)
}
