//! Writes captures of ordinary traffic, and of a flood, at any size: what benchmarks are run on.
//!
//! ```text
//! cargo run --release --example traffic -- web --packets 100000 -o web.pcap
//! cargo run --release --example traffic -- bulk --size 1G > bulk.pcap
//! cargo run --release --example traffic -- --help
//! ```
//!
//! Hosts are played by a small simulation of TCP (`generator/endpoint.rs`), so that all is as the
//! RFCs have it: tcpcheck finds nothing at warning or above, but the flood. The same arguments
//! give the same octets, and no more is kept than what is under way at a time.

mod generator;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::Parser;
use clap::builder::PossibleValuesParser;

use generator::{Goal, KINDS, Kind, Plan, write};

/// Writes a capture of ordinary traffic, or of a flood.
#[derive(Parser)]
#[command(after_help = listing())]
struct Args {
    /// What to write.
    #[arg(value_parser = PossibleValuesParser::new(KINDS.iter().map(|kind| kind.name)), hide_possible_values = true)]
    kind: String,
    /// About so many packets.
    #[arg(long, default_value_t = 100_000)]
    packets: u64,
    /// About so many octets instead; K, M and G stand for powers of 1000.
    #[arg(long, value_parser = octets, conflicts_with = "packets")]
    size: Option<u64>,
    /// Another one gives another capture.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where to write it; standard output if not given.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

fn listing() -> String {
    let line = |kind: &&Kind| format!("  {:<6} {}\n", kind.name, kind.about);
    format!("Kinds:\n{}", KINDS.iter().map(line).collect::<String>())
}

/// Understands `100M`.
fn octets(word: &str) -> Result<u64, String> {
    let digits = word.trim_end_matches(['K', 'M', 'G']);
    let unit = match word.strip_prefix(digits) {
        Some("") => 1,
        Some("K") => 1_000,
        Some("M") => 1_000_000,
        Some("G") => 1_000_000_000,
        _ => return Err("a number, and K, M or G".to_owned()),
    };
    let count: u64 = digits.parse().map_err(|error| format!("{error}"))?;
    count
        .checked_mul(unit)
        .ok_or_else(|| "too large".to_owned())
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let kind = KINDS.iter().find(|kind| kind.name == args.kind);
    let kind = kind.ok_or_else(|| anyhow::anyhow!("no kind is called {}", args.kind))?;
    let plan = Plan {
        kind,
        goal: args.size.map_or(Goal::Packets(args.packets), Goal::Octets),
        seed: args.seed,
    };
    let sink: Box<dyn Write> = match &args.output {
        Some(path) => Box::new(File::create(path)?),
        None => Box::new(io::stdout().lock()),
    };
    let mut sink = BufWriter::with_capacity(1 << 18, sink);
    write(&plan, &mut sink)?;
    Ok(sink.flush()?)
}
