//! Which rows hold a text: a bit a row.

use std::io;

use memchr::{memchr_iter, memchr2_iter};
use tokio_util::sync::CancellationToken;

use super::BREATH;
use super::sort::Order;
use crate::query::spool::Snapshot;

/// What is looked for; case does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needle {
    /// In lower case.
    text: String,
}

impl Needle {
    pub fn new(text: &str) -> Self {
        Self { text: text.to_lowercase() }
    }

    pub fn is_in(&self, text: &str) -> bool {
        let (wanted, bytes) = (self.text.as_bytes(), text.as_bytes());
        if !self.text.is_ascii() {
            return !text.is_ascii() && text.to_lowercase().contains(&self.text);
        }
        let Some(first) = wanted.first() else { return true };
        let here = |at: usize| {
            bytes.get(at..at + wanted.len()).is_some_and(|part| part.eq_ignore_ascii_case(wanted))
        };
        match first.to_ascii_uppercase() {
            upper if upper == *first => memchr_iter(*first, bytes).any(here),
            upper => memchr2_iter(*first, upper, bytes).any(here),
        }
    }
}

/// The rows that were searched and those among them that hold the text.
#[derive(Debug, Clone, Default)]
pub struct Hits {
    bits: Vec<u64>,
    searched: usize,
    count: usize,
}

impl Hits {
    /// Rows that hold it.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Rows that were searched.
    pub fn searched(&self) -> usize {
        self.searched
    }

    /// Searches on in the rows that were not searched yet: all cells, or those of a column.
    /// `told` hears how it stands now and then. False where it was cancelled.
    ///
    /// # Errors
    /// As reading the rows.
    pub fn search(
        &mut self,
        rows: &Snapshot,
        needle: &Needle,
        column: Option<usize>,
        cancel: &CancellationToken,
        told: &mut dyn FnMut(&Self),
    ) -> io::Result<bool> {
        let mut scan = rows.scan(self.searched)?;
        self.bits.resize(rows.len().div_ceil(64), 0);
        while let Some(row) = scan.next_row()? {
            let holds = match column {
                Some(column) => row.cell(column).is_some_and(|cell| needle.is_in(cell)),
                None => row.cells().flatten().any(|cell| needle.is_in(cell)),
            };
            if holds {
                self.bits[self.searched / 64] |= 1 << (self.searched % 64);
                self.count += 1;
            }
            self.searched += 1;
            if self.searched.is_multiple_of(BREATH) {
                if cancel.is_cancelled() {
                    return Ok(false);
                }
                told(self);
            }
        }
        Ok(true)
    }

    fn holds(&self, row: usize) -> bool {
        self.bits.get(row / 64).is_some_and(|bits| bits >> (row % 64) & 1 == 1)
    }

    /// The next place from `from` on that has it, `from` itself included; round the end where
    /// there is none before it. Places are those of `order`, or of the rows as they came.
    ///
    /// # Errors
    /// As reading the order.
    pub fn next(
        &self,
        order: Option<&Order>,
        from: usize,
        forward: bool,
    ) -> io::Result<Option<usize>> {
        let all = order.map_or(self.searched, Order::len);
        let (behind, before) = (from.min(all)..all, 0..(from + 1).min(all));
        let parts = if forward { [behind, 0..from.min(all)] } else { [before, from.min(all)..all] };
        for part in parts {
            if let Some(place) = self.within(order, part, forward)? {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    /// The first place of these that has it, or the last one.
    fn within(
        &self,
        order: Option<&Order>,
        places: std::ops::Range<usize>,
        forward: bool,
    ) -> io::Result<Option<usize>> {
        let Some(order) = order else {
            let found = if forward {
                places.clone().find(|row| self.holds(*row))
            } else {
                places.clone().rev().find(|row| self.holds(*row))
            };
            return Ok(found);
        };
        const PIECE: usize = 1 << 16;
        let pieces = places.len().div_ceil(PIECE);
        for piece in 0..pieces {
            let piece = if forward { piece } else { pieces - 1 - piece };
            let start = places.start + piece * PIECE;
            let rows = order.rows(start..(start + PIECE).min(places.end))?;
            let holds = |row: &u32| self.holds(*row as usize);
            let found =
                if forward { rows.iter().position(holds) } else { rows.iter().rposition(holds) };
            if let Some(at) = found {
                return Ok(Some(start + at));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{By, sort};
    use super::*;
    use crate::model::query::Scale;
    use crate::query::batch::Batch;
    use crate::query::spool::Spool;
    use proptest::prelude::*;

    fn spool(dir: &std::path::Path, values: &[&str]) -> Spool {
        let mut spool = Spool::new(dir).unwrap();
        add(&mut spool, values);
        spool
    }

    fn add(spool: &mut Spool, values: &[&str]) {
        let mut batch = Batch::default();
        for value in values {
            batch.push([Some("id"), Some(value), None]).unwrap();
        }
        spool.append(&batch).unwrap();
    }

    #[test]
    fn rows_that_come_later_are_searched_later() {
        let dir = tempfile::tempdir().unwrap();
        let mut spool = spool(dir.path(), &["Alpha", "beta", "ALPHABET"]);
        let (needle, cancel) = (Needle::new("alpha"), CancellationToken::new());
        let mut hits = Hits::default();
        let whole = hits.search(&spool.snapshot(), &needle, None, &cancel, &mut |_| ());
        assert!(whole.unwrap());
        assert_eq!((hits.count(), hits.searched()), (2, 3));
        add(&mut spool, &["none", "alpha"]);
        hits.search(&spool.snapshot(), &needle, None, &cancel, &mut |_| ()).unwrap();
        assert_eq!((hits.count(), hits.searched()), (3, 5));

        let next = |from, forward| hits.next(None, from, forward).unwrap();
        assert_eq!([next(0, true), next(1, true), next(5, true)], [Some(0), Some(2), Some(0)]);
        assert_eq!([next(1, false), next(0, false)], [Some(0), Some(0)]);
        let by = By { column: 1, scale: Scale::Text, descending: true };
        let order = sort(&spool.snapshot(), by, dir.path(), &cancel, &mut |_| ());
        // none beta alpha Alpha ALPHABET
        let order = order.unwrap().unwrap();
        let next = |from, forward| hits.next(Some(&order), from, forward).unwrap();
        assert_eq!([next(0, true), next(3, true), next(1, false)], [Some(2), Some(3), Some(4)]);
    }

    #[test]
    fn a_column_is_searched_alone() {
        let dir = tempfile::tempdir().unwrap();
        let spool = spool(dir.path(), &["id", "x"]);
        let cancel = CancellationToken::new();
        let count = |column| {
            let mut hits = Hits::default();
            let needle = Needle::new("ID");
            hits.search(&spool.snapshot(), &needle, column, &cancel, &mut |_| ()).unwrap();
            hits.count()
        };
        assert_eq!([None, Some(0), Some(1), Some(2)].map(count), [2, 2, 1, 0]);
        assert_eq!(Hits::default().next(None, 7, true).unwrap(), None);
    }

    proptest! {
        #[test]
        fn case_does_not_matter(text in "[aAbé É]{0,12}", wanted in "[aAbÉ ]{0,3}") {
            let expected = text.to_lowercase().contains(&wanted.to_lowercase());
            prop_assert_eq!(Needle::new(&wanted).is_in(&text), expected);
        }
    }
}
