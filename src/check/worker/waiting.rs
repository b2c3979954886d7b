//! Connections that left a table, until they are judged by what was known of the capture then.

use std::collections::VecDeque;

use super::{Gone, Over};
use crate::machine::connection::Connection;

/// Those of one round.
#[derive(Debug, Default)]
struct Round {
    gone: Vec<Gone>,
    octets: usize,
}

/// Those of all rounds whose news have not been heard yet.
#[derive(Debug, Default)]
pub struct Waiting {
    /// The round that is under way.
    now: Round,
    rounds: VecDeque<Round>,
    /// What all of them take.
    octets: usize,
    /// Room used before.
    spare: Vec<Gone>,
}

impl Waiting {
    /// Adds one.
    pub fn push(&mut self, gone: Gone) {
        let octets = gone.over.octets();
        self.now.octets += octets;
        self.octets += octets;
        self.now.gone.push(gone);
    }

    /// How many left in the round that is under way.
    pub const fn of_now(&self) -> usize {
        self.now.gone.len()
    }

    /// The round is over.
    pub fn end_round(&mut self) {
        let next = Round {
            gone: std::mem::take(&mut self.spare),
            octets: 0,
        };
        self.rounds
            .push_back(std::mem::replace(&mut self.now, next));
    }

    /// Those of the oldest round that was not taken yet.
    pub fn next_round(&mut self) -> Option<Vec<Gone>> {
        let Round { gone, octets } = self.rounds.pop_front()?;
        self.octets -= octets;
        Some(gone)
    }

    /// Those who cannot wait for their news, as all together take more than `most` octets: of a
    /// round, the oldest first.
    pub fn impatient(&mut self, most: usize) -> Option<Vec<Gone>> {
        if self.octets <= most {
            return None;
        }
        let round = self.rounds.iter_mut().find(|round| round.octets > 0)?;
        let Round { gone, octets } = std::mem::take(round);
        self.octets -= octets;
        Some(gone)
    }

    /// Takes back the room of some.
    pub fn take_back(&mut self, room: Vec<Gone>) {
        self.spare = room;
    }
}

impl Over {
    /// Octets of memory that it takes.
    fn octets(&self) -> usize {
        match self {
            Over::Told(ended) => size_of::<Connection>() + ended.connection.octets(),
            Over::Life(life) => life.octets(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::incarnation::Ended;
    use crate::machine::script::connection;
    use crate::segment::Timestamp;

    fn gone(n: i64) -> Gone {
        let ended = Ended {
            connection: Box::new(connection("A SYN 100")),
            previous: None,
            followed_by: None,
        };
        Gone {
            over: Over::Told(ended),
            latest: Timestamp(n),
        }
    }

    fn names(all: Option<Vec<Gone>>) -> Vec<i64> {
        all.unwrap().iter().map(|gone| gone.latest.0).collect()
    }

    /// Rounds stay as many as were ended, so that each is judged by its own news.
    #[test]
    fn the_oldest_do_not_wait_where_there_are_too_many() {
        let one = gone(0).over.octets();
        let mut waiting = Waiting::default();
        waiting.end_round();
        for n in 1..=2 {
            waiting.push(gone(n));
        }
        assert_eq!(waiting.of_now(), 2);
        waiting.end_round();
        waiting.push(gone(3));
        waiting.end_round();
        assert!(waiting.impatient(3 * one).is_none());
        assert_eq!(names(waiting.impatient(3 * one - 1)), [1, 2]);
        assert!(waiting.impatient(one).is_none(), "one is left");
        waiting.push(gone(4));
        waiting.end_round();
        assert!(waiting.next_round().unwrap().is_empty());
        assert!(waiting.next_round().unwrap().is_empty());
        assert_eq!(names(waiting.next_round()), [3]);
        assert!(waiting.impatient(one).is_none(), "they are counted off");
        assert_eq!(names(waiting.next_round()), [4]);
        assert!(waiting.next_round().is_none());
    }
}
