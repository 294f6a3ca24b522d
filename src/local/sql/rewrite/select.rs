//! Names for the items of a SELECT, and small differences in clauses.

use std::collections::HashSet;

use datafusion::sql::sqlparser::ast::{
    ExcludeSelectItem, Expr, Ident, LimitClause, ObjectName, Query, Select, SelectItem,
};

use super::names::AGAIN;
use super::take;
use crate::local::sql::scan::PATH;

/// `FETCH FIRST n ROWS ONLY` is LIMIT.
pub fn tidy(query: &mut Query) {
    if let Some(fetch) = &query.fetch
        && !fetch.percent
        && !fetch.with_ties
        && let Some(quantity) = fetch.quantity.clone()
    {
        query.fetch = None;
        match &mut query.limit_clause {
            Some(LimitClause::LimitOffset { limit, .. }) if limit.is_none() => {
                *limit = Some(quantity);
            }
            None => {
                query.limit_clause = Some(LimitClause::LimitOffset {
                    limit: Some(quantity),
                    offset: None,
                    limit_by: Vec::new(),
                });
            }
            _ => {}
        }
    }
}

/// Items without a name are `_col0`, `_col1`, …; of two equal names the second is marked.
pub fn name_items(select: &mut Select, path: bool) {
    let mut seen = HashSet::new();
    for (at, item) in select.projection.iter_mut().enumerate() {
        match item {
            SelectItem::UnnamedExpr(expr) => {
                let name = match &*expr {
                    Expr::Identifier(ident) => Some(ident.value.to_lowercase()),
                    Expr::CompoundIdentifier(idents) => {
                        idents.last().map(|ident| ident.value.to_lowercase())
                    }
                    _ => None,
                };
                let alias = match name {
                    None => format!("_col{at}"),
                    Some(name) if seen.insert(name.clone()) => {
                        // A field of a row is called by the field's name.
                        if !matches!(&*expr, Expr::CompoundIdentifier(i) if i.len() > 2) {
                            continue;
                        }
                        name
                    }
                    Some(name) => format!("{name}{AGAIN}{at}"),
                };
                *item = SelectItem::ExprWithAlias {
                    expr: take(expr),
                    alias: Ident::with_quote('"', alias),
                };
            }
            SelectItem::ExprWithAlias { alias, .. } => {
                let name = alias.value.to_lowercase();
                alias.quote_style = Some('"');
                alias.value =
                    if seen.insert(name.clone()) { name } else { format!("{name}{AGAIN}{at}") };
            }
            SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options) if path => {
                // The hidden column is not among all columns.
                options.opt_exclude =
                    Some(ExcludeSelectItem::Single(ObjectName::from(vec![Ident::with_quote(
                        '"', PATH,
                    )])));
            }
            _ => {}
        }
    }
}
