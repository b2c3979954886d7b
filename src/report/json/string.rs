//! Strings in JSON. It is printed to terminals too: what they could take for a command
//! is escaped, beyond what JSON itself asks for (RFC 8259, 7).

use std::fmt;

use crate::report::clean;

/// Appends `text` with what needs it escaped.
pub fn put(octets: &mut Vec<u8>, text: &str) {
    if is_plain(text.as_bytes()) {
        octets.extend_from_slice(text.as_bytes());
        return;
    }
    for character in text.chars() {
        let short = match character {
            '"' => b'"',
            '\\' => b'\\',
            '\u{8}' => b'b',
            '\t' => b't',
            '\n' => b'n',
            '\u{c}' => b'f',
            '\r' => b'r',
            // All of them have at most 16 bits.
            unsafe_one if clean::is_unsafe(unsafe_one) => {
                let code = format!("\\u{:04x}", u32::from(unsafe_one));
                octets.extend_from_slice(code.as_bytes());
                continue;
            }
            other => {
                octets.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
        };
        octets.extend_from_slice(&[b'\\', short]);
    }
}

/// ASCII that needs no escape, asked of eight octets at a time. May take what is
/// plain for odd, never what is odd for plain.
fn is_plain(text: &[u8]) -> bool {
    let (words, rest) = text.as_chunks::<8>();
    let mut last = [b' '; 8];
    for (place, octet) in last.iter_mut().zip(rest) {
        *place = *octet;
    }
    let words = words.iter().chain([&last]);
    words.fold(0, |odd, word| odd | odd_octets(u64::from_le_bytes(*word))) == 0
}

/// Has the highest bit of an octet set where there may be one that is no ASCII, below blank, a
/// quotation mark, a backslash or DEL: borrows run from an octet that is odd to the next.
const fn odd_octets(word: u64) -> u64 {
    const fn all(octet: u8) -> u64 {
        u64::from_le_bytes([octet; 8])
    }
    const fn zero(word: u64) -> u64 {
        word.wrapping_sub(all(1))
    }
    let below_blank = word.wrapping_sub(all(b' '));
    let marks = zero(word ^ all(b'"')) | zero(word ^ all(b'\\')) | zero(word ^ all(0x7f));
    (word | below_blank | marks) & all(0x80)
}

/// Text that comes in pieces.
pub struct Escaped<'a>(pub &'a mut Vec<u8>);

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        put(self.0, text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut octets = Vec::new();
        put(&mut octets, text);
        String::from_utf8(octets).unwrap()
    }

    #[test]
    fn every_character_comes_back() {
        let all = (0..0x3000).filter_map(char::from_u32).chain(['\u{10ffff}']);
        for character in all {
            let text = format!("a{character}b");
            let read: String = serde_json::from_str(&format!("\"{}\"", written(&text))).unwrap();
            assert_eq!(read, text);
        }
    }

    #[test]
    fn what_is_odd_is_seen_wherever_it_stands() {
        for octet in 0..=u8::MAX {
            let odd = !(0x20..0x7f).contains(&octet) || octet == b'"' || octet == b'\\';
            for (length, place) in (1..20).flat_map(|length| (0..length).map(move |p| (length, p)))
            {
                let mut text = vec![b'~'; length];
                text[place] = octet;
                assert_eq!(is_plain(&text), !odd, "{octet:#x} at {place} of {length}");
            }
        }
        assert!(is_plain(b""));
    }

    #[test]
    fn what_is_safe_is_written_as_a_general_serializer_would() {
        let all = (0..0x3000).filter_map(char::from_u32);
        for character in all.filter(|c| !clean::is_unsafe(*c) || *c < ' ') {
            let text = format!("{character}.");
            let expected = serde_json::to_string(&text).unwrap();
            assert_eq!(format!("\"{}\"", written(&text)), expected);
        }
    }
}
