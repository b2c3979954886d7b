//! `--annotate`: the capture again, with findings as comments.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;

use super::args::CheckArgs;
use super::inputs::{Inputs, Source, in_words};
use super::outputs;
use crate::capture::CaptureFile;
use crate::capture::annotate::{AnnotateError, annotate};
use crate::finding::Severity;
use crate::report::annotate::Comments;
use crate::report::model::Report;

/// What is to be written, and from what.
pub struct Annotation {
    path: PathBuf,
    source: Source,
    /// The octets of a source that can be read only once.
    kept: Option<Kept>,
}

/// Octets as they were read, in a temporary file; or why they could not be kept.
type Kept = Arc<Mutex<io::Result<File>>>;

/// Refuses what cannot be done.
///
/// # Errors
/// There is not just one capture.
pub fn refuse_unfit(arguments: &CheckArgs, inputs: &Inputs) -> Result<(), String> {
    let Some(path) = &arguments.report.annotate else {
        return Ok(());
    };
    if path.as_os_str() == "-" {
        return Err("--annotate writes a file; name one".to_owned());
    }
    match inputs.list.len() {
        1 => Ok(()),
        _ if arguments.capture.merge => Err(
            "--annotate writes one capture again, and --merge reads several; join them first \
             (mergecap -w JOINED.pcapng FILES), or annotate each by itself"
                .to_owned(),
        ),
        count => Err(format!(
            "--annotate writes one capture again, but there are {count}; annotate each by itself"
        )),
    }
}

impl Annotation {
    /// What is asked for, where one capture is read, which is `piped` if it can be read only once.
    pub fn of(arguments: &CheckArgs, inputs: &Inputs, piped: bool) -> Option<Annotation> {
        let path = arguments.report.annotate.clone()?;
        let source = inputs.list.first()?.source.clone();
        let kept = piped.then(|| Arc::new(Mutex::new(tempfile::tempfile())));
        Some(Annotation { path, source, kept })
    }

    /// What keeps the octets of the capture while they are read, if they have to be kept.
    pub fn keeper(
        &self,
    ) -> impl FnOnce(Box<dyn Read + Send>) -> Box<dyn Read + Send> + Send + 'static {
        let kept = self.kept.clone();
        move |source| match kept {
            Some(kept) => Box::new(Keeping { source, kept }),
            None => source,
        }
    }

    /// Writes the capture with the findings of the report that are at least as severe as `show`.
    ///
    /// # Errors
    /// It cannot be read again, or not be written.
    pub fn write(&self, report: &Report, show: Severity) -> anyhow::Result<()> {
        self.try_write(report, show).with_context(|| {
            format!(
                "the annotated capture {} cannot be written",
                self.path.display()
            )
        })
    }

    fn try_write(&self, report: &Report, show: Severity) -> anyhow::Result<()> {
        let comments = Comments::of(report, show)?;
        let source = self.again()?;
        let mut failure = None;
        let written = outputs::put(&self.path, |file| {
            let mut out = BufWriter::with_capacity(PORTION, file);
            match annotate(source, &mut comments.iter(), &mut out) {
                Ok(()) => out.flush(),
                Err(AnnotateError::Io(error)) => Err(error),
                Err(error) => {
                    failure = Some(error);
                    Err(io::ErrorKind::InvalidData.into())
                }
            }
        });
        match failure {
            Some(error) => Err(error.into()),
            None => Ok(written?),
        }
    }

    /// The capture from its first octet on.
    fn again(&self) -> anyhow::Result<Box<dyn Read + Send>> {
        if let Some(kept) = &self.kept {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            let taken = std::mem::replace(&mut *kept, Err(io::ErrorKind::NotFound.into()));
            let rewound = taken.and_then(|mut file| {
                file.seek(SeekFrom::Start(0))?;
                Ok(file)
            });
            let file = rewound.context("what was piped could not be kept in a temporary file")?;
            return Ok(Box::new(file));
        }
        match &self.source {
            Source::File(path) => match CaptureFile::open(path) {
                Ok(file) => Ok(Box::new(file)),
                Err(error) => anyhow::bail!("{}", in_words(&error)),
            },
            Source::Nowhere(reason) => anyhow::bail!("{reason}"),
            Source::Stdin => anyhow::bail!("standard input cannot be read twice"),
        }
    }
}

/// Octets that are written together.
const PORTION: usize = 256 * 1024;

/// A source whose octets are kept.
struct Keeping {
    source: Box<dyn Read + Send>,
    kept: Kept,
}

impl Read for Keeping {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(room)?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(file) = &mut *kept
            && let Err(error) = file.write_all(room.get(..count).unwrap_or_default())
        {
            // Checking goes on all the same.
            *kept = Err(error);
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_once_can_be_read_again() {
        let annotation = Annotation {
            path: PathBuf::new(),
            source: Source::Stdin,
            kept: Some(Arc::new(Mutex::new(tempfile::tempfile()))),
        };
        let octets: Vec<u8> = (0..100_000_u32).map(|n| n as u8).collect();
        let mut first = annotation.keeper()(Box::new(io::Cursor::new(octets.clone())));
        assert_eq!(io::copy(&mut first, &mut io::sink()).unwrap(), 100_000);
        let mut again = Vec::new();
        annotation.again().unwrap().read_to_end(&mut again).unwrap();
        assert_eq!(again, octets);
    }

    #[test]
    fn what_could_not_be_kept_is_said_and_read_all_the_same() {
        let full = Arc::new(Mutex::new(Err(io::ErrorKind::StorageFull.into())));
        let annotation = Annotation {
            path: PathBuf::new(),
            source: Source::Stdin,
            kept: Some(full),
        };
        let mut first = annotation.keeper()(Box::new(io::Cursor::new([7; 10])));
        assert_eq!(io::copy(&mut first, &mut io::sink()).unwrap(), 10);
        let error = format!("{:#}", annotation.again().err().unwrap());
        assert!(error.contains("could not be kept"), "{error}");
    }
}
