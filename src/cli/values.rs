//! Values of options that are more than a word, as typed.

use std::ffi::OsStr;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::args::{Format, Level};
use crate::report::narrow::Network;
use crate::segment::NS_PER_S;
use crate::settings::{SeverityChoice, VantageChoice};

/// Longest MSL accepted, in seconds: a day.
const MAX_MSL_S: i64 = 86_400;

/// A file to write the report to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Output {
    /// How.
    pub format: Format,
    /// Where.
    pub path: PathBuf,
}

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

/// Parses `[FORMAT=]FILE`.
pub fn output(text: &str) -> Result<Output, String> {
    if let Some((format, path)) = text.split_once('=')
        && let Ok(format) = Format::from_str(format, false)
    {
        return named(format, path);
    }
    let extension = Path::new(text).extension().and_then(OsStr::to_str);
    match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("txt") => named(Format::Text, text),
        Some("json") => named(Format::Json, text),
        _ => Err("no format goes by this name; write text=FILE or json=FILE".to_owned()),
    }
}

fn named(format: Format, path: &str) -> Result<Output, String> {
    if path.is_empty() {
        return Err("the file's name is missing".to_owned());
    }
    if path == "-" {
        return Err("standard output gets its report by --format".to_owned());
    }
    let path = PathBuf::from(path);
    Ok(Output { format, path })
}

/// Parses `CODE[/CASE]=LEVEL|off`.
pub fn severity(text: &str) -> Result<SeveritySpec, String> {
    let (rule, level) = text
        .split_once('=')
        .ok_or("a severity is given as CODE=LEVEL, for example TD005=warning")?;
    let choice = if level.eq_ignore_ascii_case("off") {
        SeverityChoice::Off
    } else {
        let level = Level::from_str(level, true)
            .map_err(|_| format!("{level:?} is none of error, warning, notice, info, off"))?;
        SeverityChoice::Level(level.into())
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

/// Parses `ADDR[/LEN]`.
pub fn network(text: &str) -> Result<Network, String> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text, None),
    };
    let ip: IpAddr = address
        .parse()
        .map_err(|_| format!("{address:?} is no IPv4 or IPv6 address"))?;
    let most = if ip.is_ipv4() { 32 } else { 128 };
    let bits = match bits {
        None => most,
        Some(bits) => (bits.parse().ok())
            .filter(|bits| *bits <= most)
            .ok_or_else(|| format!("the length of a network is a number from 0 to {most}"))?,
    };
    Ok(Network { ip, bits })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Severity;

    #[test]
    fn an_output_has_its_format_by_name_or_extension() {
        let path = |text| output(text).unwrap();
        assert_eq!(path("a.TXT").format, Format::Text);
        assert_eq!(path("a/b.json").format, Format::Json);
        assert_eq!(path("json=a.txt").format, Format::Json);
        assert_eq!(path("json=a.txt").path, Path::new("a.txt"));
        assert_eq!(path("x=y.json").path, Path::new("x=y.json"));
        for wrong in ["a", "a.csv", "csv=a.csv", "json=", "text=-", ""] {
            assert!(output(wrong).is_err(), "{wrong}");
        }
    }

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
    fn a_network_has_a_length_that_fits() {
        let bits = |text| network(text).map(|network| network.bits);
        assert_eq!(bits("10.0.0.1"), Ok(32));
        assert_eq!(bits("10.0.0.0/8"), Ok(8));
        assert_eq!(bits("2001:db8::/0"), Ok(0));
        for wrong in [
            "",
            "10",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/",
            "10.0.0.0/-1",
            "a/8",
        ] {
            assert!(network(wrong).is_err(), "{wrong}");
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
}
