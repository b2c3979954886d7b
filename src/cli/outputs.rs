//! Where reports go: standard output, and files that appear only when whole.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anstream::{AutoStream, ColorChoice};
use anyhow::{Context, bail};

use super::args::{Format, ReportArgs};
use super::file_id::FileId;
use super::inputs::Inputs;
use super::unstyled::Unstyled;
use super::values::Output;
use crate::report::glyphs::Glyphs;
use crate::report::model::Report;
use crate::report::text::Look;

/// Octets of text that leave together.
const PORTION: usize = 64 * 1024;

/// Width of text where there is no terminal.
const PLAIN_WIDTH: usize = 80;

/// Whether nothing but text is written.
pub fn all_are_text(report: &ReportArgs) -> bool {
    let is_text = |format| format == Format::Text;
    is_text(report.format) && report.outputs.iter().all(|output| is_text(output.format))
}

/// Whether anything is written as text.
pub fn any_is_text(report: &ReportArgs) -> bool {
    let is_text = |format| format == Format::Text;
    is_text(report.format) || report.outputs.iter().any(|output| is_text(output.format))
}

/// Whether connections are to be drawn: as text, if that is asked for, or on a page.
pub fn any_is_drawn(report: &ReportArgs) -> bool {
    let is_html = |format| format == Format::Html;
    report.ladder || is_html(report.format) || report.outputs.iter().any(|o| is_html(o.format))
}

/// Refuses outputs that would destroy something or could not be written.
pub fn refuse_unfit<'a>(
    outputs: impl IntoIterator<Item = &'a Path>,
    inputs: &Inputs,
) -> anyhow::Result<()> {
    // As `command file >> file` would have it. A terminal may be both.
    if !io::stdout().is_terminal() && FileId::of_stdout().is_some_and(|out| inputs.read_from(&out))
    {
        bail!("standard output is one of the captures; choose another file");
    }
    let mut seen: Vec<PathBuf> = Vec::new();
    for path in outputs {
        let shown = path.display();
        if FileId::of(path).is_some_and(|file| inputs.read_from(&file)) {
            bail!("the output {shown} is one of the captures; choose another file");
        }
        if path.is_dir() {
            bail!("the output {shown} is a directory; name a file");
        }
        let home = fs::canonicalize(directory_of(path))
            .with_context(|| format!("the output {shown} has no place to be written to"))?;
        // A link is the file it leads to.
        let place = fs::canonicalize(path)
            .unwrap_or_else(|_| home.join(path.file_name().unwrap_or_default()));
        if seen.contains(&place) {
            bail!("the output {shown} is given twice; choose another file for one of them");
        }
        seen.push(place);
    }
    Ok(())
}

/// Writes the report to a file. Beside its place first, then renamed, so that
/// a reader sees the old file or the whole new one.
pub fn to_file(report: &Report, output: &Output, look: &Look) -> anyhow::Result<()> {
    let look = Look {
        width: PLAIN_WIDTH,
        glyphs: Glyphs::Unicode,
        ..*look
    };
    let fill = |file: File| -> io::Result<()> {
        // Only text has styles to be taken out.
        if output.format == Format::Text {
            let mut out = Unstyled::new(BufWriter::new(file));
            output.format.write(report, &look, &mut out)?;
            out.flush()
        } else {
            let mut out = BufWriter::new(file);
            output.format.write(report, &look, &mut out)?;
            out.flush()
        }
    };
    put(&output.path, fill)
        .with_context(|| format!("the report {} cannot be written", output.path.display()))
}

/// Fills the file at `path` anew, or what else is there that can be written.
pub fn put(path: &Path, fill: impl FnOnce(File) -> io::Result<()>) -> io::Result<()> {
    // A link is kept, and its target replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if fs::metadata(&path).is_ok_and(|found| !found.is_file()) {
        // A device or a named pipe: nothing to rename.
        let opened = OpenOptions::new().write(true).open(&path);
        despite_closed_pipe(opened.and_then(fill))
    } else {
        replace(&path, fill)
    }
}

/// Fills a file beside `path`, and renames it when it is whole.
pub fn replace(path: &Path, fill: impl FnOnce(File) -> io::Result<()>) -> io::Result<()> {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = directory_of(path).join(name);
    let file = File::create_new(&beside)?;
    let result = fill(file).and_then(|()| fs::rename(&beside, path));
    if result.is_err() {
        // Best effort: the first error is the one to be told.
        let _ = fs::remove_file(&beside);
    }
    result
}

/// The folder in which a file lies.
pub fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => path,
    }
}

/// Writes the report to standard output.
pub fn to_stdout(
    report: &Report,
    format: Format,
    look: &Look,
    color: ColorChoice,
) -> io::Result<()> {
    let write = |out: &mut dyn Write| format.write(report, look, out);
    match format {
        Format::Text => print_styled(color, write),
        _ => print(write),
    }
}

/// Prints plain text. A reader who has gone is no error.
pub fn print(fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    despite_closed_pipe(fill(&mut out).and_then(|()| out.flush()))
}

/// Prints text with styles where `color` allows them.
pub fn print_styled(
    color: ColorChoice,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let stdout = io::stdout();
    let color = match color {
        ColorChoice::Auto => AutoStream::choice(&stdout),
        asked => asked,
    };
    // What comes in small pieces is to leave in large ones.
    let written = match color {
        ColorChoice::Never => {
            let out = BufWriter::with_capacity(PORTION, stdout.lock());
            finish(fill, Unstyled::new(out))
        }
        _ => {
            let out = AutoStream::new(stdout.lock(), color);
            finish(fill, BufWriter::with_capacity(PORTION, out))
        }
    };
    despite_closed_pipe(written)
}

fn finish(
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    mut out: impl Write,
) -> io::Result<()> {
    fill(&mut out)?;
    out.flush()
}

fn despite_closed_pipe(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// The characters that standard output can show, by the locale. (Where there is no locale, as
/// often in a log of CI, what reads it understands UTF-8.)
pub fn glyphs() -> Glyphs {
    let names = ["LC_ALL", "LC_CTYPE", "LANG"];
    Glyphs::of_locale(names.map(|name| std::env::var(name).ok()))
}

/// Columns of text on standard output: `COLUMNS`, else the terminal's, else 80.
pub fn width() -> usize {
    let columns = std::env::var("COLUMNS").ok();
    let columns = columns.and_then(|columns| columns.parse().ok());
    columns
        .filter(|columns| *columns > 0)
        .or_else(|| {
            let out = io::stdout();
            let (width, _) = out
                .is_terminal()
                .then(|| terminal_size::terminal_size_of(&out))??;
            Some(usize::from(width.0))
        })
        .unwrap_or(PLAIN_WIDTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names in a directory with what is in them.
    fn content(directory: &Path) -> Vec<(String, String)> {
        let entries = fs::read_dir(directory).unwrap();
        let mut found: Vec<_> = entries
            .map(|entry| {
                let entry = entry.unwrap();
                let name = entry.file_name().into_string().unwrap();
                (name, fs::read_to_string(entry.path()).unwrap())
            })
            .collect();
        found.sort();
        found
    }

    #[test]
    fn a_report_that_breaks_off_leaves_nothing_and_changes_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("r.json");
        let breaks_off = |mut file: File| {
            file.write_all(b"{\"half")?;
            Err(io::ErrorKind::StorageFull.into())
        };
        let error = replace(&path, breaks_off).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert_eq!(content(directory.path()), []);

        fs::write(&path, "old").unwrap();
        assert!(replace(&path, breaks_off).is_err());
        let as_before = [("r.json".to_owned(), "old".to_owned())];
        assert_eq!(content(directory.path()), as_before);

        replace(&path, |mut file| file.write_all(b"new")).unwrap();
        let renewed = [("r.json".to_owned(), "new".to_owned())];
        assert_eq!(content(directory.path()), renewed);
    }

    #[test]
    fn what_stands_in_the_way_is_not_removed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("r.json");
        let beside = format!(".r.json.{}.tmp", std::process::id());
        fs::write(directory.path().join(&beside), "somebody's").unwrap();
        assert!(replace(&path, |_| Ok(())).is_err());
        let as_before = [(beside, "somebody's".to_owned())];
        assert_eq!(content(directory.path()), as_before);
    }
}
