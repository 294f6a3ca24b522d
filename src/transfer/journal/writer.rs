//! The thread that writes: many small writes become one transaction, so that a fsync is paid
//! for by all that happened in a fifth of a second. Meanwhile it sleeps: neither is it woken by
//! every write, nor is the database closed to other processes.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Result as Sql};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::model::trouble::{Kind, Trouble};

/// A write that nobody waits for is on disk after so long.
const GROUP: Duration = Duration::from_millis(200);
/// So many of those may wait for the disk; then whoever has more waits too.
const WAITING: usize = 4_096;

type Work = Box<dyn FnOnce(&Connection) -> Sql<()> + Send>;

/// One write.
struct Write {
    work: Work,
    /// Somebody waits: answered once it is on disk.
    urgent: Option<oneshot::Sender<Result<(), Trouble>>>,
    room: Option<OwnedSemaphorePermit>,
}

/// The way to the writing thread, which ends, with everything on disk, when this is dropped.
pub(super) struct Writer {
    queue: Arc<Queue>,
    room: Arc<Semaphore>,
    thread: Option<thread::JoinHandle<()>>,
}

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    stir: Condvar,
}

#[derive(Default)]
struct State {
    writes: Vec<Write>,
    /// Somebody waits for one of them.
    urgent: bool,
    /// Nothing more is taken.
    closed: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be one transaction: what has come, and what comes until it is time or
    /// somebody waits. `None` when it is over.
    fn next(&self) -> Option<Vec<Write>> {
        let mut state = self.lock();
        while state.writes.is_empty() {
            if state.closed {
                return None;
            }
            state = self.stir.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let until = Instant::now() + GROUP;
        while !state.urgent && !state.closed {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.stir.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.urgent = false;
        Some(std::mem::take(&mut state.writes))
    }

    fn close(&self) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        state.closed = true;
        self.stir.notify_one();
        state
    }
}

/// However the thread ends, nobody waits for it any more.
struct Ending(Arc<Queue>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.close().writes.clear();
    }
}

impl Writer {
    pub fn start(db: Connection) -> Self {
        let queue = Arc::new(Queue::default());
        let ending = Ending(queue.clone());
        // Dropped with the closure, where there is no thread to be had.
        let thread = thread::Builder::new().name("journal".into()).spawn(move || {
            while let Some(writes) = ending.0.next() {
                group(&db, writes);
            }
        });
        Self { queue, room: Arc::new(Semaphore::new(WAITING)), thread: thread.ok() }
    }

    /// Does `work` and returns when it is on disk.
    pub async fn now<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Sql<T> + Send + 'static,
    ) -> Result<T, Trouble> {
        let (answer, told) = oneshot::channel();
        let (value, taken) = oneshot::channel();
        let work = Box::new(move |db: &Connection| {
            let _ = value.send(work(db)?);
            Ok(())
        });
        self.send(Write { work, urgent: Some(answer), room: None });
        told.await.unwrap_or_else(|_| Err(stopped()))?;
        taken.await.map_err(|_| stopped())
    }

    /// Does `work` soon. A failure is logged: what is written this way can be found out again.
    pub async fn later(&self, work: impl FnOnce(&Connection) -> Sql<()> + Send + 'static) {
        // Never closed, so it never fails.
        let room = self.room.clone().acquire_owned().await.ok();
        self.send(Write { work: Box::new(work), urgent: None, room });
    }

    fn send(&self, write: Write) {
        let mut state = self.queue.lock();
        // A thread that has died drops the write, and with it the answer's sender.
        if state.closed {
            return;
        }
        let urgent = write.urgent.is_some();
        state.urgent |= urgent;
        state.writes.push(write);
        if urgent || state.writes.len() == 1 {
            self.queue.stir.notify_one();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.close());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn stopped() -> Trouble {
    Trouble::new(Kind::Disk, "write the journal", "its thread has ended")
}

/// One transaction.
fn group(db: &Connection, writes: Vec<Write>) {
    let mut waiting = Vec::new();
    let mut rooms = Vec::with_capacity(writes.len());
    let begun = db.execute_batch("BEGIN IMMEDIATE");
    for Write { work, urgent, room } in writes {
        rooms.push(room);
        let done = match &begun {
            Ok(()) => work(db),
            Err(error) => Err(copy(error)),
        };
        match (done, urgent) {
            (done, Some(urgent)) => waiting.push((urgent, done)),
            (Err(error), None) => tracing::warn!(%error, "the journal lost a line"),
            (Ok(()), None) => {}
        }
    }
    let kept = match begun {
        Ok(()) => db.execute_batch("COMMIT"),
        Err(error) => Err(error),
    };
    if let Err(error) = &kept {
        tracing::warn!(%error, "the journal could not be written");
        let _ = db.execute_batch("ROLLBACK");
    }
    drop(rooms);
    for (urgent, done) in waiting {
        let said = match (done, &kept) {
            (Ok(()), Ok(())) => Ok(()),
            (Err(error), _) => Err(trouble(&error)),
            (_, Err(error)) => Err(trouble(error)),
        };
        let _ = urgent.send(said);
    }
}

/// SQLite's errors cannot be cloned; their words can.
fn copy(error: &rusqlite::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(error.to_string().into())
}

fn trouble(error: &rusqlite::Error) -> Trouble {
    Trouble::new(Kind::Disk, "write the journal", error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer() -> Writer {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch("CREATE TABLE t (n INTEGER PRIMARY KEY)").unwrap();
        Writer::start(db)
    }

    #[tokio::test]
    async fn what_is_written_later_is_there_for_who_asks_now() {
        let writer = writer();
        for n in 0..1_000 {
            writer.later(move |db| db.execute("INSERT INTO t VALUES (?1)", [n]).map(drop)).await;
        }
        let count = |db: &Connection| db.query_row("SELECT count(*) FROM t", [], |row| row.get(0));
        assert_eq!(writer.now(count).await, Ok(1_000));
    }

    #[tokio::test]
    async fn one_bad_write_does_not_take_the_others_along() {
        let writer = writer();
        writer.later(|db| db.execute("INSERT INTO t VALUES (1)", []).map(drop)).await;
        let twice = writer.now(|db| db.execute("INSERT INTO t VALUES (1)", [])).await;
        assert_eq!(twice.unwrap_err().kind, Kind::Disk);
        let count = |db: &Connection| db.query_row("SELECT count(*) FROM t", [], |row| row.get(0));
        assert_eq!(writer.now(count).await, Ok(1));
    }
}
