//! The Buckets pane's jobs.

use std::time::Duration;

use super::{
    Cx, across, acts, atlas, blocking, details, gone, moves, posture, preview, query_this, size,
    versions,
};
use crate::listing::{self, Gait};
use crate::model::object::Bucket;
use crate::model::trouble::Trouble;
use crate::model::uri::S3Uri;
use crate::transfer::UploadHow;
use crate::ui::panes::buckets::{Job, Kind, News, Row, Rows};
use crate::ui::talk::Failure;

/// The cursor rests this long before the details are asked for.
const REST: Duration = Duration::from_millis(120);

pub(super) async fn run(job: Job, cx: &Cx) {
    match job {
        Job::Buckets { generation } => told(generation, buckets(generation, cx).await, cx).await,
        Job::List { at, begin, generation } => {
            told(generation, list(&at, &begin, generation, cx).await, cx).await;
        }
        Job::Arrange { from, pages, sort, filter, generation } => {
            let teller = cx.clone();
            let done = blocking(move || {
                let stop = || teller.cancel.is_cancelled();
                let tell = |arrangement| {
                    teller.tell_from_thread(News::Arranged {
                        generation,
                        arrangement,
                        done: false,
                    });
                };
                from.next(&pages, sort, &filter, &stop, tell)
            });
            if let Some(arrangement) = done.await {
                cx.tell(News::Arranged { generation, arrangement, done: true }).await;
            }
        }
        Job::Details { uri } => {
            tokio::time::sleep(REST).await;
            let result = details::of(&uri, cx).await.map_err(Failure::from);
            cx.tell(News::Details { uri, result }).await;
        }
        Job::Viewer(job) => preview::run(job, cx).await,
        Job::Query { of } => {
            let result = query_this::sql(of, cx).await.map_err(Failure::from);
            cx.tell(News::Query(result)).await;
        }
        Job::Count { act, objects, folders, known } => {
            let counted = gone::count(act, &objects, folders, known, cx).await;
            cx.tell(News::Ended { act, failed: None }).await;
            match counted {
                Ok(doomed) => cx.tell(News::Counted(doomed)).await,
                Err(trouble) => cx.complain(&trouble).await,
            }
        }
        Job::Delete { act, doomed } => gone::delete(act, doomed, cx).await,
        Job::DeleteBucket { bucket } => gone::delete_bucket(bucket, cx).await,
        Job::Seek { act, what, as_of } => {
            let found = gone::seek(act, what, as_of, cx).await;
            cx.tell(News::Ended { act, failed: None }).await;
            match found {
                Ok(lost) => cx.tell(News::Lost(lost)).await,
                Err(trouble) => cx.complain(&trouble).await,
            }
        }
        Job::Undelete { act, bucket, markers } => gone::undelete(act, bucket, markers, cx).await,
        Job::Versions(job) => versions::run(job, cx).await,
        Job::Size(job) => size::run(job, cx).await,
        Job::Acts(job) => acts::run(job, cx).await,
        Job::PlanUpload { from, to } => {
            match moves::plan(from, to, cx).await {
                Ok(planned) => cx.tell(News::Planned(planned)).await,
                Err(trouble) => cx.complain(&trouble).await,
            }
            cx.tell(News::Settled).await;
        }
        Job::Upload { from, to, overwrite, approval } => {
            let how = UploadHow { overwrite, approval, ..UploadHow::default() };
            if let Err(trouble) = moves::upload(from, to, how, cx).await {
                cx.complain(&trouble).await;
            }
        }
        Job::PlanCopy { what, known, to, remove } => {
            match across::plan(what, known, to, remove, cx).await {
                Ok(planned) => cx.tell(News::PlannedCopy(planned)).await,
                Err(trouble) => cx.complain(&trouble).await,
            }
            cx.tell(News::Settled).await;
        }
        Job::Posture(job) => posture::run(job, cx).await,
        Job::Copy { planned, overwrite, approval } => {
            if let Err(trouble) = across::start(planned, overwrite, approval, cx) {
                cx.complain(&trouble).await;
            }
        }
        Job::Download { what, folder } => {
            if let Err(trouble) = moves::download(what, folder, cx).await {
                cx.complain(&trouble).await;
            }
        }
    }
}

/// What changes many objects says at its end how far it came.
pub(super) fn minds_its_end(job: &Job) -> bool {
    matches!(job, Job::Delete { .. } | Job::Undelete { .. })
}

async fn told(generation: u32, outcome: Result<(), Trouble>, cx: &Cx) {
    if let Err(trouble) = outcome {
        let failure = Failure::from(trouble);
        cx.tell(News::Broken { generation, failure }).await;
    }
}

async fn buckets(generation: u32, cx: &Cx) -> Result<(), Trouble> {
    let (buckets, denied) = cx.lake()?.buckets_as_far_as_known().await?;
    let rows: Rows = buckets.iter().map(bucket_row).collect();
    cx.tell(News::Rows { generation, rows, more: false }).await;
    if let Some(trouble) = denied {
        let why = Failure::from(&trouble);
        let hint = why.hint.map_or(String::new(), |hint| format!(" ({hint})"));
        let note = format!("Only those of the configuration: {}{hint}", why.why).into();
        cx.tell(News::Partial { generation, note }).await;
    }
    Ok(())
}

fn bucket_row(bucket: &Bucket) -> Row<'_> {
    let mut row = Row::new(Kind::Bucket(bucket.role), &bucket.name);
    row.modified = bucket.created;
    row
}

/// What is first as soon as it is here, the rest behind it.
async fn list(at: &S3Uri, begin: &str, generation: u32, cx: &Cx) -> Result<(), Trouble> {
    let mut level = listing::level(&cx.lake()?, at.join(begin), Gait::default());
    let mut first = true;
    while let Some(items) = level.next().await {
        let rows = Rows::of_level(items?.into_keys(), &at.key);
        cx.tell(News::Rows { generation, rows, more: true }).await;
        if std::mem::take(&mut first) {
            atlas::visited(at.clone(), cx).await;
        }
    }
    if first {
        // There is nothing in it.
        atlas::visited(at.clone(), cx).await;
    }
    // What is last is known only once nothing follows.
    cx.tell(News::Rows { generation, rows: Rows::default(), more: false }).await;
    Ok(())
}

/// The folder that all of these keys lie in.
pub(super) fn common_prefix<'a>(keys: impl IntoIterator<Item = &'a str>) -> String {
    let mut keys = keys.into_iter();
    let folder_of = |key: &str| key.rfind('/').map_or(0, |slash| slash + 1);
    let mut folder = keys.next().map_or("", |key| &key[..folder_of(key)]).to_owned();
    for key in keys {
        while !key.starts_with(&folder) {
            let body = folder.strip_suffix('/').unwrap_or(&folder);
            folder.truncate(folder_of(body));
        }
    }
    folder
}

/// The folder that all of these lie in.
pub(super) fn folder_of(uris: &[S3Uri]) -> String {
    common_prefix(uris.iter().map(|uri| uri.key.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_lay_under_one_folder() {
        assert_eq!(common_prefix(["a/b/c", "a/b/d/e"]), "a/b/");
        assert_eq!(common_prefix(["a/b/c", "a/x"]), "a/");
        assert_eq!(common_prefix(["a/b", "x"]), "");
        assert_eq!(common_prefix(["a//b", "a//c"]), "a//");
        assert_eq!(common_prefix(["a//b", "a/c", "a//d"]), "a/");
        assert_eq!(common_prefix([]), "");
    }
}
