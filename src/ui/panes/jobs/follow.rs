//! What is looked at next and when, and what is said when something followed ends.

use std::time::Duration;

use jiff::Timestamp;

use super::talk::{Job, Look, Slot};
use super::{Jobs, Level};
use crate::model::catalog::{Crawl, Crawler, JobRun, RunState};
use crate::model::shown::Shown;
use crate::ui::talk::{Effect, Level as Loud, Notice};
use crate::ui::widgets::text;

/// While something runs.
const QUICK: Duration = Duration::from_secs(1);
/// While nothing does.
const SLOW: Duration = Duration::from_secs(20);
/// Everything is asked for again after so many quick looks at what runs.
const ROUNDS: u32 = 20;

/// Something whose end is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Followed {
    Run {
        job: String,
        run: String,
    },
    /// `before` is when the crawl before began: a quick crawl may end unseen.
    Crawl {
        name: String,
        before: Option<Timestamp>,
    },
}

/// True while a crawler is at work or going to stop.
pub fn is_crawling(crawler: &Crawler) -> bool {
    crawler.state != "READY"
}

impl Jobs {
    fn running_runs(&self) -> Vec<(String, String)> {
        let open = |run: &&JobRun| !run.state.is_over();
        let pair = |run: &JobRun| (run.job.clone(), run.id.clone());
        let entries = self.jobs.here().into_iter().flatten();
        let mut found: Vec<_> =
            entries.filter_map(|entry| entry.last.as_ref()).filter(open).map(pair).collect();
        if let Level::Runs(runs) = &self.level {
            found.extend(runs.runs.here().into_iter().flatten().filter(open).map(pair));
        }
        found
    }

    fn followed_runs(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.followed.iter().filter_map(|followed| match followed {
            Followed::Run { job, run } => Some((job.clone(), run.clone())),
            Followed::Crawl { .. } => None,
        })
    }

    fn crawls(&self) -> bool {
        self.crawlers.here().into_iter().flatten().any(is_crawling)
    }

    fn follows_crawl(&self) -> bool {
        self.followed.iter().any(|followed| matches!(followed, Followed::Crawl { .. }))
    }

    /// The next look; `None` where nobody would see or hear of it.
    pub(super) fn next_look(&mut self) -> Option<(Duration, Look)> {
        let mut runs: Vec<_> = self.followed_runs().collect();
        if !self.seen {
            let look = Look { runs, crawlers: self.follows_crawl(), ..Look::default() };
            return (look != Look::default()).then_some((QUICK, look));
        }
        runs.extend(self.running_runs());
        runs.sort();
        runs.dedup();
        let crawlers = self.crawls() || self.follows_crawl();
        if runs.is_empty() && !crawlers {
            self.rounds = 0;
            return Some((SLOW, self.whole_look()));
        }
        self.rounds += 1;
        if self.rounds.is_multiple_of(ROUNDS) {
            return Some((QUICK, Look { runs, ..self.whole_look() }));
        }
        Some((QUICK, Look { runs, crawlers, ..Look::default() }))
    }

    fn whole_look(&self) -> Look {
        let runs_of = match &self.level {
            Level::Runs(runs) => Some(runs.job.clone()),
            Level::List => None,
        };
        Look { jobs: true, crawlers: true, runs_of, runs: Vec::new() }
    }

    /// Everything, now.
    pub(super) fn look(&mut self) -> Vec<Effect> {
        self.jobs.renew();
        self.crawlers.renew();
        self.rounds = 0;
        let at = Look { runs: self.followed_runs().collect(), ..self.whole_look() };
        vec![Effect::start(Slot::Look, Job::Look { after: Duration::ZERO, at })]
    }

    pub(super) fn look_again(&mut self) -> Vec<Effect> {
        match self.next_look() {
            Some((after, at)) => vec![Effect::start(Slot::Look, Job::Look { after, at })],
            None => vec![Effect::stop(Slot::Look)],
        }
    }

    pub(super) fn follows(&self, wanted: &Followed) -> bool {
        self.followed.iter().any(|followed| same(followed, wanted))
    }

    pub(super) fn unfollow(&mut self, ended: &Followed) -> bool {
        let before = self.followed.len();
        self.followed.retain(|followed| !same(followed, ended));
        self.followed.len() < before
    }

    /// A run was looked at: where it was followed and is over, that is said.
    pub(super) fn ended_run(&mut self, run: &JobRun) -> Vec<Effect> {
        let followed = Followed::Run { job: run.job.clone(), run: run.id.clone() };
        if !run.state.is_over() || !self.unfollow(&followed) {
            return Vec::new();
        }
        let job = Shown::of(&run.job);
        let took = run.seconds.map(|s| match s {
            // Glue counts whole seconds.
            0 => " in less than a second".to_owned(),
            1..60 => format!(" after {s}s"),
            s => format!(" after {}", text::span(Duration::from_secs(s))),
        });
        let words = format!("Job {job}: {}{}", run.state.name(), took.unwrap_or_default());
        let level = match run.state {
            RunState::Succeeded => Loud::Info,
            RunState::Stopped => Loud::Warn,
            _ => Loud::Error,
        };
        let hint = run.error.as_deref().map(|error| Shown::of(first_line(error)));
        vec![Effect::Tell(Notice { level, text: words.into(), hint })]
    }

    /// The same for crawlers.
    pub(super) fn ended_crawls(&mut self, crawlers: &[Crawler]) -> Vec<Effect> {
        let mut effects = Vec::new();
        for crawler in crawlers.iter().filter(|crawler| !is_crawling(crawler)) {
            let began = crawler.last.as_ref().and_then(|last| last.started);
            let ended = self.followed.iter().any(|followed| {
                matches!(followed, Followed::Crawl { name, before }
                    if *name == crawler.name && began != *before)
            });
            if !ended {
                continue;
            }
            self.followed.retain(|followed| {
                !matches!(followed, Followed::Crawl { name, .. } if *name == crawler.name)
            });
            effects.push(Effect::Tell(told(crawler)));
            effects.push(Effect::hear(crate::ui::panes::sql::News::CatalogChanged));
        }
        effects
    }
}

fn same(one: &Followed, other: &Followed) -> bool {
    match (one, other) {
        (Followed::Crawl { name, .. }, Followed::Crawl { name: other, .. }) => name == other,
        _ => one == other,
    }
}

fn told(crawler: &Crawler) -> Notice {
    let last = crawler.last.clone().unwrap_or_default();
    let good = last.state == "SUCCEEDED";
    let text = format!("Crawler {}: {}, {}", Shown::of(&crawler.name), last.state, changed(&last));
    let hint = last.error.as_deref().map(|error| Shown::of(first_line(error)));
    Notice { level: if good { Loud::Info } else { Loud::Error }, text: text.into(), hint }
}

/// `1 table created, 2 updated`.
pub fn changed(crawl: &Crawl) -> String {
    let counts = [
        (crawl.tables_created, "created"),
        (crawl.tables_updated, "updated"),
        (crawl.tables_deleted, "deleted"),
    ];
    let parts: Vec<String> = counts
        .into_iter()
        .filter_map(|(count, word)| count.filter(|c| *c > 0).map(|c| (c, word)))
        .map(|(count, word)| format!("{} {word}", text::plural(count.into(), "table")))
        .collect();
    if parts.is_empty() { "no table changed".to_owned() } else { parts.join(", ") }
}

/// What an error says first; a stack trace follows often.
pub fn first_line(error: &str) -> &str {
    error.lines().find(|line| !line.trim().is_empty()).unwrap_or("").trim()
}
