//! A capture file on disk.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// An opened file that must not become shorter before it was read to its end.
///
/// One that does would look like a capture that is whole and ends there.
#[derive(Debug)]
pub struct CaptureFile {
    file: File,
    /// Octets that it had when it was opened; 0 for what is no regular file.
    len: u64,
    read: u64,
}

impl CaptureFile {
    /// Opens a file, a FIFO or a device.
    ///
    /// # Errors
    /// What the operating system reports.
    pub fn open(path: &Path) -> io::Result<CaptureFile> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        let len = if metadata.is_file() {
            metadata.len()
        } else {
            0
        };
        Ok(CaptureFile { file, len, read: 0 })
    }
}

impl Read for CaptureFile {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(room)?;
        self.read = self.read.saturating_add(count as u64);
        if count == 0 && !room.is_empty() && self.read < self.len {
            return Err(io::Error::other(format!(
                "the file had {} octets when it was opened, and ends after {} now; check it \
                 again when nothing writes to it",
                self.len, self.read
            )));
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_must_not_become_shorter() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&[7; 100]).unwrap();
        let mut source = CaptureFile::open(file.path()).unwrap();
        let mut room = [0; 40];
        assert_eq!(source.read(&mut room).unwrap(), 40);
        file.as_file().set_len(40).unwrap();
        assert_eq!(source.read(&mut []).unwrap(), 0);
        let error = source.read(&mut room).unwrap_err().to_string();
        assert!(error.starts_with("the file had 100 octets when it was opened, and ends after 40"));
    }

    #[test]
    fn it_may_become_longer() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&[7; 10]).unwrap();
        let mut source = CaptureFile::open(file.path()).unwrap();
        file.write_all(&[7; 10]).unwrap();
        let mut all = Vec::new();
        assert_eq!(source.read_to_end(&mut all).unwrap(), 20);
    }
}
