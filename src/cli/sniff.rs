//! Which files of a directory are captures. Files that are named on the
//! command line are never asked.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::path::Path;

use crate::capture;

/// Names that promise a capture. Such a file is checked whatever it holds, so
/// that an empty or broken capture is never taken for something else.
const EXTENSIONS: [&str; 4] = ["pcap", "pcapng", "cap", "ntar"];
/// What may follow the extension.
const COMPRESSIONS: [&str; 3] = ["gz", "zst", "xz"];

/// Whether a file is a capture, by its name or by how it begins.
pub fn is_capture(path: &Path) -> io::Result<bool> {
    Ok(is_named_like_one(path) || capture::recognise(File::open(path)?)?)
}

fn is_named_like_one(path: &Path) -> bool {
    let extension = |path: &Path| {
        let extension = path.extension().and_then(OsStr::to_str);
        extension.map(str::to_ascii_lowercase).unwrap_or_default()
    };
    let last = extension(path);
    if COMPRESSIONS.contains(&last.as_str()) {
        let inner = path.file_stem().map(Path::new).map(extension);
        return inner.is_some_and(|inner| EXTENSIONS.contains(&inner.as_str()));
    }
    EXTENSIONS.contains(&last.as_str())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::*;

    const MAGIC: [u8; 4] = [0xd4, 0xc3, 0xb2, 0xa1];

    fn gzipped(content: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(content).unwrap();
        packer.finish().unwrap()
    }

    #[test]
    fn captures_are_told_by_name_or_beginning() {
        let directory = tempfile::tempdir().unwrap();
        let is_capture = |name: &str, content: &[u8]| {
            let path = directory.path().join(name);
            fs::write(&path, content).unwrap();
            is_capture(&path).unwrap()
        };
        assert!(is_capture("plain", &MAGIC));
        assert!(is_capture("zipped", &gzipped(&MAGIC)));
        assert!(is_capture("empty.pcap", b""));
        assert!(is_capture("broken.PCAPNG.gz", b"nothing"));
        assert!(!is_capture("notes.txt", b"nothing"));
        assert!(!is_capture("empty", b""));
        assert!(!is_capture("notes.gz", &gzipped(b"nothing")));
        assert!(!is_capture("damaged.gz", &[0x1f, 0x8b, 8]));
        assert!(!is_capture("damaged", &[0x28, 0xb5, 0x2f, 0xfd, 0, 0]));
        assert!(!is_capture("damaged", b"\xfd7zXZ\0"));
    }
}
