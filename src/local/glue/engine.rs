//! How a job runs SQL: the lake's engine, with the rows themselves thrown away.

use std::sync::Arc;

use crate::local::principal::Principal;
use crate::local::sql::{Encryption, Engine, Request};

/// What every statement of a run has in common.
pub struct Sql<'a> {
    pub engine: &'a Engine,
    pub who: &'a Principal,
    pub database: &'a str,
    /// For what CTAS and UNLOAD write.
    pub kms_key: Option<&'a str>,
}

/// What a statement did, in numbers.
pub struct Done {
    /// `SELECT`, `CREATE_TABLE_AS_SELECT`, …
    pub kind: &'static str,
    /// Rows read or written.
    pub rows: u64,
    /// Bytes read.
    pub scanned: u64,
}

impl Sql<'_> {
    /// Runs one statement to its end; dropping the future stops it.
    ///
    /// # Errors
    /// The engine's sentence.
    pub async fn run(&self, text: &str) -> Result<Done, String> {
        let request = Request {
            who: self.who.clone(),
            database: self.database.to_owned(),
            sql: text.to_owned(),
            parameters: Vec::new(),
            output: None,
            encryption: Encryption::of(self.kms_key.map(|_| "SSE_KMS"), self.kms_key),
            meter: Arc::default(),
        };
        let outcome = self.engine.run(&request).await.map_err(|why| why.message)?;
        Ok(Done { kind: outcome.class.sub, rows: outcome.rows, scanned: outcome.scanned_bytes })
    }
}
