//! The queue of transfers of the lake that is open.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::lake::Lake;
use crate::model::transfer::{Direction, TransferState};
use crate::model::uri::S3Uri;
use crate::transfer::{Engine, Finished, Options};
use crate::ui::panes::buckets;
use crate::ui::talk::News;

/// Arrivals within this time are one piece of news.
const TOGETHER: Duration = Duration::from_millis(300);

/// An engine on this lake; objects that arrive are told to the panes that may show them.
pub(super) fn start(lake: Lake, news: mpsc::Sender<News>) -> Engine {
    let (finished, arrivals) = mpsc::channel(256);
    tokio::spawn(watch(arrivals, news));
    Engine::start(lake, Options { finished: Some(finished), ..Options::default() })
}

/// Ends with the engine.
async fn watch(mut arrivals: mpsc::Receiver<Finished>, news: mpsc::Sender<News>) {
    while let Some(first) = arrivals.recv().await {
        let mut places: Vec<S3Uri> = place(&first).into_iter().collect();
        let _ = timeout(TOGETHER, async {
            while let Some(next) = arrivals.recv().await {
                if let Some(place) = place(&next).filter(|place| !places.contains(place)) {
                    places.push(place);
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

/// The folder in which something new is.
fn place(finished: &Finished) -> Option<S3Uri> {
    let arrived =
        finished.direction == Direction::Up && matches!(finished.state, TransferState::Done(_));
    arrived.then(|| finished.remote.parent()).flatten()
}
