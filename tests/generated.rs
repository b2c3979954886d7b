//! The files that are made from definitions in the code are current.
//! `UPDATE_GENERATED=1 cargo test --test generated` makes them anew.

#![allow(clippy::unwrap_used, clippy::string_slice)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use clap::CommandFactory;
use clap_mangen::Man;
use tcpcheck::cli::args::Cli;
use tcpcheck::finding::Certainty;
use tcpcheck::report::{explain, flat, schema};
use tcpcheck::rules::rule::{Group, SoundFrom};
use tcpcheck::rules::{RULES, Rule};

/// In place of a list of all options, which stands below it anyway.
const SYNOPSIS: &str = "\
.SH SYNOPSIS
\\fBtcpcheck\\fR [\\fIOPTIONS\\fR] \\fICAPTURE\\fR...
.br
\\fBtcpcheck explain\\fR \\fICODE\\fR
.br
\\fBtcpcheck rules\\fR [\\fB\\-\\-format\\fR \\fIFORMAT\\fR]
.br
\\fBtcpcheck completions\\fR \\fISHELL\\fR
.br
\\fBtcpcheck schema\\fR
";

/// Every generated file by its path, with what it has to hold.
fn generated() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    files.insert("docs/report.schema.json".to_owned(), schema::text());
    let mut command = Cli::command();
    command.build();
    add_man_page(&command, &mut files);
    for subcommand in command.get_subcommands() {
        add_man_page(subcommand, &mut files);
    }
    for rule in RULES.iter() {
        files.insert(format!("docs/rules/{}.md", rule.code), rule_page(rule));
    }
    files.insert("docs/rules/README.md".to_owned(), rule_index());
    files.insert("docs/certainty.md".to_owned(), certainty_page());
    files.insert("docs/columns.md".to_owned(), flat::markdown());
    files
}

/// What `tcpcheck explain` says, and the exchanges that test it.
fn rule_page(rule: &Rule) -> String {
    let mut page = explain::markdown(rule);
    let folder = format!("testdata/rules/{}", &rule.code[..2]);
    let mut names: Vec<String> = fs::read_dir(root().join(&folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with(&format!("{}-", rule.code)))
        .collect();
    names.sort();
    page.push_str("\n## Tests\n\n");
    for name in names {
        page.push_str(&format!("- [{name}](../../{folder}/{name})\n"));
    }
    page
}

fn rule_index() -> String {
    let mut page = "# All rules\n\nMade from the texts in the code; `tcpcheck explain CODE` says the same. \
                    [matrix.md](../matrix.md) tells how each is tested, \
                    [requirements.md](../requirements.md) which requirement of RFC 9293 it judges.\n"
        .to_owned();
    let mut groups: BTreeMap<Group, Vec<&Rule>> = BTreeMap::new();
    for rule in RULES.iter() {
        groups.entry(rule.group).or_default().push(rule);
    }
    for (group, rules) in groups {
        page.push_str(&format!(
            "\n## {}\n\n| code | name | what | severity | certainty |\n|---|---|---|---|---|\n",
            group.title()
        ));
        for rule in rules {
            page.push_str(&format!(
                "| [{code}]({code}.md) | {} | {} | {} | {} |\n",
                rule.name,
                rule.title,
                rule.severity.as_str(),
                rule.certainty.as_str(),
                code = rule.code,
            ));
        }
    }
    page
}

/// Where a verdict is sound, and what that means.
const SOUND: [(SoundFrom, &str); 5] = [
    (
        SoundFrom::AnyVantage,
        "anywhere, also with loss of packets and of frames: only the segments named must be there",
    ),
    (
        SoundFrom::AnyVantageLossless,
        "anywhere, if both directions pass and the capture lost nothing of the connection",
    ),
    (
        SoundFrom::OrderProof,
        "anywhere, once the order of sending is proven; else withheld",
    ),
    (
        SoundFrom::EndpointVantage,
        "in a capture at the end that is blamed; elsewhere withheld or likely",
    ),
    (SoundFrom::Heuristic, "never more than likely"),
];

/// The prose of `docs/certainty.md` as it stands, with the list made anew.
fn certainty_page() -> String {
    const BEGIN: &str = "<!-- generated -->\n";
    const END: &str = "<!-- /generated -->\n";
    let page = fs::read_to_string(root().join("docs/certainty.md")).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let mut list = "| sound | group | definite | likely while loss is unknown | likely |\n\
                    |---|---|---|---|---|\n"
        .to_owned();
    for (sound, meaning) in SOUND {
        let mut groups: BTreeMap<Group, [Vec<&str>; 3]> = BTreeMap::new();
        for rule in RULES.iter().filter(|rule| rule.sound_from == sound) {
            let lower = rule.certainty_if_loss_unknown;
            let column = match (rule.certainty, lower) {
                (Certainty::Definite, None) => 0,
                (Certainty::Definite, Some(_)) => 1,
                (Certainty::Likely, _) => 2,
            };
            let columns = groups.entry(rule.group).or_default();
            columns.get_mut(column).unwrap().push(rule.code);
        }
        let mut first = format!("**{}**: {meaning}", sound.as_str());
        for (group, columns) in groups {
            let columns = columns.map(|codes| codes.join(" ")).join(" | ");
            list.push_str(&format!("| {first} | {} | {columns} |\n", group.title()));
            first.clear();
        }
    }
    format!("{before}{BEGIN}{list}{END}{after}")
}

fn add_man_page(command: &clap::Command, files: &mut BTreeMap<String, String>) {
    let man = Man::new(command.clone()).manual("tcpcheck");
    let mut page = Vec::new();
    man.render(&mut page).unwrap();
    let page = String::from_utf8(page).unwrap();
    let page = page.replace(".SH EXTRA\nExit status:\n", ".SH EXIT STATUS\n");
    let page = match (page.find(".SH SYNOPSIS"), page.find(".SH DESCRIPTION")) {
        (Some(from), Some(to)) if command.has_subcommands() => {
            format!("{}{SYNOPSIS}{}", &page[..from], &page[to..])
        }
        _ => page,
    };
    files.insert(format!("man/{}", man.get_filename()), page);
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn generated_files_are_current() {
    let update = std::env::var_os("UPDATE_GENERATED").is_some();
    for (name, text) in generated() {
        let path = root().join(&name);
        if update && fs::read_to_string(&path).ok().as_ref() != Some(&text) {
            // At one stroke: the other test reads at the same time.
            let new = path.with_extension("new");
            fs::write(&new, &text).unwrap();
            fs::rename(&new, &path).unwrap();
        }
        assert!(
            fs::read_to_string(&path).unwrap_or_default() == text,
            "{name} is not current; UPDATE_GENERATED=1 cargo test --test generated makes it anew"
        );
    }
}

#[test]
fn there_are_no_stale_pages() {
    let files = generated();
    for folder in ["man", "docs/rules"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let name = format!("{folder}/{}", entry.unwrap().file_name().display());
            assert!(
                files.contains_key(&name),
                "{name} belongs to nothing; remove it"
            );
        }
    }
}
