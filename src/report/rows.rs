//! Connections of which no more is told than that they were there: they are counted as they come,
//! and a row is kept of those that the table of the worst may list.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::btree_map::Iter;
use std::fmt;
use std::iter::Peekable;

use roaring::{RoaringTreemap, treemap};

use super::archive::Key;
use super::brief::{Badness, Brief, Said, Tally};
use super::model::{Closing, Opening};
use super::text;
use crate::finding::CaptureNumber;

/// What is counted of them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sums {
    /// How many were opened and closed like this.
    pub ways: Vec<((Opening, Closing), u64)>,
    /// How often this was said.
    pub said: Vec<(Said, u64)>,
    /// Of how many an error or a warning was said.
    pub bad: u64,
}

impl Sums {
    /// Counts one of which all of `said` is said.
    pub fn add(&mut self, way: (Opening, Closing), said: impl Iterator<Item = Said>) {
        let mut tally = Tally::default();
        count(&mut self.ways, way, 1);
        for said in said {
            tally.add(said.severity);
            count(&mut self.said, said, 1);
        }
        self.bad += u64::from(tally.is_bad());
    }

    /// Counts those that are counted in `more`.
    pub fn join(&mut self, more: &Sums) {
        for (way, n) in &more.ways {
            count(&mut self.ways, *way, *n);
        }
        for (said, n) in &more.said {
            count(&mut self.said, *said, *n);
        }
        self.bad += more.bad;
    }

    /// How many they are.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.ways.iter().map(|(_, n)| n).sum()
    }

    /// Findings of all of them.
    #[must_use]
    pub fn findings(&self) -> u64 {
        self.said.iter().map(|(_, n)| n).sum()
    }
}

/// There are few kinds, so they are gone through faster than looked up.
fn count<K: PartialEq>(counts: &mut Vec<(K, u64)>, kind: K, n: u64) {
    match counts.iter_mut().find(|(other, _)| *other == kind) {
        Some((_, count)) => *count += n,
        None => counts.push((kind, n)),
    }
}

/// Some of them, all of one file.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// What is counted.
    pub sums: Sums,
    /// The running numbers of their first packets.
    pub places: Vec<u64>,
    /// Those that the table may list.
    pub listed: Vec<Row>,
}

impl Rows {
    /// Forgets all, and keeps the room.
    pub fn clear(&mut self) {
        let Rows {
            sums,
            places,
            listed,
        } = self;
        sums.ways.clear();
        sums.said.clear();
        sums.bad = 0;
        places.clear();
        listed.clear();
    }
}

/// One of them.
#[derive(Clone, Debug)]
pub struct Row {
    /// Running number of its first packet.
    pub place: u64,
    /// What the table says of it.
    pub brief: Brief<CaptureNumber>,
}

/// How bad it is, and where it comes: the worst first, and of equals the first.
type Order = (Reverse<Badness>, Key);

/// All of them.
#[derive(Debug, Default)]
pub struct AllRows {
    /// What is counted.
    pub sums: Sums,
    /// The worst.
    worst: BTreeMap<Order, Brief<CaptureNumber>>,
    /// For each capture the running numbers of their first packets.
    places: BTreeMap<u32, Places>,
}

/// Running numbers, about two octets each.
#[derive(Debug, Default)]
struct Places {
    sorted: RoaringTreemap,
    /// Those that came last, in any order: many are put in order faster together.
    latest: Vec<u64>,
}

impl Places {
    /// So many come together.
    const TOGETHER: usize = 8192;

    fn add(&mut self, places: &[u64]) {
        self.latest.extend_from_slice(places);
        if self.latest.len() >= Places::TOGETHER {
            self.sort();
        }
    }

    fn sort(&mut self) {
        self.latest.sort_unstable();
        self.latest.dedup();
        let latest = RoaringTreemap::from_sorted_iter(self.latest.drain(..));
        self.sorted |= latest.unwrap_or_default();
    }
}

impl AllRows {
    /// Takes in some of a capture.
    pub fn add(&mut self, capture: u32, rows: &Rows) {
        self.sums.join(&rows.sums);
        let places = self.places.entry(capture).or_default();
        places.add(&rows.places);
        for Row { place, brief } in &rows.listed {
            let key = Key {
                capture,
                place: *place,
            };
            let order = (Reverse(brief.tally().badness()), key);
            self.worst.insert(order, brief.clone());
            if self.worst.len() > text::ROWS {
                self.worst.pop_last();
            }
        }
    }

    /// The worst, in order of the report.
    pub fn worst(&self) -> Vec<(Key, &Brief<CaptureNumber>)> {
        let mut worst: Vec<_> = (self.worst.iter())
            .map(|((_, key), brief)| (*key, brief))
            .collect();
        worst.sort_by_key(|(key, _)| *key);
        worst
    }

    /// No more are taken in.
    pub fn close(&mut self) {
        self.places.values_mut().for_each(Places::sort);
    }

    /// Counts them along the records of a report; all of them once they are closed.
    pub fn passed(&self) -> Passed<'_> {
        Passed {
            count: 0,
            captures: self.places.iter().peekable(),
            places: None,
        }
    }
}

/// How many of them come before something.
pub struct Passed<'a> {
    count: u64,
    captures: Peekable<Iter<'a, u32, Places>>,
    places: Option<(u32, Peekable<treemap::Iter<'a>>)>,
}

impl Passed<'_> {
    /// How many come before `key`, which is behind those asked for earlier.
    pub fn before(&mut self, key: Key) -> u64 {
        loop {
            if let Some((capture, places)) = &mut self.places {
                let capture = *capture;
                while places
                    .next_if(|place| {
                        Key {
                            capture,
                            place: *place,
                        } < key
                    })
                    .is_some()
                {
                    self.count += 1;
                }
                if places.peek().is_some() {
                    return self.count;
                }
            }
            match self
                .captures
                .next_if(|(capture, _)| **capture <= key.capture)
            {
                Some((capture, places)) => {
                    self.places = Some((*capture, places.sorted.iter().peekable()));
                }
                None => return self.count,
            }
        }
    }
}

impl fmt::Debug for Passed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Passed").field(&self.count).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Certainty, Severity};
    use crate::report::model::PerRole;
    use crate::segment::Socket;

    const WAY: (Opening, Closing) = (Opening::ThreeWay, Closing::FourWay);

    fn said(rule: &'static str, severity: Severity) -> Said {
        Said {
            rule,
            severity,
            certainty: Certainty::Definite,
        }
    }

    fn row(place: u64, said: &[Said]) -> Row {
        let socket = Socket {
            ip: [10, 0, 0, 1].into(),
            port: 80,
        };
        let brief = Brief {
            id: 0,
            capture: CaptureNumber(0),
            client: socket,
            server: socket,
            tunnels: Vec::new(),
            unnamed_tunnels: false,
            first_packet: place,
            opening: WAY.0,
            closing: WAY.1,
            final_state: PerRole::default(),
            said: said.to_vec(),
        };
        Row { place, brief }
    }

    fn rows(all: &[(u64, &[Said])]) -> Rows {
        let mut rows = Rows::default();
        for (place, said) in all {
            rows.sums.add(WAY, said.iter().copied());
            rows.places.push(*place);
            rows.listed.push(row(*place, said));
        }
        rows
    }

    #[test]
    fn they_are_counted_and_the_worst_are_kept() {
        let (warning, info) = (
            said("HS001", Severity::Warning),
            said("TD005", Severity::Info),
        );
        let mut all = AllRows::default();
        let many: Vec<(u64, &[Said])> = (1..=text::ROWS as u64).map(|n| (2 * n, &[][..])).collect();
        all.add(0, &rows(&many));
        all.add(0, &rows(&[(1, &[info]), (3, &[info, info])]));
        all.add(1, &rows(&[(1, &[warning, info])]));
        let n = text::ROWS as u64 + 3;
        assert_eq!(all.sums.ways, [(WAY, n)]);
        assert_eq!(all.sums.said, [(info, 4), (warning, 1)]);
        assert_eq!((all.sums.bad, all.sums.findings()), (1, 5));
        let worst: Vec<_> = (all.worst().iter())
            .map(|(key, _)| (key.capture, key.place))
            .collect();
        assert_eq!(worst.len(), text::ROWS);
        assert_eq!(worst[..4], [(0, 1), (0, 2), (0, 3), (0, 4)]);
        assert_eq!(
            worst.last(),
            Some(&(1, 1)),
            "the worst, from another capture"
        );
    }

    #[test]
    fn those_before_a_record_are_counted_across_captures() {
        let mut all = AllRows::default();
        all.add(2, &rows(&[(u64::from(u32::MAX) + 7, &[]), (5, &[])]));
        all.add(0, &rows(&[(4, &[]), (9, &[])]));
        all.close();
        let mut passed = all.passed();
        let mut before = |capture, place| passed.before(Key { capture, place });
        assert_eq!(before(0, 4), 0, "none before itself");
        assert_eq!(before(0, 5), 1);
        assert_eq!(before(0, u64::MAX), 2);
        assert_eq!(before(1, 100), 2);
        assert_eq!(before(2, 6), 3);
        assert_eq!(before(2, 1 << 33), 4);
        assert_eq!(before(7, 0), 4);
    }
}
