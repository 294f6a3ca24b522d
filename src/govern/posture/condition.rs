//! The `Condition` block of a statement, of which one knows what is known of the request.

use serde_json::{Map, Value};

use super::policy::{Header, Request, texts};
use crate::model::pattern::Pattern;

/// Whether a condition holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holds {
    Yes,
    No,
    /// It asks about this.
    Perhaps(String),
}

/// What a request has for a condition key.
enum Known {
    Absent,
    Is(String),
    Nobody,
}

/// All of the conditions: one that does not hold settles it, whatever the others are.
pub fn holds(conditions: &Map<String, Value>, request: &Request) -> Holds {
    let mut sum = Holds::Yes;
    for (operator, keys) in conditions {
        let Value::Object(keys) = keys else { return Holds::Perhaps(operator.clone()) };
        for (key, values) in keys {
            match one(operator, key, values, request) {
                Holds::No => return Holds::No,
                Holds::Perhaps(on) => sum = Holds::Perhaps(on),
                Holds::Yes => {}
            }
        }
    }
    sum
}

fn one(operator: &str, key: &str, values: &Value, request: &Request) -> Holds {
    let perhaps = || Holds::Perhaps(key.to_owned());
    let Some(values) = texts(values).filter(|values| !values.is_empty()) else { return perhaps() };
    let known = known(key, request);
    if matches!(known, Known::Nobody) || values.iter().any(|value| value.contains("${")) {
        return perhaps();
    }
    let name = operator.to_ascii_lowercase();
    let (name, if_exists) = match name.strip_suffix("ifexists") {
        Some(name) => (name, true),
        None => (name.as_str(), false),
    };
    let any = |fits: &dyn Fn(&str) -> bool| values.iter().any(|value| fits(value));
    if name == "null" {
        let absent = matches!(known, Known::Absent).to_string();
        return yes(any(&|value| value.eq_ignore_ascii_case(&absent)));
    }
    // IAM: where the key is absent a negated operator holds, and any with IfExists.
    let Known::Is(value) = known else {
        return match name.contains("not") || if_exists {
            true if is_known(name) => Holds::Yes,
            false if is_known(name) => Holds::No,
            _ => Holds::Perhaps(operator.to_owned()),
        };
    };
    match name {
        "stringequals" => yes(any(&|wanted| wanted == value)),
        "stringnotequals" => yes(!any(&|wanted| wanted == value)),
        "stringequalsignorecase" | "bool" => {
            yes(any(&|wanted| wanted.eq_ignore_ascii_case(&value)))
        }
        "stringnotequalsignorecase" => yes(!any(&|wanted| wanted.eq_ignore_ascii_case(&value))),
        "stringlike" | "arnlike" | "arnequals" => yes(any(&|p| Pattern::new(p).fits(&value))),
        "stringnotlike" | "arnnotlike" | "arnnotequals" => {
            yes(!any(&|p| Pattern::new(p).fits(&value)))
        }
        _ => Holds::Perhaps(operator.to_owned()),
    }
}

fn is_known(operator: &str) -> bool {
    matches!(
        operator,
        "bool"
            | "stringequals"
            | "stringnotequals"
            | "stringequalsignorecase"
            | "stringnotequalsignorecase"
            | "stringlike"
            | "stringnotlike"
            | "arnlike"
            | "arnnotlike"
            | "arnequals"
            | "arnnotequals"
    )
}

fn yes(holds: bool) -> Holds {
    if holds { Holds::Yes } else { Holds::No }
}

fn known(key: &str, request: &Request) -> Known {
    match (key.to_ascii_lowercase().as_str(), request.encryption) {
        ("aws:securetransport", _) => Known::Is(request.secure.to_string()),
        ("s3:x-amz-server-side-encryption", Header::Absent) => Known::Absent,
        ("s3:x-amz-server-side-encryption", Header::Is(value)) => Known::Is(value.to_owned()),
        // Who asks for no KMS names no key either.
        ("s3:x-amz-server-side-encryption-aws-kms-key-id", Header::Absent | Header::Is(_)) => {
            Known::Absent
        }
        _ => Known::Nobody,
    }
}
