//! What a bucket's policy denies to everybody.
//!
//! The policy is tried on requests that the reference wants denied. A statement that also asks
//! about what is not known of such a request (who sends it, from where) denies it perhaps.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use serde_json::{Map, Value};

use super::condition::{self, Holds};
use crate::model::pattern::Pattern;

/// A request to try a policy on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// `s3:PutObject`
    pub action: &'static str,
    pub on: On,
    /// It came over TLS.
    pub secure: bool,
    pub encryption: Header,
}

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    Bucket,
    /// Any key: a pattern fits where it fits whatever the key may be.
    Objects,
}

/// The header `x-amz-server-side-encryption`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Header {
    Absent,
    Is(&'static str),
    /// Whatever it may be.
    Any,
}

/// Whether a request is denied.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Denied {
    /// No statement denies it.
    No,
    /// Some principals are kept from it.
    ToSome,
    /// It depends on this, which is not known of a request.
    Perhaps(String),
    /// To everybody, always.
    Always,
}

/// The statements of a policy that deny.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy(Vec<Statement>);

#[derive(Debug, Clone, PartialEq)]
struct Statement {
    everybody: bool,
    actions: Listed,
    resources: Listed,
    /// The `Condition` block.
    conditions: Map<String, Value>,
}

/// `Action` or `NotAction`, `Resource` or `NotResource`.
#[derive(Debug, Clone, PartialEq)]
struct Listed {
    not: bool,
    patterns: Vec<String>,
}

/// Keys that no policy names: what fits both fits by `*` alone.
const ANY_KEYS: [&str; 2] = ["\u{10fffd}", "\u{10fffc}/\u{10fffd}\u{10fffc}"];

impl Policy {
    /// # Errors
    /// A sentence for what is no policy.
    pub fn parse(json: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(json).map_err(|why| format!("no JSON ({why})"))?;
        let statements = match &value["Statement"] {
            Value::Array(all) => all.iter().collect(),
            one @ Value::Object(_) => vec![one],
            _ => return Err("it has no Statement".to_owned()),
        };
        let mut denies = Vec::new();
        for statement in statements {
            let Value::Object(map) = statement else {
                return Err("a statement is no object".to_owned());
            };
            match map.get("Effect").and_then(Value::as_str) {
                Some("Deny") => denies.push(deny(map)?),
                Some("Allow") => {}
                _ => return Err("a statement neither allows nor denies".to_owned()),
            }
        }
        Ok(Self(denies))
    }

    /// How surely this request is denied on this bucket.
    pub fn denies(&self, request: &Request, bucket: &str) -> Denied {
        let each = self.0.iter().map(|statement| statement.denies(request, bucket));
        each.max().unwrap_or(Denied::No)
    }
}

impl Statement {
    fn denies(&self, request: &Request, bucket: &str) -> Denied {
        if !self.covers(request, bucket) {
            return Denied::No;
        }
        match condition::holds(&self.conditions, request) {
            Holds::No => Denied::No,
            _ if !self.everybody => Denied::ToSome,
            Holds::Perhaps(on) => Denied::Perhaps(on),
            Holds::Yes => Denied::Always,
        }
    }

    fn covers(&self, request: &Request, bucket: &str) -> bool {
        let whole = format!("arn:aws:s3:::{bucket}");
        let resources = match request.on {
            On::Bucket => vec![whole],
            On::Objects => ANY_KEYS.iter().map(|key| format!("{whole}/{key}")).collect(),
        };
        self.actions.covers(&request.action.to_ascii_lowercase())
            && resources.iter().all(|resource| self.resources.covers(resource))
    }
}

impl Listed {
    fn covers(&self, text: &str) -> bool {
        self.patterns.iter().any(|pattern| Pattern::new(pattern).fits(text)) != self.not
    }
}

fn deny(map: &Map<String, Value>) -> Result<Statement, String> {
    let mut actions = either(map, "Action")?;
    actions.patterns.iter_mut().for_each(|action| action.make_ascii_lowercase());
    let mut resources = either(map, "Resource")?;
    resources.patterns.iter_mut().for_each(|arn| *arn = in_one_partition(arn));
    let conditions = match map.get("Condition") {
        None => Map::new(),
        Some(Value::Object(conditions)) => conditions.clone(),
        Some(_) => return Err("a Condition is no object".to_owned()),
    };
    Ok(Statement { everybody: is_everybody(map), actions, resources, conditions })
}

/// China's and the government's clouds have partitions of their own.
fn in_one_partition(arn: &str) -> String {
    let rest = ["arn:aws-cn:", "arn:aws-us-gov:"].iter().find_map(|part| arn.strip_prefix(part));
    rest.map_or_else(|| arn.to_owned(), |rest| format!("arn:aws:{rest}"))
}

fn either(map: &Map<String, Value>, name: &str) -> Result<Listed, String> {
    let (value, not) = match (map.get(name), map.get(&format!("Not{name}"))) {
        (Some(value), None) => (value, false),
        (None, Some(value)) => (value, true),
        _ => return Err(format!("a statement needs one of {name} and Not{name}")),
    };
    let patterns = texts(value).ok_or_else(|| format!("{name} is neither text nor a list"))?;
    Ok(Listed { not, patterns })
}

/// A text, or a list of them; true and false are texts too.
pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Bool(flag) => Some(vec![flag.to_string()]),
        Value::Array(all) => {
            all.iter().map(|one| texts(one).and_then(|texts| texts.into_iter().next())).collect()
        }
        _ => None,
    }
}

fn is_everybody(map: &Map<String, Value>) -> bool {
    let has_star =
        |value: &Value| texts(value).is_some_and(|names| names.iter().any(|name| name == "*"));
    match map.get("Principal") {
        Some(Value::Object(kinds)) => kinds.get("AWS").is_some_and(has_star),
        Some(value) => has_star(value),
        None => false,
    }
}

#[cfg(test)]
mod tests;
