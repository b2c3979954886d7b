//! Ladders as people see them.

#![allow(clippy::unwrap_used)]

mod exchange;
mod program;

use exchange::Exchange;
use program::{lab, run_on_with, tcpcheck};

/// The ladder of an exchange on a page of so many columns: from the heading of its columns to the end.
fn on_page(capture: &[u8], columns: &str, locale: &str, arguments: &[&str]) -> String {
    let environment = [("COLUMNS", columns), ("LC_ALL", locale)];
    let arguments = [&["--ladder"], arguments].concat();
    let (_, text, _) = run_on_with(capture, &arguments, &environment);
    let begin = text.find("Packet  ").unwrap_or_default();
    let key = ["━━► data", "==> data"];
    let end = key.iter().find_map(|key| text.find(key));
    let end = end.unwrap_or(text.len());
    text[begin..end].trim_end().to_owned()
}

/// The same of a text, on 80 columns.
fn ladder(text: &str) -> String {
    let capture = Exchange::parse(text).unwrap().to_pcap();
    on_page(&capture, "80", "C.UTF-8", &[])
}

const OPEN: &str = "\
options: rtt=20ms isn.client=1000 isn.server=5000
0.000 A > B SYN mss=1460 sackok wscale=7
+10ms B > A SYN,ACK mss=1460 sackok wscale=7
+10ms A > B ACK win=512
";

#[test]
fn an_opening_and_a_close() {
    insta::assert_snapshot!(
        "four_way_close",
        ladder(&format!(
            "{OPEN}+1ms A > B PSH,ACK len=100 win=512
             +10ms B > A ACK win=512
             +5ms B > A PSH,ACK len=1000 win=512
             +10ms A > B ACK win=512
             +1500ms A > B FIN,ACK win=512
             +10ms B > A ACK win=512
             +30ms B > A FIN,ACK win=512
             +10ms A > B ACK win=512"
        ))
    );
    insta::assert_snapshot!(
        "three_segment_close",
        ladder(&format!(
            "{OPEN}+1ms A > B FIN,ACK win=512
             +10ms B > A FIN,ACK win=512
             +10ms A > B ACK win=512"
        ))
    );
}

#[test]
fn other_openings_and_ends() {
    insta::assert_snapshot!(
        "simultaneous_open",
        ladder(
            "options: isn.client=1000 isn.server=5000
             0.000 A > B SYN mss=1460
             +1ms B > A SYN mss=1460
             +10ms A > B SYN,ACK seq=0 ack=1 mss=1460
             +1ms B > A SYN,ACK seq=0 ack=1 mss=1460"
        )
    );
    insta::assert_snapshot!(
        "reset",
        ladder(&format!(
            "{OPEN}+1ms A > B PSH,ACK len=100 win=512
             +10ms B > A RST seq=1"
        ))
    );
    insta::assert_snapshot!(
        "refused",
        ladder(
            "options: isn.client=1000 isn.server=5000
             0.000 A > B SYN mss=1460
             +10ms B > A RST,ACK seq=@0 ack=1"
        )
    );
}

#[test]
fn what_is_sent_again() {
    insta::assert_snapshot!(
        "retransmission",
        ladder(&format!(
            "{OPEN}+1ms A > B PSH,ACK len=100 win=512 lost
             +300ms A > B PSH,ACK seq=1 len=100 win=512
             +10ms B > A ACK ack=101 win=512
             +1ms A > B ACK seq=101 len=100 win=512
             +10us A > B ACK seq=201 len=100 win=512
             +10us A > B ACK seq=301 len=100 win=512
             +10us A > B ACK seq=401 len=100 win=512
             +10ms B > A ACK ack=101 win=512 sack=201-301
             +10us B > A ACK ack=101 win=512 sack=201-401
             +10us B > A ACK ack=101 win=512 sack=201-501
             +10ms A > B ACK seq=101 len=100 win=512
             +10ms B > A ACK ack=501 win=512"
        ))
    );
    insta::assert_snapshot!(
        "hole",
        ladder(&format!(
            "{OPEN}+1ms A > B ACK len=100 win=512
             +10us A > B ACK len=100 win=512 drop
             +10us A > B ACK len=100 win=512
             +10ms B > A ACK ack=301 win=512"
        ))
    );
}

#[test]
fn a_closed_window_is_probed() {
    insta::assert_snapshot!(
        "zero_window",
        ladder(&format!(
            "{OPEN}+1ms A > B PSH,ACK len=1000 win=512
             +10ms B > A ACK win=0
             +300ms A > B ACK seq=1000 win=512
             +10ms B > A ACK seq=1 ack=1001 win=0
             +900ms B > A ACK seq=1 ack=1001 win=512
             +1ms A > B PSH,ACK seq=1001 len=100 win=512
             +10ms B > A ACK win=512"
        ))
    );
}

/// A download of 300 segments, each of which is acknowledged.
fn download() -> Vec<u8> {
    let mut text = format!("{OPEN}+1ms A > B PSH,ACK len=100 win=512\n");
    for _ in 0..300 {
        text.push_str("+10ms B > A ACK len=1460 win=512\n+1ms A > B ACK win=512\n");
    }
    text.push_str("+1ms A > B FIN,ACK win=512\n+10ms B > A ACK win=512\n");
    text.push_str("+10ms B > A FIN,ACK win=512\n+10ms A > B ACK win=512\n");
    Exchange::parse(&text).unwrap().to_pcap()
}

#[test]
fn a_long_transfer_is_folded() {
    insta::assert_snapshot!("folded", on_page(&download(), "80", "C.UTF-8", &[]));
}

#[test]
fn a_wide_page_has_margins() {
    let capture = Exchange::read(program::testdata("rules/HS/HS001-fires.exchange")).to_pcap();
    insta::assert_snapshot!("wide", on_page(&capture, "160", "C.UTF-8", &[]));
    insta::assert_snapshot!("ascii", on_page(&capture, "80", "C", &[]));
}

#[test]
fn addresses_may_be_long_and_numbers_wrap() {
    let text = format!(
        "{OPEN}+1ms A > B PSH,ACK len=100 win=512
         +10ms B > A PSH,ACK len=300 win=512
         +10ms A > B ACK win=512"
    );
    let exchange = Exchange::parse(&text).unwrap();
    let capture = exchange
        .with_ip(6)
        .with_isn(u32::MAX - 10, u32::MAX)
        .to_pcap();
    let drawn = on_page(&capture, "80", "C.UTF-8", &[]);
    insta::assert_snapshot!("ipv6_and_wrap", drawn);
}

#[test]
fn what_began_before_the_capture() {
    insta::assert_snapshot!(
        "mid_stream",
        ladder(
            "options: isn.client=1000 isn.server=5000
             0.000 A > B PSH,ACK seq=5001 ack=7001 len=100
             +10ms B > A ACK seq=7001 ack=5101
             +1ms B > A FIN,ACK seq=7001 ack=5101"
        )
    );
}

#[test]
fn several_connections_are_drawn_as_the_table_lists_them() {
    let stuck = lab("close-wait-stuck");
    let two = tcpcheck().args(["--ladder", &stuck]).output().unwrap();
    let text = String::from_utf8(two.stdout).unwrap();
    assert_eq!(text.matches("Packet  ").count(), 2, "{text}");
    assert!(!text.contains("Event"), "states are told once: {text}");
    let all = tcpcheck()
        .args([
            "--ladder",
            &lab("port-reuse"),
            &lab("keepalive"),
            &lab("refused"),
            &stuck,
        ])
        .env("COLUMNS", "200")
        .output()
        .unwrap();
    let text = String::from_utf8(all.stdout).unwrap();
    assert!(text.matches("Packet  ").count() > 3, "{text}");
}

#[test]
fn lines_keep_to_the_page() {
    use unicode_width::UnicodeWidthStr;
    for name in ["keepalive", "data-loss", "ipv6", "fin-lost"] {
        for columns in ["60", "80", "139", "140", "160", "200"] {
            let output = tcpcheck()
                .args(["--ladder", &lab(name)])
                .env("COLUMNS", columns)
                .env("LC_ALL", "C.UTF-8")
                .output()
                .unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            let drawing = text
                .lines()
                .skip_while(|line| !line.starts_with("Packet  "));
            for line in drawing.take_while(|line| !line.is_empty()) {
                assert!(
                    line.width() <= columns.parse().unwrap(),
                    "{columns}: {line}"
                );
            }
        }
    }
}

/// All exchanges and captures of real hosts.
fn captures() -> Vec<Vec<u8>> {
    let below = |folder: &str, ending| {
        let folder = program::testdata(folder);
        exchange::files_below(std::path::Path::new(&folder), ending)
    };
    let exchanges = ["exchanges", "rules"].map(|folder| below(folder, "exchange"));
    let exchanges = exchanges
        .iter()
        .flatten()
        .map(|path| Exchange::read(path).to_pcap());
    let real = below("lab", "pcap");
    exchanges
        .chain(real.iter().map(|path| std::fs::read(path).unwrap()))
        .collect()
}

fn checked(capture: Vec<u8>, drawn: usize) -> tcpcheck::report::model::Report {
    let settings = tcpcheck::settings::Settings {
        drawn,
        ..tcpcheck::settings::Settings::default()
    };
    let mut checker = tcpcheck::check::Checker::new(settings);
    checker.check("-", Box::new(std::io::Cursor::new(capture)));
    checker.finish()
}

/// Whoever draws a connection says the same of it, and draws all of its segments or sums them up.
#[test]
fn to_draw_changes_nothing() {
    use tcpcheck::report::drawing::Part;
    let json = |report: &tcpcheck::report::model::Report| {
        let mut out = Vec::new();
        tcpcheck::report::json::write(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    for capture in captures() {
        let plain = json(&checked(capture.clone(), 0));
        for room in [16, 512] {
            let report = checked(capture.clone(), room);
            assert_eq!(json(&report), plain);
            for entry in report.connections.iter().map(Result::unwrap) {
                let stats = entry.stats;
                let sent = stats.client.segments + stats.server.segments;
                let drawing = entry.drawing.unwrap();
                let drawn = drawing.parts.iter().map(|part| match part {
                    Part::Segment(_) => 1,
                    Part::Fold(fold) => fold.ends.client.segments + fold.ends.server.segments,
                });
                assert_eq!(drawn.sum::<u64>(), sent, "{} of {plain}", entry.id);
                let numbers: Vec<u64> = drawing.parts.iter().map(|p| p.first().number).collect();
                assert!(numbers.is_sorted(), "{numbers:?}");
                // What is drawn last leads to the states of the report.
                let states = &drawing.parts.last().unwrap().states();
                let timed_out = entry.states.iter().any(|row| row.packet.is_none());
                let told = |field: &str| !entry.undetermined.contains_key(field);
                if !timed_out && told("final_state.client") {
                    assert_eq!(states.client, entry.final_state.client, "{plain}");
                }
            }
        }
    }
}
