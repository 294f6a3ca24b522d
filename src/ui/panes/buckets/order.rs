//! The order in which rows are shown.

use std::cmp::Reverse;
use std::sync::Arc;

use super::rows::Rows;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum By {
    #[default]
    Name,
    Size,
    Time,
}

/// How the rows are sorted; folders come before objects whichever it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    pub by: By,
    pub ascending: bool,
}

impl Default for Sort {
    fn default() -> Self {
        Self { by: By::Name, ascending: true }
    }
}

impl Sort {
    /// The next one: names from A, the largest first, the newest first.
    pub fn next(self) -> Self {
        match self.by {
            By::Name => Self { by: By::Size, ascending: false },
            By::Size => Self { by: By::Time, ascending: false },
            By::Time => Self::default(),
        }
    }
}

/// Rows by their numbers, in some groups one below the other. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Order {
    groups: Vec<Arc<Vec<u32>>>,
}

impl Order {
    pub fn of(groups: impl IntoIterator<Item = Vec<u32>>) -> Self {
        Self { groups: groups.into_iter().map(Arc::new).collect() }
    }

    pub fn len(&self) -> usize {
        self.groups.iter().map(|group| group.len()).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row shown at this line.
    pub fn get(&self, mut line: usize) -> Option<usize> {
        for group in &self.groups {
            match group.get(line) {
                Some(row) => return Some(*row as usize),
                None => line -= group.len(),
            }
        }
        None
    }

    /// Where this row is shown.
    pub fn line(&self, row: usize) -> Option<usize> {
        let row = u32::try_from(row).ok()?;
        self.groups.iter().flat_map(|group| group.iter()).position(|other| *other == row)
    }

    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.groups.iter().flat_map(|group| group.iter()).map(|row| *row as usize)
    }

    pub fn groups(&self) -> &[Arc<Vec<u32>>] {
        &self.groups
    }
}

/// All rows that have been taken in, sorted: what comes first in one group, the rest in another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sorted {
    pub sort: Sort,
    order: Order,
}

impl Default for Sorted {
    fn default() -> Self {
        Self::by(Sort::default())
    }
}

impl Sorted {
    /// No rows yet.
    pub fn by(sort: Sort) -> Self {
        Self { sort, order: Order::of([Vec::new(), Vec::new()]) }
    }

    pub fn order(&self) -> &Order {
        &self.order
    }

    /// How many rows are taken in.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Takes in the rows that follow those it has. By name they are as they come, since S3 lists
    /// names in their order. Sorting finds what is sorted already and merges into it.
    pub fn extend(&mut self, pages: &[Rows]) {
        let known = self.len();
        let mut row = 0;
        for page in pages {
            if row + page.len() > known {
                let fresh = page.kinds().iter().enumerate().skip(known.saturating_sub(row));
                for (at, kind) in fresh {
                    let group = &mut self.order.groups[usize::from(!kind.comes_first())];
                    Arc::make_mut(group).push((row + at) as u32);
                }
            }
            row += page.len();
        }
        if self.sort == Sort::default() || row == known {
            return;
        }
        let keys: Vec<u64> = match self.sort.by {
            By::Name => (0..row as u64).collect(),
            By::Size => pages.iter().flat_map(|page| page.sizes()).copied().collect(),
            By::Time => {
                pages.iter().flat_map(|page| page.times()).map(|at| in_order(*at)).collect()
            }
        };
        for group in &mut self.order.groups {
            let group = Arc::make_mut(group);
            match self.sort.ascending {
                true => group.sort_by_key(|row| keys[*row as usize]),
                false => group.sort_by_key(|row| Reverse(keys[*row as usize])),
            }
        }
    }
}

/// The same order without signs.
fn in_order(second: i64) -> u64 {
    (second as u64) ^ (1 << 63)
}

#[cfg(test)]
mod tests {
    use super::super::rows::{Kind, Row};
    use super::*;
    use proptest::prelude::*;

    fn page(rows: &[(Kind, &str, u64)]) -> Rows {
        rows.iter().map(|(kind, tail, size)| Row { size: *size, ..Row::new(*kind, tail) }).collect()
    }

    fn sorted(sort: Sort, pages: &[Rows]) -> Vec<usize> {
        let mut sorted = Sorted::by(sort);
        sorted.extend(pages);
        sorted.order().iter().collect()
    }

    #[test]
    fn folders_come_first_whatever_the_order() {
        let pages = [
            page(&[(Kind::Folder, "b/", 0), (Kind::Object, "a.csv", 3)]),
            page(&[(Kind::Object, "c.csv", 9), (Kind::Folder, "z/", 0)]),
        ];
        let name = Sort::default();
        assert_eq!(sorted(name, &pages), [0, 3, 1, 2]);
        assert_eq!(sorted(name.next(), &pages), [0, 3, 2, 1]);
        assert_eq!(sorted(Sort { ascending: false, ..name }, &pages), [3, 0, 2, 1]);
    }

    #[test]
    fn lines_and_rows_are_found_both_ways() {
        let order = Order::of([vec![4, 2], vec![], vec![0, 7]]);
        let rows: Vec<_> = (0..5).map(|line| order.get(line)).collect();
        assert_eq!(rows, [Some(4), Some(2), Some(0), Some(7), None]);
        assert_eq!((order.line(7), order.line(1), order.len()), (Some(3), None, 4));
    }

    proptest! {
        #[test]
        fn taking_in_page_by_page_is_as_good_as_at_once(
            sizes in prop::collection::vec((any::<bool>(), 0u64..9), 0..60),
            by in prop::sample::select(vec![By::Name, By::Size, By::Time]),
            ascending in any::<bool>(),
        ) {
            let sort = Sort { by, ascending };
            let kind = |folder| if folder { Kind::Folder } else { Kind::Object };
            let pages: Vec<Rows> = sizes
                .chunks(7)
                .map(|some| some.iter().map(|(folder, size)| (kind(*folder), "x", *size)).collect::<Vec<_>>())
                .map(|rows| page(&rows))
                .collect();
            let mut slowly = Sorted::by(sort);
            (0..=pages.len()).for_each(|end| slowly.extend(&pages[..end]));
            // Reversed, equal ones stay in the order of arrival, but names have no equals.
            prop_assert_eq!(slowly.order().iter().collect::<Vec<_>>(), sorted(sort, &pages));
        }
    }
}
