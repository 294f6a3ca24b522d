//! The screen before there is a lake: opening, nothing to open, or it could not be opened.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{App, Job, Phase, Slot, Which};
use crate::ui::command::{Command as Any, commands};
use crate::ui::pane::View;
use crate::ui::talk::Effect;
use crate::ui::widgets::{bar, text};

commands! {
    /// What works while there is no lake.
    pub enum Command {
        Demo = "open-demo", "Open the demo: a lake on this machine, with sample data.";
        Retry = "retry", "Look for the lake again.";
    }
}

pub(super) fn hints(phase: &Phase) -> Vec<Any> {
    match phase {
        Phase::Nowhere => vec![Command::Demo.into(), Command::Retry.into()],
        _ => vec![Command::Retry.into(), Command::Demo.into()],
    }
}

impl App {
    pub(super) fn obey_start(&mut self, command: Command) -> Vec<Effect> {
        if matches!(self.phase, Phase::Open | Phase::Opening(_)) {
            return Vec::new();
        }
        let which = match command {
            Command::Demo => Which::Demo,
            Command::Retry => Which::Asked,
        };
        self.phase = Phase::Opening(which);
        vec![Effect::start(Slot::Open, Job::Open(which))]
    }

    pub(super) fn draw_start(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let lines = match &self.phase {
            Phase::Open => return,
            Phase::Opening(which) => self.opening(*which, view),
            Phase::Nowhere => self.nowhere(view),
            Phase::Failed(failure) => {
                let theme = view.theme;
                let mut lines = vec![
                    (failure.what.to_string(), theme.title),
                    (String::new(), Style::new()),
                    (failure.why.to_string(), theme.error),
                ];
                lines.extend(failure.hint.iter().map(|hint| (hint.to_string(), theme.base)));
                lines.extend(failure.code.iter().map(|code| (code.to_string(), theme.dim)));
                lines
            }
        };
        let inset = area.width / 10;
        let area = Rect { x: area.x + inset, width: area.width - 2 * inset, ..area };
        text::put_centred(buf, area, &lines);
    }

    fn opening(&self, which: Which, view: &View<'_>) -> Vec<(String, Style)> {
        let what = match which {
            Which::Asked if self.setup.title.is_empty() => "Looking for a lake".to_owned(),
            Which::Asked => format!("Opening {}", self.setup.title),
            Which::Demo => "Making the demo lake".to_owned(),
        };
        let wheel = bar::wheel(view.began, view.now);
        vec![(format!("{wheel} {what}"), view.theme.accent)]
    }

    fn nowhere(&self, view: &View<'_>) -> Vec<(String, Style)> {
        let (theme, keymap) = (view.theme, view.keymap);
        let blank = || (String::new(), Style::new());
        vec![
            ("There is no lake here yet".to_owned(), theme.title),
            blank(),
            (format!("{}  opens the demo", keymap.hint(Command::Demo)), theme.key),
            ("a lake on this machine, with sample data; no AWS account".to_owned(), theme.base),
            blank(),
            ("To open your own:".to_owned(), theme.dim),
            ("set AWS_PROFILE and AWS_REGION, or describe it in".to_owned(), theme.dim),
            (self.setup.config_file.to_string(), theme.dim),
            (format!("then press {}", keymap.hint(Command::Retry)), theme.dim),
        ]
    }
}
