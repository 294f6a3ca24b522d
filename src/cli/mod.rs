//! The plain commands, one file per verb: parse, call an engine, print.

mod args;
mod audit;
mod check;
mod completions;
mod config;
mod context;
mod failure;
mod follow;
mod get;
mod keys;
mod lake;
#[cfg(feature = "local")]
mod local;
mod logging;
mod ls;
mod manifest;
mod out;
mod places;
mod progress;
mod put;
mod recheck;
mod rows;
#[cfg(feature = "local")]
mod serve;
mod signals;
mod sql;
mod tally;
mod transfers;
mod units;
mod workbench;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

pub use args::{Args, Globals, Verb, parse};
pub use context::Context;
pub use failure::{Exit, Failure, say};
pub use lake::{Chosen, choose};
pub use out::Out;

/// Does what the command line says and tells how it ended.
pub async fn run(args: Args) -> Exit {
    match dispatch(args).await {
        Ok(exit) => exit,
        Err(failure) => failure.report(),
    }
}

async fn dispatch(args: Args) -> Result<Exit, Failure> {
    // Needs no configuration, and must work where that is broken.
    if let Some(Verb::Completions(args)) = args.verb {
        return completions::run(&args);
    }
    let cancel = CancellationToken::new();
    signals::watch(cancel.clone());
    let context = Arc::new(Context::new(args.globals, cancel)?);
    if let Err(error) = logging::start(&context.home.log_file()) {
        say(&format!("log: {}: {error}", context.home.log_file().display()));
    }
    let name = args.verb.as_ref().map_or("workbench", Verb::name);
    tracing::info!(version = env!("CARGO_PKG_VERSION"), verb = name, "start");
    let done = verb(&context, args.verb).await;
    let done = with_audit(&context, done).await;
    let exit = done.as_ref().map_or_else(|failure| failure.exit, |exit| *exit);
    tracing::info!(verb = name, status = exit.code(), "end");
    done
}

/// The lake was changed: an audit log that could not be written is a failure of its own.
async fn with_audit(context: &Context, done: Result<Exit, Failure>) -> Result<Exit, Failure> {
    let Err(why) = context.audit.settle().await else { return done };
    if let Err(first) = done {
        first.report();
    }
    Err(Failure::failed("write the audit log", why))
}

async fn verb(context: &Arc<Context>, verb: Option<Verb>) -> Result<Exit, Failure> {
    match verb {
        Some(Verb::Put(args)) => put::run(context, args).await,
        Some(Verb::Get(args)) => get::run(context, args).await,
        Some(Verb::Ls(args)) => ls::run(context, &args).await,
        Some(Verb::Sql(args)) => sql::run(context, &args).await,
        Some(Verb::Transfers(args)) => transfers::run(context, &args).await,
        Some(Verb::Keys) => keys::run(context),
        #[cfg(feature = "local")]
        Some(Verb::Serve(args)) => serve::run(context, &args).await,
        Some(Verb::Audit(args)) => audit::run(context, &args),
        Some(Verb::Check(args)) => check::run(context, &args).await,
        Some(Verb::Config(args)) => config::run(context, &args),
        Some(Verb::Completions(args)) => completions::run(&args),
        None => workbench::run(context).await,
    }
}
