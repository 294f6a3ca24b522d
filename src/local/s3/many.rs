//! Deletes of many keys by one request.
//!
//! One delete waits for the disk some four times. Here all of them take each step together, in
//! the order of one: what is to be kept has its second name and its row before its first name
//! goes, and what comes back has its row before its file is moved. So a kill leaves each key as
//! it was or as it is to be, as it does with one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rustix::fs::{AtFlags, CWD};

use super::Store;
use super::commit::{new_version, remove, sync_folder};
use super::error::StoreError;
use super::layout::plain;
use super::object::{ObjectInfo, Versioning};
use super::past::{self, Kept, Past};
use super::rows::{self, Content};
use super::tree::{self, Fingerprint, Spot};
use super::version::Deleted;

/// What is to be deleted: the key as it is, or one version of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doomed {
    pub key: String,
    pub version: Option<String>,
}

/// A delete that goes along with the others.
enum Plan {
    /// Nothing of it is kept.
    Remove,
    /// A marker stands over it from now on, and over what was there.
    Hide { marker: ObjectInfo, kept: Option<Box<Kept>> },
    /// A marker goes.
    Uncover { marker: i64, back: Option<Back> },
}

/// What a marker was over.
struct Back {
    past: i64,
    from: PathBuf,
    fingerprint: Fingerprint,
    content: Content,
    /// Its row as an object.
    row: Option<i64>,
    moved: bool,
}

impl Store {
    /// Deletes them, in whatever order; answers in that in which they were named.
    ///
    /// # Errors
    /// Where it is not known what became of any of them.
    pub(super) fn delete_many(
        &self,
        bucket: &str,
        doomed: &[Doomed],
    ) -> Result<Vec<Result<Deleted, StoreError>>, StoreError> {
        let mut named = BTreeMap::<&str, u32>::new();
        doomed.iter().for_each(|one| *named.entry(&one.key).or_default() += 1);
        let once = |one: &&Doomed| named.get(one.key.as_str()) == Some(&1);
        let mut together =
            self.delete_together(bucket, &doomed.iter().filter(once).collect::<Vec<_>>())?;
        // The others need what is done for one alone: a key that is named twice, its turns.
        let one_by_one = |one: &Doomed| match together.remove(one.key.as_str()) {
            Some(deleted) => Ok(deleted),
            None => match &one.version {
                Some(version) => self.delete_version(bucket, &one.key, version),
                None => self.delete_newest(bucket, &one.key, None),
            },
        };
        Ok(doomed.iter().map(one_by_one).collect())
    }

    /// Deletes those that can go along with others, by their keys, each of which is named once.
    fn delete_together<'a>(
        &self,
        bucket: &str,
        doomed: &[&'a Doomed],
    ) -> Result<BTreeMap<&'a str, Deleted>, StoreError> {
        let _held = self.locks.objects(bucket, doomed.iter().map(|one| one.key.as_str()))?;
        let versioning = self.versioning(bucket)?;
        let mut plans = Vec::new();
        for one in doomed {
            // What fails for one is no failure of the others: it is heard when its turn comes.
            if let Ok(Some(plan)) = self.plan(bucket, one, versioning) {
                plans.push((*one, plan));
            }
        }
        if plans.iter().any(|(_, plan)| matches!(plan, Plan::Hide { kept: Some(_), .. })) {
            sync_folder(&self.layout.versions)?;
        }
        self.write_new_rows(bucket, &mut plans)?;
        self.move_files(bucket, &mut plans)?;
        self.drop_old_rows(bucket, &plans)?;
        let done = plans.into_iter().filter_map(|(one, plan)| {
            let deleted = match plan {
                Plan::Remove => Deleted::default(),
                Plan::Hide { marker, .. } => Deleted { marker: true, version: marker.version },
                Plan::Uncover { back: Some(Back { moved: false, .. }), .. } => return None,
                Plan::Uncover { .. } => Deleted { marker: true, version: one.version.clone() },
            };
            Some((one.key.as_str(), deleted))
        });
        Ok(done.collect())
    }

    /// `None`: by itself. What is to be kept has its second name afterwards.
    fn plan(
        &self,
        bucket: &str,
        one: &Doomed,
        versioning: Versioning,
    ) -> Result<Option<Plan>, StoreError> {
        let Doomed { key, version } = one;
        let Some(version) = version else {
            return Ok(match versioning {
                Versioning::Off => Some(Plan::Remove),
                Versioning::Enabled => {
                    let found = self.find(bucket, key)?;
                    let kept = found
                        .map(|found| self.set_aside(bucket, key, &found))
                        .transpose()?
                        .map(Box::new);
                    Some(Plan::Hide { marker: past::marker(key, Some(new_version())), kept })
                }
                Versioning::Suspended => None,
            });
        };
        if plain(key).is_none() || self.find(bucket, key)?.is_some() {
            return Ok(None);
        }
        let past = self.past(bucket, key, None)?;
        let is_it = |past: &Past| past.info.version.as_ref() == Some(version);
        let Some(marker) = past.iter().find(|past| is_it(past) && past.is_marker()) else {
            return Ok(None);
        };
        let below = past.iter().find(|past| past.id != marker.id);
        let back = match below.and_then(|past| Some((past, past.file.as_deref()?))) {
            None => None,
            Some((past, file)) => {
                let from = self.layout.version(file);
                let fingerprint = Fingerprint::of(&std::fs::File::open(&from)?)?;
                let (content, past) = (past.content()?, past.id);
                Some(Back { past, from, fingerprint, content, row: None, moved: false })
            }
        };
        Ok(Some(Plan::Uncover { marker: marker.id, back }))
    }

    fn write_new_rows(
        &self,
        bucket: &str,
        plans: &mut [(&Doomed, Plan)],
    ) -> Result<(), StoreError> {
        self.state.with(|db| {
            let tx = db.transaction()?;
            for (one, plan) in plans {
                match plan {
                    Plan::Hide { marker, kept } => {
                        kept.iter().try_for_each(|kept| kept.insert(&tx, bucket))?;
                        past::insert_marker(&tx, bucket, marker)?;
                    }
                    Plan::Uncover { back: Some(back), .. } => {
                        let (print, content) = (back.fingerprint, &back.content);
                        back.row = Some(rows::insert(&tx, bucket, &one.key, None, print, content)?);
                    }
                    Plan::Remove | Plan::Uncover { back: None, .. } => {}
                }
            }
            tx.commit()
        })?;
        Ok(())
    }

    /// Plain files go, or come back; each folder that one came into is synced once.
    fn move_files(&self, bucket: &str, plans: &mut [(&Doomed, Plan)]) -> Result<(), StoreError> {
        let root = self.root(bucket)?;
        let (mut left, mut filled) = (BTreeSet::new(), BTreeSet::new());
        for (one, plan) in plans {
            let Some((folders, name)) = plain(&one.key) else { continue };
            let back = match plan {
                Plan::Remove | Plan::Hide { .. } => None,
                Plan::Uncover { back: None, .. } => continue,
                Plan::Uncover { back: Some(back), .. } => Some(back),
            };
            let spot = tree::descend(root.try_clone()?, &folders, back.is_some())?;
            let Spot::Folder(parent) = spot else { continue };
            match back {
                None if tree::open_file(&parent, name)?.is_some() => {
                    rustix::fs::unlinkat(&parent, name, AtFlags::empty())?;
                    left.insert(folders);
                }
                Some(back) if tree::look(&parent, name)?.is_none() => {
                    // What cannot be moved so is left to those who go by themselves.
                    back.moved = rustix::fs::renameat(CWD, &back.from, &parent, name).is_ok();
                    filled.insert(folders);
                }
                _ => {}
            }
        }
        for folders in left {
            tree::prune(&root, &folders)?;
        }
        for folders in filled {
            if let Spot::Folder(folder) = tree::descend(root.try_clone()?, &folders, false)? {
                rustix::fs::fsync(&folder)?;
            }
        }
        Ok(())
    }

    fn drop_old_rows(&self, bucket: &str, plans: &[(&Doomed, Plan)]) -> Result<(), StoreError> {
        let mut blobs = Vec::new();
        self.state.with(|db| {
            let tx = db.transaction()?;
            for (one, plan) in plans {
                let key = &one.key;
                match plan {
                    Plan::Remove | Plan::Hide { .. } => {
                        let old = rows::of_key(&tx, bucket, key)?;
                        blobs.extend(old.into_iter().filter_map(|row| row.blob));
                        rows::delete_others(&tx, bucket, key, None)?;
                    }
                    Plan::Uncover { marker, back: None } => past::forget(&tx, *marker)?,
                    Plan::Uncover { marker, back: Some(back) } if back.moved => {
                        past::forget(&tx, *marker)?;
                        past::forget(&tx, back.past)?;
                        rows::delete_others(&tx, bucket, key, back.row)?;
                    }
                    Plan::Uncover { back: Some(back), .. } => {
                        back.row.iter().try_for_each(|row| rows::delete(&tx, *row))?;
                    }
                }
            }
            tx.commit()
        })?;
        for blob in blobs {
            remove(&self.layout.blob(&blob))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::local::s3::object::PutOptions;
    use crate::local::s3::tests::{ROOT, lake, open, read};
    use crate::local::s3::version::null;
    use crate::local::s3::versions::{VersionItem, VersionQuery};

    const KEYS: [&str; 6] = ["a", "d/b", "d/c", "odd//k", "folder/", "d/twice"];

    fn doomed(key: &str, version: Option<String>) -> Doomed {
        Doomed { key: key.to_owned(), version }
    }

    /// Key, version and whether it is a marker, each key's newest first.
    fn history(store: &Store) -> Vec<(String, Option<String>, bool)> {
        let query = VersionQuery { limit: 10_000, ..VersionQuery::default() };
        let items = store.versions("lake", &query).unwrap().items;
        let each = items.into_iter().filter_map(|item| match item {
            VersionItem::Version { info, marker, .. } => Some((info.key, info.version, marker)),
            VersionItem::Prefix(_) => None,
        });
        each.collect()
    }

    fn fill(store: &Store) {
        for key in KEYS {
            let options = PutOptions { sse: Some("aws:kms".into()), ..PutOptions::default() };
            store.put(&ROOT, "lake", key, key.as_bytes(), options).unwrap();
        }
    }

    fn hide(store: &Store) {
        let all: Vec<Doomed> = KEYS.iter().map(|key| doomed(key, None)).collect();
        store.delete_many("lake", &all).unwrap().into_iter().for_each(|fate| drop(fate.unwrap()));
    }

    fn uncover(store: &Store) {
        let markers = history(store).into_iter().filter(|(.., marker)| *marker);
        let markers: Vec<Doomed> = markers
            .map(|(key, version, _)| doomed(&key, Some(version.unwrap_or_else(null))))
            .collect();
        for fate in store.delete_many("lake", &markers).unwrap() {
            assert!(fate.unwrap().marker);
        }
    }

    /// What one delete after the other does, many at once do.
    #[test]
    fn many_go_as_one_does() {
        for versioning in [None, Some(true), Some(false)] {
            let (dirs, stores): (Vec<_>, Vec<Store>) = (0..2).map(|_| lake()).unzip();
            let mut told = Vec::new();
            for (at, store) in stores.iter().enumerate() {
                if let Some(enabled) = versioning {
                    store.set_versioning("lake", true).unwrap();
                    fill(store);
                    store.set_versioning("lake", enabled).unwrap();
                }
                fill(store);
                std::fs::write(dirs[at].path().join("buckets/lake/dropped"), "x").unwrap();
                let mut all: Vec<Doomed> = KEYS.iter().map(|key| doomed(key, None)).collect();
                all.extend([doomed("d/twice", None), doomed("dropped", None), doomed("no", None)]);
                let fates: Vec<Deleted> = match at {
                    0 => {
                        let fates = store.delete_many("lake", &all).unwrap();
                        fates.into_iter().map(Result::unwrap).collect()
                    }
                    _ => all
                        .iter()
                        .map(|one| store.delete_newest("lake", &one.key, None).unwrap())
                        .collect(),
                };
                let shapes = fates.iter().map(|fate| (fate.marker, fate.version.is_some()));
                let mut shapes = vec![shapes.collect::<Vec<_>>()];
                let shape = |store: &Store| {
                    let keys = history(store).into_iter();
                    keys.map(|(_, version, marker)| (marker, version.is_some())).collect()
                };
                shapes.push(shape(store));
                for key in KEYS {
                    assert_eq!(read(store, key), Err("NoSuchKey"), "{key}");
                }
                assert!(!dirs[at].path().join("buckets/lake/d").exists(), "no bare folder");
                let markers = history(store).into_iter().filter(|(.., marker)| *marker);
                let markers: Vec<Doomed> = markers
                    .map(|(key, version, _)| doomed(&key, Some(version.unwrap_or("null".into()))))
                    .collect();
                match at {
                    0 => uncover(store),
                    _ => markers.iter().for_each(|one| {
                        let version = one.version.as_deref().unwrap_or_default();
                        assert!(store.delete_version("lake", &one.key, version).unwrap().marker);
                    }),
                }
                shapes.push(shape(store));
                let there = KEYS.iter().map(|key| (read(store, key).is_ok(), true));
                shapes.push(there.collect());
                told.push(shapes);
            }
            assert_eq!(told[0], told[1], "{versioning:?}");
        }
    }

    const DELETER: &str = "LAKEHAND_TEST_DELETER";

    /// Not a test of its own: the process that the next one kills.
    #[test]
    fn deleter_to_be_killed() {
        let Some(dir) = std::env::var_os(DELETER) else { return };
        let store = open(Path::new(&dir));
        std::fs::write(Path::new(&dir).join("going"), "").unwrap();
        loop {
            hide(&store);
            uncover(&store);
        }
    }

    #[test]
    fn a_killed_delete_of_many_loses_no_version() {
        let (dir, store) = lake();
        store.set_versioning("lake", true).unwrap();
        fill(&store);
        let was: Vec<_> = history(&store);
        for round in 0..20 {
            let mut deleter = std::process::Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "local::s3::many::tests::deleter_to_be_killed"])
                .env(DELETER, dir.path())
                .stdout(std::process::Stdio::null())
                .spawn()
                .unwrap();
            let going = dir.path().join("going");
            for _ in 0..500 {
                if going.exists() {
                    break;
                }
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            // The kill falls somewhere into one of its steps.
            std::thread::sleep(std::time::Duration::from_millis(7 * round));
            deleter.kill().unwrap();
            deleter.wait().unwrap();
            std::fs::remove_file(going).unwrap();
            let store = open(dir.path());
            let left: Vec<_> = history(&store).into_iter().filter(|(.., marker)| !marker).collect();
            assert_eq!(left, was, "every version once");
            uncover(&store);
            for key in KEYS {
                assert_eq!(read(&store, key).unwrap(), key.as_bytes(), "{key}");
                let info = store.head("lake", key).unwrap();
                assert_eq!(info.meta.sse.as_deref(), Some("aws:kms"), "{key}");
            }
            assert_eq!(history(&store), was);
        }
    }
}
