//! What a script did wrong on purpose: how much of it is found.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use crate::case::{Capture, Case};
use crate::timeline::print_lines;
use crate::view::Run;

/// A kind of violation, and what can be said about it.
struct About {
    /// How its text begins, numbers left out.
    kind: &'static str,
    /// The rules that are about it: others may name the packet for another
    /// reason, and do not count.
    rules: &'static [&'static str],
    /// Why it may go unnamed.
    remark: &'static str,
}

const ABOUT: &[About] = &[
    About {
        kind: "sequence numbers reach  beyond the offered window",
        rules: &["WN001"],
        remark: "",
    },
    About {
        kind: "-byte segment, above the MSS",
        rules: &[],
        remark: "no violation that the receiving host's capture can show: what its card has joined looks \
                 the same, and no TCP counts joined octets against the MSS it announced",
    },
    About {
        kind: "ACK flag set with ack number",
        rules: &["HS003"],
        remark: "",
    },
    About {
        kind: "RST with seq rcv.nxt+",
        rules: &["RS002", "RS006"],
        remark: "inside the window the sender may have sent what the capture lost; only a challenge \
                 ACK of the receiver shows the number to be wrong, and TIME-WAIT sends none",
    },
    About {
        kind: "RST with seq rcv.nxt-",
        rules: &["RS002"],
        remark: "",
    },
    About {
        kind: "SYN inside a live connection",
        rules: &["RS006", "HS021", "AT007"],
        remark: "",
    },
    About {
        kind: "SYN inside the window of a live connection",
        rules: &["RS006", "HS021", "AT007"],
        remark: "",
    },
    About {
        kind: "SYN-ACK carries FIN",
        rules: &["FL002"],
        remark: "",
    },
    About {
        kind: "TSecr in a SYN-ACK that the kernel never sent",
        rules: &["OP009"],
        remark: "",
    },
    About {
        kind: "TSval goes back by",
        rules: &["OP008", "OP015"],
        remark: "",
    },
    About {
        kind: "ack number at or below the kernel ISN",
        rules: &["HS003"],
        remark: "a RST is judged by its number alone: its ack field means nothing in a synchronized state",
    },
    About {
        kind: "ack number goes back by",
        rules: &["SQ002"],
        remark: "that the lower ack was sent later needs a newer timestamp or a capture at its \
                 sender; an older segment that comes late looks the same",
    },
    About {
        kind: "acks  bytes never sent",
        rules: &["HS002", "HS003", "SQ001", "TD001"],
        remark: "",
    },
    About {
        kind: "after the RST the SYN-ACK comes again",
        rules: &["RT004"],
        remark: "",
    },
    About {
        kind: "null segment",
        rules: &["FL001"],
        remark: "",
    },
    About {
        kind: "segment without ACK after handshake",
        rules: &["FL001"],
        remark: "",
    },
    About {
        kind: "segment after own RST",
        rules: &["RS004", "AT005"],
        remark: "an ACK without news that may have left before the RST, or leave TIME-WAIT after it (RFC \
                 9293, figure 5, note 3), is allowed; more needs proof of the order of sending",
    },
    About {
        kind: "segment without data at own snd.nxt-",
        rules: &[],
        remark: "no violation: the server refused the data of the SYN, and a client sends from there again",
    },
    About {
        kind: "shrinks its window",
        rules: &["WN002"],
        remark: "not against the window of a SYN-ACK (after a SYN cookie that goes back too), nor \
                 once a FIN was sent; of two ACKs of one number, without proof of their order",
    },
];

fn about(kind: &str) -> Option<&'static About> {
    ABOUT.iter().find(|about| kind.starts_with(about.kind))
}

/// Violations so far, by kind (numbers left out).
#[derive(Default)]
pub struct Tally {
    kinds: BTreeMap<String, Kind>,
    missed: Vec<String>,
}

#[derive(Default)]
struct Kind {
    all: usize,
    found: usize,
    rules: BTreeSet<String>,
    others: BTreeSet<String>,
}

impl Tally {
    /// Takes in one capture of a script.
    pub fn add(&mut self, case: &Case, capture: &Capture, run: &Run) {
        for violation in &case.violations {
            let what = violation.what.replace(|c: char| c.is_ascii_digit(), "");
            let what = what.trim().to_owned();
            let of_kind = about(&what).map_or(&[][..], |about| about.rules);
            let named = run.findings.iter().filter(|finding| {
                let mut packets = finding.packet.iter().chain(&finding.related);
                packets.any(|packet| Some(*packet) == violation.packet)
            });
            let named = named.filter(|finding| !finding.rule.starts_with("CA"));
            let (rules, others): (Vec<_>, Vec<_>) =
                named.partition(|finding| of_kind.contains(&finding.rule.as_str()));
            let kind = self.kinds.entry(what).or_default();
            kind.all += 1;
            kind.found += usize::from(!rules.is_empty());
            if rules.is_empty() {
                let packet = violation
                    .packet
                    .map_or(String::new(), |n| format!(", packet {n}"));
                self.missed
                    .push(format!("{}: {}{packet}", capture.file, violation.what));
            }
            kind.rules
                .extend(rules.iter().map(|finding| finding.title()));
            kind.others
                .extend(others.iter().map(|finding| finding.title()));
        }
    }

    /// Prints it all; nothing where no script did anything wrong.
    pub fn print(&self, list: bool, out: &mut dyn Write) -> io::Result<()> {
        if self.kinds.is_empty() {
            return Ok(());
        }
        let (all, found) = self.kinds.values().fold((0, 0), |(all, found), kind| {
            (all + kind.all, found + kind.found)
        });
        let judged = self
            .kinds
            .iter()
            .filter(|(what, _)| about(what).is_some_and(|about| !about.rules.is_empty()));
        let judged: usize = judged.map(|(_, kind)| kind.all).sum();
        writeln!(
            out,
            "\n== 4. violations by scripts: {found} of {all} named, {judged} of a kind that rules judge"
        )?;
        for (what, kind) in &self.kinds {
            writeln!(
                out,
                "  {:>3} of {:>3}  {what}: {}",
                kind.found,
                kind.all,
                joined(&kind.rules)
            )?;
            if !list || kind.found == kind.all {
                continue;
            }
            if let Some(about) = about(what).filter(|about| !about.remark.is_empty()) {
                writeln!(out, "              {}", about.remark)?;
            }
            if !kind.others.is_empty() {
                writeln!(
                    out,
                    "              named for another reason by {}",
                    joined(&kind.others)
                )?;
            }
        }
        if list {
            print_lines("missed", &self.missed, out)?;
        }
        Ok(())
    }
}

fn joined(rules: &BTreeSet<String>) -> String {
    rules
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}
