use super::*;
use crate::capture::frame::Frame;
use crate::decode::builder::{V4, V6, frame, ipv4, ipv6, tcp4, tcp6};
use crate::decode::{Decoded, Decoder};
use crate::limits::FRAGMENT_PIECES;
use crate::segment::{Checksum, Segment};

/// Raw IP.
const RAW: u16 = 101;

/// A piece of `payload` in IPv4, with the identification `id`.
fn piece4(id: u16, payload: &[u8], from: usize, to: usize) -> Vec<u8> {
    let mut octets = ipv4(6, &[], &payload[from..to]);
    octets[4..6].copy_from_slice(&id.to_be_bytes());
    let more = u16::from(to < payload.len()) << 13;
    let field = u16::try_from(from / 8).unwrap() | more;
    octets[6..8].copy_from_slice(&field.to_be_bytes());
    octets
}

/// The same in IPv6.
fn piece6(id: u32, payload: &[u8], from: usize, to: usize) -> Vec<u8> {
    let more = u16::from(to < payload.len());
    let mut header = vec![6, 0];
    header.extend((u16::try_from(from).unwrap() | more).to_be_bytes());
    header.extend(id.to_be_bytes());
    header.extend(&payload[from..to]);
    ipv6(44, &header)
}

/// What a decoder that is given `packets` a millisecond apart says of the last one.
struct Fed {
    decoder: Decoder,
    frames: u64,
}

impl Fed {
    fn new() -> Fed {
        Fed {
            decoder: Decoder::default(),
            frames: 0,
        }
    }

    fn at_ms(&mut self, ms: i64, packet: &[u8]) -> Result<Option<Segment<'_>>, Undecoded> {
        self.frames += 1;
        let frame = Frame {
            number: self.frames,
            ..frame(RAW, packet)
        };
        let decoded = self.decoder.decode(&frame, Timestamp(ms * 1_000_000))?;
        Ok(match decoded {
            Decoded::Piece => None,
            decoded => decoded.segment().map(|s| Segment {
                // What it says outlives the frame here.
                payload: Box::leak(s.payload.to_vec().into_boxed_slice()),
                ..s
            }),
        })
    }

    fn take(&mut self, packet: &[u8]) -> Option<Segment<'_>> {
        self.at_ms(i64::try_from(self.frames).unwrap(), packet)
            .unwrap()
    }

    fn waits(&mut self, packet: &[u8]) {
        assert!(self.take(packet).is_none());
    }

    fn counts(&self) -> (u64, u64) {
        let fragments = self.decoder.fragments();
        (fragments.joined(), fragments.unfinished())
    }

    fn overlaps(&self) -> Vec<(u64, u64, bool)> {
        let overlaps = self.decoder.fragments().overlaps().iter();
        overlaps.map(|o| (o.other, o.packet, o.differs)).collect()
    }
}

/// The segment of 60 octets that is cut up in most tests.
fn segment4() -> Vec<u8> {
    tcp4(&[], b"forty octets of data, to be cut up here.")
}

#[test]
fn pieces_in_any_order_make_the_segment() {
    let (v4, v6) = (segment4(), tcp6(&[], &[7; 40]));
    let bounds = [(0, 24), (24, 48), (48, 60)];
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        for is_v4 in [true, false] {
            let mut fed = Fed::new();
            let piece = |index: usize| {
                let (from, to) = bounds[order[index]];
                if is_v4 {
                    piece4(9, &v4, from, to)
                } else {
                    piece6(9, &v6, from, to)
                }
            };
            let (first, second, third) = (piece(0), piece(1), piece(2));
            fed.waits(&first);
            fed.waits(&second);
            assert_eq!(fed.counts(), (0, 2));
            let segment = fed.take(&third).unwrap();
            assert_eq!(segment.checksum, Checksum::Good);
            assert_eq!((segment.packet, segment.payload_len), (3, 40));
            assert_eq!(segment.ip.total_len, if is_v4 { 80 } else { 40 + 8 + 60 });
            assert!(segment.ip.joined);
            assert_eq!(fed.counts(), (2, 0));
            assert_eq!(fed.overlaps(), []);
        }
    }
}

#[test]
fn what_names_a_packet_keeps_it_apart() {
    let whole = segment4();
    let mut fed = Fed::new();
    fed.waits(&piece4(1, &whole, 0, 24));
    fed.waits(&piece4(2, &whole, 24, 60));
    let mut other_source = piece4(1, &whole, 24, 60);
    other_source[12] = 10;
    fed.waits(&other_source);
    let mut other_protocol = piece4(1, &whole, 24, 60);
    other_protocol[9] = 47;
    fed.waits(&other_protocol);
    let tunnelled = ipv4(4, &[], &piece4(1, &whole, 24, 60));
    fed.waits(&tunnelled);
    assert_eq!(fed.counts(), (0, 5));
    assert!(fed.take(&piece4(1, &whole, 24, 60)).is_some());
}

#[test]
fn the_rest_may_come_late_but_not_too_late() {
    let whole = segment4();
    for (ms, comes) in [(29_999, true), (30_000, false)] {
        let mut fed = Fed::new();
        assert_eq!(fed.at_ms(0, &piece4(1, &whole, 0, 24)), Ok(None));
        let segment = fed.at_ms(ms, &piece4(1, &whole, 24, 60)).unwrap();
        assert_eq!(segment.is_some(), comes);
        assert_eq!(fed.counts(), if comes { (1, 0) } else { (0, 2) });
    }
}

#[test]
fn copies_are_no_overlap() {
    let whole = segment4();
    let mut fed = Fed::new();
    for _ in 0..2 {
        fed.waits(&piece4(1, &whole, 0, 24));
    }
    assert!(fed.take(&piece4(1, &whole, 24, 60)).is_some());
    fed.waits(&piece4(1, &whole, 24, 60));
    assert_eq!((fed.overlaps(), fed.counts()), (vec![], (3, 0)));
    // The next packet of that name, soon after.
    fed.waits(&piece4(1, &whole, 0, 32));
    assert!(fed.take(&piece4(1, &whole, 32, 60)).is_some());
    assert_eq!((fed.overlaps(), fed.counts()), (vec![], (4, 0)));
    // And one cut up in the same way.
    let next = tcp4(&[], &[9; 40]);
    fed.waits(&piece4(1, &next, 0, 32));
    assert!(fed.take(&piece4(1, &next, 32, 60)).is_some());
    assert_eq!((fed.overlaps(), fed.counts()), (vec![], (5, 0)));
}

#[test]
fn overlaps_are_told_and_nothing_is_chosen() {
    let whole = segment4();
    let mut altered = whole.clone();
    altered[30] ^= 1;
    // The same octets: it does not matter which are taken.
    let mut fed = Fed::new();
    fed.waits(&piece4(1, &whole, 0, 32));
    let segment = fed.take(&piece4(1, &whole, 24, 60)).unwrap();
    assert_eq!(segment.checksum, Checksum::Good);
    assert_eq!(fed.overlaps(), [(1, 2, false)]);
    // A piece in the middle, around one that is there.
    let mut fed = Fed::new();
    fed.waits(&piece4(1, &whole, 24, 32));
    fed.waits(&piece4(1, &whole, 48, 60));
    assert!(fed.take(&piece4(1, &whole, 0, 48)).is_some());
    assert_eq!(fed.overlaps(), [(1, 3, false)]);
    // Other octets: the packet is lost, whatever follows.
    let mut fed = Fed::new();
    fed.waits(&piece4(1, &whole, 0, 32));
    fed.waits(&piece4(1, &altered, 24, 60));
    fed.waits(&piece4(1, &whole, 24, 60));
    assert_eq!((fed.overlaps(), fed.counts()), (vec![(1, 2, true)], (0, 3)));
    // IPv6 forbids it (RFC 8200, 4.5).
    let whole = tcp6(&[], &[7; 40]);
    let mut fed = Fed::new();
    fed.waits(&piece6(1, &whole, 0, 32));
    fed.waits(&piece6(1, &whole, 24, 60));
    assert_eq!(
        (fed.overlaps(), fed.counts()),
        (vec![(1, 2, false)], (0, 2))
    );
}

#[test]
fn ends_that_contradict_each_other_are_an_overlap() {
    let whole = segment4();
    let says_the_end_is_40 = piece4(1, &whole[..40], 24, 40);
    let behind_it = piece4(1, &whole, 40, 48);
    let another_end = piece4(1, &whole, 40, 60);
    for second in [behind_it, another_end] {
        let mut fed = Fed::new();
        fed.waits(&says_the_end_is_40);
        fed.waits(&second);
        assert_eq!(fed.overlaps(), [(1, 2, true)]);
        let mut fed = Fed::new();
        fed.waits(&second);
        fed.waits(&says_the_end_is_40);
        assert_eq!(fed.overlaps(), [(1, 2, true)]);
    }
}

#[test]
fn identifications_come_round() {
    let whole = segment4();
    let other = tcp4(&[], &[9; 40]);
    let mut fed = Fed::new();
    assert_eq!(fed.at_ms(0, &piece4(1, &whole, 0, 24)), Ok(None));
    assert_eq!(fed.at_ms(2000, &piece4(1, &other, 0, 32)), Ok(None));
    let segment = fed.at_ms(2001, &piece4(1, &other, 32, 60)).unwrap();
    assert_eq!(segment.unwrap().checksum, Checksum::Good);
    assert_eq!((fed.overlaps(), fed.counts()), (vec![], (1, 1)));
}

#[test]
fn cut_pieces_far_apart_are_not_put_together() {
    let whole = segment4();
    for (ms, expected) in [(1000, Some(40)), (1001, None)] {
        let mut decoder = Decoder::default();
        let mut decode = |ms: i64, octets: &[u8]| {
            let cut = Frame {
                original_len: u32::try_from(octets.len()).unwrap(),
                ..frame(RAW, &octets[..40])
            };
            let decoded = decoder.decode(&cut, Timestamp(ms * 1_000_000)).unwrap();
            decoded.segment().map(|s| s.payload_len)
        };
        assert_eq!(decode(0, &piece4(1, &whole, 0, 32)), None);
        assert_eq!(decode(ms, &piece4(1, &whole, 32, 60)), expected);
        assert_eq!(
            decoder.fragments().unfinished(),
            if ms > 1000 { 2 } else { 0 }
        );
    }
}

#[test]
fn pieces_that_no_packet_has_are_refused() {
    let whole = segment4();
    let mut fed = Fed::new();
    // A length that is no multiple of eight, none at all, an end beyond all.
    let mut odd = piece4(1, &whole, 0, 20);
    assert_eq!(fed.at_ms(0, &odd), Err(Undecoded::IpMalformed));
    odd = piece4(1, &whole, 24, 24);
    assert_eq!(fed.at_ms(0, &odd), Err(Undecoded::IpMalformed));
    odd = piece4(1, &whole, 24, 60);
    odd[6..8].copy_from_slice(&[0x1f, 0xff]);
    assert_eq!(fed.at_ms(0, &odd), Err(Undecoded::IpMalformed));
    assert_eq!(fed.counts(), (0, 0));
}

#[test]
fn a_cut_piece_cuts_the_segment() {
    let whole = segment4();
    for (cut, len) in [(0, 24), (1, 16)] {
        let pieces = [piece4(1, &whole, 0, 40), piece4(1, &whole, 40, 60)];
        let mut decoder = Decoder::default();
        let mut decode = |index: usize| {
            let octets = &pieces[index];
            let kept = if index == cut { 20 + len } else { octets.len() };
            let full = u32::try_from(octets.len()).unwrap();
            let cut = Frame {
                original_len: full,
                ..frame(RAW, &octets[..kept.min(octets.len())])
            };
            let decoded = decoder.decode(&cut, Timestamp(0)).unwrap();
            decoded.segment().map(|s| (s.payload.len(), s.payload_len))
        };
        assert_eq!(decode(0), None);
        let expected = [(4, 40), (20 + 16, 40)][cut];
        assert_eq!(decode(1), Some(expected));
    }
}

#[test]
fn a_packet_within_a_packet_in_pieces() {
    // Both the tunnel's packets and the one in it travel in pieces.
    let whole = segment4();
    let inner = [piece4(1, &whole, 0, 32), piece4(1, &whole, 32, 60)];
    let mut fed = Fed::new();
    for (id, inner) in [5, 6].into_iter().zip(&inner) {
        let tunnel = |from, to| {
            let mut piece = piece4(id, inner, from, to);
            piece[9] = 4;
            piece
        };
        fed.waits(&tunnel(0, 16));
        let last = fed.take(&tunnel(16, inner.len()));
        assert_eq!(last.map(|s| s.payload.len()), (id == 6).then_some(40));
    }
    let segment_tunnel = fed.decoder.tunnels().chain(0);
    assert!(segment_tunnel.is_empty());
    assert_eq!(fed.counts(), (3, 0));
}

#[test]
fn limits_hold_whatever_comes() {
    let big = [0; 1480];
    let mut fed = Fed::new();
    let packets = u32::try_from(FRAGMENTED_PACKETS * 3).unwrap();
    for id in 0..packets {
        let mut piece = piece4(u16::try_from(id % 65_536).unwrap(), &big, 0, 1472);
        piece[12..16].copy_from_slice(&id.to_be_bytes());
        // Within a second: it is the limits that count.
        assert_eq!(fed.at_ms(i64::from(id / 1000), &piece), Ok(None));
    }
    let fragments = fed.decoder.fragments();
    assert!(fragments.octets <= FRAGMENT_OCTETS);
    assert!(fragments.order.len() <= FRAGMENTED_PACKETS);
    assert_eq!(fragments.unfinished(), u64::from(packets));
    let waiting = u64::try_from(fragments.waiting.len()).unwrap();
    assert_eq!(fragments.given_up(), u64::from(packets) - waiting);
    assert!(waiting > 1000);
}

#[test]
fn tiny_pieces_are_counted_and_then_given_up() {
    let whole = vec![0; 8 * (FRAGMENT_PIECES + 10)];
    let mut fed = Fed::new();
    // Every other one: none can be joined with its neighbour.
    let pieces = u64::try_from(whole.len() / 16).unwrap();
    for from in (0..whole.len()).step_by(16) {
        let piece = piece4(1, &whole, from, from + 8);
        assert_eq!(fed.at_ms(0, &piece), Ok(None));
    }
    assert_eq!(fed.counts(), (0, pieces));
    for from in (8..whole.len()).step_by(16) {
        let piece = piece4(1, &whole, from, from + 8);
        assert_eq!(fed.at_ms(0, &piece), Ok(None));
    }
    assert_eq!(fed.counts(), (0, 2 * pieces));
    assert!(fed.decoder.fragments().octets < 1000);
    assert_eq!(fed.decoder.fragments().given_up(), 1);
}

#[test]
fn addresses_name_both_ends() {
    let whole = segment4();
    let mut altered = whole.clone();
    altered[30] ^= 1;
    let mut fed = Fed::new();
    for id in 0..3 {
        fed.waits(&piece4(id, &whole, 0, 32));
        fed.waits(&piece4(id, &altered, 24, 60));
    }
    let [overlap] = fed.decoder.fragments().overlaps() else {
        panic!("one for each pair")
    };
    let ends = (overlap.source, overlap.destination);
    assert_eq!(ends, (V4.0.into(), V4.1.into()));
    assert_eq!((overlap.packets, overlap.packet), (3, 2));
    assert!(V6.0 != V6.1);
}
