//! How the view looks.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Command, Found, Line, Place, Posture, Sum};
use crate::model::posture::{Check, Verdict};
use crate::model::shown::Shown;
use crate::ui::loaded::Loaded;
use crate::ui::pane::View;
use crate::ui::theme::Theme;
use crate::ui::widgets::table::{Cell, Column, Row, Table, Width};
use crate::ui::widgets::{frame, notes, text};

/// From this width on the details lie beside the list.
const WIDE: u16 = 120;

const COLUMNS: &[Column] = &[
    Column::new("  check", Width::Exactly(18)),
    Column::new("verdict", Width::Exactly(7)).rank(2),
    Column::new("found", Width::Rest(12)).rank(1),
];

impl Posture {
    pub fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        self.draw_title(Rect { height: 1, ..area }, buf, view);
        let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        match &self.places {
            Loaded::Failed(failure) => notes::failed(body, buf, view, failure, Command::Refresh),
            Loaded::Here(places) if places.is_empty() => {
                notes::quiet(body, buf, view, "No bucket has a role, and none was chosen.");
            }
            Loaded::Here(_) => self.draw_list(body, buf, view),
            Loaded::Unknown | Loaded::Waiting => {
                notes::quiet(body, buf, view, "Asking how the buckets stand …");
            }
        }
    }

    fn draw_title(&self, line: Rect, buf: &mut Buffer, view: &View<'_>) {
        let state = if self.looking { "asking …" } else { "" };
        let words = match told(Sum::of(self.places())) {
            none if none.is_empty() => "Posture".to_owned(),
            some => format!("Posture: {some}"),
        };
        frame::heading(line, buf, view.theme, &words, state);
    }

    fn draw_list(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let (list, side) = match self.details {
            false => (area, None),
            true => {
                let (list, side) = frame::split(area, WIDE, (area.height / 2).min(11));
                (list, Some(side))
            }
        };
        let table = Table {
            columns: COLUMNS,
            sorted: None,
            scroll: &self.scroll,
            len: self.len(),
            focused: true,
        };
        table.draw(list, buf, view.theme, |at| match self.line(at) {
            Some(Line::Bucket(place)) => bucket_row(place, view.theme),
            Some(Line::Check(_, check, found)) => check_row(check, found, view.theme),
            None => Row::default(),
        });
        if let Some(side) = side {
            self.draw_details(side, buf, view);
        }
    }

    fn draw_details(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let Some(line) = self.here() else { return };
        let (title, facts) = match line {
            Line::Bucket(place) => (Shown::of(&place.bucket), bucket_facts(place)),
            Line::Check(_, check, found) => (check.name().into(), check_facts(check, found)),
        };
        let inner = frame::panel(area, buf, view.theme, title.as_str(), false);
        notes::facts(inner, buf, view, facts);
    }
}

/// `9 pass, 1 warning, 2 fail`; empty where nothing was found yet.
fn told(sum: Sum) -> String {
    let part = |count: u64, words: String| (count > 0).then_some(words);
    let parts = [
        part(sum.fail, format!("{} fail", text::count(sum.fail))),
        part(sum.unknown, format!("{} unknown", text::count(sum.unknown))),
        part(sum.warn, text::plural(sum.warn, "warning")),
        part(sum.pass, format!("{} pass", text::count(sum.pass))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn bucket_row(place: &Place, theme: &Theme) -> Row {
    let role = place.role.map(|role| format!(" ({role})")).unwrap_or_default();
    let words = match told(Sum::of([place])) {
        none if none.is_empty() => "…".to_owned(),
        some => some,
    };
    Row::heading(Cell::new(format!("s3://{}/{role}: {words}", place.bucket), theme.folder))
}

fn check_row(check: Check, found: Option<&Found>, theme: &Theme) -> Row {
    let Some(found) = found else {
        return Row::new([Cell::new(format!("  {check}"), theme.dim), Cell::new("…", theme.dim)]);
    };
    let (sign, style) = look(found.verdict, theme);
    Row::new([
        Cell::new(format!("{sign} {check}"), style),
        Cell::new(found.verdict.name(), style),
        Cell::new(found.found.clone(), Style::new()),
    ])
}

fn look(verdict: Verdict, theme: &Theme) -> (char, Style) {
    match verdict {
        Verdict::Pass => ('✓', theme.dim),
        Verdict::Warn => ('!', theme.warn),
        Verdict::Unknown => ('?', theme.warn),
        Verdict::Fail => ('✗', theme.error),
    }
}

fn bucket_facts(place: &Place) -> Vec<(&'static str, String)> {
    let waits = place.findings.iter().any(Option::is_none);
    let mut facts = vec![("bucket", Shown::of(&place.bucket).to_string())];
    facts.extend(place.role.map(|role| ("role", role.name().to_owned())));
    facts.push(("found", told(Sum::of([place]))));
    facts.extend(waits.then(|| ("state", "asking …".to_owned())));
    facts
}

fn check_facts(check: Check, found: Option<&Found>) -> Vec<(&'static str, String)> {
    let mut facts = match found {
        None => vec![("verdict", "asking …".to_owned())],
        Some(found) => {
            vec![("verdict", found.verdict.to_string()), ("found", found.found.to_string())]
        }
    };
    let todo = found.and_then(|found| found.todo.as_ref());
    facts.extend(todo.map(|todo| ("do", todo.to_string())));
    facts.push(("wanted", check.wants().to_owned()));
    if check == Check::LakeFormation {
        let mind = "whoever has S3 permission of his own goes past Lake Formation's filters";
        facts.push(("mind", mind.to_owned()));
    }
    facts
}
