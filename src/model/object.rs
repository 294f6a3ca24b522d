//! Buckets, folders and objects.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;

use super::storage::Restore;
use super::uri::S3Uri;

/// What a bucket is for in this lake; sorts in the order the pane shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    Source,
    Target,
    Analyst,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Source, Self::Target, Self::Analyst];

    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Target => "target",
            Self::Analyst => "analyst",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    pub name: String,
    pub role: Option<Role>,
    pub created: Option<Timestamp>,
    pub region: Option<String>,
}

/// One object of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    pub key: String,
    /// Bytes.
    pub size: u64,
    pub modified: Option<Timestamp>,
    /// Without its quotes.
    pub etag: Option<String>,
    pub storage_class: Option<String>,
    /// How an archived one that was asked back stands, where the listing says so.
    pub restore: Option<Restore>,
}

/// An object that is meant, and which of its versions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectRef {
    pub uri: S3Uri,
    /// `None`: the newest one there is.
    pub version: Option<String>,
}

impl ObjectRef {
    /// The newest version.
    pub fn newest(uri: S3Uri) -> Self {
        Self { uri, version: None }
    }
}

/// One row under a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A common prefix, with its trailing delimiter, from the bucket's root.
    Prefix(String),
    Object(Object),
}

impl Entry {
    /// The whole key or prefix.
    pub fn key(&self) -> &str {
        match self {
            Self::Prefix(prefix) => prefix,
            Self::Object(object) => &object.key,
        }
    }
}

/// One page of ListObjectsV2, folders first as S3 answers them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    pub entries: Vec<Entry>,
    /// Where to go on; `None` on the last page.
    pub next: Option<String>,
}

/// How an object is encrypted at rest, as HeadObject tells it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Encryption {
    /// `AES256`, `aws:kms`, `aws:kms:dsse`.
    pub algorithm: Option<String>,
    /// The KMS key's ARN or id, as the service answered it.
    pub kms_key: Option<String>,
    /// A key of the bucket's stands between this object and the KMS key.
    pub bucket_key: bool,
}

/// What keeps an object version from being deleted (Object Lock).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lock {
    /// `GOVERNANCE` or `COMPLIANCE`.
    pub mode: Option<String>,
    pub until: Option<Timestamp>,
    /// True while a legal hold is on, for as long as nobody takes it away.
    pub hold: bool,
}

/// A checksum with its name as S3 spells it (`CRC64NVME`, `SHA256`, …), base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    pub algorithm: String,
    pub value: String,
    /// False where it is a checksum of the parts' checksums (COMPOSITE).
    pub full_object: bool,
}

/// What HeadObject (checksum mode) tells of one object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    pub size: u64,
    pub etag: Option<String>,
    pub modified: Option<Timestamp>,
    pub content_type: Option<String>,
    pub storage_class: Option<String>,
    pub version_id: Option<String>,
    pub encryption: Encryption,
    pub checksum: Option<Checksum>,
    pub lock: Lock,
    /// `PENDING`, `COMPLETED`, `FAILED` or `REPLICA`, where the bucket replicates.
    pub replication: Option<String>,
    /// Of an archived object that was asked back.
    pub restore: Option<Restore>,
    /// User metadata, without the `x-amz-meta-` prefix.
    pub metadata: BTreeMap<String, String>,
}

impl Head {
    /// How many parts it was uploaded in, where its ETag says so (`…-12`).
    pub fn parts(&self) -> Option<u32> {
        self.etag.as_deref()?.rsplit_once('-')?.1.parse().ok()
    }
}
