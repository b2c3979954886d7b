use super::*;
use crate::machine::script::connection;
use crate::machine::side::Pair;
use crate::machine::surroundings::{CaptureFacts, Previous, PreviousEnd, Vantage};
use crate::rules::case::Kinds;
use crate::segment::Timestamp;
use crate::seq::SeqNo;
use crate::settings::Settings;
use Standing::{Met, Refuted, Unknown};

const OPEN: &str = "A SYN 100\n B SYN,ACK 300 101\n A ACK 101 301";
const NO_SYN: &str = "B SYN,ACK 300 101\n A ACK 101 301";
const NO_SYN_ACK: &str = "A SYN 100\n A ACK 101 301\n B ACK 301 101";

/// How `need` stands for each end.
fn stands(need: Need, text: &str) -> [Standing; 2] {
    stands_in(need, text, |_, _, _| ())
}

fn stands_in(
    need: Need,
    text: &str,
    change: impl FnOnce(&mut CaptureFacts, &mut Settings, &mut Vantage),
) -> [Standing; 2] {
    let connection = connection(text);
    let (mut facts, mut settings) = (CaptureFacts::default(), Settings::default());
    let mut vantage = Vantage::UNKNOWN;
    change(&mut facts, &mut settings, &mut vantage);
    let case = Case {
        connection: &connection,
        kinds: Kinds::of(connection.noted()),
        previous: None,
        followed_by: None,
        until: connection.last.1,
        vantage,
        refuted: None,
        capture: &facts,
        settings: &settings,
    };
    Side::BOTH.map(|side| standing(need, &case, side))
}

#[test]
fn the_opening() {
    assert_eq!(stands(Need::Handshake, OPEN), [Met, Met]);
    assert_eq!(stands(Need::SynSelf, OPEN), [Met, Met]);
    assert_eq!(stands(Need::SynPeer, OPEN), [Met, Met]);
    assert_eq!(stands(Need::Handshake, NO_SYN), [Refuted, Refuted]);
    assert_eq!(stands(Need::SynSelf, NO_SYN), [Refuted, Met]);
    assert_eq!(stands(Need::SynPeer, NO_SYN), [Met, Refuted]);
    assert_eq!(stands(Need::SynSelf, NO_SYN_ACK), [Met, Refuted]);
    assert_eq!(stands(Need::SynPeer, NO_SYN_ACK), [Refuted, Met]);
}

#[test]
fn both_directions() {
    assert_eq!(stands(Need::BothDirections, OPEN), [Met, Met]);
    assert_eq!(
        stands(Need::BothDirections, "A SYN 100"),
        [Refuted, Refuted]
    );
}

#[test]
fn both_directions_may_have_shown_before() {
    let connection = connection("A SYN 100");
    let seen = PreviousEnd {
        snd_next: Some(SeqNo(7)),
        ..PreviousEnd::default()
    };
    let mut previous = Previous {
        ends: Pair {
            client: seen,
            server: seen,
        },
        last: Timestamp(0),
        last_packet: 1,
        reset: false,
        mid_stream: false,
    };
    let stands = |previous: &Previous| {
        let (facts, settings) = (CaptureFacts::default(), Settings::default());
        let case = Case {
            connection: &connection,
            kinds: Kinds::of(connection.noted()),
            previous: Some(previous),
            followed_by: None,
            until: connection.last.1,
            vantage: Vantage::UNKNOWN,
            refuted: None,
            capture: &facts,
            settings: &settings,
        };
        standing(Need::BothDirections, &case, Side::Client)
    };
    assert_eq!(stands(&previous), Met);
    previous.ends.server.snd_next = None;
    assert_eq!(stands(&previous), Refuted);
}

#[test]
fn loss_is_unknown_refuted_or_proven() {
    let loss = |text: &str| stands(Need::NoCaptureLoss, text);
    assert_eq!(loss(OPEN), [Unknown, Unknown]);
    // Octets that were acknowledged and not captured, in either direction.
    let lost = format!("{OPEN}\n A ACK 111 301 len=5\n B ACK 301 116");
    assert_eq!(loss(&lost), [Refuted, Refuted]);
    // An ack that nobody has contradicted yet.
    assert_eq!(loss(&format!("{OPEN}\n B ACK 301 111")), [Refuted, Refuted]);
    // The SYN or the SYN-ACK is missing.
    let no_syn = format!("{NO_SYN}\n B ACK 301 101");
    assert_eq!(loss(&no_syn), [Refuted, Refuted]);
    assert_eq!(loss(NO_SYN_ACK), [Refuted, Refuted]);
    assert_eq!(loss("A SYN 100"), [Unknown, Unknown], "nobody has answered");
    // A capture that begins later has not lost what came before.
    assert_eq!(loss("A ACK 500 900\n B ACK 900 500"), [Unknown, Unknown]);
}

#[test]
fn what_the_user_says_and_what_the_capture_says_about_loss() {
    let loss = |change: fn(&mut CaptureFacts, &mut Settings, &mut Vantage)| {
        stands_in(Need::NoCaptureLoss, OPEN, change)
    };
    assert_eq!(loss(|_, settings, _| settings.lossless = true), [Met, Met]);
    assert_eq!(
        loss(|facts, _, _| facts.drops = Some(3)),
        [Refuted, Refuted]
    );
    assert_eq!(
        loss(|facts, _, _| facts.drops = Some(0)),
        [Unknown, Unknown]
    );
    // No drops count where the capture is proven to be taken.
    let at_client = |proven| Vantage {
        at: Pair {
            client: Some(true),
            server: Some(false),
        },
        proven,
    };
    let with = |vantage: Vantage| {
        stands_in(Need::NoCaptureLoss, OPEN, |facts, _, at| {
            (facts.drops, *at) = (Some(0), vantage);
        })
    };
    assert_eq!(with(at_client(true)), [Met, Unknown]);
    assert_eq!(with(at_client(false)), [Unknown, Unknown]);
    // Evidence outweighs what is said.
    let lost = format!("{OPEN}\n B ACK 301 111");
    let said = stands_in(Need::NoCaptureLoss, &lost, |_, settings, _| {
        settings.lossless = true
    });
    assert_eq!(said, [Refuted, Refuted]);
}

#[test]
fn the_vantage() {
    let at = |client, server| {
        stands_in(Need::AtSelf, OPEN, |_, _, vantage| {
            vantage.at = Pair { client, server }
        })
    };
    assert_eq!(at(None, None), [Refuted, Refuted]);
    assert_eq!(at(Some(true), Some(false)), [Met, Refuted]);
    assert_eq!(at(Some(true), Some(true)), [Met, Met]);
}

#[test]
fn offload() {
    let own = |mark: &str| {
        stands(
            Need::NoOffloadSelf,
            &format!("{OPEN}\n A ACK 101 301 {mark}"),
        )
    };
    let peer = |mark: &str| {
        stands(
            Need::NoOffloadPeer,
            &format!("{OPEN}\n A ACK 101 301 {mark}"),
        )
    };
    assert_eq!((own(""), peer("")), ([Met, Met], [Met, Met]));
    for mark in ["partial", "len=1461", "length0"] {
        assert_eq!(
            (own(mark), peer(mark)),
            ([Refuted, Met], [Met, Refuted]),
            "{mark}"
        );
    }
    assert_eq!(own("len=1460"), [Met, Met], "a whole Ethernet frame");
    let unfinished = stands(Need::NoOffloadSelf, "A SYN 100 bad\n B SYN,ACK 300 101");
    assert_eq!(unfinished, [Refuted, Met]);
}

#[test]
fn the_clock() {
    let ms = |step: i64| {
        stands_in(Need::Clock, OPEN, |facts, _, _| {
            facts.step_back_ns = step * 1_000_000
        })
    };
    assert_eq!(
        [ms(0), ms(100), ms(101)],
        [[Met; 2], [Met; 2], [Refuted; 2]]
    );
}

#[test]
fn a_snap_length() {
    let cut = |mark: &str| {
        stands(
            Need::Payload,
            &format!("{OPEN}\n A ACK 101 301 len=9 {mark}"),
        )
    };
    assert_eq!(cut(""), [Met, Met]);
    assert_eq!(cut("cut"), [Refuted, Met]);
}

#[test]
fn what_only_a_single_verdict_can_answer_stands_here() {
    for need in [
        Need::Header,
        Need::OrderProof,
        Need::Time(5),
        Need::FinSelf,
        Need::FinPeer,
    ] {
        assert_eq!(stands(need, NO_SYN), [Met, Met], "{need:?}");
    }
}

#[test]
fn needs_as_a_set_stand_as_each_stands() {
    let all = [
        Need::Header,
        Need::Payload,
        Need::Handshake,
        Need::SynSelf,
        Need::SynPeer,
        Need::FinSelf,
        Need::FinPeer,
        Need::BothDirections,
        Need::NoCaptureLoss,
        Need::SymmetricPath,
        Need::OrderProof,
        Need::AtSelf,
        Need::NoOffloadSelf,
        Need::NoOffloadPeer,
        Need::Clock,
        Need::Time(1),
    ];
    for text in [OPEN, NO_SYN, NO_SYN_ACK, "A SYN 100"] {
        let connection = connection(text);
        let (mut facts, settings) = (CaptureFacts::default(), Settings::default());
        facts.drops = (text == NO_SYN).then_some(1);
        let case = Case {
            connection: &connection,
            kinds: Kinds::of(connection.noted()),
            previous: None,
            followed_by: None,
            until: connection.last.1,
            vantage: Vantage::UNKNOWN,
            refuted: None,
            capture: &facts,
            settings: &settings,
        };
        for side in Side::BOTH {
            let refuted = Needs::refuted(&case, side);
            for need in all {
                let alone = standing(need, &case, side) == Refuted;
                assert_eq!(
                    refuted.first_of(&[need]).is_some(),
                    alone,
                    "{need:?} {text}"
                );
                assert!(!alone || refuted.intersects(Needs::of(&[Need::Header, need])));
            }
            let first = all
                .into_iter()
                .find(|need| standing(*need, &case, side) == Refuted);
            assert_eq!(refuted.first_of(&all), first);
        }
    }
}
