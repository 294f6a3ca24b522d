//! `FROM t CROSS JOIN UNNEST(t.a) AS u (x)`: the array is of the row before it. Such a join is
//! folded into one nested relation, which the engine's relation planner then plans whole.

use datafusion::sql::sqlparser::ast::{
    FunctionArg, FunctionArgExpr, Join, JoinConstraint, JoinOperator, TableFactor, TableWithJoins,
};

/// The parser takes `UNNEST(a, b)` for a table function of that name.
pub fn recognise(factor: &mut TableFactor) {
    if let TableFactor::Table { name, alias, args: Some(args), with_ordinality, .. } = factor
        && name.to_string().eq_ignore_ascii_case("unnest")
    {
        let array_exprs = std::mem::take(&mut args.args)
            .into_iter()
            .filter_map(|arg| match arg {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
                _ => None,
            })
            .collect();
        *factor = TableFactor::UNNEST {
            alias: alias.take(),
            array_exprs,
            with_offset: false,
            with_offset_alias: None,
            with_ordinality: *with_ordinality,
        };
    }
}

/// Folds every UNNEST with all that stands before it.
pub fn fold(from: &mut Vec<TableWithJoins>) {
    let mut folded: Vec<TableWithJoins> = Vec::new();
    for mut item in std::mem::take(from) {
        // `FROM t, UNNEST(t.a)` is the cross join of all before.
        if is_unnest(&item.relation) && !folded.is_empty() {
            let mut left = fold_commas(std::mem::take(&mut folded));
            left.joins.push(cross(item.relation));
            left.joins.append(&mut item.joins);
            item = left;
        }
        let mut current = TableWithJoins { relation: item.relation, joins: Vec::new() };
        for join in item.joins {
            let unnest = is_unnest(&join.relation);
            current.joins.push(join);
            if unnest {
                let nested =
                    TableFactor::NestedJoin { table_with_joins: Box::new(current), alias: None };
                current = TableWithJoins { relation: nested, joins: Vec::new() };
            }
        }
        folded.push(current);
    }
    *from = folded;
}

fn fold_commas(items: Vec<TableWithJoins>) -> TableWithJoins {
    let mut items = items.into_iter();
    let Some(mut first) = items.next() else {
        return TableWithJoins {
            relation: TableFactor::NestedJoin {
                table_with_joins: Box::new(TableWithJoins {
                    relation: TableFactor::TableFunction {
                        expr: crate::local::sql::dialect::number(0),
                        alias: None,
                    },
                    joins: Vec::new(),
                }),
                alias: None,
            },
            joins: Vec::new(),
        };
    };
    for item in items {
        let relation = if item.joins.is_empty() {
            item.relation
        } else {
            TableFactor::NestedJoin { table_with_joins: Box::new(item), alias: None }
        };
        first.joins.push(cross(relation));
    }
    first
}

fn cross(relation: TableFactor) -> Join {
    Join { relation, global: false, join_operator: JoinOperator::CrossJoin(JoinConstraint::None) }
}

pub(crate) fn is_unnest(factor: &TableFactor) -> bool {
    matches!(factor, TableFactor::UNNEST { .. })
}
