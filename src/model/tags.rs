//! What may be an object's tag (S3 user guide, "Categorizing your objects using tags").

use std::collections::BTreeMap;

/// An object's tags: keys are unique, and upper case is not lower case.
pub type Tags = BTreeMap<String, String>;

/// Tags an object may have.
pub const MOST: usize = 10;
/// UTF-16 code units, as S3 counts.
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;

/// Refuses what S3 would refuse of one tag, in a sentence.
pub fn check(key: &str, value: &str) -> Result<(), String> {
    check_key(key)?;
    let length = length(value);
    if length > LONGEST_VALUE {
        return Err(format!("The value has {length} characters, and a tag takes {LONGEST_VALUE}"));
    }
    only_allowed(value)
}

/// The same of a key alone.
pub fn check_key(key: &str) -> Result<(), String> {
    if key.trim().is_empty() {
        return Err("A tag needs a key".to_owned());
    }
    let length = length(key);
    if length > LONGEST_KEY {
        return Err(format!("The key has {length} characters, and a tag takes {LONGEST_KEY}"));
    }
    // Any spelling of it: IAM condition keys do not tell them apart.
    if key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
        return Err("Keys that begin with aws: are AWS's own".to_owned());
    }
    only_allowed(key)
}

/// Puts them together, or says what is wrong with them.
pub fn collect(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Tags, String> {
    let mut tags = Tags::new();
    for (key, value) in pairs {
        check(&key, &value)?;
        if tags.contains_key(&key) {
            return Err(format!("The key {key} is there twice"));
        }
        tags.insert(key, value);
    }
    if tags.len() > MOST {
        return Err(format!("That makes {} tags, and an object takes {MOST}", tags.len()));
    }
    Ok(tags)
}

fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Letters and digits of any script, spaces, and these few.
fn only_allowed(text: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_alphanumeric() || c == ' ' || "+-=._:/@".contains(c);
    match text.chars().find(|c| !allowed(*c)) {
        Some(other) => Err(format!(
            "{other:?} is not allowed: letters, digits, spaces and + - = . _ : / @ are"
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Result<Tags, String> {
        collect(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn what_s3_takes_is_taken() {
        let good = [("project", "tre 17"), ("Project", ""), ("größe:a=b", "+-=._:/@ 日本")];
        assert_eq!(pairs(&good).unwrap().len(), 3);
        assert!(check(&"k".repeat(128), &"v".repeat(256)).is_ok());
    }

    #[test]
    fn what_s3_refuses_is_said() {
        for (key, value, said) in [
            ("", "x", "needs a key"),
            ("  ", "x", "needs a key"),
            ("a*", "x", "'*' is not allowed"),
            ("a", "x\ny", "is not allowed"),
            ("aws:thing", "x", "AWS's own"),
            ("AWS:thing", "x", "AWS's own"),
        ] {
            let why = check(key, value).unwrap_err();
            assert!(why.contains(said), "{why}");
        }
        assert!(check(&"k".repeat(129), "").unwrap_err().contains("129"));
        assert!(check("k", &"v".repeat(257)).unwrap_err().contains("257"));
        assert!(pairs(&[("a", "1"), ("a", "2")]).unwrap_err().contains("twice"));
        let many: Vec<_> = (0..11).map(|n| (format!("k{n}"), String::new())).collect();
        assert!(collect(many).unwrap_err().contains("11 tags"));
    }
}
