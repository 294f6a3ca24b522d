//! JSON laid out for reading.

use serde::de::IgnoredAny;

/// The same JSON with a line for each member, in the order and the spelling that it has; `None`
/// for what is no object or array.
pub fn pretty(text: &str) -> Option<String> {
    let text = text.trim();
    if !text.starts_with(['{', '[']) || serde_json::from_str::<IgnoredAny>(text).is_err() {
        return None;
    }
    let mut out = String::with_capacity(text.len() * 2);
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if quoted {
            out.push(c);
            quoted = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            continue;
        }
        match c {
            '"' => quoted = true,
            c if c.is_whitespace() => continue,
            _ => {}
        }
        match c {
            '{' | '[' => {
                out.push(c);
                while rest.next_if(|c| c.is_whitespace()).is_some() {}
                if let Some(end) = rest.next_if(|c| matches!(c, '}' | ']')) {
                    out.push(end);
                } else {
                    depth += 1;
                    indent(depth, &mut out);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                indent(depth, &mut out);
                out.push(c);
            }
            ',' => {
                out.push(c);
                indent(depth, &mut out);
            }
            ':' => out.push_str(": "),
            c => out.push(c),
        }
    }
    Some(out)
}

fn indent(depth: usize, out: &mut String) {
    out.push('\n');
    // No screen is wider, and a text of nothing but brackets stays of its own size.
    out.push_str(&"  ".repeat(depth.min(40)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn members_get_their_lines_and_stay_as_they_are() {
        let json = r#"{"b":1.50, "a" : [] ,"t":"x\"{,:\\","n":{ },"l":[1,{"k":null}]}"#;
        let wanted = "{\n  \"b\": 1.50,\n  \"a\": [],\n  \"t\": \"x\\\"{,:\\\\\",\n  \"n\": {},\n  \
                      \"l\": [\n    1,\n    {\n      \"k\": null\n    }\n  ]\n}";
        assert_eq!(pretty(json).as_deref(), Some(wanted));
        for other in ["", "12", "{", "{a=1, b=2}", "[1, 2", "\"x\""] {
            assert_eq!(pretty(other), None);
        }
    }

    proptest! {
        #[test]
        fn it_stays_the_same_json(parts in prop::collection::vec(".{0,12}", 0..6)) {
            let json = serde_json::json!({ "a": parts, "b": [parts.len(), null, {"c": parts}] });
            let pretty = pretty(&json.to_string()).unwrap();
            let back: serde_json::Value = serde_json::from_str(&pretty).unwrap();
            prop_assert_eq!(back, json);
        }

        #[test]
        fn nothing_panics(text in "[\\[\\]{}\",:\\\\a1 ]{0,40}") {
            let _ = pretty(&text);
        }
    }
}
