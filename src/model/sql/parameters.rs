//! Named parameters: `:name` in a statement becomes Athena's `?`, its value a SQL literal.

use std::collections::BTreeSet;
use std::fmt;

use super::lexer::{Kind, Token, tokens};
use super::names::string;
use super::verb::verb;

/// Why the parameters do not fit the statements.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadParameter {
    #[error("the statement has no :{0}")]
    Unused(String),
    #[error("no statement has :{0}")]
    UnusedInAll(String),
    #[error("there is no value for :{0}")]
    Missing(String),
    #[error("{0:?} is not NAME=VALUE")]
    NoName(String),
    #[error(":{0} is given twice")]
    Twice(String),
}

/// `NAME=VALUE`.
///
/// # Errors
/// Where there is no name.
pub fn parse(text: &str) -> Result<(String, String), BadParameter> {
    match text.split_once('=') {
        Some((name, value)) if is_name(name) => Ok((name.to_owned(), value.to_owned())),
        _ => Err(BadParameter::NoName(text.to_owned())),
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A statement as Athena takes it.
#[derive(Clone, PartialEq, Eq)]
pub struct Bound {
    /// With a `?` for each `:name`.
    pub sql: String,
    /// SQL literals for them, in order.
    pub literals: Vec<String>,
}

// No derive: literals must not reach a log.
impl fmt::Debug for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bound").field("literals", &self.literals.len()).finish_non_exhaustive()
    }
}

/// The names that a statement asks values for, each once and in order. A colon inside
/// `struct<a:int>` or beside another one is none, and DDL takes no values.
pub fn names(sql: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    if !takes_values(sql) {
        return found;
    }
    let all: Vec<Token> = tokens(sql).collect();
    for at in 0..all.len() {
        if let Some(name) = name_at(sql, &all, at)
            && !found.iter().any(|known| known.eq_ignore_ascii_case(name))
        {
            found.push(name.to_owned());
        }
    }
    found
}

/// What Athena lets a value be given for: queries, INSERT, UNLOAD and CREATE TABLE AS
/// (<https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements.html>).
fn takes_values(sql: &str) -> bool {
    match verb(sql).name() {
        "SELECT" | "WITH" | "VALUES" | "TABLE" | "INSERT" | "UNLOAD" | "EXPLAIN" | "MERGE"
        | "UPDATE" | "DELETE" => true,
        "CREATE" => tokens(sql).any(|token| token.is(sql, "SELECT")),
        _ => false,
    }
}

/// The name, where the token is the colon before one.
fn name_at<'a>(sql: &'a str, all: &[Token], at: usize) -> Option<&'a str> {
    let next = all.get(at + 1).filter(|next| next.kind == Kind::Word)?;
    let before = at.checked_sub(1).map(|at| &all[at]);
    let stands_alone = before.is_none_or(|before| {
        before.kind.is_blank() || (before.kind == Kind::Mark && !before.is(sql, ":"))
    });
    (all[at].is(sql, ":") && stands_alone).then(|| next.text(sql))
}

/// The statement with a `?` for each `:name` that has a literal, and with blanks for the rest of
/// the name: what Athena says of a column is true of what was written. Strings and comments are
/// left alone, and so is every other byte.
pub fn substitute(sql: &str, literals: &[(String, String)]) -> Bound {
    let mut bound = Bound { sql: String::with_capacity(sql.len()), literals: Vec::new() };
    let all: Vec<Token> = tokens(sql).collect();
    let mut at = 0;
    while let Some(token) = all.get(at) {
        let literal = name_at(sql, &all, at)
            .and_then(|name| literals.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)));
        if let Some((name, literal)) = literal {
            bound.sql.push('?');
            bound.sql.extend(name.chars().map(|_| ' '));
            bound.literals.push(literal.clone());
            at += 2;
        } else {
            bound.sql.push_str(token.text(sql));
            at += 1;
        }
    }
    if !sql.ends_with(char::is_whitespace) {
        bound.sql.truncate(bound.sql.trim_end().len());
    }
    bound
}

/// The statements with values for their names.
///
/// # Errors
/// Two values for one name, a value that no statement asks for, a name without one.
pub fn bind(statements: &[&str], values: &[(String, String)]) -> Result<Vec<Bound>, BadParameter> {
    let mut given = BTreeSet::new();
    if let Some((name, _)) = values.iter().find(|(name, _)| !given.insert(name.to_lowercase())) {
        return Err(BadParameter::Twice(name.clone()));
    }
    let asked = statements.iter().flat_map(|sql| names(sql));
    let asked: BTreeSet<String> = asked.map(|name| name.to_lowercase()).collect();
    if let Some((name, _)) = values.iter().find(|(name, _)| !asked.contains(&name.to_lowercase())) {
        let name = name.clone();
        return Err(match statements.len() {
            0 | 1 => BadParameter::Unused(name),
            _ => BadParameter::UnusedInAll(name),
        });
    }
    if let Some(name) = asked.into_iter().find(|name| !given.contains(name)) {
        return Err(BadParameter::Missing(name));
    }
    let literals: Vec<(String, String)> =
        values.iter().map(|(name, value)| (name.clone(), fitting(value))).collect();
    Ok(statements.iter().map(|sql| substitute(sql, &literals)).collect())
}

/// What a value is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum As {
    /// As it looks: a number, a boolean, NULL and a literal stay; everything else is text.
    #[default]
    Fitting,
    Text,
    Number,
    Date,
    Timestamp,
    Null,
}

impl As {
    pub const ALL: [Self; 6] =
        [Self::Fitting, Self::Text, Self::Number, Self::Date, Self::Timestamp, Self::Null];

    pub fn name(self) -> &'static str {
        match self {
            Self::Fitting => "as it looks",
            Self::Text => "text",
            Self::Number => "number",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::Null => "NULL",
        }
    }

    /// The literal that a value becomes.
    ///
    /// # Errors
    /// What it should look like, where it is none of these. The value is not in it.
    pub fn literal(self, value: &str) -> Result<String, &'static str> {
        match self {
            Self::Fitting => Ok(fitting(value)),
            Self::Text => Ok(string(value)),
            Self::Null => Ok("NULL".to_owned()),
            Self::Number => match is_number(value.trim()) || is_double(value.trim()) {
                true => Ok(value.trim().to_owned()),
                false => Err("a number, such as 17, -0.5 or 1E5"),
            },
            Self::Date => match value.trim().parse::<jiff::civil::Date>() {
                Ok(date) => Ok(format!("DATE '{date}'")),
                Err(_) => Err("a date, such as 2026-11-27"),
            },
            Self::Timestamp => match value.trim().parse::<jiff::civil::DateTime>() {
                Ok(time) => Ok(format!("TIMESTAMP '{}'", time.strftime("%Y-%m-%d %H:%M:%S%.f"))),
                Err(_) => Err("a time, such as 2026-11-27 08:30:00"),
            },
        }
    }
}

/// A number, a boolean, NULL and what is a literal already stay; everything else is a string.
fn fitting(value: &str) -> String {
    let word = ["true", "false", "null"].iter().any(|word| value.eq_ignore_ascii_case(word));
    if is_number(value) || word || is_one_literal(value) {
        return value.to_owned();
    }
    string(value)
}

/// True for what a query would print as it is written: a BIGINT or a DECIMAL. A code such as
/// `01`, `+7` or `1E5` is none, nor is a number of more digits than those types have.
fn is_number(value: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match value.split_once('.') {
        None => value.parse::<i64>().is_ok_and(|number| number.to_string() == value),
        Some((whole, fraction)) => {
            let whole = whole.strip_prefix('-').unwrap_or(whole);
            let plain = whole == "0" || (digits(whole) && !whole.starts_with('0'));
            plain && digits(fraction) && whole.len() + fraction.len() <= 38
        }
    }
}

fn is_double(value: &str) -> bool {
    let plain = value.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    plain && value.parse::<f64>().is_ok_and(f64::is_finite)
}

/// `'…'`, `DATE '…'` or `TIMESTAMP '…'`, and nothing behind it.
fn is_one_literal(value: &str) -> bool {
    let all: Vec<Token> = tokens(value).collect();
    let is_text = |token: &Token| token.kind == Kind::Text && token.closed;
    match all.as_slice() {
        [one] => is_text(one),
        [word, space, one] => {
            let typed = word.is(value, "DATE") || word.is(value, "TIMESTAMP");
            typed && space.kind == Kind::Space && is_text(one)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn names_become_question_marks_in_order() {
        let sql = "SELECT ':a', x -- :a\nFROM t WHERE a = :a AND b < :b OR a=:A";
        assert_eq!(names(sql), ["a", "b"]);
        let bound = bind(&[sql], &values(&[("a", "it's"), ("b", "5")])).unwrap().remove(0);
        assert_eq!(bound.sql, "SELECT ':a', x -- :a\nFROM t WHERE a = ?  AND b < ?  OR a=?");
        assert_eq!(bound.literals, ["'it''s'", "5", "'it''s'"]);
        assert_eq!(bound.sql.find("b <"), sql.find("b <"));
    }

    #[test]
    fn a_colon_of_another_kind_is_no_name() {
        for sql in [
            "CREATE EXTERNAL TABLE t (a struct<b:int>) LOCATION 's3://b/:x/'",
            "SELECT x::varchar, CAST(y AS row(a integer)), a[1 : 2] FROM t",
            "SELECT 1 -- :a\n, ':b', \":c\"",
        ] {
            assert_eq!(names(sql), [""; 0], "{sql}");
            let bound = substitute(sql, &values(&[("varchar", "1"), ("int", "2"), ("a", "3")]));
            assert_eq!((bound.sql.as_str(), bound.literals.len()), (sql, 0));
        }
        assert_eq!(names("create table t (a struct<b: int, c :int>)"), [""; 0]);
        assert_eq!(names("create table x as select :a"), ["a"]);
    }

    #[test]
    fn values_are_literals_and_nothing_else() {
        for (value, wanted) in [
            ("17", "17"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("-0.50", "-0.50"),
            ("10.5", "10.5"),
            ("01", "'01'"),
            ("+7", "'+7'"),
            ("-0", "'-0'"),
            ("1E5", "'1E5'"),
            ("00.5", "'00.5'"),
            ("1.", "'1.'"),
            (".5", "'.5'"),
            ("1.5.2", "'1.5.2'"),
            ("9223372036854775808", "'9223372036854775808'"),
            ("NULL", "NULL"),
            ("'17'", "'17'"),
            ("date '2026-11-27'", "date '2026-11-27'"),
            ("2026-11-27", "'2026-11-27'"),
            ("DATE '2026-11-27' OR 1", "'DATE ''2026-11-27'' OR 1'"),
            ("1 OR 1=1", "'1 OR 1=1'"),
            ("'a' OR 'b'", "'''a'' OR ''b'''"),
            ("'", "''''"),
            ("inf", "'inf'"),
            ("", "''"),
        ] {
            assert_eq!(fitting(value), wanted, "{value}");
        }
    }

    #[test]
    fn a_value_is_what_it_is_said_to_be() {
        for (kind, value, wanted) in [
            (As::Text, "17", Ok("'17'")),
            (As::Text, "NULL", Ok("'NULL'")),
            (As::Number, " 1E5 ", Ok("1E5")),
            (As::Number, "1) OR (1=1", Err(())),
            (As::Number, "inf", Err(())),
            (As::Date, "2026-11-27", Ok("DATE '2026-11-27'")),
            (As::Date, "27/11/2026", Err(())),
            (As::Timestamp, "2026-11-27 08:30", Ok("TIMESTAMP '2026-11-27 08:30:00'")),
            (As::Timestamp, "2026-11-27T08:30:01.5", Ok("TIMESTAMP '2026-11-27 08:30:01.5'")),
            (As::Timestamp, "soon", Err(())),
            (As::Null, "whatever", Ok("NULL")),
        ] {
            let literal = kind.literal(value);
            assert_eq!(literal.as_deref().map_err(|_| ()), wanted, "{kind:?} {value}");
        }
    }

    #[test]
    fn a_value_nobody_asks_for_is_an_error() {
        let why = |statements: &[&str], pairs: &[(&str, &str)]| {
            bind(statements, &values(pairs)).unwrap_err().to_string()
        };
        assert_eq!(why(&["SELECT 1"], &[("a", "1")]), "the statement has no :a");
        assert_eq!(why(&["SELECT :b", "SELECT 1"], &[("a", "1")]), "no statement has :a");
        assert_eq!(why(&["SELECT :a"], &[("a", "1"), ("A", "2")]), ":A is given twice");
        assert_eq!(why(&["SELECT :a, :B"], &[("a", "1")]), "there is no value for :b");
        assert!(parse("=x").is_err());
        assert!(parse("novalue").is_err());
        assert_eq!(parse("a=b=c").unwrap(), ("a".to_owned(), "b=c".to_owned()));
        let both = bind(&["SELECT :a", "DROP TABLE t"], &values(&[("a", "1")])).unwrap();
        assert_eq!((both[0].literals.len(), both[1].literals.len()), (1, 0));
    }
}
