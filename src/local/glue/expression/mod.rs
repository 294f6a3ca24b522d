//! The language of GetPartitions' `Expression`: a WHERE clause over partition keys.
//!
//! `=`, `<>`, `!=`, `<`, `<=`, `>`, `>=`, `IN`, `BETWEEN`, `LIKE`, `IS NULL`, `AND`, `OR`,
//! `NOT`, parentheses. A value is compared as its key's type says; a value that is not of
//! that type (as `__HIVE_DEFAULT_PARTITION__`) is NULL. See
//! [GetPartitions](https://docs.aws.amazon.com/glue/latest/webapi/API_GetPartitions.html).

mod eval;
mod lexer;
mod parser;

use crate::local::ApiError;

use super::fault::invalid;
use super::types::Column;
use parser::Node;

/// A parsed expression over the partition keys of one table.
#[derive(Debug)]
pub struct Expression {
    root: Node,
}

impl Expression {
    /// Parses and resolves the key names.
    ///
    /// # Errors
    /// InvalidInputException that says what was not understood, and where.
    pub fn parse(text: &str, keys: &[Column]) -> Result<Self, ApiError> {
        let parsed = lexer::lex(text).and_then(|tokens| parser::parse(tokens, keys));
        match parsed {
            Ok(root) => Ok(Self { root }),
            Err(why) => Err(invalid(format!("Unsupported expression: {why}."))),
        }
    }

    /// Whether a partition with these values is chosen. NULL counts as no.
    pub fn chooses(&self, values: &[String]) -> bool {
        eval::eval(&self.root, values) == Some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Vec<Column> {
        vec![
            Column::new("chrom", "string"),
            Column::new("year", "int"),
            Column::new("day", "date"),
            Column::new("share", "decimal(10,2)"),
        ]
    }

    fn chooses(text: &str, values: [&str; 4]) -> bool {
        let values = values.map(str::to_owned);
        Expression::parse(text, &keys()).unwrap().chooses(&values)
    }

    const ROW: [&str; 4] = ["chr17", "9", "2026-03-01", "1.50"];

    #[test]
    fn comparisons_are_typed_by_the_key() {
        assert!(chooses("year < 10", ROW), "numbers, not text");
        assert!(chooses("year = '09'", ROW), "a quoted number is a number");
        assert!(chooses("10 > year", ROW), "either way round");
        assert!(chooses("share = 1.5", ROW));
        assert!(chooses("chrom <> 'chr1' and chrom != 'chr2'", ROW));
        assert!(chooses("day >= DATE '2026-03-01'", ROW));
        assert!(!chooses("day > '2026-03-01'", ROW));
        assert!(chooses("year >= 9 AND year <= 9", ROW));
    }

    #[test]
    fn lists_ranges_and_patterns() {
        assert!(chooses("chrom IN ('chr1', 'chr17')", ROW));
        assert!(!chooses("chrom NOT IN ('chr1', 'chr17')", ROW));
        assert!(chooses("year BETWEEN 9 AND 12 AND chrom = 'chr17'", ROW));
        assert!(!chooses("year not between 1 and 20", ROW));
        assert!(chooses("chrom LIKE 'chr1_'", ROW));
        assert!(chooses("chrom like '%17'", ROW));
        assert!(!chooses("chrom LIKE 'chr'", ROW));
        assert!(chooses("chrom NOT LIKE '%x%'", ROW));
    }

    #[test]
    fn logic_binds_as_in_sql() {
        assert!(chooses("chrom='x' AND year=1 OR year=9", ROW));
        assert!(!chooses("chrom='x' AND (year=1 OR year=9)", ROW));
        assert!(chooses("NOT chrom = 'x' AND year = 9", ROW));
        assert!(chooses("((`chrom` = 'chr17'))", ROW));
        assert!(chooses("\"CHROM\" = 'chr17'", ROW));
    }

    #[test]
    fn a_value_of_another_type_is_null() {
        let row = ["__HIVE_DEFAULT_PARTITION__", "x", "", "-"];
        assert!(!chooses("year = 9", row));
        assert!(!chooses("NOT (year = 9)", row), "NULL stays NULL under NOT");
        assert!(chooses("year = 9 OR chrom IS NULL", row));
        assert!(chooses("year IS NULL AND day IS NULL", row));
        assert!(chooses("year IS NOT NULL", ROW));
    }

    #[test]
    fn quotes_in_literals() {
        assert!(chooses("chrom = 'it''s'", ["it's", "1", "", ""]));
        assert!(chooses("chrom LIKE '50\\%'", ["50%", "1", "", ""]));
        assert!(!chooses("chrom LIKE '50\\%'", ["50x", "1", "", ""]));
    }

    #[test]
    fn nonsense_is_refused_with_a_reason() {
        for text in [
            "",
            "year",
            "year =",
            "year = 1 AND",
            "(year = 1",
            "year = 1)",
            "nokey = 1",
            "year = 'x'",
            "year IN ()",
            "year LIKE 5",
            "chrom = 'open",
            "year ~ 1",
            "year = 1; drop",
            "1 = 1",
        ] {
            let error = Expression::parse(text, &keys()).expect_err(text);
            assert_eq!(error.code, "InvalidInputException", "{text}");
            assert!(error.message.starts_with("Unsupported expression: "), "{}", error.message);
        }
        let deep = format!("{}year = 1{}", "(".repeat(5000), ")".repeat(5000));
        assert!(Expression::parse(&deep, &keys()).is_err(), "no overflow");
    }
}
