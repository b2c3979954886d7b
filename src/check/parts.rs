//! Whether the files of a merge are parts of one capture, stamped by one clock.
//!
//! The order of events rests on that. Two things speak against it:
//!
//! - **Twice**: a connection has packets of one direction in two files at the same time. Then the
//!   same packets may be in both (a capture at either end), or what went over two links is in
//!   each. Files that follow each other, or hold a direction each, never look like that. The same
//!   SYN in two files shows it as well, however far apart.
//! - **Crossed**: what acknowledges something is stamped before it, and the two are in
//!   different files. Then their clocks differ by more than the way there and back takes. (A
//!   smaller difference is the same as a monitor elsewhere on the path. It changes nothing but what is
//!   known of the place of the capture.)
//!

use super::lately::Lately;
use super::quality::note;
use crate::finding::{Finding, Numbers, Span};
use crate::flow::key::FlowKey;
use crate::limits::MERGED_PAIRS;
use crate::mention::Mention;
use crate::report::places::Places;
use crate::report::words;
use crate::rules::rule::Need;
use crate::segment::{Checksum, Flags, NS_PER_MS, Segment, Socket, Timestamp};
use crate::seq::SeqNo;
use crate::settings::Settings;

/// Of so many connections, one must be crossed, and of so many SYNs one the same. Where they are fewer, it
/// is by loss: if the first copy of a segment is missing, the second comes behind its acknowledgment.
const ONE_IN: u64 = 4;

/// What was seen of connections in several files.
#[derive(Debug)]
pub struct Parts {
    pairs: Lately<FlowKey, Pair>,
    /// Where each SYN was.
    syns: Lately<Syn, Option<Seen>>,
    /// The file with the first SYN, SYNs in others, and how many of these had been seen before.
    beginning: Option<usize>,
    later_syns: u64,
    same_syns: u64,
    /// Connections that were seen in several files.
    forked: u64,
    /// What speaks against one capture.
    twice: Evidence,
    /// What speaks against one clock; the largest difference in nanoseconds.
    crossed: Evidence,
    largest_ns: i64,
    /// A connection against which something speaks was forgotten.
    forgotten: Option<Need>,
}

/// Connections, and the first two packets that show it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence {
    /// How many connections.
    pub connections: u64,
    /// The first that shows it: the earlier packet and the later one.
    pub first: Option<(u64, u64)>,
}

/// A connection: what the socket that sorts first sent, and what the other one sent.
#[derive(Clone, Copy, Debug, Default)]
struct Pair {
    ways: [Way; 2],
    forked: bool,
    twice: bool,
    crossed: bool,
}

/// One direction.
#[derive(Clone, Copy, Debug, Default)]
struct Way {
    /// The file with its latest packet, and that packet.
    last: Option<(usize, u64)>,
    /// The number behind all that was captured of it.
    next: Option<SeqNo>,
    /// What acknowledges more than was captured of it.
    early: Option<Early>,
}

/// What tells a SYN from its repetition, which has another IP identification or timestamp.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Syn {
    from: Socket,
    to: Socket,
    numbers: (SeqNo, SeqNo),
    tsval: u32,
    ip_id: Option<u16>,
}

/// Where a SYN was seen first.
#[derive(Clone, Copy, Debug)]
struct Seen {
    file: usize,
    packet: u64,
    time: Timestamp,
}

/// An acknowledgment that came before what it acknowledges.
#[derive(Clone, Copy, Debug)]
struct Early {
    ack: SeqNo,
    file: usize,
    packet: u64,
    time: Timestamp,
}

impl Default for Parts {
    fn default() -> Parts {
        Parts {
            pairs: Lately::new(MERGED_PAIRS),
            syns: Lately::new(MERGED_PAIRS),
            beginning: None,
            later_syns: 0,
            same_syns: 0,
            forked: 0,
            twice: Evidence::default(),
            crossed: Evidence::default(),
            largest_ns: 0,
            forgotten: None,
        }
    }
}

impl Parts {
    /// Takes in a segment of `file`. `under_way`: whether a file has frames still to come.
    pub fn see(&mut self, segment: &Segment<'_>, file: usize, under_way: impl Fn(usize) -> bool) {
        if segment.checksum == Checksum::Bad {
            return;
        }
        let same_syn = self.same_syn(segment, file);
        let forgotten = &mut self.forgotten;
        let forget = |pair: &Pair| *forgotten = forgotten.or(pair.refuted());
        let pair = self.pairs.of(FlowKey::of(segment), forget);
        let before = *pair;
        let [low, high] = &mut pair.ways;
        let (own, peer) = match segment.source <= segment.destination {
            true => (low, high),
            false => (high, low),
        };
        let elsewhere = |way: &Way| way.last.filter(|(other, _)| *other != file);
        let at_a_time = elsewhere(own).filter(|(other, _)| under_way(*other));
        let twin = at_a_time.map(|(_, packet)| packet).or(same_syn);
        let forked = elsewhere(own).or(elsewhere(peer)).is_some();
        own.last = Some((file, segment.packet));
        let crossed = own.advance(segment, file);
        peer.acknowledge(segment, file);
        pair.twice |= twin.is_some();
        pair.forked |= forked;
        pair.crossed |= crossed.is_some();
        let after = *pair;
        self.forked += u64::from(after.forked && !before.forked);
        if let Some(twin) = twin {
            let new = after.twice && !before.twice;
            self.twice.add(new, (twin, segment.packet));
        }
        if let Some(early) = crossed {
            let new = after.crossed && !before.crossed;
            self.crossed.add(new, (early.packet, segment.packet));
            self.largest_ns = self.largest_ns.max(segment.time.since(early.time));
        }
    }

    /// What is not known of a connection, because files contradict each other in it.
    #[must_use]
    pub fn refuted(&self, key: FlowKey) -> Option<Need> {
        match self.pairs.get(&key) {
            Some(pair) => pair.refuted(),
            None => self.forgotten,
        }
    }

    /// By how much the clocks of the files differ at least, in nanoseconds; 0 where nothing
    /// shows that they do.
    #[must_use]
    pub const fn apart_ns(&self) -> i64 {
        if self.crossed.connections > 0 && self.crossed.connections * ONE_IN >= self.forked {
            // Equal times are as much out of order.
            if self.largest_ns > 0 {
                self.largest_ns
            } else {
                1
            }
        } else {
            0
        }
    }

    /// What there is to say of the files together.
    #[must_use]
    pub fn findings(&self, places: &Places, settings: &Settings) -> Vec<Finding> {
        let mut findings = Vec::new();
        if let Some(first) = self.twice.first {
            let message = format!(
                "{} packets of one direction in two files at the same time (packets {} and {}). \
                 The files are not parts of one capture, so that what they show together is not \
                 judged.",
                having(self.twice.connections),
                Mention(first.0),
                Mention(first.1),
            );
            findings.extend(finding(
                "CA005", self.twice, &message, None, places, settings,
            ));
        }
        if let Some(first) = self.crossed.first {
            let apart = Span(self.apart_ns());
            let clocks = match apart.0 {
                0 => "As they are few, loss explains it, too.".to_owned(),
                _ => format!("So the clocks of the files are apart by {apart} s or more."),
            };
            let message = format!(
                "{} acknowledgments in one file that stand before what they acknowledge in another \
                 (packets {} and {}). {clocks} The order of events in these connections is not \
                 known.",
                having(self.crossed.connections),
                Mention(first.0),
                Mention(first.1),
            );
            let apart = (apart.0 > 0).then_some(-apart.0);
            findings.extend(finding(
                "CA007",
                self.crossed,
                &message,
                apart,
                places,
                settings,
            ));
        }
        findings
    }

    /// The packet with the same SYN in another file. Copies made by one capture follow at once.
    fn same_syn(&mut self, segment: &Segment<'_>, file: usize) -> Option<u64> {
        if !segment.flags.contains(Flags::SYN) {
            return None;
        }
        let syn = Syn {
            from: segment.source,
            to: segment.destination,
            numbers: (segment.seq, segment.ack),
            tsval: segment.options.tsval,
            ip_id: segment.ip.id,
        };
        let (packet, time) = (segment.packet, segment.time);
        let seen = self.syns.of(syn, |_| {});
        let first = seen.get_or_insert(Seen { file, packet, time });
        let apart = first.file != file && time.since(first.time) > NS_PER_MS;
        let beginning = *self.beginning.get_or_insert(file);
        self.later_syns += u64::from(file != beginning);
        self.same_syns += u64::from(apart);
        // Tools that flood send one SYN again and again.
        let many = self.same_syns * ONE_IN >= self.later_syns;
        (apart && many).then_some(first.packet)
    }
}

impl Evidence {
    fn add(&mut self, new: bool, packets: (u64, u64)) {
        self.connections += u64::from(new);
        self.first.get_or_insert(packets);
    }
}

impl Pair {
    const fn refuted(&self) -> Option<Need> {
        if self.twice {
            Some(Need::SymmetricPath)
        } else if self.crossed {
            Some(Need::Clock)
        } else {
            None
        }
    }
}

impl Way {
    /// Takes in a segment of this direction; returns what acknowledged it before, in another file.
    fn advance(&mut self, segment: &Segment<'_>, file: usize) -> Option<Early> {
        // The number of a RST is somebody else's, often enough.
        if segment.flags.contains(Flags::RST) {
            return None;
        }
        let end = segment.seq + segment.len();
        let syn = segment.flags.contains(Flags::SYN);
        let early = self.early.filter(|early| {
            let inside = early.ack.after(segment.seq) && early.ack.at_or_before(end);
            let held = if syn {
                inside
            } else {
                early.ack.after(segment.seq)
            };
            held && early.file != file
        });
        let Some(next) = self.next.filter(|_| !syn) else {
            let acknowledged = self.early.take().map(|early| early.ack);
            // What was sent before the capture began is not known.
            self.next = Some(match acknowledged {
                Some(ack) if !syn => ack.later(end),
                _ => end,
            });
            return early.filter(|_| syn);
        };
        if self.early.is_some_and(|early| end.at_or_after(early.ack)) {
            self.early = None;
        }
        self.next = Some(next.later(end));
        early.filter(|_| end.after(next))
    }

    /// Takes in a segment of the other direction, which may acknowledge more than was captured of this.
    fn acknowledge(&mut self, segment: &Segment<'_>, file: usize) {
        let ack = segment.ack;
        let ahead = match self.next {
            Some(next) => ack.after(next) || segment.flags.contains(Flags::SYN) && ack != next,
            None => true,
        };
        if !segment.flags.contains(Flags::ACK) || segment.flags.contains(Flags::RST) || !ahead {
            return;
        }
        self.early.get_or_insert(Early {
            ack,
            file,
            packet: segment.packet,
            time: segment.time,
        });
    }
}

fn having(connections: u64) -> String {
    let have = if connections == 1 { "has" } else { "have" };
    format!("{} {have}", words::count(connections, "connection"))
}

fn finding(
    code: &str,
    shown: Evidence,
    message: &str,
    ns: Option<i64>,
    places: &Places,
    settings: &Settings,
) -> Option<Finding> {
    let (earlier, later) = shown.first?;
    let at = places.packet(later);
    let mut observed = Numbers::default().count(shown.connections);
    if let Some(ns) = ns {
        observed = observed.time(ns);
    }
    let message = places.told(message);
    let finding = note(code, None, message, observed, &at.capture, settings)?;
    Some(Finding {
        packet: Some(at.packet),
        related_packets: vec![places.packet(earlier)],
        ..finding
    })
}

#[cfg(test)]
mod tests;
