//! Batches of this lake that this workbench does not work on: looked for while they may be
//! seen, gone on with or ended when they are asked for.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::{Cx, Open, heirs, moves};
use crate::model::mode::Mode;
use crate::model::settings::Settings;
use crate::model::shown::Shown;
use crate::model::trouble::{Kind, Trouble};
use crate::transfer::journal::{Beside, Order, OwnerNote};
use crate::transfer::manifest::keep;
use crate::transfer::{BatchId, BatchState, discard, handover};
use crate::ui::panes::transfers::News as PaneNews;
use crate::ui::panes::transfers::batches::{Batch, Files, Job, News, Standing};
use crate::ui::talk::{Level, Notice};
use crate::ui::widgets::text;

/// Other processes are looked at this often.
const AGAIN: Duration = Duration::from_secs(2);

pub(super) async fn run(job: Job, cx: &Cx) {
    let done = match job {
        Job::Watch => watch(cx).await,
        Job::Resume { id } => resume(BatchId(id), cx).await,
        Job::Cancel { id } => cancel(BatchId(id), cx).await,
    };
    if let Err(trouble) = done {
        cx.complain(&trouble).await;
    }
}

async fn watch(cx: &Cx) -> Result<(), Trouble> {
    let mut last = None;
    loop {
        let now = look(cx).await?;
        if last.as_ref() != Some(&now) {
            cx.tell(PaneNews::Batches(News::Beside(now.clone()))).await;
            last = Some(now);
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn look(cx: &Cx) -> Result<Arc<[Batch]>, Trouble> {
    let found = cx.engine()?.journal().beside().await?;
    Ok(found.iter().map(batch).collect())
}

/// What was asked for is done: the screen need not wait for the next look.
async fn look_again(cx: &Cx) -> Result<(), Trouble> {
    let now = look(cx).await?;
    cx.tell(PaneNews::Batches(News::Beside(now))).await;
    Ok(())
}

fn batch(found: &Beside) -> Batch {
    let counts = &found.counts;
    let shown = |text: String| Shown::of(&text);
    let order = found.order.as_ref();
    Batch {
        id: found.id.0,
        what: what(found),
        from: order.map(Order::sources).unwrap_or_default().into_iter().map(shown).collect(),
        to: order.map(Order::target).map(shown).unwrap_or_default(),
        standing: standing(found),
        files: Files {
            more: counts.walking,
            found: counts.found,
            through: counts.done + counts.skipped,
            failed: counts.failed,
            unfinished: found.unfinished,
            arrived: found.arrived,
        },
        bytes_done: counts.bytes_done,
        bytes_total: counts.bytes_total,
        changed: Timestamp::from_millisecond(found.changed).ok(),
    }
}

fn what(found: &Beside) -> Shown {
    match &found.order {
        Some(order) => Shown::of(&order.sentence()),
        None => "of a newer lakehand".into(),
    }
}

fn standing(found: &Beside) -> Standing {
    match (&found.owner, found.state) {
        (Some((OwnerNote { pid, headless: true, .. }, _)), _) => Standing::Headless(*pid),
        (Some((OwnerNote { pid, .. }, _)), _) => Standing::Running(*pid),
        (None, BatchState::Stopped) => Standing::Stopped,
        (None, _) => Standing::Interrupted,
    }
}

/// As it is now: what was on the screen may be over.
async fn find(id: BatchId, to: &str, open: &Open) -> Result<Beside, Trouble> {
    let found = open.engine.journal().beside().await?;
    found.into_iter().find(|batch| batch.id == id).ok_or_else(|| {
        let why = "it has ended, or is in the queue already";
        Trouble::new(Kind::NotFound, format!("{to} batch {}", id.0), why)
    })
}

/// Why this lake lets nobody go on with it. The guard would refuse one file after the other,
/// and the batch would be over.
fn may_not_go_on(order: Option<&Order>, settings: &Settings) -> Option<&'static str> {
    match order {
        Some(Order::Get { .. }) if !settings.downloads => {
            Some("downloads are switched off for this lake (downloads = false)")
        }
        Some(Order::Put { .. } | Order::Copy { .. }) if settings.mode == Mode::ReadOnly => {
            Some("this lake is read-only")
        }
        _ => None,
    }
}

/// Into the queue of this workbench.
async fn resume(id: BatchId, cx: &Cx) -> Result<(), Trouble> {
    let open = cx.open()?;
    let found = find(id, "go on with", &open).await?;
    let refuse =
        |why: &str| Err(Trouble::new(Kind::Refused, format!("go on with {}", what(&found)), why));
    if let Some(why) = may_not_go_on(found.order.as_ref(), open.lake.settings()) {
        return refuse(why);
    }
    match standing(&found) {
        Standing::Running(pid) => return refuse(&format!("process {pid} is working on it")),
        // The process gives all of its queue, or none.
        Standing::Headless(pid) => {
            let others = open.engine.journal().elsewhere().await?;
            if let Some(other) = others.iter().find(|other| other.owner.pid == pid) {
                heirs::take_over(other, &open.engine, cx).await?;
            }
        }
        Standing::Stopped | Standing::Interrupted => {
            let taken = open.engine.journal().take_up_one(id).await?;
            open.engine.take_up(id, taken.order.plan(moves::placer));
            say(format!("Going on with {}", what(&found)), cx).await;
        }
    }
    look_again(cx).await
}

/// Ends it: in the process that works on it, else here.
async fn cancel(id: BatchId, cx: &Cx) -> Result<(), Trouble> {
    let open = cx.open()?;
    let found = find(id, "cancel", &open).await?;
    let gone = match &found.owner {
        Some((_, socket)) => handover::cancel(socket, id).await?,
        None => throw_away(&found, &open, cx).await?,
    };
    let gone = text::bytes(gone);
    say(format!("Cancelled {}: {gone} that had arrived are thrown away", what(&found)), cx).await;
    look_again(cx).await
}

/// Tells the bytes that had arrived.
async fn throw_away(found: &Beside, open: &Open, cx: &Cx) -> Result<u64, Trouble> {
    let journal = open.engine.journal();
    journal.take_up_one(found.id).await?;
    let done = discard(&open.lake, journal, found.id, found.counts).await?;
    let left = done.left.len() as u64;
    for trouble in done.left {
        cx.complain(&trouble).await;
    }
    if left > 0 {
        let why = format!("{} could not be cleared away", text::plural(left, "file"));
        return Err(Trouble::new(Kind::Other, format!("cancel {}", what(found)), why)
            .hint("the same key tries again"));
    }
    keep(&open.lake, journal, &open.manifests, found.id).await;
    Ok(done.bytes)
}

async fn say(text: String, cx: &Cx) {
    cx.say(Notice { level: Level::Info, text: text.into(), hint: None }).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::uri::S3Uri;
    use crate::transfer::journal::{Counts, OwnerId};
    use crate::transfer::{Plan, Upload};

    fn put() -> Order {
        let plan = Upload::new(vec!["/d/\u{1b}x".into()], S3Uri::new("b", "P/"));
        Order::of(&Plan::Upload(plan)).unwrap()
    }

    fn beside(state: BatchState, headless: Option<bool>) -> Beside {
        let note = |headless| OwnerNote { id: OwnerId("x".into()), pid: 4711, headless };
        Beside {
            id: BatchId(7),
            state,
            counts: Counts { found: 9, done: 2, skipped: 1, walking: true, ..Counts::default() },
            changed: 1_700_000_000_000,
            order: Some(put()),
            owner: headless.map(|headless| (note(headless), "x.sock".into())),
            unfinished: 1,
            arrived: 5,
        }
    }

    #[test]
    fn a_batch_is_told_as_it_stands_and_fit_to_be_shown() {
        let told = batch(&beside(BatchState::Stopped, None));
        assert_eq!(told.what.as_str(), "put /d/␛x → s3://b/P/");
        assert_eq!((told.from[0].as_str(), told.to.as_str()), ("/d/␛x", "s3://b/P/"));
        assert_eq!((told.files.through, told.files.found, told.files.more), (3, 9, true));
        for (state, headless, wanted) in [
            (BatchState::Stopped, None, Standing::Stopped),
            (BatchState::Open, None, Standing::Interrupted),
            (BatchState::Open, Some(false), Standing::Running(4711)),
            (BatchState::Open, Some(true), Standing::Headless(4711)),
        ] {
            assert_eq!(batch(&beside(state, headless)).standing, wanted);
        }
    }

    #[test]
    fn what_the_lake_would_refuse_is_not_begun() {
        let settings = Settings::aws("l");
        let reading = Settings { mode: Mode::ReadOnly, ..settings.clone() };
        assert_eq!(may_not_go_on(Some(&put()), &settings), None);
        assert!(may_not_go_on(Some(&put()), &reading).is_some());
        let get = Order::Get {
            sources: Vec::new(),
            folder: "/d".into(),
            recursive: false,
            version: None,
        };
        assert_eq!(may_not_go_on(Some(&get), &reading), None);
        let kept = Settings { downloads: false, ..settings };
        assert!(may_not_go_on(Some(&get), &kept).is_some());
    }
}
