//! How a batch stands, in one word.

use crate::transfer::journal::BatchView;
use crate::transfer::{BatchId, BatchState};

/// What somebody asks for a batch who looks at it from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// A process that somebody can see works on it.
    Running(u32),
    /// A process that has lost its terminal works on it.
    Headless(u32),
    /// Its process is gone: the next workbench of that lake goes on with it.
    Interrupted,
    /// Its user stopped it: nobody goes on with it unasked.
    Stopped,
    Done,
    Failed,
    Cancelled,
    /// It ended as it stood: this batch went on with what was left.
    Continued(BatchId),
}

impl Standing {
    pub fn of(batch: &BatchView) -> Self {
        if let (BatchState::Over, Some(heir)) = (batch.state, batch.heir) {
            return Self::Continued(heir);
        }
        match (batch.state, &batch.owner) {
            (BatchState::Over, _) if batch.counts.failed > 0 => Self::Failed,
            (BatchState::Over, _) if batch.counts.cancelled > 0 => Self::Cancelled,
            (BatchState::Over, _) => Self::Done,
            (_, Some(owner)) if owner.headless => Self::Headless(owner.pid),
            (_, Some(owner)) => Self::Running(owner.pid),
            (BatchState::Open, None) => Self::Interrupted,
            (BatchState::Stopped, None) => Self::Stopped,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Running(_) => "running",
            Self::Headless(_) => "headless",
            Self::Interrupted => "interrupted",
            Self::Stopped => "stopped",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Continued(_) => "continued",
        }
    }

    pub fn pid(self) -> Option<u32> {
        match self {
            Self::Running(pid) | Self::Headless(pid) => Some(pid),
            _ => None,
        }
    }

    pub fn heir(self) -> Option<BatchId> {
        match self {
            Self::Continued(heir) => Some(heir),
            _ => None,
        }
    }

    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled | Self::Continued(_))
    }
}
