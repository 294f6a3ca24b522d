//! What is in an object, beside the list or over the whole pane.
//!
//! ```text
//! ╭ variants.vcf.gz ──────────────────────────────────────────────────────────╮
//! │ VCF 4.2, BGZF · 628 records shown · 64.0 KiB of 3.4 GiB read              │
//! │ ▸ Header (34 lines)                                                       │
//! │    CHROM  POS    ID         REF  ALT                                      │
//! │  1 chr17  43045  rs8176318  C    A                                        │
//! ╰───────────────────────────────────────────────────────────────────────────╯
//! ```
//!
//! Rows come while they are scrolled to. They are kept as long as the viewer is open, up to a
//! limit; of what can be gone through anywhere only a window is.

mod command;
mod content;
mod draw;
mod talk;

pub use command::Command;
pub use talk::{Content, Job, News, Section};

use self::content::{End, Fact, Focus, Open};
use crate::model::object::ObjectRef;
use crate::model::shown::Shown;
use crate::ui::command::{Command as Any, Layer};
use crate::ui::loaded::Loaded;
use crate::ui::modal::{Ask, Choice, Reader};
use crate::ui::pane::Input;
use crate::ui::talk::{Cx, Effect, Failure};
use crate::ui::widgets::field::Command as Editing;
use crate::ui::widgets::filter::{Filter, Typed};
use crate::ui::widgets::grid::Value;
use crate::ui::widgets::list::Move;

use super::talk::{Job as PaneJob, Slot};

/// The viewer's state.
#[derive(Clone, PartialEq)]
pub struct Viewer {
    object: ObjectRef,
    /// Counts the openings: news of an earlier one is late.
    generation: u32,
    /// Its bytes were asked for.
    bytes: bool,
    content: Loaded<Open>,
    large: bool,
    wrap: bool,
    find: Filter,
}

impl Viewer {
    /// A viewer that waits for its object, and what to ask for.
    pub fn open(object: ObjectRef, generation: u32) -> (Self, Vec<Effect>) {
        let mut viewer = Self {
            object,
            generation,
            bytes: false,
            content: Loaded::Waiting,
            large: false,
            wrap: false,
            find: Filter::default(),
        };
        let effects = viewer.begin();
        (viewer, effects)
    }

    pub fn object(&self) -> &ObjectRef {
        &self.object
    }

    /// True where it is to have the whole pane.
    pub fn is_large(&self) -> bool {
        self.large
    }

    pub fn is_waiting(&self) -> bool {
        match &self.content {
            Loaded::Here(open) => open.end == End::Asked,
            content => content.is_waiting(),
        }
    }

    pub fn typing(&self) -> bool {
        self.find.typing()
    }

    pub fn layers(&self) -> &'static [Layer] {
        if self.typing() { &[Layer::Field] } else { &[Layer::Preview, Layer::List] }
    }

    fn begin(&mut self) -> Vec<Effect> {
        self.content = Loaded::Waiting;
        let (object, bytes, generation) = (self.object.clone(), self.bytes, self.generation);
        let job = PaneJob::Viewer(Job::Open { object, bytes, generation });
        vec![Effect::start(Slot::Preview, job)]
    }

    /// Opens it once more; `generation` is a new one.
    fn again(&mut self, generation: u32) -> Vec<Effect> {
        self.generation = generation;
        self.begin()
    }

    fn ask(&mut self) -> Vec<Effect> {
        let generation = self.generation;
        let wanted = self.content.here_mut().and_then(|open| open.wanted(generation));
        let rows = |job| Effect::start(Slot::PreviewRows, PaneJob::Viewer(job));
        wanted.map(rows).into_iter().collect()
    }

    pub fn hear(&mut self, news: News) -> Vec<Effect> {
        if news.generation() != self.generation {
            return Vec::new();
        }
        match news {
            News::Opened { content, .. } => self.content = Loaded::Here(Open::new(content)),
            News::Rows { first, rows, whole, read, .. } => {
                if let Some(open) = self.content.here_mut() {
                    open.take(first, rows, whole, read);
                }
            }
            News::Broken { failure, .. } => match self.content.here_mut() {
                Some(open) => open.end = End::Broken(failure),
                None => self.content = Loaded::Failed(failure),
            },
        }
        self.ask()
    }

    pub fn step(&mut self, step: Move) -> Vec<Effect> {
        let wrap = self.wrap;
        if let Some(open) = self.content.here_mut() {
            open.step(step, wrap);
        }
        self.ask()
    }

    /// Closes the innermost thing; false where that is the viewer itself.
    pub fn escape(&mut self) -> bool {
        self.find.close()
    }

    /// What is not the pane's business; `next` is the next generation.
    pub fn obey(&mut self, command: Command, next: u32, cx: &Cx<'_>) -> Vec<Effect> {
        match command {
            Command::Open => return self.open_here(),
            Command::Enlarge => self.large = !self.large,
            Command::Find => {
                self.find.close();
                self.find.open();
            }
            Command::Next => return self.found(true, false),
            Command::Previous => return self.found(false, false),
            Command::Wrap => {
                self.wrap = !self.wrap;
                if let Some(open) = self.content.here_mut() {
                    open.left = 0;
                }
            }
            Command::Bytes => {
                self.bytes = !self.bytes;
                return self.again(next);
            }
            Command::Copy => return self.copy(cx),
            Command::FirstColumn => return self.column(|open| open.grid.first_column()),
            Command::LastColumn => return self.column(|open| open.grid.last_column()),
            Command::Retry => return self.again(next),
            Command::Close | Command::Query | Command::Download => {}
        }
        Vec::new()
    }

    fn column(&mut self, turn: fn(&mut Open)) -> Vec<Effect> {
        if let Some(open) = self.content.here_mut() {
            open.left = 0;
            turn(open);
        }
        Vec::new()
    }

    fn open_here(&mut self) -> Vec<Effect> {
        let Some(open) = self.content.here_mut() else { return Vec::new() };
        if open.focus == Focus::Facts {
            if open.fold() {
                return Vec::new();
            }
            let at = open.facts.cursor;
            let Some(Fact::Line(section, _)) = open.facts().nth(at) else { return Vec::new() };
            let section = &open.sections[section];
            let reader = Reader::plain(section.title.clone(), section.lines.clone());
            return vec![Effect::Ask(Ask::Reader(reader))];
        }
        if !open.is_table {
            self.large = !self.large;
            return Vec::new();
        }
        let Some(value) = open.grid.value() else { return Vec::new() };
        let Some(text) = value.text() else { return vec![Effect::info("The cell is NULL")] };
        let name = &open.grid.columns[open.grid.column].name;
        let title = format!("{name}, row {}", open.grid.cursor() + 1);
        // The sanitiser has made marks of line ends.
        let lines: Vec<Shown> = text.as_str().split('␊').map(Shown::of).collect();
        vec![Effect::Ask(Ask::Reader(Reader::plain(title, lines)))]
    }

    /// Where nothing may leave the lake nothing is copied.
    fn copy(&self, cx: &Cx<'_>) -> Vec<Effect> {
        let Some(open) = self.content.here() else { return Vec::new() };
        if cx.facts.settings.as_ref().is_some_and(|settings| !settings.downloads) {
            return vec![Effect::warn(
                "What is in objects does not leave this lake (downloads = false)",
            )];
        }
        if open.focus == Focus::Facts {
            return match open.facts().nth(open.facts.cursor) {
                Some(Fact::Line(_, line)) => vec![Effect::Copy(line.clone())],
                _ => Vec::new(),
            };
        }
        let (Some(value), Some(row)) = (open.grid.value(), open.grid.row(open.grid.cursor()))
        else {
            return Vec::new();
        };
        if !open.is_table {
            return vec![Effect::Copy(value.plain())];
        }
        let cells: Vec<Shown> = row.iter().map(Value::plain).collect();
        let cells: Vec<&Shown> = cells.iter().collect();
        let rows: Vec<(Shown, Vec<Effect>)> = vec![
            ("The cell".into(), vec![Effect::Copy(value.plain())]),
            ("The row, with tabs".into(), vec![Effect::Copy(Shown::join(&cells, "\t"))]),
        ];
        vec![Effect::Ask(Ask::Choice(Choice::new("Copy", rows)))]
    }

    pub fn type_in(&mut self, input: Input) -> Vec<Effect> {
        match self.find.type_in(input) {
            Typed::Ended if self.find.is_empty() => Vec::new(),
            Typed::Ended => self.found(true, true),
            Typed::Changed | Typed::Nothing => Vec::new(),
        }
    }

    pub fn edit(&mut self, command: Editing) {
        self.find.edit(command);
    }

    /// `here`: the cell under the cursor counts.
    fn found(&mut self, forward: bool, here: bool) -> Vec<Effect> {
        if self.find.is_empty() {
            return Vec::new();
        }
        let Some(open) = self.content.here_mut() else { return Vec::new() };
        let Some((row, column)) = open.find(self.find.text(), forward, here) else {
            let what = match (forward, &open.end) {
                (false, _) => "It is not found before this in what has been read",
                (true, End::Whole) => "It is not found behind this",
                (true, _) => "It is not found in what has been read so far",
            };
            return vec![Effect::info(what)];
        };
        open.focus = Focus::Rows;
        open.grid.go(row, column);
        self.ask()
    }

    pub fn hints(&self) -> Vec<Any> {
        use Command as C;
        let open = self.content.here();
        let hints: &[Command] = match open {
            None if matches!(self.content, Loaded::Failed(_)) => &[C::Retry, C::Close, C::Bytes],
            None => &[C::Close],
            Some(open) if open.is_table => {
                &[C::Close, C::Find, C::Open, C::Query, C::Enlarge, C::Bytes, C::Copy, C::Download]
            }
            Some(_) => {
                &[C::Close, C::Find, C::Wrap, C::Query, C::Enlarge, C::Bytes, C::Copy, C::Download]
            }
        };
        let found = (!self.find.is_empty()).then_some([C::Next, C::Previous]);
        found.into_iter().flatten().chain(hints.iter().copied()).map(Any::from).collect()
    }

    /// Why it could not be opened.
    fn failure(&self) -> Option<&Failure> {
        match &self.content {
            Loaded::Failed(failure) => Some(failure),
            _ => None,
        }
    }
}

// No derive: what an object holds must not reach a log.
impl std::fmt::Debug for Viewer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Viewer").field("generation", &self.generation).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
