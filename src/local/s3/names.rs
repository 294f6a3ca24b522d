//! Sorted folder contents, remembered between the pages of a listing.
//!
//! A page starts anywhere in the middle of a folder, and a folder of a million
//! files takes most of a second to read and sort: doing that for every page would
//! make a listing quadratic.

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use rustix::fs::{AtFlags, Dir, FileType};

use super::tree::Fingerprint;

/// Folders smaller than this are read again: cheaper than remembering them.
const WORTH: usize = 256;
/// Names remembered in all.
const CAPACITY: usize = 4_000_000;
/// A folder changed this recently may change again without its time changing.
const SETTLED: Duration = Duration::from_millis(100);

/// Names in the order of their keys; those of folders end in `/`.
pub type Sorted = Arc<[Box<str>]>;

#[derive(Debug, Default)]
pub struct Names {
    known: Mutex<HashMap<(u64, u64), Known>>,
}

#[derive(Debug)]
struct Known {
    fingerprint: Fingerprint,
    names: Sorted,
    used: SystemTime,
}

impl Names {
    /// What is in a folder: plain files and folders whose names are UTF-8, nothing else.
    pub fn of(&self, folder: &OwnedFd) -> rustix::io::Result<Sorted> {
        let stat = rustix::fs::fstat(folder)?;
        let fingerprint = Fingerprint::of_stat(&stat);
        #[allow(clippy::unnecessary_cast, reason = "the widths differ between systems")]
        let place = (stat.st_dev as u64, fingerprint.inode);
        if let Some(known) = self.known().get_mut(&place)
            && known.fingerprint == fingerprint
        {
            known.used = SystemTime::now();
            return Ok(known.names.clone());
        }
        let names = read(folder)?;
        let settled = fingerprint.modified().elapsed().is_ok_and(|age| age > SETTLED);
        if settled && names.len() >= WORTH {
            self.remember(
                place,
                Known { fingerprint, names: names.clone(), used: SystemTime::now() },
            );
        }
        Ok(names)
    }

    fn remember(&self, place: (u64, u64), new: Known) {
        let mut known = self.known();
        known.remove(&place);
        let mut total = new.names.len() + known.values().map(|k| k.names.len()).sum::<usize>();
        while total > CAPACITY {
            let Some(oldest) = known.iter().min_by_key(|(_, k)| k.used).map(|(place, _)| *place)
            else {
                break;
            };
            total -= known.remove(&oldest).map_or(0, |k| k.names.len());
        }
        known.insert(place, new);
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<(u64, u64), Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(folder: &OwnedFd) -> rustix::io::Result<Sorted> {
    let mut names: Vec<Box<str>> = Vec::new();
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().to_str() else { continue };
        if name == "." || name == ".." {
            continue;
        }
        let kind = match entry.file_type() {
            // Some file systems do not say.
            FileType::Unknown => {
                match rustix::fs::statat(folder, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW) {
                    Ok(stat) => FileType::from_raw_mode(stat.st_mode),
                    Err(_) => continue,
                }
            }
            kind => kind,
        };
        match kind {
            FileType::RegularFile => names.push(name.into()),
            FileType::Directory => names.push(format!("{name}/").into()),
            _ => {}
        }
    }
    // Byte order of the whole key: `a-b` < `a/…` < `a0`, hence the slash.
    names.sort_unstable();
    Ok(names.into())
}
