//! Bookmarks and recent places of each lake, kept from one day to the next.
//!
//! Several processes may write, so they are a small SQLite file of their own beside drafts and
//! history, readable by nobody else. Places are all it holds: buckets and folders.

use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::acts::{info, tell};
use super::{Cx, blocking, keep};
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;
use crate::ui::panes::buckets::acts::{News, Place};
use crate::ui::talk::Failure;

/// So many recent places are remembered.
const RECENT: u32 = 50;
/// Whoever opens a folder of the newest place sooner than this, in milliseconds, was only on the
/// way: the folder takes the place of the one above.
const ON_THE_WAY: i64 = 5_000;
/// How long another process's writing is waited for.
const BUSY: Duration = Duration::from_secs(2);
const VERSION: u32 = 1;

const SCHEMA: &str = "
CREATE TABLE places (
    uri        TEXT PRIMARY KEY,
    bookmarked INTEGER,   -- when, in milliseconds since the epoch; NULL: it is not
    visited    INTEGER    -- when last; NULL: not among the recent ones
) WITHOUT ROWID;
PRAGMA user_version = 1;
";

struct Atlas(Connection);

#[derive(Debug, thiserror::Error)]
enum AtlasError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error("a newer lakehand has written it (version {0})")]
    Newer(u32),
}

impl Atlas {
    /// Opens or makes the file. Blocking, as all of this.
    fn open(path: &Path) -> Result<Self, AtlasError> {
        keep::folder_of(path)?;
        // Made here, so that nobody else may read it from its first moment.
        std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
        let mut db = Connection::open(path)?;
        db.busy_timeout(BUSY)?;
        let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        match tx.query_row("PRAGMA user_version", [], |row| row.get(0))? {
            0 => tx.execute_batch(SCHEMA)?,
            VERSION => {}
            newer => return Err(AtlasError::Newer(newer)),
        }
        tx.commit()?;
        Ok(Self(db))
    }

    /// Bookmarks in the order of their names, then the newest.
    fn places(&self) -> Result<Vec<Place>, AtlasError> {
        let mut statement = self.0.prepare(
            "SELECT uri, bookmarked IS NOT NULL FROM places
             ORDER BY bookmarked IS NULL, CASE WHEN bookmarked IS NULL THEN -visited END, uri",
        )?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
        let mut found = Vec::new();
        for row in rows {
            let (uri, bookmark) = row?;
            found.extend(uri.parse().ok().map(|uri| Place { uri, bookmark }));
        }
        Ok(found)
    }

    /// Bookmarks the place, or does so no more; true where it is bookmarked now.
    fn bookmark(&self, uri: &S3Uri, now: i64) -> Result<bool, AtlasError> {
        let row = self.0.query_row(
            "INSERT INTO places (uri, bookmarked) VALUES (?1, ?2)
             ON CONFLICT (uri) DO UPDATE SET bookmarked = iif(bookmarked IS NULL, ?2, NULL)
             RETURNING bookmarked IS NOT NULL",
            params![uri.to_string(), now],
            |row| row.get(0),
        )?;
        self.0.execute("DELETE FROM places WHERE bookmarked IS NULL AND visited IS NULL", [])?;
        Ok(row)
    }

    fn visited(&mut self, uri: &S3Uri, now: i64) -> Result<(), AtlasError> {
        let tx = self.0.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let newest: Option<(String, i64)> = tx
            .query_row(
                "SELECT uri, visited FROM places WHERE visited IS NOT NULL
                 ORDER BY visited DESC LIMIT 1",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        let above = uri.parent().map(|parent| parent.to_string());
        if let Some((passed, at)) = newest
            && Some(&passed) == above.as_ref()
            && now - at < ON_THE_WAY
        {
            tx.execute("UPDATE places SET visited = NULL WHERE uri = ?1", [passed])?;
        }
        tx.execute(
            "INSERT INTO places (uri, visited) VALUES (?1, ?2)
             ON CONFLICT (uri) DO UPDATE SET visited = ?2",
            params![uri.to_string(), now],
        )?;
        tx.execute(
            "UPDATE places SET visited = NULL WHERE visited IS NOT NULL AND uri NOT IN
             (SELECT uri FROM places WHERE visited IS NOT NULL ORDER BY visited DESC LIMIT ?1)",
            [RECENT],
        )?;
        tx.execute("DELETE FROM places WHERE bookmarked IS NULL AND visited IS NULL", [])?;
        Ok(tx.commit()?)
    }

    fn forget(&self, uri: &S3Uri) -> Result<(), AtlasError> {
        self.0.execute("DELETE FROM places WHERE uri = ?1", [uri.to_string()])?;
        Ok(())
    }
}

fn now() -> i64 {
    Timestamp::now().as_millisecond()
}

async fn with<T: Send + 'static>(
    cx: &Cx,
    work: impl FnOnce(&mut Atlas) -> Result<T, AtlasError> + Send + 'static,
) -> Result<T, Trouble> {
    let path = cx.desk().places(cx.lake()?.settings());
    let what = format!("keep places in {}", path.display());
    let done = blocking(move || Atlas::open(&path).and_then(|mut atlas| work(&mut atlas))).await;
    done.map_err(|error| Trouble::new(Kind::Disk, what, error.to_string()))
}

/// The place is among the recent ones from now on. What fails is only logged: nobody asked.
pub(super) async fn visited(uri: S3Uri, cx: &Cx) {
    if let Err(trouble) = with(cx, move |atlas| atlas.visited(&uri, now())).await {
        tracing::warn!("{trouble}");
    }
}

pub(super) async fn tell_places(cx: &Cx) {
    let places = with(cx, |atlas| atlas.places()).await.map_err(Failure::from);
    tell(cx, News::Places(places)).await;
}

pub(super) async fn bookmark(uri: S3Uri, cx: &Cx) {
    let place = uri.clone();
    match with(cx, move |atlas| atlas.bookmark(&place, now())).await {
        Ok(true) => cx.say(info(format!("Bookmarked {uri}"))).await,
        Ok(false) => cx.say(info(format!("No bookmark any more: {uri}"))).await,
        Err(trouble) => cx.complain(&trouble).await,
    }
}

pub(super) async fn forget(uri: S3Uri, cx: &Cx) {
    let left = with(cx, move |atlas| atlas.forget(&uri).and_then(|()| atlas.places())).await;
    tell(cx, News::Places(left.map_err(Failure::from))).await;
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn uri(text: &str) -> S3Uri {
        text.parse().unwrap()
    }

    fn shown(atlas: &Atlas) -> Vec<String> {
        let mark = |place: Place| format!("{}{}", if place.bookmark { "*" } else { "" }, place.uri);
        atlas.places().unwrap().into_iter().map(mark).collect()
    }

    #[test]
    fn bookmarks_come_first_then_the_newest() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("places/x.sqlite");
        let mut atlas = Atlas::open(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        for (at, place) in ["s3://b/one/", "s3://b/two/", "s3://c/one/"].iter().enumerate() {
            atlas.visited(&uri(place), at as i64).unwrap();
        }
        assert!(atlas.bookmark(&uri("s3://z/kept/"), 9).unwrap());
        assert!(atlas.bookmark(&uri("s3://b/one/"), 9).unwrap());
        // Another process sees the same.
        let mut other = Atlas::open(&path).unwrap();
        let all = ["*s3://b/one/", "*s3://z/kept/", "s3://c/one/", "s3://b/two/"];
        assert_eq!(shown(&other), all);
        assert!(!other.bookmark(&uri("s3://z/kept/"), 10).unwrap());
        assert!(!other.bookmark(&uri("s3://b/one/"), 10).unwrap());
        other.visited(&uri("s3://b/two/"), 20).unwrap();
        assert_eq!(shown(&atlas), ["s3://b/two/", "s3://c/one/", "s3://b/one/"]);
        atlas.forget(&uri("s3://c/one/")).unwrap();
        assert_eq!(shown(&atlas).len(), 2);
    }

    #[test]
    fn the_way_to_a_place_is_no_place() {
        let dir = tempfile::tempdir().unwrap();
        let mut atlas = Atlas::open(&dir.path().join("x")).unwrap();
        atlas.visited(&uri("s3://b/"), 0).unwrap();
        atlas.visited(&uri("s3://b/a/"), 1_000).unwrap();
        atlas.visited(&uri("s3://b/a/c/"), 2_000).unwrap();
        assert_eq!(shown(&atlas), ["s3://b/a/c/"]);
        atlas.visited(&uri("s3://b/a/c/d/"), 10_000).unwrap();
        assert_eq!(shown(&atlas), ["s3://b/a/c/d/", "s3://b/a/c/"], "this one was looked at");
    }

    #[test]
    fn no_more_than_fifty_are_recent_and_bookmarks_stay() {
        let dir = tempfile::tempdir().unwrap();
        let mut atlas = Atlas::open(&dir.path().join("x")).unwrap();
        atlas.bookmark(&uri("s3://b/0/"), 0).unwrap();
        for at in 0..60 {
            atlas.visited(&uri(&format!("s3://b/{at}/")), at).unwrap();
        }
        let all = shown(&atlas);
        assert_eq!((all.len(), all[0].as_str()), (51, "*s3://b/0/"));
        assert_eq!((all[1].as_str(), all[50].as_str()), ("s3://b/59/", "s3://b/10/"));
    }

    #[test]
    fn a_file_of_a_newer_lakehand_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        Atlas::open(&path).unwrap().0.execute_batch("PRAGMA user_version = 9").unwrap();
        assert!(matches!(Atlas::open(&path), Err(AtlasError::Newer(9))));
    }
}
