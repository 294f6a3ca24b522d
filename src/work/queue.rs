//! The transfers pane's jobs: sampling the queue, and what is asked of it.

use std::time::{Duration, Instant};

use super::{Cx, batches, strays};
use crate::model::transfer::{Totals, TransferId, TransferView};
use crate::model::trouble::Trouble;
use crate::transfer::Engine;
use crate::ui::panes::transfers::batches::Job as BatchesJob;
use crate::ui::panes::transfers::{Act, Job, News, Sample, Watch};
use crate::ui::talk::Failure;

/// Progress asks for no more than four frames a second.
const PAUSE: Duration = Duration::from_millis(250);

/// Rates and times left are read, not watched: with every sample their last digits would flicker,
/// and be most of what is written to the terminal.
const STEADY: Duration = Duration::from_secs(1);

pub(super) async fn run(job: Job, cx: &Cx) {
    match job {
        Job::Watch(how) => {
            let watched = match how.seen {
                true => watch(how, cx).await,
                false => count(cx).await,
            };
            if let Err(trouble) = watched {
                cx.tell(News::Broken(Failure::from(&trouble))).await;
            }
        }
        Job::Act(act) => match cx.engine() {
            Ok(engine) => ask(&engine, act),
            Err(trouble) => cx.complain(&trouble).await,
        },
        Job::Strays(job) => strays::run(job, cx).await,
        Job::Batches(job) => batches::run(job, cx).await,
    }
}

/// A batch that is being thrown away is thrown away: half of it, it would be gone on with by
/// the next start.
pub(super) fn minds_its_end(job: &Job) -> bool {
    matches!(job, Job::Batches(BatchesJob::Cancel { .. }))
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
        Act::First(ids) => engine.first(&ids),
        Act::Limit(rate) => engine.set_limit(rate),
        Act::Clear => engine.clear_finished(),
    }
}

/// Tells how the queue is, for as long as it is on the screen.
async fn watch(how: Watch, cx: &Cx) -> Result<(), Trouble> {
    let engine = cx.engine()?;
    let beat = engine.beat();
    let closeup = || how.chosen.and_then(|id| engine.closeup(id));
    if how.known {
        // A cursor that runs over the queue asks for no more than it needs.
        if let Some(closeup) = closeup() {
            cx.tell(News::Closeup(closeup)).await;
        }
        tokio::time::sleep(PAUSE).await;
    }
    let mut steady = Steady::default();
    let mut last: Option<Sample> = None;
    loop {
        let mut totals = engine.totals();
        let mut rows = engine.snapshot();
        steady.hold(&mut totals, &mut rows, Instant::now());
        let sample = Sample {
            rows: rows.into(),
            totals,
            limit: engine.limit(),
            rates: engine.rates().into(),
            held: engine.held().map(Failure::from),
            closeup: closeup().map(Box::new),
        };
        if last.as_ref() != Some(&sample) {
            cx.tell(News::Sample(sample.clone())).await;
            last = Some(sample);
        }
        // While files move the rate changes without a beat of theirs; idle there is silence.
        if totals.active == 0 {
            beat.notified().await;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Tells the counts as they change.
async fn count(cx: &Cx) -> Result<(), Trouble> {
    let engine = cx.engine()?;
    let beat = engine.beat();
    let mut last = None;
    loop {
        let totals = engine.totals();
        let held = engine.held().map(Failure::from);
        let now = (counts(&totals), held.clone());
        if last.as_ref() != Some(&now) {
            cx.tell(News::Counts { totals, held }).await;
            last = Some(now);
        }
        beat.notified().await;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Rates and times left as they were last told, until a second is over.
#[derive(Default)]
struct Steady {
    told: Option<(Instant, Totals, Vec<Pace>)>,
}

/// Of one row. Rows are in the order of their ids.
struct Pace {
    id: TransferId,
    rate: f64,
    eta: Option<Duration>,
}

impl Steady {
    fn hold(&mut self, totals: &mut Totals, rows: &mut [TransferView], now: Instant) {
        let Some((_, told, paces)) =
            self.told.as_ref().filter(|(then, ..)| now.saturating_duration_since(*then) < STEADY)
        else {
            let pace = |row: &TransferView| Pace { id: row.id, rate: row.rate, eta: row.eta };
            let moving = rows.iter().filter(|row| row.rate > 0.0).map(pace).collect();
            self.told = Some((now, *totals, moving));
            return;
        };
        (totals.rate, totals.eta) = (told.rate, told.eta);
        for row in rows.iter_mut().filter(|row| row.rate > 0.0) {
            if let Ok(at) = paces.binary_search_by_key(&row.id, |pace| pace.id) {
                (row.rate, row.eta) = (paces[at].rate, paces[at].eta);
            }
        }
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
