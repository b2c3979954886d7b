use super::*;
use crate::machine::connection::Connection;
use crate::machine::script::segments;

/// The segments of `text`; `marks` are the ECN fields of some packets.
fn connection(text: &str, marks: &[(usize, u8)]) -> Connection {
    let mut segments = segments(text);
    for (packet, mark) in marks {
        segments[packet - 1].ip.ecn = *mark;
    }
    let mut connection = Connection::beginning_with(&segments[0]);
    segments.iter().for_each(|segment| connection.step(segment));
    connection
}

fn seen(connection: &Connection, what: Observations) -> Vec<u64> {
    let noted = connection.noted().iter();
    noted.filter(|n| n.saw(what)).map(|n| n.packet).collect()
}

#[test]
fn what_is_agreed() {
    let table = [
        (0, 0, Mode::None),
        (0, 1, Mode::None),
        (3, 0, Mode::None),
        (3, 1, Mode::Classic),
        (3, 3, Mode::None),
        (3, 5, Mode::Unclear),
        (7, 1, Mode::Classic),
        (7, 2, Mode::Accurate),
        (7, 3, Mode::Accurate),
        (7, 4, Mode::Accurate),
        (7, 5, Mode::Unclear),
        (7, 6, Mode::Accurate),
        (7, 7, Mode::None),
        (4, 2, Mode::Unclear),
        (1, 1, Mode::None),
    ];
    for (syn, answer, mode) in table {
        assert_eq!(agreed(syn, answer), mode, "{syn:03b} {answer:03b}");
    }
}

const CLASSIC: &str = "A SYN,ECE,CWR 100\nB SYN,ACK,ECE 300 101\nA ACK 101 301\n";

#[test]
fn both_ends_know_the_mode_and_all_tries_must_agree() {
    let mode = |text: &str| {
        let watches = connection(text, &[]).watches;
        assert_eq!(watches.client.ecn.mode(), watches.server.ecn.mode());
        watches.client.ecn.mode()
    };
    assert_eq!(mode(CLASSIC), Mode::Classic);
    assert_eq!(mode("A SYN,ECE,CWR 100"), Mode::Unknown);
    let twice = CLASSIC.replace("B SYN", "A SYN 100\nB SYN");
    assert_eq!(mode(&twice), Mode::Unclear);
    let crossed = "A SYN,ECE,CWR 100\nB SYN,ECE,CWR 300\nA SYN,ACK,ECE 100 301\n\
                   B SYN,ACK,ECE 300 101";
    assert_eq!(mode(crossed), Mode::Classic);
}

#[test]
fn few_examples_are_noted() {
    let mut text = "A SYN 100\nB SYN,ACK 300 101\nA ACK 101 301\n".to_owned();
    let mut marks = Vec::new();
    for n in 0..20 {
        text += &format!("A ACK {} 301 len=10\n", 101 + 10 * n);
        marks.push((4 + n, 2));
    }
    let connection = connection(&text, &marks);
    assert_eq!(seen(&connection, Observations::ECT_UNAGREED), [4, 5, 6]);
    assert!(!connection.watches.client.ecn.marks_everything());
}

#[test]
fn an_echo_is_due_on_the_first_ack_of_all_marked_octets() {
    let echo = |text: &str, marks: &[(usize, u8)]| {
        let connection = connection(&format!("{CLASSIC}{text}"), marks);
        seen(&connection, Observations::CE_NOT_ECHOED)
    };
    let data = "A ACK 101 301 len=10\n";
    assert_eq!(echo(&format!("{data}B ACK 301 111"), &[(4, CE)]), [5]);
    assert!(echo(&format!("{data}B ACK,ECE 301 111"), &[(4, CE)]).is_empty());
    assert!(echo(&format!("{data}B ACK 301 111"), &[(4, 2)]).is_empty());
    assert!(echo(&format!("{data}B ACK 301 105"), &[(4, CE)]).is_empty());
    let later = format!("{data}B ACK 301 105\nB ACK 301 111\nB ACK 301 111");
    assert_eq!(echo(&later, &[(4, CE)]), [6]);
    let both = format!("{data}A ACK,CWR 111 301 len=10\nB ACK 301 121");
    assert!(echo(&both, &[(4, CE)]).is_empty(), "confirmed meanwhile");
    assert_eq!(echo(&both, &[(4, CE), (5, CE)]), [6], "and marked again");
    let beyond = "A ACK 101 301 len=2000\nB ACK 301 2101 win=3000";
    assert!(echo(beyond, &[(4, CE)]).is_empty(), "beyond the window");
}

/// `ece` ACKs with ECE, one each 100 ms, and data after each.
fn upload(ece: u32, cwr_at: Option<u32>) -> Connection {
    let mut text = CLASSIC.to_owned();
    for n in 0..ece {
        let flags = if cwr_at == Some(n) { "ACK,CWR" } else { "ACK" };
        text += &format!("+90ms A {flags} {} 301 len=10\n", 101 + 10 * n);
        text += &format!("+10ms B ACK,ECE 301 {}\n", 111 + 10 * n);
    }
    connection(&text, &[])
}

#[test]
fn ece_for_long_without_cwr() {
    let unanswered = Observations::ECE_UNANSWERED;
    assert!(
        seen(&upload(9, None), unanswered).is_empty(),
        "within a second"
    );
    assert_eq!(seen(&upload(13, None), unanswered).len(), 1);
    assert!(seen(&upload(13, Some(7)), unanswered).is_empty());
}

#[test]
fn ece_after_cwr() {
    let after = Observations::ECE_AFTER_CWR;
    assert_eq!(seen(&upload(6, Some(1)), after), [11]);
    assert!(
        seen(&upload(3, Some(1)), after).is_empty(),
        "not often enough"
    );
}
