//! Athena's (Trino's) lexical rules and the prefix expressions that sqlparser lacks.

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident,
    ObjectName, Value,
};
use datafusion::sql::sqlparser::dialect::Dialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Span, Token};

/// The dialect. `CAST(x AS T)` becomes `athena_cast(x, 'T')`: Trino's types (`row(a int)`,
/// `array(varchar)`) and its rules of conversion are not those of the engine below.
#[derive(Debug)]
pub struct AthenaDialect;

impl Dialect for AthenaDialect {
    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        ch == '"' || ch == '`'
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        ch.is_alphabetic() || ch == '_'
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        ch.is_alphanumeric() || ch == '_' || ch == '@' || ch == ':'
    }

    fn supports_filter_during_aggregation(&self) -> bool {
        true
    }

    fn supports_within_after_array_aggregation(&self) -> bool {
        true
    }

    fn supports_group_by_expr(&self) -> bool {
        true
    }

    fn supports_lambda_functions(&self) -> bool {
        true
    }

    fn supports_window_clause_named_window_reference(&self) -> bool {
        true
    }

    fn parse_prefix(&self, parser: &mut Parser<'_>) -> Option<Result<Expr, ParserError>> {
        let token = parser.peek_token();
        let Token::Word(word) = &token.token else {
            return None;
        };
        if word.quote_style.is_some() {
            return None;
        }
        let span = token.span;
        let after = parser.peek_nth_token(1).token;
        match (word.keyword, &after) {
            (Keyword::CAST, Token::LParen) => Some(cast(parser, "athena_cast", span)),
            (Keyword::TRY_CAST, Token::LParen) => Some(cast(parser, "athena_try_cast", span)),
            (Keyword::DATE | Keyword::TIMESTAMP | Keyword::TIME, Token::SingleQuotedString(s)) => {
                let kind = match word.keyword {
                    Keyword::DATE => "date",
                    Keyword::TIME => "time",
                    _ if has_zone(s) => "timestamp with time zone",
                    _ => "timestamp",
                };
                Some(typed_literal(parser, kind, s.clone(), span))
            }
            (Keyword::DECIMAL | Keyword::DOUBLE | Keyword::JSON, Token::SingleQuotedString(s)) => {
                let kind = match word.keyword {
                    Keyword::DECIMAL => decimal_type(s),
                    Keyword::JSON => {
                        let value = text(s.clone());
                        parser.next_token();
                        parser.next_token();
                        return Some(Ok(call("json_parse", vec![value], span)));
                    }
                    _ => "double".into(),
                };
                Some(typed_literal(parser, &kind, s.clone(), span))
            }
            _ => None,
        }
    }
}

/// A call of a function by its lower-case name.
pub fn call(name: &str, args: Vec<Expr>, span: Span) -> Expr {
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::with_span(span, name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: args
                .into_iter()
                .map(|e| FunctionArg::Unnamed(FunctionArgExpr::Expr(e)))
                .collect(),
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

/// A string literal.
pub fn text(value: impl Into<String>) -> Expr {
    Expr::value(Value::SingleQuotedString(value.into()))
}

/// An integer literal.
pub fn number(value: i64) -> Expr {
    Expr::value(Value::Number(value.to_string(), false))
}

fn typed_literal(
    parser: &mut Parser<'_>,
    kind: &str,
    value: String,
    span: Span,
) -> Result<Expr, ParserError> {
    parser.next_token();
    parser.next_token();
    Ok(call("athena_cast", vec![text(value), text(kind)], span))
}

/// `DECIMAL '10.25'` is decimal(4,2).
fn decimal_type(literal: &str) -> String {
    let digits = literal.chars().filter(char::is_ascii_digit).count().max(1);
    let scale = literal.split_once('.').map_or(0, |(_, f)| f.len());
    format!("decimal({digits},{scale})")
}

/// True where a timestamp literal names a zone: `2024-01-01 00:00:00 UTC`, `… +02:00`.
fn has_zone(literal: &str) -> bool {
    let time = literal.trim().split_once([' ', 'T']).map_or("", |(_, t)| t);
    time.contains(['+', '-', 'Z']) || time.contains(|c: char| c.is_ascii_alphabetic())
}

fn cast(parser: &mut Parser<'_>, name: &str, span: Span) -> Result<Expr, ParserError> {
    parser.next_token();
    parser.expect_token(&Token::LParen)?;
    let value = parser.parse_expr()?;
    parser.expect_keyword(Keyword::AS)?;
    let kind = parse_type(parser)?;
    parser.expect_token(&Token::RParen)?;
    Ok(call(name, vec![value, text(kind)], span))
}

/// Reads one Trino type and answers it in a canonical lower-case spelling.
pub fn parse_type(parser: &mut Parser<'_>) -> Result<String, ParserError> {
    let token = parser.next_token();
    let Token::Word(word) = &token.token else {
        return parser.expected("a type", token);
    };
    let name = word.value.to_lowercase();
    let inner = match name.as_str() {
        "array" => vec![bracketed(parser, |p| Ok(vec![parse_type(p)?]))?],
        "map" => vec![bracketed(parser, |p| {
            let key = parse_type(p)?;
            p.expect_token(&Token::Comma)?;
            Ok(vec![key, parse_type(p)?])
        })?],
        "row" => vec![bracketed(parser, |p| {
            let mut fields = Vec::new();
            loop {
                fields.push(parse_field(p, fields.len())?);
                if !p.consume_token(&Token::Comma) {
                    return Ok(fields);
                }
            }
        })?],
        "double" => {
            let _ = parser.parse_keyword(Keyword::PRECISION);
            Vec::new()
        }
        _ => sizes(parser)?,
    };
    let mut kind = name.clone();
    if !inner.is_empty() {
        kind = format!("{name}({})", inner.join(","));
    }
    if matches!(name.as_str(), "timestamp" | "time") {
        if parser.parse_keywords(&[Keyword::WITH, Keyword::TIME, Keyword::ZONE]) {
            return Ok(format!("{name} with time zone"));
        }
        let _ = parser.parse_keywords(&[Keyword::WITHOUT, Keyword::TIME, Keyword::ZONE]);
        return Ok(name);
    }
    Ok(kind)
}

/// A field of a row: `name type`, or a bare type.
fn parse_field(parser: &mut Parser<'_>, at: usize) -> Result<String, ParserError> {
    let named = match (parser.peek_token().token, parser.peek_nth_token(1).token) {
        (Token::Word(first), Token::Word(_)) => {
            first.quote_style.is_some()
                || !matches!(first.keyword, Keyword::DOUBLE | Keyword::TIMESTAMP | Keyword::TIME)
        }
        _ => false,
    };
    let name =
        if named { parser.parse_identifier()?.value.to_lowercase() } else { format!("field{at}") };
    Ok(format!("\"{name}\" {}", parse_type(parser)?))
}

fn bracketed(
    parser: &mut Parser<'_>,
    inside: impl FnOnce(&mut Parser<'_>) -> Result<Vec<String>, ParserError>,
) -> Result<String, ParserError> {
    let angle = parser.consume_token(&Token::Lt);
    if !angle {
        parser.expect_token(&Token::LParen)?;
    }
    let parts = inside(parser)?;
    parser.expect_token(if angle { &Token::Gt } else { &Token::RParen })?;
    Ok(parts.join(","))
}

fn sizes(parser: &mut Parser<'_>) -> Result<Vec<String>, ParserError> {
    let mut sizes = Vec::new();
    if parser.consume_token(&Token::LParen) {
        loop {
            sizes.push(parser.parse_literal_uint()?.to_string());
            if !parser.consume_token(&Token::Comma) {
                break;
            }
        }
        parser.expect_token(&Token::RParen)?;
    }
    Ok(sizes)
}
