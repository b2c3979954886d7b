//! The workers of a run: one that works where it is called, or several in threads of their own.

use std::collections::VecDeque;
use std::panic;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread::{self, Scope, ScopedJoinHandle};

use super::news::{News, Told};
use super::worker::{Around, Task, Worker};
use crate::finding::CaptureNumber;
use crate::flow::patterns::Patterns;
use crate::report::places::Places;

/// Rounds that workers are given at a time: while the last ones are under way, the next is read,
/// and who is done with one need not wait for the others.
pub const LAG: usize = 4;

/// What workers are asked for. To each of them they answer with what their lanes tell.
#[derive(Clone, Debug)]
pub enum Order {
    /// To take in the frames of a round; before that, to hear the news of the round [`LAG`] before
    /// it, if there was one, and to judge what was over then.
    Round(Arc<Task>, Option<Arc<News>>),
    /// To learn from what is in the tables, as the capture has ended.
    Survey,
    /// To hear the last news.
    Last(Arc<News>),
    /// To judge some of what is left.
    Finish(Arc<Patterns>),
}

/// The workers.
#[derive(Debug)]
pub enum Crew<'scope, 'a> {
    /// One, and what it has to tell.
    Alone(Box<Worker<'a>>, VecDeque<Vec<(usize, Told)>>),
    /// Several.
    Many(Vec<Hand<'scope, 'a>>),
}

/// A worker in a thread.
#[derive(Debug)]
pub struct Hand<'scope, 'a> {
    orders: SyncSender<(Order, Vec<Told>)>,
    /// Room for what it will have to tell, used before.
    spare: Vec<Told>,
    /// How many of its lanes have something to tell.
    lanes: usize,
    told: Receiver<Vec<(usize, Told)>>,
    thread: ScopedJoinHandle<'scope, Worker<'a>>,
}

impl<'scope, 'a> Crew<'scope, 'a> {
    /// Sets `workers` to work on the capture `name`, which goes by `number` in the report.
    pub fn of(
        workers: Vec<Worker<'a>>,
        name: &'a str,
        number: CaptureNumber,
        scope: &'scope Scope<'scope, '_>,
    ) -> Crew<'scope, 'a>
    where
        'a: 'scope,
    {
        match <[Worker<'a>; 1]>::try_from(workers) {
            Ok([worker]) => Crew::alone(worker),
            Err(workers) => {
                let hands = workers
                    .into_iter()
                    .map(|worker| hand(worker, name, number, scope));
                Crew::Many(hands.collect())
            }
        }
    }

    /// Whether frames are divided between several.
    pub const fn is_divided(&self) -> bool {
        matches!(self, Crew::Many(_))
    }

    /// A worker that works where it is called.
    pub fn alone(worker: Worker<'a>) -> Crew<'scope, 'a> {
        Crew::Alone(Box::new(worker), VecDeque::new())
    }

    /// Gives an order; `around` counts for a worker that is alone.
    pub fn order(&mut self, order: Order, around: Around<'_>) {
        match self {
            Crew::Alone(worker, told) => told.push_back(obey(worker, &order, around)),
            Crew::Many(hands) => {
                for hand in hands {
                    // A thread that has ended tells why when it is waited for.
                    let spare = std::mem::take(&mut hand.spare);
                    let _ = hand.orders.send((order.clone(), spare));
                }
            }
        }
    }

    /// Takes back the room of what was told, to be used anew with the next order.
    pub fn take_back(&mut self, spare: &mut Vec<Told>) {
        match self {
            Crew::Alone(worker, _) => worker.take_back(spare),
            Crew::Many(hands) => {
                for hand in hands {
                    let rest = spare.len().saturating_sub(hand.lanes);
                    hand.spare.extend(spare.drain(rest..));
                }
            }
        }
    }

    /// What all lanes tell, in order, after the earliest order that was not yet answered.
    pub fn told(&mut self) -> Vec<Told> {
        in_order(match self {
            Crew::Alone(_, told) => told.pop_front().unwrap_or_default(),
            Crew::Many(hands) => {
                let mut all = Vec::new();
                for at in 0..hands.len() {
                    match hands.get(at).and_then(|hand| next(&hand.told)) {
                        Some(told) => all.extend(told),
                        _ => raise(hands.remove(at)),
                    }
                }
                all
            }
        })
    }

    /// The workers, who have done all they were asked for.
    pub fn dismiss(self) -> Vec<Worker<'a>> {
        match self {
            Crew::Alone(worker, _) => vec![*worker],
            Crew::Many(hands) => hands.into_iter().map(join).collect(),
        }
    }
}

/// What lanes tell, in the order of their numbers.
pub fn in_order(mut told: Vec<(usize, Told)>) -> Vec<Told> {
    told.sort_by_key(|(lane, _)| *lane);
    told.into_iter().map(|(_, told)| told).collect()
}

/// Passes on why a thread has ended before its time.
fn raise(hand: Hand<'_, '_>) -> ! {
    let _ = join(hand);
    unreachable!("a thread ends when it is given no more orders")
}

fn join<'a>(hand: Hand<'_, 'a>) -> Worker<'a> {
    drop(hand.orders);
    hand.thread
        .join()
        .unwrap_or_else(|reason| panic::resume_unwind(reason))
}

fn hand<'scope, 'a: 'scope>(
    mut worker: Worker<'a>,
    name: &'a str,
    number: CaptureNumber,
    scope: &'scope Scope<'scope, '_>,
) -> Hand<'scope, 'a> {
    let (orders, inbox) = sync_channel::<(Order, Vec<Told>)>(LAG);
    let lanes = worker.tables().count();
    let (outbox, told) = sync_channel(LAG);
    let thread = scope.spawn(move || {
        let mut places = Places::single(name);
        places.set_numbers(|_| number);
        while let Some((order, mut spare)) = next(&inbox) {
            worker.take_back(&mut spare);
            if let Order::Round(_, Some(news)) | Order::Last(news) = &order {
                places.set_digits(0, news.clock.digits);
            }
            let around = Around {
                places: &places,
                parts: None,
            };
            let told = obey(&mut worker, &order, around);
            // The task is to be used anew by who is told.
            drop(order);
            if outbox.send(told).is_err() {
                break;
            }
        }
        worker
    });
    Hand {
        orders,
        spare: Vec::new(),
        lanes,
        told,
        thread,
    }
}

fn obey(worker: &mut Worker<'_>, order: &Order, around: Around<'_>) -> Vec<(usize, Told)> {
    match order {
        Order::Round(task, news) => {
            if let Some(news) = news {
                worker.hear(news, around);
            }
            worker.take(task);
            worker.end_round(around);
        }
        Order::Survey => worker.survey(around),
        Order::Last(news) => worker.hear_last(news),
        Order::Finish(patterns) => worker.finish(patterns, around),
    }
    worker.tell()
}

/// So often a thread that has nothing to do lets others go on before it sleeps. Rounds are short:
/// to be woken takes longer than most waits.
const PATIENCE: usize = 100;

/// What was sent next; `None` when nothing more will be.
fn next<T>(from: &Receiver<T>) -> Option<T> {
    for _ in 0..PATIENCE {
        match from.try_recv() {
            Ok(sent) => return Some(sent),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) => thread::yield_now(),
        }
    }
    from.recv().ok()
}
