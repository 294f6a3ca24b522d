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
}

impl Progress {
    pub fn new() -> Self {
        let now = Instant::now();
        Self { began: now, said: now, terminal: std::io::stderr().is_terminal(), line: false }
    }

    pub fn hear(&mut self, execution: &QueryExecution) {
        if execution.state.is_over() {
            return;
        }
        let state = execution.state.name().to_lowercase();
        let elapsed = units::duration(self.began.elapsed());
        let text = format!("query {} {state}, {elapsed}", execution.id);
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
            "query {} {} in {}",
            execution.id,
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
