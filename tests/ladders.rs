//! The drawings that `tcpcheck explain` shows are current: each is what the program draws of an
//! exchange that tests the rule. `UPDATE_GENERATED=1 cargo test --test ladders` makes them anew.

#![allow(clippy::unwrap_used)]

mod exchange;
mod program;

use std::fs;
use std::path::Path;

use exchange::{Exchange, files_below};
use program::run_on_with;
use tcpcheck::rules::RULES;

/// Where they are kept, below the project's folder.
const KEPT: &str = "src/report/explain/ladders.txt";
/// They are shown two columns in, on a page of 80.
const WIDTH: &str = "78";
/// What is longer explains little.
const LINES: usize = 60;

/// What is drawn for a rule, if anything is: of the first exchange in which it speaks of one connection.
fn drawn(code: &str) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("testdata/rules").join(code.get(..2)?);
    let mut files = files_below(&folder, "exchange");
    files.sort();
    let fires = format!("{code}-fires");
    let named = |path: &&std::path::PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with(&fires)
    };
    let mut exchanges: Vec<Exchange> = files.iter().filter(named).map(Exchange::read).collect();
    // Where nobody asked for anything special, as far as there is one.
    exchanges.sort_by_key(|exchange| exchange.cli_args().len());
    exchanges.iter().find_map(|exchange| {
        let mut arguments = vec!["--ladder", "--show", "info", "--rule", code];
        arguments.extend(exchange.cli_args().iter().map(String::as_str));
        let environment = [("COLUMNS", WIDTH), ("LC_ALL", "C.UTF-8")];
        let (_, text, _) = run_on_with(&exchange.to_pcap(), &arguments, &environment);
        let lines: Vec<&str> = text.lines().collect();
        let first = lines
            .iter()
            .position(|line| line.trim_start().starts_with("Packet  "))?;
        let drawing = lines
            .get(first..)?
            .iter()
            .take_while(|line| !line.is_empty());
        let drawing: Vec<&str> = drawing.copied().collect();
        let speaks = drawing.iter().any(|line| line.contains(code));
        (speaks && drawing.len() <= LINES).then(|| drawing.join("\n"))
    })
}

#[test]
fn what_explain_draws_is_what_is_drawn() {
    let mut all = String::new();
    for rule in RULES.iter() {
        if let Some(drawing) = drawn(rule.code) {
            all.push_str(&format!("== {}\n{drawing}\n", rule.code));
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(KEPT);
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        fs::write(&path, &all).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap() == all,
        "{KEPT} is not current; `UPDATE_GENERATED=1 cargo test --test ladders` makes it anew \
         (and then --test generated, for docs/rules)"
    );
}
