//! What is said of a connection may depend on whether the capture lost frames, and
//! pcapng tells that at its end. Until then both judgements are set aside.

use std::io;
use std::net::IpAddr;

use crate::finding::Finding;
use crate::flow::probe::ProbeKind;
use crate::report::archive::codec::fields;
use crate::report::archive::{Key, Sealed, Shelf};
use crate::tunnel::Within;

/// A connection's part of the report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judged {
    /// Running number of its first packet.
    pub first: u64,
    /// Its entry, without an id.
    pub entry: Sealed,
    /// What is said of it.
    pub findings: Vec<Finding>,
    /// It is nothing but a probe.
    pub probe: Option<Prober>,
}

/// Who probes, and how.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Prober {
    /// From where.
    pub source: Within<IpAddr>,
    /// With which flags.
    pub kind: ProbeKind,
}

/// The judgements of one connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Both {
    /// If nothing is said of losses.
    pub quiet: Judged,
    /// If frames were lost.
    pub lossy: Judged,
}

fields! {
    Judged { first, entry, findings, probe }
}

fields! {
    Prober { source, kind }
}

fields! {
    Both { quiet, lossy }
}

/// The connections of one capture of which more than one thing can be said.
#[derive(Debug)]
pub struct Undecided {
    memory: usize,
    /// Made for the first of them.
    shelf: Option<Shelf>,
}

impl Undecided {
    /// None yet; so many octets of them are held in memory.
    pub const fn new(memory: usize) -> Undecided {
        Undecided {
            memory,
            shelf: None,
        }
    }

    /// Sets a connection aside. Where there is no room for it, hands back what holds either
    /// way: what is said where frames were lost.
    pub fn add(&mut self, both: Both) -> Option<Judged> {
        let shelf = self.shelf.get_or_insert_with(|| Shelf::new(self.memory));
        let key = Key {
            capture: 0,
            place: both.quiet.first,
        };
        (!shelf.add(key, &both)).then_some(both.lossy)
    }

    /// Hands out what is to be said now that it is known whether frames were lost.
    ///
    /// # Errors
    /// Some lie in a temporary file, which cannot be read back.
    pub fn settle(self, frames_were_lost: bool, mut take: impl FnMut(Judged)) -> io::Result<()> {
        let Some(shelf) = self.shelf else {
            return Ok(());
        };
        for both in shelf.sort().read::<Both>() {
            let (_, Both { quiet, lossy }) = both?;
            take(if frames_were_lost { lossy } else { quiet });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn it_is_decided_at_the_end() {
        let judged = |opening: u64| Judged {
            first: opening,
            entry: Shelf::new(0).seal(&sample::connection(opening, "a.pcap")),
            findings: Vec::new(),
            probe: None,
        };
        let both = Both {
            quiet: judged(0),
            lossy: Judged {
                probe: Some(Prober {
                    source: Within {
                        addr: IpAddr::from([192, 0, 2, 1]),
                        tunnel: 0,
                    },
                    kind: ProbeKind::Null,
                }),
                ..judged(0)
            },
        };
        for lossy in [false, true] {
            let mut undecided = Undecided::new(1 << 20);
            assert_eq!(undecided.add(both.clone()), None);
            let mut said = Vec::new();
            undecided.settle(lossy, |judged| said.push(judged)).unwrap();
            assert_eq!(
                said,
                [if lossy {
                    both.lossy.clone()
                } else {
                    both.quiet.clone()
                }]
            );
        }
    }
}
