//! The local lake's one database, `DIR/state.sqlite`.
//!
//! Every room of the lake keeps its own tables in it and migrates them by its
//! own name. Several processes may have the same file open: WAL, a busy timeout,
//! and transactions that take the write lock when they begin, because a deferred
//! one that reads first and then writes is refused at once under contention.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

/// How long a statement waits for another process's write.
const BUSY: Duration = Duration::from_secs(10);
/// Connections kept open between calls; more may exist for a moment.
const KEPT: usize = 8;

/// A small pool of connections to the database. Cloning shares it.
#[derive(Clone)]
pub struct State {
    inner: Arc<Inner>,
}

struct Inner {
    file: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl State {
    /// Opens, or creates, `dir/state.sqlite` (readable by the owner alone).
    ///
    /// # Errors
    /// When the folder cannot be written or the file is no database.
    pub fn open(dir: &Path) -> rusqlite::Result<Self> {
        crate::local::private::create_dir_all(dir).map_err(cannot_open)?;
        let file = dir.join("state.sqlite");
        keep_private(&file).map_err(cannot_open)?;
        let state = Self { inner: Arc::new(Inner { file, idle: Mutex::default() }) };
        state.with(|db| {
            db.pragma_update(None, "journal_mode", "WAL")?;
            db.execute_batch(
                "CREATE TABLE IF NOT EXISTS migrations (room TEXT PRIMARY KEY, version INTEGER NOT NULL)",
            )
        })?;
        Ok(state)
    }

    /// Brings a room's tables up to date: `steps[i]` leads from version `i` to
    /// `i + 1`. Steps once released are never edited, only added to.
    ///
    /// # Errors
    /// When a step fails, or the file was written by a newer version; nothing of
    /// the failed migration remains.
    pub fn migrate(&self, room: &str, steps: &[&str]) -> rusqlite::Result<()> {
        self.with(|db| {
            let tx = db.transaction()?;
            let done: i64 = tx
                .query_row("SELECT version FROM migrations WHERE room = ?1", [room], |row| row.get(0))
                .optional()?
                .unwrap_or(0);
            let done = usize::try_from(done).unwrap_or(0);
            if done > steps.len() {
                return Err(cannot_open(std::io::Error::other(format!(
                    "this local lake was written by a newer lakehand ({room} version {done}); use that version"
                ))));
            }
            for step in &steps[done..] {
                tx.execute_batch(step)?;
            }
            tx.execute(
                "INSERT INTO migrations (room, version) VALUES (?1, ?2)
                 ON CONFLICT (room) DO UPDATE SET version = excluded.version",
                params![room, steps.len() as i64],
            )?;
            tx.commit()
        })
    }

    /// Lends a connection to `f`. Blocking: keep it short, and call it on a
    /// blocking thread where it may wait. `db.transaction()` takes the write lock
    /// at once. Do not call `with` inside `with` while a transaction is open.
    ///
    /// # Errors
    /// Those of `f`, or of opening a connection.
    pub fn with<T>(
        &self,
        f: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let idle = self.idle().pop();
        let mut db = match idle {
            Some(db) => db,
            None => self.connect()?,
        };
        let answer = f(&mut db);
        // One that was left inside a transaction must not infect the next caller.
        if db.is_autocommit() {
            let mut idle = self.idle();
            if idle.len() < KEPT {
                idle.push(db);
            }
        }
        answer
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.inner.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connect(&self) -> rusqlite::Result<Connection> {
        let mut db = Connection::open(&self.inner.file)?;
        db.busy_timeout(BUSY)?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.pragma_update(None, "foreign_keys", "ON")?;
        db.set_transaction_behavior(TransactionBehavior::Immediate);
        db.set_prepared_statement_cache_capacity(64);
        Ok(db)
    }
}

fn cannot_open(why: std::io::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(why))
}

/// Creates the file with mode 0600 before SQLite would create it with 0644.
fn keep_private(file: &Path) -> std::io::Result<()> {
    crate::local::private::options().create(true).append(true).open(file).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrates_only_what_is_new() {
        let dir = tempfile::tempdir().unwrap();
        let one = ["CREATE TABLE a (x)"];
        let two = ["CREATE TABLE a (x)", "ALTER TABLE a ADD COLUMN y"];
        State::open(dir.path()).unwrap().migrate("room", &one).unwrap();
        let state = State::open(dir.path()).unwrap();
        state.migrate("room", &two).unwrap();
        state.migrate("room", &two).unwrap();
        state.with(|db| db.execute("INSERT INTO a (x, y) VALUES (1, 2)", [])).unwrap();
        assert!(state.migrate("room", &one).is_err(), "a newer file is refused");
    }

    #[test]
    fn a_failed_migration_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let state = State::open(dir.path()).unwrap();
        assert!(state.migrate("room", &["CREATE TABLE a (x)", "nonsense"]).is_err());
        assert!(state.with(|db| db.execute("INSERT INTO a (x) VALUES (1)", [])).is_err());
    }

    #[test]
    fn writers_wait_for_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let state = State::open(dir.path()).unwrap();
        state.migrate("room", &["CREATE TABLE n (x)", "INSERT INTO n VALUES (0)"]).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        state
                            .with(|db| {
                                let tx = db.transaction()?;
                                let x: i64 =
                                    tx.query_row("SELECT x FROM n", [], |row| row.get(0))?;
                                tx.execute("UPDATE n SET x = ?1", [x + 1])?;
                                tx.commit()
                            })
                            .unwrap();
                    }
                });
            }
        });
        let x: i64 =
            state.with(|db| db.query_row("SELECT x FROM n", [], |row| row.get(0))).unwrap();
        assert_eq!(x, 80);
    }
}
