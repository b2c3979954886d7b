//! Files that are no pcap or pcapng file, told by how they begin.

use std::borrow::Cow;

use super::error::CaptureError;

/// Octets looked at, at most, to say what a file is.
pub(super) const LOOK_LEN: usize = 512;

const CONVERT: &str = "convert it with `editcap -F pcapng IN OUT` (from Wireshark)";
const UNPACK: &str = "unpack it first";
const NOTHING: &str = "it holds no packets";
const UNKNOWN: &str = "if Wireshark can open it, `editcap -F pcapng IN OUT` converts it";
const TEXT_HINT: &str = "if it is what tcpdump or tshark printed, capture again with `-w FILE`";

/// How a file begins, what it then is, and what to do.
const BEGINNINGS: &[(&[u8], &str, &str)] = &[
    (b"snoop\0\0\0", "a snoop file (Solaris)", CONVERT),
    (b"RTSS", "a Microsoft Network Monitor 1 file", CONVERT),
    (b"GMBU", "a Microsoft Network Monitor 2 file", CONVERT),
    (b"iptrace ", "an iptrace file (AIX)", CONVERT),
    (b"btsnoop\0", "a btsnoop file (Bluetooth)", CONVERT),
    (b"TRSNIFF data", "a Sniffer file", CONVERT),
    (b"XCP\0", "a NetXRay or Windows Sniffer file", CONVERT),
    (b"\x7fver", "a file of OmniPeek or EtherPeek", CONVERT),
    (b"\x1c\x00\x01\xab", "an Ixia lcap file", CONVERT),
    (b"\x1c\x00\x01\xac", "an Ixia lcap file", CONVERT),
    (b"\xab\x01\x00\x1c", "an Ixia lcap file", CONVERT),
    (b"\xac\x01\x00\x1c", "an Ixia lcap file", CONVERT),
    (
        b"PK\x03\x04",
        "a zip archive",
        "unpack it first (`unzip FILE`)",
    ),
    (
        b"BZh",
        "a bzip2 file",
        "unpack it first (`bunzip2 -k FILE`)",
    ),
    (
        b"\x04\x22\x4d\x18",
        "an lz4 file",
        "unpack it first (`lz4 -d FILE`)",
    ),
    (
        b"\x1f\x9d",
        "a file of compress",
        "unpack it first (`uncompress -k FILE`)",
    ),
    (
        b"\x5d\x00\x00",
        "an lzma file",
        "unpack it first (`unlzma -k FILE`)",
    ),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK),
    (b"Rar!", "a RAR archive", UNPACK),
    (b"\x7fELF", "an ELF program or library", NOTHING),
    (b"MZ", "a Windows program", NOTHING),
    (b"%PDF", "a PDF document", NOTHING),
    (b"\x89PNG", "a PNG image", NOTHING),
    (
        b"version https://git-lfs.github.com/spec/",
        "a Git LFS pointer to a file",
        "fetch the file itself with `git lfs pull`",
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
];

/// The error for a file that begins with `head`, which is not empty and not
/// the beginning of a capture. Of a longer file, [`LOOK_LEN`] octets are enough.
pub(super) fn refuse(head: &[u8]) -> CaptureError {
    let (what, hint) = describe(head);
    CaptureError::NotACapture { what, hint }
}

fn describe(head: &[u8]) -> (Cow<'static, str>, &'static str) {
    let known = BEGINNINGS
        .iter()
        .find(|(beginning, ..)| head.starts_with(beginning));
    if let Some(&(_, what, hint)) = known {
        return (what.into(), hint);
    }
    if head.get(257..262) == Some(b"ustar") {
        return ("a tar archive".into(), "unpack it first (`tar -xf FILE`)");
    }
    if head.iter().all(|&octet| octet == 0) {
        let what = "it begins with nothing but zero octets";
        return (what.into(), "the file was not written or not copied");
    }
    if let Some(text) = as_text(head) {
        let text = text.trim_start().to_ascii_lowercase();
        return if text.starts_with("<!doctype html") || text.starts_with("<html") {
            let hint = "if it was downloaded, the server sent a page in place of the file";
            ("an HTML page".into(), hint)
        } else if text.starts_with("<?xml") {
            ("an XML file".into(), TEXT_HINT)
        } else {
            ("it looks like text".into(), TEXT_HINT)
        };
    }
    if head.len() < 4 {
        return (format!("only {} octets", head.len()).into(), UNKNOWN);
    }
    let octets: String = head.iter().take(4).map(|o| format!(" {o:02x}")).collect();
    (format!("it begins with the octets{octets}").into(), UNKNOWN)
}

/// `head` as text, if it is some; a character may be cut at its end.
fn as_text(head: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(head.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    let is_text = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\x0c' | '\x1b');
    text.chars().all(is_text).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_says_what_it_is_and_what_to_do() {
        let cases: [(&[u8], &str); 9] = [
            (
                b"snoop\0\0\0\0\0\0\x02",
                "not a pcap or pcapng file: a snoop file (Solaris); convert it with `editcap -F \
                 pcapng IN OUT` (from Wireshark)",
            ),
            (
                b"PK\x03\x04rest",
                "not a pcap or pcapng file: a zip archive; unpack it first (`unzip FILE`)",
            ),
            (
                b"\x7fELF\x02",
                "not a pcap or pcapng file: an ELF program or library; it holds no packets",
            ),
            (
                b"\n <!DOCTYPE HTML>",
                "not a pcap or pcapng file: an HTML page; if it was downloaded, the server sent a \
                 page in place of the file",
            ),
            (
                "10:00:00.5 IP a > b: Flags [S] \u{e9}".as_bytes(),
                "not a pcap or pcapng file: it looks like text; if it is what tcpdump or tshark \
                 printed, capture again with `-w FILE`",
            ),
            (
                b"\x01\x02",
                "not a pcap or pcapng file: only 2 octets; if Wireshark can open it, `editcap -F \
                 pcapng IN OUT` converts it",
            ),
            (
                b"\x01\x02\xf3\x04\x05",
                "not a pcap or pcapng file: it begins with the octets 01 02 f3 04; if Wireshark \
                 can open it, `editcap -F pcapng IN OUT` converts it",
            ),
            (
                &[0; 600],
                "not a pcap or pcapng file: it begins with nothing but zero octets; the file was \
                 not written or not copied",
            ),
            (
                b"\x0a\x0d\x0a\x1c",
                "not a pcap or pcapng file: a pcapng file damaged by a transfer as text (line \
                 ends were changed); transfer it again as binary",
            ),
        ];
        for (head, message) in cases {
            assert_eq!(refuse(head).to_string(), message);
        }
    }

    #[test]
    fn a_tar_archive_is_known_by_its_middle() {
        let mut head = vec![b'a'; LOOK_LEN];
        head[257..262].copy_from_slice(b"ustar");
        assert!(refuse(&head).to_string().contains("tar -xf"));
    }

    #[test]
    fn text_may_be_cut_in_a_character() {
        let text = "\u{20ac}".repeat(200);
        assert!(as_text(&text.as_bytes()[..LOOK_LEN]).is_some());
        assert!(as_text(b"a\x07b").is_none());
        assert!(as_text(b"a\xffb").is_none());
    }
}
