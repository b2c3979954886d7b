//! Files that are encrypted.

use super::Foreign;

/// How they begin, what they are, and the command that decrypts them.
const KNOWN: &[(&[u8], &str, &str)] = &[
    (
        b"-----BEGIN PGP MESSAGE-----",
        "an OpenPGP message",
        "gpg -o OUT -d IN",
    ),
    (b"age-encryption.org/v1", "an age file", "age -d -o OUT IN"),
    (
        b"-----BEGIN AGE ENCRYPTED FILE-----",
        "an age file",
        "age -d -o OUT IN",
    ),
    (
        b"Salted__",
        "a file of openssl enc",
        "openssl enc -d CIPHER -in IN -out OUT",
    ),
    (
        b"$ANSIBLE_VAULT;",
        "an Ansible vault",
        "ansible-vault decrypt --output OUT IN",
    ),
    (
        b"\0GITCRYPT\0",
        "a file locked by git-crypt",
        "git-crypt unlock",
    ),
];

pub(super) fn find(head: &[u8]) -> Option<Foreign> {
    let known = KNOWN
        .iter()
        .find(|(beginning, ..)| head.starts_with(beginning));
    let (what, command) = match known {
        Some((_, what, command)) => (*what, *command),
        None if is_openpgp(head) => ("an OpenPGP message", "gpg -o OUT -d IN"),
        None => return None,
    };
    let hint = format!("it is encrypted: decrypt it with `{command}`");
    Some(Foreign::other(what, hint))
}

/// Whether a session key begins here (RFC 9580, 5.1 and 5.3), encrypted with a
/// public key or a passphrase: the first packet of an encrypted message.
fn is_openpgp(head: &[u8]) -> bool {
    let (tag, version) = match *head {
        // The old format: tag and the length of the length, the length, the version.
        [first @ (0x84 | 0x8c), length, version, ..] if length < 0xc0 => {
            (first >> 2 & 0xf, version)
        }
        [first @ (0x85 | 0x8d), length, _, version, ..] if length < 9 => {
            (first >> 2 & 0xf, version)
        }
        // The new format: tag, a length of one octet or of two, the version.
        [first @ (0xc1 | 0xc3), length, version, ..] if length < 0xc0 => (first & 0x3f, version),
        [first @ (0xc1 | 0xc3), 0xc0..=0xc8, _, version, ..] => (first & 0x3f, version),
        _ => return false,
    };
    match tag {
        1 => matches!(version, 3 | 6),
        _ => matches!(version, 4..=6),
    }
}
