//! Standard output, buffered, with a reader that may leave.

use std::io::{self, BufWriter, Stdout, Write};

use serde::Serialize;

use crate::model::shown::escape_hidden;

use super::failure::Failure;

/// Every failure to write becomes a [`Failure`]; a broken pipe becomes a quiet end.
pub struct Out {
    to: BufWriter<Stdout>,
}

impl Out {
    pub fn stdout() -> Self {
        Self { to: BufWriter::with_capacity(64 * 1024, io::stdout()) }
    }

    /// Already sanitised, or bytes for a machine.
    pub fn line(&mut self, line: &str) -> Result<(), Failure> {
        writeln!(self.to, "{line}").map_err(|error| Failure::output(&error))
    }

    /// One JSON object on one line.
    pub fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string(value)
            .map_err(|error| Failure::failed("write JSON", error.to_string()))?;
        self.line(&escape_hidden(&text))
    }

    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.to.write_all(bytes).map_err(|error| Failure::output(&error))
    }

    pub fn flush(&mut self) -> Result<(), Failure> {
        self.to.flush().map_err(|error| Failure::output(&error))
    }
}
