//! `[ui]` and `[keys]`.

use std::collections::BTreeMap;

use crate::model::settings::{Clipboard, Ui};

use super::ConfigError;
use super::keys;
use super::read::{Section, nearest};

pub(super) fn read_ui(top: &Section<'_>) -> Result<Ui, ConfigError> {
    let default = Ui::default();
    let Some(ui) = top.section("ui", Some(keys::UI))? else { return Ok(default) };
    Ok(Ui {
        theme: read_theme(&ui)?.unwrap_or(default.theme),
        mouse: ui.flag("mouse")?.unwrap_or(default.mouse),
        frames_per_second: read_frames(&ui)?.unwrap_or(default.frames_per_second),
        clipboard: read_clipboard(&ui)?.unwrap_or(default.clipboard),
        bell: ui.flag("bell")?.unwrap_or(default.bell),
    })
}

fn read_theme(ui: &Section<'_>) -> Result<Option<String>, ConfigError> {
    let Some(theme) = ui.text("theme")? else { return Ok(None) };
    if Ui::THEMES.contains(&theme.as_str()) {
        return Ok(Some(theme));
    }
    let hint = match nearest(&theme, Ui::THEMES.into_iter()) {
        Some(near) => format!("did you mean {near:?}?"),
        None => format!("there are: {}", Ui::THEMES.join(", ")),
    };
    Err(ui.wrong("theme", format!("there is no theme {theme:?}"), Some(hint)))
}

fn read_frames(ui: &Section<'_>) -> Result<Option<u16>, ConfigError> {
    let Some(number) = ui.number("frames_per_second")? else { return Ok(None) };
    if number.fract() != 0.0 || !(1.0..=120.0).contains(&number) {
        let why = format!("{number} is not a whole number from 1 to 120");
        return Err(ui.wrong("frames_per_second", why, None));
    }
    Ok(Some(number as u16))
}

fn read_clipboard(ui: &Section<'_>) -> Result<Option<Clipboard>, ConfigError> {
    let Some(text) = ui.text("clipboard")? else { return Ok(None) };
    match text.as_str() {
        "auto" => Ok(Some(Clipboard::Auto)),
        "osc52" => Ok(Some(Clipboard::Osc52)),
        "off" => Ok(Some(Clipboard::Off)),
        _ => {
            let why = format!("{text:?} is not one of \"auto\", \"osc52\" and \"off\"");
            Err(ui.wrong("clipboard", why, None))
        }
    }
}

/// The bindings by pane and command, and the line of each.
type Bindings = (toml::Table, BTreeMap<(String, String), usize>);

pub(super) fn read_keys(top: &Section<'_>) -> Result<Bindings, ConfigError> {
    let (mut all, mut lines) = Bindings::default();
    let Some(panes) = top.section("keys", None)? else { return Ok((all, lines)) };
    for pane in panes.names() {
        let Some(commands) = panes.section(pane, None)? else { continue };
        let mut bound = toml::Table::new();
        for command in commands.names() {
            bound.insert(command.to_owned(), commands.texts(command)?.into());
            lines.insert((pane.to_owned(), command.to_owned()), commands.line(command));
        }
        all.insert(pane.to_owned(), bound.into());
    }
    Ok((all, lines))
}
