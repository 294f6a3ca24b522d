//! Candidates for the word before the cursor, from what is already known of the catalog.

use super::lexer::{Kind, Token, tokens};
use super::statement;
use super::tables::{self, name_of};
use super::words::{FUNCTIONS, KEYWORDS};

/// A table that can be offered, as it is known so far.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    pub database: &'a str,
    pub table: &'a str,
    /// Empty where the columns are not known (yet).
    pub columns: &'a [super::super::query::Column],
}

/// What is known of the catalog.
#[derive(Debug, Clone, Copy, Default)]
pub struct Catalog<'a> {
    pub databases: &'a [String],
    pub tables: &'a [Known<'a>],
    /// The database that an unqualified table is looked for in.
    pub current: &'a str,
}

/// Sorts candidates: what is nearest to the statement comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    Column,
    Table,
    Database,
    Keyword,
    Function,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    pub what: What,
    /// What to put in the place of the word, quoted where the name needs it.
    pub text: String,
}

/// What to offer, and the bytes before the cursor that it replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Byte where the word begins.
    pub start: usize,
    pub candidates: Vec<Candidate>,
}

const MOST: usize = 50;

/// The candidates at a cursor (a byte of the text); none inside strings and comments, and
/// none where nothing has been typed and no name stands before a dot.
pub fn offer(text: &str, cursor: usize, catalog: &Catalog<'_>) -> Option<Offer> {
    let before: Vec<Token> = tokens(text.get(..cursor)?).collect();
    let last = before.last()?;
    let (word, head) = match last.kind {
        Kind::Word => (last.text(text), &before[..before.len() - 1]),
        Kind::Mark if last.is(text, ".") => ("", &before[..]),
        _ => return None,
    };
    let start = cursor - word.len();
    let mut candidates = match qualifier(text, head) {
        Some(name) => members(&name, text, cursor, catalog),
        None => anything(text, cursor, catalog),
    };
    candidates.retain(|candidate| fits(&candidate.text, word));
    candidates.sort();
    candidates.dedup_by(|a, b| a.text == b.text);
    candidates.truncate(MOST);
    (!candidates.is_empty()).then_some(Offer { start, candidates })
}

/// The name before the dot that the tokens end in.
fn qualifier(text: &str, head: &[Token]) -> Option<String> {
    let (dot, head) = head.split_last()?;
    let name = dot.is(text, ".").then(|| head.last())??;
    name_of(text, name)
}

fn fits(candidate: &str, word: &str) -> bool {
    let bare = candidate.trim_start_matches('"');
    bare.len() > word.len()
        && bare.is_char_boundary(word.len())
        && bare[..word.len()].eq_ignore_ascii_case(word)
}

/// Behind a dot: the tables of a database, else the columns of a table or its alias.
fn members(name: &str, text: &str, cursor: usize, catalog: &Catalog<'_>) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = catalog
        .tables
        .iter()
        .filter(|known| known.database == name)
        .map(|known| candidate(What::Table, known.table))
        .collect();
    for (table, alias) in mentioned(text, cursor) {
        if alias.as_deref() == Some(name) || table == name {
            found.extend(columns(&table, catalog));
        }
    }
    found.extend(columns(name, catalog));
    found
}

fn anything(text: &str, cursor: usize, catalog: &Catalog<'_>) -> Vec<Candidate> {
    let mut found = Vec::new();
    for (table, alias) in mentioned(text, cursor) {
        found.extend(columns(&table, catalog));
        found.extend(alias.map(|alias| candidate(What::Table, &alias)));
    }
    let here = catalog.tables.iter().filter(|known| known.database == catalog.current);
    found.extend(here.map(|known| candidate(What::Table, known.table)));
    found.extend(catalog.databases.iter().map(|name| candidate(What::Database, name)));
    let plain = |what| move |word: &&str| Candidate { what, text: (*word).to_owned() };
    found.extend(KEYWORDS.iter().map(plain(What::Keyword)));
    found.extend(FUNCTIONS.iter().map(plain(What::Function)));
    found
}

fn columns(table: &str, catalog: &Catalog<'_>) -> Vec<Candidate> {
    let known = catalog.tables.iter().filter(|known| known.table == table);
    known
        .flat_map(|known| known.columns)
        .map(|column| candidate(What::Column, &column.name))
        .collect()
}

fn candidate(what: What, name: &str) -> Candidate {
    Candidate { what, text: quoted(name) }
}

/// The name as a query has to write it: quoted where it is no plain word.
pub fn quoted(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && !super::words::is_keyword(name);
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// Tables that the cursor's statement names, with their aliases.
fn mentioned(text: &str, cursor: usize) -> Vec<(String, Option<String>)> {
    let found = statement::at(text, cursor.saturating_sub(1));
    let tables = found.map(|one| tables::named(one.text(text))).unwrap_or_default();
    tables.into_iter().map(|table| (table.name, table.alias)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::query::Column;
    use super::*;

    fn column(name: &str) -> Column {
        Column { name: name.into(), kind: "string".into() }
    }

    fn offered(marked: &str) -> Vec<String> {
        let (variants, people) = (
            [column("chrom"), column("info.af"), column("pos")],
            [column("patient_id"), column("name")],
        );
        let tables = [
            Known { database: "genomics", table: "variants", columns: &variants },
            Known { database: "clinical", table: "people", columns: &people },
        ];
        let databases = ["genomics".to_owned(), "clinical".to_owned()];
        let catalog = Catalog { databases: &databases, tables: &tables, current: "genomics" };
        let cursor = marked.find('|').unwrap();
        let offer = offer(&marked.replacen('|', "", 1), cursor, &catalog);
        offer.into_iter().flat_map(|o| o.candidates).map(|c| c.text).collect()
    }

    #[test]
    fn the_nearest_comes_first() {
        assert_eq!(offered("select p| from variants")[0], "pos");
        assert_eq!(offered("select 1 from v|")[0], "variants");
        assert_eq!(offered("sel|"), ["SELECT"]);
    }

    #[test]
    fn behind_a_dot_only_its_members() {
        assert_eq!(
            offered("select v.| from genomics.variants as v"),
            ["\"info.af\"", "chrom", "pos"]
        );
        assert_eq!(offered("select * from clinical.|"), ["people"]);
        assert_eq!(offered("select pe.na| from clinical.people pe"), ["name"]);
    }

    #[test]
    fn nothing_in_strings_comments_and_blanks() {
        assert!(offered("select 'se|").is_empty());
        assert!(offered("-- se|").is_empty());
        assert!(offered("select |").is_empty());
        assert!(offered("|").is_empty());
    }

    #[test]
    fn names_are_quoted_where_they_must_be() {
        assert_eq!(quoted("info.af"), "\"info.af\"");
        assert_eq!(quoted("order"), "\"order\"");
        assert_eq!(quoted("2024"), "\"2024\"");
        assert_eq!(quoted("dp"), "dp");
    }
}
