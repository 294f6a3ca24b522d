//! What a statement fails with: the sentence that Athena puts into StateChangeReason.

use datafusion::arrow::error::ArrowError;
use datafusion::common::{DataFusionError, SchemaError};
use datafusion::sql::sqlparser::tokenizer::Location;

use super::parse::Source;

/// Whose fault a failure is (AthenaError.ErrorCategory).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    System = 1,
    User = 2,
}

/// A statement's failure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SqlError {
    pub category: Category,
    pub message: String,
    /// Where in the statement what it is about begins, for one who knows the text to place it.
    pub near: Option<Location>,
}

impl SqlError {
    /// The statement or the data is wrong.
    pub fn user(message: impl Into<String>) -> Self {
        Self { category: Category::User, message: message.into(), near: None }
    }

    /// The engine, the disk or the catalog is.
    pub fn system(message: impl Into<String>) -> Self {
        Self { category: Category::System, message: message.into(), near: None }
    }

    /// A failure of planning or execution, told in Athena's words; `source` gives positions.
    pub fn from_engine(error: &DataFusionError, source: &Source) -> Self {
        let root = error.find_root();
        if let Some(own) = own(error).or_else(|| own(root)) {
            return own.placed(source);
        }
        match root {
            DataFusionError::SchemaError(schema, _) => schema_error(schema, source),
            DataFusionError::ArrowError(arrow, _) => Self::user(arrow_error(arrow)),
            DataFusionError::ResourcesExhausted(why) => Self::user(format!(
                "EXCEEDED_LOCAL_MEMORY_LIMIT: The query needs more memory than the local lake gives: {}",
                first_sentence(why)
            )),
            DataFusionError::NotImplemented(why) => {
                Self::user(format!("NOT_SUPPORTED: {}", first_sentence(why)))
            }
            DataFusionError::Plan(why) => Self::user(plan_error(why, source)),
            DataFusionError::Execution(why) => Self::user(execution_error(why)),
            // The runtime under the query is shutting down; nothing is wrong with the query.
            DataFusionError::ExecutionJoin(join) if join.is_cancelled() => {
                Self::system(crate::local::process::ORPHANED)
            }
            other => {
                let text = other.strip_backtrace();
                Self::user(format!("GENERIC_INTERNAL_ERROR: {}", first_sentence(&text)))
            }
        }
    }
}

impl SqlError {
    /// Says where the operator or the function stands that does not take its operands, as far as
    /// the text tells.
    fn placed(self, source: &Source) -> Self {
        let place = |at: Location| format!("line {}:{}: ", at.line, at.column);
        let operator = self.message.strip_prefix(CANNOT_APPLY).and_then(|operands| {
            let found = OPERATORS.iter().find(|op| operands.contains(&format!(" {op} ")))?;
            Some((&self.message[..KIND_ENDS], source.operator(found, self.near)?))
        });
        let function = || {
            let name = self.message.strip_prefix(UNEXPECTED)?.rsplit(' ').next()?;
            Some((&self.message[..UNEXPECTED_ENDS], source.locate(name)?))
        };
        match operator.or_else(function) {
            None => self,
            Some((kind, at)) => {
                let message = format!("{kind}{}{}", place(at), &self.message[kind.len()..]);
                Self { message, ..self }
            }
        }
    }
}

const CANNOT_APPLY: &str = "TYPE_MISMATCH: Cannot apply operator: ";
const KIND_ENDS: usize = "TYPE_MISMATCH: ".len();
const UNEXPECTED: &str = "FUNCTION_NOT_FOUND: Unexpected parameters ";
const UNEXPECTED_ENDS: usize = "FUNCTION_NOT_FOUND: ".len();
const OPERATORS: [&str; 12] = ["=", "<>", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%"];

/// One of our own errors that travelled through the engine.
fn own(error: &DataFusionError) -> Option<SqlError> {
    match error {
        DataFusionError::External(inner) => inner.downcast_ref::<SqlError>().cloned(),
        DataFusionError::ArrowError(arrow, _) => match arrow.as_ref() {
            ArrowError::ExternalError(inner) => inner.downcast_ref::<SqlError>().cloned(),
            _ => None,
        },
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => own(inner),
        DataFusionError::Shared(inner) => own(inner),
        _ => None,
    }
}

impl From<SqlError> for DataFusionError {
    fn from(error: SqlError) -> Self {
        DataFusionError::External(Box::new(error))
    }
}

fn schema_error(error: &SchemaError, source: &Source) -> SqlError {
    match error {
        SchemaError::FieldNotFound { field, .. } => {
            let name = match &field.relation {
                Some(relation) => format!("{}.{}", relation.table(), field.name),
                None => field.name.clone(),
            };
            SqlError::user(format!(
                "COLUMN_NOT_FOUND: {}Column '{name}' cannot be resolved or requester is not authorized to access requested resources",
                source.position_of(&field.name)
            ))
        }
        SchemaError::AmbiguousReference { field } => SqlError::user(format!(
            "AMBIGUOUS_NAME: {}Column '{}' is ambiguous",
            source.position_of(&field.name),
            field.name
        )),
        other => SqlError::user(format!("SYNTAX_ERROR: {}", first_sentence(&other.to_string()))),
    }
}

fn plan_error(why: &str, source: &Source) -> String {
    let text = first_sentence(why);
    // "Column in SELECT must be in GROUP BY …: … column "t.x" must appear in the GROUP BY clause …"
    if text.contains("must appear in the GROUP BY clause")
        && let Some(column) = between(&text, "column \"", "\"")
    {
        let name = column.rsplit('.').next().unwrap_or(column);
        return format!(
            "EXPRESSION_NOT_AGGREGATE: {}'{name}' must be an aggregate expression or appear in GROUP BY clause",
            source.position_of(name)
        );
    }
    if let Some(kind) = ["TYPE_MISMATCH", "FUNCTION_NOT_FOUND", "NOT_SUPPORTED"]
        .iter()
        .find(|k| text.starts_with(**k))
    {
        return format!("{kind}{}", &text[kind.len()..]);
    }
    format!("SYNTAX_ERROR: {text}")
}

fn execution_error(why: &str) -> String {
    if why.contains("Divide by zero") || why.contains("divide by zero") {
        return "DIVISION_BY_ZERO: Division by zero".into();
    }
    format!("GENERIC_USER_ERROR: {}", first_sentence(why))
}

fn arrow_error(error: &ArrowError) -> String {
    match error {
        ArrowError::DivideByZero => "DIVISION_BY_ZERO: Division by zero".into(),
        ArrowError::CastError(why) => {
            format!("INVALID_CAST_ARGUMENT: {}", first_sentence(why))
        }
        ArrowError::ArithmeticOverflow(why) => {
            format!("NUMERIC_VALUE_OUT_OF_RANGE: {}", first_sentence(why))
        }
        ArrowError::ParseError(why) | ArrowError::ComputeError(why) => execution_error(why),
        other => format!("GENERIC_INTERNAL_ERROR: {other}"),
    }
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let start = text.find(open)? + open.len();
    let end = text[start..].find(close)? + start;
    Some(&text[start..end])
}

/// One line without a backtrace: an error is a sentence.
fn first_sentence(text: &str) -> String {
    let text = text.split("\n\nbacktrace").next().unwrap_or(text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
