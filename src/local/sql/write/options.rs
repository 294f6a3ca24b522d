//! `WITH (format = 'PARQUET', partitioned_by = ARRAY['day'], …)`.

use datafusion::sql::sqlparser::ast::{Expr, Value};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::Token;

use super::file::{Compression, Format};
use crate::local::sql::error::SqlError;
use crate::local::sql::parse::Source;

/// How LazySimpleSerDe's lines are laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextLayout {
    pub field: char,
    /// Stands before what would end a field.
    pub escape: Option<char>,
    pub null: String,
    /// Each file begins with the columns' names.
    pub header: bool,
}

impl Default for TextLayout {
    fn default() -> Self {
        Self { field: '\u{1}', escape: None, null: "\\N".to_owned(), header: false }
    }
}

/// The properties of CTAS and UNLOAD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    pub format: Format,
    pub compression: Compression,
    pub text: TextLayout,
    pub partitioned_by: Vec<String>,
    pub external_location: Option<String>,
}

impl Options {
    /// Suffix of the files' names.
    pub fn suffix(&self) -> &'static str {
        match (self.format, self.compression) {
            (Format::Text | Format::Json, Compression::Gzip) => ".gz",
            _ => "",
        }
    }
}

/// Reads the properties, if the word WITH and a bracket stand here.
pub fn parse(
    parser: &mut Parser<'_>,
    source: &Source,
    default: Format,
) -> Result<Options, SqlError> {
    let mut format = default;
    let mut compression = None;
    let mut options = Options {
        format,
        compression: Compression::None,
        text: TextLayout::default(),
        partitioned_by: Vec::new(),
        external_location: None,
    };
    let open = parser.peek_nth_token(1).token == Token::LParen;
    if open && parser.parse_keyword(Keyword::WITH) {
        parser.expect_token(&Token::LParen).map_err(|e| source.error(e))?;
        loop {
            let name = parser.parse_identifier().map_err(|e| source.error(e))?;
            parser.expect_token(&Token::Eq).map_err(|e| source.error(e))?;
            let value = parser.parse_expr().map_err(|e| source.error(e))?;
            let name = name.value.to_lowercase();
            let text = || text_of(&value).ok_or_else(|| wrong(&name));
            match name.as_str() {
                "format" => format = Format::named(&text()?)?,
                "write_compression" | "compression" | "parquet_compression" => {
                    compression = Some(text()?);
                }
                "field_delimiter" => {
                    options.text.field = text()?.chars().next().ok_or_else(|| wrong(&name))?;
                }
                "external_location" => options.external_location = Some(text()?),
                "partitioned_by" => {
                    options.partitioned_by = list_of(&value).ok_or_else(|| wrong(&name))?;
                }
                "table_type" if text()?.eq_ignore_ascii_case("hive") => {}
                "is_external" => {}
                other => {
                    return Err(SqlError::user(format!(
                        "NOT_SUPPORTED: the property '{other}' is not supported by the local lake"
                    )));
                }
            }
            if !parser.consume_token(&Token::Comma) {
                break;
            }
        }
        parser.expect_token(&Token::RParen).map_err(|e| source.error(e))?;
    }
    options.format = format;
    options.compression = Compression::named(compression.as_deref(), format)?;
    Ok(options)
}

fn wrong(name: &str) -> SqlError {
    SqlError::user(format!("INVALID_TABLE_PROPERTY: the value of '{name}' is not of its type"))
}

fn text_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text.clone()),
            Value::Boolean(flag) => Some(flag.to_string()),
            Value::Number(digits, _) => Some(digits.clone()),
            _ => None,
        },
        _ => None,
    }
}

fn list_of(expr: &Expr) -> Option<Vec<String>> {
    match expr {
        Expr::Array(array) => {
            array.elem.iter().map(|e| text_of(e).map(|t| t.to_lowercase())).collect()
        }
        _ => None,
    }
}
