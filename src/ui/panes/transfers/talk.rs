//! What the pane asks for and hears. Names in a sample are raw: drawing sanitises them.

use std::sync::Arc;

use super::{batches, strays};
use crate::model::closeup::Closeup;
use crate::model::transfer::{Totals, TransferId, TransferView};
use crate::ui::talk::Failure;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    /// The one job that samples the queue.
    Watch,
    /// Looking for unfinished uploads.
    Strays,
    /// Looking beside the queue.
    Beside,
    /// What is asked of the queue or of the store; each in its own slot.
    Act(u32),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Job {
    /// Tell how the queue is, at most four times a second; nothing while nothing changes.
    Watch(Watch),
    /// Ask this of the queue.
    Act(Act),
    /// About unfinished uploads.
    Strays(strays::Job),
    /// About batches that are not this workbench's.
    Batches(batches::Job),
}

/// How the queue is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Watch {
    /// The rows are on the screen. Else only its counts are told, when one changes.
    pub seen: bool,
    /// What the cursor is on is looked at from near by.
    pub chosen: Option<TransferId>,
    /// The rows have just been told: what the cursor is on comes first, they have time.
    pub known: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    Pause(Vec<TransferId>),
    Resume(Vec<TransferId>),
    Cancel(Vec<TransferId>),
    Retry(Vec<TransferId>),
    /// To the front of what waits.
    First(Vec<TransferId>),
    /// Bytes a second over all files; `None` lifts the limit.
    Limit(Option<u64>),
    Clear,
}

#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// The queue as it is now.
    Sample(Sample),
    /// Its counts, while its rows are not on the screen.
    Counts { totals: Totals, held: Option<Failure> },
    /// The transfer under the cursor, before the next sample.
    Closeup(Closeup),
    /// What was asked of the marked ones is under way: they are marked no more.
    Unmark,
    /// There is no queue to watch.
    Broken(Failure),
    /// Of unfinished uploads.
    Strays(strays::News),
    /// Of batches that are not this workbench's.
    Batches(batches::News),
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sample {
    pub rows: Arc<[TransferView]>,
    pub totals: Totals,
    /// Bytes a second.
    pub limit: Option<u64>,
    /// The queue's rate, second by second, the oldest first.
    pub rates: Arc<[u64]>,
    /// Why all of it waits, while it does: the line, or the session.
    pub held: Option<Failure>,
    /// What the cursor is on.
    pub closeup: Option<Box<Closeup>>,
}

/// Which question a prompt answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The rate limit.
    Limit,
    /// About an unfinished upload.
    Strays(strays::Answer),
}
