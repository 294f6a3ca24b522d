//! Standard output, buffered, with a reader that may leave.

use std::borrow::Cow;
use std::io::{self, BufWriter, Stdout, Write};

use serde::Serialize;

use crate::model::shown::is_hidden;

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

/// JSON with every character that hides or acts on a terminal written as `\u…`: the same data,
/// and nothing for a terminal to obey. Line feeds between objects stay.
pub(super) fn escape_hidden(json: &str) -> Cow<'_, str> {
    let hidden = |c: char| c != '\n' && is_hidden(c);
    if !json.contains(hidden) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_hides_nothing_and_loses_nothing() {
        let text = "a\u{1b}\u{202e}\u{e0041}\u{9b}\n";
        let json = serde_json::to_string(text).unwrap();
        let safe = escape_hidden(&json);
        assert_eq!(safe, "\"a\\u001b\\u202e\\udb40\\udc41\\u009b\\n\"");
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
        assert!(matches!(escape_hidden("{\"k\":\"é\"}\n"), Cow::Borrowed(_)));
    }
}
