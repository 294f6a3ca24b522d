//! The thread that writes: many small writes become one transaction, so that a fsync is paid
//! for by all that happened in a fifth of a second.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
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
    _room: Option<OwnedSemaphorePermit>,
}

/// The way to the writing thread, which ends, with everything on disk, when this is dropped.
pub(super) struct Writer {
    queue: Option<Sender<Write>>,
    room: Arc<Semaphore>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Writer {
    pub fn start(db: Connection) -> Self {
        let (queue, writes) = channel();
        let thread = thread::Builder::new().name("journal".into()).spawn(move || run(&db, &writes));
        Self { queue: Some(queue), room: Arc::new(Semaphore::new(WAITING)), thread: thread.ok() }
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
        self.send(Write { work, urgent: Some(answer), _room: None });
        told.await.unwrap_or_else(|_| Err(stopped()))?;
        taken.await.map_err(|_| stopped())
    }

    /// Does `work` soon. A failure is logged: what is written this way can be found out again.
    pub async fn later(&self, work: impl FnOnce(&Connection) -> Sql<()> + Send + 'static) {
        // Never closed, so it never fails.
        let room = self.room.clone().acquire_owned().await.ok();
        self.send(Write { work: Box::new(work), urgent: None, _room: room });
    }

    fn send(&self, write: Write) {
        // A thread that has died drops the write, and with it the answer's sender.
        let _ = self.queue.as_ref().map(|queue| queue.send(write));
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn stopped() -> Trouble {
    Trouble::new(Kind::Disk, "write the journal", "its thread has ended")
}

fn run(db: &Connection, writes: &Receiver<Write>) {
    while let Ok(first) = writes.recv() {
        write(db, gather(writes, first));
    }
}

/// What has come, and what comes until it is time or somebody waits. The database is not
/// locked meanwhile: other lakehands write too.
fn gather(writes: &Receiver<Write>, first: Write) -> Vec<Write> {
    let until = Instant::now() + GROUP;
    let mut urgent = first.urgent.is_some();
    let mut group = vec![first];
    loop {
        let next = if urgent {
            writes.try_recv().ok()
        } else {
            writes.recv_timeout(until.saturating_duration_since(Instant::now())).ok()
        };
        let Some(write) = next else { return group };
        urgent |= write.urgent.is_some();
        group.push(write);
    }
}

/// One transaction. Whoever waits is answered when it is on disk.
fn write(db: &Connection, group: Vec<Write>) {
    let mut waiting = Vec::new();
    let begun = db.execute_batch("BEGIN IMMEDIATE");
    for Write { work, urgent, _room } in group {
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
