//! `lakehand sql`: run statements in order, print their results, keep the last one's.

mod input;
mod keeping;
mod printer;
mod progress;
mod table;

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::ValueEnum;

use crate::lake::{Lake, StartQuery};
use crate::model::denial;
use crate::model::query::{QueryExecution, QueryState};
use crate::model::sql::only_reads;
use crate::model::uri::S3Uri;
use crate::query::parameters::Bound;
use crate::query::{self, Place};

use super::context::Context;
use super::failure::{Exit, Failure, say};
use keeping::{AsFormat, Keeping};
use printer::Printer;
use progress::Progress;

#[derive(Debug, clap::Args)]
pub struct SqlArgs {
    /// One statement; standard input, if there is neither it nor -f
    #[arg(value_name = "SQL", conflicts_with = "file")]
    pub sql: Option<String>,
    /// Run the statements of a file in order, up to the first that fails
    #[arg(short, long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// How rows are written [default: table on a terminal, csv elsewhere]
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Write rows here instead of to standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Keep the last statement's result below this folder, with a manifest beside it
    #[arg(long, value_name = "s3://BUCKET/PREFIX/")]
    pub save: Option<S3Uri>,
    /// What it is kept as: csv is a copy of the result, the others run the query into the lake
    #[arg(long, value_name = "FORMAT", requires = "save", default_value = "csv")]
    pub as_format: AsFormat,
    /// Make a table of it, under this name
    #[arg(long, value_name = "[DATABASE.]NAME", requires = "save")]
    pub table: Option<String>,
    /// The Athena workgroup
    #[arg(long, value_name = "NAME")]
    pub workgroup: Option<String>,
    /// The database of names that say none
    #[arg(long, value_name = "NAME")]
    pub database: Option<String>,
    /// A value for :NAME; text is quoted; numbers, NULL and DATE '…' are not (01 and 1E5 are text)
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

pub(super) async fn run(context: &Context, args: &SqlArgs) -> Result<Exit, Failure> {
    let script = input::statements(args)?;
    let lake = context.open_lake().await?;
    let mut printer = Printer::new(args);
    let wants_rows = wants_rows(args, &lake, &script, printer.format())?;
    let database = args.database.clone().unwrap_or_else(|| lake.settings().database.clone());
    let keeping = Keeping::of(args, &lake, &database)?;
    let place = query::place(&lake, args.workgroup.as_deref()).await?.open()?;
    let many = script.len();
    for (at, one) in (1..).zip(script) {
        if context.cancel.is_cancelled() {
            return Err(Failure::interrupted());
        }
        let step = Step {
            context,
            lake: &lake,
            progress: Progress::new((many > 1).then_some((at, many))),
            keeping: keeping.as_ref().filter(|_| at == many),
        };
        let start = started_with(one, &database, &place);
        let done = step.run(start, wants_rows.then_some(&mut printer)).await;
        done.map_err(|failure| match many {
            1 => failure,
            _ => failure.of(&format!("statement {at} of {many}")),
        })?;
    }
    printer.finish()?;
    Ok(Exit::Done)
}

fn started_with(one: Bound, database: &str, place: &Place) -> StartQuery {
    StartQuery {
        sql: one.sql,
        database: Some(database.to_owned()),
        workgroup: Some(place.workgroup.clone()),
        output_location: place.output_location.clone(),
        kms_key: place.kms_key.clone(),
        parameters: one.literals,
        ..StartQuery::default()
    }
}

/// Rows are printed unless the result is only to be kept. A lake without downloads gives none:
/// a query for them is refused before anything runs, other statements run in silence.
fn wants_rows(
    args: &SqlArgs,
    lake: &Lake,
    script: &[Bound],
    format: Format,
) -> Result<bool, Failure> {
    let asked = args.output.is_some() || args.format.is_some();
    let wanted = asked || args.save.is_none();
    if args.save.is_some() && args.as_format != AsFormat::Csv && asked && script.len() == 1 {
        let why = "what is saved in another format than csv has no rows to write";
        return Err(Failure::usage("usage", why).hint("leave --format and -o out"));
    }
    if wanted && format == Format::Parquet {
        refuse_binary(args, script)?;
    }
    if !wanted || lake.settings().downloads {
        return Ok(wanted);
    }
    if asked || script.iter().any(|one| only_reads(&one.sql)) {
        let why = format!("lake {} gives no rows out: downloads = false", lake.settings().name);
        return Err(Failure::usage("sql", why).hint("keep the result with --save s3://…/"));
    }
    Ok(false)
}

/// Parquet is for one result, and for no terminal.
fn refuse_binary(args: &SqlArgs, script: &[Bound]) -> Result<(), Failure> {
    if args.output.is_none() && std::io::stdout().is_terminal() {
        let why = "parquet is not for a terminal";
        return Err(Failure::usage("usage", why).hint("give -o FILE or a pipe"));
    }
    if script.iter().filter(|one| only_reads(&one.sql)).count() > 1 {
        let why = "a parquet file holds the rows of one statement";
        return Err(Failure::usage("usage", why).hint("run them one by one, or take csv or json"));
    }
    Ok(())
}

/// One statement.
struct Step<'a> {
    context: &'a Context,
    lake: &'a Lake,
    progress: Progress,
    /// Of the last one.
    keeping: Option<&'a Keeping>,
}

impl Step<'_> {
    async fn run(
        self,
        start: StartQuery,
        printer: Option<&mut Printer<'_>>,
    ) -> Result<(), Failure> {
        match self.keeping {
            Some(keeping) if keeping.format.runs_again() => {
                keeping.run(self.context, self.lake, start, self.progress).await
            }
            _ => self.select(start, printer).await,
        }
    }

    async fn select(
        mut self,
        start: StartQuery,
        printer: Option<&mut Printer<'_>>,
    ) -> Result<(), Failure> {
        let (context, lake, progress) = (self.context, self.lake, &mut self.progress);
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
            let rows = match printer {
                Some(printer) => Some(printer.print(lake, &execution).await?),
                None => None,
            };
            say(&progress.summary(&execution, price, rows));
            match self.keeping {
                Some(keeping) => keeping.copy(context, lake, &execution).await,
                None => Ok(()),
            }
        };
        context.until_interrupted(rest).await
    }
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
