//! Which configuration file is a capture's: the nearest `tcpcheck.toml` in its folder or above.
//! The search ends at the root of a repository: what lies outside of it belongs to somebody else.

use std::path::{Path, PathBuf};

/// The name of the file.
pub const NAME: &str = "tcpcheck.toml";

/// What is found in the root of a repository.
const ROOTS: [&str; 4] = [".git", ".hg", ".jj", ".svn"];

/// The file for captures in `folder`, an absolute path.
#[must_use]
pub fn nearest(folder: &Path) -> Option<PathBuf> {
    for folder in folder.ancestors() {
        let file = folder.join(NAME);
        if file.is_file() {
            return Some(file);
        }
        if ROOTS.iter().any(|root| folder.join(root).exists()) {
            return None;
        }
    }
    None
}

/// How a path is named in messages: from `here` where it lies below, or in a folder above; else in
/// full. So a report reads the same wherever a repository was put.
#[must_use]
pub fn name(path: &Path, here: &Path) -> String {
    let mut up = PathBuf::new();
    for above in here.ancestors() {
        // What begins at the root of the system belongs to no project.
        if above.parent().is_none() {
            break;
        }
        if let Ok(rest) = path.strip_prefix(above) {
            let is_above = rest.components().count() == 1;
            if up.as_os_str().is_empty() || is_above {
                return up.join(rest).to_string_lossy().into_owned();
            }
        }
        up.push("..");
    }
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_nearest_file_counts_up_to_the_root_of_a_repository() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path();
        fs::create_dir_all(root.join("a/repo/b/c")).unwrap();
        let found = |folder: &str| nearest(&root.join(folder));
        fs::write(root.join(NAME), "").unwrap();
        assert_eq!(found("a/repo/b/c"), Some(root.join(NAME)));
        // A work tree has a file of this name, others a folder.
        fs::write(root.join("a/repo/.git"), "").unwrap();
        assert_eq!(found("a/repo/b/c"), None);
        assert_eq!(found("a"), Some(root.join(NAME)));
        // In the root itself it counts.
        fs::write(root.join("a/repo").join(NAME), "").unwrap();
        assert_eq!(found("a/repo/b/c"), Some(root.join("a/repo").join(NAME)));
        fs::write(root.join("a/repo/b").join(NAME), "").unwrap();
        assert_eq!(found("a/repo/b/c"), Some(root.join("a/repo/b").join(NAME)));
        assert_eq!(name(&root.join("a/x"), root), "a/x");
        assert_eq!(name(Path::new("/x"), root), "/x");
        let named = |path| name(Path::new(path), Path::new("/p/a/b"));
        assert_eq!(named("/p/a/x.toml"), "../x.toml");
        assert_eq!(named("/p/x.toml"), "../../x.toml");
        assert_eq!(named("/p/c/x.toml"), "/p/c/x.toml");
        assert_eq!(named("/x.toml"), "/x.toml");
    }
}
