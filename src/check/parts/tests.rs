use super::*;
use crate::machine::script::segments;

/// Sees the segments of `text`; the file of each is that of its sender in `files`, or where the line
/// begins with a digit, that one. Times are those of the script, in the order of the lines.
fn seen(files: [usize; 2], text: &str) -> (Parts, FlowKey) {
    let own: Vec<Option<usize>> = (text.lines())
        .map(|line| line.trim().chars().next().and_then(|c| c.to_digit(10)))
        .map(|digit| digit.map(|digit| digit as usize))
        .collect();
    let bare: Vec<&str> = (text.lines().zip(&own))
        .map(|(line, own)| line.trim().get(usize::from(own.is_some())..).unwrap())
        .collect();
    let segments = segments(&bare.join("\n"));
    let mut parts = Parts::default();
    for (segment, own) in segments.iter().zip(own) {
        let file = own.unwrap_or(files[usize::from(segment.source.port == 80)]);
        parts.see(segment, file, |_| true);
    }
    (parts, FlowKey::of(&segments[0]))
}

fn refuted(files: [usize; 2], text: &str) -> Option<Need> {
    let (parts, key) = seen(files, text);
    parts.refuted(key)
}

const ORDERLY: &str = "A SYN 100\nB SYN,ACK 300 101\nA ACK 101 301\nA ACK 101 301 len=10
    B ACK 301 111 len=20\nA FIN,ACK 111 321\nB FIN,ACK 321 112\nA ACK 112 322";

#[test]
fn a_file_for_each_direction_is_as_it_should_be() {
    let (parts, key) = seen([0, 1], ORDERLY);
    assert_eq!(parts.refuted(key), None);
    assert_eq!((parts.forked, parts.apart_ns()), (1, 0));
    assert_eq!(refuted([2, 2], ORDERLY), None);
}

#[test]
fn an_answer_before_its_question_shows_clocks_apart() {
    let crossed = [
        "B SYN,ACK 300 101\nA SYN 100",
        "A SYN 100\nA ACK 101 301\nB SYN,ACK 300 101",
        "A SYN 100\nB SYN,ACK 300 101\nA ACK 101 301\nB ACK 301 111\nA ACK 101 301 len=10",
        "A SYN 100\nB SYN,ACK 300 101\nA ACK 101 301\nA ACK 101 302\nB FIN,ACK 301 101",
        "A ACK 101 301 len=5\nB ACK 301 106 len=5\nB ACK 306 116\nA ACK 106 306 len=10",
    ];
    for text in crossed {
        let (parts, key) = seen([0, 1], text);
        assert_eq!(parts.refuted(key), Some(Need::Clock), "{text}");
        assert_eq!(parts.apart_ns(), 1_000_000, "{text}");
        // Inside of one file it is reordering, which is judged elsewhere.
        assert_eq!(refuted([0, 0], text), None, "{text}");
    }
}

#[test]
fn what_was_not_captured_crosses_nothing() {
    let innocent = [
        // Lost in the capture.
        "A SYN 100\nB SYN,ACK 300 101\nA ACK 101 301\nB ACK 301 111\nA ACK 111 301 len=5",
        // Sent before the capture, and again.
        "B ACK 301 201\nA ACK 101 301 len=10\nA ACK 111 301 len=10",
        "B ACK 301 201\nA ACK 201 301 len=10",
        // Another connection's numbers.
        "A SYN 100\nB RST,ACK 0 101\nA SYN 5000\nB SYN,ACK 300 5001\nA ACK 5001 301",
        "A SYN 100\nB ACK 300 9000\nA RST 9000\nA SYN 100\nB SYN,ACK 700 101",
    ];
    for text in innocent {
        assert_eq!(refuted([0, 1], text), None, "{text}");
    }
}

#[test]
fn a_direction_in_two_files_shows_two_places() {
    let twice = "0A SYN 100\n1A SYN 100\n1B SYN,ACK 300 101";
    let (parts, key) = seen([0, 0], twice);
    assert_eq!(parts.refuted(key), Some(Need::SymmetricPath));
    let shown = parts.twice;
    assert_eq!((shown.connections, shown.first), (1, Some((1, 2))));

    // One file after the other.
    let follow = |again: &str, overlap| {
        let mut parts = Parts::default();
        let text = format!("A SYN 100\n+500s {again}");
        for (mut segment, file) in segments(&text).into_iter().zip([0, 1]) {
            segment.ip.id = Some(if again.contains("id") {
                u16::try_from(segment.packet).unwrap()
            } else {
                0
            });
            parts.see(&segment, file, |file| file == 0 && overlap);
        }
        parts.refuted(key)
    };
    for overlap in [false, true] {
        let other = overlap.then_some(Need::SymmetricPath);
        assert_eq!(follow("A ACK 101 301 len=5", overlap), other);
        assert_eq!(follow("A SYN 100 # another id", overlap), other);
        assert_eq!(follow("A SYN 900", overlap), other);
        let again = follow("A SYN 100", overlap);
        assert_eq!(again, Some(Need::SymmetricPath), "the same SYN, {overlap}");
    }
    let mut parts = Parts::default();
    for (segment, file) in segments("A SYN 100\nA SYN 100").iter().zip([0, 1]) {
        let copy = Segment {
            packet: 1,
            ip: segments_id(segment),
            ..*segment
        };
        parts.see(&copy, file, |_| false);
    }
    assert_eq!(parts.refuted(key), None, "a copy made by one capture");
}

/// What the IP header says, with one identification for all.
fn segments_id(segment: &Segment<'_>) -> crate::segment::IpFacts {
    crate::segment::IpFacts {
        id: Some(7),
        ..segment.ip
    }
}

#[test]
fn one_crossed_connection_among_many_is_a_loss() {
    let mut parts = Parts::default();
    let mut connection = |port: u16, text: &str| {
        for mut segment in segments(text) {
            let sender = usize::from(segment.source.port == 80);
            let client = [&mut segment.source, &mut segment.destination];
            client
                .into_iter()
                .filter(|s| s.port != 80)
                .for_each(|s| s.port = port);
            parts.see(&segment, sender, |_| true);
        }
        parts.apart_ns()
    };
    let lost = "B SYN,ACK 300 101\n+1s A SYN 100";
    assert_eq!(connection(1000, lost), 1_000_000_000, "all there is");
    for port in 1001..1003 {
        assert_eq!(connection(port, ORDERLY), 1_000_000_000);
    }
    for port in 1003..1010 {
        connection(port, ORDERLY);
    }
    assert_eq!(connection(1010, ORDERLY), 0);
}

#[test]
fn one_syn_again_among_many_is_a_tool() {
    let mut parts = Parts::default();
    let mut see = |at: u32, file| {
        let mut segment = segments("A SYN 100").remove(0);
        segment.seq = SeqNo(at);
        segment.time = Timestamp(i64::from(at) * 1_000_000_000);
        parts.see(&segment, file, |_| false);
        parts.refuted(FlowKey::of(&segment))
    };
    see(100, 0);
    (1..20).for_each(|at| assert_eq!(see(at, 1), None));
    assert_eq!(see(100, 1), None);
}

#[test]
fn what_is_forgotten_is_doubted() {
    let mut parts = Parts::default();
    let mut see = |port: u16, ip: u8, file| {
        let mut segment = segments("A SYN 100").remove(0);
        segment.source.port = port;
        segment.source.ip = [10, 0, 0, ip].into();
        parts.see(&segment, file, |_| true);
        FlowKey::of(&segment)
    };
    let first = see(1, 1, 0);
    see(1, 1, 1);
    for ip in 2..6 {
        for port in 0..u16::try_from(MERGED_PAIRS * 3 / 4).unwrap() {
            see(port, ip, 0);
        }
    }
    assert_eq!(parts.refuted(first), Some(Need::SymmetricPath));
    assert!(parts.pairs.len() <= MERGED_PAIRS && parts.syns.len() <= MERGED_PAIRS);
}
