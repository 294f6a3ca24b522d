//! What the pane's commands do, and what it hears.

use std::collections::BTreeMap;

use super::follow::{Followed, is_crawling};
use super::form::Form;
use super::talk::{Job, News};
use super::{Command, FormCommand, Item, Jobs, Level, Runs};
use crate::model::catalog::{Crawler, JobRun};
use crate::model::shown::Shown;
use crate::ui::app;
use crate::ui::command::Command as Any;
use crate::ui::loaded::Loaded;
use crate::ui::modal::{Ask, Choice, Confirm, Reader};
use crate::ui::talk::{Cx, Effect};

impl Jobs {
    pub(super) fn obey_command(&mut self, command: Command, cx: &Cx<'_>) -> Vec<Effect> {
        match command {
            Command::Open => self.open(),
            Command::Up => {
                self.level = Level::List;
                Vec::new()
            }
            Command::Start => self.start(cx),
            Command::Stop => self.stop(cx),
            Command::Follow => self.follow(),
            Command::Details => {
                self.details = !self.details;
                Vec::new()
            }
            Command::Copy => self.copy(),
            Command::Refresh => self.look(),
        }
    }

    fn open(&mut self) -> Vec<Effect> {
        let job = match (&self.level, self.current()) {
            (Level::List, Some(Item::Job(entry))) => entry.job.name.clone(),
            (Level::List, None) => return Vec::new(),
            _ => return self.read_whole(),
        };
        self.show_runs(job)
    }

    /// Everything of a run or a crawler, to be scrolled: an error may be longer than a panel.
    fn read_whole(&self) -> Vec<Effect> {
        let facts = self.facts(jiff::Timestamp::now());
        if facts.is_empty() {
            return Vec::new();
        }
        let lines = facts.into_iter().map(|(label, value)| format!("{label:<10} {value}").into());
        vec![Effect::Ask(Ask::Reader(Reader::plain("Details", lines)))]
    }

    pub(super) fn show_runs(&mut self, job: String) -> Vec<Effect> {
        self.form = None;
        self.level = Level::Runs(Runs { job, runs: Loaded::Waiting, ..Runs::default() });
        self.look()
    }

    fn start(&mut self, cx: &Cx<'_>) -> Vec<Effect> {
        let job = match (&self.level, self.current()) {
            (Level::Runs(runs), _) => self.entry(&runs.job).map(|entry| entry.job.clone()),
            (Level::List, Some(Item::Job(entry))) => Some(entry.job.clone()),
            (Level::List, Some(Item::Crawler(crawler))) => {
                let crawler = crawler.clone();
                return self.start_crawler(&crawler, cx);
            }
            (Level::List, None) => None,
        };
        self.form = job.as_ref().map(Form::new);
        Vec::new()
    }

    fn start_crawler(&mut self, crawler: &Crawler, cx: &Cx<'_>) -> Vec<Effect> {
        if is_crawling(crawler) {
            return vec![Effect::warn("It is running already")];
        }
        let name = crawler.name.clone();
        let targets: Vec<Shown> = crawler.targets.iter().map(|t| Shown::of(t)).collect();
        let then = vec![self.act(Job::StartCrawler { name: name.clone() })];
        let ask = Confirm::new(format!("Start crawler {name}?"), "Start", then)
            .body(targets)
            .body(["It reads files and changes tables; Glue bills its minutes.".into()])
            .body([cx.facts.place()]);
        vec![Effect::Ask(Ask::Confirm(ask))]
    }

    /// The form is filled in: ask once more, then start.
    pub(in crate::ui) fn obey_form(&mut self, command: FormCommand, cx: &Cx<'_>) -> Vec<Effect> {
        let FormCommand::Submit = command;
        let Some(form) = &self.form else { return Vec::new() };
        let arguments = match form.arguments() {
            Ok(arguments) => arguments,
            Err(why) => return vec![Effect::warn(why)],
        };
        let job = form.job.clone();
        let defaults = self.entry(&job).map(|entry| entry.job.arguments.clone());
        let title = format!("Start job {job}?");
        let body = changes(&arguments, &defaults.unwrap_or_default());
        let then = vec![self.act(Job::StartJob { job, arguments })];
        let ask = Confirm::new(title, "Start", then)
            .body(body)
            .body(["Glue bills the time it runs.".into(), cx.facts.place()]);
        vec![Effect::Ask(Ask::Confirm(ask))]
    }

    fn stop(&mut self, cx: &Cx<'_>) -> Vec<Effect> {
        let (title, job) = match (&self.level, self.current()) {
            (Level::List, Some(Item::Crawler(crawler))) if is_crawling(crawler) => {
                let name = crawler.name.clone();
                (format!("Stop crawler {name}?"), Job::StopCrawler { name })
            }
            _ => match self.current_run().filter(|run| !run.state.is_over()) {
                Some(run) => {
                    let (job, run) = (run.job.clone(), run.id.clone());
                    (format!("Stop job {job}?"), Job::StopRun { job, run })
                }
                None => return vec![Effect::info("It is not running")],
            },
        };
        let then = vec![self.act(job)];
        let ask = Confirm::new(title, "Stop", then)
            .body(["What it has written so far stays.".into(), cx.facts.place()]);
        vec![Effect::Ask(Ask::Confirm(ask))]
    }

    fn follow(&mut self) -> Vec<Effect> {
        let (what, name) = match (&self.level, self.current()) {
            (Level::List, Some(Item::Crawler(crawler))) if is_crawling(crawler) => {
                let name = crawler.name.clone();
                // What runs now has no record yet: any record but this one is its end.
                let before = crawler.last.as_ref().and_then(|last| last.started);
                (Followed::Crawl { name: name.clone(), before }, name)
            }
            _ => match self.current_run().filter(|run| !run.state.is_over()) {
                Some(run) => {
                    let (job, run) = (run.job.clone(), run.id.clone());
                    (Followed::Run { job: job.clone(), run }, job)
                }
                None => return vec![Effect::info("Only what runs can be followed")],
            },
        };
        let told = match self.unfollow(&what) {
            true => format!("{name} is not followed any more"),
            false => {
                self.followed.push(what);
                format!("Following {name}: its end will be told")
            }
        };
        let mut effects = self.look_again();
        effects.push(Effect::info(told));
        effects
    }

    fn copy(&self) -> Vec<Effect> {
        let mut texts = Vec::new();
        match (&self.level, self.current()) {
            (Level::List, Some(Item::Crawler(crawler))) => {
                texts.push(Shown::of(&crawler.name));
                let error = crawler.last.as_ref().and_then(|last| last.error.as_deref());
                texts.extend(error.map(Shown::of));
            }
            (Level::List, Some(Item::Job(entry))) => {
                texts.push(Shown::of(&entry.job.name));
                texts.extend(entry.job.script.as_deref().map(Shown::of));
            }
            _ => {}
        }
        if let Some(run) = self.current_run() {
            texts.push(Shown::of(&run.id));
            texts.extend(run.error.as_deref().map(Shown::of));
        }
        if texts.is_empty() {
            return Vec::new();
        }
        vec![Effect::Ask(Ask::Choice(Choice::copies(texts)))]
    }

    pub(super) fn hear_news(&mut self, news: News) -> Vec<Effect> {
        match news {
            News::Looked => return self.look_again(),
            News::Jobs(result) => self.take_jobs(result),
            News::Crawlers(Ok(crawlers)) => {
                let effects = self.ended_crawls(&crawlers);
                self.crawlers = Loaded::Here(crawlers);
                let len = self.len();
                self.scroll.clamp(len);
                return effects;
            }
            News::Crawlers(Err(failure)) => {
                if self.crawlers.here().is_some() {
                    return vec![Effect::fail(&failure)];
                }
                self.crawlers = Loaded::Failed(failure);
            }
            News::Runs { job, result } => return self.take_runs(&job, result),
            News::Run { result: Ok(run), .. } => {
                self.place_run(&run);
                return self.ended_run(&run);
            }
            News::Run { job, run, result: Err(failure) } => {
                self.unfollow(&Followed::Run { job, run });
                return vec![Effect::fail(&failure)];
            }
            News::Started { job, run } => return self.started(job, run),
            News::CrawlStarted { name } => {
                let known = self.crawlers.here().into_iter().flatten();
                let before = known
                    .filter(|crawler| crawler.name == name)
                    .find_map(|crawler| crawler.last.as_ref()?.started);
                self.followed.push(Followed::Crawl { name: name.clone(), before });
                let mut effects = self.look_soon();
                effects.push(Effect::info(format!("Crawler {name} has started")));
                return effects;
            }
            News::Stopping => {
                let mut effects = self.look_soon();
                effects.push(Effect::info("Glue has been told to stop it"));
                return effects;
            }
            News::Refused(failure) => return vec![Effect::fail(&failure)],
        }
        Vec::new()
    }

    fn take_jobs(&mut self, result: Result<Vec<super::Entry>, crate::ui::talk::Failure>) {
        match result {
            // A listing that cannot be renewed is better than none; the crawlers' look says it.
            Err(_) if self.jobs.here().is_some() => {}
            result => self.jobs = result.into(),
        }
        let len = self.len();
        self.scroll.clamp(len);
    }

    fn take_runs(
        &mut self,
        job: &str,
        result: Result<Vec<JobRun>, crate::ui::talk::Failure>,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Ok(runs) = &result {
            for run in runs {
                effects.extend(self.ended_run(run));
            }
        }
        if let Level::Runs(level) = &mut self.level
            && level.job == job
        {
            let here = level.runs.here().is_some();
            match result {
                Err(failure) if here => effects.push(Effect::fail(&failure)),
                result => level.runs = result.into(),
            }
            let len = level.runs.here().map_or(0, Vec::len);
            level.scroll.clamp(len);
        }
        effects
    }

    fn started(&mut self, job: String, run: String) -> Vec<Effect> {
        self.form = None;
        self.followed.push(Followed::Run { job: job.clone(), run });
        let mut effects = self.look_soon();
        effects.push(Effect::info(format!("Job {job} has started")));
        effects
    }

    /// Something has just changed: look at it now, whoever looks.
    fn look_soon(&mut self) -> Vec<Effect> {
        if self.seen { self.look() } else { self.look_again() }
    }

    pub(super) fn hint_commands(&self) -> Vec<Any> {
        use Command as C;
        if self.form.is_some() {
            return vec![FormCommand::Submit.into(), app::Command::Back.into()];
        }
        let commands: &[Command] = match &self.level {
            Level::List if self.len() == 0 => &[C::Refresh],
            Level::List => {
                &[C::Open, C::Start, C::Stop, C::Follow, C::Details, C::Copy, C::Refresh]
            }
            Level::Runs(_) => {
                &[C::Open, C::Details, C::Up, C::Start, C::Stop, C::Follow, C::Copy, C::Refresh]
            }
        };
        commands.iter().map(|command| (*command).into()).collect()
    }
}

/// What is asked to be confirmed: only what differs from the job's own arguments.
fn changes(
    arguments: &BTreeMap<String, String>,
    defaults: &BTreeMap<String, String>,
) -> Vec<Shown> {
    let mut lines: Vec<Shown> = arguments
        .iter()
        .filter(|(name, value)| defaults.get(*name) != Some(value))
        .map(|(name, value)| Shown::of(&format!("{name}={value}")))
        .collect();
    lines.truncate(8);
    if lines.is_empty() {
        lines.push("With its own arguments.".into());
    }
    lines
}
