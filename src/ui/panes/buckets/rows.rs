//! The rows that have arrived, in columns: some 70 bytes for one with a name of 25.

use std::sync::Arc;

use jiff::Timestamp;

use crate::model::keys::{ETag, Key, Keys, Names};
use crate::model::object::Role;
use crate::model::shown::Shown;
use crate::model::storage::Restore;

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Bucket(Option<Role>),
    Folder,
    Object,
}

impl Kind {
    /// True for what stands above the others: folders, and buckets with a role.
    pub fn comes_first(self) -> bool {
        matches!(self, Self::Folder | Self::Bucket(Some(_)))
    }
}

/// One row, as it lies in the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<'a> {
    pub kind: Kind,
    pub(super) tail: &'a str,
    /// Bytes; 0 for folders and buckets.
    pub size: u64,
    pub modified: Option<Timestamp>,
    /// The storage class, raw.
    pub class: Option<&'a str>,
    /// Of an archived object: whether it can be read again.
    pub restore: Option<Restore>,
}

impl<'a> Row<'a> {
    /// `tail` is the bucket's name, or what follows the listed folder in the key.
    pub fn new(kind: Kind, tail: &'a str) -> Self {
        Self { kind, tail, size: 0, modified: None, class: None, restore: None }
    }

    /// The raw tail: appended to the listed folder it is the key.
    pub fn tail(&self) -> &'a str {
        self.tail
    }

    /// True for an object that has the listed folder's own key.
    pub fn stands_for_its_folder(&self) -> bool {
        self.kind == Kind::Object && self.tail.is_empty()
    }

    /// The storage class, fit to be shown; before an archive's stands how its restore does: on
    /// its way, or readable.
    pub fn storage(&self) -> Shown {
        let sign = match self.restore {
            Some(Restore::Ongoing) => "… ",
            Some(Restore::Until(_)) => "✓ ",
            None => "",
        };
        self.class.map(|class| Shown::of(&format!("{sign}{class}"))).unwrap_or_default()
    }

    /// The tail, fit to be shown.
    pub fn name(&self) -> Shown {
        Shown::of(self.tail)
    }
}

/// Rows as they arrived; cheap to clone and to hand to a job.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rows(Arc<Columns>);

#[derive(Debug, PartialEq, Eq, Default)]
struct Columns {
    kinds: Vec<Kind>,
    /// By their tails.
    keys: Keys,
}

impl Rows {
    /// Objects and folders of one level, their names raw and whole; those of folders end in `/`.
    /// `place` is what all of them begin with.
    pub fn of_level(mut keys: Keys, place: &str) -> Self {
        let tail = |name| str::strip_prefix(name, place).unwrap_or(name);
        let text = keys.names().text().len().saturating_sub(keys.len() * place.len());
        let mut tails = Names::with_capacity(keys.len(), text);
        keys.names().iter().for_each(|name| tails.push(tail(name)));
        keys.rename(tails);
        let kind = |tail: &str| if tail.ends_with('/') { Kind::Folder } else { Kind::Object };
        let kinds = keys.names().iter().map(kind).collect();
        Self(Arc::new(Columns { kinds, keys }))
    }

    pub fn len(&self) -> usize {
        self.0.kinds.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.kinds.is_empty()
    }

    pub fn names(&self) -> &Names {
        self.0.keys.names()
    }

    pub fn kinds(&self) -> &[Kind] {
        &self.0.kinds
    }

    /// Bytes, row by row.
    pub fn sizes(&self) -> &[u64] {
        self.0.keys.sizes()
    }

    /// Seconds since 1970, row by row; those that have no time come before all others.
    pub fn times(&self) -> &[i64] {
        self.0.keys.times()
    }

    /// # Panics
    /// Past the end.
    pub fn get(&self, at: usize) -> Row<'_> {
        let key = self.0.keys.get(at);
        let modified = key.modified.and_then(|second| Timestamp::from_second(second).ok());
        let Key { key: tail, size, class, restore, .. } = key;
        Row { kind: self.0.kinds[at], tail, size, modified, class, restore }
    }

    pub fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.len()).map(|at| self.get(at))
    }
}

impl<'a> FromIterator<Row<'a>> for Rows {
    fn from_iter<T: IntoIterator<Item = Row<'a>>>(rows: T) -> Self {
        let mut columns = Columns::default();
        for row in rows {
            columns.kinds.push(row.kind);
            let modified = row.modified.map(Timestamp::as_second);
            let Row { tail: key, size, class, restore, .. } = row;
            columns.keys.push_from(Key { key, size, modified, etag: ETag::None, class, restore });
        }
        Self(Arc::new(columns))
    }
}

impl From<Vec<Row<'_>>> for Rows {
    fn from(rows: Vec<Row<'_>>) -> Self {
        rows.into_iter().collect()
    }
}

/// Pages of rows in the order of arrival.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Store {
    pages: Vec<Rows>,
    /// The number of each page's first row.
    starts: Vec<usize>,
    len: usize,
    /// Bytes of all objects.
    pub bytes: u64,
    pub folders: usize,
}

impl Store {
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn push(&mut self, rows: Rows) {
        self.bytes = rows.sizes().iter().fold(self.bytes, |sum, size| sum.saturating_add(*size));
        self.folders += rows.kinds().iter().filter(|kind| **kind == Kind::Folder).count();
        self.starts.push(self.len);
        self.len += rows.len();
        self.pages.push(rows);
    }

    pub fn get(&self, at: usize) -> Option<Row<'_>> {
        self.place(at).map(|(rows, at)| rows.get(at))
    }

    /// What the row is, and its bytes; for those who go through a million.
    pub fn weight(&self, at: usize) -> Option<(Kind, u64)> {
        self.place(at).map(|(rows, at)| (rows.kinds()[at], rows.sizes()[at]))
    }

    fn place(&self, at: usize) -> Option<(&Rows, usize)> {
        let page = self.starts.partition_point(|start| *start <= at).checked_sub(1)?;
        let (rows, at) = (&self.pages[page], at - self.starts[page]);
        (at < rows.len()).then_some((rows, at))
    }

    /// The pages, to be handed to a job.
    pub fn pages(&self) -> &[Rows] {
        &self.pages
    }

    /// The number of the row with this tail, among those from `from` on.
    pub fn find(&self, tail: &str, from: usize) -> Option<usize> {
        let pages =
            self.starts.iter().zip(&self.pages).filter(|(start, rows)| *start + rows.len() > from);
        pages.into_iter().find_map(|(start, rows)| {
            rows.names().iter().position(|name| name == tail).map(|at| start + at)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_told_apart_by_its_names() {
        let mut keys = Keys::default();
        keys.push("in/", 0, Some(5), None, None);
        keys.push("in//", 0, None, None, None);
        keys.push("in/a", 7, Some(9), None, Some("GLACIER"));
        let rows = Rows::of_level(keys, "in/");
        let told: Vec<_> = rows.iter().map(|row| (row.kind, row.tail(), row.size)).collect();
        let expected = [(Kind::Object, "", 0), (Kind::Folder, "/", 0), (Kind::Object, "a", 7)];
        assert_eq!(told, expected);
        assert_eq!(rows.get(2).class, Some("GLACIER"));
        assert_eq!(rows.get(2).modified, Timestamp::from_second(9).ok());
    }

    #[test]
    fn a_class_tells_how_its_restore_stands() {
        let mut rows: Vec<Row<'_>> = vec![Row::new(Kind::Object, "a"); 3];
        rows.iter_mut().for_each(|row| row.class = Some("GLACIER"));
        rows[1].restore = Some(Restore::Ongoing);
        rows[2].restore = Some(Restore::Until(None));
        let rows = Rows::from(rows);
        let told: Vec<Shown> = rows.iter().map(|row| row.storage()).collect();
        assert_eq!(told, ["GLACIER", "… GLACIER", "✓ GLACIER"].map(Shown::of));
    }

    #[test]
    fn a_million_rows_are_reached_at_once() {
        let mut store = Store::default();
        for page in 0..1000 {
            let names: Vec<String> = (0..1000).map(|at| format!("{page:04}-{at:04}")).collect();
            let row = |name| Row { size: 1, ..Row::new(Kind::Object, name) };
            store.push(names.iter().map(|name| row(name)).collect());
        }
        assert_eq!(store.get(999_999).unwrap().tail(), "0999-0999");
        assert_eq!(store.get(1_000_000), None);
        assert_eq!(store.bytes, 1_000_000);
        assert_eq!(store.find("0500-0007", 0), Some(500_007));
        assert_eq!(store.find("0500-0007", 600_000), None);
    }
}
