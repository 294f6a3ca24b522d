//! Turns a copy's plan into transfers while its prefixes are still being listed.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::super::feed::{Feed, PAGE};
use super::super::item::{CopyJob, Job};
use super::super::journal::Closing;
use super::super::plan::{Copy, CopyHow};
use super::super::task::End;
use super::super::tries::Tries;
use crate::model::object::Entry;
use crate::model::transfer::Direction;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

pub(in crate::transfer) async fn feed(feed: &Feed<'_>, plan: Copy) {
    let how = Arc::new(plan.how.clone());
    let begun = feed_closing(feed, &plan, &how).await;
    let feeding = Feeding { feed, plan: &plan, how, begun };
    for source in &plan.sources {
        if source.is_prefix() {
            if let Err(trouble) = feeding.prefix(source).await {
                refuse(feed, &plan, source, trouble).await;
            }
        } else {
            // Its size is learnt when its turn comes.
            feeding.object(source.clone(), plan.to_of_object(source), 0).await;
        }
    }
}

/// Moves whose sources may be deleted already, so that no listing would find them; tells where
/// they went.
async fn feed_closing(feed: &Feed<'_>, plan: &Copy, how: &Arc<CopyHow>) -> HashSet<S3Uri> {
    let mut begun = HashSet::new();
    if !feed.batch.inherits || !plan.how.remove_source {
        return begun;
    }
    let closing = match feed.core.journal.in_closing(feed.batch.id).await {
        Ok(closing) => closing,
        Err(trouble) => {
            refuse(feed, plan, &plan.folder(), trouble).await;
            return begun;
        }
    };
    for Closing { place, size } in closing {
        let Ok(from) = place.local.to_string_lossy().parse() else { continue };
        let to = place.remote;
        begun.insert(to.clone());
        feed.offer(Job::Copy(CopyJob { from, to, how: how.clone() }), size).await;
    }
    begun
}

struct Feeding<'a> {
    feed: &'a Feed<'a>,
    plan: &'a Copy,
    how: Arc<CopyHow>,
    /// Where those went that are in the queue already.
    begun: HashSet<S3Uri>,
}

impl Feeding<'_> {
    /// Everything below a prefix, the objects that stand for folders too.
    async fn prefix(&self, prefix: &S3Uri) -> Result<(), Trouble> {
        let Self { feed, plan, .. } = self;
        if !plan.recursive {
            return Err(Trouble::new(Kind::Invalid, plan.what(prefix), "it is a folder"));
        }
        plan.check(prefix)?;
        let mut token = None;
        let mut any = false;
        loop {
            let page = || feed.core.lake.page(prefix, false, token.as_deref(), PAGE);
            let page = match Tries::about(feed.core, prefix).run(page).await {
                Ok(page) => page,
                Err(End::Trouble(trouble)) => return Err(trouble),
                Err(End::Stopped) => return Ok(()),
            };
            for entry in page.entries {
                let Entry::Object(object) = entry else { continue };
                any = true;
                let from = S3Uri::new(&prefix.bucket, &object.key);
                let to = plan.to_of_found(prefix, &from);
                self.object(from, to, object.size).await;
            }
            token = page.next;
            if token.is_none() {
                break;
            }
        }
        // A move that is gone on with may have left nothing to be found.
        let all_moved =
            plan.how.remove_source && (feed.batch.through.is_some() || !self.begun.is_empty());
        if !any && !all_moved {
            let why = "there is nothing under it";
            return Err(Trouble::new(Kind::NotFound, plan.what(prefix), why));
        }
        Ok(())
    }

    async fn object(&self, from: S3Uri, to: Result<S3Uri, Trouble>, size: u64) {
        match to {
            Ok(to) if self.begun.contains(&to) => {}
            Ok(to) => {
                let how = self.how.clone();
                self.feed.offer(Job::Copy(CopyJob { from, to, how }), size).await;
            }
            Err(trouble) => refuse(self.feed, self.plan, &from, trouble).await,
        }
    }
}

async fn refuse(feed: &Feed<'_>, plan: &Copy, from: &S3Uri, trouble: Trouble) {
    feed.core.misplaced(&feed.batch, misplaced(plan, Some(from)), trouble).await;
}

/// What stands for a source that is not copied.
pub(in crate::transfer) fn misplaced(plan: &Copy, from: Option<&S3Uri>) -> Job {
    let local = from.map(|from| PathBuf::from(from.to_string())).unwrap_or_default();
    Job::Misplaced { direction: Direction::Across, local, remote: plan.folder() }
}
