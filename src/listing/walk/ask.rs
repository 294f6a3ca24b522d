//! The requests of a walk, each tried until it works or will not.

use std::time::{Duration, Instant};

use super::range::Cut;
use super::split::thinned;
use crate::lake::{From, Lake};
use crate::model::backoff;
use crate::model::keys::{KeyPage, Keys};
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

const TRIES: u32 = 8;
/// Before anything has worked: a wrong endpoint is not waited for.
const FIRST_TRIES: u32 = 3;
const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(20);
/// Folders of a level that become cuts at once.
const FOLDERS: usize = 64;

/// What came of a request.
#[derive(Debug)]
pub struct Heard {
    /// The range it was for.
    pub range: u64,
    pub answer: Answer,
    /// The store asked to slow down on the way.
    pub slowed: bool,
    /// From the request to the answer; of the last try.
    pub took: Duration,
}

#[derive(Debug)]
pub enum Answer {
    Page(Result<KeyPage, Trouble>),
    Cuts(Result<Vec<Cut>, Trouble>),
}

/// Where a walk asks.
#[derive(Debug, Clone)]
pub struct Asker {
    pub lake: Lake,
    pub prefix: S3Uri,
    /// Keys on a page.
    pub most: u16,
    /// What has a `/` further on is folded into a folder, which is told as a key of its name.
    pub folded: bool,
}

impl Asker {
    /// The next page of a range.
    pub async fn page(self, range: u64, after: Option<String>, token: Option<String>) -> Heard {
        let from = match (&token, &after) {
            (Some(token), _) => From::Token(token),
            (None, Some(after)) => From::After(after),
            (None, None) => From::Start,
        };
        let mut asked = self.patiently(&self.prefix, self.folded, from, self.most).await;
        if self.folded {
            // Behind a folder's name lies what is in it, and a store may name the folder again.
            let after = after.filter(|_| token.is_none());
            asked.answer = asked.answer.map(|page| with_folders(page, after.as_deref()));
        }
        Heard { range, answer: Answer::Page(asked.answer), slowed: asked.slowed, took: asked.took }
    }

    /// The first page behind a text: if there is a cut, it is the first of the new range.
    pub async fn behind(self, range: u64, at: String) -> Heard {
        let asked = self.patiently(&self.prefix, self.folded, From::After(&at), self.most).await;
        let cut = asked.answer.and_then(|page| {
            // No cut lies in a folder: there is none behind it that would be named once more.
            let page = if self.folded { with_folders(page, None) } else { page };
            match page.keys.names().first() {
                Some(next) if next <= at.as_str() => Err(ignored()),
                next => Ok(vec![Cut { next: next.map(ToOwned::to_owned), at, page: Some(page) }]),
            }
        });
        Heard { range, answer: Answer::Cuts(cut), slowed: asked.slowed, took: asked.took }
    }

    /// The folders that follow in a folder.
    pub async fn level(self, range: u64, folder: String, after: String) -> Heard {
        let folder = S3Uri::new(&self.prefix.bucket, &folder);
        let asked = self.patiently(&folder, true, From::After(&after), self.most).await;
        let cuts = asked.answer.map(|page| {
            let cut = |at: &str| Cut { at: at.to_owned(), next: Some(at.to_owned()), page: None };
            thinned(page.folders.iter().map(cut).collect(), FOLDERS)
        });
        Heard { range, answer: Answer::Cuts(cuts), slowed: asked.slowed, took: asked.took }
    }

    async fn patiently(&self, at: &S3Uri, folded: bool, from: From<'_>, most: u16) -> Asked {
        let tries = if from == From::Start { FIRST_TRIES } else { TRIES };
        let mut slowed = false;
        let mut tried = 1;
        loop {
            let start = Instant::now();
            let answer = self.lake.keys(at, folded, from, most).await;
            let took = start.elapsed();
            match answer {
                Err(trouble) if tried < tries && backoff::passes(&trouble) => {
                    slowed |= trouble.kind == Kind::Throttled;
                    tried += 1;
                    tokio::time::sleep(backoff::wait(FIRST, LONGEST, tried)).await;
                }
                answer => return Asked { answer, slowed, took },
            }
        }
    }
}

/// A page with its folders among its keys, in order, from behind `after` on.
fn with_folders(page: KeyPage, after: Option<&str>) -> KeyPage {
    let known = |name: &str| after.is_some_and(|after| name <= after);
    if page.folders.is_empty() && !page.keys.names().first().is_some_and(known) {
        return page;
    }
    let (objects, folders) = (page.keys, page.folders);
    let mut keys = Keys::default();
    let mut folders = folders.iter().filter(|name| !known(name)).peekable();
    for object in objects.iter().filter(|object| !known(object.key)) {
        while let Some(folder) = folders.next_if(|folder| *folder < object.key) {
            keys.push(folder, 0, None, None, None);
        }
        // Some stores tell a folder as an object too.
        folders.next_if(|folder| *folder == object.key);
        keys.push_from(object);
    }
    folders.for_each(|folder| keys.push(folder, 0, None, None, None));
    KeyPage { keys, next: page.next, ..KeyPage::default() }
}

struct Asked {
    answer: Result<KeyPage, Trouble>,
    slowed: bool,
    took: Duration,
}

fn ignored() -> Trouble {
    Trouble::new(Kind::Other, "look for keys", "the store does not know start-after")
}
