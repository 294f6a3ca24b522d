//! Copies and moves inside the lake: what a prompt was answered with becomes a plan for the
//! queue.

use super::{Cx, buckets, moves};
use crate::model::object::Entry;
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
    let mut landing = Vec::new();
    let mut bytes = known;
    for source in &plan.sources {
        if !source.is_prefix() {
            landing.push(plan.to_of_object(source)?);
            continue;
        }
        plan.check(source)?;
        let mut token = None;
        loop {
            let page = lake.page(source, false, token.as_deref(), 1000).await?;
            for entry in page.entries {
                if let Entry::Object(object) = entry {
                    bytes += object.size;
                    let from = S3Uri::new(&source.bucket, object.key);
                    landing.push(plan.to_of_found(source, &from)?);
                }
            }
            token = page.next;
            if token.is_none() {
                break;
            }
        }
    }
    // A bucket that is not there is said now, not by every object.
    match lake.page(&plan.folder(), true, None, 1).await {
        Err(trouble) if trouble.kind == Kind::NotFound => return Err(trouble),
        _ => {}
    }
    let folder = S3Uri::new(
        &plan.to.bucket,
        buckets::common_prefix(landing.iter().map(|uri| uri.key.as_str())),
    );
    let keys: Vec<String> = landing.into_iter().map(|uri| uri.key).collect();
    let there = moves::existing(&lake, &folder, &keys).await?;
    Ok(PlannedCopy {
        what: plan.sources,
        to: plan.to,
        remove,
        objects: keys.len() as u64,
        bytes,
        existing: there.len() as u64,
        example: there.first().map(|key| Shown::of(key)),
    })
}

pub(super) fn start(
    planned: PlannedCopy,
    overwrite: bool,
    approval: Option<String>,
    cx: &Cx,
) -> Result<(), Trouble> {
    let PlannedCopy { what: sources, to, remove: remove_source, .. } = planned;
    let how = CopyHow { overwrite, remove_source, approval, version: None };
    cx.engine()?.add(Plan::Copy(Copy { sources, to, recursive: true, how }));
    Ok(())
}
