//! What is asked of the queue: for what is marked, else for what the cursor is on.

use std::collections::BTreeSet;

use super::talk::{Act, Answer, Job, News, Slot};
use super::{Command, Transfers};
use crate::model::shown::Shown;
use crate::model::transfer::{TransferId, TransferState, TransferView};
use crate::model::units::parse_size;
use crate::ui::command::Command as Any;
use crate::ui::modal::{Ask, Choice, Confirm, Prompt};
use crate::ui::talk::{Cx, Effect};
use crate::ui::widgets::text;

impl Transfers {
    /// What is marked, else what the cursor is on.
    fn chosen(&self) -> Vec<&TransferView> {
        if self.marked.is_empty() {
            return self.row().into_iter().collect();
        }
        self.rows().iter().filter(|row| self.marked.contains(&row.id)).collect()
    }

    /// Those of the chosen that are in such a state.
    fn chosen_in(&self, wanted: impl Fn(&TransferState) -> bool) -> Vec<TransferId> {
        self.chosen().iter().filter(|row| wanted(&row.state)).map(|row| row.id).collect()
    }

    fn all(&self, wanted: impl Fn(&TransferState) -> bool) -> Vec<TransferId> {
        self.rows().iter().filter(|row| wanted(&row.state)).map(|row| row.id).collect()
    }

    pub(super) fn slot(&mut self) -> Slot {
        self.acts += 1;
        Slot::Act(self.acts)
    }

    fn act(&mut self, act: Act) -> Effect {
        Effect::start(self.slot(), Job::Act(act))
    }

    /// Acts on what was chosen, which is marked no more.
    fn act_on_marked(&mut self, act: Act) -> Vec<Effect> {
        self.marked.clear();
        vec![self.act(act)]
    }

    pub(super) fn mark(&mut self) {
        if let Some(id) = self.row().map(|row| row.id)
            && !self.marked.remove(&id)
        {
            self.marked.insert(id);
        }
    }

    pub(super) fn mark_all(&mut self) {
        let shown: BTreeSet<TransferId> =
            (0..self.shown.len()).filter_map(|line| self.line(line)).map(|row| row.id).collect();
        match shown.is_subset(&self.marked) {
            true => self.marked.clear(),
            false => self.marked.extend(shown),
        }
    }

    pub(super) fn pause(&mut self) -> Vec<Effect> {
        let going = self.chosen_in(is_going);
        if !going.is_empty() {
            return self.act_on_marked(Act::Pause(going));
        }
        match self.chosen_in(|state| *state == TransferState::Paused) {
            paused if !paused.is_empty() => self.act_on_marked(Act::Resume(paused)),
            _ if self.rows().is_empty() => Vec::new(),
            _ => vec![Effect::warn("It is finished already")],
        }
    }

    pub(super) fn pause_all(&mut self) -> Vec<Effect> {
        let going = self.all(is_going);
        if !going.is_empty() {
            return vec![self.act(Act::Pause(going))];
        }
        match self.all(|state| *state == TransferState::Paused) {
            paused if paused.is_empty() => vec![Effect::info("Nothing is under way")],
            paused => vec![self.act(Act::Resume(paused))],
        }
    }

    pub(super) fn retry(&mut self) -> Vec<Effect> {
        match self.chosen_in(can_retry) {
            none if none.is_empty() && self.rows().is_empty() => Vec::new(),
            none if none.is_empty() => {
                vec![Effect::warn("Only what failed or was cancelled is tried again")]
            }
            over => self.act_on_marked(Act::Retry(over)),
        }
    }

    pub(super) fn retry_all(&mut self) -> Vec<Effect> {
        match self.all(|state| matches!(state, TransferState::Failed(_))) {
            none if none.is_empty() => vec![Effect::info("Nothing has failed")],
            failed => vec![self.act(Act::Retry(failed))],
        }
    }

    pub(super) fn first(&mut self) -> Vec<Effect> {
        let waits =
            |state: &TransferState| matches!(state, TransferState::Queued | TransferState::Paused);
        let waiting = self.chosen_in(waits);
        if waiting.is_empty() {
            return match self.chosen_in(TransferState::is_active).is_empty() {
                _ if self.rows().is_empty() => Vec::new(),
                false => {
                    let why = "It is under way; what is under way shares the line evenly";
                    let hint = "pause the others to give it all of it";
                    vec![Effect::info(format!("{why}: {hint}"))]
                }
                true => vec![Effect::warn("It is finished already")],
            };
        }
        let what = text::plural(waiting.len() as u64, "transfer");
        let mut effects = self.act_on_marked(Act::First(waiting));
        effects.push(Effect::info(format!("Next in the queue: {what}")));
        effects
    }

    pub(super) fn cancel(&mut self, cx: &Cx<'_>) -> Vec<Effect> {
        let open = self.chosen_in(|state| !state.is_over());
        let [id] = open[..] else {
            return match open.len() {
                0 if self.rows().is_empty() => Vec::new(),
                0 => vec![Effect::warn("It is finished already")],
                _ => self.ask_cancel("Cancel these transfers?", open, cx),
            };
        };
        let Some(row) = self.rows().iter().find(|row| row.id == id) else { return Vec::new() };
        let body = [Shown::of(&row.from), Shown::of(&format!("→ {}", row.to)), sent(row)];
        let then = vec![self.act(Act::Cancel(open)), Effect::hear(News::Unmark)];
        let ask = Confirm::new("Cancel this transfer?", "Cancel it", then)
            .body(body)
            .body([cx.facts.place()]);
        vec![Effect::Ask(Ask::Confirm(ask))]
    }

    pub(super) fn cancel_all(&mut self, cx: &Cx<'_>) -> Vec<Effect> {
        match self.all(|state| !state.is_over()) {
            open if open.is_empty() => vec![Effect::info("Nothing is under way")],
            open => self.ask_cancel("Cancel everything?", open, cx),
        }
    }

    fn ask_cancel(
        &mut self,
        title: &'static str,
        open: Vec<TransferId>,
        cx: &Cx<'_>,
    ) -> Vec<Effect> {
        let count = open.len() as u64;
        let then = vec![self.act(Act::Cancel(open)), Effect::hear(News::Unmark)];
        let what = format!("{} will not be finished.", text::plural(count, "transfer"));
        let ask = Confirm::new(title, "Cancel them", then)
            .body([what.into(), cx.facts.place()])
            .counted(count);
        vec![Effect::Ask(Ask::Confirm(ask))]
    }

    pub(super) fn clear(&mut self) -> Vec<Effect> {
        vec![self.act(Act::Clear)]
    }

    pub(super) fn ask_limit(&self) -> Vec<Effect> {
        let now = self.sample.as_ref().and_then(|sample| sample.limit);
        let label = "Bytes a second over all files, such as 40MiB; nothing lifts the limit";
        let prompt = Prompt::new("Rate limit", label, Answer::Limit)
            .text(now.map(text::bytes).unwrap_or_default());
        vec![Effect::Ask(Ask::Prompt(prompt))]
    }

    pub(super) fn set_limit(&mut self, text: &str) -> Vec<Effect> {
        match limit(text) {
            Ok(limit) => {
                let told = match limit {
                    Some(rate) => format!("At most {}/s from now on", text::bytes(rate)),
                    None => "There is no rate limit any more".to_owned(),
                };
                vec![self.act(Act::Limit(limit)), Effect::info(told)]
            }
            Err(why) => vec![Effect::warn(why)],
        }
    }

    pub(super) fn copy(&self) -> Vec<Effect> {
        let Some(row) = self.row() else { return Vec::new() };
        let mut texts = vec![Shown::of(&row.to), Shown::of(&row.from)];
        if let TransferState::Failed(trouble) = &row.state {
            texts.push(Shown::of(&trouble.to_string()));
        }
        if let Some(near) = self.closeup() {
            let more = [&near.checksum, &near.version_id, &near.sha256];
            texts.extend(more.into_iter().flatten().map(|text| Shown::of(text)));
        }
        vec![Effect::Ask(Ask::Choice(Choice::copies(texts)))]
    }

    pub(super) fn hint_commands(&self) -> Vec<Any> {
        use Command as C;
        let commands: &[Command] = match self.rows() {
            [] if self.beside.is_empty() => &[C::Limit, C::Strays],
            [] => &[C::Batches, C::Limit, C::Strays],
            _ => &[
                C::Pause,
                C::Cancel,
                C::Retry,
                C::First,
                C::Limit,
                C::Details,
                C::Filter,
                C::Mark,
                C::PauseAll,
                C::RetryAll,
                C::Strays,
                C::Batches,
                C::Copy,
                C::Clear,
            ],
        };
        commands.iter().map(|command| (*command).into()).collect()
    }
}

fn is_going(state: &TransferState) -> bool {
    state.is_active() || *state == TransferState::Queued
}

fn can_retry(state: &TransferState) -> bool {
    matches!(state, TransferState::Failed(_) | TransferState::Cancelled)
}

/// What was typed for a limit; nothing, `0` and `off` lift it.
fn limit(text: &str) -> Result<Option<u64>, String> {
    match text.trim() {
        "" | "0" | "off" | "none" => Ok(None),
        text => parse_size(text).map(Some),
    }
}

/// `3.4 MiB of 12.4 MiB are through.`
fn sent(row: &TransferView) -> Shown {
    format!("{} of {} are through.", text::bytes(row.done), text::bytes(row.size)).into()
}
