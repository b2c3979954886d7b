//! Which files of a directory are captures. Files that are named on the
//! command line are never asked.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::path::Path;

use crate::capture;

/// Names that promise a capture. Such a file is checked whatever it holds, so
/// that an empty or broken capture is never taken for something else.
const EXTENSIONS: [&str; 6] = ["pcap", "pcapng", "cap", "ntar", "snoop", "erf"];
/// What may follow the extension: compressions, archives and encryptions. Those that are
/// not unpacked here are refused with what to do, since a gate must not pass because a
/// capture was left out.
const WRAPPINGS: [&str; 19] = [
    "gz", "zst", "xz", "bz2", "lz4", "lzma", "lz", "lzo", "br", "z", "zip", "7z", "rar", "tar",
    "tgz", "gpg", "pgp", "age", "enc",
];

/// Whether a file is a capture, by its name or by how it begins.
pub fn is_capture(path: &Path) -> io::Result<bool> {
    Ok(is_named_like_one(path) || capture::recognise(File::open(path)?)?)
}

fn is_named_like_one(path: &Path) -> bool {
    let extension = |path: &Path| {
        let extension = path.extension().and_then(OsStr::to_str);
        extension.map(str::to_ascii_lowercase).unwrap_or_default()
    };
    let mut path = path;
    // As in `a.pcap.gz.gpg`.
    while WRAPPINGS.contains(&extension(path).as_str()) {
        match path.file_stem() {
            Some(inner) => path = Path::new(inner),
            None => return false,
        }
    }
    EXTENSIONS.contains(&extension(path).as_str())
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
        // Refused later, with what to do.
        assert!(is_capture("a.pcap.gz.gpg", b"nothing"));
        assert!(is_capture("a.pcap.zip", b"PK"));
        assert!(is_capture("a.erf", b""));
        assert!(is_capture("solaris", b"snoop\0\0\0\0\0\0\x02"));
        assert!(is_capture("zipped", &gzipped(b"GMBU\0\x02")));
        assert!(!is_capture("notes.zip", b"PK\x03\x04"));
        assert!(!is_capture("tar.gz", b"nothing"));
        assert!(!is_capture("notes.txt", b"nothing"));
        assert!(!is_capture("empty", b""));
        assert!(!is_capture("notes.gz", &gzipped(b"nothing")));
        assert!(!is_capture("damaged.gz", &[0x1f, 0x8b, 8]));
        assert!(!is_capture("damaged", &[0x28, 0xb5, 0x2f, 0xfd, 0, 0]));
        assert!(!is_capture("damaged", b"\xfd7zXZ\0"));
    }
}
