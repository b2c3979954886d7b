//! Figures in sentences.

use super::sketch::Distinct;

/// `12 addresses`, `about 3000 addresses`, `1 address`.
#[must_use]
pub fn about(distinct: &Distinct, one: &str, many: &str) -> String {
    let n = distinct.estimate();
    let word = if n == 1 { one } else { many };
    if distinct.is_exact() {
        format!("{n} {word}")
    } else {
        format!("about {} {word}", rounded(n))
    }
}

/// With the two leading figures that an estimate deserves.
#[must_use]
pub const fn rounded(n: u64) -> u64 {
    let mut unit = 1;
    while n / unit >= 100 {
        unit *= 10;
    }
    (n + unit / 2) / unit * unit
}

/// `33 %`, `0 %`, `less than 1 %`.
#[must_use]
pub fn share(part: u64, whole: u64) -> String {
    match part.saturating_mul(100).checked_div(whole) {
        _ if part == 0 => "0 %".to_owned(),
        None => "100 %".to_owned(),
        Some(0) => "less than 1 %".to_owned(),
        Some(percent) => format!("{percent} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_have_two_figures() {
        assert_eq!(
            [7, 99, 104, 3049, 99_700].map(rounded),
            [7, 99, 100, 3000, 100_000]
        );
        assert_eq!(share(0, 9), "0 %");
        assert_eq!(share(1, 3000), "less than 1 %");
        assert_eq!(share(1, 3), "33 %");
    }
}
