use super::*;
use crate::decode::builder::Lcg;

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
fn usual_options_take_the_short_way_with_the_same_result() {
    let usual = [
        &[1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8][..],
        &[2, 4, 5, 0xb4],
        &[
            2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 3, 3, 15,
        ],
        &[],
    ];
    let mut random = Lcg(1);
    for layout in usual {
        for round in 0..3000 {
            let mut area = layout.to_vec();
            if round > 0 && !area.is_empty() {
                let place = random.below(area.len());
                area[place] = random.octet() >> random.below(8);
            }
            for len in 0..=area.len() {
                for full_len in [len, area.len(), area.len() + 4] {
                    let mut walked = Options::default();
                    walk_any(&area[..len], full_len, &mut walked);
                    assert_eq!(walk(&area[..len], full_len), walked, "{area:?} {len}");
                }
            }
        }
    }
    assert_eq!(
        whole(usual[0]).timestamps(),
        Some((0x0102_0304, 0x0506_0708))
    );
    assert_eq!(whole(usual[2]).window_scale(), Some(15));
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
    assert_eq!(options.misfit, (2, 3), "the first one");
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
        assert_eq!(options.broken, (77, length));
        assert_eq!(options.present, OptionSet::SACK_PERMITTED);
    }
    for (area, length) in [(&[4, 2, 2, 5, 0, 0][..], 5), (&[4, 2, 1, 2], 0)] {
        let options = whole(area);
        assert_eq!(options.faults, OptionFaults::LENGTH_OVERRUN);
        assert_eq!(options.broken, (2, length));
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
    assert_eq!(options.mss(), Some(1));
    assert_eq!(options.window_scale(), Some(5));
    // Two halves of Multipath TCP are as it should be.
    let options = whole(&[30, 4, 0x20, 0, 30, 3, 0x50, 0]);
    assert!(options.faults.is_empty());
    assert_eq!(options.mptcp_subtype, 2);
}

#[test]
fn nothing_but_zeros_may_follow_the_end() {
    assert!(whole(&[4, 2, 0, 0]).faults.is_empty());
    let options = whole(&[4, 2, 0, 3]);
    assert_eq!(options.faults, OptionFaults::DATA_AFTER_END);
}

#[test]
fn one_authentication_option_is_enough() {
    let md5: &[u8] = &[19, 18, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7];
    let ao: &[u8] = &[29, 4, 1, 2];
    let repeated = OptionFaults::REPEATED;
    let doubled = OptionFaults::AUTH_DOUBLED;
    for (area, expected) in [
        ([md5, &[]].concat(), OptionFaults::empty()),
        ([ao, &[]].concat(), OptionFaults::empty()),
        ([ao, ao].concat(), doubled | repeated),
        ([md5, md5].concat(), repeated),
        ([ao, md5].concat(), doubled),
        ([md5, ao].concat(), doubled),
    ] {
        assert_eq!(whole(&area).faults, expected, "{area:?}");
    }
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
