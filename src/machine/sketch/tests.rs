//! What is kept of a connection to be drawn, and what is said of it.

use super::*;
use crate::machine::connection::Connection;
use crate::machine::script::segments;
use crate::machine::side::Side;

/// A connection of which a picture with so much room is made.
fn drawn(room: usize, text: &str) -> Connection {
    let segments = segments(text);
    let mut connection = Connection::beginning_with(&segments[0]);
    connection.sketch = Some(Box::new(Sketch::with_room(room)));
    for segment in &segments {
        connection.step(segment);
    }
    connection
}

/// The parts in words: `3 DUPLICATE_ACK`, or `4-9: 3/3` for folds.
fn told(connection: &Connection) -> Vec<String> {
    let part = |part: PartRef<'_>| match part {
        PartRef::Stroke(stroke) => {
            let marks = stroke.marks - Marks::NOTED;
            let names: Vec<&str> = marks.iter_names().map(|(name, _)| name).collect();
            format!("{} {}", stroke.packet, names.join(" "))
                .trim()
                .to_owned()
        }
        PartRef::Fold(fold) => format!(
            "{}-{}: {}/{}",
            fold.first.0, fold.last.0, fold.ends.client.segments, fold.ends.server.segments
        ),
    };
    connection
        .sketch
        .as_ref()
        .unwrap()
        .parts()
        .map(part)
        .collect()
}

const OPEN: &str =
    "A SYN 100 win=1000 ws=2\nB SYN,ACK 300 101 win=500 ws=1\nA ACK 101 301 win=500\n";

#[test]
fn marks_are_what_the_machine_counts() {
    let text = format!(
        "{OPEN}
         A PSH,ACK 101 301 len=100 win=500
         A PSH,ACK 301 301 len=100 win=500  # 5: a hole before it
         B ACK 301 101 win=250
         B ACK 301 201 win=250
         B ACK 301 201 win=250              # 8: duplicate
         A PSH,ACK 201 301 len=100 win=500  # 9: the hole filled
         +300ms A PSH,ACK 301 301 len=100 win=500
         B ACK 301 401 win=0                # 11
         +2s A ACK 400 301 win=500          # 12: a probe
         B ACK 301 401 win=0
         B ACK 301 401 win=100              # 14
         A PSH,ACK 401 301 len=200 win=500  # 15: full"
    );
    let connection = drawn(100, &text);
    let told = told(&connection);
    assert_eq!(
        told[3..],
        [
            "4",
            "5 HOLE",
            "6",
            "7",
            "8 DUPLICATE_ACK",
            "9 OUT_OF_ORDER",
            "10 RETRANSMISSION TAIL_PROBE",
            "11 ZERO_WINDOW",
            "12 WINDOW_PROBE",
            "13 ANSWER ZERO_WINDOW",
            "14 WINDOW_UPDATE",
            "15 WINDOW_FULL",
        ]
    );
    let sketch = connection.sketch.as_ref().unwrap();
    let strokes: Vec<&Stroke> = sketch
        .parts()
        .filter_map(|part| match part {
            PartRef::Stroke(stroke) => Some(stroke),
            PartRef::Fold(_) => None,
        })
        .collect();
    assert_eq!(
        (strokes[0].window, strokes[1].window),
        (1000, 500),
        "not scaled"
    );
    assert_eq!(
        (strokes[2].window, strokes[5].window),
        (2000, 500),
        "scaled"
    );
    assert_eq!(strokes[9].repeats, 5);
    assert_eq!(strokes[0].options.as_ref().unwrap().window_scale(), Some(2));
    assert!(strokes[3].options.is_none());
}

#[test]
fn a_long_transfer_keeps_its_ends_and_what_is_worth_a_look() {
    let mut text = OPEN.to_owned();
    let mut seq = 101;
    for round in 0..500 {
        text.push_str(&format!("A ACK {seq} 301 len=10\n"));
        if round == 250 {
            text.push_str(&format!("+1s A ACK {seq} 301 len=10\n"));
        }
        seq += 10;
        text.push_str(&format!("B ACK 301 {seq}\n"));
    }
    let connection = drawn(16, &text);
    let told = told(&connection);
    assert_eq!(told[..4], ["1", "2", "3", "4"]);
    assert!(
        told.contains(&"505 RETRANSMISSION BY_TIMEOUT".to_owned()),
        "{told:?}"
    );
    assert_eq!(told[told.len() - 4..], ["1001", "1002", "1003", "1004"]);
    assert!(told.len() < 4 + 8 + 10 + 4, "{told:?}");
    let (mut kept, mut folded, mut octets) = (0, 0, 0);
    for part in connection.sketch.as_ref().unwrap().parts() {
        if let PartRef::Fold(fold) = part {
            folded += fold.segments();
            octets += fold.ends.client.octets;
        } else {
            kept += 1;
        }
    }
    assert_eq!(kept + folded, 1004);
    assert_eq!(octets, (501 - 1 - 1 - 2) * 10);
}

#[test]
fn a_picture_that_is_reduced_holds_the_same_segments() {
    let mut text = OPEN.to_owned();
    for round in 0..100 {
        text.push_str(&format!("A ACK {} 301 len=10\n", 101 + 10 * round));
    }
    let mut connection = drawn(64, &text);
    let sketch = connection.sketch.as_mut().unwrap();
    let before = sketch.octets();
    assert!(sketch.reduce() && sketch.octets() < before / 4);
    assert!(!sketch.reduce(), "nothing is left to give up");
    assert_eq!(
        told(&connection),
        ["1", "2", "3", "4", "5-99: 95/0", "100", "101", "102", "103"]
    );
}

#[test]
fn a_picture_is_bounded_whatever_is_sent() {
    let mut connection = drawn(32, OPEN);
    let mut all = segments("A ACK 101 301 len=10");
    let mut most = 0;
    for round in 0..20_000_u32 {
        all[0].packet += 1;
        // Every third is worth a look.
        all[0].seq = crate::seq::SeqNo(101 + round / 3 * 20);
        connection.step(&all[0]);
        most = most.max(connection.sketch.as_ref().unwrap().octets());
    }
    assert!(most < 10_000, "{most} octets");
    let total: u64 = connection
        .sketch
        .as_ref()
        .unwrap()
        .parts()
        .map(|part| match part {
            PartRef::Stroke(_) => 1,
            PartRef::Fold(fold) => fold.segments(),
        })
        .sum();
    assert_eq!(total, connection.ends.of(Side::Client).counts.segments + 1);
}
