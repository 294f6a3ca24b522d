//! The text that is typed, with its tokens and the statement under the cursor.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};

use super::save;
use crate::model::sql::position::{self, Place};
use crate::model::sql::reading::Reading;
use crate::model::sql::{self, Kind, Statement, Token, layout, statement, words};
use crate::ui::keymap::Key;
use crate::ui::theme::Theme;
use crate::ui::widgets::area::Area;
use crate::ui::widgets::text;

const INDENT: &str = "  ";

/// From this width on lines are numbered.
const NUMBERED: u16 = 60;

/// The editor's state; what can be derived from the text is derived once an edit.
#[derive(Debug, Clone)]
pub struct Script {
    area: Area,
    text: Arc<str>,
    /// The byte that each line begins at.
    starts: Vec<usize>,
    tokens: Vec<Token>,
    statements: Vec<Statement>,
    /// Which of them is under the cursor, and what it is about.
    at: Option<usize>,
    reading: Reading,
    /// What it is called by: the first table that it reads from.
    stem: String,
    /// A bracket at the cursor and its other end, in bytes.
    pair: Option<(usize, usize)>,
    /// Counts the statements that were under the cursor; the same one, edited, is another.
    turn: u32,
}

impl Default for Script {
    fn default() -> Self {
        Self::new("")
    }
}

impl Script {
    pub fn new(text: &str) -> Self {
        let mut script = Self {
            area: Area::new(text),
            text: "".into(),
            starts: vec![0],
            tokens: Vec::new(),
            statements: Vec::new(),
            at: None,
            reading: Reading::default(),
            stem: String::new(),
            pair: None,
            turn: 0,
        };
        script.settle();
        script
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text as it is now, to be kept beside it without a copy.
    pub fn shared(&self) -> Arc<str> {
        self.text.clone()
    }

    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    pub fn line_count(&self) -> usize {
        self.starts.len()
    }

    /// The one that `run` would run.
    pub fn statement(&self) -> Option<Statement> {
        self.at.map(|at| self.statements[at])
    }

    /// Which of how many that is, from 1.
    pub fn place(&self) -> Option<(usize, usize)> {
        self.at.map(|at| (at + 1, self.statements.len()))
    }

    /// What it is about.
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    /// The first table that it reads from, else `result`; empty where there is no statement.
    pub fn stem(&self) -> &str {
        &self.stem
    }

    /// The number of that statement: another one where its text is another.
    pub fn turn(&self) -> u32 {
        self.turn
    }

    /// The cursor as a byte of the text.
    pub fn cursor(&self) -> usize {
        position::offset(&self.text, self.area.place())
    }

    /// A key that is no command. True where the text changed.
    pub fn key(&mut self, key: Key) -> bool {
        let modified = self.area.key(key);
        self.settle();
        modified
    }

    /// Typed, pasted or chosen text, at the cursor.
    pub fn insert(&mut self, text: &str) {
        self.area.insert(text);
        self.settle();
    }

    pub fn indent(&mut self) {
        self.insert(INDENT);
    }

    /// A statement of its own at the end of the text, the cursor in it.
    pub fn append(&mut self, sql: &str) {
        self.area.goto_end();
        let between = match (self.is_empty(), self.text.trim_end().ends_with(';')) {
            (true, _) => "",
            (false, true) => "\n\n",
            (false, false) => ";\n\n",
        };
        self.insert(&format!("{between}{}", sql.trim()));
    }

    /// The same, the cursor where it begins: of several statements it is on the first, behind
    /// the comments above it.
    pub fn append_above(&mut self, sql: &str) {
        self.append(sql);
        let start = self.text.len() - sql.trim().len();
        let first = sql::split(&self.text).into_iter().find(|one| one.start >= start);
        let start = first.map_or(start, |one| one.start);
        self.goto(position::place(&self.text, start));
    }

    /// Puts text in the place of bytes of the text; the cursor ends behind it.
    pub fn replace(&mut self, from: usize, to: usize, with: &str) {
        self.area.goto(position::place(&self.text, from));
        self.area.delete(self.text[from..to].chars().count());
        self.insert(with);
    }

    /// What would run: the statements of what is selected, else the one under the cursor.
    pub fn chosen(&self) -> Vec<Statement> {
        let Some((from, to)) = self.area.selection().filter(|(from, to)| from < to) else {
            return self.statement().into_iter().collect();
        };
        let (from, to) = (position::offset(&self.text, from), position::offset(&self.text, to));
        let inside = |one: Statement| Statement { start: one.start + from, end: one.end + from };
        sql::split(&self.text[from..to]).into_iter().map(inside).collect()
    }

    /// The lines of what is selected, else the cursor's, as comments or no longer.
    pub fn toggle_comment(&mut self) {
        let place = self.area.place();
        let (from, to) = self.area.selection().unwrap_or((place, place));
        // A selection that ends where a line begins leaves that line out.
        let last = if to.column == 0 && to.row > from.row { to.row - 1 } else { to.row };
        let (start, end) = (self.starts[from.row], self.line_end(last));
        let lines: Vec<&str> = self.text[start..end].split('\n').collect();
        let lines = layout::toggled(&lines).join("\n");
        self.replace(start, end, &lines);
        self.goto(Place { row: place.row, column: place.column });
    }

    fn line_end(&self, row: usize) -> usize {
        self.starts.get(row + 1).map_or(self.text.len(), |next| next - 1)
    }

    /// To the next place of a text behind the cursor, from the beginning on where there is none
    /// further down. Without a capital in it, capitals are as good as small letters. False where
    /// it is nowhere.
    pub fn find(&mut self, wanted: &str) -> bool {
        let exact = wanted.chars().any(char::is_uppercase);
        let fold = |text: &str| if exact { text.to_owned() } else { text.to_ascii_lowercase() };
        let (text, wanted) = (fold(&self.text), fold(wanted));
        let after = self.cursor();
        let behind = text.match_indices(&wanted).map(|(at, _)| at).find(|at| *at > after);
        let Some(at) = behind.or_else(|| text.find(&wanted)) else { return false };
        self.goto(position::place(&self.text, at));
        true
    }

    pub fn goto(&mut self, place: Place) {
        self.area.goto(place);
        self.settle();
    }

    fn settle(&mut self) {
        let text = self.area.lines().join("\n");
        let was = self.statement().map(|one| (self.text.clone(), one));
        if text != *self.text {
            self.text = text.into();
            let ends = self.text.match_indices('\n').map(|(at, _)| at + 1);
            self.starts = std::iter::once(0).chain(ends).collect();
            self.tokens = sql::tokens(&self.text).collect();
            self.statements = sql::split(&self.text);
        }
        let cursor = self.cursor();
        self.at = statement::place(&self.statements, &self.text, cursor);
        self.pair = layout::partners(&self.text, cursor);
        let is = self.statement().map(|one| one.text(&self.text));
        if was.as_ref().map(|(text, one)| one.text(text)) != is {
            self.reading = is.map(Reading::of).unwrap_or_default();
            self.stem = is.map(save::stem).unwrap_or_default();
            self.turn += 1;
        }
    }

    /// Draws lines, colours, the mark of the statement that would run; answers where the
    /// cursor is.
    pub fn draw(&self, area: Rect, buf: &mut Buffer, theme: &Theme) -> Option<Position> {
        if area.height == 0 || area.width < 4 {
            return None;
        }
        let gutter = if area.width >= NUMBERED { 6 } else { 2 };
        let body = Rect { x: area.x + gutter, width: area.width - gutter, ..area };
        let style = |row: usize, at: usize| {
            let byte = self.starts.get(row).map_or(0, |start| start + at);
            let style = self.colour(byte, theme);
            match self.pair {
                Some((one, other)) if byte == one || byte == other => {
                    style.patch(theme.accent).add_modifier(Modifier::BOLD | Modifier::UNDERLINED)
                }
                _ => style,
            }
        };
        let (rows, cursor) = self.area.draw(body, buf, style);
        let marked = self.statement().map(|statement| {
            let row = |byte| position::place(&self.text, byte).row;
            row(statement.start)..=row(statement.end)
        });
        for (y, row) in (area.y..area.bottom()).zip(rows) {
            let line = Rect { y, height: 1, width: gutter - 1, ..area };
            if gutter > 2 {
                let number = Rect { width: gutter - 2, ..line };
                text::put_right(buf, number, &(row + 1).to_string(), theme.dim);
            }
            if marked.as_ref().is_some_and(|lines| lines.contains(&row)) {
                text::put_right(buf, line, "▌", theme.accent);
            }
        }
        cursor
    }

    fn colour(&self, byte: usize, theme: &Theme) -> Style {
        let token = self.tokens.partition_point(|token| token.end <= byte);
        self.tokens.get(token).map_or(theme.base, |token| colour(token, &self.text, theme))
    }
}

fn colour(token: &Token, all: &str, theme: &Theme) -> Style {
    match token.kind {
        Kind::Comment => theme.sql_comment,
        Kind::Text => theme.sql_text,
        Kind::Number => theme.sql_number,
        Kind::Word => {
            let word = token.text(all);
            if words::is_keyword(word) || words::is_type(word) {
                theme.sql_keyword
            } else if words::is_function(word) {
                theme.accent
            } else {
                theme.base
            }
        }
        Kind::Space | Kind::Quoted | Kind::End | Kind::Mark => theme.base,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn under(script: &Script) -> &str {
        script.statement().map_or("", |statement| statement.text(script.text()))
    }

    #[test]
    fn the_statement_follows_the_cursor() {
        let mut script = Script::new("select 1;\nselect 2;\n");
        assert_eq!(under(&script), "select 2");
        for _ in 0..2 {
            script.key("up".parse().unwrap());
        }
        assert_eq!(under(&script), "select 1");
    }

    #[test]
    fn replacing_puts_the_cursor_behind() {
        let mut script = Script::new("select größe from x\nwhere 1");
        script.replace(7, 14, "\"länge\"");
        assert_eq!(script.text(), "select \"länge\" from x\nwhere 1");
        script.insert("!");
        assert!(script.text().starts_with("select \"länge\"! from"));
        let all = script.text().len();
        script.replace(0, all, "a\nb");
        assert_eq!(script.text(), "a\nb");
    }

    #[test]
    fn what_is_selected_runs() {
        let mut script = Script::new("select 1;\nselect 2;\nselect 3");
        assert_eq!(script.chosen().len(), 1);
        script.key("shift-up".parse().unwrap());
        script.key("shift-home".parse().unwrap());
        let all = script.text().to_owned();
        let texts: Vec<&str> = script.chosen().iter().map(|one| one.text(&all)).collect();
        assert_eq!(texts, ["select 2", "select 3"]);
        script.toggle_comment();
        assert_eq!(script.text(), "select 1;\n-- select 2;\n-- select 3");
    }

    #[test]
    fn finding_goes_round() {
        let mut script = Script::new("Größe a\ngröße B\nA");
        script.goto(Place::default());
        assert!(script.find("a") && script.cursor() == 8);
        assert!(script.find("a") && script.cursor() == 20);
        assert!(script.find("a") && script.cursor() == 8);
        assert!(script.find("B") && !script.find("b B") && !script.find("x"));
    }

    #[test]
    fn what_is_appended_is_a_statement_of_its_own() {
        let mut script = Script::new("select 1");
        script.append("select 2;\n");
        assert_eq!(script.text(), "select 1;\n\nselect 2;");
        assert_eq!(under(&script), "select 2");
        script.append_above("-- why\nselect 3;\n\nselect 4;\n");
        assert!(script.text().ends_with("select 2;\n\n-- why\nselect 3;\n\nselect 4;"));
        assert_eq!(under(&script), "select 3");
        let mut empty = Script::new("\n");
        empty.append("select 3");
        assert_eq!(under(&empty), "select 3");
    }
}
