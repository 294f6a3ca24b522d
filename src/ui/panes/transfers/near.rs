//! The transfer under the cursor from near by: a strip below the queue, or a panel with all
//! that is known.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::draw::state_style;
use super::{Transfers, map};
use crate::model::closeup::Closeup;
use crate::model::shown::Shown;
use crate::model::transfer::{TransferState, TransferView};
use crate::ui::pane::View;
use crate::ui::widgets::{frame, notes, text};

impl Transfers {
    /// Three lines: its name, how it stands, its parts or its proof.
    pub(super) fn draw_strip(
        &self,
        row: &TransferView,
        area: Rect,
        buf: &mut Buffer,
        view: &View<'_>,
    ) {
        let theme = view.theme;
        let line = |at: u16| Rect {
            x: area.x + 1,
            y: area.y + at,
            width: area.width.saturating_sub(2),
            height: 1,
        };
        let name = text::fit_middle(&row.name, area.width.saturating_sub(8).into()).into_owned();
        let title = format!("── {} ", Shown::of(&name));
        let rule = "─".repeat(usize::from(line(0).width).saturating_sub(text::width(&title)));
        text::put(buf, line(0), &format!("{title}{rule}"), theme.border);
        let near = self.closeup();
        let parts = near.map_or(&[][..], |near| &near.parts);
        let style = match row.retrying {
            Some(_) => theme.warn,
            None => state_style(&row.state, theme),
        };
        let used = text::put(buf, line(1), stands(row, near).as_str(), style);
        if !parts.is_empty() {
            map::draw_legend(line(1), used, buf, theme);
            return map::draw(parts, line(2), buf, theme);
        }
        let proof = near.map(proof).unwrap_or_default();
        text::put(buf, line(2), proof.as_str(), theme.dim);
    }

    /// All that is known, and the part map below it.
    pub(super) fn draw_details(
        &self,
        row: &TransferView,
        area: Rect,
        buf: &mut Buffer,
        view: &View<'_>,
    ) {
        let name = Shown::of(&row.name);
        let inner = frame::panel(area, buf, view.theme, name.as_str(), false);
        let near = self.closeup();
        let parts = near.map_or(&[][..], |near| &near.parts);
        let tall = map::height(parts.len(), inner.width, (inner.height / 4).max(1));
        let above = Rect { height: inner.height.saturating_sub(tall), ..inner };
        let used = notes::facts(above, buf, view, facts(row, near));
        if !parts.is_empty() {
            let y = (inner.y + used + 1).min(above.bottom());
            let squares = Rect { y, height: tall, ..inner };
            map::draw(parts, squares, buf, view.theme);
            let below = Rect { y: squares.bottom(), height: 1, ..inner };
            map::draw_legend(below.intersection(inner), 0, buf, view.theme);
        }
    }
}

/// How it stands, in one line.
fn stands(row: &TransferView, near: Option<&Closeup>) -> Shown {
    if let Some(why) = &row.retrying {
        return Shown::of(why);
    }
    match (&row.state, near) {
        (TransferState::Failed(trouble), _) => match &trouble.hint {
            Some(hint) => Shown::of(&format!("{} ({hint})", trouble.why)),
            None => Shown::of(&trouble.why),
        },
        (state, Some(near)) if !near.parts.is_empty() => {
            format!("{}: {}", state.name(), map::told(&near.parts)).into()
        }
        (state, _) => told(state).into(),
    }
}

/// What proves it, in one line: empty where there is nothing.
fn proof(near: &Closeup) -> Shown {
    let version = near.version_id.as_ref().map(|id| format!("version {id}"));
    let pieces: Vec<Shown> =
        near.checksum.iter().chain(&version).map(|piece| Shown::of(piece)).collect();
    Shown::join(&pieces.iter().collect::<Vec<_>>(), "  ")
}

/// What matters most comes first: there may be room for little.
fn facts(row: &TransferView, near: Option<&Closeup>) -> Vec<(&'static str, String)> {
    let shown = |text: &str| Shown::of(text).to_string();
    let mut facts = vec![("state", told(&row.state))];
    if let TransferState::Failed(trouble) = &row.state {
        facts.push(("why", shown(&trouble.why)));
        facts.extend(trouble.hint.iter().map(|hint| ("hint", shown(hint))));
        facts.extend(trouble.code.iter().map(|code| ("code", shown(code))));
    }
    let note = near.and_then(|near| near.note.as_deref());
    facts.extend(note.map(|note| ("note", shown(note))));
    let again = near.map_or(&[][..], |near| &near.again);
    for part in again {
        let words = format!("part {}, try {}: {}", part.part, part.number, part.why);
        facts.push(("again", shown(&words)));
    }
    if let (true, Some(why)) = (again.is_empty(), &row.retrying) {
        facts.push(("again", shown(why)));
    }
    facts.push(("from", shown(&row.from)));
    facts.push(("to", shown(&row.to)));
    facts.push(("done", format!("{} of {}", text::bytes(row.done), text::bytes(row.size))));
    match near {
        Some(near) if !near.parts.is_empty() => facts.push(("parts", map::told(&near.parts))),
        _ if row.parts_total > 1 => {
            facts.push(("parts", format!("{} of {}", row.parts_done, row.parts_total)));
        }
        _ => {}
    }
    if let Some(ended) = row.ended {
        facts.push(("ended", format!("{} UTC", text::time(ended))));
    }
    let Some(near) = near else { return facts };
    if near.parts_reused > 0 {
        facts.push(("reused", text::plural(near.parts_reused.into(), "part")));
    }
    let ids = [
        ("checksum", &near.checksum),
        ("sha256", &near.sha256),
        ("version", &near.version_id),
        ("upload", &near.upload_id),
    ];
    facts.extend(ids.into_iter().filter_map(|(name, id)| Some((name, shown(id.as_deref()?)))));
    facts
}

/// The state with what proves it.
fn told(state: &TransferState) -> String {
    match state {
        TransferState::Done(proof) if proof.is_proof() => {
            format!("done, {} compared with the store's", proof.name())
        }
        TransferState::Done(_) => "done, but nothing could be compared".to_owned(),
        TransferState::Skipped(proof) if proof.is_proof() => {
            format!("the same content was there already ({})", proof.name())
        }
        other => other.name().to_owned(),
    }
}
