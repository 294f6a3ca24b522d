//! `lakehand keys`: the keymap in force, rebinding included.

use unicode_width::UnicodeWidthStr;

use crate::config::Config;
use crate::ui::keymap::{KeyError, Keymap, Row, table};

use super::context::Context;
use super::failure::{Exit, Failure};
use super::out::Out;

pub(super) fn run(context: &Context) -> Result<Exit, Failure> {
    let mut out = Out::stdout();
    for line in lines(&table(&keymap(context)?)) {
        out.line(&line)?;
    }
    out.flush()?;
    Ok(Exit::Done)
}

/// The keymap of this configuration.
///
/// # Errors
/// The first binding that cannot be used, with its place in the file.
pub(super) fn keymap(context: &Context) -> Result<Keymap, Failure> {
    Keymap::load(&context.config.keys).map_err(|errors| {
        let more = errors.len().saturating_sub(1);
        let Some(first) = errors.into_iter().next() else {
            return Failure::usage("configuration", "[keys] cannot be used");
        };
        let file = context.config_file.display();
        let what = match line(&context.config, &first) {
            Some(line) => format!("{file}:{line}"),
            None => file.to_string(),
        };
        let failure = Failure::usage(what, first.to_string());
        if more > 0 { failure.hint(format!("and {more} more")) } else { failure }
    })
}

/// Where the binding that is meant by `keys.PANE.COMMAND` (or all of `keys.PANE`) is written.
fn line(config: &Config, error: &KeyError) -> Option<usize> {
    let mut parts = error.place.strip_prefix("keys.")?.splitn(2, '.');
    let (pane, command) = (parts.next()?, parts.next());
    let meant = |key: &(String, String)| key.0 == pane && command.is_none_or(|it| it == key.1);
    config.key_lines.iter().filter(|(key, _)| meant(key)).map(|(_, line)| *line).min()
}

/// A heading for each pane, then its commands in columns.
fn lines(rows: &[Row]) -> Vec<String> {
    let width =
        |text: fn(&Row) -> &str| rows.iter().map(|row| text(row).width()).max().unwrap_or(0);
    let (names, keys) = (width(|row| row.name), width(|row| &row.keys));
    let mut lines = Vec::new();
    let mut pane = "";
    for row in rows {
        if row.pane != pane {
            if !lines.is_empty() {
                lines.push(String::new());
            }
            lines.push(format!("[keys.{}]", row.pane));
            pane = row.pane;
        }
        let line = format!("{:names$}  {:keys$}  {}", row.name, row.keys, row.doc);
        lines.push(line.trim_end().to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;
    use std::path::Path;

    #[test]
    fn commands_stand_in_columns_below_their_pane() {
        let row = |pane, name, keys: &str, doc| Row { pane, name, keys: keys.to_owned(), doc };
        let rows = [
            row("global", "quit", "q", "Leave"),
            row("sql", "run", "ctrl-j, f5", "Run the statement"),
            row("sql", "x", "", "Nothing"),
        ];
        assert_eq!(
            lines(&rows),
            [
                "[keys.global]",
                "quit  q           Leave",
                "",
                "[keys.sql]",
                "run   ctrl-j, f5  Run the statement",
                "x                 Nothing",
            ]
        );
    }

    #[test]
    fn a_bad_binding_has_a_line() {
        let text = "[keys.sql]\nrun = \"f5\"\n[keys.global]\nfly = \"x\"\n";
        let config = parse(Path::new("config.toml"), text).unwrap();
        let error = |place: &str| KeyError { place: place.to_owned(), why: String::new() };
        assert_eq!(line(&config, &error("keys.global.fly")), Some(4));
        assert_eq!(line(&config, &error("keys.sql")), Some(2));
        assert_eq!(line(&config, &error("assets/keymap.toml")), None);
    }
}
