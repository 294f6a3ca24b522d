//! Results into the store, as the caller, with the encryption asked for.

use std::path::{Path, PathBuf};

use super::Engine;
use super::error::SqlError;
use super::output::encode;
use super::request::{Output, Request};
use super::types::ColumnInfo;
use crate::local::principal::Principal;
use crate::local::s3::Store;

/// A temporary file that goes away unless it is handed over.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Engine {
    /// A new file beside the objects.
    pub(super) fn scratch(&self) -> Scratch {
        Scratch(self.store.scratch().join(format!("sql-{}", uuid::Uuid::new_v4())))
    }

    /// Refuses before anything is computed what could not be written afterwards.
    pub(super) async fn may_write(
        &self,
        request: &Request,
        bucket: &str,
        key: &str,
    ) -> Result<(), SqlError> {
        let (store, who) = (self.store.clone(), request.who.clone());
        let options = request.encryption.put("text/csv");
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        blocking(move || {
            store
                .allowed(&who, "s3:PutObject", &bucket, &key, Some(&options))
                .map_err(|e| denied(&bucket, &key, &e))
        })
        .await
    }

    /// Moves a finished file to its key.
    pub(super) async fn deliver(
        &self,
        request: &Request,
        bucket: &str,
        key: &str,
        file: Scratch,
        content_type: &str,
    ) -> Result<(), SqlError> {
        let (store, who) = (self.store.clone(), request.who.clone());
        let options = request.encryption.put(content_type);
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        blocking(move || {
            store
                .put_file(&who, &bucket, &key, file.path(), options)
                .map_err(|e| denied(&bucket, &key, &e))?;
            note(&store, &who, &bucket, &key)
        })
        .await
    }

    /// Writes a small object.
    pub(super) async fn write(
        &self,
        request: &Request,
        bucket: &str,
        key: &str,
        body: Vec<u8>,
        content_type: &str,
    ) -> Result<(), SqlError> {
        let (store, who) = (self.store.clone(), request.who.clone());
        let options = request.encryption.put(content_type);
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        blocking(move || {
            store
                .put(&who, &bucket, &key, body.as_slice(), options)
                .map_err(|e| denied(&bucket, &key, &e))?;
            note(&store, &who, &bucket, &key)
        })
        .await
    }

    /// Writes the `.metadata` object of a result.
    pub(super) async fn write_metadata(
        &self,
        request: &Request,
        output: &Output,
        suffix: &str,
        columns: &[ColumnInfo],
    ) -> Result<(), SqlError> {
        let key = output.key(&format!("{suffix}.metadata"));
        self.write(request, &output.bucket, &key, encode(columns), "application/octet-stream").await
    }
}

/// What a query wrote, whoever asked it may read.
fn note(store: &Store, who: &Principal, bucket: &str, key: &str) -> Result<(), SqlError> {
    store
        .registrations()
        .written(who, bucket, key)
        .map_err(|error| SqlError::system(format!("Failed to note s3://{bucket}/{key}: {error}")))
}

fn denied(bucket: &str, key: &str, error: &crate::local::s3::StoreError) -> SqlError {
    match error.code {
        "AccessDenied" => SqlError::user(format!(
            "PERMISSION_DENIED: Access denied when writing to location: s3://{bucket}/{key}: {}",
            error.message
        )),
        "NoSuchBucket" => SqlError::user(format!(
            "The S3 location provided to save your query results is invalid: {}",
            error.message
        )),
        _ => SqlError::system(format!("Failed to write s3://{bucket}/{key}: {}", error.message)),
    }
}

/// Runs blocking work off the worker.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SqlError> + Send + 'static,
) -> Result<T, SqlError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|_| Err(SqlError::system("GENERIC_INTERNAL_ERROR: a task broke down")))
}
