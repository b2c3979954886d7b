//! The command line: arguments as typed, turned into settings, captures and
//! places for the report.

mod annotate;
pub mod args;
mod baseline;
mod config;
mod expectations;
mod file_id;
mod follow;
pub mod formats;
mod given;
pub mod inputs;
mod interrupt;
pub mod narrow;
mod no_tcp;
mod outputs;
mod progress;
mod run;
mod sniff;
mod unstyled;
pub mod values;

use std::io::{self, Write};
use std::process::ExitCode;

use anstream::ColorChoice;
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser};
use clap_complete::Shell;

use crate::config::codes;
use crate::report::{catalogue, clean, explain, schema};
use crate::rules::RULES;
use args::{Cli, Command, ListFormat};
use given::Given;

/// What is said when nothing is asked.
const INTRODUCTION: &str = "\
tcpcheck says whether TCP was spoken correctly in a packet capture.
  tcpcheck CAPTURE...      check captures (files, directories, - for standard input)
  tcpcheck explain HS001   what a rule means, with an example and the RFC clause
  tcpcheck rules           all rules
  tcpcheck --help          all options
";

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    if std::env::args_os().len() <= 1 {
        // Nobody is left to be told when standard error is closed.
        let _ = io::stderr().lock().write_all(INTRODUCTION.as_bytes());
        return ExitCode::from(2);
    }
    let parsed = Cli::command().try_get_matches().and_then(|matches| {
        let given = Given::of_matches(&matches);
        Ok((Cli::from_arg_matches(&matches)?, given))
    });
    let (Cli { command, check }, given) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return refuse(&error.format(&mut Cli::command())),
    };
    let printed = match command {
        None => return run::check(&check, &given),
        Some(Command::Explain { rule }) => match codes::find(&RULES, &rule) {
            Ok(rule) => {
                let width = outputs::width();
                let glyphs = outputs::glyphs();
                outputs::print_styled(ColorChoice::Auto, |out| {
                    explain::write(rule, width, glyphs, out)
                })
            }
            Err(message) => return usage_error(ErrorKind::InvalidValue, &message),
        },
        Some(Command::Rules {
            format: ListFormat::Text,
        }) => {
            let width = outputs::width();
            outputs::print_styled(ColorChoice::Auto, |out| catalogue::text(&RULES, width, out))
        }
        Some(Command::Rules {
            format: ListFormat::Json,
        }) => outputs::print(|out| catalogue::json(&RULES, out)),
        Some(Command::Completions { shell }) => {
            let script = completions(shell);
            outputs::print(|out| out.write_all(&script))
        }
        Some(Command::Schema) => outputs::print(|out| out.write_all(schema::text().as_bytes())),
    };
    match printed {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("standard output cannot be written: {error}"));
            ExitCode::from(2)
        }
    }
}

/// Prints help where it was asked for, else what is wrong with the arguments.
fn refuse(error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        complain_of_usage(error);
    } else {
        let _ = error.print();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// The message repeats what was typed, which may have come from anywhere (a
/// shell puts file names in the place of `*`): it is told again for arguments that are safe to print.
fn complain_of_usage(error: &clap::Error) {
    let arguments = std::env::args_os();
    let safe = arguments.map(|word| clean::line(&word.to_string_lossy()).into_owned());
    let _ = match Cli::try_parse_from(safe) {
        Err(again) if again.kind() == error.kind() => again.print(),
        _ => {
            let message = clean::lines(&error.render().to_string());
            io::stderr().lock().write_all(message.as_bytes())
        }
    };
}

fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "tcpcheck", &mut script);
    script
}

/// A message on standard error; nobody is left to be told when that is closed.
fn complain(message: &str) {
    let message = clean::line(message);
    let _ = writeln!(io::stderr().lock(), "tcpcheck: {message}");
}

fn usage_error(kind: ErrorKind, message: &str) -> ExitCode {
    let _ = Cli::command().error(kind, clean::line(message)).print();
    ExitCode::from(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_command_counts_only_in_first_place() {
        let parse = |words: &[&str]| Cli::try_parse_from([&["tcpcheck"], words].concat());
        assert!(matches!(
            parse(&["rules"]).unwrap().command,
            Some(Command::Rules { .. })
        ));
        let files = |words| parse(words).unwrap().check.captures.len();
        assert_eq!(files(&["a.pcap", "rules"]), 2);
        assert_eq!(files(&["./rules"]), 1);
        assert_eq!(files(&["--lossless", "rules"]), 1);
        assert!(parse(&["--lossless"]).is_err());
    }
}
