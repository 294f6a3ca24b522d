//! What a statement is about, read once: its verb, the tables, the names in its conditions.

use std::collections::BTreeSet;

use super::lexer::{Token, significant};
use super::tables::{self, Named, name_of};
use super::verb::verb;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reading {
    /// Upper-case; empty where there is none.
    pub verb: String,
    /// Behind FROM and JOIN, in order.
    pub tables: Vec<Named>,
    /// The names behind the first WHERE, ON or USING.
    conditions: BTreeSet<String>,
    paid: bool,
}

impl Reading {
    pub fn of(sql: &str) -> Self {
        let words: Vec<Token> = significant(sql).collect();
        let first = words
            .iter()
            .position(|word| ["WHERE", "ON", "USING"].iter().any(|keyword| word.is(sql, keyword)));
        let behind = first.map_or(&[][..], |at| &words[at..]);
        let verb = verb(sql).name().to_owned();
        let tables = tables::among(sql, &words);
        let paid = match verb.as_str() {
            "SELECT" | "WITH" | "INSERT" | "UNLOAD" | "MERGE" | "DELETE" | "UPDATE" => true,
            // A table is made of rows that are read, a view of nothing but its text.
            "CREATE" => words.get(1).is_some_and(|word| word.is(sql, "TABLE")),
            _ => false,
        };
        Self {
            verb,
            paid: paid && !tables.is_empty(),
            tables,
            conditions: behind.iter().filter_map(|token| name_of(sql, token)).collect(),
        }
    }

    /// True where it names one of these columns in a condition: it may then leave partitions
    /// out. It errs on the side of yes.
    pub fn picks<'a>(&self, mut columns: impl Iterator<Item = &'a str>) -> bool {
        columns.any(|column| self.conditions.contains(column))
    }

    /// True where running it reads tables and is paid for by what it reads.
    pub fn is_paid(&self) -> bool {
        self.paid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_counts_behind_where() {
        let picks = |sql: &str, columns: &[&str]| Reading::of(sql).picks(columns.iter().copied());
        assert!(picks("select * from t where CHROM = '1'", &["chrom"]));
        assert!(picks("select * from t v where v.\"chrom\" in ('1')", &["chrom", "day"]));
        assert!(!picks("select chrom from t", &["chrom"]));
        assert!(!picks("select 1 from t where x = 'chrom'", &["chrom"]));
    }

    #[test]
    fn what_only_tells_is_not_paid() {
        assert!(Reading::of("with a as (select 1 from t) select * from a").is_paid());
        assert!(Reading::of("create table c as select * from t").is_paid());
        for free in ["select 1", "show tables from d", "create view v as select * from t"] {
            assert!(!Reading::of(free).is_paid(), "{free}");
        }
    }
}
