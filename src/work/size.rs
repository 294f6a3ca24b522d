//! How much lies below buckets and folders: counted one after the other, told a few times a second.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::Cx;
use crate::listing::{Gait, Measure};
use crate::model::shown::Shown;
use crate::model::size::{Found, Totals};
use crate::model::trouble::Trouble;
use crate::model::uri::S3Uri;
use crate::ui::panes::buckets::News as PaneNews;
use crate::ui::panes::buckets::size::{Folder, Job, News, Report, Standout, State};
use crate::ui::talk::Failure;

/// Between two reports.
const BEAT: Duration = Duration::from_millis(250);
/// Folders that are told by their names.
const FOLDERS: usize = 10;

pub(super) async fn run(job: Job, cx: &Cx) {
    let Job { generation, places } = job;
    for (place, at) in places.into_iter().enumerate() {
        let began = Instant::now();
        let mut report = Report::default();
        let state = match count(generation, place, at, &mut report, cx).await {
            Ok(()) => State::Done { at: Timestamp::now(), took: began.elapsed() },
            Err(trouble) => State::Failed(Failure::from(trouble)),
        };
        tell(News { generation, place, report, state }, cx).await;
    }
}

async fn tell(news: News, cx: &Cx) {
    cx.tell(PaneNews::Size(Box::new(news))).await;
}

/// `last` is what was counted, also where it fails.
async fn count(
    generation: u32,
    place: usize,
    at: S3Uri,
    last: &mut Report,
    cx: &Cx,
) -> Result<(), Trouble> {
    let mut measure = Measure::of(&cx.lake()?, at, Gait::default());
    let mut told = Instant::now();
    let outcome = loop {
        match measure.step().await {
            Ok(true) if told.elapsed() < BEAT => {}
            Ok(true) => {
                told = Instant::now();
                let report = report(measure.totals());
                tell(News { generation, place, report, state: State::Going }, cx).await;
            }
            Ok(false) => break Ok(()),
            Err(trouble) => break Err(trouble),
        }
    };
    *last = report(measure.totals());
    outcome
}

fn report(totals: &Totals) -> Report {
    let folders = totals.folders(FOLDERS);
    let mut classes: Vec<_> =
        totals.classes.iter().map(|(class, sum)| (Shown::of(class), *sum)).collect();
    classes.sort_by(|one, other| other.1.bytes.cmp(&one.1.bytes).then(one.0.cmp(&other.0)));
    let folder = |(tail, sum): &(&str, _)| Folder { tail: (*tail).to_owned(), sum: *sum };
    Report {
        all: totals.all,
        here: totals.here,
        classes,
        newest: totals.newest.as_ref().map(standout),
        oldest: totals.oldest.as_ref().map(standout),
        largest: totals.largest.as_ref().map(standout),
        folders: folders.largest.iter().map(folder).collect(),
        others: folders.others,
        in_others: folders.in_others,
        is_beyond: totals.is_beyond(),
    }
}

fn standout(found: &Found) -> Standout {
    let modified = found.modified.and_then(|at| Timestamp::from_second(at).ok());
    Standout { key: Shown::of(&found.key), size: found.size, modified }
}
