//! The jobs pane's jobs: looking at Glue, starting and stopping.

use futures::StreamExt;

use super::Cx;
use crate::lake::Lake;
use crate::model::trouble::Trouble;
use crate::ui::panes::jobs::{Entry, Job, Look, News};
use crate::ui::talk::Failure;

/// Requests in flight: Glue throttles by region.
const AT_ONCE: usize = 4;
/// Runs of one job that are shown.
const RUNS: u32 = 100;

pub(super) async fn run(job: Job, cx: &Cx) {
    let done = match job {
        Job::Look { after, at } => {
            tokio::time::sleep(after).await;
            return look(at, cx).await;
        }
        Job::StartJob { job, arguments } => start(job, arguments, cx).await,
        Job::StopRun { job, run } => stop(&job, &run, cx).await.map(|()| News::Stopping),
        Job::StartCrawler { name } => crawl(name, cx).await,
        Job::StopCrawler { name } => halt(&name, cx).await.map(|()| News::Stopping),
    };
    cx.tell(done.unwrap_or_else(|trouble| News::Refused(Failure::from(&trouble)))).await;
}

async fn start(
    job: String,
    arguments: std::collections::BTreeMap<String, String>,
    cx: &Cx,
) -> Result<News, Trouble> {
    let run = cx.lake()?.start_job_run(&job, &arguments).await?;
    Ok(News::Started { job, run })
}

async fn stop(job: &str, run: &str, cx: &Cx) -> Result<(), Trouble> {
    cx.lake()?.stop_job_run(job, run).await
}

async fn crawl(name: String, cx: &Cx) -> Result<News, Trouble> {
    cx.lake()?.start_crawler(&name).await?;
    Ok(News::CrawlStarted { name })
}

async fn halt(name: &str, cx: &Cx) -> Result<(), Trouble> {
    cx.lake()?.stop_crawler(name).await
}

async fn look(at: Look, cx: &Cx) {
    let lake = match cx.lake() {
        Ok(lake) => lake,
        Err(trouble) => return cx.complain(&trouble).await,
    };
    tokio::join!(
        runs(&at, &lake, cx),
        runs_of(at.runs_of.as_deref(), &lake, cx),
        crawlers(at.crawlers, &lake, cx),
        jobs(at.jobs, &lake, cx),
    );
    cx.tell(News::Looked).await;
}

async fn jobs(wanted: bool, lake: &Lake, cx: &Cx) {
    if wanted {
        let entries = entries(lake).await.map_err(|trouble| Failure::from(&trouble));
        cx.tell(News::Jobs(entries)).await;
    }
}

/// All jobs by name, each with its newest run. A job whose runs may not be read is shown
/// without them, unless that is so for all.
async fn entries(lake: &Lake) -> Result<Vec<Entry>, Trouble> {
    let mut jobs = lake.jobs().await?;
    jobs.sort_by(|one, other| one.name.cmp(&other.name));
    let looks = jobs.into_iter().map(|job| async {
        let last = lake.job_runs(&job.name, 1).await;
        (job, last)
    });
    let found: Vec<_> = futures::stream::iter(looks).buffered(AT_ONCE).collect().await;
    if let Some((_, Err(trouble))) = found.first()
        && found.iter().all(|(_, last)| last.is_err())
    {
        return Err(trouble.clone());
    }
    let entry = |(job, last): (_, Result<Vec<_>, Trouble>)| Entry {
        job,
        last: last.ok().and_then(|runs| runs.into_iter().next()),
    };
    Ok(found.into_iter().map(entry).collect())
}

async fn crawlers(wanted: bool, lake: &Lake, cx: &Cx) {
    if wanted {
        let mut crawlers = lake.crawlers().await.map_err(|trouble| Failure::from(&trouble));
        if let Ok(crawlers) = &mut crawlers {
            crawlers.sort_by(|one, other| one.name.cmp(&other.name));
        }
        cx.tell(News::Crawlers(crawlers)).await;
    }
}

async fn runs_of(job: Option<&str>, lake: &Lake, cx: &Cx) {
    if let Some(job) = job {
        let result = lake.job_runs(job, RUNS).await.map_err(|trouble| Failure::from(&trouble));
        cx.tell(News::Runs { job: job.to_owned(), result }).await;
    }
}

async fn runs(at: &Look, lake: &Lake, cx: &Cx) {
    // Owned pairs: a stream of futures that borrow from an iterator is not `Send` enough.
    let looks = at.runs.clone().into_iter().map(|(job, run)| async move {
        let result = lake.job_run(&job, &run).await.map_err(|trouble| Failure::from(&trouble));
        News::Run { job, run, result }
    });
    let mut looks = futures::stream::iter(looks).buffer_unordered(AT_ONCE);
    while let Some(news) = looks.next().await {
        cx.tell(news).await;
    }
}
