//! The compiler of text exchanges does what its description says.

// Helpers of tests may fail loudly as tests do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod exchange;

use std::path::PathBuf;

use exchange::{
    Direction, Exchange, ExpectedPacket, FileFormat, FileKind, Frame, Link, write_capture,
};

fn parse(text: &str) -> Exchange {
    Exchange::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn error(text: &str) -> String {
    match Exchange::parse(text) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("no error in\n{text}"),
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes(bytes[at..at + 2].try_into().unwrap())
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())
}

/// The datagram of a frame.
fn ip(frame: &Frame) -> &[u8] {
    &frame.bytes[frame.link_len..]
}

/// The TCP octets of a frame.
fn tcp(frame: &Frame) -> &[u8] {
    let ip = ip(frame);
    &ip[if ip[0] >> 4 == 4 { 20 } else { 40 }..]
}

fn seq(frame: &Frame) -> u32 {
    u32_at(tcp(frame), 4)
}

fn ack(frame: &Frame) -> u32 {
    u32_at(tcp(frame), 8)
}

fn options(frame: &Frame) -> &[u8] {
    let tcp = tcp(frame);
    &tcp[20..usize::from(tcp[12] >> 4) * 4]
}

fn data(frame: &Frame) -> &[u8] {
    let tcp = tcp(frame);
    &tcp[usize::from(tcp[12] >> 4) * 4..]
}

fn sum(start: u32, bytes: &[u8]) -> u32 {
    let mut sum = start;
    for pair in bytes.chunks(2) {
        sum += u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0));
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum
}

/// 0xffff where the TCP checksum is right.
fn tcp_sum(frame: &Frame) -> u32 {
    let (ip, tcp) = (ip(frame), tcp(frame));
    let addresses = if ip[0] >> 4 == 4 {
        &ip[12..20]
    } else {
        &ip[8..40]
    };
    sum(sum(6 + u32::try_from(tcp.len()).unwrap(), addresses), tcp)
}

#[test]
fn numbers_count_from_the_isn_and_wrap() {
    let text = "A > B SYN\nB > A SYN,ACK ack=1\nA > B ACK seq=1 ack=1\nA > B RST seq=@77\n\
                A > B ACK seq=-1 ack=@9";
    let plain = parse(text).frames();
    assert_eq!((seq(&plain[0]), ack(&plain[0])), (1000, 0));
    assert_eq!((seq(&plain[1]), ack(&plain[1])), (5000, 1001));
    assert_eq!((seq(&plain[2]), ack(&plain[2])), (1001, 5001));
    assert_eq!(seq(&plain[3]), 77);
    assert_eq!((seq(&plain[4]), ack(&plain[4])), (999, 9));

    let wrapped = parse(text).with_isn(u32::MAX, 7).frames();
    assert_eq!((seq(&wrapped[0]), seq(&wrapped[1])), (u32::MAX, 7));
    assert_eq!((seq(&wrapped[2]), ack(&wrapped[2])), (0, 8));
    assert_eq!(ack(&wrapped[1]), 0);
    assert_eq!(
        (seq(&wrapped[3]), ack(&wrapped[4])),
        (77, 9),
        "absolute numbers stay"
    );
}

#[test]
fn what_is_left_out_continues_the_stream() {
    let frames = parse(
        "A > B SYN\nB > A SYN,ACK\nA > B ACK\nA > B PSH,ACK len=100\nB > A ACK\n\
         A > B PSH,ACK len=50 lost\nB > A ACK\nA > B FIN,ACK\nB > A ACK ack=102",
    )
    .frames();
    let numbers: Vec<_> = frames
        .iter()
        .map(|f| (seq(f) % 1000, ack(f) % 1000))
        .collect();
    assert_eq!(
        numbers,
        [
            (0, 0),
            (0, 1),
            (1, 1),
            (1, 1),
            (1, 101),
            (101, 1),
            (1, 101),
            (151, 1),
            (1, 102)
        ]
    );
    assert_eq!(u32::from(u16_at(tcp(&frames[0]), 14)), 64240);
}

#[test]
fn every_side_has_its_own_stream_of_octets() {
    let frames = parse(
        "A > B SYN\nA > B ACK seq=1 len=100\nA > B ACK seq=51 len=50\nB > A ACK seq=1 len=100\n\
         A > B ACK seq=1 len=100 data-differs\nA > B SYN seq=0 len=20",
    )
    .frames();
    let first = data(&frames[1]);
    assert_eq!(
        &first[50..],
        data(&frames[2]),
        "a retransmission carries the same octets"
    );
    assert_ne!(first, data(&frames[3]));
    assert_ne!(first[0], data(&frames[4])[0]);
    assert_eq!(first[1..], data(&frames[4])[1..]);
    assert_eq!(
        &first[..20],
        data(&frames[5]),
        "data of a SYN begins behind its number"
    );
    let wrapped = parse("A > B ACK seq=1 len=100")
        .with_isn(u32::MAX - 20, 0)
        .frames();
    assert_eq!(data(&wrapped[0]), first, "and does not depend on the ISN");
}

#[test]
fn flags_in_any_combination() {
    let text = "A > B none\nA > B -\nA > B SYN,FIN,RST,PSH,ACK,URG,ECE,CWR,AE,R1,R2,R3 urp=5\n\
                A > B ACK reserved=0b010\nA > B ACK offset=4 win=0x10";
    let frames = parse(text).frames();
    let bits: Vec<_> = frames.iter().map(|f| u16_at(tcp(f), 12)).collect();
    assert_eq!(bits, [0x5000, 0x5000, 0x5fff, 0x5410, 0x4010]);
    assert_eq!(u16_at(tcp(&frames[2]), 18), 5);
    assert_eq!(u16_at(tcp(&frames[4]), 14), 16);
}

#[test]
fn options_as_the_rfcs_lay_them_out() {
    let one = |words: &str| {
        let frames = parse(&format!("A > B ACK {words}")).frames();
        options(&frames[0]).to_vec()
    };
    assert_eq!(one("mss=1460"), [2, 4, 5, 180]);
    assert_eq!(one("sackok nop wscale=7"), [4, 2, 1, 3, 3, 7, 1, 1]);
    assert_eq!(one("ts=500/77"), [8, 10, 0, 0, 1, 244, 0, 0, 0, 77, 1, 1]);
    assert_eq!(one("tfo"), [34, 2, 1, 1]);
    assert_eq!(one("tfo=01020304"), [34, 6, 1, 2, 3, 4, 1, 1]);
    assert_eq!(one("tfoexp=0102"), [254, 6, 0xf9, 0x89, 1, 2, 1, 1]);
    assert_eq!(one("uto=300"), [28, 4, 1, 44]);
    assert_eq!(one("uto=5m"), [28, 4, 0x80, 5]);
    assert_eq!(one("mptcp"), [30, 4, 1, 1]);
    assert_eq!(one("opt=020405b4_000000ff"), [2, 4, 5, 180, 0, 0, 0, 255]);
    assert_eq!(one("eol opt=010101"), [0, 1, 1, 1]);
    assert_eq!(
        (one("md5")[..2].to_vec(), one("md5").len()),
        (vec![19, 18], 20)
    );
    assert_eq!(
        (one("ao")[..2].to_vec(), one("ao").len()),
        (vec![29, 16], 16)
    );
    // Edges of SACK blocks count from the peer's ISN.
    let block = one("sack=1-11,@3-@4");
    assert_eq!(block[..2], [5, 18]);
    assert_eq!(
        [2, 6, 10, 14].map(|at| u32_at(&block, at)),
        [5001, 5011, 3, 4]
    );
}

#[test]
fn timestamps_follow_the_clock_and_the_peer() {
    let frames = parse(
        "each: ts\n0.000 A > B SYN\n0.010 B > A SYN,ACK\n0.020 A > B ACK lost\n\
         1.000 B > A SYN,ACK\n1.5 A > B ACK -ts\n1.6 A > B ACK ts=5 mss=1\n",
    )
    .frames();
    let stamps = |frame: usize| {
        let options = options(&frames[frame]);
        (u32_at(options, 2), u32_at(options, 6))
    };
    assert_eq!(stamps(0), (100_000, 0));
    assert_eq!(stamps(1), (200_010, 100_000));
    assert_eq!(stamps(2), (100_020, 200_010));
    assert_eq!(stamps(3), (201_000, 100_000), "the lost one is not echoed");
    assert!(options(&frames[4]).is_empty());
    assert_eq!(stamps(5), (5, 201_000));
    assert_eq!(
        options(&frames[5]).len(),
        16,
        "one pair of timestamps, in place of that of `each`"
    );
}

#[test]
fn what_has_not_come_is_not_echoed() {
    let frames =
        parse("each: ts\n0.000 A > B ACK\n0.010 A > B FIN,ACK\n0.011 B > A FIN,ACK ack=1").frames();
    assert_eq!(
        u32_at(options(&frames[2]), 6),
        100_000,
        "the FIN is not acknowledged yet"
    );
}

#[test]
fn checksums_good_bad_partial() {
    let text = "A > B PSH,ACK len=33\nA > B PSH,ACK len=33 badsum\nA > B PSH,ACK len=33 partialsum\n\
                A > B ACK sum=0x1234";
    for version in [4, 6] {
        let frames = parse(text).with_ip(version).frames();
        assert_eq!(tcp_sum(&frames[0]), 0xffff);
        assert_ne!(tcp_sum(&frames[1]), 0xffff);
        let (ip, segment) = (ip(&frames[2]), tcp(&frames[2]));
        let addresses = if version == 4 {
            &ip[12..20]
        } else {
            &ip[8..40]
        };
        assert_eq!(u32::from(u16_at(segment, 16)), sum(6 + 20 + 33, addresses));
        assert_eq!(u16_at(tcp(&frames[3]), 16), 0x1234);
        if version == 4 {
            assert!(frames.iter().all(|f| sum(0, &f.bytes[14..34]) == 0xffff));
        }
    }
}

#[test]
fn ip_fields() {
    let text = "A > B ACK ttl=49 ipid=77 ecn=ce\nA > B ACK\nB > A ACK len=100 len0\n\
                A > B ACK len=1 trailer=5\nA > B ACK iplen=41";
    let frames = parse(text).frames();
    assert_eq!((ip(&frames[0])[8], ip(&frames[0])[1]), (49, 3));
    assert_eq!(
        [0, 1].map(|n| u16_at(ip(&frames[n]), 4)),
        [77, 78],
        "ids count up"
    );
    assert_eq!(u16_at(ip(&frames[2]), 2), 0);
    assert_eq!(frames[2].bytes.len(), 14 + 140);
    assert_eq!(
        (u16_at(ip(&frames[3]), 2), frames[3].bytes.len()),
        (41, 14 + 41 + 5)
    );
    assert_eq!(u16_at(ip(&frames[4]), 2), 41);
    let six = parse(text).with_ip(6).frames();
    assert_eq!((ip(&six[0])[7], ip(&six[0])[1]), (49, 0x30));
    assert_eq!([2, 3].map(|n| u16_at(ip(&six[n]), 4)), [0, 21]);
    assert_eq!(six[0].source.to_string(), "[2001:db8::a00:1]:40000");
}

#[test]
fn times_absolute_relative_and_by_default() {
    let frames = parse(
        "options: start=100 rtt=40ms\n1.5 A > B SYN\nB > A SYN,ACK\nA > B ACK\nA > B ACK\n\
         +0.000001 A > B ACK\n-180us B > A ACK\n2m A > B ACK\n+250ns A > B ACK",
    )
    .frames();
    let times: Vec<_> = frames.iter().map(|f| f.time_ns - 100_000_000_000).collect();
    assert_eq!(
        times,
        [
            1_500_000_000,
            1_520_000_000,
            1_540_000_000,
            1_540_010_000,
            1_540_011_000,
            1_539_831_000,
            120_000_000_000,
            120_000_000_250
        ]
    );
}

#[test]
fn frames_lost_doubled_and_cut() {
    let exchange = parse(
        "A > B SYN\nB > A SYN,ACK drop\nA > B ACK dup\nA > B PSH,ACK len=100 snap=54\nB > A ACK",
    );
    let frames = exchange.frames();
    assert_eq!(
        frames.iter().map(|f| f.line).collect::<Vec<_>>(),
        [1, 3, 3, 4, 5]
    );
    assert_eq!(
        frames.iter().map(|f| f.number).collect::<Vec<_>>(),
        [1, 2, 3, 4, 5]
    );
    assert_eq!(
        ack(&frames[1]),
        5001,
        "what the capture lost was sent nevertheless"
    );
    assert_eq!(frames[1].bytes, frames[2].bytes);
    assert_eq!(frames[2].time_ns - frames[1].time_ns, 12_000);
    assert_eq!((frames[3].bytes.len(), frames[3].original_len), (54, 154));
    assert_eq!(ack(&frames[4]), 1101);

    let one_way = exchange.clone().only("A > B").frames();
    assert_eq!(
        one_way.iter().map(|f| f.line).collect::<Vec<_>>(),
        [1, 3, 3, 4]
    );
    let fewer = exchange.without(2).without(2).frames();
    assert_eq!(fewer.iter().map(|f| f.line).collect::<Vec<_>>(), [1, 4, 5]);
    assert_eq!(
        fewer.iter().map(|f| f.number).collect::<Vec<_>>(),
        [1, 2, 3]
    );
}

#[test]
fn hosts_beyond_two() {
    let text = "host C 10.0.0.3:50000 isn=7\nhost M [ff02::5]:1 role=server\n\
                A > B SYN\nC > B SYN\nB > C SYN,ACK\nB > A SYN,ACK\n\
                isn A > B 9000\nA > B SYN\nB > A ACK\nisn A > B +64000\nA > B SYN\nA > M SYN";
    let frames = parse(text).frames();
    let numbers: Vec<_> = frames.iter().map(|f| (seq(f), ack(f))).collect();
    assert_eq!(
        numbers,
        [
            (1000, 0),
            (7, 0),
            (5000, 8),
            (5000, 1001),
            (9000, 0),
            (5001, 9001),
            (73000, 0),
            (1000, 0)
        ]
    );
    assert_eq!(frames[7].destination.to_string(), "10.0.0.5:1");
    let moved = parse(text).with_isn(2000, 6000).frames();
    let numbers: Vec<_> = moved.iter().map(|f| (seq(f), ack(f))).collect();
    assert_eq!(
        numbers,
        [
            (2000, 0),
            (1007, 0),
            (6000, 1008),
            (6000, 2001),
            (10000, 0),
            (6001, 10001),
            (74000, 0),
            (2000, 0)
        ],
        "all numbers of the client's side move alike"
    );
}

#[test]
fn repetition_with_other_addresses_ports_and_isns() {
    let text = "host X 203.0.113.250:1024 isn=0 vary=ip,port isn-step=64000\n\
                A > B SYN\nrepeat 10\n+1ms X > B SYN\n+1ms B > X SYN,ACK\nend\nA > B ACK";
    let frames = parse(text).frames();
    assert_eq!(frames.len(), 22);
    assert_eq!(frames[1].source.to_string(), "203.0.113.250:1024");
    assert_eq!(frames[19].source.to_string(), "203.0.114.3:1033");
    assert_eq!(seq(&frames[19]), 9 * 64000);
    assert_eq!(ack(&frames[20]), 9 * 64000 + 1);
    assert_eq!(frames[20].time_ns - frames[0].time_ns, 20_000_000);
}

#[test]
fn icmp_quotes_what_it_is_about() {
    let text = "host R 10.0.0.254:0\nA > B SYN\nR > A ICMP unreachable=host quote=1\nR > A ICMP";
    let frames = parse(text).frames();
    let datagram = ip(&frames[1]);
    assert_eq!((datagram[9], datagram[20], datagram[21]), (1, 3, 1));
    assert_eq!(&datagram[28..], &ip(&frames[0])[..28]);
    assert_eq!(sum(0, &datagram[20..]), 0xffff);
    assert_eq!(
        &ip(&frames[2])[28..],
        &datagram[28..],
        "the last of the addressee by default"
    );
    let six = parse(text).with_ip(6).frames();
    assert_eq!(
        (ip(&six[1])[6], ip(&six[1])[40], ip(&six[1])[41]),
        (58, 1, 3)
    );
    assert_eq!(&ip(&six[1])[48..], &ip(&six[0])[..48]);
}

#[test]
fn icmp_says_why() {
    let text = |why: &str| format!("host R 10.0.0.254:0\nA > B SYN\nR > A ICMP {why}");
    for (why, v4, v6) in [
        ("unreachable=protocol", (3, 2), (4, 1)),
        ("mtu=1400", (3, 4), (2, 0)),
        ("expired", (11, 0), (3, 0)),
        ("parameter", (12, 0), (4, 0)),
        ("quench", (4, 0), (4, 0)),
        ("redirect", (5, 1), (137, 0)),
    ] {
        let four = parse(&text(why)).frames();
        assert_eq!((ip(&four[1])[20], ip(&four[1])[21]), v4, "{why}");
        let six = parse(&text(why)).with_ip(6).frames();
        assert_eq!((ip(&six[1])[40], ip(&six[1])[41]), v6, "{why}");
        let mtu: [u8; 2] = ip(&four[1])[26..28].try_into().unwrap();
        let named = if why == "mtu=1400" { 1400 } else { 0 };
        assert_eq!(u16::from_be_bytes(mtu), named, "{why}");
    }
}

#[test]
fn link_headers() {
    let text = "options: monitor=A\nA > B SYN\nB > A SYN,ACK\nB > A ACK out";
    for (link, begins, length) in [
        (
            Link::Ethernet,
            vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0],
            14,
        ),
        (Link::Raw, vec![0x45], 0),
        (Link::Null, vec![2, 0, 0, 0], 4),
        (Link::Loop, vec![0, 0, 0, 2], 4),
        (
            Link::Sll,
            vec![0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0],
            16,
        ),
        (
            Link::Sll2,
            vec![8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 4, 6, 2, 0, 0, 0, 0, 1, 0, 0],
            20,
        ),
    ] {
        let exchange = parse(text).with_link(link);
        let frames = exchange.frames();
        assert!(frames[0].bytes.starts_with(&begins), "{link:?}");
        assert_eq!(frames[0].link_len, length, "{link:?}");
        assert_eq!(frames.iter().map(tcp_sum).collect::<Vec<_>>(), [0xffff; 3]);
        let directions: Vec<_> = frames.iter().map(|f| f.direction).collect();
        assert_eq!(
            directions,
            [
                Some(Direction::Out),
                Some(Direction::In),
                Some(Direction::Out)
            ]
        );
        assert_eq!(exchange.to_pcap()[20..24], link.number().to_le_bytes());
    }
    let tagged = parse("options: vlan=10,20\nA > B SYN\nA > B ACK vlan=5").frames();
    assert_eq!(
        tagged[0].bytes[12..22],
        [0x81, 0, 0, 10, 0x81, 0, 0, 20, 8, 0]
    );
    assert_eq!(tagged[1].bytes[12..18], [0x81, 0, 0, 5, 8, 0]);
}

#[test]
fn file_formats() {
    let exchange = parse("options: start=1.000000789\nA > B SYN snap=55 out");
    let file = |kind, nanoseconds, big_endian| {
        exchange
            .clone()
            .with_file(FileFormat {
                kind,
                nanoseconds,
                big_endian,
                snap_length: Some(96),
            })
            .to_pcap()
    };
    let little = file(FileKind::Pcap, false, false);
    assert_eq!(little[..4], [0xd4, 0xc3, 0xb2, 0xa1]);
    assert_eq!(little[16..20], [96, 0, 0, 0]);
    assert_eq!(
        little[24..40],
        [1, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 54, 0, 0, 0]
    );
    let big = file(FileKind::Pcap, true, true);
    assert_eq!(big[..4], [0xa1, 0xb2, 0x3c, 0x4d]);
    assert_eq!(big[24..32], [0, 0, 0, 1, 0, 0, 3, 21]);
    for big_endian in [false, true] {
        let file = file(FileKind::PcapNg, true, big_endian);
        let word = |at: usize| {
            let bytes = file[at..at + 4].try_into().unwrap();
            if big_endian {
                u32::from_be_bytes(bytes)
            } else {
                u32::from_le_bytes(bytes)
            }
        };
        let mut kinds = Vec::new();
        let mut at = 0;
        while at < file.len() {
            kinds.push(word(at));
            let length = usize::try_from(word(at + 4)).unwrap();
            assert_eq!(word(at + length - 4), word(at + 4));
            at += length;
        }
        assert_eq!(kinds, [0x0a0d_0d0a, 1, 6]);
    }
    let frames = exchange.frames();
    assert_eq!(
        write_capture(&frames, Link::Ethernet, FileFormat::default()),
        exchange.to_pcap()
    );
}

#[test]
fn data_as_text() {
    let frames =
        parse("A > B ACK data=\"GET / #1\\r\\n\\x00\\\"\" # the request\nA > B ACK data=hex:00ff")
            .frames();
    assert_eq!(data(&frames[0]), b"GET / #1\r\n\0\"");
    assert_eq!(data(&frames[1]), [0, 255]);
}

#[test]
fn errors_name_line_and_column() {
    for (text, expected) in [
        (
            "# nothing\n  A > B SYM",
            "line 2, column 9: `SYM` is no flag",
        ),
        ("A > B SYN,ACK,FOO", "line 1, column 15: `FOO` is no flag"),
        ("A > X SYN", "line 1, column 5: `X` is no host"),
        ("A < B SYN", "line 1, column 3: `>` is expected"),
        ("A > B", "line 1, column 6: flags are expected"),
        (
            "A > B SYN win=70000",
            "line 1, column 11: `win` cannot be `70000`",
        ),
        ("A > B SYN seq", "line 1, column 11"),
        (
            "A > B SYN wins=5",
            "line 1, column 11: `wins=5` is not known",
        ),
        (
            "A > B SYN data=\"x",
            "line 1, column 16: this quote has no end",
        ),
        ("A > B SYN -ts", "line 1, column 11: there is no `ts`"),
        (
            "A > B SYN ts ts ts ts ts",
            "line 1, column 1: 52 octets of options",
        ),
        (
            "A > B SYN len=70000",
            "line 1, column 1: 70040 octets do not fit",
        ),
        ("options: link=token-ring", "line 1, column 10"),
        (
            "repeat 3\nA > B SYN",
            "line 1, column 1: this `repeat` has no `end`",
        ),
        (
            "repeat 3\n0.5 A > B SYN\nend",
            "line 2, column 1: inside `repeat`",
        ),
        ("end", "line 1, column 1: `end` without"),
        (
            "each: ts\neach: foo",
            "line 2, column 7: `foo` is not known",
        ),
        ("expect: HS1", "line 1, column 9: `HS1` is no rule code"),
        (
            "expect: HS001 fatal",
            "line 1, column 15: `fatal` is not known",
        ),
        (
            "A > B SYN\nexpect: HS001 packet=@b",
            "line 2, column 15: no captured line is marked `@b`",
        ),
        (
            "A > B SYN\nexpect: HS001 packet=2",
            "line 2, column 1: there is no packet 2",
        ),
        (
            "expect: none\nexpect: HS001 error",
            "line 2, column 1: `expect: none` contradicts",
        ),
        (
            "expect-connection: closing=fourway",
            "line 1, column 20: `closing` is one of four-way",
        ),
        (
            "expect-conn: closing=none",
            "line 1, column 1: `expect-conn:` is not known",
        ),
    ] {
        let error = error(text);
        assert!(error.starts_with(expected), "{text:?}: {error}");
    }
}

#[test]
fn expectations_and_arguments() {
    let exchange = parse(
        "A > B SYN\nB > A SYN,ACK ack=0 @bad\n\
         expect: HS001 error definite endpoint=server packet=@bad case=near\n\
         expect: HS009 notice packet=none count=2 connection=none subject=10.0.0.2\n\
         expect-not: HS002 SQ001\nexpect-others: allowed\n\
         expect-withheld: HS003 syn:peer handshake\n\
         expect-connection: connection=2 opening=three-way closed_by=null client=TIME-WAIT\n\
         cli: --msl 1\ncli: --profile textbook",
    );
    let expected = exchange.expectations();
    let first = &expected.findings[0];
    assert_eq!(
        (first.rule.as_str(), first.packet.clone()),
        ("HS001", ExpectedPacket::Number(2))
    );
    assert_eq!(first.severity.as_deref(), Some("error"));
    assert_eq!(first.certainty.as_deref(), Some("definite"));
    assert_eq!(first.endpoint.as_deref(), Some("server"));
    assert_eq!(first.case.as_deref(), Some("near"));
    let second = &expected.findings[1];
    assert_eq!(
        (second.packet.clone(), second.count),
        (ExpectedPacket::None, Some(2))
    );
    assert_eq!(
        (second.connection, second.subject.as_deref()),
        (Some(0), Some("10.0.0.2"))
    );
    assert_eq!(expected.absent, ["HS002", "SQ001"]);
    assert!(expected.others_allowed && !expected.none);
    assert_eq!(expected.withheld[1].need, "handshake");
    assert_eq!(expected.connections[0].connection, 2);
    assert_eq!(
        expected.connections[0].fields[1],
        ("closed_by".to_owned(), "null".to_owned())
    );
    assert_eq!(exchange.cli_args(), ["--msl", "1", "--profile", "textbook"]);
    assert!(parse("A > B SYN").expectations().is_empty());
}

/// All exchanges below `testdata`.
fn files() -> Vec<PathBuf> {
    let mut folders = vec![PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/testdata"
    ))];
    let mut out = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "exchange")
            {
                out.push(path);
            }
        }
    }
    out.sort();
    out
}

#[test]
fn every_exchange_in_testdata_compiles_in_every_way() {
    let files = files();
    assert!(files.len() >= 10);
    for path in files {
        let exchange = Exchange::read(&path);
        assert!(
            !exchange.expectations().is_empty(),
            "{} expects nothing",
            path.display()
        );
        let count = exchange.frames().len();
        assert!(count > 0, "{}", path.display());
        for version in [4, 6] {
            for link in Link::ALL {
                let variant = exchange
                    .clone()
                    .with_ip(version)
                    .with_link(link)
                    .with_isn(u32::MAX - 50, u32::MAX);
                assert_eq!(variant.frames().len(), count, "{}", path.display());
                assert!(variant.to_pcap().len() > 24);
            }
        }
    }
}

/// Writes every exchange as a capture into the folder named by
/// `EXCHANGE_CAPTURES`, to be looked at with other tools.
#[test]
#[ignore = "writes files; set EXCHANGE_CAPTURES"]
fn write_captures() {
    let Some(folder) = std::env::var_os("EXCHANGE_CAPTURES").map(PathBuf::from) else {
        return;
    };
    std::fs::create_dir_all(&folder).unwrap();
    for path in files() {
        let exchange = Exchange::read(&path);
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        std::fs::write(folder.join(format!("{name}.pcap")), exchange.to_pcap()).unwrap();
    }
}
