//! Every packet that is named anywhere is named by its own file's number.

use crate::capture::{Capture, Frame};
use crate::parts::*;

/// So many frames come before the capture, so that running numbers are unlike its own.
const BEFORE: usize = 1000;

/// Frames without TCP, all at the time of the first of `capture`.
fn others(capture: &Capture) -> Capture {
    let mut octets = vec![0; 60];
    octets[12..14].copy_from_slice(&[8, 6]);
    let mut header = capture.header;
    header[20..24].copy_from_slice(&1_u32.to_le_bytes());
    let frame = Frame {
        octets,
        original_len: 60,
        ..capture.frames[0].clone()
    };
    Capture {
        header,
        frames: vec![frame; BEFORE],
    }
}

#[test]
fn no_running_number_is_told() {
    let mut fired = std::collections::BTreeSet::new();
    for (name, capture) in captures() {
        let whole = alone(&capture);
        let findings = whole["findings"].as_array().unwrap();
        fired.extend(
            findings
                .iter()
                .map(|f| f["rule"].as_str().unwrap().to_owned()),
        );
        let parts = [others(&capture), capture.clone()];
        let cut = vec![vec![], (0..capture.frames.len()).collect()];
        let report = as_of_the_whole(together(&parts, &[0, 1]), &cut);
        assert_eq!(difference(&essence(&whole), &report), None, "{name}");
    }
    assert!(fired.len() > 100, "rules that were tried: {}", fired.len());
}
