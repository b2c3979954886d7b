//! Files that are no pcap or pcapng file: what they are, told by how they begin,
//! and the command that makes a capture of them.

mod encrypted;
mod guess;
mod known;
mod text;

use std::borrow::Cow;

use super::error::CaptureError;
use super::{pcap, pcapng};

/// Octets looked at, at most, to say what a file is.
pub(super) const LOOK_LEN: usize = 512;

const CONVERT: &str = "convert it with `editcap -F pcapng IN OUT` (from Wireshark)";
/// For formats that can have a link type of its own for each packet: without `-T`,
/// Wireshark's tools refuse to write what they have read.
const CONVERT_ETHERNET: &str =
    "convert it with `editcap -F pcapng -T ether IN OUT` (from Wireshark)";
const UNKNOWN: &str = "if Wireshark can open it, `editcap -F pcapng IN OUT` converts it";

/// What a file is that cannot be read.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Foreign {
    /// What it seems to be.
    what: Cow<'static, str>,
    /// What to do about it.
    hint: Cow<'static, str>,
    /// It certainly holds captured packets.
    is_capture: bool,
}

impl Foreign {
    fn capture(what: impl Into<Cow<'static, str>>, hint: impl Into<Cow<'static, str>>) -> Foreign {
        Foreign {
            is_capture: true,
            ..Foreign::other(what, hint)
        }
    }

    fn other(what: impl Into<Cow<'static, str>>, hint: impl Into<Cow<'static, str>>) -> Foreign {
        Foreign {
            what: what.into(),
            hint: hint.into(),
            is_capture: false,
        }
    }
}

/// The error for a file that begins with `head`, which is not empty and not
/// the beginning of a capture. Of a longer file, [`LOOK_LEN`] octets are enough.
pub(super) fn refuse(head: &[u8]) -> CaptureError {
    let Foreign { what, hint, .. } = look(head);
    CaptureError::NotACapture { what, hint }
}

/// Whether a file that begins with `head` holds captured packets in a format that
/// is not read here.
pub(super) fn is_capture(head: &[u8]) -> bool {
    look(head).is_capture
}

fn look(head: &[u8]) -> Foreign {
    known::find(head)
        .or_else(|| encrypted::find(head))
        .or_else(|| text::find(head))
        .or_else(|| guess::find(head))
        .or_else(|| behind_something(head))
        .unwrap_or_else(|| unknown(head))
}

/// A capture with something before it.
fn behind_something(head: &[u8]) -> Option<Foreign> {
    let begins = |at: &usize| {
        let rest = head.get(*at..).unwrap_or_default();
        pcap::is_likely(rest) || pcapng::is_likely(rest)
    };
    let at = (1..head.len()).find(begins)?;
    Some(Foreign::capture(
        format!("a capture with {at} octets of something else before it"),
        format!(
            "cut them off with `tail -c +{} IN > OUT`",
            at.saturating_add(1)
        ),
    ))
}

fn unknown(head: &[u8]) -> Foreign {
    if head.iter().all(|&octet| octet == 0) {
        let what = "it begins with nothing but zero octets";
        return Foreign::other(what, "the file was not written or not copied");
    }
    if head.len() < 4 {
        return Foreign::other(format!("only {} octets", head.len()), UNKNOWN);
    }
    let octets: String = head.iter().take(4).map(|o| format!(" {o:02x}")).collect();
    Foreign::other(format!("it begins with the octets{octets}"), UNKNOWN)
}

#[cfg(test)]
mod tests;
