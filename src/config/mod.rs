//! TOML → settings. Every complaint names the file, the line and, for a misspelt key, the
//! nearest one that exists.

pub mod home;
pub mod keys;
mod lakes;
mod read;
mod screen;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::model::settings::{Settings, Ui};

pub use home::Home;
pub use lakes::expand_home;

/// The whole configuration, checked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Config {
    /// Names one of `lakes`.
    pub default_lake: Option<String>,
    pub ui: Ui,
    /// `[keys]` as it stands: which panes, commands and chords there are is the keymap's to
    /// know. Every value is a string or a list of strings.
    pub keys: toml::Table,
    /// The line of each `[keys.PANE] COMMAND`, for messages.
    pub key_lines: BTreeMap<(String, String), usize>,
    pub lakes: BTreeMap<String, Settings>,
}

/// Why a configuration cannot be used; `Display` is `FILE:LINE: WHY (HINT)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    pub file: PathBuf,
    /// From 1; `None` where the file as a whole is at fault.
    pub line: Option<usize>,
    pub why: String,
    pub hint: Option<String>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.why)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ConfigError {}

/// Reads and checks `file`.
///
/// # Errors
/// A file that cannot be read, is not TOML, or holds an unknown key or an impossible value. A
/// file that is not there is an empty configuration unless it was `asked_for`.
pub fn load(file: &Path, asked_for: bool) -> Result<Config, ConfigError> {
    match std::fs::read_to_string(file) {
        Ok(text) => parse(file, &text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !asked_for => {
            Ok(Config::default())
        }
        Err(error) => Err(ConfigError {
            file: file.to_owned(),
            line: None,
            why: format!("cannot be read: {error}"),
            hint: None,
        }),
    }
}

/// As [`load`], from a text; `file` is for the messages.
pub fn parse(file: &Path, text: &str) -> Result<Config, ConfigError> {
    let document = read::Document::parse(file, text)?;
    let top = document.top()?;
    let lakes = lakes::read_all(&top)?;
    let default_lake = top.text("default_lake")?;
    if let Some(name) = &default_lake
        && !lakes.contains_key(name)
    {
        let hint = read::nearest(name, lakes.keys().map(String::as_str))
            .map(|near| format!("did you mean {near:?}?"));
        return Err(top.wrong("default_lake", format!("there is no [lakes.{name}]"), hint));
    }
    let ui = screen::read_ui(&top)?;
    let (keys, key_lines) = screen::read_keys(&top)?;
    Ok(Config { default_lake, ui, keys, key_lines, lakes })
}

#[cfg(test)]
mod tests;
