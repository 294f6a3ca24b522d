//! The queue of uploads and downloads.
//!
//! ```text
//! 3 running, 12 queued, 1 failed                        1.2 GiB of 3.4 GiB  88.2 MiB/s  0m 25s
//!   name                       state      progress                 done      rate     left
//! ↑ variants-0001.parquet      running    ━━━━━━━━━━──────  12.4 MiB of …  40.1 MiB/s   12s
//! ```

mod command;
mod draw;
mod talk;

pub use command::Command;
pub use talk::{Act, Answer, Job, News, Sample, Slot};

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::model::shown::Shown;
use crate::model::transfer::{TransferId, TransferState, TransferView};
use crate::ui::command::{Command as Any, Layer};
use crate::ui::modal::{Ask, Choice, Confirm};
use crate::ui::pane::{Pane, View};
use crate::ui::talk::{Cx, Effect, Failure};
use crate::ui::widgets::list::{Move, Scroll};
use crate::ui::widgets::text;

/// The pane's state.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Transfers {
    /// `None` until the queue has answered for the first time.
    sample: Option<Sample>,
    broken: Option<Failure>,
    scroll: Scroll,
    /// What the cursor is on: rows come and go under it.
    current: Option<TransferId>,
    details: bool,
    /// Counts the slots of acts.
    acts: u32,
}

impl Transfers {
    fn rows(&self) -> &[TransferView] {
        self.sample.as_ref().map_or(&[], |sample| &sample.rows)
    }

    fn row(&self) -> Option<&TransferView> {
        self.rows().get(self.scroll.cursor)
    }

    fn all(&self, wanted: impl Fn(&TransferState) -> bool) -> Vec<TransferId> {
        self.rows().iter().filter(|row| wanted(&row.state)).map(|row| row.id).collect()
    }

    fn act(&mut self, act: Act) -> Effect {
        self.acts += 1;
        Effect::start(Slot::Act(self.acts), Job::Act(act))
    }

    fn pause(&mut self) -> Vec<Effect> {
        let Some(row) = self.row() else { return Vec::new() };
        let id = vec![row.id];
        match &row.state {
            TransferState::Paused => vec![self.act(Act::Resume(id))],
            state if state.is_over() => vec![Effect::warn("It is finished already")],
            _ => vec![self.act(Act::Pause(id))],
        }
    }

    fn pause_all(&mut self) -> Vec<Effect> {
        let going = self.all(|state| state.is_active() || matches!(state, TransferState::Queued));
        if !going.is_empty() {
            return vec![self.act(Act::Pause(going))];
        }
        match self.all(|state| *state == TransferState::Paused) {
            paused if paused.is_empty() => vec![Effect::info("Nothing is under way")],
            paused => vec![self.act(Act::Resume(paused))],
        }
    }

    fn retry(&mut self) -> Vec<Effect> {
        match self.row() {
            Some(row) if can_retry(&row.state) => {
                let id = row.id;
                vec![self.act(Act::Retry(vec![id]))]
            }
            Some(_) => vec![Effect::warn("Only what failed or was cancelled is tried again")],
            None => Vec::new(),
        }
    }

    fn retry_all(&mut self) -> Vec<Effect> {
        match self.all(|state| matches!(state, TransferState::Failed(_))) {
            none if none.is_empty() => vec![Effect::info("Nothing has failed")],
            failed => vec![self.act(Act::Retry(failed))],
        }
    }

    fn cancel(&mut self, cx: &Cx<'_>) -> Vec<Effect> {
        let Some(row) = self.row() else { return Vec::new() };
        if row.state.is_over() {
            return vec![Effect::warn("It is finished already")];
        }
        let body = [Shown::of(&row.from), Shown::of(&format!("→ {}", row.to)), sent(row)];
        let id = row.id;
        let then = vec![self.act(Act::Cancel(vec![id]))];
        let ask = Confirm::new("Cancel this transfer?", "Cancel it", then)
            .body(body)
            .body([cx.facts.place()]);
        vec![Effect::Ask(Ask::Confirm(ask))]
    }

    fn cancel_all(&mut self, cx: &Cx<'_>) -> Vec<Effect> {
        let open = self.all(|state| !state.is_over());
        if open.is_empty() {
            return vec![Effect::info("Nothing is under way")];
        }
        let count = open.len() as u64;
        let then = vec![self.act(Act::Cancel(open))];
        let what = format!("{} will not be finished.", text::plural(count, "transfer"));
        let ask = Confirm::new("Cancel everything?", "Cancel them", then)
            .body([what.into(), cx.facts.place()])
            .counted(count);
        vec![Effect::Ask(Ask::Confirm(ask))]
    }

    fn copy(&self) -> Vec<Effect> {
        let Some(row) = self.row() else { return Vec::new() };
        let mut texts = vec![Shown::of(&row.to), Shown::of(&row.from)];
        if let TransferState::Failed(trouble) = &row.state {
            texts.push(Shown::of(&trouble.to_string()));
        }
        let rows = texts.into_iter().map(|text| (text.clone(), vec![Effect::Copy(text)])).collect();
        vec![Effect::Ask(Ask::Choice(Choice::new("Copy", rows)))]
    }

    /// A new sample: the cursor stays on its transfer.
    fn take(&mut self, sample: Sample) -> Vec<Effect> {
        let before = self.sample.as_ref().map(|sample| sample.totals);
        // Paused is not ended: the rest has yet to go.
        let now = &sample.totals;
        let ended =
            before.is_some_and(|before| !before.is_idle()) && now.is_idle() && now.paused == 0;
        self.broken = None;
        self.sample = Some(sample);
        if let Some(at) = self.rows().iter().position(|row| Some(row.id) == self.current) {
            self.scroll.cursor = at;
        }
        let len = self.rows().len();
        self.scroll.clamp(len);
        self.current = self.row().map(|row| row.id);
        if ended { self.tell_end() } else { Vec::new() }
    }

    fn tell_end(&self) -> Vec<Effect> {
        let Some(Sample { totals, .. }) = &self.sample else { return Vec::new() };
        if totals.failed > 0 {
            let failed = text::plural(totals.failed as u64, "transfer");
            return vec![Effect::warn(format!("The queue is through: {failed} failed"))];
        }
        let done = text::plural((totals.done + totals.skipped) as u64, "transfer");
        match totals.done + totals.skipped {
            0 => Vec::new(),
            _ => vec![Effect::info(format!("The queue is through: {done} done"))],
        }
    }
}

fn can_retry(state: &TransferState) -> bool {
    matches!(state, TransferState::Failed(_) | TransferState::Cancelled)
}

/// `3.4 MiB of 12.4 MiB are through`.
fn sent(row: &TransferView) -> Shown {
    format!("{} of {} are through.", text::bytes(row.done), text::bytes(row.size)).into()
}

impl Pane for Transfers {
    type Command = Command;
    type News = News;
    type Answer = Answer;

    fn layers(&self) -> &'static [Layer] {
        &[Layer::Transfers, Layer::List]
    }

    fn opened(&mut self, _cx: &Cx<'_>) -> Vec<Effect> {
        vec![Effect::start(Slot::Watch, Job::Watch { seen: false })]
    }

    fn enter(&mut self, _cx: &Cx<'_>) -> Vec<Effect> {
        vec![Effect::start(Slot::Watch, Job::Watch { seen: true })]
    }

    fn leave(&mut self, _cx: &Cx<'_>) -> Vec<Effect> {
        vec![Effect::start(Slot::Watch, Job::Watch { seen: false })]
    }

    fn obey(&mut self, command: Command, cx: &Cx<'_>) -> Vec<Effect> {
        match command {
            Command::Pause => self.pause(),
            Command::PauseAll => self.pause_all(),
            Command::Cancel => self.cancel(cx),
            Command::CancelAll => self.cancel_all(cx),
            Command::Retry if self.broken.is_some() => self.enter(cx),
            Command::Retry => self.retry(),
            Command::RetryAll => self.retry_all(),
            Command::Clear => vec![self.act(Act::Clear)],
            Command::Copy => self.copy(),
            Command::Details => {
                self.details = !self.details;
                Vec::new()
            }
        }
    }

    fn step(&mut self, step: Move, _cx: &Cx<'_>) -> Vec<Effect> {
        let len = self.rows().len();
        self.scroll.step(step, len);
        self.current = self.row().map(|row| row.id);
        Vec::new()
    }

    fn escape(&mut self, _cx: &Cx<'_>) -> Option<Vec<Effect>> {
        std::mem::take(&mut self.details).then(Vec::new)
    }

    fn hear(&mut self, news: News, _cx: &Cx<'_>) -> Vec<Effect> {
        match news {
            News::Sample(sample) => self.take(sample),
            News::Broken(failure) => {
                self.broken = Some(failure);
                Vec::new()
            }
        }
    }

    fn answer(&mut self, answer: Answer, _text: String, _cx: &Cx<'_>) -> Vec<Effect> {
        match answer {}
    }

    fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) -> Option<Position> {
        self.draw_pane(area, buf, view);
        None
    }

    fn at_stake(&self) -> Option<Shown> {
        let totals = &self.sample.as_ref()?.totals;
        let open = (totals.queued + totals.active + totals.paused) as u64;
        (open > 0).then(|| text::plural(open, "transfer").into())
    }

    fn badge(&self) -> Option<Shown> {
        let totals = &self.sample.as_ref()?.totals;
        let going = totals.queued + totals.active;
        match (going, totals.failed) {
            (0, 0) => None,
            (0, failed) => Some(format!("{failed}!").into()),
            (going, 0) => Some(going.to_string().into()),
            (going, failed) => Some(format!("{going} {failed}!").into()),
        }
    }

    fn hints(&self) -> Vec<Any> {
        use Command as C;
        let commands: &[Command] = if self.rows().is_empty() {
            &[]
        } else {
            &[
                C::Pause,
                C::Cancel,
                C::Retry,
                C::Details,
                C::PauseAll,
                C::RetryAll,
                C::Copy,
                C::Clear,
            ]
        };
        commands.iter().map(|command| (*command).into()).collect()
    }
}

#[cfg(test)]
mod tests;
