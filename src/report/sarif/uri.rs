//! The name of a capture as a URI reference (RFC 3986).

use std::path::{MAIN_SEPARATOR_STR, Path};

/// A relative path as a relative reference, an absolute one with its scheme.
pub fn of(path: &str) -> String {
    let slashes = path.replace(MAIN_SEPARATOR_STR, "/");
    let mut uri = String::with_capacity(slashes.len());
    if Path::new(path).is_absolute() {
        // Where paths begin with a drive, a slash goes in front of it.
        uri.push_str(if slashes.starts_with('/') {
            "file://"
        } else {
            "file:///"
        });
    }
    for octet in slashes.bytes() {
        match octet {
            // What needs no escape in a segment. A colon would end a scheme.
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(octet));
            }
            _ => uri.push_str(&format!("%{octet:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn a_path_is_a_reference() {
        assert_eq!(of("a/b-1_2~.pcap"), "a/b-1_2~.pcap");
        assert_eq!(of("a b:c%?#.pcap"), "a%20b%3Ac%25%3F%23.pcap");
        assert_eq!(of("測.pcap\n"), "%E6%B8%AC.pcap%0A");
        #[cfg(unix)]
        assert_eq!(of("/tmp/a.pcap"), "file:///tmp/a.pcap");
    }
}
