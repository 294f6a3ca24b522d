//! One listing while it arrives: rows, their order, the cursor, the marks.

use std::collections::HashSet;

use super::rows::{self, Order, Sort, Store};
use super::talk::{Kind, Row, Rows};
use crate::ui::talk::Failure;
use crate::ui::widgets::list::{Move, Scroll};

/// From this many rows on, sorting and filtering leave the screen's task.
pub const MANY: usize = 5_000;

#[derive(Debug, Clone, PartialEq, Default)]
pub enum Phase {
    /// Nothing has arrived yet.
    #[default]
    Loading,
    /// The first page is here, more are coming.
    More,
    Done,
    Failed(Failure),
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Listing {
    /// Counts the listings: news of an earlier one is late.
    pub generation: u32,
    pub phase: Phase,
    pub store: Store,
    pub order: Order,
    pub sort: Sort,
    pub scroll: Scroll,
    marks: HashSet<Box<str>>,
    /// The tail that the cursor looks for while rows arrive.
    wanted: Option<String>,
    /// True while a job arranges; rows that arrive meanwhile wait for the next one.
    pub arranging: bool,
    /// How many of the rows are in `order`.
    arranged: usize,
    /// The rows on screen are the old ones: the next page replaces them.
    stale: bool,
}

impl Listing {
    /// Another place: nothing is kept but the order that was chosen.
    pub fn begin(&mut self, wanted: Option<String>) {
        *self =
            Self { generation: self.generation + 1, sort: self.sort, wanted, ..Self::default() };
    }

    /// The same place again: the old rows stay on screen until the first page is here.
    pub fn renew(&mut self) {
        self.generation += 1;
        self.wanted = self.current().map(|row| row.tail().to_owned());
        self.stale = true;
        self.phase = if !self.store.is_empty() { Phase::More } else { Phase::Loading };
        self.arranging = false;
    }

    /// Rows have arrived. True where the order is not yet what it should be: arrange.
    pub fn push(&mut self, rows: Rows, more: bool, filter: &str) -> bool {
        if std::mem::take(&mut self.stale) {
            self.store = Store::default();
            self.order = Order::default();
            self.arranged = 0;
        }
        self.phase = if more { Phase::More } else { Phase::Done };
        let from = self.store.len();
        self.store.push(rows.clone());
        if !more {
            self.forget_marks_of_the_gone();
        }
        if rows::as_it_comes(self.sort, filter) && self.arranged == from && !self.arranging {
            rows::append(&mut self.order, &rows, from);
            self.arranged = self.store.len();
            self.seek(!more);
            return false;
        }
        true
    }

    /// A mark on a row that is no longer there would be counted and do nothing.
    fn forget_marks_of_the_gone(&mut self) {
        if self.marks.is_empty() {
            return;
        }
        let there: HashSet<Box<str>> = self.marked().iter().map(|row| row.tail().into()).collect();
        self.marks = there;
    }

    /// Sorts and filters here and now; for few rows only.
    pub fn arrange_now(&mut self, filter: &str) {
        let order = rows::arrange(&self.store.pages(), self.sort, filter);
        let rows = self.store.len();
        self.arranged(order, rows);
    }

    /// An order of the first `rows` rows. True where more have arrived since.
    pub fn arranged(&mut self, order: Order, rows: usize) -> bool {
        if self.wanted.is_none() {
            self.wanted = self.current().map(|row| row.tail().to_owned());
        }
        self.order = order;
        self.arranged = rows;
        self.arranging = false;
        self.seek(true);
        self.arranged < self.store.len()
    }

    /// Puts the cursor on the row it looks for; gives up where that cannot come any more.
    fn seek(&mut self, give_up: bool) {
        if let Some(wanted) = &self.wanted {
            let found = self
                .order
                .iter()
                .position(|at| self.store.get(at).is_some_and(|row| row.tail() == wanted));
            if let Some(line) = found {
                self.scroll.cursor = line;
            }
            if give_up || found.is_some() {
                self.wanted = None;
            }
        }
        self.scroll.clamp(self.order.len());
    }

    pub fn row(&self, line: usize) -> Option<&Row> {
        self.store.get(self.order.get(line)?)
    }

    pub fn current(&self) -> Option<&Row> {
        self.row(self.scroll.cursor)
    }

    pub fn step(&mut self, step: Move) {
        // Whoever moves the cursor wants it there.
        self.wanted = None;
        self.scroll.step(step, self.order.len());
    }

    pub fn is_marked(&self, row: &Row) -> bool {
        self.marks.contains(row.tail())
    }

    /// Marks or unmarks the row under the cursor; buckets are not marked.
    pub fn mark(&mut self) {
        let Some(row) = self.current() else { return };
        if matches!(row.kind, Kind::Bucket(_)) {
            return;
        }
        let tail: Box<str> = row.tail().into();
        if !self.marks.remove(&tail) {
            self.marks.insert(tail);
        }
    }

    /// Marks all rows shown, or none where all are.
    pub fn mark_all(&mut self) {
        let shown: HashSet<Box<str>> = self
            .order
            .iter()
            .filter_map(|at| self.store.get(at))
            .filter(|row| !matches!(row.kind, Kind::Bucket(_)))
            .map(|row| row.tail().into())
            .collect();
        if shown.is_subset(&self.marks) {
            self.marks.clear();
        } else {
            self.marks.extend(shown);
        }
    }

    /// True where there were any.
    pub fn unmark_all(&mut self) -> bool {
        let any = !self.marks.is_empty();
        self.marks.clear();
        any
    }

    pub fn marks(&self) -> usize {
        self.marks.len()
    }

    /// The marked rows that are still there, in the order of arrival.
    pub fn marked(&self) -> Vec<&Row> {
        if self.marks.is_empty() {
            return Vec::new();
        }
        let all = (0..self.store.len()).filter_map(|at| self.store.get(at));
        all.filter(|row| self.is_marked(row)).collect()
    }
}
