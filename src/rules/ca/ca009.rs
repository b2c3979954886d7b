//! CA009: an ICMP error speaks of the connection.
//!
//! RFC 9293, 3.9.2.2 (MUST-54 to MUST-56, SHLD-25, SHLD-26); RFC 5461; RFC
//! 5927. Condition: an ICMP or `ICMPv6` error quotes both sockets of the
//! connection and a SEG.SEQ. It is an event of the path and blames nobody;
//! that the frame was captured is certain, that its author is who the source
//! address says, or that anybody believed it, is not claimed.
//!
//! The quoted SEQ is compared with what its sender may have in flight, from
//! SND.UNA - 1 (keepalives and window probes stand there) to SMAX, as a
//! receiver of the error should do itself (RFC 5927, 4.1). Where it does not
//! lie there the finding says so: such an error explains nothing.
//!
//! One that does is an answer: HS009, RT014 and the rules about giving up are
//! not reported for what it explains (the machine's `IcmpNotes`). That no
//! error came, on the other hand, means nothing: they are rate limited and
//! often filtered. An error whose quote was rewritten by an address translator
//! finds its connection only where the capture holds the translated one.
//!
//! A case a kind of error, so that there is one finding a kind, with a count.

use crate::icmp::{IcmpClass, IcmpKind};
use crate::machine::icmp::IcmpNote;
use crate::rules::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    code: "CA009",
    name: "icmp-error",
    title: "ICMP error about the connection",
    group: Group::CA,
    severity: Severity::Info,
    cases: &[
        ("net-unreachable", Severity::Info),
        ("host-unreachable", Severity::Info),
        ("protocol-unreachable", Severity::Info),
        ("port-unreachable", Severity::Info),
        ("prohibited", Severity::Info),
        ("too-big", Severity::Info),
        ("source-quench", Severity::Info),
        ("time-exceeded", Severity::Info),
        ("parameter-problem", Severity::Info),
    ],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Capture,
    sound_from: SoundFrom::AnyVantage,
    needs: &[],
    blames: Blames::Nobody,
    textbook: false,
    rfc: &[
        "RFC 9293 3.9.2.2 (MUST-54, MUST-55, MUST-56, SHLD-26)",
        "RFC 5461",
        "RFC 5927 4.1",
        "RFC 1191",
        "RFC 8201",
    ],
    folds: &[],
    thresholds: &[],
    text: Explanation {
        what: "A router, a filter or the far host has dropped a segment of this connection and \
               said so with an ICMP error, which quotes the beginning of the segment. This is how \
               its sender, and the reader of the capture, know that it did not arrive.",
        why: "It explains silence, an attempt that is given up at once, or segments that become \
              smaller. Net or host unreachable, time exceeded and parameter problem are soft \
              errors: a connection that is open goes on and tries again. Protocol or port \
              unreachable and a filter's prohibition are hard ones: TCP may give up. While a \
              connection is being opened, nearly all stacks take any of them as final. Too big \
              names the size that would pass; smaller segments should follow. Source quench is \
              deprecated and must be ignored.",
        exchange: &[
            "A > B  SYN  seq=1000",
            "R > A  ICMP host unreachable, quotes A > B seq=1000    (R is a router on the way)",
        ],
        excuses: &[
            "Anybody who knows the addresses and ports can forge such an error. When it quotes a \
             number that its receiver has not in flight, the finding says so; such an error is \
             stale or forged, and stacks ignore it.",
            "Without an error nothing follows: routers limit their rate, and filters drop them.",
            "An error about a segment whose addresses were translated on the way may not be found \
             to belong to it.",
        ],
    },
    wakes_on: Observations::ENDED,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for note in case.connection.icmp.all() {
        let error = &note.first;
        let count = u64::from(note.fitting) + u64::from(note.unknown);
        let mut verdict = Verdict::omission(note.side, error.time, message(case, note))
            .case(error.kind.as_str())
            .endpoint(None)
            .observed(Numbers::default().seq(error.seq).count(count));
        verdict.packet = Some(error.packet);
        verdicts.say(verdict);
    }
}

fn message(case: &Case<'_>, note: &IcmpNote) -> String {
    let error = &note.first;
    let version = if error.sender.is_ipv4() {
        "ICMP"
    } else {
        "ICMPv6"
    };
    let far_host = case.connection.sockets.of(note.side.peer()).ip;
    let by = if error.sender == far_host {
        format!("the {}'s own address", note.side.peer().name())
    } else {
        "not an address of this connection: a router or filter on the way".to_owned()
    };
    let times = match u64::from(note.fitting) + u64::from(note.unknown) {
        1 => String::new(),
        n => format!(", {n} times in all"),
    };
    let mut text = format!(
        "{sender} ({by}) says by {version} (type {t}, code {c}{times}) of a segment of the {side}: \
         {what}. {effect}",
        sender = error.sender,
        t = error.icmp_type,
        c = error.code,
        side = note.side.name(),
        what = what(note),
        effect = effect(note),
    );
    match (note.fitting, note.unknown) {
        (_, 0) => {}
        (0, _) => text.push_str(
            " But the number that it quotes is none that this end had in flight (seq unknown): \
             the error is stale, forged, or about a segment that the capture lost.",
        ),
        (_, n) => text.push_str(&format!(
            " {n} of them quote numbers that this end had not in flight (seq unknown)."
        )),
    }
    text
}

fn what(note: &IcmpNote) -> String {
    match note.first.kind {
        IcmpKind::NetUnreachable => "its network cannot be reached".to_owned(),
        IcmpKind::HostUnreachable => "its host cannot be reached".to_owned(),
        IcmpKind::ProtocolUnreachable => "the host does not take TCP".to_owned(),
        IcmpKind::PortUnreachable => "the port cannot be reached".to_owned(),
        IcmpKind::Prohibited => "a filter forbids it".to_owned(),
        IcmpKind::TooBig => match note.mtu {
            Some(mtu) => format!("it is too big, packets of {mtu} octets would pass"),
            None => "it is too big; what would pass is not said".to_owned(),
        },
        IcmpKind::SourceQuench => "there is too much traffic".to_owned(),
        IcmpKind::TimeExceeded if note.first.code == 1 => {
            "its fragments did not all arrive in time".to_owned()
        }
        IcmpKind::TimeExceeded => "its time to live ran out".to_owned(),
        IcmpKind::ParameterProblem => "its IP header makes no sense there".to_owned(),
    }
}

fn effect(note: &IcmpNote) -> &'static str {
    match note.first.kind.class() {
        IcmpClass::Soft | IcmpClass::Hard if note.in_opening => {
            "It answers the SYN; nearly all stacks give the attempt up."
        }
        IcmpClass::Soft => "A soft error: TCP goes on and tries again.",
        IcmpClass::Hard => "A hard error: TCP may give the connection up.",
        IcmpClass::Size => "Smaller segments should follow.",
        IcmpClass::Ignored => "TCP must ignore it.",
    }
}
