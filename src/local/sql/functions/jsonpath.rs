//! The part of JSONPath that Athena's JSON functions take: `$.a["b"][0]`.

use serde_json::Value;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(i64),
}

/// A parsed path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path(Vec<Step>);

impl Path {
    /// Parses; the error is Athena's sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let fail = || format!("Invalid JSON path: '{text}'");
        let mut rest = text.trim();
        rest = rest.strip_prefix('$').unwrap_or(rest);
        let mut steps = Vec::new();
        let mut first = true;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('[') {
                let (inside, after) = after.split_once(']').ok_or_else(fail)?;
                let inside = inside.trim();
                let quoted = ['"', '\'']
                    .iter()
                    .find_map(|q| inside.strip_prefix(*q).and_then(|rest| rest.strip_suffix(*q)));
                steps.push(match quoted {
                    Some(key) => Step::Key(key.to_owned()),
                    None => Step::Index(inside.parse().map_err(|_| fail())?),
                });
                rest = after;
            } else {
                let after = match rest.strip_prefix('.') {
                    Some(after) => after,
                    None if first => rest,
                    None => return Err(fail()),
                };
                let end = after.find(['.', '[']).unwrap_or(after.len());
                let key = &after[..end];
                if key.is_empty() || key.contains('*') {
                    return Err(fail());
                }
                steps.push(Step::Key(key.to_owned()));
                rest = &after[end..];
            }
            first = false;
        }
        Ok(Self(steps))
    }
}

/// What stands at the path.
pub fn find<'a>(value: &'a Value, path: &Path) -> Option<&'a Value> {
    path.0.iter().try_fold(value, |value, step| match (step, value) {
        (Step::Key(key), Value::Object(entries)) => entries.get(key),
        (Step::Index(at), Value::Array(items)) => items.get(usize::try_from(*at).ok()?),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_walk() {
        let value = serde_json::json!({"a": {"b c": [1, {"d": true}]}});
        let at = |path: &str| find(&value, &Path::parse(path).unwrap()).cloned();
        assert_eq!(at("$.a[\"b c\"][1].d"), Some(Value::Bool(true)));
        assert_eq!(at("$.a.x"), None);
        assert_eq!(at("$"), Some(value.clone()));
        assert!(Path::parse("$..a").is_err());
        assert!(Path::parse("$.a[x]").is_err());
    }
}
