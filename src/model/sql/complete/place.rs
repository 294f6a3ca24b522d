//! What can stand at the cursor.

use super::super::lexer::Kind;
use super::super::names::Quotes;
use super::next::{
    BEHIND, BEHIND_CONDITION, BEHIND_ITEM, BEHIND_ORDER, BEHIND_SOURCE, BEHIND_WINDOW, DDL, JOINS,
    QUERY, START, WINDOW,
};
use super::sentence::{Sentence, Word};

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Something new, or nothing that is known here.
    Nothing,
    /// Behind a dot: what these names have.
    Member {
        of: Vec<String>,
        source: bool,
    },
    /// A table, or a database before its dot.
    Source,
    Database,
    /// Behind ON: a condition that ties the two tables, or any other.
    Condition,
    /// Names of columns only: of what is written to, or of what both sides of a join have.
    Fields {
        written: bool,
    },
    Types,
    Expression,
    /// One of these words, which may be several in a row.
    Next(&'static [&'static str]),
}

/// What the cursor's place takes, and in which quotes names are written there.
pub fn at(sentence: &Sentence<'_>) -> (Place, Quotes) {
    let place = Look::at(sentence);
    let quotes = if place.is_hive() { Quotes::Backtick } else { Quotes::Double };
    (place.place(), quotes)
}

struct Look<'s, 'a> {
    sentence: &'s Sentence<'a>,
    /// The words before the cursor directly in its parenthesis.
    level: Vec<usize>,
}

impl<'s, 'a> Look<'s, 'a> {
    fn at(sentence: &'s Sentence<'a>) -> Self {
        let mut level = sentence.level(sentence.inside());
        level.retain(|at| *at < sentence.cursor);
        Self { sentence, level }
    }

    fn verb_is(&self, verbs: &[&str]) -> bool {
        let verb = self.sentence.verb();
        verbs.iter().any(|wanted| verb.eq_ignore_ascii_case(wanted))
    }

    /// DDL that Hive's parser reads: up to the query that CREATE TABLE AS ends in, and not where
    /// it is about views, which are Trino's.
    fn is_hive(&self) -> bool {
        let before = &self.sentence.words[..self.sentence.cursor];
        let queried = before.iter().any(|word| word.is_one_of(&["SELECT", "VIEW"]));
        let verbs = ["CREATE", "ALTER", "DROP", "MSCK", "DESCRIBE", "DESC", "SHOW"];
        self.verb_is(&verbs) && !queried
    }

    /// DDL of either parser, up to a query in it.
    fn is_ddl(&self) -> bool {
        let before = &self.sentence.words[..self.sentence.cursor];
        let verbs = ["CREATE", "ALTER", "DROP", "MSCK", "DESCRIBE", "DESC", "SHOW"];
        self.verb_is(&verbs) && !before.iter().any(|word| word.is("SELECT"))
    }

    fn has_before(&self, words: &[&str]) -> bool {
        self.level.iter().any(|at| self.sentence.words[*at].is_one_of(words))
    }

    fn place(&self) -> Place {
        let sentence = self.sentence;
        let Some(last) = sentence.before(sentence.cursor) else { return Place::Next(START) };
        if last.is(".") {
            return self.member();
        }
        if self.level.is_empty() {
            return self.opened();
        }
        if self.is_ddl() { self.in_ddl(last) } else { self.in_query(last) }
    }

    /// Behind a dot: the names before it, and whether a table is meant.
    fn member(&self) -> Place {
        let words = &self.sentence.words;
        let mut at = self.sentence.cursor;
        let mut of = Vec::new();
        while at >= 2 && words[at - 1].is(".") {
            let Some(name) = words[at - 2].name() else { break };
            of.insert(0, name);
            at -= 2;
        }
        // A number, or what a call answers.
        if of.is_empty() {
            return Place::Nothing;
        }
        let before = Self {
            sentence: self.sentence,
            level: self.level.iter().copied().filter(|word| *word < at).collect(),
        };
        let lead = before.level.last().map(|at| &words[*at]);
        let source = match lead {
            Some(lead) if before.is_ddl() => before.in_ddl(lead) == Place::Source,
            Some(lead) => before.in_query(lead) == Place::Source,
            None => false,
        };
        Place::Member { of, source }
    }

    /// Right behind a parenthesis.
    fn opened(&self) -> Place {
        let sentence = self.sentence;
        let Some(open) = sentence.inside() else { return Place::Next(START) };
        let Some(before) = sentence.before(open) else { return Place::Next(QUERY) };
        if before.is_one_of(&["FROM", "JOIN", "AS", "LATERAL", "UNLOAD", "EXISTS", "USING"]) {
            let joins = before.is("USING") && !self.verb_is(&["MERGE"]);
            return if joins { Place::Fields { written: false } } else { Place::Next(QUERY) };
        }
        if before.is("OVER") {
            return Place::Next(WINDOW);
        }
        if before.is("FILTER") {
            return Place::Next(&["WHERE"]);
        }
        if before.is_one_of(&["PARTITION", "BY"]) && self.is_ddl() {
            let existing = before.is("PARTITION");
            return if existing { Place::Fields { written: false } } else { Place::Nothing };
        }
        if self.is_ddl() {
            return Place::Nothing;
        }
        if self.names_target(open) { Place::Fields { written: true } } else { Place::Expression }
    }

    /// True where the parenthesis stands behind `INTO name`: it lists columns.
    fn names_target(&self, open: usize) -> bool {
        let words = &self.sentence.words;
        let Some(mut at) = open.checked_sub(1) else { return false };
        while at >= 2 && words[at - 1].is(".") {
            at -= 2;
        }
        words[at].alias().is_some() && self.sentence.before(at).is_some_and(|word| word.is("INTO"))
    }

    fn in_ddl(&self, last: &Word<'_>) -> Place {
        let creates = self.verb_is(&["CREATE"]);
        if let Some(open) = self.sentence.inside() {
            return self.in_ddl_list(open, last);
        }
        if last.is("TABLE") || last.is("VIEW") {
            return if creates { Place::Nothing } else { Place::Source };
        }
        if last.is_one_of(&["DATABASE", "SCHEMA"]) {
            return if creates { Place::Nothing } else { Place::Database };
        }
        if last.is("EXISTS") {
            let database = self.has_before(&["DATABASE", "SCHEMA"]);
            return match (creates, database) {
                (true, _) => Place::Nothing,
                (_, true) => Place::Database,
                (_, false) => Place::Source,
            };
        }
        if last.is_one_of(&["DESCRIBE", "DESC", "EXTENDED", "FORMATTED", "PARTITIONS"])
            || (last.is("TBLPROPERTIES") && self.verb_is(&["SHOW"]))
        {
            return Place::Source;
        }
        if last.is_one_of(&["IN", "FROM"]) {
            let tables = self.has_before(&["TABLES", "VIEWS"]);
            return if tables { Place::Database } else { Place::Source };
        }
        if self.level.len() == 1 {
            return self.behind_verb();
        }
        match () {
            () if last.is("AS") => Place::Next(QUERY),
            () if last.is("REPAIR") => Place::Next(&["TABLE"]),
            () if last.is("COLUMN") && self.verb_is(&["ALTER"]) => Place::Fields { written: false },
            () if self.verb_is(&["ALTER"]) && self.ends_in(&["CHANGE"]) => {
                Place::Fields { written: false }
            }
            () if last.is_one_of(&["LOCATION", "COMMENT", "SERDE"]) => Place::Nothing,
            () => Place::Next(DDL),
        }
    }

    fn ends_in(&self, words: &[&str]) -> bool {
        self.level.last().is_some_and(|at| self.sentence.words[*at].is_one_of(words))
    }

    fn behind_verb(&self) -> Place {
        let verb = self.sentence.verb().to_ascii_uppercase();
        Place::Next(match verb.as_str() {
            "CREATE" => &[
                "EXTERNAL TABLE",
                "TABLE",
                "OR REPLACE VIEW",
                "VIEW",
                "DATABASE",
                "EXTERNAL TABLE IF NOT EXISTS",
                "DATABASE IF NOT EXISTS",
            ],
            "DROP" => &["TABLE", "TABLE IF EXISTS", "VIEW", "VIEW IF EXISTS", "DATABASE"],
            "ALTER" => &["TABLE", "DATABASE"],
            "MSCK" => &["REPAIR TABLE"],
            _ => &[
                "TABLES",
                "TABLES IN",
                "DATABASES",
                "COLUMNS IN",
                "PARTITIONS",
                "CREATE TABLE",
                "CREATE VIEW",
                "VIEWS",
                "TBLPROPERTIES",
            ],
        })
    }

    /// Inside `(name type, …)`, `PARTITION (key = value)` or properties.
    fn in_ddl_list(&self, open: usize, last: &Word<'_>) -> Place {
        let before = self.sentence.before(open);
        let partition = before.is_some_and(|word| word.is("PARTITION"));
        match () {
            () if last.is(",") && partition => Place::Fields { written: false },
            () if before
                .is_some_and(|word| word.is("TBLPROPERTIES") || word.is("SERDEPROPERTIES")) =>
            {
                Place::Nothing
            }
            () if last.is_one_of(&["<", ":"]) => Place::Types,
            () if !partition && last.name().is_some() && self.is_first_of_item() => Place::Types,
            () => Place::Nothing,
        }
    }

    /// True where one word stands between the cursor and the comma or parenthesis before it.
    fn is_first_of_item(&self) -> bool {
        let item = self.level.iter().rev().take_while(|at| !self.sentence.words[**at].is(","));
        item.count() == 1
    }

    fn in_query(&self, last: &Word<'_>) -> Place {
        let selects = self.has_before(&["SELECT"]);
        if last.kind == Kind::Mark {
            return match () {
                () if last.is(",") && self.clause_is(&["FROM", "JOIN"]) => Place::Source,
                () if last.is(",")
                    && self.sentence.inside().is_some_and(|open| self.names_target(open)) =>
                {
                    Place::Fields { written: true }
                }
                () if last.is(",") && self.is_using() => Place::Fields { written: false },
                () if last.is(")") || last.is("]") => self.behind_operand(),
                () => Place::Expression,
            };
        }
        if last.kind != Kind::Word {
            return self.behind_operand();
        }
        if last.is("FROM") {
            let source = selects || (self.verb_is(&["DELETE"]) && self.sentence.inside().is_none());
            return if source { Place::Source } else { Place::Expression };
        }
        let word = last.text.to_ascii_uppercase();
        match word.as_str() {
            "JOIN" | "INTO" => Place::Source,
            "UPDATE" | "OPTIMIZE" | "VACUUM" if self.level.len() == 1 => Place::Source,
            "TABLE" => Place::Source,
            "USING" if self.verb_is(&["MERGE"]) => Place::Source,
            "ON" => Place::Condition,
            "SET" => Place::Fields { written: false },
            "AS" if self.is_cast() => Place::Types,
            "AS" | "USING" | "LIMIT" | "OFFSET" | "WITH" | "RECURSIVE" | "PREPARE" | "EXECUTE" => {
                Place::Nothing
            }
            "GROUP" | "ORDER" | "PARTITION" => Place::Next(&["BY"]),
            "LEFT" | "RIGHT" | "FULL" | "INNER" | "CROSS" | "OUTER" | "NATURAL" => {
                Place::Next(JOINS)
            }
            "IS" => Place::Next(&["NULL", "NOT NULL", "DISTINCT FROM", "NOT DISTINCT FROM"]),
            "INSERT" | "MERGE" => Place::Next(&["INTO"]),
            "DELETE" => Place::Next(&["FROM"]),
            "NULLS" => Place::Next(&["FIRST", "LAST"]),
            "UNION" | "EXCEPT" | "INTERSECT" => Place::Next(&["SELECT", "ALL SELECT"]),
            "EXPLAIN" => Place::Next(START),
            "ROWS" | "RANGE" => Place::Next(&["BETWEEN"]),
            "SELECT" | "DISTINCT" | "ALL" | "WHERE" | "AND" | "OR" | "NOT" | "HAVING" | "WHEN"
            | "THEN" | "ELSE" | "CASE" | "BETWEEN" | "LIKE" | "IN" | "BY" | "VALUES" | "ESCAPE" => {
                Place::Expression
            }
            _ => self.behind_operand(),
        }
    }

    fn is_cast(&self) -> bool {
        let call = self.sentence.inside().and_then(|open| self.sentence.before(open));
        call.is_some_and(|word| word.is_one_of(&["CAST", "TRY_CAST"]))
    }

    fn is_using(&self) -> bool {
        let before = self.sentence.inside().and_then(|open| self.sentence.before(open));
        before.is_some_and(|word| word.is("USING")) && !self.verb_is(&["MERGE"])
    }

    /// The keyword of the clause that the cursor is in.
    fn clause(&self) -> Option<&Word<'a>> {
        const CLAUSES: &[&str] = &[
            "SELECT",
            "FROM",
            "JOIN",
            "ON",
            "USING",
            "WHERE",
            "GROUP",
            "HAVING",
            "ORDER",
            "LIMIT",
            "SET",
            "VALUES",
            "INTO",
            "UPDATE",
            "PARTITION",
            "WINDOW",
            "WITH",
        ];
        let words = self.level.iter().rev().map(|at| &self.sentence.words[*at]);
        words.clone().find(|word| word.is_one_of(CLAUSES))
    }

    fn clause_is(&self, words: &[&str]) -> bool {
        // A comma behind ON is the FROM's.
        match self.clause() {
            Some(word) if word.is("ON") || word.is("USING") => words.contains(&"FROM"),
            Some(word) => word.is_one_of(words),
            None => false,
        }
    }

    fn behind_operand(&self) -> Place {
        let windowed = self.sentence.inside().and_then(|open| self.sentence.before(open));
        if windowed.is_some_and(|word| word.is("OVER")) {
            return Place::Next(BEHIND_WINDOW);
        }
        let Some(clause) = self.clause() else { return Place::Next(BEHIND) };
        Place::Next(match clause.text.to_ascii_uppercase().as_str() {
            "SELECT" => BEHIND_ITEM,
            "FROM" | "JOIN" | "INTO" | "UPDATE" | "USING" => BEHIND_SOURCE,
            "WHERE" | "ON" | "HAVING" | "SET" => BEHIND_CONDITION,
            "GROUP" | "ORDER" => BEHIND_ORDER,
            "WITH" => &["AS (", "SELECT"],
            "LIMIT" => &["OFFSET"],
            _ => BEHIND,
        })
    }
}
