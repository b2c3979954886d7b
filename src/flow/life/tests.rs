//! What a life takes and what ends it. That it makes no difference to what the machine knows is
//! compared here as well; `tests/lives.rs` does so with whole captures.

use super::*;
use crate::flow::attempt::Attempt;
use crate::flow::table::{Known, Left, Table};
use crate::limits::TableLimits;
use crate::machine::script::segments;
use crate::segment::Segment;

static DATA: [u8; 2000] = [7; 2000];

/// Each line is a segment with a wide window and all of its data.
fn lines(text: &str) -> Vec<Segment<'static>> {
    let win = |line: &str| match line.trim() {
        "" => String::new(),
        line if line.contains("win=") => format!("{line}\n"),
        line => format!("{line} win=64240\n"),
    };
    let mut all = segments(&text.lines().map(win).collect::<String>());
    for segment in &mut all {
        segment.payload = &DATA[..segment.payload_len as usize];
    }
    all
}

fn table(all: &[Segment<'_>], lives: bool) -> Table {
    let mut table = Table::with_limits(TableLimits {
        lives,
        ..TableLimits::default()
    });
    for segment in all {
        table.take(segment, &mut |left| panic!("{left:?}"));
    }
    table
}

/// The life that `all` make in a table, if it still is one, compared with what the machine knows.
fn life(all: &[Segment<'_>]) -> Option<Life> {
    let (mut with, mut without) = (table(all, true), table(all, false));
    let known = with.connections().next();
    let life = match known {
        Some(Known::Life(life)) => Some((**life).clone()),
        _ => None,
    };
    let end = |table: &mut Table| {
        let mut out = Vec::new();
        let mut take = |left| {
            let ended = match left {
                Left::Connection(ended) => ended,
                Left::Life(life) => {
                    let (ended, _) = life.tell().end();
                    let attempt = life.is_over().then(|| Attempt::of(&ended.connection));
                    assert_eq!(life.attempt(), attempt.flatten());
                    ended
                }
                other => panic!("{other:?}"),
            };
            out.push(format!("{ended:?}"));
        };
        while table.pop(&mut take) {}
        out
    };
    assert_eq!(end(&mut with), end(&mut without));
    life
}

const OPEN: &str = "A SYN 100 mss=1460 ws=7 sackok
    B SYN,ACK 300 101 mss=1460 ws=7 sackok
    A ACK 101 301 win=502\n";
const STAMPED: &str = "A SYN 100 mss=1460 ts=10/0
    B SYN,ACK 300 101 mss=1460 ts=70/10
    A ACK 101 301 ts=11/70\n";

fn goes_on(text: &str) -> bool {
    life(&lines(text)).is_some()
}

#[test]
fn a_textbooks_connection_is_a_life_to_its_end() {
    for text in [
        "A PSH,ACK 101 301 len=60\n B ACK 301 161\n B PSH,ACK 301 161 len=1000\n A ACK 161 1301
         A FIN,ACK 161 1301\n B ACK 1301 162\n B FIN,ACK 1301 162\n A ACK 162 1302",
        // Server first, merged, with data on both.
        "+2s B FIN,PSH,ACK 301 101 len=5\n A FIN,PSH,ACK 101 307 len=3\n B ACK 307 105",
        // At once.
        "A FIN,ACK 101 301\n B FIN,ACK 301 101\n A ACK 102 302\n B ACK 302 102",
        // Reset by either end, whatever is outstanding.
        "A PSH,ACK 101 301 len=5\n A RST,ACK 106 301",
        "A PSH,ACK 101 301 len=5\n B PSH,ACK 301 106 len=5\n A RST,ACK 106 306",
        "A PSH,ACK 101 301 len=5\n B ACK 301 106\n B RST,ACK 301 106 win=0",
        "A PSH,ACK 101 301 len=5\n B PSH,ACK 301 106 len=5\n A ACK 106 306\n A RST,ACK 106 306",
        // The data is acknowledged first, then the FIN; half-closed.
        "A PSH,ACK 101 301 len=9\n A FIN,ACK 110 301\n B ACK 301 110\n B ACK 301 111
         +3s B PSH,ACK 301 111 len=20\n A ACK 111 321\n B FIN,ACK 321 111\n A ACK 111 322",
        // The window opens a little.
        "A ACK 101 301 win=600\n A ACK 101 301 win=700\n A FIN,ACK 101 301 win=700
         B FIN,ACK 301 102\n A ACK 102 302",
    ] {
        let life = life(&lines(&format!("{OPEN}{text}")));
        assert!(life.is_some_and(|life| life.is_over()), "{text}");
    }
    // Data with the third segment.
    let third = OPEN.replace("A ACK 101 301", "A PSH,ACK 101 301 len=9");
    assert!(goes_on(&third));
}

#[test]
fn what_is_no_textbooks_ends_a_life() {
    assert!(goes_on(OPEN) && goes_on(STAMPED));
    for text in [
        "A PSH,ACK 102 301 len=5",
        "A PSH,ACK 100 301 len=5",
        "A PSH,ACK 101 302 len=5",
        "A PSH,ACK 101 300 len=5",
        "A RST 101",
        "A RST,ACK 101 301",
        "A PSH,ACK 101 301 len=5\n B ACK 301 106\n A RST 106",
        "A PSH,ACK 101 301 len=5\n B ACK 301 106\n A RST,ACK 107 301",
        "A PSH,ACK 101 301 len=5\n B ACK 301 106\n A RST,ACK 106 302",
        "A PSH,ACK 101 301 len=5\n B ACK 301 106\n A RST,ACK 106 301\n B ACK 301 106 win=600",
        "A FIN,ACK 101 301\n B ACK 301 102\n B RST,ACK 301 102",
        "A SYN 700",
        "A ACK,URG 101 301 len=5",
        "A PSH,ACK,ECE 101 301 len=5",
        "A PSH 101 0 len=5",
        "A PSH,ACK 101 301 len=5 win=0",
        "A PSH,ACK 101 301 len=5 win=11",
        "A PSH,ACK 101 301 len=5 win=500",
        "A PSH,ACK 101 301 len=5 bad",
        "A PSH,ACK 101 301 len=5 partial",
        "A PSH,ACK 101 301 len=5 cut",
        "A PSH,ACK 101 301 len=5 ttl=63",
        "A PSH,ACK 101 301 len=5 out",
        "A PSH,ACK 101 301 len=5 loopback",
        "A PSH,ACK 101 301 len=5 ts=1/0",
        "A PSH,ACK 101 301 len=5 length0",
        "A PSH,ACK 101 301 len=1461",
        "-10ms A PSH,ACK 101 301 len=5",
        "+301s A PSH,ACK 101 301 len=5",
        // The same once more.
        "A ACK 101 301 win=502",
        "A PSH,ACK 101 301 len=5\n A PSH,ACK 101 301 len=5",
        // One short of the end, and late.
        "A PSH,ACK 101 301 len=5\n B ACK 301 105",
        "A PSH,ACK 101 301 len=5\n +501ms B ACK 301 106",
        // Behind the FIN.
        "A FIN,ACK 101 301\n A PSH,ACK 102 301 len=5",
        "A FIN,ACK 101 301\n A FIN,ACK 101 301",
        "A FIN,ACK 101 301\n A FIN,ACK 102 301",
        // When all is over.
        "A FIN,ACK 101 301\n B FIN,ACK 301 102\n A ACK 102 302\n B ACK 302 102",
    ] {
        assert!(!goes_on(&format!("{OPEN}{text}")), "{text}");
    }
    for text in [
        "A PSH,ACK 101 301 len=5",
        "A PSH,ACK 101 301 len=5 ts=10/70",
        "A PSH,ACK 101 301 len=5 ts=12/69",
        "A PSH,ACK 101 301 len=5 ts=12/71",
    ] {
        assert!(!goes_on(&format!("{STAMPED}{text}")), "{text}");
    }
    assert!(goes_on(&format!(
        "{STAMPED}A PSH,ACK 101 301 len=5 ts=12/70"
    )));
}

#[test]
fn no_life_begins_with_an_odd_opening() {
    for (was, is) in [
        ("SYN 100 mss=1460", "SYN 100"),
        ("SYN 100 mss=1460", "SYN 100 mss=1219"),
        ("SYN 100 mss=1460", "SYN 100 mss=1460 ts=1/1"),
        ("SYN 100 mss=1460", "SYN,ECE,CWR 100 mss=1460"),
        ("SYN 100 mss=1460", "SYN 100 mss=1460 bad"),
        ("SYN 100 mss=1460", "SYN 100 mss=1460 in"),
        ("SYN 100 mss=1460", "SYN 100 mss=1460 ao"),
        ("301 win", "302 win"),
        ("ACK 101 301 win", "ACK 102 301 win"),
        ("A ACK 101 301", "B ACK 301 101"),
        ("SYN,ACK 300 101 mss=1460", "SYN,ACK 300 101"),
        (
            "SYN,ACK 300 101 mss=1460",
            "SYN,ACK 300 101 mss=1460 ts=5/0",
        ),
        ("ws=7 sackok\n    B", "sackok\n    B"),
    ] {
        assert!(OPEN.contains(was), "{was}");
        assert!(!goes_on(&OPEN.replacen(was, is, 1)), "{is}");
    }
}

#[test]
fn so_many_segments_and_no_more() {
    let more = |count: u32| -> String {
        let line = |n| format!("A PSH,ACK {} 301 len=2\n", 101 + 2 * n);
        OPEN.to_owned() + &(0..count).map(line).collect::<String>()
    };
    // The third one of the opening counts.
    let most = u32::try_from(MOST).unwrap() - 1;
    assert!(goes_on(&more(most)));
    assert!(!goes_on(&more(most + 1)));
}

#[test]
fn first_flights_tiny_segments_and_pieces_are_limited() {
    let flight = |count: u32, words: &str| -> String {
        let line = |n| format!("A ACK {} 301 {words}\n", 101 + 1460 * n);
        OPEN.to_owned() + &(0..count).map(line).collect::<String>()
    };
    assert!(goes_on(&flight(10, "len=1460")));
    assert!(!goes_on(&flight(11, "len=1460")));
    let tiny = |count: u32| -> String {
        let line = |n| format!("A ACK {} 301 len=2\n", 101 + 2 * n);
        OPEN.to_owned() + &(0..count).map(line).collect::<String>()
    };
    assert!(goes_on(&tiny(9)) && !goes_on(&tiny(10)));
    let mut pieces = lines(&flight(2, "len=1460"));
    pieces[4].ip.id = pieces[3].ip.id;
    assert!(life(&pieces).is_none());
    (pieces[3].ip.id, pieces[4].ip.id) = (Some(0), Some(0));
    assert!(life(&pieces).is_some());
}

#[test]
fn lives_are_small() {
    assert_eq!(size_of::<Kept>(), 48);
    assert!(size_of::<Life>() <= 520, "{}", size_of::<Life>());
}

#[test]
fn a_life_begins_in_the_room_of_one_that_is_through() {
    let all = lines(&format!(
        "{OPEN}A PSH,ACK 101 301 len=5\n A RST,ACK 106 301"
    ));
    let [_, _, third, ..] = &all[..] else {
        panic!("{all:?}")
    };
    let old = Box::new(life(&all).unwrap());
    let opening = old.opening;
    let fresh = Life::beginning_with(opening, third, &mut Vec::new()).unwrap();
    let room: *const Life = &raw const *old;
    let mut spare = vec![old];
    let unfit = Segment {
        window: 0,
        ..*third
    };
    assert!(Life::beginning_with(opening, &unfit, &mut spare).is_none());
    assert_eq!(spare.len(), 1, "the room is kept");
    let anew = Life::beginning_with(opening, third, &mut spare).unwrap();
    assert!(spare.is_empty() && room == &raw const *anew);
    assert_eq!(format!("{anew:?}"), format!("{fresh:?}"));
}
