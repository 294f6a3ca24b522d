//! The posture view's jobs: findings as they come, and Lake Formation's registrations.

use std::collections::HashSet;

use futures::StreamExt;

use super::Cx;
use crate::govern::posture::{self, examine};
use crate::model::posture::Finding;
use crate::model::shown::Shown;
use crate::model::trouble::Trouble;
use crate::ui::panes::buckets::News as PaneNews;
use crate::ui::panes::buckets::posture::{Found, Job, News};
use crate::ui::talk::{Failure, Level, Notice};

pub(super) async fn run(job: Job, cx: &Cx) {
    match job {
        Job::Look { generation, chosen } => {
            if let Err(trouble) = look(generation, &chosen, cx).await {
                tell(News::Broken { generation, failure: Failure::from(&trouble) }, cx).await;
            }
        }
        Job::Register { bucket, role } => {
            let arn = format!("arn:aws:s3:::{bucket}");
            let done = register(&arn, role.as_deref(), cx).await;
            changed(done, format!("Registered {arn} with Lake Formation"), cx).await;
        }
        Job::Deregister { arn } => {
            let done = deregister(&arn, cx).await;
            changed(done, format!("Deregistered {arn}"), cx).await;
        }
    }
}

async fn tell(news: News, cx: &Cx) {
    cx.tell(PaneNews::Posture(news)).await;
}

async fn look(generation: u32, chosen: &[String], cx: &Cx) -> Result<(), Trouble> {
    let lake = cx.lake()?;
    let subjects = posture::subjects(lake.settings(), chosen);
    let buckets = subjects.iter().map(|subject| (subject.bucket.clone(), subject.role)).collect();
    tell(News::Buckets { generation, buckets }, cx).await;
    // An alias may point at another key since the last look.
    lake.forget_keys();
    let mut coming = std::pin::pin!(examine(&lake, &subjects, live(cx).await?));
    while let Some((at, finding)) = coming.next().await {
        tell(News::Found { generation, at, found: shown(&finding) }, cx).await;
    }
    tell(News::Looked { generation }, cx).await;
    Ok(())
}

/// The uploads that transfers are about, of this process and of others.
async fn live(cx: &Cx) -> Result<HashSet<String>, Trouble> {
    let engine = cx.engine()?;
    let mut live: HashSet<String> = engine.journal().upload_ids().await?.into_iter().collect();
    live.extend(engine.uploads().into_iter().filter_map(|(_, id)| id));
    Ok(live)
}

fn shown(finding: &Finding) -> Found {
    Found {
        check: finding.check,
        verdict: finding.verdict,
        found: Shown::of(&finding.found),
        todo: finding.todo.as_deref().map(Shown::of),
    }
}

async fn register(arn: &str, role: Option<&str>, cx: &Cx) -> Result<(), Trouble> {
    cx.lake()?.register(arn, role).await
}

async fn deregister(arn: &str, cx: &Cx) -> Result<(), Trouble> {
    cx.lake()?.deregister(arn).await
}

async fn changed(done: Result<(), Trouble>, text: String, cx: &Cx) {
    match done {
        Ok(()) => {
            cx.say(Notice { level: Level::Info, text: text.into(), hint: None }).await;
            tell(News::Changed, cx).await;
        }
        Err(trouble) => cx.complain(&trouble).await,
    }
}
