//! Follows an engine to its end: every transfer that ends is told, progress goes to standard
//! error, Ctrl-C leaves what is unfinished to the journal, and a line that drops changes nothing.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use crate::govern::shown;
use crate::model::transfer::{Proof, TransferState};
use crate::transfer::handover::Door;
use crate::transfer::{BatchState, Engine, Finished};

use super::context::Context;
use super::failure::{Failure, say};
use super::out::Out;
use super::progress::Progress;
use super::tally::Tally;
use super::units::bytes;

/// Why following ended.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Through,
    Interrupted,
    HandedOver,
}

/// Waits until the engine is idle. A listener that fails (a closed pipe) is not asked again,
/// and the transfers go on; its failure comes with the tally. So do they when the terminal
/// goes away: from then on another lakehand may ask for them.
pub(super) async fn follow(
    context: &Context,
    engine: &Engine,
    mut ends: mpsc::Receiver<Finished>,
    mut tell: impl FnMut(&Finished) -> Result<(), Failure>,
) -> (Tally, Result<(), Failure>) {
    let mut tally = Tally::new();
    let mut told = Ok(());
    let mut progress = Progress::new();
    let mut hang_up = signal(SignalKind::hangup()).ok();
    let (door, trouble) = Door::open(engine);
    if let Some(trouble) = trouble {
        tracing::warn!(%trouble, "no other process can ask for these transfers");
    }
    let mut tick = progress.ticks();
    // The rate is counted from here.
    engine.totals();
    let how;
    {
        let mut ended = |end: Finished, progress: &mut Progress| {
            tally.count(&end);
            progress.clear();
            if told.is_ok() {
                told = tell(&end);
            }
        };
        // Interrupted, everything stops where it stands, and the journal keeps it.
        let through = async {
            tokio::select! {
                given = door.idle() => if given { End::HandedOver } else { End::Through },
                () = context.cancel.cancelled() => {
                    engine.leave(BatchState::Stopped, false).await;
                    End::Interrupted
                }
            }
        };
        tokio::pin!(through);
        how = loop {
            tokio::select! {
                Some(end) = ends.recv() => ended(end, &mut progress),
                how = &mut through => break how,
                () = received(&mut hang_up) => {
                    progress.stop();
                    door.headless().await;
                }
                _ = tick.tick() => progress.show(&engine.totals(), engine.held()),
            }
        };
        while let Ok(end) = ends.try_recv() {
            ended(end, &mut progress);
        }
    }
    progress.clear();
    tally.stop(how != End::Through);
    tally.headless = progress.stopped;
    match how {
        End::Through => {}
        End::Interrupted => {
            say("interrupted: what was sent is kept, and the same command goes on from there");
        }
        End::HandedOver => say("handed over to another lakehand, which goes on from there"),
    }
    progress.last(&tally);
    (tally, told)
}

/// The next signal; never, where there is none to wait for.
async fn received(signals: &mut Option<Signal>) {
    let came = match signals {
        Some(signals) => signals.recv().await,
        None => None,
    };
    if came.is_none() {
        std::future::pending().await
    }
}

/// One item that has ended, for a person; `place` is where it went.
pub(super) fn text(end: &Finished, place: &str, out: &mut Out) -> Result<(), Failure> {
    let line = |word: &str, proof: Proof| {
        format!(
            "{word:8} {:>9}  {:10} {}",
            bytes(end.size),
            if proof.is_proof() { proof.name() } else { "unproven" },
            shown(place)
        )
    };
    match &end.state {
        TransferState::Done(proof) => out.line(&line("done", *proof)),
        TransferState::Skipped(proof) => out.line(&line("skipped", *proof)),
        TransferState::Failed(trouble) => {
            say(&trouble.to_string());
            Ok(())
        }
        TransferState::Cancelled => {
            say(&format!("{place}: it was cancelled"));
            Ok(())
        }
        _ => Ok(()),
    }
}
