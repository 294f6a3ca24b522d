//! The first line: which lake, which account, where, as whom, what may be changed, how long.

use std::time::Duration;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{App, Phase};
use crate::model::mode::Mode;
use crate::model::settings::{Place, Settings};
use crate::model::shown::shown;
use crate::ui::pane::View;
use crate::ui::talk::Facts;
use crate::ui::widgets::text;

/// One piece of the line.
struct Piece {
    words: String,
    style: Style,
    /// How many columns it can do with when room is short.
    squeeze: usize,
    /// The highest goes first where even that is not enough; 0 stays.
    rank: u8,
}

impl Piece {
    fn new(words: impl Into<String>, style: Style) -> Self {
        let words = words.into();
        Self { squeeze: text::width(&words), words, style, rank: 0 }
    }

    fn rank(self, rank: u8) -> Self {
        Self { rank, ..self }
    }

    fn squeeze(self, least: usize) -> Self {
        Self { squeeze: least.min(self.squeeze), ..self }
    }
}

const BETWEEN: &str = " · ";

impl App {
    pub(super) fn draw_header(&self, line: Rect, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        let Some(settings) = &self.facts.settings else {
            let title = match self.phase {
                Phase::Nowhere => "",
                _ => self.setup.title.as_str(),
            };
            let used = text::put(buf, line, " lakehand ", theme.header);
            let rest = Rect { x: line.x + used, width: line.width.saturating_sub(used), ..line };
            text::put(buf, rest, title, theme.accent);
            return;
        };
        let badge = badge(settings).map(|words| Piece::new(words, theme.badge));
        let name = Piece::new(shown(&settings.name), theme.header).squeeze(8);
        let held = self.transfers.held().map(|_| Piece::new("queue waits", theme.error));
        let facts = held.into_iter().chain(pieces(&self.facts, settings, view));
        let badge_width = badge.as_ref().map_or(0, |b| text::width(&b.words) + 1);
        let room = usize::from(line.width).saturating_sub(4 + badge_width);
        let mut all: Vec<Piece> = std::iter::once(name).chain(facts).collect();
        drop_least(&mut all, room);
        let gaps = all.len().saturating_sub(2) * text::width(BETWEEN);
        squeeze(&mut all, room.saturating_sub(gaps));

        let right = |x: u16| Rect { x, width: line.right().saturating_sub(x), ..line };
        let mut x = line.x + 1;
        let mut pieces = all.into_iter();
        if let Some(name) = pieces.next() {
            x += text::put(buf, right(x), &name.words, name.style);
        }
        if let Some(badge) = badge {
            x += 1;
            text::put(buf, right(x), &badge.words, badge.style);
        }
        let facts: Vec<Piece> = pieces.filter(|piece| !piece.words.is_empty()).collect();
        let gaps = facts.len().saturating_sub(1) * text::width(BETWEEN);
        let wide: usize = facts.iter().map(|p| text::width(&p.words)).sum::<usize>() + gaps + 1;
        let mut x = line.right().saturating_sub(wide as u16).max(x + 1);
        for (at, piece) in facts.iter().enumerate() {
            if at > 0 {
                x += text::put(buf, right(x), BETWEEN, theme.dim);
            }
            x += text::put(buf, right(x), &piece.words, piece.style);
        }
    }
}

fn badge(settings: &Settings) -> Option<&'static str> {
    match settings.place {
        _ if settings.demo => Some(" DEMO "),
        Place::Local(_) => Some(" LOCAL "),
        Place::Aws => None,
    }
}

fn pieces(facts: &Facts, settings: &Settings, view: &View<'_>) -> Vec<Piece> {
    let theme = view.theme;
    let (account, role) = match &facts.who {
        None => ("…".to_owned(), "…".to_owned()),
        Some(Ok(who)) => (who.account.to_string(), who.role.to_string()),
        Some(Err(_)) => ("account ?".to_owned(), String::new()),
    };
    let account_style = match &facts.who {
        Some(Err(_)) => theme.warn,
        _ if facts.is_wrong_account() => theme.error,
        _ => theme.base,
    };
    let region = settings.region.as_deref().map_or("…".into(), shown);
    let mode_style = match settings.mode {
        Mode::ReadOnly => theme.ok,
        Mode::Curate => theme.base,
        Mode::Admin => theme.warn,
    };
    let mut pieces = vec![
        Piece::new(account, account_style),
        Piece::new(region, theme.base).rank(3),
        Piece::new(role, theme.base).squeeze(4).rank(2),
        Piece::new(settings.mode.name(), mode_style),
    ];
    if let Some(expires) = facts.session.expires {
        let (words, urgent) = remaining(expires, view.clock);
        let style = if urgent { theme.error } else { theme.base };
        pieces.push(Piece::new(words, style).rank(u8::from(!urgent)));
    }
    pieces.retain(|piece| !piece.words.is_empty());
    pieces
}

/// Drops pieces until the others fit at their smallest.
fn drop_least(pieces: &mut Vec<Piece>, room: usize) {
    let least = |pieces: &[Piece]| {
        let gaps = pieces.len().saturating_sub(2) * text::width(BETWEEN);
        pieces.iter().map(|piece| piece.squeeze).sum::<usize>() + gaps
    };
    while least(pieces) > room {
        let worst = pieces.iter().map(|piece| piece.rank).max().unwrap_or(0);
        if worst == 0 {
            return;
        }
        pieces.retain(|piece| piece.rank != worst);
    }
}

/// Takes columns from the pieces that can spare most, until the line fits.
fn squeeze(pieces: &mut [Piece], room: usize) {
    let total = |pieces: &[Piece]| pieces.iter().map(|p| text::width(&p.words)).sum::<usize>();
    while total(pieces) > room {
        let slack = |piece: &Piece| text::width(&piece.words).saturating_sub(piece.squeeze);
        let Some(piece) = pieces.iter_mut().max_by_key(|piece| slack(piece)) else { return };
        if slack(piece) == 0 {
            // Nothing gives any more: the longest gives all the same.
            let Some(piece) = pieces.iter_mut().max_by_key(|p| text::width(&p.words)) else {
                return;
            };
            if text::width(&piece.words) <= 1 {
                return;
            }
            piece.words = text::fit(&piece.words, text::width(&piece.words) - 1).into_owned();
            continue;
        }
        piece.words = text::fit(&piece.words, text::width(&piece.words) - 1).into_owned();
    }
}

/// What is left of the session, and whether it is time to worry.
fn remaining(expires: Timestamp, clock: Timestamp) -> (String, bool) {
    let seconds = expires.as_second() - clock.as_second();
    let words = match seconds {
        ..=0 => "expired".to_owned(),
        1..60 => "<1m left".to_owned(),
        60..3600 => format!("{}m left", seconds / 60),
        3600..172_800 => format!("{}h {:02}m left", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{}d left", seconds / 86_400),
    };
    (words, seconds < 300)
}

/// After how long the words about the session are others.
pub(super) fn next_change(facts: &Facts, clock: Timestamp) -> Option<Duration> {
    let left = facts.session.expires?.duration_since(clock).as_millis();
    if left <= 0 {
        // It says "expired"; look now and then whether there are new credentials.
        return Some(Duration::from_secs(60));
    }
    let whole = if left > 172_800_000 { 3_600_000 } else { 60_000 };
    Some(Duration::from_millis((left % whole) as u64 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_session_counts_down_in_minutes() {
        assert_eq!(remaining(at(1000), at(1000)).0, "expired");
        assert_eq!(remaining(at(1059), at(1000)), ("<1m left".to_owned(), true));
        assert_eq!(remaining(at(4000), at(1000)), ("50m left".to_owned(), false));
        assert_eq!(remaining(at(8600), at(1000)).0, "2h 06m left");
    }

    #[test]
    fn it_asks_for_a_frame_only_when_its_words_change() {
        let mut facts = Facts::default();
        assert_eq!(next_change(&facts, at(0)), None);
        facts.session.expires = Some(at(3_010));
        let after = next_change(&facts, at(0)).unwrap();
        assert_eq!(after, Duration::from_millis(10_001));
        let (before, _) = remaining(at(3_010), at(0));
        let (later, _) = remaining(at(3_010), at(11));
        assert_ne!(before, later);
    }

    #[test]
    fn pieces_give_way_until_the_line_fits() {
        let style = Style::new();
        let mut pieces = [
            Piece::new("a-lake-with-a-long-name", style).squeeze(8),
            Piece::new("111122223333", style),
            Piece::new("AReadOnlyRoleWithAVeryLongName", style).squeeze(4),
        ];
        squeeze(&mut pieces, 40);
        assert_eq!(pieces[1].words, "111122223333");
        let wide: usize = pieces.iter().map(|p| text::width(&p.words)).sum();
        assert!(wide <= 40);
        squeeze(&mut pieces, 0);
    }
}
