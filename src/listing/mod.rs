//! Walks what lies under a prefix, page by page, while somebody is there to look.

use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use crate::lake::Lake;
use crate::model::object::Page;
use crate::model::trouble::Trouble;
use crate::model::uri::S3Uri;

/// The most keys S3 puts on a page.
const PAGE: u32 = 1000;

/// How to look at a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// One level: what has a `/` further on is folded into a folder.
    Level,
    /// Every key below, in byte order, and no folders.
    All,
}

/// A walk under way. Dropping it ends the walk, a request in flight included.
#[derive(Debug)]
pub struct Walk {
    pages: mpsc::Receiver<Result<Page, Trouble>>,
    _task: AbortOnDropHandle<()>,
}

impl Walk {
    /// The next page; `None` after the last one and after a failure.
    pub async fn next(&mut self) -> Option<Result<Page, Trouble>> {
        self.pages.recv().await
    }
}

/// Starts walking. One page is fetched ahead of the reader.
///
/// Call it on a tokio runtime.
pub fn walk(lake: &Lake, prefix: S3Uri, depth: Depth) -> Walk {
    let (tell, pages) = mpsc::channel(1);
    let task = tokio::spawn(fetch(lake.clone(), prefix, depth, tell));
    Walk { pages, _task: AbortOnDropHandle::new(task) }
}

async fn fetch(lake: Lake, prefix: S3Uri, depth: Depth, tell: mpsc::Sender<Result<Page, Trouble>>) {
    let mut token: Option<String> = None;
    loop {
        let page = lake.page(&prefix, depth == Depth::Level, token.as_deref(), PAGE).await;
        let next = page.as_ref().ok().and_then(|page| page.next.clone());
        // A store that answers the same token for ever would have us walk in a circle.
        let stuck = next.is_some() && next == token;
        if tell.send(page).await.is_err() || next.is_none() || stuck {
            return;
        }
        token = next;
    }
}
