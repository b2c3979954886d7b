//! The whole job: the octets of a capture to a report as JSON and as text.

use std::io::Cursor;

use tcpcheck::check::Checker;
use tcpcheck::settings::{Profile, Settings};

/// What captures are packed by: the target `reader` unpacks, and a hundred octets
/// can stand for a million frames.
const PACKED: [&[u8]; 3] = [
    &[0x1f, 0x8b],
    &[0x28, 0xb5, 0x2f, 0xfd],
    &[0xfd, b'7', b'z'],
];

/// Checks `data` as a capture.
pub fn run(data: &[u8]) {
    let skippable = data.get(1..4) == Some(&[0x2a, 0x4d, 0x18]);
    if skippable || PACKED.iter().any(|magic| data.starts_with(magic)) {
        return;
    }
    let textbook = super::seed(data).is_multiple_of(2);
    let settings = Settings {
        profile: if textbook {
            Profile::Textbook
        } else {
            Profile::Rfc
        },
        lossless: super::seed(data).is_multiple_of(3),
        drawn: [0, 0, 16, 512][super::seed(data) as usize % 4],
        ..Settings::default()
    };
    let mut checker = Checker::new(settings.clone());
    // Control characters in names are for the terminal to survive.
    checker.check("cap\u{1b}[31mture", Box::new(Cursor::new(data.to_vec())));
    super::report::check(&checker.finish(), &settings);
}
