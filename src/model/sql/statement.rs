//! Statements of a text, and the one the cursor means.

use std::ops::Range;

use super::lexer::{Kind, tokens};

/// One statement: from its first significant token to its last, without the `;`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Statement {
    /// Bytes of the whole text.
    pub start: usize,
    pub end: usize,
}

impl Statement {
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    pub fn text<'a>(&self, all: &'a str) -> &'a str {
        &all[self.start..self.end]
    }
}

/// The statements in order; stretches of nothing but blanks and comments are none.
pub fn split(text: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut open: Option<Statement> = None;
    for token in tokens(text) {
        match (token.kind, &mut open) {
            (Kind::End, _) => found.extend(open.take()),
            (kind, _) if kind.is_blank() => {}
            (_, Some(statement)) => statement.end = token.end,
            (_, None) => open = Some(Statement { start: token.start, end: token.end }),
        }
    }
    found.extend(open);
    found
}

/// The statement that a cursor at this byte means; `None` where there is no statement.
///
/// Blanks and comments behind a statement belong to it, as does its `;`. Blanks before the
/// first one belong to the first, and so does the indentation of a line that a statement
/// begins on.
pub fn at(text: &str, cursor: usize) -> Option<Statement> {
    let all = split(text);
    Some(all[place(&all, text, cursor)?])
}

/// The same by its place among all statements of the text.
pub fn place(all: &[Statement], text: &str, cursor: usize) -> Option<usize> {
    let next = all.partition_point(|statement| statement.start <= cursor);
    let Some(before) = next.checked_sub(1) else {
        return (!all.is_empty()).then_some(0);
    };
    let indented = all.get(next).is_some_and(|following| {
        let line = text[..following.start].rfind('\n').map_or(0, |at| at + 1);
        cursor >= line && all[before].end < line
    });
    Some(if indented { next } else { before })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        split(text).iter().map(|statement| statement.text(text)).collect()
    }

    /// The statement at the `|` of the text.
    fn under(marked: &str) -> Option<String> {
        let cursor = marked.find('|').unwrap();
        let text = marked.replacen('|', "", 1);
        at(&text, cursor).map(|statement| statement.text(&text).to_owned())
    }

    #[test]
    fn semicolons_split_unless_quoted_or_commented() {
        let text = "-- one;\nselect ';', \";\" /* ; */ ;;\n ; select\n2 -- end";
        assert_eq!(texts(text), ["select ';', \";\"", "select\n2"]);
        assert!(texts(" -- nothing; \n/**/ ;; ").is_empty());
    }

    #[test]
    fn the_cursor_means_the_statement_it_is_in_or_behind() {
        assert_eq!(under("sel|ect 1; select 2").as_deref(), Some("select 1"));
        assert_eq!(under("select 1|; select 2").as_deref(), Some("select 1"));
        assert_eq!(under("select 1;| select 2").as_deref(), Some("select 1"));
        assert_eq!(under("select 1; |select 2").as_deref(), Some("select 2"));
        assert_eq!(under("select 1;\n\n-- no|te\nselect 2").as_deref(), Some("select 1"));
        assert_eq!(under("select 1;\n | select 2").as_deref(), Some("select 2"));
        assert_eq!(under("select 1;\n\n|").as_deref(), Some("select 1"));
        assert_eq!(under("\n|-- head\nselect 1; select 2").as_deref(), Some("select 1"));
        assert_eq!(under("-- only |a comment;"), None);
        assert_eq!(under("|"), None);
    }

    proptest! {
        #[test]
        fn any_cursor_finds_one_of_the_statements(
            text in "[-'\"`;/*\\\\ab \n]{0,60}", at_share in 0.0..=1.0f64,
        ) {
            let cursor = (text.len() as f64 * at_share) as usize;
            let all = split(&text);
            prop_assert_eq!(at(&text, cursor).is_some(), !all.is_empty());
            if let Some(found) = at(&text, cursor) {
                prop_assert!(all.contains(&found));
            }
        }
    }
}
