//! Folding by looking up does what folding by comparing would.

use super::*;
use crate::rules::judge::tests::{named, ruling};
use crate::rules::{RULES, rule::Rule};
use crate::segment::Timestamp;

/// What folding means, said without haste: the ruling under which that at `index` goes.
fn leader(rulings: &[Ruling], index: usize) -> Option<usize> {
    let follower = &rulings[index];
    let cause = rulings.iter().position(|ruling| {
        let listed = ruling.rule.folds.iter().any(|(code, scope)| {
            *code == follower.rule.code && holds(*scope, &ruling.verdict, &follower.verdict)
        });
        listed || rests_on_suspects(&ruling.verdict, follower)
    });
    cause.or_else(|| {
        rulings[..index]
            .iter()
            .position(|ruling| kind(ruling) == kind(follower))
    })
}

fn holds(scope: Scope, cause: &Verdict, follower: &Verdict) -> bool {
    match scope {
        Scope::SamePacket => cause.packet.is_some() && cause.packet == follower.packet,
        Scope::NamedPacket => follower
            .packet
            .is_some_and(|packet| cause.packet == Some(packet) || cause.related.contains(&packet)),
        Scope::SameEndpoint => cause.endpoint == follower.endpoint,
        Scope::OtherEndpoint => cause
            .endpoint
            .is_some_and(|side| follower.endpoint == Some(side.peer())),
        Scope::Later => match (cause.packet, follower.packet) {
            (Some(cause), Some(follower)) => follower > cause,
            _ => follower.time >= cause.time,
        },
        Scope::Connection => true,
    }
}

fn rests_on_suspects(cause: &Verdict, follower: &Ruling) -> bool {
    let verdict = &follower.verdict;
    let mut packets = verdict.packet.iter().chain(&verdict.related);
    verdict.suspects.is_empty()
        && follower.rule.group != Group::CA
        && packets.any(|packet| cause.suspects.contains(packet))
}

#[test]
fn looking_up_finds_what_comparing_finds() {
    let rules: &[&'static Rule] = &[
        named("A", &[("C", Scope::SamePacket), ("D", Scope::Later)]),
        named(
            "B",
            &[("C", Scope::NamedPacket), ("E", Scope::OtherEndpoint)],
        ),
        named("C", &[("E", Scope::SameEndpoint), ("D", Scope::Connection)]),
        named("D", &[]),
        named("E", &[("D", Scope::Later), ("F", Scope::Later)]),
        named("F", &[]),
    ];
    let mut random = fastrand::Rng::with_seed(9293);
    for _ in 0..2000 {
        let mut rulings: Vec<Ruling> = (0..random.usize(1..20))
            .map(|_| {
                let side = [None, Some(Side::Client), Some(Side::Server)][random.usize(..3)];
                let packet = (random.u8(..4) > 0).then(|| random.u64(1..9));
                let mut ruling = ruling(rules[random.usize(..rules.len())], side, packet);
                let verdict = &mut ruling.verdict;
                verdict.time = (random.u8(..4) > 0).then(|| Timestamp(random.i64(..9)));
                verdict.case = random.bool().then_some("case");
                verdict
                    .related
                    .extend((0..random.usize(..3)).map(|_| random.u64(1..9)));
                if random.u8(..5) == 0 {
                    verdict.suspects.push(random.u64(1..9));
                }
                ruling
            })
            .collect();
        rulings.sort_by_key(|r| (r.verdict.packet.unwrap_or(u64::MAX), r.rule.code));
        let compared: Vec<_> = (0..rulings.len()).map(|at| leader(&rulings, at)).collect();
        assert_eq!(Causes::among(&rulings).leaders(), compared, "{rulings:?}");
    }
}

/// Comparing each with each would take minutes.
#[test]
fn a_great_many_rulings_are_folded_at_once() {
    const MANY: u64 = 40_000;
    let cause = named("A", &[("B", Scope::NamedPacket), ("C", Scope::Later)]);
    let (named, later) = (named("B", &[]), named("C", &[]));
    let mut rulings = vec![ruling(cause, None, Some(MANY))];
    rulings.extend((0..MANY).map(|n| ruling(named, None, Some(n))));
    rulings.extend((0..MANY).map(|n| ruling(later, None, Some(n))));
    rulings.extend((0..MANY).map(|n| ruling(cause, None, Some(2 * MANY + n))));
    fold(&mut rulings);
    let left: Vec<_> = rulings.iter().map(|r| (r.rule.code, r.followers)).collect();
    assert_eq!(left, [("B", MANY - 1), ("C", MANY - 1), ("A", MANY)]);
}

/// So a chain of causes is never longer than it is followed.
#[test]
fn no_rule_is_folded_by_what_it_folds() {
    fn depth(code: &str, above: usize) -> usize {
        assert!(above < LONGEST_CHAIN, "{code} is folded by what it folds");
        let causes = RULES
            .iter()
            .filter(|rule| rule.folds.iter().any(|(c, _)| *c == code));
        causes
            .map(|rule| 1 + depth(rule.code, above + 1))
            .max()
            .unwrap_or(0)
    }
    let deepest = RULES.iter().map(|rule| depth(rule.code, 0)).max().unwrap();
    // A repetition at either end, and a suspicion at the top.
    assert!(deepest + 3 < LONGEST_CHAIN, "{deepest}");
}
