//! The files that are made from definitions in the code are current.
//! `UPDATE_GENERATED=1 cargo test --test generated` makes them anew.

#![allow(clippy::unwrap_used, clippy::string_slice)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use clap::CommandFactory;
use clap_mangen::Man;
use tcpcheck::cli::args::Cli;
use tcpcheck::report::schema;

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
    files
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
        if update {
            fs::write(&path, &text).unwrap();
        }
        assert!(
            fs::read_to_string(&path).unwrap_or_default() == text,
            "{name} is not current; UPDATE_GENERATED=1 cargo test --test generated makes it anew"
        );
    }
}

#[test]
fn there_are_no_stale_man_pages() {
    let files = generated();
    for entry in fs::read_dir(root().join("man")).unwrap() {
        let name = format!("man/{}", entry.unwrap().file_name().display());
        assert!(
            files.contains_key(&name),
            "{name} belongs to nothing; remove it"
        );
    }
}
