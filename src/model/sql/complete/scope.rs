//! What the statement reads from where the cursor is: tables, WITH queries, subqueries, by their
//! aliases, and the columns of each.

use super::super::lexer::Kind;
use super::Known;
use super::sentence::Sentence;

/// Queries inside queries are followed so far.
const DEEPEST: usize = 6;

/// One thing behind FROM, JOIN, INTO, UPDATE or USING.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Source {
    pub database: Option<String>,
    /// A table of the catalog, or one of a WITH.
    pub table: Option<String>,
    pub alias: Option<String>,
    /// The parenthesis of a subquery.
    body: Option<usize>,
    /// Names that stand behind the alias.
    named: Vec<String>,
    /// What the statement writes: its columns are not read by name, but in MERGE and UPDATE.
    pub is_target: bool,
    /// Its first word.
    pub at: usize,
}

impl Source {
    /// What its columns are qualified with.
    pub fn label(&self) -> Option<&str> {
        self.alias.as_deref().or(self.table.as_deref())
    }

    /// True where these names before a dot mean it.
    pub fn is_called(&self, qualifiers: &[String]) -> bool {
        match qualifiers {
            [name] => self.label() == Some(name),
            [.., database, table] => {
                self.alias.is_none()
                    && self.table.as_ref() == Some(table)
                    && self.database.as_ref() == Some(database)
            }
            [] => false,
        }
    }
}

/// A column with its type, which is empty where nothing knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub kind: String,
}

/// The sources of the query that the cursor is in, and of those around it.
#[derive(Debug, Default)]
pub struct Scope {
    pub near: Vec<Source>,
    pub outer: Vec<Source>,
}

impl Scope {
    pub fn of(sentence: &Sentence<'_>) -> Self {
        let mut scope = Self::default();
        let mut open = sentence.inside();
        loop {
            let segment = segment(sentence, open, sentence.cursor);
            let sources = sources(sentence, &segment);
            match scope.near.is_empty() {
                true => scope.near = sources,
                false => scope.outer.extend(sources),
            }
            let Some(at) = open else { return scope };
            open = sentence.around(at);
        }
    }
}

/// Names of the WITH queries that can be read from inside this parenthesis.
pub fn with_names(sentence: &Sentence<'_>, from: Option<usize>) -> Vec<String> {
    let mut names = Vec::new();
    let mut open = from;
    loop {
        names.extend(withs(sentence, open).into_iter().map(|with| with.name));
        let Some(at) = open else { return names };
        open = sentence.around(at);
    }
}

/// The columns of a source, as far as the text and the catalog tell. Databases that would have to
/// be read are added to `wants`.
pub fn fields(
    source: &Source,
    sentence: &Sentence<'_>,
    known: &impl Known,
    wants: &mut Vec<String>,
) -> Vec<Field> {
    let mut fields = resolved(source, sentence, known, wants, DEEPEST);
    for (field, name) in fields.iter_mut().zip(&source.named) {
        field.name.clone_from(name);
    }
    let rest = source.named.iter().skip(fields.len());
    let unknown = rest.map(|name| Field { name: name.clone(), kind: String::new() });
    fields.extend(unknown.collect::<Vec<_>>());
    fields
}

fn resolved(
    source: &Source,
    sentence: &Sentence<'_>,
    known: &impl Known,
    wants: &mut Vec<String>,
    deep: usize,
) -> Vec<Field> {
    let Some(deep) = deep.checked_sub(1) else { return Vec::new() };
    if let Some(body) = source.body {
        return selected(body, sentence, known, wants, deep);
    }
    let Some(table) = &source.table else { return Vec::new() };
    if source.database.is_none()
        && let Some(with) = with_of(sentence, sentence.around(source.at), table)
    {
        let mut fields = selected(with.body, sentence, known, wants, deep);
        for (at, name) in with.columns.into_iter().enumerate() {
            match fields.get_mut(at) {
                Some(field) => field.name = name,
                None => fields.push(Field { name, kind: String::new() }),
            }
        }
        return fields;
    }
    let database = source.database.as_deref().unwrap_or(known.current());
    let Some(columns) = known.columns(database, table) else {
        if known.tables(database).is_none() && !wants.iter().any(|want| want == database) {
            wants.push(database.to_owned());
        }
        return Vec::new();
    };
    let field = |(name, kind): (&str, &str)| Field { name: name.into(), kind: kind.into() };
    columns.map(field).collect()
}

/// The columns of the query in this parenthesis, by what it selects.
fn selected(
    body: usize,
    sentence: &Sentence<'_>,
    known: &impl Known,
    wants: &mut Vec<String>,
    deep: usize,
) -> Vec<Field> {
    let level = sentence.level(Some(body));
    let is = |at: &usize, word: &str| sentence.words[*at].is(word);
    let Some(first) = level.iter().position(|at| is(at, "SELECT")) else { return Vec::new() };
    let ends = ["UNION", "INTERSECT", "EXCEPT"];
    let end = level[first..].iter().position(|at| sentence.words[*at].is_one_of(&ends));
    let query = &level[first..end.map_or(level.len(), |end| first + end)];
    let sources = sources(sentence, query);
    let level = &query[1..];
    let listed = level.iter().position(|at| is(at, "FROM")).unwrap_or(level.len());
    let skip = usize::from(level.first().is_some_and(|at| is(at, "DISTINCT") || is(at, "ALL")));
    let mut fields = Vec::new();
    for item in level[skip.min(listed)..listed].split(|at| is(at, ",")) {
        match item {
            [star] if is(star, "*") => {
                for source in &sources {
                    fields.extend(resolved(source, sentence, known, wants, deep));
                }
            }
            [name, dot, star] if is(dot, ".") && is(star, "*") => {
                let name = sentence.words[*name].name();
                let source = sources.iter().find(|source| source.label() == name.as_deref());
                fields.extend(
                    source
                        .map(|source| resolved(source, sentence, known, wants, deep))
                        .unwrap_or_default(),
                );
            }
            _ => fields
                .extend(item_name(item, sentence).map(|name| Field { name, kind: String::new() })),
        }
    }
    fields
}

/// The name of what is selected: its alias, else that of the column.
fn item_name(item: &[usize], sentence: &Sentence<'_>) -> Option<String> {
    let (last, before) = item.split_last()?;
    let word = &sentence.words[*last];
    let before = before.last().map(|at| &sentence.words[*at]);
    match before {
        Some(before) if before.is("AS") || before.is(".") => word.name(),
        // Behind an operator it is an operand.
        Some(before) if before.kind == Kind::Mark && !before.is(")") && !before.is("]") => None,
        _ => word.alias(),
    }
}

/// The words of the query that has this place, directly in a parenthesis: between UNION and the
/// like.
fn segment(sentence: &Sentence<'_>, open: Option<usize>, cursor: usize) -> Vec<usize> {
    let level = sentence.level(open);
    let parts = ["UNION", "INTERSECT", "EXCEPT"];
    let is_part = |at: &usize| sentence.words[*at].is_one_of(&parts);
    let behind = level.partition_point(|at| *at < cursor);
    let start = level[..behind].iter().rposition(is_part).map_or(0, |at| at + 1);
    let end = level[behind..].iter().position(is_part).map_or(level.len(), |at| behind + at);
    level[start..end].to_vec()
}

/// What these words of one level read from and write to.
fn sources(sentence: &Sentence<'_>, level: &[usize]) -> Vec<Source> {
    let mut found = Vec::new();
    let is_query = level.iter().any(|at| {
        sentence.words[*at].is_one_of(&["SELECT", "DELETE", "INSERT", "UPDATE", "MERGE"])
    });
    let verb = sentence.verb().to_ascii_uppercase();
    let merges = verb == "MERGE";
    let mut in_from = false;
    for (i, at) in level.iter().enumerate() {
        let word = &sentence.words[*at];
        let rest = &level[i + 1..];
        if word.is_one_of(&["WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "WINDOW", "SET"]) {
            in_from = false;
            continue;
        }
        // `extract(year FROM x)` is no query.
        let begins = (word.is("FROM") && is_query)
            || word.is("JOIN")
            || (word.is(",") && in_from)
            || (word.is("USING") && merges);
        let writes = word.is("INTO")
            || (word.is_one_of(&["UPDATE", "OPTIMIZE", "VACUUM"]) && word.is(&verb))
            || (word.is_one_of(&["TABLE", "PARTITIONS"]) && verb != "CREATE")
            || word.is_one_of(&["DESCRIBE", "DESC"]) && word.is(&verb);
        in_from |= begins;
        if begins {
            found.extend(item(sentence, rest));
        } else if writes {
            let read_too = merges || verb != "INSERT";
            found.extend(item(sentence, rest).map(|one| Source { is_target: !read_too, ..one }));
        }
    }
    found
}

/// The source that these words of one level begin with.
fn item(sentence: &Sentence<'_>, level: &[usize]) -> Option<Source> {
    let word = |i: usize| level.get(i).map(|at| &sentence.words[*at]);
    let mut source = Source { at: *level.first()?, ..Source::default() };
    let mut i = 0;
    while word(i).is_some_and(|word| word.is("LATERAL")) {
        i += 1;
    }
    if word(i).is_some_and(|word| word.is("(")) {
        source.body = Some(level[i]);
        i += 2;
    } else if word(i).is_some_and(|word| word.is("UNNEST")) {
        i += 3;
    } else {
        // What the cursor is in the middle of has no name yet: the word is left out.
        if touches(sentence, *level.get(i)?) {
            return None;
        }
        source.table = Some(word(i)?.alias()?);
        i += 1;
        while word(i).is_some_and(|word| word.is(".")) {
            source.database = source.table.take();
            source.table = word(i + 1).and_then(|word| word.alias());
            i += 2;
        }
    }
    if word(i).is_some_and(|word| word.is("AS")) {
        i += 1;
    }
    source.alias = word(i).and_then(|word| word.alias());
    let open = level.get(i + 1).filter(|at| source.alias.is_some() && sentence.words[**at].is("("));
    source.named = open.map(|open| names_in(sentence, *open)).unwrap_or_default();
    Some(source)
}

/// True where the cursor stands between FROM and this word: what is typed is the table, and the
/// word what comes behind it.
fn touches(sentence: &Sentence<'_>, at: usize) -> bool {
    at == sentence.cursor
        && sentence
            .before(at)
            .is_some_and(|word| word.is_one_of(&["FROM", "JOIN", ",", "INTO", "UPDATE"]))
}

fn names_in(sentence: &Sentence<'_>, open: usize) -> Vec<String> {
    sentence.level(Some(open)).iter().filter_map(|at| sentence.words[*at].name()).collect()
}

struct With {
    name: String,
    columns: Vec<String>,
    body: usize,
}

/// The queries that WITH names directly in this parenthesis: `name [(columns)] AS (`.
fn withs(sentence: &Sentence<'_>, open: Option<usize>) -> Vec<With> {
    let level = sentence.level(open);
    let word = |i: usize| level.get(i).map(|at| &sentence.words[*at]);
    let is = |i: usize, text: &str| word(i).is_some_and(|word| word.is(text));
    let mut found = Vec::new();
    for start in (0..level.len()).filter(|i| is(*i, "WITH")) {
        let mut i = start + 1;
        if is(i, "RECURSIVE") {
            i += 1;
        }
        while let Some(name) = word(i).and_then(|word| word.alias()) {
            let listed = is(i + 1, "(");
            let columns = if listed { names_in(sentence, level[i + 1]) } else { Vec::new() };
            i += if listed { 3 } else { 1 };
            if !(is(i, "AS") && is(i + 1, "(")) {
                break;
            }
            found.push(With { name, columns, body: level[i + 1] });
            i += 3;
            if !is(i, ",") {
                break;
            }
            i += 1;
        }
    }
    found
}

fn with_of(sentence: &Sentence<'_>, from: Option<usize>, name: &str) -> Option<With> {
    let mut open = from;
    loop {
        let found = withs(sentence, open).into_iter().find(|with| with.name == name);
        if found.is_some() {
            return found;
        }
        open = sentence.around(open?);
    }
}
