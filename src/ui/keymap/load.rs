//! Reads the keymap asset and merges the user's bindings over it.

use std::collections::BTreeMap;
use std::fmt;

use super::{Chord, Keymap};
use crate::ui::command::{Command, Layer};

const DEFAULTS: &str = include_str!("../../../assets/keymap.toml");

/// A binding that cannot be used; names the pane and the command as they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyError {
    /// `keys.sql` or `keys.sql.run`.
    pub place: String,
    pub why: String,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.why)
    }
}

impl std::error::Error for KeyError {}

type Bindings = BTreeMap<Layer, Vec<(Chord, Command)>>;

pub(super) fn load(user: &toml::Table) -> Result<Keymap, Vec<KeyError>> {
    let defaults: toml::Table = DEFAULTS.parse().map_err(|error: toml::de::Error| {
        vec![KeyError { place: "assets/keymap.toml".into(), why: error.message().to_owned() }]
    })?;
    let mut errors = Vec::new();
    let theirs = read(user, &mut errors);
    let mut bindings = read(&defaults, &mut errors);
    for (layer, commands) in rebound(user) {
        bindings.entry(layer).or_default().retain(|(_, command)| !commands.contains(command));
    }
    for (layer, added) in theirs {
        let known = bindings.entry(layer).or_default();
        // The user's key wins over a default on the same key.
        known.retain(|(chord, _)| !added.iter().any(|(new, _)| clash(new, chord)));
        known.splice(0..0, added);
    }
    for (layer, known) in &bindings {
        conflicts(*layer, known, &mut errors);
    }
    if errors.is_empty() { Ok(Keymap { bindings }) } else { Err(errors) }
}

/// True where one chord hides the other: they are equal, or one begins with the other.
fn clash(one: &Chord, other: &Chord) -> bool {
    one.keys().starts_with(other.keys()) || other.keys().starts_with(one.keys())
}

fn conflicts(layer: Layer, bindings: &[(Chord, Command)], errors: &mut Vec<KeyError>) {
    for (at, (chord, command)) in bindings.iter().enumerate() {
        let clashing = bindings[..at].iter().find(|(other, _)| clash(chord, other));
        if let Some((other, first)) = clashing {
            errors.push(KeyError {
                place: format!("keys.{}.{}", layer.name(), command.name()),
                why: format!("`{chord}` conflicts with `{other}` of {}", first.name()),
            });
        }
    }
}

/// The commands that the user's table names, whose defaults therefore go.
fn rebound(user: &toml::Table) -> Vec<(Layer, Vec<Command>)> {
    user.iter()
        .filter_map(|(name, table)| Some((layer(name)?, table.as_table()?)))
        .map(|(layer, table)| {
            let named = table.keys().filter_map(|name| command(layer, name)).collect();
            (layer, named)
        })
        .collect()
}

fn layer(name: &str) -> Option<Layer> {
    Layer::ALL.iter().copied().find(|layer| layer.name() == name)
}

fn command(layer: Layer, name: &str) -> Option<Command> {
    layer.commands().into_iter().find(|command| command.name() == name)
}

fn read(table: &toml::Table, errors: &mut Vec<KeyError>) -> Bindings {
    let mut bindings = Bindings::new();
    for (name, value) in table {
        let place = format!("keys.{name}");
        let Some(found) = layer(name) else {
            let names = Layer::ALL.iter().map(|layer| layer.name());
            errors.push(KeyError { place, why: unknown("pane", names, name) });
            continue;
        };
        let Some(commands) = value.as_table() else {
            errors.push(KeyError { place, why: "it must be a table of commands".into() });
            continue;
        };
        for (name, keys) in commands {
            let place = format!("{place}.{name}");
            let Some(command) = command(found, name) else {
                let commands = found.commands();
                let names = commands.iter().map(|command| command.name());
                errors.push(KeyError { place, why: unknown("command", names, name) });
                continue;
            };
            match chords(keys) {
                Ok(chords) => bindings
                    .entry(found)
                    .or_default()
                    .extend(chords.into_iter().map(|chord| (chord, command))),
                Err(why) => errors.push(KeyError { place, why }),
            }
        }
    }
    bindings
}

fn chords(value: &toml::Value) -> Result<Vec<Chord>, String> {
    let shape = || "it must be a key or a list of keys, in quotes".to_owned();
    match value {
        toml::Value::String(text) => Ok(vec![text.parse()?]),
        toml::Value::Array(items) => {
            items.iter().map(|item| item.as_str().ok_or_else(shape)?.parse()).collect()
        }
        _ => Err(shape()),
    }
}

fn unknown(what: &str, names: impl Iterator<Item = &'static str>, name: &str) -> String {
    let nearest = names
        .map(|known| (strsim::damerau_levenshtein(known, name), known))
        .min()
        .filter(|(distance, _)| *distance <= 3);
    match nearest {
        Some((_, known)) => format!("there is no such {what}: did you mean `{known}`?"),
        None => format!("there is no such {what} (`lakehand keys` lists them)"),
    }
}
