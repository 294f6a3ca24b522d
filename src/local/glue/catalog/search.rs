//! SearchTables: words anywhere in a table's metadata, and predicates on its fields.

use crate::local::ApiError;
use crate::local::glue::fault::{Fault, read};
use crate::local::glue::types::{Column, Table};

use super::Catalog;

/// What to look for; everything given must hold.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Words, each of which must be part of a name, a description, a column or a parameter.
    /// In double quotes: the exact name of something.
    pub text: Option<String>,
    pub filters: Vec<Filter>,
}

/// A predicate on one field. Keys that are no field are the table's parameters.
#[derive(Debug, Clone)]
pub struct Filter {
    pub key: String,
    pub value: String,
    pub comparator: Comparator,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparator {
    /// For text: one of the value's words is one of the field's words.
    Equals,
    GreaterThan,
    LessThan,
    GreaterThanEquals,
    LessThanEquals,
}

impl Catalog {
    /// The tables that match, by database and name.
    ///
    /// # Errors
    /// Those of the store.
    pub fn search(&self, search: &Search) -> Result<Vec<Table>, ApiError> {
        let all: Vec<Table> = read(&self.state, |db| {
            let sql = "SELECT body FROM glue_tables ORDER BY database, name";
            let mut rows = db.prepare_cached(sql)?;
            let bodies = rows.query_map([], |row| row.get::<_, String>(0))?;
            bodies.map(|body| Ok::<_, Fault>(serde_json::from_str(&body?)?)).collect()
        })?;
        Ok(all.into_iter().filter(|table| search.finds(table)).collect())
    }
}

impl Search {
    fn finds(&self, table: &Table) -> bool {
        let text = self.text.as_deref().unwrap_or_default().trim().to_lowercase();
        let quoted = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let haystack = haystack(table);
        let words = match quoted {
            Some(exact) => haystack.iter().any(|field| field == exact),
            None => text.split_whitespace().all(|w| haystack.iter().any(|f| f.contains(w))),
        };
        words && self.filters.iter().all(|filter| filter.holds(table))
    }
}

/// Everything that SearchText looks into, in lower case.
fn haystack(table: &Table) -> Vec<String> {
    let columns = table.columns().iter().chain(&table.partition_keys);
    let names = columns.flat_map(|Column { name, comment, .. }| {
        [Some(name.as_str()), comment.as_deref()].into_iter().flatten()
    });
    let parameters = table.parameters.iter().flat_map(|(k, v)| [k.as_str(), v.as_str()]);
    let own = [
        Some(table.name.as_str()),
        Some(table.database_name.as_str()),
        table.description.as_deref(),
    ];
    let own = own.into_iter().flatten();
    own.chain(names).chain(parameters).map(str::to_lowercase).collect()
}

impl Filter {
    fn holds(&self, table: &Table) -> bool {
        let Some(field) = self.field(table) else { return false };
        if self.comparator == Comparator::Equals {
            return shares_a_word(&field, &self.value);
        }
        let numbers = field.parse::<f64>().ok().zip(moment(&self.value));
        let order = match numbers {
            Some((field, value)) => field.partial_cmp(&value),
            None => Some(field.as_str().cmp(self.value.as_str())),
        };
        let Some(order) = order else { return false };
        match self.comparator {
            Comparator::Equals => order.is_eq(),
            Comparator::GreaterThan => order.is_gt(),
            Comparator::LessThan => order.is_lt(),
            Comparator::GreaterThanEquals => order.is_ge(),
            Comparator::LessThanEquals => order.is_le(),
        }
    }

    fn field(&self, table: &Table) -> Option<String> {
        match self.key.as_str() {
            "Name" | "name" => Some(table.name.clone()),
            "DatabaseName" | "databaseName" => Some(table.database_name.clone()),
            "Owner" => table.owner.clone(),
            "Description" => table.description.clone(),
            "TableType" => table.table_type.clone(),
            "CreateTime" | "CreatedAt" => Some(table.create_time.to_string()),
            "UpdateTime" | "UpdatedAt" => Some(table.update_time.to_string()),
            other => table.parameters.get(other).cloned(),
        }
    }
}

/// A number, or a moment as epoch seconds.
fn moment(text: &str) -> Option<f64> {
    let moment = || text.parse::<jiff::Timestamp>().ok().map(|t| t.as_millisecond() as f64 / 1e3);
    text.parse().ok().or_else(moment)
}

fn shares_a_word(field: &str, value: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let parts = text.split(|letter: char| !letter.is_alphanumeric());
        parts.filter(|part| !part.is_empty()).map(str::to_lowercase).collect()
    };
    let field_words = words(field);
    field.eq_ignore_ascii_case(value) || words(value).iter().any(|word| field_words.contains(word))
}
