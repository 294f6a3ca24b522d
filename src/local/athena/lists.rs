//! Lists in pages; of executions, newest first, by workgroup.

use rusqlite::{params, params_from_iter};
use serde_json::{Value, json};

use super::Athena;
use super::fault::{internal, page_size, text, token};
use crate::local::ApiError;

/// One page of a list that is held whole.
pub fn page(all: Vec<Value>, input: &Value, most: usize, name: &str) -> Result<Value, ApiError> {
    let size = page_size(input, most)?;
    let from = usize::try_from(token(input)?).unwrap_or(usize::MAX);
    let mut answer = json!({});
    if all.len() > from.saturating_add(size) {
        answer["NextToken"] = json!((from + size).to_string());
    }
    answer[name] = all.into_iter().skip(from).take(size).collect();
    Ok(answer)
}

impl Athena {
    /// The bodies that `sql` answers, which takes these names.
    pub(super) fn bodies(&self, sql: &str, names: &[&str]) -> Result<Vec<Value>, ApiError> {
        let bodies: Vec<String> = self
            .inner
            .state
            .with(|db| {
                db.prepare_cached(sql)?
                    .query_map(params_from_iter(names), |row| row.get(0))?
                    .collect()
            })
            .map_err(internal)?;
        Ok(bodies.iter().filter_map(|body| serde_json::from_str(body).ok()).collect())
    }

    pub(super) fn list_executions(&self, input: &Value) -> Result<Value, ApiError> {
        let workgroup = self.workgroup(text(input, "WorkGroup").unwrap_or("primary"))?;
        let size = page_size(input, 50)?;
        let before = match token(input)? {
            0 => i64::MAX,
            place => i64::try_from(place).unwrap_or(i64::MAX),
        };
        let sql = "SELECT place, id FROM athena_executions WHERE workgroup = ?1 AND place < ?2 ORDER BY place DESC LIMIT ?3";
        self.page_of_ids(sql, (workgroup.name(), before), size, "QueryExecutionIds")
    }

    /// A page of ids under `name`. `sql` answers place and id, of a workgroup (`?1`), beyond a
    /// place (`?2`), one more than the page holds (`?3`), so that it is known whether more come.
    pub(super) fn page_of_ids(
        &self,
        sql: &str,
        (workgroup, beyond): (&str, i64),
        size: usize,
        name: &str,
    ) -> Result<Value, ApiError> {
        let mut rows: Vec<(i64, String)> = self
            .inner
            .state
            .with(|db| {
                db.prepare_cached(sql)?
                    .query_map(params![workgroup, beyond, size as i64 + 1], |row| {
                        Ok((row.get(0)?, row.get(1)?))
                    })?
                    .collect()
            })
            .map_err(internal)?;
        let more = rows.len() > size;
        rows.truncate(size);
        let mut answer = json!({});
        if more && let Some((place, _)) = rows.last() {
            answer["NextToken"] = json!(place.to_string());
        }
        answer[name] = rows.into_iter().map(|(_, id)| id).collect();
        Ok(answer)
    }
}
