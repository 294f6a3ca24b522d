//! Named queries.

use rusqlite::{OptionalExtension, params};
use serde_json::{Value, json};

use super::Athena;
use super::fault::{ids, internal, invalid, page_size, required, text, token};
use crate::local::ApiError;

impl Athena {
    pub(super) fn create_named(&self, input: &Value) -> Result<Value, ApiError> {
        let workgroup = self.workgroup(text(input, "WorkGroup").unwrap_or("primary"))?;
        let id = uuid::Uuid::new_v4().to_string();
        let token = text(input, "ClientRequestToken");
        let body = json!({
            "NamedQueryId": id,
            "Name": required(input, "Name")?,
            "Description": text(input, "Description").unwrap_or_default(),
            "Database": required(input, "Database")?,
            "QueryString": required(input, "QueryString")?,
            "WorkGroup": workgroup.name(),
        });
        let id: String = self
            .inner
            .state
            .with(|db| {
                let tx = db.transaction()?;
                tx.execute(
                    "INSERT OR IGNORE INTO athena_named_queries (id, workgroup, token, body) VALUES (?1, ?2, ?3, ?4)",
                    params![id, workgroup.name(), token, body.to_string()],
                )?;
                // The same token again answers what it made the first time.
                let id = match token {
                    Some(token) => tx.query_row(
                        "SELECT id FROM athena_named_queries WHERE token = ?1",
                        [token],
                        |row| row.get(0),
                    )?,
                    None => id,
                };
                tx.commit()?;
                Ok(id)
            })
            .map_err(internal)?;
        Ok(json!({ "NamedQueryId": id }))
    }

    fn named(&self, id: &str) -> Result<Option<Value>, ApiError> {
        let sql = "SELECT body FROM athena_named_queries WHERE id = ?1";
        let body: Option<String> = self
            .inner
            .state
            .with(|db| db.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional())
            .map_err(internal)?;
        body.map(|body| serde_json::from_str(&body).map_err(internal)).transpose()
    }

    pub(super) fn get_named(&self, input: &Value) -> Result<Value, ApiError> {
        let id = required(input, "NamedQueryId")?;
        let body = self.named(id)?.ok_or_else(|| not_found(id))?;
        Ok(json!({ "NamedQuery": body }))
    }

    pub(super) fn batch_get_named(&self, input: &Value) -> Result<Value, ApiError> {
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for id in ids(input, "NamedQueryIds")? {
            match self.named(&id)? {
                Some(body) => found.push(body),
                None => missing.push(json!({
                    "NamedQueryId": id,
                    "ErrorCode": "INVALID_INPUT",
                    "ErrorMessage": not_found(&id).message,
                })),
            }
        }
        Ok(json!({ "NamedQueries": found, "UnprocessedNamedQueryIds": missing }))
    }

    pub(super) fn list_named(&self, input: &Value) -> Result<Value, ApiError> {
        let workgroup = self.workgroup(text(input, "WorkGroup").unwrap_or("primary"))?;
        let size = page_size(input, 50)?;
        let after = token(input)? as i64;
        let sql = "SELECT place, id FROM athena_named_queries WHERE workgroup = ?1 AND place > ?2 ORDER BY place LIMIT ?3";
        self.page_of_ids(sql, (workgroup.name(), after), size, "NamedQueryIds")
    }

    pub(super) fn update_named(&self, input: &Value) -> Result<Value, ApiError> {
        let id = required(input, "NamedQueryId")?;
        let mut body = self.named(id)?.ok_or_else(|| not_found(id))?;
        body["Name"] = json!(required(input, "Name")?);
        body["QueryString"] = json!(required(input, "QueryString")?);
        if let Some(description) = text(input, "Description") {
            body["Description"] = json!(description);
        }
        self.inner
            .state
            .with(|db| {
                db.execute(
                    "UPDATE athena_named_queries SET body = ?2 WHERE id = ?1",
                    params![id, body.to_string()],
                )
            })
            .map_err(internal)?;
        Ok(json!({}))
    }

    pub(super) fn delete_named(&self, input: &Value) -> Result<Value, ApiError> {
        let id = required(input, "NamedQueryId")?;
        let gone = self
            .inner
            .state
            .with(|db| db.execute("DELETE FROM athena_named_queries WHERE id = ?1", [id]))
            .map_err(internal)?;
        if gone == 0 { Err(not_found(id)) } else { Ok(json!({})) }
    }
}

fn not_found(id: &str) -> ApiError {
    invalid(format!("NamedQuery {id} was not found"))
}
