//! What of the lake's queue is not this workbench's: batches that were stopped and wait to be
//! asked for, and what other processes work on.
//!
//! ```text
//! 1 batch waits, 1 is under way in process 4711
//!   batch                                     state         files        %   last moved
//!   put /data/run7 → s3://tre-source/run7/    stopped      3 of 40      41%     2h 05m
//!   put /data/big → s3://tre-source/P/        pid 4711      0 of 1       7%       3.0s
//! ```

mod draw;
mod talk;

pub use talk::{Batch, Files, Job, News, Standing};

use super::command::BatchesCommand as Command;
use super::talk::{Job as PaneJob, Slot};
use crate::model::shown::Shown;
use crate::ui::command::Command as Any;
use crate::ui::modal::{Ask, Choice, Confirm};
use crate::ui::talk::{Cx, Effect};
use crate::ui::widgets::list::{Move, Scroll};
use crate::ui::widgets::text;

pub(super) use draw::{in_short, lines};

/// The view's state; the batches are the pane's, which tells of them in one line too.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Batches {
    scroll: Scroll,
    /// What the cursor is on: batches come and go under it.
    current: Option<i64>,
    details: bool,
}

impl Batches {
    pub fn over(batches: &[Batch]) -> Self {
        let mut view = Self::default();
        view.settle(batches);
        view
    }

    fn here<'a>(&self, batches: &'a [Batch]) -> Option<&'a Batch> {
        batches.get(self.scroll.cursor)
    }

    /// Others are there: the cursor stays on its batch.
    pub fn settle(&mut self, batches: &[Batch]) {
        if let Some(at) = batches.iter().position(|batch| Some(batch.id) == self.current) {
            self.scroll.carry(at);
        }
        self.scroll.clamp(batches.len());
        self.current = self.here(batches).map(|batch| batch.id);
    }

    pub fn step(&mut self, step: Move, batches: &[Batch]) {
        self.scroll.step(step, batches.len());
        self.current = self.here(batches).map(|batch| batch.id);
    }

    /// Closes the innermost thing; false where that is the view itself.
    pub fn escape(&mut self) -> bool {
        std::mem::take(&mut self.details)
    }

    pub fn obey(
        &mut self,
        command: Command,
        batches: &[Batch],
        act: Slot,
        cx: &Cx<'_>,
    ) -> Vec<Effect> {
        let Some(batch) = self.here(batches) else { return Vec::new() };
        match command {
            Command::Resume => resume(batch, act),
            Command::Cancel => vec![Effect::Ask(Ask::Confirm(cancel(batch, act, cx)))],
            Command::Copy => vec![Effect::Ask(Ask::Choice(copy(batch)))],
            Command::Details => {
                self.details = !self.details;
                Vec::new()
            }
            // The pane closes it.
            Command::Close => Vec::new(),
        }
    }

    pub fn hints(&self, batches: &[Batch]) -> Vec<Any> {
        use Command as C;
        let commands: &[Command] = match batches {
            [] => &[C::Close],
            _ => &[C::Resume, C::Cancel, C::Details, C::Copy, C::Close],
        };
        commands.iter().map(|command| (*command).into()).collect()
    }
}

fn resume(batch: &Batch, act: Slot) -> Vec<Effect> {
    if let Standing::Running(pid) = batch.standing {
        return vec![Effect::warn(format!("Process {pid} is working on it, and goes on itself"))];
    }
    let resume = Effect::start(act, PaneJob::Batches(Job::Resume { id: batch.id }));
    // What is in flight there may take its time.
    let asked = batch
        .standing
        .pid()
        .map(|pid| Effect::info(format!("Asking process {pid} to hand its queue over")));
    asked.into_iter().chain([resume]).collect()
}

fn cancel(batch: &Batch, act: Slot, cx: &Cx<'_>) -> Confirm {
    let cancel = Effect::start(act, PaneJob::Batches(Job::Cancel { id: batch.id }));
    let told =
        batch.standing.pid().map(|pid| Effect::info(format!("Asking process {pid} to end it")));
    let then = told.into_iter().chain([cancel]).collect();
    let asked = batch
        .standing
        .pid()
        .map(|pid| Shown::from(format!("Process {pid} is working on it, and is asked to end it.")));
    let lost = format!("This {}, for good.", lost(&batch.files));
    let lines = [lost, stays(&batch.files)].map(Shown::from);
    Confirm::new("Cancel this batch?", "Cancel it", then)
        .body([batch.what.clone()])
        .body(lines)
        .body(asked)
        .body([cx.facts.place()])
        .counted(batch.files.unfinished)
}

/// What cancelling does.
fn lost(files: &Files) -> String {
    match files.unfinished {
        0 => "throws nothing away".to_owned(),
        count => format!(
            "throws away {} of {}",
            text::bytes(files.arrived),
            text::plural(count, "unfinished file")
        ),
    }
}

fn stays(files: &Files) -> String {
    match files.through {
        0 => "None of its files is through.".to_owned(),
        1 => "The 1 file that is through stays.".to_owned(),
        through => format!("The {} files that are through stay.", text::count(through)),
    }
}

fn copy(batch: &Batch) -> Choice {
    let verb = Shown::from(format!("lakehand transfers resume {}", batch.id));
    let texts = [batch.to.clone()].into_iter().chain(batch.from.iter().cloned()).chain([verb]);
    Choice::copies(texts)
}

#[cfg(test)]
mod tests;
