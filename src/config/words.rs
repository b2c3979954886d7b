//! Values of a configuration file that are more than a word or a number.

use std::fmt;
use std::marker::PhantomData;
use std::net::IpAddr;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IntoDeserializer, SeqAccess, Visitor};

use super::codes;
use super::values::{seconds, vantage};
use crate::machine::state::State;
use crate::settings::VantageChoice;

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
}
