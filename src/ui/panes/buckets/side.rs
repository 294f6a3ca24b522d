//! What is open beside the list: the details of an object, or what is in it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::talk::{Details, Slot};
use super::viewer::Viewer;
use crate::model::shown::Shown;
use crate::model::uri::S3Uri;
use crate::ui::pane::View;
use crate::ui::talk::Failure;
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
    Preview(Box<Viewer>),
}

impl Side {
    pub fn viewer(&self) -> Option<&Viewer> {
        match self {
            Self::Preview(viewer) => Some(viewer),
            _ => None,
        }
    }

    pub fn viewer_mut(&mut self) -> Option<&mut Viewer> {
        match self {
            Self::Preview(viewer) => Some(viewer),
            _ => None,
        }
    }

    pub fn is_open(&self) -> bool {
        *self != Self::Closed
    }

    /// True while the keys are those of what is read.
    pub fn takes_keys(&self) -> bool {
        self.viewer().is_some()
    }

    pub fn is_waiting(&self) -> bool {
        match self {
            Self::Preview(viewer) => viewer.is_waiting(),
            side => matches!(side, Self::Details(Some((_, Loaded::Waiting)))),
        }
    }

    /// Closes it; answers the slot whose job is of no use any more.
    pub fn close(&mut self) -> Option<Slot> {
        match std::mem::take(self) {
            Self::Closed => None,
            Self::Details(_) => Some(Slot::Details),
            Self::Preview(_) => Some(Slot::Preview),
        }
    }

    pub fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) -> Option<Position> {
        let theme = view.theme;
        match self {
            Self::Closed => {}
            Self::Preview(viewer) => return viewer.draw(area, buf, view),
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
        }
        None
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

fn draw_failure(failure: &Failure, area: Rect, buf: &mut Buffer, view: &View<'_>) {
    let mut lines = vec![(failure.why.to_string(), view.theme.error)];
    lines.extend(failure.hint.iter().map(|hint| (hint.to_string(), view.theme.base)));
    text::put_centred(buf, area, &lines);
}
