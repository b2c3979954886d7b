use super::*;
use crate::machine::script::connection;

/// What was seen of the kind in `what`: `packet:observation...`.
fn seen(text: &str, what: Observations) -> String {
    let connection = connection(text);
    let noted = connection.noted().iter();
    let seen = noted.filter_map(|n| {
        let names: Vec<&str> = (n.saw & what).iter_names().map(|(name, _)| name).collect();
        (!names.is_empty()).then(|| format!("{}:{}", n.packet, names.join("+")))
    });
    seen.collect::<Vec<_>>().join(" ")
}

const OPENING: &str = "A SYN 100 id=10\nB SYN,ACK 300 101 id=900\nA ACK 101 301 id=11\n";

#[test]
fn a_count_of_identifications_and_what_is_off_it() {
    let ids = Observations::ID_OFF_COUNT;
    let data = "A ACK 101 301 len=10 id=12\nA ACK 111 301 len=10 id=15\n";
    let with = |rst: &str| seen(&format!("{OPENING}{data}{rst}"), ids);
    assert_eq!(with("A RST 121 id=5000"), "6:ID_OFF_COUNT");
    assert_eq!(with("A RST 121 id=300"), "", "others of the host between");
    assert_eq!(with("A RST 121 id=0"), "", "no identification at all");
    assert_eq!(with("B RST 301 id=5000"), "", "no count known");
    assert_eq!(with("A FIN,ACK 121 301 id=65000"), "", "and round the end");
    assert_eq!(with("A FIN,ACK 121 301 id=60000"), "6:ID_OFF_COUNT");
}

#[test]
fn random_identifications_are_no_count() {
    let data = "A ACK 101 301 len=10 id=30000\nA ACK 111 301 len=10 id=9000\n";
    let text = format!("{OPENING}{data}A RST 121 id=50000");
    assert_eq!(seen(&text, Observations::ID_OFF_COUNT), "");
}

#[test]
fn a_copied_identification() {
    let copied = Observations::ID_OF_PEER;
    let text = format!("{OPENING}A ACK 101 301 len=10 id=12\n");
    assert_eq!(
        seen(&format!("{text}B RST 301 id=12"), copied),
        "5:ID_OF_PEER"
    );
    assert_eq!(seen(&format!("{text}B RST 301 id=13"), copied), "");
    let near = "B ACK 301 111 id=9\nA ACK 111 301 id=13\nB RST 301 id=13";
    assert_eq!(
        seen(&format!("{text}{near}"), copied),
        "",
        "in the end's own count"
    );
}

#[test]
fn copying_may_be_the_habit_of_a_host() {
    let of = |text: &str| {
        let connection = connection(&format!("{OPENING}{text}"));
        connection.watches.server.host.copies_ids()
    };
    assert!(of("A ACK 101 301 len=10 id=12\nB ACK 301 111 id=12"));
    assert!(!of("A ACK 101 301 len=10 id=12\nB ACK 301 111 id=7000"));
}

#[test]
fn a_new_hop_count_is_noted_at_first() {
    let hops = Observations::OTHER_HOP_COUNT;
    let text = |ttl: u8| format!("{OPENING}A ACK 101 301 len=10 ttl={ttl}\n");
    assert_eq!(seen(&text(63), hops), "", "a router more");
    assert_eq!(seen(&text(49), hops), "4:OTHER_HOP_COUNT");
    let again = format!("{}A ACK 111 301 len=10 ttl=49\n", text(49));
    assert_eq!(seen(&again, hops), "4:OTHER_HOP_COUNT", "known by now");
    let many: String = (0..20)
        .map(|n| format!("A ACK {} 301 len=10 ttl={}\n", 101 + 10 * n, 100 + 4 * n))
        .collect();
    let many = seen(&format!("{OPENING}{many}"), hops);
    assert!(many.split(' ').count() <= usize::from(ODD_HOPS), "{many}");
}

#[test]
fn what_closes_makes_no_habit() {
    let text = format!("{OPENING}A FIN,ACK 101 301 ttl=49\nA RST 102 ttl=49");
    let hops = connection(&text).watches.client.host.hops;
    assert_eq!((hops.total(), hops.times(64), hops.times(49)), (2, 2, 0));
}

#[test]
fn clocks() {
    let is_other = |first, second, ms: i64| {
        is_other_clock(first, Timestamp(0), second, Timestamp(ms * 1_000_000))
    };
    assert!(!is_other(1000, 1010, 10));
    assert!(!is_other(1000, 11_000, 10), "a clock of 1 us");
    assert!(!is_other(1000, 10, 10), "overtaken");
    assert!(!is_other(u32::MAX, 5, 6), "round the end");
    assert!(is_other(1000, 3_000_000, 10));
    assert!(is_other(3_000_000, 1000, 10));
    let text = "A SYN 100 ts=5000000/0\nB SYN,ACK 300 101 ts=1/5000000\n\
                A ACK 101 301 ts=5000010/1\nA RST 101 ts=77/1";
    assert_eq!(seen(text, Observations::OTHER_CLOCK), "4:OTHER_CLOCK");
}

#[test]
fn what_the_capturing_host_sends_is_its_own() {
    let here = Observations::SENT_HERE;
    assert_eq!(
        seen(&format!("{OPENING}A RST 101 out"), here),
        "4:SENT_HERE"
    );
    assert_eq!(seen(&format!("{OPENING}A RST 101 in"), here), "");
}
