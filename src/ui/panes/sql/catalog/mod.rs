//! Databases, tables, columns and partitions: what there is to query, and what completion knows.

mod command;
mod draw;
mod facts;
mod obey;
mod shelf;
mod talk;
mod tree;

pub use command::Command;
pub use talk::{Access, Job, News};

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use self::shelf::Shelf;
use self::tree::Line;
use crate::model::catalog::{PartitionPage, Table};
use crate::model::shown::Shown;
use crate::model::sql::complete::{self, Known, Offer, Pattern};
use crate::model::sql::names::Quotes;
use crate::ui::loaded::Loaded;
use crate::ui::talk::Failure;
use crate::ui::widgets::filter::Filter;
use crate::ui::widgets::list::{Move, Scroll};

/// The tree with its cursor.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Catalog {
    pub databases: Loaded<Vec<String>>,
    shelves: BTreeMap<String, Shelf>,
    /// Databases whose insides are shown.
    open: BTreeSet<String>,
    scroll: Scroll,
    filter: Filter,
    /// True while grants are asked for.
    asking: bool,
}

/// What Enter on a line of the tree leads to.
#[derive(Debug, Clone, PartialEq)]
pub enum Chosen {
    /// The insides of this database are wanted.
    Load(String),
    /// The next partitions of a table are.
    Partitions {
        database: String,
        table: String,
        next: Option<String>,
    },
    /// Put this into the text.
    Name(String),
    Nothing,
}

impl Catalog {
    /// True where the tables of the database have to be read before they are used, or again
    /// behind.
    pub fn is_old(&self, database: &str, now: Instant) -> bool {
        let shelf = self.shelves.get(database);
        shelf.is_none_or(|shelf| shelf.is_old(now) && !shelf.is_reading())
    }

    /// True where a reading has to be started for this.
    pub fn read(&mut self, database: &str) -> bool {
        self.shelves.entry(database.to_owned()).or_default().read()
    }

    pub fn is_waiting(&self) -> bool {
        self.asking || self.databases.is_waiting() || self.shelves.values().any(Shelf::is_reading)
    }

    pub fn is_typing(&self) -> bool {
        self.filter.typing()
    }

    /// True where it is not being read; one that could not be only where that is wanted.
    pub fn can_read(&self, database: &str, wanted: bool) -> bool {
        let shelf = self.shelves.get(database);
        shelf.is_none_or(|shelf| !shelf.is_reading() && (wanted || shelf.failure.is_none()))
    }

    /// What is to be said of a database whose tables are not known.
    pub fn note(&self, database: &str) -> Option<Shown> {
        let shelf = self.shelves.get(database)?;
        match &shelf.failure {
            _ if shelf.is_reading() => Some(Shown::of(&format!("reading {database} …"))),
            Some(failure) => Some(Shown::join(&[&Shown::of(database), &failure.why], ": ")),
            None => None,
        }
    }

    pub fn hear_databases(&mut self, result: Result<Vec<String>, Failure>) {
        self.keeping_place(|catalog| catalog.databases = result.into());
    }

    pub fn hear_some(&mut self, database: String, tables: Vec<Table>) {
        self.keeping_place(|catalog| {
            catalog.shelves.entry(database).or_default().hear_some(tables);
        });
    }

    /// True where it has to be read once more.
    pub fn hear_tables(
        &mut self,
        database: String,
        result: Result<Vec<Table>, Failure>,
        now: Instant,
    ) -> bool {
        let mut again = false;
        self.keeping_place(|catalog| {
            again = catalog.shelves.entry(database).or_default().hear_last(result, now);
        });
        again
    }

    pub fn hear_partitions(
        &mut self,
        database: &str,
        table: &str,
        page: Result<PartitionPage, Failure>,
    ) {
        self.keeping_place(|catalog| {
            let shelf = catalog.shelves.get_mut(database);
            if let Some(parts) = shelf.and_then(|shelf| shelf.parts.get_mut(table)) {
                parts.hear(page);
            }
        });
    }

    /// Changes something and leaves the cursor on the line that it was on.
    fn keeping_place(&mut self, change: impl FnOnce(&mut Self)) {
        let place = self.line().map(|line| {
            let (database, table) = line.place();
            (database.to_owned(), table.map(|table| table.name.clone()))
        });
        let from =
            place.as_ref().and_then(|(database, table)| self.find(database, table.as_deref()));
        change(self);
        self.sift();
        let to = place.and_then(|(database, table)| self.find(&database, table.as_deref()));
        if let Some((from, to)) = from.zip(to) {
            self.scroll.carry(to + (self.scroll.cursor - from));
        }
        let len = self.line_count();
        self.scroll.clamp(len);
    }

    fn sift(&mut self) {
        let pattern = Pattern::new(self.filter.text());
        self.shelves.values_mut().for_each(|shelf| shelf.sift(&pattern));
    }

    /// A table, as far as it is known.
    pub fn table(&self, database: &str, name: &str) -> Option<&Table> {
        self.shelves.get(database)?.table(name)
    }

    /// Databases whose tables are known or asked for.
    pub fn used(&self) -> Vec<String> {
        let known = self.shelves.keys().filter(|database| !self.open.contains(*database));
        self.open.iter().chain(known).cloned().collect()
    }

    pub fn reveal(&mut self, database: &str) {
        self.keeping_place(|catalog| _ = catalog.open.insert(database.to_owned()));
    }

    pub fn step(&mut self, step: Move) {
        let len = self.line_count();
        self.scroll.step(step, len);
    }

    /// Right: opens the line, where there is something in it.
    pub fn unfold(&mut self) -> Chosen {
        match self.line() {
            Some(Line::Database(name)) => {
                let name = name.to_owned();
                let unknown = self.shelves.get(&name).is_none_or(|shelf| !shelf.is_whole());
                self.open.insert(name.clone());
                if unknown { Chosen::Load(name) } else { Chosen::Nothing }
            }
            Some(Line::Table(table)) => {
                let (database, name) = (table.database.clone(), table.name.clone());
                if let Some(shelf) = self.shelves.get_mut(&database) {
                    shelf.open.insert(name);
                }
                Chosen::Nothing
            }
            Some(Line::Partitions(table, parts)) if parts.is_none_or(|parts| !parts.open) => {
                let (database, name) = (table.database.clone(), table.name.clone());
                self.list_partitions(database, name)
            }
            _ => Chosen::Nothing,
        }
    }

    /// Shows the partitions, and asks for the first of them, or for the next.
    fn list_partitions(&mut self, database: String, table: String) -> Chosen {
        let Some(shelf) = self.shelves.get_mut(&database) else { return Chosen::Nothing };
        let is_projected = shelf.table(&table).is_some_and(|table| table.is_projected);
        let parts = shelf.parts.entry(table.clone()).or_default();
        parts.open = true;
        let whole = parts.page.here().is_some() && parts.next.is_none();
        if whole || parts.page.is_waiting() || is_projected {
            return Chosen::Nothing;
        }
        parts.page = Loaded::Waiting;
        Chosen::Partitions { database, table, next: parts.next.clone() }
    }

    /// Left: closes the line, or the one that it is in.
    pub fn fold(&mut self) {
        let Some(line) = self.line() else { return };
        let (database, table) = line.place();
        let (database, name) = (database.to_owned(), table.map(|table| table.name.clone()));
        let open = |name: &String| {
            self.shelves.get(&database).is_some_and(|shelf| shelf.open.contains(name))
        };
        match (line, name) {
            (Line::Partition(..) | Line::More(_), Some(name)) => self.fold_parts(&database, &name),
            (Line::Partitions(_, Some(parts)), Some(name)) if parts.open => {
                self.fold_parts(&database, &name);
            }
            (_, Some(name)) if open(&name) => {
                if let Some(shelf) = self.shelves.get_mut(&database) {
                    shelf.open.remove(&name);
                }
                self.scroll.cursor = self.find(&database, Some(&name)).unwrap_or(0);
            }
            _ => {
                self.open.remove(&database);
                self.scroll.cursor = self.find(&database, None).unwrap_or(0);
            }
        }
    }

    fn fold_parts(&mut self, database: &str, table: &str) {
        let Some(shelf) = self.shelves.get_mut(database) else { return };
        if let Some(parts) = shelf.parts.get_mut(table) {
            parts.open = false;
        }
        let inside = shelf
            .table(table)
            .map_or(0, |table| 1 + table.columns.len() + table.partition_keys.len());
        self.scroll.cursor = self.find(database, Some(table)).unwrap_or(0) + inside;
    }

    /// Enter: a database opens or closes, a table, a column or a partition goes into the text.
    pub fn choose(&mut self, current: &str, quotes: Quotes) -> Chosen {
        match self.line() {
            Some(Line::Database(name)) if self.open.contains(name) => {
                self.fold();
                Chosen::Nothing
            }
            Some(Line::Partitions(_, Some(parts))) if parts.open => {
                self.fold();
                Chosen::Nothing
            }
            Some(Line::Database(_) | Line::Partitions(..)) => self.unfold(),
            Some(Line::Table(table)) => Chosen::Name(reference(table, current, quotes)),
            Some(Line::Column(_, column, _)) => Chosen::Name(quotes.name(column.name)),
            Some(Line::Partition(table, partition)) => {
                Chosen::Name(facts::condition(table, partition, quotes))
            }
            Some(Line::More(table) | Line::Broken(_, Some(table), _)) => {
                let (database, name) = (table.database.clone(), table.name.clone());
                self.list_partitions(database, name)
            }
            Some(Line::Broken(database, None, _)) => Chosen::Load(database.to_owned()),
            Some(Line::Note(..)) | None => Chosen::Nothing,
        }
    }

    /// What can stand at the cursor of the text.
    pub fn offer(&self, text: &str, cursor: usize, current: &str) -> Option<Offer> {
        complete::offer(text, cursor, &Here { catalog: self, current })
    }
}

/// What is known, seen from a database.
struct Here<'a> {
    catalog: &'a Catalog,
    current: &'a str,
}

impl Known for Here<'_> {
    fn current(&self) -> &str {
        self.current
    }

    fn databases(&self) -> &[String] {
        self.catalog.databases.here().map_or(&[], Vec::as_slice)
    }

    fn tables(&self, database: &str) -> Option<impl Iterator<Item = (&str, &str)>> {
        let shelf = self.catalog.shelves.get(database);
        let shelf = shelf.filter(|shelf| shelf.is_whole() || !shelf.tables().is_empty())?;
        Some(shelf.tables().iter().map(|table| (table.name.as_str(), table.what())))
    }

    fn columns(&self, database: &str, table: &str) -> Option<impl Iterator<Item = (&str, &str)>> {
        let table = self.catalog.table(database, table)?;
        let all = table.columns.iter().chain(table.partition_keys.iter());
        Some(all.map(|column| (column.name, column.kind)))
    }
}

/// A table's name as the text needs it: with its database where that is not the current one.
fn reference(table: &Table, current: &str, quotes: Quotes) -> String {
    let name = quotes.name(&table.name);
    if table.database == current {
        return name;
    }
    format!("{}.{name}", quotes.name(&table.database))
}

#[cfg(test)]
pub(super) mod tests;
