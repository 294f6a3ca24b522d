//! What the pane asks for and hears. Text in here is sanitised, keys are raw.

use std::path::PathBuf;
use std::sync::Arc;

use super::arrange::Arrangement;
use super::order::Sort;
use super::rows::Rows;
use crate::model::shown::Shown;
use crate::model::uri::S3Uri;
use crate::ui::talk::Failure;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    Listing,
    Arrange,
    Details,
    Preview,
    /// Deletes, uploads, downloads: each in its own, so that none cuts off another.
    Act(u32),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Job {
    /// The buckets: those with a role from the settings, the others from ListBuckets.
    Buckets { generation: u32 },
    /// One level below the place, page after page: what begins with `begin`, which may be empty.
    List { at: S3Uri, begin: String, generation: u32 },
    /// Filter and sort what has arrived, off the screen's task. `from` is how it is arranged now.
    Arrange { from: Arrangement, pages: Vec<Rows>, sort: Sort, filter: String, generation: u32 },
    /// HEAD and tags. Waits a moment first: the cursor may be moving on.
    Details { uri: S3Uri },
    /// The first bytes of an object, by a ranged read.
    Preview { uri: S3Uri, size: u64 },
    /// Look at what would be sent and what of it is there already.
    PlanUpload { from: PathBuf, to: S3Uri },
    /// Into the queue of transfers.
    Upload {
        from: PathBuf,
        to: S3Uri,
        overwrite: bool,
        /// Who allowed it; the target bucket asks for one.
        approval: Option<String>,
    },
    /// Into the queue of transfers.
    Download { what: Vec<S3Uri>, folder: PathBuf },
    /// Look at what a copy or a move would do. `known`: bytes of those that are no folder.
    PlanCopy { what: Vec<S3Uri>, known: u64, to: S3Uri, remove: bool },
    /// Into the queue of transfers.
    Copy { planned: PlannedCopy, overwrite: bool, approval: Option<String> },
    /// Which objects these are, folders resolved. `known`: bytes of those that are no folder.
    Count { what: Vec<S3Uri>, known: u64 },
    /// Exactly these objects.
    Delete { keys: Arc<Vec<S3Uri>> },
}

#[derive(Debug, Clone, PartialEq)]
pub enum News {
    Rows {
        generation: u32,
        rows: Rows,
        more: bool,
    },
    Broken {
        generation: u32,
        failure: Failure,
    },
    /// There is more than was told, and why it was not.
    Partial {
        generation: u32,
        note: Shown,
    },
    /// What was asked to be arranged; `done` where nothing more comes of it.
    Arranged {
        generation: u32,
        arrangement: Arrangement,
        done: bool,
    },
    Details {
        uri: S3Uri,
        result: Result<Details, Failure>,
    },
    Preview {
        uri: S3Uri,
        result: Result<Preview, Failure>,
    },
    Planned(Planned),
    PlannedCopy(PlannedCopy),
    Counted {
        keys: Arc<Vec<S3Uri>>,
        bytes: u64,
    },
    /// An act that was being counted or planned is no longer.
    Settled,
    /// Something below this place is not what it was: an upload arrived, objects went.
    Changed {
        under: S3Uri,
    },
}

/// What an upload would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    pub from: PathBuf,
    pub to: S3Uri,
    pub files: u64,
    pub bytes: u64,
    /// How many of the files' keys exist already.
    pub existing: u64,
    /// One of them, to be shown.
    pub example: Option<Shown>,
}

/// What a copy or a move would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedCopy {
    /// Objects, and folders that end in `/`.
    pub what: Vec<S3Uri>,
    /// A folder where it ends in `/`, else the new name of the one that is copied.
    pub to: S3Uri,
    /// A move.
    pub remove: bool,
    pub objects: u64,
    pub bytes: u64,
    /// How many keys of the destination exist already.
    pub existing: u64,
    /// One of them, to be shown.
    pub example: Option<Shown>,
}

/// What HEAD and GetObjectTagging tell, line by line: a label and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    pub lines: Vec<(&'static str, Shown)>,
}

/// The beginning of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    pub lines: Arc<[Shown]>,
    /// What this is: `text, the first 64 KiB of 3.4 GiB`.
    pub note: Shown,
}

/// Which question a prompt answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Which place to go to.
    Place,
    UploadTo(S3Uri),
    /// The reference under which data may leave by the target bucket.
    Approval(Planned),
    Download(Vec<S3Uri>),
    /// Where these go. `known`: bytes of those that are no folder.
    CopyTo {
        what: Vec<S3Uri>,
        known: u64,
        remove: bool,
    },
    /// The reference under which a copy may go into the target bucket.
    CopyApproval(PlannedCopy),
}
