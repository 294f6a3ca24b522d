//! The tags of an object as a form, and one tag of many.
//!
//! ```text
//! ╭ Tags of variants.vcf.gz ─────────────────╮
//! │ project              tre-17              │
//! │ stage                curated             │
//! │                                          │
//! │ ctrl-j writes · ctrl-x removes · esc     │
//! ╰──────────────────────────────────────────╯
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::super::talk as pane;
use super::class::Question;
use super::command::TagsCommand;
use super::talk::{Answer, Change, Chosen, Job, Then};
use super::{Buckets, Kind, Over, Slot, start};
use crate::model::shown::Shown;
use crate::model::tags::{self, Tags};
use crate::model::uri::S3Uri;
use crate::ui::modal::{Ask, Choice, Confirm, Prompt};
use crate::ui::pane::{Input, View};
use crate::ui::talk::{Cx, Effect, Failure};
use crate::ui::widgets::field::{Command as Editing, Field};
use crate::ui::widgets::list::{Move, Scroll};
use crate::ui::widgets::{frame, text};

#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    about: About,
    /// As they are in the lake, as far as is known.
    was: Tags,
    rows: Vec<Pair>,
    scroll: Scroll,
    /// The cursor is in the value, else in the key.
    on_value: bool,
    phase: Phase,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum About {
    One(S3Uri),
    /// One tag for all of these.
    Many(Chosen),
}

#[derive(Debug, Clone, PartialEq)]
enum Phase {
    Reading,
    Editing,
    Saving,
    /// Said until something is changed.
    Wrong(Shown),
    /// They could not be read: there is nothing to edit.
    Unread(Failure),
}

#[derive(Debug, Clone, PartialEq, Default)]
struct Pair {
    key: Field,
    value: Field,
}

impl Pair {
    fn is_empty(&self) -> bool {
        self.key.is_empty() && self.value.is_empty()
    }
}

impl Form {
    fn of(uri: S3Uri) -> Self {
        Self::new(About::One(uri), Phase::Reading)
    }

    fn for_many(chosen: Chosen) -> Self {
        Self::new(About::Many(chosen), Phase::Editing)
    }

    fn new(about: About, phase: Phase) -> Self {
        let rows = vec![Pair::default()];
        let was = Tags::new();
        Self { about, was, rows, scroll: Scroll::default(), on_value: false, phase }
    }

    pub fn is_waiting(&self) -> bool {
        matches!(self.phase, Phase::Reading | Phase::Saving)
    }

    /// They have been read.
    pub fn read(&mut self, uri: &S3Uri, result: Result<Tags, Failure>) {
        if self.phase != Phase::Reading || self.about != About::One(uri.clone()) {
            return;
        }
        match result {
            Ok(tags) => {
                let pair = |(key, value): (&String, &String)| Pair {
                    key: Field::new(key),
                    value: Field::new(value),
                };
                self.rows = tags.iter().map(pair).collect();
                self.was = tags;
                self.phase = Phase::Editing;
                self.leave_room();
            }
            Err(failure) => self.phase = Phase::Unread(failure),
        }
    }

    /// A last line for another tag.
    fn leave_room(&mut self) {
        let full = self.rows.last().is_some_and(|pair| !pair.is_empty());
        let one = matches!(self.about, About::Many(_));
        if self.rows.is_empty() || (full && !one) {
            self.rows.push(Pair::default());
        }
        self.scroll.clamp(self.rows.len());
    }

    fn may_edit(&self) -> bool {
        matches!(self.phase, Phase::Editing | Phase::Wrong(_))
    }

    fn field(&mut self) -> Option<&mut Field> {
        if !self.may_edit() {
            return None;
        }
        self.phase = Phase::Editing;
        let pair = self.rows.get_mut(self.scroll.cursor)?;
        Some(if self.on_value { &mut pair.value } else { &mut pair.key })
    }

    pub fn type_in(&mut self, input: &Input) {
        let Some(field) = self.field() else { return };
        field.take_in(input);
        self.leave_room();
    }

    pub fn edit(&mut self, command: Editing) {
        if let Some(field) = self.field() {
            field.obey(command);
        }
        self.leave_room();
    }

    fn next(&mut self) {
        let last = self.scroll.cursor + 1 == self.rows.len();
        match (self.on_value, last) {
            (false, _) => self.on_value = true,
            (true, false) => {
                self.scroll.step(Move::Down, self.rows.len());
                self.on_value = false;
            }
            (true, true) => {
                self.scroll.step(Move::Top, self.rows.len());
                self.on_value = false;
            }
        }
    }

    fn previous(&mut self) {
        if self.on_value {
            self.on_value = false;
            return;
        }
        let step = if self.scroll.cursor == 0 { Move::Bottom } else { Move::Up };
        self.scroll.step(step, self.rows.len());
        self.on_value = true;
    }

    fn remove(&mut self) {
        if self.may_edit() && self.scroll.cursor < self.rows.len() {
            self.rows.remove(self.scroll.cursor);
            self.phase = Phase::Editing;
            self.leave_room();
        }
    }

    /// What was typed, or what is wrong with it.
    fn typed(&self) -> Result<Tags, String> {
        let filled = self.rows.iter().filter(|pair| !pair.is_empty());
        tags::collect(filled.map(|pair| (pair.key.text().into(), pair.value.text().into())))
    }

    pub fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) -> Option<Position> {
        let theme = view.theme;
        let title = match &self.about {
            About::One(uri) => format!("Tags of {}", Shown::of(uri.name())),
            About::Many(chosen) => {
                format!("A tag for {}", text::plural(chosen.what.len() as u64, "item"))
            }
        };
        let width = area.width.saturating_sub(2).min(84);
        let height = (self.rows.len() as u16 + 4).clamp(5, 15).min(area.height);
        let inner = frame::dialog(area, buf, theme, (width, height), &title);
        if inner.is_empty() {
            return None;
        }
        let foot = Rect { y: inner.bottom() - 1, height: 1, ..inner };
        let body = match inner.height {
            1 => inner,
            height => Rect { height: height - 1, ..inner },
        };
        if let Phase::Unread(failure) = &self.phase {
            let mut lines = vec![(failure.why.to_string(), theme.error)];
            lines.extend(failure.hint.iter().map(|hint| (hint.to_string(), theme.base)));
            text::put_centred(buf, inner, &lines);
            return None;
        }
        if self.phase == Phase::Reading {
            text::put(buf, body, "…", theme.dim);
            return None;
        }
        if inner.height > 1 {
            self.draw_foot(foot, buf, view);
        }
        let mut cursor = None;
        for (y, at) in (body.y..).zip(self.scroll.window(self.rows.len(), body.height.into())) {
            let here = at == self.scroll.cursor && self.may_edit();
            let pair = &self.rows[at];
            let key_width = (body.width * 2 / 5).max(1);
            let key = Rect { y, height: 1, width: key_width.saturating_sub(1), ..body };
            let rest = body.width.saturating_sub(key_width);
            let value = Rect { x: body.x + key_width, y, height: 1, width: rest };
            let style = |on: bool| if here && on { theme.field } else { theme.base };
            let on_key = pair.key.draw(key, buf, style(!self.on_value));
            let on_value = pair.value.draw(value, buf, style(self.on_value));
            if here {
                cursor = if self.on_value { on_value } else { on_key };
            }
        }
        cursor
    }

    fn draw_foot(&self, foot: Rect, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        let hint = |command: TagsCommand| view.keymap.hint(command);
        let (words, style) = match &self.phase {
            Phase::Wrong(why) => (why.to_string(), theme.error),
            Phase::Saving => ("writing …".to_owned(), theme.dim),
            _ => {
                let (write, next) = (hint(TagsCommand::Submit), hint(TagsCommand::Next));
                let remove = hint(TagsCommand::Remove);
                (format!("{write} writes · {next} next · {remove} removes · esc"), theme.dim)
            }
        };
        text::put(buf, foot, &text::fit(&words, foot.width.into()), style);
    }
}

/// For one tag of many.
pub fn question(change: &Change, objects: &str) -> Question {
    let (title, yes, what) = match change {
        Change::Set { key, value } => ("Tag?", "Tag", format!("{key} = {value}")),
        Change::Remove { key } => ("Take the tag off?", "Remove", key.clone()),
    };
    let note = match change {
        Change::Set { .. } => "A tag of that key is replaced; the others stay.",
        Change::Remove { .. } => "The other tags stay.",
    };
    (title, yes, vec![what.into(), format!("on {objects}").into(), note.into()])
}

impl Buckets {
    /// The form for one object, a menu for many.
    pub(super) fn open_tags(&mut self) -> Vec<Effect> {
        if let [row] = self.chosen()[..]
            && row.kind == Kind::Object
        {
            let uri = self.uri(row);
            self.doing.over = Some(Over::Tags(Form::of(uri.clone())));
            return vec![start(Slot::Tags, Job::ReadTags { uri })];
        }
        let chosen = match self.chosen_things("tag") {
            Ok(chosen) => chosen,
            Err(effects) => return effects,
        };
        let items = text::plural(chosen.what.len() as u64, "item");
        let label = "The key of the tag";
        let answer = pane::Answer::Acts(Answer::TagKey(chosen.clone()));
        let title = format!("Take a tag off {items}");
        let remove = Ask::Prompt(Prompt::new(title, label, answer));
        let set = pane::News::Acts(super::News::TagMany(chosen));
        let rows = vec![
            ("Set a tag on all of them".into(), vec![Effect::hear(set)]),
            ("Take a tag off all of them".into(), vec![Effect::Ask(remove)]),
        ];
        vec![Effect::Ask(Ask::Choice(Choice::new(format!("Tags of {items}"), rows)))]
    }

    pub(super) fn tag_many(&mut self, chosen: Chosen) -> Vec<Effect> {
        self.doing.over = Some(Over::Tags(Form::for_many(chosen)));
        Vec::new()
    }

    pub(super) fn untag(&mut self, chosen: Chosen, key: &str) -> Vec<Effect> {
        if key.is_empty() {
            return Vec::new();
        }
        match tags::check_key(key) {
            Ok(()) => self.count(chosen, Then::Tag(Change::Remove { key: key.to_owned() })),
            Err(why) => vec![Effect::warn(why)],
        }
    }

    pub fn obey_tags(&mut self, command: TagsCommand, _cx: &Cx<'_>) -> Vec<Effect> {
        let Some(form) = self.doing.form() else { return Vec::new() };
        match command {
            TagsCommand::Submit => return self.submit_tags(),
            TagsCommand::Next => form.next(),
            TagsCommand::Previous => form.previous(),
            TagsCommand::Down => form.scroll.step(Move::Down, form.rows.len()),
            TagsCommand::Up => form.scroll.step(Move::Up, form.rows.len()),
            TagsCommand::Remove => form.remove(),
        }
        Vec::new()
    }

    fn submit_tags(&mut self) -> Vec<Effect> {
        let Some(form) = self.doing.form().filter(|form| form.may_edit()) else {
            return Vec::new();
        };
        let now = match form.typed() {
            Ok(now) => now,
            Err(why) => {
                form.phase = Phase::Wrong(why.into());
                return Vec::new();
            }
        };
        match form.about.clone() {
            About::One(_) if now == form.was => {
                self.doing.over = None;
                vec![Effect::info("The tags are as they were")]
            }
            About::One(uri) => {
                form.phase = Phase::Saving;
                let was = form.was.clone();
                vec![start(Slot::Tags, Job::SaveTags { uri, was, now })]
            }
            About::Many(chosen) => match now.into_iter().next() {
                None => {
                    form.phase = Phase::Wrong("A tag needs a key".into());
                    Vec::new()
                }
                Some((key, value)) => {
                    self.doing.over = None;
                    self.count(chosen, Then::Tag(Change::Set { key, value }))
                }
            },
        }
    }

    /// Nothing was written: somebody else has changed them since they were read.
    pub(super) fn ask_over_tags(
        &mut self,
        uri: S3Uri,
        there: Tags,
        now: Tags,
        cx: &Cx<'_>,
    ) -> Vec<Effect> {
        if let Some(form) = self.doing.form() {
            form.phase = Phase::Editing;
        }
        let listed = match there.is_empty() {
            true => "none".to_owned(),
            false => {
                let pairs = there.iter().map(|(key, value)| format!("{key} = {value}"));
                pairs.collect::<Vec<_>>().join(", ")
            }
        };
        let body: [Shown; 4] = [
            uri.to_string().into(),
            "They are not what they were when this form was opened. Now:".into(),
            Shown::of(&listed),
            cx.facts.place(),
        ];
        let job = Job::SaveTags { uri, was: there, now };
        let ask = Confirm::new("Replace the tags?", "Replace", vec![start(Slot::Tags, job)]);
        vec![Effect::Ask(Ask::Confirm(ask.body(body)))]
    }

    pub(super) fn saved_tags(&mut self, uri: &S3Uri, result: Result<(), Failure>) -> Vec<Effect> {
        match result {
            Ok(()) => {
                self.doing.over = None;
                let said = Effect::info(format!("The tags of {} are written", uri.name()));
                std::iter::once(said).chain(self.look_again()).collect()
            }
            Err(failure) => {
                if let Some(form) = self.doing.form() {
                    form.phase = Phase::Wrong(failure.why.clone());
                }
                vec![Effect::fail(&failure)]
            }
        }
    }
}
