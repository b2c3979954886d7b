//! Text in place of a capture.

use super::Foreign;

const HINT: &str = "if it is what tcpdump or tshark printed, capture again with `-w FILE`";
const TSHARK: &str = "write the packets themselves with `tshark -r CAPTURE -w OUT`";
const NOTHING: &str = "it holds no packets";

/// How the first octets of captures look in base64 and in hexadecimal.
const BASE64: [&str; 5] = [
    "1MOyoQIABA",
    "TTyyoQIABA",
    "obLD1AACAA",
    "obI8TQACAA",
    "Cg0NC",
];
const HEXADECIMAL: [&str; 5] = ["d4c3b2a1", "4d3cb2a1", "a1b2c3d4", "a1b23c4d", "0a0d0d0a"];

pub(super) fn find(head: &[u8]) -> Option<Foreign> {
    let whole = as_text(head)?.trim_start_matches('\u{feff}');
    if BASE64.iter().any(|beginning| whole.starts_with(beginning)) {
        let hint = "decode it first (`base64 -d IN > OUT`)";
        return Some(Foreign::capture("a capture in base64", hint));
    }
    let lower = whole.trim_start().to_ascii_lowercase();
    let dense: String = lower
        .chars()
        .filter(|c| !c.is_whitespace())
        .take(8)
        .collect();
    if HEXADECIMAL.contains(&dense.as_str()) {
        let hint = "decode it first (`xxd -r -p IN OUT`)";
        return Some(Foreign::capture("a capture in hexadecimal", hint));
    }
    let begins = |beginning| lower.starts_with(beginning);
    Some(if begins("<!doctype html") || begins("<html") {
        let hint = "if it was downloaded, the server sent a page in place of the file";
        Foreign::other("an HTML page", hint)
    } else if lower.contains("<pdml") || lower.contains("<psml") {
        Foreign::other("packets as tshark prints them in XML", TSHARK)
    } else if begins("<?xml") {
        Foreign::other("an XML file", HINT)
    } else if is_json(&lower) && lower.contains("\"_index\"") {
        Foreign::other("packets as tshark prints them in JSON", TSHARK)
    } else if is_json(&lower) {
        Foreign::other("JSON", NOTHING)
    } else if lower.lines().next().is_some_and(is_candump) {
        Foreign::other("a log of a CAN bus (candump)", NOTHING)
    } else if is_hex_dump(&lower) {
        let hint = "`text2pcap IN OUT` (from Wireshark) makes a capture of it, but one \
                    without true times";
        Foreign::other("a hex dump", hint)
    } else {
        Foreign::other("it looks like text", HINT)
    })
}

fn is_json(text: &str) -> bool {
    let mut dense = text.chars().filter(|c| !c.is_whitespace());
    match (dense.next(), dense.next()) {
        (Some('{'), Some('"' | '}')) => true,
        (Some('['), next) => matches!(next, Some('{' | '[' | ']' | '"')),
        _ => false,
    }
}

/// `(1436509052.249713) vcan0 044#2a366c2bba`.
fn is_candump(line: &str) -> bool {
    line.starts_with('(') && line.contains(") ") && line.contains('#')
}

/// A line with an offset of zero and octets, such as `0000  45 00 00 3c`.
fn is_hex_dump(text: &str) -> bool {
    text.lines().any(|line| {
        let mut words = line.split_whitespace();
        let offset = words.next().map(|word| word.trim_end_matches(':'));
        let is_zero = |word: &str| word.len() >= 4 && word.bytes().all(|octet| octet == b'0');
        let is_octet =
            |word: &str| word.len() == 2 && word.bytes().all(|octet| octet.is_ascii_hexdigit());
        offset.is_some_and(is_zero) && words.take(4).filter(|word| is_octet(word)).count() == 4
    })
}

/// `head` as text, if it is some; a character may be cut at its end.
pub(super) fn as_text(head: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(head.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    let is_text = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\x0c' | '\x1b');
    text.chars().all(is_text).then_some(text)
}
