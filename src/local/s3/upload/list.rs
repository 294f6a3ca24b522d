//! Which uploads are in progress.

use rusqlite::params;

use super::{COLUMNS, Upload};
use crate::local::s3::Store;
use crate::local::s3::error::StoreError;
use crate::local::s3::listing::common;
use crate::local::s3::rows::Bytes;
use crate::local::s3::walk;

#[derive(Debug, Clone, Default)]
pub struct UploadQuery<'a> {
    pub prefix: &'a str,
    pub delimiter: Option<&'a str>,
    pub key_marker: &'a str,
    /// Of the marker's key, only uploads after this id.
    pub id_marker: Option<&'a str>,
    pub limit: usize,
}

#[derive(Debug, Clone)]
pub enum UploadItem {
    Upload(Box<Upload>),
    Prefix(String),
}

#[derive(Debug, Clone, Default)]
pub struct UploadPage {
    pub items: Vec<UploadItem>,
    pub truncated: bool,
}

impl Store {
    /// Uploads by key, then in the order they were begun; those that a lifecycle rule gives up
    /// are gone.
    ///
    /// # Errors
    /// `NoSuchBucket`.
    pub fn uploads(&self, bucket: &str, query: &UploadQuery<'_>) -> Result<UploadPage, StoreError> {
        self.abort_overdue(bucket)?;
        let mut page = UploadPage::default();
        if query.limit == 0 {
            return Ok(page);
        }
        let sql = format!(
            "SELECT {COLUMNS} FROM s3_uploads WHERE bucket = ?1 AND key >= ?2 AND key < ?3 ORDER BY key, id"
        );
        let end = walk::past(query.prefix);
        self.state.with(|db| {
            let from = query.prefix.max(query.key_marker);
            let mut statement = db.prepare_cached(&sql)?;
            let mut rows = statement.query(params![bucket, from, Bytes(&end)])?;
            while let Some(row) = rows.next()? {
                let upload = Upload::read(row)?;
                let folded = common(&upload.key, query.prefix, query.delimiter);
                if !after_marker(&upload, folded, query) {
                    continue;
                }
                let last = page.items.last();
                if folded.is_some_and(
                    |folded| matches!(last, Some(UploadItem::Prefix(p)) if p == folded),
                ) {
                    continue;
                }
                if page.items.len() == query.limit {
                    page.truncated = true;
                    break;
                }
                page.items.push(match folded {
                    Some(folded) => UploadItem::Prefix(folded.to_owned()),
                    None => UploadItem::Upload(Box::new(upload)),
                });
            }
            Ok(())
        })?;
        Ok(page)
    }
}

fn after_marker(upload: &Upload, folded: Option<&str>, query: &UploadQuery<'_>) -> bool {
    if query.key_marker.is_empty() {
        return true;
    }
    if folded == Some(query.key_marker) {
        return false;
    }
    match query.id_marker {
        Some(id) if upload.key == query.key_marker => upload.id.as_str() > id,
        _ => upload.key.as_str() > query.key_marker,
    }
}
