use super::*;
use crate::machine::connection::Connection;
use crate::machine::script::segments;
use crate::machine::surroundings::{CaptureFacts, Vantage};
use crate::rules::case::Kinds;
use crate::segment::Segment;
use crate::settings::Settings;

const OPENING: &str = "A SYN 100 ts=10/0\nB SYN,ACK 300 101 ts=20/10\nA ACK 101 301 ts=11/20\n\
                       A ACK 101 301 len=10 ts=12/20\nA ACK 111 301 len=10 ts=13/20\n";

/// The marks of the last segment of `OPENING` and `last`, once `change` was made to it.
fn marks_of(last: &str, change: impl Fn(&mut Segment<'static>)) -> Marks {
    marks_in(&format!("{OPENING}{last}"), change)
}

fn marks_in(text: &str, change: impl Fn(&mut Segment<'static>)) -> Marks {
    let mut segments = segments(text);
    change(segments.last_mut().unwrap());
    let last = segments.last().unwrap().packet;
    marks_at(&segments, last)
}

/// The marks of the segment with this packet number.
fn marks_at(segments: &[Segment<'static>], packet: u64) -> Marks {
    let mut connection = Connection::beginning_with(&segments[0]);
    segments.iter().for_each(|segment| connection.step(segment));
    let (facts, settings) = (CaptureFacts::default(), Settings::default());
    let case = Case {
        connection: &connection,
        kinds: Kinds::of(connection.noted()),
        previous: None,
        followed_by: None,
        until: connection.last.1,
        vantage: Vantage::UNKNOWN,
        refuted: None,
        capture: &facts,
        settings: &settings,
    };
    marks(&case, case.packet(packet).unwrap())
}

const FIN: &str = "A FIN,ACK 121 301 ts=14/20";

#[test]
fn what_is_like_the_others_bears_no_mark() {
    assert_eq!(marks_of(FIN, |_| {}), Marks::empty());
    assert_eq!(marks_of("A RST 121", |_| {}), Marks::empty());
}

#[test]
fn hop_counts() {
    let with = |ttl| marks_of(FIN, |segment| segment.ip.ttl = ttl);
    assert_eq!(with(49), Marks::HOPS);
    assert_eq!(with(66), Marks::HOPS);
    assert_eq!(with(63), Marks::NEAR_HOPS);
    assert!(with(63).fingerprints().is_empty(), "a hint alone");
}

#[test]
fn fragments_and_service() {
    let whole = |segment: &mut Segment<'static>| segment.ip.dont_fragment = Some(false);
    assert_eq!(marks_of(FIN, whole), Marks::FRAGMENT);
    assert_eq!(marks_of("A RST 121", whole), Marks::FRAGMENT);
    let served = |segment: &mut Segment<'static>| segment.ip.dscp = 46;
    assert_eq!(marks_of(FIN, served), Marks::DSCP);
    assert_eq!(
        marks_of("A RST 121", served),
        Marks::empty(),
        "not of a RST"
    );
}

#[test]
fn a_rst_may_go_without_a_timestamp_unless_others_have_it() {
    assert_eq!(marks_of("A FIN,ACK 121 301", |_| {}), Marks::STAMP);
    assert_eq!(
        marks_of("A RST 121 ts=14/20\nA RST 121", |_| {}),
        Marks::STAMP
    );
    let bare = "A SYN 100\nB SYN,ACK 300 101\nA ACK 101 301\nA FIN,ACK 101 301 ts=1/2";
    assert_eq!(marks_in(bare, |_| {}), Marks::STAMP, "one where none is");
    let refused = "A SYN 100 ts=10/0\nB SYN,ACK 300 101\nA ACK 101 301\nA FIN,ACK 101 301";
    assert_eq!(
        marks_in(refused, |_| {}),
        Marks::empty(),
        "offered, not agreed"
    );
}

#[test]
fn timestamps_of_another_clock_and_old_ones() {
    let with = |tsval: u32| marks_of(FIN, move |segment| segment.options.tsval = tsval);
    assert_eq!(with(3_000_000), Marks::CLOCK);
    assert_eq!(with(12), Marks::STALE, "overtaken, perhaps");
    let first = "A SYN 100\nB RST,ACK 0 101 ts=100/0\nB SYN,ACK 300 101 ts=90000000/0";
    assert_eq!(
        marks_at(&segments(first), 2),
        Marks::CLOCK,
        "seen behind it"
    );
}

#[test]
fn signatures() {
    let mut segments = segments(&format!("{OPENING}{FIN}\nA RST 122 ts=14/20"));
    segments[0].options.present |= OptionSet::MD5;
    assert_eq!(marks_at(&segments, 6), Marks::SIGNATURE);
    assert_eq!(marks_at(&segments, 7), Marks::empty(), "a RST may lack it");
}

#[test]
fn a_copy_of_a_marked_segment_is_marked() {
    let late = "A ACK 131 301 len=10 ts=14/20\nA ACK 141 301 len=10 ts=15/20\n";
    let stranger = "A ACK 141 901 ts=15/20\n";
    let mut segments = segments(&format!("{OPENING}{late}{stranger}{stranger}"));
    for (segment, id) in segments
        .iter_mut()
        .zip([1, 1, 2, 3, 4, 5, 6, 0x4242, 0x4242])
    {
        segment.ip.id = Some(id);
    }
    // Too late for a copy that the capture made.
    segments[8].time = segments[7].time.plus(20_000_000);
    assert_eq!(marks_at(&segments, 8), Marks::ID);
    assert_eq!(marks_at(&segments, 9), Marks::ID);
    segments[8].ip.id = Some(0x4243);
    assert_eq!(marks_at(&segments, 9), Marks::empty(), "another packet");
}

#[test]
fn what_the_capturing_host_sent_bears_no_mark() {
    let own = |segment: &mut Segment<'static>| {
        segment.ip.ttl = 49;
        segment.direction = crate::segment::Direction::Outbound;
    };
    assert_eq!(marks_of(FIN, own), Marks::empty());
}
