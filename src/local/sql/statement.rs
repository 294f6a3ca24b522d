//! What kind of statement a text is, by its first words.

use super::error::SqlError;

/// Athena's StatementType.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementType {
    Dml,
    Ddl,
    Utility,
}

impl StatementType {
    /// As Athena spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dml => "DML",
            Self::Ddl => "DDL",
            Self::Utility => "UTILITY",
        }
    }
}

/// Which part of the engine runs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Query,
    Explain,
    Ctas,
    Insert,
    Unload,
    CreateView,
    /// PREPARE, EXECUTE, DEALLOCATE: of a workgroup, which the engine knows nothing of.
    Prepared,
    /// Hive's language: DDL, SHOW, DESCRIBE, MSCK.
    Hive,
}

/// A statement, classified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Class {
    pub kind: Kind,
    pub statement: StatementType,
    /// Athena's SubstatementType.
    pub sub: &'static str,
}

/// Classifies; a statement that the local lake cannot run is refused in a sentence.
pub fn classify(sql: &str) -> Result<Class, SqlError> {
    let words = words(sql);
    let first: Vec<&str> = words.iter().take(6).map(String::as_str).collect();
    let class = |kind, statement, sub| Ok(Class { kind, statement, sub });
    use StatementType::{Ddl, Dml, Utility};
    match first.as_slice() {
        [] => Err(SqlError::user("line 1:1: mismatched input '<EOF>'. Expecting: a statement")),
        ["SELECT" | "WITH" | "VALUES" | "(" | "TABLE", ..] => class(Kind::Query, Dml, "SELECT"),
        ["EXPLAIN", ..] => class(Kind::Explain, Utility, "EXPLAIN"),
        ["UNLOAD", ..] => class(Kind::Unload, Dml, "UNLOAD"),
        ["CREATE", "EXTERNAL", "TABLE", ..] => class(Kind::Hive, Ddl, "CREATE_TABLE"),
        ["CREATE", "TABLE", ..] => {
            if is_ctas(&words) {
                class(Kind::Ctas, Ddl, "CREATE_TABLE_AS_SELECT")
            } else {
                class(Kind::Hive, Ddl, "CREATE_TABLE")
            }
        }
        ["CREATE", "VIEW", ..] | ["CREATE", "OR", "REPLACE", "VIEW", ..] => {
            class(Kind::CreateView, Ddl, "CREATE_VIEW")
        }
        ["DROP", "VIEW", ..] => class(Kind::Hive, Ddl, "DROP_VIEW"),
        ["INSERT", "INTO", ..] => class(Kind::Insert, Dml, "INSERT"),
        ["PREPARE", ..] => class(Kind::Prepared, Utility, "PREPARE"),
        ["EXECUTE", ..] => class(Kind::Prepared, Dml, "EXECUTE"),
        ["DEALLOCATE", ..] => class(Kind::Prepared, Utility, "DEALLOCATE"),
        ["CREATE", "DATABASE" | "SCHEMA", ..] => class(Kind::Hive, Ddl, "CREATE_DATABASE"),
        ["DROP", "DATABASE" | "SCHEMA", ..] => class(Kind::Hive, Ddl, "DROP_DATABASE"),
        ["DROP", "TABLE", ..] => class(Kind::Hive, Ddl, "DROP_TABLE"),
        ["ALTER", "TABLE", ..] => {
            if words.iter().any(|w| w == "DROP") {
                class(Kind::Hive, Ddl, "ALTER_TABLE_DROP_PARTITION")
            } else {
                class(Kind::Hive, Ddl, "ALTER_TABLE_ADD_PARTITION")
            }
        }
        ["MSCK", ..] => class(Kind::Hive, Ddl, "MSCK_REPAIR_TABLE"),
        ["SHOW", "CREATE", "VIEW", ..] => class(Kind::Hive, Utility, "SHOW_CREATE_VIEW"),
        ["SHOW", what, ..] => {
            let sub = match *what {
                "DATABASES" | "SCHEMAS" => "SHOW_DATABASES",
                "TABLES" => "SHOW_TABLES",
                "VIEWS" => "SHOW_VIEWS",
                "PARTITIONS" => "SHOW_PARTITIONS",
                "COLUMNS" => "SHOW_COLUMNS",
                "CREATE" => "SHOW_CREATE_TABLE",
                "TBLPROPERTIES" => "SHOW_TBLPROPERTIES",
                _ => return unsupported(&format!("SHOW {what}")),
            };
            class(Kind::Hive, Utility, sub)
        }
        ["DESCRIBE" | "DESC", "VIEW", ..] => class(Kind::Hive, Utility, "DESCRIBE_VIEW"),
        ["DESCRIBE" | "DESC", ..] => class(Kind::Hive, Utility, "DESCRIBE_TABLE"),
        [verb @ ("DELETE" | "UPDATE" | "MERGE" | "OPTIMIZE" | "VACUUM" | "ANALYZE"), ..] => {
            unsupported(verb)
        }
        [other, ..] => {
            let (line, column) = first_word_at(sql);
            Err(SqlError::user(format!(
                "line {line}:{column}: mismatched input '{}'. Expecting: 'ALTER', 'CREATE', 'DEALLOCATE', 'DESCRIBE', 'DROP', 'EXECUTE', 'EXPLAIN', 'INSERT', 'MSCK', 'PREPARE', 'SELECT', 'SHOW', 'UNLOAD', 'VALUES', 'WITH'",
                original(sql, other)
            )))
        }
    }
}

/// Whether a query answers alike whenever it runs on the same data: Athena reuses no result of
/// `rand()` and its like, nor of a LIMIT without an ORDER BY.
pub fn is_repeatable(sql: &str) -> bool {
    const RANDOM: [&str; 4] = ["RAND", "RANDOM", "SHUFFLE", "UUID"];
    let words = words(sql);
    let has = |word: &str| words.iter().any(|w| w == word);
    let random = words.windows(2).any(|w| RANDOM.contains(&w[0].as_str()) && w[1] == "(");
    let is_query = classify(sql).is_ok_and(|class| class.kind == Kind::Query);
    is_query && !random && (has("ORDER") || !(has("LIMIT") || has("FETCH")))
}

fn unsupported(what: &str) -> Result<Class, SqlError> {
    Err(SqlError::user(format!("NOT_SUPPORTED: {what} is not supported by the local lake")))
}

/// `CREATE TABLE … AS SELECT`: an AS outside of brackets with a query after it.
fn is_ctas(words: &[String]) -> bool {
    let mut depth = 0;
    for (at, word) in words.iter().enumerate() {
        match word.as_str() {
            "(" => depth += 1,
            ")" => depth -= 1,
            "AS" if depth == 0 => {
                let next = words.get(at + 1).map(String::as_str);
                return matches!(next, Some("SELECT" | "WITH" | "(" | "VALUES" | "TABLE"));
            }
            _ => {}
        }
    }
    false
}

/// The words and brackets of a text in upper case; comments left out, quoted text as one word.
fn words(sql: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = sql;
    while let Some(c) = skip_blank(&mut rest) {
        let end = match c {
            '\'' | '"' | '`' => rest[1..].find(c).map_or(rest.len(), |at| at + 2),
            c if c.is_alphanumeric() || c == '_' => {
                rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len())
            }
            c => c.len_utf8(),
        };
        let word = &rest[..end];
        if matches!(c, '\'' | '"' | '`') {
            words.push("''".to_owned());
        } else {
            words.push(word.to_uppercase());
        }
        rest = &rest[end..];
    }
    words
}

fn skip_blank(rest: &mut &str) -> Option<char> {
    loop {
        let text = rest.trim_start();
        *rest = if text.starts_with("--") {
            text.find('\n').map_or("", |at| &text[at..])
        } else if text.starts_with("/*") {
            text.find("*/").map_or("", |at| &text[at + 2..])
        } else {
            *rest = text;
            return text.chars().next();
        };
    }
}

fn first_word_at(sql: &str) -> (usize, usize) {
    let mut rest = sql;
    skip_blank(&mut rest);
    let before = &sql[..sql.len() - rest.len()];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    (line, column)
}

fn original(sql: &str, upper: &str) -> String {
    let mut rest = sql;
    skip_blank(&mut rest);
    rest.chars().take(upper.chars().count()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sub(sql: &str) -> &'static str {
        classify(sql).unwrap().sub
    }

    #[test]
    fn statements_are_told_apart() {
        assert_eq!(sub("-- note\n select 1"), "SELECT");
        assert_eq!(
            sub("CREATE TABLE t WITH (x = 'AS SELECT') AS SELECT 1"),
            "CREATE_TABLE_AS_SELECT"
        );
        assert_eq!(sub("CREATE EXTERNAL TABLE t (`as` int) LOCATION 's3://b/'"), "CREATE_TABLE");
        assert_eq!(sub("/* a */ MSCK REPAIR TABLE t"), "MSCK_REPAIR_TABLE");
        assert_eq!(sub("insert into t select 1"), "INSERT");
        assert_eq!(sub("CREATE OR REPLACE VIEW v AS SELECT 1 x"), "CREATE_VIEW");
        assert_eq!(sub("SHOW CREATE VIEW v"), "SHOW_CREATE_VIEW");
        assert_eq!(sub("EXECUTE p USING 1"), "EXECUTE");
        assert!(classify("DELETE FROM t").unwrap_err().message.contains("DELETE"));
    }

    #[test]
    fn chance_is_not_repeatable() {
        assert!(is_repeatable("SELECT a FROM t ORDER BY a LIMIT 3"));
        assert!(is_repeatable("SELECT 'limit', random FROM t"));
        for sql in ["SELECT a FROM t LIMIT 3", "SELECT rand ()", "SHOW TABLES", "UPDATE t"] {
            assert!(!is_repeatable(sql), "{sql}");
        }
    }

    #[test]
    fn a_wrong_verb_has_its_place() {
        let message = classify("\n  SELCT 1").unwrap_err().message;
        assert!(message.starts_with("line 2:3: mismatched input 'SELCT'"), "{message}");
    }
}
