//! How far a run is, on standard error: a bar on a terminal, a line every few seconds elsewhere.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval_at};

use crate::govern::shown;
use crate::model::transfer::Totals;
use crate::model::trouble::Trouble;

use super::tally::Tally;
use super::units::{bytes, duration};

/// A bar on a terminal; a line every few seconds elsewhere.
pub(super) struct Progress {
    terminal: bool,
    /// A bar is on the screen.
    drawn: bool,
    /// The terminal has gone.
    pub stopped: bool,
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
    pub fn stop(&mut self) {
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
    pub fn last(&self, tally: &Tally) {
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
}
