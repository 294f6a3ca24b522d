//! One crawl, in the background.

use super::classify::{self, Unknown};
use super::group;
use super::reconcile::{Reconciler, Wanted};
use super::store::{self, Ending};
use super::types::{Changes, Definition, S3Target};
use super::{walk, write};
use crate::local::ApiError;
use crate::local::glue::Glue;
use crate::local::glue::fault::{fault, read, write as change};
use crate::local::glue::logs::{CRAWLERS, Log};
use crate::local::process::ORPHANED;

/// Starts a crawl; it goes on after this returns.
///
/// # Errors
/// EntityNotFoundException, CrawlerRunningException.
pub fn start(glue: &Glue, name: &str) -> Result<(), ApiError> {
    let crawl = uuid::Uuid::new_v4().to_string();
    let definition = change(&glue.inner.state, |db| store::begin(db, name, &crawl))?;
    let running = Running { glue: glue.clone(), definition, crawl, over: false };
    // It reads files all the time, so it lives on a blocking thread.
    tokio::task::spawn_blocking(move || running.run());
    Ok(())
}

/// A crawl under way. Dropped before its end (a panic, the runtime gone), it is recorded as
/// failed.
struct Running {
    glue: Glue,
    definition: Definition,
    crawl: String,
    over: bool,
}

impl Running {
    fn run(mut self) {
        let log = Log::new(&self.glue.inner.state, CRAWLERS, &self.definition.name);
        log.line(&format!("[{}] BENCHMARK : Running Start Crawl", self.crawl));
        let mut changes = Changes::default();
        let done = self.crawl(&log, &mut changes);
        let (state, error) = match &done {
            Ok(()) => ("COMPLETED", None),
            Err(why) if why.code == STOPPED => ("STOPPED", None),
            Err(why) => ("FAILED", Some(why.message.as_str())),
        };
        if let Some(error) = error {
            log.line(&format!("[{}] ERROR : {error}", self.crawl));
        }
        log.line(&format!("[{}] BENCHMARK : Crawler has finished running: {state}", self.crawl));
        self.end(&Ending { state, error, changes: &changes });
    }

    fn end(&mut self, ending: &Ending<'_>) {
        self.over = true;
        let name = &self.definition.name;
        let ended = change(&self.glue.inner.state, |db| store::end(db, name, &self.crawl, ending));
        if let Err(why) = ended {
            tracing::error!(crawler = %name, error = %why, "the end of a crawl could not be recorded");
        }
    }

    fn crawl(&self, log: &Log, changes: &mut Changes) -> Result<(), ApiError> {
        let mut reconciler = Reconciler::new(&self.glue.inner.catalog, &self.definition)?;
        let mut wanted = Vec::new();
        for target in &self.definition.targets.s3 {
            wanted.extend(self.target(target, log)?);
        }
        // Only once everything was read is anything written.
        for table in wanted {
            self.go_on()?;
            reconciler.put(table)?;
        }
        *changes = reconciler.finish()?;
        log.line(&format!("[{}] INFO : {}", self.crawl, changes.summary()));
        Ok(())
    }

    fn target(&self, target: &S3Target, log: &Log) -> Result<Vec<Wanted>, ApiError> {
        let (bucket, prefix) = target.place()?;
        let store = &self.glue.inner.store;
        let leaves = walk::walk(store, &bucket, &prefix, &target.globs()?)
            .map_err(|why| failed(format!("{}: {}", target.path, why.message)))?;
        let mut files = Vec::with_capacity(leaves.len());
        for leaf in leaves {
            self.go_on()?;
            let opened = store.file(&bucket, &leaf.key);
            let found = match opened {
                Ok((file, _)) => classify::classify(file, leaf.bytes),
                Err(why) => Err(Unknown(why.message)),
            };
            if let Err(Unknown(why)) = &found {
                let uri = format!("s3://{bucket}/{}", leaf.key);
                log.line(&format!(
                    "[{}] INFO : Classification of {uri} is UNKNOWN: {why}",
                    self.crawl
                ));
            }
            files.push((leaf.path, found));
        }
        let base = format!("s3://{bucket}/{prefix}");
        let crawler = &self.definition.name;
        let table_prefix = self.definition.table_prefix.as_deref().unwrap_or_default();
        let groups = group::group(files).into_iter();
        let wanted = groups.map(|group| Wanted {
            table: write::table(crawler, write::name(table_prefix, &base, &group), &base, &group),
            partitions: write::partitions(crawler, &base, &group),
        });
        Ok(wanted.collect())
    }

    /// An error where someone asked the crawler to stop.
    fn go_on(&self) -> Result<(), ApiError> {
        let name = &self.definition.name;
        match read(&self.glue.inner.state, |db| store::is_stopping(db, name))? {
            false => Ok(()),
            true => Err(fault(STOPPED, "stopped")),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.over {
            let changes = Changes::default();
            self.end(&Ending { state: "FAILED", error: Some(ORPHANED), changes: &changes });
        }
    }
}

/// Not an error of the API: the crawl ends as asked.
const STOPPED: &str = "Stopped";

fn failed(message: String) -> ApiError {
    fault("CrawlFailed", message)
}
