//! The manifest of a batch: what went where, and how that was proven.
//!
//! JSON, one object of the batch a line, so that it is written and read as a stream however
//! many there are. `sources` and the objects' `source` name local paths; nothing of the
//! objects' content is in it but checksums.

mod keep;
mod read;
mod write;

use serde::{Deserialize, Serialize};

use super::journal::{Ending, Stand};

pub use keep::{Kept, Manifests, keep};
pub use read::{Manifest, each, open};

/// What says that a JSON document is one of these, and of which version.
pub const SCHEMA: &str = "lakehand.transfer/1";
/// Before the version, for every version.
const FAMILY: &str = "lakehand.transfer/";
/// The folder below the data directory.
pub const FOLDER: &str = "manifests";

/// What holds for the whole batch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Header {
    /// [`SCHEMA`]
    pub schema: String,
    /// The version that wrote it.
    pub lakehand: String,
    /// The lake's name in the configuration.
    pub lake: String,
    /// Its number in the journal.
    pub batch: i64,
    /// `put`, …
    pub verb: String,
    pub sources: Vec<String>,
    /// `s3://bucket/prefix/`
    pub destination: String,
    /// The reference of the approval.
    pub approval: Option<String>,
    /// The caller's ARN, where STS has answered.
    pub identity: Option<String>,
    /// Where the audit log stood when the batch was over: the anchor that a rewritten log
    /// would not fit.
    pub audit_head: Option<String>,
    /// RFC 3339, UTC, as all times here.
    pub began: String,
    pub ended: String,
}

/// How one object ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Done,
    /// The same content was there already.
    Skipped,
    Failed,
    Cancelled,
}

/// One object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub source: String,
    pub bucket: String,
    pub key: String,
    pub bytes: u64,
    pub status: Status,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// `CRC64NVME:…`, base64 as S3 writes it.
    #[serde(default)]
    pub checksum: Option<String>,
    /// Hex, where it was computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// True where a value computed here was compared with one computed there.
    #[serde(default)]
    pub verified: bool,
    /// What was compared, as `--json` spells it.
    #[serde(default)]
    pub proof: String,
    /// Of the object in the lake, without its quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// As the store named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
    /// What could not be proven of it beside its content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(default)]
    pub began: String,
    #[serde(default)]
    pub ended: String,
}

/// After the objects: a manifest that was cut off has none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    pub objects: u64,
    pub done: u64,
    pub skipped: u64,
    pub failed: u64,
    pub cancelled: u64,
    /// Of what is done or skipped.
    pub bytes: u64,
}

impl Entry {
    fn of(ending: Ending) -> Self {
        let Ending { place, .. } = ending;
        Self {
            source: place.local.display().to_string(),
            bucket: place.remote.bucket,
            key: place.remote.key,
            bytes: ending.size,
            status: match ending.stand {
                Stand::Done => Status::Done,
                Stand::Skipped => Status::Skipped,
                Stand::Cancelled => Status::Cancelled,
                Stand::Failed | Stand::Open | Stand::Paused => Status::Failed,
            },
            error: ending.error,
            checksum: ending.checksum,
            sha256: ending.sha256,
            verified: ending.proof.is_proof(),
            proof: ending.proof.name().to_owned(),
            etag: ending.etag,
            version_id: ending.version_id,
            kms_key: ending.kms_key,
            note: ending.note,
            began: time(ending.began),
            ended: time(ending.ended),
        }
    }

    /// True for an object that the batch has left in the lake.
    pub fn is_there(&self) -> bool {
        matches!(self.status, Status::Done | Status::Skipped)
    }
}

impl Totals {
    fn count(&mut self, entry: &Entry) {
        self.objects += 1;
        *match entry.status {
            Status::Done => &mut self.done,
            Status::Skipped => &mut self.skipped,
            Status::Failed => &mut self.failed,
            Status::Cancelled => &mut self.cancelled,
        } += 1;
        if entry.is_there() {
            self.bytes += entry.bytes;
        }
    }
}

/// Milliseconds since the epoch as RFC 3339.
fn time(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis).map(|at| at.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
