//! Databases, tables and columns: what there is to query, and what completion knows.

use std::collections::BTreeMap;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Command;
use crate::model::catalog::Table;
use crate::model::query::Column;
use crate::model::shown::Shown;
use crate::model::sql::complete::{self, Known, Offer};
use crate::ui::loaded::Loaded;
use crate::ui::pane::View;
use crate::ui::talk::Failure;
use crate::ui::widgets::list::{Move, Scroll};
use crate::ui::widgets::{frame, notes, text};

/// The tree with its cursor.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Catalog {
    pub databases: Loaded<Vec<String>>,
    tables: BTreeMap<String, Loaded<Vec<Table>>>,
    /// Databases, and tables as `database.table`, whose insides are shown.
    open: Vec<(String, Option<String>)>,
    scroll: Scroll,
}

/// A line of the tree, by index into what is loaded.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Line<'a> {
    Database(&'a str),
    Table(&'a Table),
    Column(&'a Table, &'a Column, bool),
    Note(&'a str, &'static str),
    Broken(&'a str, &'a Failure),
}

/// What Enter on a line of the tree leads to.
#[derive(Debug, Clone, PartialEq)]
pub enum Chosen {
    /// The insides of this database are wanted.
    Load(String),
    /// Put this name into the text.
    Name(String),
    Nothing,
}

impl Catalog {
    /// True where the tables of the database have never been asked for.
    pub fn is_unknown(&self, database: &str) -> bool {
        matches!(self.tables.get(database), None | Some(Loaded::Unknown | Loaded::Failed(_)))
    }

    pub fn wait_for(&mut self, database: &str) {
        self.tables.entry(database.to_owned()).or_default().renew();
    }

    pub fn is_waiting(&self) -> bool {
        self.databases.is_waiting() || self.tables.values().any(Loaded::is_waiting)
    }

    pub fn hear_tables(&mut self, database: String, result: Result<Vec<Table>, Failure>) {
        self.tables.insert(database, result.into());
        let len = self.lines().len();
        self.scroll.clamp(len);
    }

    /// A table, as far as it is known.
    pub fn table(&self, database: &str, name: &str) -> Option<&Table> {
        self.tables.get(database)?.here()?.iter().find(|table| table.name == name)
    }

    /// Everything again; what is open stays open, and what is known until the answer comes.
    pub fn forget(&mut self) {
        let open = self.opened();
        self.tables.retain(|database, _| open.contains(database));
    }

    /// Databases whose insides are shown.
    pub fn opened(&self) -> Vec<String> {
        let whole = self.open.iter().filter(|(_, table)| table.is_none());
        whole.map(|(database, _)| database.clone()).collect()
    }

    fn is_open(&self, database: &str, table: Option<&str>) -> bool {
        self.open.iter().any(|(d, t)| d == database && t.as_deref() == table)
    }

    pub fn reveal(&mut self, database: &str) {
        if !self.is_open(database, None) {
            self.open.push((database.to_owned(), None));
        }
    }

    fn lines(&self) -> Vec<Line<'_>> {
        let mut lines = Vec::new();
        for database in self.databases.here().into_iter().flatten() {
            lines.push(Line::Database(database));
            if !self.is_open(database, None) {
                continue;
            }
            match self.tables.get(database) {
                None | Some(Loaded::Unknown | Loaded::Waiting) => {
                    lines.push(Line::Note(database, "reading …"));
                }
                Some(Loaded::Failed(failure)) => lines.push(Line::Broken(database, failure)),
                Some(Loaded::Here(tables)) if tables.is_empty() => {
                    lines.push(Line::Note(database, "no tables"));
                }
                Some(Loaded::Here(tables)) => {
                    tables.iter().for_each(|table| self.table_lines(table, &mut lines));
                }
            }
        }
        lines
    }

    fn table_lines<'a>(&'a self, table: &'a Table, lines: &mut Vec<Line<'a>>) {
        lines.push(Line::Table(table));
        if self.is_open(&table.database, Some(&table.name)) {
            let plain = table.columns.iter().map(|column| Line::Column(table, column, false));
            let keys = table.partition_keys.iter().map(|key| Line::Column(table, key, true));
            lines.extend(plain.chain(keys));
        }
    }

    pub fn step(&mut self, step: Move) {
        let len = self.lines().len();
        self.scroll.step(step, len);
    }

    /// Right: opens the line, where there is something in it.
    pub fn unfold(&mut self) -> Chosen {
        let entry = match self.lines().get(self.scroll.cursor) {
            Some(Line::Database(name)) => ((*name).to_owned(), None),
            Some(Line::Table(table)) => (table.database.clone(), Some(table.name.clone())),
            _ => return Chosen::Nothing,
        };
        if self.is_open(&entry.0, entry.1.as_deref()) {
            return Chosen::Nothing;
        }
        self.open.push(entry.clone());
        match entry {
            (database, None) if self.is_unknown(&database) => Chosen::Load(database),
            _ => Chosen::Nothing,
        }
    }

    /// Left: closes the line, or the one that it is in.
    pub fn fold(&mut self) {
        let (database, table) = match self.lines().get(self.scroll.cursor) {
            Some(Line::Database(name) | Line::Note(name, _) | Line::Broken(name, _)) => {
                ((*name).to_owned(), None)
            }
            Some(Line::Table(table)) if self.is_open(&table.database, Some(&table.name)) => {
                (table.database.clone(), Some(table.name.clone()))
            }
            Some(Line::Table(table)) => (table.database.clone(), None),
            Some(Line::Column(table, ..)) => (table.database.clone(), Some(table.name.clone())),
            None => return,
        };
        let entry = (database, table);
        self.open.retain(|open| *open != entry);
        let at = self.lines().iter().position(|line| match (line, &entry) {
            (Line::Database(name), (database, None)) => name == database,
            (Line::Table(t), (database, Some(table))) => {
                t.database == *database && t.name == *table
            }
            _ => false,
        });
        self.scroll.cursor = at.unwrap_or(0);
    }

    /// Enter: a database opens or closes, a table or a column puts its name into the text.
    pub fn choose(&mut self, current: &str) -> Chosen {
        match self.lines().get(self.scroll.cursor) {
            Some(Line::Database(name)) if self.is_open(name, None) => {
                self.fold();
                Chosen::Nothing
            }
            Some(Line::Database(_)) => self.unfold(),
            Some(Line::Table(table)) => Chosen::Name(reference(table, current)),
            Some(Line::Column(_, column, _)) => Chosen::Name(complete::quoted(&column.name)),
            Some(Line::Broken(database, _)) => Chosen::Load((*database).to_owned()),
            Some(Line::Note(..)) | None => Chosen::Nothing,
        }
    }

    /// What can stand at the cursor of the text.
    pub fn offer(&self, text: &str, cursor: usize, current: &str) -> Option<Offer> {
        let databases: &[String] = self.databases.here().map_or(&[], Vec::as_slice);
        let tables: Vec<&Table> = self.tables.values().filter_map(Loaded::here).flatten().collect();
        let columns: Vec<Vec<Column>> = tables
            .iter()
            .map(|table| table.columns.iter().chain(&table.partition_keys).cloned().collect())
            .collect();
        let known: Vec<Known<'_>> = tables
            .iter()
            .zip(&columns)
            .map(|(table, columns)| Known {
                database: &table.database,
                table: &table.name,
                columns,
            })
            .collect();
        complete::offer(text, cursor, &complete::Catalog { databases, tables: &known, current })
    }

    pub fn draw(
        &self,
        area: Rect,
        buf: &mut Buffer,
        view: &View<'_>,
        current: &str,
        focused: bool,
    ) {
        let inner = frame::panel(area, buf, view.theme, "Catalog", focused);
        match &self.databases {
            Loaded::Unknown | Loaded::Waiting => notes::quiet(inner, buf, view, "Reading …"),
            Loaded::Failed(failure) => notes::failed(inner, buf, view, failure, Command::Retry),
            Loaded::Here(databases) if databases.is_empty() => {
                notes::quiet(inner, buf, view, "There is no database here.");
            }
            Loaded::Here(_) => self.draw_lines(inner, buf, view, current, focused),
        }
    }

    fn draw_lines(
        &self,
        area: Rect,
        buf: &mut Buffer,
        view: &View<'_>,
        current: &str,
        focused: bool,
    ) {
        let lines = self.lines();
        let window = self.scroll.window(lines.len(), area.height.into());
        for (y, at) in (area.y..area.bottom()).zip(window) {
            let row = Rect { y, height: 1, ..area };
            self.draw_line(&lines[at], row, buf, view, current);
            if at == self.scroll.cursor && focused {
                buf.set_style(row, view.theme.cursor);
            }
        }
    }

    fn draw_line(
        &self,
        line: &Line<'_>,
        row: Rect,
        buf: &mut Buffer,
        view: &View<'_>,
        current: &str,
    ) {
        let theme = view.theme;
        let fold = |open: bool| if open { "▾" } else { "▸" };
        let (words, kind, style): (String, &str, Style) = match line {
            Line::Database(name) => {
                let mark = fold(self.is_open(name, None));
                let style = if *name == current { theme.accent } else { theme.folder };
                (format!("{mark} {}", Shown::of(name)), "", style)
            }
            Line::Table(table) => {
                let mark = fold(self.is_open(&table.database, Some(&table.name)));
                let view = table.kind.as_deref() == Some("VIRTUAL_VIEW");
                let kind = if view { "view" } else { table.format.as_deref().unwrap_or("") };
                (format!("  {mark} {}", Shown::of(&table.name)), kind, theme.base)
            }
            Line::Column(_, column, is_key) => {
                let style = if *is_key { theme.marked } else { theme.base };
                (format!("      {}", Shown::of(&column.name)), column.kind.as_str(), style)
            }
            Line::Note(_, note) => (format!("    {note}"), "", theme.dim),
            Line::Broken(_, failure) => (format!("    {}", failure.why), "", theme.error),
        };
        let used = text::put(buf, row, &words, style);
        let rest = Rect { x: row.x + used + 1, width: row.width.saturating_sub(used + 1), ..row };
        let kind = Shown::of(kind);
        text::put_right(buf, rest, &text::fit(kind.as_str(), rest.width.into()), theme.dim);
    }
}

/// A table's name as the text needs it: with its database where that is not the current one.
fn reference(table: &Table, current: &str) -> String {
    let name = complete::quoted(&table.name);
    if table.database == current {
        return name;
    }
    format!("{}.{name}", complete::quoted(&table.database))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn table(database: &str, name: &str, columns: &[&str]) -> Table {
        let column = |name: &&str| Column { name: (*name).into(), kind: "string".into() };
        Table {
            database: database.into(),
            name: name.into(),
            kind: Some("EXTERNAL_TABLE".into()),
            columns: columns.iter().map(column).collect(),
            partition_keys: Vec::new(),
            location: None,
            format: Some("parquet".into()),
            updated: None,
        }
    }

    fn catalog() -> Catalog {
        let mut catalog = Catalog {
            databases: Loaded::Here(vec!["clinical".into(), "genomics".into()]),
            ..Catalog::default()
        };
        let tables = vec![table("genomics", "variants", &["chrom", "info.af"])];
        catalog.hear_tables("genomics".into(), Ok(tables));
        catalog
    }

    #[test]
    fn opening_a_database_asks_for_its_tables_once() {
        let mut catalog = catalog();
        assert_eq!(catalog.choose(""), Chosen::Load("clinical".into()));
        catalog.wait_for("clinical");
        catalog.fold();
        assert_eq!(catalog.unfold(), Chosen::Nothing);
        assert!(catalog.is_waiting());
    }

    #[test]
    fn names_are_put_as_the_text_needs_them() {
        let mut catalog = catalog();
        catalog.step(Move::Down);
        catalog.unfold();
        catalog.step(Move::Down);
        assert_eq!(catalog.choose("genomics"), Chosen::Name("variants".into()));
        assert_eq!(catalog.choose("default"), Chosen::Name("genomics.variants".into()));
        catalog.unfold();
        catalog.step(Move::Bottom);
        assert_eq!(catalog.choose(""), Chosen::Name("\"info.af\"".into()));
        catalog.fold();
        assert_eq!(catalog.choose("genomics"), Chosen::Name("variants".into()));
        catalog.fold();
        assert_eq!(catalog.lines().len(), 2);
    }

    #[test]
    fn completion_knows_what_is_loaded() {
        let catalog = catalog();
        let sql = "select ch from variants";
        let offer = catalog.offer(sql, 9, "genomics").unwrap();
        assert_eq!(offer.candidates[0].text, "chrom");
    }
}
