//! Every way to lose a few frames, one after the other.
//!
//! Proptest draws damage at random; here it is counted out: every frame, every pair, every run, every
//! head and tail, all that one end sent in a span, all of a kind, and every pair of neighbours that
//! could have been stored the other way round.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use tcpcheck::finding::{Certainty, Finding, Severity};

use super::capture::Capture;
use super::change;
use super::{from_environment, to_change};
use crate::trace::dialogue::{Close, Monitor, Plan};
use crate::trace::random::{Random, fingerprint};

/// Variants of each capture in the ordinary run.
const VARIANTS: u32 = 30;

/// Frames of a capture among which pairs and spans are tried anywhere; in a
/// larger one they are no longer than `SPAN`.
const SMALL: usize = 48;

const SPAN: usize = 10;

/// What is done to a capture.
#[derive(Clone, Debug)]
pub enum Damage {
    Lost(&'static str, Vec<usize>),
    Swapped(usize),
}

impl Damage {
    fn kind(&self) -> &'static str {
        match self {
            Damage::Lost(kind, _) => kind,
            Damage::Swapped(_) => "swap",
        }
    }

    pub fn apply(&self, capture: &Capture) -> Capture {
        let mut changed = capture.clone();
        match self {
            Damage::Lost(_, lost) => {
                for at in lost.iter().rev() {
                    changed.frames.remove(*at);
                }
            }
            Damage::Swapped(at) => change::swap(&mut changed, *at),
        }
        changed
    }
}

/// A capture in which nothing is wrong, and what is said of it nevertheless.
pub struct Subject {
    pub name: String,
    pub capture: Capture,
    known: Vec<&'static str>,
    /// Frames that may go; the others tell that the capture went on.
    frames: usize,
}

/// What a frame is, as far as kinds of frames are lost together.
struct Look {
    sender: Vec<u8>,
    receiver: Vec<u8>,
    flags: u8,
    empty: bool,
}

fn look(capture: &Capture, at: usize) -> Option<Look> {
    let frame = &capture.frames[at];
    let place = capture.place(frame)?;
    let (sender, receiver) = place.sockets(&frame.octets);
    let tcp = &frame.octets[place.tcp.clone()];
    Some(Look {
        sender,
        receiver,
        flags: tcp[13],
        empty: tcp.len() <= usize::from(tcp[12] >> 4) * 4,
    })
}

/// Kinds of frames by name, flags that are set, flags that are clear, whether empty.
type Kind = (&'static str, fn(&Look) -> bool);

const KINDS: [Kind; 9] = [
    ("all pure ACKs", |f| f.flags & 0x17 == 0x10 && f.empty),
    ("all SYNs", |f| f.flags & 0x12 == 0x02),
    ("all SYN-ACKs", |f| f.flags & 0x12 == 0x12),
    ("all SYNs and SYN-ACKs", |f| f.flags & 0x02 != 0),
    ("all FINs", |f| f.flags & 0x01 != 0),
    ("all RSTs", |f| f.flags & 0x04 != 0),
    ("all data", |f| !f.empty && f.flags & 0x02 == 0),
    ("all data without FIN", |f| !f.empty && f.flags & 0x03 == 0),
    ("all of one end", |_| true),
];

impl Subject {
    /// All damage that is tried.
    pub fn damage(&self) -> Vec<Damage> {
        let count = self.frames;
        let reach = if count <= SMALL { count } else { SPAN };
        let lost = |kind, frames: Vec<usize>| Damage::Lost(kind, frames);
        let mut all = Vec::new();
        for at in 0..count {
            all.push(lost("one", vec![at]));
            all.push(lost("head", (0..at + 1).collect()));
            all.push(lost("tail", (at..count).collect()));
            all.extend((at > 0).then_some(Damage::Swapped(at)));
            for to in at + 1..count.min(at + reach) {
                all.push(lost("pair", vec![at, to]));
                if to > at + 1 {
                    all.push(lost("run", (at..=to).collect()));
                }
            }
        }
        self.add_kinds(reach, &mut all);
        all.retain(|damage| match damage {
            Damage::Lost(_, frames) => {
                !frames.is_empty() && frames.len() < self.capture.frames.len()
            }
            Damage::Swapped(at) => self.capture.gap_ns(*at) <= change::SWAPPED_NS,
        });
        all
    }

    /// All that one end sent in a span; all of a kind, all but the first, all but the last.
    fn add_kinds(&self, reach: usize, all: &mut Vec<Damage>) {
        let looks: Vec<Option<Look>> = (0..self.frames).map(|at| look(&self.capture, at)).collect();
        let Some(first) = looks.iter().flatten().next() else {
            return;
        };
        let ends = [&first.sender, &first.receiver];
        let of = |end: &[u8], range: std::ops::Range<usize>| -> Vec<usize> {
            range
                .filter(|at| looks[*at].as_ref().is_some_and(|f| f.sender == end))
                .collect()
        };
        for end in ends {
            for from in 0..looks.len() {
                for to in from + 2..=looks.len().min(from + reach) {
                    let frames = of(end, from..to);
                    if frames.len() > 1 && frames[0] == from && frames.last() == Some(&(to - 1)) {
                        all.push(Damage::Lost("span of one end", frames));
                    }
                }
            }
        }
        for (name, holds) in KINDS {
            let by_kind = |end: Option<&Vec<u8>>| -> Vec<usize> {
                (0..looks.len())
                    .filter(|at| {
                        looks[*at]
                            .as_ref()
                            .is_some_and(|f| holds(f) && end.is_none_or(|end| f.sender == *end))
                    })
                    .collect()
            };
            for end in [None, Some(ends[0]), Some(ends[1])] {
                let frames = by_kind(end);
                if let [_, but_first @ ..] = frames.as_slice() {
                    all.push(Damage::Lost(name, but_first.to_vec()));
                    all.push(Damage::Lost(name, frames[..frames.len() - 1].to_vec()));
                    all.push(Damage::Lost(
                        name,
                        frames.iter().copied().step_by(2).collect(),
                    ));
                }
                all.push(Damage::Lost(name, frames));
            }
        }
    }

    /// What is said at error or warning of the damaged capture and was not said before.
    pub fn new_accusations(&self, damage: &Damage) -> (Vec<Finding>, bool) {
        let mut found = super::findings([damage.apply(&self.capture).to_file()]);
        let loss_shows = found.iter().any(|f| f.rule == "CA003");
        found.retain(|f| f.severity >= Severity::Warning && !self.known.contains(&f.rule));
        (found, loss_shows)
    }
}

/// Dialogues of every plan: each end, each vantage, with and without marks and
/// the rest drawn.
fn dialogues(rounds: u64) -> Vec<Subject> {
    let closes = [
        Close::ByClient,
        Close::ByServer,
        Close::ThreeSegments,
        Close::Crossed,
        Close::Half,
        Close::Reset,
        Close::Open,
    ];
    let mut all = Vec::new();
    for round in 0..rounds {
        for close in closes {
            for monitor in [Monitor::Client, Monitor::Middle, Monitor::Server] {
                for (marked, tail_s) in [(false, 400), (true, 400), (false, 0)] {
                    let name = format!("dialogue {close:?} {monitor:?} {marked} {tail_s} {round}");
                    let mut random = Random(fingerprint(&name));
                    let mut plan = Plan::random(&mut random);
                    (plan.close, plan.monitor) = (close, monitor);
                    (plan.marked, plan.tail_s) = (marked, tail_s);
                    let trace = plan.play(&mut random);
                    let frames = trace.all(|_| true).len();
                    let capture = Capture::parse(&trace.to_pcap()).unwrap();
                    all.push(Subject {
                        name,
                        capture,
                        known: Vec::new(),
                        frames,
                    });
                }
            }
        }
    }
    all
}

pub fn subjects() -> Vec<Subject> {
    let mut all: Vec<Subject> = to_change()
        .into_iter()
        .map(|(name, capture, known)| Subject {
            name,
            frames: capture.frames.len(),
            capture,
            known: known.into_iter().collect(),
        })
        .collect();
    if std::env::var_os("METAMORPHIC_CAPTURES").is_none() {
        all.extend(dialogues(from_environment("DELETION_DIALOGUES", 1).into()));
    }
    all
}

/// How often a rule spoke.
#[derive(Default)]
struct Tally {
    /// By certainty, kind of damage, and whether the capture shows that it lost something.
    times: BTreeMap<(Certainty, &'static str, bool), u64>,
    /// First examples.
    examples: Vec<String>,
}

/// Tries `at_most` variants of each capture; what was said, by rule.
fn try_out(subjects: &[Subject], at_most: usize) -> (u64, BTreeMap<&'static str, Tally>) {
    let (mut variants, mut tallies) = (0, BTreeMap::<_, Tally>::new());
    for subject in subjects {
        let mut damage = subject.damage();
        if damage.len() > at_most {
            let mut random = Random(fingerprint(&subject.name));
            for at in 0..at_most {
                let other = at + random.below(damage.len() - at);
                damage.swap(at, other);
            }
            damage.truncate(at_most);
        }
        for one in &damage {
            variants += 1;
            let (found, loss_shows) = subject.new_accusations(one);
            for finding in found {
                let tally = tallies.entry(finding.rule).or_default();
                let certain = finding.certainty == Certainty::Definite;
                let times = tally
                    .times
                    .entry((finding.certainty, one.kind(), loss_shows))
                    .or_default();
                *times += 1;
                if *times <= 3 || certain && *times < 20 {
                    let told = super::told(&finding);
                    tally
                        .examples
                        .push(format!("{}, {one:?}: {told}", subject.name));
                    super::keep(
                        &format!("{}-{}-{times}-{}", finding.rule, one.kind(), subject.name),
                        &one.apply(&subject.capture),
                    );
                }
            }
        }
    }
    (variants, tallies)
}

#[test]
fn nobody_is_accused_for_a_few_missing_frames() {
    let (_, tallies) = try_out(&subjects(), VARIANTS as usize);
    let mut faults = String::new();
    for tally in tallies.values() {
        for example in tally
            .examples
            .iter()
            .filter(|e| e.contains(" definite at "))
        {
            writeln!(faults, "{example}").unwrap();
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

/// All of them, and a table of what was said as likely: for a look at the rules that speak easily.
/// `cargo test --release --test metamorphic -- --ignored --nocapture every_frame`.
#[test]
#[ignore = "takes many minutes"]
fn nobody_is_accused_for_every_frame_that_can_be_missing() {
    let subjects = subjects();
    let at_most = from_environment("DELETION_VARIANTS", u32::MAX) as usize;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let parts: Vec<Vec<Subject>> = {
        let mut parts: Vec<Vec<Subject>> = (0..threads).map(|_| Vec::new()).collect();
        for (at, subject) in subjects.into_iter().enumerate() {
            parts[at % threads].push(subject);
        }
        parts
    };
    let results: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = parts
            .iter()
            .map(|part| scope.spawn(move || try_out(part, at_most)))
            .collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let (mut variants, mut definite) = (0, false);
    let mut all = BTreeMap::<&str, Tally>::new();
    for (count, tallies) in results {
        variants += count;
        for (rule, tally) in tallies {
            let into = all.entry(rule).or_default();
            for (key, times) in tally.times {
                definite |= key.0 == Certainty::Definite;
                *into.times.entry(key).or_default() += times;
            }
            into.examples.extend(tally.examples);
        }
    }
    println!("{variants} variants");
    for (rule, tally) in &all {
        let total: u64 = tally.times.values().sum();
        println!("{rule}: {total}");
        for ((certainty, kind, loss_shows), times) in &tally.times {
            let shows = if *loss_shows { ", loss shows" } else { "" };
            println!("  {} {kind}{shows}: {times}", certainty.as_str());
        }
        for example in &tally.examples {
            println!("    {example}");
        }
    }
    assert!(!definite, "somebody was accused with certainty");
}
