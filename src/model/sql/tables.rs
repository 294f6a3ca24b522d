//! The tables that a statement reads, by its text. It reads words and is no parser.

use super::lexer::{Kind, Token, significant};
use super::words::is_keyword;

/// A table that is read. Names are lower-case, as the catalog keeps them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub database: Option<String>,
    pub name: String,
    pub alias: Option<String>,
}

/// Those that one statement reads, in order: behind FROM and JOIN and the commas of a FROM, and
/// behind the USING of a MERGE. What it names itself with WITH is none of them.
pub fn named(sql: &str) -> Vec<Named> {
    let words: Vec<Token> = significant(sql).collect();
    among(sql, &words)
}

/// The same from its significant tokens.
pub(super) fn among(sql: &str, words: &[Token]) -> Vec<Named> {
    places(sql, words).into_iter().map(|(_, named)| named).collect()
}

/// The same, each with the place of the word that it stands behind.
pub(super) fn places(sql: &str, words: &[Token]) -> Vec<(usize, Named)> {
    let with = with_names(sql, words);
    let named = |at: usize| Some((at, table(sql, &words[at + 1..])?));
    let is_real = |named: &Named| named.database.is_some() || !with.contains(&named.name);
    let all = before_tables(sql, words).into_iter().filter_map(named);
    all.filter(|(_, named)| is_real(named)).collect()
}

/// An open bracket, and the statement itself.
struct Level {
    /// A query may stand in it.
    query: bool,
    /// We are among the tables of its FROM.
    among: bool,
}

/// The places of the words that tables stand behind.
fn before_tables(sql: &str, words: &[Token]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut levels = vec![Level { query: true, among: false }];
    for (at, word) in words.iter().enumerate() {
        let is = |text: &str| word.is(sql, text);
        let next = |texts: &[&str]| {
            words.get(at + 1).is_some_and(|next| texts.iter().any(|text| next.is(sql, text)))
        };
        let Some(level) = levels.last_mut() else { break };
        if is("(") {
            let query = next(&["SELECT", "WITH", "TABLE", "(", "VALUES"]);
            // `FROM (a JOIN b)`: tables go on inside.
            let among = level.among && expects_table(sql, words, at) && !query;
            levels.push(Level { query: query || among, among });
            if among {
                found.push(at);
            }
        } else if is(")") {
            levels.pop();
        } else if is("FROM") && level.query && !is_distinct_from(sql, words, at) {
            level.among = true;
            found.push(at);
        } else if is("JOIN") || (is(",") && level.among) || (is("USING") && !next(&["("])) {
            found.push(at);
        } else if level.among && (is("WHERE") || BEHIND_WHERE.iter().any(|end| is(end))) {
            level.among = false;
        }
    }
    found
}

/// The clauses behind WHERE, and what joins queries: each ends what WHERE began.
pub(super) const BEHIND_WHERE: [&str; 10] = [
    "GROUP",
    "HAVING",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "WINDOW",
    "FETCH",
    "UNION",
    "INTERSECT",
    "EXCEPT",
];

fn expects_table(sql: &str, words: &[Token], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| words.get(at));
    before.is_some_and(|word| ["FROM", "JOIN", ","].iter().any(|text| word.is(sql, text)))
}

fn is_distinct_from(sql: &str, words: &[Token], at: usize) -> bool {
    at >= 2
        && words[at - 1].is(sql, "DISTINCT")
        && (words[at - 2].is(sql, "IS") || words[at - 2].is(sql, "NOT"))
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

/// The table that the tokens begin with, and the alias behind it. `UNNEST(…)`, `LATERAL (…)` and
/// other functions are none.
fn table(sql: &str, words: &[Token]) -> Option<Named> {
    let mut at = 0;
    while words.get(at + 1).is_some_and(|token| token.is(sql, ".")) {
        at += 2;
    }
    let database = at.checked_sub(2).and_then(|at| name_of(sql, words.get(at)?));
    let name = name_of(sql, words.get(at)?)?;
    at += 1;
    if words.get(at).is_some_and(|token| token.is(sql, "(")) {
        return None;
    }
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
    }

    fn names(sql: &str) -> Vec<String> {
        named(sql).into_iter().map(|table| table.name).collect()
    }

    #[test]
    fn the_commas_of_a_from_count_and_no_others() {
        assert_eq!(names("select a, b from t u, v where x in (1, 2) order by a, b"), ["t", "v"]);
        assert_eq!(
            names("select * from (t1 join t2 on true) where x in (select y from t3)"),
            ["t1", "t2", "t3"]
        );
        assert_eq!(names("select a from t group by a, b union all select 1 from u"), ["t", "u"]);
        assert_eq!(names("merge into t using s on t.id = s.id"), ["s"]);
        assert_eq!(names("select 1 from a join b using (id), c"), ["a", "b", "c"]);
    }

    #[test]
    fn what_is_no_table_is_left_out() {
        let with = "with a as (select 1 from t), b(x) as (select 2 from a) select * from b, d.a";
        assert_eq!(names(with), ["t", "a"], "of another database, so not the query's own");
        assert_eq!(names("select extract(year from d), trim(both 'x' from y) from t"), ["t"]);
        assert_eq!(names("select * from t cross join unnest(a) as u (x)"), ["t"]);
        assert_eq!(names("select * from t, lateral (select 1)"), ["t"]);
        assert_eq!(names("select 1 from t where a is distinct from b"), ["t"]);
        for nothing in ["select 'from x' -- from y\n", "from", ")) from t", "select 1 from a."] {
            assert_eq!(names(nothing), [""; 0], "{nothing}");
        }
    }
}
