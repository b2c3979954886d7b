//! What leaves the table, when, and in which order.

use super::*;
use crate::icmp::IcmpKind;
use crate::machine::script::segments;
use crate::segment::NS_PER_S;

const SMALL: TableLimits = TableLimits {
    half_open: 4,
    stretches: true,
    lives: true,
    connections: 4,
    octets: usize::MAX,
    waiting: usize::MAX,
    closed_connections: 2,
    linger_ns: 240 * NS_PER_S,
    drawn: 0,
    drawn_octets: usize::MAX,
};

/// Room for whole openings.
const ROOMY: TableLimits = TableLimits {
    half_open: 8,
    ..SMALL
};

/// Runs lines of segments, each for a client port of its own (`port=`), and
/// says what left after which packet: `3 gone 40001` (a connection), `4 dropped 40002`
/// (given up for the limit), `half 40003` (half-open at the end).
fn run(limits: TableLimits, text: &str) -> (Vec<String>, Table) {
    let mut table = Table::with_limits(limits);
    let mut log = Vec::new();
    for segment in segments(text) {
        table.take(&segment, &mut |left| {
            log.push(format!("{} {}", segment.packet, brief(&left)));
        });
    }
    (log, table)
}

fn brief(left: &Left) -> String {
    match left {
        Left::Connection(ended) => format!("gone {}", ended.connection.sockets.client.port),
        Left::Life(life) => format!("gone {}", life.sockets().client.port),
        Left::HalfOpen(kept) => format!("half {}", kept.opening().syn.source.port),
        Left::Dropped(attempt) => format!("dropped {}", attempt.client.port),
        Left::Bare(bare) => format!("dropped {}", bare.ports[0]),
    }
}

/// The first of the connections that the machine knows.
fn track(table: &Table) -> &Track {
    let known = table.connections().find_map(|known| match known {
        Known::Track(track) => Some(track),
        Known::Life(_) => None,
    });
    known.unwrap()
}

fn end(table: &mut Table) -> Vec<String> {
    let mut log = Vec::new();
    while table.pop(&mut |left| log.push(brief(&left))) {}
    log
}

fn open(port: u32) -> String {
    format!(
        "A SYN 100 port={port}
        B SYN,ACK 300 101 port={port}
        A ACK 101 301 port={port}\n"
    )
}

/// Half-open, and no ordinary opening.
fn half_open(port: u32) -> String {
    format!("A SYN 100 len=5 port={port}\n B SYN,ACK 300 101 port={port}\n")
}

/// Seven segments.
fn closed(port: u32) -> String {
    let opened = open(port);
    format!(
        "{opened}A FIN,ACK 101 301 port={port}
        B FIN,ACK 301 102 port={port}
        A ACK 102 302 port={port}\n"
    )
}

fn counts(table: &Table) -> (usize, usize) {
    (table.openings(0).count(), table.connections().count())
}

#[test]
fn an_opening_is_small_until_something_else_comes() {
    let opening = "A SYN 100 port=1\n A SYN 100 port=2\n B SYN,ACK 300 101 port=2
        +1s B SYN,ACK 300 101 port=2\n A SYN 100 port=3\n";
    let (log, mut table) = run(ROOMY, opening);
    assert!(log.is_empty());
    assert_eq!(counts(&table), (3, 0));
    assert_eq!(end(&mut table), ["half 1", "half 2", "half 3"]);
    assert_eq!(counts(&table), (0, 0));

    let (log, mut table) = run(ROOMY, &format!("{opening}A ACK 101 301 port=2"));
    assert!(log.is_empty());
    assert_eq!(counts(&table), (2, 1));
    let connection = track(&table).connection();
    assert_eq!((connection.first.0, connection.last.0), (2, 6));
    assert_eq!(connection.ends.server.syn.unwrap().copies, 2);
    assert_eq!(end(&mut table), ["gone 2", "half 1", "half 3"]);
}

#[test]
fn a_syn_out_of_the_ordinary_is_a_connection_at_once() {
    let (_, table) = run(SMALL, "A SYN 100 len=5 port=1\n A SYN,FIN 100 port=2");
    assert_eq!(counts(&table), (0, 2));
}

#[test]
fn another_attempt_on_the_same_sockets_is_another_connection() {
    let text = "A SYN 100\n +1s A SYN 100\n +9s A SYN 900\n B SYN,ACK 300 901";
    let (log, table) = run(SMALL, text);
    assert_eq!(log, ["3 gone 40000"]);
    assert_eq!(counts(&table), (0, 1));
}

#[test]
fn an_icmp_error_about_an_opening_is_heard() {
    let syn = segments("A SYN 100")[0];
    let mut table = Table::with_limits(SMALL);
    table.take(&syn, &mut |_| ());
    let error = IcmpError {
        packet: 2,
        time: Timestamp(1),
        sender: syn.destination.ip,
        kind: IcmpKind::PortUnreachable,
        icmp_type: 3,
        code: 3,
        mtu: None,
        source: syn.source,
        destination: syn.destination,
        seq: syn.seq,
        tunnel: 0,
    };
    table.hear(&error, &mut |_| ());
    assert_eq!(counts(&table), (0, 1));
    let connection = track(&table).connection();
    assert_eq!(connection.icmp.all().len(), 1);
}

#[test]
fn of_too_many_openings_those_idle_longest_are_given_up() {
    let text: String = (1..=7)
        .map(|port| format!("A SYN 100 port={port}\n"))
        .collect();
    let (log, mut table) = run(SMALL, &text);
    assert_eq!(log, ["5 dropped 1", "6 dropped 2", "7 dropped 3"]);
    assert_eq!(table.dropped(), 3);
    assert_eq!(end(&mut table), ["half 4", "half 5", "half 6", "half 7"]);
}

/// Whatever is looked at before its time, and however often places are used anew.
#[test]
fn a_flood_is_given_up_in_its_order() {
    let text: String = (1..=100)
        .map(|port| match port % 5 {
            0 => format!("A SYN 100 port={port}\nB SYN,ACK 300 101 port={port}\n"),
            _ => format!("A SYN 100 port={port}\n"),
        })
        .collect();
    let (log, mut table) = run(SMALL, &text);
    let ports: Vec<_> = (log.iter().chain(&end(&mut table)))
        .map(|line| line.split(' ').next_back().unwrap().to_owned())
        .collect();
    let all: Vec<_> = (1..=100).map(|port: u32| port.to_string()).collect();
    assert_eq!(ports, all);
}

#[test]
fn answers_to_openings_take_room_as_well() {
    let text = "A SYN 100 port=1\n A SYN 100 port=2\n A SYN 100 port=3
        B SYN,ACK 300 101 port=1\n B SYN,ACK 300 101 port=3\n B SYN,ACK 300 101 port=3
        A SYN 100 port=4";
    let (log, mut table) = run(SMALL, text);
    assert_eq!(log, ["5 dropped 2", "6 dropped 1"]);
    assert_eq!(end(&mut table), ["half 3", "half 4"]);
    // An opening alone has room, whatever is left of it.
    let (log, table) = run(SMALL, &"A SYN 100 port=1\n".repeat(9));
    assert_eq!((log.len(), counts(&table)), (0, (1, 0)));
}

#[test]
fn an_answer_to_an_opening_given_up_begins_with_the_answer() {
    let mut text: String = (1..=5)
        .map(|port| format!("A SYN 100 port={port}\n"))
        .collect();
    text.push_str("B SYN,ACK 300 101 port=1");
    let (log, table) = run(SMALL, &text);
    assert_eq!(log, ["5 dropped 1"]);
    assert_eq!(track(&table).connection().first.0, 6);
}

#[test]
fn what_was_opened_leaves_its_room_to_others() {
    // The first is never completed; it is given up only when four others wait as well.
    let mut text = "A SYN 100 port=1\n".to_owned();
    for port in 2..=40 {
        text.push_str(&format!("{}A RST 101 port={port}\n", open(port)));
    }
    let (_, table) = run(SMALL, &text);
    assert_eq!((table.dropped(), table.openings(0).count()), (0, 1));
}

#[test]
fn half_open_connections_are_given_up_before_open_ones() {
    let text = [
        open(1),
        half_open(2),
        open(3),
        half_open(4),
        open(5),
        open(6),
    ]
    .concat();
    let (log, mut table) = run(SMALL, &text);
    let mut gone: Vec<_> = log
        .iter()
        .map(|line| line.split_once(' ').unwrap().1)
        .collect();
    gone.sort_unstable();
    assert_eq!(gone, ["dropped 2", "dropped 4"]);
    assert_eq!(table.evicted(), 2);
    let mut rest = end(&mut table);
    rest.sort_unstable();
    assert_eq!(rest, ["gone 1", "gone 3", "gone 5", "gone 6"]);
}

#[test]
fn of_open_connections_an_idle_one_is_given_up_and_judged() {
    // The fifth makes one leave; of the others 3 says nothing more.
    let mut text: String = (1..=5).map(open).collect();
    for port in [1, 4, 5] {
        text.push_str(&format!("A ACK 101 301 len=5 port={port}\n"));
    }
    text.push_str(&open(6));
    let (log, table) = run(SMALL, &text);
    assert_eq!(log.len(), 2);
    assert!(
        log[0].starts_with("15 gone") && log[0] != "15 gone 3",
        "{log:?}"
    );
    assert!(log[1].ends_with("gone 3"), "{log:?}");
    assert_eq!(table.evicted(), 2);
}

#[test]
fn connections_that_take_too_much_are_given_up_as_well() {
    let limits = TableLimits {
        octets: 40_000,
        ..SMALL
    };
    // Each of them is noted.
    let odd = "B ACK 301 100 port=2\n".repeat(100);
    let text = [open(1), open(2), odd, open(3)].concat();
    let (log, mut table) = run(limits, &text);
    assert_eq!(log.len(), 1, "{log:?}");
    assert!(log[0].ends_with("gone 2"), "{log:?}");
    assert_eq!((table.outweighed(), table.evicted()), (1, 0));
    assert!((1..=limits.octets).contains(&table.octets));
    end(&mut table);
    assert_eq!(table.octets, 0);
}

#[test]
fn places_and_their_index_are_small() {
    assert_eq!(size_of::<Slot>(), 4);
    assert!(size_of::<Option<Entry>>() <= 192, "{}", size_of::<Entry>());
}

#[test]
fn a_refused_attempt_that_is_given_up_is_judged_all_the_same() {
    let limits = TableLimits {
        closed_connections: 100,
        ..SMALL
    };
    let refused = |port| format!("A SYN 100 port={port}\n B RST,ACK 0 101 port={port}\n");
    let text: String = (1..=6).map(refused).collect();
    let (log, _) = run(limits, &text);
    assert_eq!(log.len(), 2);
    assert!(log.iter().all(|line| line.contains("gone")), "{log:?}");
}

#[test]
fn however_many_there_are_no_more_than_the_limit_are_kept() {
    let limits = TableLimits {
        half_open: 50,
        connections: 40,
        octets: 200_000,
        closed_connections: 10,
        ..SMALL
    };
    let mut table = Table::with_limits(limits);
    let mut left_count = 0usize;
    let one = |port| match port % 4 {
        0 => open(port),
        1 => half_open(port),
        2 => closed(port),
        _ => format!("A SYN 100 port={port}\n"),
    };
    for port in 1..=2000 {
        for segment in segments(&one(port)) {
            table.take(&segment, &mut |_| left_count += 1);
            assert!(table.connections().count() <= limits.connections);
            assert!(table.half_open.segments() <= limits.half_open);
            assert!(table.closed.len() <= limits.closed_connections + 1);
            assert!(table.octets <= limits.octets);
            let octets = table.tracks.iter().map(|entry| entry.octets);
            assert_eq!(octets.sum::<usize>(), table.octets);
            assert_eq!(
                table.index.len(),
                table.connections().count() + table.openings(0).count()
            );
        }
    }
    assert!(
        table.tracks.places() <= limits.connections,
        "places are used anew"
    );
    while table.pop(&mut |_| left_count += 1) {}
    assert_eq!(left_count, 2000, "each leaves once");
}

#[test]
fn the_same_sockets_used_again_and_again_take_no_room() {
    let mut table = Table::with_limits(SMALL);
    let mut left_count = 0;
    for round in 0..500u32 {
        let (isn, next) = (round * 100_000, round * 100_000 + 1);
        let text =
            format!("A SYN {isn}\n B SYN,ACK {isn} {next}\n A ACK {next} {next}\n A RST {next}");
        for segment in segments(&text) {
            table.take(&segment, &mut |_| left_count += 1);
        }
        assert!(table.closed.len() <= SMALL.closed_connections + 1);
        assert_eq!(table.connections().count(), 1);
    }
    assert_eq!(left_count, 499);
}

#[test]
fn closed_connections_leave_after_four_minutes() {
    let text = [
        closed(1),
        "+239s A SYN 1 port=8\n+1s A SYN 1 port=9".to_owned(),
    ]
    .concat();
    let (log, _) = run(SMALL, &text);
    assert_eq!(log, ["8 gone 1"]);
    // What comes sooner on the same sockets belongs to it.
    let text = [closed(1), "+239s A ACK 102 302 port=1".to_owned()].concat();
    let (log, mut table) = run(SMALL, &text);
    assert!(log.is_empty());
    assert_eq!(track(&table).connection().last.0, 7);
    assert_eq!(end(&mut table), ["gone 1"]);
}

#[test]
fn of_too_many_closed_connections_the_first_closed_leaves() {
    let text = [closed(1), closed(2), closed(3), "A SYN 1 port=9".to_owned()].concat();
    let (log, table) = run(SMALL, &text);
    assert_eq!(log, ["19 gone 1"]);
    assert_eq!(table.forgotten(), 1);
}

#[test]
fn one_that_goes_on_or_is_opened_anew_does_not_leave_as_closed() {
    let anew =
        "+1s A SYN 700000 port=1\n B SYN,ACK 900000 700001 port=1\n A ACK 700001 900001 port=1";
    let text = [
        closed(1),
        format!("{anew}\n+240s A SYN 1 port=9\n+240s A SYN 1 port=8"),
    ]
    .concat();
    let (log, table) = run(SMALL, &text);
    assert_eq!(
        log,
        ["8 gone 1"],
        "only the first incarnation, when the second was answered"
    );
    assert_eq!(table.connections().count(), 1);
    // The RST was none: it goes on, and is closed a second time later.
    let text = [
        open(1),
        "A RST 101 port=1\n A ACK 101 301 len=5 port=1\n B ACK 301 106 port=1\n".to_owned(),
        "+240s A SYN 1 port=9\n A RST 106 port=1\n+1s A SYN 1 port=8\n+240s A SYN 1 port=7"
            .to_owned(),
    ]
    .concat();
    let (log, _) = run(SMALL, &text);
    assert_eq!(log, ["10 gone 1"]);
}

#[test]
fn the_same_input_gives_the_same_sequence() {
    let one = |port| match port % 3 {
        0 => open(port),
        1 => half_open(port),
        _ => closed(port),
    };
    let text: String = (1..=60).map(one).collect();
    let once = || {
        let (mut log, mut table) = run(SMALL, &text);
        log.extend(end(&mut table));
        log
    };
    let first = once();
    assert!(first.len() >= 60);
    // The hash is seeded anew each time; nothing may depend on it.
    for _ in 0..5 {
        assert_eq!(once(), first);
    }
}

#[test]
fn both_directions_and_no_others_share_an_entry() {
    let (_, table) = run(
        SMALL,
        "A ACK 1 1 port=1\n B ACK 1 1 port=1\n A ACK 1 1 port=2",
    );
    assert_eq!(table.connections().count(), 2);
    let mut inside = segments("A ACK 1 1");
    inside.extend(segments("A ACK 1 1"));
    inside[1].tunnel = 7;
    let mut table = Table::with_limits(SMALL);
    for segment in &inside {
        table.take(segment, &mut |_| ());
    }
    assert_eq!(
        table.connections().count(),
        2,
        "another tunnel, another connection"
    );
}

#[test]
fn pictures_have_a_limit_of_their_own() {
    let drawn_octets = 50_000;
    let limits = TableLimits {
        half_open: 80,
        lives: false,
        stretches: false,
        connections: 50,
        drawn: 512,
        drawn_octets,
        ..SMALL
    };
    let mut text = String::new();
    for port in 40001..40031 {
        text.push_str(&format!(
            "A SYN 100 port={port}\nB SYN,ACK 300 101 port={port}\n"
        ));
    }
    for round in 0..100 {
        for port in 40001..40031 {
            let seq = 101 + 10 * round;
            text.push_str(&format!("A ACK {seq} 301 len=10 port={port}\n"));
        }
    }
    let (log, table) = run(limits, &text);
    assert!(log.is_empty(), "none is given up for its picture: {log:?}");
    assert!((20..=30).contains(&table.reduced()), "{}", table.reduced());
    let drawn = |known: &Known| match known {
        Known::Track(track) => track.drawn_octets(),
        Known::Life(_) => 0,
    };
    let all: usize = table.connections().map(drawn).sum();
    assert!(all < 2 * drawn_octets, "{all}");
    assert!(
        all.abs_diff(table.drawn) < 30 * 16 * 200,
        "{all} {}",
        table.drawn
    );
}
