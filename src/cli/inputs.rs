//! What the user named, as a list of captures: files, standard input, and the
//! captures in directories.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::file_id::FileId;
use super::sniff;
use crate::config::codes::nearest;

/// Words that might have been meant as a command.
const COMMANDS: [&str; 5] = ["explain", "rules", "completions", "schema", "help"];

/// Where a capture comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
    /// Nowhere: it cannot be read, for this reason.
    Nowhere(String),
}

/// One capture.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Input {
    /// Its name in the report.
    pub name: String,
    /// Where it comes from.
    pub source: Source,
    /// The directory that was named, as an index of [`Inputs::directories`].
    pub directory: Option<usize>,
}

/// All captures of a run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Inputs {
    /// In the order in which they are checked.
    pub list: Vec<Input>,
    /// Names of the directories that were named.
    pub directories: Vec<String>,
    /// Files in directories that are no captures.
    pub skipped: u64,
}

impl Inputs {
    /// Finds the captures that `paths` name.
    pub fn find(paths: &[PathBuf]) -> Result<Inputs, String> {
        let mut inputs = Inputs::default();
        for path in paths {
            if path.as_os_str() == "-" {
                inputs.add_stdin()?;
            } else if path.is_dir() {
                inputs.add_directory(path);
            } else {
                let source = match fs::metadata(path) {
                    Ok(_) => Source::File(path.clone()),
                    Err(error) => Source::Nowhere(why_missing(path, &error)),
                };
                inputs.add(path, source, None);
            }
        }
        Ok(inputs)
    }

    /// Whether reading one of the captures is reading this file, by whatever name.
    pub fn read_from(&self, file: &FileId) -> bool {
        self.list.iter().any(|input| {
            let input = match &input.source {
                Source::File(path) => FileId::of(path),
                Source::Stdin => FileId::of_stdin(),
                Source::Nowhere(_) => None,
            };
            input.as_ref() == Some(file)
        })
    }

    /// The name of a file that is given twice.
    pub fn given_twice(&self) -> Option<&str> {
        let mut seen = HashSet::new();
        let mut again = self.list.iter().filter(|input| match &input.source {
            Source::File(file) => fs::canonicalize(file).is_ok_and(|file| !seen.insert(file)),
            Source::Stdin | Source::Nowhere(_) => false,
        });
        again.next().map(|input| input.name.as_str())
    }

    fn add(&mut self, path: &Path, source: Source, directory: Option<usize>) {
        let name = path.to_string_lossy().into_owned();
        self.list.push(Input {
            name,
            source,
            directory,
        });
    }

    fn add_stdin(&mut self) -> Result<(), String> {
        if self.list.iter().any(|input| input.source == Source::Stdin) {
            return Err("standard input can be read only once, but '-' is given twice".to_owned());
        }
        self.add(Path::new("-"), Source::Stdin, None);
        Ok(())
    }

    fn add_directory(&mut self, path: &Path) {
        let index = self.directories.len();
        self.directories.push(path.to_string_lossy().into_owned());
        let before = self.list.len();
        self.walk(path, index);
        if self.list.len() == before {
            let reason = "there is no capture in this directory; is it the right one?".to_owned();
            self.add(path, Source::Nowhere(reason), Some(index));
        }
    }

    /// Adds the captures below `path` in byte order of names.
    fn walk(&mut self, path: &Path, directory: usize) {
        let entries = fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                let reason = format!("this directory cannot be read: {}", in_words(&error));
                return self.add(path, Source::Nowhere(reason), Some(directory));
            }
        };
        entries.sort_by(|a, b| {
            let (a, b) = (a.file_name(), b.file_name());
            a.as_encoded_bytes().cmp(b.as_encoded_bytes())
        });
        for entry in entries {
            let path = entry.path();
            // The type of the entry itself: links are not followed.
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => self.walk(&path, directory),
                Ok(kind) if kind.is_file() => match sniff::is_capture(&path) {
                    Ok(true) => self.add(&path, Source::File(path.clone()), Some(directory)),
                    Ok(false) => self.skipped = self.skipped.saturating_add(1),
                    Err(error) => {
                        let reason = format!("cannot be read: {}", in_words(&error));
                        self.add(&path, Source::Nowhere(reason), Some(directory));
                    }
                },
                _ => self.skipped = self.skipped.saturating_add(1),
            }
        }
    }
}

/// What the operating system says, with what to do about it.
pub fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file; check the path".to_owned(),
        io::ErrorKind::PermissionDenied => {
            "permission denied; run as a user who may read it".to_owned()
        }
        _ => error.to_string(),
    }
}

fn why_missing(path: &Path, error: &io::Error) -> String {
    let typed = path.to_str().unwrap_or_default();
    match nearest(typed, COMMANDS) {
        Some(command) if error.kind() == io::ErrorKind::NotFound => format!(
            "there is no such file; if the command `{command}` was meant, it comes first: \
             `tcpcheck {}`",
            if command == "help" { "--help" } else { command }
        ),
        _ => in_words(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAGIC: [u8; 4] = [0xd4, 0xc3, 0xb2, 0xa1];

    fn found(inputs: &Inputs, root: &Path) -> Vec<String> {
        let root = format!("{}/", root.display());
        let names = inputs.list.iter();
        names.map(|input| input.name.replace(&root, "")).collect()
    }

    #[test]
    fn directories_are_walked_in_byte_order_without_links() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::create_dir_all(root.join("b/deep")).unwrap();
        for name in ["b/deep/1.pcap", "a.pcap", "B.pcap", "é.pcap", "c"] {
            fs::write(root.join(name), MAGIC).unwrap();
        }
        fs::write(root.join("notes.txt"), "x").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(root, root.join("loop")).unwrap();

        let inputs = Inputs::find(&[root.to_owned()]).unwrap();
        let expected = ["B.pcap", "a.pcap", "b/deep/1.pcap", "c", "é.pcap"];
        assert_eq!(found(&inputs, root), expected);
        assert_eq!(inputs.skipped, if cfg!(unix) { 2 } else { 1 });
        assert!(inputs.list.iter().all(|input| input.directory == Some(0)));
        let reads = |name: &str| inputs.read_from(&FileId::of(&root.join(name)).unwrap());
        assert!(reads("b/../a.pcap"));
        assert!(!reads("notes.txt"));
    }

    #[test]
    fn what_cannot_be_read_is_said_in_its_place() {
        let empty = tempfile::tempdir().unwrap();
        let paths = ["no.pcap", "explian"].map(PathBuf::from);
        let mut inputs = Inputs::find(&paths).unwrap();
        inputs.add_directory(empty.path());
        let reasons: Vec<_> = inputs
            .list
            .iter()
            .map(|input| input.source.clone())
            .collect();
        assert_eq!(
            reasons,
            [
                "there is no such file; check the path",
                "there is no such file; if the command `explain` was meant, it comes first: \
                 `tcpcheck explain`",
                "there is no capture in this directory; is it the right one?",
            ]
            .map(|reason| Source::Nowhere(reason.to_owned()))
        );
    }

    #[test]
    fn standard_input_is_read_once() {
        let twice = ["-", "-"].map(PathBuf::from);
        assert!(Inputs::find(&twice).is_err());
        let once = Inputs::find(&twice[..1]).unwrap();
        assert_eq!(once.list[0].source, Source::Stdin);
    }
}
