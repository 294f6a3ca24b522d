//! What keys were: one key's versions page by page, or the whole history of every key below a
//! prefix, streamed.

use crate::lake::{Lake, VersionMarker};
use crate::model::trouble::Trouble;
use crate::model::uri::S3Uri;
use crate::model::version::Version;

/// A walk over versions and delete markers, a request at a time. Dropping it ends it.
#[derive(Debug)]
pub struct Past {
    lake: Lake,
    prefix: S3Uri,
    /// Of this very key, and of none that goes on from it.
    exact: bool,
    next: Option<VersionMarker>,
    over: bool,
    /// The key whose history may go on on the next page.
    open: Vec<Version>,
}

impl Past {
    /// Of one key.
    pub fn of(lake: &Lake, uri: S3Uri) -> Self {
        Self { exact: true, ..Self::below(lake, uri) }
    }

    /// Of every key below a prefix.
    pub fn below(lake: &Lake, prefix: S3Uri) -> Self {
        let lake = lake.clone();
        Self { lake, prefix, exact: false, next: None, over: false, open: Vec::new() }
    }

    /// True once the last page has been read.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// The next page, the versions of each key from the newest on; `None` after the last one.
    ///
    /// # Errors
    /// As S3 answers.
    pub async fn page(&mut self) -> Result<Option<Vec<Version>>, Trouble> {
        if self.over {
            return Ok(None);
        }
        let page = self.lake.versions(&self.prefix, self.next.as_ref()).await?;
        let mut versions = page.versions;
        // A key comes before all that go on from it: the first other one ends its history.
        let own = versions.iter().take_while(|version| version.key == self.prefix.key).count();
        let others = self.exact && own < versions.len();
        if others {
            versions.truncate(own);
        }
        // A store that names the same place again would be asked for ever.
        self.over = others || page.next.is_none() || page.next == self.next;
        self.next = page.next;
        Ok(Some(versions))
    }

    /// The next keys with all that each of them was, the newest first; `None` after the last
    /// ones. May be empty while a long history is still arriving.
    ///
    /// # Errors
    /// As S3 answers.
    pub async fn histories(&mut self) -> Result<Option<Vec<Vec<Version>>>, Trouble> {
        let Some(page) = self.page().await? else { return Ok(None) };
        let mut whole = Vec::new();
        for version in page {
            if self.open.first().is_some_and(|first| first.key != version.key) {
                whole.push(std::mem::take(&mut self.open));
            }
            self.open.push(version);
        }
        if self.over && !self.open.is_empty() {
            whole.push(std::mem::take(&mut self.open));
        }
        Ok(Some(whole))
    }
}
