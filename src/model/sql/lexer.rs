//! Athena's SQL cut into tokens that cover the text exactly.
//!
//! Athena speaks two dialects: queries go to Trino, where a quote inside a string is doubled
//! and a backslash is a character like any other; `CREATE EXTERNAL TABLE`, `ALTER` and `MSCK`
//! go to Hive's parser, where a backslash escapes. The lexer changes over at the statement's
//! first words, so that `'quoteChar' = '\''` does not swallow the rest of the text.

use std::ops::Range;

/// What a token is, as far as colours and splitting need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Space,
    /// `-- …` or `/* … */`.
    Comment,
    /// `'…'`.
    Text,
    /// `"…"` or `` `…` ``: a name where queries are concerned, a string in Hive's DDL.
    Quoted,
    /// An unquoted name or keyword.
    Word,
    Number,
    /// `;`: the end of a statement.
    End,
    /// One or two characters of punctuation.
    Mark,
}

impl Kind {
    /// True for what is not there as far as the engine is concerned.
    pub fn is_blank(self) -> bool {
        matches!(self, Self::Space | Self::Comment)
    }
}

/// A piece of the text, in bytes; always at character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
    /// False for a string, quoted name or block comment that the text ends in.
    pub closed: bool,
}

impl Token {
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    pub fn text<'a>(&self, all: &'a str) -> &'a str {
        &all[self.start..self.end]
    }

    /// True where it is this punctuation or, in any case of letters, this word.
    pub fn is(&self, all: &str, wanted: &str) -> bool {
        matches!(self.kind, Kind::Word | Kind::Mark | Kind::End)
            && self.text(all).eq_ignore_ascii_case(wanted)
    }
}

/// The tokens of the text, one after another without a gap.
pub fn tokens(text: &str) -> Tokens<'_> {
    Tokens { text, at: 0, words: 0, dialect: Dialect::Trino }
}

/// The same without spaces and comments.
pub fn significant(text: &str) -> impl Iterator<Item = Token> {
    tokens(text).filter(|token| !token.kind.is_blank())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Trino,
    Hive,
}

/// See [`tokens`].
#[derive(Debug, Clone)]
pub struct Tokens<'a> {
    text: &'a str,
    at: usize,
    /// Significant tokens seen of this statement; only the first two matter.
    words: u8,
    dialect: Dialect,
}

impl Tokens<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// Follows the statement's first words to its dialect.
    fn note(&mut self, token: &Token) {
        match token.kind {
            Kind::Space | Kind::Comment => {}
            Kind::End => (self.words, self.dialect) = (0, Dialect::Trino),
            _ => {
                let first = self.words == 0;
                let hive = (first && (token.is(self.text, "ALTER") || token.is(self.text, "MSCK")))
                    || (self.words == 1 && token.is(self.text, "EXTERNAL"));
                if hive {
                    self.dialect = Dialect::Hive;
                }
                self.words = self.words.saturating_add(1);
            }
        }
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let first = self.rest().chars().next()?;
        let (kind, length, closed) = cut(self.rest(), first, self.dialect);
        let token = Token { kind, start: self.at, end: self.at + length, closed };
        self.at = token.end;
        self.note(&token);
        Some(token)
    }
}

/// The kind and the length in bytes of what the text begins with, and whether it is closed.
fn cut(rest: &str, first: char, dialect: Dialect) -> (Kind, usize, bool) {
    let open = |kind, length| (kind, length, true);
    match first {
        _ if is_space(first) => open(Kind::Space, run(rest, is_space)),
        '-' if rest.starts_with("--") => open(Kind::Comment, run(rest, |c| c != '\n')),
        '/' if rest.starts_with("/*") => block(rest),
        '\'' => quoted(rest, Kind::Text, '\'', dialect),
        '"' | '`' => quoted(rest, Kind::Quoted, first, dialect),
        ';' => open(Kind::End, 1),
        _ if first.is_ascii_digit() => open(Kind::Number, number(rest)),
        '.' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
            open(Kind::Number, number(rest))
        }
        _ if is_word(first) => open(Kind::Word, run(rest, is_word)),
        _ => open(Kind::Mark, mark(rest, first)),
    }
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn run(rest: &str, wanted: impl Fn(char) -> bool) -> usize {
    rest.find(|c| !wanted(c)).unwrap_or(rest.len())
}

/// Trino's block comments do not nest.
fn block(rest: &str) -> (Kind, usize, bool) {
    match rest[2..].find("*/") {
        Some(at) => (Kind::Comment, at + 4, true),
        None => (Kind::Comment, rest.len(), false),
    }
}

fn quoted(rest: &str, kind: Kind, quote: char, dialect: Dialect) -> (Kind, usize, bool) {
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && dialect == Dialect::Hive && quote != '`' {
            chars.next();
        } else if c == quote && chars.next_if(|(_, c)| *c == quote).is_none() {
            return (kind, at + 1, true);
        }
    }
    (kind, rest.len(), false)
}

/// Digits, a fraction, an exponent; letters that stick to it belong to it, as an error would.
fn number(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(|b| b.is_ascii_digit() || *b == b'_') {
            at += 1;
        }
        at
    };
    let mut at = digits(0);
    if bytes.get(at) == Some(&b'.') {
        at = digits(at + 1);
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        if bytes.get(at + 1 + sign).is_some_and(u8::is_ascii_digit) {
            at = digits(at + 1 + sign);
        }
    }
    at + run(&rest[at..], is_word)
}

fn mark(rest: &str, first: char) -> usize {
    const PAIRS: [&str; 7] = ["<>", "<=", ">=", "!=", "||", "->", "=>"];
    if PAIRS.iter().any(|pair| rest.starts_with(pair)) { 2 } else { first.len_utf8() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut_up(text: &str) -> Vec<(Kind, &str)> {
        tokens(text)
            .filter(|token| token.kind != Kind::Space)
            .map(|token| (token.kind, token.text(text)))
            .collect()
    }

    #[test]
    fn every_kind_is_told_apart() {
        use Kind::*;
        let text = "SELECT \"a\"\"b\", `c-d`, 'it''s', .5, 1e-3, x1||y -- so\n/* ; */;";
        assert_eq!(
            cut_up(text),
            [
                (Word, "SELECT"),
                (Quoted, "\"a\"\"b\""),
                (Mark, ","),
                (Quoted, "`c-d`"),
                (Mark, ","),
                (Text, "'it''s'"),
                (Mark, ","),
                (Number, ".5"),
                (Mark, ","),
                (Number, "1e-3"),
                (Mark, ","),
                (Word, "x1"),
                (Mark, "||"),
                (Word, "y"),
                (Comment, "-- so"),
                (Comment, "/* ; */"),
                (End, ";"),
            ]
        );
    }

    #[test]
    fn a_backslash_escapes_in_hive_statements_only() {
        let query = r"SELECT '\'; SELECT 2";
        assert!(cut_up(query).contains(&(Kind::End, ";")));
        let ddl = r"CREATE EXTERNAL TABLE t (a int) WITH SERDEPROPERTIES ('quoteChar'='\'', 'x'=';'); SELECT '\'";
        let texts: Vec<&str> = cut_up(ddl).into_iter().map(|(_, text)| text).collect();
        assert!(texts.contains(&r"'\''"), "{texts:?}");
        assert_eq!(texts.iter().filter(|text| **text == ";").count(), 1);
        assert_eq!(texts.last(), Some(&r"'\'"));
    }

    #[test]
    fn what_is_never_closed_says_so() {
        for text in ["'abc", "\"abc", "/* abc", "`a``"] {
            let token = tokens(text).last().unwrap();
            assert!(!token.closed && token.end == text.len(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_tokens_are_the_text(text in "(?s:.{0,80})|[-'\"`;/*\\\\a0.e \n]{0,60}") {
            let mut at = 0;
            for token in tokens(&text) {
                prop_assert_eq!(token.start, at);
                prop_assert!(token.end > token.start);
                prop_assert!(text.is_char_boundary(token.end));
                at = token.end;
            }
            prop_assert_eq!(at, text.len());
        }
    }
}
