//! One cause, one finding: consequences go under their cause, repetitions under the first of
//! them.
//!
//! A connection that is made to be odd has thousands of rulings. So none is compared with all
//! others: where its cause can stand is looked up.

use hashbrown::HashMap;

use super::Ruling;
use crate::machine::side::Side;
use crate::rules::rule::{Group, Scope};
use crate::rules::verdict::Verdict;

/// Packets named beside a finding for its repetitions.
pub(super) const RELATED_PACKETS: usize = 16;

/// Puts consequences and repetitions under what they belong to, and counts them there. What is
/// left is in order of packet.
pub fn fold(rulings: &mut Vec<Ruling>) {
    rulings.sort_by_key(|r| (r.verdict.packet.unwrap_or(u64::MAX), r.rule.code));
    let leaders = tops(&Causes::among(rulings).leaders());
    for (index, top) in leaders.iter().enumerate() {
        let Some(top) = *top else { continue };
        let Some(follower) = rulings.get(index) else {
            continue;
        };
        let (packet, count) = (follower.verdict.packet, follower.followers + 1);
        let Some(ruling) = rulings.get_mut(top) else {
            continue;
        };
        ruling.followers += count;
        if let Some(packet) = packet
            && ruling.verdict.related.len() < RELATED_PACKETS
            && ruling.verdict.packet != Some(packet)
            && !ruling.verdict.related.contains(&packet)
        {
            ruling.verdict.related.push(packet);
        }
    }
    let mut leaders = leaders.iter();
    rulings.retain(|_| leaders.next().is_none_or(Option::is_none));
}

/// The top of the chain above each ruling, if there is any.
fn tops(leaders: &[Option<usize>]) -> Vec<Option<usize>> {
    // A rule that folds another is not folded by it, nor are repetitions: chains are short.
    let top = |index: usize| {
        let above = |at: &usize| leaders.get(*at).copied().flatten();
        let chain = std::iter::successors(above(&index), above);
        chain.take(LONGEST_CHAIN).last()
    };
    (0..leaders.len()).map(top).collect()
}

/// Longer than any chain of rules that fold each other.
const LONGEST_CHAIN: usize = 16;

/// What may make a ruling the cause of others.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Mark {
    /// There is one of its rule.
    Any,
    /// It is about this end.
    Endpoint(Option<Side>),
    /// It is about this packet.
    Packet(u64),
    /// It names this packet.
    Named(u64),
}

/// By code, case and end.
type Kind = (&'static str, Option<&'static str>, Option<Side>);

/// Which rulings can be causes, by what makes them one.
struct Causes<'a> {
    rulings: &'a [Ruling],
    /// The rules here that fold a code.
    folding: HashMap<&'static str, Vec<(&'static str, Scope)>>,
    /// The first ruling of a rule with a mark.
    first: HashMap<(&'static str, Mark), usize>,
    /// All rulings of those rules that fold by time.
    of_rule: HashMap<&'static str, Vec<usize>>,
    /// The first ruling that says of a packet that somebody else sent it.
    suspecting: HashMap<u64, usize>,
    /// The first ruling of a kind.
    kinds: HashMap<Kind, usize>,
}

impl<'a> Causes<'a> {
    /// `rulings` are in order of packet, those without one last.
    fn among(rulings: &'a [Ruling]) -> Causes<'a> {
        let mut causes = Causes {
            rulings,
            folding: HashMap::new(),
            first: HashMap::new(),
            of_rule: HashMap::new(),
            suspecting: HashMap::new(),
            kinds: HashMap::new(),
        };
        for (at, ruling) in rulings.iter().enumerate() {
            causes.add(at, ruling);
        }
        causes
    }

    fn add(&mut self, at: usize, ruling: &Ruling) {
        let (rule, verdict) = (ruling.rule, &ruling.verdict);
        self.kinds.entry(kind(ruling)).or_insert(at);
        for packet in &verdict.suspects {
            self.suspecting.entry(*packet).or_insert(at);
        }
        if rule.folds.is_empty() {
            return;
        }
        let mut mark = |mark| *self.first.entry((rule.code, mark)).or_insert(at);
        if mark(Mark::Any) == at {
            for (code, scope) in rule.folds {
                let folding = self.folding.entry(code).or_default();
                folding.push((rule.code, *scope));
            }
        }
        mark(Mark::Endpoint(verdict.endpoint));
        if let Some(packet) = verdict.packet {
            mark(Mark::Packet(packet));
        }
        if rule
            .folds
            .iter()
            .any(|(_, scope)| *scope == Scope::NamedPacket)
        {
            for packet in verdict.packet.iter().chain(&verdict.related) {
                mark(Mark::Named(*packet));
            }
        }
        if rule.folds.iter().any(|(_, scope)| *scope == Scope::Later) {
            self.of_rule.entry(rule.code).or_default().push(at);
        }
    }

    /// The ruling under which each goes, if any.
    fn leaders(&self) -> Vec<Option<usize>> {
        let rulings = self.rulings.iter().enumerate();
        rulings
            .map(|(at, ruling)| self.leader(at, ruling))
            .collect()
    }

    fn leader(&self, at: usize, follower: &Ruling) -> Option<usize> {
        let folding = self.folding.get(follower.rule.code).into_iter().flatten();
        let listed =
            folding.filter_map(|(code, scope)| self.cause(code, *scope, &follower.verdict));
        let cause = listed.chain(self.suspicion(follower)).min();
        cause.or_else(|| {
            let first = self.kinds.get(&kind(follower)).copied();
            first.filter(|first| *first != at)
        })
    }

    /// The first ruling of the rule `code` under which `follower` goes by `scope`.
    fn cause(&self, code: &'static str, scope: Scope, follower: &Verdict) -> Option<usize> {
        let mark = match scope {
            Scope::SamePacket => Mark::Packet(follower.packet?),
            Scope::NamedPacket => Mark::Named(follower.packet?),
            Scope::SameEndpoint => Mark::Endpoint(follower.endpoint),
            Scope::OtherEndpoint => Mark::Endpoint(Some(follower.endpoint?.peer())),
            Scope::Later => return self.earlier(code, follower),
            Scope::Connection => Mark::Any,
        };
        self.first.get(&(code, mark)).copied()
    }

    /// The first ruling of the rule `code` that `follower` comes after: by packets, and by times
    /// where one of the two has none.
    fn earlier(&self, code: &'static str, follower: &Verdict) -> Option<usize> {
        let all = self.of_rule.get(code)?;
        let verdict = |at: &usize| self.rulings.get(*at).map(|ruling| &ruling.verdict);
        let is_later = |at: &usize| {
            verdict(at).is_some_and(|cause| match (cause.packet, follower.packet) {
                (Some(cause), Some(follower)) => follower > cause,
                _ => follower.time >= cause.time,
            })
        };
        // Of those with a packet the first is the earliest.
        let from = if follower.packet.is_some() && !all.first().is_some_and(is_later) {
            all.partition_point(|at| verdict(at).is_some_and(|cause| cause.packet.is_some()))
        } else {
            0
        };
        all.get(from..)?.iter().copied().find(|at| is_later(at))
    }

    /// What rests on a segment that somebody else has sent says nothing of the
    /// endpoint whose address it bears. What the capture itself is like stays.
    fn suspicion(&self, follower: &Ruling) -> Option<usize> {
        let verdict = &follower.verdict;
        if !verdict.suspects.is_empty() || follower.rule.group == Group::CA {
            return None;
        }
        let packets = verdict.packet.iter().chain(&verdict.related);
        packets
            .filter_map(|packet| self.suspecting.get(packet).copied())
            .min()
    }
}

fn kind(ruling: &Ruling) -> Kind {
    let verdict = &ruling.verdict;
    (ruling.rule.code, verdict.case, verdict.endpoint)
}

#[cfg(test)]
mod tests;
