//! A SQL script: its arguments put in, its statements told apart.
//!
//! `${name}` is replaced where it stands, so that no value can become SQL:
//! - inside `'…'` any value, its quotes doubled;
//! - inside `"…"` or backticks any value, those doubled;
//! - elsewhere only a plain word or a number;
//! - inside comments nothing.

use std::collections::BTreeMap;

/// One statement of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The line of the script it begins on, from 1.
    pub line: usize,
    /// Without its semicolon; comments are blanks.
    pub text: String,
}

/// Why a script cannot run; one sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error("line {line} wants the argument --{name}: start the run with it or give it a default")]
    Missing { name: String, line: usize },
    #[error(
        "line {line}: the value of --{name} is neither a word nor a number; put ${{{name}}} in quotes to use it as text"
    )]
    NotPlain { name: String, line: usize },
    #[error("line {line}: ${{ is not followed by an argument's name and a closing brace")]
    NotClosed { line: usize },
    #[error("line {line}: a {what} is not closed")]
    Open { what: &'static str, line: usize },
}

/// Where the reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Plain,
    /// Inside quotes of this kind.
    Quoted(char),
    Comment,
    Block,
}

/// The statements of a script with its arguments put in. `arguments` have names without `--`.
///
/// # Errors
/// The first trouble.
pub fn statements(
    script: &str,
    arguments: &BTreeMap<String, String>,
) -> Result<Vec<Statement>, Trouble> {
    let mut reader = Reader {
        rest: script,
        line: 1,
        since: 1,
        place: Place::Plain,
        begins: None,
        text: String::new(),
        arguments,
        found: Vec::new(),
    };
    while !reader.rest.is_empty() {
        reader.step()?;
    }
    match reader.place {
        Place::Quoted(_) => return Err(Trouble::Open { what: "quote", line: reader.since }),
        Place::Block => return Err(Trouble::Open { what: "comment", line: reader.since }),
        Place::Plain | Place::Comment => reader.finish(),
    }
    Ok(reader.found)
}

struct Reader<'s> {
    rest: &'s str,
    line: usize,
    /// The line on which the quote or comment was opened.
    since: usize,
    place: Place,
    /// The line of the statement's first letter.
    begins: Option<usize>,
    text: String,
    arguments: &'s BTreeMap<String, String>,
    found: Vec<Statement>,
}

impl Reader<'_> {
    fn step(&mut self) -> Result<(), Trouble> {
        match self.place {
            Place::Comment | Place::Block => self.comment(),
            Place::Plain | Place::Quoted(_) if self.rest.starts_with("${") => self.argument()?,
            Place::Quoted(quote) => {
                if self.letter() == Some(quote) {
                    self.place = Place::Plain;
                }
            }
            Place::Plain => self.plain(),
        }
        Ok(())
    }

    /// Takes one letter over as it is.
    fn letter(&mut self) -> Option<char> {
        let letter = self.skip()?;
        if self.begins.is_none() && !letter.is_whitespace() {
            self.begins = Some(self.line);
        }
        self.text.push(letter);
        Some(letter)
    }

    fn skip(&mut self) -> Option<char> {
        let letter = self.rest.chars().next()?;
        self.rest = &self.rest[letter.len_utf8()..];
        self.line += usize::from(letter == '\n');
        Some(letter)
    }

    fn plain(&mut self) {
        self.since = self.line;
        if self.rest.starts_with("--") {
            self.place = Place::Comment;
        } else if self.rest.starts_with("/*") {
            self.place = Place::Block;
            self.skip();
            self.skip();
            self.text.push(' ');
        } else if self.rest.starts_with(';') {
            self.skip();
            self.finish();
        } else if let Some(letter @ ('\'' | '"' | '`')) = self.letter() {
            self.place = Place::Quoted(letter);
        }
    }

    /// Only line feeds stay, so that the engine's line numbers are right.
    fn comment(&mut self) {
        if self.place == Place::Block && self.rest.starts_with("*/") {
            self.skip();
            self.skip();
            self.place = Place::Plain;
        } else if self.skip() == Some('\n') {
            self.text.push('\n');
            if self.place == Place::Comment {
                self.place = Place::Plain;
            }
        }
    }

    fn argument(&mut self) -> Result<(), Trouble> {
        let line = self.line;
        let named = self.rest[2..].split_once('}').filter(|(name, _)| is_name(name));
        let Some((name, rest)) = named else { return Err(Trouble::NotClosed { line }) };
        let Some(value) = self.arguments.get(name) else {
            return Err(Trouble::Missing { name: name.to_owned(), line });
        };
        self.begins.get_or_insert(line);
        match self.place {
            Place::Quoted(quote) => {
                self.text.push_str(&value.replace(quote, &format!("{quote}{quote}")));
            }
            _ if is_plain(value) => self.text.push_str(value),
            _ => return Err(Trouble::NotPlain { name: name.to_owned(), line }),
        }
        self.rest = rest;
        Ok(())
    }

    fn finish(&mut self) {
        let text = std::mem::take(&mut self.text);
        if let Some(line) = self.begins.take() {
            self.found.push(Statement { line, text: text.trim().to_owned() });
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
}

/// A word or a number: nothing that could end a token and begin another.
fn is_plain(value: &str) -> bool {
    let word = value.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let digits = value.strip_prefix('-').unwrap_or(value);
    let number = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
        && digits.parse::<f64>().is_ok();
    word || number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str, arguments: &[(&str, &str)]) -> Result<Vec<(usize, String)>, Trouble> {
        let arguments =
            arguments.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let found = statements(script, &arguments.collect())?;
        Ok(found.into_iter().map(|one| (one.line, one.text)).collect())
    }

    #[test]
    fn statements_are_told_apart() {
        let script = "-- a ; comment\nSELECT ';' AS \"a;b\";\n\n/* ; */ DROP TABLE `x;y`\n;;\n";
        let expected =
            [(2, "SELECT ';' AS \"a;b\"".to_owned()), (4, "DROP TABLE `x;y`".to_owned())];
        assert_eq!(run(script, &[]).unwrap(), expected);
        assert_eq!(run("SELECT 'it''s; ok'", &[]).unwrap().len(), 1);
        assert_eq!(run(" -- nothing", &[]).unwrap(), []);
        assert_eq!(run("SELECT 1 -- x\n+ 2", &[]).unwrap()[0].1, "SELECT 1 \n+ 2");
    }

    #[test]
    fn values_cannot_leave_their_place() {
        let evil = "'; DROP TABLE t; --";
        let found = run("SELECT '${v}' AS \"${v}\"", &[("v", evil)]).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].1, "SELECT '''; DROP TABLE t; --' AS \"'; DROP TABLE t; --\"");
        let bare = run("SELECT ${v}", &[("v", evil)]).unwrap_err();
        assert_eq!(bare, Trouble::NotPlain { name: "v".to_owned(), line: 1 });
        for plain in ["chr17", "-5", "2.5", "2026"] {
            assert!(run("SELECT ${v}", &[("v", plain)]).is_ok(), "{plain}");
        }
        for not in ["--5", "1.2.3", "a b", "", "a-b", "1e5x"] {
            assert!(run("SELECT ${v}", &[("v", not)]).is_err(), "{not}");
        }
        assert_eq!(run("SELECT '${v}'", &[("v", "${w}")]).unwrap()[0].1, "SELECT '${w}'");
    }

    #[test]
    fn what_is_missing_is_named() {
        let missing = run("SELECT 1;\nSELECT '${run}'", &[]).unwrap_err();
        assert_eq!(
            missing.to_string(),
            "line 2 wants the argument --run: start the run with it or give it a default"
        );
        assert!(run("-- ${run}\nSELECT 1", &[]).is_ok(), "not in comments");
        assert_eq!(run("SELECT ${", &[]).unwrap_err(), Trouble::NotClosed { line: 1 });
        assert_eq!(run("\nSELECT 'x", &[]).unwrap_err(), Trouble::Open { what: "quote", line: 2 });
        assert!(run("/* x", &[]).is_err());
    }
}
