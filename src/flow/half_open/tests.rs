//! What is kept comes out as it went in, in few octets, and nothing else is kept.

use super::*;
use crate::flow::opening::Opening;
use crate::machine::script::segments;
use crate::segment::{FastOpen, OptionSet};

/// All segments of `text` in one entry; `None` where one of them was refused.
fn kept(text: &str) -> Option<Opening> {
    kept_all(&segments(text))
}

fn kept_all(all: &[Segment<'static>]) -> Option<Opening> {
    let mut store = HalfOpen::default();
    let (first, rest) = all.split_first().unwrap();
    let at = store.begin(first, Tag::default())?;
    assert_eq!(store.key(at), Some(FlowKey::of(first)));
    if !rest.iter().all(|segment| store.keep(at, segment)) {
        return None;
    }
    assert_eq!((store.len(), store.segments()), (1, all.len()));
    let opening = store.get(at).unwrap().kept().opening();
    let removed = store.remove(at).unwrap().opening();
    assert_eq!(
        (removed.syn, &removed.further),
        (opening.syn, &opening.further)
    );
    assert_eq!((store.len(), store.segments(), store.far.len()), (0, 0, 0));
    Some(opening)
}

fn comes_out(all: &[Segment<'static>]) {
    let opening = kept_all(all).unwrap();
    let out: Vec<_> = [opening.syn].into_iter().chain(opening.further).collect();
    assert_eq!(out, all);
}

const OPENING: &str = "A SYN 100 ts=7/0 ttl=60 ws=7 mss=1460 sackok win=64240
    +1s A SYN 100 ts=8/0 ttl=60 ws=7 mss=1460 sackok win=64240
    B SYN,ACK 300 101 ts=70/8 ws=8 win=65535 ttl=51 out
    +1s B SYN,ACK 300 101 ts=71/8 ws=8 win=65535 ttl=51 bad
    B SYN,ACK,ECE 300 101
    A SYN,ECE,CWR 100";

#[test]
fn an_opening_comes_out_as_it_went_in() {
    comes_out(&segments("A SYN 100"));
    comes_out(&segments("A SYN 100 ao"));
    comes_out(&segments(OPENING));
    // What has no room beside the SYN.
    let mut changed = segments(OPENING);
    changed[0].options.tsecr = 5;
    comes_out(&changed);
    changed.iter_mut().for_each(|segment| segment.tunnel = 9);
    comes_out(&changed);
    for segment in &mut changed {
        let v6 = |socket: Socket| match socket.ip {
            IpAddr::V4(ip) => Socket {
                ip: ip.to_ipv6_mapped().into(),
                ..socket
            },
            IpAddr::V6(_) => socket,
        };
        segment.source = v6(segment.source);
        segment.destination = v6(segment.destination);
        segment.ip.id = None;
        segment.ip.dont_fragment = None;
    }
    comes_out(&changed);
}

#[test]
fn the_extremes_of_every_field_come_out_too() {
    let mut syn = segments("A SYN 100 loopback partial in")[0];
    syn.flags |= Flags::ECE | Flags::CWR | Flags::AE;
    (syn.packet, syn.time.0, syn.seq.0) = (u64::MAX, i64::MIN, u32::MAX);
    (syn.window, syn.data_offset) = (u16::MAX, 15);
    (syn.options.mss, syn.options.window_scale) = (u16::MAX, u8::MAX);
    (syn.options.tsval, syn.options.tsecr) = (u32::MAX, u32::MAX);
    (syn.ip.ttl, syn.ip.dscp, syn.ip.ecn) = (u8::MAX, 63, 3);
    (syn.ip.id, syn.ip.dont_fragment) = (Some(u16::MAX), Some(false));
    syn.ip.total_len = 65535;
    comes_out(&[syn]);
}

#[test]
fn what_is_out_of_the_ordinary_is_not_kept() {
    for text in [
        "A SYN 100 len=5",
        "A SYN,FIN 100",
        "A SYN,RST 100",
        "A SYN,PSH 100",
        "A SYN,ACK 100 7",
        "A SYN 100 5",
        "A ACK 100 300",
        "A SYN 100 broken",
        "A SYN 100 cut",
        "A SYN 100 length0",
        "A SYN 100\n A SYN 101",
        "A SYN 100\n A ACK 101 301",
        "A SYN 100\n A RST 101",
        "A SYN 100\n A SYN,ACK 100 301",
        "A SYN 100\n B SYN 300",
        "A SYN 100\n B SYN,ACK 300 100",
        "A SYN 100\n B SYN,ACK 300 101 len=1",
        "A SYN 100\n B RST,ACK 0 101",
        "A SYN 100\n B SYN,ACK 300 101\n B SYN,ACK 301 101",
        "A SYN 100\n B SYN,ACK 300 101\n A ACK 101 301",
    ] {
        assert!(kept(text).is_none(), "{text}");
    }
    let change = |change: fn(&mut Segment<'static>)| {
        let mut syn = segments("A SYN 100")[0];
        change(&mut syn);
        kept_all(&[syn]).is_none()
    };
    assert!(change(|syn| syn.destination = syn.source));
    assert!(change(|syn| syn.urgent_pointer = 1));
    assert!(change(|syn| syn.data_offset_invalid = true));
    assert!(change(|syn| syn.ip.total_len = 65536));
    assert!(change(|syn| syn.ip.dont_fragment = None));
    assert!(change(|syn| syn.flags |= Flags::RESERVED));
    assert!(change(|syn| syn.options.unknown_count = 1));
    assert!(change(|syn| {
        syn.options.present |= OptionSet::FAST_OPEN;
        syn.options.fast_open = Some(FastOpen {
            cookie_len: 8,
            experimental: false,
        });
    }));
}

#[test]
fn so_many_segments_of_one_opening_and_no_more() {
    let text = "A SYN 100\n".repeat(SEGMENTS);
    assert_eq!(kept(&text).unwrap().further.len(), SEGMENTS - 1);
    assert!(kept(&format!("{text}B SYN,ACK 300 101")).is_none());
}

#[test]
fn openings_stand_in_the_order_of_their_latest_segments() {
    let text = "A SYN 1 port=1\n A SYN 1 port=2\n A SYN 1 port=3\n A SYN 1 port=4";
    let mut store = HalfOpen::default();
    let at: Vec<_> = (segments(text).iter())
        .map(|syn| store.begin(syn, Tag::default()).unwrap())
        .collect();
    let ports = |store: &HalfOpen| -> Vec<_> {
        let ports = store
            .from(0)
            .map(|(_, waiting)| waiting.kept().opening().syn.source.port);
        ports.collect()
    };
    assert_eq!(ports(&store), [1, 2, 3, 4]);
    let answer = |port| segments(&format!("B SYN,ACK 300 2 port={port}"))[0];
    assert!(store.keep(at[1], &answer(2)));
    assert_eq!(ports(&store), [1, 3, 4, 2]);
    assert!(store.keep(at[0], &answer(1)));
    assert_eq!(ports(&store), [3, 4, 2, 1]);
    assert!(store.keep(at[0], &answer(1)));
    store.remove(at[1]);
    assert_eq!(ports(&store), [3, 4, 1]);
    store.remove(at[2]);
    store.remove(at[0]);
    assert_eq!((ports(&store), store.oldest()), (vec![4], Some(at[3])));
    store.remove(at[3]);
    assert_eq!((ports(&store), store.oldest()), (vec![], None));
}

#[test]
fn what_has_no_room_beside_the_syn_is_not_told_in_few_words() {
    let bare = |change: fn(&mut Segment<'static>)| {
        let mut syn = segments("A SYN 100 ts=7/0")[0];
        change(&mut syn);
        let mut store = HalfOpen::default();
        let at = store.begin(&syn, Tag::default()).unwrap();
        store.get(at).unwrap().bare()
    };
    assert!(bare(|_| ()).is_some());
    assert!(bare(|syn| syn.tunnel = 9).is_none());
    assert!(bare(|syn| syn.options.tsecr = 9).is_none());
}

#[test]
fn turns_that_were_lost_take_no_room_for_long() {
    let mut store = HalfOpen::default();
    let syn = |port| segments(&format!("A SYN 100 port={port}"))[0];
    // The first waits all the time, and others come and go behind it.
    store.begin(&syn(1), Tag::default()).unwrap();
    for port in 2..2000 {
        let at = store.begin(&syn(port), Tag::default()).unwrap();
        assert!(store.keep(at, &syn(port)));
        store.discard(at);
        assert!(store.row.len() <= 2 * store.len() + LOST_TURNS + 2);
    }
    assert_eq!(store.from(0).count(), 1);
    assert_eq!(store.oldest(), Some(0));
}

#[test]
fn who_goes_on_among_the_openings_misses_none() {
    let mut store = HalfOpen::default();
    let syn = |port| segments(&format!("A SYN 100 port={port}"))[0];
    for port in 1..=9 {
        store.begin(&syn(port), Tag::default()).unwrap();
    }
    for port in [3, 6, 9] {
        assert!(store.keep(port - 1, &syn(port)));
    }
    let port = |waiting: Waiting<'_>| waiting.bare().map_or(0, |bare| bare.ports[0]);
    let whole: Vec<_> = store.from(0).map(|(_, waiting)| waiting.kept()).collect();
    let ports = |kept: &Kept| kept.opening().syn.source.port;
    let whole: Vec<_> = whole.iter().map(ports).collect();
    assert_eq!(whole, [1, 2, 4, 5, 7, 8, 3, 6, 9]);
    let (mut begin, mut parts) = (0, Vec::new());
    while let Some((behind, waiting)) = store.from(begin).next() {
        parts.push(port(waiting));
        begin = behind;
    }
    // A repeated SYN is not told in few words.
    assert_eq!(parts, [1, 2, 4, 5, 7, 8, 0, 0, 0]);
}

/// `limits::HALF_OPEN_SEGMENTS` of them are in memory at a time.
#[test]
fn entries_are_small() {
    assert_eq!(size_of::<Option<Head>>(), 64);
    assert_eq!(size_of::<Option<Further>>(), 48);
    assert_eq!(size_of::<Option<Far>>(), 48);
}
