//! The queue of transfers of the lake that is open.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{Desk, blocking, moves};
use crate::lake::Lake;
use crate::model::transfer::{Direction, TransferState};
use crate::model::trouble::Trouble;
use crate::model::uri::S3Uri;
use crate::transfer::journal::TakenUp;
use crate::transfer::manifest::{self, Kept, Manifests};
use crate::transfer::{BatchState, Engine, Finished, Journal, Options};
use crate::ui::app::News as AppNews;
use crate::ui::panes::buckets;
use crate::ui::talk::{Failure, Level, News, Notice};

/// Arrivals within this time are one piece of news.
const TOGETHER: Duration = Duration::from_millis(300);

/// An engine on this lake, and what its batches leave; objects that arrive are told to the panes that may show them.
///
/// # Errors
/// Where the journal of the queue cannot be opened: nothing is moved that could be lost.
pub(super) async fn start(
    lake: Lake,
    desk: &Desk,
    news: mpsc::Sender<News>,
) -> Result<(Engine, Manifests), Trouble> {
    let data_dir = desk.data_dir.clone();
    let (kept, manifests) = mpsc::unbounded_channel();
    let folder = data_dir.join(manifest::FOLDER);
    let keep = Manifests { folder, anchor: desk.anchor.clone(), kept };
    let settings = lake.settings().clone();
    let journal = blocking(move || Journal::open(&data_dir, &settings)).await?;
    let (finished, arrivals) = mpsc::channel(256);
    tokio::spawn(watch(arrivals, news.clone()));
    tokio::spawn(tell_of_manifests(manifests, news));
    let options = Options {
        journal: Some(journal),
        manifests: Some(keep.clone()),
        finished: Some(finished),
        ..Options::default()
    };
    Ok((Engine::start(lake, options)?, keep))
}

/// Goes on with what a killed lakehand has left of this lake's queue; tells how
/// many batches. What its user interrupted is left alone.
pub(super) async fn take_up(engine: &Engine) -> Result<usize, Trouble> {
    let taken = engine.journal().take_up(BatchState::Open).await?;
    let count = taken.len();
    for TakenUp { id, order } in taken {
        let plan = order.plan(|folder| moves::placer(folder));
        engine.take_up(id, plan);
    }
    Ok(count)
}

/// Ends with the engine.
async fn watch(mut arrivals: mpsc::Receiver<Finished>, news: mpsc::Sender<News>) {
    while let Some(first) = arrivals.recv().await {
        let mut places = changed(&first);
        let _ = timeout(TOGETHER, async {
            while let Some(next) = arrivals.recv().await {
                for place in changed(&next) {
                    if !places.contains(&place) {
                        places.push(place);
                    }
                }
            }
        })
        .await;
        for under in places {
            if news.send(buckets::News::Changed { under }.into()).await.is_err() {
                return;
            }
        }
    }
}

/// Says where the manifest of a batch is. Ends with the engine.
async fn tell_of_manifests(mut manifests: mpsc::UnboundedReceiver<Kept>, news: mpsc::Sender<News>) {
    while let Some(Kept { file, in_lake, .. }) = manifests.recv().await {
        let notice = match (file, in_lake) {
            (Ok((path, totals)), None | Some(Ok(_))) => Notice {
                level: Level::Info,
                text: format!("Manifest of {}: {}", files(totals.objects), path.display()).into(),
                hint: None,
            },
            (Err(trouble), _) | (Ok(_), Some(Err(trouble))) => {
                Notice { level: Level::Warn, ..Failure::from(&trouble).notice() }
            }
        };
        if news.send(AppNews::Said(notice).into()).await.is_err() {
            return;
        }
    }
}

fn files(count: u64) -> String {
    match count {
        1 => "1 file".to_owned(),
        count => format!("{count} files"),
    }
}

/// The folders in which something new is, or something is no more.
fn changed(finished: &Finished) -> Vec<S3Uri> {
    if finished.direction == Direction::Down || !matches!(finished.state, TransferState::Done(_)) {
        return Vec::new();
    }
    let left = finished.origin.as_ref().filter(|origin| origin.removed);
    let left = left.and_then(|origin| origin.uri.parent());
    finished.remote.parent().into_iter().chain(left).collect()
}
