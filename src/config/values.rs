//! Values that are more than a word, as typed on the command line and in configuration files.

use std::fmt;
use std::marker::PhantomData;
use std::net::IpAddr;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IntoDeserializer, SeqAccess, Visitor};

use super::codes;
use super::wishes::Target;
use crate::finding::Severity;
use crate::machine::state::State;
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

/// A lifetime in nanoseconds, written as a number of seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Msl(pub i64);

impl From<Msl> for i64 {
    fn from(msl: Msl) -> i64 {
        msl.0
    }
}

impl<'de> Deserialize<'de> for Msl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Msl, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Msl;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of seconds, such as 30 or 0.5")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Msl, E> {
                seconds(&number.to_string()).map(Msl).map_err(E::custom)
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Msl, E> {
                // Its shortest decimal form is what was written.
                seconds(&number.to_string()).map(Msl).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Number)
    }
}

/// A place of capture, written as on the command line.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Vantage(pub VantageChoice);

impl TryFrom<String> for Vantage {
    type Error = String;

    fn try_from(text: String) -> Result<Vantage, String> {
        vantage(&text).map(Vantage)
    }
}

impl From<Vantage> for VantageChoice {
    fn from(place: Vantage) -> VantageChoice {
        place.0
    }
}

/// An address, or all that share its first bits: `192.0.2.0/24`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Network {
    ip: IpAddr,
    bits: u8,
}

impl Network {
    /// Whether an address belongs to it.
    #[must_use]
    pub fn holds(&self, ip: IpAddr) -> bool {
        match (self.ip, ip) {
            (IpAddr::V4(own), IpAddr::V4(ip)) => {
                let differ = u32::from(own) ^ u32::from(ip);
                differ.checked_shr(32 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(ip)) => {
                let differ = u128::from(own) ^ u128::from(ip);
                differ.checked_shr(128 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Network, String> {
        let wrong = || format!("'{text}' is no address, nor a network such as 192.0.2.0/24");
        let (ip, bits) = match text.split_once('/') {
            Some((ip, bits)) => (ip, Some(bits)),
            None => (text.as_str(), None),
        };
        let ip: IpAddr = ip.parse().map_err(|_| wrong())?;
        let most = if ip.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits.parse().map_err(|_| wrong())?,
            None => most,
        };
        match bits <= most {
            true => Ok(Network { ip, bits }),
            false => Err(wrong()),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.ip, self.bits) {
            (IpAddr::V4(ip), 32) => write!(f, "{ip}"),
            (IpAddr::V6(ip), 128) => write!(f, "{ip}"),
            (ip, bits) => write!(f, "{ip}/{bits}"),
        }
    }
}

/// A state, written as in the RFC.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct StateWord(pub State);

impl TryFrom<String> for StateWord {
    type Error = String;

    fn try_from(text: String) -> Result<StateWord, String> {
        let known = State::ALL.into_iter();
        let found = known
            .clone()
            .find(|state| state.as_str().eq_ignore_ascii_case(&text));
        found.map(StateWord).ok_or_else(|| {
            match codes::nearest(&text, known.map(|state| state.as_str())) {
                Some(near) => format!("'{text}' is no state; did you mean '{near}'?"),
                None => format!("'{text}' is no state of RFC 9293, such as TIME-WAIT"),
            }
        })
    }
}

/// One word, or a list of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OneOrMany<T>(pub Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<OneOrMany<T>, D::Error> {
        struct Words<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Words<T> {
            type Value = OneOrMany<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a word or a list of words")
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<OneOrMany<T>, E> {
                let one = T::deserialize(word.into_deserializer())?;
                Ok(OneOrMany(vec![one]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<OneOrMany<T>, A::Error> {
                let mut all = Vec::new();
                while let Some(one) = list.next_element()? {
                    all.push(one);
                }
                match all.is_empty() {
                    true => Err(A::Error::custom("an empty list is never met")),
                    false => Ok(OneOrMany(all)),
                }
            }
        }
        deserializer.deserialize_any(Words(PhantomData))
    }
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
    fn a_network_holds_what_shares_its_first_bits() {
        let network = |text: &str| Network::try_from(text.to_owned());
        let holds = |text, ip: &str| network(text).unwrap().holds(ip.parse().unwrap());
        assert!(holds("192.0.2.0/24", "192.0.2.77") && !holds("192.0.2.0/24", "192.0.3.1"));
        assert!(holds("0.0.0.0/0", "8.8.8.8") && !holds("0.0.0.0/0", "::1"));
        assert!(holds("2001:db8::/32", "2001:db8:1::1") && !holds("::1", "::2"));
        assert!(holds("10.0.0.1", "10.0.0.1") && holds("::/0", "::2"));
        for wrong in ["", "x", "10.0.0.1/33", "10.0.0.1/", "::/129", "10.0.0"] {
            assert!(network(wrong).is_err(), "{wrong}");
        }
        let shown = |text| network(text).unwrap().to_string();
        assert_eq!(shown("10.0.0.0/8"), "10.0.0.0/8");
        assert_eq!(shown("10.0.0.1/32"), "10.0.0.1");
    }

    #[test]
    fn a_state_is_written_as_in_the_rfc() {
        let state = |text: &str| StateWord::try_from(text.to_owned());
        assert_eq!(state("time-wait"), Ok(StateWord(State::TimeWait)));
        assert_eq!(
            state("TIMEWAIT").unwrap_err(),
            "'TIMEWAIT' is no state; did you mean 'TIME-WAIT'?"
        );
        assert!(state("xyz").is_err());
    }

    #[test]
    fn a_target_is_a_rule_or_a_case_of_it() {
        assert_eq!(target("hs001"), Ok(("HS001", None)));
        assert_eq!(target("rt004/Syn-ACK"), Ok(("RT004", Some("syn-ack"))));
        assert!(target("TD005/x").is_err() && target("XX").is_err());
    }
}
