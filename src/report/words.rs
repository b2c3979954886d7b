//! Words for people: numbers, enumerations and the names of the model.

use std::ffi::OsStr;
use std::path::Path;

use super::model::{Closing, Opening, Party, VantageReport};
use crate::finding::Severity;
use crate::segment::Socket;
use crate::tunnel::Tunnel;

/// A number with its thousands set apart.
pub fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of things: `1 error`, `2 errors`.
pub fn count(n: u64, thing: &str) -> String {
    match n {
        1 => format!("1 {thing}"),
        _ => format!("{} {thing}s", number(n)),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub fn list(items: &[impl AsRef<str>], last_word: &str) -> String {
    let mut text = String::new();
    for (place, item) in items.iter().enumerate() {
        match items.len() - place {
            _ if place == 0 => {}
            1 => {
                text.push(' ');
                text.push_str(last_word);
                text.push(' ');
            }
            _ => text.push_str(", "),
        }
        text.push_str(item.as_ref());
    }
    text
}

/// What a connection runs in, the innermost first: `VXLAN 42 between a and b,
/// in GRE between c and d`.
pub fn tunnels(chain: &[Tunnel]) -> String {
    let names: Vec<String> = chain.iter().rev().map(Tunnel::to_string).collect();
    names.join(", in ")
}

/// Counts by severity, worst first, without the zeros.
pub fn counts(counts: &[(Severity, u64)]) -> Vec<String> {
    let present = counts.iter().filter(|(_, n)| *n > 0);
    present
        .map(|(severity, n)| count(*n, severity.as_str()))
        .collect()
}

/// The name of an opening.
pub const fn opening(opening: Opening) -> &'static str {
    match opening {
        Opening::ThreeWay => "three-way",
        Opening::Simultaneous => "simultaneous",
        Opening::FastOpen => "fast-open",
        Opening::Split => "split",
        Opening::Refused => "refused",
        Opening::Rejected => "rejected",
        Opening::Unanswered => "unanswered",
        Opening::Incomplete => "incomplete",
        Opening::MidStream => "mid-stream",
        Opening::Undetermined => "undetermined",
    }
}

/// The name of a closing.
pub const fn closing(closing: Closing) -> &'static str {
    match closing {
        Closing::FourWay => "four-way",
        Closing::ThreeWay => "three-way",
        Closing::Simultaneous => "simultaneous",
        Closing::Reset => "reset",
        Closing::HalfClosed => "half-closed",
        Closing::Unfinished => "unfinished",
        Closing::None => "not closed",
        Closing::Undetermined => "undetermined",
    }
}

/// Who it was.
pub const fn party(party: Option<Party>) -> &'static str {
    match party {
        Some(Party::Client) => "the client",
        Some(Party::Server) => "the server",
        Some(Party::Both) => "both ends",
        None => "an unknown end",
    }
}

/// Where the capture was taken.
pub const fn vantage(vantage: VantageReport) -> &'static str {
    match vantage {
        VantageReport::Client => "at the client",
        VantageReport::Server => "at the server",
        VantageReport::Both => "on the host of both ends",
        VantageReport::Middle => "between the two ends",
        VantageReport::Unknown => "at an unknown place",
    }
}

/// What a need of the catalogue asks for; the reason for a withheld check.
pub fn need(token: &str) -> &'static str {
    match token {
        "header" => "the whole TCP header with options",
        "payload" => "the whole payload",
        "handshake" => "SYN and SYN-ACK of the connection",
        "syn:self" => "the SYN or SYN-ACK of the endpoint that is judged",
        "syn:peer" => "the SYN or SYN-ACK of its peer",
        "fin:self" => "a FIN of the endpoint that is judged",
        "fin:peer" => "a FIN of its peer",
        "both-directions" => "segments of both endpoints",
        "no-capture-loss" => "proof that the capture lost nothing (--lossless states it)",
        "symmetric-path" => "both directions through the same monitor",
        "order-proof" => "proof of the order in which two segments were sent",
        "at-self" => "a capture taken at the endpoint that is judged (--vantage states it)",
        "no-offload:self" => "a capture without offload at the endpoint that is judged",
        "no-offload:peer" => "a capture without offload at its peer",
        "clock" => "time stamps that can be trusted",
        _ if token.starts_with("time") => "a capture that goes on longer",
        _ => "more than the capture holds",
    }
}

/// The last part of a path, where it has one.
#[must_use]
pub fn file_name(path: &str) -> &str {
    let name = Path::new(path).file_name();
    name.and_then(OsStr::to_str).unwrap_or(path)
}

/// A service, or (with port 0) a host as a whole.
#[must_use]
pub fn host(subject: Socket) -> String {
    match subject.port {
        0 => subject.ip.to_string(),
        _ => subject.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(number(999), "999");
        assert_eq!(number(1_000), "1,000");
        assert_eq!(number(12_345_678), "12,345,678");
        assert_eq!(count(1, "error"), "1 error");
        assert_eq!(count(0, "error"), "0 errors");
        assert_eq!(list(&["a", "b", "c"], "and"), "a, b and c");
        assert_eq!(list(&["a", "b"], "or"), "a or b");
        assert_eq!(list(&["a"], "and"), "a");
    }
}
