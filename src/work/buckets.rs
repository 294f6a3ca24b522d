//! The Buckets pane's jobs.

use std::time::Duration;

use super::{Cx, across, blocking, details, gone, moves, preview, versions};
use crate::model::object::{Bucket, Entry};
use crate::model::shown::Shown;
use crate::model::trouble::Trouble;
use crate::model::uri::S3Uri;
use crate::transfer::UploadHow;
use crate::ui::panes::buckets::rows;
use crate::ui::panes::buckets::{Job, Kind, News, Row};
use crate::ui::talk::Failure;

/// As many keys as S3 gives in one answer.
const PAGE: u32 = 1000;

/// The cursor rests this long before the details are asked for.
const REST: Duration = Duration::from_millis(120);

pub(super) async fn run(job: Job, cx: &Cx) {
    match job {
        Job::Buckets { generation } => told(generation, buckets(generation, cx).await, cx).await,
        Job::List { at, generation } => {
            told(generation, list(&at, generation, cx).await, cx).await;
        }
        Job::Arrange { pages, sort, filter, generation } => {
            let rows = pages.iter().map(|page| page.len()).sum();
            let order = blocking(move || rows::arrange(&pages, sort, &filter)).await;
            cx.tell(News::Arranged { generation, order, rows }).await;
        }
        Job::Details { uri } => {
            tokio::time::sleep(REST).await;
            let result = details::of(&uri, cx).await.map_err(Failure::from);
            cx.tell(News::Details { uri, result }).await;
        }
        Job::Preview { uri, size } => {
            let result = preview::of(&uri, size, cx).await.map_err(Failure::from);
            cx.tell(News::Preview { uri, result }).await;
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
    let rows: Vec<Row> = cx.lake()?.buckets().await?.into_iter().map(bucket_row).collect();
    cx.tell(News::Rows { generation, rows: rows.into(), more: false }).await;
    Ok(())
}

fn bucket_row(bucket: Bucket) -> Row {
    let mut row = Row::new(Kind::Bucket(bucket.role), &bucket.name);
    row.modified = bucket.created;
    row
}

/// Page after page; the screen has the first while the second is on its way.
async fn list(at: &S3Uri, generation: u32, cx: &Cx) -> Result<(), Trouble> {
    let lake = cx.lake()?;
    let mut token = None;
    loop {
        let page = lake.page(at, true, token.as_deref(), PAGE).await?;
        let rows: Vec<Row> = page.entries.into_iter().map(|entry| row(at, entry)).collect();
        let more = page.next.is_some();
        cx.tell(News::Rows { generation, rows: rows.into(), more }).await;
        token = page.next;
        if token.is_none() {
            return Ok(());
        }
    }
}

fn row(at: &S3Uri, entry: Entry) -> Row {
    let tail = |key: &str| key.strip_prefix(&at.key).unwrap_or(key).to_owned();
    match entry {
        Entry::Prefix(prefix) => Row::new(Kind::Folder, &tail(&prefix)),
        Entry::Object(object) => {
            let mut row = Row::new(Kind::Object, &tail(&object.key));
            row.size = object.size;
            row.modified = object.modified;
            row.class = object.storage_class.as_deref().map(Shown::of);
            row
        }
    }
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
