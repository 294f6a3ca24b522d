//! `lakehand transfers [--json] [resume|cancel ID]`

mod act;
mod json;
mod list;
mod standing;

use clap::Subcommand;

use crate::model::trouble::Trouble;
use crate::transfer::journal::{BatchId, BatchView, lake_name, read};

use super::context::Context;
use super::failure::{Exit, Failure};
use super::out::Out;

#[derive(Debug, clap::Args)]
pub struct TransfersArgs {
    #[command(subcommand)]
    pub action: Option<TransfersAction>,
    /// One JSON object a line, of everything that the journal holds
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum TransfersAction {
    /// Go on with one, here and to its end; also tries again what failed
    Resume {
        /// Its number
        id: i64,
    },
    /// End one, and throw away what has arrived of its unfinished files
    Cancel {
        /// Its number
        id: i64,
    },
}

pub(super) async fn run(context: &Context, args: &TransfersArgs) -> Result<Exit, Failure> {
    match args.action {
        None => list(context, args.json).await,
        Some(TransfersAction::Resume { id }) => act::resume(context, BatchId(id), args.json).await,
        Some(TransfersAction::Cancel { id }) => act::cancel(context, BatchId(id), args.json).await,
    }
}

/// Of every lake, unless one is named: the journal is read, no lake is opened.
async fn list(context: &Context, as_json: bool) -> Result<Exit, Failure> {
    let globals = &context.globals;
    let named = globals.lake.is_some() || globals.local.is_some() || globals.demo;
    let lake = if named { Some(lake_name(&context.choose()?.settings)) } else { None };
    let mut batches = journal(context).await?;
    batches.retain(|batch| lake.as_ref().is_none_or(|lake| batch.lake == *lake));
    let mut out = Out::stdout();
    match as_json {
        true => json::print(&batches, &mut out)?,
        false => list::print(&batches, &mut out)?,
    }
    out.flush()?;
    Ok(Exit::Done)
}

/// Everything that the journal holds, the newest last.
async fn journal(context: &Context) -> Result<Vec<BatchView>, Trouble> {
    let data_dir = context.home.data_dir.clone();
    match tokio::task::spawn_blocking(move || read(&data_dir)).await {
        Ok(batches) => batches,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
