//! How the dialog looks.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::super::Sql;
use super::talk::Group;
use super::{About, Dialog, Value, VenueCommand, told};
use crate::model::shown::{Shown, shown};
use crate::ui::loaded::Loaded;
use crate::ui::pane::View;
use crate::ui::talk::Failure;
use crate::ui::widgets::{frame, text};

/// From this height on there is room for what holds in the workgroup.
const TALL: u16 = 13;
/// Lines of it.
const FOOT: u16 = 5;

impl Sql {
    pub(in super::super) fn draw_venue(
        &self,
        area: Rect,
        buf: &mut Buffer,
        view: &View<'_>,
    ) -> Option<Position> {
        let dialog = self.venue.as_ref()?;
        let size = (area.width.saturating_sub(2).min(84), area.height.saturating_sub(1).min(22));
        let inner = frame::dialog(area, buf, view.theme, size, "Where it runs");
        if inner.is_empty() {
            return None;
        }
        let line = |y: u16| Rect { y, height: 1, ..inner };
        let mut y = inner.y;
        // Of a low dialog the list is what counts.
        if inner.height >= 8 {
            for about in About::ALL {
                self.draw_value(about, dialog, line(y), buf, view);
                y += 1;
            }
        }
        let foot = if inner.height >= TALL { FOOT } else { 0 };
        let cursor = draw_field(dialog, line(y), buf, view);
        let body =
            Rect { y: y + 1, height: (inner.bottom() - foot).saturating_sub(y + 1), ..inner };
        self.draw_rows(dialog, body, buf, view);
        if foot > 0 {
            let facts = self.facts(dialog, view);
            for (at, (words, style)) in (inner.bottom() - foot..).zip(facts) {
                text::put(buf, line(at), &text::fit_middle(&words, inner.width.into()), style);
            }
        }
        cursor
    }

    fn draw_value(
        &self,
        about: About,
        dialog: &Dialog,
        line: Rect,
        buf: &mut Buffer,
        view: &View<'_>,
    ) {
        let theme = view.theme;
        let here = about == dialog.about;
        text::put(buf, line, if here { "▸" } else { " " }, theme.accent);
        let word = Rect { x: line.x + 2, width: line.width.saturating_sub(2), ..line };
        text::put(buf, word, about.word(), if here { theme.accent } else { theme.dim });
        let value = Rect { x: line.x + 12, width: line.width.saturating_sub(12), ..line };
        text::put(buf, value, &shown(&self.value(about)), theme.base);
    }

    fn draw_rows(&self, dialog: &Dialog, body: Rect, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        let state = self.which(dialog.about).and_then(|which| self.venues.list(&which));
        if dialog.rows.is_empty() {
            let (words, style) = match state.map(|list| list.state()) {
                Some(Loaded::Failed(failure)) => (refused(failure), theme.error),
                Some(Loaded::Unknown | Loaded::Waiting) => ("…".to_owned(), theme.dim),
                None if dialog.about == About::Reuse => {
                    ("A number of minutes, 10,080 (seven days) at most.".to_owned(), theme.dim)
                }
                _ if dialog.field.is_empty() => ("There is none.".to_owned(), theme.dim),
                _ => ("Nothing matches.".to_owned(), theme.dim),
            };
            text::put_centred(buf, body, &[(words, style)]);
            return;
        }
        for (y, at) in (body.y..).zip(dialog.scroll.window(dialog.rows.len(), body.height.into())) {
            let row = Rect { y, height: 1, ..body };
            let words = match &dialog.rows[at].value {
                Value::Name(name) => Shown::of(name),
                Value::Reuse(minutes) => told(*minutes).into(),
            };
            let used = text::put_right(buf, row, dialog.rows[at].note.as_str(), theme.dim);
            let rest = Rect { width: row.width.saturating_sub(used + 1), ..row };
            text::put(buf, rest, &text::fit(words.as_str(), rest.width.into()), theme.base);
            if at == dialog.scroll.cursor {
                buf.set_style(row, theme.cursor);
            }
        }
    }

    /// What holds in the workgroup under the cursor, else in the tab's.
    fn facts(&self, dialog: &Dialog, view: &View<'_>) -> Vec<(String, Style)> {
        let theme = view.theme;
        let name = match dialog.current().map(|row| &row.value) {
            Some(Value::Name(name)) if dialog.about == About::Workgroup => name.clone(),
            _ => self.workgroup().to_owned(),
        };
        let (choose, next) =
            (view.keymap.hint(VenueCommand::Choose), view.keymap.hint(VenueCommand::Next));
        let keys = (format!("{choose} takes it · {next} next · esc"), theme.dim);
        match self.venues.group(&name) {
            None => vec![(format!("workgroup {} …", shown(&name)), theme.dim), keys],
            Some(Err(failure)) => vec![(refused(failure), theme.error), keys],
            Some(Ok(group)) => {
                let closed = format!("Workgroup {} is disabled: nothing runs in it", shown(&name));
                let closed = (!group.workgroup.enabled).then_some((closed, theme.warn));
                let mut lines: Vec<(String, Style)> = closed.into_iter().collect();
                lines.extend(told_of(group).map(|line| (line, theme.base)));
                lines.truncate(usize::from(FOOT) - 1);
                lines.push(keys);
                lines
            }
        }
    }
}

fn draw_field(dialog: &Dialog, line: Rect, buf: &mut Buffer, view: &View<'_>) -> Option<Position> {
    let used = text::put(buf, line, "/", view.theme.accent);
    let field = Rect { x: line.x + used, width: line.width.saturating_sub(used), ..line };
    dialog.field.draw(field, buf, view.theme.field)
}

fn refused(failure: &Failure) -> String {
    failure.notice().text.to_string()
}

/// Where results go, how they are encrypted, what runs, and up to where.
fn told_of(group: &Group) -> [String; 4] {
    let by = if group.enforced { " · as the workgroup enforces" } else { "" };
    let encryption = group.encryption.as_ref().map_or("as the bucket does", Shown::as_str);
    let limit = match group.workgroup.scan_limit {
        Some(bytes) => format!("a query is stopped past {}", text::bytes(bytes)),
        None => "a query may read without a limit".to_owned(),
    };
    let engine = group.workgroup.engine.as_deref().unwrap_or("engine not told");
    [
        format!("results {}", group.output),
        format!("encrypted {encryption}{by}"),
        format!("{} · 10 MB are billed at least", shown(engine)),
        limit,
    ]
}
