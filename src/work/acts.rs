//! What is done to objects beside moving them: folders, tags, classes, links, comparisons.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;

use super::count::{Count, Counted};
use super::{Cx, atlas, buckets, paths};
use crate::lake::{Lake, PutWith};
use crate::model::object::ObjectRef;
use crate::model::shown::Shown;
use crate::model::storage::{Class, Tier};
use crate::model::tags::{self, Tags};
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;
use crate::transfer::{Compared, Copy, CopyHow, Plan, Verdict, compare};
use crate::ui::panes::buckets as pane;
use crate::ui::panes::buckets::acts::{Change, Chosen, Job, Link, News, Work};
use crate::ui::talk::{Failure, Level, Notice};
use crate::ui::widgets::text;

/// Requests that one errand has on their way.
const AT_ONCE: usize = 8;

/// Progress asks for no more than four frames a second.
const PAUSE: Duration = Duration::from_millis(250);

pub(super) async fn run(job: Job, cx: &Cx) {
    match job {
        Job::MakeFolder { uri, approval } => {
            match make_folder(&uri, approval, cx).await {
                Ok(notice) => {
                    cx.say(notice).await;
                    cx.tell(pane::News::Changed { under: uri }).await;
                }
                Err(trouble) => cx.complain(&trouble).await,
            }
            cx.tell(pane::News::Settled).await;
        }
        Job::ReadTags { uri } => {
            let result = read_tags(&uri, cx).await.map_err(Failure::from);
            tell(cx, News::Tags { uri, result }).await;
        }
        Job::SaveTags { uri, was, now } => {
            let news = match save_tags(&uri, &was, &now, cx).await {
                Ok(None) => News::TagsSaved { uri, result: Ok(()) },
                Ok(Some(there)) => News::TagsMoved { uri, there, now },
                Err(trouble) => News::TagsSaved { uri, result: Err(trouble.into()) },
            };
            tell(cx, news).await;
        }
        Job::Count { chosen: Chosen { what, known }, then } => {
            let (folders, objects): (Vec<S3Uri>, Vec<S3Uri>) =
                what.iter().cloned().partition(S3Uri::is_prefix);
            let counted = async { Count::new(cx.lake()?, &objects, folders, known).all().await };
            match counted.await {
                Ok(Counted { bucket, keys, bytes }) => {
                    let keys = keys.iter().map(|key| S3Uri::new(&bucket, key)).collect();
                    let keys = Arc::new(keys);
                    tell(cx, News::Counted { what, keys, bytes, then }).await;
                }
                Err(trouble) => cx.complain(&trouble).await,
            }
            cx.tell(pane::News::Settled).await;
        }
        Job::Class { what, class } => {
            if let Err(trouble) = reclass(what, class, cx) {
                cx.complain(&trouble).await;
            }
        }
        Job::Errand { id, work } => errand(id, work, cx).await,
        Job::Link { object, lasting } => match link(&object, lasting, cx).await {
            Ok(link) => tell(cx, News::Linked(link)).await,
            Err(trouble) => cx.complain(&trouble).await,
        },
        Job::Places => atlas::tell_places(cx).await,
        Job::Bookmark { uri } => atlas::bookmark(uri, cx).await,
        Job::Forget { uri } => atlas::forget(uri, cx).await,
    }
}

pub(super) async fn tell(cx: &Cx, news: News) {
    cx.tell(pane::News::Acts(news)).await;
}

pub(super) fn info(said: String) -> Notice {
    Notice { level: Level::Info, text: said.into(), hint: None }
}

async fn make_folder(uri: &S3Uri, approval: Option<String>, cx: &Cx) -> Result<Notice, Trouble> {
    let lake = cx.lake()?;
    let there = || Notice {
        level: Level::Warn,
        text: format!("{uri} is there already").into(),
        hint: None,
    };
    if !lake.page(uri, false, None, 1).await?.entries.is_empty() {
        return Ok(there());
    }
    match lake.put_bytes(uri, Bytes::new(), &PutWith { approval, ..PutWith::default() }).await {
        Ok(_) => Ok(info(format!("{uri} is made"))),
        Err(trouble) if trouble.kind == Kind::Precondition => Ok(there()),
        Err(trouble) => Err(trouble),
    }
}

async fn read_tags(uri: &S3Uri, cx: &Cx) -> Result<Tags, Trouble> {
    cx.lake()?.tags(uri).await
}

/// Writes the tags where they still are what they `was`; else tells what they are.
async fn save_tags(uri: &S3Uri, was: &Tags, now: &Tags, cx: &Cx) -> Result<Option<Tags>, Trouble> {
    let lake = cx.lake()?;
    let there = lake.tags(uri).await?;
    if there == *now {
        return Ok(None);
    }
    if there != *was {
        return Ok(Some(there));
    }
    lake.set_tags(uri, now).await.map(|()| None)
}

/// Into the queue: each object is copied onto itself.
fn reclass(what: Vec<S3Uri>, class: Class, cx: &Cx) -> Result<(), Trouble> {
    let Some(first) = what.first() else { return Ok(()) };
    let to = S3Uri::new(&first.bucket, buckets::folder_of(&what));
    let how = CopyHow { class: Some(class), ..CopyHow::default() };
    cx.engine()?.add(Plan::Copy(Copy { sources: what, to, recursive: true, how }));
    Ok(())
}

async fn link(object: &ObjectRef, lasting: Duration, cx: &Cx) -> Result<Link, Trouble> {
    let link = cx.lake()?.link(&object.uri, object.version.as_deref(), lasting).await?;
    let until = format!("{} UTC", text::time(link.until));
    Ok(Link { url: Shown::of(&link.url), until: until.into() })
}

/// What an errand came to, and the folder in which something is not what it was.
struct Outcome {
    level: Level,
    said: Shown,
    touched: Option<S3Uri>,
}

async fn errand(id: u32, work: Work, cx: &Cx) {
    let outcome = match work {
        Work::Compare { path, uri } => comparison(id, path, &uri, cx).await,
        Work::Tag { keys, change } => {
            let doing = match change {
                Change::Set { .. } => "tagged",
                Change::Remove { .. } => "untagged",
            };
            let act = |lake: Lake, uri: S3Uri| {
                let change = change.clone();
                async move { retag(&lake, &uri, &change).await }
            };
            each(id, keys, doing, act, cx).await
        }
        Work::Restore { keys, days, tier } => {
            let act =
                |lake: Lake, uri: S3Uri| async move { restore(&lake, &uri, days, tier).await };
            each(id, keys, "being restored", act, cx).await
        }
    };
    let Outcome { level, said, touched } = outcome.unwrap_or_else(|trouble| {
        let failure = Failure::from(trouble);
        Outcome { level: Level::Error, said: failure.to_string().into(), touched: None }
    });
    tell(cx, News::Over { errand: id, level, said, touched }).await;
}

async fn comparison(id: u32, path: PathBuf, uri: &S3Uri, cx: &Cx) -> Result<Outcome, Trouble> {
    let (lake, path) = (cx.lake()?, paths::typed(&path));
    let progress = Arc::new(Compared::default());
    let comparing = compare(&lake, &path, uri, progress.clone(), cx.cancel.clone());
    let verdict = tokio::select! {
        verdict = comparing => verdict?,
        never = watch(id, &progress, cx) => match never {},
    };
    let (file, name) = (path.display(), uri.name());
    let (level, said) = match verdict {
        Verdict::Same(proof) => {
            (Level::Info, format!("{file} and {name} are the same, by {}", proof.name()))
        }
        Verdict::Other(why) => (Level::Warn, format!("{file} and {name} differ: {why}")),
        Verdict::Unknown(why) => {
            (Level::Warn, format!("Whether {file} and {name} are the same cannot be said: {why}"))
        }
    };
    Ok(Outcome { level, said: Shown::of(&said), touched: None })
}

/// Tells how far the reading is, for ever.
async fn watch(id: u32, progress: &Compared, cx: &Cx) -> Infallible {
    loop {
        tokio::time::sleep(PAUSE).await;
        let done = progress.read.load(Ordering::Relaxed);
        let total = progress.size.load(Ordering::Relaxed);
        tell(cx, News::Going { errand: id, done, total }).await;
    }
}

/// Does the same to each of these objects, and counts what worked. What would fail for all of
/// them ends it.
async fn each<F, Fut>(
    id: u32,
    keys: Arc<Vec<S3Uri>>,
    doing: &str,
    act: F,
    cx: &Cx,
) -> Result<Outcome, Trouble>
where
    F: Fn(Lake, S3Uri) -> Fut,
    Fut: Future<Output = Result<(), Trouble>>,
{
    let lake = cx.lake()?;
    let total = keys.len() as u64;
    let one = |at: usize| act(lake.clone(), keys[at].clone());
    let mut acts = futures::stream::iter((0..keys.len()).map(one)).buffer_unordered(AT_ONCE);
    let (mut done, mut failed) = (0, Vec::new());
    let mut told = tokio::time::Instant::now();
    while let Some(result) = acts.next().await {
        match result {
            Ok(()) => done += 1,
            Err(trouble) => {
                let all = is_of_all(trouble.kind);
                failed.push(trouble);
                if all {
                    break;
                }
            }
        }
        if told.elapsed() >= PAUSE {
            told = tokio::time::Instant::now();
            let so_far = done + failed.len() as u64;
            tell(cx, News::Going { errand: id, done: so_far, total }).await;
        }
    }
    drop(acts);
    let touched = keys.first().map(|uri| S3Uri::new(&uri.bucket, buckets::folder_of(&keys)));
    let objects = text::plural(total, "object");
    let (level, said) = match failed.first() {
        None => (Level::Info, format!("{objects} {doing}")),
        Some(first) => {
            let why = Failure::from(first);
            (Level::Error, format!("{} of {objects} {doing}; {why}", text::count(done)))
        }
    };
    Ok(Outcome { level, said: said.into(), touched })
}

/// True for a failure that the next object would have too.
fn is_of_all(kind: Kind) -> bool {
    matches!(kind, Kind::Refused | Kind::Expired | Kind::NoCredentials | Kind::Unreachable)
}

/// One tag of one object; the others stay. What is so already is not written.
async fn retag(lake: &Lake, uri: &S3Uri, change: &Change) -> Result<(), Trouble> {
    let was = lake.tags(uri).await?;
    let mut now = was.clone();
    match change {
        Change::Set { key, value } => now.insert(key.clone(), value.clone()),
        Change::Remove { key } => now.remove(key),
    };
    if now == was {
        return Ok(());
    }
    if now.len() > tags::MOST {
        let why = format!("it has {} tags already, and takes no more", was.len());
        return Err(Trouble::new(Kind::Invalid, format!("tag {uri}"), why));
    }
    lake.set_tags(uri, &now).await
}

/// One that has been asked back already is no failure.
async fn restore(lake: &Lake, uri: &S3Uri, days: u32, tier: Tier) -> Result<(), Trouble> {
    match lake.restore(uri, days, tier).await {
        Err(trouble) if trouble.code.as_deref() == Some("RestoreAlreadyInProgress") => Ok(()),
        other => other,
    }
}
