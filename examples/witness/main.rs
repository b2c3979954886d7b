//! Measures tcpcheck against captures whose truth was recorded beside them.
//!
//! ```text
//! cargo run --release --example witness -- FOLDER [--list] [--only TEXT]
//! cargo run --release --example witness -- --survey FOLDER [--list] [--only TEXT]
//! cargo run --release --example witness -- --truth FOLDER [--only TEXT]
//! ```
//!
//! Without `--survey`, every `NAME.json` in FOLDER describes the captures `NAME.pcap`
//! and `NAME@HOST.pcap` beside it (classic pcap; Ethernet, Linux cooked v1 or raw IP), and
//! four things are printed:
//!
//! 1. how far the inferred timelines agree with the transitions that the operating
//!    system's own TCP went through (timed at the host's own capture, as a bare
//!    sequence everywhere), and which inferred rows it contradicts;
//! 2. every error and warning against an endpoint known to be correct;
//! 3. what opening and closing were called at each vantage point, whether the
//!    vantage points contradict each other, and where it differs from what the
//!    recorded transitions imply;
//! 4. where a script plays one side: which of its recorded violations are named.
//!
//! The status is 1 when a finding of certainty `definite` accuses a correct
//! endpoint. With `--survey`, no truth is needed: every file below FOLDER is
//! checked, panics and times are noted, and definite errors and warnings are
//! listed by rule, to be looked at frame by frame; the status is 1 after a panic.
//!
//! `--truth` judges nothing: it prints the recorded transitions as RFC 9293 has
//! them, and which of them cannot be seen on the wire.
//!
//! `--list` prints agreement, notices and likely findings in full, `--only` takes
//! just the cases or files whose name contains TEXT.
//!
//! # The JSON beside a capture
//!
//! | member | meaning |
//! |---|---|
//! | `case` | NAME |
//! | `kernel_states` | transitions of Linux's tracepoint `sock:inet_sock_set_state`: `t` (seconds since 1970), `local`, `remote` (`ADDRESS:PORT`), `old`, `new` (`SYN_SENT`...), `host`, optionally `protocol` (others than TCP are left out) |
//! | `kernel_states_truncated` | there when `kernel_states` ends before the capture does |
//! | `kernel_polls` | what polling the socket table showed: `t`, `host`, `local`, `remote`, `state`, `seen` (`appears` or `gone`) |
//! | `kernel_events` | `ev`, `reason`, `local`, `t`; only drops of reason `TCP_LISTEN_OVERFLOW` are read |
//! | `hosts` | addresses by the name of the host; `NAME.pcap` was taken at `client`, `NAME@server.pcap` at `server`, other names are vantage points between the two |
//! | `link` | `one_way_delay_s` between the hosts |
//! | `forged` | segments that no endpoint sent: `to` (the host that got it) and `packet_numbers` by file |
//! | `sysctl` | of the hosts; with `net.ipv4.tcp_shrink_window` at 1 they shrink windows as told |
//! | `attack` | `synflood` or `portscan` where that is what the capture shows |
//! | `peer_violations` | what the script did wrong, as text that ends with `(packet N)` |
//! | `kernel_side` | instead of `hosts`: the address of the one real TCP, at which the only capture was taken; its peer is a script |
//!
//! What Linux does not show, or shows otherwise than RFC 9293 has it, is dealt
//! with in `lives.rs`.

mod accuse;
mod case;
mod lives;
mod naming;
mod peer;
mod survey;
mod timeline;
mod view;
mod wire;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

/// What was asked for on the command line.
pub struct Wishes {
    folder: PathBuf,
    survey: bool,
    truth: bool,
    list: bool,
    only: Option<String>,
}

impl Wishes {
    /// Whether `name` is to be looked at.
    pub fn takes(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|text| name.contains(text))
    }
}

fn wishes(mut arguments: impl Iterator<Item = String>) -> Result<Wishes> {
    let mut folder = None;
    let (mut survey, mut truth, mut list, mut only) = (false, false, false, None);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--survey" => survey = true,
            "--truth" => truth = true,
            "--list" => list = true,
            "--only" => only = Some(arguments.next().context("--only wants a text")?),
            option if option.starts_with('-') => bail!("unknown option {option}"),
            path => folder = Some(PathBuf::from(path)),
        }
    }
    Ok(Wishes {
        folder: folder
            .context("usage: witness [--survey|--truth] FOLDER [--list] [--only TEXT]")?,
        survey,
        truth,
        list,
        only,
    })
}

fn cases(wishes: &Wishes) -> Result<Vec<case::Case>> {
    let mut cases = Vec::new();
    for name in case::names(&wishes.folder)? {
        if wishes.takes(&name) {
            let case = case::load(&wishes.folder, &name);
            cases.extend(case.with_context(|| name.clone())?);
        }
    }
    Ok(cases)
}

/// Prints the truth.
fn tell(wishes: &Wishes, out: &mut dyn Write) -> Result<usize> {
    for case in cases(wishes)? {
        writeln!(out, "{}", case.name)?;
        for life in lives::of(&case) {
            writeln!(out, "  {} {} > {}", life.host, life.local, life.remote)?;
            for step in &life.steps {
                let to = step.to.join(" or ");
                let seen = step
                    .hidden
                    .map_or(String::new(), |why| format!(", hidden: {why}"));
                let after = (step.shown_us - life.start_us) as f64 / 1e6;
                writeln!(
                    out,
                    "    {after:>12.6} {} > {to} ({}{seen})",
                    step.from.join(" or "),
                    step.shown
                )?;
            }
            if life.open_end {
                writeln!(out, "    ... TIME-WAIT > CLOSED may follow")?;
            }
        }
    }
    Ok(0)
}

/// Compares with the truth; gives the number of unjustified definite accusations.
fn testify(wishes: &Wishes, out: &mut dyn Write) -> Result<usize> {
    let mut timelines = timeline::Tally::default();
    let mut accusations = accuse::Tally::default();
    let mut names = naming::Tally::default();
    let mut peers = peer::Tally::default();
    for case in cases(wishes)? {
        let runs = case
            .captures
            .iter()
            .map(|capture| view::check(&capture.path, &capture.file))
            .collect::<Result<Vec<_>>>()
            .with_context(|| case.name.clone())?;
        let lives = lives::of(&case);
        for (capture, run) in case.captures.iter().zip(&runs) {
            timelines.add(&case, capture, run, &lives);
            accusations.add(&case, capture, run);
            peers.add(&case, capture, run);
        }
        names.add(&case, &runs, &lives);
    }
    timelines.print(wishes.list, out)?;
    accusations.print(wishes.list, out)?;
    names.print(wishes.list, out)?;
    peers.print(wishes.list, out)?;
    Ok(accusations.unjustified_definite())
}

fn answer(wishes: &Wishes) -> Result<usize> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let failures = if wishes.survey {
        survey::survey(wishes, &mut out)?
    } else if wishes.truth {
        tell(wishes, &mut out)?
    } else {
        testify(wishes, &mut out)?
    };
    out.flush()?;
    Ok(failures)
}

fn main() -> Result<ExitCode> {
    let wishes = wishes(std::env::args().skip(1))?;
    let failures = match answer(&wishes) {
        // Whoever reads has seen enough.
        Err(error) if is_closed_pipe(&error) => 0,
        other => other?,
    };
    Ok(ExitCode::from(u8::from(failures > 0)))
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<io::Error>();
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
