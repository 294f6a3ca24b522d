//! One level below a prefix, page by page, while somebody is there to look.

use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use crate::lake::Lake;
use crate::model::object::Page;
use crate::model::trouble::Trouble;
use crate::model::uri::S3Uri;

/// The most keys S3 puts on a page.
const PAGE: u32 = 1000;

/// The pages of a level. Dropping it ends the reading, a request in flight included.
#[derive(Debug)]
pub struct Level {
    pages: mpsc::Receiver<Result<Page, Trouble>>,
    _task: AbortOnDropHandle<()>,
}

impl Level {
    /// The next page; `None` after the last one and after a failure.
    pub async fn next(&mut self) -> Option<Result<Page, Trouble>> {
        self.pages.recv().await
    }
}

/// Starts reading: what has a `/` further on is folded into a folder. One page is fetched ahead
/// of the reader.
///
/// Call it on a tokio runtime.
pub fn level(lake: &Lake, prefix: S3Uri) -> Level {
    let (tell, pages) = mpsc::channel(1);
    let task = tokio::spawn(fetch(lake.clone(), prefix, tell));
    Level { pages, _task: AbortOnDropHandle::new(task) }
}

async fn fetch(lake: Lake, prefix: S3Uri, tell: mpsc::Sender<Result<Page, Trouble>>) {
    let mut token: Option<String> = None;
    loop {
        let page = lake.page(&prefix, true, token.as_deref(), PAGE).await;
        let next = page.as_ref().ok().and_then(|page| page.next.clone());
        // A store that answers the same token for ever would have us walk in a circle.
        let stuck = next.is_some() && next == token;
        if tell.send(page).await.is_err() || next.is_none() || stuck {
            return;
        }
        token = next;
    }
}
