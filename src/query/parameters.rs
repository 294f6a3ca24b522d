//! Named parameters: `:name` in a statement becomes Athena's `?`, its value a SQL literal.

use std::collections::BTreeSet;

use crate::model::sql::lexer::{Kind, Token, tokens};

/// Why the parameters do not fit the statement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadParameter {
    #[error("the statement has no :{0}")]
    Unused(String),
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

/// The statement with a `?` for each `:name` that has a value, and the values in their order.
/// Strings and comments are left alone.
///
/// # Errors
/// A value for a name that the statement does not have, or two values for one.
pub fn bind(sql: &str, values: &[(String, String)]) -> Result<(String, Vec<String>), BadParameter> {
    let mut given = BTreeSet::new();
    if let Some((name, _)) = values.iter().find(|(name, _)| !given.insert(name.to_lowercase())) {
        return Err(BadParameter::Twice(name.clone()));
    }
    let mut bound = String::with_capacity(sql.len());
    let (mut literals, mut used) = (Vec::new(), BTreeSet::new());
    let all: Vec<Token> = tokens(sql).collect();
    let mut index = 0;
    while let Some(token) = all.get(index) {
        let name = all.get(index + 1).filter(|next| token.is(sql, ":") && next.kind == Kind::Word);
        let value = name.and_then(|next| {
            values.iter().find(|(name, _)| name.eq_ignore_ascii_case(next.text(sql)))
        });
        if let Some((name, value)) = value {
            bound.push('?');
            literals.push(literal(value));
            used.insert(name.as_str());
            index += 2;
        } else {
            bound.push_str(token.text(sql));
            index += 1;
        }
    }
    match values.iter().find(|(name, _)| !used.contains(name.as_str())) {
        Some((name, _)) => Err(BadParameter::Unused(name.clone())),
        None => Ok((bound, literals)),
    }
}

/// A number, a boolean, NULL and what is quoted already stay; everything else is a string.
fn literal(value: &str) -> String {
    let word = ["true", "false", "null"].iter().any(|word| value.eq_ignore_ascii_case(word));
    if is_number(value) || word || is_one_string(value) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', "''"))
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

fn is_one_string(value: &str) -> bool {
    let mut all = tokens(value);
    let first = all.next();
    first.is_some_and(|token| token.kind == Kind::Text && token.closed) && all.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn names_become_question_marks_in_order() {
        let sql = "SELECT ':a', x -- :a\nFROM t WHERE a = :a AND b < :b OR a = :A";
        let (bound, literals) = bind(sql, &values(&[("a", "it's"), ("b", "5")])).unwrap();
        assert_eq!(bound, "SELECT ':a', x -- :a\nFROM t WHERE a = ? AND b < ? OR a = ?");
        assert_eq!(literals, ["'it''s'", "5", "'it''s'"]);
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
            ("1 OR 1=1", "'1 OR 1=1'"),
            ("'a' OR 'b'", "'''a'' OR ''b'''"),
            ("'", "''''"),
            ("inf", "'inf'"),
            ("", "''"),
        ] {
            assert_eq!(literal(value), wanted, "{value}");
        }
    }

    #[test]
    fn a_value_nobody_asks_for_is_an_error() {
        let unused = bind("SELECT 1", &values(&[("a", "1")])).unwrap_err();
        assert_eq!(unused.to_string(), "the statement has no :a");
        let twice = bind("SELECT :a", &values(&[("a", "1"), ("A", "2")])).unwrap_err();
        assert_eq!(twice.to_string(), ":A is given twice");
        assert!(parse("=x").is_err());
        assert!(parse("novalue").is_err());
        assert_eq!(parse("a=b=c").unwrap(), ("a".to_owned(), "b=c".to_owned()));
    }
}
