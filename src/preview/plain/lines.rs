//! Lines of a text of any length, each in memory only as far as it is shown.

use std::io::{self, BufRead};

/// Reads lines without ever holding more than `longest` bytes and a character: what is longer
/// goes on in the next line.
pub struct Lines<R> {
    content: R,
    longest: usize,
    /// How many lines have ended.
    ended: u64,
    /// What the piece that was told last ended with.
    error: Option<io::Error>,
}

/// A line, or a piece of one.
pub struct Line {
    pub text: String,
    /// False: the line goes on behind this piece.
    pub whole: bool,
}

impl<R: BufRead> Lines<R> {
    /// `content` is UTF-8.
    pub fn new(content: R, longest: usize) -> Self {
        Self { content, longest, ended: 0, error: None }
    }

    /// The number of the line that is read next, from 1.
    pub fn number(&self) -> u64 {
        self.ended + 1
    }

    /// The next one without its end; `None` behind the last.
    ///
    /// # Errors
    /// Where the content cannot be read; the line that it happened in is told first, as far
    /// as it was read.
    pub fn read(&mut self) -> io::Result<Option<Line>> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        let mut line = Vec::new();
        loop {
            let chunk = match self.content.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if line.is_empty() => return Err(error),
                // What was read of the line is good.
                Err(error) => {
                    self.error = Some(error);
                    return Ok(Some(piece(line, false)));
                }
            };
            if chunk.is_empty() {
                return Ok((!line.is_empty()).then(|| piece(line, true)));
            }
            let room = self.longest.saturating_sub(line.len());
            let end = chunk.iter().position(|byte| *byte == b'\n');
            if let Some(end) = end.filter(|end| *end <= room) {
                line.extend_from_slice(&chunk[..end]);
                self.content.consume(end + 1);
                self.ended += 1;
                return Ok(Some(piece(line, true)));
            }
            // Not through a character: a piece takes the rest of its last one along.
            if room == 0 && (!is_inner(chunk[0]) || line.len() >= self.longest + 4) {
                return Ok(Some(piece(line, false)));
            }
            let some = chunk.len().min(room.max(1));
            line.extend_from_slice(&chunk[..some]);
            self.content.consume(some);
        }
    }
}

/// True for a byte of UTF-8 that begins no character.
fn is_inner(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

fn piece(mut line: Vec<u8>, whole: bool) -> Line {
    if whole && line.last() == Some(&b'\r') {
        line.pop();
    }
    let text = match String::from_utf8(line) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    };
    Line { text, whole }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &str, longest: usize, capacity: usize) -> Vec<(String, bool)> {
        let content = io::BufReader::with_capacity(capacity, text.as_bytes());
        let mut lines = Lines::new(content, longest);
        std::iter::from_fn(|| lines.read().unwrap()).map(|line| (line.text, line.whole)).collect()
    }

    #[test]
    fn line_ends_of_both_kinds_are_taken_away() {
        let wanted = ["a", "", "b\rc", "d"].map(|text| (text.to_owned(), true));
        assert_eq!(all("a\r\n\nb\rc\nd", 100, 4096), wanted);
        assert_eq!(all("", 100, 4096), []);
        assert_eq!(all("\n", 100, 4096), [(String::new(), true)]);
    }

    #[test]
    fn a_long_line_comes_in_pieces() {
        let pieces = all("abcdefgh\nx", 3, 4096);
        let wanted = [("abc", false), ("def", false), ("gh", true), ("x", true)];
        assert_eq!(pieces, wanted.map(|(text, whole)| (text.to_owned(), whole)));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_character_torn(
            text in "[a-cä日𝒳\n]{0,60}", longest in 1usize..9, capacity in 1usize..9,
        ) {
            let pieces = all(&text, longest, capacity);
            let mut back = String::new();
            for (piece, whole) in &pieces {
                prop_assert!(piece.len() <= longest + 4);
                back.push_str(piece);
                if *whole { back.push('\n'); }
            }
            prop_assert_eq!(back.trim_end_matches('\n'), text.trim_end_matches('\n'));
        }
    }
}
