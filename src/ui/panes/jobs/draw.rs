//! How the pane looks.

use std::time::Duration;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::follow::{Followed, changed, first_line, is_crawling};
use super::{Command, Item, Jobs, Level, Runs};
use crate::model::catalog::{Crawler, Job, JobRun, RunState};
use crate::model::shown::Shown;
use crate::ui::loaded::Loaded;
use crate::ui::pane::View;
use crate::ui::theme::Theme;
use crate::ui::widgets::table::{Cell, Column, Row, Table, Width};
use crate::ui::widgets::{frame, notes, text};

/// From this width on the details lie beside the list.
const WIDE: u16 = 120;

const LIST: &[Column] = &[
    Column::new("name", Width::Rest(18)),
    Column::new("kind", Width::Exactly(9)).rank(4),
    Column::new("state", Width::Exactly(9)),
    Column::new("started (UTC)", Width::Exactly(16)).rank(3),
    Column::new("elapsed", Width::Exactly(7)).right().rank(2),
    Column::new("what came of it", Width::Rest(14)).rank(1),
];

const RUNS: &[Column] = &[
    Column::new("state", Width::Exactly(9)),
    Column::new("started (UTC)", Width::Exactly(16)),
    Column::new("elapsed", Width::Exactly(7)).right().rank(1),
    Column::new("error", Width::Rest(16)).rank(1),
    Column::new("run", Width::Rest(14)).rank(2),
];

impl Jobs {
    pub(super) fn draw_pane(
        &self,
        area: Rect,
        buf: &mut Buffer,
        view: &View<'_>,
    ) -> Option<Position> {
        if let Some(form) = &self.form {
            return form.draw(area, buf, view);
        }
        let title = Rect { height: 1, ..area };
        self.draw_title(title, buf, view);
        let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        let (list, side) = self.split(body);
        match &self.level {
            Level::List => self.draw_list(list, buf, view),
            Level::Runs(runs) => self.draw_runs(runs, list, buf, view),
        }
        if let Some(side) = side {
            self.draw_details(side, buf, view);
        }
        None
    }

    fn split(&self, area: Rect) -> (Rect, Option<Rect>) {
        if !self.details {
            return (area, None);
        }
        let (list, details) = frame::split(area, WIDE, area.height * 3 / 5);
        (list, Some(details))
    }

    fn draw_title(&self, line: Rect, buf: &mut Buffer, view: &View<'_>) {
        let inner = Rect { x: line.x + 1, width: line.width.saturating_sub(2), ..line };
        let words = match &self.level {
            Level::Runs(runs) => format!("Runs of {}", Shown::of(&runs.job)),
            Level::List => {
                let jobs = self.jobs.here().map_or(0, Vec::len) as u64;
                let crawlers = self.crawlers.here().map_or(0, Vec::len) as u64;
                let (jobs, crawlers) =
                    (text::plural(jobs, "job"), text::plural(crawlers, "crawler"));
                if self.len() == 0 {
                    "Jobs and crawlers".to_owned()
                } else {
                    format!("{jobs}, {crawlers}")
                }
            }
        };
        text::put(buf, inner, &words, view.theme.accent);
        let mut told = Vec::new();
        if self.running() > 0 {
            told.push(format!("{} running", self.running()));
        }
        if !self.followed.is_empty() {
            told.push(format!("{} followed", self.followed.len()));
        }
        text::put_right(buf, inner, &told.join(", "), view.theme.dim);
    }

    fn draw_list(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        if self.len() > 0 {
            return self.draw_rows(area, buf, view);
        }
        match (&self.jobs, &self.crawlers) {
            (Loaded::Failed(failure), _) | (_, Loaded::Failed(failure)) => {
                notes::failed(area, buf, view, failure, Command::Refresh);
            }
            (Loaded::Here(_), Loaded::Here(_)) => {
                notes::quiet(area, buf, view, "There is no Glue job and no crawler here.");
            }
            _ => notes::quiet(area, buf, view, "Asking Glue …"),
        }
    }

    fn draw_rows(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let table = Table {
            columns: LIST,
            sorted: None,
            scroll: &self.scroll,
            len: self.len(),
            focused: true,
        };
        table.draw(area, buf, view.theme, |at| match self.item(at) {
            Some(Item::Job(entry)) => {
                let last = entry.last.as_ref();
                let marked = last.is_some_and(|run| self.is_followed(run));
                Row { marked, ..job_line(&entry.job, last, view) }
            }
            Some(Item::Crawler(crawler)) => {
                let name = crawler.name.clone();
                let marked = self.follows(&Followed::Crawl { name, before: None });
                Row { marked, ..crawler_line(crawler, view) }
            }
            None => Row::default(),
        });
    }

    fn is_followed(&self, run: &JobRun) -> bool {
        self.follows(&Followed::Run { job: run.job.clone(), run: run.id.clone() })
    }

    fn draw_runs(&self, runs: &Runs, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let known = match &runs.runs {
            Loaded::Unknown | Loaded::Waiting => {
                return notes::quiet(area, buf, view, "Asking Glue …");
            }
            Loaded::Failed(failure) => {
                return notes::failed(area, buf, view, failure, Command::Refresh);
            }
            Loaded::Here(known) => known,
        };
        if known.is_empty() {
            let start = view.keymap.hint(Command::Start);
            return notes::quiet(area, buf, view, format!("It has never run: {start} starts it."));
        }
        let table = Table {
            columns: RUNS,
            sorted: None,
            scroll: &runs.scroll,
            len: known.len(),
            focused: true,
        };
        table.draw(area, buf, view.theme, |at| {
            let Some(run) = known.get(at) else { return Row::default() };
            Row { marked: self.is_followed(run), ..run_line(run, view) }
        });
    }

    /// Everything known of what is under the cursor, label by label.
    pub(super) fn facts(&self, clock: Timestamp) -> Vec<(&'static str, String)> {
        match (&self.level, self.current()) {
            (Level::List, Some(Item::Crawler(crawler))) => crawler_facts(crawler),
            (Level::List, Some(Item::Job(entry))) => {
                let mut facts = job_facts(&entry.job);
                facts.extend(entry.last.iter().flat_map(|run| run_facts(run, clock)));
                facts
            }
            _ => self.current_run().map(|run| run_facts(run, clock)).unwrap_or_default(),
        }
    }

    fn draw_details(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let inner = frame::panel(area, buf, view.theme, "Details", false);
        let facts = self.facts(view.clock);
        notes::facts(inner, buf, view, facts);
    }
}

fn job_line(job: &Job, last: Option<&JobRun>, view: &View<'_>) -> Row {
    let theme = view.theme;
    let state = last.map_or(Cell::new("never run", theme.dim), |run| state_cell(&run.state, theme));
    Row::new([
        Cell::new(Shown::of(&job.name), Style::new()),
        Cell::new(Shown::of(job.command.as_deref().unwrap_or("job")), theme.dim),
        state,
        Cell::new(last.and_then(|run| run.started).map(text::time).unwrap_or_default(), theme.dim),
        Cell::from(last.map(|run| elapsed(run, view.clock)).unwrap_or_default()),
        Cell::new(last.map(outcome).unwrap_or_default(), theme.dim),
    ])
}

fn crawler_line(crawler: &Crawler, view: &View<'_>) -> Row {
    let theme = view.theme;
    let last = crawler.last.as_ref();
    let (state, elapsed) = match (is_crawling(crawler), last) {
        (true, _) => {
            let since = crawler.elapsed_ms.map(Duration::from_millis);
            let state = Cell::new(Shown::of(&crawler.state), theme.accent);
            (state, since.map(text::span).unwrap_or_default())
        }
        (false, Some(last)) => {
            let good = last.state == "SUCCEEDED";
            let style = if good { theme.ok } else { theme.error };
            (Cell::new(Shown::of(&last.state), style), String::new())
        }
        (false, None) => (Cell::new("never run", theme.dim), String::new()),
    };
    let came = last.filter(|_| !is_crawling(crawler)).map(|last| match &last.error {
        Some(error) => Shown::of(first_line(error)),
        None => changed(last).into(),
    });
    Row::new([
        Cell::new(Shown::of(&crawler.name), Style::new()),
        Cell::new("crawler", theme.dim),
        state,
        Cell::new(last.and_then(|l| l.started).map(text::time).unwrap_or_default(), theme.dim),
        Cell::from(elapsed),
        Cell::new(came.unwrap_or_default(), theme.dim),
    ])
}

fn run_line(run: &JobRun, view: &View<'_>) -> Row {
    let theme = view.theme;
    Row::new([
        state_cell(&run.state, theme),
        Cell::new(run.started.map(text::time).unwrap_or_default(), theme.dim),
        Cell::from(elapsed(run, view.clock)),
        Cell::new(outcome(run), theme.error),
        Cell::new(Shown::of(&run.id), theme.dim),
    ])
}

fn state_cell(state: &RunState, theme: &Theme) -> Cell {
    let style = match state {
        RunState::Succeeded => theme.ok,
        RunState::Failed | RunState::Timeout | RunState::Error | RunState::Expired => theme.error,
        RunState::Stopped | RunState::Stopping => theme.warn,
        RunState::Starting | RunState::Running | RunState::Waiting => theme.accent,
        RunState::Other(_) => theme.warn,
    };
    Cell::new(Shown::of(state.name()), style)
}

/// The first line of its error, if it has one.
fn outcome(run: &JobRun) -> Shown {
    run.error.as_deref().map(|error| Shown::of(first_line(error))).unwrap_or_default()
}

/// Glue counts seconds while it runs, but late: the clock is nearer.
fn elapsed(run: &JobRun, clock: Timestamp) -> String {
    let between = |end: Timestamp| {
        let began = run.started?;
        Some(Duration::from_millis((end.as_millisecond() - began.as_millisecond()).max(0) as u64))
    };
    let time = if run.state.is_over() {
        run.seconds.map(Duration::from_secs).or_else(|| between(run.completed?))
    } else {
        between(clock).map(|time| Duration::from_secs(time.as_secs()))
    };
    time.map(|time| match time.as_secs() {
        // Tenths would change with every frame and mean nothing.
        s @ 0..60 => format!("{s}s"),
        _ => text::span(time),
    })
    .unwrap_or_default()
}

fn job_facts(job: &Job) -> Vec<(&'static str, String)> {
    let shown = |text: &String| Shown::of(text).to_string();
    let mut facts = vec![("job", shown(&job.name))];
    facts.extend(job.script.as_ref().map(|script| ("script", shown(script))));
    facts.extend(job.glue_version.as_ref().map(|version| ("Glue", shown(version))));
    facts
}

fn run_facts(run: &JobRun, clock: Timestamp) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("run", Shown::of(&run.id).to_string()),
        ("state", Shown::of(run.state.name()).to_string()),
    ];
    facts.extend(run.started.map(|at| ("started", text::time(at))));
    facts.extend(run.completed.map(|at| ("ended", text::time(at))));
    facts.push(("elapsed", elapsed(run, clock)));
    if run.attempt > 0 {
        facts.push(("attempt", run.attempt.to_string()));
    }
    for line in run.error.iter().flat_map(|error| Shown::lines(error)) {
        let label = if facts.iter().any(|(name, _)| *name == "error") { "" } else { "error" };
        facts.push((label, line.to_string()));
    }
    for (at, (name, value)) in run.arguments.iter().enumerate() {
        let label = if at == 0 { "arguments" } else { "" };
        facts.push((label, Shown::of(&format!("{name}={value}")).to_string()));
    }
    facts
}

fn crawler_facts(crawler: &Crawler) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("crawler", Shown::of(&crawler.name).to_string()),
        ("state", Shown::of(&crawler.state).to_string()),
    ];
    if let Some(last) = &crawler.last {
        facts.push(("last", Shown::of(&last.state).to_string()));
        facts.extend(last.started.map(|at| ("started", text::time(at))));
        facts.push(("changed", changed(last)));
        let lines = last.error.iter().flat_map(|error| Shown::lines(error));
        facts.extend(lines.map(|line| ("error", line.to_string())));
    }
    facts.extend(crawler.database.iter().map(|name| ("database", Shown::of(name).to_string())));
    facts.extend(crawler.targets.iter().map(|target| ("reads", Shown::of(target).to_string())));
    facts
}
