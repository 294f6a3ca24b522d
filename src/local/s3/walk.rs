//! All keys of a bucket in the byte order of UTF-8, from anywhere, without reading
//! more of the disk than the way there.
//!
//! Two sources are merged: the bucket's folder, and the keys whose files lie under
//! `blobs/`. Where both have a key, the folder is right: somebody dropped a file there.

use std::collections::VecDeque;
use std::os::fd::OwnedFd;

use rustix::fs::FileType;
use rustix::io::Errno;

use super::error::StoreError;
use super::layout::KEY_MAX;
use super::names::{Names, Sorted};
use super::tree::{self, Fingerprint, Spot};
use super::{Store, past, rows};

/// Rows asked for at a time.
const BATCH: usize = 256;

/// The smallest key a walk may give, in bytes. It may be no UTF-8.
pub type Bound = Vec<u8>;

/// Everything after this key.
pub fn after(key: &str) -> Bound {
    let mut bound = key.as_bytes().to_vec();
    bound.push(0);
    bound
}

/// Everything after the keys that begin so: no UTF-8 has the byte 0xFF.
pub fn past(prefix: &str) -> Bound {
    let mut bound = prefix.as_bytes().to_vec();
    bound.push(0xff);
    bound
}

/// Where a key's bytes lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A plain file; its fingerprint is read when it is asked for.
    File,
    Row,
}

/// Merges the sources. `next` gives keys in order, `seek` jumps forward.
pub struct Walk<'a> {
    tree: Tree<'a>,
    rows: Rows<'a>,
    file: Option<String>,
    row: Option<String>,
    last: Option<Place>,
}

/// Which rows take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Objects,
    /// Also keys that are only in the past: deleted behind a marker.
    Versions,
}

impl<'a> Walk<'a> {
    pub fn new(
        store: &'a Store,
        bucket: &'a str,
        from: &[u8],
        kind: Kind,
    ) -> Result<Self, StoreError> {
        let root = store.root(bucket)?;
        let mut walk = Self {
            tree: Tree { names: &store.names, root, frames: Vec::new() },
            rows: Rows {
                store,
                bucket,
                kind,
                ready: VecDeque::new(),
                from: Vec::new(),
                done: false,
            },
            file: None,
            row: None,
            last: None,
        };
        walk.seek(from)?;
        Ok(walk)
    }

    /// Jumps to the first key that is not less than `to`.
    pub fn seek(&mut self, to: &[u8]) -> Result<(), StoreError> {
        self.last = None;
        if self.file.as_ref().is_none_or(|key| key.as_bytes() < to) {
            self.tree.seek(to)?;
            self.file = self.tree.next()?;
        }
        if self.row.as_ref().is_none_or(|key| key.as_bytes() < to) {
            self.rows.seek(to);
            self.row = self.rows.next()?;
        }
        Ok(())
    }

    /// The key that `step` would leave behind.
    pub fn peek(&self) -> Option<(&str, Place)> {
        match (&self.file, &self.row) {
            (Some(file), Some(row)) if row < file => Some((row, Place::Row)),
            (Some(file), _) => Some((file, Place::File)),
            (None, Some(row)) => Some((row, Place::Row)),
            (None, None) => None,
        }
    }

    /// The file of the key that `peek` shows; `None` if it is gone or no plain file.
    pub fn fingerprint(&self) -> Result<Option<Fingerprint>, StoreError> {
        Ok(self.tree.fingerprint()?)
    }

    pub fn step(&mut self) -> Result<(), StoreError> {
        let Some((key, _)) = self.peek() else { return Ok(()) };
        let key = key.to_owned();
        if self.row.as_ref() == Some(&key) {
            self.row = self.rows.next()?;
        }
        if self.file.as_ref() == Some(&key) {
            self.file = self.tree.next()?;
        }
        Ok(())
    }
}

/// The bucket's folder, depth first.
struct Tree<'a> {
    names: &'a Names,
    root: OwnedFd,
    frames: Vec<Frame>,
}

struct Frame {
    folder: OwnedFd,
    /// The key of the folder, ending in `/`; empty for the bucket.
    prefix: String,
    names: Sorted,
    /// The next name to give.
    at: usize,
}

impl Tree<'_> {
    fn seek(&mut self, to: &[u8]) -> Result<(), StoreError> {
        self.frames.clear();
        let root = self.root.try_clone()?;
        self.enter(root, String::new(), to)?;
        while let Some(frame) = self.frames.last_mut() {
            let Some(name) = frame.names.get(frame.at).filter(|name| name.ends_with('/')) else {
                break;
            };
            let prefix = format!("{}{name}", frame.prefix);
            if !to.starts_with(prefix.as_bytes()) {
                break;
            }
            frame.at += 1;
            if let Some(folder) = open(&frame.folder, name)? {
                self.enter(folder, prefix, to)?;
            }
        }
        Ok(())
    }

    /// Begins a folder at the first name that may hold a key not less than `to`.
    fn enter(&mut self, folder: OwnedFd, prefix: String, to: &[u8]) -> Result<(), StoreError> {
        let names = self.names.of(&folder).map_err(|why| unreadable(&prefix, why))?;
        let at = match to.strip_prefix(prefix.as_bytes()) {
            Some(rest) => names.partition_point(|name| {
                name.as_bytes() < rest
                    && !(name.ends_with('/') && rest.starts_with(name.as_bytes()))
            }),
            None => 0,
        };
        self.frames.push(Frame { folder, prefix, names, at });
        Ok(())
    }

    fn next(&mut self) -> Result<Option<String>, StoreError> {
        while let Some(frame) = self.frames.last_mut() {
            let Some(name) = frame.names.get(frame.at) else {
                self.frames.pop();
                continue;
            };
            frame.at += 1;
            let key = format!("{}{name}", frame.prefix);
            if key.len() > KEY_MAX {
                continue;
            }
            if !name.ends_with('/') {
                return Ok(Some(key));
            }
            if let Some(folder) = open(&frame.folder, name)? {
                self.enter(folder, key, &[])?;
            }
        }
        Ok(None)
    }

    /// The file that `next` gave last.
    fn fingerprint(&self) -> rustix::io::Result<Option<Fingerprint>> {
        let Some(frame) = self.frames.last() else { return Ok(None) };
        let Some(name) = frame.at.checked_sub(1).and_then(|at| frame.names.get(at)) else {
            return Ok(None);
        };
        let there = tree::look(&frame.folder, name)?;
        Ok(there
            .filter(|(kind, _)| *kind == FileType::RegularFile)
            .map(|(_, fingerprint)| fingerprint))
    }
}

fn open(parent: &OwnedFd, name: &str) -> Result<Option<OwnedFd>, StoreError> {
    let name = name.trim_end_matches('/');
    match tree::descend(parent.try_clone()?, &[name], false).map_err(|why| unreadable(name, why))? {
        Spot::Folder(folder) => Ok(Some(folder)),
        Spot::Absent | Spot::Blocked => Ok(None),
    }
}

fn unreadable(folder: &str, why: Errno) -> StoreError {
    if why == Errno::ACCESS {
        return StoreError::new(
            "AccessDenied",
            format!(
                "The folder {folder:?} of the bucket cannot be read by this process; change its permissions"
            ),
        );
    }
    why.into()
}

/// Keys from the tables, a batch at a time.
struct Rows<'a> {
    store: &'a Store,
    bucket: &'a str,
    kind: Kind,
    ready: VecDeque<String>,
    from: Bound,
    done: bool,
}

impl Rows<'_> {
    fn seek(&mut self, to: &[u8]) {
        while self.ready.front().is_some_and(|key| key.as_bytes() < to) {
            self.ready.pop_front();
        }
        if self.from.as_slice() < to {
            self.from = to.to_vec();
        }
    }

    fn next(&mut self) -> Result<Option<String>, StoreError> {
        if self.ready.is_empty() && !self.done {
            let mut keys = self.store.state.with(|db| {
                let mut keys = rows::blob_keys(db, self.bucket, &self.from, BATCH)?;
                if self.kind == Kind::Versions {
                    keys.extend(past::keys(db, self.bucket, &self.from, BATCH)?);
                }
                Ok(keys)
            })?;
            keys.sort_unstable();
            keys.dedup();
            keys.truncate(BATCH);
            self.done = keys.len() < BATCH;
            self.ready = keys.into();
            if let Some(last) = self.ready.back() {
                self.from = after(last);
            }
        }
        Ok(self.ready.pop_front())
    }
}
