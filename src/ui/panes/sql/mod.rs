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

pub mod catalog;
mod command;
mod draw;
mod edit;
mod files;
mod hear;
mod keep;
mod money;
mod obey;
mod outcome;
mod popup;
pub mod result;
mod save;
mod script;
mod start;
mod strip;
mod tabs;
mod talk;
mod turn;
mod values;
pub mod venue;

pub use catalog::Command as CatalogCommand;
pub use command::{Command, EntryCommand, ResultCommand};
pub use tabs::Step;
pub use talk::{Answer, Done, History, Job, News, Progress, SaveOrder, Slot, Stored};
pub use venue::VenueCommand;

pub use crate::ui::widgets::grid::{Heading, Value};

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use self::catalog::Catalog;
use self::popup::Popup;
use self::result::Looking;
use self::save::Form;
use self::tabs::{Tab, Tabs};
use self::venue::Venues;
use crate::model::query::PRIMARY;
use crate::model::shown::Shown;
use crate::ui::command::{Command as Any, Layer};
use crate::ui::loaded::Loaded;
use crate::ui::pane::{Input, Pane, View};
use crate::ui::talk::{Cx, Effect};
use crate::ui::widgets::field;
use crate::ui::widgets::list::Move;
use crate::ui::widgets::text;

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
    tabs: Tabs,
    popup: Option<Popup>,
    /// Takes the keys while it is there.
    form: Option<Form>,
    /// The lake's own; `None` until its settings have been seen.
    database: Option<String>,
    /// The workgroup of the lake's own settings.
    home_workgroup: String,
    venues: Venues,
    /// Where it runs, while that is chosen.
    venue: Option<venue::Dialog>,
    catalog: Catalog,
    /// Asked for by key; at wide sizes it is there anyway.
    catalog_open: bool,
    /// Counts the queries.
    generation: u32,
    /// Counts slots that must not cut each other off.
    acts: u32,
    saving: u32,
    /// What was saved last.
    done: Option<Done>,
    entered: bool,
    /// What was looked for last in an editor.
    wanted: String,
    /// Whether the tabs of the last start have been read: before that nothing takes their place.
    recalled: Loaded<()>,
}

impl Sql {
    fn tab(&self) -> &Tab {
        self.tabs.front()
    }

    fn tab_mut(&mut self) -> &mut Tab {
        self.tabs.front_mut()
    }

    /// Queries that run.
    pub(in crate::ui) fn running(&self) -> usize {
        self.tabs.all().iter().filter(|tab| tab.is_running()).count()
    }

    /// The database that names without one mean.
    fn current(&self) -> &str {
        self.tab().database.as_deref().or(self.database.as_deref()).unwrap_or("default")
    }

    /// The number of a new query.
    fn count(&mut self) -> u32 {
        self.generation += 1;
        self.generation
    }

    /// True while what is searched for is typed.
    fn finds(&self) -> bool {
        self.focus == Focus::Result && self.looking().is_some_and(Looking::is_typing)
    }

    /// True while the tree's filter is typed.
    fn filters(&self) -> bool {
        self.focus == Focus::Catalog && self.catalog.is_typing()
    }

    /// Where there is no form.
    fn type_below(&mut self, input: Input) -> Vec<Effect> {
        if self.filters() {
            return self.type_filter(input);
        }
        if self.finds() {
            return self.type_look(input);
        }
        self.tab_mut().typed_on = true;
        self.type_text(input)
    }

    /// Where there is no form.
    fn edit_below(&mut self, command: field::Command) -> Vec<Effect> {
        if !self.filters() {
            return self.edit_look(command);
        }
        self.edit_filter(command);
        Vec::new()
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
        if self.venue.is_some() {
            return &[Layer::Venue, Layer::Field];
        }
        if self.form.is_some() {
            return &[Layer::Entry, Layer::Field];
        }
        match self.focus {
            Focus::Editor => &[Layer::Sql],
            Focus::Result if self.finds() => &[Layer::Field],
            Focus::Catalog if self.catalog.is_typing() => &[Layer::Field],
            Focus::Result => &[Layer::Result, Layer::Sql, Layer::List],
            Focus::Catalog => &[Layer::Catalog, Layer::Sql, Layer::List],
        }
    }

    fn typing(&self) -> bool {
        let asked = self.venue.is_some() || self.form.is_some();
        self.focus == Focus::Editor || self.finds() || self.filters() || asked
    }

    fn edit(&mut self, command: field::Command, _cx: &Cx<'_>) -> Vec<Effect> {
        if self.venue.is_some() {
            return self.edit_venue(command);
        }
        match &mut self.form {
            Some(Form::Save(form)) => form.edit(command),
            Some(Form::Values(form)) => form.edit(command),
            None => return self.edit_below(command),
        }
        Vec::new()
    }

    fn type_in(&mut self, input: Input, _cx: &Cx<'_>) -> Vec<Effect> {
        if self.venue.is_some() {
            return self.type_venue(&input);
        }
        match &mut self.form {
            Some(Form::Save(form)) => form.type_in(&input),
            Some(Form::Values(form)) => form.type_in(&input),
            None => {
                let effects = self.type_below(input);
                return self.and_weigh(effects);
            }
        }
        Vec::new()
    }

    fn opened(&mut self, cx: &Cx<'_>) -> Vec<Effect> {
        let settings = cx.facts.settings.as_ref();
        self.database = settings.map(|settings| settings.database.clone());
        let workgroup = settings.and_then(|settings| settings.workgroup.clone());
        self.home_workgroup = workgroup.unwrap_or_else(|| PRIMARY.to_owned());
        self.recalled.renew();
        vec![Effect::start(Slot::Draft, Job::LoadDrafts)]
    }

    fn enter(&mut self, cx: &Cx<'_>) -> Vec<Effect> {
        let again = std::mem::replace(&mut self.entered, true);
        if again && !self.catalog.is_old(self.current(), cx.now) {
            return Vec::new();
        }
        let mut effects = self.read_catalog();
        effects.extend(self.know_group());
        self.and_weigh(effects)
    }

    fn obey(&mut self, command: Command, cx: &Cx<'_>) -> Vec<Effect> {
        let effects = self.obey_command(command, cx);
        self.and_weigh(effects)
    }

    fn step(&mut self, step: Move, _cx: &Cx<'_>) -> Vec<Effect> {
        self.step_in(step)
    }

    fn escape(&mut self, _cx: &Cx<'_>) -> Option<Vec<Effect>> {
        let closed = self.venue.take().is_some() || self.form.take().is_some();
        if closed || self.popup.take().is_some() {
            return Some(Vec::new());
        }
        match self.focus {
            Focus::Editor => self.focus = Focus::Result,
            Focus::Catalog => self.leave_catalog(),
            Focus::Result => return self.escape_look(),
        }
        Some(Vec::new())
    }

    fn hear(&mut self, news: News, cx: &Cx<'_>) -> Vec<Effect> {
        let effects = self.hear_news(news, cx);
        self.and_weigh(effects)
    }

    fn answer(&mut self, answer: Answer, text: String, cx: &Cx<'_>) -> Vec<Effect> {
        let effects = match answer {
            Answer::Register => self.confirm_register(&text, cx),
            Answer::OpenFile => self.open_file(&text),
            Answer::SaveFile { tab } => self.save_file(tab, &text),
            Answer::GoTo { generation } => self.go_to(generation, &text),
            Answer::ExportTo { generation, format } => self.export_to(generation, format, &text),
            Answer::Find => {
                self.wanted = text;
                self.find()
            }
        };
        self.and_weigh(effects)
    }

    fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) -> Option<Position> {
        let cursor = self.draw_pane(area, buf, view);
        if self.venue.is_some() { self.draw_venue(area, buf, view) } else { cursor }
    }

    fn busy(&self) -> bool {
        self.running() > 0
            || self.saving > 0
            || self.recalled.is_waiting()
            || self.catalog.is_waiting()
            || self.tabs.all().iter().any(|tab| tab.is_filling() || tab.is_looked_at())
    }

    fn at_stake(&self) -> Option<Shown> {
        let queries = match self.running() {
            0 => None,
            1 => Some("a query".to_owned()),
            many => Some(text::queries(many)),
        };
        let saves = (self.saving > 0).then(|| "a result being saved".to_owned());
        let all: Vec<String> = queries.into_iter().chain(saves).collect();
        (!all.is_empty()).then(|| all.join(", ").into())
    }

    fn badge(&self) -> Option<Shown> {
        (self.running() > 0).then(|| "…".into())
    }

    fn hints(&self) -> Vec<Any> {
        if self.venue.is_some() {
            return [VenueCommand::Choose, VenueCommand::Next].map(Any::from).to_vec();
        }
        self.hint_commands()
    }
}

#[cfg(test)]
mod tests;
