//! What a key means at this moment: the file on disk and the row that describes it.

use std::fs::File;

use super::Store;
use super::checksum::{Algorithm, Checksum, Kind};
use super::error::StoreError;
use super::incoming;
use super::layout::plain;
use super::object::{Meta, ObjectInfo};
use super::rows::{self, Content, Row};
use super::tree::{self, Fingerprint, Spot};

/// Up to this many bytes a dropped-in file's ETag is its MD5; reading more than that
/// for a listing would stall it, and S3 does not promise that an ETag is an MD5.
const MD5_UP_TO: u64 = 64 * 1024 * 1024;
/// A file changed this recently may change again within the clock's resolution.
const SETTLED: std::time::Duration = std::time::Duration::from_secs(1);

/// An object's open file, and its row where its fingerprint has one.
#[derive(Debug)]
pub struct Found {
    pub file: File,
    pub fingerprint: Fingerprint,
    /// `None`: dropped in, or edited by hand.
    pub row: Option<Row>,
}

impl Store {
    /// Looks a key up; `None` where there is no such object.
    ///
    /// A writer commits its row before its rename, and takes the old row away after
    /// it. So a file without a row is looked at twice: still the same file means that
    /// nobody is writing and that it was put there by hand.
    ///
    /// # Errors
    /// `NoSuchBucket`, or the disk's.
    pub(super) fn find(&self, bucket: &str, key: &str) -> Result<Option<Found>, StoreError> {
        let mut seen = None;
        for _ in 0..64 {
            let file = self.open_plain(bucket, key)?;
            let rows = self.state.with(|db| rows::of_key(db, bucket, key))?;
            if let Some((file, fingerprint)) = file {
                let row = rows
                    .into_iter()
                    .find(|row| row.blob.is_none() && row.fingerprint == fingerprint);
                if row.is_some() || seen == Some(fingerprint) {
                    return Ok(Some(Found { file, fingerprint, row }));
                }
                seen = Some(fingerprint);
                continue;
            }
            let Some(row) = rows.into_iter().find(|row| row.blob.is_some()) else {
                return Ok(None);
            };
            let path = self.layout.blob(row.blob.as_deref().unwrap_or_default());
            match File::open(path) {
                Ok(file) => {
                    return Ok(Some(Found { file, fingerprint: row.fingerprint, row: Some(row) }));
                }
                // Replaced or deleted between the row and the file.
                Err(why) if why.kind() == std::io::ErrorKind::NotFound => {}
                Err(why) => return Err(why.into()),
            }
        }
        Err(StoreError::new(
            "InternalError",
            format!("The file of {key} in bucket {bucket} is missing or keeps changing"),
        ))
    }

    fn open_plain(
        &self,
        bucket: &str,
        key: &str,
    ) -> Result<Option<(File, Fingerprint)>, StoreError> {
        let root = self.root(bucket)?;
        let Some((folders, name)) = plain(key) else { return Ok(None) };
        match tree::descend(root, &folders, false)? {
            Spot::Folder(parent) => Ok(tree::open_file(&parent, name)?),
            Spot::Absent | Spot::Blocked => Ok(None),
        }
    }

    /// The object's description, computed and remembered where it has none yet.
    pub(super) fn describe(
        &self,
        bucket: &str,
        key: &str,
        found: &Found,
    ) -> Result<ObjectInfo, StoreError> {
        let mut news = Vec::new();
        let info = examine(key, found, &mut news)?;
        self.remember(bucket, &news)?;
        Ok(info)
    }

    /// Keeps what was computed about files put there by hand. A listing brings a page
    /// of them at once: each by itself would wait for the disk a thousand times.
    pub(super) fn remember(&self, bucket: &str, news: &[Examined]) -> Result<(), StoreError> {
        if news.is_empty() {
            return Ok(());
        }
        self.state.with(|db| {
            let tx = db.transaction()?;
            for new in news {
                rows::insert(&tx, bucket, &new.key, None, new.fingerprint, &new.content)?;
            }
            tx.commit()
        })?;
        Ok(())
    }

    /// The object's checksum over all its bytes, computed if it has none.
    pub(super) fn checksum(
        &self,
        found: &Found,
        info: &ObjectInfo,
    ) -> Result<Checksum, StoreError> {
        if let Some(checksum) = &info.meta.checksum {
            return Ok(checksum.clone());
        }
        let checksum = crc64(&found.file)?;
        if let Some(row) = &found.row {
            let meta = Meta { checksum: Some(checksum.clone()), ..info.meta.clone() };
            self.state.with(|db| rows::set_meta(db, row.id, &meta))?;
        }
        Ok(checksum)
    }
}

/// A file put there by hand, looked at for the first time.
#[derive(Debug)]
pub struct Examined {
    key: String,
    fingerprint: Fingerprint,
    content: Content,
}

/// An object's description; what had to be computed and may be kept joins `news`.
pub fn examine(
    key: &str,
    found: &Found,
    news: &mut Vec<Examined>,
) -> Result<ObjectInfo, StoreError> {
    if let Some(row) = &found.row {
        return Ok(row.clone().info(key));
    }
    let content = first_look(found)?;
    let info = content.info(key, found.fingerprint);
    let settled = found.fingerprint.modified().elapsed().is_ok_and(|age| age > SETTLED);
    if settled && Fingerprint::of(&found.file)? == found.fingerprint {
        news.push(Examined { key: key.to_owned(), fingerprint: found.fingerprint, content });
    }
    Ok(info)
}

/// ETag and, where the bytes are read anyway, checksum of a file put there by hand.
fn first_look(found: &Found) -> Result<Content, StoreError> {
    let Fingerprint { size, mtime, inode } = found.fingerprint;
    let bare = |etag, checksum| Content {
        etag,
        version: None,
        meta: Meta { checksum, ..Meta::default() },
        parts: Vec::new(),
    };
    if size > MD5_UP_TO {
        let name = format!("{size} {mtime} {inode}");
        let digests = incoming::hash(name.as_bytes(), &[], |_| Ok(()))?;
        return Ok(bare(format!("{}-1", digests.etag()), None));
    }
    let digests =
        incoming::hash(Pread::new(&found.file, 0, u64::MAX), &[Algorithm::Crc64Nvme], |_| Ok(()))?;
    let checksum = digests.sum(Algorithm::Crc64Nvme).map(|value| Checksum {
        algorithm: Algorithm::Crc64Nvme,
        value,
        kind: Kind::FullObject,
    });
    Ok(bare(digests.etag(), checksum))
}

fn crc64(file: &File) -> Result<Checksum, StoreError> {
    let digests =
        incoming::hash(Pread::new(file, 0, u64::MAX), &[Algorithm::Crc64Nvme], |_| Ok(()))?;
    Ok(Checksum {
        algorithm: Algorithm::Crc64Nvme,
        value: digests.sum(Algorithm::Crc64Nvme).unwrap_or_default(),
        kind: Kind::FullObject,
    })
}

/// Reads a range of a shared file without touching its position.
pub struct Pread<'a> {
    file: &'a File,
    at: u64,
    end: u64,
}

impl<'a> Pread<'a> {
    pub fn new(file: &'a File, at: u64, end: u64) -> Self {
        Self { file, at, end }
    }
}

impl std::io::Read for Pread<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let want = usize::try_from(self.end.saturating_sub(self.at))
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let n = std::os::unix::fs::FileExt::read_at(self.file, &mut buffer[..want], self.at)?;
        self.at += n as u64;
        Ok(n)
    }
}
