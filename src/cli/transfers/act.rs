//! Going on with a batch, and ending one.

use tokio::sync::mpsc;

use super::super::context::Context;
use super::super::failure::{Exit, Failure, say};
use super::super::out::Out;
use super::super::units::bytes;
use super::super::{get, manifest, put};
use super::standing::Standing;
use crate::lake::Lake;
use crate::transfer::journal::{BatchId, BatchView, Order, lake_name, socket};
use crate::transfer::manifest::keep;
use crate::transfer::{Engine, Options, discard, handover};

/// Goes on with it in this process, as the command that began it would.
pub(super) async fn resume(context: &Context, id: BatchId, json: bool) -> Result<Exit, Failure> {
    let what = format!("resume transfer {}", id.0);
    let batch = find(context, id, &what).await?;
    let why = match Standing::of(&batch) {
        Standing::Running(pid) | Standing::Headless(pid) => {
            return Err(Failure::failed(what, format!("process {pid} is working on it")));
        }
        Standing::Done => Some("it is over, and nothing of it failed"),
        Standing::Cancelled => Some("it was cancelled"),
        Standing::Continued(heir) => return Err(continued(what, heir)),
        Standing::Failed | Standing::Interrupted | Standing::Stopped => None,
    };
    if let Some(why) = why {
        return Err(Failure::failed(what, why).hint("give put or get again"));
    }
    let lake = open(context, &batch, &what).await?;
    let downloads = matches!(batch.order, Some(Order::Get { .. }));
    if downloads {
        get::may_leave(&lake)?;
    }
    let (finished, ends) = mpsc::channel(256);
    let journal = context.journal(&lake).await?;
    let taken = journal.take_up_one(id).await?;
    let (manifests, kept) = context.manifests();
    let options = Options {
        keep: 0,
        journal: Some(journal),
        manifests: Some(manifests),
        finished: Some(finished),
        ..Options::default()
    };
    let engine = Engine::start(lake, options)?;
    engine.take_up_whole(id, taken.order.plan(|folder| get::placer(folder.to_owned())));
    match downloads {
        true => get::report(context, &engine, ends, json).await,
        false => put::report(context, &engine, ends, kept, json).await,
    }
}

fn continued(what: String, heir: BatchId) -> Failure {
    let why = format!("transfer {} went on with it", heir.0);
    Failure::failed(what, why).hint(format!("name {} instead", heir.0))
}

/// Ends it: in the process that works on it, else here.
pub(super) async fn cancel(context: &Context, id: BatchId, json: bool) -> Result<Exit, Failure> {
    let what = format!("cancel transfer {}", id.0);
    let batch = find(context, id, &what).await?;
    let standing = Standing::of(&batch);
    if let Some(heir) = standing.heir() {
        return Err(continued(what, heir));
    }
    if matches!(standing, Standing::Done | Standing::Cancelled) {
        return Err(Failure::failed(what, "it is over: what it moved stays where it is"));
    }
    if let Some(owner) = &batch.owner {
        belongs(context, &batch, &what)?;
        let there = socket(&context.home.data_dir, &owner.id);
        let thrown_away = handover::cancel(&there, id).await?;
        return tell(&batch, thrown_away, json);
    }
    let lake = open(context, &batch, &what).await?;
    let journal = context.journal(&lake).await?;
    journal.take_up_one(id).await?;
    let done = discard(&lake, &journal, id, batch.counts).await?;
    for trouble in &done.left {
        say(&trouble.to_string());
    }
    if !done.left.is_empty() {
        let why = format!("{} of its files could not be cleared away", done.left.len());
        return Err(Failure::failed(what, why).hint("the same command tries again"));
    }
    let (manifests, kept) = context.manifests();
    keep(&lake, &journal, &manifests, id).await;
    manifest::tell(kept, true);
    tell(&batch, done.bytes, json)
}

fn tell(batch: &BatchView, thrown_away: u64, json: bool) -> Result<Exit, Failure> {
    let mut out = Out::stdout();
    let id = batch.id.0;
    if json {
        out.json(&serde_json::json!({
            "event": "cancelled", "id": id, "bytes_thrown_away": thrown_away,
        }))?;
    } else {
        let through = batch.counts.done + batch.counts.skipped;
        let stays = match through {
            0 => String::new(),
            1 => "; the 1 file that is through stays".to_owned(),
            many => format!("; the {many} files that are through stay"),
        };
        let gone = bytes(thrown_away);
        out.line(&format!(
            "Cancelled transfer {id}: {gone} that had arrived are thrown away{stays}"
        ))?;
    }
    out.flush()?;
    Ok(Exit::Done)
}

async fn find(context: &Context, id: BatchId, what: &str) -> Result<BatchView, Failure> {
    let batches = super::journal(context).await?;
    batches.into_iter().find(|batch| batch.id == id).ok_or_else(|| {
        Failure::failed(what, "the journal has none of that number")
            .hint("lakehand transfers lists them")
    })
}

/// The chosen lake, which has to be the batch's.
async fn open(context: &Context, batch: &BatchView, what: &str) -> Result<Lake, Failure> {
    belongs(context, batch, what)?;
    context.open_lake().await
}

fn belongs(context: &Context, batch: &BatchView, what: &str) -> Result<(), Failure> {
    let chosen = context.choose()?;
    if lake_name(&chosen.settings) != batch.lake {
        let why = format!("it belongs to the lake {}", batch.lake);
        return Err(Failure::usage(what, why).hint(format!("give {}", options(&batch.lake))));
    }
    Ok(())
}

/// What to give on the command line for a lake, by its name in the journal.
fn options(lake: &str) -> String {
    let (lake, principal) = match lake.rsplit_once(" as ") {
        Some((lake, principal)) => (lake, format!(" --as {principal}")),
        None => (lake, String::new()),
    };
    let lake = match lake.strip_prefix("local ") {
        Some(dir) => format!("--local {dir}"),
        None => format!("--lake {lake}"),
    };
    lake + &principal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lake_is_named_as_it_is_given() {
        assert_eq!(options("tre"), "--lake tre");
        assert_eq!(options("local /lakes/x as analyst"), "--local /lakes/x --as analyst");
    }
}
