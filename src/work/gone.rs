//! Deleting many objects and bringing many back: a thousand a request, a few requests at a
//! time, each key's fate kept.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use jiff::Timestamp;

use super::Cx;
use super::buckets::common_prefix;
use super::count::{Count, Counted};
use crate::lake::{Deleted, Gone, Lake};
use crate::listing::Past;
use crate::model::bucket::Versioning;
use crate::model::shown::Shown;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;
use crate::model::version::{Marker, Verdict, bring_back};
use crate::model::when::When;
use crate::ui::panes::buckets::{Doomed, Going, Lost, News, Report};
use crate::ui::talk::{Failure, Level, Notice};
use crate::ui::widgets::text;

/// As many keys as DeleteObjects takes.
const BATCH: usize = 1000;
/// Requests at a time.
const AT_ONCE: usize = 4;
/// What the store was too busy for is tried again, after so long.
const AGAIN: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(4)];
/// So many keys of one reason are kept to be read.
const KEPT: usize = 1000;

/// Which objects these are, folders walked, and what deleting them would mean. `known`: bytes
/// of the objects.
pub(super) async fn count(
    act: u32,
    objects: &[S3Uri],
    folders: Vec<S3Uri>,
    known: u64,
    cx: &Cx,
) -> Result<Doomed, Trouble> {
    let lake = cx.lake()?;
    let mut count = Count::new(lake.clone(), objects, folders, known);
    while count.more().await? {
        tell(act, "counting", count.so_far.keys.len(), None, cx).await;
    }
    let Counted { bucket, keys, bytes } = count.so_far;
    // Who may not ask may still delete: it is said that nobody knows.
    let versioning = lake.versioning(&bucket).await.ok();
    Ok(Doomed { bucket, keys: Arc::new(keys), bytes, versioning })
}

/// What was deleted of these keys and prefixes and can be brought back.
pub(super) async fn seek(
    act: u32,
    what: Vec<S3Uri>,
    as_of: Option<When>,
    cx: &Cx,
) -> Result<Lost, Trouble> {
    let lake = cx.lake()?;
    let as_of = as_of.map(|when| when.resolve(Timestamp::now()));
    let bucket = what.first().map(|uri| uri.bucket.clone()).unwrap_or_default();
    let mut markers: Vec<Marker> = Vec::new();
    let (mut seen, mut objects, mut bytes, mut overwritten) = (0, 0, 0, 0);
    for uri in what {
        let mut past = match uri.is_prefix() {
            true => Past::below(&lake, uri),
            false => Past::of(&lake, uri),
        };
        while let Some(histories) = past.histories().await? {
            seen += histories.len();
            for history in histories {
                match bring_back(&history, as_of) {
                    Verdict::Leave => {}
                    Verdict::Overwritten => overwritten += 1,
                    Verdict::Remove(over) => {
                        objects += 1;
                        bytes += history.get(over.len()).map_or(0, |below| below.size());
                        markers.extend(over);
                    }
                }
            }
            tell(act, "looked at", seen, None, cx).await;
        }
    }
    let example =
        markers.first().map(|marker| Shown::of(&S3Uri::new(&bucket, marker.key()).to_string()));
    Ok(Lost { bucket, markers: Arc::new(markers), objects, bytes, example, as_of, overwritten })
}

pub(super) async fn delete(act: u32, doomed: Doomed, cx: &Cx) {
    let Doomed { bucket, keys, versioning, .. } = doomed;
    let send = |lake: Lake, some: Vec<usize>| {
        let (bucket, keys) = (bucket.clone(), keys.clone());
        async move {
            let raw: Vec<String> = some.iter().map(|at| keys.get(*at).to_owned()).collect();
            (lake.delete(&bucket, &raw).await, some)
        }
    };
    let all = keys.len();
    let done = in_batches(act, "deleting", all, send, |at| keys.get(at), cx).await;
    let deleted = done.fates.iter().filter(|fate| **fate).count() as u64;
    let kept = match (done.marked > 0, versioning) {
        (true, _) => ", old versions are kept",
        (false, Some(Versioning::Off)) => " for ever",
        (false, _) => "",
    };
    let words = format!("Deleted {}{kept}", share(deleted, all as u64));
    ended(act, done, words, cx).await;
    let under = S3Uri::new(bucket, common_prefix(keys.iter()));
    cx.tell(News::Changed { under }).await;
}

pub(super) async fn undelete(act: u32, bucket: String, markers: Arc<Vec<Marker>>, cx: &Cx) {
    let send = |lake: Lake, some: Vec<usize>| {
        let (bucket, markers) = (bucket.clone(), markers.clone());
        async move {
            let some_markers: Vec<Marker> = some.iter().map(|at| markers[*at].clone()).collect();
            (lake.undelete(&bucket, &some_markers).await, some)
        }
    };
    let all = markers.len();
    let done = in_batches(act, "bringing back", all, send, |at| markers[at].key(), cx).await;
    // The markers of one object follow one another, and it is back when all of them are gone.
    let mut objects = 0_u64;
    let mut back = 0_u64;
    for one in (0..all).collect::<Vec<_>>().chunk_by(|a, b| markers[*a].key() == markers[*b].key())
    {
        objects += 1;
        back += u64::from(one.iter().all(|at| done.fates[*at]));
    }
    let words = format!("Brought back {}", share(back, objects));
    ended(act, done, words, cx).await;
    let under = S3Uri::new(bucket, common_prefix(markers.iter().map(Marker::key)));
    cx.tell(News::Changed { under }).await;
}

/// `7 objects`, `5 of 7 objects`.
fn share(done: u64, all: u64) -> String {
    match text::plural(all, "object") {
        objects if done == all => objects,
        objects => format!("{} of {objects}", text::count(done)),
    }
}

/// What became of all of them.
struct Done {
    /// One by one: true where it is done.
    fates: Vec<bool>,
    /// Deletes that have left a delete marker.
    marked: u64,
    failures: Failures,
    /// Nothing more was begun from then on.
    stopped: bool,
}

/// Sends all by batches, several at a time. Cancelled, it begins no other batch, but hears
/// those that are under way to their end: whether they were done would be anyone's guess.
async fn in_batches<'a, F>(
    act: u32,
    doing: &'static str,
    all: usize,
    send: impl Fn(Lake, Vec<usize>) -> F,
    key: impl Fn(usize) -> &'a str,
    cx: &Cx,
) -> Done
where
    F: Future<Output = (Result<Vec<Deleted>, Trouble>, Vec<usize>)>,
{
    let mut done =
        Done { fates: vec![false; all], marked: 0, failures: Failures::default(), stopped: false };
    let lake = match cx.lake() {
        Ok(lake) => lake,
        Err(trouble) => {
            done.failures.add(&trouble, (0..all).map(&key));
            return done;
        }
    };
    let mut ready = 0;
    let mut pauses = AGAIN.iter();
    let mut wanted: Vec<usize> = (0..all).collect();
    tell(act, doing, 0, Some(all), cx).await;
    loop {
        let mut busy: Vec<(usize, Trouble)> = Vec::new();
        let mut batches = wanted.chunks(BATCH);
        let mut flight = FuturesUnordered::new();
        let mut hopeless = false;
        loop {
            while flight.len() < AT_ONCE
                && !hopeless
                && !cx.cancel.is_cancelled()
                && let Some(batch) = batches.next()
            {
                flight.push(send(lake.clone(), batch.to_vec()));
            }
            let Some((answer, some)) = flight.next().await else { break };
            match answer {
                Ok(fates) => {
                    for (at, (_, fate)) in some.into_iter().zip(fates) {
                        match fate {
                            Ok(gone) => {
                                done.fates[at] = true;
                                done.marked += u64::from(gone == Gone::Marked);
                                ready += 1;
                            }
                            Err(trouble) if passes(&trouble) => busy.push((at, trouble)),
                            Err(trouble) => done.failures.add(&trouble, [key(at)]),
                        }
                    }
                }
                Err(trouble) if passes(&trouble) => {
                    busy.extend(some.into_iter().map(|at| (at, trouble.clone())));
                }
                Err(trouble) => {
                    // What a whole request is refused for, the next one would be too.
                    hopeless = true;
                    done.failures.add(&trouble, some.into_iter().map(&key));
                }
            }
            tell(act, doing, ready, Some(all), cx).await;
        }
        done.stopped = cx.cancel.is_cancelled() || hopeless;
        let pause = pauses.next().filter(|_| !done.stopped && !busy.is_empty());
        let Some(pause) = pause else {
            for (at, trouble) in &busy {
                done.failures.add(trouble, [key(*at)]);
            }
            return done;
        };
        tokio::select! {
            () = tokio::time::sleep(*pause) => {}
            () = cx.cancel.cancelled() => {}
        }
        drop(flight);
        wanted = busy.into_iter().map(|(at, _)| at).collect();
    }
}

/// It may go better in a moment.
fn passes(trouble: &Trouble) -> bool {
    matches!(trouble.kind, Kind::Throttled | Kind::Unreachable)
}

async fn tell(act: u32, doing: &'static str, done: usize, total: Option<usize>, cx: &Cx) {
    let going = Going { doing, done: done as u64, total: total.map(|total| total as u64) };
    cx.tell(News::Going { act, going }).await;
}

/// Says how it ended: one notice, however many failed.
async fn ended(act: u32, done: Done, words: String, cx: &Cx) {
    let mut failed = None;
    let (mut level, mut text, mut hint) = (Level::Info, words, None);
    if !done.failures.is_empty() {
        level = Level::Error;
        text = format!("{text}; {}", done.failures.told());
        hint = Some(":failures lists them".into());
        failed = Some(done.failures.report(&text));
    } else if done.stopped {
        level = Level::Warn;
        text = format!("Stopped: {text}");
    }
    cx.tell(News::Ended { act, failed }).await;
    cx.say(Notice { level, text: Shown::of(&text), hint }).await;
}

/// Failures by reason.
#[derive(Default)]
struct Failures(BTreeMap<String, Same>);

/// What failed for the same reason.
#[derive(Default)]
struct Same {
    count: u64,
    /// The first of them, fit to be shown.
    keys: Vec<Shown>,
    hint: Option<String>,
}

impl Failures {
    fn add<'a>(&mut self, trouble: &Trouble, keys: impl IntoIterator<Item = &'a str>) {
        let same = self.0.entry(trouble.why.clone()).or_default();
        for key in keys {
            same.count += 1;
            if same.keys.len() < KEPT {
                same.keys.push(Shown::of(key));
            }
        }
        if same.hint.is_none() {
            same.hint.clone_from(&trouble.hint);
        }
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The most frequent first.
    fn by_count(&self) -> Vec<(&String, &Same)> {
        let mut all: Vec<_> = self.0.iter().collect();
        all.sort_by_key(|(_, same)| std::cmp::Reverse(same.count));
        all
    }

    /// `access denied (1,990), internal error (10)`
    fn told(&self) -> String {
        let all = self.by_count();
        let words = |(why, same): &(&String, &Same)| format!("{why} ({})", text::count(same.count));
        let mut told: Vec<String> = all.iter().take(2).map(words).collect();
        if all.len() > 2 {
            told.push(format!("and {} more reasons", all.len() - 2));
        }
        told.join(", ")
    }

    fn report(&self, title: &str) -> Report {
        let mut lines = Vec::new();
        for (why, same) in self.by_count() {
            lines.push(Shown::of(&format!("{}: {why}", text::plural(same.count, "object"))));
            lines.extend(same.hint.as_deref().map(|hint| Shown::of(&format!("  ({hint})"))));
            lines.extend(same.keys.iter().map(|key| Shown::join(&[&"  ".into(), key], "")));
            let more = same.count - same.keys.len() as u64;
            if more > 0 {
                lines.push(format!("  … and {} more", text::count(more)).into());
            }
        }
        Report { title: Shown::of(title), lines }
    }
}

/// An empty bucket.
pub(super) async fn delete_bucket(bucket: String, cx: &Cx) {
    let deleted = async { cx.lake()?.delete_bucket(&bucket).await };
    let notice = match deleted.await {
        Ok(()) => {
            cx.tell(News::Changed { under: S3Uri::new(&bucket, "") }).await;
            let text = Shown::of(&format!("Deleted the bucket {bucket}"));
            Notice { level: Level::Info, text, hint: None }
        }
        Err(trouble) => Failure::from(trouble).notice(),
    };
    cx.say(notice).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_by_reason_and_never_one_by_one() {
        let mut failures = Failures::default();
        let denied = Trouble::new(Kind::Denied, "delete", "AccessDenied: no").hint("ask for it");
        let names: Vec<String> = (0..1500).map(|at| format!("k{at}")).collect();
        failures.add(&denied, names.iter().map(String::as_str));
        failures.add(&Trouble::new(Kind::Other, "delete", "Odd: \u{1b}[2J"), ["evil\u{1b}"]);
        assert_eq!(failures.told(), "AccessDenied: no (1,500), Odd: \u{1b}[2J (1)");
        let report = failures.report("x");
        assert_eq!(report.lines[0].as_str(), "1,500 objects: AccessDenied: no");
        assert_eq!(report.lines[1].as_str(), "  (ask for it)");
        assert_eq!(report.lines[2].as_str(), "  k0");
        assert_eq!(report.lines.len(), 1 + 1 + KEPT + 1 + 2);
        assert!(report.lines.iter().all(|line| !line.as_str().contains('\u{1b}')));
    }
}
