//! A compact form for what is set aside: numbers take as many octets as they
//! need, and words of the program and names of captures, of which there are few, are
//! replaced by their numbers in a list.
//!
//! This form lives as long as the run: it has no versions, and nobody else reads it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use hashbrown::HashMap;

use crate::finding::{CaptureName, CaptureNumber};

/// Words that lie in the program itself, and the names of captures, by number.
#[derive(Debug, Default)]
pub struct Words {
    words: Vec<&'static str>,
    word_ids: HashMap<&'static str, usize>,
    clauses: Vec<&'static [&'static str]>,
    clause_ids: HashMap<&'static [&'static str], usize>,
    names: Vec<CaptureName>,
    name_ids: HashMap<CaptureName, usize>,
}

impl Words {
    /// A list that knows just these names.
    #[cfg(test)]
    pub fn of_names(names: &[CaptureName]) -> Words {
        let mut words = Words::default();
        for name in names {
            words.number(name);
        }
        words
    }

    /// The number by which the name of a capture goes.
    pub fn number(&mut self, name: &CaptureName) -> CaptureNumber {
        let number = number_of(&mut self.names, &mut self.name_ids, name);
        // So many names are in no memory.
        CaptureNumber(u32::try_from(number).unwrap_or(u32::MAX))
    }

    /// The name that goes by a number.
    pub fn name(&self, number: CaptureNumber) -> Option<&CaptureName> {
        self.names.get(number.0 as usize)
    }
}

/// What can be set aside.
pub trait Stored: Sized {
    /// Appends the compact form.
    fn put(&self, to: &mut Encoder<'_>);

    /// Reads what [`Stored::put`] has written; `None` where it is damaged.
    fn take(from: &mut Decoder<'_>) -> Option<Self>;
}

/// Writes the compact form.
#[derive(Debug)]
pub struct Encoder<'a> {
    octets: &'a mut Vec<u8>,
    words: &'a mut Words,
    /// What was written last: the next is told by its distance.
    pub latest: Latest,
}

/// Numbers that grow from value to value.
#[derive(Clone, Copy, Debug, Default)]
pub struct Latest {
    /// A moment.
    pub clock: i64,
    /// A packet's number.
    pub packet: u64,
}

impl<'a> Encoder<'a> {
    /// Appends to `octets`.
    pub fn new(octets: &'a mut Vec<u8>, words: &'a mut Words) -> Encoder<'a> {
        Encoder {
            octets,
            words,
            latest: Latest::default(),
        }
    }

    /// One octet as it is.
    pub fn octet(&mut self, octet: u8) {
        self.octets.push(octet);
    }

    /// Seven bits an octet, the lowest first; all but the last octet have bit 7.
    pub fn number(&mut self, mut number: u64) {
        while number > 0x7f {
            self.octets.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.octets.push(number as u8);
    }

    fn octets(&mut self, octets: &[u8]) {
        self.number(octets.len() as u64);
        self.octets.extend_from_slice(octets);
    }

    /// Octets that need no length before them.
    pub fn rest(&mut self, octets: &[u8]) {
        self.octets.extend_from_slice(octets);
    }

    /// Four octets as they are.
    pub fn four(&mut self, number: u32) {
        self.octets.extend_from_slice(&number.to_le_bytes());
    }

    /// Writes `fill`'s part with its length before it, so that it can be skipped.
    pub fn part(&mut self, fill: impl FnOnce(&mut Encoder<'_>)) {
        let start = self.octets.len();
        self.octets.extend_from_slice(&[0; 4]);
        // Its times, too, can be read without what is before it, and skipped.
        let latest = std::mem::take(&mut self.latest);
        fill(self);
        self.latest = latest;
        let len = self.octets.len() - start - 4;
        let len = u32::try_from(len).unwrap_or(u32::MAX);
        if let Some(place) = self.octets.get_mut(start..start + 4) {
            place.copy_from_slice(&len.to_le_bytes());
        }
    }
}

/// Reads the compact form.
#[derive(Clone, Copy, Debug)]
pub struct Decoder<'a> {
    octets: &'a [u8],
    words: &'a Words,
    /// What was read last.
    pub latest: Latest,
}

impl<'a> Decoder<'a> {
    /// Reads `octets`, which were written with the same `words`.
    pub const fn new(octets: &'a [u8], words: &'a Words) -> Decoder<'a> {
        let latest = Latest {
            clock: 0,
            packet: 0,
        };
        Decoder {
            octets,
            words,
            latest,
        }
    }

    /// What [`Encoder::octet`] has written.
    pub fn octet(&mut self) -> Option<u8> {
        let (first, rest) = self.octets.split_first()?;
        self.octets = rest;
        Some(*first)
    }

    /// What [`Encoder::rest`] has written at the end of a part.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.octets)
    }

    /// What [`Encoder::four`] has written.
    pub fn four(&mut self) -> Option<u32> {
        let octets = self.exactly(4)?.try_into().ok()?;
        Some(u32::from_le_bytes(octets))
    }

    /// What [`Encoder::number`] has written.
    pub fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let octet = self.octet()?;
            number |= u64::from(octet & 0x7f) << shift;
            if octet & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn octets(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(self.number()?).ok()?;
        self.exactly(len)
    }

    fn exactly(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.octets.split_at_checked(len)?;
        self.octets = rest;
        Some(taken)
    }

    /// What [`Encoder::part`] has written, to be read for itself or not at all.
    pub fn part(&mut self) -> Option<Decoder<'a>> {
        let len = self.four()?;
        let octets = self.exactly(len as usize)?;
        Some(Decoder::new(octets, self.words))
    }
}

macro_rules! numbers {
    ($($type:ty)*) => {$(
        impl Stored for $type {
            fn put(&self, to: &mut Encoder<'_>) {
                to.number(u64::from(*self));
            }

            fn take(from: &mut Decoder<'_>) -> Option<Self> {
                from.number()?.try_into().ok()
            }
        }
    )*};
}

numbers!(u8 u16 u32 u64);

impl Stored for bool {
    fn put(&self, to: &mut Encoder<'_>) {
        to.octet(u8::from(*self));
    }

    fn take(from: &mut Decoder<'_>) -> Option<bool> {
        from.octet().map(|octet| octet != 0)
    }
}

impl Stored for i64 {
    /// Small numbers are short whatever their sign.
    fn put(&self, to: &mut Encoder<'_>) {
        to.number(((self << 1) ^ (self >> 63)) as u64);
    }

    fn take(from: &mut Decoder<'_>) -> Option<i64> {
        let number = from.number()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }
}

impl Stored for String {
    fn put(&self, to: &mut Encoder<'_>) {
        to.octets(self.as_bytes());
    }

    fn take(from: &mut Decoder<'_>) -> Option<String> {
        std::str::from_utf8(from.octets()?).ok().map(str::to_owned)
    }
}

/// The number of `word` in `list`, where it is put if it is new.
fn number_of<T: Clone + Eq + std::hash::Hash>(
    list: &mut Vec<T>,
    ids: &mut HashMap<T, usize>,
    word: &T,
) -> u64 {
    if let Some(id) = ids.get(word) {
        return *id as u64;
    }
    let id = list.len();
    list.push(word.clone());
    ids.insert(word.clone(), id);
    id as u64
}

macro_rules! listed {
    ($($type:ty: $list:ident $ids:ident;)*) => {$(
        impl Stored for $type {
            fn put(&self, to: &mut Encoder<'_>) {
                let words = &mut *to.words;
                let number = number_of(&mut words.$list, &mut words.$ids, self);
                to.number(number);
            }

            fn take(from: &mut Decoder<'_>) -> Option<Self> {
                let number = usize::try_from(from.number()?).ok()?;
                from.words.$list.get(number).cloned()
            }
        }
    )*};
}

listed! {
    &'static str: words word_ids;
    &'static [&'static str]: clauses clause_ids;
    CaptureName: names name_ids;
}

/// Is what its name would be: what is put as one may be taken as the other.
impl Stored for CaptureNumber {
    fn put(&self, to: &mut Encoder<'_>) {
        self.0.put(to);
    }

    fn take(from: &mut Decoder<'_>) -> Option<CaptureNumber> {
        u32::take(from).map(CaptureNumber)
    }
}

impl<T: Stored> Stored for Option<T> {
    fn put(&self, to: &mut Encoder<'_>) {
        to.octet(u8::from(self.is_some()));
        if let Some(value) = self {
            value.put(to);
        }
    }

    fn take(from: &mut Decoder<'_>) -> Option<Option<T>> {
        match from.octet()? {
            0 => Some(None),
            _ => T::take(from).map(Some),
        }
    }
}

impl<T: Stored> Stored for Vec<T> {
    fn put(&self, to: &mut Encoder<'_>) {
        to.number(self.len() as u64);
        for value in self {
            value.put(to);
        }
    }

    fn take(from: &mut Decoder<'_>) -> Option<Vec<T>> {
        let count = usize::try_from(from.number()?).ok()?;
        // Each takes an octet at least.
        let mut list = Vec::with_capacity(count.min(from.octets.len()));
        for _ in 0..count {
            list.push(T::take(from)?);
        }
        Some(list)
    }
}

impl<K: Stored + Ord, V: Stored> Stored for BTreeMap<K, V> {
    fn put(&self, to: &mut Encoder<'_>) {
        to.number(self.len() as u64);
        for (key, value) in self {
            key.put(to);
            value.put(to);
        }
    }

    fn take(from: &mut Decoder<'_>) -> Option<BTreeMap<K, V>> {
        let count = from.number()?;
        (0..count)
            .map(|_| Some((K::take(from)?, V::take(from)?)))
            .collect()
    }
}

impl<A: Stored, B: Stored> Stored for (A, B) {
    fn put(&self, to: &mut Encoder<'_>) {
        self.0.put(to);
        self.1.put(to);
    }

    fn take(from: &mut Decoder<'_>) -> Option<(A, B)> {
        Some((A::take(from)?, B::take(from)?))
    }
}

impl Stored for IpAddr {
    fn put(&self, to: &mut Encoder<'_>) {
        match self {
            IpAddr::V4(ip) => to.octets(&ip.octets()),
            IpAddr::V6(ip) => to.octets(&ip.octets()),
        }
    }

    fn take(from: &mut Decoder<'_>) -> Option<IpAddr> {
        let octets = from.octets()?;
        match octets.len() {
            4 => Some(IpAddr::from(<[u8; 4]>::try_from(octets).ok()?)),
            _ => Some(IpAddr::from(<[u8; 16]>::try_from(octets).ok()?)),
        }
    }
}

/// Structures by their fields, all of which must be named, in any order.
macro_rules! fields {
    ($($type:ident $(<$part:ident>)? { $($field:ident),* $(,)? })*) => {$(
        impl$(<$part: $crate::report::archive::codec::Stored>)? $crate::report::archive::codec::Stored
            for $type$(<$part>)?
        {
            fn put(&self, to: &mut $crate::report::archive::codec::Encoder<'_>) {
                let $type { $($field),* } = self;
                $($field.put(to);)*
            }

            fn take(from: &mut $crate::report::archive::codec::Decoder<'_>) -> Option<Self> {
                $(let $field = $crate::report::archive::codec::Stored::take(from)?;)*
                Some($type { $($field),* })
            }
        }
    )*};
}

/// Enumerations by their variants, all of which must be named.
macro_rules! variants {
    ($($type:ident: $($variant:ident)*;)*) => {$(
        impl $crate::report::archive::codec::Stored for $type {
            fn put(&self, to: &mut $crate::report::archive::codec::Encoder<'_>) {
                match self {
                    $($type::$variant => to.octet($type::$variant as u8),)*
                }
            }

            fn take(from: &mut $crate::report::archive::codec::Decoder<'_>) -> Option<Self> {
                let octet = from.octet()?;
                $(if octet == $type::$variant as u8 {
                    return Some($type::$variant);
                })*
                None
            }
        }
    )*};
}

pub(crate) use {fields, variants};

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use super::*;

    fn round_trip<T: Stored + PartialEq + Debug>(values: Vec<T>) -> usize {
        let (mut octets, mut words) = (Vec::new(), Words::default());
        values.put(&mut Encoder::new(&mut octets, &mut words));
        let mut decoder = Decoder::new(&octets, &words);
        assert_eq!(Vec::take(&mut decoder), Some(values));
        assert_eq!(decoder.octets, [0; 0], "all is read");
        for len in 0..octets.len() {
            let cut = octets.get(..len).unwrap_or_default();
            let read: Option<Vec<T>> = Stored::take(&mut Decoder::new(cut, &words));
            assert_eq!(read, None, "cut to {len} octets");
        }
        octets.len()
    }

    #[test]
    fn what_is_put_is_taken() {
        assert_eq!(round_trip(vec![0, 127, 128, 16_383_u64]), 1 + 1 + 1 + 2 + 2);
        round_trip(vec![u64::MAX, u64::MAX >> 1, 1 << 63]);
        assert_eq!(round_trip(vec![0, -1, 63, -64_i64]), 1 + 4);
        round_trip(vec![i64::MIN, i64::MAX]);
        round_trip(vec![u32::MAX, 0]);
        round_trip(vec!["Grüße".to_owned(), String::new()]);
        round_trip(vec![Some(7_u16), None]);
        let ips: [IpAddr; 2] = ["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap()];
        assert_eq!(round_trip(ips.to_vec()), 1 + 5 + 17);
        round_trip(vec![BTreeMap::from([("a", "b".to_owned())])]);
        round_trip(vec![&["RFC 9293 3.4.1", "RFC 9293 3.5"][..], &[]]);
    }

    #[test]
    fn a_word_said_again_takes_an_octet() {
        assert_eq!(round_trip(vec!["2MSL timeout"; 100]), 1 + 100);
        let names: Vec<CaptureName> = vec!["a.pcap".into(), "b.pcap".into(), "a.pcap".into()];
        assert_eq!(round_trip(names), 1 + 3);
    }

    #[test]
    fn a_part_can_be_skipped() {
        let (mut octets, mut words) = (Vec::new(), Words::default());
        let mut encoder = Encoder::new(&mut octets, &mut words);
        encoder.part(|encoder| "long".to_owned().put(encoder));
        5_u64.put(&mut encoder);
        let mut decoder = Decoder::new(&octets, &words);
        let mut part = decoder.part().unwrap();
        assert_eq!(decoder.number(), Some(5));
        assert_eq!(String::take(&mut part).as_deref(), Some("long"));
    }

    #[test]
    fn a_number_too_large_for_its_type_is_damage() {
        let (mut octets, mut words) = (Vec::new(), Words::default());
        65_536_u64.put(&mut Encoder::new(&mut octets, &mut words));
        assert_eq!(u16::take(&mut Decoder::new(&octets, &words)), None);
        let endless = [0xff; 20];
        assert_eq!(u64::take(&mut Decoder::new(&endless, &words)), None);
    }
}
