//! Operators whose types Trino decides otherwise.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, Operator, cast};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use crate::local::sql::error::SqlError;
use crate::local::sql::types::column_info;

/// Decimal division keeps the greater scale; text and numbers do not compare.
#[derive(Debug)]
pub struct AthenaOperators;

impl ExprPlanner for AthenaOperators {
    fn plan_binary_op(
        &self,
        expr: RawBinaryExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        // Types are looked up recursively: only where they matter.
        if !is_comparison(&expr.op) && expr.op != BinaryOperator::Divide {
            return Ok(PlannerResult::Original(expr));
        }
        let (Ok((_, left)), Ok((_, right))) =
            (expr.left.to_field(schema), expr.right.to_field(schema))
        else {
            return Ok(PlannerResult::Original(expr));
        };
        let (l, r) = (left.data_type(), right.data_type());
        if is_comparison(&expr.op)
            && ((l.is_string() && r.is_numeric()) || (l.is_numeric() && r.is_string()))
        {
            let name = |field| column_info("", field).r#type;
            return Err(SqlError::user(format!(
                "TYPE_MISMATCH: Cannot apply operator: {} {} {}",
                name(&left),
                expr.op,
                name(&right)
            ))
            .into());
        }
        if expr.op == BinaryOperator::Divide
            && let (Some((_, a)), Some((_, b))) = (decimal(l), decimal(r))
            && (matches!(l, DataType::Decimal128(..)) || matches!(r, DataType::Decimal128(..)))
        {
            let divided = Expr::BinaryExpr(BinaryExpr::new(
                Box::new(expr.left),
                Operator::Divide,
                Box::new(expr.right),
            ));
            return Ok(PlannerResult::Planned(cast(divided, DataType::Decimal128(38, a.max(b)))));
        }
        Ok(PlannerResult::Original(expr))
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
fn decimal(kind: &DataType) -> Option<(u8, i8)> {
    match kind {
        DataType::Decimal128(p, s) => Some((*p, *s)),
        kind if kind.is_integer() => Some((19, 0)),
        _ => None,
    }
}
