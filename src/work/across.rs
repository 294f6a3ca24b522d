//! Copies and moves inside the lake: what a prompt was answered with becomes a plan for the
//! queue.

use super::Cx;
use super::there::{self, Copied};
use crate::model::shown::Shown;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;
use crate::transfer::{Copy, CopyHow, Plan};
use crate::ui::panes::buckets::PlannedCopy;

/// What a copy or a move would do, and what of it is there already. `known`: bytes of what is
/// no folder.
pub(super) async fn plan(
    what: Vec<S3Uri>,
    known: u64,
    to: S3Uri,
    remove: bool,
    cx: &Cx,
) -> Result<PlannedCopy, Trouble> {
    let lake = cx.lake()?;
    let how = CopyHow { remove_source: remove, ..CopyHow::default() };
    let plan = Copy { sources: what, to, recursive: true, how };
    // A bucket that is not there is said now, not by every object.
    match lake.page(&plan.folder(), true, None, 1).await {
        Err(trouble) if trouble.kind == Kind::NotFound => return Err(trouble),
        _ => {}
    }
    let (folders, objects): (Vec<&S3Uri>, Vec<&S3Uri>) =
        plan.sources.iter().partition(|source| source.is_prefix());
    let mut all = Copied { objects: objects.len() as u64, bytes: known, ..Copied::default() };
    let landing = objects.into_iter().map(|object| Ok(plan.to_of_object(object)?.key));
    let landing = landing.collect::<Result<Vec<_>, Trouble>>()?;
    all.there = there::among(&lake, &plan.folder(), landing).await?;
    for folder in folders {
        plan.check(folder)?;
        all.add(there::of_folder(&lake, &plan, folder).await?);
    }
    Ok(PlannedCopy {
        what: plan.sources,
        to: plan.to,
        remove,
        objects: all.objects,
        bytes: all.bytes,
        existing: all.there.count,
        example: all.there.example.as_deref().map(Shown::of),
    })
}

pub(super) fn start(
    planned: PlannedCopy,
    overwrite: bool,
    approval: Option<String>,
    cx: &Cx,
) -> Result<(), Trouble> {
    let PlannedCopy { what: sources, to, remove: remove_source, .. } = planned;
    let how = CopyHow { overwrite, remove_source, approval, ..CopyHow::default() };
    cx.engine()?.add(Plan::Copy(Copy { sources, to, recursive: true, how }));
    Ok(())
}
