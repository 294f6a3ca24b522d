//! The form that a result is saved by.
//!
//! ```text
//! ╭ Save into s3://analyst/results/ ─────────────────────────────────────╮
//! │ name     variants-2026-11-27                                         │
//! │ as       csv [parquet] orc  json  table                              │
//! │ folder   results/                                                    │
//! │ table    genomics.saved                                              │
//! │ lies at  s3://analyst/results/variants-2026-11-27/                   │
//! │ key      aws:kms alias/AnalystKey                                    │
//! │ costs    the query runs again: 12.4 MiB the first time (≈ $0.0001)   │
//! │ enter saves · tab next · ctrl-t another format · esc                 │
//! ╰──────────────────────────────────────────────────────────────────────╯
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::command::EntryCommand;
use super::outcome::Run;
use super::talk::SaveOrder;
use crate::model::query::cost;
use crate::model::saving::{SaveFormat, TableName};
use crate::model::settings::{Place, RoleBucket, Settings};
use crate::model::shown::Shown;
use crate::model::sql;
use crate::model::uri::S3Uri;
use crate::ui::pane::{Input, View};
use crate::ui::widgets::field::{Command as Editing, Field};
use crate::ui::widgets::{frame, text};

/// The fields, from the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Row {
    Name,
    Format,
    Folder,
    Table,
}

const ROWS: [Row; 4] = [Row::Name, Row::Format, Row::Folder, Row::Table];

#[derive(Debug, Clone, PartialEq)]
enum Phase {
    Editing,
    /// Whether anything is in the way is being looked at.
    Looking,
    /// Said until something is changed.
    Wrong(Shown),
}

#[derive(Debug, Clone, PartialEq)]
pub struct SaveForm {
    pub generation: u32,
    on: usize,
    name: Field,
    format: SaveFormat,
    /// What this statement's result can be saved as.
    offered: Vec<SaveFormat>,
    folder: Field,
    table: Field,
    bucket: RoleBucket,
    /// The database of a table that is named without one.
    database: String,
    /// Bytes that the query has read.
    scanned: Option<u64>,
    price_per_tb: f64,
    /// Nothing is billed here.
    local: bool,
    /// Bytes past which the workgroup stops a query, once that is known.
    limit: Option<u64>,
    phase: Phase,
}

impl SaveForm {
    pub fn new(run: &Run, bucket: &RoleBucket, settings: &Settings, database: &str) -> Self {
        let local = matches!(settings.place, Place::Local(_));
        let again = sql::is_query(&run.sql) || run.sql.is_empty();
        let offers = |format: &SaveFormat| match format {
            SaveFormat::Csv => true,
            // The embedded lake writes none.
            SaveFormat::Orc => again && !local,
            _ => again,
        };
        let today = jiff::Timestamp::now().strftime("%Y-%m-%d");
        Self {
            generation: run.generation,
            on: 0,
            name: Field::new(format!("{}-{today}", super::save::stem(&run.sql))),
            format: SaveFormat::Csv,
            offered: SaveFormat::ALL.into_iter().filter(offers).collect(),
            folder: Field::new(&bucket.prefix),
            table: Field::default(),
            bucket: bucket.clone(),
            database: database.to_owned(),
            scanned: run.progress.as_ref().and_then(|progress| progress.scanned),
            price_per_tb: settings.price_per_tb_scanned,
            local,
            limit: None,
            phase: Phase::Editing,
        }
    }

    pub fn weighed(&mut self, limit: Option<u64>) {
        self.limit = limit;
    }

    pub fn wrong(&mut self, why: impl Into<Shown>) {
        self.phase = Phase::Wrong(why.into());
    }

    pub fn is_looking(&self) -> bool {
        self.phase == Phase::Looking
    }

    /// Nothing is typed until it is known whether anything is in the way.
    pub fn look(&mut self) {
        self.phase = Phase::Looking;
    }

    pub fn looked(&mut self) {
        self.phase = Phase::Editing;
    }

    fn row(&self) -> Row {
        ROWS[self.on]
    }

    fn field(&mut self) -> Option<&mut Field> {
        if self.phase == Phase::Looking {
            return None;
        }
        self.phase = Phase::Editing;
        match self.row() {
            Row::Name => Some(&mut self.name),
            Row::Folder => Some(&mut self.folder),
            Row::Table => Some(&mut self.table),
            Row::Format => None,
        }
    }

    pub fn type_in(&mut self, input: &Input) {
        let Some(field) = self.field() else { return };
        field.take_in(input);
        self.follow_name();
    }

    pub fn edit(&mut self, command: Editing) {
        match (self.row(), command) {
            (Row::Format, Editing::Right) => self.turn(1),
            (Row::Format, Editing::Left) => self.turn(self.offered.len() - 1),
            _ => {
                if let Some(field) = self.field() {
                    field.obey(command);
                }
                self.follow_name();
            }
        }
    }

    /// A name that ends in `.parquet` says what it is to be.
    fn follow_name(&mut self) {
        if let (_, Some(format)) = SaveFormat::of_name(self.name.text())
            && self.offered.contains(&format)
        {
            self.format = format;
        }
    }

    pub fn step(&mut self, by: usize) {
        self.on = (self.on + by) % ROWS.len();
    }

    pub fn back(&mut self) {
        self.step(ROWS.len() - 1);
    }

    /// To the format that comes `by` places behind. A name that says another one loses that.
    pub fn turn(&mut self, by: usize) {
        if self.phase == Phase::Looking {
            return;
        }
        self.phase = Phase::Editing;
        let at = self.offered.iter().position(|format| *format == self.format).unwrap_or(0);
        self.format = self.offered[(at + by) % self.offered.len()];
        if let (stem, Some(_)) = SaveFormat::of_name(self.name.text()) {
            self.name = Field::new(stem);
        }
        if self.format == SaveFormat::Table && self.table.is_empty() {
            let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
            let name: String = self.stem().chars().map(plain).collect();
            self.table = Field::new(format!("{}.{}", self.database, name.to_lowercase()));
        }
    }

    fn stem(&self) -> &str {
        SaveFormat::of_name(self.name.text().trim()).0.trim_start_matches('/')
    }

    /// Empty, or with its slash.
    fn folder(&self) -> String {
        let folder = self.folder.text().trim().trim_matches('/');
        if folder.is_empty() { String::new() } else { format!("{folder}/") }
    }

    /// The object of a copy, else the folder of what is written.
    fn target(&self) -> S3Uri {
        let end = match self.format {
            SaveFormat::Csv if self.table.text().trim().is_empty() => ".csv",
            _ => "/",
        };
        S3Uri::new(&self.bucket.name, format!("{}{}{end}", self.folder(), self.stem()))
    }

    /// What is asked for, or a sentence about what is missing.
    pub fn order(&self) -> Result<SaveOrder, String> {
        if self.stem().is_empty() {
            return Err("It needs a name".to_owned());
        }
        let table = self.table.text().trim();
        if table.is_empty() && self.format == SaveFormat::Table {
            return Err("A table needs a name".to_owned());
        }
        let table = match table {
            "" => None,
            text => Some(TableName::parse(text, &self.database)?),
        };
        let mut to = self.target();
        // The engine adds what it is.
        let end = if to.key.ends_with('/') { "/" } else { ".csv" };
        to.key.truncate(to.key.len() - end.len());
        Ok(SaveOrder { generation: self.generation, to, format: self.format, table })
    }

    /// What is asked before a query is paid for once more; nothing where that costs nothing.
    pub fn question(&self) -> Option<Vec<Shown>> {
        if !self.format.runs_again() || self.local {
            return None;
        }
        let mut lines: Vec<Shown> = vec![self.costs().into()];
        lines.extend(self.limit.map(|limit| limited(limit).into()));
        lines.push(self.target().to_string().into());
        Some(lines)
    }

    fn costs(&self) -> String {
        if !self.format.runs_again() {
            return "a copy inside S3: no query runs".to_owned();
        }
        let again = "the query runs again";
        let Some(scanned) = self.scanned else {
            return format!("{again}: what it reads is not known");
        };
        let read = text::bytes(scanned);
        if self.local {
            return format!("{again}: it read {read}; nothing is billed here");
        }
        let cost = text::dollars(cost(scanned, self.price_per_tb));
        format!("{again}: it read {read} the first time ({cost})")
    }

    fn key(&self) -> String {
        match &self.bucket.kms_key {
            Some(key) => format!("aws:kms {}", Shown::of(key)),
            None => "none named: as the bucket encrypts by itself".to_owned(),
        }
    }

    pub fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) -> Option<Position> {
        let theme = view.theme;
        let facts = 3 + u16::from(self.limit.is_some() && self.format.runs_again());
        let height = (ROWS.len() as u16 + facts + 3).min(area.height);
        let width = area.width.saturating_sub(2).min(84);
        let title = format!("Save into s3://{}/{}", self.bucket.name, self.folder());
        let title = Shown::of(&title);
        let inner = frame::dialog(area, buf, theme, (width, height), title.as_str());
        if inner.is_empty() {
            return None;
        }
        let line = |y: u16| Rect { y: inner.y + y, height: 1, ..inner };
        let room = inner.height.saturating_sub(u16::from(inner.height > 1));
        let first = (self.on as u16 + 1).saturating_sub(room);
        let label = |at: Rect, words: &str, buf: &mut Buffer| {
            text::put(buf, at, words, theme.dim);
            let indent = 9.min(at.width);
            Rect { x: at.x + indent, width: at.width - indent, ..at }
        };
        let mut cursor = None;
        for (y, row) in (0..room).zip(ROWS.iter().skip(first.into())) {
            let here = *row == self.row();
            let style = if here { theme.field } else { theme.base };
            let drawn = match row {
                Row::Name => self.name.draw(label(line(y), "name", buf), buf, style),
                Row::Folder => self.folder.draw(label(line(y), "folder", buf), buf, style),
                Row::Table => {
                    let rest = label(line(y), "table", buf);
                    let at = self.table.draw(rest, buf, style);
                    if self.table.is_empty() {
                        let words = "none; or DATABASE.NAME, to make one of it";
                        let rest = Rect { x: rest.x + rest.width.min(2), ..rest };
                        text::put(buf, rest.intersection(inner), words, theme.dim);
                    }
                    at
                }
                Row::Format => {
                    self.draw_formats(label(line(y), "as", buf), buf, view, here);
                    None
                }
            };
            if here {
                cursor = drawn;
            }
        }
        let target = self.target().to_string();
        let mut facts = vec![("lies at", target), ("key", self.key()), ("costs", self.costs())];
        if let Some(limit) = self.limit.filter(|_| self.format.runs_again()) {
            facts.push(("", limited(limit)));
        }
        for (y, (words, fact)) in (ROWS.len() as u16..room).zip(&facts) {
            let rest = label(line(y), words, buf);
            let fact = text::fit_middle(fact, rest.width.into());
            text::put(buf, rest, Shown::of(&fact).as_str(), theme.base);
        }
        if inner.height > 1 {
            self.draw_foot(line(inner.height - 1), buf, view);
        }
        cursor
    }

    fn draw_formats(&self, line: Rect, buf: &mut Buffer, view: &View<'_>, here: bool) {
        let theme = view.theme;
        // The names stand under one another with what is in the other fields.
        let mut x = line.x.saturating_sub(1);
        for format in &self.offered {
            let rest = Rect { x, width: line.right().saturating_sub(x), ..line };
            let style = match (*format == self.format, here) {
                (true, true) => theme.cursor,
                (true, false) => theme.accent,
                (false, _) => theme.dim,
            };
            x += text::put(buf, rest, &format!(" {} ", format.name()), style);
        }
    }

    fn draw_foot(&self, line: Rect, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        let hint = |command: EntryCommand| view.keymap.hint(command);
        let (words, style) = match &self.phase {
            Phase::Wrong(why) => (why.to_string(), theme.error),
            Phase::Looking => ("looking whether anything is in the way …".to_owned(), theme.dim),
            Phase::Editing => {
                let (save, next) = (hint(EntryCommand::Submit), hint(EntryCommand::Next));
                let turn = hint(EntryCommand::Turn);
                (format!("{save} saves · {next} next · {turn} another format · esc"), theme.dim)
            }
        };
        text::put(buf, line, &text::fit(&words, line.width.into()), style);
    }
}

fn limited(limit: u64) -> String {
    format!("the workgroup stops a query past {}", text::bytes(limit))
}
