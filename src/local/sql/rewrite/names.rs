//! What the columns of a result are called.

use datafusion::sql::sqlparser::ast::{Expr, Ident, Query, SelectItem, SetExpr};

use crate::local::sql::parse::Source;

/// Marks the second of two equal names, which the engine below does not take.
pub(super) const AGAIN: char = '\u{1}';

/// The names as the query spells them, where it spells them all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outputs {
    spelled: Option<Vec<Option<String>>>,
}

impl Outputs {
    /// Reads them off the query before it is rewritten.
    pub fn of(query: &Query, source: &Source) -> Self {
        let Some(items) = items(&query.body) else { return Self::default() };
        let mut spelled = Vec::with_capacity(items.len());
        for item in items {
            spelled.push(match item {
                SelectItem::ExprWithAlias { alias, .. } => Some(source.spelled(alias)),
                SelectItem::UnnamedExpr(Expr::Identifier(ident)) => Some(source.spelled(ident)),
                SelectItem::UnnamedExpr(Expr::CompoundIdentifier(idents)) => {
                    idents.last().map(|ident: &Ident| source.spelled(ident))
                }
                SelectItem::UnnamedExpr(_) => None,
                _ => return Self::default(),
            });
        }
        Self { spelled: Some(spelled) }
    }

    /// The name of the n-th column, which the engine calls `found`.
    pub fn name(&self, n: usize, found: &str) -> String {
        if let Some(Some(name)) = self.spelled.as_ref().and_then(|s| s.get(n)) {
            return name.clone();
        }
        restore(n, found)
    }
}

/// Undoes what the rewriting and the engine did to a name.
pub fn restore(n: usize, found: &str) -> String {
    let numbered = |prefix: &str| {
        found
            .strip_prefix(prefix)
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
    };
    // VALUES has columns column1, column2, … below; Athena calls them by position.
    if numbered("_col") || numbered("column") {
        return format!("_col{n}");
    }
    found.split(AGAIN).next().unwrap_or(found).to_owned()
}

fn items(body: &SetExpr) -> Option<&[SelectItem]> {
    match body {
        SetExpr::Select(select) => Some(&select.projection),
        SetExpr::Query(query) => items(&query.body),
        SetExpr::SetOperation { left, .. } => items(left),
        _ => None,
    }
}
