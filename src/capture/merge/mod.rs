//! Several captures read as one, in order of time: rotated files, or a file for each direction.
//!
//! The next frame is that with the smallest time among the files' next ones. The order inside of a
//! file is kept, whatever its times: a frame counts as captured no earlier than those before it in
//! its file. Frames of the same time come in the order in which the files begin, and then of
//! their names; the order in which the files are named changes nothing.
//!
//! A file is looked at once, for the time of its first frame, and opened again when that has
//! come, so that rotated files are open one at a time however many there are.

mod member;
pub mod numbers;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Read};
use std::path::PathBuf;

use super::error::CaptureError;
use super::frame::Frame;
use super::info::CaptureInfo;
use crate::limits::MERGED_OPEN;
use member::Member;

/// Where the octets of a capture come from.
pub enum Origin {
    /// A file, which can be opened as often as it takes. What stands under the name and is no
    /// regular file (a FIFO) is opened just once.
    File(PathBuf),
    /// Something that can be read once: standard input.
    Stream(Box<dyn Read + Send>),
    /// Nothing is there to be read, for this reason.
    Nowhere(io::Error),
}

/// When a file's next frame comes: its time, then the file's place among all.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Turn {
    /// In nanoseconds; the largest time so far in the file.
    at: i64,
    /// Index of [`Merge::members`].
    rank: usize,
}

/// Captures that are read as one.
pub struct Merge {
    /// In order of their first frames.
    members: Vec<Member>,
    /// The file by its place in the order in which the files were given.
    ranks: Vec<usize>,
    /// Members from here on have not had their turn.
    waiting: usize,
    /// The open members but for the current one.
    open: BinaryHeap<Reverse<Turn>>,
    /// The member whose frame was handed out last, with the time of that.
    current: Option<Turn>,
    /// The files that have ended, in that order.
    ended: Vec<usize>,
    /// How many may be open at a time.
    most_open: usize,
}

/// A frame of one of several captures.
#[derive(Clone, Copy)]
pub struct Merged<'a> {
    /// Which capture, in the order in which they were given.
    pub file: usize,
    /// The frame, by its number in that.
    pub frame: Frame<'a>,
    /// All of them.
    pub merge: &'a Merge,
}

impl Merge {
    /// Looks at all captures. `inputs`: their names, which decide where times do not, and where
    /// they come from. What cannot be read is found now ([`Merge::error`]).
    #[must_use]
    pub fn new(inputs: Vec<(String, Origin)>) -> Merge {
        Merge::with_limit(inputs, MERGED_OPEN)
    }

    fn with_limit(inputs: Vec<(String, Origin)>, most_open: usize) -> Merge {
        let mut members: Vec<Member> = Vec::with_capacity(inputs.len());
        let mut streams = 0;
        for (file, (name, origin)) in inputs.into_iter().enumerate() {
            let may_stay_open = streams < most_open;
            let member = Member::look_at(file, name, origin, may_stay_open);
            streams += usize::from(member.is_open());
            members.push(member);
        }
        members.sort_by(|a, b| a.place().cmp(&b.place()));
        let mut ranks = vec![0; members.len()];
        for (rank, member) in members.iter().enumerate() {
            if let Some(slot) = ranks.get_mut(member.file) {
                *slot = rank;
            }
        }
        let turn = |(rank, member): (usize, &Member)| {
            let at = member.next_at();
            member.is_open().then_some(Reverse(Turn { at, rank }))
        };
        Merge {
            ended: (members.iter())
                .filter(|member| member.is_done())
                .map(|member| member.file)
                .collect(),
            open: members.iter().enumerate().filter_map(turn).collect(),
            members,
            ranks,
            waiting: 0,
            current: None,
            most_open,
        }
    }

    /// The next frame of all, valid until the next call; `None` when all captures have come to
    /// their end, or to where they are damaged.
    pub fn next_frame(&mut self) -> Option<Merged<'_>> {
        if let Some(last) = self.current.take() {
            self.advance(last.rank);
        }
        self.open_due();
        let Reverse(turn) = self.open.pop()?;
        self.current = Some(turn);
        let member = self.members.get(turn.rank)?;
        Some(Merged {
            file: member.file,
            frame: member.frame()?,
            merge: self,
        })
    }

    /// What is known of a capture, by its place in the order given; `None` where it was no capture.
    #[must_use]
    pub fn info(&self, file: usize) -> Option<&CaptureInfo> {
        self.member(file)?.info()
    }

    /// Why a capture could not be read to its end.
    #[must_use]
    pub fn error(&self, file: usize) -> Option<&CaptureError> {
        self.member(file)?.error()
    }

    /// Whether a capture has begun and its end has not been met.
    #[must_use]
    pub fn is_under_way(&self, file: usize) -> bool {
        self.member(file).is_some_and(Member::is_open)
    }

    /// Whether nothing more is to come of a capture.
    #[must_use]
    pub fn is_done(&self, file: usize) -> bool {
        self.member(file).is_some_and(Member::is_done)
    }

    /// The captures of which nothing is to come, in the order in which they ended.
    #[must_use]
    pub fn ended(&self) -> &[usize] {
        &self.ended
    }

    fn member(&self, file: usize) -> Option<&Member> {
        self.members.get(*self.ranks.get(file)?)
    }

    /// Goes on in the member at `rank`, and gives it its next turn.
    fn advance(&mut self, rank: usize) {
        let Some(member) = self.members.get_mut(rank) else {
            return;
        };
        if member.advance() {
            let at = member.next_at();
            self.open.push(Reverse(Turn { at, rank }));
        } else {
            self.ended.push(member.file);
        }
    }

    /// Opens all members that begin before the next frame of those that are open.
    fn open_due(&mut self) {
        while let Some(member) = self.members.get_mut(self.waiting) {
            let rank = self.waiting;
            if member.is_waiting() {
                let at = member.next_at();
                let next = self.open.peek().map(|Reverse(turn)| *turn);
                if next.is_some_and(|next| next < Turn { at, rank }) {
                    return;
                }
                if member.open(self.open.len() < self.most_open) {
                    self.open.push(Reverse(Turn { at, rank }));
                } else {
                    self.ended.push(member.file);
                }
            }
            self.waiting += 1;
        }
    }
}

#[cfg(test)]
mod tests;
