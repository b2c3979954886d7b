//! FL009: urgent mode without urgent data, or urgent mode at all.
//!
//! RFC 9293, 3.8.5 and RFC 6093: with URG set, SEG.SEQ + pointer is the number
//! of the octet behind the urgent data, so at least one octet lies below it.
//!
//! - `pointer-zero`: the pointer is 0. One header shows it.
//! - `octet-never-sent`: the octet SEG.SEQ + pointer - 1 was never sent. The
//!   pointer may run ahead of the data, and urgent mode may be announced while
//!   the window is closed, so this is said only where the sender has ended its
//!   stream before that octet (FIN), or where for five seconds nothing kept it
//!   from sending: all it had sent was acknowledged, the window was open, and
//!   nobody had reset. Likely, and withheld where the capture lost something.
//!   The catalogue asks only that no data of the incarnation covers the octet;
//!   a capture that ends early would then speak against a sender that was
//!   about to go on.
//! - `urgent-mode-used`: anything else with URG (SHLD-13).

use crate::machine::end::End;
use crate::rules::needs;
use crate::rules::prelude::*;
use crate::seq::SeqNo;

/// A sender that may send does so within this time.
const PATIENCE_S: u16 = 5;

/// The rule.
pub static RULE: Rule = Rule {
    code: "FL009",
    name: "urgent-pointer-bad",
    title: "Urgent mode without urgent data",
    group: Group::FL,
    severity: Severity::Warning,
    cases: &[
        ("pointer-zero", Severity::Warning),
        ("octet-never-sent", Severity::Warning),
        ("urgent-mode-used", Severity::Notice),
    ],
    certainty: Certainty::Definite,
    certainty_if_loss_unknown: None,
    evidence: Evidence::Act,
    sound_from: SoundFrom::AnyVantage,
    needs: &[Need::Header],
    blames: Blames::Endpoint,
    textbook: false,
    rfc: &["RFC 9293 3.8.5 (MUST-62, SHLD-13)", "RFC 6093"],
    folds: &[],
    thresholds: &[("patience_s", PATIENCE_S as u64)],
    text: Explanation {
        what: "The URG flag announces urgent data, and the urgent pointer says where it ends: it \
               is the distance from the segment's number to the octet behind the urgent data. A \
               pointer of 0, or one to data that never comes, announces nothing. Where the pointer \
               is right, the report only notes that urgent mode is in use.",
        why: "The receiving application is told to hurry to a point that does not exist. Stacks \
              have disagreed about the pointer for decades and middleboxes clear it, which is why \
              new programs are asked not to use urgent mode at all (RFC 6093). Urgent data is also \
              an old way past intrusion detection.",
        exchange: &[
            "A > B  ACK,URG  seq=1001 ack=5001 urp=0          <- at least 1",
            "A > B  ACK,URG  seq=1001 ack=5001 urp=1 len=1    (right: one urgent octet)",
        ],
        excuses: &[
            "The pointer may point beyond the segment, to data that follows later: the whole \
             connection is looked at before a missing octet is reported.",
            "With the window closed urgent mode may be announced without data: then nothing is said.",
            "Telnet and rlogin use urgent data by design: a notice.",
        ],
    },
    wakes_on: Observations::URGENT,
    check: Check::Connection(check),
};

fn check(case: &Case<'_>, verdicts: &mut Verdicts) {
    for noted in case.with(Observations::URGENT) {
        let pointer = u32::from(noted.urgent_pointer);
        let who = noted.side.name();
        let verdict = if pointer == 0 {
            let message = format!(
                "The {who} set URG with an urgent pointer of 0; the pointer names the octet behind \
                 the urgent data, so it is at least 1."
            );
            Verdict::about(noted, message).case("pointer-zero")
        } else {
            let octet = noted.data_start() + (pointer - 1);
            if never_sent(case, noted, octet, verdicts) {
                let message = format!(
                    "The {who} announced urgent data up to octet {octet}, but never sent that octet."
                );
                Verdict::about(noted, message)
                    .case("octet-never-sent")
                    .certainty(Certainty::Likely)
            } else {
                let octets = if pointer == 1 { "octet" } else { "octets" };
                let message = format!(
                    "The {who} uses urgent mode ({pointer} {octets} from here on); new programs \
                     should not."
                );
                Verdict::about(noted, message).case("urgent-mode-used")
            }
        };
        verdicts.say(
            verdict.observed(
                Numbers::default()
                    .seq(noted.seq)
                    .len(noted.payload_len)
                    .flags(noted.flags),
            ),
        );
    }
}

/// The stream ended before `octet`, or stood still before it without a reason.
fn never_sent(case: &Case<'_>, noted: &Noted, octet: SeqNo, verdicts: &mut Verdicts) -> bool {
    if noted.is_rst() || case.connection.self_connect {
        return false;
    }
    let (own, peer) = (case.end(noted.side), case.end(noted.side.peer()));
    let Some(next) = own.snd_next else {
        return false;
    };
    let never = match own.fin {
        Some(fin) => octet.at_or_after(fin.seq),
        None => octet.at_or_after(next) && stood_still(case, noted, octet, own, peer),
    };
    let corrupt = own.bad_checksum_end.is_some_and(|end| end.after(octet));
    if !never || corrupt {
        return false;
    }
    if needs::lost_something(case) {
        verdicts.withhold(Need::NoCaptureLoss);
        return false;
    }
    true
}

/// Everything sent was acknowledged, the window reached beyond `octet`, and
/// nothing came for a while.
fn stood_still(case: &Case<'_>, noted: &Noted, octet: SeqNo, own: &End, peer: &End) -> bool {
    let all_acked = own.snd_next == peer.ack_max;
    let open = peer.window_edge.is_some_and(|edge| edge.after(octet));
    let reset = own.rst.is_some() || peer.rst.is_some();
    let latest = own.last.map_or(noted.time, |last| last.time);
    let watched = case.until.since(latest) >= i64::from(PATIENCE_S) * crate::segment::NS_PER_S;
    all_acked && open && !reset && watched && case.followed_by.is_none()
}
