//! One transfer: what it is to do, how far it is, and what must survive a pause.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::batch::Batch;
use super::digest::Sum;
use super::flight::Flight;
use super::journal::{Begin, Ending, Place, RowId, Stand};
use super::plan::{CopyHow, UploadHow, named};
use super::progress::{Progress, Smooth, eta};
use super::source::Fingerprint;
use crate::lake::parts::{Begun, SentPart};
use crate::model::transfer::{Direction, Proof, TransferId, TransferState, TransferView};
use crate::model::trouble::Trouble;
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
    pub version: Option<String>,
    pub to: PathBuf,
}

#[derive(Debug)]
pub(super) struct CopyJob {
    pub from: S3Uri,
    pub to: S3Uri,
    pub how: Arc<CopyHow>,
}

impl CopyJob {
    /// `copy s3://…` or `move s3://…`, for sentences.
    pub fn what(&self) -> String {
        self.how.what(&self.from)
    }
}

#[derive(Debug)]
pub(super) enum Job {
    Up(UpJob),
    Down(DownJob),
    Copy(CopyJob),
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
            Self::Copy(_) => Direction::Across,
            Self::Misplaced { direction, .. } => *direction,
        }
    }

    /// Empty for a copy: nothing of it is here.
    pub fn local(&self) -> &Path {
        match self {
            Self::Up(job) => &job.path,
            Self::Down(job) => &job.to,
            Self::Copy(_) => Path::new(""),
            Self::Misplaced { local, .. } => local,
        }
    }

    fn origin(&self) -> Option<Origin> {
        match self {
            Self::Copy(job) => {
                Some(Origin { uri: job.from.clone(), removed: job.how.remove_source })
            }
            _ => None,
        }
    }

    /// Where from and where to, for people.
    pub fn ends(&self) -> (String, String) {
        let local = || self.local().display().to_string();
        match self {
            Self::Copy(job) => (named(&job.from, job.how.version.as_deref()), job.to.to_string()),
            Self::Down(job) => (named(&job.from, job.version.as_deref()), local()),
            _ if self.direction() == Direction::Down => (self.remote().to_string(), local()),
            _ => (local(), self.remote().to_string()),
        }
    }

    pub fn remote(&self) -> &S3Uri {
        match self {
            Self::Up(job) => &job.to,
            Self::Down(job) => &job.from,
            Self::Copy(job) => &job.to,
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

/// What the store or the disk has of a transfer, to be taken back where it will not go on.
#[derive(Debug, Clone)]
pub(super) enum Live {
    Upload(Begun),
    /// An upload that was asked for at this time, in milliseconds since the epoch, and whose
    /// id was lost with the answer.
    Unheard {
        began: i64,
    },
    /// A download's temporary file.
    Temp(PathBuf),
}

/// What the user wants of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Wish {
    #[default]
    Go,
    Pause,
    /// Stopped where it stands, for another process or another day.
    Leave,
    Cancel,
}

/// How a transfer that worked out ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Landed {
    /// The same content was there already.
    pub skipped: bool,
    pub proof: Proof,
    /// Of the whole object, computed here; of a copy, the source's.
    pub checksum: Option<Sum>,
    /// Hex, where it was asked for.
    pub sha256: Option<String>,
    /// As the store gave it, without its quotes.
    pub etag: Option<String>,
    pub version_id: Option<String>,
    /// As the store names it, where it was looked at.
    pub kms_key: Option<String>,
    /// Parts that were there from before.
    pub parts_reused: u32,
}

/// Where a copy came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub uri: S3Uri,
    /// It was a move: a done one has left nothing there.
    pub removed: bool,
}

/// What a script is told of one transfer.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    pub id: TransferId,
    pub direction: Direction,
    /// Empty for a copy.
    pub local: PathBuf,
    pub remote: S3Uri,
    /// For a copy.
    pub origin: Option<Origin>,
    /// Bytes of the whole.
    pub size: u64,
    /// Bytes that went over the line.
    pub moved: u64,
    pub upload_id: Option<String>,
    /// One of those that are over.
    pub state: TransferState,
    /// For a done or skipped one.
    pub landed: Option<Landed>,
    /// What else is to be known of one that is not failed. Not sanitised.
    pub note: Option<String>,
}

pub(super) struct Item {
    pub id: TransferId,
    pub job: Job,
    pub batch: Arc<Batch>,
    /// Milliseconds since the epoch.
    pub began: i64,
    pub progress: Arc<Progress>,
    pub flight: Arc<Flight>,
    /// Held while the journal is told of a pause.
    pub noting: tokio::sync::Mutex<()>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
pub(super) struct Inner {
    pub state: Option<TransferState>,
    pub wish: Wish,
    /// As [`TransferView`] tells it.
    pub turn: i64,
    pub stop: CancellationToken,
    /// Its row in the journal, once it has one.
    pub row: Option<RowId>,
    pub print: Option<Fingerprint>,
    pub live: Option<Live>,
    pub upload_id: Option<String>,
    pub retrying: Option<String>,
    pub rate: Smooth,
    /// Of one that worked out, to be looked at.
    pub landed: Option<Landed>,
    /// What could not be proven of it beside its content.
    pub note: Option<String>,
    /// When it was last over.
    pub ended: Option<Timestamp>,
}

impl Item {
    pub fn new(id: TransferId, job: Job, batch: Arc<Batch>) -> Self {
        let began = Timestamp::now().as_millisecond();
        Self {
            id,
            job,
            batch,
            began,
            progress: Arc::default(),
            flight: Arc::default(),
            noting: tokio::sync::Mutex::default(),
            inner: Mutex::default(),
        }
    }

    /// Where it goes from and to, whatever folder the next process starts in.
    pub fn place(&self) -> Place {
        let direction = self.job.direction();
        let local = match direction {
            // No path: the journal keeps the source's address in a path's place.
            Direction::Across => self.job.ends().0.into(),
            _ => std::path::absolute(self.job.local())
                .unwrap_or_else(|_| self.job.local().to_owned()),
        };
        Place { direction, local, remote: self.job.remote().clone() }
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
        inner.ended = state.is_over().then(Timestamp::now);
        inner.state = Some(state);
    }

    pub fn retrying(&self, why: Option<String>) {
        self.lock().retrying = why;
    }

    /// Something that is to be known of it when it has worked out.
    pub fn note(&self, note: String) {
        self.lock().note = Some(note);
    }

    /// The row in the journal, and what there is to take back.
    pub fn began(&self, row: Option<RowId>, live: Live) {
        let mut inner = self.lock();
        inner.row = row;
        inner.live = Some(live);
    }

    /// The size is known now, and how many parts it makes: so far it was a guess.
    pub fn sized(&self, size: u64, parts: u32) {
        let guess = self.progress.begin(size, parts);
        self.batch.resized(guess, size);
    }

    /// What the journal is told of a transfer that was paused before it began.
    pub fn begin(&self) -> Begin {
        let size = self.progress.size.load(Relaxed);
        Begin {
            batch: self.batch.id,
            place: self.place(),
            print: None,
            size,
            part_size: 0,
            etag: None,
            temp: None,
        }
    }

    /// What the journal keeps of an end or a pause.
    pub fn ending(&self, stand: Stand, error: Option<&Trouble>, landed: Option<&Landed>) -> Ending {
        let inner = self.lock();
        Ending {
            batch: self.batch.id,
            place: self.place(),
            stand,
            print: inner.print,
            size: self.progress.size.load(Relaxed),
            moved: self.progress.moved.load(Relaxed),
            reused: landed.map_or(0, |landed| landed.parts_reused),
            proof: landed.map(|landed| landed.proof).unwrap_or_default(),
            checksum: landed.and_then(|landed| landed.checksum.as_ref()).map(Sum::text),
            sha256: landed.and_then(|landed| landed.sha256.clone()),
            etag: landed.and_then(|landed| landed.etag.clone()),
            version_id: landed.and_then(|landed| landed.version_id.clone()),
            kms_key: landed.and_then(|landed| landed.kms_key.clone()),
            note: landed.and(inner.note.clone()),
            error: error.map(ToString::to_string),
            began: self.began,
            ended: Timestamp::now().as_millisecond(),
        }
    }

    pub fn finished(&self, state: TransferState, landed: Option<Landed>) -> Finished {
        let inner = self.lock();
        Finished {
            id: self.id,
            direction: self.job.direction(),
            local: self.job.local().to_owned(),
            remote: self.job.remote().clone(),
            origin: self.job.origin(),
            size: self.progress.size.load(Relaxed),
            moved: self.progress.moved.load(Relaxed),
            upload_id: inner.upload_id.clone(),
            state,
            note: landed.as_ref().and(inner.note.clone()),
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
        let direction = self.job.direction();
        let (from, to) = self.job.ends();
        let name = match &self.job {
            Job::Misplaced { local, .. } => last_segment(&local.to_string_lossy()).to_owned(),
            job => last_segment(&job.remote().key).to_owned(),
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
            ended: inner.ended.filter(|_| state.is_over()),
            turn: inner.turn,
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
