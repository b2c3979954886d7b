//! Over captures without truth: does anything break, and what is said for sure?

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::Wishes;
use crate::view::{self, Run};

/// A capture that takes longer is named.
const SLOW: Duration = Duration::from_secs(5);

#[derive(Default)]
struct Tally {
    files: usize,
    took: Duration,
    exits: BTreeMap<u64, usize>,
    counts: BTreeMap<Key, Sum>,
    panics: Vec<String>,
    slow: Vec<String>,
}

/// Rank of the severity, severity, certainty, rule.
type Key = (usize, String, String, String);

#[derive(Default)]
struct Sum {
    findings: usize,
    files: BTreeSet<String>,
    lines: Vec<String>,
}

/// Checks every file below the folder; gives the number of panics.
pub fn survey(wishes: &Wishes, out: &mut dyn Write) -> Result<usize> {
    let mut files = Vec::new();
    collect(&wishes.folder, &mut files)?;
    files.sort();
    let mut tally = Tally::default();
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    for path in files {
        let name = path.strip_prefix(&wishes.folder).unwrap_or(&path);
        let name = name.to_string_lossy().into_owned();
        if wishes.takes(&name) {
            tally.add(&path, &name, out)?;
        }
    }
    panic::set_hook(hook);
    tally.print(wishes.list, out)?;
    Ok(tally.panics.len())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let path = entry.path();
        let is_note = |extension| matches!(extension, "json" | "jsonl" | "md");
        if entry.file_type()?.is_dir() {
            collect(&path, files)?;
        } else if !path
            .extension()
            .and_then(|e| e.to_str())
            .is_some_and(is_note)
        {
            files.push(path);
        }
    }
    Ok(())
}

impl Tally {
    fn add(&mut self, path: &Path, name: &str, out: &mut dyn Write) -> Result<()> {
        let begun = Instant::now();
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| view::check(path, name)));
        let took = begun.elapsed();
        self.files += 1;
        self.took += took;
        let seconds = took.as_secs_f64();
        if took > SLOW {
            self.slow.push(format!("{name}: {seconds:.1} s"));
        }
        let told = match outcome {
            Ok(Ok(run)) => {
                self.count(name, &run);
                summary(&run)
            }
            Ok(Err(error)) => {
                self.panics.push(format!("{name}: {error:#}"));
                format!("NO REPORT {error:#}")
            }
            Err(cause) => {
                let words = panic_text(cause.as_ref());
                self.panics.push(format!("{name}: {words}"));
                format!("PANIC {words}")
            }
        };
        writeln!(out, "{name}: {seconds:.3} s, {told}")?;
        Ok(())
    }

    fn count(&mut self, name: &str, run: &Run) {
        *self.exits.entry(run.exit_status).or_default() += 1;
        for finding in &run.findings {
            let key = (
                rank(&finding.severity),
                finding.severity.clone(),
                finding.certainty.clone(),
                finding.title(),
            );
            let sum = self.counts.entry(key).or_default();
            sum.findings += 1;
            sum.files.insert(name.to_owned());
            let place = finding.place();
            sum.lines
                .push(format!("{name}: {place}: {}", finding.message));
        }
    }

    fn print(&self, list: bool, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "\n== {} files in {:?}", self.files, self.took)?;
        writeln!(out, "exit statuses: {:?}", self.exits)?;
        crate::timeline::print_lines(
            "panics and reports that break the contract",
            &self.panics,
            out,
        )?;
        crate::timeline::print_lines("slow", &self.slow, out)?;
        for ((_, severity, certainty, rule), sum) in &self.counts {
            let grave = matches!(severity.as_str(), "error" | "warning");
            let files = sum.files.len();
            let findings = sum.findings;
            writeln!(
                out,
                "{severity:<8} {certainty:<9} {rule:<28} {findings:>6} in {files} files"
            )?;
            if grave && (list || certainty == "definite") {
                for line in &sum.lines {
                    writeln!(out, "    {line}")?;
                }
            }
        }
        Ok(())
    }
}

/// Gravest first.
fn rank(severity: &str) -> usize {
    let order = ["error", "warning", "notice", "info"];
    let place = order.iter().position(|name| *name == severity);
    place.unwrap_or(order.len())
}

fn summary(run: &Run) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for finding in run.findings.iter().filter(|finding| finding.is_grave()) {
        let key = format!("{} {}", finding.title(), finding.certainty);
        *counts.entry(key).or_default() += 1;
    }
    format!(
        "exit {}, {} connections, {counts:?}",
        run.exit_status,
        run.connections.len()
    )
}

fn panic_text(cause: &(dyn std::any::Any + Send)) -> String {
    let text = cause.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| cause.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without words".to_owned())
}
