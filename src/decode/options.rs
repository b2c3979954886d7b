//! The options of a TCP header (RFC 9293, 3.1 and 3.2).
//!
//! The walk goes to the end of the options area whatever it meets: an option
//! with a wrong length is noted and stepped over by the length it claims. Only
//! where that length says nothing (below 2, or past the end) does it stop.

use crate::segment::{FastOpen, OptionFaults, OptionSet, Options};
use crate::seq::SeqNo;

/// End of Option List.
const EOL: u8 = 0;
/// No-Operation.
const NOP: u8 = 1;

/// Reads the options in `area`, the captured part of an options area that has
/// `full_len` octets. What the capture cut off is no fault.
#[inline]
pub(super) fn walk(area: &[u8], full_len: usize) -> Options {
    let mut options = Options::default();
    // What most segments carry: two no-operations and timestamps.
    if let [NOP, NOP, 8, 10, a, b, c, d, e, f, g, h] = *area
        && full_len == 12
    {
        options.present = OptionSet::TIMESTAMPS;
        options.tsval = u32::from_be_bytes([a, b, c, d]);
        options.tsecr = u32::from_be_bytes([e, f, g, h]);
        return options;
    }
    if !area.is_empty() {
        walk_any(area, full_len, &mut options);
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
                    fault(options, OptionFaults::DATA_AFTER_END, EOL);
                }
                return;
            }
            [NOP, ref behind @ ..] => behind,
            [kind] => {
                if cut == 0 {
                    fault(options, OptionFaults::LENGTH_OVERRUN, kind);
                }
                return;
            }
            [kind, 0 | 1, ..] => {
                fault(options, OptionFaults::LENGTH_TOO_SMALL, kind);
                return;
            }
            [kind, length, ..] => {
                let len = usize::from(length);
                if len > rest.len() + cut {
                    fault(options, OptionFaults::LENGTH_OVERRUN, kind);
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

/// Notes a fault, and the kind if it is the first one.
fn fault(options: &mut Options, fault: OptionFaults, kind: u8) {
    if options.faults.is_empty() {
        options.fault_kind = kind;
    }
    options.faults |= fault;
}

/// Notes that a well-formed option of `kind` is there. Returns whether it is
/// the first one, whose value counts.
fn note(options: &mut Options, option: OptionSet, kind: u8) -> bool {
    let first = !options.present.contains(option);
    if !first {
        fault(options, OptionFaults::REPEATED, kind);
    }
    options.present |= option;
    first
}

/// Reads one option; `data` is what lies behind kind and length.
fn read(kind: u8, length: u8, data: &[u8], options: &mut Options) {
    match (kind, data) {
        (2, &[high, low]) => {
            if note(options, OptionSet::MSS, kind) {
                options.mss = u16::from_be_bytes([high, low]);
            }
        }
        (3, &[shift]) => {
            if note(options, OptionSet::WINDOW_SCALE, kind) {
                options.window_scale = shift;
            }
        }
        (4, []) => {
            note(options, OptionSet::SACK_PERMITTED, kind);
        }
        (5, blocks) if matches!(blocks.len(), 8 | 16 | 24 | 32) => {
            note(options, OptionSet::SACK, kind);
            add_sack_blocks(blocks, options);
        }
        (8, &[a, b, c, d, e, f, g, h]) => {
            if note(options, OptionSet::TIMESTAMPS, kind) {
                options.tsval = u32::from_be_bytes([a, b, c, d]);
                options.tsecr = u32::from_be_bytes([e, f, g, h]);
            }
        }
        (19, digest) if digest.len() == 16 => {
            note(options, OptionSet::MD5, kind);
        }
        (28, &[high, low]) => {
            if note(options, OptionSet::USER_TIMEOUT, kind) {
                options.user_timeout = u16::from_be_bytes([high, low]);
            }
        }
        // Two key identifiers, and a code that may be empty (RFC 5925, 2.2).
        (29, [_, _, ..]) => {
            note(options, OptionSet::AO, kind);
        }
        // More than one is allowed (RFC 8684, 3); the first names the subtype.
        (30, [subtype, ..]) => {
            if !options.present.contains(OptionSet::MPTCP) {
                options.mptcp_subtype = subtype >> 4;
            }
            options.present |= OptionSet::MPTCP;
        }
        (34, cookie) => fast_open(kind, cookie, options),
        (253 | 254, [0xf9, 0x89, cookie @ ..]) => fast_open(kind, cookie, options),
        // Receivers put up with any number of counters (RFC 9768, 3.2.3): no
        // length is wrong, and neither is a second option.
        (172 | 174, _) => options.present |= OptionSet::ACC_ECN,
        (2..=5 | 8 | 19 | 28..=30, _) => fault(options, OptionFaults::WRONG_LENGTH, kind),
        _ => unknown(kind, length, options),
    }
}

/// Fast Open: no cookie, or an even number of 4 to 16 octets (RFC 7413, 4.1.1).
fn fast_open(kind: u8, cookie: &[u8], options: &mut Options) {
    match u8::try_from(cookie.len()) {
        Ok(cookie_len @ (0 | 4 | 6 | 8 | 10 | 12 | 14 | 16)) => {
            if note(options, OptionSet::FAST_OPEN, kind) {
                options.fast_open = Some(FastOpen {
                    cookie_len,
                    experimental: kind != 34,
                });
            }
        }
        _ => fault(options, OptionFaults::WRONG_LENGTH, kind),
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
mod tests {
    use super::*;

    /// The walk over a wholly captured options area.
    fn whole(area: &[u8]) -> Options {
        walk(area, area.len())
    }

    #[test]
    fn the_options_of_a_syn() {
        let options = whole(&[
            2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 7, 0, 0, 0, 0, 1, 3, 3, 7,
        ]);
        assert_eq!(options.mss(), Some(1460));
        assert_eq!(options.window_scale(), Some(7));
        assert_eq!(options.timestamps(), Some((7, 0)));
        assert!(options.present.contains(OptionSet::SACK_PERMITTED));
        assert!(options.faults.is_empty());
    }

    #[test]
    fn timestamps_alone_take_the_short_way_with_the_same_result() {
        let aligned = whole(&[1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8]);
        let other = whole(&[8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1]);
        assert_eq!(aligned, other);
        assert_eq!(aligned.timestamps(), Some((0x0102_0304, 0x0506_0708)));
        assert_eq!(whole(&[]), Options::default());
    }

    #[test]
    fn sack_blocks_are_kept_in_order() {
        for blocks in 1..=4_u8 {
            let mut area = vec![1, 1, 5, 2 + 8 * blocks];
            for edge in 0..2 * blocks {
                area.extend([0, 0, 0, edge]);
            }
            let options = whole(&area);
            assert!(options.faults.is_empty());
            assert_eq!(options.sack_blocks().len(), usize::from(blocks));
            assert_eq!(options.sack_blocks()[0], (SeqNo(0), SeqNo(1)));
        }
        for wrong in [2, 3, 9, 11, 17, 35] {
            let mut area = vec![0xff; wrong];
            area[0] = 5;
            area[1] = u8::try_from(wrong).unwrap();
            assert_eq!(whole(&area).faults, OptionFaults::WRONG_LENGTH, "{wrong}");
            assert!(whole(&area).present.is_empty());
        }
    }

    #[test]
    fn a_wrong_length_is_noted_and_the_walk_goes_on() {
        let options = whole(&[2, 3, 9, 3, 4, 9, 9, 4, 2, 0]);
        assert_eq!(options.faults, OptionFaults::WRONG_LENGTH);
        assert_eq!(options.fault_kind, 2);
        assert_eq!(options.present, OptionSet::SACK_PERMITTED);
        for kind in [2, 3, 4, 5, 8, 19, 28, 29] {
            let options = whole(&[kind, 7, 0, 0, 0, 0, 0, 1]);
            let expected = if kind == 29 {
                OptionFaults::empty()
            } else {
                OptionFaults::WRONG_LENGTH
            };
            assert_eq!(options.faults, expected, "{kind}");
        }
        assert_eq!(whole(&[29, 3, 0, 0]).faults, OptionFaults::WRONG_LENGTH);
        assert_eq!(whole(&[30, 2, 0, 0]).faults, OptionFaults::WRONG_LENGTH);
    }

    #[test]
    fn lengths_that_say_nothing_stop_the_walk() {
        for length in [0, 1] {
            let options = whole(&[4, 2, 77, length, 3, 3, 7, 0]);
            assert_eq!(options.faults, OptionFaults::LENGTH_TOO_SMALL);
            assert_eq!(options.fault_kind, 77);
            assert_eq!(options.present, OptionSet::SACK_PERMITTED);
        }
        for area in [&[4, 2, 2, 5, 0, 0][..], &[4, 2, 1, 2]] {
            let options = whole(area);
            assert_eq!(options.faults, OptionFaults::LENGTH_OVERRUN);
            assert_eq!(options.fault_kind, 2);
            assert_eq!(options.present, OptionSet::SACK_PERMITTED);
        }
    }

    #[test]
    fn what_the_capture_cut_is_no_fault() {
        let area = [2, 4, 5, 0xb4, 8, 10, 0, 0, 0, 7, 0, 0, 0, 0, 1, 1];
        for len in 0..area.len() {
            let options = walk(&area[..len], area.len());
            assert!(options.faults.is_empty(), "{len}");
            assert_eq!(options.mss().is_some(), len >= 4);
            assert_eq!(options.timestamps().is_some(), len >= 14);
        }
        // Behind the end of the header, cut or not.
        let options = walk(&[8, 10, 0], 8);
        assert_eq!(options.faults, OptionFaults::LENGTH_OVERRUN);
    }

    #[test]
    fn of_a_repeated_option_the_first_counts() {
        let options = whole(&[2, 4, 0, 1, 2, 4, 0, 2, 3, 3, 5, 3, 3, 6, 1, 1]);
        assert_eq!(options.faults, OptionFaults::REPEATED);
        assert_eq!(options.fault_kind, 2);
        assert_eq!(options.mss(), Some(1));
        assert_eq!(options.window_scale(), Some(5));
        // Two halves of Multipath TCP are as it should be.
        let options = whole(&[30, 3, 0x20, 30, 3, 0x30, 0, 0]);
        assert!(options.faults.is_empty());
        assert_eq!(options.mptcp_subtype, 2);
    }

    #[test]
    fn nothing_but_zeros_may_follow_the_end() {
        assert!(whole(&[4, 2, 0, 0]).faults.is_empty());
        let options = whole(&[4, 2, 0, 3]);
        assert_eq!(options.faults, OptionFaults::DATA_AFTER_END);
        assert_eq!(options.fault_kind, 0);
    }

    #[test]
    fn fast_open_in_both_encodings() {
        for cookie_len in 0..=18_u8 {
            let mut standard = vec![34, 2 + cookie_len];
            let mut experimental = vec![254, 4 + cookie_len, 0xf9, 0x89];
            let cookie = vec![0xaa; usize::from(cookie_len)];
            standard.extend(&cookie);
            experimental.extend(&cookie);
            let valid = matches!(cookie_len, 0 | 4..=16) && cookie_len % 2 == 0;
            for (area, experimental) in [(standard, false), (experimental, true)] {
                let options = whole(&area);
                let expected = FastOpen {
                    cookie_len,
                    experimental,
                };
                assert_eq!(options.fast_open, valid.then_some(expected));
                assert_eq!(options.faults.is_empty(), valid);
            }
        }
        // Another experiment.
        let options = whole(&[253, 4, 0xac, 0xce]);
        assert_eq!(options.unknown[0], (253, 4));
        assert!(options.fast_open.is_none());
    }

    #[test]
    fn unknown_kinds_are_kept_and_counted() {
        let options = whole(&[77, 2, 78, 3, 0, 79, 2, 80, 2, 81, 2, 4, 2]);
        assert_eq!(options.unknown_count, 5);
        assert_eq!(options.unknown, [(77, 2), (78, 3), (79, 2), (80, 2)]);
        let expected = OptionSet::UNKNOWN | OptionSet::SACK_PERMITTED;
        assert_eq!(options.present, expected);
        assert!(options.faults.is_empty());
    }

    #[test]
    fn the_rarer_kinds() {
        let mut md5 = vec![19, 18];
        md5.extend([7; 16]);
        assert_eq!(whole(&md5).present, OptionSet::MD5);
        assert_eq!(whole(&[29, 4, 1, 2]).present, OptionSet::AO);
        assert_eq!(whole(&[28, 4, 0x80, 5]).user_timeout, 0x8005);
        for kind in [172, 174] {
            let options = whole(&[kind, 5, 1, 2, 3, 1, 1, 1]);
            assert_eq!(options.present, OptionSet::ACC_ECN);
        }
    }
}
