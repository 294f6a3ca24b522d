//! The functions of Athena's engine, with their signatures: `assets/functions.txt`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

const TEXT: &str = include_str!("../../../assets/functions.txt");

/// By name; small letters.
static ALL: LazyLock<BTreeMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    let mut all: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let lines = TEXT.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    for line in lines {
        let end = line.find(['(', ' ']).unwrap_or(line.len());
        all.entry(&line[..end]).or_default().push(line);
    }
    all
});

/// A function and the ways it can be called: `date_add(unit, value, timestamp) -> T`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Function {
    pub name: &'static str,
    /// Never none.
    pub signatures: &'static [&'static str],
}

impl Function {
    /// What is typed of a call before its first argument: `abs(`, `now()`, `current_date`.
    pub fn call(&self) -> String {
        let behind = self.signatures[0].get(self.name.len()..).unwrap_or_default();
        let end = match () {
            () if !behind.starts_with('(') => "",
            () if behind.starts_with("()") => "()",
            () => "(",
        };
        format!("{}{end}", self.name)
    }
}

/// All of them, by name.
pub fn all() -> impl Iterator<Item = Function> {
    ALL.iter().map(|(name, signatures)| Function { name, signatures })
}

/// The function of this name, in any case of letters.
pub fn find(name: &str) -> Option<Function> {
    let (name, signatures) = ALL.get_key_value(&*name.to_ascii_lowercase())?;
    Some(Function { name, signatures })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_signature() {
        for function in all() {
            for signature in function.signatures {
                let (head, kind) = signature.split_once(" -> ").expect(signature);
                assert!(!kind.is_empty(), "{signature}");
                let (open, close) = (head.matches('(').count(), head.matches(')').count());
                assert_eq!(open, close, "{signature}");
                let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
                assert!(function.name.chars().all(plain), "{signature}");
            }
        }
        assert!(all().count() > 300, "{}", all().count());
    }

    #[test]
    fn a_call_is_typed_up_to_its_first_argument() {
        let call = |name| find(name).unwrap().call();
        assert_eq!(call("DATE_ADD"), "date_add(");
        assert_eq!(call("now"), "now()");
        assert_eq!(call("row_number"), "row_number()");
        assert_eq!(call("current_date"), "current_date");
        assert_eq!(find("max").unwrap().signatures.len(), 2);
        assert!(find("selects").is_none());
    }
}
