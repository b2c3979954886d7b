//! Writes captures that somebody who means harm would send: each is as large as is asked for,
//! and is built to cost the reader as much as it can.
//!
//! ```text
//! cargo run --release --example hostile -- SHAPE COUNT [OPTIONS] > hostile.pcap
//! cargo run --release --example hostile -- --help
//! ```
//!
//! The same arguments give the same octets. Nothing is kept that grows with the count, so a
//! capture may be of any size and go through a pipe. `benches/doubling.py` runs every shape in
//! doubling sizes and prints what each costs.

mod generator;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::Parser;
use clap::builder::PossibleValuesParser;

use generator::{Output, Plan, SHAPES, Shape};

/// Writes a capture that is hard on its reader.
#[derive(Parser)]
#[command(after_help = listing())]
struct Args {
    /// What to write.
    #[arg(value_parser = PossibleValuesParser::new(SHAPES.iter().map(|shape| shape.name)), hide_possible_values = true, required_unless_present = "names")]
    shape: Option<String>,
    /// How many; of what, the list below says.
    #[arg(default_value_t = 1000)]
    count: u64,
    /// Where to write it; standard output if not given.
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// Of 100 SYNs of a flood, so many are answered.
    #[arg(long, default_value_t = 100)]
    answered: u64,
    /// How often each answer to a flood is repeated.
    #[arg(long, default_value_t = 0)]
    repetitions: u32,
    /// Real connections among a flood.
    #[arg(long, default_value_t = 0)]
    real: u64,
    /// Flooded services.
    #[arg(long, default_value_t = 1)]
    victims: u16,
    /// IPv6 instead of IPv4.
    #[arg(long)]
    ipv6: bool,
    /// Frames per second of capture time.
    #[arg(long, default_value_t = 100_000)]
    rate: u32,
    /// Prints the names of all shapes, one a line.
    #[arg(long)]
    names: bool,
}

fn listing() -> String {
    let line = |shape: &Shape| format!("  {:<22} {}\n", shape.name, shape.about);
    format!("Shapes:\n{}", SHAPES.iter().map(line).collect::<String>())
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let sink: Box<dyn Write> = match &args.output {
        Some(path) => Box::new(File::create(path)?),
        None => Box::new(io::stdout().lock()),
    };
    let mut sink = BufWriter::with_capacity(1 << 18, sink);
    if args.names {
        for shape in SHAPES {
            writeln!(sink, "{}", shape.name)?;
        }
        return Ok(sink.flush()?);
    }
    let plan = Plan {
        count: args.count,
        answered: args.answered,
        repetitions: args.repetitions,
        real: args.real,
        victims: args.victims,
        ipv6: args.ipv6,
        rate: args.rate,
    };
    let name = args.shape.unwrap_or_default();
    let shape = SHAPES.iter().find(|shape| shape.name == name);
    let shape = shape.ok_or_else(|| anyhow::anyhow!("no shape is called {name}"))?;
    let mut output = Output::to(&mut sink);
    (shape.write)(&plan, &mut output)?;
    Ok(sink.flush()?)
}
