//! From what was chosen to the very objects it means, folders walked.

use crate::lake::Lake;
use crate::listing::{Gait, Walk, walk};
use crate::model::keys::Names;
use crate::model::trouble::Trouble;
use crate::model::uri::S3Uri;

/// Objects of one bucket.
#[derive(Debug, Default)]
pub(super) struct Counted {
    pub bucket: String,
    /// Raw, a piece of memory for all of them.
    pub keys: Names,
    pub bytes: u64,
}

/// A count under way.
pub(super) struct Count {
    lake: Lake,
    folders: std::vec::IntoIter<S3Uri>,
    walk: Option<Walk>,
    pub so_far: Counted,
}

impl Count {
    /// Of these objects, and of all that lie below the folders, with those that stand for them.
    /// `known`: bytes of the objects.
    pub fn new(lake: Lake, objects: &[S3Uri], folders: Vec<S3Uri>, known: u64) -> Self {
        let first = objects.first().or(folders.first());
        let bucket = first.map(|uri| uri.bucket.clone()).unwrap_or_default();
        let mut so_far = Counted { bucket, bytes: known, ..Counted::default() };
        objects.iter().for_each(|uri| so_far.keys.push(&uri.key));
        Self { lake, folders: folders.into_iter(), walk: None, so_far }
    }

    /// Counts on, a page or a folder at a time; false where all is counted.
    ///
    /// # Errors
    /// As S3 answers.
    pub async fn more(&mut self) -> Result<bool, Trouble> {
        if let Some(open) = &mut self.walk
            && let Some(found) = open.next().await
        {
            for object in found?.iter() {
                self.so_far.keys.push(object.key);
                self.so_far.bytes += object.size;
            }
            return Ok(true);
        }
        let folder = self.folders.next();
        self.walk = folder.map(|folder| walk(&self.lake, folder, Gait::default()));
        Ok(self.walk.is_some())
    }

    /// [`Self::more`] until all is counted.
    ///
    /// # Errors
    /// As S3 answers.
    pub async fn all(mut self) -> Result<Counted, Trouble> {
        while self.more().await? {}
        Ok(self.so_far)
    }
}
