//! The report as tables: what ndjson and csv hold. A column is defined once, with its type and
//! its meaning; both formats, and the page that describes them, are made from that.

mod cell;
mod connection;
mod finding;
mod run;

pub use self::cell::{Cell, Kind};
pub use self::connection::{CONNECTION, ConnectionRow};
pub use self::finding::{Ends, FINDING, FindingRow};
pub use self::run::{CAPTURE, SUMMARY};

/// A column of a table whose rows are made from `R`.
#[derive(Debug)]
pub struct Column<R: 'static> {
    /// Its name; never changes, and is never used for something else.
    pub name: &'static str,
    /// What its cells hold, where they are not empty.
    pub kind: Kind,
    /// What it means.
    pub about: &'static str,
    /// Its cell in a row.
    pub cell: for<'r> fn(&'r R) -> Cell<'r>,
}

/// A list in one text.
fn listed<T: ToString>(items: impl IntoIterator<Item = T>) -> Cell<'static> {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    match items.is_empty() {
        true => Cell::Empty,
        false => Cell::from(items.join("; ")),
    }
}

/// The tables in words, for the documentation.
#[must_use]
pub fn markdown() -> String {
    let mut page = "# Columns of ndjson and csv\n\nMade from the definitions in the code. \
                    [formats.md](formats.md) says how the tables are read. A list is one text, its items \
                    apart by `; `.\n"
        .to_owned();
    page.push_str(&table(
        "finding",
        "ndjson and csv; csv has no `kind`",
        FINDING,
    ));
    page.push_str(&table("connection", "ndjson", CONNECTION));
    page.push_str(&table("capture", "ndjson", CAPTURE));
    page.push_str(&table("summary", "ndjson, the first line", SUMMARY));
    page
}

fn table<R>(kind: &str, place: &str, columns: &[Column<R>]) -> String {
    let mut text = format!(
        "\n## {kind}\n\nIn {place}.\n\n| column | type | meaning |\n|---|---|---|\n\
         | `kind` | text | `{kind}` |\n"
    );
    for column in columns {
        let (name, kind, about) = (column.name, column.kind.as_str(), column.about);
        text.push_str(&format!("| `{name}` | {kind} | {about} |\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn kinds<R>(columns: &[Column<R>]) -> Vec<(&'static str, Kind)> {
        let kinds: Vec<_> = columns.iter().map(|c| (c.name, c.kind)).collect();
        let names: BTreeSet<_> = kinds.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), kinds.len(), "a name is there twice: {kinds:?}");
        kinds
    }

    /// Programs that put all objects into one table need one type for a name.
    #[test]
    fn a_name_means_one_type_in_all_tables() {
        let mut known = BTreeMap::new();
        let all = [
            kinds(FINDING),
            kinds(CONNECTION),
            kinds(CAPTURE),
            kinds(SUMMARY),
        ];
        for (name, kind) in all.concat() {
            assert_eq!(*known.entry(name).or_insert(kind), kind, "{name}");
            assert_ne!(name, "kind");
        }
    }
}
