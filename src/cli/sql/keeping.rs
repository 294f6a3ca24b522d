//! `--save`: where a result is kept, as what, and the table that is made of it.

use clap::ValueEnum;

use crate::lake::{Lake, StartQuery};
use crate::model::mode::Mode;
use crate::model::query::{Column, QueryExecution};
use crate::model::saving::{SaveFormat, TableName};
use crate::query::{self, Again, Rows, SaveTo, Saved};

use super::super::context::Context;
use super::super::failure::{Failure, say};
use super::super::units;
use super::SqlArgs;
use super::progress::Progress;

/// What a result is kept as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AsFormat {
    /// The result as Athena wrote it
    Csv,
    Parquet,
    /// Not in a local lake
    Orc,
    /// One object a line, compressed with gzip
    Json,
    /// A table of the catalog, of Parquet
    Table,
}

impl From<AsFormat> for SaveFormat {
    fn from(format: AsFormat) -> Self {
        match format {
            AsFormat::Csv => Self::Csv,
            AsFormat::Parquet => Self::Parquet,
            AsFormat::Orc => Self::Orc,
            AsFormat::Json => Self::Json,
            AsFormat::Table => Self::Table,
        }
    }
}

/// What is to be kept of the last statement.
pub(super) struct Keeping {
    to: SaveTo,
    pub format: SaveFormat,
    /// The table that is made, or made of it.
    table: Option<TableName>,
}

/// The name of a save that was given none, until its execution has an id.
const UNNAMED: &str = "query";

impl Keeping {
    /// What the options ask for; all that can be said against it before anything is paid for.
    pub fn of(args: &SqlArgs, lake: &Lake, database: &str) -> Result<Option<Self>, Failure> {
        let Some(uri) = &args.save else { return Ok(None) };
        let what = || format!("save into {uri}");
        if lake.settings().mode == Mode::ReadOnly {
            let why = format!("the lake is in {} mode", Mode::ReadOnly);
            return Err(Failure::failed(what(), why).hint("start with --mode curate"));
        }
        if lake.settings().wants_approval(&uri.bucket) {
            let why = "what goes into the target bucket needs an approval reference";
            return Err(Failure::usage(what(), why)
                .hint("save into the analyst bucket, then put with --approval"));
        }
        let format = args.as_format.into();
        let table = args.table.as_deref().map(|text| TableName::parse(text, database));
        let table = table.transpose().map_err(|why| Failure::usage("--table", why))?;
        if format == SaveFormat::Table && table.is_none() {
            let why = "--as-format table makes a table, which needs a name";
            return Err(Failure::usage("usage", why).hint("give --table [DATABASE.]NAME"));
        }
        Ok(Some(Self { to: SaveTo::new(uri, UNNAMED)?, format, table }))
    }

    fn named(&self, id: &str) -> SaveTo {
        let mut to = self.to.clone();
        if to.name == UNNAMED {
            to.name = query::default_name(id);
        }
        to
    }

    /// Keeps the result of a query that has run.
    pub async fn copy(
        &self,
        context: &Context,
        lake: &Lake,
        execution: &QueryExecution,
    ) -> Result<(), Failure> {
        let (mut to, anchor) = (self.named(&execution.id), context.audit.anchor());
        let mut table = None;
        if let Some(name) = &self.table {
            let columns = Rows::open(lake, execution).await?.columns().to_vec();
            self.may_register(lake, name, &columns).await?;
            table = Some((name, columns));
            to = to.apart();
        }
        let saved = query::save(lake, execution, &to, &anchor).await?;
        self.end(lake, &saved, table).await
    }

    /// Runs the query once, into the lake.
    pub async fn run(
        &self,
        context: &Context,
        lake: &Lake,
        start: StartQuery,
        mut progress: Progress,
    ) -> Result<(), Failure> {
        // The folder has to be known before there is an execution.
        let to = self.named(&uuid::Uuid::new_v4().to_string());
        let anchor = context.audit.anchor();
        let cancel = || context.cancel.clone();
        let (again, columns) = match (&self.table, self.format) {
            (Some(table), SaveFormat::Table) => (Again::Table(table.clone()), None),
            (Some(table), format) => {
                let columns = query::columns_of(lake, &start, cancel()).await?;
                self.may_register(lake, table, &columns).await?;
                (Again::Unload(format), Some((table, columns)))
            }
            (None, format) => (Again::Unload(format), None),
        };
        let on_state = |execution: &QueryExecution| progress.hear(execution);
        let done = query::save_again(lake, start, &again, &to, &anchor, on_state, cancel()).await;
        progress.clear();
        let (execution, saved) = done?;
        say(&progress.summary(&execution, lake.settings().price_per_tb_scanned, None));
        self.end(lake, &saved, columns).await
    }

    /// Before anything is paid for, or copied.
    async fn may_register(
        &self,
        lake: &Lake,
        table: &TableName,
        columns: &[Column],
    ) -> Result<(), Failure> {
        query::fitting(table, self.format, columns)?;
        Ok(query::free(lake, table).await?)
    }

    /// Tells what was saved, and makes the table that is wanted of it.
    async fn end(
        &self,
        lake: &Lake,
        saved: &Saved,
        table: Option<(&TableName, Vec<Column>)>,
    ) -> Result<(), Failure> {
        for object in &saved.objects {
            let proof = if object.verified { ", checksum compared" } else { "" };
            say(&format!("saved {} ({}{proof})", object.uri, units::bytes(object.bytes)));
        }
        say(&format!("manifest {}", saved.manifest));
        if let (Some((table, columns)), Some(folder)) = (table, &saved.folder) {
            query::register(lake, table, folder, self.format, &columns).await?;
        }
        if let Some(table) = &self.table {
            say(&format!("table {table}"));
        }
        Ok(())
    }
}
