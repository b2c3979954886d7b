use super::*;
use crate::config::read::Source;
use crate::finding::Role;
use crate::report::sample;

fn kind(capture: &str, rule: &str) -> Kind {
    Kind {
        capture: capture.to_owned(),
        rule: rule.to_owned(),
        case: None,
        endpoint: Some(Role::Server),
        port: Some(80),
    }
}

fn finding(rule: &'static str) -> Finding {
    let mut finding = sample::one_error().findings.swap_remove(0);
    finding.rule = rule;
    finding
}

fn parse(text: &str) -> Result<Baseline, String> {
    let source = Source {
        name: "b.toml".to_owned(),
        text: text.to_owned(),
    };
    Baseline::of(&source)
}

#[test]
fn as_many_as_before_are_known() {
    let baseline = Baseline([(kind("a", "HS001"), 2), (kind("b", "HS001"), 1)].into());
    let mut books = Books::compared(baseline, "b.toml".to_owned());
    let mut known = |rule, capture| books.is_known(&finding(rule), capture);
    assert!(known("HS001", "x/a.pcap") && known("HS001", "a.pcap.gz"));
    assert!(!known("HS001", "a.pcap") && !known("HS002", "a.pcap") && !known("HS001", "c"));
    let (report, gathered) = books.close();
    assert_eq!((report.known, gathered), (2, Ok(None)));
    // Nobody has looked into b.
    assert_eq!((report.stale.len(), report.not_looked_for), (0, 1));
}

#[test]
fn what_was_looked_for_and_not_found_is_stale() {
    let all = [
        (kind("a", "HS001"), 3),
        (kind("a", "HS002"), 1),
        (kind("b", "HS001"), 1),
        (kind("a", "XX001"), 1),
    ];
    let mut books = Books::compared(Baseline(all.into()), String::new());
    assert!(books.is_known(&finding("HS001"), "a.pcap"));
    books.looked_through("a.pcap", |rule| rule != "HS002");
    let (report, _) = books.close();
    let stale: Vec<_> = report.stale.iter().map(|s| (&*s.rule, s.count)).collect();
    assert_eq!(stale, [("HS001", 2), ("XX001", 1)]);
    assert_eq!(report.not_looked_for, 2);
}

#[test]
fn what_is_gathered_is_written_and_read_again() {
    let mut books = Books::gathered("b.toml".to_owned(), 3);
    for (rule, capture) in [
        ("HS002", "b.pcap"),
        ("HS001", "a\"\\\u{1b}.pcap"),
        ("HS002", "b"),
    ] {
        assert!(books.is_known(&finding(rule), capture));
    }
    let mut other = finding("RT004");
    (other.case, other.endpoint, other.server_port) = (Some("syn"), None, Some(50_000));
    assert!(books.is_known(&other, "b.pcap"));
    let (report, gathered) = books.close();
    assert!(report.written && report.known == 4);
    let baseline = gathered.unwrap().unwrap();
    insta::assert_snapshot!(baseline.text());
    assert_eq!(parse(&baseline.text()), Ok(baseline.clone()));
    assert_eq!(baseline.len(), 4);
    assert_eq!(parse(&Baseline::default().text()), Ok(Baseline::default()));
}

#[test]
fn too_many_kinds_are_no_baseline() {
    let mut books = Books::gathered(String::new(), 1);
    assert!(books.is_known(&finding("HS001"), "a") && !books.is_known(&finding("HS002"), "a"));
    let message = books.close().1.unwrap_err();
    assert_eq!(message, "there are findings of more than 1 kinds");
}

#[test]
fn what_is_wrong_with_a_file_is_said() {
    let head = "version = 1\nfindings = [\n";
    let line = "{ capture = 'a', rule = 'HS001', count = 1 },\n";
    let wrong = |text: &str| parse(text).unwrap_err();
    assert_eq!(
        wrong("version = 2"),
        "b.toml:1:11: this is a baseline of version 2; this program reads version 1"
    );
    assert_eq!(wrong(""), "b.toml:1:1: the key 'version' is missing");
    assert_eq!(
        wrong(&format!("{head}{line}{line}]")),
        "b.toml:4:1: this kind of finding stands twice; keep one line of them"
    );
    assert_eq!(
        wrong(&format!("{head}{{ capture = 'a', rul = 'x', count = 1 }}]")),
        "b.toml:3:18: unknown key 'rul'; did you mean 'rule'?"
    );
}
