//! `PREPARE name FROM statement`, `EXECUTE name USING …`, `DEALLOCATE PREPARE name`.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::Token;

use super::error::SqlError;
use super::parse::{Source, text_between, text_from};
use super::statement::{Kind, classify};

/// A statement about a prepared statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prepared {
    Prepare {
        name: String,
        statement: String,
    },
    /// The values as they are written, for the `?` in order.
    Execute {
        name: String,
        values: Vec<String>,
    },
    Deallocate {
        name: String,
    },
}

/// Reads one; None where the statement is of another kind.
///
/// # Errors
/// A sentence with its place, where it is none of these after all.
pub fn prepared(sql: &str) -> Result<Option<Prepared>, SqlError> {
    if classify(sql)?.kind != Kind::Prepared {
        return Ok(None);
    }
    let source = Source::new(sql)?;
    let mut parser = source.parser();
    let fail = |e| source.error(e);
    if parser.parse_keyword(Keyword::PREPARE) {
        let name = parser.parse_identifier().map_err(fail)?.value;
        parser.expect_keyword(Keyword::FROM).map_err(fail)?;
        let statement = text_from(sql, parser.peek_token().span.start);
        let statement = statement.trim_end_matches(|c: char| c == ';' || c.is_whitespace());
        // What could not run is refused here.
        let class = classify(statement)?;
        if !matches!(class.kind, Kind::Query | Kind::Ctas | Kind::Insert | Kind::Unload) {
            return Err(SqlError::user(format!(
                "NOT_SUPPORTED: {} cannot be prepared: only SELECT, CREATE TABLE AS SELECT, INSERT INTO and UNLOAD can",
                class.sub
            )));
        }
        return Ok(Some(Prepared::Prepare { name, statement: statement.to_owned() }));
    }
    if parser.parse_keyword(Keyword::DEALLOCATE) {
        parser.expect_keyword(Keyword::PREPARE).map_err(fail)?;
        let name = parser.parse_identifier().map_err(fail)?.value;
        source.finish(&mut parser)?;
        return Ok(Some(Prepared::Deallocate { name }));
    }
    parser.expect_keyword(Keyword::EXECUTE).map_err(fail)?;
    let name = parser.parse_identifier().map_err(fail)?.value;
    let mut values = Vec::new();
    if parser.parse_keyword(Keyword::USING) {
        loop {
            let from = parser.peek_token().span.start;
            parser.parse_expr().map_err(fail)?;
            let next = parser.peek_token();
            let value = match next.token {
                Token::EOF => text_from(sql, from),
                _ => text_between(sql, from, next.span.start),
            };
            values.push(value.trim().to_owned());
            if !parser.consume_token(&Token::Comma) {
                break;
            }
        }
    }
    source.finish(&mut parser)?;
    Ok(Some(Prepared::Execute { name, values }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_kept_as_they_are_written() {
        assert_eq!(prepared("SELECT 1").unwrap(), None);
        assert_eq!(
            prepared("PREPARE Mine FROM\n SELECT a -- why\n FROM t WHERE b = ?;\n").unwrap(),
            Some(Prepared::Prepare {
                name: "Mine".into(),
                statement: "SELECT a -- why\n FROM t WHERE b = ?".into()
            })
        );
        assert_eq!(
            prepared("execute Mine using CAST('é, x' AS varchar) , -1, f(1, 2) ;").unwrap(),
            Some(Prepared::Execute {
                name: "Mine".into(),
                values: vec!["CAST('é, x' AS varchar)".into(), "-1".into(), "f(1, 2)".into()]
            })
        );
        assert_eq!(
            prepared("DEALLOCATE PREPARE Mine").unwrap(),
            Some(Prepared::Deallocate { name: "Mine".into() })
        );
        for wrong in ["PREPARE p FROM DROP TABLE t", "PREPARE p SELECT 1", "EXECUTE p USING 1 2"] {
            prepared(wrong).unwrap_err();
        }
    }
}
