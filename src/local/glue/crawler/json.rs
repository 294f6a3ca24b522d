//! JSON: a record a line, records one behind another, or one big list.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::kind::{Kind, merge};

type Columns = Vec<(String, Kind)>;

/// Columns, in the order of the first record, and the number of records. `whole` false: the
/// text is cut off at the end, where a record that does not parse is no error.
///
/// # Errors
/// A reason for the log.
pub fn infer(text: &str, whole: bool) -> Result<(Columns, u64), String> {
    let mut columns = Columns::new();
    let mut records = 0;
    for record in serde_json::Deserializer::from_str(text).into_iter::<Kind>() {
        match record {
            Ok(Kind::Struct(fields)) => merge(&mut columns, fields),
            // As Glue calls it; no SerDe reads rows out of it.
            Ok(list @ Kind::Array(_)) => merge(&mut columns, vec![("array".to_owned(), list)]),
            // An object without a field.
            Ok(Kind::Null) => {}
            Ok(_) => return Err("JSON that is no object".to_owned()),
            Err(why) if why.is_eof() && !whole && records > 0 => break,
            Err(why) => return Err(format!("broken JSON at line {}", why.line())),
        }
        records += 1;
    }
    if columns.is_empty() { Err("JSON without a field".to_owned()) } else { Ok((columns, records)) }
}

/// The type of a JSON value, read without keeping the value.
impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Look)
    }
}

struct Look;

impl<'de> Visitor<'de> for Look {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Kind, E> {
        Ok(Kind::Boolean)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Kind, E> {
        Ok(Kind::Bigint)
    }

    fn visit_u64<E>(self, number: u64) -> Result<Kind, E> {
        Ok(if i64::try_from(number).is_ok() { Kind::Bigint } else { Kind::Double })
    }

    fn visit_f64<E>(self, _: f64) -> Result<Kind, E> {
        Ok(Kind::Double)
    }

    fn visit_str<E>(self, _: &str) -> Result<Kind, E> {
        Ok(Kind::Text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Kind, A::Error> {
        let mut of = Kind::Null;
        while of != Kind::Text {
            match items.next_element::<Kind>()? {
                Some(item) => of = of.or(item),
                None => return Ok(Kind::Array(Box::new(of))),
            }
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Kind::Array(Box::new(of)))
    }

    /// An empty object says nothing: a struct must have a field.
    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Kind, A::Error> {
        let mut found = Columns::new();
        while let Some((name, kind)) = fields.next_entry::<String, Kind>()? {
            merge(&mut found, vec![(name, kind)]);
        }
        Ok(if found.is_empty() { Kind::Null } else { Kind::Struct(found) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brief(text: &str) -> Vec<String> {
        let (columns, _) = infer(text, true).unwrap();
        columns.iter().map(|(name, kind)| format!("{name} {}", kind.hive())).collect()
    }

    #[test]
    fn records_unite() {
        let text = "{\"id\":1,\"on\":true,\"tags\":[]}\n{\"id\":2.5,\"on\":null,\"tags\":[\"a\"],\"at\":{\"x\":[{\"y\":1}]}}\n";
        let expected = [
            "id double",
            "on boolean",
            "tags array<string>",
            "at struct<x:array<struct<y:bigint>>>",
        ];
        assert_eq!(brief(text), expected);
    }

    #[test]
    fn a_cut_end_is_forgiven_and_a_broken_one_is_not() {
        assert_eq!(infer("{\"a\":1}\n{\"a\":", false).unwrap().1, 1);
        assert!(infer("{\"a\":1}\n{\"a\":", true).is_err());
        assert!(infer("{\"a\":1}\n{a}", false).is_err());
        assert!(infer("[1, 2]", true).unwrap().0[0].1.hive().starts_with("array<"));
    }
}
