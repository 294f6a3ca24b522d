//! The manifest beside what was saved.

use bytes::Bytes;
use jiff::Timestamp;

use crate::lake::Lake;
use crate::model::manifest::{Anchor, Manifest, SavedObject};
use crate::model::query::QueryExecution;
use crate::model::saving::TableName;
use crate::model::sql::sources::sources;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

use super::save::SaveTo;

/// What a manifest tells beside the objects.
pub(super) struct About<'a> {
    pub execution: &'a QueryExecution,
    /// The query as it was written, whatever it was wrapped into.
    pub sql: &'a str,
    pub format: &'a str,
    pub source: Option<String>,
    pub table: Option<&'a TableName>,
    pub rows: Option<u64>,
}

/// Writes it and gives its place. The SQL is in it as text where the lake is configured so.
///
/// # Errors
/// As S3 answers.
pub(super) async fn write_manifest(
    lake: &Lake,
    about: &About<'_>,
    to: &SaveTo,
    objects: &[SavedObject],
    anchor: &Anchor,
) -> Result<S3Uri, Trouble> {
    let (execution, settings) = (about.execution, lake.settings());
    let spelled = settings.sql_in_manifests;
    let manifest = Manifest {
        schema: Manifest::SCHEMA.to_owned(),
        saved_at: Timestamp::now().to_string(),
        execution_id: execution.id.clone(),
        sql: spelled.then(|| about.sql.to_owned()),
        sql_sha256: crate::lake::sha256(about.sql),
        parameters: if spelled { execution.parameters.clone() } else { Vec::new() },
        source_tables: sources(
            about.sql,
            execution.database.as_deref().unwrap_or(&settings.database),
        ),
        database: execution.database.clone(),
        workgroup: execution.workgroup.clone(),
        source: about.source.clone(),
        format: about.format.to_owned(),
        table: about.table.map(ToString::to_string),
        rows: about.rows,
        bytes: objects.iter().map(|object| object.bytes).sum(),
        objects: objects.to_vec(),
        identity: lake.identity().await.ok().map(|identity| identity.arn),
        audit_head: anchor().await,
    };
    let uri = to.manifest();
    let json = serde_json::to_vec_pretty(&manifest)
        .map_err(|error| Trouble::new(Kind::Other, format!("write {uri}"), error.to_string()))?;
    lake.put_bytes(&uri, Bytes::from(json), &to.with(Some("application/json"))).await?;
    Ok(uri)
}
