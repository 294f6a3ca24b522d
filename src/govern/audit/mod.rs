//! The audit log: one JSON line for every call that changed, or tried to change, the lake.
//!
//! Lines are chained: each holds the hash of the one before, so that an edit, a gap or a
//! changed order is found by [`verify`]. Several processes write one log: each append holds an
//! advisory lock (flock) and is fsynced before it is told done. A thread of its own does
//! that, so that no task waits for the disk; [`Log::settle`] waits for it.
//!
//! A chain alone can be rewritten from some line to its end. Two anchors lie outside it: a
//! small head file beside the log (which also finds lines cut off the end), and the head hash
//! that goes into every manifest.

mod chain;
mod record;
mod verify;
mod witness;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

pub use chain::{Head, append, head};
pub use record::Record;
pub use verify::{Fault, Verdict, verify};

/// The log of one process. Cheap to clone.
#[derive(Clone)]
pub struct Log {
    inner: Arc<Inner>,
}

struct Inner {
    file: PathBuf,
    /// Started with the first line, so that a process which changes nothing has no thread.
    writer: OnceLock<Writer>,
    /// The first write that failed.
    trouble: Mutex<Option<String>>,
}

/// Lines of so long share a fsync, unless somebody waits for them.
const GROUP: Duration = Duration::from_millis(100);

struct Writer {
    errands: mpsc::Sender<Errand>,
    /// `None` where there was none to be had.
    thread: Option<Thread>,
}

/// What the writer's thread is asked for.
enum Errand {
    Write(Box<Record>),
    /// Tell when everything before this is on disk.
    Tell(oneshot::Sender<()>),
}

impl Log {
    /// Touches nothing yet: the file is made with its first line.
    pub fn new(file: impl Into<PathBuf>) -> Self {
        let (writer, trouble) = (OnceLock::new(), Mutex::new(None));
        Self { inner: Arc::new(Inner { file: file.into(), writer, trouble }) }
    }

    pub fn file(&self) -> &Path {
        &self.inner.file
    }

    /// Where the chain stands; goes into manifests. `None` while the log is empty.
    ///
    /// # Errors
    /// As reading the file.
    pub fn head(&self) -> io::Result<Option<Head>> {
        head(&self.inner.file)
    }

    /// Hands one line to the writer and does not wait. Lines of a tenth of a second share a
    /// fsync.
    pub fn note(&self, record: Record) {
        self.send(Errand::Write(Box::new(record)));
    }

    /// Waits until everything noted so far is on disk.
    ///
    /// # Errors
    /// The sentence of the first write of this process that failed: the lake was changed and
    /// the log does not say so.
    pub async fn settle(&self) -> Result<(), String> {
        if self.inner.writer.get().is_some() {
            let (done, settled) = oneshot::channel();
            self.send(Errand::Tell(done));
            // Dropped without an answer: the writer is gone, and its trouble says why.
            let _ = settled.await;
        }
        match self.trouble().clone() {
            None => Ok(()),
            Some(why) => Err(why),
        }
    }

    fn send(&self, errand: Errand) {
        let writer = self.inner.writer.get_or_init(|| self.start_writer());
        let urgent = matches!(errand, Errand::Tell(_));
        if writer.errands.send(errand).is_err() {
            self.fail("its writer has stopped".to_owned());
        } else if urgent && let Some(thread) = &writer.thread {
            thread.unpark();
        }
    }

    fn fail(&self, why: String) {
        let why = format!("{}: {why}", self.inner.file.display());
        tracing::error!(%why, "the audit log cannot be written");
        self.trouble().get_or_insert(why);
    }

    fn trouble(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.inner.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A thread, because flock and fsync block.
    fn start_writer(&self) -> Writer {
        let (sender, errands) = mpsc::channel();
        // Weak: the writer ends with the last handle of the log.
        let (file, log) = (self.inner.file.clone(), Arc::downgrade(&self.inner));
        let fail = move |why: String| {
            if let Some(inner) = log.upgrade() {
                Log { inner }.fail(why);
            }
        };
        let started = std::thread::Builder::new()
            .name("audit".to_owned())
            .spawn(move || write_all(&file, &errands, fail));
        let thread = match started {
            Ok(handle) => Some(handle.thread().clone()),
            Err(error) => {
                self.fail(error.to_string());
                None
            }
        };
        Writer { errands: sender, thread }
    }
}

fn write_all(file: &Path, errands: &mpsc::Receiver<Errand>, fail: impl Fn(String)) {
    while let Ok(first) = errands.recv() {
        let (mut records, mut waiting) = (Vec::new(), Vec::new());
        let mut next = Some(first);
        let until = Instant::now() + GROUP;
        loop {
            for errand in next.take().into_iter().chain(errands.try_iter()) {
                match errand {
                    Errand::Write(record) => records.push(*record),
                    Errand::Tell(done) => waiting.push(done),
                }
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || !waiting.is_empty() {
                break;
            }
            // A line does not wake it: of many small objects that would be most of the work.
            thread::park_timeout(left);
        }
        if !records.is_empty()
            && let Err(error) = append(file, &records)
        {
            fail(error.to_string());
        }
        for done in waiting {
            // Who asked may have stopped waiting.
            let _ = done.send(());
        }
    }
}

#[cfg(test)]
mod tests;
