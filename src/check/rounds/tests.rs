use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::check::news::Fact;

const LANES: usize = 4;

/// Gives so many rounds, and remembers what it was told.
#[derive(Default)]
struct Numbers {
    given: u64,
    rounds: u64,
    told: Vec<Vec<u64>>,
}

impl Reader for Numbers {
    fn next(&mut self, told: Option<Vec<Told>>, spare: &mut Vec<Told>) -> Arc<Round> {
        let told = told.map(|mut told| {
            let facts = numbers(&told);
            told.iter_mut().for_each(Told::clear);
            spare.append(&mut told);
            facts
        });
        self.told.extend(told);
        self.given += 1;
        assert!(self.given <= self.rounds, "not asked behind the last");
        let mut news = News::default();
        news.clock.drops = Some(self.given);
        Arc::new(Round {
            task: Task::default(),
            news: Some(news),
            digits: 6,
            is_last: self.given == self.rounds,
        })
    }
}

/// What the lanes told, each one fact.
fn numbers(told: &[Told]) -> Vec<u64> {
    let facts = told.iter().flat_map(|told| &told.facts);
    facts
        .map(|fact| match fact {
            Fact::TwoWay(number) => *number,
            other => panic!("{other:?}"),
        })
        .collect()
}

/// Tells of each round `100 * round + lane`; returns the rounds that it was given, and how many of
/// the rooms for its lanes were used before.
fn work(mut part: Part<'_, Numbers>, own: &[usize], panic_at: Option<u64>) -> (Vec<u64>, usize) {
    let (mut seen, mut used) = (Vec::new(), 0);
    while let Some((round, mut spare)) = part.take() {
        let number = round.news.as_ref().unwrap().clock.drops.unwrap();
        assert_ne!(Some(number), panic_at, "as was asked for");
        seen.push(number);
        used += spare.len();
        let told = own.iter().map(|lane| {
            let mut told = spare.pop().unwrap_or_default();
            assert!(told.facts.is_empty());
            told.facts.push(Fact::TwoWay(100 * number + *lane as u64));
            (*lane, told)
        });
        part.tell(told.collect());
    }
    (seen, used)
}

fn expected(rounds: impl Iterator<Item = u64>) -> Vec<Vec<u64>> {
    rounds
        .map(|round| (0..LANES as u64).map(|lane| 100 * round + lane).collect())
        .collect()
}

#[test]
fn all_take_all_rounds_and_what_they_tell_is_handed_on_in_order() {
    for count in [1, 2, LAG as u64, LAG as u64 + 1, 200] {
        for shares in [
            &[&[0, 1, 2, 3][..]][..],
            &[&[2, 0], &[3, 1]],
            &[&[1], &[0, 3], &[2]],
        ] {
            let reader = Numbers {
                rounds: count,
                ..Numbers::default()
            };
            let rounds = Rounds::new(reader, shares.len(), LANES);
            thread::scope(|scope| {
                let threads: Vec<_> = (shares.iter())
                    .map(|own| scope.spawn(|| work(rounds.part(own.len()), own, None)))
                    .collect();
                for thread in threads {
                    let (seen, used) = thread.join().unwrap();
                    assert_eq!(seen, (1..=count).collect::<Vec<_>>());
                    assert!(used > 0 || count <= 2 * LAG as u64, "no room is used anew");
                }
            });
            let (reader, rest) = rounds.end();
            let handed_on = count.saturating_sub(LAG as u64);
            assert_eq!(reader.told, expected(1..=handed_on));
            let rest: Vec<_> = rest
                .into_iter()
                .map(|told| numbers(&in_order(told)))
                .collect();
            assert_eq!(rest, expected(handed_on + 1..=count));
        }
    }
}

/// The others would wait for what it has to tell.
#[test]
fn a_thread_that_panics_ends_the_rounds_for_all() {
    let reader = Numbers {
        rounds: 1000,
        ..Numbers::default()
    };
    let rounds = Rounds::new(reader, 2, LANES);
    let ended = AtomicUsize::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            let (seen, _) = work(rounds.part(2), &[0, 1], None);
            assert!(seen.len() <= 20 + LAG);
            ended.fetch_add(1, Ordering::Relaxed);
        });
        let failed = catch_unwind(AssertUnwindSafe(|| work(rounds.part(2), &[2, 3], Some(20))));
        assert!(failed.is_err());
    });
    assert_eq!(ended.into_inner(), 1);
}
