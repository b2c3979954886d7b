use super::*;

/// What is said of a file that begins so.
fn said(head: &[u8]) -> String {
    let message = refuse(head).to_string();
    let said = message.strip_prefix("not a pcap or pcapng file: ");
    said.unwrap_or_default().to_owned()
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    let octets = digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8);
    octets.collect()
}

#[test]
fn each_says_what_it_is_and_what_to_do() {
    let cases: [(&[u8], &str); 9] = [
        (
            b"snoop\0\0\0\0\0\0\x02",
            "a snoop file (Solaris); convert it with `editcap -F pcapng IN OUT` (from Wireshark)",
        ),
        (
            b"PK\x03\x04rest",
            "a zip archive; unpack it first (`unzip FILE`)",
        ),
        (
            b"\x7fELF\x02",
            "an ELF program or library; it holds no packets",
        ),
        (
            b"\n <!DOCTYPE HTML>",
            "an HTML page; if it was downloaded, the server sent a page in place of the file",
        ),
        (
            "10:00:00.5 IP a > b: Flags [S] \u{e9}".as_bytes(),
            "it looks like text; if it is what tcpdump or tshark printed, capture again with `-w \
             FILE`",
        ),
        (
            b"\x01\x02",
            "only 2 octets; if Wireshark can open it, `editcap -F pcapng IN OUT` converts it",
        ),
        (
            b"\x01\x02\xf3\x04\x05",
            "it begins with the octets 01 02 f3 04; if Wireshark can open it, `editcap -F pcapng \
             IN OUT` converts it",
        ),
        (
            &[0; 600],
            "it begins with nothing but zero octets; the file was not written or not copied",
        ),
        (
            b"\x0a\x0d\x0a\x1c",
            "a pcapng file damaged by a transfer as text (line ends were changed); transfer it \
             again as binary",
        ),
    ];
    for (head, message) in cases {
        assert_eq!(said(head), message);
    }
}

#[test]
fn other_captures_are_captures() {
    let heads: [&[u8]; 14] = [
        b"snoop\0\0\0\0\0\0\x02\0\0\0\x04",
        b"RTSS\x01\x01\x01\0",
        b"GMBU\0\x02\x01\0",
        b"iptrace 2.0",
        b"btsnoop\0\0\0\0\x01",
        b"TRSNIFF data    \x1a",
        b"XCP\x00002.001",
        b"\x7fver\0\0\0\x09",
        b"\x1c\0\x01\xac\0\0\0\x01",
        b"\xaa\xaa\xaa\xaa\x20\0\0\0",
        b"\x01\x10\x4c\0\x01\x05Trace Display",
        b"ObserverPktBufferVersion=15.00",
        b"\x05VNF\x0b\0\0\0",
        b"\0\x01\x20\0NetScaler V20 Performance Data",
    ];
    for head in heads {
        assert!(is_capture(head), "{}", said(head));
        assert!(said(head).contains("`editcap -F pcapng IN OUT`"));
    }
    // With a link type for each packet.
    for head in [
        &b"TR\0d\0\0\0\0"[..],
        b"+---------+---------------+----------+\r\n12:34:09,425,607   ETHER",
    ] {
        assert!(is_capture(head));
        assert!(said(head).contains("`editcap -F pcapng -T ether IN OUT`"));
    }
    for head in [
        &b"MZ\x90\0"[..],
        b"PK\x03\x04",
        b"some text",
        b"\x01\x02\x03\x04",
    ] {
        assert!(!is_capture(head), "{}", said(head));
    }
}

#[test]
fn formats_without_a_mark_are_told_by_their_numbers() {
    // Two records of 60 octets of Ethernet, a second apart.
    let record = |seconds: u32| {
        let mut record = [[0; 4], seconds.to_le_bytes()].concat();
        record.extend([2, 4, 0, 80, 0, 0, 0, 60]);
        record.extend([0xee; 64]);
        record
    };
    let erf = [record(1_700_000_000), record(1_700_000_001)].concat();
    assert!(is_capture(&erf));
    assert!(said(&erf).starts_with("it looks like an ERF file (Endace); convert it"));
    // One alone is not certain, and another one years later is none.
    assert!(!is_capture(&record(1_700_000_000)));
    assert!(said(&record(1_700_000_000)).starts_with("it looks like an ERF file"));
    let other = [record(1_700_000_000), record(900_000_000)].concat();
    assert!(said(&other).starts_with("it begins with the octets"));
    // As Wireshark begins one: without a time.
    let provenance = hex("0000000000000000 1b04 0018 0000 0000 1111111111111111");
    assert!(is_capture(&[provenance, record(1_700_000_000)].concat()));

    let commview = hex("4a00 4a00 00 ea07 0b 15 0c 22 09 877e0600");
    let later = hex("4a000000 ea07 0b 15 0c 22 09 877e0600");
    let thirteenth = hex("4a00 4a00 00 ea07 0d 15 0c 22 09 877e0600");
    assert!(is_capture(&commview) && is_capture(&later) && !is_capture(&thirteenth));
    assert!(said(&commview).contains("CommView") && said(&commview).contains("-T ether"));

    let mut peek = vec![0; 60];
    (peek[0], peek[9]) = (7, 12);
    assert!(is_capture(&peek));
    peek[30] = 1;
    assert!(!is_capture(&peek));

    let mut etl = vec![0; 200];
    etl[2] = 1;
    etl[72..76].copy_from_slice(&[2, 0, 2, 0xc0]);
    etl[106] = 1;
    assert!(said(&etl).contains("`etl2pcapng IN OUT`"));
    etl[106] = 2;
    assert!(!said(&etl).contains("etl"));
}

#[test]
fn what_is_encrypted_is_to_be_decrypted() {
    let cases: [(&[u8], &str); 12] = [
        (b"-----BEGIN PGP MESSAGE-----\n", "`gpg -o OUT -d IN`"),
        // To a public key, of RSA and of a curve; old and new form.
        (b"\x85\x01\x0c\x03\x12\x34", "`gpg"),
        (b"\x84\x5e\x03\x12\x34\x56", "`gpg"),
        (b"\xc1\xc0\x4c\x03\x12\x34", "`gpg"),
        // With a passphrase.
        (b"\x8c\x0d\x04\x09\x03\x02", "`gpg"),
        (b"\xc3\x0d\x04\x09\x03\x02", "`gpg"),
        (b"age-encryption.org/v1\n->", "`age -d"),
        (b"-----BEGIN AGE ENCRYPTED FILE-----", "`age -d"),
        (b"Salted__\x12\x34", "`openssl enc -d"),
        (b"$ANSIBLE_VAULT;1.1;AES256\n", "`ansible-vault decrypt"),
        (b"\0GITCRYPT\0\x12", "`git-crypt unlock`"),
        (b"\x85\x01\x0c\x07\x12\x34", "begins with the octets"),
    ];
    for (head, part) in cases {
        assert!(said(head).contains(part), "{}", said(head));
    }
}

#[test]
fn text_is_told_apart() {
    let cases = [
        ("1MOyoQIABAAAAAAAAAAAAA==", "`base64 -d IN > OUT`"),
        ("Cg0NCmwAAABNPCsa", "`base64 -d IN > OUT`"),
        ("d4c3 b2a1 0200 0400\n", "`xxd -r -p IN OUT`"),
        ("0A0D0D0A", "`xxd -r -p IN OUT`"),
        (
            "[\n {\n \"_index\": \"packets-2026\"",
            "`tshark -r CAPTURE -w OUT`",
        ),
        (
            "<?xml version=\"1.0\"?>\n<pdml version=\"0\">",
            "`tshark -r CAPTURE -w OUT`",
        ),
        ("<?xml version=\"1.0\"?>\n<rss>", "an XML file"),
        ("{\"a\": 1}", "JSON; it holds no packets"),
        ("(1436509052.249713) vcan0 044#2A366C2BBA\n", "CAN bus"),
        (
            "0000  02 00 00 00 00 02 02 00   ........\n",
            "`text2pcap IN OUT`",
        ),
        ("000000 02 00 00 00\n", "`text2pcap IN OUT`"),
        // As tcpdump -x has it, which text2pcap does not read.
        (
            "12:00 IP a > b\n\t0x0000:  4500 003c bee8\n",
            "capture again with `-w FILE`",
        ),
        ("[note] nothing", "it looks like text"),
    ];
    for (text, part) in cases {
        assert!(
            said(text.as_bytes()).contains(part),
            "{text}: {}",
            said(text.as_bytes())
        );
    }
    assert!(is_capture(b"1MOyoQIABAAA") && is_capture(b"d4c3b2a102000400"));
    assert!(said(b"\xff\xfed\0").contains("PowerShell"));
}

#[test]
fn something_before_a_capture_is_to_be_cut_off() {
    let pcap = b"tcpdump: listening on eth0\n\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0";
    assert_eq!(
        said(pcap),
        "a capture with 27 octets of something else before it; cut them off with `tail -c +28 IN \
         > OUT`"
    );
    assert!(is_capture(pcap));
    assert!(is_capture(b"\0\n\r\r\n\x1c\0\0\0\x4d\x3c\x2b\x1a"));
    assert!(!is_capture(b"x\xd4\xc3\xb2\xa1\xd4\xc3\xb2\xa1"));
}

#[test]
fn a_tar_archive_is_known_by_its_middle() {
    let mut head = vec![b'a'; LOOK_LEN];
    head[257..262].copy_from_slice(b"ustar");
    assert!(said(&head).contains("tar -xf"));
}

#[test]
fn text_may_be_cut_in_a_character() {
    let text = "\u{20ac}".repeat(200);
    assert!(text::as_text(&text.as_bytes()[..LOOK_LEN]).is_some());
    assert!(text::as_text(b"a\x07b").is_none());
    assert!(text::as_text(b"a\xffb").is_none());
}
