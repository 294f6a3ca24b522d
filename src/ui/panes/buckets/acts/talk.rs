//! What the acts ask for and hear. Keys and tags are raw, all other text is sanitised.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::places::Place;
use crate::model::object::ObjectRef;
use crate::model::shown::Shown;
use crate::model::storage::{Class, Tier};
use crate::model::tags::Tags;
use crate::model::uri::S3Uri;
use crate::ui::talk::{Failure, Level};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    Tags,
    Places,
    /// The one thing that is worked on with its progress on the screen.
    Errand,
}

/// One tag of many objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Set { key: String, value: String },
    Remove { key: String },
}

/// What is to be done with objects once they are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    Tag(Change),
    Class(Class),
    Restore { days: u32, tier: Tier },
}

/// What was chosen. `known`: bytes of those that are no folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    pub what: Vec<S3Uri>,
    pub known: u64,
}

/// What is worked on with its progress on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// Exactly these objects.
    Tag { keys: Arc<Vec<S3Uri>>, change: Change },
    /// Exactly these objects.
    Restore { keys: Arc<Vec<S3Uri>>, days: u32, tier: Tier },
    /// A file of this machine with an object.
    Compare { path: PathBuf, uri: S3Uri },
}

#[derive(Debug, Clone, PartialEq)]
pub enum Job {
    /// The empty object that stands for a folder.
    MakeFolder {
        uri: S3Uri,
        approval: Option<String>,
    },
    ReadTags {
        uri: S3Uri,
    },
    /// `was`: what they were when they were last looked at.
    SaveTags {
        uri: S3Uri,
        was: Tags,
        now: Tags,
    },
    /// Which objects these are, folders resolved.
    Count {
        chosen: Chosen,
        then: Then,
    },
    /// Into the queue of transfers.
    Class {
        what: Vec<S3Uri>,
        class: Class,
    },
    Errand {
        id: u32,
        work: Work,
    },
    Link {
        object: ObjectRef,
        lasting: Duration,
    },
    /// Bookmarks and recent places.
    Places,
    /// Bookmark the place, or do so no more.
    Bookmark {
        uri: S3Uri,
    },
    /// Take the place off the list.
    Forget {
        uri: S3Uri,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub enum News {
    Tags {
        uri: S3Uri,
        result: Result<Tags, Failure>,
    },
    /// Somebody has changed them meanwhile, to what is `there`; nothing was written.
    TagsMoved {
        uri: S3Uri,
        there: Tags,
        now: Tags,
    },
    TagsSaved {
        uri: S3Uri,
        result: Result<(), Failure>,
    },
    /// A menu's choice: one tag for all of these.
    TagMany(Chosen),
    /// A menu's choice.
    Picked {
        chosen: Chosen,
        then: Then,
    },
    Counted {
        what: Vec<S3Uri>,
        keys: Arc<Vec<S3Uri>>,
        bytes: u64,
        then: Then,
    },
    /// A yes: this is worked on from now on.
    Begin {
        what: Shown,
        work: Work,
    },
    /// How far an errand is.
    Going {
        errand: u32,
        done: u64,
        total: u64,
    },
    /// `touched`: below here something is not what it was.
    Over {
        errand: u32,
        level: Level,
        said: Shown,
        touched: Option<S3Uri>,
    },
    Linked(Link),
    Places(Result<Vec<Place>, Failure>),
}

/// A link that was made. Whoever has it can read the object: it is shown, and never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    pub url: Shown,
    /// `2026-11-21 18:03 UTC`
    pub until: Shown,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("until", &self.until).finish_non_exhaustive()
    }
}

/// Which question a prompt answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// `known`: its bytes.
    Rename {
        from: S3Uri,
        known: u64,
    },
    FolderIn(S3Uri),
    /// The reference under which a folder may be made in the target bucket.
    FolderApproval(S3Uri),
    /// The key of the tag that is taken off all of these.
    TagKey(Chosen),
    /// For how long these are restored.
    Days {
        chosen: Chosen,
        tier: Tier,
    },
    Lasting(ObjectRef),
    CompareWith(S3Uri),
}
