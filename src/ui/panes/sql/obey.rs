//! What the pane's commands do.

use super::outcome::Run;
use super::result::with_tabs;
use super::talk::{Answer, Job, Slot};
use super::{Command, EntryCommand, Focus, ResultCommand, Sql};
use crate::model::shown::Shown;
use crate::model::sql::layout;
use crate::ui::app;
use crate::ui::command::Command as Any;
use crate::ui::modal::{Ask, Choice, Prompt};
use crate::ui::talk::{Cx, Effect};
use crate::ui::widgets::grid::Grid;
use crate::ui::widgets::list::Move;

impl Sql {
    pub(super) fn obey_command(&mut self, command: Command, cx: &Cx<'_>) -> Vec<Effect> {
        match command {
            Command::Run => self.run_chosen(cx),
            Command::RunAll => self.run_all(cx),
            Command::Cancel => self.cancel(),
            Command::Save => self.ask_save(cx),
            Command::OpenSaved => self.open_saved(),
            Command::Register => self.ask_register(),
            Command::Edit => {
                self.focus = Focus::Editor;
                Vec::new()
            }
            Command::Complete if self.focus == Focus::Editor => self.complete(cx.now),
            Command::Complete => vec![Effect::Obey(app::Command::NextPane.into())],
            Command::Database => self.open_venue(),
            Command::Catalog => self.toggle_catalog(),
            Command::Queries => {
                let workgroup = self.workgroup().to_owned();
                vec![Effect::start(Slot::Queries, Job::Queries(workgroup))]
            }
            Command::History => vec![Effect::start(Slot::Queries, Job::History)],
            Command::Format => self.format(),
            Command::Comment => self.toggle_comment(),
            Command::Find => self.ask_find(),
            Command::FindNext => self.find(),
            Command::External => vec![Effect::Edit(self.tab().script.text().to_owned())],
            Command::OpenFile => self.ask_open(),
            Command::SaveFile => self.ask_save_file(),
            Command::NewTab => self.new_tab(),
            Command::NextTab => self.next_tab(),
            Command::PreviousTab => self.previous_tab(),
            Command::CloseTab => self.close_tab(),
            Command::ReopenTab => self.reopen_tab(),
            Command::Retry => {
                let mut effects = self.catalog_changed();
                effects.push(self.ask_group(self.workgroup().to_owned()));
                effects
            }
        }
    }

    fn format(&mut self) -> Vec<Effect> {
        let script = &mut self.tab_mut().script;
        let Some(statement) = script.statement() else { return Vec::new() };
        let Some(laid_out) = layout::laid_out(statement.text(script.text())) else {
            return vec![Effect::warn("It cannot be laid out: a quote or a comment has no end?")];
        };
        script.replace(statement.start, statement.end, &laid_out);
        self.keep_drafts()
    }

    fn toggle_comment(&mut self) -> Vec<Effect> {
        self.popup = None;
        self.tab_mut().script.toggle_comment();
        self.keep_drafts()
    }

    fn ask_find(&self) -> Vec<Effect> {
        let prompt = Prompt::new("Find", "Text, from the cursor on", Answer::Find);
        vec![Effect::Ask(Ask::Prompt(prompt.text(self.wanted.clone())))]
    }

    pub(super) fn find(&mut self) -> Vec<Effect> {
        let wanted = self.wanted.clone();
        self.popup = None;
        self.focus = Focus::Editor;
        if wanted.is_empty() || self.tab_mut().script.find(&wanted) {
            return Vec::new();
        }
        vec![Effect::info(format!("{} is not in this text", Shown::of(&wanted)))]
    }

    /// Everything again; what is known stays until the answer comes.
    pub(super) fn read_catalog(&mut self) -> Vec<Effect> {
        self.catalog.databases.renew();
        let mut effects = vec![Effect::start(Slot::Databases, Job::Databases)];
        let current = self.current().to_owned();
        self.catalog.reveal(&current);
        for database in self.catalog.used() {
            effects.extend(self.read_tables(database));
        }
        effects
    }

    pub(super) fn read_tables(&mut self, database: String) -> Vec<Effect> {
        if !self.catalog.read(&database) {
            return Vec::new();
        }
        let slot = Slot::Tables(self.act());
        vec![Effect::start(slot, Job::Tables { database })]
    }

    pub(super) fn step_in(&mut self, step: Move) -> Vec<Effect> {
        match (self.focus, step) {
            (Focus::Catalog, Move::Right) => {
                let chosen = self.catalog.unfold();
                self.chosen(chosen)
            }
            (Focus::Catalog, Move::Left) => {
                self.catalog.fold();
                Vec::new()
            }
            (Focus::Catalog, step) => {
                self.catalog.step(step);
                Vec::new()
            }
            // The mouse wheel over the editor.
            (Focus::Editor, Move::Down | Move::Up) => {
                let code = match step {
                    Move::Down => crossterm::event::KeyCode::Down,
                    _ => crossterm::event::KeyCode::Up,
                };
                self.tab_mut()
                    .script
                    .key(crate::ui::keymap::Key::new(code, crossterm::event::KeyModifiers::NONE));
                Vec::new()
            }
            (Focus::Editor, _) => Vec::new(),
            (Focus::Result, step) => {
                let Some(grid) = self.grid_mut() else { return Vec::new() };
                grid.step(step);
                self.fetch()
            }
        }
    }

    pub(super) fn grid_mut(&mut self) -> Option<&mut Grid> {
        self.tab_mut().run.as_mut()?.grid.as_mut()
    }

    pub(super) fn grid_of(&mut self, generation: u32) -> Option<&mut Grid> {
        self.tabs.of(generation)?.run.as_mut()?.grid.as_mut()
    }

    /// Asks for the rows around the cursor that are not here yet.
    pub(super) fn fetch(&mut self) -> Vec<Effect> {
        let Some(run) = &mut self.tab_mut().run else { return Vec::new() };
        let generation = run.generation;
        let wanted = run.grid.as_mut().and_then(Grid::wanted);
        let turn = run.grid.as_ref().map_or(0, |grid| grid.turn);
        let job = |(first, count)| Job::Window { generation, turn, first, count };
        wanted.map(|range| Effect::start(Slot::Window, job(range))).into_iter().collect()
    }

    /// The same, where this query's tab is in front.
    pub(super) fn fetch_of(&mut self, generation: u32) -> Vec<Effect> {
        if self.tabs.is_front(generation) { self.fetch() } else { Vec::new() }
    }

    pub(in crate::ui) fn obey_result(
        &mut self,
        command: ResultCommand,
        cx: &Cx<'_>,
    ) -> Vec<Effect> {
        match (self.focus, command) {
            (_, ResultCommand::Open) => self.cell(false),
            (_, ResultCommand::Copy) => self.copy_menu(cx),
            (_, ResultCommand::FirstColumn) => self.turn_to(Grid::first_column),
            (_, ResultCommand::LastColumn) => self.turn_to(Grid::last_column),
            (Focus::Result, command) => self.obey_look(command, cx),
            _ => Vec::new(),
        }
    }

    fn turn_to(&mut self, turn: fn(&mut Grid)) -> Vec<Effect> {
        self.grid_mut().map(turn);
        Vec::new()
    }

    /// The whole cell, from the spool: the grid holds only its beginning.
    fn cell(&self, copy: bool) -> Vec<Effect> {
        let Some(run) = &self.tab().run else { return Vec::new() };
        let Some(grid) = &run.grid else { return Vec::new() };
        if grid.value().is_none() {
            return Vec::new();
        }
        let (row, column) = (grid.cursor(), grid.column);
        let job = Job::Cell { generation: run.generation, row, column, copy };
        vec![Effect::start(Slot::Cell, job)]
    }

    /// Where nothing may leave the lake only names are copied, no rows.
    fn copy_menu(&self, cx: &Cx<'_>) -> Vec<Effect> {
        let Some(run) = &self.tab().run else { return Vec::new() };
        let mut rows = Vec::new();
        let downloads = cx.facts.settings.as_ref().is_none_or(|settings| settings.downloads);
        if downloads && let Some(row) = run.grid.as_ref().and_then(|grid| grid.row(grid.cursor())) {
            rows.push(("The cell".into(), self.cell(true)));
            let shown = run.grid.as_ref().map(|grid| grid.shown()).unwrap_or_default();
            rows.push(("The row, with tabs".into(), vec![Effect::Copy(with_tabs(row, shown))]));
            rows.extend(self.copies());
        }
        if let Some(progress) = &run.progress {
            if let Some(output) = &progress.output {
                let place = Shown::of(&output.to_string());
                rows.push((place.clone(), vec![Effect::Copy(place)]));
            }
            let id = Shown::of(&progress.id);
            rows.push((id.clone(), vec![Effect::Copy(id)]));
        }
        if rows.is_empty() {
            return Vec::new();
        }
        vec![Effect::Ask(Ask::Choice(Choice::new("Copy", rows)))]
    }

    pub(super) fn hint_commands(&self) -> Vec<Any> {
        use {Command as C, ResultCommand as R};
        let back = app::Command::Back;
        if self.form.is_some() {
            use EntryCommand as E;
            let mut hints: Vec<Any> = [E::Submit, E::Next, E::Turn].map(Any::from).into();
            hints.push(back.into());
            return hints;
        }
        let mut hints: Vec<Any> = Vec::new();
        if self.tab().is_running() {
            hints.push(C::Cancel.into());
        }
        match self.focus {
            Focus::Editor => {
                hints.extend([C::Run, C::Complete].map(Any::from));
                hints.push(back.into());
                hints.extend([C::Catalog, C::Database, C::Queries, C::History].map(Any::from));
            }
            Focus::Catalog => {
                use super::CatalogCommand as T;
                let tree = [T::Open, T::Select, T::Filter, T::Details, T::Access, T::ShowCreate];
                hints.extend(tree.map(Any::from));
                hints.extend([C::Catalog, C::Retry].map(Any::from));
                hints.extend([T::Copy, T::Location].map(Any::from));
            }
            Focus::Result => {
                hints.push(C::Edit.into());
                if let Some(done) = &self.done {
                    hints.push(C::OpenSaved.into());
                    hints.extend(done.table.is_none().then_some(Any::from(C::Register)));
                }
                let run = self.tab().run.as_ref();
                if run.is_some_and(|run| run.grid.is_some()) {
                    hints.extend([R::Open, R::Find, R::Sort, R::Profile, R::Chart].map(Any::from));
                }
                if run.is_some_and(Run::has_succeeded) {
                    hints.push(C::Save.into());
                }
                hints.push(C::Run.into());
                if run.is_some() {
                    hints.push(R::Copy.into());
                }
                hints.extend([C::Catalog, C::Database, C::Queries, C::History].map(Any::from));
            }
        }
        hints
    }
}
