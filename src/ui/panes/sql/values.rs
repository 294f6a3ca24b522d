//! The form that asks for the values of `:name` before a statement runs. They stay in the tab for
//! as long as the program runs and are kept nowhere else: they may be patients' data.
//!
//! ```text
//! ╭ Values for the statement ──────────────────────────────╮
//! │ :since   date         2026-11-01                       │
//! │ :sample  as it looks  S1                               │
//! │ enter runs · tab next · ctrl-t another kind · esc      │
//! ╰────────────────────────────────────────────────────────╯
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::Sql;
use super::command::EntryCommand;
use super::save::Form;
use super::tabs::Step;
use crate::model::shown::Shown;
use crate::model::sql::parameters::{As, names};
use crate::ui::pane::{Input, View};
use crate::ui::talk::{Cx, Effect};
use crate::ui::widgets::field::{Command as Editing, Field};
use crate::ui::widgets::list::{Move, Scroll};
use crate::ui::widgets::{frame, text};

/// What was typed for a name, and what it is to be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Typed {
    pub kind: As,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq)]
struct Row {
    name: String,
    kind: As,
    field: Field,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ValuesForm {
    /// What runs once they are there.
    steps: Vec<Step>,
    rows: Vec<Row>,
    scroll: Scroll,
    wrong: Option<Shown>,
}

impl ValuesForm {
    fn of(steps: Vec<Step>, typed: impl Fn(&str) -> Option<Typed>) -> Option<Self> {
        let mut rows: Vec<Row> = Vec::new();
        for name in steps.iter().flat_map(|step| names(&step.sql)) {
            if rows.iter().any(|row| row.name.eq_ignore_ascii_case(&name)) {
                continue;
            }
            let Typed { kind, text } = typed(&name.to_lowercase()).unwrap_or_default();
            rows.push(Row { name, kind, field: Field::new(text) });
        }
        let form = Self { steps, rows, scroll: Scroll::default(), wrong: None };
        (!form.rows.is_empty()).then_some(form)
    }

    fn row(&mut self) -> &mut Row {
        self.wrong = None;
        &mut self.rows[self.scroll.cursor]
    }

    pub fn type_in(&mut self, input: &Input) {
        self.row().field.take_in(input);
    }

    pub fn edit(&mut self, command: Editing) {
        self.row().field.obey(command);
    }

    pub fn obey(&mut self, command: EntryCommand) {
        let len = self.rows.len();
        let last = self.scroll.cursor + 1 == len;
        match command {
            EntryCommand::Next if last => self.scroll.step(Move::Top, len),
            EntryCommand::Next => self.scroll.step(Move::Down, len),
            EntryCommand::Previous if self.scroll.cursor == 0 => {
                self.scroll.step(Move::Bottom, len);
            }
            EntryCommand::Previous => self.scroll.step(Move::Up, len),
            EntryCommand::Turn => {
                let row = self.row();
                let at = As::ALL.iter().position(|kind| *kind == row.kind).unwrap_or(0);
                row.kind = As::ALL[(at + 1) % As::ALL.len()];
            }
            EntryCommand::Submit => {}
        }
    }

    /// A literal for each name, or what is wrong with the first that is none.
    fn literals(&mut self) -> Option<Vec<(String, String)>> {
        let mut literals = Vec::new();
        for (at, row) in self.rows.iter().enumerate() {
            match row.kind.literal(row.field.text()) {
                Ok(literal) => literals.push((row.name.clone(), literal)),
                Err(wanted) => {
                    self.wrong = Some(Shown::of(&format!(":{} wants {wanted}", row.name)));
                    self.scroll.carry(at);
                    return None;
                }
            }
        }
        Some(literals)
    }

    pub fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) -> Option<Position> {
        let theme = view.theme;
        let width = area.width.saturating_sub(2).min(84);
        let height = (self.rows.len() as u16 + 3).min(area.height);
        let inner = frame::dialog(area, buf, theme, (width, height), "Values for the statement");
        if inner.is_empty() {
            return None;
        }
        let room = inner.height.saturating_sub(u16::from(inner.height > 1));
        let widest = self.rows.iter().map(|row| text::width(&row.name)).max().unwrap_or(0) as u16;
        let name_width = (widest + 3).min(inner.width / 3);
        let kind_width = 13.min(inner.width / 3);
        let mut cursor = None;
        for (y, at) in (inner.y..).zip(self.scroll.window(self.rows.len(), room.into())) {
            let row = &self.rows[at];
            let line = Rect { y, height: 1, ..inner };
            let name = Rect { width: name_width.saturating_sub(1), ..line };
            text::put(buf, name, &format!(":{}", Shown::of(&row.name)), theme.accent);
            let kind = Rect { x: line.x + name_width, width: kind_width.saturating_sub(1), ..line };
            text::put(buf, kind, row.kind.name(), theme.dim);
            let used = name_width + kind_width;
            let rest = Rect { x: line.x + used, width: line.width.saturating_sub(used), ..line };
            let here = at == self.scroll.cursor;
            let style = match (here, row.kind) {
                (true, _) => theme.field,
                // What is typed does not count.
                (false, As::Null) => theme.dim,
                (false, _) => theme.base,
            };
            let drawn = row.field.draw(rest, buf, style);
            if here {
                cursor = drawn;
            }
        }
        if inner.height > 1 {
            let foot = Rect { y: inner.bottom() - 1, height: 1, ..inner };
            let hint = |command: EntryCommand| view.keymap.hint(command);
            let (words, style) = match &self.wrong {
                Some(why) => (why.to_string(), theme.error),
                None => {
                    let (run, next) = (hint(EntryCommand::Submit), hint(EntryCommand::Next));
                    let turn = hint(EntryCommand::Turn);
                    (format!("{run} runs · {next} next · {turn} another kind · esc"), theme.dim)
                }
            };
            text::put(buf, foot, &text::fit(&words, foot.width.into()), style);
        }
        cursor
    }
}

impl Sql {
    /// Opens the form where the statements have names that want values; gives them back where
    /// none has.
    pub(super) fn ask_values(&mut self, steps: Vec<Step>) -> Result<(), Vec<Step>> {
        if steps.iter().all(|step| names(&step.sql).is_empty()) {
            return Err(steps);
        }
        let typed = &self.tab().typed;
        let form = ValuesForm::of(steps, |name| typed.get(name).cloned());
        self.form = form.map(|form| Form::Values(Box::new(form)));
        Ok(())
    }

    pub(super) fn submit_values(&mut self, cx: &Cx<'_>) -> Vec<Effect> {
        let Some(Form::Values(form)) = &mut self.form else { return Vec::new() };
        let Some(literals) = form.literals() else { return Vec::new() };
        let mut steps = std::mem::take(&mut form.steps);
        let typed: Vec<(String, Typed)> = form
            .rows
            .iter()
            .map(|row| {
                let typed = Typed { kind: row.kind, text: row.field.text().to_owned() };
                (row.name.to_lowercase(), typed)
            })
            .collect();
        self.form = None;
        self.tab_mut().typed.extend(typed);
        for step in &mut steps {
            step.literals.clone_from(&literals);
        }
        self.ask_harm(steps, cx)
    }
}
