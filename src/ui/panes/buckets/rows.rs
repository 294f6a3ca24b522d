//! The rows that have arrived, and the order they are shown in.

use std::cmp::Ordering;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::talk::{Kind, Row, Rows};

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

    fn compare(self, one: &Row, other: &Row) -> Ordering {
        let order = match self.by {
            By::Name => one.tail().cmp(other.tail()),
            By::Size => one.size.cmp(&other.size),
            By::Time => one.modified.cmp(&other.modified),
        };
        if self.ascending { order } else { order.reverse() }
    }
}

/// Which rows are shown, in which order: indices into the rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Order {
    /// Folders, or buckets with a role.
    first: Vec<u32>,
    rest: Vec<u32>,
}

impl Order {
    pub fn len(&self) -> usize {
        self.first.len() + self.rest.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row shown at this line.
    pub fn get(&self, line: usize) -> Option<usize> {
        let at = match line.checked_sub(self.first.len()) {
            None => self.first.get(line),
            Some(line) => self.rest.get(line),
        };
        at.map(|at| *at as usize)
    }

    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.first.iter().chain(&self.rest).map(|at| *at as usize)
    }
}

/// Pages of rows in the order of arrival.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Store {
    pages: Vec<Rows>,
    /// The index of each page's first row.
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
        self.bytes += rows.iter().map(|row| row.size).sum::<u64>();
        self.folders += rows.iter().filter(|row| row.kind == Kind::Folder).count();
        self.starts.push(self.len);
        self.len += rows.len();
        self.pages.push(rows);
    }

    pub fn get(&self, at: usize) -> Option<&Row> {
        let page = self.starts.partition_point(|start| *start <= at).checked_sub(1)?;
        self.pages[page].get(at - self.starts[page])
    }

    /// The pages, to be handed to a job.
    pub fn pages(&self) -> Vec<Rows> {
        self.pages.clone()
    }
}

fn comes_first(row: &Row) -> bool {
    matches!(row.kind, Kind::Folder | Kind::Bucket(Some(_)))
}

/// Appends rows that arrived from `from` on, where order and filter leave them as they come.
pub fn append(order: &mut Order, rows: &[Row], from: usize) {
    for (at, row) in rows.iter().enumerate() {
        let list = if comes_first(row) { &mut order.first } else { &mut order.rest };
        list.push((from + at) as u32);
    }
}

/// True where rows in the order of arrival are in the order wanted.
pub fn as_it_comes(sort: Sort, filter: &str) -> bool {
    sort == Sort::default() && filter.is_empty()
}

/// Filters (fuzzily, the words in any order) and sorts. Pure; may take a second for a
/// million rows, so it runs in a job when there are many.
pub fn arrange(pages: &[Rows], sort: Sort, filter: &str) -> Order {
    let mut order = Order::default();
    let pattern = Pattern::parse(filter, CaseMatching::Smart, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut chars = Vec::new();
    let mut from = 0;
    for page in pages {
        for (at, row) in page.iter().enumerate() {
            let text = Utf32Str::new(row.name.as_str(), &mut chars);
            if !filter.is_empty() && pattern.score(text, &mut matcher).is_none() {
                continue;
            }
            let list = if comes_first(row) { &mut order.first } else { &mut order.rest };
            list.push((from + at) as u32);
        }
        from += page.len();
    }
    if sort != Sort::default() {
        let rows: Vec<&Row> = pages.iter().flat_map(|page| page.iter()).collect();
        for list in [&mut order.first, &mut order.rest] {
            list.sort_by(|a, b| sort.compare(rows[*a as usize], rows[*b as usize]));
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: Kind, tail: &str, size: u64) -> Row {
        let mut row = Row::new(kind, tail);
        row.size = size;
        row
    }

    fn pages() -> Vec<Rows> {
        let one = [row(Kind::Folder, "b/", 0), row(Kind::Object, "a.csv", 3)];
        let two = [row(Kind::Object, "c.csv", 9), row(Kind::Folder, "z/", 0)];
        vec![one.into(), two.into()]
    }

    fn names(sort: Sort, filter: &str) -> Vec<String> {
        let mut store = Store::default();
        pages().into_iter().for_each(|page| store.push(page));
        let order = arrange(&pages(), sort, filter);
        order.iter().map(|at| store.get(at).unwrap().name.to_string()).collect()
    }

    #[test]
    fn folders_come_first_whatever_the_order() {
        assert_eq!(names(Sort::default(), ""), ["b/", "z/", "a.csv", "c.csv"]);
        assert_eq!(names(Sort::default().next(), ""), ["b/", "z/", "c.csv", "a.csv"]);
    }

    #[test]
    fn appending_gives_what_arranging_gives() {
        let mut order = Order::default();
        let mut from = 0;
        for page in pages() {
            append(&mut order, &page, from);
            from += page.len();
        }
        assert_eq!(order, arrange(&pages(), Sort::default(), ""));
        assert_eq!((order.get(0), order.get(3), order.get(4)), (Some(0), Some(2), None));
    }

    #[test]
    fn the_filter_is_fuzzy() {
        assert_eq!(names(Sort::default(), "ccs"), ["c.csv"]);
        assert_eq!(names(Sort::default(), "nothing"), Vec::<String>::new());
    }

    #[test]
    fn a_million_rows_are_reached_at_once() {
        let mut store = Store::default();
        for page in 0..1000 {
            let rows: Vec<Row> =
                (0..1000).map(|at| row(Kind::Object, &format!("{page:04}-{at:04}"), 1)).collect();
            store.push(rows.into());
        }
        assert_eq!(store.get(999_999).unwrap().tail(), "0999-0999");
        assert_eq!(store.get(1_000_000), None);
        assert_eq!(store.bytes, 1_000_000);
    }
}
