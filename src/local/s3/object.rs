//! The nouns of the store.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::archive::Restored;
use super::checksum::{Algorithm, Checksum, Expected};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketInfo {
    pub name: String,
    pub created: SystemTime,
}

/// An object as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectInfo {
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// Without quotes. `Store::list` leaves it empty for a file that was dropped
    /// in and never looked at since; `Store::head` computes it.
    pub etag: String,
    pub modified: SystemTime,
    /// `None` is the version called `null`.
    pub version: Option<String>,
    pub meta: Meta,
}

/// What is kept about an object beside its bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Meta {
    #[serde(flatten)]
    pub headers: Headers,
    /// `AES256` or `aws:kms`; nothing for a file that was dropped in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sse: Option<String>,
    /// An ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub bucket_key: bool,
    /// `x-amz-meta-*`, names in lower case without that prefix.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_class: Option<String>,
    /// Of an archived object that was asked back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restored: Option<Restored>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksum: Option<Checksum>,
    /// How many parts it was uploaded in; 0 for one PutObject.
    #[serde(skip_serializing_if = "is_zero")]
    pub parts: u32,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature serde wants")]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// The HTTP headers that are kept as they came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Headers {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_disposition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

/// One part of an object that was uploaded in parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartInfo {
    pub number: u32,
    /// Bytes.
    pub size: u64,
    /// Base64, of the object's algorithm; kept where the client may ask for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
}

/// How to write an object. The default is what a bare PutObject does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PutOptions {
    pub content_type: Option<String>,
    pub content_encoding: Option<String>,
    pub content_disposition: Option<String>,
    pub content_language: Option<String>,
    pub cache_control: Option<String>,
    pub expires: Option<String>,
    /// The explicit `x-amz-server-side-encryption`; the bucket's default applies
    /// where there is none, but does not satisfy a policy that asks for it.
    pub sse: Option<String>,
    pub kms_key: Option<String>,
    pub bucket_key: bool,
    pub metadata: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    pub storage_class: Option<String>,
    /// `If-None-Match: *`: only where no such object is.
    pub if_none_match: bool,
    /// `If-Match`: only over this ETag, without quotes.
    pub if_match: Option<String>,
    /// The checksum to keep; CRC64NVME if nothing is said.
    pub checksum: Option<Algorithm>,
    /// What the bytes must come to.
    pub expected: Expected,
}

impl PutOptions {
    pub(super) fn headers(&self) -> Headers {
        Headers {
            content_type: self.content_type.clone(),
            content_encoding: self.content_encoding.clone(),
            content_disposition: self.content_disposition.clone(),
            content_language: self.content_language.clone(),
            cache_control: self.cache_control.clone(),
            expires: self.expires.clone(),
        }
    }

    /// The algorithm whose value is stored: the one asked for, else one that was
    /// announced, else S3's own default.
    pub fn stored_checksum(&self) -> Algorithm {
        self.checksum
            .or_else(|| self.expected.sums.first().map(|(algorithm, _)| *algorithm))
            .unwrap_or(Algorithm::Crc64Nvme)
    }

    /// Everything that must be computed while the bytes pass.
    pub(super) fn algorithms(&self) -> Vec<Algorithm> {
        let mut all = vec![self.stored_checksum()];
        all.extend(self.expected.sums.iter().map(|(algorithm, _)| *algorithm));
        all
    }
}

/// Default encryption of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SseRule {
    /// `AES256`, `aws:kms` or `aws:kms:dsse`.
    pub algorithm: String,
    pub kms_key: Option<String>,
    #[serde(default)]
    pub bucket_key: bool,
}

/// The fields of a bucket that are not its objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Versioning {
    /// Never switched on.
    #[default]
    Off,
    Enabled,
    Suspended,
}

/// What of public access a bucket blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicBlock {
    pub block_acls: bool,
    pub ignore_acls: bool,
    pub block_policy: bool,
    pub restrict: bool,
}

impl PublicBlock {
    /// As every new bucket has it.
    pub const ALL: Self =
        Self { block_acls: true, ignore_acls: true, block_policy: true, restrict: true };
}

/// Where a bucket's access logs are to go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogTarget {
    pub bucket: String,
    pub prefix: String,
    pub format: Option<LogFormat>,
}

/// How the keys of access logs are made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogFormat {
    /// The prefix, then the time.
    Simple,
    /// Folders by account, region, bucket and day; `by` is `EventTime` or `DeliveryTime`.
    Partitioned { by: Option<String> },
}
