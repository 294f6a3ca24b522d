//! A TOML table with its place in the file, read key by key.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ConfigError;
use super::keys;

/// A parsed file.
pub(super) struct Document<'a> {
    file: &'a Path,
    text: &'a str,
    root: DeTable<'a>,
}

/// One table of it, whose keys are all known.
pub(super) struct Section<'d> {
    document: &'d Document<'d>,
    /// `lakes.tre`; empty at the top.
    pub path: String,
    table: &'d DeTable<'d>,
}

impl<'a> Document<'a> {
    pub fn parse(file: &'a Path, text: &'a str) -> Result<Self, ConfigError> {
        match DeTable::parse(text) {
            Ok(root) => Ok(Self { file, text, root: root.into_inner() }),
            Err(error) => Err(ConfigError {
                file: file.to_owned(),
                line: error.span().map(|span| line_of(text, span.start)),
                why: error.message().replace('\n', ", "),
                hint: None,
            }),
        }
    }

    pub fn top(&self) -> Result<Section<'_>, ConfigError> {
        Section::new(self, String::new(), &self.root, Some(keys::TOP))
    }

    fn error(&self, offset: usize, why: String, hint: Option<String>) -> ConfigError {
        let line = Some(line_of(self.text, offset));
        ConfigError { file: self.file.to_owned(), line, why, hint }
    }
}

impl<'d> Section<'d> {
    fn new(
        document: &'d Document<'d>,
        path: String,
        table: &'d DeTable<'d>,
        known: Option<&[&str]>,
    ) -> Result<Self, ConfigError> {
        let section = Self { document, path, table };
        if let Some(known) = known
            && let Some((key, _)) =
                table.iter().find(|(key, _)| !known.contains(&key.get_ref().as_ref()))
        {
            let name = key.get_ref();
            let hint = match nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean {near:?}?"),
                None => format!("known here: {}", known.join(", ")),
            };
            let why = format!("unknown key {name:?}{}", section.inside());
            return Err(document.error(key.span().start, why, Some(hint)));
        }
        Ok(section)
    }

    /// ` in [lakes.tre]`, or nothing at the top.
    fn inside(&self) -> String {
        if self.path.is_empty() { String::new() } else { format!(" in [{}]", self.path) }
    }

    fn child_path(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    pub fn names(&self) -> impl Iterator<Item = &'d str> {
        self.table.keys().map(|key| key.get_ref().as_ref())
    }

    pub fn has(&self, key: &str) -> bool {
        self.table.get(key).is_some()
    }

    /// The error that the value of `key` is not good, at its line.
    pub fn wrong(&self, key: &str, why: String, hint: Option<String>) -> ConfigError {
        let offset = match self.table.get_key_value(key) {
            Some((key, _)) => key.span().start,
            None => self.table.keys().map(|key| key.span().start).min().unwrap_or(0),
        };
        let why = format!("{}: {why}", self.child_path(key));
        self.document.error(offset, why, hint)
    }

    /// The line on which `key` is written, from 1.
    pub fn line(&self, key: &str) -> usize {
        let offset = self.table.get_key_value(key).map_or(0, |(key, _)| key.span().start);
        line_of(self.document.text, offset)
    }

    fn value(&self, key: &str) -> Option<&'d Spanned<DeValue<'d>>> {
        self.table.get(key)
    }

    fn mismatch(&self, key: &str, value: &DeValue<'_>, wanted: &str) -> ConfigError {
        self.wrong(key, format!("it is {}, and must be {wanted}", article(value)), None)
    }

    pub fn text(&self, key: &str) -> Result<Option<String>, ConfigError> {
        let text = self.text_or_empty(key)?;
        if text.as_deref() == Some("") {
            let hint = Some("leave the key out".to_owned());
            return Err(self.wrong(key, "it is empty".to_owned(), hint));
        }
        Ok(text)
    }

    pub fn text_or_empty(&self, key: &str) -> Result<Option<String>, ConfigError> {
        let Some(value) = self.value(key) else { return Ok(None) };
        match value.get_ref() {
            DeValue::String(text) => Ok(Some(text.to_string())),
            other => Err(self.mismatch(key, other, "a string")),
        }
    }

    pub fn flag(&self, key: &str) -> Result<Option<bool>, ConfigError> {
        let Some(value) = self.value(key) else { return Ok(None) };
        match value.get_ref() {
            DeValue::Boolean(flag) => Ok(Some(*flag)),
            other => Err(self.mismatch(key, other, "true or false")),
        }
    }

    pub fn number(&self, key: &str) -> Result<Option<f64>, ConfigError> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let digits = match value.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
            DeValue::Float(number) => number.as_str(),
            other => return Err(self.mismatch(key, other, "a number")),
        };
        let number = digits.replace('_', "").parse().ok().filter(|n: &f64| n.is_finite());
        number.map(Some).ok_or_else(|| self.wrong(key, format!("{digits} is no number"), None))
    }

    /// A string, or a list of strings.
    pub fn texts(&self, key: &str) -> Result<Vec<String>, ConfigError> {
        let wanted = "a string or a list of strings";
        match self.value(key).map(Spanned::get_ref) {
            None => Ok(Vec::new()),
            Some(DeValue::String(text)) => Ok(vec![text.to_string()]),
            Some(DeValue::Array(items)) => items
                .iter()
                .map(|item| match item.get_ref() {
                    DeValue::String(text) => Ok(text.to_string()),
                    other => Err(self.mismatch(key, other, wanted)),
                })
                .collect(),
            Some(other) => Err(self.mismatch(key, other, wanted)),
        }
    }

    /// A table whose keys are all `known`; `None` takes any key.
    pub fn section(
        &self,
        key: &str,
        known: Option<&[&str]>,
    ) -> Result<Option<Section<'d>>, ConfigError> {
        let Some(value) = self.value(key) else { return Ok(None) };
        match value.get_ref() {
            DeValue::Table(table) => {
                Section::new(self.document, self.child_path(key), table, known).map(Some)
            }
            other => Err(self.mismatch(key, other, "a table")),
        }
    }
}

fn article(value: &DeValue<'_>) -> String {
    let kind = value.type_str();
    let vowel = kind.starts_with(['a', 'i', 'e', 'o', 'u']);
    format!("{} {kind}", if vowel { "an" } else { "a" })
}

/// From 1.
fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count() + 1
}

/// The known name that a misspelt one most probably meant.
pub(super) fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    known
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
