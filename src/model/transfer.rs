//! Transfers as a pane shows them and a script reads them.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::trouble::Trouble;

/// Names one transfer for as long as its engine lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransferId(pub u64);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From this machine into the lake.
    Up,
    /// Out of the lake.
    Down,
    /// From one place of the lake to another, by the store itself.
    Across,
}

/// What was compared between this side and the store's; [`Proof::None`] where nothing could be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Proof {
    Crc64Nvme,
    Sha256,
    Md5,
    /// Objects that others wrote; lakehand itself never writes with these.
    Crc32,
    Crc32C,
    Sha1,
    #[default]
    None,
}

impl Proof {
    /// As `--json` spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Crc64Nvme => "crc64nvme",
            Self::Sha256 => "sha256",
            Self::Md5 => "md5",
            Self::Crc32 => "crc32",
            Self::Crc32C => "crc32c",
            Self::Sha1 => "sha1",
            Self::None => "none",
        }
    }

    /// True where a value computed here was compared with one computed there.
    pub fn is_proof(self) -> bool {
        self != Self::None
    }
}

/// How far one transfer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransferState {
    /// Waiting for its turn.
    Queued,
    /// Looking at what is there already; reads the local file where both sizes agree.
    Checking,
    Running,
    /// Everything is sent; the store's answer is being compared.
    Verifying,
    /// Stopped by the user; what is done is kept.
    Paused,
    Done(Proof),
    /// The same content was there already, as this proof shows.
    Skipped(Proof),
    Failed(Trouble),
    Cancelled,
}

impl TransferState {
    /// True where nothing more happens to it by itself, a retry aside.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Skipped(_) | Self::Failed(_) | Self::Cancelled)
    }

    /// True while it has a task of its own.
    pub fn is_active(&self) -> bool {
        matches!(self, Self::Checking | Self::Running | Self::Verifying)
    }

    /// One word for a column.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Checking => "checking",
            Self::Running => "running",
            Self::Verifying => "verifying",
            Self::Paused => "paused",
            Self::Done(_) => "done",
            Self::Skipped(_) => "skipped",
            Self::Failed(_) => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// One row of the queue, sampled. Names have not been through the sanitiser.
#[derive(Debug, Clone, PartialEq)]
pub struct TransferView {
    pub id: TransferId,
    pub direction: Direction,
    /// The object's last segment.
    pub name: String,
    /// `/data/x.vcf.gz` or `s3://…`.
    pub from: String,
    pub to: String,
    /// Bytes of the whole object; 0 until it is known.
    pub size: u64,
    /// Bytes that need not be sent again, and those on their way.
    pub done: u64,
    /// 0 of 0 until it has begun.
    pub parts_done: u32,
    pub parts_total: u32,
    /// Bytes a second, smoothed; 0 while it stands.
    pub rate: f64,
    /// Until the end at this rate.
    pub eta: Option<Duration>,
    pub state: TransferState,
    /// Why a part is being sent again, while one is.
    pub retrying: Option<String>,
    /// When it ended, where it is over.
    pub ended: Option<Timestamp>,
    /// When its turn is among those that wait: the least is the next.
    pub turn: i64,
}

impl TransferView {
    /// What was compared, of one that worked out.
    pub fn proof(&self) -> Option<Proof> {
        match self.state {
            TransferState::Done(proof) | TransferState::Skipped(proof) => Some(proof),
            _ => None,
        }
    }
}

/// The whole queue in figures. Finished transfers stay counted when their rows are gone.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Totals {
    /// Folders and prefixes still being walked: the figures below still grow.
    pub walking: usize,
    pub queued: usize,
    pub active: usize,
    pub paused: usize,
    pub done: usize,
    pub skipped: usize,
    pub failed: usize,
    pub cancelled: usize,
    /// Of everything known and not skipped, failed or cancelled.
    pub bytes_done: u64,
    pub bytes_total: u64,
    /// Bytes a second, smoothed.
    pub rate: f64,
    pub eta: Option<Duration>,
}

impl Totals {
    /// True where nothing is left to do by itself; a paused one does not count.
    pub fn is_idle(&self) -> bool {
        self.walking == 0 && self.queued == 0 && self.active == 0
    }
}
