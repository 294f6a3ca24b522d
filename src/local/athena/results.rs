//! GetQueryResults: pages of the result object.

use std::io::{BufRead, BufReader, Seek, SeekFrom};

use serde_json::{Value, json};

use super::Athena;
use super::fault::{internal, invalid, page_size, required, token};
use super::run::not_found;
use crate::local::ApiError;
use crate::local::principal::Principal;
use crate::local::sql::read_rows;
use crate::model::uri::S3Uri;

/// Rows of a page, the header among them.
const MOST: usize = 1000;

impl Athena {
    pub(super) fn results(&self, who: &Principal, input: &Value) -> Result<Value, ApiError> {
        let id = required(input, "QueryExecutionId")?;
        let size = page_size(input, MOST)?;
        let offset = token(input)?;
        let found = self.find(id)?.ok_or_else(|| not_found(id))?;
        match found.state.as_str() {
            "SUCCEEDED" => {}
            state @ ("QUEUED" | "RUNNING") => {
                return Err(invalid(format!("Query has not yet finished. Current state: {state}")));
            }
            state => {
                return Err(invalid(format!(
                    "Query did not finish successfully. Final query state: {state}"
                )));
            }
        }
        let mut answer = json!({
            "UpdateCount": found.updated,
            "ResultSet": { "Rows": [], "ResultSetMetadata": { "ColumnInfo": found.columns } },
        });
        let location =
            found.body["ResultConfiguration"]["OutputLocation"].as_str().unwrap_or_default();
        let is_csv = location.ends_with(".csv");
        if !is_csv && !location.ends_with(".txt") {
            return Ok(answer);
        }
        let (rows, next) = self.page(who, location, is_csv, offset, size)?;
        answer["ResultSet"]["Rows"] = rows
            .into_iter()
            .map(|row| {
                let data: Vec<Value> = row
                    .into_iter()
                    .map(|cell| match cell {
                        Some(text) => json!({ "VarCharValue": text }),
                        None => json!({}),
                    })
                    .collect();
                json!({ "Data": data })
            })
            .collect();
        if let Some(next) = next {
            answer["NextToken"] = json!(next.to_string());
        }
        Ok(answer)
    }

    #[allow(clippy::type_complexity)]
    fn page(
        &self,
        who: &Principal,
        location: &str,
        is_csv: bool,
        offset: u64,
        size: usize,
    ) -> Result<(Vec<Vec<Option<String>>>, Option<u64>), ApiError> {
        let uri: S3Uri = location.parse().map_err(internal)?;
        let gone = |e: crate::local::s3::StoreError| {
            invalid(format!("Could not find results at {location}: {}", e.message))
        };
        self.inner.store.allowed(who, "s3:GetObject", &uri.bucket, &uri.key, None).map_err(
            |e| invalid(format!("Access denied when reading {location}: {}", e.message)),
        )?;
        let (mut file, info) = self.inner.store.file(&uri.bucket, &uri.key).map_err(gone)?;
        if offset > info.size {
            return Err(invalid("The token is not one that was given out"));
        }
        file.seek(SeekFrom::Start(offset)).map_err(internal)?;
        let mut reader = BufReader::with_capacity(64 << 10, file);
        let (rows, taken) = if is_csv {
            read_rows(&mut reader, size).map_err(internal)?
        } else {
            lines(&mut reader, size).map_err(internal)?
        };
        let end = offset + taken;
        Ok((rows, (end < info.size).then_some(end)))
    }
}

/// Each line is one row of one value, as Athena answers for DDL.
#[allow(clippy::type_complexity)]
fn lines(from: &mut impl BufRead, most: usize) -> std::io::Result<(Vec<Vec<Option<String>>>, u64)> {
    let (mut rows, mut taken) = (Vec::new(), 0);
    let mut line = String::new();
    while rows.len() < most {
        line.clear();
        let n = from.read_line(&mut line)?;
        if n == 0 {
            break;
        }
        taken += n as u64;
        rows.push(vec![Some(line.trim_end_matches('\n').to_owned())]);
    }
    Ok((rows, taken))
}
