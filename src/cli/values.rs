//! Values of options that are more than a word, as typed.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::ValueEnum;

use super::args::Format;
pub use crate::config::values::{SeveritySpec, seconds, severity, vantage};
use crate::report::narrow::Network;

/// A file to write the report to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Output {
    /// How.
    pub format: Format,
    /// Where.
    pub path: PathBuf,
}

/// Parses `[FORMAT=]FILE`.
pub fn output(text: &str) -> Result<Output, String> {
    if let Some((format, path)) = text.split_once('=')
        && let Ok(format) = Format::from_str(format, false)
    {
        return named(format, path);
    }
    match Format::by_ending(text) {
        Some(format) => named(format, text),
        None => Err(format!(
            "no format goes by this name; write FORMAT=FILE, or one of {}",
            Format::endings()
        )),
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn an_output_has_its_format_by_name_or_extension() {
        let path = |text| output(text).unwrap();
        assert_eq!(path("a.TXT").format, Format::Text);
        assert_eq!(path("a/b.json").format, Format::Json);
        assert_eq!(path("json=a.txt").format, Format::Json);
        assert_eq!(path("a.csv").format, Format::Csv);
        assert_eq!(path("csv=a").format, Format::Csv);
        assert_eq!(path("json=a.txt").path, Path::new("a.txt"));
        assert_eq!(path("x=y.json").path, Path::new("x=y.json"));
        for wrong in ["a", "a.xlsx", "xlsx=a.xlsx", "json=", "text=-", ""] {
            assert!(output(wrong).is_err(), "{wrong}");
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
}
