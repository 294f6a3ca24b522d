//! Lines of an object, unpacked by its name's suffix.

use std::io::{BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

use super::meter::Metered;
use crate::local::sql::error::SqlError;

/// A longer line is taken for a file that is not what the table says it is.
const LONGEST: u64 = 64 << 20;
const BUFFER: usize = 256 << 10;

/// Reads lines into one buffer that is used again.
pub struct Lines {
    reader: Box<dyn BufRead + Send>,
    line: Vec<u8>,
    name: String,
}

impl Lines {
    /// Opens an object as lines and leaves out the first `skip` of them.
    pub fn open(object: &Metered, name: &str, skip: usize) -> Result<Self, SqlError> {
        let raw = BufReader::with_capacity(BUFFER, object.stream(0));
        let lower = name.to_ascii_lowercase();
        let reader: Box<dyn BufRead + Send> = if lower.ends_with(".gz") || lower.ends_with(".gzip")
        {
            Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(raw)))
        } else if let Some(suffix) =
            [".bz2", ".zst", ".lz4", ".snappy", ".lzo", ".deflate", ".xz", ".zip"]
                .iter()
                .find(|s| lower.ends_with(**s))
        {
            return Err(SqlError::user(format!(
                "HIVE_UNSUPPORTED_FORMAT: The local lake unpacks gzip only; {name} ends in {suffix}"
            )));
        } else {
            Box::new(raw)
        };
        let mut lines = Self { reader, line: Vec::new(), name: name.to_owned() };
        for _ in 0..skip {
            if lines.next()?.is_none() {
                break;
            }
        }
        Ok(lines)
    }

    /// The next line without its end; invalid UTF-8 shows as replacement characters.
    pub fn next(&mut self) -> Result<Option<std::borrow::Cow<'_, str>>, SqlError> {
        self.line.clear();
        let read = self
            .reader
            .by_ref()
            .take(LONGEST)
            .read_until(b'\n', &mut self.line)
            .map_err(|e| read_error(&self.name, &e))?;
        if read == 0 {
            return Ok(None);
        }
        if self.line.last() == Some(&b'\n') {
            self.line.pop();
            if self.line.last() == Some(&b'\r') {
                self.line.pop();
            }
        } else if read as u64 == LONGEST {
            return Err(SqlError::user(format!(
                "HIVE_BAD_DATA: A line of {} is longer than 64 MiB",
                self.name
            )));
        }
        Ok(Some(String::from_utf8_lossy(&self.line)))
    }
}

/// A failed read as a sentence.
pub fn read_error(name: &str, error: &std::io::Error) -> SqlError {
    let text = error.to_string();
    if text.starts_with("Bytes scanned limit") {
        return SqlError::user(text);
    }
    SqlError::user(format!("HIVE_CURSOR_ERROR: Failed to read {name}: {text}"))
}
