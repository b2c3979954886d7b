//! The options of a TCP header (RFC 9293, 3.1 and 3.2).
//!
//! The walk goes to the end of the options area whatever it meets: an option
//! with a wrong length is noted and stepped over by the length it claims. Only
//! where that length says nothing (below 2, or past the end) does it stop.

use super::mptcp;
use crate::segment::{FastOpen, OptionFaults, OptionSet, Options};
use crate::seq::SeqNo;

/// End of Option List.
const EOL: u8 = 0;
/// No-Operation.
const NOP: u8 = 1;

/// The options in a whole `area`, if they are what most segments carry: two no-operations and
/// timestamps, or nothing.
// Some 70 octets, which are not to be copied on the way.
#[inline(always)]
pub(super) fn usual(area: &[u8]) -> Option<Options> {
    let (present, tsval, tsecr) = match *area {
        [] => (OptionSet::empty(), 0, 0),
        [NOP, NOP, 8, 10, a, b, c, d, e, f, g, h] => (
            OptionSet::TIMESTAMPS,
            u32::from_be_bytes([a, b, c, d]),
            u32::from_be_bytes([e, f, g, h]),
        ),
        _ => return None,
    };
    Some(Options {
        present,
        tsval,
        tsecr,
        ..Options::default()
    })
}

/// Reads the options in `area`, the captured part of an options area that has
/// `full_len` octets. What the capture cut off is no fault.
pub(super) fn walk(area: &[u8], full_len: usize) -> Options {
    if let Some(usual) = usual(area).filter(|_| area.len() == full_len) {
        return usual;
    }
    let mut options = Options::default();
    // What the SYNs of Linux, and of those who send nothing but an MSS, carry.
    match *area {
        [2, 4, high, low] if full_len == 4 => {
            options.present = OptionSet::MSS;
            options.mss = u16::from_be_bytes([high, low]);
        }
        [
            2,
            4,
            high,
            low,
            4,
            2,
            8,
            10,
            a,
            b,
            c,
            d,
            e,
            f,
            g,
            h,
            NOP,
            3,
            3,
            shift,
        ] if full_len == 20 => {
            options.present = OptionSet::MSS
                | OptionSet::SACK_PERMITTED
                | OptionSet::TIMESTAMPS
                | OptionSet::WINDOW_SCALE;
            options.mss = u16::from_be_bytes([high, low]);
            options.tsval = u32::from_be_bytes([a, b, c, d]);
            options.tsecr = u32::from_be_bytes([e, f, g, h]);
            options.window_scale = shift;
        }
        _ => walk_any(area, full_len, &mut options),
    }
    options
}

/// The walk proper.
fn walk_any(area: &[u8], full_len: usize, options: &mut Options) {
    let cut = full_len.saturating_sub(area.len());
    let mut rest = area;
    loop {
        rest = match *rest {
            [] => return,
            [EOL, ref padding @ ..] => {
                if padding.iter().any(|octet| *octet != 0) {
                    options.faults |= OptionFaults::DATA_AFTER_END;
                }
                return;
            }
            [NOP, ref behind @ ..] => behind,
            [kind] => {
                if cut == 0 {
                    options.faults |= OptionFaults::LENGTH_OVERRUN;
                    options.broken = (kind, 0);
                }
                return;
            }
            [kind, length @ (0 | 1), ..] => {
                options.faults |= OptionFaults::LENGTH_TOO_SMALL;
                options.broken = (kind, length);
                return;
            }
            [kind, length, ..] => {
                let len = usize::from(length);
                if len > rest.len() + cut {
                    options.faults |= OptionFaults::LENGTH_OVERRUN;
                    options.broken = (kind, length);
                    return;
                }
                let Some((option, behind)) = rest.split_at_checked(len) else {
                    return;
                };
                read(kind, length, option.get(2..).unwrap_or(&[]), options);
                behind
            }
        };
    }
}

/// Notes an option whose length its definition does not allow.
fn misfit(options: &mut Options, kind: u8, length: u8) {
    if !options.faults.contains(OptionFaults::WRONG_LENGTH) {
        options.misfit = (kind, length);
    }
    options.faults |= OptionFaults::WRONG_LENGTH;
}

/// Notes that a well-formed option is there. Returns whether it is the first
/// of its kind, whose value counts.
fn note(options: &mut Options, option: OptionSet) -> bool {
    let first = !options.present.contains(option);
    if !first {
        options.faults |= OptionFaults::REPEATED;
    }
    options.present |= option;
    first
}

/// Reads one option; `data` is what lies behind kind and length.
fn read(kind: u8, length: u8, data: &[u8], options: &mut Options) {
    match (kind, data) {
        (2, &[high, low]) => {
            if note(options, OptionSet::MSS) {
                options.mss = u16::from_be_bytes([high, low]);
            }
        }
        (3, &[shift]) => {
            if note(options, OptionSet::WINDOW_SCALE) {
                options.window_scale = shift;
            }
        }
        (4, []) => {
            note(options, OptionSet::SACK_PERMITTED);
        }
        (5, blocks) if matches!(blocks.len(), 8 | 16 | 24 | 32) => {
            note(options, OptionSet::SACK);
            add_sack_blocks(blocks, options);
        }
        (8, &[a, b, c, d, e, f, g, h]) => {
            if note(options, OptionSet::TIMESTAMPS) {
                options.tsval = u32::from_be_bytes([a, b, c, d]);
                options.tsecr = u32::from_be_bytes([e, f, g, h]);
            }
        }
        (19, digest) if digest.len() == 16 => {
            note(options, OptionSet::MD5);
            authentication(options, OptionSet::AO);
        }
        (28, &[high, low]) => {
            if note(options, OptionSet::USER_TIMEOUT) {
                options.user_timeout = u16::from_be_bytes([high, low]);
            }
        }
        // Two key identifiers, and a code that may be empty (RFC 5925, 2.2).
        (29, [_, _, ..]) => {
            authentication(options, OptionSet::AO | OptionSet::MD5);
            note(options, OptionSet::AO);
        }
        // More than one is allowed (RFC 8684, 3); the first names the subtype.
        (30, [subtype, ..]) if mptcp::length_fits(length, data) => {
            if !options.present.contains(OptionSet::MPTCP) {
                options.mptcp_subtype = subtype >> 4;
            }
            options.present |= OptionSet::MPTCP;
        }
        (34, cookie) => fast_open(kind, length, cookie, options),
        (253 | 254, [0xf9, 0x89, cookie @ ..]) => fast_open(kind, length, cookie, options),
        // Receivers put up with any number of counters (RFC 9768, 3.2.3): no
        // length is wrong, and neither is a second option.
        (172 | 174, _) => options.present |= OptionSet::ACC_ECN,
        (2..=5 | 8 | 19 | 28..=30, _) => misfit(options, kind, length),
        _ => unknown(kind, length, options),
    }
}

/// Not beside one of `others` (RFC 5925, 2.2); asked before the option is noted.
fn authentication(options: &mut Options, others: OptionSet) {
    if options.present.intersects(others) {
        options.faults |= OptionFaults::AUTH_DOUBLED;
    }
}

/// Fast Open: no cookie, or an even number of 4 to 16 octets (RFC 7413, 4.1.1).
fn fast_open(kind: u8, length: u8, cookie: &[u8], options: &mut Options) {
    match u8::try_from(cookie.len()) {
        Ok(cookie_len @ (0 | 4 | 6 | 8 | 10 | 12 | 14 | 16)) => {
            if note(options, OptionSet::FAST_OPEN) {
                options.fast_open = Some(FastOpen {
                    cookie_len,
                    experimental: kind != 34,
                });
            }
        }
        _ => misfit(options, kind, length),
    }
}

/// Keeps the blocks of a SACK option; those of a second one as well, as none
/// contradicts the first. There is room for all that fit into a header.
fn add_sack_blocks(blocks: &[u8], options: &mut Options) {
    let (edges, _) = blocks.as_chunks::<4>();
    for edge in edges.chunks_exact(2) {
        if let [left, right] = edge
            && let Some(block) = options.sack.get_mut(usize::from(options.sack_blocks))
        {
            *block = (
                SeqNo(u32::from_be_bytes(*left)),
                SeqNo(u32::from_be_bytes(*right)),
            );
            options.sack_blocks += 1;
        }
    }
}

/// Keeps a kind that is not known here.
fn unknown(kind: u8, length: u8, options: &mut Options) {
    if let Some(room) = options.unknown.get_mut(usize::from(options.unknown_count)) {
        *room = (kind, length);
    }
    options.present |= OptionSet::UNKNOWN;
    options.unknown_count = options.unknown_count.saturating_add(1);
}

#[cfg(test)]
mod tests;
