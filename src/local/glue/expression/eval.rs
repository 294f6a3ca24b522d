//! The tree against one partition's values, with SQL's three-valued logic.

use std::cmp::Ordering;

use super::parser::{Key, Node};

/// How values of a partition key compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    /// ISO dates and times order as text once they have one shape.
    Moment,
}

/// A value in its type.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    Text(String),
    Whole(i128),
    Real(f64),
}

/// What Hive writes for a partition value that is NULL.
const HIVE_NULL: &str = "__HIVE_DEFAULT_PARTITION__";

impl Kind {
    /// From a Hive type.
    pub fn of(kind: &str) -> Self {
        let base = kind.split('(').next().unwrap_or_default().trim().to_ascii_lowercase();
        match base.as_str() {
            "tinyint" | "smallint" | "int" | "integer" | "bigint" | "long" | "decimal"
            | "float" | "double" => Self::Number,
            "date" | "timestamp" => Self::Moment,
            _ => Self::Text,
        }
    }

    /// `None` (NULL) where the text is not of this type.
    pub fn read(self, text: &str) -> Option<Scalar> {
        if text == HIVE_NULL {
            return None;
        }
        match self {
            Self::Text => Some(Scalar::Text(text.to_owned())),
            Self::Number => number(text.trim()),
            Self::Moment => moment(text.trim()).map(Scalar::Text),
        }
    }
}

fn number(text: &str) -> Option<Scalar> {
    if let Ok(whole) = text.parse() {
        return Some(Scalar::Whole(whole));
    }
    text.parse().ok().filter(|real: &f64| real.is_finite()).map(Scalar::Real)
}

/// `2026-03-01` or `2026-03-01 12:30:00[.5]` as `2026-03-01 12:30:00.500000000`.
fn moment(text: &str) -> Option<String> {
    if let Ok(date) = text.parse::<jiff::civil::Date>() {
        return Some(format!("{date} 00:00:00.000000000"));
    }
    let time = text.parse::<jiff::civil::DateTime>().ok()?;
    Some(time.strftime("%Y-%m-%d %H:%M:%S.%9f").to_string())
}

impl Scalar {
    fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (Self::Whole(a), Self::Whole(b)) => Some(a.cmp(b)),
            (a, b) => a.real()?.partial_cmp(&b.real()?),
        }
    }

    fn real(&self) -> Option<f64> {
        match self {
            Self::Text(_) => None,
            Self::Whole(whole) => Some(*whole as f64),
            Self::Real(real) => Some(*real),
        }
    }
}

/// `None` is NULL.
pub fn eval(node: &Node, values: &[String]) -> Option<bool> {
    let read = |key: &Key| values.get(key.index).and_then(|text| key.kind.read(text));
    match node {
        Node::And(a, b) => and(eval(a, values), eval(b, values)),
        Node::Or(a, b) => and(eval(a, values).map(|x| !x), eval(b, values).map(|x| !x)).map(|x| !x),
        Node::Not(inner) => eval(inner, values).map(|truth| !truth),
        Node::Compare(key, comparison, scalar) => Some(comparison.holds(read(key)?.order(scalar)?)),
        Node::In(key, list) => {
            let value = read(key)?;
            Some(list.iter().any(|one| value.order(one) == Some(Ordering::Equal)))
        }
        Node::Between(key, low, high) => {
            let value = read(key)?;
            Some(value.order(low)?.is_ge() && value.order(high)?.is_le())
        }
        Node::Like(key, pattern) => {
            read(key)?;
            Some(like(&values[key.index], pattern))
        }
        Node::IsNull(key) => Some(read(key).is_none()),
    }
}

fn and(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

/// SQL's LIKE: `%`, `_`, and a backslash before either of them.
fn like(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut parts = Vec::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        parts.push(match letter {
            '%' => Part::Any,
            '_' => Part::One,
            '\\' => Part::Letter(letters.next().unwrap_or('\\')),
            other => Part::Letter(other),
        });
    }
    matches(&text, &parts)
}

#[derive(PartialEq)]
enum Part {
    Any,
    One,
    Letter(char),
}

/// Greedy with one point to fall back to: linear in memory, never exponential in time.
fn matches(text: &[char], parts: &[Part]) -> bool {
    let (mut t, mut p) = (0, 0);
    let mut fallback: Option<(usize, usize)> = None;
    while t < text.len() {
        match parts.get(p) {
            Some(Part::Any) => {
                fallback = Some((p, t));
                p += 1;
            }
            Some(Part::One) => (t, p) = (t + 1, p + 1),
            Some(Part::Letter(letter)) if *letter == text[t] => (t, p) = (t + 1, p + 1),
            _ => {
                let Some((any, from)) = fallback else { return false };
                fallback = Some((any, from + 1));
                (t, p) = (from + 1, any + 1);
            }
        }
    }
    parts[p..].iter().all(|part| *part == Part::Any)
}
