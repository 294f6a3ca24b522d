//! Running: what is selected, the statement under the cursor, or all, one after the other.

use std::time::Instant;

use super::Sql;
use super::outcome::Run;
use super::tabs::Step;
use super::talk::{Job, News, Slot};
use crate::model::query::QueryState;
use crate::model::shown::Shown;
use crate::model::sql::{self, Statement};
use crate::ui::modal::{Ask, Choice, Confirm};
use crate::ui::talk::{Cx, Effect};
use crate::ui::widgets::text;

/// What StartQueryExecution takes, in bytes.
const LONGEST: usize = 262_144;
/// Statements that a question shows.
const SHOWN: usize = 4;

impl Sql {
    /// Runs what is chosen, unless it is not known what became of the query before: that may
    /// still run, and the next one would be paid beside it.
    pub(super) fn run_chosen(&mut self, cx: &Cx<'_>) -> Vec<Effect> {
        let run = self.tab().run.as_ref();
        if run.is_none_or(|run| run.failure.is_none() || run.unsettled().is_none()) {
            return self.run_anew(cx);
        }
        let ways = vec![
            ("Look at it again".into(), vec![Effect::hear(News::LookAgain)]),
            ("Run the statement anew, beside it".into(), vec![Effect::hear(News::Anew)]),
        ];
        let title = "What became of the query is not known";
        vec![Effect::Ask(Ask::Choice(Choice::new(title, ways)))]
    }

    pub(super) fn run_anew(&mut self, cx: &Cx<'_>) -> Vec<Effect> {
        let chosen = self.tab().script.chosen();
        if chosen.is_empty() {
            return vec![Effect::warn("There is no statement under the cursor")];
        }
        self.ask_run(&chosen, cx)
    }

    pub(super) fn run_all(&mut self, cx: &Cx<'_>) -> Vec<Effect> {
        let all = sql::split(self.tab().script.text());
        if all.is_empty() {
            return vec![Effect::warn("There is no statement here")];
        }
        self.ask_run(&all, cx)
    }

    /// Runs them, once their values are known and what some of them destroy may go.
    fn ask_run(&mut self, statements: &[Statement], cx: &Cx<'_>) -> Vec<Effect> {
        if self.tab().is_running() {
            return vec![Effect::warn("A query is running: stop it first, or take another tab")];
        }
        let workgroup = self.workgroup();
        if self.venues.is_disabled(workgroup) {
            let name = Shown::of(workgroup);
            return vec![Effect::warn(format!(
                "Workgroup {name} is disabled: Athena runs nothing in it. Choose another one"
            ))];
        }
        let all = self.tab().script.text();
        let step = |one: &Statement| Step {
            statement: *one,
            sql: one.text(all).to_owned(),
            literals: Vec::new(),
        };
        let steps: Vec<Step> = statements.iter().map(step).collect();
        if let Some(long) = steps.iter().map(|step| step.sql.len()).find(|len| *len > LONGEST) {
            let long = text::bytes(long as u64);
            return vec![Effect::warn(format!("Athena takes 256 KiB of SQL; this is {long}"))];
        }
        self.popup = None;
        match self.ask_values(steps) {
            Ok(()) => Vec::new(),
            Err(steps) => self.ask_harm(steps, cx),
        }
    }

    /// Runs them, once it is agreed that what some of them destroy may go.
    pub(super) fn ask_harm(&mut self, steps: Vec<Step>, cx: &Cx<'_>) -> Vec<Effect> {
        let harmful: Vec<&Step> = steps.iter().filter(|step| sql::destroys(&step.sql)).collect();
        if harmful.is_empty() {
            return self.go(steps, cx.now);
        }
        let line = |step: &&Step| Shown::of(&text::glance(&step.sql));
        let mut body: Vec<Shown> = harmful.iter().take(SHOWN).map(line).collect();
        if harmful.len() > SHOWN {
            body.push(format!("… and {} more", harmful.len() - SHOWN).into());
        }
        body.push("What it takes away cannot be brought back from here.".into());
        let count = (harmful.len() > 1).then_some(harmful.len() as u64);
        let title = match harmful.as_slice() {
            [one] => format!("Run {}?", sql::verb(&one.sql).name()),
            many => format!("Run {} statements that take something away?", many.len()),
        };
        let mut ask = Confirm::new(title, "Run", vec![Effect::hear(News::Go(steps))]).body(body);
        ask.count = count;
        vec![Effect::Ask(Ask::Confirm(ask))]
    }

    /// Runs them in the tab in front, one after the other.
    pub(super) fn go(&mut self, steps: Vec<Step>, now: Instant) -> Vec<Effect> {
        let tab = self.tab_mut();
        tab.of = steps.len();
        tab.queue = steps.into();
        let id = tab.id;
        self.start_next(id, now)
    }

    /// Starts what is next in this tab, where anything is.
    fn start_next(&mut self, id: u32, now: Instant) -> Vec<Effect> {
        let (generation, is_front) = (self.generation + 1, self.tab().id == id);
        let Some(tab) = self.tabs.by_id(id) else { return Vec::new() };
        let Some(Step { statement, sql, literals }) = tab.queue.pop_front() else {
            return Vec::new();
        };
        self.generation = generation;
        let mut run = Run::new(generation, statement, sql.clone(), now);
        run.step = (tab.of > 1).then(|| (tab.of - tab.queue.len(), tab.of));
        tab.typed_on = false;
        let instead = tab.run.replace(run).map(|run| run.generation);
        let database = tab.database.as_ref().or(self.database.as_ref());
        let database = database.map_or_else(|| "default".to_owned(), Clone::clone);
        let terms = tab.terms.clone();
        let job = Job::Run { generation, instead, sql, literals, database, terms };
        // What is read of another tab's result goes on.
        let stop = is_front.then(|| Effect::stop(Slot::Window));
        stop.into_iter().chain([Effect::start(Slot::Query(id), job)]).collect()
    }

    /// A query is over: what comes behind it is run, or not.
    pub(super) fn go_on(&mut self, generation: u32, now: Instant) -> Vec<Effect> {
        let Some(tab) = self.tabs.of(generation) else { return Vec::new() };
        let succeeded = tab
            .run
            .as_ref()
            .is_some_and(|run| run.state() == Some(&QueryState::Succeeded) && !run.stopping);
        if succeeded {
            let id = tab.id;
            return self.start_next(id, now);
        }
        let left = std::mem::take(&mut tab.queue).len();
        if left == 0 {
            return Vec::new();
        }
        let at = tab.of - left;
        let rest = text::plural(left as u64, "statement");
        vec![Effect::warn(format!("Ended at statement {at} of {}: {rest} not run", tab.of))]
    }

    pub(super) fn cancel(&mut self) -> Vec<Effect> {
        let tab = self.tab_mut();
        match &mut tab.run {
            Some(run) if run.is_running() => {
                run.stopping = true;
                vec![Effect::stop(Slot::Query(tab.id))]
            }
            _ => vec![Effect::info("No query is running")],
        }
    }
}
