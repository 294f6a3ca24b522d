//! What the view asks for and hears. Keys and upload ids are raw, all other text is sanitised.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::model::object::Role;
use crate::model::shown::Shown;
use crate::model::uri::S3Uri;
use crate::ui::talk::Failure;

/// Names one upload: ids are the store's, and nothing says that two buckets' differ.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UploadName {
    pub bucket: String,
    pub upload_id: String,
}

/// An upload that was begun and neither completed nor aborted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    pub to: S3Uri,
    pub upload_id: String,
    pub initiated: Option<Timestamp>,
    pub initiator: Option<Shown>,
    pub owner: Option<Shown>,
    pub class: Option<Shown>,
    pub checksum: Option<Shown>,
    /// What the store has of it.
    pub extent: Extent,
}

impl Stray {
    pub fn name(&self) -> UploadName {
        UploadName { bucket: self.to.bucket.clone(), upload_id: self.upload_id.clone() }
    }
}

/// The parts that are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extent {
    /// Not asked for yet.
    Unknown,
    Known {
        parts: u32,
        bytes: u64,
    },
    /// ListParts failed.
    Hidden(Failure),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Job {
    /// The unfinished uploads of all buckets, and how much each of them holds.
    Look { generation: u32 },
    /// Go on with this one from a local file.
    Adopt { from: PathBuf, to: S3Uri, upload_id: String, approval: Option<String> },
    /// Exactly these, but none that has come to life meanwhile.
    Abort { uploads: Vec<(S3Uri, String)> },
}

/// Which question a prompt answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The local file of this upload.
    File { to: S3Uri, upload_id: String },
    /// The reference under which data may leave by the target bucket.
    Approval { from: PathBuf, to: S3Uri, upload_id: String },
}

#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// The buckets that are looked into.
    Buckets { generation: u32, buckets: Vec<(String, Option<Role>)> },
    /// There is no list of buckets, or nothing tells which uploads are alive.
    Broken { generation: u32, failure: Failure },
    /// A page of one bucket.
    Found { generation: u32, bucket: String, uploads: Vec<Stray>, more: bool },
    /// This bucket is not to be looked into.
    Closed { generation: u32, bucket: String, failure: Failure },
    /// What the store has of one upload.
    Sized { generation: u32, upload: UploadName, extent: Extent },
    /// Everything has been asked for.
    Looked { generation: u32 },
    /// Aborted, taken into the queue, or not there any more.
    Gone { upload: UploadName },
}
