//! Plans `… CROSS JOIN UNNEST(a, m) WITH ORDINALITY AS u (x, k, v, n)`.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Column, DFSchema, Result, TableReference, UnnestOptions, plan_err};
use datafusion::functions::expr_fn::get_field;
use datafusion::functions_nested::expr_fn::{map_keys, map_values};
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::logical_expr::{
    Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, cast, lit, when,
};
use datafusion::sql::sqlparser::ast::{
    JoinConstraint, JoinOperator, TableAlias, TableFactor, TableWithJoins,
};

/// The planner of folded UNNEST joins, and of UNNEST on its own.
#[derive(Debug)]
pub struct LateralUnnest;

impl RelationPlanner for LateralUnnest {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        match relation {
            unnest @ TableFactor::UNNEST { .. } => {
                let left = LogicalPlanBuilder::empty(true).build()?;
                planned(build(left, unnest, false, context)?)
            }
            TableFactor::NestedJoin { mut table_with_joins, alias: None }
                if table_with_joins
                    .joins
                    .last()
                    .is_some_and(|j| matches!(j.relation, TableFactor::UNNEST { .. })) =>
            {
                let Some(last) = table_with_joins.joins.pop() else {
                    return plan_err!("UNNEST without a join");
                };
                let outer = match &last.join_operator {
                    JoinOperator::CrossJoin(_) => false,
                    JoinOperator::Join(on) | JoinOperator::Inner(on) if always(on) => false,
                    JoinOperator::Left(on) | JoinOperator::LeftOuter(on) if always(on) => true,
                    _ => {
                        return plan_err!(
                            "NOT_SUPPORTED: UNNEST on other than the right side of CROSS JOIN or LEFT JOIN … ON TRUE"
                        );
                    }
                };
                let left = context.plan(without_nesting(*table_with_joins))?;
                planned(build(left, last.relation, outer, context)?)
            }
            other => Ok(RelationPlanning::Original(Box::new(other))),
        }
    }
}

fn planned(plan: LogicalPlan) -> Result<RelationPlanning> {
    Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, None))))
}

fn without_nesting(tables: TableWithJoins) -> TableFactor {
    if tables.joins.is_empty() {
        return tables.relation;
    }
    TableFactor::NestedJoin { table_with_joins: Box::new(tables), alias: None }
}

fn always(on: &JoinConstraint) -> bool {
    match on {
        JoinConstraint::None => true,
        JoinConstraint::On(expr) => expr.to_string().eq_ignore_ascii_case("true"),
        _ => false,
    }
}

/// One array to spread, and what its elements become.
struct Spread {
    array: Expr,
    /// The columns made of the element in column `name`.
    columns: fn(Expr, &DataType) -> Vec<Expr>,
    element: DataType,
}

fn build(
    left: LogicalPlan,
    unnest: TableFactor,
    outer: bool,
    context: &mut dyn RelationPlannerContext,
) -> Result<LogicalPlan> {
    let TableFactor::UNNEST { alias, array_exprs, with_ordinality, .. } = unnest else {
        return plan_err!("an UNNEST was wanted");
    };
    let schema = left.schema().clone();
    let mut spreads = Vec::new();
    for sql in array_exprs {
        let array = context.sql_to_expr(sql, &schema)?;
        spreads.extend(spread(array, &schema)?);
    }
    let constant = spreads.iter().all(|s| s.array.column_refs().is_empty());
    // Arrays that are the same for each row are spread once: a cross join of the two.
    if constant && !outer && !schema.fields().is_empty() {
        let empty = LogicalPlanBuilder::empty(true).build()?;
        let right = unfold(empty, spreads, false, with_ordinality, alias)?;
        return LogicalPlanBuilder::from(left).cross_join(right)?.build();
    }
    unfold(left, spreads, outer, with_ordinality, alias)
}

fn spread(array: Expr, schema: &DFSchema) -> Result<Vec<Spread>> {
    let one: fn(Expr, &DataType) -> Vec<Expr> = |element, _| vec![element];
    Ok(match array.get_type(schema)? {
        DataType::List(of) | DataType::LargeList(of) | DataType::FixedSizeList(of, _) => {
            let columns = match of.data_type() {
                // Rows become their fields.
                DataType::Struct(_) => |element: Expr, kind: &DataType| match kind {
                    DataType::Struct(fields) => fields
                        .iter()
                        .map(|f| get_field(element.clone(), f.name().as_str()))
                        .collect(),
                    _ => vec![element],
                },
                _ => one,
            };
            vec![Spread { array, columns, element: of.data_type().clone() }]
        }
        DataType::Map(entries, _) => {
            let DataType::Struct(kv) = entries.data_type() else {
                return plan_err!("a map has entries");
            };
            vec![
                Spread {
                    array: map_keys(array.clone()),
                    columns: one,
                    element: kv[0].data_type().clone(),
                },
                Spread {
                    array: map_values(array),
                    columns: one,
                    element: kv[1].data_type().clone(),
                },
            ]
        }
        DataType::Null => vec![Spread {
            array: cast(array, DataType::new_list(DataType::Null, true)),
            columns: one,
            element: DataType::Null,
        }],
        other => return plan_err!("TYPE_MISMATCH: Cannot unnest type: {other}"),
    })
}

fn unfold(
    left: LogicalPlan,
    spreads: Vec<Spread>,
    outer: bool,
    ordinality: bool,
    alias: Option<TableAlias>,
) -> Result<LogicalPlan> {
    let keep: Vec<Expr> = left
        .schema()
        .iter()
        .map(|(q, f)| Expr::Column(Column::new(q.cloned(), f.name())))
        .collect();
    let name = |n: usize| format!("\u{1}unnest{n}");
    let counter = "\u{1}ordinality";
    let mut arrays = keep.clone();
    let mut unnested = Vec::new();
    let mut longest: Option<Expr> = None;
    for (n, spread) in spreads.iter().enumerate() {
        let mut array = spread.array.clone();
        let length = cast(
            datafusion::functions_nested::expr_fn::array_length(array.clone()),
            DataType::Int64,
        );
        if outer {
            // LEFT JOIN keeps the row of an empty array.
            array = when(length.clone().gt(lit(0_i64)), array).end()?;
        }
        if ordinality {
            longest = Some(match longest {
                None => length,
                Some(other) => datafusion::functions::expr_fn::greatest(vec![other, length]),
            });
        }
        arrays.push(array.alias(name(n)));
        unnested.push(Column::new_unqualified(name(n)));
    }
    if let Some(length) = longest {
        let series =
            datafusion::functions_nested::expr_fn::gen_series(lit(1_i64), length, lit(1_i64));
        arrays.push(series.alias(counter));
        unnested.push(Column::new_unqualified(counter));
    }
    let options = UnnestOptions::new().with_preserve_nulls(outer);
    let spread_out = LogicalPlanBuilder::from(left)
        .project(arrays)?
        .unnest_columns_with_options(unnested, options)?;
    let mut made = Vec::new();
    for (n, spread) in spreads.iter().enumerate() {
        let element = Expr::Column(Column::new_unqualified(name(n)));
        made.extend((spread.columns)(element, &spread.element));
    }
    if ordinality {
        made.push(Expr::Column(Column::new_unqualified(counter)));
    }
    let (table, columns) = names(alias, made.len())?;
    let named = made.into_iter().zip(columns).map(|(expr, column)| match &table {
        Some(table) => expr.alias_qualified(Some(table.clone()), column),
        None => expr.alias(column),
    });
    let all: Vec<Expr> = keep.into_iter().chain(named).collect();
    spread_out.project(all)?.build()
}

fn names(alias: Option<TableAlias>, count: usize) -> Result<(Option<TableReference>, Vec<String>)> {
    let Some(alias) = alias else {
        return Ok((None, (0..count).map(|n| format!("_col{n}")).collect()));
    };
    let table = TableReference::bare(alias.name.value.to_lowercase());
    if alias.columns.is_empty() {
        return Ok((Some(table), (0..count).map(|n| format!("_col{n}")).collect()));
    }
    if alias.columns.len() != count {
        return plan_err!(
            "Column alias list has {} entries but '{}' has {count} columns available",
            alias.columns.len(),
            alias.name.value
        );
    }
    Ok((Some(table), alias.columns.into_iter().map(|c| c.name.value.to_lowercase()).collect()))
}
