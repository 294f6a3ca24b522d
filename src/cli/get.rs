//! `lakehand get [-r] s3://BUCKET/KEY… DIR`

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use tokio::sync::mpsc::Receiver;

use crate::govern::PathGuard;
use crate::lake::Lake;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;
use crate::transfer::units::parse_size;
use crate::transfer::{Download, Engine, Finished, Options, Placer, Plan};

use super::context::Context;
use super::failure::{Exit, Failure};
use super::follow::{follow, text};
use super::out::Out;
use super::places::{from_and_to, uri};
use super::put::{error, status};
use super::tally::Tally;

#[derive(Debug, clap::Args)]
#[command(override_usage = "lakehand get [OPTIONS] <s3://BUCKET/KEY>... <DIR>")]
pub struct GetArgs {
    /// Objects, and with -r folders; last the folder to put them in, made where it is not there
    #[arg(required = true, value_name = "s3://BUCKET/KEY")]
    pub places: Vec<OsString>,
    /// Take everything below a folder, with the paths below it
    #[arg(short, long)]
    pub recursive: bool,
    /// One JSON object a line: each object as it ends, and a summary
    #[arg(long)]
    pub json: bool,
    /// Bytes a second over all files, such as 40MiB
    #[arg(long, value_name = "RATE", value_parser = parse_size)]
    pub limit: Option<u64>,
}

pub(super) async fn run(context: &Context, args: GetArgs) -> Result<Exit, Failure> {
    let (from, folder) = from_and_to(&args.places, "<DIR>")?;
    let folder = PathBuf::from(folder);
    check(&folder)?;
    let sources: Vec<S3Uri> = from.iter().map(|word| uri(word)).collect::<Result<_, _>>()?;
    let lake = context.open_lake().await?;
    may_leave(&lake)?;
    let (finished, ends) = tokio::sync::mpsc::channel(256);
    let options = Options {
        limit: args.limit,
        keep: 0,
        journal: Some(context.journal(&lake).await?),
        finished: Some(finished),
        ..Options::default()
    };
    let engine = Engine::start(lake, options)?;
    engine.add(Plan::Download(Download {
        sources,
        folder: folder.clone(),
        recursive: args.recursive,
        version: None,
        place: placer(folder),
    }));
    report(context, &engine, ends, args.json).await
}

/// Follows an engine that downloads to its end, and prints how each ended.
pub(super) async fn report(
    context: &Context,
    engine: &Engine,
    ends: Receiver<Finished>,
    json: bool,
) -> Result<Exit, Failure> {
    let mut out = Out::stdout();
    let (tally, told) = follow(context, engine, ends, |end| {
        if json {
            out.json(&ObjectLine::of(end))?
        } else {
            text(end, &end.local.to_string_lossy(), &mut out)?
        }
        out.flush()
    })
    .await;
    let told = told.and_then(|()| {
        if json {
            out.json(&SummaryLine::of(&tally))?;
        }
        out.flush()
    });
    tally.end(told)
}

fn check(folder: &Path) -> Result<(), Failure> {
    if folder.starts_with("s3:") {
        let why = "the last argument is the local folder to put them in";
        return Err(Failure::usage(format!("get {}", folder.display()), why));
    }
    if folder.exists() && !folder.is_dir() {
        let why = "it is there already, and no folder";
        return Err(Failure::usage(format!("get to {}", folder.display()), why));
    }
    Ok(())
}

pub(super) fn may_leave(lake: &Lake) -> Result<(), Failure> {
    if lake.settings().downloads {
        return Ok(());
    }
    Err(Failure::usage("get", "downloads are switched off for this lake")
        .hint(format!("downloads = false in [lakes.{}]", lake.settings().name)))
}

/// Places every object below the folder, or says why it may not lie there.
pub fn placer(folder: PathBuf) -> Placer {
    let guard = Mutex::new(PathGuard::new(folder));
    Arc::new(move |name, from| {
        let mut guard = guard.lock().unwrap_or_else(PoisonError::into_inner);
        guard
            .place(name, &from.key)
            .map_err(|refused| Trouble::new(Kind::Refused, format!("get {from}"), refused.why))
    })
}

#[derive(Serialize)]
struct ObjectLine<'a> {
    event: &'static str,
    key: &'a str,
    bytes: u64,
    checksum: Option<String>,
    verified: bool,
    proof: &'static str,
    bytes_received: u64,
    status: &'static str,
    error: Option<String>,
    bucket: &'a str,
    path: String,
}

impl<'a> ObjectLine<'a> {
    fn of(end: &'a Finished) -> Self {
        let landed = end.landed.as_ref();
        let proof = landed.map(|landed| landed.proof).unwrap_or_default();
        Self {
            event: "object",
            key: &end.remote.key,
            bytes: end.size,
            checksum: landed.and_then(|landed| landed.checksum.as_ref()).map(|sum| sum.text()),
            verified: proof.is_proof(),
            proof: proof.name(),
            bytes_received: end.moved,
            status: status(&end.state),
            error: error(&end.state),
            bucket: &end.remote.bucket,
            path: end.local.to_string_lossy().into_owned(),
        }
    }
}

#[derive(Serialize)]
struct SummaryLine {
    event: &'static str,
    objects: u64,
    done: u64,
    skipped: u64,
    failed: u64,
    bytes: u64,
    bytes_received: u64,
    seconds: f64,
    interrupted: bool,
}

impl SummaryLine {
    fn of(tally: &Tally) -> Self {
        Self {
            event: "summary",
            objects: tally.done + tally.skipped + tally.failed,
            done: tally.done,
            skipped: tally.skipped,
            failed: tally.failed,
            bytes: tally.bytes,
            bytes_received: tally.moved,
            seconds: tally.seconds(),
            interrupted: tally.interrupted,
        }
    }
}
