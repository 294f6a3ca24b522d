//! Athena SQL: an editor, the query that runs, its result.
//!
//! ```text
//! genomics  SELECT 3 of 4                                                     ╭ Catalog ──╮
//!  12 ▌SELECT chrom, count(*)                                                 │▾ genomics │
//!  13 ▌FROM variants GROUP BY 1                                               │  ▸ variants
//! SUCCEEDED  24 rows  1.2s  scanned 12.4 MiB (≈ $0.0001)                      │           │
//!     chrom  _col1                                                            │           │
//!  1  17     12043                                                            ╰───────────╯
//! ```

mod catalog;
mod command;
mod draw;
mod edit;
mod hear;
mod obey;
mod outcome;
mod popup;
mod save;
mod script;
mod talk;

pub use command::{Command, ResultCommand};
pub use talk::{Answer, Format, Job, News, Progress, Slot, Stored};

pub use crate::ui::widgets::grid::{Heading, Value};

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use self::catalog::Catalog;
use self::outcome::Run;
use self::popup::Popup;
use self::script::Script;
use crate::model::shown::Shown;
use crate::ui::command::{Command as Any, Layer};
use crate::ui::pane::{Input, Pane, View};
use crate::ui::talk::{Cx, Effect};
use crate::ui::widgets::list::Move;

/// Who gets the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Focus {
    #[default]
    Editor,
    Result,
    Catalog,
}

/// The pane's state.
#[derive(Debug, Clone, Default)]
pub struct Sql {
    focus: Focus,
    script: Script,
    popup: Option<Popup>,
    /// `None` until the lake's settings have been seen.
    database: Option<String>,
    catalog: Catalog,
    /// Asked for by key; at wide sizes it is there anyway.
    catalog_open: bool,
    run: Option<Run>,
    /// Counts the queries: news of an earlier one is late.
    generation: u32,
    /// Counts slots that must not cut each other off.
    acts: u32,
    saving: u32,
    entered: bool,
    /// True where something was typed after the query was started: whoever types goes on
    /// typing when its end comes, and no key of theirs becomes a command.
    typed_on: bool,
}

impl Sql {
    fn running(&self) -> bool {
        self.run.as_ref().is_some_and(Run::is_running)
    }

    fn current(&self) -> &str {
        self.database.as_deref().unwrap_or("default")
    }

    fn act(&mut self) -> u32 {
        self.acts += 1;
        self.acts
    }
}

impl Pane for Sql {
    type Command = Command;
    type News = News;
    type Answer = Answer;

    fn layers(&self) -> &'static [Layer] {
        match self.focus {
            Focus::Editor => &[Layer::Sql],
            Focus::Result | Focus::Catalog => &[Layer::Result, Layer::Sql, Layer::List],
        }
    }

    fn typing(&self) -> bool {
        self.focus == Focus::Editor
    }

    fn type_in(&mut self, input: Input, _cx: &Cx<'_>) -> Vec<Effect> {
        self.typed_on = true;
        self.type_text(input)
    }

    fn opened(&mut self, cx: &Cx<'_>) -> Vec<Effect> {
        self.database = cx.facts.settings.as_ref().map(|settings| settings.database.clone());
        vec![Effect::start(Slot::Draft, Job::LoadDraft)]
    }

    fn enter(&mut self, _cx: &Cx<'_>) -> Vec<Effect> {
        if std::mem::replace(&mut self.entered, true) {
            return Vec::new();
        }
        self.read_catalog()
    }

    fn obey(&mut self, command: Command, cx: &Cx<'_>) -> Vec<Effect> {
        self.obey_command(command, cx)
    }

    fn step(&mut self, step: Move, _cx: &Cx<'_>) -> Vec<Effect> {
        self.step_in(step)
    }

    fn escape(&mut self, _cx: &Cx<'_>) -> Option<Vec<Effect>> {
        if self.popup.take().is_some() {
            return Some(Vec::new());
        }
        match self.focus {
            Focus::Editor => self.focus = Focus::Result,
            Focus::Catalog => {
                self.catalog_open = false;
                self.focus = Focus::Editor;
            }
            Focus::Result => return None,
        }
        Some(Vec::new())
    }

    fn hear(&mut self, news: News, cx: &Cx<'_>) -> Vec<Effect> {
        self.hear_news(news, cx)
    }

    fn answer(&mut self, answer: Answer, text: String, cx: &Cx<'_>) -> Vec<Effect> {
        match answer {
            Answer::SaveAs { generation } => self.save_as(generation, &text, cx),
        }
    }

    fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) -> Option<Position> {
        self.draw_pane(area, buf, view)
    }

    fn busy(&self) -> bool {
        let filling = self.run.as_ref().and_then(|run| run.grid.as_ref());
        self.running()
            || self.saving > 0
            || self.catalog.is_waiting()
            || filling.is_some_and(|grid| !grid.whole)
    }

    fn at_stake(&self) -> Option<Shown> {
        let saves = (self.saving > 0).then_some("a result being saved");
        match (self.running(), saves) {
            (true, Some(_)) => Some("a query, a result being saved".into()),
            (true, None) => Some("a query".into()),
            (false, saves) => saves.map(Shown::from),
        }
    }

    fn badge(&self) -> Option<Shown> {
        self.running().then(|| "…".into())
    }

    fn hints(&self) -> Vec<Any> {
        self.hint_commands()
    }
}

#[cfg(test)]
mod tests;
