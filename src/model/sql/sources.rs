//! The tables that a query reads, by its text.

use super::lexer::{Token, tokens};
use super::tables::name_of;

/// The tables that one query names, as `database.table` in small letters and in order; those
/// without a database are `database`'s. What it names itself with WITH is none of them.
///
/// It reads words and is no parser: behind FROM and JOIN, and behind the commas of a FROM.
pub fn sources(sql: &str, database: &str) -> Vec<String> {
    let words: Vec<Token> = tokens(sql).filter(|token| !token.kind.is_blank()).collect();
    let own = with_names(sql, &words);
    let mut found: Vec<String> = Vec::new();
    // For each open bracket whether a query may stand in it, and whether we are among the
    // tables of its FROM.
    let mut levels = vec![Level { query: true, among: false }];
    for (at, word) in words.iter().enumerate() {
        let is = |text: &str| word.is(sql, text);
        let Some(level) = levels.last_mut() else { break };
        if is("(") {
            let begins = words.get(at + 1);
            let query = ["SELECT", "WITH", "TABLE", "(", "VALUES"]
                .iter()
                .any(|text| begins.is_some_and(|word| word.is(sql, text)));
            // `FROM (a JOIN b)`: tables go on inside.
            let among = level.among && expects_table(sql, &words, at);
            levels.push(Level { query: query || among, among: among && !query });
            if among && !query {
                add(sql, &words[at + 1..], database, &own, &mut found);
            }
        } else if is(")") {
            levels.pop();
            if levels.is_empty() {
                break;
            }
        } else if is("FROM") && level.query && !is_distinct_from(sql, &words, at) {
            level.among = true;
            add(sql, &words[at + 1..], database, &own, &mut found);
        } else if is("JOIN") || (is(",") && level.among) {
            add(sql, &words[at + 1..], database, &own, &mut found);
        } else if level.among && ENDS.iter().any(|end| word.is(sql, end)) {
            level.among = false;
        }
    }
    found
}

struct Level {
    query: bool,
    among: bool,
}

/// What ends the tables of a FROM.
const ENDS: [&str; 11] = [
    "WHERE",
    "GROUP",
    "HAVING",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "FETCH",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "WINDOW",
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

/// `name AS (` and `name (columns) AS (` behind WITH: a query's own names, in small letters.
fn with_names(sql: &str, words: &[Token]) -> Vec<String> {
    let mut own = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let opens = words.get(at + 1).is_some_and(|next| next.is(sql, "("));
        if !word.is(sql, "AS") || !opens {
            continue;
        }
        let mut name = at.checked_sub(1);
        if name.is_some_and(|at| words[at].is(sql, ")")) {
            let open = words[..at].iter().rposition(|word| word.is(sql, "("));
            name = open.and_then(|open| open.checked_sub(1));
        }
        own.extend(name.and_then(|at| name_of(sql, &words[at])));
    }
    own
}

fn add(sql: &str, words: &[Token], database: &str, own: &[String], found: &mut Vec<String>) {
    let mut path = Vec::new();
    let mut at = 0;
    while let Some(name) = words.get(at).and_then(|word| name_of(sql, word)) {
        path.push(name);
        at += 1;
        match words.get(at) {
            Some(dot) if dot.is(sql, ".") => at += 1,
            // `UNNEST(…)`, `LATERAL (…)` and other functions are no tables.
            Some(open) if open.is(sql, "(") => return,
            _ => break,
        }
    }
    let Some(name) = path.pop() else { return };
    let bare = path.is_empty();
    if bare && (own.contains(&name) || name == "lateral" || name == "unnest") {
        return;
    }
    let database = path.pop().unwrap_or_else(|| database.to_lowercase());
    let table = format!("{database}.{name}");
    if !found.contains(&table) {
        found.push(table);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(sql: &str) -> Vec<String> {
        sources(sql, "D")
    }

    #[test]
    fn tables_come_once_with_their_database() {
        assert_eq!(
            found("select 1 from G.\"Variants\" v, people p join a.b.c on 1 = 1, people"),
            ["g.variants", "d.people", "b.c"]
        );
        assert_eq!(
            found("select * from (t1 join t2 on true) where x in (select y from t3)"),
            ["d.t1", "d.t2", "d.t3"]
        );
        assert_eq!(found("select a, b from t order by a, b"), ["d.t"]);
        assert_eq!(
            found("select a from t group by a, b union all select 1 from u"),
            ["d.t", "d.u"]
        );
    }

    #[test]
    fn what_is_no_table_is_left_out() {
        assert_eq!(
            found("with x as (select 1 from t), y (a, b) as (select 1, 2) select * from x, y, z"),
            ["d.t", "d.z"]
        );
        assert_eq!(found("select extract(year from d), trim(both 'x' from y) from t"), ["d.t"]);
        assert_eq!(found("select * from t cross join unnest(a) as u (x)"), ["d.t"]);
        assert_eq!(found("select 1 from t where a is distinct from b"), ["d.t"]);
        assert_eq!(found("select 'from x' -- from y\n"), [""; 0]);
        assert_eq!(found("from"), [""; 0]);
        assert_eq!(found(")) from t"), [""; 0]);
    }
}
