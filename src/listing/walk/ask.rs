//! The requests of a walk, each tried until it works or will not.

use std::time::{Duration, Instant};

use super::range::Cut;
use super::split::thinned;
use crate::lake::{From, Lake};
use crate::model::backoff;
use crate::model::keys::KeyPage;
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
}

impl Asker {
    /// The next page of a range.
    pub async fn page(self, range: u64, after: Option<String>, token: Option<String>) -> Heard {
        let from = match (&token, &after) {
            (Some(token), _) => From::Token(token),
            (None, Some(after)) => From::After(after),
            (None, None) => From::Start,
        };
        let asked = self.patiently(&self.prefix, false, from, self.most).await;
        Heard { range, answer: Answer::Page(asked.answer), slowed: asked.slowed, took: asked.took }
    }

    /// The first page behind a text: if there is a cut, it is the first of the new range.
    pub async fn behind(self, range: u64, at: String) -> Heard {
        let asked = self.patiently(&self.prefix, false, From::After(&at), self.most).await;
        let cut = asked.answer.and_then(|page| match page.keys.names().first() {
            Some(next) if next <= at.as_str() => Err(ignored()),
            next => Ok(vec![Cut { next: next.map(ToOwned::to_owned), at, page: Some(page) }]),
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

struct Asked {
    answer: Result<KeyPage, Trouble>,
    slowed: bool,
    took: Duration,
}

fn ignored() -> Trouble {
    Trouble::new(Kind::Other, "look for keys", "the store does not know start-after")
}
