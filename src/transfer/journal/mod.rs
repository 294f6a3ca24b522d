//! What outlives the process: every batch that was asked for, and every transfer of it that
//! has begun or ended.
//!
//! One SQLite file, written by one thread of this process in groups (see [`writer`]), and by
//! other lakehands beside it. A file that a walk has found is no row until it begins a
//! multipart upload or a ranged download, or ends: a batch that is taken up again walks again,
//! and leaves out what the journal knows to have ended. So a queue of millions of files costs
//! a row for each that is through, and none for those that wait.
//!
//! Who works on what is a lease: see [`owner`].

mod batches;
mod beside;
mod elsewhere;
mod endings;
mod entry;
mod order;
mod owner;
mod read;
mod remnant;
mod schema;
mod text;
mod transfers;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use batches::{Asked, BatchId, BatchState, Counts, TakenUp};
pub use beside::Beside;
pub use elsewhere::Elsewhere;
pub use entry::{Begin, Closing, Ending, Known, Left, PartRow, Place, RowId, Stand};
pub use order::Order;
pub use owner::{OwnerId, OwnerNote};
pub use read::{BatchView, OpenView, Through, read};
pub use remnant::Remnant;

use self::owner::Lease;
use self::writer::Writer;
use super::item::Landed;
use super::plan::Plan;
use crate::model::settings::{Place as LakePlace, Settings};
use crate::model::trouble::{Kind, Trouble};

/// The journal's file below the data directory.
pub const FILE: &str = "journal.sqlite";
/// The folder of the owners' leases below the data directory.
pub const OWNERS: &str = "owners";

/// What a journal on disk has beside its tables.
struct Shared {
    data_dir: PathBuf,
    lease: Lease,
}

/// This process's hand on the journal. Cheap to clone; the lease ends with the last clone.
#[derive(Clone)]
pub struct Journal {
    inner: Arc<Inner>,
}

struct Inner {
    writer: Writer,
    /// `None` for a journal in memory, which nobody else can see.
    shared: Option<Shared>,
    /// Whose entries: see [`lake_name`].
    lake: String,
}

impl Journal {
    /// Opens or makes the journal below `data_dir`, for the entries of this lake. Blocking.
    ///
    /// # Errors
    /// Where the folder cannot be written, lies on a network file system (SQLite's locks do
    /// not hold there), or the file is no journal or a newer one.
    pub fn open(data_dir: &Path, settings: &Settings) -> Result<Self, Trouble> {
        let file = data_dir.join(FILE);
        let lease = Lease::take(&data_dir.join(OWNERS))?;
        let db = schema::open(&file).map_err(|error| broken(&file, &error))?;
        owner::note(&db, lease.note()).map_err(|error| broken(&file, &error))?;
        let shared = Some(Shared { data_dir: data_dir.to_owned(), lease });
        let inner = Inner { writer: Writer::start(db), shared, lake: lake_name(settings) };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// A journal that ends with the process.
    ///
    /// # Errors
    /// Where SQLite cannot have memory.
    pub fn in_memory(settings: &Settings) -> Result<Self, Trouble> {
        let db = schema::in_memory().map_err(|error| broken(Path::new("memory"), &error))?;
        let inner = Inner { writer: Writer::start(db), shared: None, lake: lake_name(settings) };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Who this process is in the journal.
    pub fn owner(&self) -> OwnerId {
        self.inner.shared.as_ref().map(|shared| shared.lease.id()).unwrap_or_default()
    }

    /// Where this process listens for another one that wants its queue; `None` in memory.
    pub fn socket(&self) -> Option<PathBuf> {
        self.inner.shared.as_ref().map(|shared| shared.lease.socket())
    }

    fn owners(&self) -> Option<PathBuf> {
        self.inner.shared.as_ref().map(|shared| shared.data_dir.join(OWNERS))
    }

    /// Says whether this process has lost its terminal: its queue may be asked for.
    ///
    /// # Errors
    /// Where the journal cannot be written.
    pub async fn headless(&self) -> Result<(), Trouble> {
        let owner = self.owner();
        self.inner.writer.now(move |db| owner::headless(db, &owner)).await
    }

    // Batches.

    /// Notes what was asked for, before anything is done of it. A batch of the same sources
    /// and destination that nobody works on becomes part of this one: true where something
    /// of it is to be gone on with.
    ///
    /// # Errors
    /// Where the journal cannot be written.
    pub async fn begin_batch(&self, plan: &Plan) -> Result<(BatchId, bool), Trouble> {
        let order = Order::of(plan)?;
        let (lake, owner, owners) = (self.inner.lake.clone(), self.owner(), self.owners());
        self.inner
            .writer
            .now(move |db| batches::begin(db, &lake, &owner, owners.as_deref(), &order))
            .await
    }

    /// Takes over every batch of this lake that is in this state and that no living process
    /// works on.
    ///
    /// # Errors
    /// Where the journal cannot be written.
    pub async fn take_up(&self, state: BatchState) -> Result<Vec<TakenUp>, Trouble> {
        let (lake, owner, owners) = (self.inner.lake.clone(), self.owner(), self.owners());
        self.inner
            .writer
            .now(move |db| batches::take_up(db, &lake, &owner, owners.as_deref(), state))
            .await
    }

    /// Takes over one batch, whatever its state.
    ///
    /// # Errors
    /// [`Kind::NotFound`] where there is none of this number in this lake, [`Kind::Refused`]
    /// where a living process works on it.
    pub async fn take_up_one(&self, id: BatchId) -> Result<TakenUp, Trouble> {
        let (lake, owner, owners) = (self.inner.lake.clone(), self.owner(), self.owners());
        let taken = self
            .inner
            .writer
            .now(move |db| batches::take_up_one(db, &lake, &owner, owners.as_deref(), id))
            .await?;
        taken.map_err(|refused| refused.trouble(id))
    }

    /// The other living processes that work on this lake's queue.
    ///
    /// # Errors
    /// Where the journal cannot be read.
    pub async fn elsewhere(&self) -> Result<Vec<Elsewhere>, Trouble> {
        let (lake, owner, owners) = (self.inner.lake.clone(), self.owner(), self.owners());
        let look = move |db: &_| elsewhere::elsewhere(db, &lake, &owner, owners.as_deref());
        self.inner.writer.now(look).await
    }

    /// This lake's batches that were interrupted by their user, and wait to be asked for.
    ///
    /// # Errors
    /// Where the journal cannot be read.
    pub async fn stopped(&self) -> Result<Vec<BatchId>, Trouble> {
        let lake = self.inner.lake.clone();
        self.inner.writer.now(move |db| elsewhere::stopped(db, &lake)).await
    }

    /// This lake's batches that are not over and that this process does not work on, the
    /// oldest first. Nobody who writes to the journal waits for this.
    ///
    /// # Errors
    /// Where the journal cannot be read.
    pub async fn beside(&self) -> Result<Vec<Beside>, Trouble> {
        // A journal in memory has nobody beside it.
        let Some(shared) = &self.inner.shared else { return Ok(Vec::new()) };
        let file = shared.data_dir.join(FILE);
        let (lake, owner) = (self.inner.lake.clone(), self.owner());
        let owners = shared.data_dir.join(OWNERS);
        read_aside(file, move |db| beside::beside(db, &lake, &owner, &owners)).await
    }

    /// A batch that was over has work again.
    ///
    /// # Errors
    /// Where the journal cannot be written.
    pub async fn reopen(&self, id: BatchId) -> Result<(), Trouble> {
        let owner = self.owner();
        self.inner.writer.now(move |db| batches::claim(db, &owner, id.0)).await
    }

    /// A look at what a batch that was taken up has brought to its end; `None` in memory,
    /// where nothing is taken up. Blocking.
    ///
    /// # Errors
    /// Where the journal cannot be read.
    pub fn through(&self, batch: BatchId) -> Result<Option<Through>, Trouble> {
        let shared = self.inner.shared.as_ref();
        shared.map(|shared| Through::open(&shared.data_dir, batch)).transpose()
    }

    /// Notes how far a batch is; soon, not at once.
    pub async fn count(&self, id: BatchId, counts: Counts) {
        self.inner.writer.later(move |db| batches::count(db, id, counts)).await;
    }

    /// A batch is through, or was left in this state.
    ///
    /// # Errors
    /// Where the journal cannot be written.
    pub async fn leave_batch(
        &self,
        id: BatchId,
        state: BatchState,
        counts: Counts,
    ) -> Result<(), Trouble> {
        self.inner.writer.now(move |db| batches::leave(db, id, state, counts)).await
    }

    // Transfers.

    /// What is known of the file or object that goes from or to this place.
    ///
    /// # Errors
    /// [`Kind::Refused`] where a living process is at it, and where the journal cannot be read.
    pub async fn known(&self, batch: BatchId, place: Place) -> Result<Known, Trouble> {
        let (lake, owner, owners) = (self.inner.lake.clone(), self.owner(), self.owners());
        let what = place.what();
        let known = self
            .inner
            .writer
            .now(move |db| transfers::known(db, &lake, &owner, owners.as_deref(), batch, &place))
            .await?;
        known.map_err(|busy| busy.trouble(&what))
    }

    /// A row for a transfer that is about to ask the store for an upload, or the disk for a
    /// temporary file. On disk when this returns.
    ///
    /// # Errors
    /// Where the journal cannot be written: then nothing may be begun.
    pub async fn intend(&self, begin: Begin) -> Result<RowId, Trouble> {
        let lake = self.inner.lake.clone();
        self.inner.writer.now(move |db| transfers::intend(db, &lake, &begin)).await
    }

    /// The upload has an id. On disk when this returns.
    ///
    /// # Errors
    /// Where the journal cannot be written: then no part may be sent.
    pub async fn begun(
        &self,
        row: RowId,
        upload_id: String,
        checksums: bool,
    ) -> Result<(), Trouble> {
        self.inner.writer.now(move |db| transfers::begun(db, row, &upload_id, checksums)).await
    }

    /// A part arrived. Soon on disk; lost with a crash, the store's list of parts makes good
    /// for it.
    pub async fn part(&self, row: RowId, part: PartRow) {
        self.inner.writer.later(move |db| transfers::part(db, row, &part)).await;
    }

    /// All parts are there, and the whole has this checksum. On disk when this returns.
    ///
    /// # Errors
    /// Where the journal cannot be written.
    pub async fn completing(&self, row: RowId, checksum: String) -> Result<(), Trouble> {
        self.inner.writer.now(move |db| transfers::completing(db, row, &checksum)).await
    }

    /// The last step of a transfer is about to be taken, one that can be taken once only: a
    /// move's source is deleted, a download is given its name. Where nobody hears of it any
    /// more, this is what the transfer ends with. On disk when this returns, in a row of its
    /// own made from `begin` where it has none.
    ///
    /// # Errors
    /// Where the journal cannot be written: then the step may not be taken.
    pub async fn closing(
        &self,
        row: Option<RowId>,
        begin: Begin,
        landed: Landed,
    ) -> Result<RowId, Trouble> {
        let lake = self.inner.lake.clone();
        let note = move |db: &_| {
            let row = match row {
                Some(row) => row,
                None => transfers::intend(db, &lake, &begin)?,
            };
            transfers::closing(db, row, &landed).map(|()| row)
        };
        self.inner.writer.now(note).await
    }

    /// The copies of a batch that was taken up whose last step was begun: what they were made
    /// from may be gone, so that no listing finds them.
    ///
    /// # Errors
    /// Where the journal cannot be read.
    pub async fn in_closing(&self, batch: BatchId) -> Result<Vec<Closing>, Trouble> {
        self.inner.writer.now(move |db| transfers::in_closing(db, batch)).await
    }

    /// The upload or the temporary file is gone: nothing of it is to be taken up.
    ///
    /// # Errors
    /// Where the journal cannot be written.
    pub async fn forget(&self, row: RowId) -> Result<(), Trouble> {
        self.inner.writer.now(move |db| transfers::forget(db, row)).await
    }

    /// A transfer ended or was paused; `row` where it has one. Soon on disk.
    pub async fn ended(&self, row: Option<RowId>, ending: Ending) {
        let lake = self.inner.lake.clone();
        self.inner.writer.later(move |db| endings::ended(db, &lake, row, &ending)).await;
    }

    /// The uploads of all batches that are begun and neither completed nor aborted: none of
    /// them is a stray.
    ///
    /// # Errors
    /// Where the journal cannot be read.
    pub async fn upload_ids(&self) -> Result<Vec<String>, Trouble> {
        self.inner.writer.now(transfers::upload_ids).await
    }

    /// What the transfers of a batch that are begun and not through, or failed, have left.
    ///
    /// # Errors
    /// Where the journal cannot be read.
    pub async fn remnants(&self, batch: BatchId) -> Result<Vec<Remnant>, Trouble> {
        self.inner.writer.now(move |db| remnant::remnants(db, batch)).await
    }

    /// What a transfer had left is gone, and it counts as cancelled.
    ///
    /// # Errors
    /// Where the journal cannot be written.
    pub async fn thrown_away(&self, row: RowId) -> Result<(), Trouble> {
        self.inner.writer.now(move |db| remnant::thrown_away(db, row)).await
    }

    /// What a batch was asked to do; `None` where the journal does not know it.
    ///
    /// # Errors
    /// Where the journal cannot be read.
    pub async fn asked(&self, batch: BatchId) -> Result<Option<Asked>, Trouble> {
        self.inner.writer.now(move |db| batches::asked(db, batch)).await
    }

    /// `fold` is given the endings of a batch, in the order of their keys; of one that was
    /// tried again the last. What was told with [`Self::ended`] is among them.
    ///
    /// They may be millions: nobody who writes to the journal waits for them.
    ///
    /// # Errors
    /// Where the journal cannot be read.
    pub async fn endings<T: Send + 'static>(
        &self,
        batch: BatchId,
        fold: impl FnOnce(&mut dyn Iterator<Item = Ending>) -> T + Send + 'static,
    ) -> Result<T, Trouble> {
        let Some(shared) = &self.inner.shared else {
            return self.inner.writer.now(move |db| endings::endings(db, batch, fold)).await;
        };
        // Everything told before this is on disk after it.
        self.inner.writer.now(|_| Ok(())).await?;
        let file = shared.data_dir.join(FILE);
        read_aside(file, move |db| endings::endings(db, batch, fold)).await
    }
}

/// Reads the file through a connection of its own.
async fn read_aside<T: Send + 'static>(
    file: PathBuf,
    read: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
) -> Result<T, Trouble> {
    let read = move || {
        schema::open_to_read(&file).and_then(|db| read(&db)).map_err(|error| broken(&file, &error))
    };
    match tokio::task::spawn_blocking(read).await {
        Ok(read) => read,
        Err(error) => Err(Trouble::new(Kind::Other, "read the journal", error.to_string())),
    }
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal").field("lake", &self.inner.lake).finish_non_exhaustive()
    }
}

/// Where an owner of the journal below `data_dir` listens for others.
pub fn socket(data_dir: &Path, owner: &OwnerId) -> PathBuf {
    owner::socket_of(&data_dir.join(OWNERS), owner)
}

/// Whose entry: the lake's name, its folder where it is local, and the principal where one was
/// chosen. A batch is only taken up where all three are the same.
pub fn lake_name(settings: &Settings) -> String {
    let mut name = settings.name.clone();
    if let LakePlace::Local(dir) = &settings.place {
        let dir = dir.canonicalize().unwrap_or_else(|_| dir.clone());
        name = format!("local {}", dir.display());
    }
    match &settings.principal {
        Some(principal) => format!("{name} as {principal}"),
        None => name,
    }
}

fn broken(file: &Path, error: &dyn std::fmt::Display) -> Trouble {
    Trouble::new(Kind::Disk, format!("open the journal {}", file.display()), error.to_string())
}

#[cfg(test)]
mod tests;
