//! The tables that a statement names.

use super::lexer::{Kind, Token, tokens};
use super::words::is_keyword;

/// A table behind FROM or JOIN. Names are lower-case, as the catalog keeps them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub database: Option<String>,
    pub name: String,
    pub alias: Option<String>,
}

/// Those that one statement names behind FROM and JOIN, in order.
pub fn named(sql: &str) -> Vec<Named> {
    let words: Vec<Token> = tokens(sql).filter(|token| !token.kind.is_blank()).collect();
    among(sql, &words)
}

/// The same from its significant tokens.
pub(super) fn among(sql: &str, words: &[Token]) -> Vec<Named> {
    places(sql, words).into_iter().map(|(_, named)| named).collect()
}

/// The same, each with the place of the FROM or JOIN that it stands behind.
pub(super) fn places(sql: &str, words: &[Token]) -> Vec<(usize, Named)> {
    let behind = |at: &usize| words[*at].is(sql, "FROM") || words[*at].is(sql, "JOIN");
    let named = |at: usize| Some((at, table(sql, &words[at + 1..])?));
    let with = with_names(sql, words);
    let is_real = |named: &Named| named.database.is_some() || !with.contains(&named.name);
    let all = (0..words.len()).filter(behind).filter_map(named);
    all.filter(|(_, named)| is_real(named)).collect()
}

/// The names that a WITH gives to its queries: `name AS (SELECT …`, `name (a, b) AS (SELECT …`.
fn with_names(sql: &str, words: &[Token]) -> Vec<String> {
    let is = |at: usize, wanted: &str| words.get(at).is_some_and(|word| word.is(sql, wanted));
    if !words.iter().any(|word| word.is(sql, "WITH")) {
        return Vec::new();
    }
    let queries = |at: &usize| {
        let query = ["SELECT", "WITH", "VALUES", "("].iter().any(|word| is(at + 2, word));
        is(*at, "AS") && is(at + 1, "(") && query
    };
    let name = |at: usize| {
        let mut before = at.checked_sub(1)?;
        if is(before, ")") {
            before = (0..before).rev().find(|at| is(*at, "("))?.checked_sub(1)?;
        }
        name_of(sql, &words[before])
    };
    (0..words.len()).filter(queries).filter_map(name).collect()
}

/// The table that the tokens begin with, and the alias behind it.
fn table(sql: &str, words: &[Token]) -> Option<Named> {
    let mut at = 0;
    while words.get(at + 1).is_some_and(|token| token.is(sql, ".")) {
        at += 2;
    }
    let database = at.checked_sub(2).and_then(|at| name_of(sql, words.get(at)?));
    let name = name_of(sql, words.get(at)?)?;
    at += 1;
    if words.get(at).is_some_and(|token| token.is(sql, "AS")) {
        at += 1;
    }
    let alias = words.get(at).filter(|token| !is_keyword(token.text(sql)));
    Some(Named { database, name, alias: alias.and_then(|token| name_of(sql, token)) })
}

/// The name that a token stands for, lower-case as the catalog keeps it.
pub(super) fn name_of(text: &str, token: &Token) -> Option<String> {
    match token.kind {
        Kind::Word => Some(token.text(text).to_lowercase()),
        Kind::Quoted if token.closed => {
            let inside = token.text(text);
            Some(inside[1..inside.len() - 1].to_lowercase())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_come_with_database_and_alias() {
        let found =
            named("select 1 from Genomics.\"Variants\" as v join people on v.id = people.id");
        let table = |database: Option<&str>, name: &str, alias: Option<&str>| Named {
            database: database.map(Into::into),
            name: name.into(),
            alias: alias.map(Into::into),
        };
        assert_eq!(
            found,
            [table(Some("genomics"), "variants", Some("v")), table(None, "people", None)]
        );
        assert!(named("select extract(year from d), 'from x'").iter().all(|t| t.name == "d"));
        let with = "with a as (select 1 from t), b(x) as (select 2 from a) select * from b, d.a";
        let names: Vec<String> = named(with).into_iter().map(|table| table.name).collect();
        assert_eq!(names, ["t"]);
    }
}
