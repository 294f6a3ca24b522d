//! A cursor over Hive tokens.

use super::lexer::{Placed, Token, lex};
use crate::local::sql::error::SqlError;
use crate::local::sql::types::HiveType;

/// `database.table`; without a database it is the query's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub database: Option<String>,
    pub table: String,
}

/// A column of a DDL statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnDef {
    pub name: String,
    pub kind: String,
    pub comment: Option<String>,
}

/// Reads tokens one after another.
pub struct Parser {
    tokens: Vec<Placed>,
    at: usize,
}

impl Parser {
    pub fn new(sql: &str) -> Result<Self, SqlError> {
        Ok(Self { tokens: lex(sql)?, at: 0 })
    }

    fn here(&self) -> &Placed {
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    /// The error that the token here is not what was wanted.
    pub fn unexpected(&self, wanted: &str) -> SqlError {
        let here = self.here();
        let found = match &here.token {
            Token::Word(text) | Token::Name(text) => text.clone(),
            Token::Text(text) => format!("'{text}'"),
            Token::Symbol(c) => c.to_string(),
            Token::End => "<EOF>".into(),
        };
        SqlError::user(format!(
            "line {}:{}: mismatched input '{found}'. Expecting: {wanted}",
            here.line, here.column
        ))
    }

    fn advance(&mut self) -> Token {
        let token = self.here().token.clone();
        self.at += 1;
        token
    }

    /// Takes the words if they all stand here.
    pub fn words(&mut self, words: &str) -> bool {
        let wanted: Vec<&str> = words.split(' ').collect();
        let fits = wanted.iter().enumerate().all(|(n, word)| {
            matches!(self.tokens.get(self.at + n), Some(Placed { token: Token::Word(found), .. }) if found.eq_ignore_ascii_case(word))
        });
        if fits {
            self.at += wanted.len();
        }
        fits
    }

    pub fn expect_words(&mut self, words: &str) -> Result<(), SqlError> {
        if self.words(words) { Ok(()) } else { Err(self.unexpected(&format!("'{words}'"))) }
    }

    pub fn symbol(&mut self, symbol: char) -> bool {
        let fits = self.here().token == Token::Symbol(symbol);
        if fits {
            self.at += 1;
        }
        fits
    }

    pub fn expect_symbol(&mut self, symbol: char) -> Result<(), SqlError> {
        if self.symbol(symbol) { Ok(()) } else { Err(self.unexpected(&format!("'{symbol}'"))) }
    }

    /// A name, in lower case.
    pub fn name(&mut self) -> Result<String, SqlError> {
        match &self.here().token {
            Token::Word(text) | Token::Name(text) | Token::Text(text) => {
                let name = text.to_lowercase();
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.unexpected("<identifier>")),
        }
    }

    /// `[catalog.][database.]table`.
    pub fn named(&mut self) -> Result<Named, SqlError> {
        let mut parts = vec![self.name()?];
        while self.symbol('.') {
            parts.push(self.name()?);
        }
        // `db.table` in one pair of backquotes is common too.
        if let [one] = parts.as_slice()
            && let Some((database, table)) = one.split_once('.')
        {
            parts = vec![database.to_owned(), table.to_owned()];
        }
        let table = parts.pop().unwrap_or_default();
        Ok(Named { database: parts.pop(), table })
    }

    pub fn text(&mut self) -> Result<String, SqlError> {
        match &self.here().token {
            Token::Text(text) => {
                let text = text.clone();
                self.at += 1;
                Ok(text)
            }
            _ => Err(self.unexpected("a string")),
        }
    }

    /// The string here, if one stands here.
    pub fn maybe_text(&mut self) -> Option<String> {
        self.text().ok()
    }

    pub fn at_end(&self) -> bool {
        self.here().token == Token::End
    }

    /// Refuses whatever is left but a semicolon.
    pub fn finish(&mut self) -> Result<(), SqlError> {
        while self.symbol(';') {}
        if self.at_end() { Ok(()) } else { Err(self.unexpected("<EOF>")) }
    }

    /// `('a'='b', …)`.
    pub fn properties(&mut self) -> Result<Vec<(String, String)>, SqlError> {
        self.expect_symbol('(')?;
        let mut all = Vec::new();
        while !self.symbol(')') {
            let key = self.text()?;
            self.expect_symbol('=')?;
            all.push((key, self.text()?));
            if !self.symbol(',') {
                self.expect_symbol(')')?;
                break;
            }
        }
        Ok(all)
    }

    /// `(name type [COMMENT 'x'], …)`.
    pub fn columns(&mut self) -> Result<Vec<ColumnDef>, SqlError> {
        self.expect_symbol('(')?;
        let mut all = Vec::new();
        loop {
            let name = self.name()?;
            let kind = self.column_type()?;
            let comment = if self.words("COMMENT") { Some(self.text()?) } else { None };
            all.push(ColumnDef { name, kind, comment });
            if !self.symbol(',') {
                self.expect_symbol(')')?;
                return Ok(all);
            }
        }
    }

    fn column_type(&mut self) -> Result<String, SqlError> {
        let (line, column) = (self.here().line, self.here().column);
        let (mut depth, mut spelled) = (0_i32, String::new());
        loop {
            match &self.here().token {
                Token::Symbol('<' | '(') => depth += 1,
                Token::Symbol(')' | ',') if depth == 0 => break,
                Token::Symbol('>' | ')') => depth -= 1,
                Token::Word(word) if depth == 0 && word.eq_ignore_ascii_case("comment") => break,
                Token::End | Token::Text(_) => break,
                _ => {}
            }
            match self.advance() {
                Token::Word(text) | Token::Name(text) => spelled.push_str(&text.to_lowercase()),
                Token::Symbol(c) => spelled.push(c),
                _ => {}
            }
        }
        match HiveType::parse(&spelled) {
            Ok(_) => Ok(spelled),
            Err(why) => Err(SqlError::user(format!("line {line}:{column}: {why}"))),
        }
    }

    /// `(day='2024-01-01', hour=3)`.
    pub fn partition(&mut self) -> Result<Vec<(String, String)>, SqlError> {
        self.expect_symbol('(')?;
        let mut all = Vec::new();
        loop {
            let key = self.name()?;
            self.expect_symbol('=')?;
            let value = match self.advance() {
                Token::Word(text) | Token::Text(text) => text,
                Token::Symbol('-') => format!("-{}", self.name()?),
                _ => {
                    self.at -= 1;
                    return Err(self.unexpected("a value"));
                }
            };
            all.push((key, value));
            if !self.symbol(',') {
                self.expect_symbol(')')?;
                return Ok(all);
            }
        }
    }
}
