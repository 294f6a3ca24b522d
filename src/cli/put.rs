//! `lakehand put [-r] SRC… s3://BUCKET/PREFIX/`

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use serde::Serialize;
use tokio::sync::mpsc::{Receiver, UnboundedReceiver};

use crate::lake::Lake;
use crate::model::transfer::{Proof, TransferState};
use crate::model::uri::S3Uri;
use crate::transfer::manifest::Kept;
use crate::transfer::parts::checked;
use crate::transfer::units::parse_size;
use crate::transfer::{Engine, Finished, Options, Plan, Upload, UploadHow};

use super::context::Context;
use super::failure::{Exit, Failure, note};
use super::follow::{follow, text};
use super::manifest;
use super::out::Out;
use super::places::{from_and_to, uri};
use super::recheck;
use super::tally::Tally;

/// What the usage calls the destination.
const TO: &str = "<s3://BUCKET/PREFIX/>";

#[derive(Debug, clap::Args)]
#[command(override_usage = "lakehand put [OPTIONS] <SRC>... <s3://BUCKET/PREFIX/>")]
pub struct PutArgs {
    /// Files, and with -r folders; last the folder to put them in (ending in /), or the key of a
    /// single file
    // Clap asks for nothing that conflicts with what is given.
    #[arg(required = true, value_name = "SRC", conflicts_with = "verify_only")]
    pub places: Vec<OsString>,
    /// Take folders along, with the paths below them
    #[arg(short, long)]
    pub recursive: bool,
    /// One JSON object a line: each object as it ends, and a summary
    #[arg(long)]
    pub json: bool,
    /// Replace objects that have other content
    #[arg(long)]
    pub overwrite: bool,
    /// Size of a part, 5MiB to 5GiB; chosen by the file's size, if left out
    #[arg(long, value_name = "SIZE", value_parser = part_size)]
    pub part_size: Option<u64>,
    /// Requests in flight over all files, at most; found out on the line, if left out
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub concurrency: Option<u16>,
    /// Bytes a second over all files, such as 40MiB
    #[arg(long, value_name = "RATE", value_parser = parse_size)]
    pub limit: Option<u64>,
    /// Compute the SHA-256 of every file too
    #[arg(long)]
    pub sha256: bool,
    /// The reference of the approval, for the audit log; the target bucket asks for one
    #[arg(long, value_name = "REF", value_parser = approval)]
    pub approval: Option<String>,
    /// Upload nothing: hold the lake against the manifest of an earlier put
    #[arg(long, value_name = "MANIFEST", conflicts_with_all = ["recursive", "overwrite",
        "part_size", "limit", "sha256", "approval"])]
    pub verify_only: Option<PathBuf>,
}

fn part_size(text: &str) -> Result<u64, String> {
    checked(parse_size(text)?).map_err(|bad| bad.to_string())
}

fn approval(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("an approval reference is not empty".to_owned()),
        reference => Ok(reference.to_owned()),
    }
}

pub(super) async fn run(context: &Context, args: PutArgs) -> Result<Exit, Failure> {
    match &args.verify_only {
        Some(manifest) => recheck::run(context, &args, manifest).await,
        None => put(context, &args).await,
    }
}

async fn put(context: &Context, args: &PutArgs) -> Result<Exit, Failure> {
    let (from, to) = from_and_to(&args.places, TO)?;
    let (sources, to) = (sources(from)?, uri(to)?);
    let lake = context.open_lake().await?;
    may_go_there(&lake, args, &to)?;
    let (finished, ends) = tokio::sync::mpsc::channel(256);
    let (manifests, kept) = context.manifests();
    let options = Options {
        concurrency: args.concurrency.map(usize::from),
        limit: args.limit,
        keep: 0,
        journal: Some(context.journal(&lake).await?),
        manifests: Some(manifests),
        finished: Some(finished),
        ..Options::default()
    };
    let engine = Engine::start(lake, options)?;
    engine.add(Plan::Upload(plan(args, sources, to)));
    report(context, &engine, ends, kept, args.json).await
}

/// Follows an engine that uploads to its end, and prints how each ended.
pub(super) async fn report(
    context: &Context,
    engine: &Engine,
    ends: Receiver<Finished>,
    kept: UnboundedReceiver<Kept>,
    json: bool,
) -> Result<Exit, Failure> {
    let mut out = Out::stdout();
    let mut notes = Notes::default();
    let (tally, told) = follow(context, engine, ends, |end| {
        if json {
            out.json(&ObjectLine::of(end))?
        } else {
            notes.count(end);
            text(end, &end.remote.to_string(), &mut out)?
        }
        out.flush()
    })
    .await;
    notes.tell();
    // A single failure has said its own.
    let manifest = manifest::tell(kept, tally.done + tally.skipped > 0);
    let told = told.and_then(|()| {
        if json {
            out.json(&SummaryLine::of(&tally, manifest))?;
        }
        out.flush()
    });
    tally.end(told)
}

/// Remarks on what has ended, to be told once: they are often the same of every object.
#[derive(Default)]
struct Notes(BTreeMap<String, (S3Uri, u64)>);

impl Notes {
    fn count(&mut self, end: &Finished) {
        if let Some(note) = &end.note {
            let first = || (end.remote.clone(), 0);
            self.0.entry(note.clone()).or_insert_with(first).1 += 1;
        }
    }

    fn tell(&self) {
        for (remark, (first, count)) in &self.0 {
            match count - 1 {
                0 => note(&format!("{first}: {remark}")),
                more => note(&format!("{first} and {more} more: {remark}")),
            }
        }
    }
}

fn sources(words: &[OsString]) -> Result<Vec<PathBuf>, Failure> {
    let sources: Vec<PathBuf> = words.iter().map(PathBuf::from).collect();
    match sources.iter().find(|source| source.starts_with("s3:")) {
        Some(remote) => {
            Err(Failure::usage(format!("put {}", remote.display()), "a source is a local file"))
        }
        None => Ok(sources),
    }
}

/// Approved egress leaves through the target bucket: what goes there names its approval.
fn may_go_there(lake: &Lake, args: &PutArgs, to: &S3Uri) -> Result<(), Failure> {
    if lake.settings().wants_approval(&to.bucket) && args.approval.is_none() {
        let why = "it is the target bucket, and what goes there names its approval";
        return Err(Failure::usage(format!("put to {to}"), why).hint("give --approval REF"));
    }
    Ok(())
}

fn plan(args: &PutArgs, sources: Vec<PathBuf>, to: S3Uri) -> Upload {
    Upload {
        recursive: args.recursive,
        how: UploadHow {
            overwrite: args.overwrite,
            part_size: args.part_size,
            sha256: args.sha256,
            approval: args.approval.clone(),
            adopt: None,
        },
        ..Upload::new(sources, to)
    }
}

#[derive(Serialize)]
pub(super) struct ObjectLine<'a> {
    event: &'static str,
    key: &'a str,
    /// Bytes of the whole object.
    bytes: u64,
    checksum: Option<String>,
    sha256: Option<&'a str>,
    verified: bool,
    proof: &'static str,
    bytes_sent: u64,
    parts_reused: u32,
    upload_id: Option<&'a str>,
    status: &'static str,
    error: Option<String>,
    bucket: &'a str,
    source: String,
    version_id: Option<&'a str>,
    /// What else is to be known of one that is not failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
}

impl<'a> ObjectLine<'a> {
    pub fn of(end: &'a Finished) -> Self {
        let landed = end.landed.as_ref();
        // The contract knows these four; a CRC32 that somebody else wrote is none of them.
        let proof = match landed.map(|landed| landed.proof).unwrap_or_default() {
            Proof::Crc32 | Proof::Crc32C => Proof::None,
            proof => proof,
        };
        Self {
            event: "object",
            key: &end.remote.key,
            bytes: end.size,
            checksum: landed.and_then(|landed| landed.checksum.as_ref()).map(|sum| sum.text()),
            sha256: landed.and_then(|landed| landed.sha256.as_deref()),
            verified: proof.is_proof(),
            proof: proof.name(),
            bytes_sent: end.moved,
            parts_reused: landed.map_or(0, |landed| landed.parts_reused),
            upload_id: end.upload_id.as_deref(),
            status: status(&end.state),
            error: error(&end.state),
            bucket: &end.remote.bucket,
            // A copy is never put, but `transfers resume` tells of one in these lines.
            source: match &end.origin {
                Some(origin) => origin.uri.to_string(),
                None => end.local.to_string_lossy().into_owned(),
            },
            version_id: landed.and_then(|landed| landed.version_id.as_deref()),
            note: end.note.as_deref(),
        }
    }
}

/// A script tells three ends apart; a cancelled transfer is one that failed.
pub(super) fn status(state: &TransferState) -> &'static str {
    match state {
        TransferState::Done(_) => "done",
        TransferState::Skipped(_) => "skipped",
        _ => "failed",
    }
}

pub(super) fn error(state: &TransferState) -> Option<String> {
    match state {
        TransferState::Failed(trouble) => Some(trouble.to_string()),
        TransferState::Cancelled => Some("it was cancelled".to_owned()),
        _ => None,
    }
}

#[derive(Serialize)]
pub(super) struct SummaryLine {
    event: &'static str,
    objects: u64,
    done: u64,
    skipped: u64,
    failed: u64,
    bytes: u64,
    bytes_sent: u64,
    parts_reused: u64,
    seconds: f64,
    interrupted: bool,
    /// Where it is on this machine; none while something is left to do.
    manifest: Option<String>,
}

impl SummaryLine {
    pub fn of(tally: &Tally, manifest: Option<String>) -> Self {
        Self {
            event: "summary",
            objects: tally.done + tally.skipped + tally.failed,
            done: tally.done,
            skipped: tally.skipped,
            failed: tally.failed,
            bytes: tally.bytes,
            bytes_sent: tally.moved,
            parts_reused: tally.parts_reused,
            seconds: tally.seconds(),
            interrupted: tally.interrupted,
            manifest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::transfer::{Direction, TransferId};
    use crate::model::trouble::{Kind, Trouble};
    use crate::transfer::Landed;
    use crate::transfer::digest::{Method, Sum};

    fn end(state: TransferState, landed: Option<Landed>) -> Finished {
        Finished {
            id: TransferId(1),
            direction: Direction::Up,
            local: "/d/x".into(),
            remote: S3Uri::new("b", "P/x"),
            origin: None,
            size: 5,
            moved: 5,
            upload_id: None,
            state,
            landed,
            note: None,
        }
    }

    #[test]
    fn a_line_has_every_field_of_the_contract() {
        let landed = Landed {
            proof: Proof::Crc64Nvme,
            checksum: Some(Sum { method: Method::Crc64Nvme, value: "abc=".into() }),
            ..Landed::default()
        };
        let done = end(TransferState::Done(Proof::Crc64Nvme), Some(landed));
        let line = serde_json::to_string(&ObjectLine::of(&done)).unwrap();
        assert!(
            line.starts_with(
                "{\"event\":\"object\",\"key\":\"P/x\",\"bytes\":5,\"checksum\":\"CRC64NVME:abc=\",\
                 \"sha256\":null,\"verified\":true,\"proof\":\"crc64nvme\",\"bytes_sent\":5,\
                 \"parts_reused\":0,\"upload_id\":null,\"status\":\"done\",\"error\":null"
            ),
            "{line}"
        );
        let failed = end(TransferState::Failed(Trouble::new(Kind::Disk, "put x", "no")), None);
        let line = serde_json::to_value(ObjectLine::of(&failed)).unwrap();
        assert_eq!((&line["status"], &line["error"]), (&"failed".into(), &"put x: no".into()));
        assert_eq!((&line["verified"], &line["proof"]), (&false.into(), &"none".into()));
    }
}
