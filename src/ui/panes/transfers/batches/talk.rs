//! What the view asks for and hears. All text is sanitised.

use std::sync::Arc;

use jiff::Timestamp;

use crate::model::shown::Shown;

/// A batch of this lake's queue that this workbench does not work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its number in the journal.
    pub id: i64,
    /// `put /data/run7 → s3://source/run7/`
    pub what: Shown,
    pub from: Vec<Shown>,
    pub to: Shown,
    pub standing: Standing,
    /// Files that have been found, and how they stand.
    pub files: Files,
    pub bytes_done: u64,
    /// Of the files that have been found.
    pub bytes_total: u64,
    /// When it last got on.
    pub changed: Option<Timestamp>,
}

/// Who works on it, or why nobody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Its user stopped it.
    Stopped,
    /// Its process was killed.
    Interrupted,
    /// This process works on it, somebody looking on.
    Running(u32),
    /// The same, and it has lost its terminal.
    Headless(u32),
}

impl Standing {
    /// The process that works on it.
    pub fn pid(self) -> Option<u32> {
        match self {
            Self::Running(pid) | Self::Headless(pid) => Some(pid),
            Self::Stopped | Self::Interrupted => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Files {
    /// The folders were still being read: there may be more.
    pub more: bool,
    pub found: u64,
    /// Done, or there already.
    pub through: u64,
    pub failed: u64,
    /// Something has arrived of them, or may have, and they are not through.
    pub unfinished: u64,
    /// Bytes of the unfinished ones that have arrived.
    pub arrived: u64,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Job {
    /// Tell what there is beside this workbench's queue, whenever it is something else.
    Watch,
    /// Go on with this one here.
    Resume { id: i64 },
    /// End this one, and throw away what has arrived of its unfinished files.
    Cancel { id: i64 },
}

#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// All there is, the oldest first.
    Beside(Arc<[Batch]>),
}
