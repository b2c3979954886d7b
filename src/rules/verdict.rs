//! What a rule says, before it is weighed against the rule's needs.

use super::case::Case;
use super::rule::Need;
use crate::finding::{Certainty, Numbers};
use crate::limits::PAUSE_NS;
use crate::machine::noted::Noted;
use crate::machine::side::Side;
use crate::segment::{Captured, Checksum, NS_PER_S, Timestamp};

/// A segment of the connection itself shows that the capture went on, if it
/// comes within this time: keepalives come every two hours.
const OWN_PAUSE_NS: i64 = 3 * 3600 * NS_PER_S;

/// One accusation or statement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// Which case of the rule.
    pub case: Option<&'static str>,
    /// The end that it is about.
    pub endpoint: Option<Side>,
    /// Whose sequence numbers `seq` in the numbers are; acks are its peer's.
    pub numbers_of: Option<Side>,
    /// The packet; `None` for omissions.
    pub packet: Option<u64>,
    /// When.
    pub time: Option<Timestamp>,
    /// Other packets that show it.
    pub related: Vec<u64>,
    /// Packets that, by this verdict, somebody else sent in the name of an end:
    /// what rests on them goes under it.
    pub suspects: Vec<u64>,
    /// In a sentence.
    pub message: String,
    /// What the RFC asks for.
    pub expected: Numbers,
    /// What was seen.
    pub observed: Numbers,
    /// How sure, where it differs from what the rule says of itself.
    pub certainty: Option<Certainty>,
    /// The header of the packet was captured whole and is not damaged.
    pub header_sound: bool,
}

impl Verdict {
    /// A verdict about a segment that its sender should not have sent (or
    /// that is worth telling).
    #[must_use]
    pub fn about(noted: &Noted, message: impl Into<String>) -> Verdict {
        Verdict {
            case: None,
            endpoint: Some(noted.side),
            numbers_of: Some(noted.side),
            packet: Some(noted.packet),
            time: Some(noted.time),
            related: Vec::new(),
            suspects: Vec::new(),
            message: message.into(),
            expected: Numbers::default(),
            observed: Numbers::default(),
            certainty: None,
            header_sound: noted.captured >= Captured::Header && noted.checksum != Checksum::Bad,
        }
    }

    /// A verdict about something that `side` did not send; `time` is when it
    /// was due (or what it was due after).
    #[must_use]
    pub fn omission(side: Side, time: Timestamp, message: impl Into<String>) -> Verdict {
        Verdict {
            case: None,
            endpoint: Some(side),
            numbers_of: Some(side),
            packet: None,
            time: Some(time),
            related: Vec::new(),
            suspects: Vec::new(),
            message: message.into(),
            expected: Numbers::default(),
            observed: Numbers::default(),
            certainty: None,
            header_sound: true,
        }
    }

    /// Of this case of the rule.
    #[must_use]
    pub fn case(mut self, case: &'static str) -> Verdict {
        self.case = Some(case);
        self
    }

    /// About this end (or neither), whoever sent the packet.
    #[must_use]
    pub fn endpoint(mut self, side: Option<Side>) -> Verdict {
        self.endpoint = side;
        self
    }

    /// With another packet that shows it.
    #[must_use]
    pub fn related(mut self, packets: impl IntoIterator<Item = u64>) -> Verdict {
        self.related.extend(packets);
        self
    }

    /// With packets that somebody else sent.
    #[must_use]
    pub fn suspects(mut self, packets: impl IntoIterator<Item = u64>) -> Verdict {
        self.suspects.extend(packets);
        self
    }

    /// With what the RFC asks for.
    #[must_use]
    pub fn expected(mut self, numbers: Numbers) -> Verdict {
        self.expected = numbers;
        self
    }

    /// With what was seen.
    #[must_use]
    pub fn observed(mut self, numbers: Numbers) -> Verdict {
        self.observed = numbers;
        self
    }

    /// With a certainty of its own.
    #[must_use]
    pub fn certainty(mut self, certainty: Certainty) -> Verdict {
        self.certainty = Some(certainty);
        self
    }
}

/// Collects the verdicts of one rule on one case.
#[derive(Debug, Default)]
pub struct Verdicts {
    pub(super) given: Vec<Verdict>,
    pub(super) withheld: Vec<Need>,
}

impl Verdicts {
    /// Nothing is said or withheld.
    pub(super) const fn is_empty(&self) -> bool {
        self.given.is_empty() && self.withheld.is_empty()
    }

    /// Says it.
    pub fn say(&mut self, verdict: Verdict) {
        self.given.push(verdict);
    }

    /// The condition holds as far as it can be seen, but `need` is missing:
    /// nothing is said, and the report counts it.
    pub fn withhold(&mut self, need: Need) {
        if !self.withheld.contains(&need) {
            self.withheld.push(need);
        }
    }

    /// Whether the sockets were watched for `seconds` after `event`; withholds
    /// for want of time if not. The capture must have been running then, and
    /// its clock must not have gone back.
    pub fn waited(&mut self, case: &Case<'_>, event: Timestamp, seconds: u16) -> bool {
        let span = i64::from(seconds) * NS_PER_S;
        let due = event.plus(span);
        let watched = case.until.since(due) >= 0
            && ((0..OWN_PAUSE_NS).contains(&case.connection.last.1.since(due))
                || case.capture.was_running(due, span.saturating_add(PAUSE_NS)));
        if !watched {
            self.withhold(Need::Time(seconds));
        } else if case.capture.step_back_ns > NS_PER_S {
            self.withhold(Need::Clock);
            return false;
        }
        watched
    }
}
