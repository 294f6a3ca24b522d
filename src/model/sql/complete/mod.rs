//! Candidates for the word before the cursor, from what is already known of the catalog.
//!
//! No parser: the lexer, the parentheses around the cursor and the keywords before it tell what
//! can stand there. Of a catalog it asks names, and columns of those tables alone that the
//! statement reads, so that a keystroke costs no more where a million columns are known.

mod gather;
mod matching;
mod next;
mod place;
mod scope;
mod sentence;

pub use matching::Pattern;

use super::functions;
use super::names::Quotes;
use gather::Gather;
use place::Place;
use scope::{Field, Scope, Source, fields, with_names};
use sentence::{Sentence, Typed};

/// What is known of the catalog.
pub trait Known {
    /// The database that an unqualified table is looked for in.
    fn current(&self) -> &str;

    fn databases(&self) -> &[String];

    /// The tables of a database, each with what it is: `parquet`, `view`. `None` where they are
    /// not known (yet).
    fn tables(&self, database: &str) -> Option<impl Iterator<Item = (&str, &str)>>;

    /// The columns of one table with their types, partition keys last.
    fn columns(&self, database: &str, table: &str) -> Option<impl Iterator<Item = (&str, &str)>>;
}

/// What a candidate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum What {
    Column,
    Table,
    Database,
    /// A whole condition of a join.
    Condition,
    Keyword,
    Type,
    Function,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub what: What,
    /// What to put in the place of the word, quoted where the name needs it.
    pub text: String,
    /// The type of a column, the signature of a function, where a table is.
    pub detail: String,
}

/// What to offer, and the bytes before the cursor that it replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Byte where the word begins.
    pub start: usize,
    /// The best first.
    pub candidates: Vec<Candidate>,
    /// True where the first is the only one that begins as what was typed, or else the only one
    /// whose words do.
    pub sure: bool,
    /// Databases whose tables have to be known for more.
    pub wants: Vec<String>,
    /// Of the call that the cursor is in.
    pub signatures: &'static [&'static str],
}

/// The candidates at a cursor (a byte of the text); none inside strings and comments, and
/// none where nothing has been typed and nothing in particular is expected.
pub fn offer(text: &str, cursor: usize, known: &impl Known) -> Option<Offer> {
    let (sentence, typed) = Sentence::at(text, cursor)?;
    let (place, quotes) = place::at(&sentence);
    let mut desk = Desk {
        sentence: &sentence,
        known,
        quotes,
        gather: Gather::new(typed.word, typed.quoted),
        wants: Vec::new(),
    };
    desk.put(&place, &typed);
    let (candidates, sure) = desk.gather.done(quotes);
    let signatures = if quotes == Quotes::Double { call(&sentence) } else { &[] };
    let offer = Offer { start: typed.start, candidates, sure, wants: desk.wants, signatures };
    let is_something =
        !(offer.candidates.is_empty() && offer.wants.is_empty() && offer.signatures.is_empty());
    is_something.then_some(offer)
}

/// The quotes that names take at a cursor.
pub fn quotes(text: &str, cursor: usize) -> Quotes {
    let found = Sentence::at(text, cursor);
    found.map_or(Quotes::Double, |(sentence, _)| place::at(&sentence).1)
}

fn call(sentence: &Sentence<'_>) -> &'static [&'static str] {
    let name = sentence.inside().and_then(|open| sentence.before(open));
    let function = name.and_then(|word| functions::find(word.text));
    function.map_or(&[], |function| function.signatures)
}

struct Desk<'s, 'k, K> {
    sentence: &'s Sentence<'s>,
    known: &'k K,
    quotes: Quotes,
    gather: Gather<'k>,
    wants: Vec<String>,
}

impl<K: Known> Desk<'_, '_, K> {
    fn put(&mut self, place: &Place, typed: &Typed<'_>) {
        let nothing_typed = typed.word.is_empty() && !typed.quoted;
        match place {
            Place::Nothing => {}
            Place::Member { of, source } => self.members(of, *source),
            Place::Source => self.sources(),
            Place::Database => self.databases(""),
            Place::Fields { written } => self.own_fields(*written),
            Place::Condition => {
                self.ties();
                // Where there is one that is what is meant; a letter brings all the rest.
                if !nothing_typed {
                    self.expression(true);
                } else if self.gather.is_empty() && !typed.opens_line {
                    self.expression(false);
                }
            }
            Place::Types => self.types(),
            // A line that begins is indented rather, and of all functions none is meant.
            Place::Expression if nothing_typed && typed.opens_line => {}
            Place::Expression => self.expression(!nothing_typed),
            Place::Next(_) if nothing_typed || typed.quoted => {}
            Place::Next(words) => self.gather.words(words),
        }
    }

    fn want(&mut self, database: &str) {
        if !self.wants.iter().any(|want| want == database) {
            self.wants.push(database.to_owned());
        }
    }

    fn fields(&mut self, source: &Source) -> Vec<Field> {
        fields(source, self.sentence, self.known, &mut self.wants)
    }

    fn members(&mut self, of: &[String], source: bool) {
        let Some(last) = of.last() else { return };
        if !source {
            let scope = Scope::of(self.sentence);
            let called = scope.near.iter().chain(&scope.outer).find(|one| one.is_called(of));
            if let Some(called) = called {
                let fields = self.fields(called);
                return self.gather.fields(0, fields, None);
            }
            let (database, table) = match of {
                [.., database, table] => (database.as_str(), table),
                _ => (self.known.current(), last),
            };
            if let Some(columns) = self.known.columns(database, table) {
                let field =
                    |(name, kind): (&str, &str)| Field { name: name.into(), kind: kind.into() };
                let fields = columns.map(field).collect();
                return self.gather.fields(0, fields, None);
            }
        }
        match self.known.tables(last) {
            Some(tables) => self.gather.tables(0, tables, None),
            None if self.known.databases().contains(last) => self.want(last),
            None => {}
        }
    }

    fn sources(&mut self) {
        let (known, current) = (self.known, self.known.current().to_owned());
        let withs = with_names(self.sentence, self.sentence.inside());
        self.gather.names(0, What::Table, withs, "WITH");
        match known.tables(&current) {
            Some(tables) => self.gather.tables(1, tables, None),
            None => self.want(&current),
        }
        self.databases(".");
        if self.gather.is_open() {
            return;
        }
        for database in known.databases().iter().filter(|database| **database != current) {
            if let Some(tables) = known.tables(database) {
                self.gather.tables(3, tables, Some(database));
            }
        }
    }

    fn databases(&mut self, behind: &'static str) {
        self.gather.databases(self.known.databases(), behind);
    }

    /// Columns of what is written to; else those that the two sides of a join share, or all.
    fn own_fields(&mut self, written: bool) {
        let mut scope = Scope::of(self.sentence);
        scope.near.extend(scope.outer);
        let sources: Vec<&Source> =
            scope.near.iter().filter(|source| source.is_target || !written).collect();
        let mut all: Vec<Vec<Field>> = sources.iter().map(|source| self.fields(source)).collect();
        let mut fields = match all.pop() {
            Some(last) if all.is_empty() => last,
            Some(last) => {
                let elsewhere =
                    |field: &Field| all.iter().flatten().any(|other| other.name == field.name);
                last.into_iter().filter(elsewhere).collect()
            }
            None => Vec::new(),
        };
        fields.dedup_by(|a, b| a.name == b.name);
        self.gather.fields(0, fields, None);
    }

    /// Conditions out of columns that what is joined shares with what stands before it.
    fn ties(&mut self) {
        let near = Scope::of(self.sentence).near;
        let cursor = self.sentence.cursor;
        let before: Vec<Source> = near.into_iter().filter(|source| source.at < cursor).collect();
        let Some((joined, others)) = before.split_last() else { return };
        let Some(joined_label) = joined.label().map(|label| self.quotes.name(label)) else {
            return;
        };
        let own = self.fields(joined);
        for other in others.iter().rev() {
            let Some(label) = other.label().map(|label| self.quotes.name(label)) else { continue };
            let theirs = self.fields(other);
            let mut shared: Vec<&Field> = own
                .iter()
                .filter(|field| theirs.iter().any(|one| one.name.eq_ignore_ascii_case(&field.name)))
                .collect();
            shared.sort_by_key(|field| !is_key(&field.name));
            let tie = |field: &&Field| {
                let name = self.quotes.name(&field.name);
                format!("{label}.{name} = {joined_label}.{name}")
            };
            let ties: Vec<String> = shared.iter().map(tie).collect();
            // Of keys of several columns all are meant.
            let whole = (2..=4).contains(&ties.len()).then(|| ties.join(" AND "));
            let details = shared.iter().map(|field| field.kind.clone());
            for (text, detail) in ties.into_iter().zip(details) {
                self.gather.condition(text, detail);
            }
            if let Some(whole) = whole {
                self.gather.condition(whole, String::new());
            }
        }
    }

    /// Columns and what else an expression begins with; columns alone where nothing was typed.
    fn expression(&mut self, all: bool) {
        let scope = Scope::of(self.sentence);
        let read: Vec<&Source> = scope.near.iter().filter(|source| !source.is_target).collect();
        let near: Vec<(Option<&str>, Vec<Field>)> =
            read.iter().map(|source| (source.label(), self.fields(source))).collect();
        let twice = |name: &str, here: usize| {
            let others = near.iter().enumerate().filter(|(at, _)| *at != here);
            others.into_iter().any(|(_, (_, fields))| fields.iter().any(|one| one.name == name))
        };
        let mut apart: Vec<(Option<String>, Vec<Field>)> = Vec::new();
        for (at, (label, fields)) in near.iter().enumerate() {
            let (shared, own): (Vec<Field>, Vec<Field>) =
                fields.iter().cloned().partition(|field| twice(&field.name, at));
            apart.push((None, own));
            apart.push((label.map(|label| self.quotes.name(label)), shared));
        }
        for (label, fields) in apart {
            self.gather.fields(0, fields, label.as_deref());
        }
        if !all {
            return;
        }
        for source in &scope.outer {
            if !source.is_target {
                let fields = self.fields(source);
                self.gather.fields(1, fields, None);
            }
        }
        let labels = scope.near.iter().chain(&scope.outer).filter_map(|source| source.label());
        let labels: Vec<String> = labels.map(ToOwned::to_owned).collect();
        self.gather.names(2, What::Table, labels, "");
        self.gather.functions();
        self.gather.words(&[
            "CASE",
            "CASE WHEN",
            "DISTINCT",
            "NOT",
            "NULL",
            "TRUE",
            "FALSE",
            "EXISTS (",
            "INTERVAL",
            "DATE '",
            "TIMESTAMP '",
            "ARRAY[",
            "ROW(",
            "SELECT",
            "FROM",
        ]);
    }

    fn types(&mut self) {
        const HIVE: &[&str] = &[
            "array<",
            "bigint",
            "binary",
            "boolean",
            "char(",
            "date",
            "decimal(",
            "double",
            "float",
            "int",
            "map<",
            "smallint",
            "string",
            "struct<",
            "timestamp",
            "tinyint",
            "varchar(",
        ];
        const TRINO: &[&str] = &[
            "array(",
            "bigint",
            "boolean",
            "char(",
            "date",
            "decimal(",
            "double",
            "integer",
            "ipaddress",
            "json",
            "map(",
            "real",
            "row(",
            "smallint",
            "time",
            "timestamp",
            "timestamp with time zone",
            "tinyint",
            "uuid",
            "varbinary",
            "varchar",
        ];
        let types = if self.quotes == Quotes::Backtick { HIVE } else { TRINO };
        self.gather.types(types);
    }
}

fn is_key(name: &str) -> bool {
    ["id", "key", "code", "no"].iter().any(|end| name == *end || name.ends_with(&format!("_{end}")))
}

#[cfg(test)]
mod tests;
