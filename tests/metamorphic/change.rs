//! Ways to change a capture that leave alone how TCP was spoken.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::Index;

use super::capture::{self, Capture, Place};

/// Neighbours that change places are no further apart: neither networks nor
/// capturing hosts disorder more.
pub const SWAPPED_NS: u64 = 100_000_000;

/// What is added to the numbers of one sender.
#[derive(Clone, Copy, Debug)]
pub enum Shift {
    By(u32),
    /// So much that the frame chosen stands just before the wrap, or behind it.
    ToTheWrap(u8),
}

/// One change. Places are chosen among the frames that are left.
#[derive(Clone, Debug)]
pub enum Change {
    Drop(Vec<Index>),
    DropRun(Index, usize),
    Swap(Index),
    CutHead(Index),
    CutTail(Index),
    /// Only frames of the sender of this one stay.
    OneWay(Index),
    Twice(Index),
    Renumber(Index, Shift),
    OtherLink,
    Anonymise(u8),
}

/// Changes after which frames are missing, doubled or out of order.
pub fn damage() -> impl Strategy<Value = Change> {
    let index = any::<Index>;
    prop_oneof![
        4 => prop::collection::vec(index(), 1..4).prop_map(Change::Drop),
        1 => (index(), 1..8usize).prop_map(|(at, count)| Change::DropRun(at, count)),
        3 => index().prop_map(Change::Swap),
        1 => index().prop_map(Change::CutHead),
        1 => index().prop_map(Change::CutTail),
        1 => index().prop_map(Change::OneWay),
        1 => index().prop_map(Change::Twice),
    ]
}

/// Changes after which everything is there as before.
pub fn disguise() -> impl Strategy<Value = Change> {
    let shift = prop_oneof![
        any::<u32>().prop_map(Shift::By),
        (0..8u8).prop_map(Shift::ToTheWrap),
    ];
    prop_oneof![
        (any::<Index>(), shift).prop_map(|(at, shift)| Change::Renumber(at, shift)),
        Just(Change::OtherLink),
        (1..=255u8).prop_map(Change::Anonymise),
    ]
}

impl Change {
    /// Changes `capture`, unless it has become too small for that.
    pub fn apply(&self, capture: &mut Capture) {
        let count = capture.frames.len();
        if count == 0 {
            return;
        }
        match self {
            Change::Drop(places) => {
                let lost: BTreeSet<usize> = places.iter().map(|at| at.index(count)).collect();
                for at in lost.into_iter().rev() {
                    capture.frames.remove(at);
                }
            }
            Change::DropRun(at, run) => {
                let at = at.index(count);
                capture.frames.drain(at..(at + run).min(count));
            }
            Change::Swap(at) => swap(capture, at.index(count)),
            Change::CutHead(at) => drop(capture.frames.drain(..at.index(count))),
            Change::CutTail(at) => capture.frames.truncate(at.index(count) + 1),
            Change::OneWay(at) => one_way(capture, at.index(count)),
            Change::Twice(at) => {
                let at = at.index(count);
                let copy = capture.frames[at].clone();
                capture.frames.insert(at + 1, copy);
            }
            Change::Renumber(at, shift) => renumber(capture, at.index(count), *shift),
            Change::OtherLink => capture::change_link(capture),
            Change::Anonymise(key) => capture::anonymise(capture, *key),
        }
    }
}

/// The clock of the capture goes on as before.
pub fn swap(capture: &mut Capture, at: usize) {
    if at == 0 || capture.gap_ns(at) > SWAPPED_NS {
        return;
    }
    let (before, behind) = capture.frames.split_at_mut(at);
    let (one, other) = (&mut before[at - 1], &mut behind[0]);
    std::mem::swap(one, other);
    std::mem::swap(&mut one.time, &mut other.time);
}

fn one_way(capture: &mut Capture, at: usize) {
    let Some(place) = capture.place(&capture.frames[at]) else {
        return;
    };
    let sender = place.sockets(&capture.frames[at].octets).0;
    let link = capture.link();
    capture.frames.retain(|frame| {
        let place = Place::of(link, &frame.octets);
        place.is_none_or(|place| place.sockets(&frame.octets).0 == sender)
    });
}

fn renumber(capture: &mut Capture, at: usize, shift: Shift) {
    let Some(place) = capture.place(&capture.frames[at]) else {
        return;
    };
    let octets = &capture.frames[at].octets;
    let (sender, receiver) = place.sockets(octets);
    let number = match shift {
        Shift::By(number) => number,
        Shift::ToTheWrap(before) => {
            let seq = capture::u32_be(&octets[place.tcp.start + 4..]);
            2u32.wrapping_sub(before.into()).wrapping_sub(seq)
        }
    };
    capture::renumber(capture, &sender, &receiver, number);
}
