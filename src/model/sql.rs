//! The first word of a SQL statement, and whether the statement only reads.
//!
//! This is no parser. It knows comments, strings and quoted names well enough never to take
//! their inside for a keyword, and it errs on the side of "may write".

use std::iter::Peekable;
use std::str::CharIndices;

/// A statement's leading keyword, upper-case; empty where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verb(String);

impl Verb {
    /// `SELECT`, `CREATE`, …; empty where the text has no keyword to begin with.
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// The first keyword, past comments and opening parentheses.
pub fn verb(text: &str) -> Verb {
    let first = Tokens::of(text).find(|token| *token != Token::Mark('('));
    Verb(match first {
        Some(Token::Word(word)) => word,
        _ => String::new(),
    })
}

/// True for one SELECT, WITH, SHOW, DESCRIBE, VALUES, TABLE or EXPLAIN that cannot write.
///
/// A second statement, a WITH that feeds an INSERT, an EXPLAIN ANALYZE of a write and every
/// unknown word answer false.
pub fn only_reads(text: &str) -> bool {
    let mut tokens: Vec<Token> = Tokens::of(text).collect();
    while tokens.last() == Some(&Token::Mark(';')) {
        tokens.pop();
    }
    !tokens.contains(&Token::Mark(';')) && reads(&tokens)
}

fn reads(tokens: &[Token]) -> bool {
    let open = tokens.iter().take_while(|token| **token == Token::Mark('(')).count();
    let Some((Token::Word(first), rest)) = tokens[open..].split_first() else {
        return false;
    };
    match first.as_str() {
        "SELECT" | "VALUES" | "SHOW" | "DESCRIBE" | "DESC" => !rest.iter().any(writes),
        "WITH" => !rest.iter().any(writes),
        "EXPLAIN" => explained(rest),
        _ => false,
    }
}

/// EXPLAIN by itself runs nothing; EXPLAIN ANALYZE runs what it explains.
fn explained(rest: &[Token]) -> bool {
    let analyzes = matches!(rest.first(), Some(Token::Word(word)) if word == "ANALYZE");
    if !analyzes {
        return true;
    }
    let mut rest = &rest[1..];
    if rest.first() == Some(&Token::Mark('(')) {
        let close = rest.iter().position(|token| *token == Token::Mark(')'));
        // `ANALYZE (FORMAT JSON) SELECT …` against `ANALYZE (SELECT …)`.
        let options =
            matches!(rest.get(1), Some(Token::Word(word)) if word == "FORMAT" || word == "TYPE");
        if let (true, Some(close)) = (options, close) {
            rest = &rest[close + 1..];
        }
    }
    if matches!(rest.first(), Some(Token::Word(word)) if word == "VERBOSE") {
        rest = &rest[1..];
    }
    reads(rest)
}

/// Keywords that no reading statement of Athena's holds outside quotes. `INTO` and `UPDATE`
/// also stand for locking reads and SELECT INTO elsewhere: better refused than guessed at.
fn writes(token: &Token) -> bool {
    const WRITERS: [&str; 8] =
        ["INSERT", "UPDATE", "DELETE", "MERGE", "UNLOAD", "INTO", "DROP", "ALTER"];
    matches!(token, Token::Word(word) if WRITERS.contains(&word.as_str()))
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// An unquoted word, upper-case.
    Word(String),
    /// A quoted string or name, or a number: only that it is there.
    Other,
    Mark(char),
}

struct Tokens<'a> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
}

impl<'a> Tokens<'a> {
    fn of(text: &'a str) -> Self {
        Self { text, chars: text.char_indices().peekable() }
    }

    fn eats(&mut self, wanted: char) -> bool {
        self.chars.next_if(|(_, c)| *c == wanted).is_some()
    }

    fn skip_line(&mut self) {
        while self.chars.next_if(|(_, c)| *c != '\n').is_some() {}
    }

    fn skip_block(&mut self) {
        while let Some((_, c)) = self.chars.next() {
            if c == '*' && self.eats('/') {
                return;
            }
        }
    }

    /// Up to the closing quote; a doubled quote is one of the text.
    fn skip_quoted(&mut self, quote: char) {
        while let Some((_, c)) = self.chars.next() {
            if c == quote && !self.eats(quote) {
                return;
            }
        }
    }

    fn word(&mut self, start: usize) -> String {
        let mut end = self.text.len();
        while let Some((at, c)) = self.chars.peek().copied() {
            if !(c.is_alphanumeric() || c == '_') {
                end = at;
                break;
            }
            self.chars.next();
        }
        self.text[start..end].to_uppercase()
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        loop {
            let (at, c) = self.chars.next()?;
            match c {
                _ if c.is_whitespace() || c == '\u{feff}' => {}
                '-' if self.eats('-') => self.skip_line(),
                '/' if self.eats('*') => self.skip_block(),
                '\'' | '"' | '`' => {
                    self.skip_quoted(c);
                    return Some(Token::Other);
                }
                _ if c.is_ascii_digit() => {
                    self.word(at);
                    return Some(Token::Other);
                }
                _ if c.is_alphabetic() || c == '_' => return Some(Token::Word(self.word(at))),
                _ => return Some(Token::Mark(c)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verb_is_found_past_comments_and_parentheses() {
        assert_eq!(verb("-- why\n/* so */ ((select 1))").name(), "SELECT");
        assert_eq!(verb("  create table t (a int)").name(), "CREATE");
        assert_eq!(verb("'select'").name(), "");
        assert_eq!(verb("/* never closed select").name(), "");
    }

    #[test]
    fn readers_pass() {
        for text in [
            "SELECT 1",
            "select 'delete from t; drop table t', \"insert\" from t -- insert",
            "WITH a AS (SELECT 1) SELECT * FROM a;",
            "(SELECT 1) UNION (SELECT 2) ; ",
            "show tables in default",
            "DESCRIBE t",
            "VALUES (1), (2)",
            "EXPLAIN SELECT 1",
            "EXPLAIN DELETE FROM t",
            "EXPLAIN ANALYZE SELECT 1",
            "EXPLAIN ANALYZE (FORMAT JSON) SELECT 1",
        ] {
            assert!(only_reads(text), "{text}");
        }
    }

    #[test]
    fn writers_and_the_unknown_do_not() {
        for text in [
            "",
            "INSERT INTO t SELECT 1",
            "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a",
            "SELECT 1; DROP TABLE t",
            "CREATE TABLE t AS SELECT 1",
            "UNLOAD (SELECT 1) TO 's3://b/'",
            "EXPLAIN ANALYZE INSERT INTO t SELECT 1",
            "EXPLAIN ANALYZE (TYPE DISTRIBUTED) DELETE FROM t",
            "MSCK REPAIR TABLE t",
            "/* SELECT */ DROP TABLE t",
            "EXECUTE q",
            "PREPARE q FROM SELECT 1",
            "'SELECT 1'",
        ] {
            assert!(!only_reads(text), "{text}");
        }
    }
}
