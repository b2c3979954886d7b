//! The option walker: any octets as the options of a header, cut anywhere.

use tcpcheck::capture::{Frame, LinkType};
use tcpcheck::decode::{Decoded, Decoder};
use tcpcheck::segment::{
    Captured, Direction, FastOpen, OptionFaults, OptionSet, Options, Timestamp,
};
use tcpcheck::seq::SeqNo;

/// The most that fits between the fixed header and the end of the largest.
const AREA: usize = 40;
/// Fixed headers of IPv4 and TCP.
const HEADERS: usize = 40;

/// The first octet says how much the snap length cut off, the others are options.
pub fn run(data: &[u8]) {
    let Some((cut, area)) = data.split_first() else {
        return;
    };
    let area = &area[..area.len().min(AREA)];
    let mut padded = area.to_vec();
    padded.resize(area.len().next_multiple_of(4), 0);
    let packet = packet(&padded);
    let kept = packet.len() - usize::from(*cut) % (padded.len() + 1);

    let (whole, captured) = walked(&packet, &packet);
    assert_eq!(captured, Captured::Whole);
    assert_eq!(whole, reference(&padded, padded.len()));
    let (cut, _) = walked(&packet[..kept], &packet);
    assert_eq!(cut, reference(&padded[..kept - HEADERS], padded.len()));
    // What the capture cut off is no fault, and adds nothing.
    assert!(whole.faults.contains(cut.faults));
    assert!(whole.present.contains(cut.present));
    assert!(whole.sack_blocks().starts_with(cut.sack_blocks()));
}

/// An IPv4 packet with these options, and nothing behind.
fn packet(options: &[u8]) -> Vec<u8> {
    let len = u8::try_from(HEADERS + options.len()).unwrap();
    let offset = u8::try_from(5 + options.len() / 4).unwrap();
    let mut packet = vec![0x45, 0, 0, len, 0, 1, 0, 0, 64, 6, 0, 0];
    packet.extend([10, 0, 0, 1, 10, 0, 0, 2]);
    packet.extend([0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 2]);
    packet.extend([offset << 4, 0x10, 0xff, 0xff, 0, 0, 0, 0]);
    packet.extend(options);
    packet
}

fn walked(captured: &[u8], packet: &[u8]) -> (Options, Captured) {
    let frame = Frame {
        number: 1,
        time: None,
        interface: 0,
        link_type: LinkType(101),
        fcs_len: 0,
        data: captured,
        original_len: u32::try_from(packet.len()).unwrap(),
        direction: Direction::Unknown,
    };
    match Decoder::default().decode(&frame, Timestamp(0)) {
        Ok(Decoded::Segment(segment)) => (segment.options, segment.captured),
        other => panic!("{other:?}"),
    }
}

/// The walk written once more, by index, as naively as can be.
fn reference(area: &[u8], full_len: usize) -> Options {
    let mut options = Options::default();
    let mut at = 0;
    while at < area.len() {
        let kind = area[at];
        if kind == 0 {
            if area[at..].iter().any(|octet| *octet != 0) {
                options.faults |= OptionFaults::DATA_AFTER_END;
            }
            break;
        }
        if kind == 1 {
            at += 1;
            continue;
        }
        if at + 1 >= full_len {
            options.faults |= OptionFaults::LENGTH_OVERRUN;
            options.broken = (kind, 0);
            break;
        }
        if at + 1 >= area.len() {
            break;
        }
        let length = area[at + 1];
        if length < 2 {
            options.faults |= OptionFaults::LENGTH_TOO_SMALL;
            options.broken = (kind, length);
            break;
        }
        let end = at + usize::from(length);
        if end > full_len {
            options.faults |= OptionFaults::LENGTH_OVERRUN;
            options.broken = (kind, length);
            break;
        }
        if end > area.len() {
            break;
        }
        note(&mut options, kind, length, &area[at + 2..end]);
        at = end;
    }
    options
}

fn note(options: &mut Options, kind: u8, length: u8, data: &[u8]) {
    let u32_at =
        |at: usize| u32::from_be_bytes([data[at], data[at + 1], data[at + 2], data[at + 3]]);
    let u16_at = |at: usize| u16::from_be_bytes([data[at], data[at + 1]]);
    let experiment = matches!(kind, 253 | 254) && data.starts_with(&[0xf9, 0x89]);
    let (set, well_formed) = match kind {
        2 => (OptionSet::MSS, length == 4),
        3 => (OptionSet::WINDOW_SCALE, length == 3),
        4 => (OptionSet::SACK_PERMITTED, length == 2),
        5 => (
            OptionSet::SACK,
            length > 2 && (length - 2).is_multiple_of(8),
        ),
        8 => (OptionSet::TIMESTAMPS, length == 10),
        19 => (OptionSet::MD5, length == 18),
        28 => (OptionSet::USER_TIMEOUT, length == 4),
        29 => (OptionSet::AO, length >= 4),
        30 => (OptionSet::MPTCP, mptcp(data)),
        34 => (OptionSet::FAST_OPEN, cookie(data.len())),
        253 | 254 if experiment => (OptionSet::FAST_OPEN, cookie(data.len() - 2)),
        172 | 174 => (OptionSet::ACC_ECN, true),
        _ => {
            if let Some(room) = options.unknown.get_mut(usize::from(options.unknown_count)) {
                *room = (kind, length);
            }
            options.unknown_count += 1;
            options.present |= OptionSet::UNKNOWN;
            return;
        }
    };
    if !well_formed {
        if !options.faults.contains(OptionFaults::WRONG_LENGTH) {
            options.misfit = (kind, length);
        }
        options.faults |= OptionFaults::WRONG_LENGTH;
        return;
    }
    let signed = OptionSet::MD5 | OptionSet::AO;
    let doubled = match set {
        OptionSet::MD5 => options.present.contains(OptionSet::AO),
        OptionSet::AO => options.present.intersects(signed),
        _ => false,
    };
    options.faults.set(
        OptionFaults::AUTH_DOUBLED,
        doubled || options.faults.contains(OptionFaults::AUTH_DOUBLED),
    );
    let again = options.present.contains(set);
    if again && !matches!(set, OptionSet::MPTCP | OptionSet::ACC_ECN) {
        options.faults |= OptionFaults::REPEATED;
    }
    options.present |= set;
    if set == OptionSet::SACK {
        for at in (0..data.len()).step_by(8) {
            if usize::from(options.sack_blocks) < options.sack.len() {
                options.sack[usize::from(options.sack_blocks)] =
                    (SeqNo(u32_at(at)), SeqNo(u32_at(at + 4)));
                options.sack_blocks += 1;
            }
        }
    }
    if again {
        return;
    }
    match kind {
        2 => options.mss = u16_at(0),
        3 => options.window_scale = data[0],
        8 => (options.tsval, options.tsecr) = (u32_at(0), u32_at(4)),
        28 => options.user_timeout = u16_at(0),
        30 => options.mptcp_subtype = data[0] >> 4,
        34 | 253 | 254 => {
            let cookie = data.len() - if experiment { 2 } else { 0 };
            options.fast_open = Some(FastOpen {
                cookie_len: u8::try_from(cookie).unwrap(),
                experimental: experiment,
            });
        }
        _ => {}
    }
}

/// RFC 7413, 4.1.1.
fn cookie(len: usize) -> bool {
    len == 0 || (len.is_multiple_of(2) && (4..=16).contains(&len))
}

/// RFC 8684, 3, by what lies behind kind and length.
fn mptcp(data: &[u8]) -> bool {
    let len = data.len();
    match data.first().map(|first| first >> 4) {
        None => false,
        Some(0) => [2, 10, 18, 20, 22].contains(&len),
        Some(1) => [10, 14, 22].contains(&len),
        Some(2) => {
            let Some(flags) = data.get(1) else {
                return false;
            };
            let ack = [0, 4, 0, 8][usize::from(flags & 3)];
            let map = [0, 10, 0, 14][usize::from(flags >> 2 & 3)];
            let bare = 2 + ack + map;
            len == bare || (map > 0 && len == bare + 2)
        }
        Some(3) => [6, 8, 14, 16, 18, 20, 26, 28].contains(&len),
        Some(4) => len >= 2,
        Some(5) => len == 1 || len == 2,
        Some(6 | 7) => len == 10,
        Some(8) => len == 2,
        Some(_) => true,
    }
}
