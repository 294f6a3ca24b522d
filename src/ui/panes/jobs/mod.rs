//! Glue jobs with their runs, and crawlers.
//!
//! ```text
//! 2 jobs, 1 crawler                                                        1 running
//!   name                 kind      state      started (UTC)     elapsed  error
//!   load_variants        glueetl   FAILED     2026-11-21 18:03  1m 12s   Table not found: …
//! ● crawl-source         crawler   RUNNING    2026-11-21 18:09  12s
//! ```

mod command;
mod draw;
mod follow;
mod form;
mod obey;
mod talk;

pub use command::{Command, FormCommand};
pub use talk::{Answer, Entry, Job, Look, News, Slot};

use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use self::follow::{Followed, is_crawling};
use self::form::Form;
use crate::model::catalog::{Crawler, JobRun};
use crate::model::shown::Shown;
use crate::ui::command::{Command as Any, Layer};
use crate::ui::loaded::Loaded;
use crate::ui::pane::{Input, Pane, View};
use crate::ui::talk::{Cx, Effect};
use crate::ui::widgets::list::{Move, Scroll};

/// The runs of one job.
#[derive(Debug, Clone, Default)]
struct Runs {
    job: String,
    runs: Loaded<Vec<JobRun>>,
    scroll: Scroll,
}

#[derive(Debug, Clone, Default)]
enum Level {
    #[default]
    List,
    Runs(Runs),
}

/// A line of the list.
#[derive(Debug, Clone, Copy)]
enum Item<'a> {
    Job(&'a Entry),
    Crawler(&'a Crawler),
}

/// The pane's state.
#[derive(Debug, Clone, Default)]
pub struct Jobs {
    jobs: Loaded<Vec<Entry>>,
    crawlers: Loaded<Vec<Crawler>>,
    scroll: Scroll,
    level: Level,
    details: bool,
    form: Option<Form>,
    /// What is said when it ends.
    followed: Vec<Followed>,
    /// True while the pane is in front.
    seen: bool,
    /// Quick looks since the last whole one.
    rounds: u32,
    acts: u32,
}

impl Jobs {
    /// To the runs of a job that was named.
    pub fn jump(&mut self, job: String) -> Vec<Effect> {
        self.seen = true;
        self.show_runs(job)
    }

    fn len(&self) -> usize {
        self.jobs.here().map_or(0, Vec::len) + self.crawlers.here().map_or(0, Vec::len)
    }

    /// Jobs first, then crawlers.
    fn item(&self, at: usize) -> Option<Item<'_>> {
        let jobs: &[Entry] = self.jobs.here().map_or(&[], Vec::as_slice);
        match jobs.get(at) {
            Some(entry) => Some(Item::Job(entry)),
            None => self.crawlers.here()?.get(at - jobs.len()).map(Item::Crawler),
        }
    }

    fn current(&self) -> Option<Item<'_>> {
        self.item(self.scroll.cursor)
    }

    fn current_run(&self) -> Option<&JobRun> {
        match &self.level {
            Level::List => match self.current()? {
                Item::Job(entry) => entry.last.as_ref(),
                Item::Crawler(_) => None,
            },
            Level::Runs(runs) => runs.runs.here()?.get(runs.scroll.cursor),
        }
    }

    fn entry(&self, job: &str) -> Option<&Entry> {
        self.jobs.here()?.iter().find(|entry| entry.job.name == job)
    }

    fn running(&self) -> usize {
        let open = |entry: &&Entry| entry.last.as_ref().is_some_and(|run| !run.state.is_over());
        let jobs = self.jobs.here().into_iter().flatten().filter(open).count();
        jobs + self.crawlers.here().into_iter().flatten().filter(|c| is_crawling(c)).count()
    }

    fn act(&mut self, job: Job) -> Effect {
        self.acts += 1;
        Effect::start(Slot::Act(self.acts), job)
    }

    /// Puts what was learnt of a run wherever it is shown.
    fn place_run(&mut self, run: &JobRun) {
        let entries = self.jobs.here_mut().into_iter().flatten();
        for entry in entries.filter(|entry| entry.job.name == run.job) {
            let newer = |last: &JobRun| last.id == run.id || last.started <= run.started;
            if entry.last.as_ref().is_none_or(newer) {
                entry.last = Some(run.clone());
            }
        }
        if let Level::Runs(runs) = &mut self.level
            && runs.job == run.job
            && let Some(known) = runs.runs.here_mut()
        {
            match known.iter_mut().find(|known| known.id == run.id) {
                Some(known) => *known = run.clone(),
                None => known.insert(0, run.clone()),
            }
        }
    }
}

impl Pane for Jobs {
    type Command = Command;
    type News = News;
    type Answer = Answer;

    fn layers(&self) -> &'static [Layer] {
        match self.form {
            Some(_) => &[Layer::Form],
            None => &[Layer::Jobs, Layer::List],
        }
    }

    fn typing(&self) -> bool {
        self.form.is_some()
    }

    fn type_in(&mut self, input: Input, _cx: &Cx<'_>) -> Vec<Effect> {
        if let Some(form) = &mut self.form {
            match input {
                Input::Key(key) => form.key(key),
                Input::Paste(text) => form.paste(&text),
            }
        }
        Vec::new()
    }

    fn enter(&mut self, _cx: &Cx<'_>) -> Vec<Effect> {
        self.seen = true;
        self.look()
    }

    fn leave(&mut self, _cx: &Cx<'_>) -> Vec<Effect> {
        self.seen = false;
        self.look_again()
    }

    fn obey(&mut self, command: Command, cx: &Cx<'_>) -> Vec<Effect> {
        self.obey_command(command, cx)
    }

    fn step(&mut self, step: Move, _cx: &Cx<'_>) -> Vec<Effect> {
        let len = self.len();
        match &mut self.level {
            Level::List => self.scroll.step(step, len),
            Level::Runs(runs) => {
                let len = runs.runs.here().map_or(0, Vec::len);
                runs.scroll.step(step, len);
            }
        }
        Vec::new()
    }

    fn escape(&mut self, _cx: &Cx<'_>) -> Option<Vec<Effect>> {
        if self.form.take().is_some() || std::mem::take(&mut self.details) {
            return Some(Vec::new());
        }
        match self.level {
            Level::List => None,
            Level::Runs(_) => {
                self.level = Level::List;
                Some(Vec::new())
            }
        }
    }

    fn hear(&mut self, news: News, _cx: &Cx<'_>) -> Vec<Effect> {
        self.hear_news(news)
    }

    fn answer(&mut self, answer: Answer, _text: String, _cx: &Cx<'_>) -> Vec<Effect> {
        match answer {}
    }

    fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) -> Option<Position> {
        self.draw_pane(area, buf, view)
    }

    fn wake(&self, now: Instant) -> Option<Instant> {
        // The elapsed time of what runs.
        (self.seen && self.running() > 0).then(|| now + Duration::from_secs(1))
    }

    fn busy(&self) -> bool {
        let waits = matches!(&self.level, Level::Runs(runs) if runs.runs.is_waiting());
        self.seen && (waits || self.jobs.is_waiting() || self.crawlers.is_waiting())
    }

    fn badge(&self) -> Option<Shown> {
        let running = self.running().max(self.followed.len());
        (running > 0).then(|| running.to_string().into())
    }

    fn hints(&self) -> Vec<Any> {
        self.hint_commands()
    }
}

#[cfg(test)]
mod tests;
