use scraper::{Html, Selector};

use super::*;
use crate::report::model::{CommentReport, Loaded};
use crate::report::sample;

fn written(report: Loaded) -> String {
    written_with(report, Severity::Notice)
}

fn written_with(report: Loaded, show: Severity) -> String {
    let mut out = Vec::new();
    write(&sample::set_aside(report), show, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn parsed(page: &str) -> Html {
    let html = Html::parse_document(page);
    assert!(html.errors.is_empty(), "{:?}", html.errors);
    html
}

fn texts(html: &Html, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    let text = |element: scraper::ElementRef<'_>| {
        let text: String = element.text().collect();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    html.select(&selector).map(text).collect()
}

/// The page without its style and its script.
fn structure(page: &str) -> String {
    let page = page.replace(STYLE, "").replace(SCRIPT, "");
    page.replace("><", ">\n<")
}

#[test]
fn a_small_page_has_all_parts() {
    insta::assert_snapshot!("one_error", structure(&written(sample::one_error())));
}

#[test]
fn all_samples_are_well_formed() {
    let shows = [Severity::Info, Severity::Error];
    let all = shows.map(|show| sample::all().into_iter().map(move |report| (report, show)));
    for (report, show) in all.into_iter().flatten() {
        let page = written_with(report, show);
        let html = parsed(&page);
        assert_eq!(texts(&html, "h1").len(), 1);
        assert_eq!(texts(&html, "script").len(), 1);
        // Whatever a link leads to is there.
        for link in html.select(&Selector::parse("a[href]").unwrap()) {
            let target = link.attr("href").unwrap().strip_prefix('#').unwrap();
            let there = Selector::parse(&format!("[id=\"{target}\"]")).unwrap();
            assert_eq!(html.select(&there).count(), 1, "{target}");
        }
    }
}

#[test]
fn what_a_capture_says_is_no_markup() {
    let name = "<script>alert(1)</script>\"'\u{202e}\x1b[31m&amp;.pcap";
    let mut report = sample::one_error();
    for capture in &mut report.captures {
        capture.path = name.into();
        capture.complete = false;
        capture.error = Some(name.into());
        capture.comments.push(CommentReport {
            packet: Some(1),
            text: format!("</style><img src=x onerror=alert(1)>{name}"),
        });
    }
    for connection in &mut report.connections {
        (connection.capture, connection.last_capture) = (name.into(), name.into());
    }
    for finding in &mut report.findings {
        finding.capture = name.into();
        finding.message = format!("<b>{name}</b>");
    }
    let second = report.captures[0].clone();
    report.captures.push(second);
    let page = written(report);
    let html = parsed(&page);
    assert_eq!(texts(&html, "script").len(), 1);
    assert!(
        html.select(&Selector::parse("img, b").unwrap())
            .next()
            .is_none()
    );
    assert!(!page.contains('\x1b') && !page.contains('\u{202e}'));
    let shown = "<script>alert(1)</script>\"'\\u{202e}\\u{1b}[31m&amp;.pcap";
    assert!(
        texts(&html, "#captures h3")
            .iter()
            .all(|text| text == shown)
    );
    assert!(
        texts(&html, "#findings td")
            .iter()
            .any(|text| text.contains("<b><script>"))
    );
}

#[test]
fn a_page_stays_small_and_says_what_is_left_out() {
    let mut report = sample::flood();
    let (one, finding) = (report.connections[0].clone(), report.findings[1].clone());
    report.connections.clear();
    report.findings.clear();
    for id in 1..=2_000 {
        let mut connection = one.clone();
        connection.id = id;
        report.connections.push(connection);
        let mut finding = finding.clone();
        finding.connection = Some(id);
        // The last ones are the worst.
        finding.severity = if id > 1_990 {
            Severity::Error
        } else {
            Severity::Warning
        };
        report.findings.push(finding);
    }
    // One that is rare and mild has its place among them.
    let mut rare = report.findings[1_500].clone();
    (rare.rule, rare.severity, rare.connection) = ("RS005", Severity::Notice, None);
    report.findings.push(rare);
    report.summary.connections = 2_000;
    let html = parsed(&written(report));
    let connections = texts(&html, "#connections tbody tr");
    assert_eq!(connections.len(), LISTED);
    assert!(
        connections[0].contains("1991") && connections[10].starts_with("1203.0.113.9"),
        "{}",
        connections[10]
    );
    assert_eq!(texts(&html, "#findings tbody tr").len(), FINDINGS);
    assert_eq!(
        texts(&html, "#findings tbody tr[data-rules=RS005]").len(),
        1
    );
    assert_eq!(texts(&html, "details.connection").len(), DRAWN);
    let left_out = texts(&html, ".left-out").join("\n");
    for text in [
        "1,001 findings",
        "1,500 connections",
        "the first 50 of these",
        "1,950 connections",
    ] {
        assert!(left_out.contains(text), "{text}: {left_out}");
    }
}

#[test]
fn what_is_shown_is_chosen() {
    let rules = |show| {
        let html = parsed(&written_with(sample::one_error(), show));
        (
            texts(&html, "#findings td a.code"),
            texts(&html, "#findings .faint").join(" "),
        )
    };
    assert_eq!(rules(Severity::Info).0, ["HS001", "RT004"]);
    let (codes, hidden) = rules(Severity::Notice);
    assert_eq!(codes, ["HS001"]);
    assert!(
        hidden.contains("1 finding below notice not listed"),
        "{hidden}"
    );
}

#[test]
fn nothing_is_loaded_from_anywhere() {
    for report in sample::all() {
        let page = written(report);
        for word in [" src=", "url(", "@import", "<link", "fetch(", "import("] {
            assert!(!page.contains(word), "{word}");
        }
    }
}
