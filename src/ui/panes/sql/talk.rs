//! What the pane asks for and hears. Results come sanitised; names to be sent stay raw.

use std::sync::Arc;
use std::time::Duration;

use super::catalog;
use super::result;
use super::tabs::Step;
use super::venue::talk as venue;
use crate::model::catalog::Table;
use crate::model::drafts::Drafts;
use crate::model::query::{Column, Estimate, FileFormat, QueryState, Terms};
use crate::model::saving::{SaveFormat, TableName};
use crate::model::shown::Shown;
use crate::model::sql::Statement;
use crate::model::uri::S3Uri;
use crate::ui::talk::Failure;
use crate::ui::widgets::grid::{Heading, Value};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    /// The query of this tab. Stopping it stops the query in Athena.
    Query(u32),
    Window,
    /// Looking at the result of this query.
    Look(u32, result::Slot),
    Cell,
    Draft,
    Databases,
    Tables(u32),
    Grants,
    Queries,
    Files,
    Forget,
    Venue(venue::Slot),
    Estimate,
    Sizes,
    /// A save is never cut off by another.
    Save(u32),
    /// What is looked up for the form that saves.
    Weigh,
    Register,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Job {
    /// The tabs as they were left.
    LoadDrafts,
    /// Keep the tabs: now, or once nothing has been typed for a moment.
    KeepDrafts {
        now: bool,
        /// Counts the edits: of two that wait, the later one is kept.
        edit: u32,
        drafts: Drafts,
    },
    /// A file of this machine, by its path as it was typed.
    OpenFile(String),
    /// The text of a tab as such a file. One that is there is only replaced where that was agreed.
    SaveFile {
        tab: u32,
        path: String,
        text: String,
        replace: bool,
    },
    /// Start it, follow it to its end, read its result.
    Run {
        generation: u32,
        /// The query before it in its tab, whose result may go.
        instead: Option<u32>,
        /// As it was typed.
        sql: String,
        /// SQL literals for its names.
        literals: Vec<(String, String)>,
        database: String,
        terms: Terms,
    },
    /// Follow a query that was started before, and read its result.
    Rejoin {
        generation: u32,
        execution: String,
    },
    /// The result of this query is not looked at any more.
    Forget(u32),
    /// Rows of the result that has arrived so far.
    Window {
        generation: u32,
        /// In this order.
        turn: u32,
        first: usize,
        count: usize,
    },
    Look {
        generation: u32,
        job: result::Job,
    },
    /// One whole cell, to be read or (`copy`) to go to the clipboard.
    Cell {
        generation: u32,
        /// Its place in the order that is shown.
        row: usize,
        column: usize,
        copy: bool,
    },
    Databases,
    /// All tables of a database, some at a time.
    Tables {
        database: String,
    },
    Catalog(catalog::Job),
    /// How much the workgroup lets a query read.
    Weigh {
        generation: u32,
    },
    /// Whether anything is in the way of a save.
    CheckSave(SaveOrder),
    /// The result under another name, with a manifest beside it.
    Save(SaveOrder),
    /// A table of what was saved.
    Register {
        done: Done,
        table: TableName,
    },
    Venue(venue::Job),
    /// What a statement will read, once nothing has been typed for a moment.
    Estimate {
        tab: u32,
        /// The statement's number in its tab.
        turn: u32,
        text: Arc<str>,
        statement: Statement,
        database: Arc<str>,
    },
    /// Tables were changed: what was found out of their sizes is old.
    ForgetSizes,
    /// Queries saved in Athena, in this workgroup.
    Queries(String),
    /// Statements run before on this lake.
    History,
}

/// A result to be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaveOrder {
    pub generation: u32,
    /// Without an extension.
    pub to: S3Uri,
    pub format: SaveFormat,
    /// The table that is to be made, or to be made of it.
    pub table: Option<TableName>,
}

/// What was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// A folder that holds nothing else, or one object among others.
    pub at: S3Uri,
    pub format: SaveFormat,
    /// As the result has them.
    pub columns: Vec<Column>,
    /// The table that it is.
    pub table: Option<TableName>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// The tabs of the last start.
    Drafts(Result<Drafts, Failure>),
    /// A file that was read.
    Opened {
        path: String,
        text: String,
    },
    /// The text of this tab is a file now.
    Written {
        tab: u32,
        path: String,
    },
    /// There is a file of that name already.
    InTheWay {
        tab: u32,
        path: String,
        text: String,
    },
    /// Back from the user's own editor; `None` where it ended badly.
    Edited(Result<Option<String>, Failure>),
    /// Agreed to in a dialog: statements to run.
    Go(Vec<Step>),
    /// Chosen in a dialog: follow the tab's query again, of which nobody knows what became.
    LookAgain,
    /// Chosen in a dialog: run what is chosen all the same.
    Anew,
    /// Chosen in a dialog: one of the closed tabs, by its place among them.
    Reopen(usize),
    /// Chosen in a dialog: a tab goes, and its query with it unless it is left running.
    Close {
        tab: u32,
        leave: bool,
    },
    /// How the query is.
    Progress {
        generation: u32,
        progress: Progress,
    },
    /// The query has rows to show.
    Columns {
        generation: u32,
        columns: Arc<[Heading]>,
    },
    /// So many have arrived.
    Rows {
        generation: u32,
        rows: usize,
        whole: bool,
    },
    /// It could not be started or followed, or its result could not be read.
    Broken {
        generation: u32,
        failure: Failure,
    },
    Window {
        generation: u32,
        turn: u32,
        first: usize,
        /// Which rows of the result they are; empty for those of their places.
        numbers: Vec<u32>,
        rows: Vec<Vec<Value>>,
    },
    Look {
        generation: u32,
        news: result::News,
    },
    /// Chosen in a dialog: a chart of these columns.
    Chart {
        generation: u32,
        x: Option<usize>,
        y: Option<usize>,
    },
    /// Chosen in a dialog: a file that is there is written anew.
    Replace {
        generation: u32,
        path: String,
        format: FileFormat,
    },
    /// The whole of a cell; to the clipboard where that was asked.
    Cell {
        generation: u32,
        title: Shown,
        lines: Vec<Shown>,
        copy: bool,
    },
    Databases(Result<Vec<String>, Failure>),
    /// The last of a database's tables, or why there are no more.
    Tables {
        database: String,
        result: Result<Vec<Table>, Failure>,
    },
    Catalog(catalog::News),
    /// Bytes past which the workgroup stops a query, where it does.
    Weighed {
        generation: u32,
        limit: Option<u64>,
    },
    /// Nothing is in the way, or what is.
    SaveChecked {
        order: SaveOrder,
        result: Result<(), Failure>,
    },
    /// Agreed to in a dialog: the query runs again.
    SaveAgreed(SaveOrder),
    Saved {
        told: Shown,
        done: Done,
    },
    Registered(Done),
    NotRegistered(Failure),
    NotSaved(Failure),
    Venue(venue::News),
    /// `None` where it reads no table that is known.
    Estimate {
        tab: u32,
        turn: u32,
        estimate: Option<Estimate>,
    },
    Queries(Result<Vec<Stored>, Failure>),
    History(Result<History, Failure>),
    /// Chosen in a dialog: a statement for the end of the text.
    Insert(String),
    /// Chosen in a dialog: the result of an earlier execution, in a tab of its own.
    Recall {
        sql: String,
        database: Option<String>,
        execution: String,
    },
    /// Chosen in a dialog: run this once more, in a tab of its own.
    RunAgain {
        sql: String,
        database: Option<String>,
    },
    /// Statements that another pane made, for the end of the text; the cursor is on the first.
    Write(String),
    /// Chosen in a dialog.
    UseDatabase(String),
    /// Tables were made or changed: what is known of them is old.
    CatalogChanged,
}

/// What GetQueryExecution tells while the query runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Of the query execution.
    pub id: String,
    pub state: QueryState,
    /// The engine's sentence, raw: it may name a place in the statement.
    pub reason: Option<String>,
    /// `DML`, `DDL` or `UTILITY`.
    pub kind: Option<Shown>,
    /// Bytes.
    pub scanned: Option<u64>,
    pub output: Option<S3Uri>,
    /// True where an earlier result was taken and nothing ran.
    pub reused: bool,
    /// From when it was submitted to its end, or so far, by Athena's clock.
    pub taken: Option<Duration>,
}

/// A query with a name, or one that was run before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub name: Shown,
    pub database: Option<String>,
    pub sql: String,
    /// The execution, of what was run before.
    pub execution: Option<String>,
    /// True where its result may still be read.
    pub has_result: bool,
}

/// What was run before on this lake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// What this day's queries have read, in words.
    pub today: Shown,
    /// The newest first, each once.
    pub statements: Vec<Stored>,
}

/// Which question a prompt answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The name of a table of what was saved.
    Register,
    /// The number of a row of this result.
    GoTo { generation: u32 },
    /// The file to write the rows into.
    ExportTo { generation: u32, format: FileFormat },
    /// What to find in the editor.
    Find,
    /// A file of this machine to read.
    OpenFile,
    /// The file of this machine to write the text of this tab to.
    SaveFile { tab: u32 },
}
