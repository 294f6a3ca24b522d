//! What became of the last query: still running, rows, nothing, or a sentence why not.

use std::sync::Arc;
use std::time::Instant;

use super::result::Looking;
use super::talk::Progress;
use crate::model::query::QueryState;
use crate::model::sql::Statement;
use crate::ui::talk::Failure;
use crate::ui::widgets::grid::{Grid, Heading};

/// The query that was started last.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The query's number: news of another one is late.
    pub generation: u32,
    /// Its id at Athena, once that is known.
    pub execution: Option<String>,
    /// Where the statement stood in the text, and its text: the cursor goes back to it.
    pub statement: Statement,
    pub sql: String,
    pub began: Instant,
    /// When the program heard that it is over.
    pub ended: Option<Instant>,
    pub stopping: bool,
    /// Which of how many that run one after the other, from 1.
    pub step: Option<(usize, usize)>,
    pub progress: Option<Progress>,
    pub failure: Option<Failure>,
    pub grid: Option<Grid>,
    pub looking: Looking,
}

impl Run {
    pub fn new(generation: u32, statement: Statement, sql: String, began: Instant) -> Self {
        Self {
            generation,
            execution: None,
            statement,
            sql,
            began,
            ended: None,
            stopping: false,
            step: None,
            progress: None,
            failure: None,
            grid: None,
            looking: Looking::default(),
        }
    }

    /// One that was started before, from no statement of the text.
    pub fn of(generation: u32, execution: String, began: Instant) -> Self {
        let nowhere = Statement { start: 0, end: 0 };
        let run = Self::new(generation, nowhere, String::new(), began);
        Self { execution: Some(execution), ..run }
    }

    /// True while Athena works on it, or nobody knows yet that it does not.
    pub fn is_running(&self) -> bool {
        self.ended.is_none()
    }

    pub fn state(&self) -> Option<&QueryState> {
        self.progress.as_ref().map(|progress| &progress.state)
    }

    /// The execution, as long as its end, or its result, has not been seen.
    pub fn unsettled(&self) -> Option<&String> {
        let is_settled = match self.state() {
            Some(QueryState::Succeeded) => self.grid.as_ref().is_some_and(|grid| grid.whole),
            state => state.is_some_and(QueryState::is_over),
        };
        self.execution.as_ref().filter(|_| !is_settled)
    }

    /// True where there is a result to be saved.
    pub fn has_succeeded(&self) -> bool {
        self.state() == Some(&QueryState::Succeeded)
    }

    pub fn hear(&mut self, progress: Progress, now: Instant) {
        // One that this process has not started began when Athena says so.
        let is_found = self.progress.is_none() && self.sql.is_empty();
        let began = progress.taken.filter(|_| is_found).and_then(|taken| now.checked_sub(taken));
        self.began = began.unwrap_or(self.began);
        if progress.state.is_over() {
            self.ended.get_or_insert(now);
        }
        self.execution = Some(progress.id.clone());
        self.progress = Some(progress);
    }

    pub fn break_off(&mut self, failure: Failure, now: Instant) {
        self.ended.get_or_insert(now);
        self.failure = Some(failure);
    }

    pub fn show(&mut self, columns: Arc<[Heading]>) {
        self.grid = Some(Grid::new(columns));
    }
}
