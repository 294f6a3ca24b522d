//! Operators whose types Trino decides otherwise.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DFSchema, Result, Spans};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, Operator, cast};
use datafusion::sql::sqlparser::ast::BinaryOperator;
use datafusion::sql::sqlparser::tokenizer::Location;

use crate::local::sql::error::SqlError;
use crate::local::sql::functions::{LENIENT, checked};
use crate::local::sql::types::column_info;

/// Decimals have Trino's precision and scale, whole numbers do not overflow unnoticed, text and
/// numbers do not compare.
#[derive(Debug)]
pub struct AthenaOperators;

impl ExprPlanner for AthenaOperators {
    fn plan_binary_op(
        &self,
        mut expr: RawBinaryExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        let lenient = unmark(&mut expr.right);
        // Types are looked up recursively: only where they matter.
        if !is_comparison(&expr.op) && arithmetic(&expr.op).is_none() {
            return Ok(PlannerResult::Original(expr));
        }
        let (Ok((_, left)), Ok((_, right))) =
            (expr.left.to_field(schema), expr.right.to_field(schema))
        else {
            return Ok(PlannerResult::Original(expr));
        };
        let (l, r) = (left.data_type(), right.data_type());
        if (l.is_string() && r.is_numeric()) || (l.is_numeric() && r.is_string()) {
            let name = |field| column_info("", field).r#type;
            let near = expr.left.spans().and_then(Spans::first).map(|span| span.start);
            let message = format!(
                "TYPE_MISMATCH: Cannot apply operator: {} {} {}",
                name(&left),
                expr.op,
                name(&right)
            );
            let near = near.map(|at| Location::new(at.line, at.column));
            return Err(SqlError { near, ..SqlError::user(message) }.into());
        }
        let Some(operator) = arithmetic(&expr.op) else {
            return Ok(PlannerResult::Original(expr));
        };
        if l.is_signed_integer()
            && r.is_signed_integer()
            && let Some(function) = checked(operator, lenient)
        {
            return Ok(PlannerResult::Planned(function.call(vec![expr.left, expr.right])));
        }
        let is_decimal = |kind: &DataType| matches!(kind, DataType::Decimal128(..));
        if (is_decimal(l) || is_decimal(r))
            && let (Some(a), Some(b)) = (decimal(l), decimal(r))
            && let Some(to) = result(operator, a, b)
        {
            return Ok(PlannerResult::Planned(decimals(operator, expr, (l, a), (r, b), to)));
        }
        Ok(PlannerResult::Original(expr))
    }
}

/// Takes the mark of TRY off an operand; whether it was there.
fn unmark(operand: &mut Expr) -> bool {
    match operand {
        Expr::ScalarFunction(mark) if mark.func.name() == LENIENT => {
            if let Some(inner) = mark.args.pop() {
                *operand = inner;
            }
            true
        }
        _ => false,
    }
}

type Decimal = (u8, i8);

/// The type of a result, by Trino's rules; None where there is none.
fn result(operator: char, (p1, s1): Decimal, (p2, s2): Decimal) -> Option<Decimal> {
    let (wide, most) = (|p: i32| p.clamp(1, 38) as u8, s1.max(s2));
    let (p1, p2) = (i32::from(p1), i32::from(p2));
    let (s1, s2) = (i32::from(s1), i32::from(s2));
    match operator {
        '+' | '-' => Some((wide((p1 - s1).max(p2 - s2) + s1.max(s2) + 1), most)),
        '*' if s1 + s2 <= 38 => Some((wide(p1 + p2), (s1 + s2) as i8)),
        '/' => Some((wide(p1 + s2 + (s2 - s1).max(0)), most)),
        _ => None,
    }
}

/// Operands are of decimal types of their own before, and the result is of `to` after.
fn decimals(
    operator: char,
    expr: RawBinaryExpr,
    (l, (p, s)): (&DataType, Decimal),
    (r, b): (&DataType, Decimal),
    to: Decimal,
) -> Expr {
    let of = |(p, s): Decimal| DataType::Decimal128(p, s);
    let as_decimal = |expr: Expr, from: &DataType, kind: DataType| {
        if *from == kind { expr } else { cast(expr, kind) }
    };
    // A quotient has four digits more than what is divided: enough to round, once it has as many
    // as the result.
    let left = match operator {
        '/' if to.1 > s => of(((i32::from(p) + i32::from(to.1 - s)).min(38) as u8, to.1)),
        _ => of((p, s)),
    };
    let operation = match operator {
        '+' => Operator::Plus,
        '-' => Operator::Minus,
        '*' => Operator::Multiply,
        _ => Operator::Divide,
    };
    let made = Expr::BinaryExpr(BinaryExpr::new(
        Box::new(as_decimal(expr.left, l, left)),
        operation,
        Box::new(as_decimal(expr.right, r, of(b))),
    ));
    cast(made, of(to))
}

/// The sign of an operator that calculates.
fn arithmetic(op: &BinaryOperator) -> Option<char> {
    match op {
        BinaryOperator::Plus => Some('+'),
        BinaryOperator::Minus => Some('-'),
        BinaryOperator::Multiply => Some('*'),
        BinaryOperator::Divide => Some('/'),
        _ => None,
    }
}

fn is_comparison(op: &BinaryOperator) -> bool {
    matches!(
        op,
        BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::Lt
            | BinaryOperator::LtEq
            | BinaryOperator::Gt
            | BinaryOperator::GtEq
    )
}

/// Precision and scale of a decimal or whole number.
fn decimal(kind: &DataType) -> Option<Decimal> {
    Some(match kind {
        DataType::Decimal128(p, s) => (*p, *s),
        DataType::Int8 => (3, 0),
        DataType::Int16 => (5, 0),
        DataType::Int32 => (10, 0),
        DataType::Int64 => (19, 0),
        _ => return None,
    })
}
