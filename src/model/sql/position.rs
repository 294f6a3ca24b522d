//! Where in a text: lines and columns, and the place an engine's message names.

/// A row and a column in characters, both from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Place {
    pub row: usize,
    pub column: usize,
}

/// The byte of a place; past a line's end it is the line's end.
pub fn offset(text: &str, place: Place) -> usize {
    let mut start = 0;
    for (row, line) in text.split('\n').enumerate() {
        if row == place.row {
            let inside = line.char_indices().nth(place.column).map_or(line.len(), |(at, _)| at);
            return start + inside;
        }
        start += line.len() + 1;
    }
    text.len()
}

/// The place of a byte.
pub fn place(text: &str, offset: usize) -> Place {
    let mut end = offset.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = &text[..end];
    let line = head.rfind('\n').map_or(0, |at| at + 1);
    Place { row: head.matches('\n').count(), column: head[line..].chars().count() }
}

/// The `line L:C` of an engine's message, both from 0; Trino counts both from 1.
pub fn named_in(message: &str) -> Option<Place> {
    let mut rest = message;
    while let Some(at) = rest.find("line ") {
        rest = &rest[at + 5..];
        if let Some(found) = line_and_column(rest) {
            return Some(found);
        }
    }
    None
}

fn line_and_column(text: &str) -> Option<Place> {
    let (line, rest) = text.split_once(':')?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let line: usize = line.parse().ok()?;
    let column: usize = rest[..digits].parse().ok()?;
    Some(Place { row: line.checked_sub(1)?, column: column.saturating_sub(1) })
}

/// A place of the statement that begins at byte `start`, as a place of the whole text.
pub fn within(text: &str, start: usize, inner: Place) -> Place {
    let outer = place(text, start);
    let column = if inner.row == 0 { outer.column + inner.column } else { inner.column };
    Place { row: outer.row + inner.row, column }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_and_places_are_each_others_inverse() {
        let text = "ä b\n\n日本x";
        for (at, _) in text.char_indices() {
            assert_eq!(offset(text, place(text, at)), at);
        }
        assert_eq!(place(text, 99), Place { row: 2, column: 3 });
        assert_eq!(offset(text, Place { row: 0, column: 50 }), "ä b".len());
    }

    #[test]
    fn a_message_names_its_place() {
        let at = |text| named_in(text).map(|place| (place.row, place.column));
        assert_eq!(at("line 1:8: mismatched input 'FORM'"), Some((0, 7)));
        assert_eq!(at("SYNTAX_ERROR: line 12:15: Column 'x' cannot be resolved"), Some((11, 14)));
        assert_eq!(at("the line is 3 and line x:1, then line 2:1"), Some((1, 0)));
        assert_eq!(at("no such table"), None);
        assert_eq!(at("line 0:3"), None);
        assert_eq!(at("line 99999999999999999999:1"), None);
    }

    #[test]
    fn the_place_counts_from_the_statements_start() {
        let text = "select 1;\n  select x\n  from y";
        let start = text.rfind("select").unwrap();
        assert_eq!(within(text, start, Place { row: 0, column: 7 }), Place { row: 1, column: 9 });
        assert_eq!(within(text, start, Place { row: 1, column: 7 }), Place { row: 2, column: 7 });
    }
}
