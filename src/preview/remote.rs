//! An object of a lake as a source: one ranged GET at a time, of the very object that was
//! there when it was opened.

use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::HEAD;
use super::source::{Kept, Source};
use crate::lake::{Body, Lake, Same};
use crate::model::object::ObjectRef;
use crate::model::trouble::{Kind, Trouble};

/// An object that is being looked into. Its reads block, and belong on a thread that may.
pub struct Remote {
    lake: Lake,
    object: ObjectRef,
    /// Bytes.
    size: u64,
    etag: Option<String>,
    runtime: Handle,
    cancel: CancellationToken,
    /// Bytes that have arrived.
    read: AtomicU64,
    /// Held by the read that is under way.
    turn: Mutex<()>,
    /// Why the last read failed.
    trouble: Mutex<Option<Trouble>>,
}

/// An object whose beginning has arrived.
#[derive(Clone)]
pub struct Opened {
    remote: Arc<Remote>,
    source: Arc<Kept>,
}

impl Remote {
    /// Reads an object's beginning. When `cancel` is cancelled reads end at once; for as long
    /// as it is not, a runtime must be there to read with.
    ///
    /// # Errors
    /// As S3 answers.
    pub async fn open(
        lake: Lake,
        object: ObjectRef,
        cancel: CancellationToken,
    ) -> Result<Opened, Trouble> {
        let (head, size, etag) = match get(&lake, &object, 0..HEAD, None).await {
            Ok(mut body) => {
                let mut head = BytesMut::new();
                while let Some(chunk) = body.chunk().await? {
                    head.extend_from_slice(&chunk);
                }
                (head.freeze(), body.whole, body.etag)
            }
            // Of an empty object there is no range.
            Err(trouble) if trouble.code.as_deref() == Some("InvalidRange") => {
                (Bytes::new(), 0, None)
            }
            Err(trouble) => return Err(trouble),
        };
        let remote = Arc::new(Self {
            lake,
            object,
            size,
            etag,
            runtime: Handle::current(),
            cancel,
            read: AtomicU64::new(head.len() as u64),
            turn: Mutex::default(),
            trouble: Mutex::default(),
        });
        let source = Arc::new(Kept::new(remote.clone(), head));
        Ok(Opened { remote, source })
    }

    async fn fetch(&self, range: Range<u64>) -> Result<Bytes, Trouble> {
        let wanted = range.end - range.start;
        let mut body = get(&self.lake, &self.object, range, self.etag.as_deref()).await?;
        let mut bytes = BytesMut::new();
        while let Some(chunk) = body.chunk().await? {
            self.read.fetch_add(chunk.len() as u64, Ordering::Relaxed);
            bytes.extend_from_slice(&chunk);
        }
        if bytes.len() as u64 != wanted {
            let why = format!("{wanted} bytes were asked for and {} came", bytes.len());
            return Err(Trouble::new(Kind::Integrity, self.what(), why));
        }
        Ok(bytes.freeze())
    }

    fn what(&self) -> String {
        format!("read {}", self.object.uri)
    }
}

/// The one place that asks for an object's bytes.
async fn get(
    lake: &Lake,
    object: &ObjectRef,
    range: Range<u64>,
    etag: Option<&str>,
) -> Result<Body, Trouble> {
    let same = Same { version_id: object.version.as_deref(), etag };
    lake.get_same(&object.uri, Some(range), same).await
}

impl Opened {
    /// What previewers read from.
    pub fn source(&self) -> Arc<dyn Source> {
        self.source.clone()
    }

    /// The object's size in bytes.
    pub fn size(&self) -> u64 {
        self.remote.size
    }

    /// Bytes that have been read so far.
    pub fn read(&self) -> u64 {
        self.remote.read.load(Ordering::Relaxed)
    }

    /// Why the store refused, where that is what a fault came from.
    pub fn trouble(&self) -> Option<Trouble> {
        self.remote.trouble.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Source for Remote {
    fn size(&self) -> u64 {
        self.size
    }

    fn read(&self, range: Range<u64>) -> io::Result<Bytes> {
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let fetched = self.runtime.block_on(async {
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => None,
                fetched = self.fetch(range) => Some(fetched),
            }
        });
        let trouble = match fetched {
            None => return Err(io::Error::from(io::ErrorKind::ConnectionAborted)),
            Some(Ok(bytes)) => return Ok(bytes),
            Some(Err(trouble)) if trouble.kind == Kind::Precondition => {
                Trouble::new(Kind::Precondition, self.what(), "the object was replaced meanwhile")
                    .hint("open it again to see what is there now")
            }
            Some(Err(trouble)) => trouble,
        };
        let error = io::Error::other(trouble.why.clone());
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(trouble);
        Err(error)
    }
}
