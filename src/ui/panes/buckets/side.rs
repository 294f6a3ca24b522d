//! What is open beside the list: the details of an object, or its beginning.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::talk::{Details, Preview, Slot};
use crate::model::shown::Shown;
use crate::model::uri::S3Uri;
use crate::ui::pane::View;
use crate::ui::talk::Failure;
use crate::ui::widgets::list::{Move, Scroll};
use crate::ui::widgets::{frame, text};

/// Waiting for it, having it, or knowing why not.
#[derive(Debug, Clone, PartialEq)]
pub enum Loaded<T> {
    Waiting,
    Here(T),
    Failed(Failure),
}

impl<T> From<Result<T, Failure>> for Loaded<T> {
    fn from(result: Result<T, Failure>) -> Self {
        result.map_or_else(Self::Failed, Self::Here)
    }
}

#[derive(Debug, Clone, PartialEq, Default)]
pub enum Side {
    #[default]
    Closed,
    /// Follows the cursor; `None` where the row is no object.
    Details(Option<(S3Uri, Loaded<Details>)>),
    /// Stays with its object and takes the cursor keys.
    Preview { uri: S3Uri, content: Loaded<Preview>, scroll: Scroll, left: usize },
}

impl Side {
    pub fn preview(uri: S3Uri) -> Self {
        Self::Preview { uri, content: Loaded::Waiting, scroll: Scroll::default(), left: 0 }
    }

    pub fn is_open(&self) -> bool {
        *self != Self::Closed
    }

    /// True while the cursor keys scroll what is read.
    pub fn takes_keys(&self) -> bool {
        matches!(self, Self::Preview { .. })
    }

    pub fn is_waiting(&self) -> bool {
        matches!(
            self,
            Self::Details(Some((_, Loaded::Waiting)))
                | Self::Preview { content: Loaded::Waiting, .. }
        )
    }

    /// Closes it; answers the slot whose job is of no use any more.
    pub fn close(&mut self) -> Option<Slot> {
        match std::mem::take(self) {
            Self::Closed => None,
            Self::Details(_) => Some(Slot::Details),
            Self::Preview { .. } => Some(Slot::Preview),
        }
    }

    pub fn step(&mut self, step: Move) {
        let Self::Preview { content: Loaded::Here(preview), scroll, left, .. } = self else {
            return;
        };
        match step {
            Move::Left => *left = left.saturating_sub(8),
            Move::Right => *left += 8,
            step => scroll.step(step, preview.lines.len()),
        }
    }

    pub fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        match self {
            Self::Closed => {}
            Self::Details(about) => {
                let title = about.as_ref().map(|(uri, _)| Shown::of(uri.name()));
                let title = title.unwrap_or_else(|| "Details".into());
                let inner = frame::panel(area, buf, theme, title.as_str(), false);
                match about {
                    None => {
                        let line =
                            ("Objects have details; folders are opened.".to_owned(), theme.dim);
                        text::put_centred(buf, inner, &[line]);
                    }
                    Some((_, Loaded::Waiting)) => {
                        text::put(buf, inner, "…", theme.dim);
                    }
                    Some((_, Loaded::Failed(failure))) => draw_failure(failure, inner, buf, view),
                    Some((_, Loaded::Here(details))) => draw_details(details, inner, buf, view),
                }
            }
            Self::Preview { uri, content, scroll, left } => {
                let name = Shown::of(uri.name());
                let title = match content {
                    Loaded::Here(preview) => format!("{name}: {}", preview.note),
                    _ => name.to_string(),
                };
                let inner = frame::panel(area, buf, theme, &title, true);
                match content {
                    Loaded::Waiting => {
                        text::put(buf, inner, "…", theme.dim);
                    }
                    Loaded::Failed(failure) => draw_failure(failure, inner, buf, view),
                    Loaded::Here(preview) => {
                        draw_preview(preview, scroll, *left, inner, buf, view);
                    }
                }
            }
        }
    }
}

fn draw_details(details: &Details, area: Rect, buf: &mut Buffer, view: &View<'_>) {
    const LABEL: u16 = 12;
    let room = usize::from(area.width.saturating_sub(LABEL + 1));
    // Where there is room the values are wrapped, else each keeps to its line.
    let roomy = usize::from(area.height) >= details.lines.len() * 2;
    let mut y = area.y;
    for (label, value) in &details.lines {
        let lines = if roomy {
            text::wrap(value.as_str(), room)
        } else {
            vec![text::fit_middle(value.as_str(), room).into_owned()]
        };
        for (at, line) in lines.iter().enumerate() {
            if y >= area.bottom() {
                return;
            }
            let row = Rect { y, height: 1, ..area };
            if at == 0 {
                text::put(buf, row, label, view.theme.dim);
            }
            let rest =
                Rect { x: row.x + LABEL + 1, width: row.width.saturating_sub(LABEL + 1), ..row };
            text::put(buf, rest, line, view.theme.base);
            y += 1;
        }
    }
}

fn draw_preview(
    preview: &Preview,
    scroll: &Scroll,
    left: usize,
    area: Rect,
    buf: &mut Buffer,
    view: &View<'_>,
) {
    if preview.lines.is_empty() {
        text::put_centred(buf, area, &[("The object is empty.".to_owned(), view.theme.dim)]);
        return;
    }
    // Reading scrolls the page, not a cursor in it: the cursor is the first line.
    let height = usize::from(area.height);
    let top = scroll.cursor.min(preview.lines.len().saturating_sub(height));
    let _ = scroll.window(preview.lines.len(), height);
    for (y, line) in (area.y..area.bottom()).zip(&preview.lines[top..]) {
        let tail =
            line.as_str().char_indices().nth(left).map_or("", |(at, _)| &line.as_str()[at..]);
        text::put(buf, Rect { y, height: 1, ..area }, tail, view.theme.base);
    }
}

fn draw_failure(failure: &Failure, area: Rect, buf: &mut Buffer, view: &View<'_>) {
    let mut lines = vec![(failure.why.to_string(), view.theme.error)];
    lines.extend(failure.hint.iter().map(|hint| (hint.to_string(), view.theme.base)));
    text::put_centred(buf, area, &lines);
}
