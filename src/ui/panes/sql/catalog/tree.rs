//! The lines of the tree. They are counted by blocks: of five thousand closed tables none is
//! looked at but those on screen.

use std::ops::Range;

use super::Catalog;
use super::shelf::{Parts, Shelf};
use crate::model::catalog::{Partition, Table};
use crate::model::columns::ColumnOf;
use crate::ui::talk::Failure;

/// One line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Line<'a> {
    Database(&'a str),
    Table(&'a Table),
    /// A partition key where the last is true.
    Column(&'a Table, ColumnOf<'a>, bool),
    Partitions(&'a Table, Option<&'a Parts>),
    Partition(&'a Table, &'a Partition),
    /// More partitions can be asked for.
    More(&'a Table),
    /// Something said below a database or a table.
    Note(&'a str, Option<&'a Table>, &'static str),
    Broken(&'a str, Option<&'a Table>, &'a Failure),
}

impl<'a> Line<'a> {
    /// The database and the table that it is in.
    pub fn place(&self) -> (&'a str, Option<&'a Table>) {
        match *self {
            Self::Database(database) => (database, None),
            Self::Note(database, table, _) | Self::Broken(database, table, _) => (database, table),
            Self::Table(table)
            | Self::Column(table, ..)
            | Self::Partitions(table, _)
            | Self::Partition(table, _)
            | Self::More(table) => (&table.database, Some(table)),
        }
    }
}

/// Lines that can be counted without looking at each.
enum Block<'a> {
    One(Line<'a>),
    /// Tables one after the other, none of them open.
    Closed(&'a Shelf, Range<usize>),
    Open(&'a Table, Option<&'a Parts>),
}

impl<'a> Block<'a> {
    fn len(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Closed(_, range) => range.len(),
            Self::Open(table, parts) => 1 + inside(table, *parts),
        }
    }

    fn line(&self, at: usize) -> Option<Line<'a>> {
        match self {
            Self::One(line) => Some(*line),
            Self::Closed(shelf, range) => shelf.shown_at(range.start + at).map(Line::Table),
            Self::Open(table, parts) => match at.checked_sub(1) {
                None => Some(Line::Table(table)),
                Some(at) => inside_at(table, *parts, at),
            },
        }
    }
}

/// How many lines an open table has below its own.
fn inside(table: &Table, parts: Option<&Parts>) -> usize {
    let columns = table.columns.len() + table.partition_keys.len();
    if table.partition_keys.is_empty() {
        return columns.max(1);
    }
    let listed = parts.filter(|parts| parts.open);
    columns
        + 1
        + listed.map_or(0, |parts| parts.found.len() + usize::from(end(table, parts).is_some()))
}

fn inside_at<'a>(table: &'a Table, parts: Option<&'a Parts>, at: usize) -> Option<Line<'a>> {
    if let Some(column) = table.columns.get(at) {
        return Some(Line::Column(table, column, false));
    }
    let at = at - table.columns.len();
    if let Some(key) = table.partition_keys.get(at) {
        return Some(Line::Column(table, key, true));
    }
    let at = at - table.partition_keys.len();
    if table.partition_keys.is_empty() {
        return (at == 0).then_some(Line::Note(&table.database, Some(table), "no columns"));
    }
    let Some(at) = at.checked_sub(1) else { return Some(Line::Partitions(table, parts)) };
    let parts = parts?;
    match parts.found.get(at) {
        Some(found) => Some(Line::Partition(table, found)),
        None => end(table, parts),
    }
}

/// What stands below the partitions that are here.
fn end<'a>(table: &'a Table, parts: &'a Parts) -> Option<Line<'a>> {
    use crate::ui::loaded::Loaded;
    let note = |words| Some(Line::Note(&table.database, Some(table), words));
    match &parts.page {
        Loaded::Waiting => note("reading …"),
        Loaded::Failed(failure) => Some(Line::Broken(&table.database, Some(table), failure)),
        _ if parts.next.is_some() => Some(Line::More(table)),
        _ if table.is_projected => note("made up by a rule: projection"),
        Loaded::Here(()) if parts.found.is_empty() => note("none in the catalog"),
        Loaded::Here(()) | Loaded::Unknown => None,
    }
}

impl Catalog {
    fn blocks(&self) -> Vec<Block<'_>> {
        let mut blocks = Vec::new();
        for database in self.databases.here().into_iter().flatten() {
            blocks.push(Block::One(Line::Database(database)));
            if self.open.contains(database) {
                self.shelf_blocks(database, &mut blocks);
            }
        }
        blocks
    }

    fn shelf_blocks<'a>(&'a self, database: &'a str, blocks: &mut Vec<Block<'a>>) {
        let note = |words| Block::One(Line::Note(database, None, words));
        let Some(shelf) = self.shelves.get(database) else {
            return blocks.push(note("reading …"));
        };
        let mut from = 0;
        for name in &shelf.open {
            let Some((at, table)) = shelf.place(name).zip(shelf.table(name)) else { continue };
            blocks.push(Block::Closed(shelf, from..at));
            blocks.push(Block::Open(table, shelf.parts.get(name)));
            from = at + 1;
        }
        blocks.push(Block::Closed(shelf, from..shelf.shown()));
        match &shelf.failure {
            Some(failure) => blocks.push(Block::One(Line::Broken(database, None, failure))),
            None if shelf.is_reading() && !shelf.is_whole() => blocks.push(note("reading …")),
            None if shelf.tables().is_empty() => blocks.push(note("no tables")),
            None if shelf.shown() == 0 => blocks.push(note("none fits")),
            None => {}
        }
    }

    /// How many lines there are.
    pub(super) fn line_count(&self) -> usize {
        self.blocks().iter().map(Block::len).sum()
    }

    /// The lines at these places.
    pub(super) fn lines(&self, wanted: Range<usize>) -> Vec<Line<'_>> {
        let mut lines = Vec::with_capacity(wanted.len());
        let mut first = 0;
        for block in self.blocks() {
            let len = block.len();
            let (from, to) = (wanted.start.max(first), wanted.end.min(first + len));
            lines.extend((from..to.max(from)).filter_map(|at| block.line(at - first)));
            first += len;
        }
        lines
    }

    pub(super) fn line(&self) -> Option<Line<'_>> {
        let at = self.scroll.cursor;
        self.lines(at..at + 1).first().copied()
    }

    /// Where a database or a table stands.
    pub(super) fn find(&self, database: &str, table: Option<&str>) -> Option<usize> {
        let mut first = 0;
        for block in self.blocks() {
            match (&block, table) {
                (Block::One(Line::Database(name)), None) if *name == database => {
                    return Some(first);
                }
                (Block::Open(open, _), Some(name))
                    if open.database == database && open.name == name =>
                {
                    return Some(first);
                }
                (Block::Closed(shelf, range), Some(name)) => {
                    let is_here =
                        self.shelves.get(database).is_some_and(|one| std::ptr::eq(one, *shelf));
                    let at = shelf.place(name).filter(|at| is_here && range.contains(at));
                    if let Some(at) = at {
                        return Some(first + at - range.start);
                    }
                }
                _ => {}
            }
            first += block.len();
        }
        None
    }
}
