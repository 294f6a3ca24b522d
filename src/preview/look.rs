//! What a previewer tells: what the object is, facts about it, and its content in pages.

use std::fmt;

/// Why there is nothing to see, or nothing more: one sentence, not sanitised. What was read
/// before stays good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault(pub String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Facts under a heading: a schema, a VCF header, the row groups.
#[derive(Clone, PartialEq, Eq)]
pub struct Section {
    pub title: String,
    pub lines: Vec<String>,
    /// True where it is long and rarely wanted: shown as its title until it is opened.
    pub folded: bool,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    /// Its type, as the format names it or as guessed from its values; empty where unknown.
    pub kind: String,
}

/// Whether the content is lines of text or records with columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    Lines,
    Table(Vec<Column>),
}

/// One row: a single line, or as many cells as there are columns. `None` is NULL.
pub type Row = Vec<Option<String>>;

/// The content, from its beginning on.
pub trait Pages: Send {
    /// At most `rows` further rows; fewer only at the end.
    ///
    /// # Errors
    /// Where the content cannot be read on: it is damaged, cut off, or the store refused. The
    /// rows read before the damage have been given out by earlier calls.
    fn next(&mut self, rows: usize) -> Result<Vec<Row>, Fault>;
}

/// What an object turned out to be.
pub struct Look {
    /// For a person: `Parquet`, `VCF 4.2, BGZF`.
    pub kind: String,
    pub sections: Vec<Section>,
    pub shape: Shape,
    pub pages: Box<dyn Pages>,
}

// No derives: what an object holds must not reach a log.
impl fmt::Debug for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Section").field("lines", &self.lines.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Look")
            .field("kind", &self.kind)
            .field("sections", &self.sections)
            .finish_non_exhaustive()
    }
}
