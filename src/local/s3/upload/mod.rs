//! Multipart uploads.

use super::Store;
use super::error::StoreError;

impl Store {
    pub(super) fn upload_ids(&self, bucket: &str) -> Result<Vec<String>, StoreError> {
        Ok(self.state.with(|db| {
            let mut statement =
                db.prepare_cached("SELECT id FROM s3_uploads WHERE bucket = ?1 ORDER BY id")?;
            statement.query_map([bucket], |row| row.get(0))?.collect()
        })?)
    }

    /// Forgets an upload, then removes its parts: killed in between, files nobody
    /// knows remain, and opening the lake removes them.
    pub(super) fn forget_upload(&self, id: &str) -> Result<(), StoreError> {
        self.state.with(|db| db.execute("DELETE FROM s3_uploads WHERE id = ?1", [id]))?;
        match std::fs::remove_dir_all(self.layout.uploads.join(id)) {
            Err(why) if why.kind() != std::io::ErrorKind::NotFound => Err(why.into()),
            _ => Ok(()),
        }
    }
}
