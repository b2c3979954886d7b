//! AT005: a RST that probably somebody else sent.
//!
//! RFC 9293, 3.5.3 and RFC 5961, 3: whoever can guess or see the numbers can
//! reset a connection in the name of an end. A RST in the name of E is
//! suspected when it bears a fingerprint of another host (`forgery.rs`: hop
//! count, identification, "don't fragment", clock) and behaves unlike E's:
//! (a) E goes on, with new octets or a new ack, or accepts the very SYN that the
//! RST refuses; (b) its SEQ lies beyond everything that E has sent, and is no ack
//! that P sent; (c) it answers octets sooner than the way to E and back takes.
//!
//! Departing from the catalogue, two fingerprints without such a behaviour are
//! enough only where they cannot have one ordinary cause. Many stacks make
//! resets apart from the connection, with another initial TTL (64, 128 or 255),
//! without "don't fragment", without options and with another count of
//! identifications. So one of the two must be of a host at another distance (a
//! difference of hops that is none between initial values), of another clock, or
//! a copied identification. E's TSopt is missing on most resets (RFC 7323, 3.2
//! asks for it with SHOULD) and counts only where E's other RSTs have it.
//!
//! More than one RTT must pass before E "goes on", since its RST may overtake its
//! last segments, unless these acknowledge what P sent behind the RST.
//! Never more than likely.

use super::forgery::{self, Marks};
use crate::machine::noted::Noted;
use crate::machine::watch::host::HOPS_APART;
use crate::rules::prelude::*;
use crate::segment::NS_PER_MS;
use crate::seq::SeqNo;

/// Beyond this many octets a number below the ISN may be one after a wrap.
const MAY_WRAP_OCTETS: u64 = 1 << 30;

/// Segments that overtake each other do so by less than this.
const LEAST_RTT_NS: i64 = 10 * NS_PER_MS;

/// Least round trip with which the time of an answer is compared.
const MEASURABLE_NS: i64 = 4 * NS_PER_MS;

/// The rule.
pub static RULE: Rule = Rule {
    code: "AT005",
    name: "forged-rst-suspected",
    title: "RST probably forged (injected)",
    group: Group::AT,
    severity: Severity::Warning,
    cases: &[],
    certainty: Certainty::Likely,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Pattern,
    sound_from: SoundFrom::Heuristic,
    needs: &[Need::BothDirections, Need::Header],
    blames: Blames::ThirdParty,
    textbook: false,
    rfc: &["RFC 9293 3.5.3", "RFC 5961 3", "RFC 4953"],
    folds: &[
        ("AT006", Scope::Connection),
        ("RS003", Scope::Later),
        ("RS004", Scope::Later),
        ("RS005", Scope::Later),
        ("RS007", Scope::Later),
        ("RS008", Scope::Later),
        ("RS009", Scope::Later),
        ("TD010", Scope::Later),
        ("TD014", Scope::Later),
        ("TD015", Scope::Later),
        ("TD016", Scope::Later),
        ("TD017", Scope::Later),
        ("TD018", Scope::Later),
        ("TW001", Scope::Later),
        ("TW006", Scope::Later),
        ("RT014", Scope::Later),
    ],
    thresholds: &[("hops_apart", 2)],
    text: Explanation {
        what: "A reset came in the name of an endpoint, but it does not look like that endpoint's \
               other packets (it has another TTL, an IP identification out of count, or the \
               like), and the endpoint behaves as if it had never sent it. Two signs of this \
               kind together mean that another machine has probably sent it.",
        why: "Some firewalls and censors, and attackers who see the traffic, cut connections by \
              sending both ends resets in each other's name. Neither program has done anything \
              wrong, and looking for the fault there is lost time. A stack that follows RFC 5961 \
              believes a reset only at exactly the next number; TCP-AO or IPsec is what \
              really protects.",
        exchange: &[
            "A > B  PSH,ACK  seq=1001 ack=5001 len=100   ttl=64",
            "A > B  RST      seq=1101                    ttl=49   <- from another machine",
            "A > B  PSH,ACK  seq=1101 ack=5001 len=100   ttl=64   (A knows nothing of it)",
        ],
        excuses: &[
            "A route that changes also changes the TTL, but not for one packet, and not by what \
             lies between two stacks' initial values.",
            "Many stacks send resets with another TTL, without \"don't fragment\", without a \
             timestamp or with identification 0: this alone is never enough.",
            "A load balancer or firewall that closes idle connections for its servers sends \
             resets in their name: that is another machine, though a friendly one.",
            "A broken stack that goes on after its own reset has the same TTL and count: then it \
             is blamed (RS004), and nobody else.",
            "The capturing host marked the packet as sent by itself: it is no stranger's.",
        ],
    },
    wakes_on: Observations::RST,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for side in Side::BOTH {
        let suspects: Vec<(&Noted, Marks)> = case
            .resets(side)
            .map(|rst| (rst, forgery::marks(case, rst).fingerprints()))
            .take_while(|(rst, marks)| !marks.is_empty() || !is_own_abort(rst))
            .filter(|(_, marks)| !marks.is_empty())
            .collect();
        let first = suspects.iter().find_map(|(rst, marks)| {
            let conduct = conduct(case, rst);
            let betrayed = conduct.is_some() || is_other_machine(case, rst, *marks);
            betrayed.then_some((*rst, *marks, conduct))
        });
        let Some((rst, marks, conduct)) = first else {
            continue;
        };
        let shown = conduct.as_ref().and_then(|conduct| conduct.packet);
        let conduct = conduct.map_or(String::new(), |conduct| format!("; {}", conduct.words));
        let verdict = Verdict::about(
            rst,
            format!(
                "The RST claims to come from the {}, but {}{conduct}. Another machine has \
                 probably sent it.",
                side.name(),
                marks.words(case, rst),
            ),
        );
        let others = suspects.iter().map(|(other, _)| other.packet);
        let others = others.filter(|packet| *packet != rst.packet);
        verdicts.say(
            verdict
                .endpoint(None)
                .related(others.chain(shown))
                .suspects(forgery::suspects(case, side))
                .observed(Numbers::default().seq(rst.seq).flags(rst.flags)),
        );
    }
}

/// The end has reset the connection itself: what a firewall adds in its name
/// cuts nothing any more.
fn is_own_abort(rst: &Noted) -> bool {
    let (before, number) = (&rst.before, rst.seq);
    let next = before.own_next;
    next.is_some_and(|next| number.within(before.peer_ack.unwrap_or(next).earlier(next), next))
}

/// What the end does that it would not do if the RST were its own.
struct Conduct {
    words: String,
    packet: Option<u64>,
}

fn conduct(case: &Case<'_>, rst: &Noted) -> Option<Conduct> {
    if let Some(later) = case
        .after(rst.packet)
        .find(|later| goes_on(case, rst, later))
    {
        let words = format!(
            "the {} goes on in packet {} as if it had sent none",
            rst.side.name(),
            named(later.packet)
        );
        let packet = Some(later.packet);
        return Some(Conduct { words, packet });
    }
    if let Some(later) = accepts(case, rst) {
        let words = format!(
            "the {} accepts in packet {} the SYN that the RST refuses",
            rst.side.name(),
            named(later.packet)
        );
        let packet = Some(later.packet);
        return Some(Conduct { words, packet });
    }
    let plain = |words: &str| {
        Some(Conduct {
            words: words.to_owned(),
            packet: None,
        })
    };
    if lies_beyond(case, rst) {
        return plain("its number is one that the end had not come to");
    }
    if comes_too_soon(case, rst) {
        return plain("it answers sooner than the way there and back takes");
    }
    None
}

/// New octets or a new ack that cannot have left before the RST.
fn goes_on(case: &Case<'_>, rst: &Noted, later: &Noted) -> bool {
    if later.side != rst.side || later.is_rst() || later.is_syn() || later.is_void() {
        return false;
    }
    let before = &rst.before;
    let is_new = |reached: Option<SeqNo>, number: SeqNo| {
        reached.is_some_and(|reached| number.after(reached))
    };
    let new_octets = !later.is_empty() && is_new(before.own_next, later.end());
    let new_ack = later.is_ack() && is_new(before.own_ack, later.ack);
    let acks_later_octets = later.is_ack() && is_new(before.peer_next, later.ack);
    let late = later.time.since(rst.time) > case.rtt_or_default_ns().max(LEAST_RTT_NS);
    acks_later_octets || (new_octets || new_ack) && (late || case.order_is_proven(rst, later))
}

/// The SYN-ACK for the SYN that the RST refuses, where no other SYN came between.
fn accepts<'a>(case: &Case<'a>, rst: &Noted) -> Option<&'a Noted> {
    let peer = rst.side.peer();
    let refuses = rst.is_ack() && case.acks_a_syn_of(peer, rst.ack);
    let fresh = rst.before.own_next.is_none();
    let accepting = case
        .syn_acks(rst.side)
        .find(|accepting| accepting.packet > rst.packet && accepting.ack == rst.ack)?;
    let again = case
        .syns(peer)
        .any(|syn| syn.packet > rst.packet && syn.packet < accepting.packet);
    (refuses && fresh && !again).then_some(accepting)
}

/// Beyond everything that the end has sent, or far below it.
fn lies_beyond(case: &Case<'_>, rst: &Noted) -> bool {
    let end = case.end(rst.side);
    let (Some(next), Some(iss)) = (rst.before.own_next, end.iss()) else {
        return false;
    };
    let copied = case
        .of(rst.side.peer())
        .any(|noted| noted.is_ack() && noted.ack == rst.seq);
    let without_connection = rst.is_ack() && rst.seq == SeqNo(0);
    let below = rst.seq.before(iss) && end.advanced < MAY_WRAP_OCTETS;
    (rst.seq.after(next) || below)
        && !copied
        && !without_connection
        && end.missing_octets() == 0
        && end.early_ack.is_none()
        && rst.before.peer_ack.is_none_or(|ack| ack.at_or_before(next))
}

/// In less than half of the round trip to the end and back.
fn comes_too_soon(case: &Case<'_>, rst: &Noted) -> bool {
    let (Some(trip), Some(asked)) = (
        *case.connection.handshake_ns.of(rst.side),
        rst.before.peer_last,
    ) else {
        return false;
    };
    let answers = rst.is_ack() && !asked.is_empty() && rst.ack == asked.end();
    answers && trip >= MEASURABLE_NS && (0..trip / 2).contains(&rst.time.since(asked.time))
}

/// Two fingerprints, one of which cannot come from another way through the
/// same stack.
fn is_other_machine(case: &Case<'_>, rst: &Noted, marks: Marks) -> bool {
    let elsewhere = marks.contains(Marks::HOPS) && !is_initial_value(case, rst);
    let certain = Marks::CLOCK | Marks::ID_OF_PEER;
    marks.bits().count_ones() >= 2 && (elsewhere || marks.intersects(certain))
}

/// The hop counts differ by what lies between two initial values that stacks
/// use: the path may be the same.
fn is_initial_value(case: &Case<'_>, rst: &Noted) -> bool {
    const INITIAL: [u8; 4] = [32, 64, 128, 255];
    let usual = case.watch(rst.side).host.hops.usual();
    usual.is_some_and(|usual| {
        INITIAL.iter().any(|a| {
            INITIAL
                .iter()
                .any(|b| a > b && (a - b).abs_diff(usual.abs_diff(rst.ttl)) < HOPS_APART)
        })
    })
}
