//! From rows, a sorting and a filter to the lines that are shown.

use std::sync::Arc;

use super::bits::Bits;
use super::order::{Order, Sort, Sorted};
use super::rows::Rows;
use super::search::{self, Found, Query, Stop};

/// Which rows are shown and in which order, and what of it serves the next time. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Arrangement {
    sorted: Sorted,
    /// `None` without a filter: all are shown.
    kept: Option<Kept>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Kept {
    found: Arc<Found>,
    /// What was found, sorted: that which contains the filter above that which is like it.
    order: Order,
}

impl Arrangement {
    pub fn order(&self) -> &Order {
        self.kept.as_ref().map_or(self.sorted.order(), |kept| &kept.order)
    }

    /// How many rows it has been made of.
    pub fn rows(&self) -> usize {
        self.sorted.len()
    }

    /// How many of the lines, from the first on, contain what is looked for; those below are
    /// like it.
    pub fn plain(&self) -> usize {
        self.kept.as_ref().map_or(self.sorted.len(), |kept| kept.found.plain.len())
    }

    /// True where it is of this sorting and filter.
    pub fn is_of(&self, sort: Sort, filter: &str) -> bool {
        let query = self.kept.as_ref().map(|kept| &kept.found.query);
        self.sorted.sort == sort && query == Query::of(filter).as_ref()
    }

    /// True where both keep the same rows, as far as they have them.
    pub fn looks_for_the_same(&self, other: &Self) -> bool {
        let query = |one: &Self| one.kept.as_ref().map(|kept| kept.found.query.clone());
        query(self) == query(other)
    }

    /// Takes in rows where they are as they come: by name, without a filter. False where not.
    pub fn append(&mut self, pages: &[Rows], sort: Sort, filter: &str) -> bool {
        let as_they_come = sort == Sort::default() && self.sorted.sort == sort;
        let may = as_they_come && Query::of(filter).is_none() && self.kept.is_none();
        if may {
            self.sorted.extend(pages);
        }
        may
    }

    /// The rows by another sorting or filter, or with those that have arrived since. What contains
    /// the filter is told beforehand, since what is like it takes longer to find. May take a
    /// quarter of a second for a million rows, so it runs in a job where there are many. `None`
    /// where it was stopped.
    #[must_use]
    pub fn next(
        mut self,
        pages: &[Rows],
        sort: Sort,
        filter: &str,
        stop: Stop<'_>,
        tell: impl FnOnce(Self),
    ) -> Option<Self> {
        if self.sorted.sort != sort {
            self.sorted = Sorted::by(sort);
        }
        self.sorted.extend(pages);
        let before = self.kept.take();
        let Some(query) = Query::of(filter) else { return Some(self) };
        let known = before.as_ref().map(|kept| &*kept.found);
        let plain = search::plain(pages, &query, known, stop)?;
        let found = Found { query, rows: self.sorted.len(), plain, alike: None };
        if known.is_none_or(|known| known.query != found.query) {
            tell(self.keeping(found.clone()));
        }
        let alike = search::alike(pages, &found.query, &found.plain, known, stop)?;
        Some(self.keeping(Found { alike: Some(alike), ..found }))
    }

    fn keeping(&self, found: Found) -> Self {
        let sorted = &self.sorted;
        let tiers = [Some(&found.plain), found.alike.as_ref()].into_iter().flatten();
        let order = Order::of(tiers.flat_map(|rows| pick(sorted, rows)));
        Self { sorted: sorted.clone(), kept: Some(Kept { found: Arc::new(found), order }) }
    }
}

/// Some of the rows in the order of all, group by group.
fn pick(sorted: &Sorted, rows: &[u32]) -> Vec<Vec<u32>> {
    let bits: Bits = rows.iter().map(|row| *row as usize).collect();
    let groups = sorted.order().groups().iter();
    let kept = |row: &u32| bits.contains(*row as usize);
    groups.map(|group| group.iter().copied().filter(kept).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::rows::{Kind, Row};
    use super::*;

    const ROWS: &[(Kind, &str, u64)] = &[
        (Kind::Object, "a-b.csv", 3),
        (Kind::Folder, "ab/", 0),
        (Kind::Object, "ab.csv", 1),
        (Kind::Object, "cab.csv", 7),
        (Kind::Folder, "x/", 0),
    ];

    fn pages() -> Vec<Rows> {
        let row = |(kind, tail, size): &(Kind, &'static str, u64)| Row {
            size: *size,
            ..Row::new(*kind, tail)
        };
        ROWS.chunks(2).map(|some| some.iter().map(row).collect()).collect()
    }

    fn names(arrangement: &Arrangement) -> Vec<&'static str> {
        arrangement.order().iter().map(|row| ROWS[row].1).collect()
    }

    #[test]
    fn what_contains_the_filter_is_told_before_what_is_like_it() {
        let by_size = Sort::default().next();
        let mut early = None;
        let all = Arrangement::default()
            .next(&pages(), by_size, "ab", &|| false, |some| early = Some(some))
            .unwrap();
        let early = early.unwrap();
        assert_eq!(names(&early), ["ab/", "cab.csv", "ab.csv"]);
        assert_eq!(names(&all), ["ab/", "cab.csv", "ab.csv", "a-b.csv"]);
        assert_eq!((all.plain(), all.rows()), (3, 5));
        let cleared = all.next(&pages(), by_size, " ", &|| false, |_| ()).unwrap();
        assert_eq!(names(&cleared), ["ab/", "x/", "cab.csv", "a-b.csv", "ab.csv"]);
    }

    #[test]
    fn appending_gives_what_arranging_gives() {
        let sort = Sort::default();
        let mut slowly = Arrangement::default();
        for end in 1..=pages().len() {
            assert!(slowly.append(&pages()[..end], sort, ""));
        }
        let at_once = Arrangement::default().next(&pages(), sort, "", &|| false, |_| ()).unwrap();
        assert_eq!(slowly, at_once);
        assert!(!slowly.append(&pages(), sort, "a") && !slowly.append(&pages(), sort.next(), ""));
    }
}
