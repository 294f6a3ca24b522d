//! Turns a plan into transfers while its folders and prefixes are still being read.

use std::fs::Metadata;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::engine::Core;
use super::item::{DownJob, Job, UpJob};
use super::plan::{Download, Plan, Upload, as_folder};
use super::walk::{Found, walk};
use crate::model::object::Entry;
use crate::model::transfer::Direction;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

/// Found files between the walk's thread and the queue.
const AHEAD: usize = 64;
/// Keys a page.
const PAGE: u32 = 1000;

/// Feeds a plan to the queue; ends early when `stop` does.
pub(super) async fn feed(core: &Core, plan: Plan, stop: &CancellationToken) {
    let fed = async {
        match plan {
            Plan::Upload(plan) => feed_upload(core, plan).await,
            Plan::Download(plan) => feed_download(core, plan).await,
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = fed => {}
    }
}

async fn feed_upload(core: &Core, plan: Upload) {
    let how = Arc::new(plan.how.clone());
    let folder = plan.folder();
    let (found, mut files) = mpsc::channel::<(Found, u64)>(AHEAD);
    // Ends by itself when the receiver is dropped.
    tokio::task::spawn_blocking(move || {
        walk(&plan, |file| {
            let size = size(&file.path);
            match found.blocking_send((file, size)) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        });
    });
    while let Some((Found { path, to }, size)) = files.recv().await {
        match to {
            Ok(to) => core.enqueue(Job::Up(UpJob { path, to, how: how.clone() }), size).await,
            Err(trouble) => {
                let remote = folder.clone();
                let job = Job::Misplaced { direction: Direction::Up, local: path, remote };
                core.misplaced(job, trouble).await;
            }
        }
    }
}

/// Bytes, for the figures of what is still waiting; the upload looks again.
fn size(path: &Path) -> u64 {
    std::fs::metadata(path).ok().filter(Metadata::is_file).map_or(0, |meta| meta.len())
}

async fn feed_download(core: &Core, plan: Download) {
    for source in &plan.sources {
        if source.is_prefix() || plan.recursive {
            feed_prefix(core, &plan, source).await;
        } else {
            feed_object(core, &plan, source.clone(), source.name(), 0).await;
        }
    }
}

/// Everything below a prefix, under the names below it. Folder markers (keys that end in `/`)
/// are no files and leave none.
async fn feed_prefix(core: &Core, plan: &Download, source: &S3Uri) {
    if !plan.recursive {
        let why = "it is a folder";
        let trouble = Trouble::new(Kind::Invalid, format!("get {source}"), why);
        let trouble = trouble.hint("give -r to download folders");
        return misplaced(core, plan, source.clone(), trouble).await;
    }
    let prefix = S3Uri::new(&source.bucket, as_folder(&source.key));
    let mut token = None;
    let mut any = false;
    loop {
        let page = match core.lake.page(&prefix, false, token.as_deref(), PAGE).await {
            Ok(page) => page,
            Err(trouble) => return misplaced(core, plan, prefix, trouble).await,
        };
        for entry in page.entries {
            let Entry::Object(object) = entry else { continue };
            any = true;
            let Some(name) = object.key.strip_prefix(&prefix.key).filter(|n| !n.is_empty()) else {
                continue;
            };
            if name.ends_with('/') {
                continue;
            }
            let from = S3Uri::new(&prefix.bucket, &object.key);
            feed_object(core, plan, from, name, object.size).await;
        }
        token = page.next;
        if token.is_none() {
            break;
        }
    }
    if !any {
        let why = "there is nothing under it";
        let trouble = Trouble::new(Kind::NotFound, format!("get {prefix}"), why);
        misplaced(core, plan, prefix, trouble).await;
    }
}

async fn feed_object(core: &Core, plan: &Download, from: S3Uri, name: &str, size: u64) {
    match (plan.place)(name, &from) {
        Ok(to) => core.enqueue(Job::Down(DownJob { from, to }), size).await,
        Err(trouble) => misplaced(core, plan, from, trouble).await,
    }
}

async fn misplaced(core: &Core, plan: &Download, remote: S3Uri, trouble: Trouble) {
    let local: PathBuf = plan.folder.clone();
    core.misplaced(Job::Misplaced { direction: Direction::Down, local, remote }, trouble).await;
}
