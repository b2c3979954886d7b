//! Values that are more than a word, as typed on the command line and in configuration files.

use super::codes;
use super::wishes::Target;
use crate::finding::Severity;
use crate::rules::RULES;
use crate::segment::NS_PER_S;
use crate::settings::{SeverityChoice, VantageChoice};

/// Longest MSL accepted, in seconds: a day.
const MAX_MSL_S: i64 = 86_400;

/// `CODE[/CASE]=LEVEL|off`, not yet looked up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SeveritySpec {
    /// Code or name of the rule.
    pub rule: String,
    /// Case of the rule.
    pub case: Option<String>,
    /// What it becomes.
    pub choice: SeverityChoice,
}

/// Parses `CODE[/CASE]=LEVEL|off`.
pub fn severity(text: &str) -> Result<SeveritySpec, String> {
    let (rule, level) = text
        .split_once('=')
        .ok_or("a severity is given as CODE=LEVEL, for example TD005=warning")?;
    let choice = if level.eq_ignore_ascii_case("off") {
        SeverityChoice::Off
    } else {
        let known = Severity::ALL.into_iter();
        let found = known
            .rev()
            .find(|known| known.as_str().eq_ignore_ascii_case(level));
        let wrong = || format!("{level:?} is none of error, warning, notice, info, off");
        SeverityChoice::Level(found.ok_or_else(wrong)?)
    };
    let (rule, case) = match rule.split_once('/') {
        Some((rule, case)) => (rule, Some(case.to_owned())),
        None => (rule, None),
    };
    let rule = rule.to_owned();
    Ok(SeveritySpec { rule, case, choice })
}

/// Parses a decimal number of seconds, to nanoseconds.
pub fn seconds(text: &str) -> Result<i64, String> {
    let wrong = || format!("not a number of seconds, such as 30 or 0.5 (at most {MAX_MSL_S})");
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 9 {
        return Err(wrong());
    }
    let whole: i64 = whole.parse().map_err(|_| wrong())?;
    let fraction: i64 = format!("{fraction:0<9}").parse().map_err(|_| wrong())?;
    let ns = whole
        .checked_mul(NS_PER_S)
        .and_then(|ns| ns.checked_add(fraction))
        .filter(|ns| *ns <= MAX_MSL_S * NS_PER_S)
        .ok_or_else(wrong)?;
    if ns == 0 {
        return Err("must be more than 0".to_owned());
    }
    Ok(ns)
}

/// Parses `auto|client|server|middle|host=ADDRESS`.
pub fn vantage(text: &str) -> Result<VantageChoice, String> {
    match text {
        "auto" => Ok(VantageChoice::Auto),
        "client" => Ok(VantageChoice::Client),
        "server" => Ok(VantageChoice::Server),
        "middle" => Ok(VantageChoice::Middle),
        _ => match text.strip_prefix("host=") {
            Some(address) => address
                .parse()
                .map(VantageChoice::Host)
                .map_err(|_| format!("{address:?} is no IPv4 or IPv6 address")),
            None => Err("none of auto, client, server, middle, host=ADDRESS".to_owned()),
        },
    }
}

/// The rule, or the case of one, that is meant by `CODE[/CASE]`.
pub fn target(text: &str) -> Result<Target, String> {
    let (rule, case) = match text.split_once('/') {
        Some((rule, case)) => (rule, Some(case.to_owned())),
        None => (text, None),
    };
    let spec = SeveritySpec {
        rule: rule.to_owned(),
        case,
        choice: SeverityChoice::Off,
    };
    let found = codes::severities(&RULES, &[spec])?;
    (found.into_keys().next()).ok_or_else(|| format!("no rule is called '{text}'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_severity_may_name_a_case() {
        let spec = severity("TD005/plain=Warning").unwrap();
        assert_eq!(
            (spec.rule.as_str(), spec.case.as_deref()),
            ("TD005", Some("plain"))
        );
        assert_eq!(spec.choice, SeverityChoice::Level(Severity::Warning));
        assert_eq!(severity("TD005=off").unwrap().choice, SeverityChoice::Off);
        assert!(severity("TD005").is_err());
        assert!(severity("TD005=fatal").is_err());
    }

    #[test]
    fn seconds_are_exact() {
        assert_eq!(seconds("30"), Ok(30 * NS_PER_S));
        assert_eq!(seconds("0.5"), Ok(NS_PER_S / 2));
        assert_eq!(seconds("0.000000001"), Ok(1));
        assert_eq!(seconds("86400"), Ok(MAX_MSL_S * NS_PER_S));
        for wrong in [
            "",
            "0",
            "0.0",
            "-1",
            "1e3",
            ".5",
            "5.",
            "86400.1",
            "99999999999",
            "x",
            "+1",
        ] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_vantage_may_be_an_address() {
        assert_eq!(vantage("middle"), Ok(VantageChoice::Middle));
        let host = "2001:db8::1".parse().unwrap();
        assert_eq!(vantage("host=2001:db8::1"), Ok(VantageChoice::Host(host)));
        assert!(vantage("host=here").is_err());
        assert!(vantage("nowhere").is_err());
    }

    #[test]
    fn a_target_is_a_rule_or_a_case_of_it() {
        assert_eq!(target("hs001"), Ok(("HS001", None)));
        assert_eq!(target("rt004/Syn-ACK"), Ok(("RT004", Some("syn-ack"))));
        assert!(target("TD005/x").is_err() && target("XX").is_err());
    }
}
