//! The page for a browser, written by the program from captures. (`tests/browser` opens such pages.)

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod exchange;
mod program;

use std::path::Path;

use exchange::{Exchange, files_below};
use program::{lab, run, run_on};
use roxmltree::{Document, Node};

/// The pictures of a page, each a document of its own.
fn pictures(page: &str) -> Vec<&str> {
    let begins = page.match_indices("<svg ").map(|(at, _)| at);
    let picture = |at: usize| {
        let rest = &page[at..];
        &rest[..rest.find("</svg>").unwrap() + "</svg>".len()]
    };
    begins.map(picture).collect()
}

fn of_class<'a>(picture: &'a Document<'a>, class: &str) -> Vec<Node<'a, 'a>> {
    let has = |node: &Node<'_, '_>| {
        let classes = node.attribute("class").unwrap_or_default();
        classes.split(' ').any(|name| name == class)
    };
    picture.descendants().filter(has).collect()
}

fn texts(picture: &Document<'_>) -> Vec<String> {
    let texts = picture
        .descendants()
        .filter(|node| node.has_tag_name("text"));
    texts.map(|node| node.text().unwrap().to_owned()).collect()
}

/// Parses each picture, and looks at what all must have.
fn parsed(page: &str) -> Vec<Document<'_>> {
    let all = pictures(page).into_iter().map(|picture| {
        let document =
            Document::parse(picture).unwrap_or_else(|error| panic!("{error}: {picture}"));
        let root = document.root_element();
        assert!(root.children().any(|node| node.has_tag_name("title")));
        assert!(root.attribute("aria-label").is_some());
        for node in document.descendants() {
            for name in ["d", "x", "y", "cx", "cy", "width", "height"] {
                let Some(value) = node.attribute(name) else {
                    continue;
                };
                let bad = value.is_empty() || value.contains("NaN") || value.contains("inf");
                assert!(!bad, "{name}={value}: {picture}");
            }
        }
        document
    });
    all.collect()
}

fn page_of(name: &str, arguments: &[&str]) -> String {
    let arguments = [&["--format", "html"], arguments].concat();
    run_on(&program::exchange(name), &arguments).1
}

#[test]
fn findings_stand_on_the_ladder() {
    let page = page_of("rules/HS/HS001-fires", &[]);
    let pictures = parsed(&page);
    let ladder = &pictures[0];
    assert_eq!(ladder.root_element().attribute("class"), Some("ladder"));
    let texts = texts(ladder);
    for text in [
        "SYN-SENT",
        "SYN,ACK seq=0 ack=0 win=64240",
        "expected ack 1001 (relative 1)",
    ] {
        assert!(texts.iter().any(|other| other == text), "{text}: {texts:?}");
    }
    let title = "error HS001 SYN-ACK does not acknowledge x+1";
    assert!(texts.iter().any(|text| text == title), "{texts:?}");
    assert_eq!(of_class(ladder, "dot").len(), 1);
    // No data, no graph.
    assert_eq!(pictures.len(), 1);
    assert_eq!(page.matches("there is nothing to graph").count(), 2);
    // The explanation is there.
    assert!(page.contains("id=\"rule-HS001\"") && page.contains("Why it matters"));
}

#[test]
fn a_graph_shows_loss_and_its_repair() {
    let (_, page, _) = run(&["--format", "html", "--show", "info", &lab("data-loss")]);
    let pictures = parsed(&page);
    let graphs = pictures
        .iter()
        .filter(|p| p.root_element().attribute("class") == Some("graph"));
    let graphs: Vec<_> = graphs.collect();
    assert!(!graphs.is_empty());
    let classes = |class| {
        graphs
            .iter()
            .map(|graph| of_class(graph, class).len())
            .sum::<usize>()
    };
    for class in ["bar", "again", "ack", "edge", "mark"] {
        assert!(classes(class) > 0, "{class}");
    }
    let links = pictures.iter().flat_map(|p| {
        p.descendants()
            .filter(|n| n.has_tag_name("a"))
            .collect::<Vec<_>>()
    });
    assert!(
        links
            .filter_map(|link| link.attribute("href"))
            .all(|href| href.starts_with("#rule-"))
    );
}

#[test]
fn without_drawings_nothing_is_kept_but_the_page_asks_for_them() {
    let directory = program::directory(&[("a.pcap", &program::exchange("rules/HS/HS001-fires"))]);
    let arguments = ["--format", "json", "-o", "page.html", "a.pcap"];
    let (status, _, stderr) = program::run_in(directory.path(), &arguments);
    assert_eq!((status, stderr.as_str()), (1, ""));
    let page = std::fs::read_to_string(directory.path().join("page.html")).unwrap();
    assert!(!parsed(&page).is_empty());
}

#[test]
fn what_is_narrowed_is_drawn() {
    let drawn = |arguments: &[&str]| {
        let capture = lab("port-reuse");
        let arguments = [&["--format", "html", capture.as_str()], arguments].concat();
        let (_, page, _) = run(&arguments);
        page.matches("class=\"card connection\"").count()
    };
    let all = drawn(&[]);
    assert!(all > 1, "{all}");
    assert_eq!(drawn(&["--connection", "2"]), 1);
}

/// However odd the exchange, its pictures are well-formed.
#[test]
fn every_exchange_can_be_drawn() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/rules");
    let files = files_below(&folder, "exchange");
    assert!(files.len() > 100);
    for file in files {
        let exchange = Exchange::read(&file);
        let arguments = exchange.cli_args();
        let mut all = vec!["--format", "html", "--show", "info"];
        all.extend(arguments.iter().map(String::as_str));
        let (_, page, _) = run_on(&exchange.to_pcap(), &all);
        assert!(page.ends_with("</html>\n"), "{}", file.display());
        parsed(&page);
    }
}
