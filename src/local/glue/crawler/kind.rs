//! Column types as a crawler infers them, and what becomes of two that differ.

/// The type of a value, a column or a nested field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Nothing but NULLs so far.
    Null,
    Boolean,
    Bigint,
    Double,
    Text,
    Array(Box<Kind>),
    Struct(Vec<(String, Kind)>),
    /// A type that the file itself declares: `decimal(10,2)`, `date`, `map<string,int>`, …
    Declared(String),
}

impl Kind {
    /// The type in Hive's words. What was never seen to be anything is a string.
    pub fn hive(&self) -> String {
        match self {
            Self::Null | Self::Text => "string".to_owned(),
            Self::Boolean => "boolean".to_owned(),
            Self::Bigint => "bigint".to_owned(),
            Self::Double => "double".to_owned(),
            Self::Array(of) => format!("array<{}>", of.hive()),
            Self::Struct(fields) => {
                let fields: Vec<String> =
                    fields.iter().map(|(name, kind)| format!("{name}:{}", kind.hive())).collect();
                format!("struct<{}>", fields.join(","))
            }
            Self::Declared(text) => text.clone(),
        }
    }

    /// The narrowest type that holds both; a string where nothing else does.
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Null, kind) | (kind, Self::Null) => kind,
            (a, b) if a == b => a,
            (Self::Bigint, Self::Double) | (Self::Double, Self::Bigint) => Self::Double,
            (Self::Array(a), Self::Array(b)) => Self::Array(Box::new(a.or(*b))),
            (Self::Struct(mut a), Self::Struct(b)) => {
                merge(&mut a, b);
                Self::Struct(a)
            }
            (Self::Declared(a), Self::Declared(b)) => wider(&a, &b),
            _ => Self::Text,
        }
    }
}

/// Two integer types or two floating ones become the larger.
fn wider(a: &str, b: &str) -> Kind {
    for family in [["tinyint", "smallint", "int", "bigint"].as_slice(), &["float", "double"]] {
        let place = |name: &str| family.iter().position(|one| *one == name);
        if let (Some(a), Some(b)) = (place(a), place(b)) {
            return Kind::Declared(family[a.max(b)].to_owned());
        }
    }
    Kind::Text
}

/// Adds `more` to `fields`: new names at the end, known ones with the type that holds both.
/// Names differ only where they differ in more than case: the catalog folds them.
pub fn merge(fields: &mut Vec<(String, Kind)>, more: Vec<(String, Kind)>) {
    for (name, kind) in more {
        match fields.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(&name)) {
            Some((_, known)) => *known = std::mem::replace(known, Kind::Null).or(kind),
            None => fields.push((name, kind)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_widen() {
        assert_eq!(Kind::Bigint.or(Kind::Double), Kind::Double);
        assert_eq!(Kind::Bigint.or(Kind::Null), Kind::Bigint);
        assert_eq!(Kind::Boolean.or(Kind::Bigint), Kind::Text);
        assert_eq!(Kind::Null.hive(), "string");
        let int = Kind::Declared("int".to_owned());
        assert_eq!(int.clone().or(Kind::Declared("bigint".to_owned())).hive(), "bigint");
        assert_eq!(int.or(Kind::Declared("date".to_owned())).hive(), "string");
    }

    #[test]
    fn structs_unite_field_by_field() {
        let a = Kind::Struct(vec![("a".to_owned(), Kind::Bigint)]);
        let b = Kind::Struct(vec![("A".to_owned(), Kind::Double), ("b".to_owned(), Kind::Text)]);
        let both = Kind::Array(Box::new(a)).or(Kind::Array(Box::new(b)));
        assert_eq!(both.hive(), "array<struct<a:double,b:string>>");
    }
}
