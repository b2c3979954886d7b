use super::*;

const AT: Timestamp = Timestamp(0);
/// Near the wrap, so that every test crosses it.
const X: SeqNo = SeqNo(u32::MAX - 15);

fn stream() -> Stream {
    Stream::starting_at(X)
}

#[test]
fn islands_join_when_the_hole_is_filled() {
    let mut s = stream();
    assert_eq!(s.add(X, X + 10), Added::InOrder);
    assert_eq!(s.add(X + 20, X + 30), Added::OutOfOrder);
    assert_eq!(s.add(X + 40, X + 50), Added::OutOfOrder);
    assert_eq!(s.add(X + 42, X + 48), Added::Nothing);
    assert_eq!(s.add(X + 30, X + 40), Added::OutOfOrder);
    assert_eq!(s.next(), X + 10);
    assert_eq!(s.add(X + 10, X + 20), Added::InOrder);
    assert_eq!(s.next(), X + 50);
    assert_eq!(s.add(X + 3, X + 5), Added::Nothing);
    assert_eq!(s.missing_octets(), 0);
}

#[test]
fn what_is_acknowledged_but_not_captured_is_missing() {
    let mut s = stream();
    s.add(X + 20, X + 30);
    s.acknowledged(X + 30, 7, AT);
    assert_eq!(
        s.missing(),
        [Missing {
            start: X,
            end: X + 20,
            packet: 7,
            time: AT,
            place: FIRST_PLACE
        }]
    );
    assert_eq!((s.next(), s.missing_octets()), (X + 30, 20));
    // It turns up after all: the capture had it out of order.
    assert_eq!(s.add(X, X + 20), Added::OutOfOrder);
    assert_eq!((s.missing().len(), s.missing_octets()), (0, 0));
}

#[test]
fn a_sack_shows_missing_octets_in_a_hole_and_beyond_the_end() {
    let mut s = stream();
    s.add(X, X + 10);
    s.add(X + 20, X + 30);
    s.selectively_acknowledged(X + 15, X + 35, 9, AT);
    let ranges: Vec<_> = s.missing().iter().map(|m| (m.start, m.end)).collect();
    assert_eq!(ranges, [(X + 15, X + 20), (X + 30, X + 35)]);
    s.selectively_acknowledged(X + 15, X + 35, 10, AT);
    assert_eq!(s.missing_octets(), 10);
}

fn ranges(s: &Stream) -> Vec<(u32, u32)> {
    let offsets = |m: &Missing| (m.start.offset_from(X), m.end.offset_from(X));
    s.missing().iter().map(offsets).collect()
}

#[test]
fn a_missing_range_may_be_filled_at_its_ends_and_in_its_middle() {
    let mut s = stream();
    s.acknowledged(X + 100, 7, AT);
    assert_eq!(s.add(X + 40, X + 60), Added::OutOfOrder);
    assert_eq!(ranges(&s), [(0, 40), (60, 100)]);
    assert_eq!(s.add(X, X + 10), Added::OutOfOrder);
    assert_eq!(s.add(X + 90, X + 100), Added::OutOfOrder);
    assert_eq!(ranges(&s), [(10, 40), (60, 90)]);
    assert_eq!(s.missing_octets(), 60);
    assert_eq!(s.add(X + 40, X + 60), Added::Nothing, "filled before");
    assert_eq!(s.add(X + 30, X + 70), Added::OutOfOrder, "both at once");
    assert_eq!(
        (ranges(&s), s.missing_octets()),
        (vec![(10, 30), (70, 90)], 40)
    );
    assert_eq!(s.add(X, X + 100), Added::OutOfOrder);
    assert_eq!((s.missing().len(), s.missing_octets()), (0, 0));
}

#[test]
fn a_segment_across_the_acknowledged_edge_fills_what_lies_below_it() {
    let mut s = stream();
    s.acknowledged(X + 20, 7, AT);
    assert_eq!(s.add(X + 10, X + 30), Added::InOrder);
    assert_eq!((s.next(), ranges(&s)), (X + 30, vec![(0, 10)]));
    assert_eq!(s.missing_octets(), 10);
}

#[test]
fn an_island_fills_what_a_sack_had_shown_as_missing() {
    let mut s = stream();
    s.selectively_acknowledged(X + 10, X + 30, 9, AT);
    assert_eq!(s.add(X + 10, X + 30), Added::OutOfOrder);
    assert_eq!((s.missing().len(), s.missing_octets()), (0, 0));
}

#[test]
fn octets_are_missed_once_whoever_acknowledges_them() {
    let mut s = stream();
    s.selectively_acknowledged(X + 20, X + 30, 8, AT);
    s.selectively_acknowledged(X + 15, X + 35, 9, AT);
    s.acknowledged(X + 40, 10, AT);
    assert_eq!(s.missing_octets(), 40);
    assert_eq!(
        ranges(&s),
        [(20, 30), (15, 20), (30, 35), (0, 15), (35, 40)]
    );
    let first = s.missing().first().map(|m| m.packet);
    assert_eq!(first, Some(8), "the packet that showed it first");
}

#[test]
fn a_sack_repeated_behind_the_limit_counts_nothing_twice() {
    let mut s = stream();
    let n = u32::try_from(limits::MISSING_RANGES).unwrap() + 4;
    for packet in 1..=2u32 {
        for i in 0..n {
            s.selectively_acknowledged(X + i * 20, X + i * 20 + 10, u64::from(packet), AT);
        }
    }
    assert_eq!(s.missing().len(), limits::MISSING_RANGES);
    assert_eq!(s.missing_octets(), 16 * 10);
    s.acknowledged(X + n * 20, 3, AT);
    assert_eq!(s.missing_octets(), u64::from(n) * 20);
}

#[test]
fn a_sack_below_the_contiguous_part_or_on_islands_shows_nothing() {
    let mut s = stream();
    s.add(X, X + 10);
    s.add(X + 20, X + 30);
    s.add(X + 40, X + 50);
    s.selectively_acknowledged(X, X + 10, 9, AT);
    s.selectively_acknowledged(X + 20, X + 30, 9, AT);
    s.selectively_acknowledged(X + 42, X + 50, 9, AT);
    assert_eq!(s.missing_octets(), 0);
    s.selectively_acknowledged(X + 20, X + 50, 9, AT);
    assert_eq!(ranges(&s), [(30, 40)]);
}

#[test]
fn an_ack_across_islands_misses_only_the_holes() {
    let mut s = stream();
    s.add(X + 10, X + 20);
    s.add(X + 30, X + 40);
    s.acknowledged(X + 35, 9, AT);
    assert_eq!(ranges(&s), [(0, 10), (20, 30)]);
    assert_eq!(s.next(), X + 40, "the second island was reached");
    s.acknowledged(X + 20, 10, AT);
    assert_eq!(s.missing_octets(), 20, "an old ACK shows nothing new");
}

#[test]
fn islands_merge_where_they_touch_or_overlap() {
    let mut s = stream();
    s.add(X + 20, X + 30);
    s.add(X + 40, X + 50);
    s.add(X + 60, X + 70);
    assert_eq!(s.add(X + 25, X + 45), Added::OutOfOrder, "overlaps two");
    assert_eq!(s.add(X + 20, X + 50), Added::Nothing, "they are one now");
    assert_eq!(s.add(X + 50, X + 60), Added::OutOfOrder, "touches both");
    assert_eq!(s.add(X + 21, X + 69), Added::Nothing);
    assert_eq!(s.add(X + 5, X + 65), Added::OutOfOrder);
    assert_eq!(s.add(X, X + 5), Added::InOrder, "reaches the island");
    assert_eq!(s.next(), X + 70);
}

#[test]
fn overlap_is_with_captured_octets_only() {
    let mut s = stream();
    s.add(X, X + 10);
    s.add(X + 20, X + 30);
    assert!(s.overlaps(X + 9, X + 12));
    assert!(!s.overlaps(X + 10, X + 20), "just the hole");
    assert!(s.overlaps(X + 10, X + 21));
    assert!(s.overlaps(X + 29, X + 40));
    assert!(!s.overlaps(X + 30, X + 40));
}

#[test]
fn too_many_holes_cost_only_the_oldest() {
    let mut s = stream();
    let n = u32::try_from(limits::OUT_OF_ORDER_RANGES).unwrap() + 1;
    for i in 1..=n {
        s.add(X + i * 10, X + i * 10 + 5);
    }
    assert_eq!(s.islands_dropped(), 1);
    assert_eq!(s.next(), X + 15);
    assert_eq!(s.missing_octets(), 0, "nobody is accused of the hole");
}

#[test]
fn what_was_missed_4_gib_ago_is_not_what_is_sent_now() {
    const LAP: u32 = 1 << 30;
    let mut s = stream();
    s.acknowledged(X + 10, 7, AT);
    for i in 0..4u32 {
        let from = if i == 0 {
            X + 10
        } else {
            X + i.wrapping_mul(LAP)
        };
        assert_eq!(s.add(from, X + (i + 1).wrapping_mul(LAP)), Added::InOrder);
    }
    assert_eq!(s.next(), X, "once round");
    assert_eq!(s.add(X, X + 20), Added::InOrder);
    assert_eq!((ranges(&s), s.missing_octets()), (vec![(0, 10)], 10));
    s.acknowledged(X + 30, 8, AT);
    assert_eq!(s.missing_octets(), 20);
}
