//! The arguments as typed: clap's definitions, from which the help, the man
//! pages and the completions are made too.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

pub use super::formats::Format;
use super::narrow::NarrowArgs;
use super::values::{self, Output, SeveritySpec};
use crate::finding::{Certainty, Severity};
use crate::settings::{FailOn, Profile, VantageChoice};

const LONG_ABOUT: &str = "\
Says whether TCP was spoken correctly in a packet capture.

Reads pcap and pcapng captures (also .gz, .zst and .xz), follows both ends of every \
connection through the states of RFC 9293, and reports what breaks a rule: with the packet, \
the expected and the observed numbers, the clause, and how certain it is. What a capture \
cannot show is never held against anybody; the report names the checks that could not be made.";

const AFTER_HELP: &str = "\
Exit status:
  0  every capture was read whole, and nothing at or above --fail-on was found
  1  at least one such finding
  2  the job could not be done whole (wrong usage, a capture that cannot be read to its
     end, no TCP); 2 wins over 1

A reader of the output who stops early (| head) changes nothing.

A capture named like a command is given as ./rules. `tcpcheck COMMAND --help` tells more.";

/// Says whether TCP was spoken correctly in a packet capture.
#[derive(Debug, Parser)]
#[command(
    name = "tcpcheck",
    bin_name = "tcpcheck",
    version,
    long_about = LONG_ABOUT,
    after_help = AFTER_HELP,
    override_usage = "tcpcheck [OPTIONS] <CAPTURE>...\n       tcpcheck <COMMAND>",
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub struct Cli {
    /// What else to do than to check.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What to check, and how.
    #[command(flatten)]
    pub check: CheckArgs,
}

/// The commands beside checking.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Explain a rule: what it means, an example, the clause of the RFC
    Explain {
        /// Code or name of the rule, such as HS001
        #[arg(value_name = "CODE")]
        rule: String,
    },
    /// List all rules
    Rules {
        /// How to print the list
        #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ListFormat::Text)]
        format: ListFormat,
    },
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        #[arg(value_enum, value_name = "SHELL")]
        shell: Shell,
    },
    /// Print the JSON Schema of the report
    Schema,
}

/// Arguments of a check.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Capture files, directories of them, or - for standard input
    #[arg(value_name = "CAPTURE", required_unless_present = "show_config",
          value_hint = ValueHint::AnyPath)]
    pub captures: Vec<PathBuf>,
    /// The report.
    #[command(flatten)]
    pub report: ReportArgs,
    /// What is shown of it.
    #[command(flatten)]
    pub narrow: NarrowArgs,
    /// The judgement.
    #[command(flatten)]
    pub judge: JudgeArgs,
    /// The capture.
    #[command(flatten)]
    pub capture: CaptureArgs,
    /// The exit status.
    #[command(flatten)]
    pub gate: GateArgs,
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// How the report looks.
#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
pub struct ReportArgs {
    /// Format of the report on standard output
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    pub format: Format,
    /// Write the report to a file as well; repeatable
    ///
    /// Where the format is not named it goes by the ending: .txt .json .ndjson .csv .sarif .xml
    /// (JUnit) .md .html. The file is written beside its place and renamed, so that nobody ever reads
    /// half a report.
    #[arg(short, long = "output", value_name = "[FORMAT=]FILE", value_parser = values::output,
          value_hint = ValueHint::FilePath)]
    pub outputs: Vec<Output>,
    /// Write the capture again, as pcapng, with findings as comments on their packets
    ///
    /// For Wireshark, which shows them in place (frame.comment). Packets stay as they are, and so
    /// do comments that are there. Written are the findings that the text lists: see --show, and
    /// --connection and its like. What is said of a whole connection stands on its last packet, what
    /// rests on many connections on the first packet that shows it, else on the capture.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub annotate: Option<PathBuf>,
    /// Least severity listed for people; what programs read and all counts hold everything
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = Level::Notice)]
    pub show: Level,
    /// Draw connections as ladders in the text: segments, states, time gaps, findings
    ///
    /// Drawn are those that the text lists, in place of their states. Long transfers are folded.
    #[arg(long)]
    pub ladder: bool,
    /// Print findings as connections end, while the capture is still being written
    ///
    /// For a pipe (tcpdump -U -w - | tcpcheck --follow -) or a FIFO. A connection has ended when
    /// twice the MSL has passed after its close (see --msl); what rests on many connections, or
    /// on one that never ends, is said with the report, at the end of the capture. The first
    /// interrupt (Ctrl-C) waits for the capture to end, the second one ends it.
    #[arg(long)]
    pub follow: bool,
    /// When to use colour; NO_COLOR is honoured
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub color: Color,
}

/// By what is judged.
#[derive(Debug, Args)]
#[command(next_help_heading = "Judgement")]
pub struct JudgeArgs {
    /// By which book: the RFC, or the textbook (its legal shortcuts become warnings)
    #[arg(long, value_enum, value_name = "PROFILE", default_value_t = ProfileArg::Rfc)]
    pub profile: ProfileArg,
    /// Report these rules only: codes, names or groups (HS,TD001); repeatable
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    pub select: Vec<String>,
    /// Do not report these rules: codes, names or groups; repeatable
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// Give a rule, or a case of it, another severity, or switch it off; repeatable
    #[arg(long = "severity", value_name = "CODE[/CASE]=LEVEL|off", value_parser = values::severity)]
    pub severities: Vec<SeveritySpec>,
    /// Maximum segment lifetime; TIME-WAIT lasts twice that
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = values::seconds,
          allow_negative_numbers = true)]
    pub msl: i64,
}

/// What is known about the capture.
#[derive(Debug, Args)]
#[command(next_help_heading = "Capture")]
pub struct CaptureArgs {
    /// The captures are parts of one: rotated files, or one for each direction
    ///
    /// They are joined by time, in whatever order they are given; connections run across their
    /// borders, and each packet is named with its file. They must have been stamped by one clock.
    /// Captures from several places are no parts of one: check them one by one.
    #[arg(long)]
    pub merge: bool,
    /// Threads that look at connections [default: one for each processor]
    ///
    /// The report is the same for any number. Of several captures small ones are checked side by
    /// side; merged captures and those that are followed are the work of one thread.
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// Where the capture was taken: auto, client, server, middle or host=ADDRESS
    #[arg(long, value_name = "PLACE", default_value = "auto", value_parser = values::vantage)]
    pub vantage: VantageChoice,
    /// The capture is known to hold every packet that passed
    #[arg(long)]
    pub lossless: bool,
    /// A capture that is cut at its end is no failure
    #[arg(long)]
    pub allow_truncated: bool,
    /// A capture without TCP is no failure
    #[arg(long)]
    pub allow_no_tcp: bool,
}

/// When a run fails.
#[derive(Debug, Args)]
#[command(next_help_heading = "Failure")]
pub struct GateArgs {
    /// Least severity that makes the exit status 1
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = FailLevel::Warning)]
    pub fail_on: FailLevel,
    /// Least certainty that makes the exit status 1
    #[arg(long, value_enum, value_name = "CERTAINTY", default_value_t = CertaintyArg::Likely)]
    pub fail_certainty: CertaintyArg,
    /// Checks that could not be made make the exit status 1 too
    #[arg(long)]
    pub fail_on_withheld: bool,
}

/// What is settled in files.
#[derive(Debug, Args)]
#[command(next_help_heading = "Configuration")]
pub struct ConfigArgs {
    /// Configuration file for all captures
    ///
    /// Without it, each capture is judged by the nearest tcpcheck.toml in its folder or above, up to
    /// the root of the repository. What is typed here wins over what stands in a file.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "no_config")]
    pub config: Option<PathBuf>,
    /// Look for no configuration file
    #[arg(long)]
    pub no_config: bool,
    /// Print the settings in force for the captures, and where each comes from, and check nothing
    #[arg(long)]
    pub show_config: bool,
    /// Findings that stand in this file are known: they are reported, but only new ones fail
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath,
          conflicts_with = "write_baseline")]
    pub baseline: Option<PathBuf>,
    /// Write the findings that would fail to a file for --baseline, and do not fail for them
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub write_baseline: Option<PathBuf>,
}

/// Formats of the list of rules.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum ListFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Severities.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Level {
    /// A MUST is violated
    Error,
    /// A SHOULD is violated, an attack's signature, or something stuck
    Warning,
    /// Legal, but worth knowing
    Notice,
    /// An event, such as a retransmission
    Info,
}

impl From<Level> for Severity {
    fn from(level: Level) -> Severity {
        match level {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
            Level::Notice => Severity::Notice,
            Level::Info => Severity::Info,
        }
    }
}

/// Severities, or never.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum FailLevel {
    /// Errors
    Error,
    /// Warnings and errors
    Warning,
    /// Notices, warnings and errors
    Notice,
    /// Any finding
    Info,
    /// No finding at all
    Never,
}

impl From<FailLevel> for FailOn {
    fn from(level: FailLevel) -> FailOn {
        match level {
            FailLevel::Error => FailOn::Severity(Severity::Error),
            FailLevel::Warning => FailOn::Severity(Severity::Warning),
            FailLevel::Notice => FailOn::Severity(Severity::Notice),
            FailLevel::Info => FailOn::Severity(Severity::Info),
            FailLevel::Never => FailOn::Never,
        }
    }
}

/// Certainties.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum CertaintyArg {
    /// Likely and definite findings
    Likely,
    /// Definite findings only
    Definite,
}

impl From<CertaintyArg> for Certainty {
    fn from(certainty: CertaintyArg) -> Certainty {
        match certainty {
            CertaintyArg::Likely => Certainty::Likely,
            CertaintyArg::Definite => Certainty::Definite,
        }
    }
}

/// Profiles.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum ProfileArg {
    /// What RFC 9293 says
    Rfc,
    /// What is taught: legal shortcuts are warnings
    Textbook,
}

impl From<ProfileArg> for Profile {
    fn from(profile: ProfileArg) -> Profile {
        match profile {
            ProfileArg::Rfc => Profile::Rfc,
            ProfileArg::Textbook => Profile::Textbook,
        }
    }
}

/// When to use colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl From<Color> for anstream::ColorChoice {
    fn from(color: Color) -> anstream::ColorChoice {
        match color {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        }
    }
}
