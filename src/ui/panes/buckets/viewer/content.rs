//! What has been read of an object: facts about it, and rows as far as they have come.

use super::talk::{Content, Job, Section};
use crate::model::shown::Shown;
use crate::ui::talk::Failure;
use crate::ui::widgets::grid::{Grid, Value};
use crate::ui::widgets::list::{Move, Scroll};

/// Rows that are asked for at a time.
const PAGE: usize = 500;
/// Nearer than this to the last row the next ones are asked for.
const NEAR: usize = 128;
/// More rows are not kept, nor more text than this many bytes.
const MOST: usize = 100_000;
const HEAVIEST: usize = 64 << 20;
/// Sideways, in characters.
const ASIDE: usize = 8;

/// Whether there is more behind the rows that are here.
#[derive(Clone, PartialEq)]
pub enum End {
    More,
    /// They are on their way.
    Asked,
    Whole,
    /// As many are here as are kept.
    Enough,
    Broken(Failure),
}

/// Who has the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Focus {
    Facts,
    #[default]
    Rows,
}

/// A line of the facts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fact<'a> {
    Title(usize, &'a Section),
    Line(usize, &'a Shown),
}

#[derive(Clone, PartialEq)]
pub struct Open {
    pub kind: Shown,
    pub sections: Vec<Section>,
    pub is_table: bool,
    pub grid: Grid,
    /// Any row can be asked for, and only a window of them is here.
    pub is_window: bool,
    pub end: End,
    /// Bytes.
    pub size: u64,
    pub read: u64,
    /// Characters of lines that are left of the screen.
    pub left: usize,
    pub focus: Focus,
    pub facts: Scroll,
    weight: usize,
}

impl Open {
    pub fn new(content: Content) -> Self {
        let is_table = content.columns.is_some();
        let mut grid = Grid::typed(content.columns.unwrap_or_default());
        grid.bare = content.total.is_some();
        grid.grown(content.total.unwrap_or(0), content.total.is_some());
        Self {
            kind: content.kind,
            sections: content.sections,
            is_table,
            grid,
            is_window: content.total.is_some(),
            end: if content.total == Some(0) { End::Whole } else { End::Asked },
            size: content.size,
            read: 0,
            left: 0,
            focus: Focus::Rows,
            facts: Scroll::default(),
            weight: 0,
        }
    }

    /// Rows have come.
    pub fn take(&mut self, first: usize, rows: Vec<Vec<Value>>, whole: bool, read: u64) {
        self.read = read;
        if self.is_window {
            self.grid.take(first, rows);
            self.end = End::Whole;
            return;
        }
        let weights = rows.iter().flatten().filter_map(Value::text).map(|text| text.as_str().len());
        self.weight += weights.sum::<usize>();
        self.grid.append(rows);
        self.end = match whole {
            true => End::Whole,
            false if self.grid.rows >= MOST || self.weight >= HEAVIEST => End::Enough,
            false => End::More,
        };
    }

    /// What to ask for, now that the cursor is where it is.
    pub fn wanted(&mut self, generation: u32) -> Option<Job> {
        let (first, count) = if self.is_window {
            self.grid.wanted()?
        } else {
            if self.end != End::More || self.grid.cursor() + NEAR < self.grid.rows {
                return None;
            }
            self.end = End::Asked;
            (self.grid.rows, PAGE)
        };
        Some(Job::Rows { generation, first, count })
    }

    /// The facts that are to be seen, folded ones as their titles.
    pub fn facts(&self) -> impl Iterator<Item = Fact<'_>> {
        self.sections.iter().enumerate().flat_map(|(at, section)| {
            let open = if section.folded { &[][..] } else { &section.lines };
            std::iter::once(Fact::Title(at, section))
                .chain(open.iter().map(move |line| Fact::Line(at, line)))
        })
    }

    pub fn fact_count(&self) -> usize {
        let open = self.sections.iter().filter(|section| !section.folded);
        self.sections.len() + open.map(|section| section.lines.len()).sum::<usize>()
    }

    pub fn step(&mut self, step: Move, wrap: bool) {
        let facts = self.fact_count();
        let at_top = self.grid.cursor() == 0;
        match (self.focus, step) {
            (Focus::Facts, Move::Left | Move::Right) => {}
            (Focus::Facts, Move::Down | Move::PageDown) if self.facts.cursor + 1 >= facts => {
                self.enter_rows();
            }
            (Focus::Facts, Move::Bottom) => {
                self.enter_rows();
                self.grid.step(step);
            }
            (Focus::Facts, step) => self.facts.step(step, facts),
            (Focus::Rows, Move::Up | Move::PageUp) if at_top && facts > 0 => {
                self.focus = Focus::Facts;
                self.facts.cursor = facts - 1;
            }
            (Focus::Rows, Move::Top) if at_top && facts > 0 => {
                self.focus = Focus::Facts;
                self.facts.cursor = 0;
            }
            (Focus::Rows, Move::Left) if !self.is_table => {
                self.left = self.left.saturating_sub(ASIDE);
            }
            (Focus::Rows, Move::Right) if !self.is_table => {
                if !wrap && self.left + ASIDE < self.longest() {
                    self.left += ASIDE;
                }
            }
            (Focus::Rows, step) => self.grid.step(step),
        }
    }

    fn enter_rows(&mut self) {
        if self.grid.rows > 0 {
            self.focus = Focus::Rows;
        }
    }

    /// The longest line on screen, in characters.
    fn longest(&self) -> usize {
        let on_screen = self.grid.scroll().seen();
        let lines = on_screen.filter_map(|at| self.grid.row(at)?.first()?.text());
        lines.map(|line| line.as_str().chars().count()).max().unwrap_or(0)
    }

    /// Opens or folds the section under the cursor; false where it is on none.
    pub fn fold(&mut self) -> bool {
        let Some(Fact::Title(at, _)) = self.facts().nth(self.facts.cursor) else { return false };
        self.sections[at].folded = !self.sections[at].folded;
        true
    }

    /// Where this text is found next behind the cursor, or before it, among the rows that are
    /// here; case does not matter.
    pub fn find(&self, wanted: &str, forward: bool, here: bool) -> Option<(usize, usize)> {
        let wanted = wanted.to_lowercase();
        let width = self.grid.columns.len().max(1);
        let (first, rows) = self.grid.held();
        let cells = rows.len() * width;
        let column = if self.is_table { self.grid.column } else { 0 };
        let cursor = self.grid.cursor().saturating_sub(first) * width + column;
        let has = |cell: &usize| {
            let value = rows.get(cell / width).and_then(|row| row.get(cell % width));
            value.and_then(Value::text).is_some_and(|text| contains(text.as_str(), &wanted))
        };
        let found = match forward {
            true => (cursor + usize::from(!here)..cells).find(has),
            false => (0..cursor.min(cells)).rev().find(has),
        };
        found.map(|cell| (first + cell / width, cell % width))
    }
}

/// `wanted` is in lower case.
fn contains(text: &str, wanted: &str) -> bool {
    if !text.is_ascii() {
        return text.to_lowercase().contains(wanted);
    }
    let (text, wanted) = (text.as_bytes(), wanted.as_bytes());
    wanted.is_empty() || text.windows(wanted.len()).any(|part| part.eq_ignore_ascii_case(wanted))
}
