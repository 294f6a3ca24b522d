//! JSON laid out line by line while it is read: a huge document costs no more than its
//! beginning. Strings and numbers stay as they are written.

use std::io::{self, BufRead};

use encoding_rs::Encoding;

use super::{OneByOne, named};
use crate::preview::encoding::Utf8;
use crate::preview::input::Input;
use crate::preview::look::{Fault, Look, Row, Shape};

use super::text::{LONGEST, other_than_utf_8};

/// From this depth on lines are not set in further.
const DEEPEST: usize = 40;
/// A number or a word that is longer is none.
const LONGEST_WORD: usize = 1024;

/// A JSON document.
pub fn look(input: Input, encoding: &'static Encoding) -> Look {
    let kind = named(&[Some("JSON"), other_than_utf_8(encoding), input.packing]);
    let mut layout = Layout::new(Utf8::new(input.content, encoding));
    let pages = OneByOne::new(move || layout.next());
    Look { kind, sections: Vec::new(), shape: Shape::Lines, pages: Box::new(pages) }
}

/// Lays out what it reads.
struct Layout<R> {
    input: R,
    /// The closing brackets that are still to come.
    open: Vec<u8>,
    line: Vec<u8>,
    within: Within,
    fault: Option<Fault>,
    over: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    /// Where a value or a mark may come.
    Between,
    Text,
    /// Behind a backslash.
    Escape,
}

impl<R: BufRead> Layout<R> {
    fn new(input: R) -> Self {
        let within = Within::Between;
        Self { input, open: Vec::new(), line: Vec::new(), within, fault: None, over: false }
    }

    /// The next line; what was read of the last one comes before the fault.
    fn next(&mut self) -> Result<Option<Row>, Fault> {
        if !self.over {
            match self.advance() {
                Ok(Some(line)) => return Ok(Some(row(line))),
                Ok(None) => {}
                Err(fault) => self.fault = Some(fault),
            }
            self.over = true;
            if !self.line.is_empty() {
                return Ok(Some(row(std::mem::take(&mut self.line))));
            }
        }
        self.fault.take().map_or(Ok(None), Err)
    }

    /// Reads on until a line is whole; `None` at the end.
    fn advance(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        loop {
            let Some(byte) = self.peek()? else { return self.end().map(|()| None) };
            // Not through a character, unless it is none.
            let whole = byte & 0xc0 != 0x80 || self.line.len() >= LONGEST + 4;
            if self.line.len() >= LONGEST && whole {
                return Ok(Some(std::mem::take(&mut self.line)));
            }
            if self.within != Within::Between {
                self.input.consume(1);
                self.line.push(byte);
                self.within = match (self.within, byte) {
                    (Within::Text, b'"') => Within::Between,
                    (Within::Text, b'\\') => Within::Escape,
                    _ => Within::Text,
                };
                continue;
            }
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => self.input.consume(1),
                b'{' | b'[' => {
                    self.input.consume(1);
                    self.begin_value();
                    self.line.push(byte);
                    let close = if byte == b'{' { b'}' } else { b']' };
                    if self.peek_behind_space()? == Some(close) {
                        self.input.consume(1);
                        self.line.push(close);
                        continue;
                    }
                    self.open.push(close);
                    return Ok(Some(self.turn()));
                }
                b'}' | b']' => {
                    if self.open.last() != Some(&byte) {
                        return Err(no_json(&format!("this {} closes nothing", byte as char)));
                    }
                    self.input.consume(1);
                    self.open.pop();
                    let before = self.turn();
                    self.line.push(byte);
                    if before.iter().any(|byte| *byte != b' ') {
                        return Ok(Some(before));
                    }
                }
                b',' => {
                    self.input.consume(1);
                    self.line.push(byte);
                    return Ok(Some(self.turn()));
                }
                b':' => {
                    self.input.consume(1);
                    self.line.extend_from_slice(b": ");
                }
                b'"' => {
                    self.input.consume(1);
                    self.begin_value();
                    self.line.push(byte);
                    self.within = Within::Text;
                }
                _ => self.word()?,
            }
        }
    }

    /// A value behind another without a mark between them: they are separate documents.
    fn begin_value(&mut self) {
        if self.open.is_empty() && !self.line.is_empty() {
            self.line.push(b' ');
        }
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) -> Result<(), Fault> {
        let mut word = Vec::new();
        while let Some(byte) = self.peek()? {
            if word.len() > LONGEST_WORD || b" \t\r\n,:]}[{\"".contains(&byte) {
                break;
            }
            word.push(byte);
            self.input.consume(1);
        }
        let is_value = serde_json::from_slice::<serde::de::IgnoredAny>(&word).is_ok();
        let text = String::from_utf8_lossy(&word).into_owned();
        self.begin_value();
        self.line.extend_from_slice(&word);
        if is_value {
            return Ok(());
        }
        if self.peek()?.is_none() {
            return Err(Fault::from(io::Error::from(io::ErrorKind::UnexpectedEof)));
        }
        let short: String = text.chars().take(20).collect();
        Err(no_json(&format!("{short} is no value")))
    }

    /// Takes the line and begins the next one.
    fn turn(&mut self) -> Vec<u8> {
        let inset = vec![b' '; 2 * self.open.len().min(DEEPEST)];
        std::mem::replace(&mut self.line, inset)
    }

    fn end(&mut self) -> Result<(), Fault> {
        match self.open.is_empty() && self.within == Within::Between {
            true => Ok(()),
            false => Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
        }
    }

    fn peek(&mut self) -> Result<Option<u8>, Fault> {
        Ok(self.input.fill_buf()?.first().copied())
    }

    fn peek_behind_space(&mut self) -> Result<Option<u8>, Fault> {
        while let Some(byte) = self.peek()? {
            if !byte.is_ascii_whitespace() {
                return Ok(Some(byte));
            }
            self.input.consume(1);
        }
        Ok(None)
    }
}

fn no_json(why: &str) -> Fault {
    Fault(format!("This is no JSON from here on: {why}."))
}

fn row(line: Vec<u8>) -> Row {
    vec![Some(String::from_utf8_lossy(&line).into_owned())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preview::look::Pages as _;
    use proptest::prelude::*;

    fn lines(text: &[u8]) -> (Vec<String>, Option<String>) {
        let mut layout = Layout::new(io::BufReader::with_capacity(3, text));
        let mut pages = OneByOne::new(move || layout.next());
        let mut lines = Vec::new();
        loop {
            match pages.next(7) {
                Ok(page) if page.is_empty() => return (lines, None),
                Ok(page) => lines.extend(page.into_iter().map(|row| row[0].clone().unwrap())),
                Err(fault) => return (lines, Some(fault.0)),
            }
        }
    }

    #[test]
    fn a_document_is_laid_out_and_its_texts_are_as_they_were() {
        let (lines, fault) =
            lines(br#" {"a":[1,2.50,{}],"b\"}":"x{,[\\" , "c":{"d":null},"e":[ ]}"#);
        let wanted = [
            "{",
            "  \"a\": [",
            "    1,",
            "    2.50,",
            "    {}",
            "  ],",
            "  \"b\\\"}\": \"x{,[\\\\\",",
            "  \"c\": {",
            "    \"d\": null",
            "  },",
            "  \"e\": []",
            "}",
        ];
        assert_eq!((lines, fault), (wanted.map(str::to_owned).to_vec(), None));
    }

    #[test]
    fn what_is_cut_off_shows_what_came_before() {
        let (seen, fault) = lines(br#"{"a":[1,2,"half a te"#);
        assert_eq!(seen, ["{", "  \"a\": [", "    1,", "    2,", "    \"half a te"]);
        assert!(fault.unwrap().contains("ends in the middle"));
        assert!(lines(b"[1, tru").1.unwrap().contains("ends in the middle"));
    }

    #[test]
    fn what_is_no_json_says_so_where_it_begins() {
        let (seen, fault) = lines(br#"{"a": 1} oops [1]"#);
        assert_eq!(seen[0], "{");
        assert_eq!(fault.unwrap(), "This is no JSON from here on: oops is no value.");
        assert_eq!(
            lines(b"[1}").1.unwrap(),
            "This is no JSON from here on: this } closes nothing."
        );
    }

    #[test]
    fn an_endless_text_comes_in_pieces_and_depth_is_no_matter() {
        let long = format!("[\"{}\"]", "ä".repeat(10_000));
        let (seen, fault) = lines(long.as_bytes());
        assert!(fault.is_none() && seen.iter().all(|line| line.len() <= LONGEST + 5));
        assert_eq!(seen.concat().matches('ä').count(), 10_000);
        let deep = "[".repeat(100_000);
        let (seen, fault) = lines(deep.as_bytes());
        assert!(fault.is_some() && seen.iter().all(|line| line.len() <= 2 * DEEPEST + 1));
    }

    #[test]
    fn what_never_ends_its_line_comes_in_pieces() {
        for unit in [":", "1 ", "{} ", "[\n]", "\"\" ", "\"a\":"] {
            let (seen, _) = lines(unit.repeat(50_000).as_bytes());
            let longest = seen.iter().map(String::len).max();
            assert!(longest <= Some(LONGEST + LONGEST_WORD + 4), "{unit:?}: {longest:?}");
        }
    }

    proptest! {
        #[test]
        fn what_it_lays_out_is_the_same_document(json in document()) {
            let text = serde_json::to_string(&json).unwrap();
            let (seen, fault) = lines(text.as_bytes());
            prop_assert_eq!(fault, None);
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&seen.join("\n")).unwrap(), json);
        }

        #[test]
        fn anything_ends(text in prop::collection::vec(prop::sample::select(&b"{}[]\",: \\a1\n\xc3\xff"[..]), 0..60)) {
            lines(&text);
        }
    }

    fn document() -> impl Strategy<Value = serde_json::Value> {
        use serde_json::Value;
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(".{0,5}", inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }
}
