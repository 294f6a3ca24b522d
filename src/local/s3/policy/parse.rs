//! From JSON to a policy, refusing what would not be enforced.

use serde_json::{Map, Value};

use super::condition::{Condition, Key, Operator};
use super::{Listed, Policy, Principals, Statement};
use crate::local::s3::error::StoreError;
use crate::model::pattern::Pattern;

/// The longest policy S3 takes, in bytes.
const LONGEST: usize = 20 * 1024;

type Parsed<T> = Result<T, StoreError>;

fn malformed<T>(why: impl std::fmt::Display) -> Parsed<T> {
    Err(StoreError::new("MalformedPolicy", why.to_string()))
}

impl Policy {
    /// # Errors
    /// `MalformedPolicy`, saying what is wrong or what this lake cannot enforce.
    pub fn parse(json: &str, bucket: &str) -> Parsed<Self> {
        if json.len() > LONGEST {
            return malformed(format!(
                "The policy is {} bytes long; at most {LONGEST} are allowed",
                json.len()
            ));
        }
        let value: Value = match serde_json::from_str(json) {
            Ok(value) => value,
            Err(why) => return malformed(format!("Policies must be valid JSON: {why}")),
        };
        let Value::Object(policy) = value else { return malformed("A policy is a JSON object") };
        known(&policy, &["Version", "Id", "Statement"])?;
        match policy.get("Version").and_then(Value::as_str) {
            None | Some("2012-10-17" | "2008-10-17") => {}
            Some(other) => return malformed(format!("The policy version {other} does not exist")),
        }
        let statements = match policy.get("Statement") {
            Some(Value::Array(all)) if !all.is_empty() => {
                all.iter().map(|one| statement(one, bucket)).collect::<Parsed<_>>()?
            }
            Some(one @ Value::Object(_)) => vec![statement(one, bucket)?],
            _ => return malformed("Missing required field Statement"),
        };
        Ok(Self { statements })
    }
}

fn known(map: &Map<String, Value>, fields: &[&str]) -> Parsed<()> {
    match map.keys().find(|key| !fields.contains(&key.as_str())) {
        Some(key) => malformed(format!("Unknown field {key}")),
        None => Ok(()),
    }
}

fn statement(value: &Value, bucket: &str) -> Parsed<Statement> {
    let Value::Object(map) = value else { return malformed("A statement is a JSON object") };
    known(
        map,
        &[
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
        ],
    )?;
    let deny = match map.get("Effect").and_then(Value::as_str) {
        Some("Deny") => true,
        Some("Allow") => false,
        _ => return malformed("Effect must be Allow or Deny"),
    };
    let (not, actions) = either(map, "Action")?;
    let actions = actions.iter().map(|action| self::action(action)).collect::<Parsed<_>>()?;
    let (no, resources) = either(map, "Resource")?;
    let resources = resources.iter().map(|name| resource(name, bucket)).collect::<Parsed<_>>()?;
    Ok(Statement {
        deny,
        principals: principals(map)?,
        actions: Listed { not, patterns: actions },
        resources: Listed { not: no, patterns: resources },
        conditions: map.get("Condition").map_or(Ok(Vec::new()), conditions)?,
    })
}

/// The texts of `name` or of `Not<name>`; exactly one of them must be there.
fn either(map: &Map<String, Value>, name: &str) -> Parsed<(bool, Vec<String>)> {
    let negated = format!("Not{name}");
    match (map.get(name), map.get(&negated)) {
        (Some(value), None) => Ok((false, texts(value, name)?)),
        (None, Some(value)) => Ok((true, texts(value, &negated)?)),
        (None, None) => malformed(format!("Missing required field {name}")),
        (Some(_), Some(_)) => malformed(format!("{name} and {negated} exclude each other")),
    }
}

fn texts(value: &Value, what: &str) -> Parsed<Vec<String>> {
    let one = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(flag) => Ok(flag.to_string()),
        _ => malformed(format!("{what} must be text or a list of texts")),
    };
    match value {
        Value::Array(all) if !all.is_empty() => all.iter().map(one).collect(),
        Value::Array(_) => malformed(format!("{what} is empty")),
        single => Ok(vec![one(single)?]),
    }
}

fn action(text: &str) -> Parsed<Pattern> {
    let lower = text.to_ascii_lowercase();
    if lower == "*" || lower.starts_with("s3:") {
        return Ok(Pattern::new(&lower));
    }
    malformed(format!("Policy has invalid action: {text}"))
}

fn resource(text: &str, bucket: &str) -> Parsed<Pattern> {
    if text.contains("${") {
        return malformed(format!("The local lake does not substitute policy variables: {text}"));
    }
    let of_bucket = text.strip_prefix("arn:aws:s3:::").is_some_and(|rest| {
        let name = rest.split_once('/').map_or(rest, |(name, _)| name);
        Pattern::new(name).fits(bucket)
    });
    if text == "*" || of_bucket {
        Ok(Pattern::new(text))
    } else {
        malformed(format!("Policy has invalid resource: {text}"))
    }
}

fn principals(map: &Map<String, Value>) -> Parsed<Principals> {
    let (not, value) = match (map.get("Principal"), map.get("NotPrincipal")) {
        (Some(value), None) => (false, value),
        (None, Some(value)) => (true, value),
        _ => return malformed("Missing required field Principal"),
    };
    let names = match value {
        Value::String(all) if all == "*" => vec!["*".to_owned()],
        Value::Object(kinds) if !kinds.is_empty() => {
            let mut names = Vec::new();
            for (kind, value) in kinds {
                match kind.as_str() {
                    "AWS" => names.extend(texts(value, "Principal")?),
                    // Services and federated users never call a local lake: they
                    // match nobody, whatever they are called.
                    "Service" | "Federated" | "CanonicalUser" => drop(texts(value, "Principal")?),
                    other => return malformed(format!("Invalid principal kind: {other}")),
                }
            }
            names
        }
        _ => return malformed("Invalid principal in policy"),
    };
    Ok(Principals { not, names })
}

fn conditions(value: &Value) -> Parsed<Vec<Condition>> {
    let Value::Object(operators) = value else { return malformed("Condition is a JSON object") };
    let mut all = Vec::new();
    for (name, keys) in operators {
        let (bare, if_exists) = match name.strip_suffix("IfExists") {
            Some(bare) if bare != "Null" => (bare, true),
            _ => (name.as_str(), false),
        };
        let Some(operator) = Operator::named(bare) else {
            return malformed(format!(
                "The local lake cannot enforce the condition operator {name}"
            ));
        };
        let Value::Object(keys) = keys else {
            return malformed(format!("{name} takes a JSON object"));
        };
        for (key, values) in keys {
            let Some(known) = Key::named(key) else {
                return malformed(format!("The local lake cannot enforce the condition key {key}"));
            };
            let values = texts(values, key)?;
            if let Some(variable) = values.iter().find(|value| value.contains("${")) {
                return malformed(format!(
                    "The local lake does not substitute policy variables: {variable}"
                ));
            }
            all.push(Condition { operator, if_exists, key: known, values });
        }
    }
    Ok(all)
}
