//! A transfer as the journal is told of it, and as it tells of it.

use std::path::PathBuf;

use super::super::item::Landed;
use super::super::source::Fingerprint;
use super::batches::BatchId;
use crate::model::transfer::{Direction, Proof};
use crate::model::uri::S3Uri;

/// A transfer's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RowId(pub i64);

/// From where to where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub direction: Direction,
    /// Of a copy, its source's address.
    pub local: PathBuf,
    pub remote: S3Uri,
}

impl Place {
    pub(super) fn what(&self) -> String {
        match self.direction {
            Direction::Up => format!("put {}", self.local.display()),
            Direction::Down => format!("get {}", self.remote),
            Direction::Across => format!("copy {}", self.local.display()),
        }
    }
}

/// How a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    /// Begun and not ended.
    Open,
    Paused,
    Done,
    Skipped,
    Failed,
    Cancelled,
}

impl Stand {
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Paused => "paused",
            Self::Done => "done",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    pub(super) fn parse(name: &str) -> Self {
        [Self::Open, Self::Paused, Self::Done, Self::Skipped, Self::Cancelled]
            .into_iter()
            .find(|stand| stand.name() == name)
            .unwrap_or(Self::Failed)
    }
}

/// What is written before something is begun.
#[derive(Debug, Clone)]
pub struct Begin {
    pub batch: BatchId,
    pub place: Place,
    /// An upload's source.
    pub print: Option<Fingerprint>,
    /// Bytes of the whole.
    pub size: u64,
    pub part_size: u64,
    /// A download's or a copy's source: the version of the object that is being fetched.
    pub etag: Option<String>,
    /// A download's temporary file.
    pub temp: Option<PathBuf>,
}

/// A copy whose last step was begun, and of which the journal does not know more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    pub place: Place,
    /// Bytes of the whole.
    pub size: u64,
}

/// A part that arrived. A download's has neither ETag nor MD5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartRow {
    pub number: u32,
    pub size: u64,
    pub etag: String,
    pub crc: u64,
    pub md5: Option<[u8; 16]>,
}

/// What an earlier try has left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    pub row: RowId,
    /// Milliseconds since the epoch.
    pub began: i64,
    pub print: Option<Fingerprint>,
    pub size: u64,
    pub part_size: u64,
    /// `None`: the process died between asking for an upload and hearing its id.
    pub upload_id: Option<String>,
    pub checksums: bool,
    pub etag: Option<String>,
    pub temp: Option<PathBuf>,
    /// The whole's checksum, where all parts had arrived.
    pub checksum: Option<String>,
    /// What it ends with, where its last step was begun.
    pub closing: Option<Landed>,
    pub paused: bool,
    pub parts: Vec<PartRow>,
}

/// What the journal knows of a place before work on it begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// To be gone on with.
    pub left: Option<Box<Left>>,
    /// The checksum of the file that went there last, and what the file was then.
    pub before: Option<(Fingerprint, String)>,
}

/// A transfer that ended, or was paused.
#[derive(Debug, Clone, PartialEq)]
pub struct Ending {
    pub batch: BatchId,
    pub place: Place,
    pub stand: Stand,
    pub print: Option<Fingerprint>,
    /// Bytes of the whole.
    pub size: u64,
    /// Bytes that went over the line.
    pub moved: u64,
    /// Parts that were there already.
    pub reused: u32,
    pub proof: Proof,
    pub checksum: Option<String>,
    pub sha256: Option<String>,
    pub etag: Option<String>,
    pub version_id: Option<String>,
    pub kms_key: Option<String>,
    /// What could not be proven of one that worked out.
    pub note: Option<String>,
    pub error: Option<String>,
    /// Milliseconds since the epoch.
    pub began: i64,
    pub ended: i64,
}
