//! Which file it is, whatever it is called: links have other names for the same file.

use std::path::Path;

/// The identity of a file that can be overwritten; devices and pipes have none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileId(imp::Id);

impl FileId {
    /// Of the file at `path`, through links; `None` where there is none.
    pub fn of(path: &Path) -> Option<FileId> {
        imp::of(path).map(FileId)
    }

    /// Of the file that is standard input; `None` where that can't be told.
    pub fn of_stdin() -> Option<FileId> {
        imp::of_stdin().map(FileId)
    }

    /// Of the file that is standard output, likewise.
    pub fn of_stdout() -> Option<FileId> {
        imp::of_stdout().map(FileId)
    }
}

#[cfg(unix)]
mod imp {
    use std::fs::{self, File, Metadata};
    use std::io;
    use std::os::fd::AsFd;
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    /// Device and inode: hard links share them.
    pub type Id = (u64, u64);

    fn id(metadata: &Metadata) -> Option<Id> {
        (metadata.is_file()).then(|| (metadata.dev(), metadata.ino()))
    }

    pub fn of(path: &Path) -> Option<Id> {
        // Not opened: that would wait for the other end of a named pipe.
        fs::metadata(path).ok().as_ref().and_then(id)
    }

    fn of_stream(stream: impl AsFd) -> Option<Id> {
        let file = File::from(stream.as_fd().try_clone_to_owned().ok()?);
        file.metadata().ok().as_ref().and_then(id)
    }

    pub fn of_stdin() -> Option<Id> {
        of_stream(io::stdin())
    }

    pub fn of_stdout() -> Option<Id> {
        of_stream(io::stdout())
    }
}

#[cfg(not(unix))]
mod imp {
    use std::fs;
    use std::path::{Path, PathBuf};

    /// The path without links.
    pub type Id = PathBuf;

    pub fn of(path: &Path) -> Option<Id> {
        fs::canonicalize(path).ok().filter(|path| path.is_file())
    }

    pub fn of_stdin() -> Option<Id> {
        None
    }

    pub fn of_stdout() -> Option<Id> {
        None
    }
}
