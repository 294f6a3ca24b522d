//! The local lake's S3: buckets that are folders, behind S3's own protocol.
//!
//! `Store` is the storage and what it promises: writes are all or nothing among
//! threads, processes and kills; a folder of files dropped into `buckets/` is a
//! bucket. The other rooms of the local lake use it directly; clients reach it
//! through the service in front. Everything in `Store` blocks.

mod access;
pub(in crate::local) mod archive;
mod bucket;
mod checksum;
mod commit;
mod error;
mod find;
mod incoming;
mod layout;
mod lifecycle;
mod listing;
mod lock;
mod many;
mod names;
mod object;
mod past;
mod policy;
mod put;
mod read;
mod rows;
mod schema;
mod service;
mod sweep;
mod tags;
#[cfg(test)]
mod tests;
mod tree;
mod upload;
mod version;
mod versions;
mod walk;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use checksum::{Algorithm, Checksum, Expected, Kind as ChecksumKind};
pub use error::StoreError;
pub use layout::is_bucket_name;
pub use lifecycle::AbortRule;
pub use object::{
    BucketInfo, Headers, LogFormat, LogTarget, Meta, ObjectInfo, PartInfo, PublicBlock, PutOptions,
    SseRule, Versioning,
};
pub use service::{Identity, Keyring, Service};
pub use upload::UploadQuery;

use super::lakeformation::Registrations;
use super::state::State;
use layout::Layout;
use lock::Locks;
use names::Names;

/// The objects of one lake. Cloning shares it.
#[derive(Clone)]
pub struct Store {
    state: State,
    layout: Arc<Layout>,
    locks: Arc<Locks>,
    names: Arc<Names>,
    registrations: Registrations,
}

impl Store {
    /// Opens the lake in `dir`, making its folders and tables where they are missing
    /// and removing what writers that were killed left behind.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn open(dir: &Path, state: State) -> Result<Self, StoreError> {
        let layout = Layout::new(dir);
        layout.create()?;
        state.migrate("s3", schema::STEPS)?;
        incoming::sweep(&layout.tmp)?;
        sweep::orphans(&layout, &state)?;
        let store = Self {
            registrations: Registrations::open(state.clone())?,
            state,
            locks: Arc::new(Locks::new(layout.locks.clone())),
            names: Arc::default(),
            layout: Arc::new(layout),
        };
        store.abort_overdue_everywhere()?;
        Ok(store)
    }

    /// The locations where Lake Formation decides who reads.
    pub fn registrations(&self) -> &Registrations {
        &self.registrations
    }

    /// A folder on the same file system as the objects, for files to be handed to
    /// `put_file`. Name them with a UUID; do not begin the name with `put-`.
    pub fn scratch(&self) -> PathBuf {
        self.layout.tmp.clone()
    }
}
