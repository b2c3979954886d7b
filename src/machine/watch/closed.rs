//! What an end does while its peer's window is closed (RFC 9293, 3.8.6.1).

use super::zero_window::closes;
use super::{Step, probe};
use crate::machine::observe::Relative;
use crate::observation::Observations;
use crate::segment::{Captured, Flags, NS_PER_MS, NS_PER_S, Timestamp};
use crate::seq::SeqNo;

/// An answer to a probe comes within this time.
pub const ANSWER_NS: i64 = NS_PER_S;
/// Probes that come closer together count as one.
const APART_NS: i64 = 200 * NS_PER_MS;
/// So many probes without an answer are worth a look.
pub const UNANSWERED: u32 = 3;
/// Nothing was sent into a closed window for so long.
pub const UNPROBED_NS: i64 = 60 * NS_PER_S;
/// What was waiting for the window is sent within this time of its opening.
const AT_ONCE_NS: i64 = 200 * NS_PER_MS;

/// Probes that drew nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Run {
    /// How many, those aside that come within 200 ms of another.
    pub count: u32,
    /// Frame number of the first one.
    pub first: u64,
    /// The latest one that was counted: frame number and time.
    pub latest: (u64, Timestamp),
    /// The third: frame number and time.
    pub third: (u64, Timestamp),
}

/// A window that opened after nobody had probed it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unprobed {
    /// The packet that closed the window.
    pub closed: u64,
    /// The packet that opened it.
    pub opened: u64,
    /// When that was.
    pub opened_at: Timestamp,
    /// How long both ends had been silent, in nanoseconds.
    pub silent_ns: i64,
    /// The packet with the data that had been waiting.
    pub resumed: Option<u64>,
}

/// An end reset the connection while its probes were answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GaveUp {
    /// The RST.
    pub packet: u64,
    /// The latest answer to a probe.
    pub answer: u64,
    /// How many probes were answered in this closure.
    pub answered: u32,
    /// For how long the window had been closed.
    pub closed_ns: i64,
}

/// A closed window of the peer, from the segment that closed it.
#[derive(Clone, Copy, Debug)]
struct Now {
    packet: u64,
    /// When the peer said so last, or sent anything.
    latest: Timestamp,
    since: Timestamp,
    /// Everything sent was acknowledged, up to the edge.
    full: bool,
    /// This end has sent something into it.
    probed: bool,
    /// A probe that has no answer yet.
    pending: Option<Timestamp>,
    answered: u32,
    answer: u64,
}

/// What an end does while its peer's window is closed.
#[derive(Clone, Debug, Default)]
pub struct Closed {
    now: Option<Now>,
    /// Probes since the peer's last segment.
    pub run: Run,
    /// The first such series whose third probe had waited long enough when the
    /// peer was heard of again.
    pub unanswered: Option<Run>,
    reopened: Option<Unprobed>,
    /// The first window that was not probed though data was waiting for it.
    pub unprobed: Option<Unprobed>,
    /// It gave up.
    pub gave_up: Option<GaveUp>,
    /// How often it has sent something into a closed window.
    pub probes: u32,
}

impl Closed {
    /// The window is closed, or has just been opened.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        self.now.is_some() || self.reopened.is_some() || self.run.count > 0
    }

    /// This end sends `step.segment`.
    pub fn sent(&mut self, step: &Step<'_>, notes: &mut Relative) {
        let segment = step.segment;
        if segment.payload_len > 0
            && let Some(reopened) = self.reopened.take()
        {
            self.resumes(step, reopened, notes);
        }
        let Some(now) = &mut self.now else { return };
        if segment.has(Flags::RST) {
            self.gives_up(step);
            return;
        }
        let below = segment.is_empty()
            && (probe::form(step).is_some() || step.peer.ack_max == Some(segment.seq + 1));
        if segment.payload_len == 0 && !below {
            return;
        }
        now.probed = true;
        self.probes = self.probes.saturating_add(1);
        now.pending.get_or_insert(segment.time);
        let apart = segment.time.since(self.run.latest.1) >= APART_NS;
        if self.run.count == 0 || apart {
            self.run.count = self.run.count.saturating_add(1);
            self.run.latest = (segment.packet, segment.time);
            if self.run.count == 1 {
                self.run.first = segment.packet;
            }
            if self.run.count == UNANSWERED {
                self.run.third = self.run.latest;
                if self.unanswered.is_none() {
                    notes.saw |= Observations::PROBES_WITHOUT_ANSWER;
                }
            }
        }
    }

    /// New octets, where the window was not probed: they were waiting for it.
    fn resumes(&mut self, step: &Step<'_>, reopened: Unprobed, notes: &mut Relative) {
        let segment = step.segment;
        let at_once = segment.time.since(reopened.opened_at) <= AT_ONCE_NS;
        let new = step.own.snd_next == Some(segment.seq);
        if at_once && new && self.unprobed.is_none() {
            self.unprobed = Some(Unprobed {
                resumed: Some(segment.packet),
                ..reopened
            });
            notes.saw |= Observations::RESUMES_UNPROBED;
        }
    }

    fn gives_up(&mut self, step: &Step<'_>) {
        let Some(now) = self.now.take() else { return };
        if now.pending.is_none() && step.peer.fin.is_none() && self.gave_up.is_none() {
            self.gave_up = Some(GaveUp {
                packet: step.segment.packet,
                answer: now.answer,
                answered: now.answered,
                closed_ns: step.segment.time.since(now.since),
            });
        }
    }

    /// A segment of the peer, whose window this is, passes.
    pub fn passed(&mut self, step: &Step<'_>) {
        let segment = step.segment;
        self.answers(segment.time);
        self.reopened = None;
        if segment.has(Flags::RST) {
            self.now = None;
            return;
        }
        if segment.captured == Captured::PartOfHeader {
            return;
        }
        if segment.window > 0 {
            if let Some(now) = self.now.take() {
                self.opens(step, &now);
            }
            return;
        }
        match &mut self.now {
            Some(now) => {
                if let Some(probe) = now.pending.take()
                    && segment.time.since(probe) <= ANSWER_NS
                {
                    now.answered = now.answered.saturating_add(1);
                    now.answer = segment.packet;
                }
                now.latest = segment.time;
                now.full &= segment.is_empty();
            }
            None if closes(step) => {
                let all = |next: Option<SeqNo>| next == Some(segment.ack);
                let filled = step.own.window_edge.is_none_or(|edge| edge == segment.ack);
                self.now = Some(Now {
                    packet: segment.packet,
                    latest: segment.time,
                    since: segment.time,
                    full: all(step.peer.snd_next) && filled && step.peer.stream.is_some(),
                    probed: false,
                    pending: None,
                    answered: 0,
                    answer: 0,
                });
            }
            None => {}
        }
    }

    /// The peer was heard of: the series of probes without an answer is over.
    fn answers(&mut self, at: Timestamp) {
        let run = std::mem::take(&mut self.run);
        if run.count >= UNANSWERED && at.since(run.third.1) > ANSWER_NS && self.unanswered.is_none()
        {
            self.unanswered = Some(run);
        }
    }

    fn opens(&mut self, step: &Step<'_>, now: &Now) {
        let segment = step.segment;
        let silent_ns = segment.time.since(now.latest);
        // Data of the peer may be what the end was waiting for.
        if now.full && !now.probed && silent_ns >= UNPROBED_NS && segment.is_empty() {
            self.reopened = Some(Unprobed {
                closed: now.packet,
                opened: segment.packet,
                opened_at: segment.time,
                silent_ns,
                resumed: None,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::connection::Connection;
    use crate::machine::script::connection;
    use crate::machine::side::Side;

    const FULL: &str = "A SYN 100 win=1000\nB SYN,ACK 300 101 win=1000\nA ACK 101 301 win=1000\n\
                        A ACK 101 301 len=1000\nB ACK 301 1101 win=0\n";

    fn run(rest: &str) -> Connection {
        connection(&format!("{FULL}{rest}"))
    }

    fn closed(c: &Connection) -> &Closed {
        c.watches.of(Side::Client).window.closed.as_ref().unwrap()
    }

    #[test]
    fn three_probes_without_an_answer_are_a_series() {
        let probes = "+1s A ACK 1100 301\n+1s A ACK 1100 301\n+1s A ACK 1101 301 len=1\n";
        let c = run(probes);
        assert_eq!(closed(&c).run.count, 3);
        assert!(c.seen.contains(Observations::PROBES_WITHOUT_ANSWER));
        assert_eq!(closed(&c).unanswered, None);
        let c = run(&format!("{probes}+2s B ACK 301 1101 win=0\n"));
        assert_eq!(closed(&c).unanswered.unwrap().first, 6);
        let c = run(&format!("{probes}+500ms B ACK 301 1101 win=0\n"));
        assert_eq!(closed(&c).unanswered, None);
    }

    #[test]
    fn answers_and_haste_make_no_series() {
        let c = run(
            "+1s A ACK 1100 301\nB ACK 301 1101 win=0\n+1s A ACK 1100 301\n\
                     B ACK 301 1101 win=0\n+1s A ACK 1100 301\n",
        );
        assert!(!c.seen.contains(Observations::PROBES_WITHOUT_ANSWER));
        let c = run("+1s A ACK 1100 301\n+9ms A ACK 1100 301\n+9ms A ACK 1100 301\n");
        assert_eq!(closed(&c).run.count, 1);
    }

    #[test]
    fn data_that_waited_for_a_window_nobody_probed() {
        let c = run("+61s B ACK 301 1101 win=900\nA ACK 1101 301 len=900\n");
        let unprobed = closed(&c).unprobed.unwrap();
        assert_eq!((unprobed.closed, unprobed.opened), (5, 6));
        assert_eq!(unprobed.resumed, Some(7));
        let silent = [
            "+30s A ACK 1100 301\n+31s B ACK 301 1101 win=900\nA ACK 1101 301 len=900\n",
            "+59s B ACK 301 1101 win=900\nA ACK 1101 301 len=900\n",
            "+61s B ACK 301 1101 win=900\n+1s A ACK 1101 301 len=900\n",
            "+61s B ACK 301 1101 win=900\nB ACK 301 1101 len=9\nA ACK 1101 310 len=900\n",
        ];
        for rest in silent {
            assert_eq!(closed(&run(rest)).unprobed, None, "{rest}");
        }
    }

    #[test]
    fn a_reset_after_answered_probes_is_kept() {
        let probe = "+1s A ACK 1100 301\nB ACK 301 1101 win=0\n";
        let c = run(&format!("{probe}{probe}+1s A RST 1101\n"));
        let gave_up = closed(&c).gave_up.unwrap();
        assert_eq!(
            (gave_up.packet, gave_up.answer, gave_up.answered),
            (10, 9, 2)
        );
        let c = run(&format!(
            "{probe}{probe}+1s A ACK 1100 301\n+1s A RST 1101\n"
        ));
        assert_eq!(closed(&c).gave_up, None, "the last probe had no answer");
        let c = run(&format!(
            "{probe}{probe}B ACK 301 1101 win=9\n+1s A RST 1101\n"
        ));
        assert_eq!(closed(&c).gave_up, None, "the window had opened");
    }
}
