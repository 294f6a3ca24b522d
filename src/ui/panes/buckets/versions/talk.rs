//! What the view asks for and hears. Keys, version ids and ETags are raw.

use std::path::PathBuf;

use jiff::Timestamp;

use super::super::talk::Details;
use crate::model::object::ObjectRef;
use crate::model::uri::S3Uri;
use crate::model::version::{Marker, Version};
use crate::ui::talk::Failure;

/// An object that is deleted: what a list does not show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// What stands over it, the newest first.
    pub markers: Vec<Marker>,
    /// When it was deleted last.
    pub at: Option<Timestamp>,
    /// What is there again without the markers.
    pub below: Version,
}

/// One version of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Which {
    pub uri: S3Uri,
    pub id: String,
}

impl Which {
    pub fn object(self) -> ObjectRef {
        ObjectRef { uri: self.uri, version: Some(self.id) }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Job {
    /// All versions of exactly this key.
    Look { uri: S3Uri, generation: u32 },
    /// The deleted objects below a prefix.
    Deleted { prefix: S3Uri, generation: u32 },
    /// HEAD and tags of a version. Waits a moment first.
    Details { which: Which },
    /// Into the queue of transfers.
    Download { which: Which, folder: PathBuf },
    /// Into the queue of transfers: a copy of the version over its own key.
    Restore { which: Which, approval: Option<String> },
    /// For ever.
    Delete { which: Which },
}

#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// A page of one key's versions, from the newest on.
    Versions {
        generation: u32,
        versions: Vec<Version>,
        more: bool,
    },
    /// Deleted objects, and how many keys have been looked at in all.
    Deleted {
        generation: u32,
        deleted: Vec<Deleted>,
        seen: u64,
        more: bool,
    },
    Broken {
        generation: u32,
        failure: Failure,
    },
    Details {
        which: Which,
        result: Result<Details, Failure>,
    },
}

/// Which question a prompt answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Into which folder of this machine.
    Download(Which),
    /// The reference under which the target bucket takes it.
    Approval { which: Which, about: String },
}
