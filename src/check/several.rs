//! Several captures side by side: those that are too small to be divided themselves.
//!
//! Each is the work of one thread, which writes down what it finds; that is entered into the ledger in the
//! order of the captures, so it makes no difference to the report.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::Checker;
use super::books::{Notes, Part};
use super::run::{self, Means};
use crate::finding::{CaptureName, CaptureNumber};
use crate::settings::Settings;

/// Opens a capture, or says why that cannot be done.
pub type Open = Box<dyn FnOnce() -> Result<Box<dyn Read + Send>, String> + Send>;

/// A capture to be checked.
pub struct Job {
    /// Its name in the report.
    pub name: String,
    /// How long it is in octets, if it is a file.
    pub len: Option<u64>,
    /// Where it comes from.
    pub open: Open,
    /// By what it is judged, if not by the settings of the checker. (What is wanted of the report,
    /// and how it is read, is the same for all.)
    pub settings: Option<Settings>,
}

/// A capture longer than this is divided between threads itself.
const SMALL: u64 = 4 * 1024 * 1024;

/// So many small captures for each thread may be under way or done before their turn.
const AHEAD: usize = 4;

/// Pages of a capture that wait for its turn.
const PAGES: usize = 4;

/// A small capture for whichever thread takes it.
struct Task {
    job: Job,
    number: CaptureNumber,
    parts: SyncSender<Part>,
}

impl Job {
    fn is_small(&self) -> bool {
        self.len.is_some_and(|len| len <= SMALL)
    }
}

impl Checker {
    /// Checks captures one by one, as [`Checker::check`] does, small ones side by side.
    pub fn check_each(&mut self, jobs: Vec<Job>) {
        let small = jobs.iter().filter(|job| job.is_small()).count();
        let threads = self.threads.min(small);
        if threads < 2 || self.settings.follow {
            jobs.into_iter().for_each(|job| self.check_job(job));
            return;
        }
        let (tasks, inbox) = channel::<Task>();
        let inbox = Mutex::new(inbox);
        let (settings, limits, report_limits) =
            (self.settings.clone(), self.limits, self.ledger.limits());
        let packets = self.packets.clone();
        let work = || {
            while let Some(Task { job, number, parts }) = next(&inbox) {
                let last = match (job.open)() {
                    Ok(source) => {
                        let mut notes = Notes::new(report_limits, number, &parts);
                        let means = Means {
                            packets: packets.as_deref(),
                            limits,
                            threads: 1,
                        };
                        let settings = job.settings.as_ref().unwrap_or(&settings);
                        let done = run::run(&job.name, source, settings, means, &mut notes);
                        notes.turn();
                        Part::Done(done)
                    }
                    Err(reason) => Part::Unreadable(reason),
                };
                let _ = parts.send(last);
            }
        };
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(work);
            }
            self.take_turns(jobs, &tasks, threads * AHEAD);
            // So that the threads find that there is no more.
            drop(tasks);
        });
    }

    /// Gives out the small captures, at most so many `ahead` of their turn, and takes all in order.
    fn take_turns(&mut self, jobs: Vec<Job>, tasks: &std::sync::mpsc::Sender<Task>, ahead: usize) {
        /// One whose turn comes.
        enum Turn {
            Own(Job),
            Given(String, Settings, Receiver<Part>),
        }
        let mut turns: VecDeque<Turn> = VecDeque::new();
        let mut jobs = jobs.into_iter();
        loop {
            while turns.len() < ahead
                && let Some(job) = jobs.next()
            {
                turns.push_back(if job.is_small() {
                    let (parts, inbox) = sync_channel(PAGES);
                    let number = self.ledger.number(&CaptureName::from(job.name.as_str()));
                    let name = job.name.clone();
                    let settings = job.settings.as_ref().unwrap_or(&self.settings).clone();
                    let _ = tasks.send(Task { job, number, parts });
                    Turn::Given(name, settings, inbox)
                } else {
                    Turn::Own(job)
                });
            }
            match turns.pop_front() {
                None => return,
                Some(Turn::Own(job)) => self.check_job(job),
                Some(Turn::Given(name, settings, parts)) => {
                    self.ledger.begin_capture(&name, &settings);
                    for part in parts {
                        match part {
                            Part::Page(page) => page.enter(&mut self.ledger),
                            Part::Done(done) => self.record(done, &settings),
                            Part::Unreadable(reason) => {
                                self.unread(&name, &reason, settings.profile);
                            }
                        }
                    }
                }
            }
        }
    }

    fn check_job(&mut self, job: Job) {
        let settings = job.settings.unwrap_or_else(|| self.settings.clone());
        match (job.open)() {
            Ok(source) => self.check_by(&job.name, source, &settings),
            Err(reason) => self.unread(&job.name, &reason, settings.profile),
        }
    }
}

fn next(inbox: &Mutex<Receiver<Task>>) -> Option<Task> {
    let inbox = inbox.lock().unwrap_or_else(PoisonError::into_inner);
    inbox.recv().ok()
}
