//! Follows an engine to its end: every transfer that ends is told, progress goes to standard
//! error, Ctrl-C leaves what is unfinished to the journal, and a line that drops changes nothing.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{Interval, MissedTickBehavior, interval_at};

use crate::govern::shown;
use crate::model::transfer::{Proof, Totals, TransferState};
use crate::model::trouble::Trouble;
use crate::transfer::handover::Door;
use crate::transfer::{BatchState, Engine, Finished};

use super::context::Context;
use super::failure::{Exit, Failure, say};
use super::out::Out;
use super::units::{bytes, duration};

/// How a whole run went.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    pub done: u64,
    pub skipped: u64,
    /// Those interrupted included.
    pub failed: u64,
    /// Of what is done or skipped.
    pub bytes: u64,
    /// Bytes that went over the line.
    pub moved: u64,
    pub parts_reused: u64,
    /// It did not come to its end here.
    pub interrupted: bool,
    /// The terminal went away meanwhile.
    headless: bool,
    began: Instant,
    took: Duration,
}

impl Tally {
    pub fn new() -> Self {
        Self {
            done: 0,
            skipped: 0,
            failed: 0,
            bytes: 0,
            moved: 0,
            parts_reused: 0,
            interrupted: false,
            headless: false,
            began: Instant::now(),
            took: Duration::ZERO,
        }
    }

    pub fn count(&mut self, end: &Finished) {
        match &end.state {
            TransferState::Done(_) => self.done += 1,
            TransferState::Skipped(_) => self.skipped += 1,
            _ => self.failed += 1,
        }
        if end.landed.is_some() {
            self.bytes += end.size;
        }
        self.moved += end.moved;
        self.parts_reused += end.landed.as_ref().map_or(0, |landed| landed.parts_reused.into());
    }

    /// Nothing more will be counted.
    pub fn stop(&mut self, interrupted: bool) {
        self.interrupted = interrupted;
        self.took = self.began.elapsed();
    }

    /// Since the beginning; not before [`Self::stop`] the whole of it.
    pub fn so_far(&self) -> Duration {
        self.began.elapsed()
    }

    pub fn took(&self) -> Duration {
        self.took
    }

    /// To the millisecond.
    pub fn seconds(&self) -> f64 {
        self.took.as_millis() as f64 / 1000.0
    }

    /// How the run ends; `told` is what printing it came to. What cannot be printed because
    /// the line has dropped is no failure.
    pub fn end(&self, told: Result<(), Failure>) -> Result<Exit, Failure> {
        match told {
            Err(failure) if !self.headless => Err(failure),
            _ => Ok(self.exit()),
        }
    }

    /// Failed where nothing worked, "some failed" where something did.
    pub fn exit(&self) -> Exit {
        match (self.interrupted, self.failed, self.done + self.skipped) {
            (true, ..) => Exit::Interrupted,
            (_, 0, _) => Exit::Done,
            (_, _, 0) => Exit::Failed,
            _ => Exit::SomeFailed,
        }
    }

    /// `12 done, 3 skipped, 1 failed: 1.2 GB in 34 s`.
    fn sentence(&self) -> String {
        let mut parts = vec![format!("{} done", self.done)];
        for (count, word) in [(self.skipped, "skipped"), (self.failed, "failed")] {
            if count > 0 {
                parts.push(format!("{count} {word}"));
            }
        }
        let rate = match self.took.as_secs_f64() {
            seconds if seconds > 0.0 => (self.moved as f64 / seconds) as u64,
            _ => 0,
        };
        format!(
            "{}: {} moved in {}, {}/s",
            parts.join(", "),
            bytes(self.moved),
            duration(self.took),
            bytes(rate)
        )
    }
}

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

/// A bar on a terminal; a line every few seconds elsewhere.
pub(super) struct Progress {
    terminal: bool,
    /// A bar is on the screen.
    drawn: bool,
    /// The terminal has gone.
    stopped: bool,
}

impl Progress {
    pub fn new() -> Self {
        Self { terminal: std::io::stderr().is_terminal(), drawn: false, stopped: false }
    }

    /// When to show it.
    pub fn ticks(&self) -> Interval {
        let every = match self.terminal {
            true => Duration::from_millis(250),
            false => Duration::from_secs(5),
        };
        let mut ticks = interval_at(tokio::time::Instant::now() + every, every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks
    }

    /// A terminal that has gone is never written to again; a file may be.
    fn stop(&mut self) {
        (self.drawn, self.stopped) = (false, true);
    }

    fn is_mute(&self) -> bool {
        self.terminal && self.stopped
    }

    pub fn show(&mut self, totals: &Totals, held: Option<Trouble>) {
        if self.is_mute() {
            return;
        }
        let width = crossterm::terminal::size().map_or(80, |(columns, _)| columns.into());
        // Standard error may be closed: progress is then nobody's.
        let _ = match self.terminal {
            true => match held {
                Some(why) => write!(std::io::stderr(), "\r\x1b[K{}", cut(&waits(&why), width)),
                None => write!(std::io::stderr(), "\r\x1b[K{}", bar(totals, width)),
            },
            false => match held {
                Some(why) => writeln!(std::io::stderr(), "{}  {}", figures(totals), waits(&why)),
                None => writeln!(std::io::stderr(), "{}", figures(totals)),
            },
        };
        self.drawn = self.terminal;
    }

    /// Makes room for a line of another.
    pub fn clear(&mut self) {
        if std::mem::take(&mut self.drawn) {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }

    /// The run in a sentence; a single failure has said its own.
    fn last(&self, tally: &Tally) {
        if self.is_mute() || (tally.done, tally.skipped, tally.failed) == (0, 0, 1) {
            return;
        }
        let _ = writeln!(std::io::stderr(), "{}", tally.sentence());
    }
}

/// Why nothing moves, and what would help.
fn waits(why: &Trouble) -> String {
    let said = match &why.hint {
        Some(hint) => format!("waiting: {} ({hint})", why.why),
        None => format!("waiting: {}", why.why),
    };
    shown(&said).to_string()
}

/// The beginning, as far as a line has room. The last column stays free: some terminals wrap
/// there.
fn cut(line: &str, width: usize) -> String {
    line.chars().take(width.saturating_sub(1)).collect()
}

/// `31%  12.3 MB of 40.0 MB  4.2 MB/s  6.6 s left  3 of 10 files`.
fn figures(totals: &Totals) -> String {
    let files = totals.done
        + totals.skipped
        + totals.failed
        + totals.cancelled
        + totals.active
        + totals.queued
        + totals.paused;
    let ended = files - totals.active - totals.queued - totals.paused;
    let more = if totals.walking > 0 { "+" } else { "" };
    let mut parts = vec![
        format!("{:>3}%", percent(totals)),
        format!("{} of {}{more}", bytes(totals.bytes_done), bytes(totals.bytes_total)),
        format!("{}/s", bytes(totals.rate as u64)),
    ];
    if let Some(eta) = totals.eta.filter(|_| totals.walking == 0) {
        parts.push(format!("{} left", duration(eta)));
    }
    parts.push(format!("{ended} of {files}{more} files"));
    if totals.failed > 0 {
        parts.push(format!("{} failed", totals.failed));
    }
    parts.join("  ")
}

fn percent(totals: &Totals) -> u64 {
    match totals.bytes_total {
        0 => 0,
        total => (u128::from(totals.bytes_done.min(total)) * 100 / u128::from(total)) as u64,
    }
}

/// The figures with a bar before them, where there is room for one; never wider than `width`.
fn bar(totals: &Totals, width: usize) -> String {
    let figures = figures(totals);
    let free = width.saturating_sub(1).saturating_sub(figures.len() + 3).min(40);
    if free < 8 {
        return cut(&figures, width);
    }
    let full = free * percent(totals) as usize / 100;
    format!("[{}{}] {figures}", "=".repeat(full), " ".repeat(free - full))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals() -> Totals {
        Totals {
            active: 2,
            queued: 5,
            done: 3,
            bytes_done: 12_300_000,
            bytes_total: 40_000_000,
            rate: 4_200_000.0,
            eta: Some(Duration::from_millis(6_600)),
            ..Totals::default()
        }
    }

    #[test]
    fn the_line_says_how_far_and_how_long() {
        assert_eq!(
            figures(&totals()),
            " 30%  12.3 MB of 40.0 MB  4.2 MB/s  6.6 s left  3 of 10 files"
        );
        let walking = Totals { walking: 1, failed: 1, ..totals() };
        assert!(figures(&walking).ends_with("4 of 11+ files  1 failed"));
    }

    #[test]
    fn the_bar_fits_any_terminal() {
        for width in 0..200 {
            assert!(bar(&totals(), width).chars().count() < width.max(1));
        }
        // 30 % of the 35 columns that the figures leave.
        assert!(bar(&totals(), 100).starts_with("[==========    "));
        assert!(bar(&totals(), 60).starts_with(" 30%"));
    }

    #[test]
    fn the_exit_tells_all_from_some() {
        let tally =
            |done, failed, interrupted| Tally { done, failed, interrupted, ..Tally::new() }.exit();
        assert_eq!(tally(0, 0, false), Exit::Done);
        assert_eq!(tally(2, 0, false), Exit::Done);
        assert_eq!(tally(2, 1, false), Exit::SomeFailed);
        assert_eq!(tally(0, 1, false), Exit::Failed);
        assert_eq!(tally(2, 1, true), Exit::Interrupted);
    }
}
