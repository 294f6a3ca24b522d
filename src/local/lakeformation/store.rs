//! Which locations are registered, kept in `state.sqlite`.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::local::principal::Principal;
use crate::local::state::State;

const STEPS: &[&str] = &["
CREATE TABLE lakeformation_resources (
    bucket   TEXT NOT NULL,
    path     TEXT NOT NULL,     -- without slashes around it; '' is the whole bucket
    arn      TEXT NOT NULL,     -- as it was registered
    role     TEXT NOT NULL,     -- ARN
    hybrid   INTEGER NOT NULL,
    modified INTEGER NOT NULL,  -- seconds since the epoch
    PRIMARY KEY (bucket, path)
) WITHOUT ROWID;
-- What queries wrote into registered locations, and in whose name.
CREATE TABLE lakeformation_outputs (
    bucket TEXT NOT NULL,
    key    TEXT NOT NULL,
    owner  TEXT NOT NULL,       -- ARN
    PRIMARY KEY (bucket, key)
) WITHOUT ROWID;
"];

/// The registered locations of a lake. Cloning shares them.
#[derive(Clone)]
pub struct Registrations(State);

/// A bucket, or a folder of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    pub bucket: String,
    /// Without slashes around it; empty is the whole bucket.
    pub path: String,
}

/// A registered location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    pub location: Location,
    /// As it was registered.
    pub arn: String,
    /// The role that reads and writes there for Lake Formation.
    pub role: String,
    /// IAM's permissions stay in force for whoever has not opted in.
    pub hybrid: bool,
    /// Seconds since the epoch.
    pub modified: i64,
}

/// What a reader asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach<'a> {
    /// One object.
    Key(&'a str),
    /// The names below a prefix; `folded` where those in folders are not told.
    Names { prefix: &'a str, folded: bool },
}

impl Location {
    /// `arn:aws:s3:::bucket` or `arn:aws:s3:::bucket/folder`; `None` for anything else.
    pub fn parse(arn: &str) -> Option<Self> {
        let rest = arn.strip_prefix("arn:aws:s3:::")?;
        let (bucket, path) = rest.split_once('/').unwrap_or((rest, ""));
        let path = path.strip_suffix('/').unwrap_or(path);
        let told = !path.starts_with('/') && !path.contains(['*', '?']);
        (crate::local::s3::is_bucket_name(bucket) && told)
            .then(|| Self { bucket: bucket.to_owned(), path: path.to_owned() })
    }

    /// True where this would be seen of what lies in here.
    fn is_reached_by(&self, reach: Reach<'_>) -> bool {
        let holds = |key: &str| {
            let tail = key.strip_prefix(&self.path);
            self.path.is_empty() || tail.is_some_and(|tail| tail.starts_with('/'))
        };
        match reach {
            Reach::Key(key) => holds(key),
            // Folded, no more is told than that there is such a folder.
            Reach::Names { prefix, folded } => {
                holds(prefix) || (!folded && format!("{}/", self.path).starts_with(prefix))
            }
        }
    }
}

impl Registrations {
    /// # Errors
    /// When `state.sqlite` cannot be used.
    pub fn open(state: State) -> rusqlite::Result<Self> {
        state.migrate("lakeformation", STEPS)?;
        Ok(Self(state))
    }

    /// Every registration, by ARN.
    ///
    /// # Errors
    /// Those of the database.
    pub fn all(&self) -> rusqlite::Result<Vec<Registration>> {
        self.0.with(|db| {
            let sql = format!("SELECT {COLUMNS} FROM lakeformation_resources ORDER BY arn");
            db.prepare_cached(&sql)?.query_map([], read)?.collect()
        })
    }

    /// # Errors
    /// Those of the database.
    pub fn find(&self, at: &Location) -> rusqlite::Result<Option<Registration>> {
        self.0.with(|db| {
            let sql = format!(
                "SELECT {COLUMNS} FROM lakeformation_resources WHERE bucket = ?1 AND path = ?2"
            );
            db.prepare_cached(&sql)?.query_row(params![at.bucket, at.path], read).optional()
        })
    }

    /// False where it is registered already, and stays as it is.
    ///
    /// # Errors
    /// Those of the database.
    pub fn add(&self, new: &Registration) -> rusqlite::Result<bool> {
        self.0.with(|db| {
            let added = db.execute(
                "INSERT INTO lakeformation_resources (bucket, path, arn, role, hybrid, modified)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
                params![
                    new.location.bucket,
                    new.location.path,
                    new.arn,
                    new.role,
                    new.hybrid,
                    new.modified
                ],
            )?;
            Ok(added == 1)
        })
    }

    /// False where it was not registered.
    ///
    /// # Errors
    /// Those of the database.
    pub fn remove(&self, at: &Location) -> rusqlite::Result<bool> {
        self.0.with(|db| {
            let sql = "DELETE FROM lakeformation_resources WHERE bucket = ?1 AND path = ?2";
            Ok(db.execute(sql, params![at.bucket, at.path])? == 1)
        })
    }

    /// Notes what a query wrote in the name of a user, who may then read it wherever it lies.
    ///
    /// # Errors
    /// Those of the database.
    pub fn written(&self, who: &Principal, bucket: &str, key: &str) -> rusqlite::Result<()> {
        if who.is_admin() {
            return Ok(());
        }
        self.0.with(|db| {
            if !is_within(db, bucket, Reach::Key(key))? {
                return Ok(());
            }
            db.execute(
                "INSERT INTO lakeformation_outputs (bucket, key, owner) VALUES (?1, ?2, ?3)
                 ON CONFLICT (bucket, key) DO UPDATE SET owner = excluded.owner",
                params![bucket, key, who.arn()],
            )
            .map(drop)
        })
    }

    /// True where Lake Formation, and not S3, is to say whether a user may read this: it is in
    /// a registered location and no query wrote it for him.
    ///
    /// # Errors
    /// Those of the database.
    pub fn guards(
        &self,
        who: &Principal,
        bucket: &str,
        reach: Reach<'_>,
    ) -> rusqlite::Result<bool> {
        self.0.with(|db| {
            if !is_within(db, bucket, reach)? {
                return Ok(false);
            }
            let Reach::Key(key) = reach else { return Ok(true) };
            let sql = "SELECT owner FROM lakeformation_outputs WHERE bucket = ?1 AND key = ?2";
            let owner: Option<String> =
                db.prepare_cached(sql)?.query_row([bucket, key], |row| row.get(0)).optional()?;
            Ok(owner.is_none_or(|owner| owner != who.arn()))
        })
    }
}

const COLUMNS: &str = "bucket, path, arn, role, hybrid, modified";

fn read(row: &Row<'_>) -> rusqlite::Result<Registration> {
    Ok(Registration {
        location: Location { bucket: row.get(0)?, path: row.get(1)? },
        arn: row.get(2)?,
        role: row.get(3)?,
        hybrid: row.get(4)?,
        modified: row.get(5)?,
    })
}

fn is_within(db: &Connection, bucket: &str, reach: Reach<'_>) -> rusqlite::Result<bool> {
    let sql =
        format!("SELECT {COLUMNS} FROM lakeformation_resources WHERE bucket = ?1 AND hybrid = 0");
    let mut statement = db.prepare_cached(&sql)?;
    let found = statement.query_map([bucket], read)?.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(found.iter().any(|one| one.location.is_reached_by(reach)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(arn: &str) -> Location {
        Location::parse(arn).unwrap_or_else(|| panic!("{arn}"))
    }

    #[test]
    fn a_location_is_a_bucket_or_a_folder() {
        assert_eq!(at("arn:aws:s3:::lake").path, "");
        assert_eq!(at("arn:aws:s3:::lake/"), at("arn:aws:s3:::lake"));
        assert_eq!(at("arn:aws:s3:::lake/a/b/").path, "a/b");
        for none in ["s3://lake", "arn:aws:s3:::", "arn:aws:s3:::L", "arn:aws:s3:::lake/a*"] {
            assert_eq!(Location::parse(none), None, "{none}");
        }
    }

    #[test]
    fn a_folder_holds_its_keys_and_no_neighbours() {
        let folder = at("arn:aws:s3:::lake/data");
        assert!(folder.is_reached_by(Reach::Key("data/a")));
        assert!(!folder.is_reached_by(Reach::Key("data2/a")));
        assert!(!folder.is_reached_by(Reach::Key("data")));
        let names = |prefix, folded| folder.is_reached_by(Reach::Names { prefix, folded });
        assert!(names("data/", true) && names("data/x", false));
        assert!(!names("", true), "that there is such a folder may be told");
        assert!(names("", false) && names("da", false), "what is in it may not");
        assert!(!names("other/", false));
        let whole = at("arn:aws:s3:::lake");
        assert!(whole.is_reached_by(Reach::Names { prefix: "", folded: true }));
        assert!(whole.is_reached_by(Reach::Key("any")));
    }

    #[test]
    fn a_user_reads_what_his_query_wrote_and_nobody_elses() {
        let dir = tempfile::tempdir().unwrap();
        let all = Registrations::open(State::open(dir.path()).unwrap()).unwrap();
        let registered = |hybrid| Registration {
            location: at("arn:aws:s3:::lake/out"),
            arn: "arn:aws:s3:::lake/out".into(),
            role: "arn:aws:iam::000000000000:role/r".into(),
            hybrid,
            modified: 0,
        };
        let (ann, bob) = (Principal::named("ann").unwrap(), Principal::named("bob").unwrap());
        all.written(&ann, "lake", "out/before").unwrap();
        assert!(all.add(&registered(false)).unwrap());
        assert!(!all.add(&registered(true)).unwrap(), "it is there already");
        all.written(&ann, "lake", "out/x").unwrap();
        let guards = |who, key| all.guards(who, "lake", Reach::Key(key)).unwrap();
        assert!(!guards(&ann, "out/x") && guards(&bob, "out/x") && guards(&ann, "out/before"));
        assert!(!guards(&bob, "elsewhere"));
        assert!(all.remove(&registered(false).location).unwrap());
        assert!(!guards(&bob, "out/x"));
        all.add(&registered(true)).unwrap();
        assert!(!guards(&bob, "out/x"), "hybrid: IAM goes on deciding");
    }
}
