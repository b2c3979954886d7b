//! AT006: a FIN that probably somebody else sent.
//!
//! RFC 9293, 3.10.4: a FIN is the end of its sender's stream. Condition: a FIN in
//! the name of E contradicts what E sends, because E has data at or beyond it
//! (TD003) or a FIN at another number (TD004), and this FIN bears a fingerprint
//! of another host (`forgery.rs`): hop count, identification, "don't fragment",
//! timestamp, signature. Where the data bears the fingerprint, and not the FIN,
//! it is the data that is foreign: TD003 then says so and names no end.
//!
//! Without a fingerprint it is E's own fault, and E is blamed: a broken stack
//! sends such FINs with the same TTL as all the rest.

use super::forgery::{self, Marks};
use crate::rules::prelude::*;
use crate::rules::td::{closing, td003, td004};

/// The rule.
pub static RULE: Rule = Rule {
    code: "AT006",
    name: "forged-fin-suspected",
    title: "FIN probably forged",
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
    rfc: &["RFC 9293 3.10.4", "RFC 9293 3.10.7.4", "RFC 5961 5.2"],
    folds: &[
        ("TD003", Scope::Connection),
        ("TD004", Scope::Connection),
        ("RT014", Scope::Connection),
        ("TD002", Scope::Later),
        ("TD009", Scope::Later),
        ("TD010", Scope::Later),
        ("TD012", Scope::Later),
        ("TD014", Scope::Later),
        ("TD016", Scope::Later),
        ("TD017", Scope::Later),
        ("TD018", Scope::Later),
        ("SQ001", Scope::Later),
        ("SQ012", Scope::Later),
        ("RS005", Scope::Later),
        ("RS008", Scope::Later),
        ("RS009", Scope::Later),
    ],
    thresholds: &[("hops_apart", 2)],
    text: Explanation {
        what: "A FIN came in the name of an endpoint, but the endpoint goes on with its stream as \
               if it had sent none, and the FIN does not look like its other packets: it has \
               another TTL, an IP identification out of count, no timestamp, or the like. \
               Another machine has probably sent it.",
        why: "The receiver believes a FIN that lies in its window and takes the stream for \
              complete; whatever the real sender still has to say is thrown away. Page injectors \
              do this to have the last word: they answer first, with data of their own and a \
              FIN. Only an authenticated connection (TCP-AO, IPsec) is safe from it, and TLS at \
              least shows that the end was not genuine.",
        exchange: &[
            "A > B  FIN,ACK  seq=1001 ack=5001           ttl=49   <- from another machine",
            "B > A  ACK      seq=5001 ack=1002           ttl=64",
            "A > B  PSH,ACK  seq=1001 ack=5001 len=100   ttl=64   (A knows nothing of it)",
        ],
        excuses: &[
            "A broken stack that sends data after its FIN does so with the same TTL, count and \
             timestamps: then it is blamed (TD003, TD004).",
            "A route that changed: the FIN would have to be the only packet that took it.",
            "If the data is what looks foreign, and not the FIN, the data was injected.",
        ],
    },
    wakes_on: Observations::FIN,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    let disputed: Vec<(&Noted, u64)> = td003::contradictions(case)
        .iter()
        .flat_map(|found| found.pair())
        .chain(td004::others(case).iter().flat_map(|found| found.pair()))
        .collect();
    if disputed.is_empty() {
        return;
    }
    for side in Side::BOTH {
        let forged = |(fin, against): &(&Noted, u64)| {
            let fin_of_side = fin.side == side && closing::is_fin(fin);
            let marks = forgery::marks(case, fin).fingerprints();
            (fin_of_side && !marks.is_empty()).then_some((marks, *against))
        };
        let first = disputed
            .iter()
            .filter_map(|pair| Some((pair.0, forged(pair)?)))
            .min_by_key(|(fin, _)| fin.packet);
        if let Some((fin, (marks, against))) = first {
            verdicts.say(verdict(case, fin, marks, against));
        }
    }
}

fn verdict(case: &Case<'_>, fin: &Noted, marks: Marks, against: u64) -> Verdict {
    let side = fin.side;
    let suspects = forgery::suspects(case, side);
    let others = suspects
        .iter()
        .copied()
        .filter(|packet| *packet != fin.packet);
    Verdict::about(
        fin,
        format!(
            "The FIN claims to come from the {}, but {}, and packet {against} shows that its \
             stream does not end there. Another machine has probably sent it.",
            side.name(),
            marks.words(case, fin),
            against = named(against),
        ),
    )
    .endpoint(None)
    .related([against])
    .related(others.filter(|packet| *packet != against))
    .suspects(suspects.iter().copied())
    .observed(Numbers::default().seq(fin.data_end()).flags(fin.flags))
}
