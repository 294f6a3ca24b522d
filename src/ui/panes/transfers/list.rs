//! The list: which rows are shown, in which order, and where the cursor is among them.

use std::collections::BTreeSet;

use super::filter::Sieve;
use super::order::{Held, arrange, place};
use super::{Sample, Transfers};
use crate::model::transfer::{TransferId, TransferView};
use crate::ui::talk::Effect;

impl Transfers {
    /// All of them, shown or not, in the order they were added.
    pub(super) fn rows(&self) -> &[TransferView] {
        self.sample.as_ref().map_or(&[], |sample| &sample.rows)
    }

    /// The row shown at this line.
    pub(super) fn line(&self, line: usize) -> Option<&TransferView> {
        self.rows().get(*self.shown.get(line)?)
    }

    pub(super) fn row(&self) -> Option<&TransferView> {
        self.line(self.scroll.cursor)
    }

    pub(super) fn chosen_id(&self) -> Option<TransferId> {
        self.current.map(|held| held.id)
    }

    /// A new sample: the cursor stays on its transfer.
    pub(super) fn take(&mut self, sample: Sample) -> Vec<Effect> {
        self.broken = None;
        let mut effects = self.hold(sample.held.clone());
        effects.extend(self.count(sample.totals));
        self.sample = Some(sample);
        if !self.marked.is_empty() {
            let here: BTreeSet<TransferId> = self.rows().iter().map(|row| row.id).collect();
            self.marked.retain(|id| here.contains(id));
        }
        self.arrange(self.current);
        effects.extend(self.follow());
        effects
    }

    /// Orders and filters the rows, and finds the cursor's among them.
    pub(super) fn arrange(&mut self, held: Option<Held>) {
        let mut sieve = Sieve::new(self.filter.text());
        self.shown = arrange(self.rows(), held, |row| sieve.keeps(row));
        let current = self.chosen_id();
        let rows = self.rows();
        match self.shown.iter().position(|at| Some(rows[*at].id) == current) {
            Some(line) => self.scroll.carry(line),
            None => self.scroll.clamp(self.shown.len()),
        }
    }

    pub(super) fn here(&self) -> Option<Held> {
        self.row().map(|row| Held { id: row.id, place: place(row) })
    }

    /// What the cursor is on may be another: then that keeps its place, and is looked at.
    pub(super) fn follow(&mut self) -> Option<Effect> {
        let here = self.here();
        if self.chosen_id() == here.map(|held| held.id) {
            return None;
        }
        self.current = here;
        self.arrange(here);
        self.seen.then(|| self.watch(true))
    }

    /// The filter is another: what the cursor is on stays if that is still wanted.
    pub(super) fn sift(&mut self) -> Vec<Effect> {
        self.arrange(None);
        let effects = self.follow().into_iter().collect();
        self.current = self.here();
        effects
    }
}
