//! The Buckets pane's jobs.

use std::sync::Arc;
use std::time::Duration;

use super::{
    Cx, across, acts, atlas, blocking, count, details, moves, posture, preview, query_this, size,
};
use crate::lake::Lake;
use crate::listing::{self, Gait};
use crate::model::object::Bucket;
use crate::model::trouble::Trouble;
use crate::model::uri::S3Uri;
use crate::transfer::UploadHow;
use crate::ui::panes::buckets::{Job, Kind, News, Row, Rows};
use crate::ui::talk::{Failure, Level, Notice};

/// As many keys as S3 gives in one answer.
const PAGE: u32 = 1000;

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
        Job::Count { what, known } => {
            match count::objects(&what, known, cx).await {
                Ok((keys, bytes)) => cx.tell(News::Counted { keys: Arc::new(keys), bytes }).await,
                Err(trouble) => cx.complain(&trouble).await,
            }
            cx.tell(News::Settled).await;
        }
        Job::Size(job) => size::run(job, cx).await,
        Job::Acts(job) => acts::run(job, cx).await,
        Job::Delete { keys } => delete(&keys, cx).await,
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

async fn delete(keys: &[S3Uri], cx: &Cx) {
    let Some(first) = keys.first() else { return };
    let bucket = first.bucket.clone();
    let notice = match cx.lake() {
        Ok(lake) => delete_from(&lake, &bucket, keys).await,
        Err(trouble) => Failure::from(trouble).notice(),
    };
    cx.say(notice).await;
    cx.tell(News::Changed { under: S3Uri::new(bucket, common_prefix(keys)) }).await;
}

async fn delete_from(lake: &Lake, bucket: &str, keys: &[S3Uri]) -> Notice {
    let mut gone = 0;
    let mut refused = Vec::new();
    for batch in keys.chunks(PAGE as usize) {
        let raw: Vec<String> = batch.iter().map(|uri| uri.key.clone()).collect();
        match lake.delete(bucket, &raw).await {
            Ok(answers) => {
                for (_, result) in answers {
                    match result {
                        Ok(()) => gone += 1,
                        Err(trouble) => refused.push(trouble),
                    }
                }
            }
            Err(trouble) => {
                refused.push(trouble);
                break;
            }
        }
    }
    match refused.first() {
        None => {
            let text = format!("Deleted {}", crate::ui::widgets::text::plural(gone, "object"));
            Notice { level: Level::Info, text: text.into(), hint: None }
        }
        Some(trouble) => {
            let failure = Failure::from(trouble);
            let text = format!("{gone} of {} deleted; {failure}", keys.len());
            Notice { level: Level::Error, text: text.into(), hint: failure.hint }
        }
    }
}

pub(super) fn common_prefix(keys: &[S3Uri]) -> String {
    let mut folder = keys.first().map_or(String::new(), |uri| {
        uri.key[..uri.key.rfind('/').map_or(0, |slash| slash + 1)].to_owned()
    });
    while !keys.iter().all(|uri| uri.key.starts_with(&folder)) {
        let body = folder.trim_end_matches('/');
        folder.truncate(body.rfind('/').map_or(0, |slash| slash + 1));
    }
    folder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_lay_under_one_folder() {
        let keys = |names: &[&str]| names.iter().map(|k| S3Uri::new("b", *k)).collect::<Vec<_>>();
        assert_eq!(common_prefix(&keys(&["a/b/c", "a/b/d/e"])), "a/b/");
        assert_eq!(common_prefix(&keys(&["a/b/c", "a/x"])), "a/");
        assert_eq!(common_prefix(&keys(&["a/b", "x"])), "");
        assert_eq!(common_prefix(&keys(&["a//b", "a//c"])), "a//");
    }
}
