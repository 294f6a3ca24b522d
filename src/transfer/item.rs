//! One transfer: what it is to do, how far it is, and what must survive a pause.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::digest::Sum;
use super::flight::Flight;
use super::parts::Layout;
use super::plan::UploadHow;
use super::progress::{Progress, Smooth, eta};
use super::source::Fingerprint;
use crate::lake::parts::{Begun, SentPart};
use crate::model::object::Head;
use crate::model::transfer::{Direction, Proof, TransferId, TransferState, TransferView};
use crate::model::uri::{S3Uri, last_segment};

#[derive(Debug)]
pub(super) struct UpJob {
    pub path: PathBuf,
    pub to: S3Uri,
    pub how: Arc<UploadHow>,
}

#[derive(Debug)]
pub(super) struct DownJob {
    pub from: S3Uri,
    pub to: PathBuf,
}

#[derive(Debug)]
pub(super) enum Job {
    Up(UpJob),
    Down(DownJob),
    /// The plan had no place for it: fails before it begins.
    Misplaced {
        direction: Direction,
        local: PathBuf,
        remote: S3Uri,
    },
}

impl Job {
    pub fn direction(&self) -> Direction {
        match self {
            Self::Up(_) => Direction::Up,
            Self::Down(_) => Direction::Down,
            Self::Misplaced { direction, .. } => *direction,
        }
    }

    pub fn local(&self) -> &PathBuf {
        match self {
            Self::Up(job) => &job.path,
            Self::Down(job) => &job.to,
            Self::Misplaced { local, .. } => local,
        }
    }

    pub fn remote(&self) -> &S3Uri {
        match self {
            Self::Up(job) => &job.to,
            Self::Down(job) => &job.from,
            Self::Misplaced { remote, .. } => remote,
        }
    }
}

/// A part that the store has.
#[derive(Debug, Clone)]
pub(super) struct DonePart {
    pub sent: SentPart,
    pub crc64nvme: u64,
    pub md5: Option<[u8; 16]>,
}

/// An upload under way: what the journal will hold.
#[derive(Debug, Clone)]
pub(super) struct UpPoint {
    pub print: Fingerprint,
    pub layout: Layout,
    pub begun: Begun,
    pub parts: BTreeMap<u32, DonePart>,
}

/// A download under way.
#[derive(Debug, Clone)]
pub(super) struct DownPoint {
    pub temp: PathBuf,
    pub head: Head,
    pub layout: Layout,
    /// Part number → its CRC, where the object's checksum is one.
    pub parts: BTreeMap<u32, u64>,
}

/// What a stopped transfer goes on from.
#[derive(Debug, Clone, Default)]
pub(super) enum Checkpoint {
    #[default]
    None,
    Up(UpPoint),
    Down(DownPoint),
}

/// What the user wants of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Wish {
    #[default]
    Go,
    Pause,
    Cancel,
}

/// How a transfer that worked out ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Landed {
    /// The same content was there already.
    pub skipped: bool,
    pub proof: Proof,
    /// Of the whole object, computed here.
    pub checksum: Option<Sum>,
    /// Hex, where it was asked for.
    pub sha256: Option<String>,
    pub version_id: Option<String>,
    /// Parts that were there from before a pause.
    pub parts_reused: u32,
}

/// What a script is told of one transfer.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    pub id: TransferId,
    pub direction: Direction,
    pub local: PathBuf,
    pub remote: S3Uri,
    /// Bytes of the whole.
    pub size: u64,
    /// Bytes that went over the line.
    pub moved: u64,
    pub upload_id: Option<String>,
    /// One of those that are over.
    pub state: TransferState,
    /// For a done or skipped one.
    pub landed: Option<Landed>,
}

pub(super) struct Item {
    pub id: TransferId,
    pub job: Job,
    pub progress: Arc<Progress>,
    pub flight: Arc<Flight>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
pub(super) struct Inner {
    pub state: Option<TransferState>,
    pub wish: Wish,
    pub stop: CancellationToken,
    pub checkpoint: Checkpoint,
    pub upload_id: Option<String>,
    pub retrying: Option<String>,
    pub rate: Smooth,
    /// Of one that worked out, to be looked at.
    pub landed: Option<Landed>,
}

impl Item {
    pub fn new(id: TransferId, job: Job) -> Self {
        Self { id, job, progress: Arc::default(), flight: Arc::default(), inner: Mutex::default() }
    }

    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn state(&self) -> TransferState {
        self.lock().state()
    }

    pub fn set(&self, state: TransferState) {
        let mut inner = self.lock();
        inner.retrying = None;
        inner.state = Some(state);
    }

    pub fn retrying(&self, why: Option<String>) {
        self.lock().retrying = why;
    }

    pub fn take_checkpoint(&self) -> Checkpoint {
        std::mem::take(&mut self.lock().checkpoint)
    }

    /// Adds a finished part to the checkpoint.
    pub fn record(&self, part: DonePart) {
        if let Checkpoint::Up(point) = &mut self.lock().checkpoint {
            point.parts.insert(part.sent.number, part);
        }
    }

    /// Adds an arrived part to the checkpoint.
    pub fn record_down(&self, number: u32, crc: u64) {
        if let Checkpoint::Down(point) = &mut self.lock().checkpoint {
            point.parts.insert(number, crc);
        }
    }

    pub fn finished(&self, landed: Option<Landed>) -> Finished {
        let inner = self.lock();
        Finished {
            id: self.id,
            direction: self.job.direction(),
            local: self.job.local().clone(),
            remote: self.job.remote().clone(),
            size: self.progress.size.load(Relaxed),
            moved: self.progress.moved.load(Relaxed),
            upload_id: inner.upload_id.clone(),
            state: inner.state(),
            landed,
        }
    }

    pub fn view(&self, now: Instant) -> TransferView {
        let mut inner = self.lock();
        let state = inner.state();
        let size = self.progress.size.load(Relaxed);
        let done = self.progress.done.load(Relaxed);
        let rate = match state {
            TransferState::Running => inner.rate.sample(now, done),
            _ => {
                inner.rate = Smooth::default();
                0.0
            }
        };
        let (local, remote) = (self.job.local().display().to_string(), self.job.remote());
        let direction = self.job.direction();
        let name = match (&self.job, local.rsplit('/').next()) {
            (Job::Misplaced { .. }, Some(name)) => name.to_owned(),
            _ => last_segment(&remote.key).to_owned(),
        };
        let (from, to) = match direction {
            Direction::Up => (local, remote.to_string()),
            Direction::Down => (remote.to_string(), local),
        };
        TransferView {
            id: self.id,
            direction,
            name,
            from,
            to,
            size,
            done: if matches!(state, TransferState::Skipped(_)) { size } else { done.min(size) },
            parts_done: self.progress.parts_done.load(Relaxed),
            parts_total: self.progress.parts_total.load(Relaxed),
            rate,
            eta: eta(size.saturating_sub(done), rate),
            state,
            retrying: self.flight.retrying().or_else(|| inner.retrying.clone()),
        }
    }
}

impl Inner {
    pub fn state(&self) -> TransferState {
        self.state.clone().unwrap_or(TransferState::Queued)
    }
}
