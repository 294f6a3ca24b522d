//! `TRY(x)`: the same expression with every part that may fail made to answer NULL.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Function, Ident, ObjectName, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::take;
use crate::local::sql::dialect::{call, number};
use crate::local::sql::functions::LENIENT;

/// Makes an expression lenient.
pub fn lenient(mut expr: Expr) -> Expr {
    let _ = expr.visit(&mut Lenient);
    expr
}

struct Lenient;

impl VisitorMut for Lenient {
    type Break = ();

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::Function(function) => rename(function),
            Expr::BinaryOp {
                op: BinaryOperator::Divide | BinaryOperator::Modulo, right, ..
            } => {
                let divisor = take(right);
                **right = call("nullif", vec![divisor, number(0)], Span::empty());
            }
            Expr::BinaryOp {
                op: BinaryOperator::Plus | BinaryOperator::Minus | BinaryOperator::Multiply,
                right,
                ..
            } => {
                let operand = take(right);
                **right = call(LENIENT, vec![operand], Span::empty());
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

fn rename(function: &mut Function) {
    let new = match function.name.to_string().trim_matches('"') {
        "athena_cast" => "athena_try_cast",
        "date_parse" => "try_date_parse",
        "parse_datetime" => "try_parse_datetime",
        "from_iso8601_timestamp" => "try_from_iso8601_timestamp",
        "from_iso8601_date" => "try_from_iso8601_date",
        "json_parse" => "try_json_parse",
        "athena_subscript" => "element_at",
        _ => return,
    };
    function.name = ObjectName::from(vec![Ident::new(new)]);
}
