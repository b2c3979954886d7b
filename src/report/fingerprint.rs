//! What a finding goes by from run to run: the same finding has the same fingerprint in the next
//! capture of the same test, though its packets, times, addresses and numbers are others.
//!
//! docs/baseline.md argues for what is in it and what is not.

use hashbrown::HashMap;
use xxhash_rust::xxh3::xxh3_64;

use super::words::file_name;
use crate::finding::{Finding, Fingerprint, Role};

/// Goes up when the same finding would get another fingerprint.
const VERSION: &str = "1";

/// Ports from here on are given out by systems (Linux begins here, others at 49152), also to
/// servers that ask for any: they are others in each run.
const FIRST_DYNAMIC_PORT: u16 = 32_768;

/// Endings of a capture's name that are not part of it: a capture may be packed, or converted.
const PACKED: [&str; 3] = ["gz", "zst", "xz"];
const FORMATS: [&str; 3] = ["pcap", "pcapng", "cap"];

/// What equal findings share.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Kind {
    /// The capture, by [`stem`].
    pub capture: String,
    /// Code of the rule.
    pub rule: String,
    /// Case of the rule.
    pub case: Option<String>,
    /// The endpoint that it is about.
    pub endpoint: Option<Role>,
    /// The server's port, if it is one that stays.
    pub port: Option<u16>,
}

impl Kind {
    /// The kind of a finding in the capture with this path.
    #[must_use]
    pub fn of(finding: &Finding, capture: &str) -> Kind {
        Kind {
            capture: stem(capture).to_owned(),
            rule: finding.rule.to_owned(),
            case: finding.case.map(str::to_owned),
            endpoint: finding.endpoint,
            port: port(finding),
        }
    }
}

/// A server's port that is the same in the next run.
fn port(finding: &Finding) -> Option<u16> {
    (finding.server_port).filter(|port| *port < FIRST_DYNAMIC_PORT)
}

/// The name of a capture without its folder, compression and format.
#[must_use]
pub fn stem(path: &str) -> &str {
    let name = file_name(path);
    without(without(name, &PACKED), &FORMATS)
}

fn without<'a>(name: &'a str, endings: &[&str]) -> &'a str {
    match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => {
            let is_one = endings.iter().any(|one| one.eq_ignore_ascii_case(ending));
            if is_one { stem } else { name }
        }
        _ => name,
    }
}

/// Gives fingerprints: findings of one kind are told apart by being counted.
#[derive(Debug)]
pub struct Fingerprints {
    /// By the hash of a kind, how many there were.
    seen: HashMap<u64, u32>,
    /// So many kinds are counted.
    most: usize,
    text: String,
}

impl Fingerprints {
    /// For findings of at most so many kinds.
    #[must_use]
    pub fn new(most: usize) -> Fingerprints {
        Fingerprints {
            seen: HashMap::new(),
            most,
            text: String::new(),
        }
    }

    /// Gives a finding of the capture with this path its fingerprint. `false`: it is of more kinds
    /// than can be counted, and may share its fingerprint with others of its kind.
    pub fn give(&mut self, finding: &mut Finding, capture: &str) -> bool {
        let mut number = [0; 5];
        let port = port(finding).map_or("", |port| digits(port, &mut number));
        self.text.clear();
        let parts = [
            VERSION,
            finding.rule,
            finding.case.unwrap_or_default(),
            finding.endpoint.map_or("", Role::as_str),
            port,
            stem(capture),
        ];
        for part in parts {
            self.text.push_str(part);
            self.text.push('\0');
        }
        let kind = xxh3_64(self.text.as_bytes());
        let has_room = self.seen.len() < self.most;
        let (ordinal, counted) = match self.seen.get_mut(&kind) {
            Some(seen) => {
                *seen = seen.saturating_add(1);
                (*seen, true)
            }
            None if has_room => {
                self.seen.insert(kind, 1);
                (1, true)
            }
            None => (1, false),
        };
        self.text.push_str(itoa::Buffer::new().format(ordinal));
        finding.fingerprint = Fingerprint(xxh3_64(self.text.as_bytes()));
        counted
    }
}

fn digits(port: u16, to: &mut [u8; 5]) -> &str {
    let mut buffer = itoa::Buffer::new();
    let text = buffer.format(port).as_bytes();
    let place = to.get_mut(..text.len()).unwrap_or_default();
    place.copy_from_slice(text);
    std::str::from_utf8(place).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn finding() -> Finding {
        let mut finding = sample::one_error().findings.swap_remove(0);
        finding.server_port = Some(80);
        finding
    }

    fn print_of(change: impl FnOnce(&mut Finding), capture: &str) -> String {
        let mut finding = finding();
        change(&mut finding);
        assert!(Fingerprints::new(10).give(&mut finding, capture));
        finding.fingerprint.to_string()
    }

    /// The values stand in people's baselines and in what they have uploaded: they never change.
    #[test]
    fn the_values_are_for_ever() {
        assert_eq!(print_of(|_| (), "a.pcap"), "eeb1a3d5b66cc802");
        let text = ["1", "HS001", "", "server", "80", "a", "1"].join("\0");
        let expected = format!("{:016x}", xxh3_64(text.as_bytes()));
        assert_eq!(print_of(|_| (), "a.pcap"), expected);
    }

    #[test]
    fn what_changes_from_run_to_run_makes_no_difference() {
        let one = print_of(|_| (), "a.pcap");
        let other = print_of(
            |finding| {
                finding.packet = Some(77);
                finding.time = None;
                finding.message.clear();
                finding.observed = Default::default();
                finding.connection = Some(9);
                finding.certainty = crate::finding::Certainty::Likely;
                finding.severity = crate::finding::Severity::Info;
                finding.followers = 3;
            },
            "/elsewhere/a.pcapng.GZ",
        );
        assert_eq!(one, other);
        let any = |port| print_of(move |finding| finding.server_port = Some(port), "a");
        assert_eq!(any(40_001), any(61_234), "given out by the system");
    }

    #[test]
    fn what_makes_it_another_finding_makes_a_difference() {
        let all = [
            print_of(|_| (), "a.pcap"),
            print_of(|_| (), "b.pcap"),
            print_of(|finding| finding.rule = "HS002", "a.pcap"),
            print_of(|finding| finding.case = Some("x"), "a.pcap"),
            print_of(|finding| finding.endpoint = None, "a.pcap"),
            print_of(|finding| finding.server_port = Some(443), "a.pcap"),
            print_of(|finding| finding.server_port = None, "a.pcap"),
        ];
        for (place, one) in all.iter().enumerate() {
            assert!(!all[..place].contains(one), "{place}");
        }
    }

    #[test]
    fn equals_are_counted_as_far_as_there_is_room() {
        let mut prints = Fingerprints::new(1);
        let mut give = |rule| {
            let mut finding = finding();
            finding.rule = rule;
            let counted = prints.give(&mut finding, "a");
            (finding.fingerprint, counted)
        };
        let (first, second) = (give("HS001"), give("HS001"));
        assert!(first.1 && second.1 && first.0 != second.0);
        assert_eq!(give("HS002"), give("HS002"), "no room");
        assert!(!give("HS002").1 && give("HS001").1);
    }

    #[test]
    fn a_stem_is_a_name_without_what_may_change() {
        for (path, expected) in [
            ("a.pcap", "a"),
            ("x/y/a.PCAPNG.zst", "a"),
            ("a.b.cap", "a.b"),
            ("a.gz", "a"),
            (".pcap", ".pcap"),
            ("notes", "notes"),
            ("a.dump", "a.dump"),
            ("-", "-"),
        ] {
            assert_eq!(stem(path), expected);
        }
    }
}
