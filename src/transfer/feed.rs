//! Turns a plan into transfers while its folders and prefixes are still being read.

use std::fs::Metadata;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::batch::Batch;
use super::engine::Core;
use super::item::{DownJob, Job, UpJob};
use super::journal::{BatchId, Stand};
use super::plan::{Download, Plan, Upload, as_folder};
use super::task::End;
use super::tries::Tries;
use super::walk::{Found, Unfit, walk};
use crate::model::object::Entry;
use crate::model::transfer::Direction;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

/// Found files between the walk's thread and the queue.
const AHEAD: usize = 64;
/// Keys a page.
pub(super) const PAGE: u32 = 1000;

/// Feeds a plan to the queue; ends early when `stop` does.
pub(super) async fn feed(
    core: &Arc<Core>,
    batch: Arc<Batch>,
    plan: Plan,
    stop: &CancellationToken,
) {
    let feed = Feed { core, batch };
    let fed = async {
        match plan {
            Plan::Upload(plan) => feed.upload(plan).await,
            Plan::Download(plan) => feed.download(plan).await,
            Plan::Copy(plan) => super::copy::feed(&feed, plan).await,
        }
    };
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        () = feed.batch.stop.cancelled() => {}
        () = fed => {}
    }
    // A walk that was left off is walked again by whoever takes the batch up; one that was
    // cancelled is not.
    if !core.draining.is_cancelled() {
        feed.batch.walked();
        core.close_if_over(&feed.batch).await;
    }
}

/// A plan that the journal could not take: nothing of it is done.
pub(super) async fn refuse(core: &Arc<Core>, plan: &Plan, trouble: Trouble) {
    let job = match plan {
        Plan::Upload(plan) => Job::Misplaced {
            direction: Direction::Up,
            local: plan.sources.first().cloned().unwrap_or_default(),
            remote: plan.folder(),
        },
        Plan::Download(plan) => Job::Misplaced {
            direction: Direction::Down,
            local: plan.folder.clone(),
            remote: plan.sources.first().cloned().unwrap_or_else(|| S3Uri::new("", "")),
        },
        Plan::Copy(plan) => super::copy::misplaced(plan, plan.sources.first()),
    };
    // Of no batch that anybody could take up.
    let batch = Arc::new(Batch::new(BatchId(0), false, None));
    core.misplaced(&batch, job, trouble).await;
}

pub(super) struct Feed<'a> {
    pub core: &'a Arc<Core>,
    pub batch: Arc<Batch>,
}

impl Feed<'_> {
    async fn upload(&self, plan: Upload) {
        let how = Arc::new(plan.how.clone());
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
                Ok(to) => self.offer(Job::Up(UpJob { path, to, how: how.clone() }), size).await,
                Err(Unfit { meant, trouble }) => {
                    let job =
                        Job::Misplaced { direction: Direction::Up, local: path, remote: meant };
                    self.core.misplaced(&self.batch, job, trouble).await;
                }
            }
        }
    }

    async fn download(&self, plan: Download) {
        for source in &plan.sources {
            if source.is_prefix() || plan.recursive {
                self.prefix(&plan, source).await;
            } else {
                self.object(&plan, source.clone(), source.name(), 0).await;
            }
        }
    }

    /// Everything below a prefix, under the names below it. Folder markers (keys that end in `/`)
    /// are no files and leave none.
    async fn prefix(&self, plan: &Download, source: &S3Uri) {
        if !plan.recursive {
            let why = "it is a folder";
            let trouble = Trouble::new(Kind::Invalid, format!("get {source}"), why);
            let trouble = trouble.hint("give -r to download folders");
            return self.misplaced(plan, source.clone(), trouble).await;
        }
        let prefix = S3Uri::new(&source.bucket, as_folder(&source.key));
        let mut token = None;
        let mut any = false;
        loop {
            let page = || self.core.lake.page(&prefix, false, token.as_deref(), PAGE);
            let page = match Tries::about(self.core, &prefix).run(page).await {
                Ok(page) => page,
                Err(End::Trouble(trouble)) => return self.misplaced(plan, prefix, trouble).await,
                Err(End::Stopped) => return,
            };
            for entry in page.entries {
                let Entry::Object(object) = entry else { continue };
                any = true;
                let Some(name) = object.key.strip_prefix(&prefix.key).filter(|n| !n.is_empty())
                else {
                    continue;
                };
                if name.ends_with('/') {
                    continue;
                }
                let from = S3Uri::new(&prefix.bucket, &object.key);
                self.object(plan, from, name, object.size).await;
            }
            token = page.next;
            if token.is_none() {
                break;
            }
        }
        if !any && !source.is_prefix() {
            // It may be the name of one object after all.
            return self.object(plan, source.clone(), source.name(), 0).await;
        }
        if !any {
            let why = "there is nothing under it";
            let trouble = Trouble::new(Kind::NotFound, format!("get {prefix}"), why);
            self.misplaced(plan, prefix, trouble).await;
        }
    }

    async fn object(&self, plan: &Download, from: S3Uri, name: &str, size: u64) {
        match (plan.place)(name, &from) {
            Ok(to) => {
                let version = plan.version.clone();
                self.offer(Job::Down(DownJob { from, version, to }), size).await;
            }
            Err(trouble) => self.misplaced(plan, from, trouble).await,
        }
    }

    async fn misplaced(&self, plan: &Download, remote: S3Uri, trouble: Trouble) {
        let local: PathBuf = plan.folder.clone();
        let job = Job::Misplaced { direction: Direction::Down, local, remote };
        self.core.misplaced(&self.batch, job, trouble).await;
    }

    /// Queues a transfer, unless the batch was taken up and has brought it to its end.
    pub async fn offer(&self, job: Job, size: u64) {
        let stand = self.batch.through.as_ref().and_then(|through| through.stand(job.remote()));
        match stand {
            Some(stand @ (Stand::Done | Stand::Skipped | Stand::Cancelled)) => {
                self.batch.was_through(stand, size);
            }
            Some(Stand::Paused) if !self.batch.unpauses => {
                self.core.add_paused(&self.batch, job, size);
            }
            Some(Stand::Open | Stand::Paused | Stand::Failed) | None => {
                self.core.enqueue(&self.batch, job, size).await;
            }
        }
    }
}

/// Bytes, for the figures of what is still waiting; the upload looks again.
fn size(path: &Path) -> u64 {
    std::fs::metadata(path).ok().filter(Metadata::is_file).map_or(0, |meta| meta.len())
}
