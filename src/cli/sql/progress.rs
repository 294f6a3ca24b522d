//! A query's progress on standard error: one changing line on a terminal, a line every few
//! seconds elsewhere.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::model::query::QueryExecution;
use crate::query;

use super::super::failure::say;
use super::super::units;

const EVERY: Duration = Duration::from_secs(5);

pub(super) struct Progress {
    began: Instant,
    said: Instant,
    terminal: bool,
    /// True while the changing line is on screen.
    line: bool,
    /// Which of how many statements, from 1, where there are several.
    step: Option<(usize, usize)>,
}

impl Progress {
    pub fn new(step: Option<(usize, usize)>) -> Self {
        let (now, terminal) = (Instant::now(), std::io::stderr().is_terminal());
        Self { began: now, said: now, terminal, line: false, step }
    }

    /// `query ID`, and before it which statement it is.
    fn which(&self, execution: &QueryExecution) -> String {
        match self.step {
            Some((at, of)) => format!("{at} of {of}: query {}", execution.id),
            None => format!("query {}", execution.id),
        }
    }

    pub fn hear(&mut self, execution: &QueryExecution) {
        if execution.state.is_over() {
            return;
        }
        let state = execution.state.name().to_lowercase();
        let elapsed = units::duration(self.began.elapsed());
        let text = format!("{} {state}, {elapsed}", self.which(execution));
        if self.terminal {
            // Standard error may be gone; the query matters more.
            let _ = write!(std::io::stderr(), "\r\x1b[K{}", crate::govern::shown(&text));
            self.line = true;
        } else if self.said.elapsed() >= EVERY {
            say(&text);
            self.said = Instant::now();
        }
    }

    /// Takes the changing line away.
    pub fn clear(&mut self) {
        if std::mem::take(&mut self.line) {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }

    /// What it was and what it cost.
    pub fn summary(&self, execution: &QueryExecution, price: f64, rows: Option<u64>) -> String {
        let mut parts = vec![format!(
            "{} {} in {}",
            self.which(execution),
            execution.state.name(),
            units::duration(self.began.elapsed())
        )];
        if let Some(rows) = rows {
            parts.push(format!("{rows} rows"));
        }
        if let Some(scanned) = execution.scanned {
            parts.push(format!("{} scanned", units::bytes(scanned)));
        }
        if let Some(cost) = query::cost(execution, price) {
            parts.push(units::dollars(cost));
        }
        if let Some(output) = &execution.output {
            parts.push(output.to_string());
        }
        parts.join(", ")
    }
}
