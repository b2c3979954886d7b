//! `LINKTYPE_NFLOG`: packets that Linux' packet filter logs.

use super::layers::{Below, Layer};
use super::{Network, Way};
use crate::decode::octets::Octets;
use crate::decode::undecoded::Undecoded;
use crate::segment::Direction;

/// Kinds of attributes.
const PACKET_HEADER: u16 = 1;
const PAYLOAD: u16 = 9;

/// Address families.
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;

/// Family, version, a number, then attributes of length, kind and value, each
/// padded to a multiple of four octets. Length and kind are in the byte order
/// of the host: little-endian on nearly all, and read as such.
pub(super) fn open<'a>(frame: Octets<'a>, way: &mut Way) -> Below<'a> {
    let ([family, version, ..], mut rest) = frame.split::<4>()?;
    if *version != 0 {
        return Err(Undecoded::NotIp);
    }
    let mut layer = match *family {
        AF_INET => Some(Layer::Ip(Network::Ipv4)),
        AF_INET6 => Some(Layer::Ip(Network::Ipv6)),
        _ => None,
    };
    loop {
        let ([low, high, kind_low, kind_high], value) = rest.split::<4>()?;
        let length = usize::from(u16::from_le_bytes([*low, *high]));
        if length < 4 {
            return Err(Undecoded::NotIp);
        }
        let value = value.limit(length - 4);
        match u16::from_le_bytes([*kind_low, *kind_high]) & 0x7fff {
            PAYLOAD => return Ok((layer.ok_or(Undecoded::NotIp)?, value)),
            PACKET_HEADER => {
                let ([high, low, hook, _], _) = value.split::<4>()?;
                way.direction = direction(*hook).unwrap_or(way.direction);
                let ether_type = Layer::EtherType(u16::from_be_bytes([*high, *low]));
                layer = layer.or(Some(ether_type));
            }
            _ => {}
        }
        rest = rest.skip(length.next_multiple_of(4))?;
    }
}

/// Where the filter saw the packet: before routing, on its way in, passing
/// through, on its way out, after routing.
fn direction(hook: u8) -> Option<Direction> {
    match hook {
        0 | 1 => Some(Direction::Inbound),
        3 | 4 => Some(Direction::Outbound),
        _ => None,
    }
}
