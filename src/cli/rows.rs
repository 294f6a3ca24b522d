//! The lines of a recursive listing, made by hand: a million of them are what `ls -r` costs
//! beside the requests. They are what `ls` prints of the same objects, to the byte.

use jiff::Timestamp;

use crate::govern::shown;
use crate::model::keys::{ETag, Key, Keys};

use crate::model::shown::escape_hidden;

const DAY: i64 = 86_400;

/// Makes lines, in memory that serves again and again.
#[derive(Default)]
pub struct Rows {
    lines: String,
    /// The day that was written last, and how: neighbours are often of one day.
    day: Option<(i64, String)>,
}

impl Rows {
    /// A line for each key.
    pub fn of(&mut self, keys: &Keys, json: bool) -> &str {
        self.lines.clear();
        for key in keys.iter() {
            if json { self.json(&key) } else { self.text(&key) }
        }
        &self.lines
    }

    /// The line of one.
    pub fn one(&mut self, key: &Key<'_>, json: bool) -> &str {
        self.lines.clear();
        if json {
            self.json(key)
        } else {
            self.text(key)
        }
        &self.lines
    }

    fn text(&mut self, key: &Key<'_>) {
        if !self.time(key.modified) {
            self.lines.push_str("-                   ");
        }
        self.lines.push(' ');
        self.number(key.size, 12);
        self.lines.push(' ');
        if is_plain(key.key) {
            self.lines.push_str(key.key);
        } else {
            self.lines.push_str(&shown(key.key));
        }
        self.lines.push('\n');
    }

    fn json(&mut self, key: &Key<'_>) {
        self.lines.push_str("{\"key\":");
        self.string(key.key);
        self.lines.push_str(",\"size\":");
        self.number(key.size, 0);
        self.lines.push_str(",\"last_modified\":");
        let start = self.lines.len();
        self.lines.push('"');
        match self.time(key.modified) {
            true => self.lines.push('"'),
            false => self.lines.replace_range(start.., "null"),
        }
        self.lines.push_str(",\"etag\":");
        match key.etag {
            ETag::None => self.lines.push_str("null"),
            ETag::Other(etag) => self.string(etag),
            etag => {
                self.lines.push('"');
                etag.write(&mut self.lines);
                self.lines.push('"');
            }
        }
        self.lines.push_str(",\"storage_class\":");
        match key.class {
            Some(class) => self.string(class),
            None => self.lines.push_str("null"),
        }
        self.lines.push_str("}\n");
    }

    /// As [`Out::json`](super::out::Out::json) writes a text.
    fn string(&mut self, text: &str) {
        if is_plain(text) && !text.bytes().any(|byte| matches!(byte, b'"' | b'\\')) {
            self.lines.push('"');
            self.lines.push_str(text);
            self.lines.push('"');
        } else {
            let quoted = serde_json::Value::from(text).to_string();
            self.lines.push_str(&escape_hidden(&quoted));
        }
    }

    /// RFC 3339 in whole seconds; false where there is no time to write.
    fn time(&mut self, at: Option<i64>) -> bool {
        let Some(at) = at else { return false };
        let (day, second) = (at.div_euclid(DAY), at.rem_euclid(DAY));
        if self.day.as_ref().is_none_or(|(known, _)| *known != day) {
            let Ok(midnight) = Timestamp::from_second(day * DAY) else { return false };
            self.day = Some((day, midnight.strftime("%Y-%m-%dT").to_string()));
        }
        let Some((_, date)) = &self.day else { return false };
        self.lines.push_str(date);
        for (nth, number) in [second / 3600, second / 60 % 60, second % 60].into_iter().enumerate()
        {
            if nth > 0 {
                self.lines.push(':');
            }
            for digit in [number / 10, number % 10] {
                self.lines.push(char::from(b'0' + u8::try_from(digit).unwrap_or(0)));
            }
        }
        self.lines.push('Z');
        true
    }

    /// To the right of so many columns.
    fn number(&mut self, mut number: u64, columns: usize) {
        let mut digits = [b' '; 20];
        let mut at = digits.len();
        loop {
            at -= 1;
            digits[at] = b'0' + u8::try_from(number % 10).unwrap_or(0);
            number /= 10;
            if number == 0 {
                break;
            }
        }
        let from = at.min(digits.len() - columns);
        self.lines.push_str(str::from_utf8(&digits[from..]).unwrap_or_default());
    }
}

/// Printable ASCII, which neither the sanitiser nor JSON changes, but for quotes.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_is_time_size_key() {
        let mut keys = Keys::default();
        let at: Timestamp = "2026-11-21T10:00:07Z".parse().unwrap();
        keys.push("a/b\u{1b}[2J\u{202e}\n.txt", 42, Some(at.as_second()), None, None);
        keys.push("é \"x\\", u64::MAX, None, Some("a\"b"), Some("GLACIER"));
        let mut rows = Rows::default();
        assert_eq!(
            rows.of(&keys, false),
            "2026-11-21T10:00:07Z           42 a/b␛[2J<U+202E>␊.txt\n\
             -                    18446744073709551615 é \"x\\\n"
        );
        assert_eq!(
            rows.of(&keys, true),
            "{\"key\":\"a/b\\u001b[2J\\u202e\\n.txt\",\"size\":42,\
             \"last_modified\":\"2026-11-21T10:00:07Z\",\"etag\":null,\"storage_class\":null}\n\
             {\"key\":\"é \\\"x\\\\\",\"size\":18446744073709551615,\"last_modified\":null,\
             \"etag\":\"a\\\"b\",\"storage_class\":\"GLACIER\"}\n"
        );
    }

    proptest! {
        #[test]
        fn they_are_as_the_formatters_write(
            key in "\\PC{0,8}|[ -~]{0,8}|[\\x00-\\x1f\"\\\\]{0,4}",
            size: u64,
            at in proptest::option::of(-62_000_000_000i64..250_000_000_000),
        ) {
            let mut keys = Keys::default();
            keys.push(&key, size, at, None, None);
            let time = at.map(|at| {
                let at = Timestamp::from_second(at).unwrap();
                at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
            });
            let column = time.as_deref().unwrap_or("-");
            let text = format!("{column:20} {size:>12} {}\n", shown(&key));
            let mut rows = Rows::default();
            prop_assert_eq!(rows.of(&keys, false), text);
            let json: serde_json::Value = serde_json::from_str(rows.of(&keys, true)).unwrap();
            prop_assert_eq!(json["key"].as_str(), Some(key.as_str()));
            prop_assert_eq!(json["size"].as_u64(), Some(size));
            prop_assert_eq!(json["last_modified"].as_str(), time.as_deref());
        }
    }
}
