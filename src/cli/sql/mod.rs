//! `lakehand sql`: run a statement, print or keep its result.

mod input;
mod printer;
mod progress;
mod table;

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::ValueEnum;

use crate::lake::{Lake, StartQuery};
use crate::model::denial;
use crate::model::mode::Mode;
use crate::model::query::{QueryExecution, QueryState};
use crate::model::sql::only_reads;
use crate::model::uri::S3Uri;
use crate::query::{self, SaveTo, Saved, UnloadFormat};

use super::context::Context;
use super::failure::{Exit, Failure, say};
use super::units;
use progress::Progress;

#[derive(Debug, clap::Args)]
pub struct SqlArgs {
    /// The statement; standard input, if there is neither it nor -f
    #[arg(value_name = "SQL", conflicts_with = "file")]
    pub sql: Option<String>,
    /// Read the statement from a file
    #[arg(short, long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// How rows are written [default: table on a terminal, csv elsewhere]
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Write rows here instead of to standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Keep the result below this folder, with a manifest beside it
    #[arg(long, value_name = "s3://BUCKET/PREFIX/")]
    pub save: Option<S3Uri>,
    /// What it is kept as; csv is a copy of the result, the others run an UNLOAD
    #[arg(long, value_name = "FORMAT", requires = "save", default_value = "csv")]
    pub as_format: SaveFormat,
    /// The Athena workgroup
    #[arg(long, value_name = "NAME")]
    pub workgroup: Option<String>,
    /// The database of names that say none
    #[arg(long, value_name = "NAME")]
    pub database: Option<String>,
    /// A value for :NAME in the statement; text is quoted, numbers are not (01 and 1E5 are text)
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub params: Vec<String>,
}

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Columns, for reading
    Table,
    /// Every value quoted that is not NULL, as Athena's own
    Csv,
    /// One object a line
    Json,
    /// Typed as the columns are
    Parquet,
}

/// What a result is kept as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SaveFormat {
    Csv,
    Parquet,
    Json,
}

pub(super) async fn run(context: &Context, args: &SqlArgs) -> Result<Exit, Failure> {
    let (sql, parameters) = input::statement(args)?;
    let lake = context.open_lake().await?;
    let wants_rows = wants_rows(args, &lake, &sql)?;
    if wants_rows && args.format == Some(Format::Parquet) && args.output.is_none() {
        refuse_binary_on_a_terminal()?;
    }
    let to = save_target(args, &lake)?;
    let place = query::place(&lake, args.workgroup.as_deref()).await?.open()?;
    let database = args.database.clone().unwrap_or_else(|| lake.settings().database.clone());
    let start = StartQuery {
        sql,
        database: Some(database),
        workgroup: Some(place.workgroup),
        output_location: place.output_location,
        kms_key: place.kms_key,
        parameters,
        ..StartQuery::default()
    };
    match (to, unload_format(args.as_format)) {
        (Some(to), Some(format)) => unload(context, &lake, start, format, &to).await,
        (to, _) => select(context, &lake, start, to, args, wants_rows).await,
    }
}

fn unload_format(format: SaveFormat) -> Option<UnloadFormat> {
    match format {
        SaveFormat::Csv => None,
        SaveFormat::Parquet => Some(UnloadFormat::Parquet),
        SaveFormat::Json => Some(UnloadFormat::Json),
    }
}

/// Rows are printed unless the result is only to be kept. A lake without downloads gives none:
/// a query for them is refused before it runs, another statement runs in silence.
fn wants_rows(args: &SqlArgs, lake: &Lake, sql: &str) -> Result<bool, Failure> {
    let asked = args.output.is_some() || args.format.is_some();
    let wanted = asked || args.save.is_none();
    if args.save.is_some() && args.as_format != SaveFormat::Csv && asked {
        let why = "with --save as parquet or json there are no rows to write";
        return Err(Failure::usage("usage", why).hint("leave --format and -o out"));
    }
    if !wanted || lake.settings().downloads {
        return Ok(wanted);
    }
    if asked || only_reads(sql) {
        let why = format!("lake {} gives no rows out: downloads = false", lake.settings().name);
        return Err(Failure::usage("sql", why).hint("keep the result with --save s3://…/"));
    }
    Ok(false)
}

fn refuse_binary_on_a_terminal() -> Result<(), Failure> {
    if std::io::stdout().is_terminal() {
        let why = "parquet is not for a terminal";
        return Err(Failure::usage("usage", why).hint("give -o FILE or a pipe"));
    }
    Ok(())
}

fn save_target(args: &SqlArgs, lake: &Lake) -> Result<Option<SaveTo>, Failure> {
    let Some(uri) = &args.save else { return Ok(None) };
    // Before the query is paid for, whose result could not be kept.
    if lake.settings().mode == Mode::ReadOnly {
        let why = format!("the lake is in {} mode", Mode::ReadOnly);
        return Err(
            Failure::failed(format!("save into {uri}"), why).hint("start with --mode curate")
        );
    }
    if lake.settings().wants_approval(&uri.bucket) {
        let why = "what goes into the target bucket needs an approval reference";
        return Err(Failure::usage(format!("save into {uri}"), why)
            .hint("save into the analyst bucket, then put with --approval"));
    }
    // Replaced by the execution's id once there is one.
    Ok(Some(SaveTo::new(uri, UNNAMED)?))
}

/// The name of a save that was given none, until its execution has an id.
const UNNAMED: &str = "query";

async fn unload(
    context: &Context,
    lake: &Lake,
    start: StartQuery,
    format: UnloadFormat,
    to: &SaveTo,
) -> Result<Exit, Failure> {
    let mut to = to.clone();
    if to.name == UNNAMED {
        // The folder has to be known before there is an execution.
        to.name = query::default_name(&uuid::Uuid::new_v4().to_string());
    }
    let mut progress = Progress::new();
    let (cancel, anchor) = (context.cancel.clone(), context.audit.anchor());
    let on_state = |execution: &QueryExecution| progress.hear(execution);
    let done = query::save_unloaded(lake, start, format, &to, &anchor, on_state, cancel).await;
    progress.clear();
    let (execution, saved) = done?;
    say(&progress.summary(&execution, lake.settings().price_per_tb_scanned, None));
    tell_saved(&saved);
    Ok(Exit::Done)
}

async fn select(
    context: &Context,
    lake: &Lake,
    start: StartQuery,
    to: Option<SaveTo>,
    args: &SqlArgs,
    wants_rows: bool,
) -> Result<Exit, Failure> {
    let mut progress = Progress::new();
    let on_state = |execution: &QueryExecution| progress.hear(execution);
    let done = query::run(lake, start, on_state, context.cancel.clone()).await;
    progress.clear();
    let execution = done?;
    let price = lake.settings().price_per_tb_scanned;
    if execution.state != QueryState::Succeeded {
        if execution.state == QueryState::Cancelled {
            say(&progress.summary(&execution, price, None));
        }
        return Err(not_succeeded(context, lake, &execution).await);
    }
    let rest = async {
        let rows = match wants_rows {
            true => Some(printer::print(lake, &execution, args).await?),
            false => None,
        };
        say(&progress.summary(&execution, price, rows));
        if let Some(mut to) = to {
            if to.name == UNNAMED {
                to.name = query::default_name(&execution.id);
            }
            let saved = query::save(lake, &execution, &to, &context.audit.anchor()).await?;
            tell_saved(&saved);
        }
        Ok(Exit::Done)
    };
    context.until_interrupted(rest).await
}

async fn not_succeeded(context: &Context, lake: &Lake, execution: &QueryExecution) -> Failure {
    if execution.state == QueryState::Cancelled && context.cancel.is_cancelled() {
        return Failure::interrupted();
    }
    let why = execution.reason.clone().unwrap_or_else(|| execution.state.name().to_owned());
    let database = execution.database.as_deref().unwrap_or("default");
    let failure = Failure::failed(format!("query {}", execution.id), &*why);
    if denial::explain(&why, database, None).is_none() {
        return failure;
    }
    let who = lake.identity().await.ok();
    match denial::explain(&why, database, who.as_ref().map(|who| who.arn.as_str())) {
        Some(denial) => failure.hint(format!("{} {}", denial.missing, denial.remedy)),
        None => failure,
    }
}

fn tell_saved(saved: &Saved) {
    for object in &saved.objects {
        let proof = if object.verified { ", checksum compared" } else { "" };
        say(&format!("saved {} ({}{proof})", object.uri, units::bytes(object.bytes)));
    }
    say(&format!("manifest {}", saved.manifest));
}
