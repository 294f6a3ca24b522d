//! What the pane asks for and hears. Names are raw here: drawing sanitises them.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::catalog::{Crawler, Job as GlueJob, JobRun};
use crate::ui::talk::Failure;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    /// The next look at Glue; a newer one replaces it.
    Look,
    /// Starts and stops: each in its own.
    Act(u32),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Job {
    /// After a while, ask Glue for this.
    Look {
        after: Duration,
        at: Look,
    },
    StartJob {
        job: String,
        arguments: BTreeMap<String, String>,
    },
    StopRun {
        job: String,
        run: String,
    },
    StartCrawler {
        name: String,
    },
    StopCrawler {
        name: String,
    },
}

/// What to ask Glue for. Little as long as something runs: Glue throttles by region.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    /// All jobs with their last runs.
    pub jobs: bool,
    /// All crawlers.
    pub crawlers: bool,
    /// The newest runs of this job.
    pub runs_of: Option<String>,
    /// These runs, by job and id.
    pub runs: Vec<(String, String)>,
}

/// A job with its newest run.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub job: GlueJob,
    pub last: Option<JobRun>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum News {
    Jobs(Result<Vec<Entry>, Failure>),
    Crawlers(Result<Vec<Crawler>, Failure>),
    Runs {
        job: String,
        result: Result<Vec<JobRun>, Failure>,
    },
    Run {
        job: String,
        run: String,
        result: Result<JobRun, Failure>,
    },
    /// That was all of one look.
    Looked,
    /// A run of the job began.
    Started {
        job: String,
        run: String,
    },
    CrawlStarted {
        name: String,
    },
    /// Glue has been told to stop it.
    Stopping,
    /// It was not done.
    Refused(Failure),
}

/// The pane asks no questions by prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {}
