//! Amounts of data and of time in few letters.

use crate::report::words;
use crate::segment::{NS_PER_MS, NS_PER_S, NS_PER_US};

/// `999 octets`, `12.3 kB`, `1.7 MB`.
pub fn octets(octets: u64) -> String {
    const UNITS: [(u64, &str); 4] = [
        (1_000_000_000_000, "TB"),
        (1_000_000_000, "GB"),
        (1_000_000, "MB"),
        (1_000, "kB"),
    ];
    let unit = UNITS.into_iter().find(|(size, _)| octets >= *size);
    match unit {
        Some((size, unit)) if octets >= 10_000 => {
            let tenths = octets / (size / 10);
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        }
        _ => words::count(octets, "octet"),
    }
}

/// `12 us`, `0.213 s`, `2.31 s`, `3 min 12 s`, `5 h 2 min`.
pub fn time(ns: i64) -> String {
    let (sign, ns) = (if ns < 0 { "-" } else { "" }, ns.saturating_abs());
    let text = match ns {
        ns if ns < NS_PER_MS => format!("{} us", ns / NS_PER_US),
        ns if ns < 100 * NS_PER_MS => {
            format!(
                "{}.{} ms",
                ns / NS_PER_MS,
                ns % NS_PER_MS / (NS_PER_MS / 10)
            )
        }
        ns if ns < NS_PER_S => format!("0.{:03} s", ns / NS_PER_MS),
        ns if ns < 60 * NS_PER_S => {
            format!(
                "{}.{:02} s",
                ns / NS_PER_S,
                ns % NS_PER_S / (10 * NS_PER_MS)
            )
        }
        ns if ns < 3600 * NS_PER_S => {
            let seconds = ns / NS_PER_S;
            format!("{} min {} s", seconds / 60, seconds % 60)
        }
        ns => {
            let minutes = ns / NS_PER_S / 60;
            format!("{} h {} min", minutes / 60, minutes % 60)
        }
    };
    format!("{sign}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_short() {
        let all = [0, 1, 9_999, 10_000, 12_345, 1_740_000, 2_000_000_000].map(octets);
        let expected = [
            "0 octets",
            "1 octet",
            "9,999 octets",
            "10.0 kB",
            "12.3 kB",
            "1.7 MB",
            "2.0 GB",
        ];
        assert_eq!(all, expected);
        let times = [
            12_345,
            1_240_000,
            213_000_000,
            2_319_000_000,
            192_000_000_000,
            18_120 * NS_PER_S,
        ];
        let expected = [
            "12 us",
            "1.2 ms",
            "0.213 s",
            "2.31 s",
            "3 min 12 s",
            "5 h 2 min",
        ];
        assert_eq!(times.map(time), expected);
        assert_eq!(time(-12_345), "-12 us");
    }
}
