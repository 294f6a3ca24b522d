//! Tokens to a tree. Literals are turned into the key's type here, once.

use std::cmp::Ordering;

use super::eval::{Kind, Scalar};
use super::lexer::{Placed, Token};
use crate::local::glue::types::Column;

/// How deep parentheses and NOT may nest.
const DEEPEST: usize = 100;

/// Index of a key among the table's partition keys, with its type.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    pub index: usize,
    pub kind: Kind,
}

#[derive(Debug)]
pub enum Node {
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Not(Box<Node>),
    Compare(Key, Comparison, Scalar),
    In(Key, Vec<Scalar>),
    Between(Key, Scalar, Scalar),
    Like(Key, String),
    IsNull(Key),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Comparison {
    fn of(sign: &str) -> Option<Self> {
        Some(match sign {
            "=" | "==" => Self::Equal,
            "<>" | "!=" => Self::Unequal,
            "<" => Self::Less,
            "<=" => Self::AtMost,
            ">" => Self::More,
            ">=" => Self::AtLeast,
            _ => return None,
        })
    }

    /// The same with its sides exchanged.
    fn flipped(self) -> Self {
        match self {
            Self::Less => Self::More,
            Self::AtMost => Self::AtLeast,
            Self::More => Self::Less,
            Self::AtLeast => Self::AtMost,
            same => same,
        }
    }

    pub fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Unequal => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::More => order.is_gt(),
            Self::AtLeast => order.is_ge(),
        }
    }
}

pub fn parse(tokens: Vec<Placed>, keys: &[Column]) -> Result<Node, String> {
    let mut parser = Parser { tokens, next: 0, keys, depth: 0 };
    let root = parser.either()?;
    match parser.tokens.get(parser.next) {
        None => Ok(root),
        Some(left) => Err(format!("position {} is not expected to go on", left.at)),
    }
}

struct Parser<'k> {
    tokens: Vec<Placed>,
    next: usize,
    keys: &'k [Column],
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|placed| &placed.token)
    }

    fn is_sign(&self, wanted: &str) -> bool {
        matches!(self.peek(), Some(Token::Sign(sign)) if *sign == wanted)
    }

    fn sign(&mut self, wanted: &str) -> bool {
        let found = self.is_sign(wanted);
        self.next += usize::from(found);
        found
    }

    fn word(&mut self, wanted: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(w)) if w.eq_ignore_ascii_case(wanted));
        self.next += usize::from(found);
        found
    }

    /// `wanted` is missing here.
    fn missing<T>(&self, wanted: &str) -> Result<T, String> {
        match self.tokens.get(self.next) {
            Some(placed) => Err(format!("{wanted} is expected at position {}", placed.at)),
            None => Err(format!("{wanted} is expected at the end")),
        }
    }

    fn either(&mut self) -> Result<Node, String> {
        let mut left = self.both()?;
        while self.word("or") {
            left = Node::Or(Box::new(left), Box::new(self.both()?));
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Node, String> {
        let mut left = self.single()?;
        while self.word("and") {
            left = Node::And(Box::new(left), Box::new(self.single()?));
        }
        Ok(left)
    }

    fn single(&mut self) -> Result<Node, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("it nests deeper than {DEEPEST} levels"));
        }
        let node = if self.word("not") {
            Node::Not(Box::new(self.single()?))
        } else if self.sign("(") {
            let inner = self.either()?;
            if !self.sign(")") {
                return self.missing("')'");
            }
            inner
        } else {
            self.predicate()?
        };
        self.depth -= 1;
        Ok(node)
    }

    fn predicate(&mut self) -> Result<Node, String> {
        if let Some(literal) = self.literal() {
            let Some(comparison) = self.comparison() else { return self.missing("a comparison") };
            let key = self.key()?;
            return Ok(Node::Compare(key, comparison.flipped(), self.typed(key, literal)?));
        }
        let key = self.key()?;
        if let Some(comparison) = self.comparison() {
            return Ok(Node::Compare(key, comparison, self.value(key)?));
        }
        if self.word("is") {
            let not = self.word("not");
            if !self.word("null") {
                return self.missing("NULL");
            }
            return Ok(negate(not, Node::IsNull(key)));
        }
        let not = self.word("not");
        let node = if self.word("in") {
            Node::In(key, self.list(key)?)
        } else if self.word("between") {
            let low = self.value(key)?;
            if !self.word("and") {
                return self.missing("AND");
            }
            Node::Between(key, low, self.value(key)?)
        } else if self.word("like") {
            Node::Like(key, self.pattern()?)
        } else {
            return self.missing("a comparison, IN, BETWEEN or LIKE");
        };
        Ok(negate(not, node))
    }

    fn comparison(&mut self) -> Option<Comparison> {
        let Some(Token::Sign(sign)) = self.peek() else { return None };
        let comparison = Comparison::of(sign)?;
        self.next += 1;
        Some(comparison)
    }

    fn key(&mut self) -> Result<Key, String> {
        let (Some(Token::Word(name)) | Some(Token::Quoted(name))) = self.peek() else {
            return self.missing("a partition key");
        };
        let found = self.keys.iter().position(|key| key.name.eq_ignore_ascii_case(name));
        let Some(index) = found else {
            return Err(format!("{} is not a partition key", name.escape_debug()));
        };
        self.next += 1;
        Ok(Key { index, kind: Kind::of(&self.keys[index].kind) })
    }

    /// A literal as written, if one is next. `DATE '…'` and `TIMESTAMP '…'` are literals too.
    fn literal(&mut self) -> Option<String> {
        let typed = matches!(self.peek(), Some(Token::Word(word))
            if word.eq_ignore_ascii_case("date") || word.eq_ignore_ascii_case("timestamp"));
        let next = self.next + usize::from(typed);
        let text = match self.tokens.get(next).map(|placed| &placed.token) {
            Some(Token::Text(text)) => text.clone(),
            Some(Token::Number(text)) if !typed => text.clone(),
            _ => return None,
        };
        self.next = next + 1;
        Some(text)
    }

    fn value(&mut self, key: Key) -> Result<Scalar, String> {
        match self.literal() {
            Some(text) => self.typed(key, text),
            None => self.missing("a value"),
        }
    }

    fn typed(&self, key: Key, text: String) -> Result<Scalar, String> {
        let column = &self.keys[key.index];
        key.kind
            .read(&text)
            .ok_or_else(|| format!("the value compared with {} is no {}", column.name, column.kind))
    }

    fn list(&mut self, key: Key) -> Result<Vec<Scalar>, String> {
        if !self.sign("(") {
            return self.missing("'('");
        }
        let mut values = vec![self.value(key)?];
        while self.sign(",") {
            values.push(self.value(key)?);
        }
        if !self.sign(")") {
            return self.missing("')'");
        }
        Ok(values)
    }

    fn pattern(&mut self) -> Result<String, String> {
        let Some(Token::Text(text)) = self.peek() else {
            return self.missing("a pattern in quotes");
        };
        let text = text.clone();
        self.next += 1;
        Ok(text)
    }
}

fn negate(not: bool, node: Node) -> Node {
    if not { Node::Not(Box::new(node)) } else { node }
}
