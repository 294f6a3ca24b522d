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
    Unload,
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
        ["SHOW", what, ..] => {
            let sub = match *what {
                "DATABASES" | "SCHEMAS" => "SHOW_DATABASES",
                "TABLES" => "SHOW_TABLES",
                "PARTITIONS" => "SHOW_PARTITIONS",
                "COLUMNS" => "SHOW_COLUMNS",
                "CREATE" => "SHOW_CREATE_TABLE",
                "TBLPROPERTIES" => "SHOW_TBLPROPERTIES",
                _ => return unsupported(&format!("SHOW {what}")),
            };
            class(Kind::Hive, Utility, sub)
        }
        ["DESCRIBE" | "DESC", ..] => class(Kind::Hive, Utility, "DESCRIBE_TABLE"),
        ["INSERT", ..] => unsupported("INSERT"),
        ["CREATE", "VIEW" | "OR", ..] => unsupported("CREATE VIEW"),
        ["DROP", "VIEW", ..] => unsupported("DROP VIEW"),
        [
            verb @ ("DELETE" | "UPDATE" | "MERGE" | "OPTIMIZE" | "VACUUM" | "PREPARE" | "EXECUTE"
            | "DEALLOCATE" | "ANALYZE"),
            ..,
        ] => unsupported(verb),
        [other, ..] => {
            let (line, column) = first_word_at(sql);
            Err(SqlError::user(format!(
                "line {line}:{column}: mismatched input '{}'. Expecting: 'ALTER', 'CREATE', 'DESCRIBE', 'DROP', 'EXPLAIN', 'MSCK', 'SELECT', 'SHOW', 'UNLOAD', 'VALUES', 'WITH'",
                original(sql, other)
            )))
        }
    }
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
        assert!(classify("INSERT INTO t SELECT 1").unwrap_err().message.contains("INSERT"));
    }

    #[test]
    fn a_wrong_verb_has_its_place() {
        let message = classify("\n  SELCT 1").unwrap_err().message;
        assert!(message.starts_with("line 2:3: mismatched input 'SELCT'"), "{message}");
    }
}
