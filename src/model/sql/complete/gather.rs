//! What fits, the best of it first. Texts are made only for what is shown.

use std::borrow::Cow;

use super::super::functions;
use super::super::names::Quotes;
use super::matching::{Fit, Pattern};
use super::scope::Field;
use super::{Candidate, What};

/// So many are offered.
const MOST: usize = 50;

/// Something that fits, not yet written out.
#[derive(Debug)]
struct Found<'k> {
    fit: Fit,
    /// What is nearer to the statement has a smaller number.
    group: u8,
    /// As it came.
    turn: usize,
    what: What,
    name: Cow<'k, str>,
    /// Quoted where it has to be: an alias.
    label: Option<String>,
    /// A database, to be quoted.
    database: Option<&'k str>,
    behind: &'static str,
    detail: Cow<'k, str>,
}

#[derive(Debug)]
pub struct Gather<'k> {
    pattern: Pattern,
    quoted: bool,
    /// True where something is called as what was typed.
    is_whole: bool,
    found: Vec<Found<'k>>,
}

impl<'k> Gather<'k> {
    pub fn new(typed: &str, quoted: bool) -> Self {
        Self { pattern: Pattern::new(typed), quoted, is_whole: false, found: Vec::new() }
    }

    /// True where nothing was typed: everything fits.
    pub fn is_open(&self) -> bool {
        self.pattern.is_empty()
    }

    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    fn put(&mut self, group: u8, what: What, name: Cow<'k, str>, detail: Cow<'k, str>) {
        if let Some(fit) = self.pattern.fit(&name) {
            self.push(fit, group, what, name, detail);
        }
    }

    fn push(&mut self, fit: Fit, group: u8, what: What, name: Cow<'k, str>, detail: Cow<'k, str>) {
        // What is there already needs no completing.
        let is_there = self.pattern.is(&name) && !self.quoted && what != What::Function;
        let is_name = matches!(what, What::Column | What::Table | What::Database);
        self.is_whole |= is_there;
        if is_there || (self.quoted && !is_name) {
            return;
        }
        let turn = self.found.len();
        let (label, database, behind) = (None, None, "");
        self.found.push(Found { fit, group, turn, what, name, label, database, behind, detail });
    }

    /// The columns of one source, behind its label where others have the same.
    pub fn fields(&mut self, group: u8, fields: Vec<Field>, label: Option<&str>) {
        let first = self.found.len();
        for Field { name, kind } in fields {
            self.put(group, What::Column, name.into(), kind.into());
        }
        self.found[first..].iter_mut().for_each(|one| one.label = label.map(ToOwned::to_owned));
    }

    /// Tables of one database, which is written before them where it is given.
    pub fn tables(
        &mut self,
        group: u8,
        tables: impl Iterator<Item = (&'k str, &'k str)>,
        database: Option<&'k str>,
    ) {
        let first = self.found.len();
        for (name, what) in tables {
            self.put(group, What::Table, name.into(), what.into());
        }
        self.found[first..].iter_mut().for_each(|one| one.database = database);
    }

    pub fn databases(&mut self, databases: &'k [String], behind: &'static str) {
        let first = self.found.len();
        for name in databases {
            self.put(2, What::Database, name.into(), "".into());
        }
        self.found[first..].iter_mut().for_each(|one| one.behind = behind);
    }

    pub fn names(&mut self, group: u8, what: What, names: Vec<String>, detail: &'static str) {
        for name in names {
            self.put(group, what, name.into(), detail.into());
        }
    }

    pub fn condition(&mut self, text: String, detail: String) {
        self.put(0, What::Condition, text.into(), detail.into());
    }

    pub fn functions(&mut self) {
        for function in functions::all() {
            // Of hundreds of functions only those are meant whose words begin so, the first one too.
            let fit =
                self.pattern.fit(function.name).filter(|_| self.pattern.begins(function.name));
            if let Some(fit @ (Fit::Prefix | Fit::Starts)) = fit {
                let detail = function.signatures[0];
                self.push(fit, 3, What::Function, function.name.into(), detail.into());
            }
        }
    }

    pub fn words(&mut self, words: &[&'static str]) {
        self.plain(What::Keyword, words);
    }

    pub fn types(&mut self, types: &[&'static str]) {
        self.plain(What::Type, types);
    }

    fn plain(&mut self, what: What, words: &[&'static str]) {
        for word in words {
            if let Some(fit) = self.pattern.prefix(word) {
                self.push(fit, 4, what, (*word).into(), "".into());
            }
        }
    }

    /// The best of them written out, and whether the first alone begins as what was typed.
    pub fn done(mut self, quotes: Quotes) -> (Vec<Candidate>, bool) {
        let open = self.pattern.is_empty();
        let compare = |a: &Found<'_>, b: &Found<'_>| {
            let near = (a.fit, a.group).cmp(&(b.fit, b.group));
            match open || a.group == 4 {
                true => near.then(a.turn.cmp(&b.turn)),
                false => near.then_with(|| a.name.cmp(&b.name)).then(a.turn.cmp(&b.turn)),
            }
        };
        if self.found.len() > MOST {
            self.found.select_nth_unstable_by(MOST, compare);
            self.found.truncate(MOST);
        }
        self.found.sort_by(compare);
        let best = self.found.first().map(|found| found.fit).filter(|fit| *fit <= Fit::Starts);
        let as_good = self.found.iter().filter(|found| Some(found.fit) == best).count();
        let sure = !self.is_whole && (as_good == 1 || self.found.len() == 1);
        let mut candidates: Vec<Candidate> =
            self.found.iter().map(|found| written(found, quotes, self.quoted)).collect();
        let mut seen = std::collections::HashSet::new();
        candidates.retain(|candidate| seen.insert(candidate.text.clone()));
        (candidates, sure)
    }
}

fn written(found: &Found<'_>, quotes: Quotes, quoted: bool) -> Candidate {
    let name = match found.what {
        What::Column | What::Table | What::Database if quoted => quotes.around(&found.name),
        What::Column | What::Table | What::Database => quotes.name(&found.name),
        What::Function => functions::find(&found.name)
            .map_or_else(|| found.name.clone().into_owned(), |function| function.call()),
        What::Condition | What::Keyword | What::Type => found.name.clone().into_owned(),
    };
    let text = match (&found.label, found.database) {
        (Some(label), _) => format!("{label}.{name}"),
        (None, Some(database)) => format!("{}.{name}", quotes.name(database)),
        (None, None) => format!("{name}{}", found.behind),
    };
    Candidate { what: found.what, text, detail: found.detail.clone().into_owned() }
}
