//! The queue of uploads and downloads.
//!
//! ```text
//! 3 running, 12 queued, 1 failed      1.2 GiB of 3.4 GiB  88.2 MiB/s  limit 90.0 MiB/s  25s left
//! ▁▂▅▆▆▆▇▆▆▆▂▅▆▆                                                              top 100 MiB/s, 60 s
//!   name                       state      progress            %       size         rate     left
//! ↑ variants-0001.parquet      running    ━━━━━━━━━━──────  62%   12.4 MiB   40.1 MiB/s      12s
//! ── variants-0001.parquet ─────────────────────────────────────────────────────────────────────
//! 7 of 12 parts there, 3 on the way               █ there  ▒ on its way  ! again  · missing
//! ███████▒▒▒··
//! ```

mod acts;
pub mod batches;
mod command;
mod draw;
mod end;
mod filter;
mod list;
mod map;
mod near;
mod order;
pub mod strays;
mod talk;

pub use command::{BatchesCommand, Command, StraysCommand};
pub use talk::{Act, Answer, Job, News, Sample, Slot, Watch};

use std::collections::BTreeSet;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use self::batches::{Batch, Batches};
use self::order::Held;
use self::strays::Strays;
use crate::model::closeup::Closeup;
use crate::model::shown::Shown;
use crate::model::transfer::{Totals, TransferId};
use crate::ui::command::{Command as Any, Layer};
use crate::ui::pane::{Input, Pane, View};
use crate::ui::talk::{Cx, Effect, Failure, Level, Notice};
use crate::ui::widgets::field::Command as Editing;
use crate::ui::widgets::filter::{Filter, Typed};
use crate::ui::widgets::list::{Move, Scroll};
use crate::ui::widgets::text;

/// The pane's state.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Transfers {
    /// `None` until the queue has answered for the first time.
    sample: Option<Sample>,
    /// The newest figures; they are told while the rows are not on the screen, too.
    counts: Option<Totals>,
    /// Why the whole queue waits, while it does.
    held: Option<Failure>,
    /// The figures when the end of the queue was last told.
    told: Totals,
    broken: Option<Failure>,
    /// The rows that are shown, in their order: indices into the sample's.
    shown: Vec<usize>,
    filter: Filter,
    scroll: Scroll,
    /// What the cursor is on: rows come and go under it.
    current: Option<Held>,
    marked: BTreeSet<TransferId>,
    details: bool,
    /// What of the lake's queue is not this workbench's, the oldest first.
    beside: Arc<[Batch]>,
    over: Option<Over>,
    /// True while the pane is in front.
    seen: bool,
    /// Counts the slots of acts.
    acts: u32,
}

/// What stands in the place of the queue.
#[derive(Debug, Clone, PartialEq)]
enum Over {
    Strays(Strays),
    Batches(Batches),
}

impl Transfers {
    /// The transfer under the cursor from near by, once it has been looked at.
    fn closeup(&self) -> Option<&Closeup> {
        let near = self.sample.as_ref()?.closeup.as_deref()?;
        (Some(near.id) == self.chosen_id()).then_some(near)
    }

    /// Watches the queue as it is needed now. `known`: its rows were told a moment ago.
    fn watch(&self, known: bool) -> Effect {
        let seen = self.seen && self.over.is_none();
        let chosen = self.chosen_id().filter(|_| seen);
        Effect::start(Slot::Watch, Job::Watch(Watch { seen, chosen, known }))
    }

    /// Why the whole queue waits, while it does.
    pub fn held(&self) -> Option<&Failure> {
        self.held.as_ref()
    }

    /// Said once, whichever pane is in front; the header goes on saying it.
    fn hold(&mut self, held: Option<Failure>) -> Vec<Effect> {
        let before = std::mem::replace(&mut self.held, held);
        match &self.held {
            Some(failure) if before.is_none() => {
                let text = format!("The queue waits: {}", failure.why);
                let hint = failure.hint.clone();
                vec![Effect::Tell(Notice { level: Level::Warn, text: text.into(), hint })]
            }
            None if before.is_some() => vec![Effect::info("The queue goes on")],
            _ => Vec::new(),
        }
    }

    fn strays(&mut self) -> Option<&mut Strays> {
        match &mut self.over {
            Some(Over::Strays(strays)) => Some(strays),
            _ => None,
        }
    }

    fn open_strays(&mut self) -> Vec<Effect> {
        let mut strays = Strays::default();
        let mut effects = strays.look();
        self.over = Some(Over::Strays(strays));
        effects.push(self.watch(false));
        effects
    }

    fn open_batches(&mut self) -> Vec<Effect> {
        self.over = Some(Over::Batches(Batches::over(&self.beside)));
        vec![self.watch(false)]
    }

    /// Back to the queue.
    fn close(&mut self) -> Vec<Effect> {
        self.over = None;
        vec![Effect::stop(Slot::Strays), self.watch(false)]
    }

    pub fn obey_strays(&mut self, command: StraysCommand, cx: &Cx<'_>) -> Vec<Effect> {
        let act = self.slot();
        match (self.strays(), command) {
            (Some(_), StraysCommand::Close) => self.close(),
            (Some(strays), command) => strays.obey(command, act, cx),
            (None, _) => Vec::new(),
        }
    }

    pub fn obey_batches(&mut self, command: BatchesCommand, cx: &Cx<'_>) -> Vec<Effect> {
        let act = self.slot();
        match (&mut self.over, command) {
            (Some(Over::Batches(_)), BatchesCommand::Close) => self.close(),
            (Some(Over::Batches(view)), command) => view.obey(command, &self.beside, act, cx),
            _ => Vec::new(),
        }
    }
}

impl Pane for Transfers {
    type Command = Command;
    type News = News;
    type Answer = Answer;

    fn layers(&self) -> &'static [Layer] {
        match self.over {
            Some(Over::Strays(_)) => &[Layer::Strays, Layer::List],
            Some(Over::Batches(_)) => &[Layer::Batches, Layer::List],
            None if self.filter.typing() => &[Layer::Field],
            None => &[Layer::Transfers, Layer::List],
        }
    }

    fn typing(&self) -> bool {
        self.over.is_none() && self.filter.typing()
    }

    fn type_in(&mut self, input: Input, _cx: &Cx<'_>) -> Vec<Effect> {
        match self.filter.type_in(input) {
            Typed::Changed => self.sift(),
            Typed::Ended | Typed::Nothing => Vec::new(),
        }
    }

    fn edit(&mut self, command: Editing, _cx: &Cx<'_>) -> Vec<Effect> {
        self.filter.edit(command);
        self.sift()
    }

    fn opened(&mut self, _cx: &Cx<'_>) -> Vec<Effect> {
        vec![self.watch(false)]
    }

    fn enter(&mut self, _cx: &Cx<'_>) -> Vec<Effect> {
        self.seen = true;
        let beside = Job::Batches(batches::Job::Watch);
        vec![self.watch(false), Effect::start(Slot::Beside, beside)]
    }

    fn leave(&mut self, _cx: &Cx<'_>) -> Vec<Effect> {
        self.seen = false;
        vec![self.watch(false), Effect::stop(Slot::Beside)]
    }

    fn obey(&mut self, command: Command, cx: &Cx<'_>) -> Vec<Effect> {
        match command {
            Command::Mark => {
                self.mark();
                return self.step(Move::Down, cx);
            }
            Command::MarkAll => self.mark_all(),
            Command::Pause => return self.pause(),
            Command::PauseAll => return self.pause_all(),
            Command::Cancel => return self.cancel(cx),
            Command::CancelAll => return self.cancel_all(cx),
            Command::Retry if self.broken.is_some() => return vec![self.watch(false)],
            Command::Retry => return self.retry(),
            Command::RetryAll => return self.retry_all(),
            Command::First => return self.first(),
            Command::Limit => return self.ask_limit(),
            Command::Strays => return self.open_strays(),
            Command::Batches => return self.open_batches(),
            Command::Clear => return self.clear(),
            Command::Copy => return self.copy(),
            Command::Filter => self.filter.open(),
            Command::Details => self.details = !self.details,
        }
        Vec::new()
    }

    fn step(&mut self, step: Move, _cx: &Cx<'_>) -> Vec<Effect> {
        match &mut self.over {
            Some(Over::Strays(strays)) => strays.step(step),
            Some(Over::Batches(view)) => view.step(step, &self.beside),
            None => {
                self.scroll.step(step, self.shown.len());
                return self.follow().into_iter().collect();
            }
        }
        Vec::new()
    }

    fn escape(&mut self, _cx: &Cx<'_>) -> Option<Vec<Effect>> {
        let closed = match &mut self.over {
            Some(Over::Strays(strays)) => Some(strays.escape()),
            Some(Over::Batches(view)) => Some(view.escape()),
            None => None,
        };
        if let Some(closed) = closed {
            return Some(if closed { Vec::new() } else { self.close() });
        }
        if self.filter.close() {
            return Some(self.sift());
        }
        if std::mem::take(&mut self.details) {
            return Some(Vec::new());
        }
        let marked = std::mem::take(&mut self.marked);
        (!marked.is_empty()).then(Vec::new)
    }

    fn hear(&mut self, news: News, _cx: &Cx<'_>) -> Vec<Effect> {
        match news {
            News::Sample(sample) => return self.take(sample),
            News::Counts { totals, held } => {
                let mut effects = self.hold(held);
                effects.extend(self.count(totals));
                return effects;
            }
            News::Closeup(closeup) => {
                if let Some(sample) = &mut self.sample {
                    sample.closeup = Some(Box::new(closeup));
                }
            }
            News::Unmark => self.marked.clear(),
            News::Broken(failure) => self.broken = Some(failure),
            News::Strays(news) => {
                if let Some(strays) = self.strays() {
                    strays.hear(news);
                }
            }
            News::Batches(batches::News::Beside(beside)) => {
                self.beside = beside;
                if let Some(Over::Batches(view)) = &mut self.over {
                    view.settle(&self.beside);
                }
            }
        }
        Vec::new()
    }

    fn answer(&mut self, answer: Answer, text: String, cx: &Cx<'_>) -> Vec<Effect> {
        match answer {
            Answer::Limit => self.set_limit(&text),
            Answer::Strays(answer) => strays::answered(answer, &text, self.slot(), cx),
        }
    }

    fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) -> Option<Position> {
        match &self.over {
            Some(Over::Strays(strays)) => strays.draw(area, buf, view),
            Some(Over::Batches(batches)) => batches.draw(&self.beside, area, buf, view),
            None => return self.draw_pane(area, buf, view),
        }
        None
    }

    fn busy(&self) -> bool {
        self.seen && matches!(&self.over, Some(Over::Strays(strays)) if strays.is_busy())
    }

    fn at_stake(&self) -> Option<Shown> {
        let totals = self.counts.as_ref()?;
        let open = (totals.queued + totals.active + totals.paused) as u64;
        (open > 0).then(|| text::plural(open, "transfer").into())
    }

    fn badge(&self) -> Option<Shown> {
        let totals = self.counts.as_ref()?;
        let going = totals.queued + totals.active;
        match (going, totals.failed) {
            (0, 0) => None,
            (0, failed) => Some(format!("{failed}!").into()),
            (going, 0) => Some(going.to_string().into()),
            (going, failed) => Some(format!("{going} {failed}!").into()),
        }
    }

    fn hints(&self) -> Vec<Any> {
        match &self.over {
            Some(Over::Strays(strays)) => strays.hints(),
            Some(Over::Batches(view)) => view.hints(&self.beside),
            None => self.hint_commands(),
        }
    }
}

#[cfg(test)]
mod tests;
