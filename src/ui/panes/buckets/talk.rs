//! What the pane asks for and hears. Text in here is sanitised, keys are raw.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use super::gone::{Doomed, Going, Lost, Report};
use super::rows::{Order, Sort};
use super::versions;
use crate::model::object::Role;
use crate::model::shown::Shown;
use crate::model::uri::S3Uri;
use crate::model::version::Marker;
use crate::model::when::When;
use crate::ui::talk::Failure;

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Bucket(Option<Role>),
    Folder,
    Object,
}

/// One row of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub kind: Kind,
    /// The last part of the key, fit to be shown.
    pub name: Shown,
    /// The same raw, where sanitising changed it.
    raw: Option<Box<str>>,
    /// Bytes; 0 for folders and buckets.
    pub size: u64,
    pub modified: Option<Timestamp>,
    pub class: Option<Shown>,
}

impl Row {
    /// `tail` is the bucket's name, or what follows the listed prefix in the key.
    pub fn new(kind: Kind, tail: &str) -> Self {
        let name = Shown::of(tail);
        let raw = (name.as_str() != tail).then(|| tail.into());
        Self { kind, name, raw, size: 0, modified: None, class: None }
    }

    /// The raw tail: appended to the listed prefix it is the key.
    pub fn tail(&self) -> &str {
        self.raw.as_deref().unwrap_or(self.name.as_str())
    }
}

/// Rows as they arrived; cheap to hand to a job.
pub type Rows = Arc<[Row]>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    Listing,
    Arrange,
    Details,
    Preview,
    /// The view of versions, and what is open beside it.
    Versions,
    Version,
    /// Deletes, uploads, downloads: each in its own, so that none cuts off another.
    Act(u32),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Job {
    /// The buckets: those with a role from the settings, the others from ListBuckets.
    Buckets {
        generation: u32,
    },
    /// One level below the place, page after page.
    List {
        at: S3Uri,
        generation: u32,
    },
    /// Filter and sort what has arrived, off the screen's task.
    Arrange {
        pages: Vec<Rows>,
        sort: Sort,
        filter: String,
        generation: u32,
    },
    /// HEAD and tags. Waits a moment first: the cursor may be moving on.
    Details {
        uri: S3Uri,
    },
    /// The first bytes of an object, by a ranged read.
    Preview {
        uri: S3Uri,
        size: u64,
    },
    /// Look at what would be sent and what of it is there already.
    PlanUpload {
        from: PathBuf,
        to: S3Uri,
    },
    /// Into the queue of transfers.
    Upload {
        from: PathBuf,
        to: S3Uri,
        overwrite: bool,
        /// Who allowed it; the target bucket asks for one.
        approval: Option<String>,
    },
    /// Into the queue of transfers.
    Download {
        what: Vec<S3Uri>,
        folder: PathBuf,
    },
    /// Look at what a copy or a move would do. `known`: bytes of those that are no folder.
    PlanCopy {
        what: Vec<S3Uri>,
        known: u64,
        to: S3Uri,
        remove: bool,
    },
    /// Into the queue of transfers.
    Copy {
        planned: PlannedCopy,
        overwrite: bool,
        approval: Option<String>,
    },
    /// Which objects these are, folders resolved, and whether their bucket keeps versions.
    /// `known`: bytes of the objects.
    Count {
        act: u32,
        objects: Vec<S3Uri>,
        folders: Vec<S3Uri>,
        known: u64,
    },
    /// Exactly these objects.
    Delete {
        act: u32,
        doomed: Doomed,
    },
    /// An empty bucket.
    DeleteBucket {
        bucket: String,
    },
    /// What was deleted of these keys and prefixes and was there at the time; `None`: all that
    /// is deleted.
    Seek {
        act: u32,
        what: Vec<S3Uri>,
        as_of: Option<When>,
    },
    /// Removes exactly these delete markers of one bucket.
    Undelete {
        act: u32,
        bucket: String,
        markers: Arc<Vec<Marker>>,
    },
    Versions(versions::Job),
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
    Arranged {
        generation: u32,
        order: Order,
        rows: usize,
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
    Counted(Doomed),
    /// What can be brought back.
    Lost(Lost),
    /// How far a long act is.
    Going {
        act: u32,
        going: Going,
    },
    /// It is over; `failed` is what was not done of it, to be read when it is asked for.
    Ended {
        act: u32,
        failed: Option<Report>,
    },
    Versions(versions::News),
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
    /// As of when these keys and prefixes are to be again.
    AsOf(Vec<S3Uri>),
    Versions(versions::Answer),
}
