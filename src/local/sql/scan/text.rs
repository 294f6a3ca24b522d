//! LazySimpleSerDe: nothing quotes, an escape character may; a malformed value is NULL.

use std::borrow::Cow;

use super::format::Text;
use super::rows::{Append, Wanted};
use crate::local::sql::types::HiveType;

/// Makes the function that takes one line apart.
pub fn append(format: Text, wanted: &[Wanted]) -> Append {
    let mut order: Vec<(usize, usize, bool)> = wanted
        .iter()
        .enumerate()
        .map(|(slot, w)| {
            let nested =
                matches!(w.kind, HiveType::Array(_) | HiveType::Map(..) | HiveType::Struct(_));
            (w.at, slot, nested)
        })
        .collect();
    order.sort_unstable();
    let levels = [format.collection, format.map_key, 4, 5, 6, 7, 8];
    Box::new(move |line, columns| {
        let mut fields =
            Fields { rest: Some(line), delimiter: format.field, escape: format.escape };
        let mut at = 0;
        for (wanted, slot, nested) in &order {
            while at < *wanted {
                fields.next();
                at += 1;
            }
            at += 1;
            let column = &mut columns[*slot];
            match fields.next() {
                None => column.null(),
                Some(raw) if raw == format.null => column.null(),
                Some(raw) if *nested => {
                    if column.delimited(raw, &levels, &format.null).is_err() {
                        column.null();
                    }
                }
                Some(raw) => {
                    if column.text(&unescape(raw, format.escape)).is_err() {
                        column.null();
                    }
                }
            }
        }
        Ok(true)
    })
}

/// The fields of a line; a delimiter after the escape character does not end one.
struct Fields<'a> {
    rest: Option<&'a str>,
    delimiter: u8,
    escape: Option<u8>,
}

impl<'a> Iterator for Fields<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.rest?;
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            if Some(bytes[at]) == self.escape {
                at += 2;
                continue;
            }
            if bytes[at] == self.delimiter && text.is_char_boundary(at) {
                self.rest = text.get(at + 1..);
                return text.get(..at);
            }
            at += 1;
        }
        self.rest = None;
        Some(text)
    }
}

fn unescape(raw: &str, escape: Option<u8>) -> Cow<'_, str> {
    let Some(escape) = escape.map(char::from).filter(|e| raw.contains(*e)) else {
        return Cow::Borrowed(raw);
    };
    let mut out = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        if c == escape {
            match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some(other) => out.push(other),
                None => out.push(escape),
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
    fn escaped_delimiters_stay() {
        let fields = Fields { rest: Some("a\\,b,c,"), delimiter: b',', escape: Some(b'\\') };
        assert_eq!(fields.collect::<Vec<_>>(), ["a\\,b", "c", ""]);
        assert_eq!(unescape("a\\,b", Some(b'\\')), "a,b");
    }
}
