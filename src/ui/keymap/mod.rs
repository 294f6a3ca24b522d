//! Keys to commands: the defaults are an asset, the user's `[keys]` are merged over them.

mod key;
mod load;

pub use key::{Chord, Key};
pub use load::KeyError;

use std::collections::BTreeMap;

use super::command::{Command, Layer};

/// The bindings of every layer.
#[derive(Debug, Clone)]
pub struct Keymap {
    bindings: BTreeMap<Layer, Vec<(Chord, Command)>>,
}

/// What a sequence of keys means in some layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    Command(Command),
    /// The beginning of a longer chord.
    Begun,
    Nothing,
}

impl Keymap {
    /// The defaults with the user's table (the `[keys]` of the configuration) merged over.
    pub fn load(user: &toml::Table) -> Result<Self, Vec<KeyError>> {
        load::load(user)
    }

    /// What these keys mean; the first layer that knows them decides.
    pub fn meaning(&self, layers: &[Layer], keys: &[Key]) -> Meaning {
        for layer in layers {
            let Some(bindings) = self.bindings.get(layer) else { continue };
            for (chord, command) in bindings {
                if chord.keys() == keys {
                    return Meaning::Command(*command);
                }
                if chord.keys().starts_with(keys) {
                    return Meaning::Begun;
                }
            }
        }
        Meaning::Nothing
    }

    /// The chords bound to a command, the first one is what the footer shows.
    pub fn chords(&self, command: Command) -> impl Iterator<Item = &Chord> {
        self.bindings
            .get(&command.layer())
            .into_iter()
            .flatten()
            .filter(move |(_, bound)| *bound == command)
            .map(|(chord, _)| chord)
    }

    /// The first key of a command, for footers and sentences; `:name` where it has none.
    pub fn hint(&self, command: impl Into<Command>) -> String {
        let command = command.into();
        match self.chords(command).next() {
            Some(chord) => chord.to_string(),
            None => format!(":{}", command.name()),
        }
    }

    /// The same where text is typed: the first key that is not itself text.
    pub fn hint_in_text(&self, command: Command) -> String {
        let works = |chord: &&Chord| chord.keys().first().is_some_and(|key| key.typed().is_none());
        match self.chords(command).find(works) {
            Some(chord) => chord.to_string(),
            None => self.hint(command),
        }
    }
}

/// One line of `lakehand keys` and of the help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub pane: &'static str,
    pub name: &'static str,
    /// All its chords, separated by commas; empty where it has none.
    pub keys: String,
    pub doc: &'static str,
}

/// Every command with its keys, in the order of the layers.
pub fn table(keymap: &Keymap) -> Vec<Row> {
    rows(keymap, Layer::ALL)
}

/// The same for some layers only.
pub fn rows(keymap: &Keymap, layers: &[Layer]) -> Vec<Row> {
    let commands = layers.iter().flat_map(|layer| layer.commands());
    commands.map(|command| row(keymap, command)).collect()
}

fn row(keymap: &Keymap, command: Command) -> Row {
    let keys: Vec<String> = keymap.chords(command).map(ToString::to_string).collect();
    Row {
        pane: command.layer().name(),
        name: command.name(),
        keys: keys.join(", "),
        doc: command.doc(),
    }
}

#[cfg(test)]
mod tests;
