//! How a name is written: as it is, or in the quotes that the statement's parser wants; and how a
//! text is.
//!
//! Queries go to Trino, which wants double quotes; Hive's DDL wants backticks. Each has its own
//! reserved words:
//! <https://docs.aws.amazon.com/athena/latest/ug/reserved-words.html>. What both fold is
//! capitals: names in the catalog are small letters.

/// Which quotes a statement takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quotes {
    /// Queries, INSERT, MERGE, views.
    Double,
    /// Hive's DDL: CREATE EXTERNAL TABLE, ALTER, DROP, MSCK, DESCRIBE, SHOW.
    Backtick,
}

/// Sorted, upper-case.
const IN_QUERIES: &[&str] = &[
    "ALTER",
    "AND",
    "AS",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "CONSTRAINT",
    "CREATE",
    "CROSS",
    "CUBE",
    "CURRENT_CATALOG",
    "CURRENT_DATE",
    "CURRENT_PATH",
    "CURRENT_SCHEMA",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "CURRENT_USER",
    "DEALLOCATE",
    "DELETE",
    "DESCRIBE",
    "DISTINCT",
    "DROP",
    "ELSE",
    "END",
    "ESCAPE",
    "EXCEPT",
    "EXECUTE",
    "EXISTS",
    "EXTRACT",
    "FALSE",
    "FIRST",
    "FOR",
    "FROM",
    "FULL",
    "GROUP",
    "GROUPING",
    "HAVING",
    "IN",
    "INNER",
    "INSERT",
    "INTERSECT",
    "INTO",
    "IS",
    "JOIN",
    "JSON_ARRAY",
    "JSON_EXISTS",
    "JSON_OBJECT",
    "JSON_QUERY",
    "JSON_TABLE",
    "JSON_VALUE",
    "LAST",
    "LEFT",
    "LIKE",
    "LISTAGG",
    "LOCALTIME",
    "LOCALTIMESTAMP",
    "NATURAL",
    "NORMALIZE",
    "NOT",
    "NULL",
    "OF",
    "ON",
    "OR",
    "ORDER",
    "OUTER",
    "PREPARE",
    "RECURSIVE",
    "RIGHT",
    "ROLLUP",
    "SELECT",
    "SKIP",
    "TABLE",
    "THEN",
    "TRIM",
    "TRUE",
    "UESCAPE",
    "UNION",
    "UNNEST",
    "USING",
    "VALUES",
    "WHEN",
    "WHERE",
    "WITH",
];

/// Sorted, upper-case.
const IN_DDL: &[&str] = &[
    "ALL",
    "ALTER",
    "AND",
    "ARRAY",
    "AS",
    "AUTHORIZATION",
    "BETWEEN",
    "BIGINT",
    "BINARY",
    "BOOLEAN",
    "BOTH",
    "BY",
    "CASE",
    "CASHE",
    "CAST",
    "CHAR",
    "COLUMN",
    "COMMIT",
    "CONF",
    "CONSTRAINT",
    "CREATE",
    "CROSS",
    "CUBE",
    "CURRENT",
    "CURRENT_DATE",
    "CURRENT_TIMESTAMP",
    "CURSOR",
    "DATABASE",
    "DATE",
    "DAYOFWEEK",
    "DECIMAL",
    "DELETE",
    "DESCRIBE",
    "DISTINCT",
    "DIV",
    "DOUBLE",
    "DROP",
    "ELSE",
    "END",
    "EXCHANGE",
    "EXISTS",
    "EXTENDED",
    "EXTERNAL",
    "EXTRACT",
    "FALSE",
    "FETCH",
    "FLOAT",
    "FLOOR",
    "FOLLOWING",
    "FOR",
    "FOREIGN",
    "FROM",
    "FULL",
    "FUNCTION",
    "GRANT",
    "GROUP",
    "GROUPING",
    "HAVING",
    "IF",
    "IMPORT",
    "IN",
    "INNER",
    "INSERT",
    "INT",
    "INTEGER",
    "INTERSECT",
    "INTERVAL",
    "INTO",
    "IS",
    "JOIN",
    "LATERAL",
    "LEFT",
    "LESS",
    "LIKE",
    "LOCAL",
    "MACRO",
    "MAP",
    "MORE",
    "NONE",
    "NOT",
    "NULL",
    "NUMERIC",
    "OF",
    "ON",
    "ONLY",
    "OR",
    "ORDER",
    "OUT",
    "OUTER",
    "OVER",
    "PARTIALSCAN",
    "PARTITION",
    "PERCENT",
    "PRECEDING",
    "PRECISION",
    "PRESERVE",
    "PRIMARY",
    "PROCEDURE",
    "RANGE",
    "READS",
    "REDUCE",
    "REFERENCES",
    "REGEXP",
    "REVOKE",
    "RIGHT",
    "RLIKE",
    "ROLLBACK",
    "ROLLUP",
    "ROW",
    "ROWS",
    "SELECT",
    "SET",
    "SMALLINT",
    "START",
    "TABLE",
    "TABLESAMPLE",
    "THEN",
    "TIME",
    "TIMESTAMP",
    "TO",
    "TRANSFORM",
    "TRIGGER",
    "TRUE",
    "TRUNCATE",
    "UNBOUNDED",
    "UNION",
    "UNIQUEJOIN",
    "UPDATE",
    "USER",
    "USING",
    "UTC_TIMESTAMP",
    "VALUES",
    "VARCHAR",
    "VIEWS",
    "WHEN",
    "WHERE",
    "WINDOW",
    "WITH",
];

/// A text as a literal of a query. Hive's DDL escapes differently.
pub fn string(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl Quotes {
    /// The name as such a statement has to write it: quoted where it is no plain word, is
    /// reserved, or begins with what the parser takes for something else.
    pub fn name(self, name: &str) -> String {
        if self.takes_plain(name) { name.to_owned() } else { self.around(name) }
    }

    /// In quotes, needed or not.
    pub fn around(self, name: &str) -> String {
        match self {
            Self::Double => format!("\"{}\"", name.replace('"', "\"\"")),
            Self::Backtick => format!("`{}`", name.replace('`', "``")),
        }
    }

    fn takes_plain(self, name: &str) -> bool {
        // Athena wants names that begin with an underscore in backticks.
        let first = |c: char| c.is_ascii_alphabetic() || (c == '_' && self == Self::Double);
        let reserved = match self {
            Self::Double => IN_QUERIES,
            Self::Backtick => IN_DDL,
        };
        name.starts_with(first)
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && reserved.binary_search(&&*name.to_ascii_uppercase()).is_err()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_parser_has_its_quotes_and_words() {
        let (query, ddl) = (Quotes::Double, Quotes::Backtick);
        assert_eq!(query.name("info.af"), "\"info.af\"");
        assert_eq!(query.name("order"), "\"order\"");
        assert_eq!(query.name("2024"), "\"2024\"");
        assert_eq!(query.name("a\"b"), "\"a\"\"b\"");
        assert_eq!(
            (query.name("dp"), query.name("_x"), query.name("date")),
            ("dp".into(), "_x".into(), "date".into())
        );
        assert_eq!(ddl.name("date"), "`date`");
        assert_eq!((ddl.name("_x"), ddl.name("first")), ("`_x`".into(), "first".into()));
        assert_eq!(ddl.name("a`b"), "`a``b`");
        assert_eq!(query.name(""), "\"\"");
    }

    #[test]
    fn the_lists_are_sorted() {
        for list in [IN_QUERIES, IN_DDL] {
            let wrong: Vec<_> = list.windows(2).filter(|pair| pair[0] >= pair[1]).collect();
            assert!(wrong.is_empty(), "{wrong:?}");
        }
    }
}
