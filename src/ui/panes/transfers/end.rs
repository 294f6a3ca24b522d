//! When the queue ends, it is told once: at the foot of the screen, and to whoever has turned
//! to something else.

use super::Transfers;
use crate::model::shown::Shown;
use crate::model::transfer::Totals;
use crate::ui::talk::Effect;
use crate::ui::widgets::text;

impl Transfers {
    /// New figures. Paused is not ended: the rest has yet to go.
    pub(super) fn count(&mut self, now: Totals) -> Vec<Effect> {
        let before = self.counts.replace(now);
        // What is tried again has not been told.
        self.told.failed = self.told.failed.min(now.failed);
        if !now.is_idle() || now.paused > 0 {
            return Vec::new();
        }
        // The first figures are of what was before anybody looked.
        let Some(before) = before else {
            self.told = now;
            return Vec::new();
        };
        // What began and ended between two looks has ended too.
        if before.is_idle() && over(&before) == over(&now) {
            return Vec::new();
        }
        let told = std::mem::replace(&mut self.told, now);
        announce(&told, &now)
    }
}

fn over(totals: &Totals) -> [usize; 4] {
    [totals.done, totals.skipped, totals.failed, totals.cancelled]
}

/// What has ended since it was last told. What was cancelled needs no telling.
fn announce(told: &Totals, now: &Totals) -> Vec<Effect> {
    let since = |told: usize, now: usize| now.saturating_sub(told) as u64;
    let done = since(told.done, now.done) + since(told.skipped, now.skipped);
    let failed = since(told.failed, now.failed);
    let text: Shown = match (done, failed) {
        (0, 0) => return Vec::new(),
        (done, 0) => format!("The queue is through: {} done", text::plural(done, "transfer")),
        (0, failed) => format!("The queue is through: {} failed", text::plural(failed, "transfer")),
        (done, failed) => format!(
            "The queue is through: {} failed, {} done",
            text::plural(failed, "transfer"),
            text::count(done)
        ),
    }
    .into();
    let notice = match failed {
        0 => Effect::info(text.clone()),
        _ => Effect::warn(text.clone()),
    };
    vec![notice, Effect::Announce(text)]
}
