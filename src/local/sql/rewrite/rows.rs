//! `(a, b) IN (…)`: rows of several values, which the engine below compares one by one only.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Ident, Query, TableFactor, UnaryOperator, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::parser::Parser;

use super::take;
use crate::local::sql::dialect::AthenaDialect;
use crate::local::sql::error::SqlError;

/// True of `(a, b)`.
pub fn is_row(expr: &Expr) -> bool {
    matches!(expr, Expr::Tuple(_))
}

/// `(a, b) IN ((1, 2), (3, 4))`.
pub fn in_list(row: &mut Expr, list: &mut [Expr], negated: bool) -> Result<Expr, SqlError> {
    let left = values(row);
    let mut any = None;
    for item in list {
        let right = match item {
            Expr::Tuple(right) if right.len() == left.len() => right,
            _ => return Err(counts()),
        };
        let pairs = left.iter().cloned().zip(right.iter_mut().map(take));
        let one = pairs.map(|(l, r)| binary(l, BinaryOperator::Eq, r)).reduce(and);
        let one = one.ok_or_else(counts)?;
        any = Some(match any {
            None => one,
            Some(any) => binary(any, BinaryOperator::Or, one),
        });
    }
    let any = Expr::Nested(Box::new(any.ok_or_else(counts)?));
    Ok(match negated {
        true => Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(any) },
        false => any,
    })
}

/// `(a, b) IN (SELECT …)` is whether a row of the query equals it. NOT IN is whether none does, nor
/// could for all that is known: NULL may equal anything.
pub fn in_query(row: &mut Expr, query: &mut Query, negated: bool) -> Result<Expr, SqlError> {
    let left = values(row);
    let column = |n: usize| format!("\u{1}in{n}");
    let names: Vec<String> = (0..left.len()).map(|n| format!("\"{}\"", column(n))).collect();
    let text = format!("SELECT 1 FROM (SELECT 1) AS \"\u{1}in\" ({}) WHERE true", names.join(", "));
    let parsed = Parser::new(&AthenaDialect).try_with_sql(&text).and_then(|mut p| p.parse_query());
    let mut exists = parsed.map_err(|e| SqlError::system(e.to_string()))?;
    let alike = left.into_iter().enumerate().map(|(n, value)| {
        let found = Expr::CompoundIdentifier(vec![
            Ident::with_quote('"', "\u{1}in"),
            Ident::with_quote('"', column(n)),
        ]);
        let equal = binary(value.clone(), BinaryOperator::Eq, found.clone());
        if !negated {
            return equal;
        }
        let unknown = |expr| Expr::IsNull(Box::new(expr));
        let either = [unknown(value), unknown(found)]
            .into_iter()
            .fold(equal, |all, one| binary(all, BinaryOperator::Or, one));
        Expr::Nested(Box::new(either))
    });
    let mut fill =
        Fill { query: Some(std::mem::replace(query, *exists.clone())), all: alike.reduce(and) };
    let _ = exists.visit(&mut fill);
    if fill.query.is_some() || fill.all.is_some() {
        return Err(SqlError::system("a row's IN was not rewritten"));
    }
    Ok(Expr::Exists { subquery: exists, negated })
}

/// Puts the query and the comparison into their places.
struct Fill {
    query: Option<Query>,
    all: Option<Expr>,
}

impl VisitorMut for Fill {
    type Break = ();

    fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        if let TableFactor::Derived { subquery, .. } = factor
            && let Some(query) = self.query.take()
        {
            **subquery = query;
        }
        ControlFlow::Continue(())
    }

    fn post_visit_select(
        &mut self,
        select: &mut datafusion::sql::sqlparser::ast::Select,
    ) -> ControlFlow<()> {
        if select.selection.is_some()
            && let Some(all) = self.all.take()
        {
            select.selection = Some(all);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}

fn values(row: &mut Expr) -> Vec<Expr> {
    match row {
        Expr::Tuple(values) => std::mem::take(values),
        _ => Vec::new(),
    }
}

fn and(left: Expr, right: Expr) -> Expr {
    binary(left, BinaryOperator::And, right)
}

fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left), op, right: Box::new(right) }
}

fn counts() -> SqlError {
    SqlError::user("TYPE_MISMATCH: The rows of an IN must have equally many values")
}
