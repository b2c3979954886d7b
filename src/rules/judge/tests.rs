use super::fold::RELATED_PACKETS;
use super::*;
use crate::machine::connection::Connection;
use crate::machine::script::connection;
use crate::machine::surroundings::{CaptureFacts, Vantage};
use crate::observation::Observations;
use crate::rules::case::Kinds;
use crate::rules::rule::Scope;
use crate::segment::Timestamp;

/// A rule like any other but for what the test is about.
fn rule(change: impl FnOnce(&mut Rule)) -> &'static Rule {
    let mut rule = *RULES[0];
    (rule.needs, rule.folds, rule.cases) = (&[], &[], &[]);
    (rule.group, rule.severity) = (Group::TD, Severity::Error);
    (rule.certainty, rule.certainty_if_loss_unknown) = (Certainty::Definite, None);
    (rule.textbook, rule.wakes_on) = (false, Observations::SYN);
    change(&mut rule);
    Box::leak(Box::new(rule))
}

pub fn named(code: &'static str, folds: &'static [(&'static str, Scope)]) -> &'static Rule {
    rule(|rule| (rule.code, rule.folds) = (code, folds))
}

pub fn ruling(rule: &'static Rule, side: Option<Side>, packet: Option<u64>) -> Ruling {
    let mut verdict = Verdict::omission(Side::Client, Timestamp(0), "").endpoint(side);
    verdict.packet = packet;
    Ruling {
        rule,
        verdict,
        severity: rule.severity,
        certainty: rule.certainty,
        followers: 0,
    }
}

/// What is left after folding: `code@packet+followers`.
fn folded(rulings: &[Ruling]) -> String {
    let mut rulings = rulings.to_vec();
    fold(&mut rulings);
    let brief = |r: &Ruling| {
        let packet = r.verdict.packet.map_or("-".to_owned(), |p| p.to_string());
        format!("{}@{packet}+{}", r.rule.code, r.followers)
    };
    rulings.iter().map(brief).collect::<Vec<_>>().join(" ")
}

const CLIENT: Option<Side> = Some(Side::Client);
const SERVER: Option<Side> = Some(Side::Server);

#[test]
fn consequences_go_under_their_cause_within_its_scope() {
    let b = named("B", &[]);
    let under = |scope: &'static [(&'static str, Scope)], follower: Ruling| {
        folded(&[ruling(named("A", scope), CLIENT, Some(5)), follower])
    };
    let same_packet = |packet| under(&[("B", Scope::SamePacket)], ruling(b, SERVER, packet));
    assert_eq!(same_packet(Some(5)), "A@5+1");
    assert_eq!(same_packet(Some(6)), "A@5+0 B@6+0");
    assert_eq!(same_packet(None), "A@5+0 B@-+0");
    let same_end = |side| under(&[("B", Scope::SameEndpoint)], ruling(b, side, Some(9)));
    assert_eq!(same_end(CLIENT), "A@5+1");
    assert_eq!(same_end(SERVER), "A@5+0 B@9+0");
    let other_end = |side| under(&[("B", Scope::OtherEndpoint)], ruling(b, side, Some(9)));
    assert_eq!(other_end(SERVER), "A@5+1");
    assert_eq!(other_end(CLIENT), "A@5+0 B@9+0");
    assert_eq!(other_end(None), "A@5+0 B@9+0");
    let anywhere = |packet| under(&[("B", Scope::Connection)], ruling(b, SERVER, packet));
    assert_eq!(anywhere(Some(9)), "A@5+1");
    assert_eq!(anywhere(Some(2)), "A@5+1", "also what came before it");
    assert_eq!(anywhere(None), "A@5+1");
}

#[test]
fn two_omissions_are_not_about_the_same_packet() {
    let a = named("A", &[("B", Scope::SamePacket)]);
    let rulings = [
        ruling(a, CLIENT, None),
        ruling(named("B", &[]), CLIENT, None),
    ];
    assert_eq!(folded(&rulings), "A@-+0 B@-+0");
}

#[test]
fn a_chain_goes_under_its_top() {
    let a = named("A", &[("B", Scope::Connection)]);
    let b = named("B", &[("C", Scope::Connection)]);
    let c = named("C", &[]);
    let mut rulings = [
        ruling(c, CLIENT, Some(1)),
        ruling(b, CLIENT, Some(2)),
        ruling(a, CLIENT, Some(3)),
    ];
    assert_eq!(folded(&rulings), "A@3+2");
    rulings.reverse();
    assert_eq!(
        folded(&rulings),
        "A@3+2",
        "the order of the rules is no matter"
    );
    // Without the top, the next one is it.
    assert_eq!(folded(&rulings[1..]), "B@2+1");
}

#[test]
fn repetitions_go_under_the_first_of_their_kind() {
    let a = named("A", &[]);
    let again = |packet| ruling(a, CLIENT, Some(packet));
    assert_eq!(folded(&[again(7), again(3), again(5)]), "A@3+2");
    assert_eq!(
        folded(&[again(3), ruling(a, SERVER, Some(5))]),
        "A@3+0 A@5+0"
    );
    let mut other = again(5);
    other.verdict.case = Some("other");
    assert_eq!(folded(&[again(3), other]), "A@3+0 A@5+0");
}

#[test]
fn repetitions_under_a_cause_all_count() {
    let a = named("A", &[("B", Scope::Connection)]);
    let b = named("B", &[]);
    let rulings = [
        ruling(b, SERVER, Some(1)),
        ruling(b, SERVER, Some(2)),
        ruling(a, CLIENT, Some(3)),
        ruling(a, CLIENT, Some(4)),
    ];
    assert_eq!(folded(&rulings), "A@3+3");
}

#[test]
fn followers_packets_are_named_once_and_not_without_end() {
    let a = named("A", &[]);
    let mut rulings: Vec<_> = (1..=40).map(|p| ruling(a, CLIENT, Some(p))).collect();
    rulings.push(ruling(a, CLIENT, Some(2)));
    fold(&mut rulings);
    assert_eq!(rulings.len(), 1);
    assert_eq!(rulings[0].followers, 40);
    let related: Vec<u64> = (2..2 + RELATED_PACKETS as u64).collect();
    assert_eq!(rulings[0].verdict.related, related);
}

/// Two rules that folded each other would make both findings vanish.
#[test]
fn no_rule_is_folded_under_its_own_consequence() {
    fn reaches(from: &Rule, code: &str, depth: usize) -> bool {
        depth > 0
            && from.folds.iter().any(|(next, _)| {
                let rule = RULES.iter().find(|rule| rule.code == *next);
                *next == code || rule.is_some_and(|rule| reaches(rule, code, depth - 1))
            })
    }
    for rule in RULES.iter() {
        assert!(!reaches(rule, rule.code, 8), "{}", rule.code);
    }
}

// ------------------------------------------------------------------ one rule

const OPEN: &str = "A SYN 100\n B SYN,ACK 300 101\n A ACK 101 301";

fn case<'a>(
    connection: &'a Connection,
    facts: &'a CaptureFacts,
    settings: &'a Settings,
) -> Case<'a> {
    Case {
        connection,
        kinds: Kinds::of(connection.noted()),
        previous: None,
        followed_by: None,
        until: connection.last.1,
        vantage: Vantage::UNKNOWN,
        refuted: None,
        capture: facts,
        settings,
    }
}

fn applied(rule: &'static Rule, text: &str, settings: &Settings) -> Judgement {
    let connection = connection(text);
    let facts = CaptureFacts::default();
    let mut judgement = Judgement::default();
    let waking = Waking::of(rule).unwrap();
    if seen(&connection).intersects(waking.on) {
        let case = case(&connection, &facts, settings);
        let refuted = Side::BOTH.map(|side| Needs::refuted(&case, side));
        apply(
            &waking,
            refuted,
            &case,
            &mut Verdicts::default(),
            &mut judgement,
        );
    }
    judgement
}

/// Against each end once.
fn blame_both(_: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        verdicts.say(Verdict::omission(side, Timestamp(0), ""));
    }
}

/// Against the sender of every noted segment.
fn blame_all(case: &Case<'_>, verdicts: &mut Verdicts) {
    for noted in case.noted() {
        verdicts.say(Verdict::about(noted, ""));
    }
}

fn blaming(needs: &'static [Need]) -> &'static Rule {
    rule(|rule| (rule.needs, rule.check) = (needs, Check::Connection(blame_both)))
}

fn sides(judgement: &Judgement) -> Vec<Option<Side>> {
    judgement
        .rulings
        .iter()
        .map(|r| r.verdict.endpoint)
        .collect()
}

#[test]
fn a_rule_sleeps_until_what_it_wakes_on_is_seen() {
    let rule = rule(|rule| {
        rule.wakes_on = Observations::FIN;
        rule.check = Check::Connection(blame_both);
    });
    let settings = Settings::default();
    assert!(applied(rule, OPEN, &settings).rulings.is_empty());
    let closed = format!("{OPEN}\n A FIN,ACK 101 301");
    assert_eq!(applied(rule, &closed, &settings).rulings.len(), 2);
}

#[test]
fn a_need_refuted_for_one_end_withholds_what_is_said_of_it() {
    // The SYN of the client was not captured.
    let text = "B SYN,ACK 300 101\n A ACK 101 301";
    let settings = Settings::default();
    let awake = |needs| {
        let mut woken = *blaming(needs);
        woken.wakes_on = Observations::SYN_ACK;
        applied(Box::leak(Box::new(woken)), text, &settings)
    };
    let own = awake(&[Need::SynSelf]);
    assert_eq!(sides(&own), [SERVER]);
    assert_eq!(own.withheld, [(RULES[0].code, Need::SynSelf)]);
    let peer = awake(&[Need::SynPeer]);
    assert_eq!(sides(&peer), [CLIENT]);
    assert_eq!(peer.withheld, [(RULES[0].code, Need::SynPeer)]);
    // Refuted for both, it is not even asked, and counts once.
    let both = awake(&[Need::Handshake]);
    assert!(both.rulings.is_empty());
    assert_eq!(both.withheld, [(RULES[0].code, Need::Handshake)]);
}

#[test]
fn what_is_about_neither_end_needs_what_the_client_needs() {
    fn blame_nobody(_: &Case<'_>, verdicts: &mut Verdicts) {
        verdicts.say(Verdict::omission(Side::Server, Timestamp(0), "").endpoint(None));
    }
    let rule = rule(|rule| {
        rule.needs = &[Need::SynSelf];
        rule.wakes_on = Observations::SYN_ACK;
        rule.check = Check::Connection(blame_nobody);
    });
    let judgement = applied(
        rule,
        "B SYN,ACK 300 101\n A ACK 101 301",
        &Settings::default(),
    );
    assert!(judgement.rulings.is_empty());
    assert_eq!(judgement.withheld.len(), 1);
}

#[test]
fn where_the_opening_is_missing_the_rules_of_it_are_withheld_unasked() {
    let settings = Settings::default();
    for needs in [&[Need::Handshake][..], &[Need::SynSelf], &[Need::SynPeer]] {
        let judgement = applied(
            rule(|rule| {
                rule.needs = Box::leak(needs.to_vec().into_boxed_slice());
                rule.wakes_on = Observations::URGENT;
                rule.check = Check::Connection(blame_both);
            }),
            "A ACK 500 900",
            &settings,
        );
        assert!(judgement.rulings.is_empty());
        assert_eq!(judgement.withheld.len(), 1, "{needs:?}");
    }
}

#[test]
fn a_header_that_is_cut_or_damaged_proves_nothing() {
    let needing = |needs| {
        rule(|rule| {
            rule.needs = needs;
            rule.wakes_on = Observations::SYN;
            rule.severity = Severity::Notice;
            rule.check = Check::Connection(blame_all);
        })
    };
    let settings = Settings::default();
    for fault in ["cut", "bad"] {
        let text = format!("A SYN 100\n B SYN,ACK 300 101 {fault}");
        let strict = applied(needing(&[Need::Header]), &text, &settings);
        assert_eq!(sides(&strict), [CLIENT], "{fault}");
        assert_eq!(strict.withheld, [(RULES[0].code, Need::Header)], "{fault}");
        let lax = applied(needing(&[]), &text, &settings);
        assert_eq!(sides(&lax), [CLIENT, SERVER], "{fault}");
    }
}

#[test]
fn a_book_with_damaged_segments_in_it_makes_no_accusation() {
    // The first looks like offload; the second shows that it was damage.
    let text = "A SYN 100 bad\n A SYN 100\n B SYN,ACK 300 101";
    let judged = |severity, group| {
        let rule = rule(|rule| {
            (rule.severity, rule.group) = (severity, group);
            rule.check = Check::Connection(blame_both);
        });
        applied(rule, text, &Settings::default()).rulings.len()
    };
    assert_eq!(judged(Severity::Error, Group::TD), 0);
    assert_eq!(judged(Severity::Warning, Group::HS), 0);
    assert_eq!(judged(Severity::Notice, Group::TD), 2);
    assert_eq!(
        judged(Severity::Error, Group::FL),
        2,
        "one segment's form is enough"
    );
}

// ----------------------------------------------------- certainty and severity

fn certainty_of(needs: &'static [Need], text: &str, lossless: bool) -> Certainty {
    let rule = rule(|rule| {
        rule.needs = needs;
        rule.certainty_if_loss_unknown = Some(Certainty::Likely);
        rule.check = Check::Connection(blame_both);
    });
    let settings = Settings {
        lossless,
        ..Settings::default()
    };
    applied(rule, text, &settings).rulings[0].certainty
}

#[test]
fn unknown_loss_lowers_what_rests_on_a_lossless_capture() {
    assert_eq!(
        certainty_of(&[Need::NoCaptureLoss], OPEN, false),
        Certainty::Likely
    );
    assert_eq!(
        certainty_of(&[Need::NoCaptureLoss], OPEN, true),
        Certainty::Definite
    );
    assert_eq!(certainty_of(&[], OPEN, false), Certainty::Definite);
}

#[test]
fn a_verdict_may_know_better_but_loss_lowers_it_all_the_same() {
    fn sure(_: &Case<'_>, verdicts: &mut Verdicts) {
        let verdict = Verdict::omission(Side::Client, Timestamp(0), "");
        verdicts.say(verdict.certainty(Certainty::Definite));
    }
    let judged = |if_unknown| {
        let rule = rule(|rule| {
            rule.certainty = Certainty::Likely;
            rule.certainty_if_loss_unknown = if_unknown;
            rule.needs = &[Need::NoCaptureLoss];
            rule.check = Check::Connection(sure);
        });
        applied(rule, OPEN, &Settings::default()).rulings[0].certainty
    };
    assert_eq!(judged(None), Certainty::Definite);
    assert_eq!(judged(Some(Certainty::Likely)), Certainty::Likely);
}

#[test]
fn severity_is_the_cases_then_the_profiles_then_the_users() {
    let rule = rule(|rule| {
        rule.code = "X";
        rule.severity = Severity::Error;
        rule.cases = &[("mild", Severity::Notice), ("worst", Severity::Error)];
        rule.textbook = true;
    });
    let mut settings = Settings::default();
    let of = |case, settings: &Settings| severity(rule, case, settings);
    assert_eq!(of(None, &settings), Some(Severity::Error));
    assert_eq!(of(Some("mild"), &settings), Some(Severity::Notice));
    settings.profile = Profile::Textbook;
    assert_eq!(of(Some("mild"), &settings), Some(Severity::Warning));
    assert_eq!(
        of(Some("worst"), &settings),
        Some(Severity::Error),
        "raised, never lowered"
    );
    let level = SeverityChoice::Level(Severity::Info);
    settings.severities.insert(("X", None), level);
    assert_eq!(of(Some("mild"), &settings), Some(Severity::Info));
    settings
        .severities
        .insert(("X", Some("mild")), SeverityChoice::Off);
    assert_eq!(of(Some("mild"), &settings), None);
    assert_eq!(of(Some("worst"), &settings), Some(Severity::Info));
}

#[test]
fn the_profile_raises_only_what_is_marked_for_it() {
    let settings = Settings {
        profile: Profile::Textbook,
        ..Settings::default()
    };
    let plain = rule(|rule| rule.severity = Severity::Notice);
    assert_eq!(severity(plain, None, &settings), Some(Severity::Notice));
}

// ------------------------------------------------------------------ all rules

#[test]
fn a_rule_switched_off_takes_its_followers_with_it() {
    // A SYN,FIN is one finding with what follows from it; switched off, the
    // followers do not come to the surface.
    let connection = connection(
        "A SYN 100\n B SYN,ACK 300 101\n A ACK 101 301
        A FIN,ACK 101 301\n B ACK 301 105\n B ACK 301 105\n B ACK 301 102",
    );
    let facts = CaptureFacts::default();
    let judged = |settings: &Settings| {
        let judgement = judge(&case(&connection, &facts, settings));
        let code = |r: &Ruling| (r.rule.code, r.followers);
        judgement.rulings.iter().map(code).collect::<Vec<_>>()
    };
    let mut settings = Settings::default();
    let all = judged(&settings);
    assert!(all.contains(&("TD001", 1)), "{all:?}");
    settings
        .severities
        .insert(("TD001", None), SeverityChoice::Off);
    let without: Vec<_> = all
        .into_iter()
        .filter(|(code, _)| *code != "TD001")
        .collect();
    assert_eq!(judged(&settings), without);
    settings.select = Some(["TD001"].into());
    settings.severities.clear();
    assert_eq!(judged(&settings), [("TD001", 1)]);
}

#[test]
fn what_is_withheld_is_counted_once_a_rule_and_need() {
    let connection = connection("A ACK 500 900 len=5\n B ACK 900 505\n A FIN,ACK 505 900");
    let (facts, settings) = (CaptureFacts::default(), Settings::default());
    let withheld = judge(&case(&connection, &facts, &settings)).withheld;
    assert!(!withheld.is_empty());
    assert!(withheld.is_sorted());
    assert!(withheld.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn what_rests_on_a_suspected_packet_goes_under_the_suspicion() {
    let b = named("B", &[]);
    let mut forged = ruling(named("A", &[]), None, Some(5));
    forged.verdict.suspects = vec![5, 8];
    let with = |follower: Ruling| folded(&[forged.clone(), follower]);
    assert_eq!(with(ruling(b, CLIENT, Some(5))), "A@5+1");
    assert_eq!(
        with(ruling(b, CLIENT, Some(8))),
        "A@5+1",
        "whatever else is forged"
    );
    assert_eq!(with(ruling(b, CLIENT, Some(6))), "A@5+0 B@6+0");
    let mut shown = ruling(b, SERVER, Some(6));
    shown.verdict.related = vec![8];
    assert_eq!(with(shown), "A@5+1", "what it is compared with is forged");
    let capture = rule(|rule| (rule.code, rule.group) = ("C", Group::CA));
    assert_eq!(with(ruling(capture, None, Some(5))), "A@5+0 C@5+0");
    // Two suspicions: neither rests on the other's packets.
    let mut other = forged.clone();
    other.rule = named("D", &[]);
    assert_eq!(with(other), "A@5+0 D@5+0");
}

#[test]
fn later_is_by_packet_or_by_time() {
    let a = named("A", &[("B", Scope::Later)]);
    let b = named("B", &[]);
    let with = |packet| folded(&[ruling(a, None, Some(5)), ruling(b, CLIENT, packet)]);
    assert_eq!(with(Some(6)), "A@5+1");
    assert_eq!(with(Some(4)), "B@4+0 A@5+0");
    assert_eq!(with(None), "A@5+1");
    let mut early = ruling(b, CLIENT, None);
    early.verdict.time = Some(Timestamp(-1));
    assert_eq!(folded(&[ruling(a, None, Some(5)), early]), "A@5+0 B@-+0");
}
