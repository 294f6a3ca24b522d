//! One listing while it arrives: rows, their order, the cursor, the marks.

use std::collections::HashSet;

use super::arrange::Arrangement;
use super::bits::Bits;
use super::order::{Order, Sort};
use super::rows::{Kind, Row, Rows, Store};
use crate::model::shown::Shown;
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
    pub arrangement: Arrangement,
    /// The order that is wanted.
    pub sort: Sort,
    pub scroll: Scroll,
    /// What is not told and why.
    pub note: Option<Shown>,
    marks: Bits,
    /// Bytes of what is marked.
    pub marked_bytes: u64,
    /// Marks of rows that have not arrived again yet, by their tails.
    carried: HashSet<Box<str>>,
    /// The tail that the cursor looks for while rows arrive.
    wanted: Option<String>,
    /// True while a job arranges; rows that arrive meanwhile wait for the next one.
    pub arranging: bool,
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
            let marked: Vec<Box<str>> = self.marked().map(|row| row.tail().into()).collect();
            self.carried.extend(marked);
            (self.marks, self.marked_bytes) = Default::default();
            self.store = Store::default();
            self.arrangement = Arrangement::default();
            self.note = None;
        }
        self.phase = if more { Phase::More } else { Phase::Done };
        let from = self.store.len();
        self.store.push(rows);
        self.find_marks(from);
        if !more {
            // A mark on a row that is no longer there would be counted and do nothing.
            self.carried = HashSet::new();
        }
        let at_once =
            !self.arranging && self.arrangement.append(self.store.pages(), self.sort, filter);
        if at_once {
            self.seek(from, !more);
        }
        !at_once
    }

    /// Gives the rows from `from` on the marks that they had before.
    fn find_marks(&mut self, from: usize) {
        if self.carried.is_empty() {
            return;
        }
        for row in from..self.store.len() {
            let carried = &mut self.carried;
            if self.store.get(row).is_some_and(|row| carried.remove(row.tail())) {
                self.put_mark(row);
            }
        }
    }

    /// Sorts and filters here and now; for few rows only.
    pub fn arrange_now(&mut self, filter: &str) {
        let pages = self.store.pages();
        let next = self.arrangement.clone().next(pages, self.sort, filter, &|| false, |_| ());
        if let Some(next) = next {
            self.arranged(next);
        }
    }

    /// Another order. True where rows have arrived that are not in it.
    pub fn arranged(&mut self, arrangement: Arrangement) -> bool {
        let row = self.order().get(self.scroll.cursor);
        let from = self.arrangement.rows();
        let before = std::mem::replace(&mut self.arrangement, arrangement);
        let same = self.arrangement.looks_for_the_same(&before);
        match row.and_then(|row| self.order().line(row)) {
            Some(line) if same || line < self.arrangement.plain() => self.scroll.carry(line),
            // Whoever looks for something looks for what contains it.
            _ if !same => self.scroll.cursor = 0,
            _ => {}
        }
        let all = self.arrangement.rows() == self.store.len();
        self.seek(from, all && self.phase == Phase::Done);
        !all
    }

    /// Puts the cursor on the row it looks for, among those from `from` on; gives up where that
    /// cannot come any more.
    fn seek(&mut self, from: usize, give_up: bool) {
        if let Some(wanted) = &self.wanted {
            let row = self.store.find(wanted, from);
            if let Some(line) = row.and_then(|row| self.order().line(row)) {
                self.scroll.cursor = line;
            }
            if give_up || row.is_some() {
                self.wanted = None;
            }
        }
        self.scroll.clamp(self.order().len());
    }

    /// Which rows are shown, line by line.
    pub fn order(&self) -> &Order {
        self.arrangement.order()
    }

    pub fn row(&self, line: usize) -> Option<Row<'_>> {
        self.store.get(self.order().get(line)?)
    }

    pub fn current(&self) -> Option<Row<'_>> {
        self.row(self.scroll.cursor)
    }

    pub fn step(&mut self, step: Move) {
        // Whoever moves the cursor wants it there.
        self.wanted = None;
        let len = self.order().len();
        self.scroll.step(step, len);
    }

    /// True where the row on this line is marked.
    pub fn is_marked(&self, line: usize) -> bool {
        self.order().get(line).is_some_and(|row| self.marks.contains(row))
    }

    /// Marks or unmarks the row under the cursor; buckets are not marked.
    pub fn mark(&mut self) {
        let Some(row) = self.order().get(self.scroll.cursor) else { return };
        if self.marks.remove(row) {
            self.marked_bytes -= self.store.weight(row).map_or(0, |(_, size)| size);
        } else {
            self.put_mark(row);
        }
    }

    /// False where there is one, and on a bucket.
    fn put_mark(&mut self, row: usize) -> bool {
        let Some((kind, size)) = self.store.weight(row) else { return false };
        let fresh = !matches!(kind, Kind::Bucket(_)) && self.marks.insert(row);
        if fresh {
            self.marked_bytes += size;
        }
        fresh
    }

    /// Marks all rows shown, or none where all are.
    pub fn mark_all(&mut self) {
        let shown = self.order().clone();
        if shown.iter().filter(|row| self.put_mark(*row)).count() == 0 {
            self.unmark_all();
        }
    }

    /// True where there were any.
    pub fn unmark_all(&mut self) -> bool {
        let any = self.marks() > 0;
        (self.marks, self.marked_bytes) = Default::default();
        self.carried = HashSet::new();
        any
    }

    pub fn marks(&self) -> usize {
        self.marks.len() + self.carried.len()
    }

    /// The marked rows that are there, in the order of arrival.
    pub fn marked(&self) -> impl Iterator<Item = Row<'_>> {
        self.marks.iter().filter_map(|row| self.store.get(row))
    }
}
