//! The journal's tables, and how they came to be what they are.

use std::io;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::types::Type;

/// How long a statement waits for another process's write.
const BUSY: Duration = Duration::from_secs(20);

/// `STEPS[i]` leads from version `i` to `i + 1`. Released steps are never edited.
///
/// Times are milliseconds since the epoch. `transfer.state` is a [`super::Stand`],
/// `transfer.closing` a [`Landed`](super::super::item::Landed), `batch.heir` the batch that
/// goes on with it.
const STEPS: &[&str] = &[
    "
CREATE TABLE owner (
    id TEXT PRIMARY KEY,
    pid INTEGER NOT NULL,
    began INTEGER NOT NULL,
    headless INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE batch (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    lake TEXT NOT NULL,
    plan TEXT NOT NULL,
    place TEXT NOT NULL,
    state TEXT NOT NULL,
    owner TEXT,
    began INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    counts TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX batch_of ON batch (lake, state);
CREATE TABLE transfer (
    id INTEGER PRIMARY KEY,
    batch INTEGER NOT NULL REFERENCES batch (id) ON DELETE CASCADE,
    lake TEXT NOT NULL,
    direction TEXT NOT NULL,
    local BLOB NOT NULL,
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    state TEXT NOT NULL,
    began INTEGER NOT NULL,
    ended INTEGER,
    device INTEGER,
    inode INTEGER,
    size INTEGER,
    modified INTEGER,
    part_size INTEGER,
    upload_id TEXT,
    checksums INTEGER,
    etag TEXT,
    temp BLOB,
    checksum TEXT,
    proof TEXT,
    sha256 TEXT,
    version_id TEXT,
    kms_key TEXT,
    moved INTEGER,
    reused INTEGER,
    error TEXT
);
CREATE INDEX transfer_at ON transfer (bucket, key);
CREATE INDEX transfer_of ON transfer (batch);
CREATE INDEX transfer_upload ON transfer (upload_id) WHERE upload_id IS NOT NULL;
CREATE TABLE part (
    transfer INTEGER NOT NULL REFERENCES transfer (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    crc INTEGER NOT NULL,
    md5 BLOB,
    PRIMARY KEY (transfer, number)
) WITHOUT ROWID;
",
    "
ALTER TABLE transfer ADD COLUMN note TEXT;
",
    "
ALTER TABLE transfer ADD COLUMN closing TEXT;
ALTER TABLE batch ADD COLUMN heir INTEGER;
",
];

const VERSION: i64 = STEPS.len() as i64;

/// Batches that ended so long ago are forgotten when the journal is opened: 90 days.
const KEPT: i64 = 90 * 24 * 3600 * 1000;

/// Opens the file for writing, readable by its owner alone, and brings it up to date.
pub(super) fn open(file: &Path) -> rusqlite::Result<Connection> {
    let folder = file.parent().unwrap_or(Path::new("."));
    refuse_network(folder).map_err(outside)?;
    keep_private(file).map_err(outside)?;
    let mut db = Connection::open(file)?;
    db.busy_timeout(BUSY)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    prepare(&mut db)?;
    db.execute(
        "DELETE FROM batch WHERE state = 'over' AND changed < ?1",
        [super::text::now() - KEPT],
    )?;
    Ok(db)
}

pub(super) fn in_memory() -> rusqlite::Result<Connection> {
    let mut db = Connection::open_in_memory()?;
    prepare(&mut db)?;
    Ok(db)
}

/// Opens the file for reading beside whoever writes it.
pub(super) fn open_to_read(file: &Path) -> rusqlite::Result<Connection> {
    open_if_made(file)?.ok_or_else(|| outside(io::Error::other("it is empty")))
}

/// The same; `None` while it is being made.
pub(super) fn open_if_made(file: &Path) -> rusqlite::Result<Option<Connection>> {
    let db = Connection::open_with_flags(file, rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    db.busy_timeout(BUSY)?;
    let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == 0 {
        return Ok(None);
    }
    if version != VERSION {
        return Err(outside(io::Error::other(format!(
            "it was written by another version of lakehand (version {version} of its tables)"
        ))));
    }
    Ok(Some(db))
}

fn prepare(db: &mut Connection) -> rusqlite::Result<()> {
    db.pragma_update(None, "foreign_keys", "ON")?;
    db.set_prepared_statement_cache_capacity(64);
    db.set_transaction_behavior(rusqlite::TransactionBehavior::Immediate);
    let tx = db.transaction()?;
    let version: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let done = usize::try_from(version).unwrap_or_default();
    let Some(missing) = STEPS.get(done..) else {
        return Err(outside(io::Error::other(
            "it was written by a newer lakehand; use that version",
        )));
    };
    for step in missing {
        tx.execute_batch(step)?;
    }
    tx.pragma_update(None, "user_version", VERSION)?;
    tx.commit()
}

fn keep_private(file: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
    if let Some(folder) = file.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(file)?;
    Ok(())
}

/// SQLite: "Use a database engine over a network" warns of locks that do not hold. The numbers
/// are those of `statfs(2)`: NFS, SMB, SMB2, CIFS, AFS, 9P, CEPH.
fn refuse_network(folder: &Path) -> io::Result<()> {
    const NETWORK: [u32; 7] =
        [0x6969, 0x517B, 0xFE53_4D42, 0xFF53_4D42, 0x5346_414F, 0x0102_1997, 0x00C3_6400];
    let mut there = folder;
    let found = loop {
        match (rustix::fs::statfs(there), there.parent()) {
            (Ok(found), _) => break found,
            (Err(rustix::io::Errno::NOENT), Some(parent)) => there = parent,
            // What cannot be looked at fails when it is opened.
            (Err(_), _) => return Ok(()),
        }
    };
    #[allow(clippy::unnecessary_cast)]
    let kind = found.f_type as u32;
    match NETWORK.contains(&kind) {
        true => Err(io::Error::other(
            "it lies on a network file system, where locks cannot be relied on; set LAKEHAND_HOME to a local folder",
        )),
        false => Ok(()),
    }
}

/// An error of ours in SQLite's clothes, so that it travels with the others.
fn outside(error: io::Error) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Null, Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_of_an_earlier_version_is_brought_up_to_date() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("journal.sqlite");
        let old = Connection::open(&file).unwrap();
        old.execute_batch(STEPS[0]).unwrap();
        old.execute_batch(
            "INSERT INTO batch (id, lake, plan, place, state, began, changed)
                VALUES (1, 'l', '{}', 'p', 'open', 1, 1);
             INSERT INTO transfer (batch, lake, direction, local, bucket, key, state, began)
                VALUES (1, 'l', 'up', x'', 'b', 'k', 'running', 1);
             PRAGMA user_version = 1;",
        )
        .unwrap();
        drop(old);
        let db = open(&file).unwrap();
        let kept: (String, Option<String>) = db
            .query_row("SELECT key, note FROM transfer", [], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        assert_eq!(kept, ("k".to_owned(), None));
    }

    #[test]
    fn a_journal_is_private_and_a_newer_one_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("data/journal.sqlite");
        drop(open(&file).unwrap());
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
        assert!(open_if_made(&file).unwrap().is_some());
        std::fs::write(dir.path().join("new"), "").unwrap();
        assert!(open_if_made(&dir.path().join("new")).unwrap().is_none());
        let db = open(&file).unwrap();
        db.pragma_update(None, "user_version", 99).unwrap();
        assert!(open(&file).unwrap_err().to_string().contains("newer lakehand"));
        assert!(open_to_read(&file).unwrap_err().to_string().contains("another version"));
    }
}
