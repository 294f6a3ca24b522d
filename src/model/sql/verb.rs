//! The first word of a SQL statement, and whether the statement only reads.
//!
//! It errs on the side of "may write".

use super::lexer::{Kind, significant};

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
    let first = words(text).into_iter().find(|token| *token != Word::Mark("("));
    Verb(match first {
        Some(Word::Name(word)) => word,
        _ => String::new(),
    })
}

/// True for one SELECT, WITH, SHOW, DESCRIBE, VALUES or EXPLAIN that cannot write.
///
/// A second statement, a WITH that feeds an INSERT, an EXPLAIN ANALYZE of a write and every
/// unknown word answer false.
pub fn only_reads(text: &str) -> bool {
    let mut words = words(text);
    while words.last() == Some(&Word::Mark(";")) {
        words.pop();
    }
    !words.contains(&Word::Mark(";")) && reads(&words)
}

/// True for one SELECT, WITH, VALUES or TABLE that cannot write: what an UNLOAD takes.
pub fn is_query(text: &str) -> bool {
    let reads = match verb(text).name() {
        "TABLE" => true,
        "SELECT" | "WITH" | "VALUES" => only_reads(text),
        _ => false,
    };
    reads && !words(text).contains(&Word::Mark(";"))
}

/// True for what takes rows, tables or their parts away. An ALTER that drops is among it, and
/// one that makes something else of a column is not.
pub fn destroys(text: &str) -> bool {
    let words = words(text);
    let has = |wanted: &str| words.contains(&Word::Name(wanted.to_owned()));
    match verb(text).name() {
        "DROP" | "DELETE" | "TRUNCATE" | "MERGE" | "UPDATE" | "VACUUM" => true,
        "ALTER" => has("DROP"),
        _ => false,
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Word<'a> {
    /// An unquoted word, upper-case.
    Name(String),
    Mark(&'a str),
    /// A string, quoted name or number: only that it is there.
    Other,
}

fn words(text: &str) -> Vec<Word<'_>> {
    significant(text)
        .map(|token| match token.kind {
            Kind::Word => Word::Name(token.text(text).to_uppercase()),
            Kind::Mark | Kind::End => Word::Mark(token.text(text)),
            _ => Word::Other,
        })
        .collect()
}

fn reads(words: &[Word<'_>]) -> bool {
    let open = words.iter().take_while(|word| **word == Word::Mark("(")).count();
    let Some((Word::Name(first), rest)) = words[open..].split_first() else {
        return false;
    };
    match first.as_str() {
        "SELECT" | "VALUES" | "SHOW" | "DESCRIBE" | "DESC" | "WITH" => !rest.iter().any(writes),
        "EXPLAIN" => explained(rest),
        _ => false,
    }
}

/// EXPLAIN by itself runs nothing; EXPLAIN ANALYZE runs what it explains.
fn explained(rest: &[Word<'_>]) -> bool {
    let is = |at: usize, names: &[&str]| matches!(rest.get(at), Some(Word::Name(word)) if names.contains(&word.as_str()));
    if !is(0, &["ANALYZE"]) {
        return true;
    }
    let mut at = 1;
    // `ANALYZE (FORMAT JSON) SELECT …` against `ANALYZE (SELECT …)`.
    if rest.get(1) == Some(&Word::Mark("(")) && is(2, &["FORMAT", "TYPE"]) {
        match rest.iter().position(|word| *word == Word::Mark(")")) {
            Some(close) => at = close + 1,
            None => return false,
        }
    }
    if is(at, &["VERBOSE"]) {
        at += 1;
    }
    reads(&rest[at..])
}

/// Keywords that no reading statement of Athena's holds outside quotes. `INTO` and `UPDATE`
/// also stand for locking reads and SELECT INTO elsewhere: better refused than guessed at.
fn writes(word: &Word<'_>) -> bool {
    const WRITERS: [&str; 8] =
        ["INSERT", "UPDATE", "DELETE", "MERGE", "UNLOAD", "INTO", "DROP", "ALTER"];
    matches!(word, Word::Name(word) if WRITERS.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_away_is_known() {
        for text in ["drop table t", "-- x\nDELETE FROM t", "alter table t drop partition (d='1')"]
        {
            assert!(destroys(text), "{text}");
        }
        for text in ["select 'drop'", "alter table t add columns (x int)", "create table t (a int)"]
        {
            assert!(!destroys(text), "{text}");
        }
    }

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
            "SELECT '\\'; DROP TABLE t --'",
            "CREATE TABLE t AS SELECT 1",
            "UNLOAD (SELECT 1) TO 's3://b/'",
            "EXPLAIN ANALYZE INSERT INTO t SELECT 1",
            "EXPLAIN ANALYZE (TYPE DISTRIBUTED) DELETE FROM t",
            "EXPLAIN ANALYZE (FORMAT",
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
