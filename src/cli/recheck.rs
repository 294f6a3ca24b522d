//! `lakehand put --verify-only MANIFEST`

use std::path::Path;
use std::pin::pin;

use futures::StreamExt as _;

use crate::govern::shown;
use crate::model::transfer::{Proof, Totals, TransferState};
use crate::model::trouble::{Kind, Trouble};
use crate::transfer::manifest::{self, Manifest};
use crate::transfer::{Finished, recheck};

use super::context::Context;
use super::failure::{Exit, Failure, note, say};
use super::follow::text;
use super::out::Out;
use super::progress::Progress;
use super::put::{ObjectLine, PutArgs, SummaryLine};
use super::tally::Tally;
use super::units::{bytes, duration};

/// Requests in flight, unless told otherwise.
const AT_ONCE: usize = 32;

pub(super) async fn run(context: &Context, args: &PutArgs, file: &Path) -> Result<Exit, Failure> {
    let manifest = open(file).await?;
    let lake = context.open_lake().await?;
    let whole = manifest.totals;
    let at_once = args.concurrency.map_or(AT_ONCE, usize::from);
    let mut checks = pin!(recheck(lake, manifest, at_once));
    let mut out = Out::stdout();
    let (mut tally, mut unproven) = (Tally::new(), 0);
    let mut progress = Progress::new();
    let mut tick = progress.ticks();
    let interrupted = loop {
        let checked = tokio::select! {
            biased;
            () = context.cancel.cancelled() => break true,
            _ = tick.tick() => {
                progress.show(&so_far(&whole, &tally), None);
                continue;
            }
            checked = checks.next() => checked,
        };
        progress.clear();
        let Some(checked) = checked.transpose()? else { break false };
        tally.count(&checked);
        unproven += u64::from(checked.state == TransferState::Done(Proof::None));
        match args.json {
            true => out.json(&ObjectLine::of(&checked))?,
            false => tell(&checked, &mut out)?,
        }
        out.flush()?;
    };
    progress.clear();
    tally.stop(interrupted);
    if args.json {
        let place = file.to_string_lossy().into_owned();
        out.json(&SummaryLine::of(&tally, Some(place)))?;
        out.flush()?;
    }
    note(&sentence(&tally, unproven));
    Ok(exit(&tally, whole.objects))
}

/// The bytes are those looked at.
fn so_far(whole: &manifest::Totals, tally: &Tally) -> Totals {
    let count = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    let ended = tally.done + tally.skipped + tally.failed;
    let seconds = tally.so_far().as_secs_f64();
    Totals {
        done: count(tally.done),
        skipped: count(tally.skipped),
        failed: count(tally.failed),
        queued: count(whole.objects.saturating_sub(ended)),
        bytes_done: tally.bytes,
        bytes_total: whole.bytes,
        rate: if seconds > 0.0 { tally.bytes as f64 / seconds } else { 0.0 },
        ..Totals::default()
    }
}

async fn open(file: &Path) -> Result<Manifest, Trouble> {
    let file = file.to_owned();
    match tokio::task::spawn_blocking(move || manifest::open(&file)).await {
        Ok(opened) => opened,
        Err(error) => Err(Trouble::new(Kind::Other, "read the manifest", error.to_string())),
    }
}

fn tell(checked: &Finished, out: &mut Out) -> Result<(), Failure> {
    let place = checked.remote.to_string();
    text(checked, &place, out)?;
    if let Some(remark) = &checked.note {
        say(&format!("verify {}: {remark}", shown(&place)));
    }
    Ok(())
}

/// `12 verified, 1 unproven, 1 failed, 2 never put: 1.2 GB looked at in 3 s`.
fn sentence(tally: &Tally, unproven: u64) -> String {
    let mut parts = vec![format!("{} verified", tally.done - unproven)];
    let more = [(unproven, "unproven"), (tally.failed, "failed"), (tally.skipped, "never put")];
    for (count, word) in more.into_iter().filter(|(count, _)| *count > 0) {
        parts.push(format!("{count} {word}"));
    }
    let looked = bytes(tally.bytes);
    format!("{}: {looked} looked at in {}", parts.join(", "), duration(tally.took()))
}

/// As a put's; where nothing at all was found as it should be, that is no success either.
fn exit(tally: &Tally, objects: u64) -> Exit {
    match tally.exit() {
        Exit::Done | Exit::SomeFailed if tally.done == 0 && objects > 0 => Exit::Failed,
        exit => exit,
    }
}
