//! The view of versions: listed, looked into, fetched and restored.

use std::time::Duration;

use super::{Cx, details, moves, paths};
use crate::listing::Past;
use crate::model::shown::Shown;
use crate::model::trouble::Trouble;
use crate::model::uri::S3Uri;
use crate::model::version::{Verdict, bring_back};
use crate::transfer::{Copy, CopyHow, Download, Plan};
use crate::ui::panes::buckets::News as PaneNews;
use crate::ui::panes::buckets::versions::{Deleted, Job, News, Which};
use crate::ui::talk::{Failure, Level, Notice};

/// The cursor rests this long before the details are asked for.
const REST: Duration = Duration::from_millis(120);

pub(super) async fn run(job: Job, cx: &Cx) {
    match job {
        Job::Look { uri, generation } => {
            told(generation, look(uri, generation, cx).await, cx).await
        }
        Job::Deleted { prefix, generation } => {
            told(generation, deleted(prefix, generation, cx).await, cx).await;
        }
        Job::Details { which } => {
            tokio::time::sleep(REST).await;
            let seen = details::of_version(&which.uri, Some(&which.id), cx).await;
            tell(News::Details { which, result: seen.map_err(Failure::from) }, cx).await;
        }
        Job::Download { which, folder } => {
            let folder = paths::typed(&folder);
            let plan = moves::plan_of(vec![which.uri], folder, false);
            queue(Plan::Download(Download { version: Some(which.id), ..plan }), cx).await;
        }
        Job::Restore { which, approval } => queue(restore(which, approval), cx).await,
        Job::Delete { which } => delete(which, cx).await,
    }
}

async fn tell(news: News, cx: &Cx) {
    cx.tell(PaneNews::Versions(news)).await;
}

async fn told(generation: u32, outcome: Result<(), Trouble>, cx: &Cx) {
    if let Err(trouble) = outcome {
        tell(News::Broken { generation, failure: Failure::from(trouble) }, cx).await;
    }
}

async fn look(uri: S3Uri, generation: u32, cx: &Cx) -> Result<(), Trouble> {
    let mut past = Past::of(&cx.lake()?, uri);
    while let Some(versions) = past.page().await? {
        let more = !past.is_over();
        tell(News::Versions { generation, versions, more }, cx).await;
    }
    Ok(())
}

async fn deleted(prefix: S3Uri, generation: u32, cx: &Cx) -> Result<(), Trouble> {
    let mut past = Past::below(&cx.lake()?, prefix);
    let mut seen = 0;
    while let Some(histories) = past.histories().await? {
        seen += histories.len() as u64;
        let lost = histories.into_iter().filter_map(|mut history| {
            let Verdict::Remove(markers) = bring_back(&history, None) else { return None };
            let at = history.first()?.modified;
            let below = history.drain(markers.len()..).next()?;
            Some(Deleted { markers, at, below })
        });
        let (deleted, more) = (lost.collect(), !past.is_over());
        tell(News::Deleted { generation, deleted, seen, more }, cx).await;
    }
    Ok(())
}

/// A copy of the version over its own key: what is there now becomes an old version, where
/// the bucket keeps any.
fn restore(which: Which, approval: Option<String>) -> Plan {
    let how = CopyHow { overwrite: true, approval, version: Some(which.id), ..CopyHow::default() };
    Plan::Copy(Copy { sources: vec![which.uri.clone()], to: which.uri, recursive: false, how })
}

async fn queue(plan: Plan, cx: &Cx) {
    match cx.engine() {
        Ok(engine) => engine.add(plan),
        Err(trouble) => cx.complain(&trouble).await,
    }
}

async fn delete(which: Which, cx: &Cx) {
    let deleted = async { cx.lake()?.delete_version(&which.uri, &which.id).await };
    let notice = match deleted.await {
        Ok(()) => {
            let text = Shown::of(&format!("Deleted a version of {} for ever", which.uri));
            Notice { level: Level::Info, text, hint: None }
        }
        Err(trouble) => Failure::from(trouble).notice(),
    };
    cx.say(notice).await;
    cx.tell(PaneNews::Changed { under: which.uri }).await;
}
