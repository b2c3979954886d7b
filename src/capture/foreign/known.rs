//! Formats that say at their beginning what they are.

use super::{CONVERT, CONVERT_ETHERNET, Foreign};

/// Formats of captures that Wireshark reads: how they begin, and what they are.
const CAPTURES: &[(&[u8], &str)] = &[
    (b"snoop\0\0\0", "a snoop file (Solaris)"),
    (b"RTSS", "a Microsoft Network Monitor 1 file"),
    (b"GMBU", "a Microsoft Network Monitor 2 file"),
    (b"iptrace ", "an iptrace file (AIX)"),
    (b"btsnoop\0", "a btsnoop file (Bluetooth)"),
    (b"TRSNIFF data", "a Sniffer file"),
    (b"XCP\0", "a NetXRay or Windows Sniffer file"),
    (b"VL\0\0", "a NetXRay file"),
    (b"\x7fver", "a file of OmniPeek or EtherPeek"),
    (b"\x1c\x00\x01\xab", "an Ixia lcap file"),
    (b"\x1c\x00\x01\xac", "an Ixia lcap file"),
    (b"\xab\x01\x00\x1c", "an Ixia lcap file"),
    (b"\xac\x01\x00\x1c", "an Ixia lcap file"),
    (b"\xaa\xaa\xaa\xaa", "a 5View file (InfoVista)"),
    (b"\x01\x10\x4c\x00", "a LANalyzer file (Novell)"),
    (b"\x07\x10\x4c\x00", "a LANalyzer file (Novell)"),
    (b"ObserverPktBuffe", "a file of Observer (Viavi)"),
    (b"\x05VNF", "a Visual Networks file"),
    (b"\x42\xd2\x00\x34\x12\x66\x22\x88", "a RADCOM file"),
    (
        b"\x00\x00\x02\x00\x12\x05\x00\x10",
        "a K12 file (Tektronix rf5)",
    ),
    (b"cpse", "a Capsa file"),
    (b"LOGG\x90\0\0\0", "a Vector BLF file"),
];

/// The same for those with a link type for each packet.
const CAPTURES_MIXED: &[(&[u8], &str)] = &[
    (b"TR\0d\0", "a nettl file (HP-UX)"),
    (
        b"\x00\x00\x00\x01\x00\x00\x00\x00\x00\x07\xd0\x00",
        "a nettl file (HP-UX)",
    ),
    (
        b"+---------+---------------+----------+",
        "a K12 text file (Tektronix)",
    ),
];

/// What must be unpacked first, with which command.
const PACKED: &[(&[u8], &str, &str)] = &[
    (b"PK\x03\x04", "a zip archive", "unzip FILE"),
    (b"PK\x05\x06", "an empty zip archive", "unzip FILE"),
    (b"BZh", "a bzip2 file", "bunzip2 -k FILE"),
    (b"\x04\x22\x4d\x18", "an lz4 file", "lz4 -d FILE"),
    (b"\x02\x21\x4c\x18", "an lz4 file", "lz4 -d FILE"),
    (b"\x1f\x9d", "a file of compress", "uncompress -k FILE"),
    (b"\x5d\x00\x00", "an lzma file", "unlzma -k FILE"),
    (b"LZIP", "an lzip file", "lzip -dk FILE"),
    (b"\x89LZO\0", "an lzop file", "lzop -d FILE"),
    (b"\xff\x06\0\0sNaPpY", "a snappy file", "snzip -dk FILE"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "7z x FILE"),
    (b"Rar!", "a RAR archive", "unrar x FILE"),
    (b"MSCF", "a cabinet archive (Windows)", "cabextract FILE"),
    (b"!<arch>\n", "an ar archive", "ar x FILE"),
];

/// Other files, and what to do about them.
const OTHERS: &[(&[u8], &str, &str)] = &[
    (b"\x7fELF", "an ELF program or library", NOTHING),
    (b"MZ", "a Windows program", NOTHING),
    (b"%PDF", "a PDF document", NOTHING),
    (b"\x89PNG", "a PNG image", NOTHING),
    (b"SQLite format 3\0", "an SQLite database", NOTHING),
    (
        b"version https://git-lfs.github.com/spec/",
        "a Git LFS pointer to a file",
        "fetch the file itself with `git lfs pull`",
    ),
    (
        b"/annex/objects/",
        "a git-annex pointer to a file",
        "fetch the file itself with `git annex get FILE`",
    ),
    // The first octets of pcapng were chosen to show these two.
    (
        b"\x0a\x0d\x0a",
        "a pcapng file damaged by a transfer as text (line ends were changed)",
        "transfer it again as binary",
    ),
    (
        b"\x0d\x0a\x0d\x0d",
        "a pcapng file damaged by a transfer as text (line ends were changed)",
        "transfer it again as binary",
    ),
    (
        b"\xff\xfe",
        "text in UTF-16",
        "if PowerShell's `>` wrote it, write the capture with `-w FILE` instead",
    ),
];

const NOTHING: &str = "it holds no packets";

/// What begins with `head`, if that says it.
pub(super) fn find(head: &[u8]) -> Option<Foreign> {
    let begins = |beginning: &[u8]| head.starts_with(beginning);
    if let Some((_, what)) = CAPTURES.iter().find(|(beginning, _)| begins(beginning)) {
        return Some(Foreign::capture(*what, CONVERT));
    }
    if let Some((_, what)) = CAPTURES_MIXED
        .iter()
        .find(|(beginning, _)| begins(beginning))
    {
        return Some(Foreign::capture(*what, CONVERT_ETHERNET));
    }
    if let Some((_, what, command)) = PACKED.iter().find(|(beginning, ..)| begins(beginning)) {
        return Some(Foreign::other(
            *what,
            format!("unpack it first (`{command}`)"),
        ));
    }
    if let Some((_, what, hint)) = OTHERS.iter().find(|(beginning, ..)| begins(beginning)) {
        // A damaged pcapng file is a capture all the same.
        return Some(Foreign {
            is_capture: what.starts_with("a pcapng file"),
            ..Foreign::other(*what, *hint)
        });
    }
    if head.get(257..262) == Some(b"ustar") {
        return Some(Foreign::other(
            "a tar archive",
            "unpack it first (`tar -xf FILE`)",
        ));
    }
    // It stands in the first record, behind a header that differs by version.
    let beginning = head.get(..64).unwrap_or(head);
    let netscaler = beginning.windows(10).any(|octets| octets == b"NetScaler ");
    netscaler.then(|| Foreign::capture("a NetScaler trace", CONVERT))
}
