//! Every key below a prefix, by many requests at once: in order, or as they come.
//!
//! The first page is asked for alone: most prefixes have no more. Where there is more and the
//! reader waits, the range of what is left is cut ([`split`]), and its pieces are read beside one
//! another, to be cut again as they finish. One task ([`walker`]) holds it all; its requests are
//! tasks of their own.

mod ask;
mod range;
mod split;
mod walker;

use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use crate::lake::Lake;
use crate::model::keys::Keys;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

use walker::{Telling, Walker};

/// How a walk goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gait {
    /// Keys on a page, at most 1,000.
    pub page: u16,
    /// Requests at once, at most; with 1 page follows page.
    pub widest: usize,
}

impl Default for Gait {
    fn default() -> Self {
        Self { page: 1000, widest: 64 }
    }
}

/// Why a walk ends before its end.
#[derive(Debug, Clone, PartialEq)]
pub enum Stop {
    /// As S3 answers, once it has been tried for long enough.
    Trouble(Trouble),
    /// The store lists its keys out of order, and ranges of them were read: what was told may lack
    /// some, or have them twice. Page by page they can be read.
    Disorder,
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

/// Keys below a prefix, in the order in which their pages come. Dropping it ends the walk, its
/// requests in flight included.
#[derive(Debug)]
pub struct Sweep {
    keys: mpsc::Receiver<Result<Keys, Stop>>,
    _task: AbortOnDropHandle<()>,
}

impl Sweep {
    /// The next keys; `None` after the last ones and after a failure.
    pub async fn next(&mut self) -> Option<Result<Keys, Stop>> {
        self.keys.recv().await
    }
}

/// Keys below a prefix in order. Dropping it ends the walk, its requests in flight included.
#[derive(Debug)]
pub struct Walk {
    prefix: S3Uri,
    keys: Sweep,
}

impl Walk {
    /// The next keys in byte order; `None` after the last ones and after a failure.
    ///
    /// # Errors
    /// As S3 answers, once it has been tried for long enough.
    pub async fn next(&mut self) -> Option<Result<Keys, Trouble>> {
        let keys = self.keys.next().await?;
        Some(keys.map_err(|stop| match stop {
            Stop::Trouble(trouble) => trouble,
            Stop::Disorder => {
                let why = "the store lists its keys out of order, which showed too late to begin \
                           again";
                Trouble::new(Kind::Other, format!("list {}", self.prefix), why)
                    .hint("list it without -r, folder by folder")
            }
        }))
    }
}

/// Starts walking over everything below a prefix, in order. Call it on a tokio runtime.
///
/// A store that lists out of order is walked page by page, and its order is kept.
pub fn walk(lake: &Lake, prefix: S3Uri, gait: Gait) -> Walk {
    walk_as(lake, prefix, gait, false)
}

/// The same with what has a `/` behind the prefix folded into folders: each is told once, as a
/// key of its name, in its place. So is whatever else ends in `/` behind the prefix.
pub(super) fn walk_folded(lake: &Lake, prefix: S3Uri, gait: Gait) -> Walk {
    walk_as(lake, prefix, gait, true)
}

fn walk_as(lake: &Lake, prefix: S3Uri, gait: Gait, folded: bool) -> Walk {
    Walk { keys: start(lake, prefix.clone(), gait, folded, Telling::InOrder), prefix }
}

/// Starts walking over everything below a prefix; nothing that is read waits for anything else.
/// Call it on a tokio runtime.
pub fn sweep(lake: &Lake, prefix: S3Uri, gait: Gait) -> Sweep {
    start(lake, prefix, gait, false, Telling::AsItComes)
}

fn start(lake: &Lake, prefix: S3Uri, gait: Gait, folded: bool, telling: Telling) -> Sweep {
    let (tell, keys) = mpsc::channel(walker::TOLD);
    let walker = Walker::new(lake, prefix, gait, folded, telling);
    Sweep { keys, _task: AbortOnDropHandle::new(tokio::spawn(walker.run(tell))) }
}
