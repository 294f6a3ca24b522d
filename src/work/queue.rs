//! The transfers pane's jobs: sampling the queue, and what is asked of it.

use std::time::Duration;

use super::Cx;
use crate::model::transfer::{Totals, TransferId};
use crate::model::trouble::Trouble;
use crate::transfer::Engine;
use crate::ui::panes::transfers::{Act, Job, News, Sample};
use crate::ui::talk::Failure;

/// Progress asks for no more than four frames a second.
const PAUSE: Duration = Duration::from_millis(250);

pub(super) async fn run(job: Job, cx: &Cx) {
    match job {
        Job::Watch { seen } => {
            if let Err(trouble) = watch(seen, cx).await {
                cx.tell(News::Broken(Failure::from(&trouble))).await;
            }
        }
        Job::Act(act) => match cx.engine() {
            Ok(engine) => ask(&engine, act),
            Err(trouble) => cx.complain(&trouble).await,
        },
    }
}

fn ask(engine: &Engine, act: Act) {
    let each = |ids: Vec<TransferId>, ask: fn(&Engine, TransferId)| {
        ids.into_iter().for_each(|id| ask(engine, id));
    };
    match act {
        Act::Pause(ids) => each(ids, Engine::pause),
        Act::Resume(ids) => each(ids, Engine::resume),
        Act::Cancel(ids) => each(ids, Engine::cancel),
        Act::Retry(ids) => each(ids, Engine::retry),
        Act::Clear => engine.clear_finished(),
    }
}

/// Tells how the queue is, for as long as it is wanted.
async fn watch(seen: bool, cx: &Cx) -> Result<(), Trouble> {
    let engine = cx.engine()?;
    let beat = engine.beat();
    let mut last: Option<Sample> = None;
    loop {
        let sample = Sample { rows: engine.snapshot().into(), totals: engine.totals() };
        let news = match &last {
            None => true,
            Some(last) if seen => *last != sample,
            Some(last) => counts(&last.totals) != counts(&sample.totals),
        };
        if news {
            cx.tell(News::Sample(sample.clone())).await;
            last = Some(sample);
        }
        // While files move the rate changes without a beat of theirs; idle there is silence.
        if engine.totals().active == 0 || !seen {
            beat.notified().await;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// What the tab and the question before quitting tell.
fn counts(totals: &Totals) -> [usize; 8] {
    [
        totals.walking,
        totals.queued,
        totals.active,
        totals.paused,
        totals.done,
        totals.skipped,
        totals.failed,
        totals.cancelled,
    ]
}
