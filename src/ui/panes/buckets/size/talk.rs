//! What the view asks for and hears. Keys and folders to go to are raw, all other text is sanitised.

use std::time::Duration;

use jiff::Timestamp;

use crate::model::shown::Shown;
use crate::model::size::Sum;
use crate::model::uri::S3Uri;
use crate::ui::talk::Failure;

/// Count these places, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    pub generation: u32,
    pub places: Vec<S3Uri>,
}

/// What was counted of a place so far.
#[derive(Debug, Clone, PartialEq)]
pub struct News {
    pub generation: u32,
    /// Which of the job's places.
    pub place: usize,
    pub report: Report,
    pub state: State,
}

/// How far the counting of a place is.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum State {
    /// Others come first.
    #[default]
    Waiting,
    Going,
    Done {
        at: Timestamp,
        took: Duration,
    },
    /// By who looks at it: there is at least so much.
    Stopped,
    /// There is at least so much.
    Failed(Failure),
}

/// Sums and what stands out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    pub all: Sum,
    /// In no folder below the place.
    pub here: Sum,
    /// By storage class, the one with most bytes first; a class without a name was not told.
    pub classes: Vec<(Shown, Sum)>,
    pub newest: Option<Standout>,
    pub oldest: Option<Standout>,
    pub largest: Option<Standout>,
    /// The largest folders right below the place.
    pub folders: Vec<Folder>,
    /// How many others there are; more than that where `is_beyond` is set.
    pub others: u64,
    pub in_others: Sum,
    pub is_beyond: bool,
}

/// A folder right below a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// What it adds to the place's key, raw.
    pub tail: String,
    pub sum: Sum,
}

/// An object that stands out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standout {
    pub key: Shown,
    /// Bytes.
    pub size: u64,
    pub modified: Option<Timestamp>,
}
