//! What the pane asks for and hears. Text in here is sanitised, keys are raw.

use std::path::PathBuf;
use std::sync::Arc;

use super::acts;
use super::arrange::Arrangement;
use super::gone::{Doomed, Going, Lost, Report};
use super::order::Sort;
use super::posture;
use super::rows::Rows;
use super::size;
use super::versions;
use super::viewer;
use crate::model::shown::Shown;
use crate::model::uri::S3Uri;
use crate::model::version::Marker;
use crate::model::when::When;
use crate::ui::talk::Failure;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    Listing,
    Arrange,
    Details,
    /// What is looked into: stopping it ends the reading.
    Preview,
    Acts(acts::Slot),
    PreviewRows,
    Query,
    Size,
    /// Asking how buckets stand against the reference.
    Posture,
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
    /// One level below the place, page after page: what begins with `begin`, which may be empty.
    List {
        at: S3Uri,
        begin: String,
        generation: u32,
    },
    /// Filter and sort what has arrived, off the screen's task. `from` is how it is arranged now.
    Arrange {
        from: Arrangement,
        pages: Vec<Rows>,
        sort: Sort,
        filter: String,
        generation: u32,
    },
    /// HEAD and tags. Waits a moment first: the cursor may be moving on.
    Details {
        uri: S3Uri,
    },
    /// What is in an object.
    Viewer(viewer::Job),
    /// The SQL that queries the folder of an object, or a folder.
    Query {
        of: S3Uri,
    },
    /// Count what lies below.
    Size(size::Job),
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
    /// The view of versions.
    Versions(versions::Job),
    Acts(acts::Job),
    /// About how buckets stand against the reference.
    Posture(posture::Job),
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
    Viewer(viewer::News),
    /// Statements for the SQL pane, and what to know of them.
    Query(Result<String, Failure>),
    Size(Box<size::News>),
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
    /// How buckets stand against the reference.
    Posture(posture::News),
    Acts(acts::News),
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
    /// About Lake Formation.
    Posture(posture::Answer),
    Acts(acts::Answer),
    /// As of when these keys and prefixes are to be again.
    AsOf(Vec<S3Uri>),
    Versions(versions::Answer),
}
