//! What is known of one database.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::model::catalog::{Partition, PartitionPage, Table};
use crate::model::sql::complete::Pattern;
use crate::ui::loaded::Loaded;
use crate::ui::talk::Failure;

/// What is older is read again behind, when it is used.
const FRESH: Duration = Duration::from_secs(300);

/// Its tables as they were read, and what is shown of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shelf {
    /// By name.
    tables: Vec<Table>,
    /// Pages of a reading that will take the place of what is known.
    coming: Vec<Table>,
    reading: Option<Reading>,
    /// When all of it was last read.
    whole: Option<Instant>,
    pub failure: Option<Failure>,
    /// Tables whose insides are shown.
    pub open: BTreeSet<String>,
    pub parts: BTreeMap<String, Parts>,
    /// The places of those that the filter leaves; `None` for all.
    sifted: Option<Vec<usize>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Once,
    /// Something has changed meanwhile: once more behind it.
    AndAgain,
}

/// The partitions of a table, as far as they were asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parts {
    pub open: bool,
    pub found: Vec<Partition>,
    pub next: Option<String>,
    /// The page that is on its way.
    pub page: Loaded<()>,
}

impl Parts {
    pub fn hear(&mut self, page: Result<PartitionPage, Failure>) {
        self.page = match page {
            Ok(page) => {
                self.found.extend(page.partitions);
                self.next = page.next;
                Loaded::Here(())
            }
            Err(failure) => Loaded::Failed(failure),
        };
    }
}

impl Shelf {
    /// True where a reading has to be started; one that is under way is repeated behind itself.
    pub fn read(&mut self) -> bool {
        let first = self.reading.is_none();
        self.reading = Some(if first { Reading::Once } else { Reading::AndAgain });
        first
    }

    pub fn is_reading(&self) -> bool {
        self.reading.is_some()
    }

    /// True where nothing of it has been read, or not lately.
    pub fn is_old(&self, now: Instant) -> bool {
        self.whole.is_none_or(|then| now.saturating_duration_since(then) > FRESH)
    }

    /// True where all of it was read once.
    pub fn is_whole(&self) -> bool {
        self.whole.is_some()
    }

    /// Some of its tables. While nothing else is known they are shown as they come.
    pub fn hear_some(&mut self, tables: Vec<Table>) {
        if self.is_whole() {
            self.coming.extend(tables);
        } else {
            self.tables.extend(tables);
            self.tables.sort_by(|a, b| a.name.cmp(&b.name));
        }
    }

    /// The last of them, or why there are no more. True where it has to be read again.
    pub fn hear_last(&mut self, last: Result<Vec<Table>, Failure>, now: Instant) -> bool {
        let again = self.reading.take() == Some(Reading::AndAgain);
        let mut coming = std::mem::take(&mut self.coming);
        match last {
            Ok(tables) => {
                if !self.is_whole() {
                    coming = std::mem::take(&mut self.tables);
                }
                coming.extend(tables);
                coming.sort_by(|a, b| a.name.cmp(&b.name));
                coming.dedup_by(|a, b| a.name == b.name);
                self.tables = coming;
                self.whole = Some(now);
                self.failure = None;
                self.parts.retain(|_, parts| parts.open);
            }
            Err(failure) => {
                if !self.is_whole() {
                    self.tables.clear();
                }
                self.failure = Some(failure);
            }
        }
        again
    }

    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    pub fn table(&self, name: &str) -> Option<&Table> {
        let at = self.tables.binary_search_by(|table| table.name.as_str().cmp(name)).ok()?;
        self.tables.get(at)
    }

    /// Shows those alone whose names fit.
    pub fn sift(&mut self, pattern: &Pattern) {
        let fits = |(at, table): (usize, &Table)| pattern.fit(&table.name).map(|_| at);
        self.sifted = (!pattern.is_empty())
            .then(|| self.tables.iter().enumerate().filter_map(fits).collect());
    }

    /// How many tables are shown.
    pub fn shown(&self) -> usize {
        self.sifted.as_ref().map_or(self.tables.len(), Vec::len)
    }

    /// The table at a place among those that are shown.
    pub fn shown_at(&self, at: usize) -> Option<&Table> {
        let at = self.sifted.as_ref().map_or(Some(at), |sifted| sifted.get(at).copied())?;
        self.tables.get(at)
    }

    /// The place of a table among those that are shown.
    pub fn place(&self, name: &str) -> Option<usize> {
        let at = self.tables.binary_search_by(|table| table.name.as_str().cmp(name)).ok()?;
        self.sifted.as_ref().map_or(Some(at), |sifted| sifted.binary_search(&at).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::trouble::{Kind, Trouble};

    fn table(name: &str) -> Table {
        Table { name: name.into(), ..Table::default() }
    }

    fn names(shelf: &Shelf) -> Vec<&str> {
        shelf.tables().iter().map(|table| table.name.as_str()).collect()
    }

    fn failure() -> Failure {
        Trouble::new(Kind::Denied, "list", "no").into()
    }

    #[test]
    fn pages_are_shown_as_they_come_but_do_not_tear_what_is_known() {
        let (mut shelf, now) = (Shelf::default(), Instant::now());
        assert!(shelf.read() && !shelf.read(), "one at a time");
        shelf.hear_some(vec![table("b")]);
        assert_eq!(names(&shelf), ["b"]);
        assert!(shelf.hear_last(Ok(vec![table("a")]), now), "it was asked for twice");
        assert_eq!(names(&shelf), ["a", "b"]);
        shelf.read();
        shelf.hear_some(vec![table("c")]);
        assert_eq!(names(&shelf), ["a", "b"]);
        assert!(!shelf.hear_last(Ok(vec![]), now));
        assert_eq!(names(&shelf), ["c"]);
        assert!(!shelf.is_old(now) && shelf.is_old(now + FRESH * 2));
    }

    #[test]
    fn what_was_known_outlives_a_failure() {
        let (mut shelf, now) = (Shelf::default(), Instant::now());
        shelf.read();
        shelf.hear_some(vec![table("a")]);
        shelf.hear_last(Err(failure()), now);
        assert!(names(&shelf).is_empty(), "half of it would look like all");
        shelf.read();
        shelf.hear_last(Ok(vec![table("a")]), now);
        assert!(shelf.failure.is_none());
        shelf.read();
        shelf.hear_some(vec![table("b")]);
        shelf.hear_last(Err(failure()), now);
        assert_eq!(names(&shelf), ["a"]);
    }

    #[test]
    fn the_filter_leaves_what_fits() {
        let (mut shelf, now) = (Shelf::default(), Instant::now());
        shelf.hear_last(Ok(["gene_summary", "people", "variants"].map(table).into()), now);
        shelf.sift(&Pattern::new("gs"));
        assert_eq!((shelf.shown(), shelf.place("gene_summary")), (1, Some(0)));
        assert_eq!(shelf.place("people"), None);
        shelf.sift(&Pattern::new(""));
        assert_eq!(shelf.shown_at(2).unwrap().name, "variants");
    }
}
