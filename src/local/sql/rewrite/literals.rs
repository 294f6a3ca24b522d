//! Whole numbers: an `integer` where they fit one, else a `bigint`. The engine below makes a
//! bigint of each, so that small ones are cast; the optimiser folds that away.

use datafusion::sql::sqlparser::ast::{
    CastKind, DataType, Expr, Function, GroupByExpr, LimitClause, OrderByKind, Query, Select,
    Value, WindowFrame, WindowFrameBound, WindowType,
};

/// An integer, where the digits are those of one.
pub fn integer(digits: &str) -> Option<Expr> {
    digits.parse::<i32>().ok()?;
    Some(Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(Expr::value(Value::Number(digits.to_owned(), false))),
        data_type: DataType::Integer(None),
        array: false,
        format: None,
    })
}

/// Undoes it: in some places a number is not a value. No other cast of this kind is about, since
/// the statement's own have become function calls.
pub fn plain(expr: &mut Expr) {
    if let Expr::Cast { expr: inner, data_type: DataType::Integer(None), .. } = expr {
        *expr = std::mem::replace(inner.as_mut(), Expr::value(Value::Null));
    }
}

/// ORDER BY 1, LIMIT 1, OFFSET 1.
pub fn plain_query(query: &mut Query) {
    if let Some(order) = &mut query.order_by
        && let OrderByKind::Expressions(items) = &mut order.kind
    {
        items.iter_mut().for_each(|item| plain(&mut item.expr));
    }
    if let Some(LimitClause::LimitOffset { limit, offset, .. }) = &mut query.limit_clause {
        limit.iter_mut().for_each(plain);
        offset.iter_mut().for_each(|offset| plain(&mut offset.value));
    }
}

/// GROUP BY 1.
pub fn plain_select(select: &mut Select) {
    if let GroupByExpr::Expressions(items, _) = &mut select.group_by {
        items.iter_mut().for_each(plain);
    }
}

/// ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING.
pub fn plain_frame(function: &mut Function) {
    if let Some(WindowType::WindowSpec(spec)) = &mut function.over
        && let Some(WindowFrame { start_bound, end_bound, .. }) = &mut spec.window_frame
    {
        for bound in std::iter::once(start_bound).chain(end_bound) {
            if let WindowFrameBound::Preceding(Some(n)) | WindowFrameBound::Following(Some(n)) =
                bound
            {
                plain(n);
            }
        }
    }
}
