//! What the pane asks for and hears. Names in a sample are raw: drawing sanitises them.

use std::sync::Arc;

use crate::model::transfer::{Totals, TransferId, TransferView};
use crate::ui::talk::Failure;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    /// The one job that samples the queue.
    Watch,
    /// What is asked of the queue; each in its own slot.
    Act(u32),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Job {
    /// Tell how the queue is, at most four times a second; nothing while nothing changes.
    /// Not seen: only when a count changes.
    Watch { seen: bool },
    /// Ask this of the queue.
    Act(Act),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    Pause(Vec<TransferId>),
    Resume(Vec<TransferId>),
    Cancel(Vec<TransferId>),
    Retry(Vec<TransferId>),
    Clear,
}

#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// The queue as it is now.
    Sample(Sample),
    /// There is no queue to watch.
    Broken(Failure),
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sample {
    pub rows: Arc<[TransferView]>,
    pub totals: Totals,
}

/// The pane asks no questions by prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {}
