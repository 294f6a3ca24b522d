//! From Athena's query to one that DataFusion plans alike.

mod aggregates;
mod functions;
mod lenient;
mod literals;
mod names;
mod rows;
mod select;
mod unnest;

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    AccessExpr, Expr, Ident, ObjectName, ObjectNamePart, Query, Subscript, TableFactor, Value,
    VisitMut, VisitorMut, With,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::dialect::{call, number, text};
use super::error::SqlError;
use super::parse::Source;

pub use names::Outputs;

/// A table that a query reads.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableName {
    pub database: String,
    pub table: String,
}

/// A query ready to plan.
#[derive(Debug)]
pub struct Rewritten {
    pub query: Query,
    /// Every table it names, with where it stands.
    pub tables: Vec<(TableName, Span)>,
    /// How the columns of the result are to be called.
    pub outputs: Outputs,
    /// True where `"$path"` is spoken of.
    pub path: bool,
}

/// The one catalog.
pub const CATALOG: &str = "awsdatacatalog";

/// Rewrites a query that stands in `database`.
pub fn rewrite(mut query: Query, source: &Source, database: &str) -> Result<Rewritten, SqlError> {
    let path = source.locate(super::scan::PATH).is_some();
    let outputs = Outputs::of(&query, source);
    let mut rewriter = Rewriter {
        database: database.to_lowercase(),
        path,
        scope: Vec::new(),
        stash: Vec::new(),
        tables: Vec::new(),
    };
    match query.visit(&mut rewriter) {
        ControlFlow::Continue(()) => {}
        ControlFlow::Break(error) => return Err(*error),
    }
    Ok(Rewritten { query, tables: rewriter.tables, outputs, path })
}

struct Rewriter {
    database: String,
    path: bool,
    /// The WITH names in sight.
    scope: Vec<String>,
    /// Per open query: its WITH, already rewritten, and how many names were in sight before.
    stash: Vec<(Option<With>, usize)>,
    tables: Vec<(TableName, Span)>,
}

type Flow = ControlFlow<Box<SqlError>>;

fn stop(error: SqlError) -> Flow {
    ControlFlow::Break(Box::new(error))
}

impl VisitorMut for Rewriter {
    type Break = Box<SqlError>;

    /// A WITH query sees the ones before it; the body sees all. So they are walked here, in
    /// order, and taken out of the walk of the body.
    fn pre_visit_query(&mut self, query: &mut Query) -> Flow {
        let before = self.scope.len();
        let mut with = query.with.take();
        if let Some(with) = &mut with {
            for cte in &mut with.cte_tables {
                let name = cte.alias.name.value.to_lowercase();
                if with.recursive {
                    self.scope.push(name.clone());
                }
                cte.query.visit(self)?;
                self.scope.push(name);
            }
        }
        self.stash.push((with, before));
        select::tidy(query);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut Query) -> Flow {
        if let Some((with, before)) = self.stash.pop() {
            query.with = with;
            self.scope.truncate(before);
        }
        literals::plain_query(query);
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, select: &mut datafusion::sql::sqlparser::ast::Select) -> Flow {
        literals::plain_select(select);
        select::name_items(select, self.path);
        unnest::fold(&mut select.from);
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> Flow {
        unnest::recognise(factor);
        match factor {
            TableFactor::Table { args: Some(_), name, .. } => stop(SqlError::user(format!(
                "NOT_SUPPORTED: the table function {name} is not supported"
            ))),
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_relation(&mut self, relation: &mut ObjectName) -> Flow {
        match self.resolve(relation) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => stop(error),
        }
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> Flow {
        match rewrite_expr(expr) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => stop(error),
        }
    }
}

impl Rewriter {
    fn resolve(&mut self, relation: &mut ObjectName) -> Result<(), SqlError> {
        let parts: Vec<(String, Span)> = relation
            .0
            .iter()
            .map(|part| match part {
                ObjectNamePart::Identifier(ident) => (ident.value.to_lowercase(), ident.span),
                ObjectNamePart::Function(f) => (f.name.value.to_lowercase(), f.name.span),
            })
            .collect();
        let names: Vec<&str> = parts.iter().map(|(n, _)| n.as_str()).collect();
        let (database, table) = match names.as_slice() {
            [name] if self.scope.iter().any(|known| known == name) => {
                *relation = ObjectName::from(vec![Ident::with_quote('"', *name)]);
                return Ok(());
            }
            [table] => (self.database.as_str(), *table),
            [database, table] => (*database, *table),
            [catalog, database, table] if *catalog == CATALOG => (*database, *table),
            [catalog, ..] => {
                let at = parts[0].1.start;
                return Err(SqlError::user(format!(
                    "CATALOG_NOT_FOUND: line {}:{}: Catalog '{catalog}' not found",
                    at.line, at.column
                )));
            }
            [] => return Ok(()),
        };
        let name = TableName { database: database.to_owned(), table: table.to_owned() };
        let span = parts[0].1;
        *relation = ObjectName::from(vec![
            Ident::with_quote_and_span('"', span, CATALOG),
            Ident::with_quote_and_span('"', span, database),
            Ident::with_quote_and_span('"', span, table),
        ]);
        self.tables.push((name, span));
        Ok(())
    }
}

/// One expression whose parts are already rewritten.
fn rewrite_expr(expr: &mut Expr) -> Result<(), SqlError> {
    let span = Span::empty();
    let new = match expr {
        Expr::Identifier(ident) if ident.quote_style.is_some() => {
            ident.value = ident.value.to_lowercase();
            return Ok(());
        }
        Expr::Identifier(ident) => match bare_function(&ident.value) {
            Some(name) => functions::rewrite_call(call(name, Vec::new(), ident.span))?,
            None => return Ok(()),
        },
        Expr::CompoundIdentifier(idents) => {
            for ident in idents {
                ident.value = ident.value.to_lowercase();
                ident.quote_style = Some('"');
            }
            return Ok(());
        }
        Expr::Function(function) => {
            literals::plain_frame(function);
            functions::rewrite_call(std::mem::replace(expr, number(0)))?
        }
        Expr::InSubquery { expr: row, subquery, negated } if rows::is_row(row) => {
            rows::in_query(row, subquery, *negated)?
        }
        Expr::InList { expr: row, list, negated } if rows::is_row(row) => {
            rows::in_list(row, list, *negated)?
        }
        Expr::CompoundFieldAccess { root, access_chain } => subscripts(root, access_chain)?,
        Expr::Substring { expr: of, substring_from, substring_for, .. } => {
            let mut args = vec![take(of)];
            args.push(substring_from.as_mut().map_or_else(|| number(1), |e| take(e)));
            args.extend(substring_for.as_mut().map(|e| take(e)));
            call("substr", args, span)
        }
        Expr::Position { expr: part, r#in } => call("strpos", vec![take(r#in), take(part)], span),
        Expr::Extract { field, expr: of, .. } => {
            let name = match field.to_string().to_lowercase().as_str() {
                "dow" => "day_of_week".to_owned(),
                "doy" => "day_of_year".to_owned(),
                "yow" => "year_of_week".to_owned(),
                other => other.to_owned(),
            };
            call(&name, vec![take(of)], span)
        }
        Expr::Ceil { expr: of, .. } => call("ceil", vec![take(of)], span),
        Expr::Floor { expr: of, .. } => call("floor", vec![take(of)], span),
        Expr::AtTimeZone { timestamp, time_zone } => {
            call("at_timezone", vec![take(timestamp), take(time_zone)], span)
        }
        // 1e0 is a double; 1.0 a decimal.
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) if digits.contains(['e', 'E']) => {
                call("athena_cast", vec![text(digits.clone()), text("double")], span)
            }
            Value::Number(digits, _) => match literals::integer(digits) {
                Some(integer) => integer,
                None => return Ok(()),
            },
            _ => return Ok(()),
        },
        _ => return Ok(()),
    };
    *expr = new;
    Ok(())
}

/// Functions that are called without parentheses.
fn bare_function(name: &str) -> Option<&'static str> {
    ["current_date", "current_timestamp", "localtimestamp", "current_user", "current_time"]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(name))
}

/// Moves an expression out.
pub(crate) fn take(expr: &mut Expr) -> Expr {
    std::mem::replace(expr, number(0))
}

/// `a[1].b` step by step: subscripts are strict, fields go by name.
fn subscripts(root: &mut Expr, chain: &mut Vec<AccessExpr>) -> Result<Expr, SqlError> {
    let mut expr = take(root);
    // Leading names belong to the column: t.a[1].
    let mut idents = match &expr {
        Expr::Identifier(ident) => vec![ident.clone()],
        Expr::CompoundIdentifier(idents) => idents.clone(),
        _ => Vec::new(),
    };
    let mut leading = !idents.is_empty();
    for access in std::mem::take(chain) {
        match access {
            AccessExpr::Dot(Expr::Identifier(ident)) => {
                let name = ident.value.to_lowercase();
                if leading {
                    idents.push(Ident::with_quote('"', name));
                    let lower = idents
                        .iter()
                        .map(|i| Ident::with_quote_and_span('"', i.span, i.value.to_lowercase()));
                    expr = Expr::CompoundIdentifier(lower.collect());
                } else {
                    expr = call("get_field", vec![expr, text(name)], Span::empty());
                }
            }
            AccessExpr::Subscript(Subscript::Index { mut index }) => {
                leading = false;
                literals::plain(&mut index);
                expr = call("athena_subscript", vec![expr, index], Span::empty());
            }
            other => {
                return Err(SqlError::user(format!("NOT_SUPPORTED: the access '{other}'")));
            }
        }
    }
    Ok(expr)
}
