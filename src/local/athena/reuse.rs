//! Result reuse: the result of an earlier execution of the same text, in the same database and
//! workgroup, to the same place, not older than asked for
//! ([the rules](https://docs.aws.amazon.com/athena/latest/ug/reusing-query-results.html)).

use rusqlite::OptionalExtension;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Athena;
use super::fault::invalid;
use super::rows::{Stored, read_alike};
use crate::local::ApiError;
use crate::local::glue::types::now;
use crate::local::sql::{Request, is_repeatable};
use crate::model::uri::S3Uri;

/// Minutes: what holds where none are named, and the most that may be.
const DEFAULT_AGE: i64 = 60;
const GREATEST_AGE: i64 = 10_080;

/// What ResultReuseConfiguration asks for: the greatest age in minutes; None for no reuse.
pub fn asked(input: &Value) -> Result<Option<i64>, ApiError> {
    let by_age = &input["ResultReuseConfiguration"]["ResultReuseByAgeConfiguration"];
    if by_age["Enabled"] != json!(true) {
        return Ok(None);
    }
    match by_age["MaxAgeInMinutes"].as_i64() {
        None => Ok(Some(DEFAULT_AGE)),
        Some(age) if (0..=GREATEST_AGE).contains(&age) => Ok(Some(age)),
        Some(_) => {
            Err(invalid(format!("MaxAgeInMinutes must be between 0 and {GREATEST_AGE} (7 days)")))
        }
    }
}

/// What two executions must have in common, as one digest. `configuration` is the effective one,
/// before the execution's id was put into it.
pub fn likeness(request: &Request, workgroup: &str, configuration: &Value) -> Option<String> {
    if !is_repeatable(&request.sql) {
        return None;
    }
    let all = json!([
        request.sql,
        request.parameters,
        request.database.to_lowercase(),
        workgroup,
        configuration,
    ]);
    Some(hex::encode(Sha256::digest(all.to_string())))
}

impl Athena {
    /// The latest result that may be reused. Whoever asks must be able to read the tables, which
    /// planning the query finds out, and the result itself.
    pub(super) async fn reusable(
        &self,
        likeness: Option<String>,
        age: Option<i64>,
        request: &Request,
    ) -> Option<Stored> {
        let (likeness, age) = (likeness?, age?);
        let (athena, who) = (self.clone(), request.who.clone());
        let found = tokio::task::spawn_blocking(move || {
            let found = athena.latest_alike(&likeness)?;
            let done = found.body["Status"]["CompletionDateTime"].as_f64()?;
            if now() - done > age as f64 * 60.0 {
                return None;
            }
            let location = found.body["ResultConfiguration"]["OutputLocation"].as_str()?;
            let uri: S3Uri = location.parse().ok()?;
            let store = &athena.inner.store;
            store.allowed(&who, "s3:GetObject", &uri.bucket, &uri.key, None).ok()?;
            store.file(&uri.bucket, &uri.key).ok()?;
            Some(found)
        });
        let found = found.await.ok()??;
        self.inner.engine.may_run(request).await.ok()?;
        Some(found)
    }

    fn latest_alike(&self, likeness: &str) -> Option<Stored> {
        let found = self.inner.state.with(|db| {
            db.prepare_cached(&read_alike())?.query_row([likeness], super::rows::read).optional()
        });
        found.ok().flatten()
    }
}
