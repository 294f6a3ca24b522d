//! What the statement under the cursor will cost: asked behind the typing, told in the title.

use std::sync::Arc;

use super::Sql;
use super::talk::{Job, Slot};
use crate::model::query::{Estimate, cost};
use crate::model::shown::Shown;
use crate::ui::talk::Effect;
use crate::ui::widgets::text;

/// What is known of a tab's statement.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Guess {
    /// The statement, by its number, and the database that it was asked for.
    of: Option<(u32, Arc<str>)>,
    pub estimate: Option<Estimate>,
}

impl Sql {
    /// Asks anew where the statement in front, or what its names mean, is another.
    pub(super) fn weigh(&mut self) -> Option<Effect> {
        // What is not looked at is not worth a question.
        if !self.entered {
            return None;
        }
        let tab = self.tab();
        let turn = tab.script.turn();
        let is_same =
            |(of, database): &(u32, Arc<str>)| *of == turn && **database == *self.current();
        if tab.guess.of.as_ref().is_some_and(is_same) {
            return None;
        }
        let database: Arc<str> = self.current().into();
        let is_paid = tab.script.reading().is_paid() && tab.terms.catalog.is_none();
        let job = tab.script.statement().filter(|_| is_paid).map(|statement| Job::Estimate {
            tab: tab.id,
            turn,
            text: tab.script.shared(),
            statement,
            database: database.clone(),
        });
        self.tab_mut().guess = Guess { of: Some((turn, database)), estimate: None };
        // The newest question cuts off the one before, also one that is of no use any more.
        Some(job.map_or(Effect::stop(Slot::Estimate), |job| Effect::start(Slot::Estimate, job)))
    }

    /// The same behind whatever has happened.
    pub(super) fn and_weigh(&mut self, mut effects: Vec<Effect>) -> Vec<Effect> {
        effects.extend(self.weigh());
        effects
    }

    pub(super) fn hear_estimate(&mut self, tab: u32, turn: u32, estimate: Option<Estimate>) {
        let Some(tab) = self.tabs.by_id(tab) else { return };
        if tab.guess.of.as_ref().is_some_and(|(of, _)| *of == turn) {
            tab.guess.estimate = estimate;
        }
    }

    /// Tables have changed: everything is to be asked again.
    pub(super) fn forget_weights(&mut self) {
        self.tabs.all_mut().iter_mut().for_each(|tab| tab.guess = Guess::default());
    }

    /// What will be over the workgroup's limit, in words.
    pub(super) fn over_limit(&self) -> Option<String> {
        let limit = self.venues.limit(self.workgroup())?;
        let estimate = self.tab().guess.estimate.as_ref()?;
        let stops = if estimate.whole { "may stop" } else { "stops" };
        (estimate.bytes > limit)
            .then(|| format!("  ! the limit of {} {stops} it", text::bytes(limit)))
    }
}

/// `≤ 12.3 GiB, ≤ $0.06`; `≥` where there is more than was counted, and what nothing is known of.
pub fn told(estimate: &Estimate, price: f64) -> String {
    let sign = if estimate.whole { "≤" } else { "≥" };
    let dollars = text::dollars(cost(estimate.bytes, price));
    let dollars = match dollars.strip_prefix("under") {
        Some(_) => dollars,
        None => format!("{sign} {}", dollars.trim_start_matches("≈ ")),
    };
    let known = format!("{sign} {}, {dollars}", text::bytes(estimate.bytes));
    let unknown: Vec<String> = estimate.unknown.iter().map(|n| Shown::of(n).to_string()).collect();
    match (unknown.is_empty(), estimate.bytes) {
        (true, _) => known,
        (false, 0) => format!("{}: size unknown", unknown.join(", ")),
        (false, _) => format!("{known} and {}", unknown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_how_sure_it_is() {
        let all = |bytes, whole, unknown: &[&str]| {
            let unknown = unknown.iter().map(|name| (*name).to_owned()).collect();
            told(&Estimate { bytes, whole, unknown }, 5.0)
        };
        assert_eq!(all(13_207_024_435, true, &[]), "≤ 12.3 GiB, ≤ $0.07");
        assert_eq!(all(13_207_024_435, false, &[]), "≥ 12.3 GiB, ≥ $0.07");
        assert_eq!(all(0, true, &[]), "≤ 0 B, ≤ $0");
        assert_eq!(all(1, true, &["v"]), "≤ 1 B, under $0.0001 and v");
        assert_eq!(all(0, true, &["v", "w"]), "v, w: size unknown");
    }
}
