//! From text to tokens to statements, with positions kept for the messages.

use datafusion::sql::sqlparser::ast::{Ident, Query};
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use super::dialect::AthenaDialect;
use super::error::SqlError;

/// How deep expressions and subqueries may nest.
const DEPTH: usize = 100;
/// How many operators a statement may chain: each is a level of a tree that is walked recursively.
const OPERATORS: usize = 1_000;

/// A statement's tokens; answers where a name stands.
#[derive(Debug, Clone)]
pub struct Source {
    tokens: Vec<TokenWithSpan>,
    end: Location,
}

impl Source {
    /// Tokenises; the error carries its position.
    pub fn new(sql: &str) -> Result<Self, SqlError> {
        let tokens = Tokenizer::new(&AthenaDialect, sql).tokenize_with_location().map_err(|e| {
            SqlError::user(format!("line {}:{}: {}", e.location.line, e.location.column, e.message))
        })?;
        let operators = tokens.iter().filter(|t| is_operator(&t.token)).count();
        if operators > OPERATORS {
            return Err(SqlError::user(format!(
                "The statement chains {operators} operators; the local lake takes at most {OPERATORS}"
            )));
        }
        let tokens = super::values::bracket(tokens);
        let end = tokens.last().map_or(Location::new(1, 1), |t| t.span.end);
        Ok(Self { tokens, end })
    }

    /// The same with literals in the place of each `?`.
    pub fn with_parameters(sql: &str, parameters: &[String]) -> Result<Self, SqlError> {
        let mut source = Self::new(sql)?;
        let is_hole = |t: &TokenWithSpan| matches!(&t.token, Token::Placeholder(p) if p == "?");
        let holes = source.tokens.iter().filter(|t| is_hole(t)).count();
        if holes != parameters.len() {
            return Err(SqlError::user(format!(
                "INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected {holes} but found {}",
                parameters.len()
            )));
        }
        let mut values = parameters.iter();
        let mut tokens = Vec::with_capacity(source.tokens.len());
        for token in source.tokens {
            let value = if is_hole(&token) { values.next() } else { None };
            match value {
                None => tokens.push(token),
                Some(value) => {
                    // A value is one expression: it cannot go on past its place.
                    let own = Self::new(value)?;
                    let mut parser = own.parser();
                    parser.parse_expr().map_err(|e| own.error(e))?;
                    own.finish(&mut parser)?;
                    let span = token.span;
                    let placed = |token| TokenWithSpan { token, span };
                    // Nor does it bind to what stands beside it.
                    let compound = own.tokens.len() > 1;
                    tokens.extend(compound.then(|| placed(Token::LParen)));
                    tokens.extend(own.tokens.into_iter().map(|t| placed(t.token)));
                    tokens.extend(compound.then(|| placed(Token::RParen)));
                }
            }
        }
        source.tokens = tokens;
        Ok(source)
    }

    /// `line 1:8: ` of the first word spelt so, or nothing where it does not stand in the text.
    pub fn position_of(&self, name: &str) -> String {
        self.locate(name).map(|at| format!("line {}:{}: ", at.line, at.column)).unwrap_or_default()
    }

    /// Where the first word spelt so stands.
    pub fn locate(&self, name: &str) -> Option<Location> {
        self.tokens.iter().find_map(|t| match &t.token {
            Token::Word(w) if w.value.eq_ignore_ascii_case(name) => Some(t.span.start),
            _ => None,
        })
    }

    /// Where an operator stands: the first behind `near`, else the only one there is.
    pub fn operator(&self, sign: &str, near: Option<Location>) -> Option<Location> {
        let alike = |t: &&TokenWithSpan| {
            let spelled = t.token.to_string();
            spelled == sign || (sign == "<>" && spelled == "!=")
        };
        let mut all = self.tokens.iter().filter(alike).map(|t| t.span.start);
        match near {
            Some(near) => all.find(|at| *at > near),
            None => all.next().filter(|_| all.next().is_none()),
        }
    }

    /// A name as the statement spells it; the tokens keep its case.
    pub fn spelled(&self, ident: &Ident) -> String {
        self.tokens
            .iter()
            .find_map(|t| match &t.token {
                Token::Word(w) if t.span.start == ident.span.start => Some(w.value.clone()),
                _ => None,
            })
            .unwrap_or_else(|| ident.value.clone())
    }

    /// A parser over the whole statement.
    pub fn parser(&self) -> Parser<'static> {
        Parser::new(&AthenaDialect)
            .with_recursion_limit(DEPTH)
            .with_tokens_with_locations(self.tokens.clone())
    }

    /// Parses one query that spans the whole text.
    pub fn query(&self) -> Result<Query, SqlError> {
        let mut parser = self.parser();
        let query = parser.parse_query().map_err(|e| self.error(e))?;
        self.finish(&mut parser)?;
        Ok(*query)
    }

    /// Refuses whatever is left but a semicolon.
    pub fn finish(&self, parser: &mut Parser<'_>) -> Result<(), SqlError> {
        while parser.consume_token(&Token::SemiColon) {}
        let left = parser.peek_token();
        if left.token == Token::EOF {
            return Ok(());
        }
        Err(SqlError::user(format!(
            "line {}:{}: mismatched input '{}'. Expecting: <EOF>",
            left.span.start.line, left.span.start.column, left.token
        )))
    }

    /// Backquotes quote in Hive's DDL only.
    pub fn refuse_backquotes(&self) -> Result<(), SqlError> {
        let found = self
            .tokens
            .iter()
            .find(|t| matches!(&t.token, Token::Word(w) if w.quote_style == Some('`')));
        match found {
            None => Ok(()),
            Some(t) => Err(SqlError::user(format!(
                "line {}:{}: backquoted identifiers are not supported; use double quotes to quote identifiers",
                t.span.start.line, t.span.start.column
            ))),
        }
    }

    /// sqlparser's error in the words of Athena's parser: `line 1:8: mismatched input 'x'. Expecting: y`.
    pub fn error(&self, error: ParserError) -> SqlError {
        let text = match error {
            ParserError::ParserError(text) | ParserError::TokenizerError(text) => text,
            ParserError::RecursionLimitExceeded => {
                return SqlError::user(format!(
                    "line 1:1: the statement nests deeper than {DEPTH} levels"
                ));
            }
        };
        let (what, at) = match text.rsplit_once(" at Line: ") {
            Some((what, at)) => (what, location(at).unwrap_or(self.end)),
            None => (text.as_str(), self.end),
        };
        let sentence =
            match what.strip_prefix("Expected: ").and_then(|rest| rest.rsplit_once(", found: ")) {
                Some((expected, "EOF")) => {
                    format!("mismatched input '<EOF>'. Expecting: {expected}")
                }
                Some((expected, found)) => {
                    format!("mismatched input '{found}'. Expecting: {expected}")
                }
                None => what.to_owned(),
            };
        SqlError::user(format!("line {}:{}: {sentence}", at.line, at.column))
    }
}

/// The text from a place on; lines and columns count characters from 1.
pub fn text_from(sql: &str, at: Location) -> &str {
    &sql[offset(sql, at)..]
}

/// The text between two places.
pub fn text_between(sql: &str, from: Location, to: Location) -> &str {
    let (from, to) = (offset(sql, from), offset(sql, to));
    &sql[from..to.max(from)]
}

fn offset(sql: &str, at: Location) -> usize {
    let (mut line, mut column) = (1, 1);
    for (offset, c) in sql.char_indices() {
        if (line, column) == (at.line, at.column) {
            return offset;
        }
        if c == '\n' {
            (line, column) = (line + 1, 1);
        } else {
            column += 1;
        }
    }
    sql.len()
}

fn is_operator(token: &Token) -> bool {
    match token {
        Token::Plus | Token::Minus | Token::Mul | Token::Div | Token::Mod | Token::StringConcat => {
            true
        }
        Token::Word(w) => {
            w.quote_style.is_none()
                && (w.value.eq_ignore_ascii_case("and")
                    || w.value.eq_ignore_ascii_case("or")
                    || w.value.eq_ignore_ascii_case("union"))
        }
        _ => false,
    }
}

fn location(text: &str) -> Option<Location> {
    let (line, column) = text.split_once(", Column: ")?;
    Some(Location::new(line.trim().parse().ok()?, column.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails(sql: &str) -> String {
        match Source::new(sql).and_then(|s| s.query()) {
            Ok(_) => panic!("{sql} parses"),
            Err(e) => e.message,
        }
    }

    #[test]
    fn errors_have_positions() {
        assert!(fails("SELECT a FORM t").starts_with("line 1:15: mismatched input 't'"));
        assert!(fails("SELECT * FORM t").starts_with("line 1:10: mismatched input 'FORM'"));
        assert!(fails("SELECT (1").starts_with("line 1:10: mismatched input '<EOF>'"));
        assert!(fails("SELECT 'a").starts_with("line 1:8: "));
    }

    #[test]
    fn places_are_found_in_the_text() {
        let sql = "a é\n  b, c";
        assert_eq!(text_from(sql, Location::new(2, 3)), "b, c");
        assert_eq!(text_between(sql, Location::new(1, 3), Location::new(2, 4)), "é\n  b");
        assert_eq!(text_from(sql, Location::new(9, 1)), "");
    }

    #[test]
    fn trino_forms_parse() {
        for sql in [
            "SELECT CAST(x AS array(row(a bigint, b varchar(3)))) FROM t",
            "SELECT transform(a, x -> x + 1), filter(b, y -> y > 1) FROM t",
            "SELECT a.b[1].c FROM t a",
            "SELECT * FROM t CROSS JOIN UNNEST(a, b) WITH ORDINALITY AS u (x, y, n)",
            "WITH a AS (SELECT 1) SELECT * FROM a",
            "VALUES (1, 'a'), (2, 'b')",
            "SELECT count(*) FILTER (WHERE x > 1), listagg(a, ',') WITHIN GROUP (ORDER BY a) FROM t",
            "SELECT a, count(*) FROM t GROUP BY GROUPING SETS ((a), ())",
            "SELECT a FROM t GROUP BY ROLLUP (a) ORDER BY 1 OFFSET 2 LIMIT 3",
            "SELECT IF(a > 1, 'x', 'y'), TRY(a / 0), ROW(1, 2), ARRAY[1, 2], MAP(ARRAY[1], ARRAY[2]) FROM t",
            "SELECT INTERVAL '1' DAY, TIMESTAMP '2024-01-01 00:00:00', DATE '2024-01-01'",
            "SELECT lag(x, 1) IGNORE NULLS OVER (PARTITION BY a ORDER BY b ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t",
            "SELECT x AT TIME ZONE 'UTC', EXTRACT(year FROM x) FROM \"my-db\".\"a.b\"",
            "SELECT * FROM (VALUES (1, 2)) AS t (a, b) WHERE a = ?",
        ] {
            Source::new(sql).and_then(|s| s.query()).unwrap_or_else(|e| panic!("{sql}: {e}"));
        }
    }
}
