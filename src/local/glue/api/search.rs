//! SearchTables.

use serde::Deserialize;
use serde_json::Value;

use super::{listed, take};
use crate::local::ApiError;
use crate::local::glue::catalog::{Catalog, Comparator, Filter, Search};
use crate::local::glue::fault::invalid;
use crate::local::glue::page::{Paging, page};
use crate::local::glue::types::or_default;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Asked {
    search_text: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    filters: Vec<Predicate>,
    #[serde(default, deserialize_with = "or_default")]
    sort_criteria: Vec<Sort>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Predicate {
    key: Option<String>,
    value: Option<String>,
    comparator: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sort {
    field_name: Option<String>,
}

pub(super) fn answer(
    catalog: &Catalog,
    op: &str,
    input: &Value,
) -> Option<Result<Value, ApiError>> {
    (op == "SearchTables").then(|| take(input).and_then(|asked| search(catalog, asked)))
}

fn search(catalog: &Catalog, asked: Asked) -> Result<Value, ApiError> {
    if let Some(field) = asked.sort_criteria.iter().find_map(|sort| sort.field_name.as_deref()) {
        return Err(invalid(format!(
            "The local lake cannot sort by {field}; leave SortCriteria out."
        )));
    }
    let filters = asked.filters.into_iter().map(filter).collect::<Result<_, _>>()?;
    let found = catalog.search(&Search { text: asked.search_text, filters })?;
    let paging =
        Paging { token: asked.next_token.as_deref(), wanted: asked.max_results, most: 1000 };
    let (items, next) =
        page(found, paging, |table| format!("{}\0{}", table.database_name, table.name))?;
    listed("TableList", &items, next)
}

fn filter(asked: Predicate) -> Result<Filter, ApiError> {
    let (Some(key), Some(value)) = (asked.key, asked.value) else {
        return Err(invalid("A filter needs Key and Value."));
    };
    let comparator = match asked.comparator.as_deref() {
        None | Some("EQUALS") => Comparator::Equals,
        Some("GREATER_THAN") => Comparator::GreaterThan,
        Some("LESS_THAN") => Comparator::LessThan,
        Some("GREATER_THAN_EQUALS") => Comparator::GreaterThanEquals,
        Some("LESS_THAN_EQUALS") => Comparator::LessThanEquals,
        Some(other) => return Err(invalid(format!("There is no Comparator {other}."))),
    };
    Ok(Filter { key, value, comparator })
}
