//! The columns of a table, held tightly: a catalog may have a million of them.

use std::fmt;

/// Names and types in one text, so that a table costs two allocations however wide it is.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Columns {
    text: Box<str>,
    /// Where each name and each type ends, by turns, in bytes of the text.
    ends: Box<[u32]>,
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnOf<'a> {
    pub name: &'a str,
    /// As the catalog spells it: `bigint`, `array<string>`.
    pub kind: &'a str,
}

impl Columns {
    pub fn len(&self) -> usize {
        self.ends.len() / 2
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// By its place, from 0.
    pub fn get(&self, at: usize) -> Option<ColumnOf<'_>> {
        let kind_end = *self.ends.get(at * 2 + 1)? as usize;
        let name_end = self.ends[at * 2] as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before * 2 + 1] as usize);
        Some(ColumnOf { name: &self.text[start..name_end], kind: &self.text[name_end..kind_end] })
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = ColumnOf<'_>> + ExactSizeIterator {
        (0..self.len()).map(|at| self.get(at).unwrap_or(ColumnOf { name: "", kind: "" }))
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|column| column.name)
    }
}

impl<N: AsRef<str>, K: AsRef<str>> FromIterator<(N, K)> for Columns {
    fn from_iter<I: IntoIterator<Item = (N, K)>>(columns: I) -> Self {
        let (mut text, mut ends) = (String::new(), Vec::new());
        for (name, kind) in columns {
            for part in [name.as_ref(), kind.as_ref()] {
                text.push_str(part);
                ends.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
            }
        }
        Self { text: text.into_boxed_str(), ends: ends.into_boxed_slice() }
    }
}

impl fmt::Debug for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|column| (column.name, column.kind))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_come_out_as_they_went_in() {
        let all = [("größe", "double"), ("", "string"), ("x", "")];
        let columns: Columns = all.into_iter().collect();
        let back: Vec<_> = columns.iter().map(|column| (column.name, column.kind)).collect();
        assert_eq!(back, all);
        assert_eq!((columns.len(), columns.get(3)), (3, None));
        assert!(Columns::default().is_empty());
    }
}
