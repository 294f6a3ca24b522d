//! The formats that are not of any field: text, tables of text, JSON, zip; else bytes.

pub mod csv;
pub mod hex;
pub mod json;
pub mod json_lines;
pub mod lines;
pub mod text;
pub mod types;
pub mod zip;

use super::look::Pages;
use super::look::{Fault, Row};

/// `CSV`, `CSV, gzip`, `text, UTF-16LE, gzip`.
pub(super) fn named(parts: &[Option<&str>]) -> String {
    parts.iter().copied().flatten().collect::<Vec<_>>().join(", ")
}

/// Rows one at a time, made into pages: what was read before a fault is given out before it.
pub(super) struct OneByOne<F> {
    next: F,
    fault: Option<Fault>,
    over: bool,
}

impl<F: FnMut() -> Result<Option<Row>, Fault> + Send> OneByOne<F> {
    pub(super) fn new(next: F) -> Self {
        Self { next, fault: None, over: false }
    }
}

impl<F: FnMut() -> Result<Option<Row>, Fault> + Send> Pages for OneByOne<F> {
    fn next(&mut self, rows: usize) -> Result<Vec<Row>, Fault> {
        let mut page = Vec::new();
        while page.len() < rows && !self.over {
            match (self.next)() {
                Ok(Some(row)) => page.push(row),
                Ok(None) => self.over = true,
                Err(fault) => {
                    self.over = true;
                    self.fault = Some(fault);
                }
            }
        }
        match self.fault.take() {
            Some(fault) if page.is_empty() && rows > 0 => {
                self.fault = Some(fault.clone());
                Err(fault)
            }
            fault => {
                self.fault = fault;
                Ok(page)
            }
        }
    }
}
