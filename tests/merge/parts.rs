//! Captures of testdata, cut into parts, and the reports on them.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tcpcheck::capture::merge::Origin;
use tcpcheck::check::Checker;
use tcpcheck::settings::Settings;

use crate::capture::{Capture, Frame};
use crate::exchange::Exchange;
use crate::program::testdata;

/// Frames of a capture by their place in it, for each of its parts.
pub type Cut = Vec<Vec<usize>>;

fn below(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap();
    let mut entries: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            below(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// All captures of testdata that are plain pcap files, and all exchanges, with their names.
pub fn captures() -> Vec<(String, Capture)> {
    let mut found = Vec::new();
    below(Path::new(&testdata("")), &mut found);
    let captures = found.into_iter().filter_map(|path| {
        let octets = match path.extension()?.to_str()? {
            "pcap" => fs::read(&path).unwrap(),
            "exchange" => Exchange::read(&path).to_pcap(),
            _ => return None,
        };
        let capture = Capture::parse(&octets)?;
        Some((path.to_str().unwrap().to_owned(), capture))
    });
    captures.collect()
}

/// Nanoseconds of a frame's time.
pub fn time(capture: &Capture, frame: &Frame) -> i64 {
    let unit = if capture.header[0] == 0xd4 { 1000 } else { 1 };
    let [seconds, fraction] = [0, 4].map(|at| {
        let octets = frame.time[at..at + 4].try_into().unwrap();
        i64::from(u32::from_le_bytes(octets))
    });
    seconds * 1_000_000_000 + fraction * unit
}

/// Moves a frame's time.
pub fn shift(capture: &Capture, frame: &mut Frame, ns: i64) {
    let unit = if capture.header[0] == 0xd4 { 1000 } else { 1 };
    let to = time(capture, frame) + ns;
    let parts = [to / 1_000_000_000, to % 1_000_000_000 / unit];
    for (octets, part) in frame.time.chunks_mut(4).zip(parts) {
        octets.copy_from_slice(&u32::try_from(part).unwrap().to_le_bytes());
    }
}

/// Whether no frame is earlier than the one before it.
pub fn is_in_order(capture: &Capture) -> bool {
    capture
        .frames
        .is_sorted_by_key(|frame| time(capture, frame))
}

/// Which frames are of which direction: 0 for those from the socket that sent first. Frames without TCP
/// are in the first part.
pub fn directions(capture: &Capture) -> Cut {
    let mut first = BTreeMap::new();
    let mut cut = vec![Vec::new(), Vec::new()];
    for (at, frame) in capture.frames.iter().enumerate() {
        let part = capture.place(frame).map_or(0, |place| {
            let (from, to) = place.sockets(&frame.octets);
            let key = if from < to {
                (from.clone(), to)
            } else {
                (to, from.clone())
            };
            usize::from(*first.entry(key).or_insert_with(|| from.clone()) != from)
        });
        cut[part].push(at);
    }
    cut
}

/// `frames` frames, cut into `count` parts one behind the other.
pub fn pieces(frames: usize, count: usize) -> Cut {
    let size = frames.div_ceil(count).max(1);
    let all: Vec<usize> = (0..frames).collect();
    all.chunks(size).map(<[usize]>::to_vec).collect()
}

/// The part of a capture that holds these frames.
pub fn part(capture: &Capture, frames: &[usize]) -> Capture {
    let frames = frames.iter().map(|at| capture.frames[*at].clone());
    Capture {
        header: capture.header,
        frames: frames.collect(),
    }
}

/// The report on one capture, named as its parts would be.
pub fn alone(capture: &Capture) -> Value {
    let mut checker = Checker::new(Settings::default());
    checker.check("0", Box::new(Cursor::new(capture.to_file())));
    serde_json::to_value(checker.finish()).unwrap()
}

/// The report on captures that are read as one, which are given in the order of `order`. They
/// have their place as a name.
pub fn together(parts: &[Capture], order: &[usize]) -> Value {
    let mut checker = Checker::new(Settings::default());
    let input = |at: &usize| {
        let octets = Cursor::new(parts[*at].to_file());
        (format!("{at:03}"), Origin::Stream(Box::new(octets)))
    };
    checker.check_merged(order.iter().map(input).collect());
    serde_json::to_value(checker.finish()).unwrap()
}

/// Connections, findings and counts of a report on parts, with the packets named as they are in the
/// whole.
pub fn as_of_the_whole(mut report: Value, cut: &Cut) -> Value {
    fn walk(value: &mut Value, cut: &Cut) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| walk(item, cut)),
            Value::Object(fields) => {
                // Before it is renamed: a filter is for the file that is named.
                if let (Some(filter), Some(packet)) = (
                    fields.get("display_filter"),
                    fields.get("packet").and_then(Value::as_u64),
                ) {
                    let filter = filter.as_str().unwrap().split(['{', '}']).nth(1);
                    let mut numbers = filter.unwrap().split(", ");
                    assert!(numbers.any(|number| number == packet.to_string()));
                }
                for (file, packets) in [
                    ("capture", &["packet", "first_packet"][..]),
                    ("last_capture", &["last_packet"]),
                ] {
                    let Some(Value::String(name)) = fields.get_mut(file) else {
                        continue;
                    };
                    let part: usize = name.parse().unwrap();
                    *name = "0".to_owned();
                    for packet in packets {
                        if let Some(Value::Number(number)) = fields.get_mut(*packet) {
                            let at = usize::try_from(number.as_u64().unwrap()).unwrap() - 1;
                            *number = (cut[part][at] + 1).into();
                        }
                    }
                }
                if let Some(Value::String(message)) = fields.get_mut("message") {
                    *message = words_of_the_whole(message, cut);
                }
                fields.values_mut().for_each(|value| walk(value, cut));
            }
            _ => {}
        }
    }
    walk(&mut report, cut);
    essence(&report)
}

/// `packet 3 of 001` is a packet of the whole.
fn words_of_the_whole(message: &str, cut: &Cut) -> String {
    let mut words: Vec<String> = message.split(' ').map(str::to_owned).collect();
    let mut at = 0;
    while at + 2 < words.len() {
        let name: String = words[at + 2]
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        let number: String = words[at].chars().skip_while(|c| *c == '(').collect();
        if let (Ok(number), "of", 3) = (number.parse::<usize>(), words[at + 1].as_str(), name.len())
        {
            let number = cut[name.parse::<usize>().unwrap()][number - 1] + 1;
            let open = if words[at].starts_with('(') { "(" } else { "" };
            words[at] = format!("{open}{number}{}", &words[at + 2][3..]);
            words.drain(at + 1..at + 3);
        }
        at += 1;
    }
    words.join(" ")
}

/// What does not depend on how many files there are.
pub fn essence(report: &Value) -> Value {
    let mut report = report.clone();
    let fields = report.as_object_mut().unwrap();
    fields.remove("captures");
    fields.remove("assumptions");
    // By the name of the file.
    for finding in fields["findings"].as_array_mut().unwrap() {
        finding.as_object_mut().unwrap().remove("fingerprint");
    }
    fields["summary"]
        .as_object_mut()
        .unwrap()
        .remove("captures");
    for finding in fields["findings"].as_array_mut().unwrap() {
        finding.as_object_mut().unwrap().remove("display_filter");
    }
    report
}

/// The first line in which two reports differ, to be read by people.
pub fn difference(a: &Value, b: &Value) -> Option<String> {
    if a == b {
        return None;
    }
    let [a, b] = [a, b].map(|value| serde_json::to_string_pretty(value).unwrap());
    let differing = a.lines().zip(b.lines()).find(|(a, b)| a != b);
    let (a, b) = differing.unwrap_or(("...", "..."));
    Some(format!("\n- {}\n+ {}", a.trim(), b.trim()))
}

/// What somebody is accused of with certainty: rule, case and whom it is about. The form of a
/// single segment is not affected by any other.
pub fn definite(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    let whom = |finding: &Value| {
        let connections = report["connections"].as_array().unwrap();
        let connection = connections
            .iter()
            .find(|c| c["id"] == finding["connection"])?;
        let role = finding["endpoint"].as_str()?;
        Some(connection[role].to_string())
    };
    findings
        .filter(|f| f["certainty"] == "definite" && f["blames"] != "nobody")
        .filter(|f| f["severity"] == "error" || f["severity"] == "warning")
        .filter(|f| !f["rule"].as_str().unwrap().starts_with("FL"))
        .map(|f| format!("{} {} {:?}", f["rule"], f["case"], whom(f)))
        .collect()
}
