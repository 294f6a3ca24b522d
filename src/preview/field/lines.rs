//! Lines of which each may be a whole chromosome.

use std::io::BufRead;

use super::super::look::Fault;

/// A line that goes on for longer than this, in bytes, is no line of a text format.
const LONGEST: u64 = 64 << 20;

/// Reads lines, keeping the beginning of each.
pub(super) struct Lines {
    content: Box<dyn BufRead + Send>,
    /// The most bytes that are kept of a line.
    keep: usize,
    number: u64,
    held: Option<Line>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// Its beginning, without the line end.
    pub(super) text: Vec<u8>,
    /// True where there is more of it than was kept.
    pub(super) cut: bool,
}

impl Line {
    pub(super) fn fields(&self) -> Vec<&[u8]> {
        self.text.split(|byte| *byte == b'\t').collect()
    }
}

impl Lines {
    pub(super) fn new(content: Box<dyn BufRead + Send>, keep: usize) -> Self {
        Self { content, keep, number: 0, held: None }
    }

    /// The number of the line that was read last, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The line is read again by the next call.
    pub(super) fn put_back(&mut self, line: Line) {
        self.held = Some(line);
    }

    /// The next line that is not empty.
    ///
    /// # Errors
    /// Where the content ends in the middle of its packing, or a line does not end.
    pub(super) fn next(&mut self) -> Result<Option<Line>, Fault> {
        if self.held.is_some() {
            return Ok(self.held.take());
        }
        loop {
            match self.any()? {
                Some(line) if line.text.is_empty() => {}
                other => return Ok(other),
            }
        }
    }

    /// The next line, also an empty one.
    pub(super) fn any(&mut self) -> Result<Option<Line>, Fault> {
        let mut line = Line::default();
        let mut length = 0u64;
        loop {
            let chunk = self.content.fill_buf()?;
            if chunk.is_empty() && length == 0 {
                return Ok(None);
            }
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let part = &chunk[..end.unwrap_or(chunk.len())];
            let room = self.keep - line.text.len();
            line.text.extend_from_slice(&part[..part.len().min(room)]);
            line.cut |= part.len() > room;
            let (over, used) =
                (end.is_some() || chunk.is_empty(), end.map_or(part.len(), |at| at + 1));
            self.content.consume(used);
            length += used as u64;
            if over {
                self.number += 1;
                if line.text.last() == Some(&b'\r') && !line.cut {
                    line.text.pop();
                }
                return Ok(Some(line));
            }
            if length > LONGEST {
                return Err(Fault(format!(
                    "Line {} does not end within {} MiB.",
                    self.number + 1,
                    LONGEST >> 20
                )));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn lines(text: &'static str, keep: usize) -> Lines {
        Lines::new(Box::new(BufReader::with_capacity(3, text.as_bytes())), keep)
    }

    fn all(mut lines: Lines) -> Vec<(String, bool)> {
        std::iter::from_fn(|| lines.next().unwrap())
            .map(|line| (String::from_utf8(line.text).unwrap(), line.cut))
            .collect()
    }

    fn whole(text: &str) -> (String, bool) {
        (text.to_owned(), false)
    }

    #[test]
    fn lines_end_in_either_way_and_empty_ones_are_passed_over() {
        assert_eq!(all(lines("ab\r\n\n\ncdefgh\ni", 100)), ["ab", "cdefgh", "i"].map(whole));
        assert_eq!(all(lines("", 100)), []);
        assert_eq!(all(lines("a\n", 100)), [whole("a")]);
    }

    #[test]
    fn a_long_one_is_cut() {
        assert_eq!(all(lines("abcdefgh\nij\n", 4)), [("abcd".to_owned(), true), whole("ij")]);
    }

    #[test]
    fn one_that_is_put_back_comes_again() {
        let mut lines = lines("a\nb\n", 10);
        let first = lines.next().unwrap().unwrap();
        lines.put_back(first);
        assert_eq!(all(lines), ["a", "b"].map(whole));
    }
}
